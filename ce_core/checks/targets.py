"""Checks of the targets: whether they are labels or probabilities of these classes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ce_core.findings import Finding
from ce_core.read.infer import SENTINELS

from .case import Case, plural


def _is_index(case: Case) -> bool:
    return case.view.layout.form == "index"


def label_out_of_range(case: Case) -> Iterator[Finding]:
    """CE201: a class index below 0, or not below the number of classes."""
    facts, classes = case.view.target_facts, case.view.layout.units
    if not _is_index(case) or not facts.outside_count or not facts.integral:
        return
    base = case.view.said.label_base or 0
    if facts.distinct:
        values = _values(each + base for each in facts.distinct)
    else:
        values = f"from {facts.low + base:g} to {facts.high + base:g}"
    from_one = facts.low >= 1 and facts.high == classes and not base
    yield case.finding(
        "CE201",
        f"{plural(facts.outside_count, 'label', 'are')} out of range: {values}, "
        f"where the classes are numbered {base} to {classes - 1 + base}",
        because=f"such a label has no column. {_reactions(case)}",
        remedy="if labels are counted from 1, say --label-base 1; else correct them"
        if from_one
        else "correct the labels; or leave a padding label out with --ignore-index LABEL",
        count=facts.outside_count,
        rows=facts.outside_at,
    )


def _reactions(case: Case) -> str:
    """Return what the frameworks do with such labels, in short; the table of each has it in full."""
    facts, classes = case.view.target_facts, case.view.layout.units
    wraps = -classes <= facts.low < 0
    optax = [
        f"counts {facts.low + (case.view.said.label_base or 0):g} from the end (-1: the last class)"
    ] * wraps
    if facts.high >= classes or not wraps:
        optax.append("gives NaN" + " for the others" * wraps)
    return (
        "PyTorch and TensorFlow raise an error on the CPU (TensorFlow: NaN under XLA); JAX (optax) "
        f"{' and '.join(optax)}; Keras on JAX gives a loss of 0; scikit-learn raises an error, or takes the labels "
        "that occur for the columns in their order"
    )


def _dtype_of_labels(case: Case) -> str | None:
    """Return the floating-point dtype of class indices, None of whole numbers and of a text file's."""
    source = case.view.targets
    floats = {"float16", "bfloat16", "float32", "float64"}
    return source.precision if source.precision in floats and source.array.dtype.kind == "f" else None


def float_labels(case: Case) -> Iterator[Finding]:
    """CE212: class indices are stored as floating-point numbers; where they need correcting, that is told instead."""
    facts = case.view.target_facts
    dtype = _dtype_of_labels(case) if _is_index(case) else None
    if dtype is None or not facts.rows or not facts.integral or facts.nan or facts.outside_count:
        return
    most = {"float16": 2048, "bfloat16": 256}.get(dtype)
    beyond = most is not None and case.view.layout.units > most
    yield case.finding(
        "CE212",
        f"the class indices are stored as {dtype}"
        + (f", which holds whole numbers up to {most:,} only" if beyond else ""),
        because="they are whole numbers, and the loss is the same. PyTorch, TensorFlow and optax refuse them (PyTorch: "
        "'expected target dtype to be Long or Byte'); Keras and scikit-learn take them"
        + (f"; of {case.view.layout.units:,} classes, those above {most:,} were rounded" if beyond else ""),
        remedy="store them as int64: targets.astype(np.int64), or targets.long() in PyTorch",
        count=facts.rows,
    )


def _values(distinct: Iterable[float]) -> str:
    values = sorted(distinct)
    shown = ", ".join(f"{each:g}" for each in values[:5])
    return shown + (f" and {len(values) - 5} more" if len(values) > 5 else "")


def one_based_labels(case: Case) -> Iterator[Finding]:
    """CE202: labels run from 1 to K."""
    facts, classes = case.view.target_facts, case.view.layout.units
    if case.view.said.label_base is not None or not facts.rows or not facts.integral:
        return
    index = _is_index(case)
    if index:
        found = facts.low == 1 and facts.high == classes
    else:
        found = case.view.layout.units == 1 and set(facts.distinct or ()) == {1.0, 2.0}
        classes = 2
    if found:
        yield case.finding(
            "CE202",
            f"labels run from 1 to {classes}, and classes are counted from 0 to {classes - 1}",
            because=f"the smallest label is 1 and the largest is {classes}, the number of classes: read from 0, "
            f"every label names the class after its own, and label {classes} none"
            if index
            else "every target is 1 or 2, and one outcome is 0 or 1",
            remedy="subtract 1 from the labels" + (", or say --label-base 1" if index else ""),
            count=facts.rows,
            rows=facts.outside_at,
        )


