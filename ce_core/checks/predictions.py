"""Checks of the predictions: are they what the loss takes them for?"""

from __future__ import annotations

from collections.abc import Iterator

from ..findings import Finding
from ..losses import LOSSES
from .case import Case, plural


def not_finite(case: Case) -> Iterator[Finding]:
    """CE101: NaN or +inf in the predictions, a row of nothing but -inf, NaN in the targets."""
    facts, targets = case.view.prediction_facts, case.view.target_facts
    parts = [
        text
        for count, text in (
            (facts.nan, plural(facts.nan, "NaN value")),
            (facts.positive_infinite, plural(facts.positive_infinite, "value") + " of +inf"),
            (facts.empty_rows, plural(facts.empty_rows, "row") + " of nothing but -inf"),
        )
        if count
    ]
    if parts:
        yield case.finding(
            "CE101",
            f"the predictions are not finite: {', '.join(parts)}",
            because="one such row makes the mean NaN, in every framework",
            remedy="find where the model overflows (learning rate, 16-bit range, log or division of 0), or leave "
            "the rows out with --mask",
            count=facts.nan + facts.positive_infinite + facts.empty_rows,
            rows=facts.bad_rows,
        )
    if targets.nan:
        yield case.finding(
            "CE101",
            f"the targets hold {plural(targets.nan, 'NaN value')}",
            because="a missing target has no loss: the mean becomes NaN",
            remedy="leave the rows out with --mask, or fill them in",
            count=targets.nan,
            rows=targets.nan_rows,
        )


def _takes_logits(case: Case) -> bool:
    return case.view.said.outputs == "logits"


def _takes_probabilities(case: Case) -> bool:
    return case.view.said.outputs == "probabilities"


def _said_how(case: Case) -> str:
    return f"{case.loss} takes" if case.asked and case.loss else "what was said is"


def _other_form(case: Case, given: str) -> str:
    """Return the loss that computes the same from another form of the outputs."""
    loss = LOSSES[case.loss] if case.loss else None
    for row in LOSSES.values():
        if (
            loss is not None
            and row.computed
            and row.given == given
            and row.competes == loss.competes
            and not row.requires
            and (row.target_form == loss.target_form or given == "log_probabilities")
        ):
            return f"--loss {row.id}"
    return "--" + given.replace("_", "-")


def probabilities_as_logits(case: Case) -> Iterator[Finding]:
    """CE102: a loss on logits, and the rows are distributions, or fit far better as probabilities."""
    if not _takes_logits(case):
        return
    view = case.view
    facts = view.prediction_facts
    softmax = case.loss is None or LOSSES[case.loss].competes == "softmax" or case.task.exclusive
    if view.rows_are_distributions and softmax:
        yield case.finding(
            "CE102",
            "the predictions are probabilities, and the loss takes them for logits: a second softmax",
            because=f"each of {facts.rows:,} rows is in [0, 1] and sums to 1 within {facts.sum_error:.2g}; "
            f"{_said_how(case)} logits, so softmax would be applied twice and the loss could never reach 0",
            remedy=f"hand over the logits, or take the loss on probabilities: {_other_form(case, 'probabilities')}",
            count=facts.rows,
        )
    elif view.in_unit_interval and view.probe is not None and view.probe.lower():
        yield case.finding(
            "CE102",
            "the predictions are probabilities, and the loss takes them for logits: a second sigmoid",
            because=f"every value is in [0, 1], and read as probabilities the loss is {view.probe.second:.4g} nats "
            f"against {view.probe.first:.4g} read as logits ({view.probe.count:,} values)",
            remedy=f"hand over the logits, or take the loss on probabilities: {_other_form(case, 'probabilities')}",
            count=facts.rows,
        )


def logits_as_probabilities(case: Case) -> Iterator[Finding]:
    """CE103: a loss on probabilities, and values leave [0, 1] or exclusive rows do not sum to 1."""
    view = case.view
    facts = view.prediction_facts
    if not _takes_probabilities(case) or not facts.rows:
        return
    exclusive = view.layout.units > 1 and case.task.exclusive is not False and case.competes != "sigmoid"
    if not view.in_unit_interval:
        like = "log-probabilities" if view.rows_are_log_distributions else "logits"
        remedy = _other_form(case, like.replace("-", "_"))
        yield case.finding(
            "CE103",
            f"the predictions are not probabilities: they run from {facts.low:.6g} to {facts.high:.6g}",
            because=f"{_said_how(case)} probabilities, and values outside [0, 1] are none; they look like {like}. "
            "Keras clips them silently (from_logits=False is its default), PyTorch and scikit-learn refuse them",
            remedy=f"{remedy}; in Keras from_logits=True",
            count=len(facts.off_rows),
            rows=facts.off_rows,
        )
    elif exclusive and facts.sum_error > view.tolerance:
        yield case.finding(
            "CE103",
            f"the rows of probabilities do not sum to 1: off by up to {facts.sum_error:.4g}",
            because=f"{_said_how(case)} probabilities of exclusive classes, and values of this precision "
            f"({view.predictions.precision}) should sum to 1 within {view.tolerance:.2g}",
            remedy="apply softmax instead of sigmoid, or say --multilabel if the outcomes are independent",
            count=len(facts.off_rows),
            rows=facts.off_rows,
        )


def one_unit_softmax(case: Case) -> Iterator[Finding]:
    """CE107: a softmax over a single column."""
    if case.view.layout.units != 1:
        return
    softmax = case.competes == "softmax" or (
        case.view.said.outcomes == "multiclass" and case.view.said.exclusive is True
    )
    if softmax:
        yield case.finding(
            "CE107",
            "softmax over one column is always 1: the loss is 0 whatever the model puts out",
            because=f"the predictions have shape {list(case.view.layout.predictions)}: one column, "
            "so nothing competes and nothing is learnt",
            remedy="use a sigmoid loss on the one column (--binary --logits), or put out a column per class",
            count=case.view.layout.rows,
        )


def not_log_probabilities(case: Case) -> Iterator[Finding]:
    """CE111: a negative log-likelihood, and the values are probabilities or logits."""
    view = case.view
    facts = view.prediction_facts
    if view.said.outputs != "log_probabilities" or not facts.rows or view.rows_are_log_distributions:
        return
    if view.layout.units == 1:
        return
    are = "probabilities" if view.rows_are_distributions else "logits"
    shown = f"values run from {facts.low:.6g} to {facts.high:.6g}"
    effect = (
        "the loss is then minus a probability, between -1 and 0"
        if are == "probabilities"
        else "the loss is then minus a logit, without a lower bound"
    )
    yield case.finding(
        "CE111",
        f"the predictions are not log-probabilities: they look like {are}",
        because=f"{shown}, and the exponentials of a row do not sum to 1; {effect}",
        remedy=f"{_other_form(case, are)}; or apply log-softmax first",
        count=len(facts.off_rows) or facts.rows,
        rows=facts.off_rows,
    )


PREDICTION_CHECKS = (
    not_finite,
    probabilities_as_logits,
    logits_as_probabilities,
    one_unit_softmax,
    not_log_probabilities,
)
