"""Checks of the predictions: whether they are what the loss takes them for."""

from __future__ import annotations

from collections.abc import Iterator
from math import exp, log1p

from ce_core.findings import Finding
from ce_core.losses import LOSSES
from ce_core.probe.losses import scores_of
from ce_core.read.infer import one_vs_rest

from .case import Case, plural


def not_finite(case: Case) -> Iterator[Finding]:
    """CE101: NaN or +inf in the predictions, a row of nothing but -inf, NaN in the targets."""
    facts, targets = case.view.prediction_facts, case.view.target_facts
    # Independent outcomes may all be impossible; classes of which one must be true may not.
    empty = facts.empty_rows if case.task.exclusive is not False or case.competes == "softmax" else 0
    parts = [
        text
        for count, text in (
            (facts.nan, plural(facts.nan, "NaN value")),
            (facts.positive_infinite, plural(facts.positive_infinite, "value") + " of +inf"),
            (empty, plural(empty, "row") + " of nothing but -inf"),
        )
        if count
    ]
    if parts:
        yield case.finding(
            "CE101",
            f"the predictions are not finite: {', '.join(parts)}",
            because=f"{_no_loss(case, empty)}: a row whose loss is NaN makes the mean NaN",
            remedy="find where the model overflows (learning rate, 16-bit range, log or division of 0), or leave "
            "the rows out with --mask",
            count=facts.nan + facts.positive_infinite + empty,
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


def _no_loss(case: Case, empty: int) -> str:
    """Return why such values have no loss."""
    facts = case.view.prediction_facts
    if facts.nan:
        return "NaN is no prediction"
    if empty and not facts.positive_infinite:
        return "a softmax of nothing but -inf is 0/0"
    return (
        "a softmax of +inf is inf/inf"
        if case.view.layout.units > 1
        else "+inf is no finite logit or probability"
    )


def _takes_logits(case: Case) -> bool:
    return case.view.said.outputs == "logits"


def _takes_probabilities(case: Case) -> bool:
    # Sigmoid outputs beside class indices are probabilities, too, and no loss takes the two together.
    return case.view.said.outputs == "probabilities" or (
        case.task.outputs == "probabilities" and case.view.layout.form == "index" and one_vs_rest(case.view)
    )


def _said_how(case: Case) -> str:
    if case.view.said.outputs is None:
        return "class indices go with"
    return f"{case.loss} takes" if case.asked and case.loss else "what was said is"


_SAME_LOSS = {
    ("softmax", "index"): ("sparse_softmax_cross_entropy", "sparse_categorical_cross_entropy", "nll"),
    ("softmax", "rows"): ("softmax_cross_entropy", "categorical_cross_entropy", "nll"),
    ("sigmoid", "rows"): ("sigmoid_cross_entropy", "binary_cross_entropy", "nll"),
}
"""By what competes and the form of the targets: the loss on logits, on probabilities, on log-probabilities."""

_FORMS = ("logits", "probabilities", "log_probabilities")


def _other_form(case: Case, given: str) -> str:
    """Return the flag for another form of the outputs: the loss where one was asked for, else what was said."""
    losses = _SAME_LOSS.get((case.competes or "softmax", case.view.layout.form))
    if case.asked and losses and case.is_cross_entropy:
        return f"--loss {losses[_FORMS.index(given)]}"
    return "--" + given.replace("_", "-")


def _has_other_form(case: Case) -> bool:
    """Tell whether the loss, or what was said, has a form for other outputs."""
    return case.is_cross_entropy or LOSSES[str(case.loss)].also_given != ()


def _made_probabilities(case: Case, like: str) -> str:
    """Return how to make probabilities for a loss that takes nothing else."""
    if like == "log_probabilities":
        return "take their exponentials first"
    return f"apply {'softmax' if case.competes == 'softmax' else 'a sigmoid'} first"


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
            because=f"{_each_row(facts.rows)} in [0, 1] and sums to 1 within {facts.sum_error:.2g}; "
            f"{_said_how(case)} logits, so softmax is applied a second time"
            + (
                f": with {view.layout.units} columns no "
                f"example's loss can fall below {_least_twice(view.layout.units):.4g} nats, however good the model"
                if case.is_cross_entropy
                else ""
            ),
            remedy=_hand_over_logits(case),
            count=facts.rows,
        )
    elif view.in_unit_interval and view.readings is not None and view.readings.probabilities():
        losses = view.readings.losses
        yield case.finding(
            "CE102",
            "the predictions are probabilities, and the loss takes them for logits: a second sigmoid",
            because=f"every value is in [0, 1], and read as probabilities the loss is {losses.second:.4g} nats against "
            f"{losses.first:.4g} read as logits ({view.readings.counted}): "
            "a sigmoid of values in [0, 1] stays between 0.5 and 0.731",
            remedy=_hand_over_logits(case),
            count=facts.rows,
        )


