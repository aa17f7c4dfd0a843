"""The sums are monoids: an identity, associative, and in no need of an order."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import reduce
from operator import add
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ce_core.compute.sums import Bins, ClassSums, Moments, Partial, SequenceSums, Spread, Total, Worst, spread

LOSSES = st.lists(st.floats(0, 1e6) | st.sampled_from([0.0, math.inf]), max_size=12)


def values(found: list[float]) -> np.ndarray:
    return np.array(found, dtype=np.float64)


def make_moments(found: list[float], start: int) -> Moments:
    finite = [value for value in found if math.isfinite(value)]
    return Moments.of(values(finite), np.arange(len(finite)) % 3 + 0.5)


def make_bins(found: list[float], start: int) -> Bins:
    confidence = np.nan_to_num(values(found), posinf=1.0) % 1.0
    return Bins.of(confidence, (confidence > 0.3).astype(float), np.arange(len(found)) + 0.25)


def make_classes(found: list[float], start: int) -> ClassSums:
    if not found:
        return ClassSums()
    finite = np.nan_to_num(values(found), posinf=7.0)
    sums = {each.name: np.resize(finite, 4) for each in fields(ClassSums)}
    return ClassSums(**sums)


def make_sequences(found: list[float], start: int) -> SequenceSums:
    finite = np.nan_to_num(values(found), posinf=7.0)
    return SequenceSums(chunks=((start % 5, finite, finite * 2, np.ones(len(found))),) if found else ())


def make_worst(found: list[float], start: int) -> Worst:
    losses = values(found)
    chosen = Worst.choose(losses)
    return Worst(entries=tuple((float(losses[i]), start + int(i), 0, 1, 0.5) for i in chosen))


def make_partial(found: list[float], start: int) -> Partial:
    return Partial(
        positions=len(found),
        count=len(found),
        loss=math.fsum(value for value in found if math.isfinite(value)),
        moments=make_moments(found, start),
        spread=Spread.of(values(found)),
        worst=make_worst(found, start),
        bins=make_bins(found, start),
        classes=make_classes(found, start),
        sequences=make_sequences(found, start),
        zero_rows=tuple(range(start, start + len(found)))[:5],
        infinite_rows=tuple(start + i for i, value in enumerate(found) if math.isinf(value))[:5],
        infinite=sum(map(math.isinf, found)),
    )


MAKERS: dict[str, Callable[[list[float], int], Any]] = {
    "moments": make_moments,
    "bins": make_bins,
    "classes": make_classes,
    "sequences": make_sequences,
    "worst": make_worst,
    "spread": lambda found, start: Spread.of(values(found)),
    "partial": make_partial,
}

monoids = pytest.mark.parametrize("make", MAKERS.values(), ids=list(MAKERS))


def seen(thing: Any) -> Any:
    """Return what can be asked of a sum, in a form that does not depend on how it is stored."""
    if isinstance(thing, Spread):
        return (thing.count, thing.exact, *map(thing.quantile, (0.0, 0.1, 0.5, 0.9, 1.0)))
    if isinstance(thing, SequenceSums):
        return [each.tolist() for each in thing.totals(40)]
    if isinstance(thing, Moments) and not thing.weight:
        return (0.0, 0.0, 0.0)
    if is_dataclass(thing):
        return {each.name: seen(getattr(thing, each.name)) for each in fields(thing)}
    return thing.tolist() if isinstance(thing, np.ndarray) else thing


def same(one: Any, other: Any) -> None:
    if isinstance(one, dict):
        for key, value in one.items():
            same(value, other[key])
    elif isinstance(one, (list, tuple)):
        assert len(one) == len(other)
        for first, second in zip(one, other, strict=True):
            same(first, second)
    elif isinstance(one, float):
        assert math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9) or (math.isnan(one) and math.isnan(other))
    else:
        assert one == other


@monoids
@given(found=LOSSES)
@settings(max_examples=30, deadline=None)
def test_the_empty_sum_changes_nothing(make: Callable[..., Any], found: list[float]) -> None:
    empty, whole = make([], 0), make(found, 3)
    same(seen(empty + whole), seen(whole))
    same(seen(whole + empty), seen(whole))
    same(seen(type(whole)() + whole), seen(whole))


@monoids
@given(parts=st.tuples(LOSSES, LOSSES, LOSSES))
@settings(max_examples=40, deadline=None)
def test_sums_are_associative(make: Callable[..., Any], parts: tuple[list[float], ...]) -> None:
    one, two, three = (make(part, 100 * number) for number, part in enumerate(parts))
    same(seen((one + two) + three), seen(one + (two + three)))


@monoids
@given(parts=st.tuples(LOSSES, LOSSES))
@settings(max_examples=40, deadline=None)
def test_sums_need_no_order(make: Callable[..., Any], parts: tuple[list[float], ...]) -> None:
    one, two = (make(part, 100 * number) for number, part in enumerate(parts))
    same(seen(one + two), seen(two + one))


@given(found=LOSSES, at=st.integers(0, 12))
@settings(max_examples=60, deadline=None)
def test_parts_sum_to_the_whole(found: list[float], at: int) -> None:
    finite = [value for value in found if math.isfinite(value)]
    parts, whole = (finite[:at], finite[at:]), Moments.of(values(finite))
    same(seen(Moments.of(values(parts[0])) + Moments.of(values(parts[1]))), seen(whole))
    one, two = Spread.of(values(found[:at])), Spread.of(values(found[at:]))
    same(seen(one + two), seen(Spread.of(values(found))))
    same(
        seen(make_worst(found[:at], 0) + make_worst(found[at:], len(found[:at]))), seen(make_worst(found, 0))
    )


def test_the_variance_of_a_small_spread_far_from_zero_does_not_cancel() -> None:
    rng = np.random.default_rng(0)
    near = 1e9 + rng.random(10_000)
    parts = reduce(add, (Moments.of(part) for part in np.split(near, 100)))
    assert parts.squares == pytest.approx(np.square(near - near.mean()).sum(), rel=1e-6)
    assert parts.squares_about(0.0) == pytest.approx(np.square(near).sum(), rel=1e-12)


def test_parts_are_added_in_pairs() -> None:
    class Part:
        def __init__(self, depth: int, names: str) -> None:
            self.depth, self.names = depth, names

        def __add__(self, other: Part) -> Part:
            return Part(max(self.depth, other.depth) + 1, self.names + other.names)

    total: Total[Any] = Total(Part(0, ""))
    letters = "abcdefghijklmnopqrstuvwxyz" * 40
    for letter in letters:
        total.take(Part(0, letter))
    found = total.sum()
    assert found.names == letters
    assert found.depth <= math.ceil(math.log2(len(letters))) + 1
    assert total.sum().names == letters


def test_a_pairwise_sum_loses_fewer_digits_than_a_running_one() -> None:
    numbers = [0.1] * 100_000
    total: Total[float] = Total(0.0)
    for number in numbers:
        total.take(number)
    exact = math.fsum(numbers)
    assert abs(total.sum() - exact) <= 1e-15 * exact * 20
    assert abs(reduce(add, numbers) - exact) > 1e-13 * exact


@pytest.mark.parametrize("exact", [0, 5, 64])
@given(
    found=st.lists(
        st.floats(1e-290, 1e290) | st.sampled_from([0.0, math.inf]) | st.floats(0.01, 20),
        min_size=1,
        max_size=150,
    ),
    share=st.sampled_from([0.001, 0.25, 0.5, 0.9, 0.99, 1.0]),
)
@settings(max_examples=60, deadline=None)
def test_the_sketch_is_within_its_promised_error(exact: int, found: list[float], share: float) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spread, "EXACT", exact)
        merged = reduce(add, (Spread.of(values(found[at : at + 7])) for at in range(0, len(found), 7)))
        quantile, is_exact = merged.quantile(share), merged.exact
    rank = max(1, math.ceil(share * len(found)))
    true = sorted(found)[rank - 1]
    assert is_exact == (len(found) <= exact)
    if is_exact or not 0 < true < math.inf:
        assert quantile == true
    else:
        assert quantile == pytest.approx(true, rel=spread.RELATIVE_ERROR * (1 + 1e-9))


def test_a_sketch_stays_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spread, "EXACT", 1000)
    rng = np.random.default_rng(5)
    parts = (Spread.of(rng.exponential(size=500)) for _ in range(100))
    whole = reduce(add, parts)
    assert whole.count == 50_000
    assert not whole.values
    assert len(whole.buckets) < 2000
    assert whole.quantile(0.5) == pytest.approx(math.log(2), rel=0.03)


@pytest.mark.parametrize(
    ("confidence", "place"),
    [(0.0, 0), (1e-300, 0), (1 / 15, 0), (np.nextafter(1 / 15, 1), 1), (0.5, 7), (1.0, 14), (1 + 1e-9, 14)],
)
def test_a_forecast_on_an_edge_is_in_the_bin_below(confidence: float, place: int) -> None:
    bins = Bins.of(np.array([confidence]), np.array([1.0]))
    assert bins.counts.nonzero()[0].tolist() == [place]


def test_forecasts_that_are_no_numbers_are_in_no_bin() -> None:
    bins = Bins.of(np.array([0.5, np.nan]), np.array([1.0, 1.0]), np.array([1.0, 2.0]))
    assert bins.counts.sum() == 1
    assert bins.weights.sum() == 1
    assert Bins().errors() is None


def test_calibration_errors_by_hand() -> None:
    # Two bins: confidence 0.6 right once of two, confidence 0.9 right always.
    bins = Bins.of(np.array([0.6, 0.6, 0.9]), np.array([1.0, 0.0, 1.0]))
    assert bins.errors() == pytest.approx(((0.1 * 2 + 0.1) / 3, 0.1))


def test_the_worst_are_the_greatest_the_earlier_first() -> None:
    losses = np.array([1.0, 9.0, np.nan, 9.0, np.inf, 0.0, 9.0, 2.0])
    assert Worst.choose(losses).tolist() == [2, 4, 1, 3, 6]
    assert Worst.choose(losses[:2]).tolist() == [1, 0]
    assert Worst.choose(losses[:0]).tolist() == []


def test_sequences_that_blocks_cut_are_put_together() -> None:
    one = SequenceSums(chunks=((0, np.array([1.0, 2.0]), np.ones(2), np.ones(2)),))
    two = SequenceSums(chunks=((1, np.array([3.0]), np.ones(1), np.ones(1)),))
    loss, weight, count = (one + two).totals(3)
    assert loss.tolist() == [1.0, 5.0, 0.0]
    assert weight.tolist() == count.tolist() == [1.0, 2.0, 0.0]
