"""Paired tests against SciPy, on many seeds, and where they have nothing to say."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from ce_core.comparing.mcnemar import at_most, exact_interval, exact_mcnemar
from ce_core.comparing.paired import (
    GROUPS,
    Test,
    check_test,
    difference_of,
    holm,
    student_quantile,
    sureness,
)
from ce_core.comparing.pairs import Pairs, observations, snapped
from ce_core.errors import CepickError

Array = np.ndarray


def pairs_of(differences: Array, divisors: Array | None = None) -> Pairs:
    ones = np.ones(len(differences)) if divisors is None else divisors
    return Pairs(a=np.zeros(len(differences)), b=differences, divisors=ones)


@pytest.mark.parametrize("count", [2, 3, 12, 400])
def test_the_t_test_is_scipys(count: int) -> None:
    rng = np.random.default_rng(count)
    a, b = rng.gamma(1, 1, count), rng.gamma(1, 1.2, count)
    found = sureness(Pairs(a=a, b=b, divisors=np.ones(count)), test="t", level=0.9)
    theirs = stats.ttest_rel(b, a)
    interval = theirs.confidence_interval(0.9)
    assert found.p == pytest.approx(max(theirs.pvalue, 2.0 ** (1 - count)), rel=1e-9)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high), rel=1e-9)


@pytest.mark.parametrize(("share", "freedom"), [(0.975, 1), (0.975, 7.0), (0.6, 30), (0.9995, 4), (0.1, 12)])
def test_quantiles_of_students_t_are_scipys(share: float, freedom: float) -> None:
    assert student_quantile(share, freedom) == pytest.approx(stats.t.ppf(share, freedom), rel=1e-9)


def test_the_bootstrap_interval_is_scipys_but_for_the_draws() -> None:
    differences = np.random.default_rng(3).gamma(0.8, 1, 300) - 0.7
    found = sureness(pairs_of(differences), resamples=40_000)
    theirs = stats.bootstrap((differences,), np.mean, n_resamples=40_000, method="BCa", rng=1)
    interval = theirs.confidence_interval
    width = interval.high - interval.low
    assert found.low == pytest.approx(interval.low, abs=0.02 * width)
    assert found.high == pytest.approx(interval.high, abs=0.02 * width)


DRAWS = {
    "even": lambda rng, count: rng.normal(0.1, 1, count),
    "skewed": lambda rng, count: rng.gamma(0.5, 1, count) - 0.4,
    "heavy on both sides": lambda rng, count: rng.gamma(0.5, 1, count) - rng.gamma(0.5, 1, count) + 0.1,
}


@pytest.mark.parametrize("draw", DRAWS.values(), ids=DRAWS)
@pytest.mark.parametrize("test", ["bootstrap", "t"])
def test_an_interval_holds_the_truth_as_often_as_it_says(test: Test, draw: object) -> None:
    held = 0
    runs = 500
    for seed in range(runs):
        rng = np.random.default_rng([7, seed])
        found = sureness(pairs_of(draw(rng, 150)), test=test, resamples=1000, seed=seed)  # type: ignore[operator]
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 0.1 <= found.high
    # Three standard errors of 500 runs at 95 %.
    assert held / runs == pytest.approx(0.95, abs=0.03)


@pytest.mark.parametrize("test", ["bootstrap", "t"])
def test_an_interval_of_weighted_means_holds_the_truth_as_often_as_it_says(test: Test) -> None:
    held, runs = 0, 500
    for seed in range(runs):
        rng = np.random.default_rng([8, seed])
        weights = rng.uniform(0.2, 3, 120)
        found = sureness(pairs_of(weights * rng.normal(0.1, 1, 120), weights), test=test, resamples=1000)
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 0.1 <= found.high
    assert held / runs == pytest.approx(0.95, abs=0.03)


@pytest.mark.parametrize("test", ["bootstrap", "t"])
def test_chance_and_interval_agree(test: Test) -> None:
    for seed in range(60):
        rng = np.random.default_rng([9, seed])
        found = sureness(pairs_of(rng.normal(0.3, 1, 40)), test=test, resamples=2000, seed=seed)
        assert found.low is not None
        assert found.high is not None
        assert found.p is not None
        if abs(found.p - 0.05) > 0.003:  # a draw more or less decides there
            assert (found.p < 0.05) == (not found.low <= 0 <= found.high)


def test_a_seed_gives_the_same_numbers_and_another_seed_others() -> None:
    pairs = pairs_of(np.random.default_rng(1).normal(0.1, 1, 200))
    assert sureness(pairs, seed=4) == sureness(pairs, seed=4)
    assert sureness(pairs, seed=4) != sureness(pairs, seed=5)


def test_more_pairs_than_groups_give_nearly_the_interval_of_students_t() -> None:
    rng = np.random.default_rng(6)
    pairs = pairs_of(rng.gamma(0.5, 1, 20 * GROUPS) - 0.5)
    drawn, exact = sureness(pairs), sureness(pairs, test="t")
    assert drawn.low is not None
    assert drawn.high is not None
    assert exact.low is not None
    assert exact.high is not None
    # Of the groups 0.8 %, and of 10,000 draws about 1 % at either end.
    assert drawn.high - drawn.low == pytest.approx(exact.high - exact.low, rel=0.05)


@pytest.mark.parametrize("test", ["bootstrap", "t"])
def test_a_few_pairs_that_differ_alike_prove_nothing(test: Test) -> None:
    assert sureness(pairs_of(np.full(4, 0.3)), test=test).p == 0.125
    found = sureness(pairs_of(np.full(200, 0.3)), test=test)
    assert found.low == pytest.approx(0.3)
    assert found.high == pytest.approx(0.3)
    assert found.p is not None
    assert found.p < 0.001


@pytest.mark.parametrize("test", ["bootstrap", "t"])
def test_no_difference_is_sure_to_be_none(test: Test) -> None:
    found = sureness(pairs_of(np.zeros(30)), test=test)
    assert (found.low, found.high, found.p) == (0.0, 0.0, 1.0)


@pytest.mark.parametrize("differences", [[0.5], [], [0.1, np.inf], [0.1, np.nan]])
def test_too_few_or_infinite_pairs_have_no_interval(differences: list[float]) -> None:
    found = sureness(pairs_of(np.array(differences)))
    assert (found.low, found.high, found.p) == (None, None, None)


def test_a_loss_that_is_infinite_for_one_model_alone_makes_it_the_worse() -> None:
    infinite, finite = np.array([0.1, np.inf]), np.array([0.1, 0.2])
    ones = np.ones(2)
    assert difference_of("loss", Pairs(a=finite, b=infinite, divisors=ones)).better == "a"
    assert difference_of("loss", Pairs(a=infinite, b=finite, divisors=ones)).better == "b"
    both = difference_of("loss", Pairs(a=infinite, b=infinite, divisors=ones))
    assert (both.a, both.difference, both.better) == (np.inf, None, None)


def test_more_is_better_of_accuracy_and_worse_of_loss() -> None:
    pairs = pairs_of(np.random.default_rng(2).normal(1, 0.1, 50))
    assert difference_of("loss", pairs).better == "a"
    assert difference_of("accuracy", pairs).better == "b"


MCNEMAR = [(0, 0), (0, 1), (1, 0), (2, 10), (10, 2), (5, 5), (5, 6), (30, 60), (500, 570), (0, 900)]


@pytest.mark.parametrize(("only_a", "only_b"), MCNEMAR)
def test_mcnemars_test_is_the_exact_binomial_one(only_a: int, only_b: int) -> None:
    count = only_a + only_b
    theirs = stats.binomtest(only_a, count).pvalue if count else 1.0
    assert exact_mcnemar(only_a, only_b) == pytest.approx(theirs, rel=1e-9)


@pytest.mark.parametrize(("only_a", "only_b"), [each for each in MCNEMAR if sum(each)])
def test_the_interval_of_mcnemars_test_is_clopper_and_pearsons(only_a: int, only_b: int) -> None:
    low, high = exact_interval(only_a, only_b, 0.95)
    theirs = stats.binomtest(only_b, only_a + only_b).proportion_ci(0.95, method="exact")
    assert (low, high) == pytest.approx((2 * theirs.low - 1, 2 * theirs.high - 1), abs=1e-9)
    assert (low <= 0 <= high) == (exact_mcnemar(only_a, only_b) >= 0.05)


@pytest.mark.parametrize("share", [0.01, 0.3, 0.5, 0.97])
@pytest.mark.parametrize("count", [1, 13, 4000])
def test_the_binomial_tail_is_scipys(count: int, share: float) -> None:
    for least in {0, 1, count // 3, count // 2, count}:
        theirs = stats.binom.cdf(least, count, share)
        assert at_most(least, count, share) == pytest.approx(theirs, rel=1e-8, abs=1e-12)


def test_mcnemars_test_takes_a_thousand_million_pairs() -> None:
    normal = 2 * stats.norm.sf(100_000 / np.sqrt(2.0001e9))
    assert exact_mcnemar(1_000_000_000, 1_000_100_000) == pytest.approx(normal, rel=1e-3)


def test_holms_method_is_scipys_step_down() -> None:
    rng = np.random.default_rng(5)
    chances = rng.uniform(0, 0.2, 12)
    order = np.argsort(chances)
    expected = np.empty(12)
    expected[order] = np.minimum(np.maximum.accumulate(chances[order] * np.arange(12, 0, -1)), 1)
    assert holm(chances.tolist()) == pytest.approx(expected.tolist())
    assert holm([]) == []


def test_losses_that_differ_by_rounding_are_the_same() -> None:
    logits = np.random.default_rng(0).normal(0, 3, (200, 5))
    exact = -np.log(np.exp(logits[:, 0]) / np.exp(logits).sum(axis=1))
    stored = -np.log((np.exp(logits[:, 0]) / np.exp(logits).sum(axis=1)).astype(np.float32).astype(float))
    assert (stored != exact).any()
    assert (snapped(exact, stored) == exact).all()
    assert (snapped(exact, exact + 1e-3) != exact).all()
    assert snapped(np.array([np.inf, 1.0]), np.array([np.inf, np.inf])).tolist() == [np.inf, np.inf]


def test_steps_of_a_sequence_are_one_observation() -> None:
    parts = observations((40, 3))
    ones = np.ones(120)
    pairs = parts.of(ones, 2 * ones, ones)
    assert len(pairs) == 40
    assert pairs.divisors.tolist() == [3.0] * 40
    assert pairs.difference == 1.0


def test_a_sequence_without_weight_is_no_observation() -> None:
    weights = np.repeat([1.0, 0.0, 2.0] + [1.0] * 20, 4)
    assert len(observations((23, 4)).of(weights, weights, weights)) == 22


def test_few_sequences_are_cut_into_stretches_unless_they_are_to_stay_whole() -> None:
    parts = observations((2, 320))
    assert parts.which is not None
    assert parts.count == len(np.unique(parts.which)) == 64
    assert (np.diff(parts.which) >= 0).all()
    assert np.unique(np.bincount(parts.which)).tolist() == [10]
    assert observations((2, 320), whole=True).count == 2


@pytest.mark.parametrize(
    ("test", "level", "resamples", "says"),
    [
        ("anova", 0.95, 10_000, "test: 'anova' is not one of its values; choose from bootstrap, t"),
        ("t", 1.0, 10_000, "level: 1.0 is outside (0, 1); 0.95 is usual"),
        ("bootstrap", 0.95, 10, "resamples: 10 are too few for an interval; give at least 1000"),
    ],
)
def test_a_test_that_could_not_tell_is_refused(test: str, level: float, resamples: int, says: str) -> None:
    with pytest.raises(CepickError) as refused:
        check_test(test, level, resamples)
    assert str(refused.value) == says
