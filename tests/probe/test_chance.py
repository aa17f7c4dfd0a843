"""The chance of a mean above 0, where values may be alike."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from scipy import stats

from ce_core.probe import Sample, take_sample
from ce_core.probe.chance import chance, chance_of_draw
from ce_core.read.layout import pair
from ce_core.read.prepare import make_counting
from ce_core.read.settings import Settings
from ce_core.task import Task


def sample_of(*positions: int, classes: int = 3) -> Sample:
    predictions, targets = np.zeros((*positions, classes)), np.zeros(positions, dtype=int)
    layout = pair(predictions.shape, targets.shape, Task(class_axis=-1))
    return take_sample(make_counting(predictions, targets, layout, Settings()), "logits", exclusive=True)


ROWS = sample_of(1000)
rng = np.random.default_rng(0)


@pytest.mark.parametrize("mean", [-0.5, 0.0, 0.2, 1.0])
@pytest.mark.parametrize("count", [5, 40, 200])
def test_of_unlike_rows_it_is_that_of_the_t_test(mean: float, count: int) -> None:
    values = np.random.default_rng(count).normal(mean, 1, count)
    exact = stats.ttest_1samp(values, 0, alternative="greater").pvalue
    if values.mean() > 0:
        assert chance(ROWS, values, np.arange(count)) == pytest.approx(max(exact, 0.5**count), rel=1e-9)
    else:
        assert chance(ROWS, values, np.arange(count)) == 1


def test_false_alarms_are_as_rare_as_they_claim() -> None:
    for groups in (1, 10, 50):
        alarms = 0
        for seed in range(400):
            made = np.random.default_rng(seed)
            values = np.repeat(made.normal(size=1000 // groups), groups) + 0.3 * made.normal(size=1000)
            alarms += chance(ROWS, values, np.arange(1000)) < 0.01
        assert alarms <= 14  # 4 are expected; more than 14 happen once in 20,000 times


def test_what_a_label_makes_of_its_rows_does_not_count_as_alike() -> None:
    labels = np.repeat(np.arange(10), 100)
    values = np.random.default_rng(1).normal(size=1000) + 0.2 + (labels == 3)
    assert chance(ROWS, values, np.arange(1000), labels) < 1e-9 < chance(ROWS, values, np.arange(1000))


def test_the_steps_of_a_sequence_are_one_observation() -> None:
    sequences = sample_of(100, 10)
    values = np.repeat(np.random.default_rng(2).normal(0.3, 1, 100), 10)
    exact = stats.ttest_1samp(values[::10], 0, alternative="greater").pvalue
    assert chance(sequences, values, np.arange(1000)) == pytest.approx(exact, rel=1e-9)


def test_sequences_of_one_kind_each_prove_nothing() -> None:
    sequences = sample_of(2, 500)
    values = np.repeat([1.0, 2.0], 500) + 0.1 * np.random.default_rng(3).normal(size=1000)
    assert chance(sequences, values, np.arange(1000)) > 1e-3


@pytest.mark.parametrize("seed", range(20))
def test_the_chance_of_a_draw_is_a_bound(seed: int) -> None:
    made = np.random.default_rng(seed)
    scores = made.choice([made.normal(size=60), (made.random(60) < 0.1) * 1.0])
    true = int(made.integers(2, 8))
    labels = np.arange(60) < true
    top = np.sort(scores)[::-1]
    scores = np.r_[made.permutation(top[:true]), made.permutation(top[true:])]
    ties = int((scores == scores[labels].min()).sum()) if scores[labels].min() in scores[~labels] else 0
    ways = comb(ties, int((scores[labels] == scores[labels].min()).sum())) if ties else 1
    order = made.permutation(60)
    assert chance_of_draw(scores[order], labels[order] * 1.0) >= ways / comb(60, true)


def test_ten_of_ten_thousand_at_the_top_are_no_chance() -> None:
    scores = np.random.default_rng(0).normal(size=10_000)
    labels = (scores >= np.sort(scores)[-10]) * 1.0
    assert chance_of_draw(scores, labels) < 1e-15
    assert chance_of_draw(-scores, labels) == 1
    assert chance_of_draw(scores, np.roll(labels, 1)) > 1e-3


@pytest.mark.parametrize("seed", range(10))
def test_of_few_rows_it_is_that_of_the_rank_sum_test(seed: int) -> None:
    made = np.random.default_rng(seed)
    labels = (np.arange(14) < 5) * 1.0
    scores = made.normal(size=14) + labels
    if scores[:5].mean() > scores.mean():
        exact = stats.mannwhitneyu(scores[:5], scores[5:], alternative="greater", method="exact").pvalue
        order = made.permutation(14)
        assert chance_of_draw(scores[order], labels[order]) == pytest.approx(exact, rel=1e-9)
