"""Tracing a logged number: which definition of the loss, or which mistake, gives it on these arrays."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ce_core.errors import CepickError, did_you_mean
from ce_core.task import Task

from .advice import advise
from .align import aligned
from .answer import Logged, Match
from .combine import tables
from .framework_numbers import printed
from .loose import loose, too_large
from .opened import Opened, open_arrays, read_both, run_of
from .rank import FLOAT32, Space, Tried, named, nearest, tried
from .walk import make_plans, walk

_FLOAT32_DIGITS = 7
_LIKELY = 9.0
"""Where nothing that costs fewer bits explains the number, the frameworks' own functions are emulated too."""


def match(
    predictions: Any = None,
    targets: Any = None,
    *,
    value: Any,
    digits: int | None = None,
    rtol: float | None = None,
    also: Sequence[tuple[Any, Any, Any]] = (),
    batch_size: int | None = None,
    task: Task | Mapping[str, Any] | None = None,
    class_weights: Any = None,
    sample_weights: Any = None,
    pos_weight: Any = None,
    label_smoothing: float | None = None,
    mask: Any = None,
    lengths: Any = None,
    class_names: Sequence[str] | None = None,
    target_column: str | None = None,
    dtype: str | None = None,
    classes: int | None = None,
    **properties: Any,
) -> Match:
    """Trace a logged number: find the definition of the loss, or the mistake, that gives it on these arrays.

    Use it where a log and your own computation disagree, or to learn what a program's loss is. ``value`` is the
    number as it was written, such as ``"1.4612"``: its digits are its precision, unless ``digits`` or ``rtol`` say
    otherwise. A text may end in ``@32:64``, the items of the first axis that it is the loss of. With ``batch_size`` and
    several values the k-th value is that of the k-th batch. ``also`` holds further (predictions, targets, value), such
    as another epoch's. All values must come from the same definition. The task is inferred as by `evaluate`; what is
    said wins; weights of examples, a mask and lengths go with the first arrays. Without arrays, the famous numbers are
    looked up.

    Definitions are tried by plausibility: how the predictions are read, the loss, label smoothing, weights and what
    divides them, the reduction, ignored labels, the alignment of the two arrays, the unit.

    Shapes: as `evaluate`.

    Units: nats, unless a definition says otherwise.

    Raises `CepickError` for arrays that cannot be read or paired, and for numbers that cannot be read.

    Source: the semantics of the frameworks, as ``configs/frameworks`` has them.

    >>> found = match([[2.0, 0.0, -1.0], [0.5, 1.0, 0.0], [3.0, -2.0, 0.0]], [0, 2, 1], value="3.3206")
    >>> found.matches[0].mistake
    'wrong-base'
    """
    from .number import read_number

    def read(each: Any) -> Logged:
        return each if isinstance(each, Logged) else read_number(each, digits=digits, rtol=rtol)

    values = list(value) if isinstance(value, (list, tuple)) else [value]
    if not values:
        raise CepickError("value: none was given; write the number as the log has it, such as 1.4612")
    logged = [read(each) for each in values]
    if predictions is None:
        from .famous import famous

        answer: Match = famous(logged[0] if len(logged) == 1 else tuple(logged), classes=classes)
        return answer
    said = _said(task, {**properties, **({} if classes is None else {"classes": classes})})
    options = {
        "class_weights": class_weights,
        "sample_weights": sample_weights,
        "pos_weight": pos_weight,
        "label_smoothing": label_smoothing,
        "mask": mask,
        "lengths": lengths,
        "class_names": class_names,
        "target_column": target_column,
        "dtype": dtype,
    }
    cases = _cases(
        (predictions, targets),
        logged,
        [(one, two, read(three)) for one, two, three in also],
        batch_size=batch_size,
        said=said,
        options=options,
    )
    return _answer(cases, batch_size)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Case:
    """A logged number, and the arrays that it is the loss of."""

    logged: Logged
    opened: Opened
    of_run: bool


