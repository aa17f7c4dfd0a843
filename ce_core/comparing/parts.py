"""Where two models differ: by class, by slice and by row, and on how many examples each is better."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from ce_core.compute.examples import Examples
from ce_core.records import dataclass

from .answer import Contest, McNemar, PartDifference, RowDifference
from .mcnemar import exact_mcnemar
from .paired import Tested, by_student, holm
from .pairs import observations, snapped

Array = np.ndarray

LISTED = 100
"""At most so many classes are listed: those on which B is worse by most."""
MOST_LABELS = 1000
"""Of sets of labels at most so many labels are looked at: the most frequent."""
ROWS = 10


@dataclass(frozen=True, kw_only=True, eq=False)
class Both:
    """Two models on the same examples: what counts is that of A."""

    a: Examples
    b: Examples

    @property
    def used(self) -> Array:
        """Return the numbers of the positions that have a weight."""
        return np.flatnonzero(self.a.weights > 0)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Sums:
    """What the examples of each of many parts add up to, as arrays by part."""

    count: Array
    a: Array
    b: Array
    divisors: Array
    pairs: Array
    """How many observations there are."""
    squares: Array
    """Of their residuals."""
    hits: Array | None
    outcomes: Array


def class_differences(both: Both, level: float) -> tuple[PartDifference, ...]:
    """Return how both models fare on the examples of each class, where B is worse by most first.

    Of sets of labels a label's examples are those that have it. An example of several observations is counted as
    the whole comparison counts it: a sequence's examples of a class are one observation.
    """
    a = both.a
    if not a.classes or a.labels is None:
        return ()
    names = [str(a.name(klass)) for klass in range(a.classes)]
    if not a.of_sets:
        used = both.used
        labels = a.labels[used].astype(np.intp)
        sums, kept = _sums(both, used, labels, a.classes), np.arange(a.classes)
        return _listed(names, kept, [sums], level, accuracy=True)
    support = np.array([np.count_nonzero(a.has_label(klass)) for klass in range(a.classes)])
    kept = np.sort(np.argsort(-support, kind="stable")[:MOST_LABELS])
    each = [_one(both, a.has_label(int(klass))) for klass in kept]
    return _listed(names, kept, each, level, accuracy=False)


def slice_differences(
    both: Both, slices: Iterable[tuple[str, Array]], level: float
) -> tuple[PartDifference, ...]:
    """Return how both models fare on each slice, where B is worse by most first."""
    names, sums = [], []
    for name, chosen in slices:
        names.append(name)
        sums.append(_one(both, chosen))
    return _listed(names, np.arange(len(names)), sums, level, accuracy=True, empty=True)


def _one(both: Both, chosen: Array) -> _Sums:
    used = np.flatnonzero((both.a.weights > 0) & chosen)
    return _sums(both, used, np.zeros(len(used), dtype=np.intp), 1)


def _sums(both: Both, used: Array, parts: Array, number: int) -> _Sums:
    """Return the sums of each part, of some positions and the part that each is in."""
    a, b = both.a, both.b
    weights = a.weights[used]
    one = a.losses[used]
    two = snapped(one, b.losses[used])

    def by_part(values: Array, where: Array = parts) -> Array:
        return np.bincount(where, weights=values, minlength=number)

    first, second, divisors = by_part(weights * one), by_part(weights * two), by_part(weights)
    outcomes = a.sample[used] * a.outcomes[used]
    hits = None
    if a.hits is not None and b.hits is not None:
        sample = a.sample[used]
        hits = np.stack([by_part(sample * a.hits[used]), by_part(sample * b.hits[used])])
    seen = observations(a.layout.positions)
    differences, mass, where = weights * (two - one), weights, parts
    if seen.which is not None:
        keys, inverse = np.unique(seen.which[used] * number + parts, return_inverse=True)
        differences, mass = (np.bincount(inverse, weights=each) for each in (differences, mass))
        where = keys % number
    slope = np.divide(second - first, divisors, out=np.zeros(number), where=divisors > 0)
    residuals = differences - slope[where] * mass
    return _Sums(
        count=np.bincount(parts, minlength=number),
        a=first,
        b=second,
        divisors=divisors,
        pairs=np.bincount(where, minlength=number),
        squares=by_part(residuals * residuals, where),
        hits=hits,
        outcomes=by_part(outcomes),
    )


def _listed(
    names: Sequence[str],
    numbers: Array,
    sums: Sequence[_Sums],
    level: float,
    *,
    accuracy: bool,
    empty: bool = False,
) -> tuple[PartDifference, ...]:
    """Return the parts that have examples, each tested by Student's t and corrected for their number."""
    found = [
        _part(names[int(numbers[at])], part, number, level, accuracy=accuracy)
        for at, (part, number) in enumerate(_each(sums))
        if part.count[number] or empty
    ]
    chances = holm(tested.p for _, tested in found)
    parts = [_corrected(part, p) for (part, _), p in zip(found, chances, strict=True)]
    parts.sort(key=lambda each: -each.difference if not math.isnan(each.difference) else math.inf)
    return tuple(parts[:LISTED])


