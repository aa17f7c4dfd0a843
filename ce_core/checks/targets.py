"""Checks of the targets: are they labels or probabilities of these classes?"""

from __future__ import annotations

from collections.abc import Iterator

from ..findings import Finding
from .case import Case, plural


def _is_index(case: Case) -> bool:
    return case.view.layout.form == "index"


def label_out_of_range(case: Case) -> Iterator[Finding]:
    """CE201: a class index below 0, or not below the number of classes."""
    facts, classes = case.view.target_facts, case.view.layout.units
    if not _is_index(case) or not facts.outside_count or not facts.integral:
        return
    from ..frameworks import out_of_range_behaviour

    values = _values(facts.distinct) if facts.distinct else f"from {facts.low:g} to {facts.high:g}"
    reactions = "; ".join(f"{name}: {text}" for name, text in out_of_range_behaviour().items())
    yield case.finding(
        "CE201",
        f"{plural(facts.outside_count, 'label')} out of range: {values}, with {classes} classes 0 to {classes - 1}",
        because=f"such a label has no column, so it has no loss. What frameworks do — {reactions}",
        remedy="correct the labels; or leave a padding label out with --ignore-index LABEL",
        count=facts.outside_count,
        rows=facts.outside_at,
    )


def _values(distinct: object) -> str:
    values = sorted(distinct)  # type: ignore[call-overload]
    shown = ", ".join(f"{each:g}" for each in values[:5])
    return shown + (f" and {len(values) - 5} more" if len(values) > 5 else "")


def one_based_labels(case: Case) -> Iterator[Finding]:
    """CE202: labels run from 1 to K."""
    facts, classes = case.view.target_facts, case.view.layout.units
    if case.view.said.label_base is not None or not facts.rows or not facts.integral:
        return
    if _is_index(case):
        found = facts.low == 1 and facts.high == classes
    else:
        found = case.view.layout.units == 1 and set(facts.distinct or ()) == {1.0, 2.0}
        classes = 2
    if found:
        yield case.finding(
            "CE202",
            f"labels run from 1 to {classes}, and classes are counted from 0 to {classes - 1}",
            because=f"the smallest label is 1 and the largest is {classes}, the number of classes: "
            f"every label names the next class, and label {classes} none",
            remedy="subtract 1 from the labels, or say --label-base 1",
            count=facts.rows,
            rows=facts.outside_at,
        )


def undeclared_sentinel(case: Case) -> Iterator[Finding]:
    """CE203: the labels out of range all are one mark for positions to leave out."""
    label = case.view.sentinel
    if label is None:
        return
    count, rows = case.view.sentinel_count, case.view.sentinel_rows
    yield case.finding(
        "CE203",
        f"{plural(count, 'label')} of {label} left out of the loss: it marks no class",
        because=f"every label out of range is {label}, a usual mark for padding or for unlabelled pixels",
        remedy=f"confirm with --ignore-index {label}",
        count=count,
        rows=rows,
    )


def signed_labels(case: Case) -> Iterator[Finding]:
    """CE204: labels are -1 and +1, and a cross-entropy is used."""
    view = case.view
    facts = view.target_facts
    if _is_index(case) and view.layout.units != 2:
        return
    if facts.low != -1 or facts.high != 1 or not facts.integral:
        return
    if _is_index(case):
        if set(facts.distinct or ()) != {-1.0} or view.has_zero_label:
            return
    elif set(facts.distinct or ()) != {-1.0, 1.0}:
        return
    yield case.finding(
        "CE204",
        "labels are -1 and +1, and a cross-entropy takes 0 and 1",
        because="with y = -1 the formula rewards confident mistakes: the loss has no lower bound",
        remedy="map them by (y + 1)/2, or use a hinge loss, which is made for -1 and +1",
        count=facts.rows,
    )


def rows_not_distributions(case: Case) -> Iterator[Finding]:
    """CE205: soft targets over exclusive classes do not sum to 1."""
    facts, task = case.view.target_facts, case.task
    if _is_index(case) or case.view.layout.units == 1 or not facts.off_sum_count:
        return
    if task.exclusive is not True and case.competes != "softmax":
        return
    if facts.low < 0 or facts.high > 1:
        return
    if facts.hard and not facts.several_rows:
        return
    yield case.finding(
        "CE205",
        f"{plural(facts.off_sum_count, 'target row')} of exclusive classes do not sum to 1: off by up to "
        f"{facts.sum_error:.4g}",
        because="a row that sums to 2 counts twice: frameworks use the rows as they are, without a warning",
        remedy="divide each row by its sum, or say --multilabel if several classes may be true at once",
        count=facts.off_sum_count,
        rows=facts.off_sum_rows,
    )


def targets_outside_unit_interval(case: Case) -> Iterator[Finding]:
    """CE206: targets below 0 or above 1 that are whole numbers, such as a 0/255 mask."""
    facts = case.view.target_facts
    if _is_index(case) or not facts.rows or (facts.low >= 0 and facts.high <= 1) or not facts.integral:
        return
    values = set(facts.distinct or ())
    remedy = (
        "divide them by 255"
        if 0 <= facts.low and facts.high == 255 and (values <= {0.0, 255.0} or len(values) > 2 or not values)
        else "hand over 0 and 1, or probabilities"
    )
    yield case.finding(
        "CE206",
        f"{plural(facts.outside_count, 'target row')} outside [0, 1]: values run from {facts.low:g} to "
        f"{facts.high:g}",
        because="a cross-entropy takes probabilities as targets; outside [0, 1] it has no lower bound "
        "(PyTorch's BCEWithLogitsLoss accepts such targets in silence)",
        remedy=remedy,
        count=facts.outside_count,
        rows=facts.outside_at,
    )


def continuous_targets(case: Case) -> Iterator[Finding]:
    """CE209: the targets are quantities."""
    facts = case.view.target_facts
    if not facts.rows or facts.integral or facts.fraction is None:
        return
    row, value = facts.fraction
    inside = facts.low >= 0 and facts.high <= 1
    if not _is_index(case) and inside:
        return
    yield case.finding(
        "CE209",
        f"the targets are quantities, from {facts.low:g} to {facts.high:g}: a regression",
        because=f"row {row} holds {value:g}, which is neither a class nor a probability"
        if not inside
        else f"row {row} holds {value:g}, where a class index is needed",
        remedy="use mean squared error or another regression loss; for classes hand over whole numbers",
        count=facts.rows,
        rows=(row,),
    )


TARGET_CHECKS = (
    label_out_of_range,
    one_based_labels,
    undeclared_sentinel,
    signed_labels,
    rows_not_distributions,
    targets_outside_unit_interval,
    continuous_targets,
)