def undeclared_sentinel(case: Case) -> Iterator[Finding]:
    """CE203: the labels out of range all are one mark for positions to leave out."""
    label, classes = case.view.sentinel, case.view.layout.units
    count, rows = case.view.sentinel_count, case.view.sentinel_rows
    if label is None or (case.loss is not None and count == case.view.layout.rows and _is_index(case)):
        return  # with no label left, CE207 says so
    yield case.finding(
        "CE203",
        f"{plural(count, 'label')} of {label} left out of the loss: taken for a mark, not a class",
        because=f"every label out of range is {label}"
        + (
            f", one more than the last class of {classes} columns: a mark for padding, or the model lacks a column"
            if label == classes + (case.view.said.label_base or 0) and label not in SENTINELS
            else ", a usual mark for padding or for what has no label"
        ),
        remedy=f"confirm with --ignore-index {label}"
        + (_declared(label) if _is_index(case) else ", or leave them out with a mask"),
        count=count,
        rows=rows,
    )


def _declared(label: int) -> str:
    """Return how frameworks are told of a label to leave out."""
    if label == -100:
        return "; PyTorch leaves it out by itself, other frameworks have to be told"
    return f"; in PyTorch ignore_index={label}, in Keras ignore_class={label}"


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
        because="-1 is no class, and indexing takes it for the last one"
        if _is_index(case)
        else "with y = -1 the loss falls without bound as the logit falls, and rewards any size",
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
    if not facts.in_unit_interval and not case.view.shares and not _is_spread(case):
        return
    if facts.hard and not facts.several_rows:
        return
    yield case.finding(
        "CE205",
        f"{plural(facts.off_sum_count, 'target row', 'do')} not sum to 1, though the classes are exclusive: "
        f"off by up to {facts.sum_error:.4g}",
        because="a row that sums to 2 counts twice, one that sums to 0 not at all: PyTorch and TensorFlow use the "
        "rows as they are, without a warning",
        remedy="divide each row by its sum, or say --multilabel if several classes may be true at once",
        count=facts.off_sum_count,
        rows=facts.off_sum_rows,
    )


def _is_spread(case: Case) -> bool:
    """Tell whether a softmax loss was asked for on rows of shares, whatever they add up to."""
    return case.asked and case.competes == "softmax" and case.view.target_facts.low >= 0


def targets_outside_unit_interval(case: Case) -> Iterator[Finding]:
    """CE206: targets below 0 or above 1 that are whole numbers, such as a 0/255 mask."""
    facts = case.view.target_facts
    if _is_index(case) or not facts.rows or facts.in_unit_interval or not facts.integral:
        return
    yield case.finding(
        "CE206",
        f"{plural(facts.outside_count, 'target row', 'are')} outside [0, 1]: values run from {facts.low:g} to "
        f"{facts.high:g}",
        because="an overlap is of shares from 0 to 1; with other targets its value says nothing"
        if case.family == "regions"
        else "a cross-entropy takes probabilities as targets; outside [0, 1] it has no lower bound "
        "(PyTorch's BCEWithLogitsLoss accepts such targets in silence)",
        remedy=_into_unit_interval(case),
        count=facts.outside_count,
        rows=facts.outside_at,
    )


def _into_unit_interval(case: Case) -> str:
    """Return what whole numbers outside [0, 1] most likely are, and what to do with them."""
    facts, units = case.view.target_facts, case.view.layout.units
    values = sorted(facts.distinct or ())
    others = [each for each in values if each not in {0, 1}]
    if (
        facts.low >= 0
        and facts.high == 255
        and (others == [255] or len(values) != len(others) + 2 or not values)
    ):
        return "divide them by 255"
    marks = [each for each in others if each in SENTINELS]
    if marks and len(others) == len(marks):
        return f"if {marks[0]:g} marks what to leave out, say --ignore-index {marks[0]:g}"
    if units == 1 and facts.low >= 0:
        return (
            "class indices need predictions with a column for each class; "
            "for counts or quantities use a regression loss"
        )
    return "hand over 0 and 1, or probabilities"


def continuous_targets(case: Case) -> Iterator[Finding]:
    """CE209: the targets are quantities."""
    facts = case.view.target_facts
    if not facts.rows or facts.integral or facts.fraction is None:
        return
    number, value = facts.fraction
    place = case.view.layout.row(number)
    row = f"row {list(place) if isinstance(place, tuple) else place}"
    if not _is_index(case) and (facts.in_unit_interval or case.view.shares):
        return
    if not _is_index(case) and case.view.layout.units > 1 and _is_spread(case):
        return
    if facts.in_unit_interval:
        units = case.view.layout.units
        message = (
            f"the targets are fractions, from {facts.low:g} to {facts.high:g}, where class indices are needed"
        )
        because = (
            f"{row} holds {value:g}, and predictions of {units} columns take whole numbers or rows of {units}"
        )
        remedy = (
            "hand over rows [1 - y, y]" if units == 2 else "hand over a row of probabilities for each example"
        )
    else:
        message = f"the targets are quantities, from {facts.low:g} to {facts.high:g}: a regression"
        because = f"{row} holds {value:g}, which is neither a class nor a probability"
        remedy = "use mean squared error or another regression loss; for classes hand over whole numbers"
    yield case.finding("CE209", message, because=because, remedy=remedy, count=facts.rows, rows=(number,))


TARGET_CHECKS = (
    label_out_of_range,
    one_based_labels,
    undeclared_sentinel,
    signed_labels,
    rows_not_distributions,
    targets_outside_unit_interval,
    continuous_targets,
    float_labels,
)
