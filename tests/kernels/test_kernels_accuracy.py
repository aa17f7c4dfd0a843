"""Every kernel against 50-digit arithmetic on the numbers as stored, over extreme values."""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest
from mpmath_oracle import (
    assert_exact,
    binary_loss,
    clipped,
    exact,
    expected,
    one_hot,
    sigmoid_loss,
    smoothed,
    softmax_costs,
)

from ce_core import kernels

FLOATS = pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
SMOOTHINGS = pytest.mark.parametrize("smoothing", [0.0, 0.1, 1.0])
BINARY_SMOOTHINGS = pytest.mark.parametrize("smoothing", [0.0, 1e-12, 0.1, 1.0])
MAGNITUDES = [
    0.0, 1e-300, 1e-30, 1e-10, 1e-4, 0.3, 1.0, 10.0, 16.7, 37.0, 40.0, 87.4, 104.0, 690.0, 746.0,
    6e4, 1e8, 1e30, 1e38, 1e300,
]  # fmt: skip


def stored(values, dtype):
    """Return the values that the dtype can hold (its subnormals too), as it holds them."""
    with np.errstate(over="ignore"):
        array = np.array(values, dtype=np.float64).astype(dtype)
    return array[np.isfinite(array)]


def extremes(dtype):
    values = stored([*MAGNITUDES, *(-m for m in MAGNITUDES), np.finfo(dtype).smallest_subnormal], dtype)
    return np.unique(np.append(values, -np.inf).astype(dtype))


def awkward_rows(dtype):
    """Return rows of logits: ties, large offsets, near-certain rows, masked classes, every K that matters."""
    rng = np.random.default_rng(5)
    rows = [
        [0.0], [-3.5], [1e4], [0.0, 0.0, 0.0], [7.0] * 64,
        [40.0, 0.0, 0.0], [0.0, 40.0, -40.0], [600.0, 0.0, 1.0], [0.0, -87.0, -87.3, -88.0],
        [-np.inf, 0.0, 1.0], [-np.inf, -np.inf, 2.0], [-np.inf, -1e4, -np.inf],
        [6e4, 6e4, -6e4], [6e4, -6e4, 6e4, 5.9e4], [1e-7, 0.0, -1e-7], [0.1, 0.2, 0.3],
    ]  # fmt: skip
    for offset in (1e4, 1e6, -1e6, 1e8, 1e16, -1e38):
        rows += [[offset, offset], [offset, offset + 1, offset - 1, offset], [offset] * 70]
    for classes in (2, 10, 63, 64, 65, 1000):
        rows += [rng.normal(size=classes) * scale for scale in (3.0, 100.0)]
        rows += [
            np.append(np.full(classes - 1, -gap), 0.0) for gap in (5.0, 16.6, 20.7, 60.0, 85.0, 300.0, 680.0)
        ]
    kept = [stored_row(row, dtype) for row in rows]
    return [row for row in kept if row is not None]


def stored_row(row, dtype):
    with np.errstate(over="ignore"):
        array = np.asarray(row, dtype=np.float64).astype(dtype)
    finite = np.isfinite(array) | np.isneginf(np.asarray(row, dtype=np.float64))
    return array if finite.all() else None


def soft_targets(classes, dtype, rng):
    """Return rows of class weights: one-hot, spread, tiny beside one, one unit below 1, not summing to 1."""
    spread = rng.dirichlet(np.full(classes, 0.5))
    tiny = np.full(classes, np.finfo(dtype).smallest_normal)
    tiny[0] = 1.0
    below = np.zeros(classes)
    below[-1], below[0] = np.finfo(dtype).epsneg, 1 - np.finfo(dtype).epsneg
    zeros = np.zeros(classes)
    return np.stack([np.eye(classes)[rng.integers(classes)], spread, tiny, below, spread * 2, zeros]).astype(
        dtype
    )


