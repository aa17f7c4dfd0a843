"""The full softmax loss from hidden features: the kernels' own numbers, without the logits."""

from __future__ import annotations

import tracemalloc

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath_oracle import assert_exact, exact, expected, one_hot, smoothed, softmax_costs
from numpy.testing import assert_allclose, assert_array_equal
from test_kernels_accuracy import awkward_rows

from ce_core import kernels
from ce_core.errors import CepickError
from ce_core.kernels.features import linear_softmax_cross_entropy, linear_softmax_terms

law = settings(max_examples=60, deadline=None)
SMOOTHINGS = pytest.mark.parametrize("smoothing", [0.0, 0.1, 1.0])
BLOCKS = pytest.mark.parametrize("block", [1, 20, 1 << 12, 1 << 19])
INF, NAN = np.inf, np.nan


def problem(rows=30, classes=40, width=8, seed=0, scale=1.0):
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(rows, width)) * scale
    weights, biases = rng.normal(size=(classes, width)), rng.normal(size=classes)
    return features, rng.integers(0, classes, rows), weights, biases


def of_logits(rows, labels, **options):
    """Return the losses of logits that are given as biases, so that no dot product rounds them."""
    losses = [
        linear_softmax_cross_entropy([[0.0]], [label], weights=np.zeros((len(row), 1)), biases=row, **options)
        for row, label in zip(rows, labels, strict=True)
    ]
    return np.concatenate(losses)


def joined(features, labels, weights, biases, block, of):
    runs = linear_softmax_terms(features, labels, weights=weights, biases=biases, block=block)
    return np.concatenate([of(terms) for terms in runs])


