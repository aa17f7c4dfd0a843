"""Famous numbers: what a logged number usually means, when there are no arrays to compute it from."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from ce_core.errors import CepickError

from .answer import Logged, Match, Traced
from .famous_plateaus import without_classes
from .famous_points import FIRST, LAST, Point, of_classes, softmax_ceiling, softmax_floor
from .famous_words import in_words
from .known_sizes import MOST, SIZES
from .number import read_number

_SHOWN = 8
"""At most so many explanations of one number."""

_NEAREST = 3
_CHANCE = 0.05
"""A number of classes that nobody is known to have is told only where fewer than this are expected by chance."""

_PLACES = 12
"""So many places down the list of usual numbers of classes weigh as much as one rank."""

_FURTHER = 2
"""An explanation so many ranks below the likeliest is not listed beside it."""

_EXACT = 1e-12
"""Values this close, relatively, are the same number by definition."""

_INVERSES: dict[str, tuple[Callable[[float], float], int]] = {
    "uniform": (math.exp, FIRST + 1),
    "floor of softmax twice": (lambda value: 1 + math.e * math.expm1(value), LAST),
    "ceiling of softmax twice": (lambda value: math.exp(value) + 1 - math.e, LAST),
}
"""The number of classes that a value would be of, for each family in which any whole number is tried."""


def famous(logged: Logged | Sequence[Logged], *, classes: int | None = None) -> Match:
    """Return what logged numbers usually mean, without any arrays.

    Use it where only the log is left: it knows ln K, the floors and ceilings of a softmax or sigmoid too many, the
    plateaus of each clip, the floor of label smoothing, 0, NaN, infinity and negative numbers. Each number is looked
    up by itself. ``classes`` narrows the search to one number of classes; otherwise usual ones are tried, and any up to
    200,000 where the digits are enough to tell it from chance. Explanations that are far less likely than the first one
    are counted (``left_out``), not listed.

    Raises `CepickError` for a number of classes below 1, or no number at all.

    >>> from ce_core.matching.number import read_number
    >>> found = famous(read_number("2.3026"))
    >>> found.matches[0].variant["classes"], found.matches[0].says.split(":")[0]
    (10, 'ln 10')
    >>> famous(read_number("16.118")).matches[0].mistake
    'zero-probability'
    """
    if classes is not None and (isinstance(classes, bool) or not isinstance(classes, int) or classes < 1):
        raise CepickError(
            f"classes: {classes!r} is not a whole number of at least 1; give the number of classes"
        )
    numbers = (logged,) if isinstance(logged, Logged) else tuple(logged)
    if not numbers:
        raise CepickError("value: none given; give the number of the log, such as 1.4612")
    found = [_one(each, classes, several=len(numbers) > 1) for each in numbers]
    matches = tuple(each for part in found for each in part.matches)
    notes = dict.fromkeys(note for part in found for note in part.notes)
    return replace(
        found[0],
        logged=numbers,
        tried=sum(part.tried for part in found),
        expected_by_chance=sum(part.expected_by_chance for part in found),
        matches=matches,
        nearest=() if matches else found[0].nearest,
        left_out=sum(part.left_out for part in found),
        advice=tuple(dict.fromkeys(each for part in found for each in part.advice)),
        notes=tuple(notes),
    )


def look_up(
    value: Any, *, digits: int | None = None, rtol: float | None = None, classes: int | None = None
) -> Match:
    """Return what a number, or each of several, usually means, from how it is written (see `read_number`, `famous`).

    Raises `CepickError` for what is no number, and for one that names rows: there are no arrays.

    >>> look_up("36.04").matches[0].framework
    ('sklearn.metrics.log_loss',)
    >>> [each.value for each in look_up(["0.6931", 2.3026]).logged]
    [0.6931, 2.3026]
    """
    values = list(value) if isinstance(value, (list, tuple)) else [value]
    numbers = [read_number(each, digits, rtol) for each in values]
    for each in numbers:
        if each.rows is not None:
            raise CepickError(
                f"value: {each.text!r} names rows, and there are no arrays; give PREDICTIONS and TARGETS"
            )
    return famous(numbers, classes=classes)


def _one(logged: Logged, classes: int | None, *, several: bool) -> Match:
    value = logged.value
    points, causes = _points(classes), list(in_words(logged))
    if not math.isfinite(value):
        near: list[Point] = []
        tried, chance = 0, 0.0
    else:
        near = [each for each in points if _near(each, logged)]
        any_size, limit = _any_size(logged) if classes is None else ([], 0)
        near += any_size
        tried = len(points) + len(_INVERSES) * limit
        # A cause that is told in words is no number that might be met by chance.
        chance = 0.0 if causes and not near else _by_chance(points, logged)
    groups = _grouped(near)
    likely = _likely(groups)
    matches = [*_as_likelihood(logged, points), *causes, *(_of_group(group, value) for group in likely)]
    if several:
        matches = [replace(each, variant={**each.variant, "number": logged.text}) for each in matches]
    listed = tuple(matches[:_SHOWN])
    return Match(
        logged=(logged,),
        tried=tried + len(causes),
        expected_by_chance=chance,
        matches=listed,
        left_out=len(matches) - len(listed) + len(groups) - len(likely),
        nearest=() if listed else _nearest(points, value),
        advice=_advice(classes) if not listed else (),
        task={} if classes is None else {"classes": classes},
        notes=tuple(_notes(logged, classes, chance)),
    )


@cache
def _points(classes: int | None) -> tuple[Point, ...]:
    """Return every famous number that is tried, those of one number of classes or of each usual one."""
    sizes = SIZES if classes is None else (classes,)
    return (*without_classes(), *(point for size in sizes for point in of_classes(size)))


def _near(point: Point, logged: Logged) -> bool:
    # A number that lies on the edge of its tolerance may have been rounded either way.
    return abs(point.value - logged.value) <= logged.tolerance * (1 + 1e-9)


def _unlikeliness(point: Point) -> float:
    return point.rank + point.place / _PLACES


def _any_size(logged: Logged) -> tuple[list[Point], int]:
    """Return the families at a number of classes that is not a usual one, and how many of those were tried."""
    if logged.value <= 0 or logged.tolerance <= 0 or logged.value > 20:
        return [], 0
    # Around K the values are 1/K apart.
    limit = min(MOST, int(_CHANCE / (2 * logged.tolerance)))
    found: list[Point] = []
    for name, (inverse, rank) in _INVERSES.items():
        size = round(inverse(logged.value))
        if 2 <= size <= limit and size not in SIZES:
            of_name = [each for each in of_classes(size) if each.name == name]
            found += [replace(each, rank=rank, place=0) for each in of_name if _near(each, logged)]
    return found, limit


def _by_chance(points: Iterable[Point], logged: Logged) -> float:
    """Return how many famous numbers are to be expected within the tolerance: their density around the number."""
    size = abs(logged.value)
    if size <= logged.tolerance:
        return 0.0
    low, high = size / 2, size * 2
    values = {round(each.value, 12) for each in points if low <= each.value <= high}
    width = 2 * logged.tolerance
    chance = len(values) * width / (high - low)
    if size <= 20 and logged.tolerance > 0:
        limit = min(MOST, int(_CHANCE / width))
        sizes = [inverse(size) for inverse, _ in _INVERSES.values()]
        chance += sum(width * each for each in sizes if 2 <= each <= limit)
    return chance


def _grouped(points: Iterable[Point]) -> list[list[Point]]:
    """Return points in groups that are the same number by definition, the likeliest first in and among them."""
    groups: list[list[Point]] = []
    for point in sorted(points, key=_unlikeliness):
        for group in groups:
            if math.isclose(point.value, group[0].value, rel_tol=_EXACT):
                group.append(point)
                break
        else:
            groups.append([point])
    return groups


def _likely(groups: list[list[Point]]) -> list[list[Point]]:
    return [each for each in groups if _unlikeliness(each[0]) < _unlikeliness(groups[0][0]) + _FURTHER]


def _of_group(group: Sequence[Point], logged: float) -> Traced:
    first, *others = group
    return replace(_traced(first, logged), same=tuple(_traced(each, logged) for each in others))


def _traced(point: Point, logged: float) -> Traced:
    return Traced(
        value=point.value,
        loss=point.loss,
        variant={"famous": point.name, **point.variant},
        mistake=point.mistake,
        framework=point.framework,
        says=point.says,
        repair=point.repair,
        distance=_distance(point.value, logged),
    )


def _distance(value: float, logged: float) -> float:
    return abs(value - logged) / max(abs(logged), 1e-300) if value != logged else 0.0


def _as_likelihood(logged: Logged, points: Iterable[Point]) -> Iterator[Traced]:
    """Yield what a negative number is the negative of: a log-likelihood, or a score that is to be maximised."""
    if not -math.inf < logged.value < -logged.tolerance:
        return
    turned = replace(logged, value=-logged.value)
    known = [each for each in points if each.rank < LAST and each.value > 0]
    if _by_chance(known, turned) > _CHANCE:
        return
    groups = _grouped(each for each in known if _near(each, turned))
    for group in _likely(groups):
        found = _traced(group[0], turned.value)
        yield replace(
            found,
            value=-found.value,
            framework=("sklearn.metrics.get_scorer('neg_log_loss')",),
            says=f"a log-likelihood, the negative of a loss: {found.says}",
            variant={**found.variant, "sign": "negative"},
        )


def _nearest(points: Iterable[Point], value: float) -> tuple[Traced, ...]:
    usual = (each for each in points if _unlikeliness(each) < _FURTHER)
    by_distance = sorted(usual, key=lambda each: (_distance(each.value, value), _unlikeliness(each)))
    found: list[Traced] = []
    for point in by_distance:
        if not any(math.isclose(point.value, each.value, rel_tol=_EXACT) for each in found):
            found.append(_traced(point, value))
        if len(found) == _NEAREST:
            break
    return tuple(found)


def _advice(classes: int | None) -> tuple[str, ...]:
    return (
        "give the arrays: cepick match PREDICTIONS TARGETS --value NUMBER tries every definition and mistake on them",
        *(("say how many classes there are: --classes K tries fewer numbers",) if classes is None else ()),
        "give fewer digits if the log cuts them off or averages over batches: --digits N",
    )


def _notes(logged: Logged, classes: int | None, chance: float) -> Iterator[str]:
    """Yield what its few digits mean, and where it lies among the bounds that the number of classes gives."""
    value = logged.value
    if chance > 1:
        yield (
            f"{logged.text} has too few digits to tell: about {chance:.0f} famous numbers are as near by chance; give "
            "more digits, or the arrays"
        )
    if classes is None or classes < 2 or not math.isfinite(value) or value <= 0:
        return
    floor, ceiling, uniform = softmax_floor(classes), softmax_ceiling(classes), math.log(classes)
    span = f"[{floor:.4f}, {ceiling:.4f}]"
    if floor <= value + logged.tolerance and value - logged.tolerance <= ceiling:
        yield f"with {classes:,} classes a softmax applied twice gives losses within {span}: this may be one"
    else:
        yield f"with {classes:,} classes a softmax applied twice gives losses within {span}: this is none"
    if value > uniform + logged.tolerance:
        yield f"it is above ln {classes} = {uniform:.4f}: worse than giving every class the same probability"
