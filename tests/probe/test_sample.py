"""The sample: its neighbours, its halves and its groups."""

from __future__ import annotations

import numpy as np
import pytest

from ce_core.probe import Sample, take_sample
from ce_core.probe.permuted import _half, _usual_orders
from ce_core.read.layout import pair
from ce_core.read.prepare import make_counting
from ce_core.read.settings import Settings
from ce_core.task import Task

LABELS = np.random.default_rng(0).integers(0, 4, (5, 6))


def sample_of(targets: np.ndarray, classes: int = 4, ignored: tuple[int, ...] = ()) -> Sample:
    shape = targets.shape if targets.dtype.kind == "f" else (*targets.shape, classes)
    layout = pair(shape, targets.shape, Task(class_axis=-1))
    counting = make_counting(np.zeros(shape), targets, layout, Settings(), ignored_labels=ignored)
    return take_sample(counting, "logits", exclusive=True)


@pytest.mark.parametrize("one_hot", [False, True])
@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("step", [1, -1])
def test_the_neighbours_are_those_of_the_array(one_hot: bool, axis: int, step: int) -> None:
    sample = sample_of(np.eye(4)[LABELS] if one_hot else LABELS)
    found, there = sample.compact_neighbours(axis, step)
    edge = [slice(None)] * 2
    edge[axis] = slice(-1, None) if step > 0 else slice(0, 1)
    inside = np.ones_like(LABELS, dtype=bool)
    inside[tuple(edge)] = False
    np.testing.assert_array_equal(there.reshape(LABELS.shape), inside)
    np.testing.assert_array_equal(found.reshape(LABELS.shape)[inside], np.roll(LABELS, -step, axis)[inside])


def test_an_ignored_neighbour_is_none() -> None:
    labels = LABELS.copy()
    labels[2, 3] = -100
    sample = sample_of(labels, ignored=(-100,))
    _, there = sample.compact_neighbours(1, 1)
    assert sample.rows == 29
    assert not there[sample.numbers == 2 * 6 + 2]


def test_one_hot_rows_are_labels() -> None:
    sample = sample_of(np.eye(4)[LABELS])
    assert sample.one_hot
    np.testing.assert_array_equal(sample.compact, LABELS.reshape(-1))
    assert not sample_of(np.full((5, 6, 4), 0.25)).one_hot


def test_a_few_sequences_are_cut_into_stretches() -> None:
    assert len(np.unique(sample_of(np.zeros((10, 10), dtype=int)).groups)) == 20
    assert len(np.unique(sample_of(np.zeros((100, 10), dtype=int)).groups)) == 100
    assert len(np.unique(sample_of(np.zeros((1, 1000), dtype=int)).groups)) >= 60


@pytest.mark.parametrize("labels", [np.sort(LABELS.reshape(-1)), LABELS.reshape(-1)], ids=["sorted", "mixed"])
def test_half_of_the_rows_of_every_class_are_held_back(labels: np.ndarray) -> None:
    half = _half(sample_of(labels))
    for each in range(4):
        assert abs(half[labels == each].sum() - (labels == each).sum() / 2) <= 0.5


def test_whole_sequences_are_held_back() -> None:
    half = _half(sample_of(LABELS)).reshape(LABELS.shape)
    assert (half == half[:, :1]).all()
    assert half[:, 0].tolist() == [True, False, True, False, True]


@pytest.mark.parametrize("units", [2, 3, 10, 11, 120])
def test_the_usual_orders_are_permutations(units: int) -> None:
    for _, order in _usual_orders(units):
        assert sorted(order.tolist()) == list(range(units))


def test_the_order_of_numbers_as_text_is_that_of_a_sorted_listing() -> None:
    orders = dict(_usual_orders(12))
    listing = sorted(range(12), key=str)  # the class in each column
    assert [int(each) for each in np.argsort(orders["text columns"])] == listing
    assert orders["text labels"].tolist() == listing
