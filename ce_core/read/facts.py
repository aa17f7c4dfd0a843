"""What the values of two arrays show, counted block by block: sums, minima and maxima that merge."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from typing import Any

import numpy as np

from ce_core.records import dataclass

_AT_A_TIME = 1 << 19
"""So many values are looked at at a time, by what makes copies of them."""

ROWS_NAMED = 5
"""How many rows a finding names."""

FLOAT16_END = 65504.0
"""The largest number that float16 holds."""

_PLAUSIBLE = 0.05
"""How far values may leave [0, 1] before their row sums are no longer worth computing."""


@dataclass(frozen=True, kw_only=True)
class PredictionFacts:
    """What the predictions show. ``PredictionFacts()`` is empty, and ``+`` is associative."""

    rows: int = 0
    whole: int = 0
    """Rows without NaN, +inf or nothing but -inf: only these can be distributions."""
    low: float = np.inf
    high: float = -np.inf
    nan: int = 0
    positive_infinite: int = 0
    negative_infinite: int = 0
    empty_rows: int = 0
    """Rows of nothing but -inf."""
    bad_rows: tuple[int, ...] = ()
    """The first rows with NaN, +inf or nothing but -inf."""
    sum_error: float = 0.0
    """The largest distance of a row's sum from 1, while the values could be probabilities."""
    off_rows: tuple[int, ...] = ()
    """The rows whose sum is farthest from 1, or that leave [0, 1], the farthest first."""
    off_by: tuple[float, ...] = ()
    log_sum_error: float = 0.0
    """The largest |logsumexp| of a row, while the values could be log-probabilities."""
    float16_like: bool = True
    """Whether every value fits in 16 bits as float16 has them."""
    bfloat16_like: bool = True
    """Whether every value fits in 16 bits as bfloat16 has them."""
    at_float16_end: int = 0
    """Values at or above 65504 that are finite; the smallest float16 is a usual mask, and not counted."""
    same_row: bytes | None = b""
    """The first row as bytes of float64 where every row is the same but for rounding, else None."""

    def __add__(self, other: PredictionFacts) -> PredictionFacts:
        """Merge with the facts of the rows that follow."""
        off = sorted(
            zip([*self.off_by, *other.off_by], [*self.off_rows, *other.off_rows], strict=True),
            key=lambda each: (-each[0], each[1]),
        )[:ROWS_NAMED]
        return PredictionFacts(
            rows=self.rows + other.rows,
            whole=self.whole + other.whole,
            low=min(self.low, other.low),
            high=max(self.high, other.high),
            nan=self.nan + other.nan,
            positive_infinite=self.positive_infinite + other.positive_infinite,
            negative_infinite=self.negative_infinite + other.negative_infinite,
            empty_rows=self.empty_rows + other.empty_rows,
            bad_rows=(self.bad_rows + other.bad_rows)[:ROWS_NAMED],
            sum_error=max(self.sum_error, other.sum_error),
            off_rows=tuple(row for _, row in off),
            off_by=tuple(by for by, _ in off),
            log_sum_error=max(self.log_sum_error, other.log_sum_error),
            float16_like=self.float16_like and other.float16_like,
            bfloat16_like=self.bfloat16_like and other.bfloat16_like,
            at_float16_end=self.at_float16_end + other.at_float16_end,
            same_row=_merge_rows(self.same_row, other.same_row),
        )


@dataclass(frozen=True, kw_only=True)
class Extremes:
    """The least and the greatest of a block's predictions, and in which of its rows; NaN where any is NaN."""

    low: float
    high: float
    low_row: int
    high_row: int

    @classmethod
    def of(cls, values: np.ndarray) -> Extremes:
        """Return the extremes of [rows, columns]."""
        low, high = int(values.argmin()), int(values.argmax())
        (low_row, low_column), (high_row, high_column) = (divmod(at, values.shape[1]) for at in (low, high))
        return cls(
            low=float(values[low_row, low_column]),
            high=float(values[high_row, high_column]),
            low_row=low_row,
            high_row=high_row,
        )

    def moved(self, rows: int) -> Extremes:
        """Return the extremes where so many rows come before."""
        return replace(self, low_row=self.low_row + rows, high_row=self.high_row + rows)

    @classmethod
    def joined(cls, ends: Sequence[Extremes]) -> Extremes:
        """Return the extremes of all, of equal ones the first."""
        low = ends[int(np.array([each.low for each in ends]).argmin())]
        high = ends[int(np.array([each.high for each in ends]).argmax())]
        return cls(low=low.low, high=high.high, low_row=low.low_row, high_row=high.high_row)