@FLOATS
def test_softmax_is_exact_on_every_pair_of_extreme_logits(dtype):
    values = extremes(dtype)
    logits = np.stack([grid.reshape(-1) for grid in np.meshgrid(values, values)], axis=1)
    costs = [softmax_costs(row) for row in logits]
    for label in (0, 1):
        losses = kernels.sparse_softmax_cross_entropy(logits, np.full(len(logits), label))
        assert_exact(losses, [cost[label] for cost in costs], case=f"label {label}")
    every = [cost for pair in costs for cost in pair]
    assert_exact(kernels.log_softmax(logits), [-cost for cost in every])
    # Beyond 800 nats the probability is below every float64.
    assert_exact(kernels.softmax(logits), [mp.exp(-cost) if not cost > 800 else mp.mpf(0) for cost in every])


@FLOATS
@SMOOTHINGS
def test_softmax_is_exact_on_awkward_rows(dtype, smoothing):
    rng = np.random.default_rng(1)
    for row in awkward_rows(dtype):
        classes = len(row)
        costs = softmax_costs(row)
        labels = np.unique([0, classes // 2, classes - 1])
        rows = np.tile(row, (len(labels), 1))
        assert_exact(
            kernels.sparse_softmax_cross_entropy(rows, labels, label_smoothing=smoothing),
            [expected(smoothed(one_hot(label, classes), smoothing), costs) for label in labels],
            case=(row, smoothing),
        )
        targets = soft_targets(classes, dtype, rng)
        assert_exact(
            kernels.softmax_cross_entropy(
                np.tile(row, (len(targets), 1)), targets, label_smoothing=smoothing
            ),
            [expected(smoothed([exact(w) for w in target], smoothing), costs) for target in targets],
            case=(row, smoothing),
        )


@FLOATS
@pytest.mark.parametrize("axis", [0, -1])
def test_softmax_is_exact_with_a_hundred_thousand_classes(dtype, axis):
    classes = 100_000
    rng = np.random.default_rng(2)
    rows = [stored_row(rng.choice(rng.normal(size=200) * scale, classes), dtype) for scale in (1.0, 30.0)]
    rows += [
        stored_row(np.append(np.full(classes - 1, -gap), 0.0), dtype)
        for gap in (9.0, 20.7, 87.0, 97.0, 600.0)
    ]
    logits = np.stack(rows, axis=1) if axis == 0 else np.stack(rows)
    costs = [softmax_costs(row) for row in rows]
    for label in (17, classes - 1):
        labels = np.full(len(rows), label)
        for smoothing in (0.0, 0.1):
            assert_exact(
                kernels.sparse_softmax_cross_entropy(logits, labels, axis=axis, label_smoothing=smoothing),
                [
                    (1 - exact(smoothing)) * cost[label] + exact(smoothing) / classes * mp.fsum(cost)
                    for cost in costs
                ],
                case=(label, smoothing),
            )


@FLOATS
@BINARY_SMOOTHINGS
@pytest.mark.parametrize("weight", [1.0, 0.0, 0.1, 1e6])
def test_weighted_sigmoid_is_exact_on_extreme_logits_and_soft_targets(dtype, smoothing, weight):
    units = np.finfo(dtype)
    targets = stored([0.0, 1.0, 0.5, 0.1, units.smallest_normal, units.eps, 1 - units.epsneg], dtype)
    logits, ys = (grid.reshape(-1) for grid in np.meshgrid(extremes(dtype), targets))
    oracle = [sigmoid_loss(x, y, smoothing=smoothing, weight=weight) for x, y in zip(logits, ys, strict=True)]
    losses = kernels.weighted_sigmoid_cross_entropy(logits, ys, pos_weight=weight, label_smoothing=smoothing)
    assert_exact(losses, oracle)
    if weight == 1.0:
        assert_exact(kernels.sigmoid_cross_entropy(logits, ys, label_smoothing=smoothing), oracle)


@FLOATS
def test_sigmoid_is_exact(dtype):
    logits = extremes(dtype)
    assert_exact(
        kernels.sigmoid(logits),
        [mp.exp(-softplus) for softplus in (sigmoid_loss(x, 1.0) for x in logits)],
    )


def extreme_probabilities(dtype):
    units = np.finfo(dtype)
    values = [
        0.0, units.smallest_subnormal, units.smallest_normal, 1e-30, 1e-10, 1e-7, 1e-4, 0.1, 0.25, 0.5, 0.9,
        0.999, 1 - 1e-7, 1 - units.epsneg, 1.0,
    ]  # fmt: skip
    return np.unique(stored(values, dtype))


@FLOATS
@BINARY_SMOOTHINGS
@pytest.mark.parametrize("clip", [None, 0.0, 1e-7, 2.0**-52, 1e-3])
def test_binary_is_exact_on_extreme_probabilities_and_soft_targets(dtype, smoothing, clip):
    values = extreme_probabilities(dtype)
    probabilities, targets = (grid.reshape(-1) for grid in np.meshgrid(values, values))
    assert_exact(
        kernels.binary_cross_entropy(probabilities, targets, clip=clip, label_smoothing=smoothing),
        [
            binary_loss(p, y, clip=clip, smoothing=smoothing)
            for p, y in zip(probabilities, targets, strict=True)
        ],
        case=(clip, smoothing),
    )


@FLOATS
@SMOOTHINGS
@pytest.mark.parametrize("clip", [None, 1e-7, 1e-15])
@pytest.mark.parametrize("classes", [1, 3, 64, 200])
def test_categorical_is_exact_on_extreme_probabilities(dtype, smoothing, clip, classes):
    rng = np.random.default_rng(classes)
    targets = soft_targets(classes, dtype, rng)
    rows = rng.choice(extreme_probabilities(dtype), (len(targets), classes))
    costs = [[clipped(p, clip)[0] for p in row] for row in rows]
    assert_exact(
        kernels.categorical_cross_entropy(rows, targets, clip=clip, label_smoothing=smoothing),
        [
            expected(smoothed([exact(w) for w in target], smoothing), cost)
            for target, cost in zip(targets, costs, strict=True)
        ],
    )
    labels = rng.integers(0, classes, len(rows))
    assert_exact(
        kernels.sparse_categorical_cross_entropy(rows, labels, clip=clip, label_smoothing=smoothing),
        [
            expected(smoothed(one_hot(label, classes), smoothing), cost)
            for label, cost in zip(labels, costs, strict=True)
        ],
    )


@FLOATS
@SMOOTHINGS
@pytest.mark.parametrize("classes", [1, 3, 64, 200])
def test_nll_is_exact_on_extreme_log_probabilities(dtype, smoothing, classes):
    rng = np.random.default_rng(classes)
    targets = soft_targets(classes, dtype, rng)
    rows = rng.choice(extremes(dtype)[extremes(dtype) <= 0], (len(targets), classes))
    costs = [[-exact(q) for q in row] for row in rows]
    labels = rng.integers(0, classes, len(rows))
    assert_exact(
        kernels.nll(rows, targets, label_smoothing=smoothing),
        [
            expected(smoothed([exact(w) for w in target], smoothing), cost)
            for target, cost in zip(targets, costs, strict=True)
        ],
    )
    assert_exact(
        kernels.nll(rows, labels, label_smoothing=smoothing),
        [
            expected(smoothed(one_hot(label, classes), smoothing), cost)
            for label, cost in zip(labels, costs, strict=True)
        ],
    )


@pytest.mark.parametrize("dtype", [np.bool_, np.int8, np.uint8, np.int32, np.int64, np.uint64])
def test_integers_and_bools_are_taken_as_the_numbers_they_are(dtype):
    logits = np.array([[0, 1, 1], [1, 0, 0]], dtype=dtype)
    losses = kernels.sparse_softmax_cross_entropy(logits, [0, 1])
    assert_exact(losses, [softmax_costs(logits[0])[0], softmax_costs(logits[1])[1]])
    assert_exact(
        kernels.sigmoid_cross_entropy(logits[0], [0, 1, 1]),
        [sigmoid_loss(x, y) for x, y in zip(logits[0], [0, 1, 1], strict=True)],
    )
    assert_exact(kernels.binary_cross_entropy(logits[0], [0, 1, 1]), [mp.mpf(0)] * 3)
