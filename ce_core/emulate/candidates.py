"""Which calls fit arrays of a kind, with the arguments that say the modifiers: the lines of a rosetta."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from ce_core.frameworks import Argument, Call, calls_of, every_framework, frameworks

LOSSES = {
    ("logits", "index"): ("sparse_softmax_cross_entropy", "softmax_cross_entropy"),
    ("logits", "rows"): ("softmax_cross_entropy",),
    ("logits", "scalar"): ("sigmoid_cross_entropy", "weighted_sigmoid_cross_entropy"),
    ("probabilities", "index"): ("sparse_categorical_cross_entropy", "categorical_cross_entropy"),
    ("probabilities", "rows"): ("categorical_cross_entropy",),
    ("probabilities", "scalar"): ("binary_cross_entropy",),
    ("log_probabilities", "index"): ("nll", "kl_divergence"),
    ("log_probabilities", "rows"): ("nll", "kl_divergence"),
}
"""The losses that are the cross-entropy of predictions and targets of a kind, class indices made one-hot too."""

READ_AS = {
    "logits": ("logits", "probabilities", "log_probabilities"),
    "probabilities": ("probabilities", "log_probabilities"),
    "log_probabilities": ("log_probabilities", "logits", "probabilities"),
}
"""What predictions can be turned into without a loss: a function that wants that is called on them turned."""

MISTAKES = {
    "logits": ("logits-as-probabilities", "probabilities"),
    "probabilities": ("probabilities-as-logits", "logits"),
    "log_probabilities": ("log-probabilities-as-probabilities", "probabilities"),
}
"""The usual mistake: the slug, and what the predictions are taken for."""


@dataclass(frozen=True, kw_only=True)
class Modifiers:
    """What is asked for beside the two arrays, by whether it is."""

    class_weights: bool = False
    sample_weights: bool = False
    pos_weight: bool = False
    label_smoothing: float = 0.0
    ignore_index: int | None = None
    soft: bool = False
    """Whether the targets are no certain labels, so that a divergence is not the cross-entropy."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One call: a row, its arguments, and what the arrays are turned into first."""

    row: Call
    arguments: dict[str, Any] = field(default_factory=dict)
    outputs: str
    """What the predictions are turned into."""
    mistake: str | None = None
    left_out: bool = False
    """Whether ignored rows are left out before the call."""
    reduced_by_hand: bool = False
    """Whether the function gives the losses, and their weighted mean is taken by hand."""
    smoothed_by_hand: bool = False
    """Whether the rows of targets are smoothed before the call."""
    arrays: tuple[str, ...] = ()
    """The arrays that go to the function's own arguments."""


def candidates(given: str, target_form: str, modifiers: Modifiers) -> Iterator[Candidate]:
    """Yield the calls that fit, the five main frameworks first, then the usual mistakes on the same arrays."""
    for outputs in READ_AS[given]:
        for row in _rows(LOSSES.get((outputs, target_form), ()), modifiers, target_form):
            if outputs == given or _only_way(row, given, target_form):
                yield from _calls(row, row.outputs or outputs, modifiers)
    slug, taken_for = MISTAKES[given]
    wrong = LOSSES.get((taken_for, target_form), ())
    if given == "logits" and target_form in {"index", "rows"}:
        wrong = (*wrong, "binary_cross_entropy")
    for row in _rows(wrong, modifiers, target_form):
        if row.framework in frameworks() and not row.legacy:
            yield from _calls(row, taken_for, modifiers, mistake=slug)


def _rows(losses: tuple[str, ...], modifiers: Modifiers, target_form: str) -> Iterator[Call]:
    wanted = set(losses)
    if modifiers.soft or modifiers.label_smoothing:
        wanted -= {"kl_divergence"}
    if "weighted_sigmoid_cross_entropy" in wanted:
        wanted -= {"sigmoid_cross_entropy" if modifiers.pos_weight else "weighted_sigmoid_cross_entropy"}
    for framework in every_framework():
        for row in calls_of(framework):
            listed = row.shown and row.value == "loss" and not row.target_range
            made = target_form == row.target_form or target_form == "index" or row.target_form != "index"
            if row.loss in wanted and listed and made and (not modifiers.soft or "soft" in row.targets):
                yield row


