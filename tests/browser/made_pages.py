"""Answers to make pages of: of the example arrays, and of names that try to be more than text."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np

import ce_core
from ce_core.comparing.answer import (
    Comparison,
    Contest,
    Difference,
    McNemar,
    PartDifference,
    RowDifference,
)
from ce_core.compute.evaluation import Evaluation
from ce_core.suite.report import CheckReport, CheckResult, Measured, Problem, SliceResult
from ce_core.suite.spec import Where

EXAMPLES = Path(__file__).parents[2] / "examples"

HOSTILE = (
    "<script>alert(1)</script>",
    "</style></svg></title><img src=x onerror=alert(1)>",
    "&lt;b&gt; & \"quotes\" 'too'",
    "$x^2$ \\frac{1}{2} $",
    "\u202eright to left\u202c \u05d0\u05d1\u05d2",
    "bell\x07 null\x00 escape\x1b[31m",
    "lone \ud83d surrogate \udc80 \ufffe",
    "url(http://example.com/x.png) @import 'http://example.com/y'",
    "a name as long as a sentence, which no plot and hardly a table on a telephone has the room for" * 3,
    "]]> <!-- {{7*7}} %00 `code`",
)
"""Ten names of classes, each of which some page somewhere has taken for more than text."""


@cache
def digits() -> Evaluation:
    """Return the evaluation of the digits."""
    return ce_core.evaluate(str(EXAMPLES / "digits_logits.npy"), str(EXAMPLES / "digits_labels.npy"))


@cache
def twice_softmaxed() -> Evaluation:
    """Return an evaluation with errors and a note."""
    return ce_core.evaluate(
        str(EXAMPLES / "digits_probabilities.npy"),
        str(EXAMPLES / "digits_labels.npy"),
        loss="sparse_softmax_cross_entropy",
    )


@cache
def many_classes() -> Evaluation:
    """Return an evaluation of 150 classes, rare ones among them, of which 100 are listed."""
    rng = np.random.default_rng(0)
    labels = np.minimum(rng.geometric(0.03, 20_000), 150) - 1
    logits = rng.standard_normal((20_000, 150)).astype(np.float32)
    logits[np.arange(20_000), labels] += 4
    logits[0, labels[0]] = -np.inf
    return ce_core.evaluate(logits, labels)


@cache
def labels_of_several() -> Evaluation:
    """Return a multi-label evaluation."""
    return ce_core.evaluate(str(EXAMPLES / "attributes_logits.npy"), str(EXAMPLES / "attributes_labels.npy"))


@cache
def hostile() -> Evaluation:
    """Return an evaluation in which every name is hostile."""
    made = digits()
    found = made.diagnostics
    return replace(
        made,
        predictions=f"runs/{HOSTILE[0]}{HOSTILE[5]}{HOSTILE[6]}.npy",
        targets=HOSTILE[1],
        notes=HOSTILE,
        findings=tuple(
            replace(each, message=HOSTILE[0], because=HOSTILE[6], remedy=HOSTILE[1])
            for each in twice_softmaxed().findings
        ),
        diagnostics=replace(
            found,
            per_class=tuple(replace(each, name=HOSTILE[each.klass]) for each in found.per_class),
            confusions=tuple(
                replace(each, name=HOSTILE[each.klass], predicted_name=HOSTILE[each.predicted])
                for each in found.confusions
            ),
            worst=tuple(
                replace(each, label=HOSTILE[at], prediction=HOSTILE[-1 - at])
                for at, each in enumerate(found.worst)
            ),
        ),
    )


def comparison(names: tuple[str, ...] | None = None) -> Comparison:
    """Return a comparison of the digits with a worse model."""
    a, b = digits(), replace(twice_softmaxed(), predictions="runs/next/logits.npy")
    called = names or tuple(map(str, range(10)))
    metrics = (
        ("loss", 0.32739, 0.36114, 0.01210, 0.05571, 0.0021, "paired bootstrap", "a"),
        ("accuracy", 0.94069, 0.93605, -0.01205, 0.00278, 0.22, "exact McNemar", None),
        ("brier", 0.1025, 0.1139, 0.0031, 0.0197, 0.0068, "paired bootstrap", "a"),
    )
    return Comparison(
        a=a if names is None else hostile(),
        b=b,
        loss="sparse_softmax_cross_entropy",
        unit="nats",
        count=1079,
        differences=tuple(
            Difference(
                metric=metric,
                a=one,
                b=other,
                difference=other - one,
                low=low,
                high=high,
                p=p,
                method=method,
                count=1079,
                resamples=10_000 if "bootstrap" in method else None,
                seed=0 if "bootstrap" in method else None,
                better=better,  # type: ignore[arg-type]
            )
            for metric, one, other, low, high, p, method, better in metrics
        ),
        contest=Contest(a=611, ties=57, b=411),
        mcnemar=McNemar(both_right=995, only_a=20, only_b=15, both_wrong=49, p=0.4996),
        classes=tuple(
            PartDifference(
                name=called[k],
                count=100 + k,
                loss_a=0.3,
                loss_b=0.3 + shift,
                difference=shift,
                low=shift - 0.04,
                high=shift + 0.05,
                p=min(1.0, 0.002 * 3**k),
                accuracy_a=0.95,
                accuracy_b=0.94,
            )
            for k, shift in enumerate((0.19, 0.11, 0.06, 0.04, 0.02, 0.01, 0.0, -0.01, -0.03, -0.09))
        ),
        slices=(
            PartDifference(
                name="scanned",
                count=300,
                loss_a=0.31,
                loss_b=0.4,
                difference=0.09,
                low=0.03,
                high=0.14,
                p=0.003,
                accuracy_a=0.93,
                accuracy_b=0.9,
            ),
        ),
        rows=tuple(
            RowDifference(
                row=row,
                line=None,
                label=called[row % 10],
                prediction_a=called[row % 10],
                prediction_b=called[3],
                loss_a=0.02,
                loss_b=9.4 - row / 100,
            )
            for row in (4, 17, 230)
        ),
        notes=("B was given as probabilities",),
    )


def _problem(**changes: object) -> Problem:
    made = Problem(
        rule="limit",
        severity="error",
        fails=True,
        message="accuracy is 0.94069, below its limit 0.95",
        because="off by 0.00931",
        remedy="find the change that moved it, or move the limit where the change is meant",
        where=Where(file="cepick.yaml", line=17, column=24),
        file="examples/digits_logits.npy",
        path="accuracy",
        value=0.94069,
        least=0.95,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def _result(name: str, evaluation: Evaluation | None, line: int, **changes: object) -> CheckResult:
    made = CheckResult(
        name=name,
        status="passed",
        where=Where(file="cepick.yaml", line=line, column=5),
        predictions="gone.npy" if evaluation is None else evaluation.predictions,
        targets="examples/digits_labels.npy",
        loss=None if evaluation is None else evaluation.loss,
        value=None if evaluation is None else evaluation.value,
        unit=None if evaluation is None else evaluation.unit,
        count=0 if evaluation is None else evaluation.count,
        evaluation=evaluation,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def report() -> CheckReport:
    """Return a report with a check of each status."""
    softmax = twice_softmaxed()
    found = softmax.findings[0]
    double = _problem(
        rule=found.code,
        message=found.message,
        because=found.because,
        remedy=found.remedy,
        finding=found,
        path=None,
        value=None,
        least=None,
    )
    limits = (
        Measured(path="loss", value=0.3274, most=0.4, held=True),
        Measured(path="accuracy", value=0.94069, least=0.95, held=False),
    )
    return CheckReport(
        file="cepick.yaml",
        fail_on="error",
        results=(
            _result("digits [MODEL=small]", digits(), 4, matrix={"MODEL": "small"}, measured=limits[:1]),
            _result("digits softmaxed", softmax, 12, status="failed", problems=(double,)),
            _result(
                "digits, to the limit",
                digits(),
                20,
                status="failed",
                problems=(_problem(),),
                measured=limits,
                slices=(
                    SliceResult(name="scanned", count=300, loss=0.41, accuracy=0.92, held_to_limits=True),
                    SliceResult(name="typed", count=4, loss=0.01, accuracy=1.0, held_to_limits=False),
                ),
                baseline=comparison().differences[0],
                notes=("the baseline is of yesterday",),
            ),
            _result(
                "digits of a run that is gone",
                None,
                31,
                status="broken",
                problems=(
                    _problem(
                        rule="could-not-run",
                        message="gone.npy: no such file",
                        because="",
                        remedy="check the path",
                        path=None,
                    ),
                ),
            ),
            _result("attributes", labels_of_several(), 40),
        ),
    )


def hostile_report() -> CheckReport:
    """Return a report in which every name is hostile."""
    made = report()
    name = HOSTILE[1] + HOSTILE[6]
    return replace(
        made,
        file=name,
        results=tuple(
            replace(
                each,
                name=f"{at} {name}",
                predictions=name,
                targets=HOSTILE[0],
                matrix={HOSTILE[0]: HOSTILE[1]},
                evaluation=hostile() if each.evaluation is not None else None,
                where=Where(file=name, line=1),
                notes=HOSTILE,
                problems=tuple(
                    replace(problem, message=HOSTILE[0], remedy=HOSTILE[1], file=name)
                    for problem in each.problems
                ),
                slices=tuple(replace(part, name=HOSTILE[3]) for part in each.slices),
            )
            for at, each in enumerate(made.results)
        ),
    )
