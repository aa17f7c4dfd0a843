"""Checks of how the two arrays go together."""

from __future__ import annotations

from collections.abc import Iterator

from ce_core.findings import Finding

from .case import Case, plural


def multi_label_under_softmax(case: Case) -> Iterator[Finding]:
    """CE305: hard rows with several ones, and exclusive outputs or an exclusive loss."""
    view = case.view
    facts = view.target_facts
    if view.layout.form == "index" or view.layout.units == 1 or not facts.hard or not facts.several_rows:
        return
    outputs = view.rows_are_distributions or view.rows_are_log_distributions
    if not (outputs or case.competes == "softmax" or case.task.exclusive is True):
        return
    shown = (
        "the rows of predictions sum to 1"
        if view.rows_are_distributions
        else "the predictions are log-probabilities of exclusive classes"
        if outputs
        else f"{case.loss} makes the classes compete"
        if case.competes == "softmax"
        else "the classes were said to be exclusive"
    )
    yield case.finding(
        "CE305",
        f"{plural(facts.several_rows, 'target row', 'hold')} several ones, but {shown}",
        because="under a softmax the classes share a probability of 1, so several true labels can never all be likely: "
        f"n of them cost at least n ln n, and here rows hold up to {1 + facts.sum_error:.0f}",
        remedy="put out logits and use sigmoid_cross_entropy (--multilabel --logits), one sigmoid for each label",
        count=facts.several_rows,
        rows=facts.several_at,
    )


SHAPE_CHECKS = (multi_label_under_softmax,)
