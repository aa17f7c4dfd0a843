"""Run the checks of a suite: each by itself, several at once, and none stops another."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ce_core.arrays.files import read_less
from ce_core.compute.evaluate import evaluate
from ce_core.compute.evaluation import Evaluation
from ce_core.compute.threads import thread_count
from ce_core.errors import CepickError, did_you_mean

from . import problems
from .against import against_baseline
from .at_once import at_once
from .explained import explanation
from .groups import columns_of, mask_of, refuse_among, slices_of
from .keyed import in_keys
from .placed import PlacedError, placed
from .report import CheckReport, CheckResult, Measured, Problem, SliceResult
from .spec import FAIL_ON, CheckSpec, Equals, FailOn, Slices, Suite, Where

Told = Callable[[int, int], None]
"""Is told how many checks are done, and how many there are."""


def run_suite(
    suite: Suite,
    *,
    fail_on: FailOn | None = None,
    only: tuple[str, ...] = (),
    jobs: int | None = None,
    threads: int | None = None,
    progress: Told | None = None,
) -> CheckReport:
    """Run every check of a suite, or ``only`` those of some names, and report them in the file's order.

    fail_on: the least severity that fails a check, which wins over what the file says.
    jobs: how many checks run at a time (one for each core by default); threads: how many each of them uses.

    Raises `CepickError` for names that the suite does not have; what is wrong with one check is in its result.
    """
    if fail_on is not None:
        check_fail_on(fail_on)
        plain = tuple(replace(each, findings=replace(each.findings, fail_on=None)) for each in suite.checks)
        suite = replace(suite, fail_on=fail_on, checks=plain)
    checks = chosen_checks(suite, only)
    cores = thread_count(threads)
    jobs = min(thread_count(jobs), len(checks)) or 1
    share = max(1, cores // jobs) if threads is None else cores
    results = []
    for result in at_once(lambda each: run_check(each, suite.fail_on, threads=share), checks, jobs):
        results.append(result)
        if progress is not None:
            progress(len(results), len(checks))
    return CheckReport(file=suite.file, fail_on=suite.fail_on, results=tuple(results))


def check_fail_on(fail_on: str) -> None:
    """Refuse a word that is no severity: nothing would ever fail by it."""
    if fail_on not in FAIL_ON:
        raise CepickError(f"fail_on: {fail_on!r} is not one of its values; {did_you_mean(fail_on, FAIL_ON)}")


def chosen_checks(suite: Suite, only: tuple[str, ...]) -> tuple[CheckSpec, ...]:
    """Return the checks of some names; that of a matrix stands for all its combinations."""
    known = dict.fromkeys(name for each in suite.checks for name in (each.name, _plain(each.name)))
    for name in only:
        if name not in known:
            raise CepickError(
                f"only: {name!r} is no check of {suite.file or 'the suite'}; {did_you_mean(name, known)}"
            )
    return tuple(each for each in suite.checks if not only or {each.name, _plain(each.name)} & set(only))


def _plain(name: str) -> str:
    return name.partition(" [")[0]


def run_check(check: CheckSpec, fail_on: FailOn = "error", *, threads: int | None = None) -> CheckResult:
    """Run one check. A mistake in it, or in its files, makes a result that says so."""
    try:
        return _run(check, check.findings.fail_on or fail_on, fail_on, threads)
    except CepickError as error:
        place = error.where if isinstance(error, PlacedError) else None
        return _broken(check, str(error), error.code, place)
    except MemoryError:
        return _broken(
            check, "the arrays do not fit into memory; use a smaller file, or one of a smaller dtype"
        )
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return _broken(check, f"{where}{error.strerror or error}; check the path and its permissions")


def _run(check: CheckSpec, found_fail_on: FailOn, fail_on: FailOn, threads: int | None) -> CheckResult:
    keep: Any = "examples" if check.baseline is not None else bool(check.slices)
    arrays = _arrays(check)
    answer = evaluated(check, keep=keep, threads=threads, **arrays)
    found = [problems.of_finding(each, check, answer, found_fail_on) for each in answer.findings]
    found += problems.of_status(check, answer, fail_on)
    measured, broken = problems.held_to(check.limits, answer, fail_on)
    found += broken
    if check.equals is not None:
        one, unequal = problems.compared(check.equals, answer, fail_on, check)
        measured = [one, *measured]
        found += [_explained(each, check, check.equals, arrays) for each in unequal]
    difference = None
    if check.baseline is not None:
        with placed(check.baseline.where):
            difference, worse = against_baseline(check, check.baseline, answer, fail_on)
        found += worse
    slices: list[SliceResult] = []
    for each in check.slices:
        with placed(each.where):
            parts, held, broken = _sliced(check, each, answer, fail_on, threads, arrays)
        slices, measured, found = [*slices, *parts], [*measured, *held], [*found, *broken]
    return CheckResult(
        name=check.name,
        status="failed" if any(each.fails for each in found) else "passed",
        where=check.where,
        predictions=answer.predictions,
        targets=answer.targets,
        matrix=check.matrix,
        loss=answer.loss,
        value=answer.value,
        unit=answer.unit,
        count=answer.count,
        problems=problems.in_order(found),
        measured=tuple(measured),
        slices=tuple(slices),
        baseline=difference,
        notes=answer.notes,
        evaluation=replace(answer, losses=None, examples=None),
    )


def _explained(problem: Problem, check: CheckSpec, equals: Equals, arrays: Mapping[str, Any]) -> Problem:
    """Return a number that is not the expected one with what gives that one, where something plausible does."""
    if arrays.get("parts"):
        return problem
    room = equals.atol + equals.rtol * abs(equals.value)
    arguments = {**check.options, "task": dict(check.task) or None}
    why = explanation(equals.value, room, arrays["predictions"], arrays["targets"], arguments)
    return problem if why is None else replace(problem, because=f"{problem.because}; {why}")


def evaluated(check: CheckSpec, *, keep: Any, threads: int | None, **changed: Any) -> Evaluation:
    """Return the evaluation of a check's arrays, as it says them."""
    arguments: dict[str, Any] = {
        "task": dict(check.task) or None,
        "loss": check.loss,
        "select": check.findings.select,
        "ignore": check.findings.ignore or None,
        "keep": keep,
        "threads": threads,
        **check.options,
        **({} if "predictions" in changed else _arrays(check)),
        **changed,
    }
    return evaluate(**arguments)


