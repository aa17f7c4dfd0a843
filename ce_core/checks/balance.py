"""Checks of the classes among the targets: how many of each, and rows of none."""

from __future__ import annotations

from collections.abc import Iterator
from math import exp, inf, lgamma, log, log1p

import numpy as np

from ce_core.findings import Finding
from ce_core.records import dataclass

from .case import Case, plural

_GRADED = frozenset({"cross_entropy", "probabilistic"})
_RATIO = 10
_EVEN = 1 / 3
_CHANCE = 1e-4
"""A ratio beyond 1 : 10 is not told where even one of 1 : 2 shows it by chance this often."""
_MISSED = 0.01
"""Nor is an absent class where one of them would be missed this often."""
_LISTED = 10


@dataclass(frozen=True, kw_only=True, eq=False)
class _Counts:
    """How many examples are of each class, or say yes and no to each label."""

    exclusive: bool
    yes: np.ndarray
    rows: np.ndarray
    column: bool = False
    """Whether it is one column, with two outcomes."""

    @property
    def total(self) -> int:
        """Return how many examples there are."""
        return int(self.rows.max()) if len(self.rows) else 0


def _counts(case: Case) -> _Counts | None:
    """Return the counts of certain targets; a share of a class is no example of it."""
    plan, partial, view = case.plan, case.partial, case.view
    if plan is None or partial is None or case.family not in _GRADED:
        return None
    sums = partial.classes
    if not len(sums.positives) or not (view.layout.form == "index" or view.target_facts.hard):
        return None
    if plan.reads == "classes":
        yes = sums.positives.astype(np.int64)
        if partial.unlabelled:
            return None  # a row of zeros is no example of the first class
        return _Counts(exclusive=True, yes=yes, rows=np.broadcast_to(sums.counted, yes.shape))
    if plan.reads != "outcomes":
        return None
    column = plan.layout.units == 1
    return _Counts(
        exclusive=column,
        yes=sums.positives.astype(np.int64),
        rows=sums.counted.astype(np.int64),
        column=column,
    )


def class_imbalance(case: Case) -> Iterator[Finding]:
    """CE210: the rarest class that occurs has under a tenth of the examples of the commonest."""
    found = _counts(case)
    if found is None or not found.total:
        return
    yield from (_uneven_classes if found.exclusive else _uneven_labels)(case, found)


def _uneven_classes(case: Case, found: _Counts) -> Iterator[Finding]:
    occurring = np.flatnonzero(found.yes)
    if len(occurring) < 2:
        return
    yes = found.yes[occurring]
    rare, common = int(occurring[yes.argmin()]), int(occurring[yes.argmax()])
    least, most = int(yes.min()), int(yes.max())
    pairs = len(occurring) * (len(occurring) - 1)
    if least * _RATIO >= most or _tail(least, least + most) * pairs >= _CHANCE:
        return
    weights = found.total / (len(occurring) * yes)
    if found.column:
        ratio = found.yes[0] / found.yes[1]
        because = (
            f"Negatives / positives = {ratio:.4g} as positive weight would balance them, and add log({ratio:.4g}) = "
            f"{log(ratio):+.3g} to the logit that a model learns"
        )
        option = (
            f"--pos-weight {ratio:.4g}" if _takes_pos_weight(case) else f"a positive weight of {ratio:.4g}"
        )
    else:
        because = (
            f"Weights of n / (K x count) would balance them: {weights.max():.4g} for class {_name(case, rare)}, "
            f"{weights.min():.4g} for class {_name(case, common)}; a model that is trained with them has the logarithm "
            "of each class's weight added to its logit"
        )
        every = len(occurring) == len(found.yes) <= _LISTED
        option = (
            f"--class-weights {','.join(f'{each:.4g}' for each in weights)}" if every else "those weights"
        )
    yield case.finding(
        "CE210",
        f"the classes are imbalanced, 1 : {most / least:,.4g}: class {_name(case, rare)} has {least:,} of "
        f"{found.total:,} examples, class {_name(case, common)} {most:,}",
        because=f"always answering {_name(case, common)} is right in {100 * most / found.total:.3g} %. "
        f"{because}, and its probabilities no longer are frequencies",
        remedy=_weigh(case, option),
    )


def _uneven_labels(case: Case, found: _Counts) -> Iterator[Finding]:
    yes, no = found.yes, found.rows - found.yes
    both = np.flatnonzero((yes > 0) & (no > 0))
    least, most = np.minimum(yes, no)[both], np.maximum(yes, no)[both]
    uneven = least * _RATIO < most
    if not uneven.any():
        return
    at = int(np.where(uneven, most / least, 0).argmax())
    if _tail(int(least[at]), int(least[at] + most[at])) * 2 * len(both) >= _CHANCE:
        return
    label, ratio = int(both[at]), float(no[both[at]] / yes[both[at]])
    some = int(uneven.sum())
    rest = f"; {some:,} of {len(yes):,} labels are beyond 1 : {_RATIO}" if some > 1 else ""
    weights = no / np.maximum(yes, 1)
    every = len(both) == len(yes) <= _LISTED and _takes_pos_weight(case)
    option = (
        f"--pos-weight {','.join(f'{each:.4g}' for each in weights)}" if every else "those positive weights"
    )
    yield case.finding(
        "CE210",
        f"the labels are imbalanced, 1 : {most[at] / least[at]:,.4g} at worst: label {_name(case, label)} is true of "
        f"{int(yes[label]):,} of {int(found.rows[label]):,} examples{rest}",
        because=f"negatives / positives as positive weight would balance each label: {ratio:.4g} for label "
        f"{_name(case, label)}, which adds log({ratio:.4g}) = {log(ratio):+.3g} to the logit that a model learns, "
        "and its probabilities no longer are frequencies",
        remedy=_weigh(case, option),
    )


