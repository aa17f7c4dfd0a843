"""Which of the definitions that give the number to name, in which order, and which are one and the same number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from . import say
from .answer import Traced
from .chance import distinct, expected, share_of_one
from .combine import Definition
from .pieces import FloatArray

MOST_GROUPS = 8
MOST_SAME = 12
ELSEWHERE = 0.05
"""How likely a number is from elsewhere: another checkpoint, other data, a loss that is not in the space."""
FLOAT32 = 1e-6
"""What rounding in float32 may change a mean by, relatively."""
_NEAREST = 5
_PLAUSIBLE = 6.0
_NEAR = 0.3
"""Of what does not give the number, a plausible definition comes first where it is no farther off, relatively."""
_TIED = 6e-8
"""Numbers that differ by less, relatively, are the same float32."""
_ALIKE = 1e-5
"""Definitions that differ only in their clip, or in how batches are joined, and by less than this, are one."""


class Space(Protocol):
    """Definitions with their values and costs."""

    @property
    def costs(self) -> FloatArray:
        """Return how unlikely each is, in bits."""

    @property
    def values(self) -> FloatArray:
        """Return their values, [pairs of arrays, definitions]."""

    def definition(self, number: int) -> Definition:
        """Return a definition by its number."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Tried:
    """All definitions that were tried, with the numbers they are to explain."""

    tables: tuple[Space, ...]
    numbers: FloatArray
    tolerances: FloatArray
    which: np.ndarray
    """The table of each definition."""
    places: np.ndarray
    """Its number in that table."""
    costs: FloatArray
    values: FloatArray
    """[numbers, definitions], finite or infinite."""
    first: np.ndarray
    """The places of the first of each distinct value."""

    @property
    def count(self) -> int:
        """Return how many distinct values there are."""
        return len(self.first)

    def expected(self) -> float:
        """Return how many are to be expected within the tolerances by chance."""
        return expected(self.values[:, self.first], self.numbers, self.tolerances)

    def most_bits(self) -> float:
        """Return the cost up to which a definition explains the numbers better than chance does.

        A definition of cost c has the prior 2^−c / Σ 2^−c; that the numbers are from elsewhere has the prior
        `ELSEWHERE`, and then they are within the tolerance of one value with a chance q. The two are equally likely
        where 2^−c = q·Σ 2^−c·`ELSEWHERE` / (1 − `ELSEWHERE`): the more digits, the less likely a definition may be.
        """
        share = share_of_one(self.values[:, self.first], self.numbers, self.tolerances)
        total = float(np.exp2(-self.costs[self.first]).sum())
        odds = share * total * ELSEWHERE / (1 - ELSEWHERE)
        return np.inf if odds <= 0 else float(-np.log2(odds))

    def definition(self, number: int) -> Definition:
        """Return a definition by its number."""
        return self.tables[int(self.which[number])].definition(int(self.places[number]))


def tried(tables: Sequence[Space], numbers: FloatArray, tolerances: FloatArray) -> Tried:
    """Return all definitions in one order: the likeliest first."""
    which = np.concatenate([np.full(each.values.shape[1], at) for at, each in enumerate(tables)])
    places = np.concatenate([np.arange(each.values.shape[1]) for each in tables])
    costs = np.concatenate([each.costs for each in tables])
    values = np.concatenate([each.values for each in tables], axis=1)
    kept = ~np.isnan(values).any(axis=0)
    order = np.flatnonzero(kept)[np.argsort(costs[kept], kind="stable")]
    values = values[:, order]
    return Tried(
        tables=tuple(tables),
        numbers=numbers,
        tolerances=tolerances,
        which=which[order],
        places=places[order],
        costs=costs[order],
        values=values,
        first=distinct(values),
    )


def distances(found: Tried) -> FloatArray:
    """Return how far each definition is from the numbers, relatively, the farthest of several."""
    with np.errstate(all="ignore"):  # from 0, from a tiny number and from infinity
        scale = np.where(found.numbers == 0, 1.0, np.abs(found.numbers))[:, None]
        off = np.abs(found.values - found.numbers[:, None]) / scale
    same = found.values == found.numbers[:, None]
    return np.asarray(np.where(same, 0.0, np.where(np.isnan(off), np.inf, off)).max(axis=0))