def _arrays(check: CheckSpec) -> Mapping[str, Any]:
    """Return the files of a check as arguments of `evaluate`: the first of each, and the parts that follow."""
    if len(check.predictions) != len(check.targets) and check.targets:
        counts = f"{len(check.predictions)} of predictions and {len(check.targets)} of targets"
        raise CepickError(f"{check.name}: {counts}; give as many shards of each, or a glob for all of them")
    columns = columns_of(check.slices)
    if columns and not check.targets and len(check.predictions) == 1:
        # What slices are taken by stands beside the predictions, and is none of them.
        both = read_less(check.predictions[0], columns, check.options.get("target_column"))
        if both is not None:
            return {"predictions": both[0], "targets": both[1], "target_column": None}
    if check.targets:
        refuse_among(columns, check.predictions)
    pairs = list(zip(check.predictions, check.targets or check.predictions, strict=True))
    return {
        "predictions": pairs[0][0],
        "targets": pairs[0][1] if check.targets else None,
        "parts": tuple(pairs[1:]),
    }


def _sliced(
    check: CheckSpec,
    slices: Slices,
    whole: Evaluation,
    fail_on: FailOn,
    threads: int | None,
    arrays: Mapping[str, Any],
) -> tuple[list[SliceResult], list[Measured], list[Problem]]:
    """Evaluate each slice as what all the examples are, and hold it to the limits."""
    results: list[SliceResult] = []
    measured: list[Measured] = []
    found: list[Problem] = []
    if whole.losses is None or whole.loss is None:
        return results, measured, found
    positions = whole.losses.shape
    tables = (*check.targets, *check.predictions)
    for name, wanted in slices_of(slices, tables, positions):
        mask = mask_of(wanted, check.options.get("mask"), positions)
        if not mask.any():
            results.append(SliceResult(name=name, count=0, loss=None, accuracy=None, held_to_limits=False))
            continue
        answer = evaluated(
            check,
            keep=False,
            threads=threads,
            task=whole.task,
            loss=check.loss or whole.loss,
            mask=mask,
            select=(),
            ignore=None,
            **arrays,
        )
        enough = answer.count >= slices.least_count
        results.append(
            SliceResult(
                name=name,
                count=answer.count,
                loss=answer.value,
                accuracy=answer.diagnostics.accuracy,
                held_to_limits=enough,
            )
        )
        if enough:
            held, broken = problems.held_to(slices.limits, answer, fail_on, name)
            measured, found = [*measured, *held], [*found, *broken]
    return results, measured, found


def _broken(
    check: CheckSpec, message: str, code: str | None = None, where: Where | None = None
) -> CheckResult:
    """Return the result of a check that could not run: what, what to do, and where in the file."""
    what, _, remedy = message.partition("; ")
    problem = Problem(
        rule=code or "could-not-run",
        severity="error",
        fails=True,
        message=what,
        remedy=in_keys(remedy),
        where=where or check.where,
        file=check.predictions[0],
    )
    return CheckResult(
        name=check.name,
        status="broken",
        where=check.where,
        predictions=", ".join(check.predictions),
        targets=", ".join(check.targets),
        matrix=check.matrix,
        problems=(problem,),
    )
