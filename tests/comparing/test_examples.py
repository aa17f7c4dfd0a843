"""What is kept of each example adds up to the evaluation's own numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ce_core import evaluate
from ce_core.comparing.pairs import loss_pairs
from ce_core.errors import CepickError
from ce_core.read.settings import MEANS_OVER

EXAMPLES = Path(__file__).parents[2] / "examples"
RNG = np.random.default_rng(31)
LOGITS, LABELS = RNG.normal(0, 2, (90, 4)), RNG.integers(0, 4, 90)
TOKENS, TOKEN_LABELS = RNG.normal(0, 2, (20, 6, 5)), RNG.integers(0, 5, (20, 6))
MULTI = (RNG.random((90, 4)) < 0.4).astype(float)
WEIGHTS = RNG.uniform(0, 2, 90) * (RNG.random(90) < 0.8)
MASK = RNG.random((90, 4)) < 0.7

CASES: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "classes": (LOGITS, LABELS, {}),
    "one column": (LOGITS[:, 0], MULTI[:, 0], {"outputs": "logits"}),
    "labels": (LOGITS, MULTI, {"exclusive": False}),
    "labels, some masked": (LOGITS, MULTI, {"exclusive": False, "mask": MASK.astype(int)}),
    "labels, summed": (LOGITS, MULTI, {"exclusive": False, "labels": "sum"}),
    "weighted": (LOGITS, LABELS, {"sample_weights": WEIGHTS, "class_weights": [1, 2, 0.5, 0]}),
    "soft": (LOGITS, np.exp(LOGITS) / np.exp(LOGITS).sum(axis=1, keepdims=True), {}),
    "smoothed": (LOGITS, LABELS, {"label_smoothing": 0.1}),
    "bits": (LOGITS, LABELS, {"base": "bits"}),
    "tokens": (TOKENS, TOKEN_LABELS, {}),
    "tokens, some ignored": (TOKENS, np.where(TOKEN_LABELS == 4, -100, TOKEN_LABELS), {"ignore_index": -100}),
    "tokens of some length": (TOKENS, TOKEN_LABELS, {"lengths": np.arange(20) % 6 + 1}),
    "scores": (LOGITS, LABELS, {"loss": "multi_margin"}),
}


@pytest.mark.parametrize(("predictions", "targets", "options"), CASES.values(), ids=CASES)
def test_the_examples_add_up_to_every_mean_and_figure(
    predictions: Any, targets: Any, options: dict[str, Any]
) -> None:
    answer = evaluate(predictions, targets, keep="examples", **options)
    examples, found = answer.examples, answer.diagnostics
    assert examples is not None
    assert found.weights is not None
    means = {}
    for over in MEANS_OVER:
        if over == "sequences" and np.ndim(targets) < 2:
            continue
        if over == "sequences" and len(examples.layout.positions) < 2:
            continue
        pairs = loss_pairs(examples, examples.losses, examples.losses, over)
        means[over] = pairs.a.sum() / pairs.divisors.sum()
    known = {over: mean for over, mean in found.weights.means.items() if mean is not None}
    assert means == pytest.approx(known, rel=1e-12)
    assert examples.counted.sum() == answer.count
    weighed = (examples.sample * examples.outcomes).sum()
    assert examples.hits is not None
    assert (examples.sample * examples.hits).sum() / weighed == pytest.approx(found.accuracy, rel=1e-6)
    if found.brier is not None:
        assert examples.brier is not None
        assert (examples.sample * examples.brier).sum() / weighed == pytest.approx(found.brier, rel=1e-6)
    if found.subset_accuracy is not None:
        assert examples.right is not None
        share = (examples.sample * examples.right).sum() / examples.sample.sum()
        assert share == pytest.approx(found.subset_accuracy, rel=1e-12)


def test_labels_and_predictions_are_told_as_the_worst_examples_tell_them() -> None:
    for options in ({"class_names": list("abcd")}, {}):
        for targets in (LABELS, MULTI):
            exclusive = targets is LABELS
            answer = evaluate(LOGITS, targets, exclusive=exclusive, keep="examples", **options)
            assert answer.examples is not None
            for worst in answer.diagnostics.worst:
                assert isinstance(worst.row, int)
                assert answer.examples.label(worst.row) == worst.label
                assert answer.examples.prediction(worst.row) == worst.prediction


def test_the_hash_of_targets_is_of_their_values_not_of_their_file(tmp_path: Path) -> None:
    np.savetxt(tmp_path / "labels.csv", LABELS, fmt="%d")
    np.save(tmp_path / "labels.npy", LABELS.astype(np.uint8))
    same = [LABELS, LABELS.astype(np.int32), LABELS.astype(float), LABELS[:, None]]
    same += [str(tmp_path / "labels.csv"), str(tmp_path / "labels.npy")]
    assert len({_digest(LOGITS, targets) for targets in same}) == 1
    other = LABELS.copy()
    other[50] = (other[50] + 1) % 4
    assert _digest(LOGITS, other) != _digest(LOGITS, LABELS)
    rows = np.eye(4)[LABELS]
    assert _digest(LOGITS, rows) == _digest(LOGITS, rows.astype(bool))
    soft = 0.9 * rows + 0.025
    assert _digest(LOGITS, soft) != _digest(LOGITS, rows)
    assert _digest(TOKENS, TOKEN_LABELS) != _digest(TOKENS.reshape(120, 5), TOKEN_LABELS.reshape(120))


def _digest(predictions: Any, targets: Any) -> str:
    answer = evaluate(predictions, targets, outputs="logits", keep="examples")
    assert answer.examples is not None
    return answer.examples.targets_digest


def test_the_hash_of_what_counts_is_of_masks_and_weights() -> None:
    def digest(**options: Any) -> str:
        answer = evaluate(LOGITS, LABELS, keep="examples", **options)
        assert answer.examples is not None
        return answer.examples.counting_digest

    mask = np.ones(90, dtype=int)
    assert digest() == digest(mask=mask) == digest(sample_weights=np.ones(90, dtype=np.float32))
    mask[3] = 0
    assert len({digest(), digest(mask=mask), digest(sample_weights=WEIGHTS), digest(ignore_index=2)}) == 4


def test_examples_are_of_all_threads() -> None:
    logits = np.tile(LOGITS, (4000, 1)).astype(np.float32)
    labels = np.tile(LABELS, 4000)
    one, two = (evaluate(logits, labels, keep="examples", threads=each).examples for each in (1, 2))
    assert one is not None
    assert two is not None
    for name in ("losses", "counted", "weights", "hits", "labels", "predictions"):
        assert (getattr(one, name) == getattr(two, name)).all()


def test_examples_of_features_are_refused() -> None:
    with pytest.raises(CepickError, match=r"^keep: 'examples' are of predictions, not of features"):
        evaluate(
            str(EXAMPLES / "digits_features.npy"),
            str(EXAMPLES / "digits_labels.npy"),
            head=str(EXAMPLES / "digits_head.npy"),
            keep="examples",
        )
