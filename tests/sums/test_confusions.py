"""Which class is taken for which, and how the losses are spread: held against counting by hand."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import ce_core
from ce_core.compute.sums import Confusions, Spread, spread
from ce_core.compute.sums import confusions as module


def by_hand(labels: np.ndarray, predicted: np.ndarray, most: int = 20) -> list[tuple[int, int, float]]:
    """Return the most frequent wrong pairs, of equal ones the lower classes first."""
    found = Counter((a, b) for a, b in zip(labels.tolist(), predicted.tolist(), strict=True) if a != b)
    return [(*pair, float(count)) for pair, count in sorted(found.items(), key=lambda x: (-x[1], x[0]))][
        :most
    ]


@pytest.mark.parametrize("units", [3, 40, 900])
def test_pieces_add_up_to_the_whole(units: int) -> None:
    rng = np.random.default_rng(units)
    values = rng.standard_normal((4000, units)).astype(np.float32)
    labels = rng.integers(0, units, 4000)
    predicted, numbers = values.argmax(axis=1), np.arange(4000)
    whole = Confusions()
    for start in range(0, 4000, 37):  # more pieces than runs that are held
        part = slice(start, start + 37)
        whole += Confusions.of_values(
            values[part],
            labels[part],
            predicted[part] == labels[part],
            numbers=numbers[part],
            among=4000,
            strip=5,
        )
    assert whole.worst(units, most=20) == by_hand(labels, predicted)
    assert whole.looked == 4000
    assert whole.errors == np.count_nonzero(labels != predicted)
    other = Confusions.of(labels, predicted, labels != predicted, units=units)
    assert other.worst(units, most=20) == by_hand(labels, predicted)


def test_rows_with_a_nan_say_nothing() -> None:
    values = np.zeros((6, 3))
    values[:, 1] = 1.0
    values[1, 1] = values[3, 0] = np.nan
    found = Confusions.of_values(
        values, np.zeros(6, int), np.zeros(6, bool), numbers=np.arange(6), among=6, strip=4
    )
    assert found.worst(3, most=5) == [(0, 1, 4.0)]


def test_weights_are_summed() -> None:
    labels, predicted = np.array([0, 0, 1]), np.array([1, 1, 0])
    found = Confusions.of(labels, predicted, labels != predicted, units=3, weights=np.array([0.5, 0.25, 2.0]))
    assert found.worst(3, most=5) == [(1, 0, 2.0), (0, 1, 0.75)]


def test_of_many_rows_and_classes_a_part_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_ROWS", 1000)
    rng = np.random.default_rng(0)
    labels, predicted = rng.integers(0, 5, 9000), rng.integers(0, 5, 9000)
    numbers, wrong = np.arange(9000), labels != predicted

    def of(part: slice) -> Confusions:
        given = labels[part], predicted[part], wrong[part]
        return Confusions.of(*given, units=2000, numbers=numbers[part], among=9000)

    whole = of(slice(None))
    parts = of(slice(0, 100)) + of(slice(100, 9000))
    assert 900 < whole.looked == parts.looked < 1100
    assert whole.worst(2000, most=9) == parts.worst(2000, most=9)
    assert whole.errors < wrong.sum() / 8


@pytest.mark.parametrize("scale", [1.0, 1e-7, 1e9])
def test_the_histogram_of_a_sketch_is_that_of_the_values(
    scale: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(1)
    values = np.concatenate([rng.exponential(size=3000) * scale, [0.0, np.inf]])
    exact = Spread.of(values)
    monkeypatch.setattr(spread, "EXACT", 100)
    sketch = Spread.of(values[:1000]) + Spread.of(values[1000:])
    assert not sketch.exact
    assert sketch.histogram() == exact.histogram()
    for low, high, count in exact.histogram():
        inside = values == np.inf if low == np.inf else (values >= low) & (values < high)
        assert count == np.count_nonzero(inside)
    assert sum(count for _, _, count in exact.histogram()) == 3002


def test_negative_losses_are_in_the_first_bin() -> None:
    assert Spread.of(np.array([-2.0, -1.0, 2.0**-20])).histogram()[0] == (-2.0, 2.0**-20, 2)


def test_every_way_through_the_pass_counts_the_same(tmp_path: Path) -> None:
    """Of 1,100,000 values the fast form is taken; of halves of them, and of probabilities, it is not."""
    rng = np.random.default_rng(2)
    logits = rng.standard_normal((110_000, 10)).astype(np.float32)
    labels = np.where(rng.random(110_000) < 0.5, logits.argmax(axis=1), rng.integers(0, 10, 110_000))
    logits[:, 3] += 0.5
    wanted = by_hand(labels, logits.argmax(axis=1))
    odds = np.exp(logits.astype(np.float64))
    for values, how in ((logits, {}), (logits, {"threads": 2}), (odds / odds.sum(axis=1, keepdims=True), {})):
        found = ce_core.evaluate(values, labels, **how).diagnostics
        assert [(each.klass, each.predicted, each.count) for each in found.confusions] == wanted
        assert sum(each.count for each in found.loss_histogram) == 110_000
        assert found.accuracy is not None
        errors = round((1 - found.accuracy) * 110_000)
        assert found.confusions[0].share == found.confusions[0].count / errors
        assert found.confusions_sample is None


def test_one_outcome_is_taken_for_its_opposite() -> None:
    given = np.array([2.0, -1.0, -3.0, 0.5]), np.array([1, 1, 0, 0])
    found = ce_core.evaluate(*given, loss="sigmoid_cross_entropy").diagnostics.confusions
    assert [(each.klass, each.predicted, each.count) for each in found] == [(0, 1, 1.0), (1, 0, 1.0)]
    weighted = ce_core.evaluate(
        *given, loss="sigmoid_cross_entropy", sample_weights=np.array([1, 3.0, 1, 0.0])
    )
    assert [(each.klass, each.count) for each in weighted.diagnostics.confusions] == [(1, 3.0)]


def test_of_two_classes_each_is_taken_for_the_other() -> None:
    logits, labels = np.array([[2.0, 0], [2, 0], [0, 2], [0, 2]]), np.array([0, 1, 1, 1])
    found = ce_core.evaluate(logits, labels).diagnostics.confusions
    assert [(each.klass, each.predicted, each.count, each.share) for each in found] == [(1, 0, 1.0, 1.0)]
