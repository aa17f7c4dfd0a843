"""From sums to the value of every definition: arithmetic on a few tables, whatever the size of the arrays."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .aggregates import Aggregate, aggregates
from .opened import Opened
from .pieces import FloatArray
from .reductions import Way, ways
from .smoothing import smoothings
from .space import ALIGNMENTS, MOST_BITS, MOST_DEVIATIONS, UNITS, Choice, Reading
from .walk import Part, Plan, Walked, extras

_THREE = 11.0
"""Three deviations from the usual are tried where together they cost no more."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Form:
    """A number of each example: a reading with its label smoothing and its weights within the example."""

    reading: Reading
    choices: tuple[Choice, ...]
    terms: tuple[tuple[int, float], ...]
    """Which numbers of a row it is made of, with their factors."""
    group: str = "rows"
    """``torch`` where the weights of classes are within the numbers already."""

    @property
    def cost(self) -> float:
        """Return how unlikely it is, in bits."""
        return self.reading.cost + sum(each.cost for each in self.choices)

    @property
    def deviations(self) -> int:
        """Return on how many axes it is not the usual choice."""
        lone = MOST_DEVIATIONS - 1 if self.reading.lone else 0
        return lone + (self.reading.cost > 0) + sum(each.word is not None for each in self.choices)