def within(found: Tried) -> np.ndarray:
    """Return the numbers of the definitions that give every number to its tolerance."""
    with np.errstate(invalid="ignore"):  # ∞ − ∞, which the equality settles
        near = np.abs(found.values - found.numbers[:, None]) <= found.tolerances[:, None]
    return np.flatnonzero((near | (found.values == found.numbers[:, None])).all(axis=0))


@dataclass(frozen=True, kw_only=True, eq=False)
class Named:
    """The definitions that are worth naming, and how many are not."""

    groups: tuple[Traced, ...]
    left_out: int
    """Groups beyond a screenful, and those that chance explains as well."""
    cost: float
    """Of the likeliest, in bits."""
    unlikely: int
    """How many of these chance explains as well."""


def named(found: Tried) -> Named:
    """Return the groups of definitions that give the number, the likeliest first."""
    off = distances(found)
    groups = _grouped(found, within(found))
    groups.sort(key=lambda group: (found.costs[group[0]], off[group[0]]))
    most = found.most_bits()
    plausible = [group for group in groups if found.costs[group[0]] <= most]
    shown = tuple(_traced(found, group, off) for group in plausible[:MOST_GROUPS])
    cost = float(found.costs[plausible[0][0]]) if plausible else np.inf
    return Named(
        groups=shown, cost=cost, left_out=len(groups) - len(shown), unlikely=len(groups) - len(plausible)
    )


def nearest(found: Tried) -> tuple[Traced, ...]:
    """Return the definitions that come nearest: those that give the number, then plausible ones before others."""
    off = distances(found)
    given = [
        group[0] for group in sorted(_grouped(found, within(found)), key=lambda group: found.costs[group[0]])
    ]
    usable = [number for number in found.first if np.isfinite(off[number])]
    usable.sort(key=lambda number: off[number])
    likely = [number for number in usable if found.costs[number] <= _PLAUSIBLE and off[number] <= _NEAR]
    chosen = list(dict.fromkeys(int(number) for number in (*given, *likely, *usable)))[:_NEAREST]
    return tuple(_traced(found, [number], off) for number in chosen)


def _grouped(found: Tried, chosen: np.ndarray) -> list[list[int]]:
    """Return definitions that are the same number together, the likeliest of them first."""
    groups: list[list[int]] = []
    for number in chosen:
        home = next((group for group in groups if _same(found, group[0], int(number))), None)
        if home is None:
            groups.append([int(number)])
        else:
            home.append(int(number))
    return groups


def _same(found: Tried, one: int, other: int) -> bool:
    first, second = found.values[:, one], found.values[:, other]
    with np.errstate(invalid="ignore"):  # ∞ − ∞
        off = np.where(first == second, 0.0, np.abs(first - second) / np.maximum(np.abs(first), 1e-300))
    if (off <= _TIED).all():
        return True
    if (off <= FLOAT32).all() and found.definition(one).reading.key == found.definition(other).reading.key:
        return True
    return bool((off <= _ALIKE).all()) and _family(found, one) == _family(found, other)


def _family(found: Tried, number: int) -> tuple[object, ...]:
    """Return what a definition is but for its clip and its batches."""
    each = found.definition(number)
    alike = {"log p": "ce", "log s": "ce of sigmoid", "bce log s": "bce", "bce log p": "bce log p"}
    key = each.reading.key.rsplit(" ", 1)[0] if each.reading.clip else each.reading.key
    choices = tuple(choice.key for choice in each.choices if "batch" not in choice.key)
    return (alike.get(key, key), choices)


def _traced(found: Tried, group: list[int], off: FloatArray) -> Traced:
    every = [_one(found, number, off) for number in group[: MOST_SAME + 1]]
    return replace(every[0], same=tuple(every[1:]))


def _one(found: Tried, number: int, off: FloatArray) -> Traced:
    definition = found.definition(number)
    values = definition.values
    return Traced(
        value=values[0],
        loss=definition.reading.loss,
        variant=say.variant(definition),
        mistake=say.mistake(definition),
        framework=say.calls(definition),
        says=say.sentence(definition),
        repair=say.repair(definition),
        values=values if len(values) > 1 else (),
        distance=float(off[number]),
    )
