"""The losses beside the cross-entropies, against their textbook formulas in 360 digits, over extreme values."""

from __future__ import annotations

import catalogue_oracle as oracle
import mpmath as mp
import numpy as np
import pytest
from mpmath_oracle import assert_exact, exact

from ce_core import kernels

FLOATS = pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
GAMMAS = pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0, 5.0])
LOGITS = [
    -690.0,
    -104.0,
    -40.0,
    -17.0,
    -3.0,
    -0.5,
    -1e-4,
    -1e-30,
    0.0,
    1e-10,
    0.3,
    2.0,
    16.7,
    37.0,
    87.4,
    350.0,
]
ROWS = [
    [0.0], [0.0, 0.0, 0.0], [2.0, 0.0, -1.0], [40.0, 0.0, 0.0], [0.0, 40.0, -40.0], [300.0, 0.0, 1.0],
    [-np.inf, 0.0, 1.0], [-np.inf, -np.inf, 2.0], [1e4, 1e4 + 1, 1e4 - 1], [1e-7, 0.0, -1e-7], [0.1, 0.2, 0.3],
    [0.5, 0.0], [9.0, 0.0, -5.0, 8.5, 0.0], [5.0, 1.5, 1.5, -100.0],
]  # fmt: skip


def stored(values, dtype):
    with np.errstate(over="ignore"):
        array = np.asarray(values, dtype=np.float64).astype(dtype)
    return array[~np.isposinf(array)] if array.ndim == 1 else array


def rows_of(dtype):
    rows = [stored(row, dtype) for row in ROWS]
    rng = np.random.default_rng(8)
    return [*rows, stored(rng.normal(size=70) * 5, dtype), stored(rng.normal(size=10) * 60, dtype)]


def soft_rows(classes, dtype, rng):
    tiny = np.full(classes, np.finfo(dtype).smallest_normal)
    tiny[0] = 1.0
    return np.stack([rng.dirichlet(np.full(classes, 0.5)), tiny, np.zeros(classes)]).astype(dtype)


@FLOATS
@GAMMAS
@pytest.mark.parametrize("alpha", [None, 0.25, 1.0, 1e-20])
def test_sigmoid_focal_is_exact_on_extreme_logits_and_soft_targets(dtype, gamma, alpha):
    targets = stored([0.0, 1.0, 0.3, np.finfo(dtype).eps, 1 - np.finfo(dtype).epsneg], dtype)
    values = np.append(stored(LOGITS, dtype), stored([-np.inf], dtype))
    logits, ys = (grid.reshape(-1) for grid in np.meshgrid(values, targets))
    assert_exact(
        kernels.sigmoid_focal(logits, ys, gamma=gamma, alpha=alpha),
        [oracle.sigmoid_focal(x, y, gamma=gamma, alpha=alpha) for x, y in zip(logits, ys, strict=True)],
        case=(gamma, alpha),
    )


