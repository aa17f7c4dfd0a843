"""Checks of whether the arrays fit better when read otherwise: shifted, permuted, flipped, activated twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ce_core.findings import Effect, Finding
from ce_core.probe.battery import Better, better_reading
from ce_core.probe.swapped import swapped
from ce_core.probe.turned import better_axis, target_axis

from .case import Case, plural

_NAMED_ALREADY = frozenset(
    [
        "CE103",
        "CE106",
        "CE107",
        "CE110",
        "CE111",
        "CE201",
        "CE202",
        "CE204",
        "CE205",
        "CE206",
        "CE209",
        "CE304",
        "CE305",
    ]
)
"""Where one of these names the cause, the arrays are not read otherwise."""
_AS_LOGITS = "CE102"
_OF_ACTIVATIONS = frozenset({"CE104", "CE105"})
"""What the probabilities are that were handed over as logits may still be found."""


def better_read_otherwise(case: Case) -> Iterator[Finding]:
    """CE104, CE105, CE303, CE307, CE308, CE309: the reading that lowers the loss most, where that is no chance."""
    if case.found & _NAMED_ALREADY or (sample := case.sample) is None:
        return
    found = better_reading(sample, case.view)
    if found is None:
        return
    code = found.reading.code
    if _AS_LOGITS in case.found and code not in _OF_ACTIVATIONS:
        return
    from .reading_words import WORDS  # many sentences, which are needed where something is found

    words = WORDS[code](case, found)
    yield case.finding(
        code,
        words.message,
        because=f"{words.because}{_compared(found)}",
        remedy=words.remedy,
        effect=Effect(
            loss=found.losses.first,
            without=found.losses.second,
            p=found.losses.p,
            count=found.losses.count,
            noun=sample.noun,
            tried=found.tried,
            sample=not sample.is_whole,
        ),
    )


def _compared(found: Better) -> str:
    """Return the loss in words; what it was, and how sure the difference is, stands with the effect."""
    return f"the loss is {found.losses.second:.4g} nats"


def classes_along_another_axis(case: Case) -> Iterator[Finding]:
    """CE303: rows of targets, or of probabilities, that sum to 1 along another axis than the one that was said."""
    view = case.view
    if view.said.class_axis is None or not view.labelled or not case.is_cross_entropy:
        return
    taken = view.layout.class_axes[0] if view.layout.class_axes else 0
    axis = target_axis(view.layout, view.predictions.array, view.targets.array, view.said)
    if axis is not None:
        other = view.layout.predictions[axis]
        because = (
            f"along axis {axis} all {view.layout.rows * view.layout.units // other:,} rows of targets sum to 1, "
            f"along axis {taken} they do not: a softmax over axis {taken} makes examples compete instead of classes"
        )
    elif view.in_unit_interval and not view.rows_are_distributions and not view.unreadable_labels:
        # Such probabilities have no sample: along the axis that was said they are neither logits nor distributions.
        found = better_axis(view.layout, view.predictions, view.targets, view.said)
        if found is None:
            return
        axis, because = found
    else:
        return
    yield case.finding(
        "CE303",
        f"the classes lie along axis {axis}, and axis {taken} was said",
        because=because,
        remedy=f"say --class-axis {axis}, or leave it out",
    )


def swapped_arguments(case: Case) -> Iterator[Finding]:
    """CE304: the first array holds labels, and the second the predictions."""
    view = case.view
    if not view.labelled or case.family in {"numbers", "regions"} or (found := swapped(view)) is None:
        return
    yield case.finding(
        "CE304",
        f"the two arrays are swapped: {view.predictions.name} holds {found.first}, {view.targets.name} "
        f"{found.second}",
        because=f"every value of the first array is 0 or 1, and the second has {found.second} that go with them: "
        f"the other way round the loss is {found.loss:.4g} nats ({plural(found.count, 'example')}, "
        f"p = {max(found.p, 1e-300):.1g}). A cross-entropy is not symmetric: log 0 of a label is infinite",
        remedy="pass the predictions first, then the targets; scikit-learn and Keras take the targets first, PyTorch "
        "and optax the predictions",
        effect=Effect(loss=None, without=found.loss, p=found.p, count=found.count),
    )


ARGUMENT_CHECKS: tuple[Callable[[Case], Iterator[Finding]], ...] = (
    swapped_arguments,
    classes_along_another_axis,
)
READING_CHECKS: tuple[Callable[[Case], Iterator[Finding]], ...] = (better_read_otherwise,)
