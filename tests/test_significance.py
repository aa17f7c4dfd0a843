from __future__ import annotations

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ce_core.read.readings import readings
from ce_core.read.significance import LEVEL, paired, student_tail


def exact_tail(t: float, freedom: int) -> float:
    x = mpmath.mpf(freedom) / (freedom + mpmath.mpf(t) ** 2)
    half = mpmath.betainc(mpmath.mpf(freedom) / 2, mpmath.mpf(1) / 2, 0, x, regularized=True) / 2
    return float(half if t > 0 else 1 - half)


@pytest.mark.parametrize("freedom", [1, 2, 3, 10, 100, 10_000])
@pytest.mark.parametrize("t", [-4.0, -0.1, 0.1, 1.0, 2.5, 6.0, 20.0, 300.0])
def test_the_tail_of_students_t_is_that_of_the_incomplete_beta_function(t: float, freedom: int) -> None:
    assert student_tail(t, freedom) == pytest.approx(exact_tail(t, freedom), rel=1e-9, abs=1e-300)


@settings(deadline=None)
@given(st.floats(-50, 50), st.integers(1, 10_000))
def test_the_two_tails_make_1(t: float, freedom: int) -> None:
    assert student_tail(t, freedom) + student_tail(-t, freedom) == pytest.approx(1, abs=1e-12)


def test_a_few_pairs_that_differ_alike_prove_nothing() -> None:
    assert not paired(np.full(5, 1.0), np.full(5, 0.1)).lower()
    assert paired(np.full(20, 1.0), np.full(20, 0.1)).lower()


def test_no_difference_is_no_difference() -> None:
    assert paired(np.ones(50), np.ones(50)).p > LEVEL
    assert not paired(np.ones(50), np.ones(50)).lower()


def test_a_sure_difference_that_is_too_small_to_name_is_not_named() -> None:
    first = np.random.default_rng(0).uniform(1, 2, 10_000)
    assert paired(first, first - 0.005).p < LEVEL
    assert not paired(first, first - 0.005).lower()


def test_trying_alternatives_asks_for_more() -> None:
    rng = np.random.default_rng(1)
    first = rng.uniform(1, 2, 60)
    found = paired(first, first - 0.5 + rng.normal(0, 0.95, 60))
    assert found.p < LEVEL
    assert found.lower()
    assert not found.lower(alternatives=round(LEVEL / found.p) + 1)


def test_infinite_losses_are_left_out_of_the_comparison() -> None:
    first, second = np.linspace(1, 2, 40), np.linspace(0.1, 0.8, 40)
    first[3], second[5] = np.inf, np.nan
    assert paired(first, second).count == 38


def test_chance_is_called_a_difference_no_more_often_than_the_level_says() -> None:
    rng = np.random.default_rng(2)
    alarms = sum(paired(*rng.gamma(1, 1, (2, 50))).p < 0.01 for _ in range(2000))
    assert alarms < 45  # 20 expected; 45 is more than five standard deviations above


def test_values_that_know_nothing_are_never_called_probabilities() -> None:
    rng = np.random.default_rng(3)
    for rate in (0.01, 0.1, 0.5, 0.9):
        for high in (0.1, 0.5, 1.0):
            targets = (rng.random(500) < rate) * 1.0
            assert not readings(rng.uniform(0, high, 500), targets).probabilities()


def test_values_that_are_all_alike_are_never_called_probabilities() -> None:
    assert not readings(np.full(100, 0.03), np.eye(1, 100)[0]).probabilities()
