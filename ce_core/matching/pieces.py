"""A block of both arrays, turned so that the classes lie along the first axis, with what all definitions share."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
AnyArray = npt.NDArray[np.generic]


@dataclass(frozen=True, kw_only=True, eq=False)
class Truth:
    """What is true of the rows of a block, under one alignment of the two arrays."""

    labels: npt.NDArray[np.intp] | None
    """[rows] of class indices, 0 where there is none; None where the targets are rows."""
    rows: FloatArray | None
    """[columns, rows] of shares or zeros and ones; None where the targets are class indices."""
    shown: FloatArray | None = None
    """1 where a single outcome counts, [columns, rows]; None where all do."""

    def dot(self, values: FloatArray) -> FloatArray:
        """Return Σ_j y_j·v_j of each row, for values [columns, rows]; 0·∞ is 0."""
        if self.labels is not None:
            return np.take(values, self._places)
        assert self.rows is not None
        with np.errstate(invalid="ignore"):  # 0·∞, mended in the next lines
            products = self.rows * values
        if np.isnan(products).any():
            products[self.rows == 0] = 0.0
        return np.asarray(products.sum(axis=0))

    @cached_property
    def _places(self) -> npt.NDArray[np.intp]:
        """Return where the true class of each row is among all values of a block."""
        assert self.labels is not None
        rows = len(self.labels)
        return np.asarray(self.labels * rows + np.arange(rows))

    def of(self, function: Callable[[FloatArray], FloatArray], values: FloatArray) -> FloatArray:
        """Return Σ_j y_j·f(v_j), where of class indices the function is only taken of the true class."""
        if self.labels is not None:
            return function(self.dot(values))
        return self.dot(function(values))

    def total(self, values: FloatArray) -> FloatArray:
        """Return the sum over the columns that count."""
        return np.asarray((values if self.shown is None else values * self.shown).sum(axis=0))

    def mass(self) -> FloatArray | float:
        """Return Σ_j y_j of each row."""
        return 1.0 if self.rows is None else np.asarray(self.rows.sum(axis=0))

    def squares(self) -> FloatArray | float:
        """Return Σ_j y_j² of each row."""
        return 1.0 if self.rows is None else np.asarray((self.rows * self.rows).sum(axis=0))

    def dense(self, columns: int) -> FloatArray:
        """Return the targets as rows, [columns, rows]."""
        if self.rows is not None:
            return self.rows
        assert self.labels is not None
        found = np.zeros((columns, len(self.labels)))
        found[self.labels, np.arange(len(self.labels))] = 1.0
        return found


class Pieces:
    """The scores that definitions are made of, each computed once for a block.

    Names: ``x`` as stored; ``z`` logits; ``p`` their softmax, ``pp`` and ``ppp`` the softmax taken twice and three
    times; ``s`` the sigmoid, ``ss`` and ``sss`` in the same way; ``sp`` the sigmoid of ``p``; ``-z`` the logits with
    their sign flipped.
    """

    def __init__(self, values: AnyArray, given: str, *, exclusive: bool) -> None:
        self.x = np.ascontiguousarray(values.T, dtype=np.float64)
        self.given, self.exclusive = given, exclusive
        self._scores: dict[str, FloatArray] = {"x": self.x}
        self._exponentials: dict[str, tuple[FloatArray, FloatArray, FloatArray]] = {}
        self._kept: dict[Hashable, FloatArray] = {}

    @property
    def columns(self) -> int:
        """Return how many columns there are."""
        return len(self.x)

    def scores(self, name: str) -> FloatArray:
        """Return scores by name, [columns, rows]."""
        if name not in self._scores:
            self._scores[name] = self._make(name)
        return self._scores[name]

    def _make(self, name: str) -> FloatArray:
        own = {"p": "p", "s": "s"}
        if self.given == "probabilities" and name in own and name == ("p" if self.exclusive else "s"):
            return self.x
        if name == "z":
            return self._logits()
        if name == "-z":
            return -self.scores("z")
        if name == "s":
            return sigmoid(self.scores("x" if self.given == "probabilities" else "z"))
        if name in {"ss", "sss"}:
            return sigmoid(self.scores(name[:-1]))
        if name == "sp":
            return sigmoid(self.scores("p"))
        source = {"p": "z" if self.exclusive or self.given != "probabilities" else "x"}.get(name, name[:-1])
        exponentials, _, total = self._exponentials_of(source)
        return np.asarray(exponentials / total)

    def _logits(self) -> FloatArray:
        if self.given != "probabilities":
            return self.x
        with np.errstate(divide="ignore", invalid="ignore"):  # log 0 = −∞ is a logit
            kept = np.clip(self.x, 0.0, 1.0)
            return np.asarray(np.log(kept) if self.exclusive else np.log(kept) - np.log1p(-kept))

    def _exponentials_of(self, source: str) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return exp(u − max u), max u and the sum of the first."""
        if source not in self._exponentials:
            values = self.scores(source)
            top = values.max(axis=0)
            with np.errstate(invalid="ignore", under="ignore"):  # a row of nothing but −∞ has no softmax
                exponentials = np.exp(values - top)
            self._exponentials[source] = (exponentials, top, np.asarray(exponentials.sum(axis=0)))
        return self._exponentials[source]

    def logsumexp(self, name: str) -> FloatArray:
        """Return log Σ_j exp of scores, [rows]."""
        _, top, total = self._exponentials_of(name)
        return np.asarray(top + np.log(total))

    def softplus(self, name: str) -> FloatArray:
        """Return log(1 + exp) of scores, [columns, rows]."""
        return self.once(("softplus", name), lambda: softplus(self.scores(name)))

    def once(self, key: Hashable, make: Callable[[], FloatArray]) -> FloatArray:
        """Return what is computed once for a block, whatever alignments use it."""
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]

    def total(self, truth: Truth, key: Hashable, make: Callable[[], FloatArray]) -> FloatArray:
        """Return the sum over the columns that count, computed once where all do."""
        if truth.shown is not None:
            return truth.total(make())
        return self.once(("total", key), lambda: np.asarray(make().sum(axis=0)))

    def logs(self, name: str) -> tuple[FloatArray, FloatArray]:
        """Return −log p and −log(1 − p) of scores read as probabilities, [columns, rows]; NaN outside [0, 1]."""
        return self.costs(name), self.once(("log of complement", name), lambda: -np.log1p(-self.scores(name)))

    def costs(self, name: str) -> FloatArray:
        """Return −log p of scores read as probabilities, [columns, rows]."""
        # The logarithm of a softmax is at hand.
        source = {"p": "z", "pp": "p"}.get(name) if self.given != "probabilities" and self.exclusive else None
        if source is not None:
            return self.once(("log", name), lambda: self.logsumexp(source) - self.scores(source))
        return self.once(("log", name), lambda: 0.0 - np.log(self.scores(name)))


def sigmoid(values: FloatArray) -> FloatArray:
    """Return 1 / (1 + exp(−x))."""
    with np.errstate(over="ignore", under="ignore"):  # 1 / ∞ is 0
        return np.asarray(1.0 / (1.0 + np.exp(-values)))


def softplus(values: FloatArray) -> FloatArray:
    """Return log(1 + exp(x)) without overflow."""
    with np.errstate(under="ignore", invalid="ignore"):  # ∞ − ∞ of an infinite score is mended by the maximum
        return np.asarray(np.maximum(values, 0.0) + np.log1p(np.exp(-np.abs(values))))
