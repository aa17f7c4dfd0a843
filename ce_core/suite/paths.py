"""The paths of the numbers that a limit may be on, and what an evaluation has at each of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from ce_core.compute.evaluation import ClassRow, Diagnostics, Estimate, Evaluation
from ce_core.errors import CepickError, did_you_mean, nearest
from ce_core.read.settings import MEANS_OVER

_OF_A_CLASS = re.compile(r"per_class\[(?P<name>.+)\]\.(?P<figure>\w+)", re.DOTALL)
_BEGINNING = "diagnostics."

_INSTEAD = {
    "value": "the value of the loss is 'loss'",
    "reliability": "its bins have no limits of their own; use 'ece' or 'mce'",
    "confusions": "its pairs have no limits of their own; use 'per_class.recall'",
    "loss_histogram": "its bins have no limits of their own; use 'quantiles.p99'",
    "worst": "its rows have no limits of their own; the greatest loss is 'quantiles.max'",
    "unit": "it is no number; write 'base: bits' in the check for another unit",
    "per_class": "say which figure: 'per_class.recall' of every class, 'per_class[NAME].recall' of one",
}
"""What to say of a path that is in the JSON, and that no limit can be on."""

_USUAL = (
    "write one of the JSON of 'cepick eval', such as loss, accuracy, ece, quantiles.p99 or per_class.recall"
)


@cache
def known_paths() -> tuple[str, ...]:
    """Return every path that a limit may be on, in the order of the JSON; a class's own are ``per_class[NAME].…``.

    >>> [each for each in known_paths() if each.startswith("quantiles")]
    ['quantiles.p50', 'quantiles.p90', 'quantiles.p99', 'quantiles.max']
    """
    estimates = (f"estimate.{each}" for each in _numbers(Estimate) if each not in _SETTINGS)
    return ("loss", *_numbers(Diagnostics), *estimates)


_SETTINGS = frozenset({"repeats", "num_sampled", "num_true", "seed"})
"""Numbers beside an estimate that were asked for, and not measured."""


def _numbers(kind: type) -> Iterator[str]:
    """Yield the paths of a dataclass's numbers, those inside its parts too."""
    hints = get_type_hints(kind)
    for each in fields(kind):
        name = each.metadata.get("key", each.name)
        options = _options(hints[each.name])
        part = next((option for option in options if is_dataclass(option)), None)
        if isinstance(part, type):
            yield from (f"{name}.{inner}" for inner in _numbers(part))
        elif name == "per_class":
            yield from (f"per_class.{figure}" for figure in _figures())
        elif name == "means":
            yield from (f"means.{divisor}" for divisor in MEANS_OVER)
        elif {int, float} & set(options):
            yield name


def _options(hint: Any) -> tuple[Any, ...]:
    """Return the types that a field may be of."""
    return get_args(hint) if get_origin(hint) in {Union, UnionType} else (hint,)


def _figures() -> tuple[str, ...]:
    """Return the figures of a class that a limit may be on."""
    return tuple(each for each in _numbers(ClassRow) if each != "class")


def check_path(path: str) -> str:
    """Return a path as the report has it, or raise the error that names the nearest.

    >>> check_path("diagnostics.ece"), check_path("per_class[cat].recall")
    ('ece', 'per_class[cat].recall')
    >>> check_path("acuracy")
    Traceback (most recent call last):
    ...
    ce_core.errors.CepickError: acuracy: no such diagnostic; did you mean 'accuracy'?
    """
    plain = path.strip().removeprefix(_BEGINNING)
    if plain in known_paths():
        return plain
    of_class = _OF_A_CLASS.fullmatch(plain)
    if of_class is not None:
        if of_class["figure"] in _figures():
            return plain
        raise CepickError(
            f"{path}: no such figure of a class; {did_you_mean(of_class['figure'], _figures())}"
        )
    first = re.split(r"[.\[]", plain)[0]
    if first in _INSTEAD:
        raise CepickError(f"{path}: no limit can be on it; {_INSTEAD[first]}")
    inside = [each for each in known_paths() if each.startswith(first + ".")]
    if inside:
        asked = plain if plain != first else ""
        raise CepickError(f"{path}: no such diagnostic; {did_you_mean(asked, inside)}")
    close = nearest(plain, known_paths())
    raise CepickError(
        f"{path}: no such diagnostic; {_USUAL if close is None else f'did you mean {close!r}?'}"
    )


def values_at(evaluation: Evaluation, path: str) -> list[tuple[str, float | None]]:
    """Return what an evaluation has at a path: one value, or one of every class that occurs, each with its path.

    A value is None where the arrays do not give it. In the paths of single classes stand their names, or else their
    indices.

    Raises:
        CepickError: for a path that there is not, and a class that is not among those that are listed.

    >>> from ce_core import evaluate
    >>> answer = evaluate([[2.0, 0.0], [0.0, 1.0]], [0, 1])
    >>> values_at(answer, "accuracy"), values_at(answer, "per_class.recall")
    ([('accuracy', 1.0)], [('per_class[0].recall', 1.0), ('per_class[1].recall', 1.0)])
    """
    path = check_path(path)
    of_class = _OF_A_CLASS.fullmatch(path)
    if of_class is not None:
        row = _class_of(evaluation, of_class["name"], path)
        return [(path, _number(getattr(row, of_class["figure"])))]
    first, _, rest = path.partition(".")
    if first == "per_class":
        listed = [
            (_path_of(each, rest), _number(getattr(each, rest))) for each in evaluation.diagnostics.per_class
        ]
        return [each for each in listed if each[1] is not None] or [(path, None)]
    if first in {"loss", "count", "ignored"}:
        return [(path, _number(evaluation.value if first == "loss" else getattr(evaluation, first)))]
    found: Any = evaluation if first == "estimate" else evaluation.diagnostics
    for step in path.split("."):
        found = found.get(step) if isinstance(found, dict) else getattr(found, step, None)
    return [(path, _number(found))]


def _path_of(row: ClassRow, figure: str) -> str:
    return f"per_class[{row.klass if row.name is None else row.name}].{figure}"


def _class_of(evaluation: Evaluation, name: str, path: str) -> ClassRow:
    """Return the row of a class by its name, or else by its index."""
    rows = evaluation.diagnostics.per_class
    by_name = {each.name: each for each in rows if each.name is not None}
    by_index = {str(each.klass): each for each in rows}
    if name in by_name or name in by_index:
        return by_name[name] if name in by_name else by_index[name]
    if not rows:
        raise CepickError(f"{path}: nothing is known of single classes here; leave it out")
    if evaluation.diagnostics.per_class_rest is not None:
        raise CepickError(
            f"{path}: class {name!r} is not among the {len(rows)} that are listed; leave it out"
        )
    raise CepickError(f"{path}: there is no class {name!r}; {did_you_mean(name, list(by_name or by_index))}")


def _number(value: Any) -> float | None:
    return None if value is None else float(value)
