"""Assertions for tests of a model's outputs, whose failures say what is wrong as `cepick` does.

>>> from ce_core.testing import assert_loss, assert_no_findings
>>> logits, labels = [[2.0, 0.0, -1.0], [0.5, 1.0, 0.0]], [0, 1]
>>> _ = assert_loss(logits, labels, value=0.425058, rtol=1e-5)
>>> assert_no_findings(logits, labels).loss
'sparse_softmax_cross_entropy'
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ce_core.compute.evaluate import evaluate
from ce_core.compute.evaluation import Evaluation
from ce_core.suite import problems
from ce_core.suite.check import check
from ce_core.suite.explained import explanation
from ce_core.suite.report import CheckReport, Problem
from ce_core.suite.spec import CheckSpec, Equals, FailOn, Limit, Where
from ce_core.suite.told import told, told_report

__all__ = ["assert_checks", "assert_limits", "assert_loss", "assert_no_findings"]


def assert_loss(
    predictions: Any,
    targets: Any = None,
    *,
    value: float,
    rtol: float = 1e-5,
    atol: float = 0.0,
    loss: str | None = None,
    **arguments: Any,
) -> Evaluation:
    """Assert that the loss of two arrays is a number, such as the one that the training code printed.

    Use it in a test of a training loop: hand over its logits, its targets and its loss. Where the loss is another, the
    message says what the arrays' findings are, and which definition or mistake gives the number.

    Formula: ``|loss - value| <= atol + rtol * |value|``.

    Shapes, units, and the further arguments: those of `ce_core.evaluate`.

    Raises `AssertionError` where it is not, and `CepickError` for arrays that cannot be read or paired.

    >>> assert_loss([[2.0, 0.0], [0.0, 1.0]], [0, 1], value=0.22009, rtol=1e-4).loss
    'sparse_softmax_cross_entropy'
    >>> try:
    ...     assert_loss([[2.0, 0.0], [0.0, 1.0]], [0, 1], value=0.31753, rtol=1e-4)
    ... except AssertionError as error:
    ...     print(str(error).splitlines()[0])
    the loss is 0.220094849, not the expected 0.31753
    """
    __tracebackhide__ = True
    answer = evaluate(predictions, targets, loss=loss, **arguments)
    equals = Equals(value=value, rtol=rtol, atol=atol, where=_HERE)
    _, wrong = problems.compared(equals, answer, "error", _check(answer))
    if not wrong:
        return answer
    room = atol + rtol * abs(value)
    why = explanation(value, room, predictions, targets, arguments)
    found = [problems.of_finding(each, _check(answer), answer, "error") for each in answer.findings]
    raise AssertionError(_message(answer, [_because(wrong[0], why), *found]))


def assert_no_findings(
    predictions: Any,
    targets: Any = None,
    *,
    fail_on: FailOn = "warning",
    loss: str | None = None,
    **arguments: Any,
) -> Evaluation:
    """Assert that nothing is wrong with two arrays: no finding of at least some severity, and a loss that fits.

    Use it on the arrays of a validation run. ``select`` and ``ignore`` say which findings count (see
    `ce_core.selection`), ``fail_on`` from which severity on: error, warning or note.

    Shapes, units, and the further arguments: those of `ce_core.evaluate`.

    Raises `AssertionError` with every finding that fails, and `CepickError` for arrays that cannot be read or paired.

    >>> try:
    ...     assert_no_findings([[0.9, 0.1], [0.2, 0.8]], [0, 1], loss="sparse_softmax_cross_entropy")
    ... except AssertionError as error:
    ...     print("CE102" in str(error))
    True
    """
    __tracebackhide__ = True
    answer = evaluate(predictions, targets, loss=loss, **arguments)
    one = _check(answer)
    found = [problems.of_finding(each, one, answer, fail_on) for each in answer.findings]
    found += problems.of_status(one, answer, fail_on)
    failing = [each for each in problems.in_order(found) if each.fails]
    if failing:
        raise AssertionError(_message(answer, failing))
    return answer


def assert_limits(
    predictions: Any,
    targets: Any = None,
    *,
    limits: Mapping[str, Mapping[str, float]],
    loss: str | None = None,
    **arguments: Any,
) -> Evaluation:
    """Assert that diagnostics are within limits: ``{"accuracy": {"min": 0.9}, "loss": {"max": 0.4}}``.

    Use it to hold a model to what was promised of it. A limit's key is the path of a diagnostic in the JSON, such as
    ``per_class.recall`` (of every class) or ``quantiles.p99``.

    Shapes, units, and the further arguments: those of `ce_core.evaluate`.

    Raises `AssertionError` with every limit that is broken, and `CepickError` for a diagnostic that does not exist.

    >>> answer = assert_limits([[2.0, 0.0], [0.0, 1.0]], [0, 1], limits={"accuracy": {"min": 1}})
    >>> answer.diagnostics.accuracy
    1.0
    """
    __tracebackhide__ = True
    from ce_core.suite.read import limits_of

    asked: tuple[Limit, ...] = limits_of(limits)
    answer = evaluate(predictions, targets, loss=loss, **arguments)
    _, broken = problems.held_to(asked, answer, "error")
    if broken:
        raise AssertionError(_message(answer, broken))
    return answer


def assert_checks(suite: str | Path | Mapping[str, Any] | None = None, **arguments: Any) -> CheckReport:
    """Assert that every check of a suite passes; the arguments are those of `ce_core.check`.

    Use it to run a repository's ``cepick.yaml`` among its tests.

    Raises `AssertionError` with what fails, and what could not run; `CepickError` for a file that cannot be read.

    >>> report = assert_checks({"checks": [{"name": "digits", "predictions": "examples/digits_logits.npy",
    ...     "targets": "examples/digits_labels.npy", "limits": {"accuracy": {"min": 0.9}}}]})
    >>> report.exit_code
    0
    """
    __tracebackhide__ = True
    report = check(suite, **arguments)
    if report.exit_code:
        raise AssertionError(told_report(report))
    return report


_HERE = Where(file="the assertion")


def _check(answer: Evaluation) -> CheckSpec:
    return CheckSpec(
        name="assertion", predictions=(answer.predictions,), targets=(answer.targets,), where=_HERE
    )


def _because(problem: Problem, why: str | None) -> Problem:
    # On arrays in memory there is no command to type.
    remedy = "mend the code that computes it, or the arrays" if why else "compare how each computes it"
    return replace(problem, because="; ".join(filter(None, (problem.because, why))), remedy=remedy)


def _message(answer: Evaluation, found: Iterable[Problem]) -> str:
    about = f"{answer.predictions} {list(answer.shapes[0])} against {answer.targets} {list(answer.shapes[1])}"
    loss = f", read as {answer.loss}" if answer.loss else ""
    return "\n".join((*(line for each in found for line in told(each)), f"({about}{loss})"))
