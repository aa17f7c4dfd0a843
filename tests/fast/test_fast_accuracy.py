"""The pass in the predictions' own precision keeps the contract: against 50-digit arithmetic, and float64.

Float32 and 16-bit predictions: 1e-6 for losses of at least 1e-4, 1e-5 below that down to 1e-37; float64: 1e-14, 1e-12.
"""

from __future__ import annotations

from typing import Any

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ce_core import kernels
from ce_core.compute.fast import Scratch
from ce_core.compute.fast.sigmoid import sigmoid_losses, sigmoid_rows
from ce_core.compute.fast.smoothed import smoothed_losses
from ce_core.compute.fast.soft import soft_losses
from ce_core.compute.fast.soft_figures import soft_figures
from ce_core.compute.fast.softmax import softmax_figures, softmax_losses
from ce_core.compute.fast.strips import DOUBLE, SINGLE, Precision, precision_of

SCRATCH = Scratch()
DTYPES = ["float16", "float32", "float64"]
CLASSES = [2, 3, 5, 16, 17, 24, 25, 63, 64, 95, 96, 97, 1000, 4097]


def precision(dtype: Any) -> Precision:
    found = precision_of(np.dtype(dtype))
    assert found is not None
    return found


def assert_within_contract(losses: np.ndarray, exact: np.ndarray, dtype: Any) -> None:
    """Hold losses against exact ones, which may themselves be rounded to float64."""
    large, small, least = (1e-14, 1e-12, 1e-300) if np.dtype(dtype) == np.float64 else (1e-6, 1e-5, 1e-37)
    losses, exact = np.asarray(losses).reshape(-1), np.asarray(exact).reshape(-1)
    assert losses.dtype == np.float64
    np.testing.assert_array_equal(np.isnan(losses), np.isnan(exact))
    np.testing.assert_array_equal(np.isinf(losses), np.isinf(exact))
    usual, tiny = exact >= 1e-4, (exact < 1e-4) & (exact >= least)
    for chosen, tolerance in ((usual & np.isfinite(exact), large), (tiny, small)):
        np.testing.assert_allclose(losses[chosen], exact[chosen], rtol=tolerance, atol=0)
    assert (losses[exact < least] <= 2 * least).all()
    assert (losses[exact < least] >= 0).all()


