"""Adding many parts in pairs, as a tournament does: little rounding, and no part is copied often."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Total(Generic[T]):
    """Add parts as they come, in order, each sum of parts with one of as many.

    Of n parts a digit is rounded log₂ n times instead of n times, and no more than log₂ n sums are held.

    Source: Higham 1993, The Accuracy of Floating Point Summation: pairwise summation.

    >>> total = Total("")
    >>> for letter in "abcde":
    ...     total.take(letter)
    >>> total.sum()
    'abcde'
    """

    def __init__(self, empty: T) -> None:
        self._empty = empty
        self._sums: list[tuple[int, T]] = []

    def take(self, part: T) -> None:
        """Add the part that follows."""
        size, added = 1, part
        while self._sums and self._sums[-1][0] == size:
            added = _add(self._sums.pop()[1], added)
            size *= 2
        self._sums.append((size, added))

    def sum(self) -> T:
        """Return the sum of all parts so far; the empty one where there were none."""
        if not self._sums:
            return self._empty
        last = self._sums[-1][1]
        for _, before in reversed(self._sums[:-1]):
            last = _add(before, last)
        return last


def _add(one: Any, other: Any) -> Any:
    return one + other