def _weigh(case: Case, option: str) -> str:
    plan = case.plan
    if plan is not None and (plan.class_weights is not None or plan.pos_weight is not None):
        return (
            "weights are in use: take their logarithm off the logits again where probabilities matter, and judge by "
            "the loss of each class"
        )
    return (
        "leave it unweighted where probabilities matter, and judge by the loss of each class, not by accuracy; else "
        f"use {option}, and take the logarithm off the logits again"
    )


def _takes_pos_weight(case: Case) -> bool:
    return case.plan is not None and case.plan.given == "logits" and case.is_cross_entropy


def absent_class(case: Case) -> Iterator[Finding]:
    """CE211: classes that never occur, though there are examples enough to expect each."""
    found = _counts(case)
    if found is None or not found.total:
        return
    absent = np.flatnonzero((found.yes == 0) & (found.rows > 0))
    if not len(absent) or _missed_by_chance(found) >= _MISSED:
        return
    names = ", ".join(_name(case, int(each)) for each in absent[:_LISTED])
    names += f" and {len(absent) - _LISTED:,} more" if len(absent) > _LISTED else ""
    units, one = len(found.yes), len(absent) == 1
    what, never = ("class", "never occurs") if found.exclusive else ("label", "is never true")
    if not one:
        what, never = ("classes", "never occur") if found.exclusive else ("labels", "are never true")
    expected, sklearn = "", ("", "")
    if found.exclusive:
        expected = f", {found.total / units:,.4g} for each class if all were as frequent"
    if (
        found.column or case.view.layout.form == "index"
    ):  # one-hot rows are labels of their own to scikit-learn
        labels = f"range({units})" if units > _LISTED else str(list(range(units)))
        sklearn = (
            "; scikit-learn's log_loss raises a ValueError unless labels= names every column",
            f"; for scikit-learn log_loss(targets, probabilities, labels={labels})",
        )
    yield case.finding(
        "CE211",
        f"{what} {names} of {units:,} {never}"
        if one
        else f"{len(absent):,} of {units:,} {what} {never}: {names}",
        because=f"there are {found.total:,} examples{expected}: what does not occur has no loss and no recall of its "
        f"own, and a macro average divides 0 by 0{sklearn[0]}",
        remedy="look whether the split left them out, or the model has columns that it does not need"
        + sklearn[1],
        count=len(absent),
    )


def _missed_by_chance(found: _Counts) -> float:
    """Return how many classes would be missed if all were as frequent; of labels if all were as those that occur."""
    if found.exclusive:
        return len(found.yes) * exp(-found.total / len(found.yes))
    used = found.yes > 0
    if not used.any():
        return inf
    rate = float((found.yes[used] / found.rows[used]).mean())
    return len(found.yes) * exp(found.total * log1p(-rate)) if rate < 1 else 0.0


def _tail(least: int, total: int) -> float:
    """Return the chance of so few of one kind, or fewer, where they are a third of both kinds."""
    at_most = (
        lgamma(total + 1)
        - lgamma(each + 1)
        - lgamma(total - each + 1)
        + each * log(_EVEN)
        + (total - each) * log(1 - _EVEN)
        for each in range(max(0, least - 60), least + 1)  # the chance of fewer still is nothing beside these
    )
    return sum(exp(each) for each in at_most)


def _name(case: Case, number: int) -> str:
    """Return a class by the header's name, else by the label that the targets hold."""
    columns = case.view.predictions.columns
    if columns is not None and len(columns) == case.view.layout.units > 1:
        return columns[number]
    return str(number + (case.view.said.label_base or 0))


def unlabelled_rows(case: Case) -> Iterator[Finding]:
    """CE208: target rows of nothing but zeros, though the classes are exclusive."""
    view, facts = case.view, case.view.target_facts
    if view.layout.form == "index" or view.layout.units == 1 or not facts.zero_rows:
        return
    if case.task.exclusive is not True and case.competes != "softmax":
        return
    if facts.several_rows or facts.off_sum_count > facts.zero_rows:
        return  # then these are rows of labels, or of no distributions
    yield case.finding(
        "CE208",
        f"{plural(facts.zero_rows, 'target row', 'hold')} nothing but zeros, of {facts.rows:,}, though the classes are "
        "exclusive",
        because=_what_it_costs(case),
        remedy="if they have no label, leave them out (--mask, with 0 for such a row); if none of the classes may be "
        "true, say --multilabel, or add a class for that",
        count=facts.zero_rows,
        rows=facts.zero_at,
    )


def _what_it_costs(case: Case) -> str:
    """Return what rows of zeros do to the loss, and the mean with and without them."""
    partial, plan = case.partial, case.plan
    smoothed = plan is not None and bool(plan.smooth)
    text = (
        "label smoothing makes such a row a uniform one of little mass: it costs little, and counts whole in the mean"
        if smoothed
        else "such a row costs 0 and counts whole in the mean, in PyTorch, TensorFlow, Keras and optax without a word"
    )
    if partial is None or not partial.unlabelled or not partial.weight:
        return text
    weight = partial.weight - partial.unlabelled_weight
    if weight <= 0:
        return text + ". No other row is left"
    rest = (partial.loss - partial.unlabelled_loss) / weight
    if not partial.unlabelled_weight:
        return (
            text
            + f". Its class weight is 0 here, so that the weighted mean is {rest:.6g} with and without them"
        )
    return text + f". The mean is {partial.loss / partial.weight:.6g} with them, and {rest:.6g} without"


BALANCE_CHECKS = (unlabelled_rows, class_imbalance, absent_class)
