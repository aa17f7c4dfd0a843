from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ce_core.read.facts import PredictionFacts, TargetFacts, prediction_facts, target_facts

VALUES = st.one_of(
    st.floats(-2, 2, width=32),
    st.sampled_from([0.0, 1.0, 0.5, -1.0, np.nan, np.inf, -np.inf]),
)
BLOCKS = hnp.arrays(np.float32, st.tuples(st.integers(1, 12), st.integers(1, 4)), elements=VALUES)
LABELS = hnp.arrays(np.int64, st.integers(1, 30), elements=st.integers(-3, 8))
ROWS = hnp.arrays(
    np.float64,
    st.tuples(st.integers(1, 12), st.integers(2, 4)),
    elements=st.sampled_from([0.0, 1.0, 0.5, -1.0, 2.0, np.nan]),
)


def split(size: int, at: int) -> tuple[slice, slice]:
    return slice(0, at % (size + 1)), slice(at % (size + 1), size)


@settings(max_examples=200, deadline=None)
@given(BLOCKS, st.integers(0, 100))
def test_prediction_facts_of_the_parts_add_up_to_those_of_the_whole(block: np.ndarray, at: int) -> None:
    numbers = np.arange(len(block))
    one, two = (prediction_facts(block[part], numbers[part]) for part in split(len(block), at))
    whole = prediction_facts(block, numbers)
    both = one + two
    for name in (
        "rows",
        "whole",
        "low",
        "high",
        "nan",
        "positive_infinite",
        "negative_infinite",
        "empty_rows",
    ):
        assert getattr(both, name) == getattr(whole, name)
    assert both.bad_rows == whole.bad_rows
    assert both.float16_like == whole.float16_like
    assert both.bfloat16_like == whole.bfloat16_like
    assert (
        both.sum_error == pytest.approx(whole.sum_error) or np.isinf([both.sum_error, whole.sum_error]).any()
    )


@settings(max_examples=200, deadline=None)
@given(LABELS, st.integers(0, 100))
def test_label_facts_of_the_parts_add_up_to_those_of_the_whole(labels: np.ndarray, at: int) -> None:
    numbers = np.arange(len(labels))
    one, two = (target_facts(labels[part], numbers[part], 4) for part in split(len(labels), at))
    whole = target_facts(labels, numbers, 4)
    assert one + two == whole
    assert whole.outside_count == int(((labels < 0) | (labels >= 4)).sum())


@settings(max_examples=200, deadline=None)
@given(ROWS, st.integers(0, 100))
def test_row_facts_of_the_parts_add_up_to_those_of_the_whole(rows: np.ndarray, at: int) -> None:
    numbers = np.arange(len(rows))
    one, two = (target_facts(rows[part], numbers[part], rows.shape[1]) for part in split(len(rows), at))
    whole, both = target_facts(rows, numbers, rows.shape[1]), one + two
    for name in (
        "rows",
        "missing",
        "low",
        "high",
        "nan",
        "nan_rows",
        "integral",
        "sum_error",
        "off_sum_count",
        "same_row",
    ):
        assert getattr(both, name) == getattr(whole, name)
    if whole.hard:
        clean = rows[~np.isnan(rows).any(axis=1)]
        assert both.one_hot_rows == int((clean.sum(axis=1) == 1).sum())


def test_nothing_is_neutral() -> None:
    block = np.array([[0.25, 0.75], [1.0, 0.0]], dtype=np.float32)
    facts = prediction_facts(block, np.arange(2))
    assert PredictionFacts() + facts == facts + PredictionFacts() == facts
    targets = target_facts(np.array([0, 7]), np.arange(2), 4)
    assert TargetFacts() + targets == targets + TargetFacts() == targets


def test_the_rows_that_are_farthest_off_are_named_first() -> None:
    block = np.full((40, 2), 0.5)
    block[[30, 7]] = [0.5, 0.45], [0.5, 0.3]
    facts = prediction_facts(block, np.arange(100, 140))
    assert facts.off_rows == (107, 130)
    assert facts.off_by == pytest.approx((0.2, 0.05))


@pytest.mark.parametrize("kept", [np.float32, np.float64])
def test_values_that_fit_in_16_bits_are_known_by_themselves(kept: type) -> None:
    values = np.random.default_rng(0).uniform(0, 1, (30, 3))
    numbers = np.arange(30)
    assert prediction_facts(values.astype(np.float16).astype(kept), numbers).float16_like
    assert not prediction_facts(values.astype(kept), numbers).float16_like
    assert not prediction_facts(values.astype(kept), numbers).bfloat16_like
    truncated = (values.astype(np.float32).view(np.uint32) & 0xFFFF0000).view(np.float32)
    assert prediction_facts(truncated.astype(kept), numbers).bfloat16_like


def test_one_value_that_is_finer_ends_the_likeness() -> None:
    values = np.full((1000, 2), 0.5, dtype=np.float32)
    values[-1, -1] = 1 / 3
    facts = prediction_facts(values, np.arange(1000))
    assert not facts.float16_like
    assert not facts.bfloat16_like


def test_a_column_of_minus_infinity_is_no_empty_row() -> None:
    assert prediction_facts(np.array([[-np.inf], [0.0]]), np.arange(2)).empty_rows == 0
    assert prediction_facts(np.array([[-np.inf, -np.inf], [0.0, 1.0]]), np.arange(2)).empty_rows == 1