def _only_way(row: Call, given: str, target_form: str) -> bool:
    """Tell whether a function that wants other predictions stands for a framework that has none for these."""
    own = LOSSES[given, target_form][:1]
    if own == ("sigmoid_cross_entropy",):
        own = ("sigmoid_cross_entropy", "weighted_sigmoid_cross_entropy")
    has = any(each.loss in own and each.shown for each in calls_of(row.framework))
    return not has or row.loss in {"kl_divergence", "nll"}


def _calls(
    row: Call, outputs: str, modifiers: Modifiers, *, mistake: str | None = None
) -> Iterator[Candidate]:
    """Yield a row's calls: with its default reduction, and with each that divides by something else."""
    named = {argument.sets: name for name, argument in row.arguments.items()}
    arguments = {name: value for name, value in row.selects.items() if row.arguments[name].default != value}
    by_hand = not row.divisors or _needs_hand(named, modifiers)
    if by_hand and (mistake is not None or ("reduction" in named and "none" not in row.reductions)):
        return
    if by_hand and row.loss == "kl_divergence" and "elements" in row.divisors.values():
        return  # its losses are those of the classes
    smooths = False
    if modifiers.label_smoothing:
        if "label_smoothing" in named:
            arguments[named["label_smoothing"]] = modifiers.label_smoothing
        elif row.target_form == "index" or "soft" not in row.targets:
            return
        else:
            smooths = True
    elif "label_smoothing" in named and row.arguments[named["label_smoothing"]].default:
        arguments[named["label_smoothing"]] = 0.0
    left_out = modifiers.ignore_index is not None
    if left_out and "ignore_index" in named and row.target_form == "index":
        arguments[named["ignore_index"]] = modifiers.ignore_index
        left_out = False
    if modifiers.pos_weight and "pos_weight" not in named:
        return
    common = Candidate(
        row=row,
        outputs=outputs,
        mistake=mistake,
        left_out=left_out,
        smoothed_by_hand=smooths,
    )
    if by_hand:
        given = ("pos_weight",) if modifiers.pos_weight else ()
        said = (
            {named["reduction"]: "none"} if "reduction" in named and row.default_reduction != "none" else {}
        )
        yield replace(common, arguments=arguments | said, reduced_by_hand=True, arrays=given)
        return
    arrays = tuple(
        name for name in ("class_weights", "sample_weights", "pos_weight") if getattr(modifiers, name)
    )
    for reduction in _reductions(row, modifiers.class_weights or modifiers.sample_weights):
        said = {named["reduction"]: reduction} if reduction != row.default_reduction else {}
        yield replace(common, arguments=arguments | said, arrays=arrays)


def _needs_hand(named: dict[str, str], modifiers: Modifiers) -> bool:
    """Tell whether the function has no argument for weights that are asked for."""
    of_examples = {"sample_weights", "element_weights"} & set(named)
    if modifiers.sample_weights and not of_examples:
        return True
    return modifiers.class_weights and not of_examples and "class_weights" not in named


def _reductions(row: Call, weighted: bool) -> tuple[str, ...]:
    """Return the default reduction, and those whose mean divides by something else."""
    named: dict[str, Argument] = {argument.sets: argument for argument in row.arguments.values()}
    default = row.default_reduction
    first = default if default in row.divisors else next(iter(row.divisors))
    if "reduction" not in named or named["reduction"].reads != "word":
        return (default,)
    others = {row.divisors[name]: name for name in reversed(tuple(row.divisors)) if name != first}
    others.pop(row.divisors[first], None)
    several = weighted or row.loss == "kl_divergence"
    return (first, *(others.values() if several else ()))
