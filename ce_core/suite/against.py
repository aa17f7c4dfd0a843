"""A check beside its baseline: whether it is worse than it was."""

from __future__ import annotations

import shlex

from ce_core.comparing.answer import Difference
from ce_core.comparing.baseline import read_baseline
from ce_core.comparing.hold import allowed, breaks, hold_against, says
from ce_core.compute.evaluation import Evaluation

from .find import NAMES
from .problems import fails
from .report import Problem
from .spec import BaselineRule, CheckSpec, FailOn


def against_baseline(
    check: CheckSpec, rule: BaselineRule, answer: Evaluation, fail_on: FailOn
) -> tuple[Difference | None, list[Problem]]:
    """Hold an evaluation, whose examples were kept, against the baseline of its check.

    Raises `CepickError` where the two cannot be compared. Arrays that have no loss are not compared: that they have
    none is a problem of its own.
    """
    if answer.examples is None and answer.value is None:
        return None, []
    difference = hold_against(read_baseline(rule.file), answer, rule)
    if not breaks(difference, rule):
        return difference, []
    problem = Problem(
        rule="baseline",
        severity="error",
        fails=fails("error", fail_on),
        message=f"{rule.metric} is worse than that of {rule.file}",
        because=f"{says(difference, answer.unit if rule.metric == 'loss' else None)}; {_rule(rule)}",
        remedy=f"see where with 'cepick compare', or accept it: {_accepting(check)}",
        where=rule.where,
        file=answer.predictions,
        path=rule.metric,
        value=difference.b,
        most=difference.a if rule.metric == "loss" else None,
        least=difference.a if rule.metric == "accuracy" else None,
    )
    return difference, [problem]


def _rule(rule: BaselineRule) -> str:
    """Return what is allowed, in words."""
    parts = [] if rule.tolerance is None else [f"worse by up to {rule.tolerance:g}"]
    chance = allowed(rule)
    if chance is not None:
        parts.append(f"a difference that chance gives more often than {chance:g}")
    return f"{' or '.join(parts)} is allowed"


def _accepting(check: CheckSpec) -> str:
    """Return the command that writes the baseline of a check anew; a file that is not looked for first is named."""
    # What comes from Python stands in no line of a file.
    found = check.where.line is None or check.where.file == NAMES[0]
    named = [] if found else ["--config", check.where.file]
    return shlex.join(["cepick", "baseline", "write", *named, "--only", check.name])
