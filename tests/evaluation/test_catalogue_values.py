"""Every loss beside the cross-entropies through `evaluate`: each example's loss is that of the textbook formula."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from catalogue_cases import CASES, COLUMNS, ONE_COLUMN, Case, arrays, naive_losses, sigmoid

from ce_core import evaluate, kernels
from ce_core.losses import LOSSES
from ce_core.read import blocks

IDS = [case.id for case in CASES]
CLOSE: dict[str, Any] = {"rtol": 1e-12, "atol": 1e-13}
WHOLE = ("dice", "tversky", "mean_pairwise_squared_error")


def test_the_cases_are_of_every_loss_that_is_no_cross_entropy_of_whole_arrays() -> None:
    beside = {name for name, loss in LOSSES.items() if loss.family != "cross_entropy"}
    assert {case.loss for case in CASES} | set(WHOLE) >= beside


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_each_example_costs_what_the_formula_says(case: Case) -> None:
    predictions, targets = arrays(case)
    expected = naive_losses(case, predictions, targets)
    answer = evaluate(predictions, targets, loss=case.loss, loss_options=case.options, keep=True, **case.said)
    np.testing.assert_allclose(answer.losses, expected, **CLOSE)
    assert answer.value == pytest.approx(expected.mean(), rel=1e-12)
    assert answer.findings == ()
    assert answer.loss == case.loss
    assert dict(answer.loss_options) == dict(answer.loss_options) | case.options


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_means_and_sums_are_those_of_the_weighted_examples(case: Case) -> None:
    predictions, targets = arrays(case)
    losses = naive_losses(case, predictions, targets).reshape(-1)
    weights = np.array([1.0, 0.5, 2.0, 0.0, 1.5, 1.0, 0.25, 3.0, 0.0, 1.0, 2.5, 0.75])
    total = float(weights @ losses)
    options: dict[str, Any] = {"loss": case.loss, "loss_options": case.options, **case.said}
    answer = evaluate(predictions, targets, sample_weights=weights.reshape(3, 4), **options)
    assert answer.diagnostics.weights is not None
    means = answer.diagnostics.weights.means
    by_sequence = [
        (w @ each) / w.sum() for w, each in zip(weights.reshape(3, 4), losses.reshape(3, 4), strict=True)
    ]
    expected = {
        "weights": total / weights.sum(),
        "batch": total / 12,
        "valid": total / 12,
        "nonzero_weights": total / 10,
        "sequences": np.mean(by_sequence),
    }
    assert {name: means[name] for name in expected} == pytest.approx(expected, rel=1e-12)
    summed = evaluate(predictions, targets, sample_weights=weights.reshape(3, 4), reduction="sum", **options)
    assert summed.value == pytest.approx(total, rel=1e-12)


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_a_masked_example_costs_nothing_and_the_class_axis_may_be_any(case: Case) -> None:
    predictions, targets = arrays(case)
    losses = naive_losses(case, predictions, targets)
    mask = np.array([[1, 0, 1, 1], [0, 1, 1, 0], [1, 1, 1, 1]])
    moved = np.moveaxis(predictions, -1, 1)
    aims = targets if targets.shape == (3, 4) else np.moveaxis(targets, -1, 1)
    answer = evaluate(
        moved, aims, loss=case.loss, loss_options=case.options, mask=mask, class_axis=1, **case.said
    )
    assert answer.value == pytest.approx(losses[mask == 1].mean(), rel=1e-12)
    assert (answer.count, answer.ignored) == (9, 3)


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_blocks_of_a_few_rows_give_the_same_numbers(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    predictions, targets = arrays(case)
    options: dict[str, Any] = {"loss": case.loss, "loss_options": case.options, "keep": True, **case.said}
    whole = evaluate(predictions, targets, **options)
    monkeypatch.setattr(blocks, "BLOCK_ELEMENTS", 1)
    monkeypatch.setattr(blocks, "_ENOUGH_ROWS", 2)
    parts = evaluate(predictions, targets, **options)
    np.testing.assert_array_equal(parts.losses, whole.losses)
    assert parts.value == pytest.approx(whole.value, rel=1e-14)
    one, other = parts.diagnostics, whole.diagnostics
    assert (one.accuracy, one.subset_accuracy) == pytest.approx((other.accuracy, other.subset_accuracy))
    assert [row.row for row in one.worst] == [row.row for row in other.worst]


@pytest.mark.parametrize(
    ("loss", "given", "options", "labels", "naive"),
    ONE_COLUMN,
    ids=[f"{each[0]}-{each[3]}-{'-'.join(map(str, each[2].values()))}" for each in ONE_COLUMN],
)
@pytest.mark.parametrize("shape", [(8,), (8, 1), (2, 4, 1)], ids=str)
def test_one_column_costs_what_the_formula_says(
    loss: str,
    given: str,
    options: dict[str, Any],
    labels: str,
    naive: Callable[[float, float], float],
    shape: tuple[int, ...],
) -> None:
    rng = np.random.default_rng(7)
    values = rng.normal(scale=2, size=8)
    values = np.array([sigmoid(each) for each in values]) if given == "probabilities" else values
    hard = np.array([0, 1, 1, 0, 1, 0, 0, 1])
    targets = {"01": hard, "-1+1": 2 * hard - 1, "real": rng.normal(size=8)}[labels]
    answer = evaluate(
        values.reshape(shape), targets.reshape(shape), loss=loss, loss_options=options, keep=True
    )
    expected = [naive(x, y) for x, y in zip(values.tolist(), targets.tolist(), strict=True)]
    assert answer.losses is not None
    np.testing.assert_allclose(answer.losses.reshape(-1), expected, **CLOSE)
    assert answer.findings == ()


def _regions(shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(11)
    return rng.random(shape), (rng.random(shape) < 0.4).astype(np.int64)


@pytest.mark.parametrize("loss", WHOLE)
@pytest.mark.parametrize("shape", [(4, 6), (4, 2, 3), (4, 3, 2, 2)], ids=str)
def test_an_example_is_everything_but_the_first_axis(loss: str, shape: tuple[int, ...]) -> None:
    predictions, targets = _regions(shape)
    weights = np.array([1.0, 0.0, 2.0, 0.5])
    answer = evaluate(predictions, targets, loss=loss, sample_weights=weights, keep=True)
    assert answer.losses is not None
    for example in range(4):
        p, y = predictions[example].ravel().tolist(), targets[example].ravel().tolist()
        if loss == "mean_pairwise_squared_error":
            pairs = [(i, j) for i in range(len(p)) for j in range(i)]
            expected = sum(((p[i] - p[j]) - (y[i] - y[j])) ** 2 for i, j in pairs) / len(pairs)
        else:
            expected = 1 - 2 * sum(a * b for a, b in zip(p, y, strict=True)) / (sum(p) + sum(y))
        assert answer.losses[example] == pytest.approx(expected, rel=1e-12)
    assert answer.value == pytest.approx(weights @ answer.losses / weights.sum(), rel=1e-12)
    assert answer.findings == ()


def test_with_a_class_axis_each_class_is_a_region_of_its_own() -> None:
    predictions, targets = _regions((4, 3, 2, 5))
    answer = evaluate(
        predictions, targets, loss="tversky(alpha=0.3, beta=0.7, smooth=1)", class_axis=1, keep=True
    )
    expected = kernels.tversky(predictions, targets, alpha=0.3, beta=0.7, smooth=1, axis=(2, 3))
    np.testing.assert_allclose(answer.losses, expected, **CLOSE)
    assert answer.losses is not None
    assert answer.losses.shape == (4, 3)


def test_pixels_that_are_left_out_are_in_no_overlap() -> None:
    predictions, targets = _regions((3, 8))
    mask = np.ones((3, 8), dtype=np.int64)
    mask[:, 5:] = 0
    marked = np.where(mask == 1, targets, 255)
    expected = kernels.dice(predictions[:, :5], targets[:, :5], axis=1).mean()
    for answer in (
        evaluate(predictions, targets, loss="dice", mask=mask),
        evaluate(predictions, marked, loss="dice", ignore_index=255),
        evaluate(predictions, marked, loss="dice"),
    ):
        assert answer.value == pytest.approx(expected, rel=1e-12)
        assert not answer.failed


def test_values_that_are_left_out_are_in_no_mean_square() -> None:
    x, y = np.array([[1.0, 2.0, 4.0], [0.0, 1.0, 3.0]]), np.array([[0.0, 2.0, 1.0], [2.0, np.nan, 3.0]])
    mask = np.array([[1, 1, 0], [1, 0, 1]])
    answer = evaluate(x, y, loss="mean_squared_error", mask=mask, mean_over="elements")
    assert answer.value == pytest.approx((1 + 0 + 4 + 0) / 4)
    assert evaluate([1.0, 2.0], [1.0, -1.0], loss="mean_squared_error").value == pytest.approx(4.5)


def test_an_empty_region_has_no_overlap_and_a_note_says_what_gives_it_one() -> None:
    answer = evaluate([[0.0, 0.0], [0.5, 0.5]], [[0, 0], [1, 0]], loss="dice")
    assert answer.value is not None
    assert np.isnan(answer.value)
    assert "dice(smooth=1) makes them 0" in answer.notes[-1]
    assert evaluate([[0.0, 0.0], [0.5, 0.5]], [[0, 0], [1, 0]], loss="dice(smooth=1)").value == pytest.approx(
        1 / 8
    )


def test_one_axis_alone_is_one_example() -> None:
    answer = evaluate([0.5, 1.0, 0.0], [1, 1, 0], loss="dice")
    assert answer.value == pytest.approx(1 - 3 / 3.5)
    assert answer.count == 1
    assert any("one example" in note for note in answer.notes)


def test_lists_of_labels_may_be_shorter_than_the_labels_and_end_at_the_first_padding() -> None:
    scores = np.array([[0.1, 0.2, 0.4, 0.8], [0.3, 0.1, 0.9, 0.2]])
    short, full = [[3, 0], [2, -1]], [[3, 0, -1, 1], [2, -1, 3, 3]]
    expected = kernels.multilabel_margin(scores, full).mean()
    for lists in (short, full):
        answer = evaluate(scores, lists, loss="multilabel_margin")
        assert answer.value == pytest.approx(expected, rel=1e-14)
        assert "lists of labels" in answer.notes[0]
    rows = [[1, 0, 0, 1], [0, 0, 1, 0]]
    assert evaluate(scores, rows, loss="multilabel_margin").value == pytest.approx(expected, rel=1e-14)
    assert evaluate(scores, rows, loss="multilabel_margin", encoding="index").value != pytest.approx(expected)


def test_kl_is_of_what_the_predictions_are_read_as() -> None:
    logits, teacher = np.array([[2.0, 0.0, -1.0]]), np.array([[0.7, 0.2, 0.1]])
    probabilities = np.exp(logits) / np.exp(logits).sum()
    expected = kernels.kl_divergence(logits, teacher)[0]
    for predictions in (logits, probabilities, np.log(probabilities)):
        assert evaluate(predictions, teacher, loss="kl_divergence").value == pytest.approx(
            expected, rel=1e-12
        )


def test_zero_and_one_are_signs_to_a_hinge_and_a_note_says_so() -> None:
    scores = [0.5, -0.5, 3.0]
    signed, unit = evaluate(scores, [1, -1, -1], loss="hinge"), evaluate(scores, [1, 0, 0], loss="hinge")
    assert signed.value == unit.value == pytest.approx((0.5 + 0.5 + 4) / 3)
    assert signed.notes == ()
    assert "read as -1 and +1" in unit.notes[0]
    assert signed.diagnostics.accuracy == unit.diagnostics.accuracy == pytest.approx(2 / 3)


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_the_figures_beside_a_loss_are_those_that_have_a_meaning(case: Case) -> None:
    predictions, targets = arrays(case)
    found = evaluate(predictions, targets, loss=case.loss, loss_options=case.options, **case.said).diagnostics
    family = LOSSES[case.loss].family
    if family != "cross_entropy":
        assert (found.uniform, found.prior_entropy, found.d2, found.kl, found.target_entropy) == (None,) * 5
        assert (found.perplexity, found.temperature) == (None, None)
    has_classes = family != "numbers" and case.loss != "multilabel_margin"
    assert (found.accuracy is not None) is has_classes
    assert (len(found.per_class) == COLUMNS) is has_classes
    probable = family in {"cross_entropy", "probabilistic"}
    assert [(each is not None) for each in (found.brier, found.ece, found.mean_confidence)] == [probable] * 3
    assert bool(found.reliability) is probable
    assert found.quantiles is not None
    assert found.standard_error is not None
    assert len(found.worst) == 5
    assert all((each.probability is not None) is probable for each in found.worst)
    assert (found.bits is not None) is LOSSES[case.loss].in_nats


def test_the_accuracy_of_scores_is_of_the_greatest_one_or_of_the_sign() -> None:
    rng = np.random.default_rng(0)
    scores, labels = rng.normal(size=(40, 3)), rng.integers(0, 3, 40)
    right = scores.argmax(axis=1) == labels
    found = evaluate(scores, labels, loss="multi_margin").diagnostics
    assert found.accuracy == pytest.approx(right.mean())
    assert [row.recall for row in found.per_class] == pytest.approx(
        [right[labels == each].mean() for each in range(3)]
    )
    signs = np.sign(rng.normal(size=(40, 3)))
    found = evaluate(scores, signs, loss="hinge").diagnostics
    assert found.accuracy == pytest.approx((np.sign(scores) == signs).mean())
    assert found.subset_accuracy == pytest.approx((np.sign(scores) == signs).all(axis=1).mean())