def both(logits: np.ndarray, labels: np.ndarray) -> list[np.ndarray]:
    """Return the losses of the two ways to get them."""
    kind = precision(logits.dtype)
    labels = labels.astype(np.intp)
    return [
        softmax_losses(logits, labels, kind, SCRATCH).losses.copy(),
        softmax_figures(logits, labels, kind, SCRATCH).losses,
    ]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "gap", [0, 1e-3, 0.5, 1, 5, 9, 9.3, 12, 15.9, 16, 17, 31, 33, 50, 79, 80, 81, 87, 90, 120]
)
@pytest.mark.parametrize("classes", [2, 3, 10, 16, 17, 40, 100, 1000])
def test_near_certain_rows_keep_their_digits(classes: int, gap: float, dtype: str) -> None:
    rng = np.random.default_rng(classes)
    offsets = np.array([0.0, 0.3, 10.0, -10.0, 40.0, -40.0])
    logits = rng.uniform(-1, 0, (len(offsets), classes))
    logits[:, 1] = gap
    logits = (logits + offsets[:, None]).astype(dtype)
    for label in (0, 1):
        labels = np.full(len(logits), label)
        exact = []
        for row in logits:
            values = [mp.mpf(float(x)) for x in row]
            mine = values[label]
            exact.append(float(mp.log1p(mp.fsum(mp.exp(x - mine) for x in np.delete(values, label)))))
        for losses in both(logits, labels):
            assert_within_contract(losses, np.array(exact), dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("classes", CLASSES)
@pytest.mark.parametrize("scale", [0.1, 1, 5, 30, 100])
def test_logits_of_any_scale_and_offset(classes: int, scale: float, dtype: str) -> None:
    rng = np.random.default_rng(classes)
    rows = max(50, 20_000 // classes)
    logits = rng.normal(scale=scale, size=(rows, classes))
    labels = rng.integers(0, classes, rows)
    logits[np.arange(rows), labels] += rng.uniform(-5, 40, rows)
    logits += rng.choice([0, 0, 50, -50, 90, -90, 1000, 5000], rows)[:, None]
    logits = logits.astype(dtype)
    exact = kernels.sparse_softmax_cross_entropy(logits, labels)
    for losses in both(logits, labels):
        assert_within_contract(losses, exact, dtype)


def test_a_hundred_thousand_classes_one_of_which_holds_nearly_all_of_the_rest() -> None:
    logits = np.full((3, 100_000), -23.0, dtype=np.float32)
    logits[:, 0], logits[:, 1] = [20.0, 3.0, 0.0], 0.0
    exact = kernels.sparse_softmax_cross_entropy(logits, [0, 0, 0])
    for losses in both(logits, np.zeros(3)):
        assert_within_contract(losses, exact, np.float32)


@pytest.mark.parametrize("at", range(64, 200, 17))
def test_many_small_terms_beside_a_large_one_are_not_lost(at: int) -> None:
    # Each is below half a unit in the last place of the large one: added one by one they would vanish.
    logits = np.full((1, 4096), np.log(4e-8), dtype=np.float32)
    logits[0, at], logits[0, 0] = 0.0, 12.0
    exact = kernels.sparse_softmax_cross_entropy(logits, [0])
    for losses in both(logits, np.zeros(1)):
        assert_within_contract(losses, exact, np.float32)


SPECIAL = {
    "NaN": [np.nan, 1.0, 0.0],
    "NaN at the label": [1.0, np.nan, 0.0],
    "infinity": [np.inf, 1.0, 0.0],
    "infinity at the label": [0.0, np.inf, 1.0],
    "masked": [0.0, 1.0, -np.inf],
    "masked label": [0.0, -np.inf, 1.0],
    "nothing but masked": [-np.inf] * 3,
    "only the label": [-np.inf, 2.0, -np.inf],
    "equal": [7.0, 7.0, 7.0],
    "equal and huge": [6e4, 6e4, 6e4],
    "denormal": [1e-40, -1e-40, 0.0],
    "far below": [-6e4, -6e4, -6e4],
    "far apart": [-6e4, 6e4, 0.0],
}


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("row", SPECIAL.values(), ids=list(SPECIAL))
def test_special_rows_are_as_in_the_kernel(row: list[float], dtype: str) -> None:
    usual = [0.5, 1.0, -2.0]
    logits = np.array([usual, row, usual], dtype=dtype)
    labels = np.array([0, 1, 2])
    exact = kernels.sparse_softmax_cross_entropy(logits, labels)
    for losses in both(logits, labels):
        assert_within_contract(losses, exact, dtype)
    two = logits[:, :2]
    for losses in both(two, labels % 2):
        assert_within_contract(losses, kernels.sparse_softmax_cross_entropy(two, labels % 2), dtype)


@settings(max_examples=150, deadline=None)
@given(
    hnp.arrays(
        np.float32,
        hnp.array_shapes(min_dims=2, max_dims=2, max_side=30).filter(lambda shape: shape[1] > 1),
        elements=st.floats(-120, 120, width=32) | st.sampled_from([0.0, 80.0, -np.inf]),
    ),
    st.integers(0, 1 << 30),
)
def test_any_row_is_within_the_contract(logits: np.ndarray, seed: int) -> None:
    labels = np.random.default_rng(seed).integers(0, logits.shape[1], len(logits))
    exact = kernels.sparse_softmax_cross_entropy(logits, labels)
    for losses in both(logits, labels):
        assert_within_contract(losses, exact, np.float32)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("classes", [2, 10, 24, 25, 100, 700])
@pytest.mark.parametrize("ties", [False, True], ids=["distinct", "ties"])
def test_figures_are_those_of_the_softmax(classes: int, ties: bool, dtype: str) -> None:
    rng = np.random.default_rng(classes)
    logits = rng.normal(scale=3, size=(400, classes))
    logits[:4] += [[60], [-60], [200], [-200]]
    logits = (np.round(logits) if ties else logits).astype(dtype)
    labels = rng.integers(0, classes, 400)
    labels[::2] = logits[::2].argmax(axis=1)
    found = softmax_figures(logits, labels, precision(dtype), SCRATCH)
    shares = kernels.softmax(logits)
    rows = np.arange(400)
    tolerance = 1e-12 if dtype == "float64" else 3e-6
    np.testing.assert_allclose(found.true, shares[rows, labels], rtol=tolerance)
    np.testing.assert_allclose(found.confidence, shares.max(axis=1), rtol=tolerance)
    one_hot = np.eye(classes)[labels]
    np.testing.assert_allclose(
        found.brier, np.square(shares - one_hot).sum(axis=1), rtol=10 * tolerance, atol=1e-10
    )
    np.testing.assert_array_equal(found.hits, logits.argmax(axis=1) == labels)
    order = np.argsort(-logits.astype(np.float64), axis=1, kind="stable")
    np.testing.assert_array_equal(found.top5, (order[:, :5] == labels[:, None]).any(axis=1))
    assert found.extremes is not None
    assert (found.extremes.low, found.extremes.high) == (float(logits.min()), float(logits.max()))
    assert logits[found.extremes.low_row].min() == logits.min()
    assert logits[found.extremes.high_row].max() == logits.max()


def sigmoid_both(logits: np.ndarray, targets: np.ndarray, hard: bool) -> np.ndarray:
    """Return the losses of single outcomes, found by both ways to get them."""
    kind = precision(logits.dtype)
    rows = sigmoid_rows(logits, targets, kind, SCRATCH, hard=hard)
    assert rows is not None
    flat = (logits.reshape(-1, 1), targets.reshape(-1, 1))
    alone = sigmoid_losses(*flat, kind, SCRATCH, hard=hard, mean=True)
    assert alone is not None
    near = {"rtol": 3e-7, "atol": 1e-37} if kind is SINGLE else {"rtol": 1e-14, "atol": 1e-300}
    np.testing.assert_allclose(alone, rows.losses.reshape(-1), **near)
    for mean in (True, False):
        joined = sigmoid_losses(logits, targets, kind, SCRATCH, hard=hard, mean=mean)
        single = rows.losses.astype(np.float64)
        expected = single.mean(axis=1) if mean else single.sum(axis=1)
        np.testing.assert_allclose(joined, expected, **near)
    finite = np.isfinite(logits).all(axis=1)
    np.testing.assert_allclose(rows.probabilities[finite], kernels.sigmoid(logits[finite]), atol=2e-7)
    return rows.losses.astype(np.float64)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("hard", [True, False], ids=["hard", "soft"])
@pytest.mark.parametrize("scale", [0.01, 1, 10, 60, 200])
@pytest.mark.parametrize("kept", ["same", "float64", "float16"])
def test_sigmoid_losses_are_within_the_contract(scale: float, hard: bool, dtype: str, kept: str) -> None:
    rng = np.random.default_rng(3)
    logits = (rng.normal(size=(3000, 3)) * scale).astype(dtype)
    targets = rng.random(logits.shape) ** 6
    targets[::2] = 1 - targets[::2]
    targets[5:9] = [[0.0, 1.0, 1 - 1e-12], [1e-12, 1e-30, 1 - 2**-24], [1, 0, 0.5], [0, 0, 1]]
    targets = ((targets > 0.3) if hard else targets).astype(logits.dtype if kept == "same" else kept)
    logits[0] = [np.nan, 0.0, 1.0]
    logits[1] = [-np.inf, 0.0, 1.0]
    logits[2] = [np.inf, 0.0, 1.0]
    logits[3] = [-np.inf, 0.0, 1.0]
    targets[1, 0], targets[3, 0] = 0.0, 1.0
    found = sigmoid_both(logits, targets, hard)
    exact = kernels.sigmoid_cross_entropy(logits, targets)
    if dtype != "float64":
        exact[exact < 1e-37] = found[exact < 1e-37]  # in float32 these end in zero
    assert_within_contract(found, exact, dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("target", [0.0, 1.0, 0.25, 0.975, 1e-6, 1 - 2**-10])
def test_near_certain_outcomes_keep_their_digits(target: float, dtype: str) -> None:
    gaps = [0, 1e-4, 0.5, 1, 5, 9.3, 15.9, 17, 31, 50, 79, 79.9, 80, 81, 84, 86, 90, 120]
    logits = np.array([[sign * gap] for gap in gaps for sign in (-1, 1)], dtype=dtype)
    targets = np.full(logits.shape, target, dtype="float64" if dtype == "float64" else "float32")
    exact = []
    with mp.workdps(50):
        for x, y in zip(logits[:, 0].tolist(), targets[:, 0].tolist(), strict=True):
            true, false = mp.log1p(mp.exp(-mp.mpf(x))), mp.log1p(mp.exp(mp.mpf(x)))
            exact.append(float(mp.mpf(y) * true + (1 - mp.mpf(y)) * false))
    for hard in {False, target in (0.0, 1.0)}:
        assert_within_contract(sigmoid_both(logits, targets, hard), np.array(exact), dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("kind", ["bool", "uint8", "int64", "float16", "float32", "float64"])
def test_outcomes_of_any_type_have_the_same_losses(kind: str, dtype: str) -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(500, 7)).astype(dtype)
    truth = rng.random(logits.shape) < 0.4
    for hard in (True, False):
        found = sigmoid_both(logits, truth.astype(kind), hard)
        np.testing.assert_array_equal(found, sigmoid_both(logits, truth.astype(dtype), hard))
        columns = np.asfortranarray(logits), np.asfortranarray(truth.astype(kind))
        np.testing.assert_array_equal(found, sigmoid_both(*columns, hard))


@pytest.mark.parametrize("wrong", [0.5, -0.0001, 1.0001, 2.0, 4.0, -1.0, 1e-40, np.nan])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_targets_of_another_form_are_not_computed(wrong: float, dtype: str) -> None:
    logits = np.zeros((50, 4), dtype=dtype)
    targets = np.zeros((50, 4), dtype=dtype)
    targets[30, 2] = wrong
    kind = precision(dtype)
    for hard in (True, False):
        within = not hard and 0 <= wrong <= 1
        found = sigmoid_losses(logits, targets, kind, SCRATCH, hard=hard, mean=True)
        assert (found is not None) is within
        assert (sigmoid_rows(logits, targets, kind, SCRATCH, hard=hard) is not None) is within


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("classes", [2, 5, 64, 97, 1000])
@pytest.mark.parametrize("scale", [0.1, 3, 30, 200])
def test_losses_of_soft_rows_are_within_the_contract(classes: int, scale: float, dtype: str) -> None:
    rng = np.random.default_rng(classes)
    logits = rng.normal(scale=scale, size=(200, classes))
    labels = rng.integers(0, classes, 200)
    logits[np.arange(200), labels] += rng.uniform(0, 40, 200)
    logits = logits.astype(dtype)
    targets = rng.dirichlet(np.ones(classes), size=200)
    targets[::3] = np.eye(classes)[labels[::3]]
    targets = targets.astype("float64" if dtype == "float64" else "float32")
    logits[0, 0], targets[0, 0] = -np.inf, 0.0
    logits[1, 0] = np.nan
    found = soft_losses(logits, targets, precision(dtype), SCRATCH)
    assert_within_contract(found, kernels.softmax_cross_entropy(logits, targets), dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("gap", [0, 1e-3, 1, 5, 9.3, 16, 33, 60, 80, 87, 90])
@pytest.mark.parametrize("classes", [2, 3, 10, 17, 25, 100])
def test_soft_rows_that_are_near_certain_keep_their_digits(classes: int, gap: float, dtype: str) -> None:
    rng = np.random.default_rng(classes)
    offsets = np.array([0.0, 0.3, 10.0, -10.0, 40.0, -40.0, 200.0])
    logits = rng.uniform(-1, 0, (len(offsets), classes))
    logits[:, 1] = gap
    logits = (logits + offsets[:, None]).astype(dtype)
    for rest in (0.0, 1e-9, 1e-3, 0.5):
        targets = np.full(logits.shape, rest / classes)
        targets[:, 1] += 1 - rest
        targets = targets.astype("float64" if dtype == "float64" else "float32")
        exact = []
        with mp.workdps(50):
            for row, weights in zip(logits.tolist(), targets.tolist(), strict=True):
                others = [mp.exp(mp.mpf(x) - mp.mpf(row[1])) for x in np.delete(row, 1).tolist()]
                shared = mp.log1p(mp.fsum(others))  # of the likeliest class, or nearly
                terms = [mp.mpf(y) * (mp.mpf(row[1]) - mp.mpf(x)) for x, y in zip(row, weights, strict=True)]
                exact.append(float(mp.fsum(terms) + mp.fsum(map(mp.mpf, weights)) * shared))
        found = soft_losses(logits, targets, precision(dtype), SCRATCH)
        assert_within_contract(found, np.array(exact), dtype)


@pytest.mark.parametrize("classes", [2, 10, 40, 300])
@pytest.mark.parametrize("kind", ["float64", "float16", "bool", "int64", "one-hot float64"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_weights_of_another_type_than_the_logits_keep_the_contract(
    dtype: str, kind: str, classes: int
) -> None:
    rng = np.random.default_rng(classes)
    rows = 300
    logits = rng.normal(scale=5, size=(rows, classes))
    logits[::7, 1] = -1e30 if dtype != "float16" else -6e4  # masked, as by a large number
    logits[::11, 0] += 60
    targets = rng.dirichlet(np.full(classes, 0.05), size=rows)
    targets[::7, 1] = 1e-43  # float32 holds no such number with all its digits
    targets[::11] = 0
    targets[::11, 0], targets[::22, -1] = 1, 1e-40
    if kind == "one-hot float64":
        targets = np.eye(classes)[targets.argmax(axis=1)]
    elif kind != "float64":
        targets = (targets > 0.2).astype(kind) if kind in ("bool", "int64") else targets.astype(kind)
    with np.errstate(over="ignore"):
        logits = logits.astype(dtype)
    found = soft_losses(logits, targets, precision(dtype), SCRATCH)
    assert_within_contract(found, kernels.softmax_cross_entropy(logits, targets), dtype)


def test_weights_below_zero_and_above_one_are_as_in_the_kernel() -> None:
    rng = np.random.default_rng(0)
    for classes in (5, 50):
        logits = rng.normal(size=(60, classes)).astype(np.float32)
        targets = rng.dirichlet(np.ones(classes), size=60).astype(np.float32)
        targets[3, 1], targets[4] = -0.01, targets[4] * 3
        targets[5] = 0
        targets[6, 0], targets[7, 0] = np.nan, np.inf
        found = soft_losses(logits, targets, SINGLE, SCRATCH)
        exact = kernels.softmax_cross_entropy(logits, targets)
        np.testing.assert_array_equal(found[[3, 5]], exact[[3, 5]])
        assert np.isnan(found[6])
        np.testing.assert_allclose(np.delete(found, 6), np.delete(exact, 6), rtol=1e-6)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("classes", [2, 3, 7, 24, 25, 130])
@pytest.mark.parametrize("scale", [0.01, 1, 10, 100])
def test_figures_of_soft_rows_are_those_of_the_softmax(classes: int, scale: float, dtype: str) -> None:
    rng = np.random.default_rng(classes)
    logits = rng.normal(scale=scale, size=(400, classes))
    labels = rng.integers(0, classes, 400)
    logits[::2][np.arange(200), labels[::2]] += 9
    logits[:3] += [[60], [-60], [200]]
    logits[7:9] = np.round(logits[7:9])  # ties
    logits[10, 0] = -np.inf
    logits = logits.astype(dtype)
    targets = 0.4 * rng.dirichlet(np.ones(classes), size=400)
    targets[np.arange(400), labels] += 0.6
    targets[11:14] = np.eye(classes)[:1]
    targets[14], targets[10, 0] = 0, 0
    targets = targets.astype("float64" if dtype == "float64" else "float32")
    found, mass, extremes = soft_figures(logits, targets, precision(dtype), SCRATCH)
    assert_within_contract(found.losses, kernels.softmax_cross_entropy(logits, targets), dtype)
    np.testing.assert_allclose(
        found.losses, soft_losses(logits, targets, precision(dtype), SCRATCH), rtol=1e-6, atol=1e-37
    )
    shares, at, y = kernels.softmax(logits), np.arange(400), targets.astype(np.float64)
    np.testing.assert_array_equal(found.labels, targets.argmax(axis=1))
    np.testing.assert_array_equal(found.predicted, logits.argmax(axis=1))
    tolerance = 1e-12 if dtype == "float64" else 3e-6
    np.testing.assert_allclose(found.true, shares[at, found.labels], rtol=tolerance, atol=1e-37)
    np.testing.assert_allclose(found.confidence, shares.max(axis=1), rtol=tolerance)
    np.testing.assert_array_equal(found.outcome, y[at, found.predicted])
    np.testing.assert_array_equal(found.share, y[at, found.labels])
    brier = np.square(shares - y).sum(axis=1)
    np.testing.assert_allclose(found.brier, brier, rtol=10 * tolerance, atol=1e-2 * tolerance)
    logs = np.log(y, out=np.zeros_like(y), where=y > 0)
    np.testing.assert_allclose(found.entropy, -(y * logs).sum(axis=1), rtol=tolerance, atol=1e-30)
    order = np.argsort(-logits.astype(np.float64), axis=1, kind="stable")
    np.testing.assert_array_equal(found.top5, (order[:, :5] == found.labels[:, None]).any(axis=1))
    np.testing.assert_allclose(mass, y.sum(axis=0), rtol=1e-14)
    assert (extremes.low, extremes.high) == (float(logits.min()), float(logits.max()))
    assert logits[extremes.low_row].min() == logits.min()
    assert logits[extremes.high_row].max() == logits.max()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("smooth", [1e-9, 0.1, 0.5, 1.0])
@pytest.mark.parametrize("classes", [2, 3, 16, 24, 25, 300])
def test_smoothed_losses_are_within_the_contract(classes: int, smooth: float, dtype: str) -> None:
    rng = np.random.default_rng(classes)
    labels = rng.integers(0, classes, 600)
    for scale in (0.01, 1, 10, 100):
        logits = rng.normal(scale=scale, size=(600, classes))
        logits[np.arange(600), labels] += rng.uniform(-5, 40, 600)
        logits += rng.choice([0, 0, 50, -50, 90, 1000], 600)[:, None]
        logits[0, 0], logits[1, 0], logits[2, 0] = -np.inf, np.nan, np.inf
        logits = logits.astype(dtype)
        found = smoothed_losses(logits, labels, smooth, precision(dtype), SCRATCH)
        exact = kernels.sparse_softmax_cross_entropy(logits, labels, label_smoothing=smooth)
        assert_within_contract(found, exact, dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("smooth", [1e-6, 0.1])
def test_smoothed_losses_of_near_certain_rows_keep_their_digits(smooth: float, dtype: str) -> None:
    for classes in (2, 10, 40):
        logits = np.full((6, classes), 0.25)
        logits[:, 1] = [0.25, 1, 9.3, 16, 33, 60]
        logits = logits.astype(dtype)
        exact = []
        with mp.workdps(50):
            for row in logits.tolist():
                gap = mp.mpf(row[1]) - mp.mpf(row[0])
                shared = mp.log1p((classes - 1) * mp.exp(-gap))
                exact.append(float(mp.mpf(smooth) / classes * (classes - 1) * gap + shared))
        found = smoothed_losses(logits, np.ones(6, np.intp), smooth, precision(dtype), SCRATCH)
        assert_within_contract(found, np.array(exact), dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("weight", [1e-6, 0.3, 9.0, 1e4, "each"])
def test_losses_of_weighted_positives_are_within_the_contract(weight: Any, dtype: str) -> None:
    rng = np.random.default_rng(2)
    truth = rng.random((900, 6)) < 0.3
    weights = np.array([0.0, 1e-9, 0.5, 1.0, 7.0, 1e5]) if weight == "each" else weight
    for scale in (0.01, 3, 40, 150):
        logits = (rng.normal(size=truth.shape) * scale).astype(dtype)
        logits[0] = [np.nan, -np.inf, 0.0, 1.0, 2.0, 3.0]
        for targets in (truth.astype(dtype), truth):
            rows = sigmoid_rows(logits, targets, precision(dtype), SCRATCH, hard=True, pos_weight=weights)
            assert rows is not None
            exact = kernels.weighted_sigmoid_cross_entropy(logits, targets, pos_weight=weights)
            found = rows.losses.astype(np.float64)
            if dtype != "float64":
                exact[exact < 1e-37] = found[exact < 1e-37]
            assert_within_contract(found, exact, dtype)


def test_the_exponential_and_the_logarithm_are_as_exact_as_the_bounds_assume() -> None:
    rng = np.random.default_rng(0)
    values = rng.uniform(-87, 88, 400_000).astype(np.float32)
    exact = np.exp(values.astype(np.float64))
    assert (np.abs(np.exp(values) - exact) / exact).max() < 3.0e-7
    ratios = (10 ** rng.uniform(-37, 37, 400_000)).astype(np.float32)
    ratios[:200_000] = rng.uniform(0, 2, 200_000)
    exact = np.log1p(ratios.astype(np.float64))
    assert (np.abs(np.log1p(ratios) - exact) / np.maximum(exact, 1e-37)).max() < 2.4e-7


def test_the_precision_follows_the_predictions() -> None:
    assert precision_of(np.dtype("float16")) is precision_of(np.dtype("float32")) is SINGLE
    assert precision_of(np.dtype("float64")) is DOUBLE
    assert precision_of(np.dtype("int64")) is None
