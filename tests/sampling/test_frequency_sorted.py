"""Whether classes stand in the order of their frequency."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr  # scikit-learn brings scipy

from ce_core.errors import CepickError
from ce_core.sampling import LogUniform, frequency_sorted

COUNTS = st.lists(st.integers(0, 6), min_size=2, max_size=30)


def labels_of(counts):
    return np.repeat(np.arange(len(counts)), counts)


@settings(deadline=None)
@given(COUNTS)
def test_sorted_classes_score_one_and_the_reverse_minus_one(counts):
    if len(set(counts)) == 1:
        assert np.isnan(frequency_sorted(labels_of(counts), len(counts)))
        return
    falling = sorted(counts, reverse=True)
    assert frequency_sorted(labels_of(falling), len(counts)) == pytest.approx(1, abs=1e-12)
    assert frequency_sorted(labels_of(falling[::-1]), len(counts)) == pytest.approx(-1, abs=1e-12)


@settings(deadline=None)
@given(COUNTS)
def test_only_sorted_classes_score_one(counts):
    score = frequency_sorted(labels_of(counts), len(counts))
    if len(set(counts)) > 1:
        assert -1 - 1e-12 <= score <= 1 + 1e-12
        assert (score > 1 - 1e-9) == (counts == sorted(counts, reverse=True))


@settings(deadline=None)
@given(st.permutations(range(1, 12)))
def test_without_ties_it_is_spearmans_correlation(counts):
    expected = spearmanr(-np.arange(len(counts)), counts).statistic
    assert frequency_sorted(labels_of(counts), len(counts)) == pytest.approx(expected, abs=1e-12)


def test_labels_of_a_log_uniform_law_score_high_and_of_shuffled_classes_near_nothing():
    rng = np.random.default_rng(0)
    labels = rng.choice(200, size=5000, p=LogUniform(classes=200).probabilities())
    assert frequency_sorted(labels, 200) > 0.85
    assert abs(frequency_sorted(rng.permutation(200)[labels], 200)) < 0.3


def test_labels_of_any_shape_are_counted():
    assert frequency_sorted([[0, 0], [1, 0]], 2) == 1


def test_a_label_that_is_no_class_is_refused():
    with pytest.raises(CepickError, match=r"labels: 2 at row 0 is outside \[0, 2\)"):
        frequency_sorted([2], 2)
