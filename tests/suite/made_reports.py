"""Reports of checks made by hand, so that their forms can be tested without running anything."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from ce_core.comparing.answer import Difference
from ce_core.findings import RULES, Effect, Finding
from ce_core.suite.report import CheckReport, CheckResult, Measured, Problem, SliceResult
from ce_core.suite.spec import Where

HOSTILE = (
    "<script>alert('x')</script>, \"a\": 100% `b` | [c](d) *e* ]]> & {0} \x1b[31m\x00\ud83d\ufffe\u202e"
    "\t\r\n::error::f"
)
"""What steers a terminal, a page, a log, a table or a file of some form, in one name."""


def where(line: int | None = 12, column: int | None = 5, file: str = "cepick.yaml") -> Where:
    return Where(file=file, line=line, column=column)


def finding(code: str, **changes: Any) -> Finding:
    """Return a finding of a code with sentences of its own."""
    made = Finding(
        code=code,
        message=f"the arrays show {RULES[code].slug}",
        because="1,079 of 1,079 rows say so: row 3 holds 0.2319",
        remedy="hand over the logits",
        count=1079,
        rows=(3, 17, 40),
    )
    return replace(made, **changes)


DOUBLE_SOFTMAX = finding(
    "CE104",
    message="the predictions went through softmax twice",
    because="every row lies between 0.085 and 0.232, as a second softmax over 10 classes leaves it",
    remedy="hand over the logits, before any softmax",
    effect=Effect(loss=1.5293, without=0.3274, p=1e-30, count=1079),
)


def problem(rule: str = "CE104", **changes: Any) -> Problem:
    """Return a problem: of a finding by its code, else of a rule of the suite."""
    if rule in RULES:
        found = changes.pop("finding", DOUBLE_SOFTMAX if rule == "CE104" else finding(rule))
        made = Problem(
            rule=rule,
            severity=found.severity,
            fails=found.severity == "error",
            message=found.message,
            because=found.because,
            remedy=found.remedy,
            where=where(),
            file="runs/small/logits.npy",
            rows=found.rows,
            lines=found.lines,
            finding=found,
        )
    else:
        made = Problem(
            rule=rule,
            severity="error",
            fails=True,
            message=f"what {rule} says",
            because="",
            remedy="do what the rule says",
            where=where(16, 15),
            file="runs/small/logits.npy",
        )
    return replace(made, **changes)


def broken_limit(
    path: str, value: float | None, least: float | None = None, most: float | None = None
) -> Problem:
    """Return the problem of a limit that does not hold, as a run words it."""
    bound, side = (most, "above") if least is None else (least, "below")
    message = (
        f"{path} is {value:.5g}, {side} its limit {bound:g}" if value is not None else f"{path} is not known"
    )
    return problem(
        "limit",
        message=message,
        because="" if value is None or bound is None else f"off by {abs(value - bound):.5g}",
        remedy="find the change that moved it, or move the limit where the change is meant",
        where=where(17, 24),
        path=path,
        value=value,
        least=least,
        most=most,
    )


def measured(path: str = "loss", value: float | None = 0.3274123, **changes: Any) -> Measured:
    return replace(Measured(path=path, value=value, most=0.4, held=True), **changes)


def result(name: str = "digits", **changes: Any) -> CheckResult:
    """Return a check that passed."""
    made = CheckResult(
        name=name,
        status="passed",
        where=where(),
        predictions="runs/small/logits.npy",
        targets="labels.npy",
        loss="sparse_softmax_cross_entropy",
        value=0.3274123456789,
        unit="nats",
        count=1079,
        measured=(measured(), measured("accuracy", 0.94069, least=0.9, most=None)),
    )
    return replace(made, **changes)


def failed(name: str = "digits", *problems: Problem, **changes: Any) -> CheckResult:
    """Return a check that failed of some problems."""
    return result(name, status="failed", problems=problems or (problem(),), **changes)


def broken(name: str = "gone", message: str = "runs/gone.npy: no such file", **changes: Any) -> CheckResult:
    """Return a check that could not run."""
    made = CheckResult(
        name=name,
        status="broken",
        where=where(40, 5),
        predictions="runs/gone.npy",
        targets="labels.npy",
        problems=(
            problem(
                "could-not-run",
                message=message,
                remedy="check the path",
                where=where(40, 5),
                file="runs/gone.npy",
            ),
        ),
    )
    return replace(made, **changes)


def report(*results: CheckResult, **changes: Any) -> CheckReport:
    return replace(CheckReport(file="cepick.yaml", fail_on="error", results=results), **changes)


def all_passed() -> CheckReport:
    """Return two checks that pass, one of them with a warning and a note that fail nothing."""
    allowed = (problem("CE501"), problem("CE210"))
    return report(
        result("digits"), result("spam", problems=allowed, measured=(), notes=("read in 2 blocks",))
    )


DIFFERENCE = Difference(
    metric="loss",
    a=0.3012,
    b=0.3274123,
    difference=0.0262123,
    low=0.0114,
    high=0.0412,
    p=0.0004,
    method="paired bootstrap",
    count=1079,
    resamples=10_000,
    seed=0,
    better="a",
)


def limits() -> CheckResult:
    """Return a check whose limits are broken: of the whole, of classes, of slices; and a baseline."""
    cat = broken_limit("per_class[cat].recall", 0.71, least=0.8)
    return failed(
        "animals [MODEL=small]",
        broken_limit("accuracy", 0.87118, least=0.9),
        cat,
        replace(
            broken_limit("loss", 1.25, most=1.0),
            rule="slice-limit",
            slice="group=rare",
            message="loss of group=rare is 1.25, above its limit 1",
            where=where(29, 30),
        ),
        problem(
            "baseline",
            message="the loss is worse than the baseline: 0.32741 against 0.3012",
            because="by 0.026212 (95 % interval 0.0114 to 0.0412), p = 0.0004, where 0.01 is allowed",
            remedy="find the change, or write a new baseline with: cepick baseline write",
            where=where(24, 5),
            path="loss",
            value=0.3274123,
            most=0.3112,
        ),
        matrix={"MODEL": "small"},
        measured=(
            measured(),
            measured("accuracy", 0.87118, least=0.9, most=None, held=False),
            measured("per_class[cat].recall", 0.71, least=0.8, most=None, held=False),
            measured("per_class[dog].recall", 0.93, least=0.8, most=None),
            measured("loss", 1.25, most=1.0, slice="group=rare", held=False),
            measured("loss", 0.29, most=1.0, slice="group=common"),
        ),
        slices=(
            SliceResult(name="group=common", count=1001, loss=0.29, accuracy=0.95, held_to_limits=True),
            SliceResult(name="group=rare", count=66, loss=1.25, accuracy=0.61, held_to_limits=True),
            SliceResult(name="group=few", count=12, loss=0.8, accuracy=None, held_to_limits=False),
        ),
        baseline=DIFFERENCE,
        notes=("the slices' losses are means of their own",),
    )


def unequal() -> CheckResult:
    """Return a check whose loss is not the printed number."""
    wrong = problem(
        "equals",
        message="the loss is 0.327412346, not the expected 1.5293",
        because="off by 1.2019, 0.79 of it, where 1.5e-05 is allowed",
        remedy="'cepick match logits.npy labels.npy --value 1.5293' says which definition or mistake gives it",
        path="loss",
        value=0.3274123,
        least=1.5292847,
        most=1.5293153,
    )
    held_to = (measured(least=1.5292847, most=1.5293153, held=False),)
    return failed("printed", wrong, measured=held_to)


def infinite() -> CheckResult:
    """Return a check whose numbers are not finite."""
    return failed(
        "infinite",
        broken_limit("loss", float("inf"), most=0.4),
        broken_limit("perplexity", float("nan"), most=3.0),
        broken_limit("d2", None, least=0.5),
        value=float("inf"),
        measured=(
            measured("loss", float("inf"), held=False),
            measured("perplexity", float("nan"), most=3.0, held=False),
            measured("d2", None, least=0.5, most=None, held=False),
        ),
        slices=(SliceResult(name="a", count=0, loss=None, accuracy=None, held_to_limits=False),),
    )


def findings_of_each_severity() -> CheckResult:
    """Return a check that fails of an error, and has a warning and a note besides."""
    csv = finding("CE203", rows=(), lines=(12, 40), count=23, message="labels of -100 were left out")
    return failed("everything", problem(), problem("CE203", finding=csv, file="labels.npy"), problem("CE302"))


def warned() -> CheckReport:
    """Return a report in which a warning fails."""
    return report(failed("strict", problem("CE501", fails=True)), fail_on="warning")


def deep() -> CheckResult:
    """Return a check of a deeper array, with a note that fails."""
    return failed("deep", problem("CE302", finding=finding("CE302", rows=((17, 3), (18, 0))), fails=True))


def hostile() -> CheckResult:
    """Return a check whose every text is hostile, and one of them 3 MB long."""
    bad = finding(
        "CE103",
        message=HOSTILE + "m" * 3_000_000,
        because=HOSTILE,
        remedy=HOSTILE,
    )
    return failed(
        HOSTILE,
        problem("CE103", finding=bad, file=HOSTILE, where=where(3, 4, HOSTILE)),
        replace(broken_limit("loss", 1.0, most=0.5), slice=HOSTILE, rule="slice-limit", message=HOSTILE),
        where=where(3, 4, HOSTILE),
        predictions=HOSTILE,
        targets=HOSTILE,
        matrix={"A": HOSTILE},
        measured=(measured(slice=HOSTILE, value=1.0, most=0.5, held=False),),
        slices=(SliceResult(name=HOSTILE, count=1, loss=1.0, accuracy=0.0, held_to_limits=True),),
        notes=(HOSTILE,),
    )


def mixed() -> CheckReport:
    """Return a report with something of everything that is not hostile."""
    return report(
        result("digits"),
        limits(),
        broken(),
        result("spam", problems=(problem("CE501"), problem("CE210"))),
        findings_of_each_severity(),
        unequal(),
    )


def many(errors: int = 30, warnings: int = 25, notes: int = 20) -> CheckReport:
    """Return a report of one check with more problems than a forge shows."""
    rules = ["CE104"] * errors + ["CE501"] * warnings + ["CE210"] * notes
    return report(failed("many", *(problem(rule) for rule in rules)))


REPORTS: dict[str, CheckReport] = {
    "nothing": report(),
    "passed": all_passed(),
    "mixed": mixed(),
    "warned": warned(),
    "deep": report(deep()),
    "infinite": report(infinite()),
    "broken": report(broken(), result()),
    "twins": report(failed("twins", problem(), problem()), failed("twins", problem())),
    "many": many(),
    "no file": report(failed("mapping", problem(where=where(None, None))), file=None),
    "hostile": report(hostile(), broken(HOSTILE, HOSTILE), file=HOSTILE),
}
