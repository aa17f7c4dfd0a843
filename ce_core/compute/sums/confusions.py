"""Which class is taken for which other one: the wrong predictions, counted by pair."""

from __future__ import annotations

import numpy as np

from ce_core.records import dataclass

Array = np.ndarray

_EVERY_PAIR = 1 << 20
"""Of so many pairs of classes each has its own count, whatever the number of rows."""
_ROWS = 1 << 21
"""Of more pairs than that, those of about so many rows are counted: no more can there be."""
_DENSE = 1 << 12
"""Up to so many pairs are counted in a table rather than sorted."""
_RUNS = 64
"""So many runs of counts are held before they are added up."""
_MIX = np.uint64(0x9E3779B97F4A7C15)
"""2^64 over the golden ratio: its multiples spread evenly, and no period of the rows goes with them."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Confusions:
    """The summed weights of the wrong predictions, by the pair of the true class and the predicted one.

    Of two classes the sums of the classes know it, and nothing is counted here.

    Which rows are looked at depends on their numbers alone, so the order of merging does not matter.

    >>> labels, predicted = np.array([0, 0, 2, 1]), np.array([1, 1, 0, 1])
    >>> found = Confusions.of(labels, predicted, labels != predicted, units=3)
    >>> (found + found).worst(3, most=5)
    [(0, 1, 4.0), (2, 0, 2.0)]
    """

    runs: tuple[tuple[Array, Array], ...] = ()
    """Pairs as ``label * units + predicted``, in order, and the weight of each. Several runs may hold the same."""
    looked: int = 0
    """How many examples were looked at."""
    errors: float = 0.0
    """The summed weights of those that were wrong."""

    @classmethod
    def of(
        cls,
        labels: Array,
        predicted: Array,
        wrong: Array,
        *,
        units: int,
        weights: Array | None = None,
        numbers: Array | None = None,
        among: int = 0,
    ) -> Confusions:
        """Return the pairs of the examples that are ``wrong``; ``numbers`` are their rows, ``among`` so many."""
        looked = len(labels)
        if units <= 2:
            return cls(looked=looked)
        if numbers is not None and (chosen := chosen_rows(numbers, units, among)) is not None:
            looked = int(np.count_nonzero(chosen))
            wrong = wrong & chosen
        at = np.flatnonzero(wrong)
        their = None if weights is None else weights[at]
        return cls._counted(labels[at] * units + predicted[at], their, units, looked)

    @classmethod
    def of_values(
        cls,
        values: Array,
        labels: Array,
        hits: Array,
        *,
        weights: Array | None = None,
        numbers: Array,
        among: int,
        strip: int,
    ) -> Confusions:
        """Return the pairs of examples that are no ``hits``; the greatest value of a row [columns] is predicted.

        Rows are looked at so many at a time, and of rows with a NaN nothing is said.
        """
        units, looked = values.shape[1], len(labels)
        if units <= 2:
            return cls(looked=looked)
        chosen = chosen_rows(numbers, units, among)
        missed = np.flatnonzero(~hits if chosen is None else chosen & ~hits)
        looked = looked if chosen is None else int(np.count_nonzero(chosen))
        mine = labels[missed]
        predicted = np.empty_like(mine)
        for start in range(0, len(missed), strip):
            part = slice(start, start + strip)
            rows = missed[part]
            first, last = int(rows[0]), int(rows[-1]) + 1
            # Where most rows are wrong, looking at all is cheaper than a copy of those that are.
            if last - first < 2 * len(rows):
                predicted[part] = values[first:last].argmax(axis=1)[rows - first]
            else:
                predicted[part] = values.take(rows, axis=0).argmax(axis=1)
        greatest = values[missed, predicted]
        known = greatest == greatest  # the greatest of a row with a NaN is the NaN
        if not known.all():
            missed, mine, predicted = missed[known], mine[known], predicted[known]
        their = None if weights is None else weights[missed]
        return cls._counted(mine * units + predicted, their, units, looked)

    @classmethod
    def _counted(cls, pairs: Array, weights: Array | None, units: int, looked: int) -> Confusions:
        if not len(pairs):
            return cls(looked=looked)
        if units * units <= _DENSE:
            table = np.bincount(pairs, weights=weights)
            used = np.flatnonzero(table)
            run = used, table[used].astype(np.float64, copy=False)
        else:
            run = _merged(((pairs, np.ones(len(pairs)) if weights is None else weights),))
        return cls(runs=(run,), looked=looked, errors=float(run[1].sum()))

    def __add__(self, other: Confusions) -> Confusions:
        """Merge with the wrong predictions of other examples."""
        runs = self.runs + other.runs
        return Confusions(
            runs=runs if len(runs) <= _RUNS else (_merged(runs),),
            looked=self.looked + other.looked,
            errors=self.errors + other.errors,
        )

    def worst(self, units: int, *, most: int) -> list[tuple[int, int, float]]:
        """Return the pairs of the greatest weight: label, predicted and weight; of equal ones the lower classes."""
        if not self.runs:
            return []
        pairs, weights = _merged(self.runs)
        order = np.argsort(-weights, kind="stable")[:most]
        return [
            (pair // units, pair % units, weight)
            for pair, weight in zip(pairs[order].tolist(), weights[order].tolist(), strict=True)
        ]


def is_sampled(units: int, among: int) -> bool:
    """Tell whether not all rows are looked at, of ``among`` so many."""
    return units * units > _EVERY_PAIR and among > _ROWS


def chosen_rows(numbers: Array, units: int, among: int) -> Array | None:
    """Return which rows are looked at, or None for all of them.

    >>> chosen_rows(np.arange(9), 10, 10**9) is None
    True
    >>> bool(0.4 < chosen_rows(np.arange(10_000), 50_000, 1 << 22).mean() < 0.6)
    True
    """
    if not is_sampled(units, among):
        return None
    mixed = numbers.astype(np.uint64) * _MIX  # wraps around, as it should
    return np.asarray(mixed < np.uint64(int(_ROWS / among * 2**64)))


def _merged(runs: tuple[tuple[Array, Array], ...]) -> tuple[Array, Array]:
    """Return one run that holds what several do."""
    if len(runs) == 1 and (runs[0][0][1:] > runs[0][0][:-1]).all():
        return runs[0]
    pairs, place = np.unique(np.concatenate([pairs for pairs, _ in runs]), return_inverse=True)
    weights = np.bincount(place, weights=np.concatenate([weights for _, weights in runs]))
    return pairs, weights.astype(np.float64, copy=False)