def _cases(
    arrays: tuple[Any, Any],
    logged: list[Logged],
    also: list[tuple[Any, Any, Logged]],
    *,
    batch_size: int | None,
    said: Task,
    options: dict[str, Any],
) -> tuple[_Case, ...]:
    """Return each number with its arrays, or with its run of their rows."""
    one, two = read_both(*arrays, options)
    whole = open_arrays(one, two, task=said, options=options)
    if batch_size is not None and (not isinstance(batch_size, int) or batch_size < 1):
        raise CepickError(
            f"batch_size: {batch_size!r} is no number of examples; give a whole number such as 32"
        )
    if batch_size is not None and len(logged) > 1:
        logged = [
            each
            if each.rows is not None
            else replace(each, rows=(at * batch_size, min((at + 1) * batch_size, whole.items)))
            for at, each in enumerate(logged)
        ]
    if len(logged) > 1 and sum(each.rows is None for each in logged) > 1:
        raise CepickError(
            "value: several numbers of the same arrays; say which rows each is of (1.4612@0:32), give batch_size, or "
            "pass the other arrays in also"
        )
    found = []
    for each in logged:
        of_run = each.rows is not None
        opened = (
            whole if each.rows is None else run_of(whole, each.rows, f"value {each.text}", options=options)
        )
        found.append(_Case(logged=each, opened=opened, of_run=of_run))
    for other, labels, each in also:
        bare = options | dict.fromkeys(("sample_weights", "mask", "lengths"))
        opened = open_arrays(*read_both(other, labels, options), task=said, options=bare, like=whole)
        if opened.columns != whole.columns:
            raise CepickError(
                f"also: {opened.prepared.predictions.name} has {opened.columns} columns, and the first arrays have "
                f"{whole.columns}; pass predictions of the same model"
            )
        names = (opened.prepared.predictions.name, opened.prepared.targets.name)
        if each.rows is not None:
            opened = run_of(opened, each.rows, f"value {each.text}", options=bare)
        found.append(_Case(logged=replace(each, arrays=names), opened=opened, of_run=each.rows is not None))
    return tuple(found)


def explore(every: Sequence[Opened], batch_size: int | None = None) -> list[Space]:
    """Return all definitions that make sense of some pairs of arrays, with their values on each of them."""
    plans = make_plans(every, batch_size)
    walked = [walk(each, plans) for each in every]
    spaces: list[Space] = [*tables(every, plans, walked, batch_size)]
    if (whole := loose(every)) is not None:
        spaces.append(whole)
    return spaces


def _answer(cases: tuple[_Case, ...], batch_size: int | None) -> Match:
    every = [case.opened for case in cases]
    first = every[0]
    logged = tuple(case.logged for case in cases)
    numbers = np.array([each.value for each in logged])
    tolerances = np.array([tolerance_of(each) for each in logged])
    # A run of rows is a batch itself.
    spaces = explore(every, 0 if all(case.of_run for case in cases) else batch_size)
    definitions = tried(spaces, numbers, tolerances)
    found = named(definitions)
    notes = [note for each in every for note in each.notes]
    if any(too_large(each) for each in every):
        notes.append("mistakes of axes and shapes were left out: they need all of these large arrays at once")
    if not found.groups or found.cost > _LIKELY:
        by_call = printed(every)
        if by_call is None:
            notes.append("what the frameworks' own functions print was not emulated on these arrays")
        else:
            definitions = tried([*spaces, by_call], numbers, tolerances)
            found = named(definitions)
    return Match(
        logged=logged,
        tried=definitions.count,
        expected_by_chance=definitions.expected(),
        matches=found.groups,
        nearest=() if found.groups else nearest(definitions),
        left_out=found.left_out,
        advice=advise(first, definitions, found, logged),
        predictions=first.prepared.predictions.name,
        targets=first.prepared.targets.name,
        count=_count(first),
        task=dict(first.task.known()),
        notes=tuple(dict.fromkeys(notes)),
    )


def _count(opened: Opened) -> int:
    """Return how many examples are counted."""
    total = 0
    for span in opened.prepared.spans():
        found = aligned(opened, *opened.prepared.counting.whole(span), "own")
        total += 0 if found is None else int(found.counted.sum())
    return total


def tolerance_of(logged: Logged) -> float:
    """Return how far off a value may be that is written so: half a unit in the last digit, and float32's rounding.

    >>> from ce_core.match.answer import Logged
    >>> round(tolerance_of(Logged(text="1.5", value=1.5, digits=2, tolerance=0.05)), 9)
    0.0500015
    """
    if not math.isfinite(logged.value):
        return 0.0
    return logged.tolerance + (FLOAT32 * abs(logged.value) if logged.digits <= _FLOAT32_DIGITS else 0.0)


def _said(task: Task | Mapping[str, Any] | None, properties: dict[str, Any]) -> Task:
    """Return what was said of the task."""
    if isinstance(task, Mapping):
        task = Task.from_mapping(task)
    if task is not None and not isinstance(task, Task):
        raise CepickError(f"task: {task!r} is no task; pass Task(...), or a mapping of its properties")
    unknown = [name for name in properties if name not in Task.__dataclass_fields__]
    if unknown:
        raise CepickError(
            f"{unknown[0]}: no such property; {did_you_mean(unknown[0], Task.__dataclass_fields__)}"
        )
    return (task or Task()).but(**properties) if properties else task or Task()


__all__ = ["Tried", "match", "tolerance_of"]