@dataclass(frozen=True, kw_only=True, eq=False)
class Definition:
    """One definition of the loss: a choice on every axis."""

    reading: Reading
    choices: tuple[Choice, ...]
    """Those that are not the usual ones among them."""
    cost: float
    values: tuple[float, ...]
    """On each pair of arrays."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Table:
    """The values of all definitions under one alignment, and how to name them."""

    alignment: Choice
    forms: tuple[Form, ...]
    ways: tuple[Way, ...]
    at: tuple[FloatArray, FloatArray, FloatArray]
    """For each definition the number of its form, of its way, and of its unit."""
    costs: FloatArray
    values: FloatArray
    """[pairs of arrays, definitions]"""

    def definition(self, number: int) -> Definition:
        """Return a definition by its number."""
        form, way = self.forms[int(self.at[0][number])], self.ways[int(self.at[1][number])]
        unit = UNITS[int(self.at[2][number])]
        choices = (self.alignment, *form.choices, *way.choices, unit)
        return Definition(
            reading=form.reading,
            choices=tuple(each for each in choices if each.word is not None or each.says),
            cost=float(self.costs[number]),
            values=tuple(float(each) for each in self.values[:, number]),
        )


def tables(
    every: Sequence[Opened],
    plans: Mapping[str, Plan],
    walked: Sequence[Mapping[str, Walked]],
    batch_size: int | None = None,
) -> Iterator[Table]:
    """Yield the values of the definitions of each alignment that costs no more than is tried."""
    for choice in ALIGNMENTS:
        if choice.key not in plans or any(choice.key not in each for each in walked):
            continue
        plan = plans[choice.key]
        forms = tuple(_forms(every[0], plan, choice.key))
        found = ways(every, plan, choice.key, batch_size)
        sums = [aggregates(found, each[choice.key]) for each in walked]
        table = _table(every[0], choice, forms, found, sums)
        if table is not None:
            yield table


def _forms(opened: Opened, plan: Plan, name: str) -> Iterator[Form]:
    places = {part: at for at, part in enumerate(plan.parts)}
    smoothed = smoothings(opened.label_smoothing, exclusive=opened.exclusive)
    for reading in plan.readings:
        scale = reading.factor / (opened.columns if reading.per == "columns" else 1)
        for whole, choices in _weighted(opened, reading, places, name):
            yield Form(reading=reading, choices=choices, terms=_scaled(whole, scale))
        for convention, epsilon, choice in smoothed:
            terms = _smoothed(opened, reading, places, convention, epsilon)
            if terms is None:
                continue
            group = "torch" if convention == "torch" else "rows"
            yield Form(reading=reading, choices=(choice,), terms=_scaled(terms, scale), group=group)
        if opened.label_smoothing and not reading.smooths:
            continue
        if (reading.call, "terms") in places and not opened.hard:
            yield Form(
                reading=reading,
                choices=(_TERMS,),
                group="torch",
                terms=_scaled(((places[reading.call, "terms"], 1.0),), scale),
            )


_TERMS = Choice(
    key="terms",
    axis="weights",
    word="each class's term by its own weight",
    cost=0.5,
    says="each class's term weighted by the weight of that class",
    framework=("torch.nn.CrossEntropyLoss(weight)",),
)
_FORGOTTEN = Choice(
    key="forgotten",
    axis="weights",
    word="forgotten",
    cost=4.0,
    mistake="weights-forgotten",
    says="without the weights",
    why="the weights were not handed over",
    repair="hand the weights to the loss",
)


def _weighted(
    opened: Opened, reading: Reading, places: Mapping[Part, int], name: str
) -> Iterator[tuple[tuple[tuple[int, float], ...], tuple[Choice, ...]]]:
    """Yield a reading without smoothing: with the weights of its outcomes, and without them."""
    own = places[reading.call, reading.part]
    if reading.balance is not None:
        positive = places[reading.call, reading.part.replace("own", "positive")]
        rest = 1.0 - reading.balance
        yield ((own, rest), (positive, reading.balance - rest)), ()
        return
    within = () if opened.exclusive else extras(opened, reading, name)
    weighted = [part for part in within if part in {"balanced", "weighted"}]
    if opened.label_smoothing and reading.smooths and not weighted:
        return  # it is among the smoothed ones, as the one without
    for part in weighted:
        yield ((places[reading.call, part], 1.0),), ()
    choices: tuple[Choice, ...] = ()
    if weighted:
        choices = (_FORGOTTEN,)
    elif opened.label_smoothing and reading.head in _SMOOTHED:
        choices = (smoothings(opened.label_smoothing, exclusive=opened.exclusive)[0][2],)
    yield ((own, 1.0),), choices


_SMOOTHED = frozenset({"softmax", "log", "nll", "bce", "bce_log"})
"""The heads whose losses can have smoothed targets: where they have none although some were said, that is a choice."""


def _smoothed(
    opened: Opened, reading: Reading, places: Mapping[Part, int], convention: str, epsilon: float
) -> tuple[tuple[int, float], ...] | None:
    """Return what a smoothed loss is made of, or None where the convention does not go with the reading."""
    own = places[reading.call, reading.part]
    if convention == "none":
        return ((own, 1.0),) if opened.label_smoothing and reading.smooths else None
    if convention not in reading.smooths:
        return None
    columns = opened.columns
    if convention == "half":
        return ((own, 1 - epsilon), (places[reading.call, "half"], epsilon))
    if convention == "torch":
        weighted, terms = (places.get((reading.call, part)) for part in ("weighted", "terms"))
        return None if weighted is None or terms is None else ((terms, 1 - epsilon), (weighted, epsilon))
    if convention == "others":
        if columns < 2 or epsilon > (columns - 1) / columns:
            return None
        epsilon = epsilon * columns / (columns - 1)
    return ((own, 1 - epsilon), (places[reading.call, "spread"], epsilon))


def _scaled(terms: tuple[tuple[int, float], ...], scale: float) -> tuple[tuple[int, float], ...]:
    return tuple((at, factor * scale) for at, factor in terms)


def _table(
    opened: Opened,
    alignment: Choice,
    forms: tuple[Form, ...],
    found: tuple[Way, ...],
    sums: list[tuple[Aggregate, ...]],
) -> Table | None:
    if not forms or not found:
        return None
    costs = (
        np.array([each.cost for each in forms])[:, None] + np.array([each.cost for each in found])[None, :]
    )
    moved = alignment.word is not None
    deviations = (
        np.array([each.deviations for each in forms])[:, None]
        + np.array([each.deviations for each in found])[None, :]
        + int(moved)
    )
    fits = _goes_with(forms, found)
    costs = costs + alignment.cost
    most = np.where(deviations <= 2, MOST_BITS, np.where(deviations <= MOST_DEVIATIONS, _THREE, -1.0))
    raw = np.stack([_values(forms, found, each) for each in sums])
    raw = raw * _factors(opened, found)
    at, cost, values = [], [], []
    for number, unit in enumerate(UNITS):
        changed = int(unit.word is not None)
        limit = (
            most
            if not changed
            else np.where(deviations <= 1, MOST_BITS, np.where(deviations <= 2, _THREE, -1.0))
        )
        chosen = np.argwhere(fits & (costs + unit.cost <= limit) & (deviations + changed <= MOST_DEVIATIONS))
        if not len(chosen):
            continue
        rows, columns = chosen[:, 0], chosen[:, 1]
        at.append(np.stack([rows, columns, np.full(len(rows), number)]))
        cost.append(costs[rows, columns] + unit.cost)
        values.append(_in_unit(raw[:, rows, columns], unit.key))
    if not at:
        return None
    together = np.concatenate(at, axis=1)
    return Table(
        alignment=alignment,
        forms=forms,
        ways=found,
        at=(together[0], together[1], together[2]),
        costs=np.concatenate(cost),
        values=np.concatenate(values, axis=1),
    )


def _goes_with(forms: tuple[Form, ...], found: tuple[Way, ...]) -> np.ndarray:
    """Return which forms can be joined in which ways, [forms, ways]."""
    group = np.array([each.group == "torch" for each in forms])
    torch = np.array([each.kind == "torch" for each in found])
    per, scope = np.array([each.reading.per for each in forms]), np.array([each.scope for each in found])
    return np.asarray((group[:, None] == torch) & ((scope == "") | (scope == per[:, None])))


def _factors(opened: Opened, found: tuple[Way, ...]) -> FloatArray:
    """Return what a value is multiplied by in each way: of losses of an example and of sums over columns."""
    of = {"example": 1.0 / opened.columns, "columns": float(opened.columns), "": 1.0}
    return np.array([of[way.scope] for way in found])


def _values(forms: tuple[Form, ...], found: tuple[Way, ...], sums: tuple[Aggregate, ...]) -> FloatArray:
    """Return the value of every form in every way, [forms, ways]."""
    table = np.stack(sums, axis=1)
    total = np.zeros((len(forms), len(found)))
    with np.errstate(invalid="ignore", over="ignore"):  # an infinite loss has an infinite mean
        for number in range(max(len(form.terms) for form in forms)):
            some = [at for at, form in enumerate(forms) if len(form.terms) > number]
            places = [forms[at].terms[number][0] for at in some]
            factors = np.array([forms[at].terms[number][1] for at in some])
            total[some] += factors[:, None] * table[places]
    return total


def _in_unit(values: FloatArray, unit: str) -> FloatArray:
    with np.errstate(over="ignore", invalid="ignore"):  # the perplexity of a sum is infinite
        if unit in _DIVIDES:
            return np.asarray(values / _DIVIDES[unit])
        powers = np.exp(values) if unit == "perplexity" else np.exp2(values)
    return np.where(np.isinf(powers) & np.isfinite(values), np.nan, powers)  # too large is no infinite loss


_DIVIDES = {"nats": 1.0, "bits": math.log(2), "base 10": math.log(10), "negated": -1.0}
