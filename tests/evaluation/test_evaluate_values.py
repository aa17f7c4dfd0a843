"""The value, its divisors and every diagnostic against naive loops in 40 digits."""

from __future__ import annotations

from typing import Any

import naive_evaluation as naive
import numpy as np
import pytest
from evaluation_cases import BY_ID, KINDS, MEANS, SAMPLE, Kind, check_all, class_weights, close, pair

from ce_core import evaluate

kinds = pytest.mark.parametrize("kind", KINDS, ids=[kind.id for kind in KINDS])

WEIGHTINGS = ("none", "sample", "class", "both")


def modifiers(kind: Kind, weighting: str, smoothing: float) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the options of evaluate, and the same for the oracle."""
    options: dict[str, Any] = {"label_smoothing": smoothing}
    asked: dict[str, Any] = {"smoothing": smoothing}
    if weighting in {"sample", "both"}:
        options["sample_weights"], asked["sample"] = SAMPLE.reshape(3, 4), SAMPLE
    if weighting in {"class", "both"}:
        options["class_weights"] = asked["classes"] = class_weights(kind)
    if kind.takes_pos:
        options["pos_weight"] = asked["pos"] = 3.0
    return options, asked


@kinds
@pytest.mark.parametrize("weighting", WEIGHTINGS)
@pytest.mark.parametrize("smoothing", [0.0, 0.1], ids=["plain", "smoothed"])
def test_every_number_is_the_naive_one(kind: Kind, weighting: str, smoothing: float) -> None:
    options, asked = modifiers(kind, weighting, smoothing)
    data = pair(kind)
    check_all(data.evaluated(**options), data.asked(**asked))


@kinds
@pytest.mark.parametrize("weighting", WEIGHTINGS)
def test_the_value_is_the_asked_reduction(kind: Kind, weighting: str) -> None:
    options, asked = modifiers(kind, weighting, 0.0)
    data = pair(kind)
    expected = naive.means(data.asked(**asked))
    for over in MEANS:
        close(data.evaluated(mean_over=over, **options).value, expected[over], where=over)
    close(data.evaluated(reduction="sum", **options).value, expected["sum"])
    kept = data.evaluated(reduction="none", **options)
    assert kept.value is None
    assert kept.losses is not None
    assert kept.losses.shape == (3, 4)
    np.testing.assert_allclose(kept.losses.reshape(-1), naive.losses(data.asked(**asked)), rtol=1e-12)


MULTI_LABEL = [kind for kind in KINDS if not kind.exclusive and kind.units > 1]


@pytest.mark.parametrize("kind", MULTI_LABEL, ids=[kind.id for kind in MULTI_LABEL])
@pytest.mark.parametrize("labels", ["mean", "sum"])
@pytest.mark.parametrize("weighting", WEIGHTINGS)
@pytest.mark.parametrize("masked", [False, True], ids=["whole", "masked"])
def test_labels_are_joined_by_mean_or_sum_under_weights_and_masks(
    kind: Kind, labels: str, weighting: str, masked: bool
) -> None:
    options, asked = modifiers(kind, weighting, 0.05)
    data = pair(kind)
    if kind.takes_pos:
        options["pos_weight"] = asked["pos"] = np.array([1.0, 0.5, 4.0, 2.0])
    if masked:
        mask = np.random.default_rng(3).random((3, 4, 4)) < 0.7
        mask[1, 2] = False  # a row of which nothing counts
        mask[..., 3] &= np.arange(12).reshape(3, 4) < 9
        options["mask"], asked["shown"] = mask, mask.reshape(-1, 4)
        for part in (data.predictions, data.targets):
            part[~mask] = np.nan
    answer = data.evaluated(labels=labels, **options)
    check_all(answer, data.asked(labels=labels, **asked))
    np.testing.assert_allclose(
        data.evaluated(labels=labels, keep=True, **options).losses.reshape(-1),  # type: ignore[union-attr]
        naive.losses(data.asked(labels=labels, **asked)),
        rtol=1e-12,
    )


@kinds
def test_bits_are_nats_over_the_logarithm_of_two(kind: Kind) -> None:
    options, asked = modifiers(kind, "both", 0.1)
    data = pair(kind)
    check_all(data.evaluated(base="bits", **options), data.asked(base="bits", **asked))


@kinds
def test_what_is_left_out_counts_nowhere_and_may_be_anything(kind: Kind) -> None:
    data = pair(kind)
    counted = np.array([1, 1, 0, 1, 1, 0, 0, 0, 1, 1, 1, 0], dtype=bool)
    options, asked = modifiers(kind, "both", 0.0)
    predictions = data.predictions.copy()
    predictions[~counted.reshape(3, 4)] = np.nan
    spoilt = type(data)(kind=kind, predictions=predictions, targets=data.targets)
    expected = data.asked(counted=counted.tolist(), **asked)
    check_all(spoilt.evaluated(mask=counted.reshape(3, 4), **options), expected)


@kinds
def test_lengths_are_a_mask_of_the_first_steps(kind: Kind) -> None:
    data = pair(kind)
    counted = np.arange(4) < np.array([[4], [1], [2]])
    answer = data.evaluated(lengths=[4, 1, 2])
    pos = {"pos": 3.0} if kind.takes_pos else {}
    check_all(answer, data.asked(counted=counted.reshape(-1).tolist(), **pos))


@pytest.mark.parametrize("label", [-100, -1, 3, 255])
def test_an_ignored_label_is_a_mask(label: int) -> None:
    kind = BY_ID["sparse_softmax_cross_entropy-index-7"]
    data = pair(kind)
    counted = np.ones((3, 4), dtype=bool)
    counted[0, 1] = counted[2, 3] = counted[1, 0] = False
    counted &= data.targets != label
    targets = np.where(counted, data.targets, label)
    ignoring = type(data)(kind=kind, predictions=data.predictions, targets=targets)
    check_all(ignoring.evaluated(ignore_index=label), data.asked(counted=counted.reshape(-1).tolist()))


def test_an_ignored_value_leaves_single_labels_out() -> None:
    kind = BY_ID["sigmoid_cross_entropy-hard-4"]
    data = pair(kind)
    shown = np.random.default_rng(8).random((3, 4, 4)) < 0.8
    targets = np.where(shown, data.targets, -1.0)
    ignoring = type(data)(kind=kind, predictions=data.predictions, targets=targets)
    check_all(ignoring.evaluated(ignore_index=-1), data.asked(shown=shown.reshape(-1, 4)))


def test_a_mask_of_single_classes_does_not_go_with_exclusive_ones() -> None:
    kind = BY_ID["softmax_cross_entropy-soft-7"]
    with pytest.raises(ValueError, match="mask: leaves out single classes"):
        pair(kind).evaluated(mask=np.ones((3, 4, 7)))


CLIPPED = [kind for kind in KINDS if kind.outputs == "probabilities"]


@pytest.mark.parametrize("kind", CLIPPED, ids=[kind.id for kind in CLIPPED])
@pytest.mark.parametrize("smoothing", [0.0, 0.1], ids=["plain", "smoothed"])
def test_a_clip_moves_probabilities_off_the_ends(kind: Kind, smoothing: float) -> None:
    data = pair(kind)
    flat = data.predictions.reshape(12, -1)
    if kind.exclusive:
        flat[3], flat[7] = np.eye(kind.units)[0], np.eye(kind.units)[1]
    else:
        flat[3], flat[7] = 0.0, 1.0
    expected = data.asked(clip=0.02, smoothing=smoothing)
    answer = data.evaluated(clip=0.02, label_smoothing=smoothing)
    check_all(answer, expected)
    assert answer.clip == 0.02


WITH_AXIS = [kind for kind in KINDS if kind.units > 1]


@pytest.mark.parametrize("kind", WITH_AXIS, ids=[kind.id for kind in WITH_AXIS])
def test_the_class_axis_may_be_anywhere(kind: Kind) -> None:
    options, asked = modifiers(kind, "sample", 0.1)
    data = pair(kind)
    expected = data.asked(**asked)
    rows = data.targets.shape == data.predictions.shape
    for axis in (0, 1, -1, -3):
        moved = type(data)(
            kind=kind,
            predictions=np.moveaxis(data.predictions, -1, axis),
            targets=np.moveaxis(data.targets, -1, axis) if rows else data.targets,
        )
        answer = moved.evaluated(class_axis=axis, keep=True, **options)
        close(dict(answer.diagnostics.weights.means), {over: naive.means(expected)[over] for over in MEANS})  # type: ignore[union-attr]
        assert answer.losses is not None
        assert answer.losses.shape == (3, 4)
        np.testing.assert_allclose(answer.losses.reshape(-1), naive.losses(expected), rtol=1e-12)


def test_several_axes_hold_the_classes_as_one_row_does() -> None:
    rng = np.random.default_rng(4)
    logits = rng.normal(size=(5, 2, 3, 4))
    joined = np.moveaxis(logits, 1, 2).reshape(5, 3, 8)
    labels = rng.integers(0, 8, size=(5, 3))
    several = {"loss": "sparse_softmax_cross_entropy", "class_axis": (1, 3), "keep": True}
    answer, expected = evaluate(logits, labels, **several), evaluate(joined, labels, keep=True)
    assert answer.value == expected.value
    np.testing.assert_array_equal(answer.losses, expected.losses)


@pytest.mark.parametrize("shape", [(), (24,), (2, 12), (2, 3, 4), (1, 2, 3, 4, 1), (2, 1, 3, 2, 2)], ids=str)
def test_positions_may_have_any_rank(shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(11)
    logits, labels = rng.normal(size=(*shape, 5)), rng.integers(0, 5, size=shape)
    flat = evaluate(logits.reshape(-1, 5), labels.reshape(-1), loss="sparse_softmax_cross_entropy")
    answer = evaluate(logits, labels, loss="sparse_softmax_cross_entropy", keep=True)
    close(answer.value, flat.value)
    assert answer.losses is not None
    assert answer.losses.shape == shape
    assert answer.diagnostics.ece == pytest.approx(flat.diagnostics.ece, rel=1e-12)


@pytest.mark.parametrize("count", range(1, 120))
def test_all_right_is_exactly_one(count: int) -> None:
    logits = np.tile([2.0, 0.0, 0.0, 0.0, 0.0, 0.0], (count, 1))
    found = evaluate(logits, np.zeros(count, int), loss="sparse_softmax_cross_entropy").diagnostics
    assert (found.accuracy, found.top5_accuracy) == (1.0, 1.0)