@FLOATS
@GAMMAS
def test_softmax_focal_is_exact_on_awkward_rows(dtype, gamma):
    rng = np.random.default_rng(1)
    for row in rows_of(dtype):
        classes = len(row)
        labels = np.unique([0, classes // 2, classes - 1])
        alpha = rng.uniform(0, 2, classes)
        assert_exact(
            kernels.softmax_focal(np.tile(row, (len(labels), 1)), labels, gamma=gamma, alpha=alpha),
            [oracle.softmax_focal(row, np.eye(classes)[y], gamma=gamma, alpha=alpha) for y in labels],
            case=(row, gamma),
        )
        targets = soft_rows(classes, dtype, rng)
        assert_exact(
            kernels.softmax_focal(np.tile(row, (len(targets), 1)), targets, gamma=gamma),
            [oracle.softmax_focal(row, target, gamma=gamma) for target in targets],
            case=(row, gamma),
        )


@FLOATS
@pytest.mark.parametrize("q", [1e-300, 1e-18, 1e-10, 0.3, 0.5, 0.7, 1.0])
def test_generalized_cross_entropy_is_exact_on_extreme_probabilities(dtype, q):
    units = np.finfo(dtype)
    values = [
        units.smallest_subnormal, units.smallest_normal, 1e-10, 1e-4, 0.1, 0.5, 0.9, 1 - 1e-7, 1 - units.epsneg, 1.0,
    ]  # fmt: skip
    p = np.unique(stored(values, dtype))
    costs = [oracle.generalized(each, q) if each else 1 / exact(q) for each in p]
    assert_exact(kernels.generalized_cross_entropy(p[:, None], np.zeros(len(p)), q=q), costs, case=q)
    weights = stored([0.25, 0.5], dtype)
    assert_exact(
        kernels.generalized_cross_entropy(np.stack([p, p[::-1]], 1), np.tile(weights, (len(p), 1)), q=q),
        [one / 4 + other / 2 for one, other in zip(costs, costs[::-1], strict=True)],
        case=q,
    )


@FLOATS
@pytest.mark.parametrize("epsilon", [-1.0, -0.999, -0.5, 0.0, 1.0, 2.0])
def test_poly1_is_exact_on_awkward_rows_from_epsilon_minus_one_on(dtype, epsilon):
    rng = np.random.default_rng(2)
    for row in [*rows_of(dtype), *(stored([gap, 0.0], dtype) for gap in (0.9, 1.0, 1.1, 1.2, 2.0, 4.0, 9.0))]:
        classes = len(row)
        labels = np.unique([0, classes // 2, classes - 1])
        assert_exact(
            kernels.poly1_cross_entropy(np.tile(row, (len(labels), 1)), labels, epsilon=epsilon),
            [oracle.poly1(row, np.eye(classes)[y], epsilon) for y in labels],
            case=(row, epsilon),
        )
        targets = soft_rows(classes, dtype, rng)
        assert_exact(
            kernels.poly1_cross_entropy(np.tile(row, (len(targets), 1)), targets, epsilon=epsilon),
            [oracle.poly1(row, target, epsilon) for target in targets],
            case=(row, epsilon),
        )


def test_poly1_below_minus_one_promises_an_absolute_error():
    logits = np.array([[gap, 0.0] for gap in (-9.0, 0.0, 1.0, 5.0, 30.0)])
    values = kernels.poly1_cross_entropy(logits, np.zeros(5), epsilon=-3.0)
    oracle.assert_absolute(values, [oracle.poly1(row, [1, 0], -3.0) for row in logits])


def test_x_less_its_log1p_keeps_its_digits():
    from ce_core.kernels._stable import excess_of_log1p

    sizes = np.concatenate([np.geomspace(1e-140, 0.3, 60), np.nextafter(0.25, [0, 1])])
    values = np.concatenate([-sizes, [0.0, -0.9, 3.0, 1e10], sizes])
    with mp.workdps(400):
        truth = [mp.mpf(x) - mp.log1p(mp.mpf(x)) for x in values.tolist()]
    assert_exact(excess_of_log1p(values), truth)


def divergences(dtype):
    """Return pairs of distributions: far apart, with zeros, and nearly equal."""
    rng = np.random.default_rng(3)
    pairs = [([0.5, 0.5, 0.0], [0.25, 0.5, 0.25]), ([1.0, 0.0], [1e-300, 1.0]), ([0.5, 0.5], [1.0, 1e-12])]
    for classes in (2, 10, 70):
        t = rng.dirichlet(np.ones(classes))
        pairs += [(t, rng.dirichlet(np.full(classes, 0.1)) + 1e-9), (t, t)]
        for apart in (1e-2, 1e-4, 1e-6, 1e-9, 1e-12):
            q = t * (1 + apart * rng.choice([-1.0, 1.0], classes))
            pairs.append((t, q / q.sum()))
    return [(stored(t, dtype), stored(q, dtype)) for t, q in pairs]


@FLOATS
def test_the_divergence_of_probabilities_is_exact_as_stored(dtype):
    for t, q in divergences(dtype):
        truth = oracle.kl(oracle.numbers(t), oracle.numbers(q))
        value = kernels.kl_divergence([q], [t], given="probabilities")
        oracle.assert_absolute(value, [truth], case=(t, q))
        if 0 < np.max(np.abs(t.astype(float) - q)) < 0.01:  # nearly equal: far better than promised
            spread = float(np.abs(t.astype(float) - q).sum())
            assert abs(mp.mpf(float(value[0])) - truth) <= 1e-15 * spread


@FLOATS
def test_the_divergence_of_logits_and_log_probabilities_is_exact_as_stored(dtype):
    for t, q in divergences(dtype):
        with np.errstate(divide="ignore"):
            logits, log_t = np.log(q), np.log(t)
        shifted = logits + stored([3.0], dtype)
        ts = oracle.numbers(t)
        exponentials = [mp.exp(x) if x != -mp.inf else mp.mpf(0) for x in oracle.numbers(logits)]
        log_targets = [mp.exp(x) if x != -mp.inf else mp.mpf(0) for x in oracle.numbers(log_t)]
        for given, values, qs in (
            ("logits", shifted, oracle.softmax(shifted)),
            ("log_probabilities", logits, exponentials),
        ):
            oracle.assert_absolute(
                kernels.kl_divergence([values], [t], given=given), [oracle.kl(ts, qs)], case=(given, t, q)
            )
            oracle.assert_absolute(
                kernels.kl_divergence([values], [log_t], given=given, log_targets=True),
                [oracle.kl(log_targets, qs)],
                case=(given, t, q, "log"),
            )
        oracle.assert_absolute(
            kernels.kl_divergence([q], [log_t], given="probabilities", log_targets=True),
            [oracle.kl(log_targets, oracle.numbers(q))],
        )


def test_the_divergence_of_a_hundred_thousand_classes_keeps_its_promise():
    rng = np.random.default_rng(4)
    logits = rng.choice(rng.normal(size=50) * 3, 100_000)
    t = rng.choice([0.5, 1.0, 2.0], 100_000)
    t /= t.sum()
    pairs, counts = np.unique(np.stack([logits, t]), axis=1, return_counts=True)
    with mp.workdps(60):
        total = mp.fsum(int(n) * mp.exp(exact(x)) for (x, _), n in zip(pairs.T, counts, strict=True))
        truth = mp.fsum(
            int(n) * exact(y) * (mp.log(exact(y)) - exact(x) + mp.log(total))
            for (x, y), n in zip(pairs.T, counts, strict=True)
        )
    oracle.assert_absolute(kernels.kl_divergence(logits[None], t[None]), [truth])


@FLOATS
def test_brier_and_squared_error_are_exact(dtype):
    rng = np.random.default_rng(5)
    for classes in (2, 5, 80):
        p = stored(rng.dirichlet(np.full(classes, 0.3), 6), dtype)
        p[0] = np.eye(classes)[0] * (1 - np.finfo(dtype).epsneg)
        y = np.vstack([np.eye(classes)[[0, 1, 0]], rng.dirichlet(np.ones(classes), 3)]).astype(dtype)
        truth = [oracle.brier(row, target) for row, target in zip(p, y, strict=True)]
        assert_exact(kernels.brier(p, y), truth)
        assert_exact(kernels.brier(p, y, scale="half"), [each / 2 for each in truth])
        assert_exact(kernels.brier(p[:3], [0, 1, 0]), truth[:3])
        squares = [(exact(a) - exact(b)) ** 2 for a, b in zip(p.flat, y.flat, strict=True)]
        assert_exact(kernels.mean_squared_error(p, y), squares)


@FLOATS
def test_the_margins_are_exact_also_where_the_margin_is_barely_missed(dtype):
    near = [1 - 1e-12, 1 - 1e-7, 1.0, 1 + 1e-7, 1 + 1e-15, 0.1, 1.1, 1e-30, 3e4]
    scores = np.unique(stored([*near, *(-each for each in near)], dtype))
    for sign in (-1, 1):
        truth = [oracle.hinge(x, sign) for x in scores]
        targets = np.full(len(scores), sign)
        assert_exact(kernels.hinge(scores, targets), truth)
        assert_exact(kernels.squared_hinge(scores, targets), [each**2 for each in truth])
        assert_exact(kernels.perceptron(scores, targets), [max(mp.mpf(0), -sign * exact(x)) for x in scores])
    rows = np.stack([grid.reshape(-1) for grid in np.meshgrid(scores, scores, scores[::3])], axis=1)
    for label in range(3):
        labels = np.full(len(rows), label)
        assert_exact(
            kernels.categorical_hinge(rows, labels), [oracle.categorical_hinge(row, label) for row in rows]
        )
        tops = [max(oracle.numbers(row)) - exact(row[label]) for row in rows]
        assert_exact(kernels.multiclass_perceptron(rows, labels), tops)


@FLOATS
@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize("margin", [1.0, 0.3])
def test_multi_margin_is_exact(dtype, p, margin):
    rng = np.random.default_rng(6)
    for classes in (1, 3, 70):
        rows = stored(rng.normal(size=(5, classes)) * 3, dtype)
        rows[0] = 0.1
        rows[0, 0] = stored([0.1 + margin], dtype)[0]
        labels = rng.integers(0, classes, 5)
        labels[0] = 0
        weights = rng.uniform(0, 3, classes)
        truth = [oracle.multi_margin(row, y, p=p, margin=margin) for row, y in zip(rows, labels, strict=True)]
        assert_exact(kernels.multi_margin(rows, labels, p=p, margin=margin), truth)
        assert_exact(
            kernels.multi_margin(rows, labels, p=p, margin=margin, class_weights=weights),
            [exact(weights[y]) * each for y, each in zip(labels, truth, strict=True)],
        )


@FLOATS
def test_multilabel_margin_is_exact(dtype):
    rng = np.random.default_rng(7)
    for classes in (1, 4, 30):
        rows = stored(rng.normal(size=(6, classes)), dtype)
        lists = np.stack([rng.permutation(classes) for _ in rows])
        lists[lists > classes // 2] = -1
        lists[0] = -1
        assert_exact(
            kernels.multilabel_margin(rows, lists),
            [oracle.multilabel_margin(row, list(each)) for row, each in zip(rows, lists, strict=True)],
        )


@FLOATS
def test_sparsemax_keeps_its_promise_on_awkward_rows(dtype):
    rng = np.random.default_rng(9)
    rows = [
        *rows_of(dtype),
        *(stored(rng.normal(size=size) * s, dtype) for size in (3, 80) for s in (0.1, 1, 1e4)),
    ]
    for row in rows:
        classes = len(row)
        labels = np.arange(classes)[np.isfinite(row)][:20]
        oracle.assert_absolute(
            kernels.sparsemax(np.tile(row, (len(labels), 1)), labels),
            [oracle.sparsemax(row, np.eye(classes)[y]) for y in labels],
            case=row,
        )
        eighths = np.isfinite(row) * rng.multinomial(8, np.full(classes, 1 / classes))
        if eighths.sum() == 8:  # the row sums to exactly 1
            value = kernels.sparsemax([row], [eighths / 8])
            oracle.assert_absolute(value, [oracle.sparsemax(row, eighths / 8)], case=row)


def test_sparsemax_of_a_hundred_thousand_classes_in_reach_keeps_its_promise():
    """Every class but the first has the same gap of about 0.3, so that the threshold sums 99,999 of them."""
    classes = 100_000
    logits = np.full(classes, 0.1)
    logits[0] = 0.4
    gap = exact(0.4) - exact(0.1)
    with mp.workdps(60):
        reach = (1 + (classes - 1) * gap) / classes
        others = (classes - 1) * (reach - gap) ** 2
        first = ((1 - reach) ** 2 + others) / 2
        second = (reach**2 + others - (reach - gap) ** 2 + (1 - (reach - gap)) ** 2) / 2
    oracle.assert_absolute(kernels.sparsemax([logits, logits], [0, 1]), [first, second])


@FLOATS
@pytest.mark.parametrize(("alpha", "beta"), [(0.5, 0.5), (0.3, 0.7), (0.0, 1.0), (2.0, 0.1)])
@pytest.mark.parametrize("smooth", [0.0, 1.0, 1e-7])
def test_tversky_is_exact_also_where_the_regions_almost_agree(dtype, alpha, beta, smooth):
    rng = np.random.default_rng(10)
    y = rng.integers(0, 2, (4, 40)).astype(dtype)
    y[0] = rng.uniform(size=40)
    p = rng.uniform(size=(4, 40)).astype(dtype)
    wrong = np.finfo(dtype).epsneg * np.array([[1.0], [1.0], [4.0], [64.0]])
    close = (y * (1 - wrong) + (1 - y) * wrong).astype(dtype)
    for values in (p, close):
        assert_exact(
            kernels.tversky(values, y, alpha=alpha, beta=beta, smooth=smooth, axis=1),
            [oracle.tversky(row, target, alpha, beta, smooth) for row, target in zip(values, y, strict=True)],
        )


@FLOATS
def test_the_pairwise_error_is_exact_also_far_from_zero(dtype):
    rng = np.random.default_rng(11)
    rows = stored(rng.normal(size=(6, 7)), dtype)
    targets = stored(rng.normal(size=(6, 7)), dtype)
    rows[1] += 1000
    rows[2], targets[2] = 0.1, 0.1
    rows[2, 0] = 0.3
    if dtype == np.float64:
        rows[3] += 1e8
        rows[4], targets[4] = 1e15 + np.arange(7), 0.1
        rows[5] = targets[5] + 1e-9 * rng.normal(size=7)
    truth = [oracle.pairwise(row, target) for row, target in zip(rows, targets, strict=True)]
    assert_exact(kernels.mean_pairwise_squared_error(rows, targets), truth)
