"""What a check says is wrong: the findings of its evaluation, and its numbers that are not what they should be."""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterable, Sequence

from ce_core.compute.evaluation import Evaluation
from ce_core.findings import SEVERITIES, Finding, Severity

from .keyed import in_keys
from .paths import values_at
from .placed import placed
from .report import Measured, Problem
from .spec import CheckSpec, Equals, FailOn, Limit


def fails(severity: Severity, fail_on: FailOn) -> bool:
    """Tell whether a problem of some severity fails a check.

    >>> fails("warning", "error"), fails("warning", "note"), fails("error", "never")
    (False, True, False)
    """
    return fail_on != "never" and SEVERITIES.index(severity) <= SEVERITIES.index(fail_on)


def in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return problems as a report shows them: those that fail the check first, then by severity."""
    return tuple(sorted(problems, key=lambda each: (not each.fails, SEVERITIES.index(each.severity))))


def of_finding(finding: Finding, check: CheckSpec, answer: Evaluation, fail_on: FailOn) -> Problem:
    """Return a finding as a problem of a check."""
    return Problem(
        rule=finding.code,
        severity=finding.severity,
        fails=fails(finding.severity, fail_on),
        message=finding.message,
        because=finding.because,
        remedy=in_keys(finding.remedy),
        where=check.where,
        file=answer.targets if finding.code.startswith("CE2") else answer.predictions,
        rows=finding.rows,
        lines=finding.lines,
        finding=finding,
    )


def of_status(check: CheckSpec, answer: Evaluation, fail_on: FailOn) -> list[Problem]:
    """Return what is wrong where the arrays have no loss: undecided, no cross-entropy, or refused by a framework."""
    found: list[tuple[str, str, str, str]] = []
    if answer.status == "undecided":
        found.append(
            (
                "undecided",
                "what the arrays are could not be decided",
                in_keys(answer.question or ""),
                "say it in the check's task, such as task: {outputs: logits}",
            )
        )
    elif answer.loss is None:
        found.append(
            (
                "no-loss",
                "no cross-entropy fits the arrays",
                f"what fits is {answer.instead}" if answer.instead else "",
                "name the loss of the training code as the check's loss",
            )
        )
    if answer.emulation is not None and answer.emulation.raises is not None:
        found.append(
            (
                "refused",
                f"{answer.emulation.text} refuses the arrays",
                answer.emulation.raises,
                "mend the arrays, or name the loss that the training code calls",
            )
        )
    return [
        Problem(
            rule=rule,
            severity="error",
            fails=fails("error", fail_on),
            message=message,
            because=because,
            remedy=remedy,
            where=check.where,
            file=answer.predictions,
        )
        for rule, message, because, remedy in found
    ]


def held_to(
    limits: Sequence[Limit], answer: Evaluation, fail_on: FailOn, part: str | None = None
) -> tuple[list[Measured], list[Problem]]:
    """Hold the diagnostics of an evaluation, of all examples or of a slice, to limits."""
    measured, problems = [], []
    for limit in limits:
        with placed(limit.where):
            values = values_at(answer, limit.path) or [(limit.path, None)]
        for path, value in values:
            held = _within(value, limit)
            measured.append(
                Measured(path=path, slice=part, value=value, least=limit.least, most=limit.most, held=held)
            )
            if not held:
                problems.append(_broken(limit, path, value, answer, fail_on, part))
    return measured, problems


def _within(value: float | None, limit: Limit) -> bool:
    if value is None or math.isnan(value):
        return False
    return (limit.least is None or value >= limit.least) and (limit.most is None or value <= limit.most)


def _broken(
    limit: Limit, path: str, value: float | None, answer: Evaluation, fail_on: FailOn, part: str | None
) -> Problem:
    whose = path if part is None else f"{path} of {part}"
    bound = limit.most if limit.most is not None and (value is None or value > limit.most) else limit.least
    side = "above" if bound is limit.most else "below"
    if value is None:
        message = f"{whose} is not known for these arrays"
        because = (
            f"the limit is {_bounds(limit)}, and a {answer.loss or 'loss'} of such arrays does not give it"
        )
        remedy = "take the limit out, or say with the check's task what the arrays are"
    elif math.isnan(value):
        message, because = f"{whose} is NaN", f"the limit is {_bounds(limit)}"
        remedy = "mend the arrays: their findings say which values are not finite"
    else:
        message = f"{whose} is {short(value)}, {side} its limit {short(bound)}"
        because = _margin(value, bound, answer, limit.path if part is None else "")
        remedy = _REMEDIES[part is not None]
    return Problem(
        rule="limit" if part is None else "slice-limit",
        severity="error",
        fails=fails("error", fail_on),
        message=message,
        because=because,
        remedy=remedy,
        where=limit.where,
        file=answer.predictions,
        slice=part,
        path=path,
        value=value,
        least=limit.least,
        most=limit.most,
    )


_REMEDIES = (
    "find the change that moved it, or move the limit where the change is meant",
    "look at these examples by themselves, or move the limit where the change is meant",
)


def _margin(value: float, bound: float | None, answer: Evaluation, path: str) -> str:
    """Return how far a value is from its limit, in standard errors where these are known."""
    if bound is None or not math.isfinite(value):
        return ""
    text = f"off by {short(abs(value - bound))}"
    error = answer.diagnostics.standard_error
    if path == "loss" and answer.reduction == "mean" and error:
        text += f", {abs(value - bound) / error:.2g} standard errors of the mean"
    return text


def _bounds(limit: Limit) -> str:
    bounds = (("at least", limit.least), ("at most", limit.most))
    return " and ".join(f"{word} {short(bound)}" for word, bound in bounds if bound is not None)


def short(value: float | None) -> str:
    """Return a number with as many digits as a person compares.

    >>> short(0.327389714), short(1797.0), short(1e-9)
    ('0.32739', '1797', '1e-09')
    """
    return "nothing" if value is None else f"{value:.5g}" if abs(value) < 1e5 else f"{value:.8g}"


def compared(
    equals: Equals, answer: Evaluation, fail_on: FailOn, check: CheckSpec
) -> tuple[Measured, list[Problem]]:
    """Hold the value of an evaluation against the number that another program printed."""
    value = answer.value
    room = equals.atol + equals.rtol * abs(equals.value)
    held = value is not None and (value == equals.value or abs(value - equals.value) <= room)
    measured = Measured(
        path="loss", value=value, least=equals.value - room, most=equals.value + room, held=held
    )
    if held:
        return measured, []
    if value is None:
        because = "these arrays have no value to compare"
    else:
        off = abs(value - equals.value)
        share = f", {off / abs(equals.value):.2g} of it" if equals.value else ""
        because = f"off by {short(off)}{share}, where {room:.2g} is allowed"
    arrays = (*check.predictions[:1], *check.targets[:1])  # one CSV may hold both
    command = shlex.join(["cepick", "match", *arrays, "--value", _full(equals.value)])
    problem = Problem(
        rule="equals",
        severity="error",
        fails=fails("error", fail_on),
        message=f"the loss is {_full(value)}, not the expected {_full(equals.value)}",
        because=because,
        remedy=f"'{command}' says which definition or mistake gives the expected number",
        where=equals.where,
        file=answer.predictions,
        path="loss",
        value=value,
        least=measured.least,
        most=measured.most,
    )
    return measured, [problem]


def _full(value: float | None) -> str:
    return "nothing" if value is None else f"{value:.9g}"