def _hand_over_logits(case: Case) -> str:
    """Return what to do with probabilities under a loss on logits: another loss takes them, if one is the same."""
    if case.asked and LOSSES[str(case.loss)].also_given:
        return "hand over the logits, or say --probabilities"
    if not case.is_cross_entropy:
        return f"hand over the logits: {case.loss} takes the softmax or sigmoid itself"
    return f"hand over the logits, or take the loss on probabilities: {_other_form(case, 'probabilities')}"


def _each_row(rows: int) -> str:
    return "the only row is" if rows == 1 else f"each of {rows:,} rows is"


def _least_twice(units: int) -> float:
    """Return the loss of a certain and right answer that went through a second softmax."""
    return log1p((units - 1) * exp(-1))


def logits_as_probabilities(case: Case) -> Iterator[Finding]:
    """CE103: a loss on probabilities, and values leave [0, 1] or exclusive rows do not sum to 1."""
    view = case.view
    facts = view.prediction_facts
    if not _takes_probabilities(case) or not facts.rows:
        return
    exclusive = view.layout.units > 1 and case.task.exclusive is not False and case.competes != "sigmoid"
    exclusive = exclusive and case.family != "regions"
    if view.rows_are_log_distributions:
        return  # CE106 says so
    if not view.in_unit_interval:
        yield case.finding(
            "CE103",
            f"the predictions are not probabilities: they run from {facts.low:.6g} to {facts.high:.6g}",
            because=f"{_said_how(case)} probabilities, and these look like logits. Keras clips them without a "
            "warning; PyTorch's BCELoss and scikit-learn's log_loss refuse them",
            remedy=f"{_other_form(case, 'logits')}; in Keras from_logits=True"
            if _has_other_form(case)
            else _made_probabilities(case, "logits"),
            rows=facts.off_rows,
        )
    elif exclusive and facts.sum_error > view.tolerance:
        yield case.finding(
            "CE103",
            f"the rows of probabilities do not sum to 1: off by up to {facts.sum_error:.4g}",
            because=f"{_said_how(case)} probabilities of exclusive classes, and in the precision they have "
            f"({view.precision}) their rows sum to 1 within {view.tolerance:.2g}: these went through a sigmoid, or "
            "through no softmax",
            remedy="apply softmax instead of sigmoid; "
            + (
                "or, if the outcomes are independent, hand over a row of zeros and ones for each example"
                if view.layout.form == "index"
                else "or say --multilabel if the outcomes are independent"
            ),
            rows=facts.off_rows,
        )


def log_probabilities_as_probabilities(case: Case) -> Iterator[Finding]:
    """CE106: a loss on probabilities, and the values are the logarithms of rows that sum to 1."""
    view = case.view
    facts = view.prediction_facts
    if not _takes_probabilities(case) or not facts.rows or not view.rows_are_log_distributions:
        return
    keras = (
        "Keras' sparse loss clips every one to 1e-7 and gives ln K, whatever the model knows"
        if view.layout.form == "index"
        else "Keras' categorical loss divides each row by its sum, which turns the order of the classes around"
    )
    yield case.finding(
        "CE106",
        "the predictions are log-probabilities, and the loss takes them for probabilities",
        because=f"every value is at most 0 (from {facts.low:.6g} to {facts.high:.6g}), and the exponentials of "
        f"{'the only row' if facts.rows == 1 else f'each of {facts.rows:,} rows'} sum to 1 within "
        f"{facts.log_sum_error:.2g}; "
        f"{_said_how(case)} probabilities. {keras}; PyTorch's BCELoss and scikit-learn's log_loss refuse them",
        remedy=_as_log_probabilities(case),
        count=facts.rows,
    )


