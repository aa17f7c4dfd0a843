"""The number of matches that is expected by chance, against numbers that have nothing to do with the arrays."""

from __future__ import annotations

import numpy as np
import pytest

from ce_core import match
from ce_core.match.chance import distinct, expected


@pytest.mark.parametrize("tolerance", [1e-2, 1e-3, 1e-4])
def test_the_estimate_is_what_random_numbers_find(tolerance: float) -> None:
    rng = np.random.default_rng(0)
    values = np.exp(rng.normal(0.5, 1.2, 4000))[None]
    numbers = np.exp(rng.normal(0.5, 1.0, 3000))
    found = np.mean([(np.abs(values[0] - number) <= tolerance).sum() for number in numbers])
    told = np.mean([expected(values, np.array([number]), np.array([tolerance])) for number in numbers])
    assert told == pytest.approx(found, rel=0.15)


def test_values_that_agree_on_a_second_number_are_not_taken_for_independent() -> None:
    rng = np.random.default_rng(1)
    first = np.exp(rng.normal(0, 1, 4000))
    second = first * np.exp(rng.normal(0, 0.01, 4000))
    values = np.stack([first, second])
    tolerance = np.array([1e-3, 1e-3])
    found, told = [], []
    for _ in range(4000):
        number = np.exp(rng.normal(0, 0.5))
        other = number * np.exp(rng.normal(0, 0.01))
        pair = np.array([number, other])
        found.append((np.abs(values - pair[:, None]) <= tolerance[:, None]).all(axis=0).sum())
        told.append(expected(values, pair, tolerance))
    # A normal ratio is denser in its middle than the uniform one of the estimate.
    assert 0.5 * np.mean(found) < np.mean(told) < 1.5 * np.mean(found)


def test_random_numbers_match_the_space_as_often_as_is_told() -> None:
    rng = np.random.default_rng(2)
    logits = rng.normal(size=(211, 7)).astype(np.float32)
    labels = rng.integers(0, 7, 211)
    found, told = [], []
    for _ in range(24):
        answer = match(logits, labels, value=f"{rng.uniform(0.3, 4):.3g}")
        found.append(len(answer.matches) + answer.left_out)
        told.append(answer.expected_by_chance)
    assert np.mean(told) > 0.2
    # Matches are counted after definitions that are nearly the same were grouped.
    assert 0.4 * np.mean(told) < np.mean(found) < 1.5 * np.mean(told)


def test_a_random_number_of_six_digits_matches_nothing() -> None:
    rng = np.random.default_rng(3)
    logits, labels = rng.normal(size=(150, 4)), rng.integers(0, 4, 150)
    answers = [match(logits, labels, value=f"{rng.uniform(0.3, 4):.6g}") for _ in range(12)]
    assert sum(not answer.failed for answer in answers) <= 1


def test_equal_values_count_once() -> None:
    assert distinct(np.array([[2.0, 2.0, 2.0], [1.0, 1.0 + 1e-13, 3.0]])).tolist() == [0, 2]
    assert distinct(np.array([[-1.0, 1.0, 0.0, 0.0]])).tolist() == [0, 1, 2]


def test_few_digits_name_the_plausible_and_say_what_would_settle_it() -> None:
    rng = np.random.default_rng(4)
    logits, labels = rng.normal(size=(301, 6)), rng.integers(0, 6, 301)
    plain = np.mean(np.log(np.exp(logits).sum(1)) - logits[range(301), labels])
    found = match(logits, labels, value=f"{plain:.2g}")
    assert found.matches[0].variant == {}
    assert found.left_out > 0
    assert "more digit" in found.advice[0]
