"""What must not matter: how the data is cut into blocks, the order of rows, the names of classes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from evaluation_cases import KINDS, SAMPLE, Kind, class_weights, close, pair

from ce_core import Evaluation, evaluate
from ce_core.read import blocks

kinds = pytest.mark.parametrize("kind", KINDS, ids=[kind.id for kind in KINDS])


def options(kind: Kind) -> dict[str, Any]:
    return {
        "sample_weights": SAMPLE.reshape(3, 4),
        "class_weights": class_weights(kind),
        "label_smoothing": 0.1,
        "lengths": [4, 3, 2],
        "keep": True,
    }


def numbers(answer: Evaluation) -> Any:
    """Return everything that an evaluation says, as plain data with its numbers as numbers."""
    plain = answer.to_dict()
    for key in ("findings", "evidence"):
        plain.pop(key)
    return plain


@kinds
@pytest.mark.parametrize("elements", [1, 2, 5])
def test_blocks_equal_the_whole(kind: Kind, elements: int, monkeypatch: pytest.MonkeyPatch) -> None:
    data = pair(kind)
    whole = data.evaluated(**options(kind))
    monkeypatch.setattr(blocks, "BLOCK_ELEMENTS", elements)
    cut = data.evaluated(**options(kind))
    close(numbers(cut), numbers(whole))
    np.testing.assert_allclose(cut.losses, whole.losses, rtol=1e-15)  # type: ignore[arg-type]


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
def test_many_blocks_equal_one(weighted: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    logits, labels = rng.normal(scale=4, size=(2000, 130)), rng.integers(0, 130, 2000)
    extra: dict[str, Any] = (
        {"sample_weights": rng.random(2000) * (rng.random(2000) < 0.9)} if weighted else {}
    )
    cut = evaluate(logits, labels, **extra)
    monkeypatch.setattr(blocks, "BLOCK_ELEMENTS", logits.size)
    close(numbers(cut), numbers(evaluate(logits, labels, **extra)))


@kinds
def test_the_order_of_rows_does_not_matter(kind: Kind) -> None:
    data = pair(kind)
    order = np.random.default_rng(2).permutation(3)
    moved = type(data)(kind=kind, predictions=data.predictions[order], targets=data.targets[order])
    extra = {"sample_weights": SAMPLE.reshape(3, 4), "class_weights": class_weights(kind)}
    before = data.evaluated(**extra).diagnostics
    after = moved.evaluated(**(extra | {"sample_weights": SAMPLE.reshape(3, 4)[order]})).diagnostics
    one, other = vars(before), vars(after)
    close({k: v for k, v in plain(one).items() if k != "worst"}, plain(other, "worst"))
    assert [each.loss for each in before.worst] == pytest.approx([each.loss for each in after.worst])


def plain(found: dict[str, Any], without: str = "") -> dict[str, Any]:
    from ce_core.compute.evaluation import jsonable

    return {key: jsonable(value) for key, value in found.items() if key not in {without, ""}}


@kinds
def test_the_order_of_classes_does_not_matter(kind: Kind) -> None:
    if kind.units == 1:
        order, weights = np.array([0]), class_weights(kind)
    else:
        order = np.random.default_rng(6).permutation(kind.units)
        weights = class_weights(kind)[order]
    data = pair(kind)
    if kind.units == 1:
        moved = data
    elif kind.targets == "index":
        moved = type(data)(
            kind=kind, predictions=data.predictions[..., order], targets=np.argsort(order)[data.targets]
        )
    else:
        moved = type(data)(
            kind=kind, predictions=data.predictions[..., order], targets=data.targets[..., order]
        )
    before = data.evaluated(class_weights=class_weights(kind), label_smoothing=0.1).diagnostics
    after = moved.evaluated(class_weights=weights, label_smoothing=0.1).diagnostics
    skipped = ("per_class", "worst", "confusions")
    at = np.argsort(order).tolist() if kind.units > 1 else [0, 1]
    pairs = sorted((at[each.klass], at[each.predicted], each.count) for each in before.confusions)
    assert pairs == sorted((each.klass, each.predicted, each.count) for each in after.confusions)
    close(
        {key: value for key, value in plain(vars(before)).items() if key not in skipped},
        {key: value for key, value in plain(vars(after)).items() if key not in skipped},
    )


def test_equal_losses_keep_the_order_of_the_rows_across_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    logits, labels = np.tile([[2.0, -1.0]], (20, 1)), np.tile([0, 1], 10)
    monkeypatch.setattr(blocks, "BLOCK_ELEMENTS", 1)
    assert [each.row for each in evaluate(logits, labels).diagnostics.worst] == [1, 3, 5, 7, 9]


def test_a_weight_is_a_repetition() -> None:
    rng = np.random.default_rng(3)
    logits, labels = rng.normal(size=(30, 4)), rng.integers(0, 4, 30)
    times = rng.integers(0, 4, 30)
    weighted = evaluate(logits, labels, sample_weights=times).diagnostics
    repeated = evaluate(np.repeat(logits, times, axis=0), np.repeat(labels, times)).diagnostics
    for name in ("mean", "accuracy", "brier", "ece", "mce", "mean_confidence", "prior_entropy", "d2"):
        assert getattr(weighted, name) == pytest.approx(getattr(repeated, name), rel=1e-12), name
    for one, other in zip(weighted.per_class, repeated.per_class, strict=True):
        assert one.support == pytest.approx(other.support)
        assert one.loss == pytest.approx(other.loss)
        assert one.recall == pytest.approx(other.recall)


def test_index_and_one_hot_targets_have_the_same_numbers() -> None:
    rng = np.random.default_rng(9)
    logits, labels = rng.normal(size=(40, 6)), rng.integers(0, 6, 40)
    weights = {"class_weights": rng.random(6), "sample_weights": rng.random(40), "label_smoothing": 0.2}
    sparse = evaluate(logits, labels, **weights).diagnostics
    dense = evaluate(logits, np.eye(6)[labels], **weights).diagnostics
    close(plain(vars(sparse)), plain(vars(dense)))