def _each(sums: Sequence[_Sums]) -> Iterator[tuple[_Sums, int]]:
    return ((part, number) for part in sums for number in range(len(part.count)))


def _part(name: str, sums: _Sums, at: int, level: float, *, accuracy: bool) -> tuple[PartDifference, Tested]:
    divisor = float(sums.divisors[at]) or math.nan
    a, b = float(sums.a[at]) / divisor, float(sums.b[at]) / divisor
    difference = float(sums.b[at] - sums.a[at]) / divisor
    tested = by_student(difference, float(sums.squares[at]), int(sums.pairs[at]), divisor, level)
    shares: dict[str, Any] = {}
    if accuracy and sums.hits is not None and sums.outcomes[at]:
        one, two = (float(each) / float(sums.outcomes[at]) for each in sums.hits[:, at])
        shares = {"accuracy_a": one, "accuracy_b": two}
    part = PartDifference(
        name=name,
        count=int(sums.count[at]),
        loss_a=a,
        loss_b=b,
        difference=difference,
        low=tested.low,
        high=tested.high,
        p=tested.p,
        **shares,
    )
    return part, tested


def _corrected(part: PartDifference, p: float | None) -> PartDifference:
    from dataclasses import replace

    return replace(part, p=p)


def contest_of(both: Both) -> Contest:
    """Return on how many examples each model has the lower loss; what differs by rounding alone is a tie."""
    used = both.used
    a = both.a.losses[used]
    b = snapped(a, both.b.losses[used])
    wins, losses = int(np.count_nonzero(a < b)), int(np.count_nonzero(b < a))
    return Contest(a=wins, ties=len(used) - wins - losses, b=losses)


def mcnemar_of(both: Both) -> McNemar | None:
    """Return how right and wrong predictions fall together; without a chance where steps of sequences are examples."""
    if both.a.right is None or both.b.right is None:
        return None
    kept = both.a.sample > 0
    a, b = both.a.right[kept], both.b.right[kept]
    only_a, only_b = int(np.count_nonzero(a & ~b)), int(np.count_nonzero(b & ~a))
    return McNemar(
        both_right=int(np.count_nonzero(a & b)),
        only_a=only_a,
        only_b=only_b,
        both_wrong=int(np.count_nonzero(~a & ~b)),
        p=exact_mcnemar(only_a, only_b) if len(both.a.layout.positions) < 2 else None,
    )


def worst_rows(both: Both) -> tuple[RowDifference, ...]:
    """Return the examples on which B is worse than A by most, the first of equal ones first."""
    a, b, used = both.a, both.b, both.used
    one = a.losses[used]
    with np.errstate(invalid="ignore"):  # inf - inf: both are as bad
        gaps = snapped(one, b.losses[used]) - one
    gaps = np.where(np.isnan(gaps), 0.0, gaps)
    count = min(ROWS, len(gaps))
    if not count:
        return ()
    least = np.partition(gaps, len(gaps) - count)[len(gaps) - count]
    chosen = np.flatnonzero(gaps >= max(float(least), np.nextafter(0.0, 1.0)))
    order = chosen[np.argsort(-gaps[chosen], kind="stable")][:ROWS]
    return tuple(
        RowDifference(
            row=a.layout.row(number),
            line=b.line(number) if b.line(number) is not None else a.line(number),
            label=a.label(number),
            prediction_a=a.prediction(number),
            prediction_b=b.prediction(number),
            loss_a=float(a.losses[number]),
            loss_b=float(b.losses[number]),
        )
        for number in used[order].tolist()
    )