@pytest.mark.parametrize(("dtype", "block"), [(np.float16, 1 << 19), (np.float32, 200), (np.float64, 20)])
@SMOOTHINGS
def test_the_loss_is_exact_on_awkward_logits(dtype, block, smoothing):
    for row in awkward_rows(dtype):
        classes = len(row)
        costs = softmax_costs(row)
        labels = np.unique([0, classes // 2, classes - 1])
        assert_exact(
            of_logits([row] * len(labels), labels, block=block, label_smoothing=smoothing),
            [expected(smoothed(one_hot(label, classes), smoothing), costs) for label in labels],
            case=(row, smoothing, block),
        )


def test_the_sum_over_many_blocks_of_ever_larger_logits_is_exact():
    classes = 900
    for rise in (1e-3, 0.02, 0.5):
        for row in (np.arange(classes) * rise, np.arange(classes)[::-1] * rise):
            labels = [0, classes // 2, classes - 1]
            costs = softmax_costs(row)
            assert_exact(of_logits([row] * 3, labels, block=1), [costs[label] for label in labels])


def test_the_logits_are_float64_dot_products():
    for seed, scale in ((0, 1.0), (1, 30.0)):
        features, labels, weights, biases = (
            a.astype(np.float32) if a.dtype.kind == "f" else a
            for a in problem(rows=12, classes=9, width=33, seed=seed, scale=scale)
        )
        losses = linear_softmax_cross_entropy(features, labels, weights=weights, biases=biases)
        for row, label, loss in zip(features, labels, losses, strict=True):
            products = [[exact(f) * exact(w) for f, w in zip(row, each, strict=True)] for each in weights]
            logits = [mp.fsum(p) + exact(b) for p, b in zip(products, biases, strict=True)]
            truth = mp.log(mp.fsum(mp.exp(x - logits[label]) for x in logits))
            worst = max(mp.fsum(map(abs, p)) + abs(exact(b)) for p, b in zip(products, biases, strict=True))
            # The loss moves by at most twice what the logits move by.
            assert abs(mp.mpf(float(loss)) - truth) <= 2 * 34 * 1.2e-16 * worst + 1e-14 * truth


@BLOCKS
@SMOOTHINGS
def test_it_equals_the_kernel_on_the_logits(block, smoothing):
    features, labels, weights, biases = problem()
    losses = linear_softmax_cross_entropy(
        features, labels, weights=weights, biases=biases, block=block, label_smoothing=smoothing
    )
    logits = features @ weights.T + biases
    assert_allclose(
        losses,
        kernels.sparse_softmax_cross_entropy(logits, labels, label_smoothing=smoothing),
        rtol=1e-13,
        atol=1e-14,
    )


@BLOCKS
def test_every_figure_equals_the_one_of_the_logits(block):
    features, labels, weights, biases = problem(scale=0.3)
    labels[:8] = (features @ weights.T + biases).argmax(axis=1)[:8]
    given = (features, labels, weights, biases, block)
    logits = features @ weights.T + biases
    q, rows = kernels.softmax(logits), np.arange(len(labels))
    chosen = logits[rows, labels]
    assert_array_equal(joined(*given, lambda t: t.argmax), logits.argmax(axis=1))
    assert_array_equal(joined(*given, lambda t: t.above), (logits > chosen[:, None] + 1e-12).sum(axis=1))
    assert_allclose(joined(*given, lambda t: t.top), logits.max(axis=1), rtol=1e-14)
    assert_allclose(joined(*given, lambda t: t.confidence()), q.max(axis=1), rtol=1e-13)
    assert_allclose(joined(*given, lambda t: t.true_probability()), q[rows, labels], rtol=1e-13)
    assert_allclose(joined(*given, lambda t: t.squares()), (q**2).sum(axis=1), rtol=1e-13)
    errors = ((q - np.eye(len(weights))[labels]) ** 2).sum(axis=1)
    assert_allclose(joined(*given, lambda t: t.brier()), errors, rtol=1e-12)
    top5 = np.argsort(-logits, axis=1)[:, :5]
    hits = joined(*given, lambda t: t.in_top(5))
    assert_array_equal(hits, (top5 == labels[:, None]).any(axis=1))
    assert 0 < hits.sum() < len(hits)


def test_the_runs_cover_every_row_once_and_in_order():
    features, labels, weights, biases = problem(rows=23)
    runs = list(linear_softmax_terms(features, labels, weights=weights, biases=biases, block=200))
    assert len(runs) > 1
    assert [run.start for run in runs] == [0, *(run.stop for run in runs[:-1])]
    assert runs[-1].stop == 23
    assert all(len(run.top) == run.stop - run.start for run in runs)


@law
@given(
    st.integers(0, 7), st.integers(1, 30), st.integers(0, 6), st.integers(1, 400), st.integers(0, 2**32 - 1)
)
def test_blocks_make_no_difference_on_whole_numbers(rows, classes, width, block, seed):
    rng = np.random.default_rng(seed)
    features = rng.integers(-9, 10, (rows, width))  # whole numbers: every dot product is exact
    weights, labels = rng.integers(-9, 10, (classes, width)), rng.integers(0, classes, rows)
    losses = linear_softmax_cross_entropy(features, labels, weights=weights, block=block)
    logits = (features @ weights.T).astype(np.float64)
    assert_allclose(losses, kernels.sparse_softmax_cross_entropy(logits, labels), rtol=1e-14)
    above = joined(features, labels, weights, None, block, lambda t: t.above) if rows else np.empty(0)
    assert_array_equal(above, (logits > logits[np.arange(rows), labels][:, None]).sum(axis=1))
    if rows:  # of equal logits the first class is predicted
        found = joined(features, labels, weights, None, block, lambda t: t.argmax)
        assert_array_equal(found, logits.argmax(axis=1))


@law
@given(st.integers(0, 2**32 - 1), st.floats(-50, 50))
def test_a_bias_added_to_every_class_makes_no_difference(seed, shift):
    features, labels, weights, biases = problem(rows=5, seed=seed)
    one = linear_softmax_cross_entropy(features, labels, weights=weights, biases=biases)
    other = linear_softmax_cross_entropy(features, labels, weights=weights, biases=biases + shift)
    assert_allclose(one, other, rtol=1e-11)


def test_no_biases_are_biases_of_zero():
    features, labels, weights, biases = problem()
    assert_array_equal(
        linear_softmax_cross_entropy(features, labels, weights=weights),
        linear_softmax_cross_entropy(features, labels, weights=weights, biases=np.zeros_like(biases)),
    )


def test_a_sequence_of_features_keeps_its_shape():
    features, labels, weights, _ = problem(rows=24)
    flat = linear_softmax_cross_entropy(features, labels, weights=weights)
    deep = linear_softmax_cross_entropy(
        features.reshape(2, 3, 4, -1), labels.reshape(2, 3, 4), weights=weights
    )
    assert_array_equal(deep, flat.reshape(2, 3, 4))
    assert linear_softmax_cross_entropy(features[0], labels[0], weights=weights).shape == ()


def test_memory_mapped_arrays_of_half_precision_are_read_as_stored(tmp_path):
    features, labels, weights, biases = problem()
    for name, array in (("f", features), ("w", weights), ("b", biases)):
        np.save(tmp_path / f"{name}.npy", array.astype(np.float16))
    f, w, b = (np.load(tmp_path / f"{name}.npy", mmap_mode="r") for name in "fwb")
    assert_array_equal(
        linear_softmax_cross_entropy(f, labels, weights=w, biases=b, block=500),
        linear_softmax_cross_entropy(
            f.astype(np.float64), labels, weights=w.astype(np.float64), biases=b.astype(np.float64), block=500
        ),
    )


@BLOCKS
def test_a_masked_class_costs_nothing_and_a_masked_label_everything(block):
    features, labels, weights, biases = problem(rows=4)
    labels[:] = [0, 1, 2, 3]
    biases[2:30] = -INF
    losses = linear_softmax_cross_entropy(features, labels, weights=weights, biases=biases, block=block)
    kept = np.r_[0:2, 30:40]
    assert_allclose(
        losses[:2],
        linear_softmax_cross_entropy(features[:2], labels[:2], weights=weights[kept], biases=biases[kept]),
        rtol=1e-13,
    )
    assert_array_equal(losses[2:], [INF, INF])
    smoothed_losses = linear_softmax_cross_entropy(
        features, labels, weights=weights, biases=biases, block=block, label_smoothing=0.1
    )
    assert_array_equal(smoothed_losses, [INF] * 4)


@pytest.mark.parametrize("value", [NAN, INF])
@BLOCKS
def test_a_row_that_is_not_finite_is_nan_and_its_neighbours_are_not(value, block):
    features, labels, weights, biases = problem(rows=5)
    clean = linear_softmax_cross_entropy(features, labels, weights=weights, biases=biases, block=block)
    features[2, 3] = value
    given = (features, labels, weights, biases, block)
    losses = joined(*given, lambda t: t.losses())
    assert_array_equal(np.isnan(losses), [False, False, True, False, False])
    assert_allclose(np.delete(losses, 2), np.delete(clean, 2), rtol=1e-13)
    for figure in ("confidence", "true_probability", "squares", "brier"):
        assert_array_equal(np.isnan(joined(*given, lambda t, f=figure: getattr(t, f)())), np.isnan(losses))
    assert not joined(*given, lambda t: t.in_top(40))[2]


def test_a_row_of_nothing_but_masked_classes_is_nan():
    assert_array_equal(of_logits([[-INF] * 9], [3], block=4), [NAN])


def test_logits_too_large_for_float64_make_nan():
    losses = linear_softmax_cross_entropy([[1e200], [1.0]], [0, 0], weights=[[1e200], [0.0]])
    assert_array_equal(losses, [NAN, 0.0])


def test_memory_is_bounded_by_the_block_and_not_by_the_logits():
    block, peaks = 1 << 12, []
    for rows, classes in ((300, 3000), (600, 9000)):
        features, labels, weights, biases = problem(rows, classes, width=16)
        tracemalloc.start()
        linear_softmax_cross_entropy(features, labels, weights=weights, biases=biases, block=block)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert peaks[-1] < 12 * 8 * block + 8 * rows < 8 * rows * classes / 15
    assert peaks[1] < 1.5 * peaks[0]


MISTAKES = {
    "weights of another width": (
        ([[1.0, 2.0]], [0], {"weights": [[1.0, 2.0, 3.0]]}),
        r"weights: shape \(1, 3\) does not fit features of shape \(1, 2\); give"),
    "weights the other way round": (
        ([[1.0, 2.0]], [0], {"weights": np.ones((2, 5))}),
        r"weights: shape \(2, 5\) does not fit features of shape \(1, 2\); transpose them"),
    "no class": (([[1.0]], [0], {"weights": np.ones((0, 1))}), r"weights: shape \(0, 1\) does not fit"),
    "biases of another length": (
        ([[1.0]], [0], {"weights": [[1.0], [2.0]], "biases": [1.0]}),
        r"biases: shape \(1,\) does not fit weights of shape \(2, 1\); give 2 numbers"),
    "features that are one number": ((1.0, 0, {"weights": [[1.0]]}), r"weights: shape \(1, 1\) does not fit"),
    "labels of another shape": (
        ([[1.0]], [0, 0], {"weights": [[1.0]]}), r"labels: shape \(2,\) does not equal \(1,\)"),
    "a label that is no class": (([[1.0]], [1], {"weights": [[1.0]]}), r"labels: 1 at row 0 is outside \[0, 1\)"),
    "a label between classes": (([[1.0]], [0.5], {"weights": [[1.0]]}), "labels: 0.5 at row 0 is not a class"),
    "text": (([["a"]], [0], {"weights": [[1.0]]}), "features: dtype '<U1' is not real numbers"),
    "a block of nothing": (([[1.0]], [0], {"weights": [[1.0]], "block": 0}), "block: 0 is below 1"),
    "a smoothing above one": (
        ([[1.0]], [0], {"weights": [[1.0]], "label_smoothing": 1.5}), "label_smoothing: 1.5 is outside"),
}  # fmt: skip


@pytest.mark.parametrize(("given", "message"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_refused_in_one_line(given, message):
    features, labels, options = given
    with pytest.raises(CepickError, match=message):
        linear_softmax_cross_entropy(features, labels, **options)


def test_the_terms_refuse_a_mistake_before_the_first_run_is_asked_for():
    with pytest.raises(CepickError, match="outside"):
        linear_softmax_terms([[1.0]], [7], weights=[[1.0]])
