"""Choosing: the losses that nothing known refuses, in the order of the table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

from ce_core.errors import CepickError
from ce_core.losses import CROSS_ENTROPY_KINDS, LOSSES, Loss
from ce_core.records import dataclass
from ce_core.task import Task
from ce_core.task.words import PROPERTIES

from . import advice
from .consequences import follow

Way = dict[str, Any]
"""One way to fill in what is not known: a value for each open property."""

_OPEN = ("outputs", "outcomes", "exclusive", "targets")
"""The properties whose lack can leave the first choice open, in the order in which they are asked for."""


def fits(task: Task) -> list[Loss]:
    """Return the losses that nothing known refuses, the first choice first."""
    return [loss for loss in LOSSES.values() if (loss.accepts or loss.requires) and not refusals(loss, task)]


def first_choice(task: Task) -> str | None:
    """Return the id of the loss that comes first for a task, or None where no cross-entropy fits it."""
    task, _ = follow(task)
    if no_cross_entropy(task):
        return None
    fitting = fits(task)
    return fitting[0].id if fitting and fitting[0].competes else None


def choices(task: Task) -> list[tuple[Way, str | None]]:
    """Return every way to fill in what is open, with the first choice that it leads to."""
    task, _ = follow(task)
    return [(way, first_choice(task.but(**way))) for way in _completions(task)]


def refusals(loss: Loss, task: Task) -> list[str]:
    """Return each reason why a loss does not fit a task; none means that it fits."""
    found = [
        advice.REFUSALS[name](loss, getattr(task, name))
        for name, values in loss.accepts.items()
        if getattr(task, name) is not None and getattr(task, name) not in values
    ]
    found += [rule.says for rule in _COLUMN_RULES if rule.refuses(loss, task)]
    if not asked_for(loss, task):
        found.append(advice.REQUIREMENTS[next(iter(loss.requires))])
    return found


def asked_for(loss: Loss, task: Task) -> bool:
    """Tell whether a loss that must be asked for, such as a weighted one, was asked for."""
    if not loss.requires:
        return True
    if "imbalance" in loss.requires:
        return advice.positive_weighted(task)
    return any(getattr(task, name) in values for name, values in loss.requires.items())


def no_cross_entropy(task: Task) -> bool:
    """Tell whether the kind of task, or the range of its targets, leaves no cross-entropy."""
    return (task.kind is not None and task.kind not in CROSS_ENTROPY_KINDS) or (
        task.target_range == "real" and task.kind != "contrastive"
    )


@dataclass(frozen=True, kw_only=True)
class _ColumnRule:
    """A refusal that follows from several properties together."""

    refuses: Callable[[Loss, Task], bool]
    says: str


_COLUMN_RULES = (
    _ColumnRule(
        refuses=lambda loss, task: (
            loss.competes == "softmax"
            and task.units == 1
            and loss.given != "features"
            and task.kind != "reconstruction"
        ),
        says="makes columns compete, and there is only one: its softmax is always 1",
    ),
    _ColumnRule(
        refuses=lambda loss, task: (
            loss.competes == "sigmoid"
            and loss.given != "features"
            and task.outcomes == "multiclass"
            and task.exclusive is True
            and task.kind != "contrastive"
        ),
        says="lets several labels be true at once, but the classes exclude each other",
    ),
    _ColumnRule(
        refuses=lambda loss, task: (
            loss.competes == "sigmoid"
            and task.outcomes == "binary"
            and task.units == 2
            and task.exclusive is not False
        ),
        says="takes one column for a yes-or-no outcome, and the model puts out two that compete",
    ),
    _ColumnRule(
        refuses=lambda loss, task: (
            loss.competes == "sigmoid"
            and task.kind == "reconstruction"
            and task.target_range in {"signed", "real"}
        ),
        says="takes targets from 0 to 1",
    ),
    _ColumnRule(
        refuses=lambda loss, task: loss.competes == "softmax" and task.kind == "reconstruction",
        says="makes the values compete, but each is reconstructed on its own",
    ),
)


def _completions(task: Task) -> Iterator[Way]:
    """Yield every way to fill in the open properties that makes a possible task."""
    if task.kind is None:
        for kind in PROPERTIES["kind"].answers:
            with_kind, _ = follow(task.but(kind=kind)) if _possible(task, {"kind": kind}) else (None, ())
            if with_kind is not None:
                yield from ({"kind": kind} | way for way in _completions(with_kind))
        return
    names = [name for name in _open(task) if getattr(task, name) is None]
    for values in product(*(PROPERTIES[name].answers for name in names)):
        way = dict(zip(names, values, strict=True))
        if _possible(task, way):
            yield way


def _open(task: Task) -> tuple[str, ...]:
    if no_cross_entropy(task):
        return ()
    return ("target_range",) if task.kind == "reconstruction" else _OPEN


def _possible(task: Task, way: Way) -> bool:
    try:
        follow(task.but(**way))
    except CepickError:
        return False
    return True