def prediction_facts(
    block: np.ndarray, numbers: np.ndarray, extremes: Extremes | None = None
) -> PredictionFacts:
    """Return the facts of a block [rows, columns]; ``numbers`` are its rows' numbers in the whole array.

    ``extremes`` are those of the block, where they are known already.
    """
    if not block.size:
        return PredictionFacts()
    extremes = extremes or Extremes.of(block)
    low, high = extremes.low, extremes.high
    facts = PredictionFacts(
        rows=len(block),
        whole=len(block),
        low=low,
        high=high,
        at_float16_end=_at_float16_end(block, high),
        same_row=_same_row(block),
    )
    finite = bool(np.isfinite(low) and np.isfinite(high))
    plausible = low >= -_PLAUSIBLE and high <= 1 + _PLAUSIBLE
    if finite and not plausible and (high > _PLAUSIBLE or block.shape[1] == 1):
        rows = np.array(sorted({extremes.low_row, extremes.high_row}))
        return _with_bits(_of_other_numbers(facts, block[rows], numbers[rows]), block)
    step = max(1, _AT_A_TIME // block.shape[1])
    if len(block) > step:  # what follows makes copies
        cut = range(0, len(block), step)
        parts = (prediction_facts(block[at : at + step], numbers[at : at + step]) for at in cut)
        return sum(parts, PredictionFacts())
    values = block if block.dtype in (np.float32, np.float64) else block.astype(np.float64)
    if not (np.isfinite(low) and np.isfinite(high)):
        facts, values, numbers = _not_finite(facts, values, numbers)
        low, high = facts.low, facts.high
        if not values.size:
            return _with_bits(facts, block)
    columns = values.shape[1]
    if low >= -_PLAUSIBLE and high <= 1 + _PLAUSIBLE:
        error = np.abs(values.sum(axis=1, dtype=np.float64) - 1) if columns > 1 else np.zeros(len(values))
        beyond = np.maximum(-values.min(axis=1), values.max(axis=1) - 1) if low < 0 or high > 1 else error
        worst = np.maximum(error, beyond)
        facts = replace(
            facts,
            sum_error=float(error.max(initial=0.0)),
            log_sum_error=np.inf,
            **_farthest(worst, numbers),
        )
    elif high <= _PLAUSIBLE and columns > 1:
        with np.errstate(divide="ignore"):  # a row that holds no probability at all has log 0
            totals = np.log(np.exp(values.astype(np.float64)).sum(axis=1))
        error = np.abs(totals)
        facts = replace(
            facts,
            sum_error=np.inf,
            log_sum_error=float(error.max(initial=0.0)),
            **_farthest(error, numbers),
        )
    else:
        rows = np.array(sorted({int(values.argmin()) // columns, int(values.argmax()) // columns}))
        facts = _of_other_numbers(facts, values[rows], numbers[rows])
    return _with_bits(facts, block)


def _of_other_numbers(facts: PredictionFacts, ends: np.ndarray, numbers: np.ndarray) -> PredictionFacts:
    """Return the facts of what is neither probabilities nor their logarithms, by its extreme rows."""
    beyond = np.maximum(-ends.min(axis=1), ends.max(axis=1) - 1)
    return replace(facts, sum_error=np.inf, log_sum_error=np.inf, **_farthest(beyond, numbers))


def _with_bits(facts: PredictionFacts, block: np.ndarray) -> PredictionFacts:
    like16, like_b16 = _sixteen_bits(block)
    return replace(facts, float16_like=like16, bfloat16_like=like_b16)


def _at_float16_end(block: np.ndarray, high: float) -> int:
    """Count the finite values at or above the end of float16, of a block whose greatest is known."""
    if high < FLOAT16_END:  # a greatest of NaN is not: then any may be
        return 0
    return sum(int(((part >= FLOAT16_END) & (part < np.inf)).sum()) for part in _parts(block))


def _parts(block: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the rows of a block, so many at a time that copies of them are small."""
    step = max(1, _AT_A_TIME // block.shape[1])
    return (block[at : at + step] for at in range(0, len(block), step))


def _same_row(values: np.ndarray) -> bytes | None:
    """Return the first row where all others equal it; nearly always the second already does not."""
    first = np.asarray(values[0], dtype=np.float64)
    if not _alike(values[1:2, :_HEAD], first[:_HEAD]):
        return None
    if not all(_alike(part, first) for part in (values[2:_FEW], *_parts(values))):
        return None
    return first.tobytes()


def _merge_rows(one: bytes | None, other: bytes | None) -> bytes | None:
    if one is None or other is None:
        return None
    if not one or not other:
        return one or other
    return one if _alike(np.frombuffer(other), np.frombuffer(one)) else None


def _alike(values: np.ndarray, row: np.ndarray) -> bool:
    """Tell whether values are those of a row, but for the rounding of another order of adding in float32."""
    with np.errstate(invalid="ignore", over="ignore"):  # inf - inf: equal ones are told by themselves
        near = np.isfinite(row) & (np.abs(values - row) <= _SAME * (1 + np.abs(row)))
        return bool(((values == row) | near).all())


_SAME = 1e-6


def _farthest(distance: np.ndarray, numbers: np.ndarray) -> dict[str, Any]:
    distance = np.asarray(distance, dtype=np.float64)
    count = min(ROWS_NAMED, len(distance))
    first = np.argpartition(-distance, count - 1)[:count]
    first = first[np.lexsort((first, -distance[first]))]
    first = first[distance[first] > 0]
    return {
        "off_rows": tuple(int(numbers[each]) for each in first),
        "off_by": tuple(float(distance[each]) for each in first),
    }


def _not_finite(
    facts: PredictionFacts, values: np.ndarray, numbers: np.ndarray
) -> tuple[PredictionFacts, np.ndarray, np.ndarray]:
    nan, positive, negative = np.isnan(values), values == np.inf, values == -np.inf
    # A single -inf is an outcome that cannot be; a softmax of nothing else has no value.
    empty = negative.all(axis=1) & (values.shape[1] > 1)
    bad = nan.any(axis=1) | positive.any(axis=1) | empty
    finite = np.isfinite(values)
    rest = values[finite]
    facts = replace(
        facts,
        whole=int((~bad).sum()),
        low=float(rest.min()) if rest.size else np.inf,
        high=float(rest.max()) if rest.size else -np.inf,
        nan=int(nan.sum()),
        positive_infinite=int(positive.sum()),
        negative_infinite=int(negative.sum()),
        empty_rows=int(empty.sum()),
        bad_rows=tuple(int(numbers[each]) for each in np.flatnonzero(bad)[:ROWS_NAMED]),
    )
    # -inf is a legal logit and log-probability; what is left decides whether the rest are probabilities.
    if negative.any():
        facts = replace(facts, low=-np.inf)
    return facts, values[~bad], numbers[~bad]


def _sixteen_bits(block: np.ndarray) -> tuple[bool, bool]:
    """Tell whether every value fits in 16 bits, as float16 and as bfloat16 have them."""
    if block.dtype not in (np.float32, np.float64):
        return block.dtype == np.float16, False
    return _all_fit(_fits_float16, block), _all_fit(_fits_bfloat16, block)


def _all_fit(fits: Callable[[np.ndarray], bool], block: np.ndarray) -> bool:
    """Tell whether every value fits: nearly always the first few already settle that they do not."""
    parts = (block[:4, :64], *_parts(block))
    return all(fits(np.ascontiguousarray(part).reshape(-1)) for part in parts)


def _fits_float16(values: np.ndarray) -> bool:
    with np.errstate(over="ignore", invalid="ignore"):  # what does not fit becomes inf, and is not equal
        short = values.astype(np.float16)
    if np.array_equal(short.astype(values.dtype), values, equal_nan=True):
        return True
    # A file of text holds the shortest decimals that name a float16: 0.3333 is read back as a float64.
    return values.dtype == np.float64 and all(
        float(str(one)) == value for one, value in zip(short[:_READ], values[:_READ].tolist(), strict=True)
    )


_READ = 2048
"""How many values are compared as text."""


def _fits_bfloat16(values: np.ndarray) -> bool:
    if values.dtype == np.float64:
        with np.errstate(over="ignore", invalid="ignore"):
            single = values.astype(np.float32)
        if not np.array_equal(single.astype(np.float64), values, equal_nan=True):
            return False
        values = single
    return not bool((values.view(np.uint32) & 0xFFFF).any())


@dataclass(frozen=True, kw_only=True)
class TargetFacts:
    """What the targets show. ``TargetFacts()`` is empty, and ``+`` is associative."""

    rows: int = 0
    low: float = np.inf
    high: float = -np.inf
    nan: int = 0
    nan_rows: tuple[int, ...] = ()
    """The first rows with NaN."""
    missing: int = 0
    """How many rows have NaN; nothing else is counted of them."""
    integral: bool = True
    fraction: tuple[int, float] | None = None
    """The first row that holds a fraction, and the fraction."""
    distinct: Mapping[float, int] | None = field(default_factory=dict)
    """How often each value occurs, while there are few; None where there are many."""
    examples: Mapping[float, tuple[int, ...]] = field(default_factory=dict)
    """The first rows that hold each of the few values."""
    one_hot_rows: int = 0
    zero_rows: int = 0
    zero_at: tuple[int, ...] = ()
    """The first rows of nothing but zeros."""
    several_rows: int = 0
    """Hard rows with more than one 1."""
    several_at: tuple[int, ...] = ()
    sum_error: float = 0.0
    """The largest distance of a row's sum from 1."""
    off_sum_rows: tuple[int, ...] = ()
    off_sum_count: int = 0
    outside_at: tuple[int, ...] = ()
    """The first rows with a value below 0 or above 1."""
    outside_count: int = 0
    same_row: bytes | None = b""
    """Of rows, the one that all others equal; None where they differ."""

    @property
    def hard(self) -> bool:
        """Tell whether every value is 0 or 1."""
        return self.integral and self.low >= 0 and self.high <= 1 and not self.nan

    @property
    def in_unit_interval(self) -> bool:
        """Tell whether every value is in [0, 1] but for rounding, as mixed labels leave it."""
        return self.low >= -ROUNDING and self.high <= 1 + ROUNDING

    def __add__(self, other: TargetFacts) -> TargetFacts:
        """Merge with the facts of the rows that follow."""
        return TargetFacts(
            rows=self.rows + other.rows,
            low=min(self.low, other.low),
            high=max(self.high, other.high),
            nan=self.nan + other.nan,
            nan_rows=(self.nan_rows + other.nan_rows)[:ROWS_NAMED],
            missing=self.missing + other.missing,
            integral=self.integral and other.integral,
            fraction=self.fraction or other.fraction,
            distinct=_merge_counts(self.distinct, other.distinct),
            examples={
                value: (self.examples.get(value, ()) + other.examples.get(value, ()))[:ROWS_NAMED]
                for value in {*self.examples, *other.examples}
            },
            one_hot_rows=self.one_hot_rows + other.one_hot_rows,
            zero_rows=self.zero_rows + other.zero_rows,
            zero_at=(self.zero_at + other.zero_at)[:ROWS_NAMED],
            several_rows=self.several_rows + other.several_rows,
            several_at=(self.several_at + other.several_at)[:ROWS_NAMED],
            sum_error=max(self.sum_error, other.sum_error),
            off_sum_rows=(self.off_sum_rows + other.off_sum_rows)[:ROWS_NAMED],
            off_sum_count=self.off_sum_count + other.off_sum_count,
            outside_at=(self.outside_at + other.outside_at)[:ROWS_NAMED],
            outside_count=self.outside_count + other.outside_count,
            same_row=_merge_rows(self.same_row, other.same_row),
        )


_FEW = 64
"""How many distinct values are told apart outside the range of the classes."""

SUM_TOLERANCE = 1e-3
"""How far a row of soft targets may be from summing to 1, beside what the precision of its values explains."""

ROUNDING = 1e-5
"""How far a soft target may leave [0, 1] by rounding."""


def sixteen_bit_tolerance(units: int, *, float16: bool, bfloat16: bool) -> float:
    """Return how far a row of probabilities kept in 16 bits may be from summing to 1.

    A float16 below 6e-5 is rounded by up to 2^-25, whatever its size.
    """
    return max(2e-3 + units * 2.0**-25 if float16 else 0.0, 1e-2 if bfloat16 else 0.0)


def _merge_counts(
    one: Mapping[float, int] | None, other: Mapping[float, int] | None
) -> dict[float, int] | None:
    if one is None or other is None:
        return None
    merged = dict(one)
    for value, count in other.items():
        merged[value] = merged.get(value, 0) + count
    return merged if len(merged) <= _FEW else None


def target_facts(
    block: np.ndarray, numbers: np.ndarray, classes: int, *, rounded: float = 0.0
) -> TargetFacts:
    """Return the facts of a block of class indices [rows] or of rows [rows, columns].

    Of class indices only the values outside 0 … classes - 1 are told apart. ``rounded`` is how far a row may
    be from summing to 1 because its values were written with few decimals.
    """
    if not block.size:
        return TargetFacts()
    values = block if block.dtype.kind in "iufb" else block.astype(np.float64)
    facts = TargetFacts(rows=len(block), low=float(values.min()), high=float(values.max()))
    if block.ndim == 2 and facts.low >= 0 and facts.high <= 1 and _are_bits(values):
        return _hard_facts(facts, values, numbers)
    if values.dtype.kind == "f":
        facts, values, numbers = _floats(facts, values, numbers)
    if not values.size:
        return facts
    if block.ndim == 1:
        return _index_facts(facts, values, numbers, classes)
    return _row_facts(facts, values, numbers, rounded)


def _floats(
    facts: TargetFacts, values: np.ndarray, numbers: np.ndarray
) -> tuple[TargetFacts, np.ndarray, np.ndarray]:
    if np.isnan(facts.low):
        missing = np.isnan(values) if values.ndim == 1 else np.isnan(values).any(axis=1)
        facts = replace(
            facts,
            nan=int(np.isnan(values).sum()),
            nan_rows=tuple(int(numbers[each]) for each in np.flatnonzero(missing)[:ROWS_NAMED]),
            missing=int(missing.sum()),
        )
        values, numbers = values[~missing], numbers[~missing]
        facts = replace(
            facts,
            low=float(values.min()) if values.size else np.inf,
            high=float(values.max()) if values.size else -np.inf,
        )
    at = _first_fraction(values)
    if at is not None:
        row = at // max(1, values.size // len(values))
        fraction = (int(numbers[row]), float(values.reshape(-1)[at]))
        facts = replace(facts, integral=False, fraction=fraction)
    return facts, values, numbers


def _first_fraction(values: np.ndarray) -> int | None:
    """Return where the first value that is no whole number stands: in soft targets near the beginning."""
    flat = values.reshape(-1)
    step = _HEAD
    start = 0
    while start < len(flat):
        part = flat[start : start + step]
        with np.errstate(invalid="ignore"):  # infinity has no fraction, and is caught as out of range
            fractions = part != np.floor(part)
        if fractions.any():
            return start + int(fractions.argmax())
        start, step = start + step, _AT_A_TIME
    return None


def _index_facts(facts: TargetFacts, values: np.ndarray, numbers: np.ndarray, classes: int) -> TargetFacts:
    if facts.low >= 0 and facts.high < classes:
        return facts
    outside = (values < 0) | (values >= classes)
    found, counts = np.unique(values[outside], return_counts=True)
    where = numbers[outside]
    kept = values[outside]
    distinct = {float(v): int(c) for v, c in zip(found, counts, strict=True)} if len(found) <= _FEW else None
    return replace(
        facts,
        distinct=distinct,
        examples={
            float(value): tuple(int(each) for each in where[kept == value][:ROWS_NAMED])
            for value in found[:_FEW]
        },
        outside_at=tuple(int(each) for each in where[:ROWS_NAMED]),
        outside_count=int(outside.sum()),
    )


def _are_bits(values: np.ndarray) -> bool:
    """Tell whether every value, none below 0 or above 1, is one of them."""
    return values.dtype.kind != "f" or bool(((values == 0) | (values == 1)).all())


def _hard_facts(facts: TargetFacts, values: np.ndarray, numbers: np.ndarray) -> TargetFacts:
    """Return the facts of rows of 0 and 1, as `_row_facts` does, from how many ones each has."""
    if values.shape[1] == 1:
        ones = values[:, 0]
    elif values.dtype.kind == "f" and values.flags.c_contiguous and values.dtype.itemsize > 2:
        ones = np.einsum("ij->i", values)
    else:
        ones = values.sum(axis=1, dtype=np.int64)
    one_hot = int(np.count_nonzero(ones == 1))
    zero = len(values) - int(np.count_nonzero(ones))
    off, several = len(values) - one_hot, len(values) - one_hot - zero
    most = float(ones.max())
    return replace(
        facts,
        distinct=dict.fromkeys((facts.low, facts.high), 0),
        sum_error=max(most - 1, 1.0 if zero else 0.0),
        off_sum_rows=_first(ones != 1, numbers, off),
        off_sum_count=off,
        one_hot_rows=one_hot,
        zero_rows=zero,
        zero_at=_first(ones == 0, numbers, zero),
        same_row=_same_row(values),
        several_rows=several,
        several_at=_first(ones > 1, numbers, several),
    )


_HEAD = 1 << 10


def _first(chosen: np.ndarray, numbers: np.ndarray, count: int) -> tuple[int, ...]:
    """Return the numbers of the first few of the ``count`` chosen rows, mostly found near the beginning."""
    if not count:
        return ()
    found = np.flatnonzero(chosen[:_HEAD])
    if len(found) < min(count, ROWS_NAMED):
        found = np.flatnonzero(chosen)
    return tuple(int(each) for each in numbers[found[:ROWS_NAMED]])


def _row_facts(facts: TargetFacts, values: np.ndarray, numbers: np.ndarray, rounded: float) -> TargetFacts:
    with np.errstate(invalid="ignore"):  # infinite targets are refused once they are counted
        sums = np.einsum(
            "ij->i", values, dtype=np.float64, casting="same_kind"
        )  # of short rows sooner than a sum
    off = np.abs(sums - 1) > SUM_TOLERANCE + rounded
    if off.any() and not facts.integral:
        like16, like_b16 = _sixteen_bits(values)
        allowed = sixteen_bit_tolerance(values.shape[1], float16=like16, bfloat16=like_b16)
        off &= np.abs(sums - 1) > allowed
    empty = sums == 0
    facts = replace(
        facts,
        same_row=_same_row(values),
        sum_error=float(np.abs(sums - 1).max()),
        off_sum_rows=tuple(int(each) for each in numbers[off][:ROWS_NAMED]),
        off_sum_count=int(off.sum()),
        zero_rows=int(empty.sum()) if facts.low >= 0 else 0,
        zero_at=tuple(int(each) for each in numbers[empty][:ROWS_NAMED]) if facts.low >= 0 else (),
    )
    if facts.hard:
        several = sums > 1
        return replace(
            facts,
            distinct=dict.fromkeys((facts.low, facts.high), 0),  # one of them where all are equal
            one_hot_rows=int((sums == 1).sum()),
            several_rows=int(several.sum()),
            several_at=tuple(int(each) for each in numbers[several][:ROWS_NAMED]),
        )
    outside = np.zeros(len(values), dtype=bool)
    if not facts.in_unit_interval:
        outside |= ((values < -ROUNDING) | (values > 1 + ROUNDING)).any(axis=1)
    found = np.unique(values) if facts.integral else None
    few = found is not None and len(found) <= _FEW
    return replace(
        facts,
        distinct=dict.fromkeys((float(each) for each in found), 0) if few and found is not None else None,
        outside_at=tuple(int(each) for each in numbers[outside][:ROWS_NAMED]),
        outside_count=int(outside.sum()),
    )