def _as_log_probabilities(case: Case) -> str:
    if not _has_other_form(case):
        return _made_probabilities(case, "log_probabilities")
    return f"{_other_form(case, 'log_probabilities')}, which loses nothing; or hand over their exponentials"


_NEAR_CERTAIN = 0.1


def log_sigmoid_as_probabilities(case: Case) -> Iterator[Finding]:
    """CE106: a loss on probabilities of independent outcomes, and the values are logarithms of these.

    Negative logits look the same: something has to be near certain, whose logarithm is near 0, and read as logarithms
    of probabilities the loss has to be significantly lower.
    """
    facts = case.view.prediction_facts
    if not _takes_probabilities(case) or not -_NEAR_CERTAIN < facts.high <= 0 or facts.low >= 0:
        return
    sample = case.sample if case.is_cross_entropy else None
    if sample is None or sample.exclusive or sample.outputs != "logits":
        return
    read = scores_of(sample.predictions, "log_probabilities", exclusive=False)
    found = sample.compare(sample.losses_of(read, sample.targets))
    if not found.lower():
        return
    yield case.finding(
        "CE106",
        "the predictions are logarithms of probabilities, and the loss takes them for probabilities",
        because=f"every value is at most 0 (from {facts.low:.6g} to {facts.high:.6g}), and the exponentials fit the "
        f"targets: {found.second:.4g} nats, against {found.first:.4g} read as logits "
        f"({plural(found.count, sample.noun)} compared); {_said_how(case)} probabilities. "
        "Keras clips every one to 1e-7 without a warning",
        remedy="hand over their exponentials, or the logits before the log-sigmoid with --logits",
        count=facts.rows,
    )


def one_unit_softmax(case: Case) -> Iterator[Finding]:
    """CE107: a softmax over a single column."""
    if case.view.layout.units != 1:
        return
    softmax = case.competes == "softmax" or (
        case.view.said.outcomes == "multiclass" and case.view.said.exclusive is True
    )
    if softmax:
        logits = case.loss is None or LOSSES[case.loss].given == "logits"
        yield case.finding(
            "CE107",
            "softmax over one column is always 1: the loss is 0 whatever the model puts out"
            if logits
            else "a loss over exclusive classes, and one column: what is not true costs nothing",
            because=f"predictions of shape {list(case.view.layout.predictions)} have one column, "
            + (
                "which a softmax divides by itself: nothing is learnt, and PyTorch and TensorFlow return 0 "
                "without a word"
                if logits
                else "so the probability of the other outcome is never looked at"
            ),
            remedy=f"use a loss for one outcome (--loss {_SAME_LOSS['sigmoid', 'rows'][0 if logits else 1]}), "
            "or put out a column for each class",
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
    instead = "take their logarithm" if are == "probabilities" else "apply log-softmax"
    shown = f"values run from {facts.low:.6g} to {facts.high:.6g}"
    effect = (
        "the loss is minus a probability, between -1 and 0"
        if are == "probabilities"
        else "the loss is minus a logit, without a lower bound"
    )
    yield case.finding(
        "CE111",
        f"the predictions are not log-probabilities: they look like {are}",
        because=f"{shown}, and the exponentials of a row do not sum to 1; {effect}, and PyTorch does not check",
        remedy=f"{_other_form(case, are)}; or {instead} first",
        rows=facts.off_rows,
    )


PREDICTION_CHECKS = (
    not_finite,
    probabilities_as_logits,
    logits_as_probabilities,
    log_probabilities_as_probabilities,
    one_unit_softmax,
    not_log_probabilities,
)

OUTPUT_CHECKS = (log_sigmoid_as_probabilities,)
"""The checks of the predictions that need the targets, too."""
