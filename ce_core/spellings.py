"""The calls of each framework that suit a task, and what to do in a framework that has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .losses import Loss
from .task.task import Task

if TYPE_CHECKING:
    from .frameworks import Call

_ROWS = frozenset({"one_hot", "distribution"})


def of(loss: Loss, task: Task) -> tuple[dict[str, tuple[Call, ...]], dict[str, str]]:
    """Return by framework the calls that suit a task, the task's own framework first, and what is absent.

    The main frameworks come first, each with its calls or with what to do instead; then the others that have one.
    """
    from .frameworks import calls_for, every_framework, frameworks

    known = calls_for(loss.id, units=_units(loss, task))
    order = frameworks()
    if task.framework:
        order = (task.framework, *(each for each in order if each != task.framework))
    calls, missing = {}, {}
    for framework in order:
        rows = known.get(framework, [])
        suiting = [row for row in rows if _suits(row, loss, task)]
        calls[framework] = tuple([row for row in suiting if not row.legacy] or suiting)
        if suiting:
            continue
        if loss.id == "nll" and _stored_as_rows(task):
            missing[framework] = _as_logits(framework)
        elif rows:
            missing[framework] = f"{rows[0].call} takes {rows[0].targets[0]} targets only"
        else:
            missing[framework] = _absent(framework, loss, task)
    for framework in every_framework()[len(frameworks()) :]:
        found = calls_for(loss.id, framework=framework, units=_units(loss, task)).get(framework, [])
        current = tuple(row for row in found if _suits(row, loss, task) and not row.legacy)
        if current:
            calls[framework] = current
    return calls, missing


def _units(loss: Loss, task: Task) -> int | None:
    """Return 1 or 2 for the snippets of one column or of several, or None for both."""
    if loss.competes == "softmax":
        return None
    if task.kind == "reconstruction" or task.exclusive is False or (task.units or 1) > 1:
        return 2
    return 1 if task.outcomes == "binary" else None


def _suits(call: Call, loss: Loss, task: Task) -> bool:
    """Tell whether a call takes targets as certain as the task's, and for nll stored as they are."""
    if call.targets and task.targets is not None and task.targets not in call.targets:
        return False
    return not (loss.id == "nll" and _stored_as_rows(task)) or bool(_ROWS & set(call.encoding))


def _absent(framework: str, loss: Loss, task: Task) -> str:
    """Return what to do in a framework that has none, with the code where it is written for such arrays."""
    from .frameworks import absent, instead

    entry = instead(loss.id, framework)
    if entry is None:
        return "has none"
    several = _units(loss, task) == 2
    fits_task = (
        (entry.units != "one" or not several)
        and entry.targets in {None, task.targets or entry.targets}
        and (entry.encoding is None or _stored_as_rows(task) == (entry.encoding in _ROWS))
    )
    return (absent(loss.id, framework) if fits_task else None) or entry.says


def _stored_as_rows(task: Task) -> bool:
    return task.encoding in _ROWS or task.targets == "soft"


def _as_logits(framework: str) -> str:
    """Return what to do with log-probabilities and rows: a softmax leaves log-probabilities as they are."""
    from .frameworks import calls_for, title

    rows = calls_for("softmax_cross_entropy", framework=framework).get(framework)
    if rows:
        return (
            f"{title(framework)} has none that takes rows; log-probabilities are logits too, and the softmax inside "
            f"leaves them as they are: hand them to {rows[0].call} in place of the logits"
        )
    return (
        f"{title(framework)} takes probabilities and hard labels only; written out: "
        "-(targets * log_probabilities).sum(axis=-1).mean()"
    )
