"""What a finding says of the reading that fits better: what, why, and what to do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import exp, log, log1p

import numpy as np

from ce_core.probe.battery import Better

from .case import Case

_SHOWN = 6
_TIMES = {2: "twice", 3: "three times", 4: "four times"}


@dataclass(frozen=True, kw_only=True)
class Words:
    """The sentences of one finding; ``because`` ends where the losses follow."""

    message: str
    because: str
    remedy: str


def _double_softmax(case: Case, found: Better) -> Words:
    times, units = found.reading.facts["times"], case.view.layout.units
    least, most = 1 / (exp(1) + units - 1), 1 / (1 + (units - 1) * exp(-1))
    floor = log1p((units - 1) * exp(-1))
    where = "inside the loss" if case.view.said.outputs == "logits" else "in the loss or in scoring"
    return Words(
        message=f"the predictions went through softmax {_TIMES[times]}",
        because=f"log p + (1 - Σ log p)/{units} is a distribution in every row: no probability is below {least:.4g} or "
        f"above {most:.4g}, the range of a softmax of probabilities, so no example's loss can fall below "
        f"{floor:.4g} nats, however good the model; read as the distribution that it was "
        f"before {'the second' if times == 2 else 'the others'} ",
        remedy=f"apply softmax once: take it out of the model's last layer, or out of what comes after it ({where})",
    )


def _double_sigmoid(case: Case, found: Better) -> Words:
    low, high = found.reading.facts["low"], found.reading.facts["high"]
    return Words(
        message="the predictions went through sigmoid twice",
        because=f"every probability is from {low:.4g} to {high:.4g}, and a sigmoid of values in [0, 1] stays within "
        f"0.5 and 0.7311: what is false costs at least {log(2):.4g} nats and what is true {log1p(exp(-1)):.4g}, "
        "however good the model; read as the probabilities before the second sigmoid ",
        remedy="apply sigmoid once: take it out of the model's last layer, or out of what comes after it",
    )


def _class_axis(case: Case, found: Better) -> Words:
    axis, layout = found.reading.facts["axis"], case.view.layout
    taken = layout.class_axes[0]
    said = "was said" if case.view.said.class_axis is not None else "was taken"
    return Words(
        message=f"the classes lie along axis {axis}, and axis {taken} {said}",
        because=f"predictions of shape {list(layout.predictions)} pair with these targets along either axis, so no "
        f"framework notices; along axis {axis} ",
        remedy=f"say --class-axis {axis}; in code move the axis: np.moveaxis(predictions, {axis}, {taken})",
    )


def _shifted_rows(case: Case, found: Better) -> Words:
    axis, step = found.reading.facts["axis"], found.reading.facts["step"]
    positions = case.view.layout.positions
    rank = len(positions)
    noun = ("row" if rank == 1 else "sequence" if rank == 2 else "item") if axis == 0 else _inner_noun(rank)
    way = "earlier" if step > 0 else "later"
    if axis == 0:
        cause = (
            "one array lost its first row or header, or was shuffled or batched apart from the other"
            if rank == 1
            else "one array lost its first item, or was shuffled apart from the other"
        )
    elif step > 0:
        cause = (
            "the labels of a causal language model were not shifted, or padding was put before one array only"
        )
    else:
        cause = (
            "the labels of a causal language model were shifted twice, once in the data and once in the model "
            "(or the model repeats its input, as an untrained one with tied embeddings does)"
        )
    if rank > 2 and axis:
        cause = "one array was cropped or padded at one edge only"
    along = "" if rank == 1 else f" along axis {axis} of the positions"
    return Words(
        message=f"the labels belong one {noun} {way}{along}",
        because=f"against the label of the {noun} {'after' if step > 0 else 'before'} it ",
        remedy=f"{cause}: pair prediction i with label i {'+' if step > 0 else '-'} 1, and mend where the pairing is "
        "made",
    )


def _inner_noun(rank: int) -> str:
    return "time step" if rank == 2 else "pixel"


def _permuted_classes(case: Case, found: Better) -> Words:
    order, name = found.reading.facts["order"], found.reading.name
    units = len(order)
    pairs = _pairs(case, order)
    if units == 2 and case.task.exclusive is not False:
        return Words(
            message=f"the two classes are permuted ({pairs}), which is the same as a flipped sign",
            because="with the two columns exchanged ",
            remedy="exchange the columns: predictions[..., ::-1]; look at the order of classes_ (scikit-learn) or "
            "class_indices (Keras), and at which class is coded 1",
        )
    cause = _CAUSES.get(
        name,
        "the columns stand in another order than the labels were numbered in, as that of "
        "class names, of a dictionary or of classes_",
    )
    half = " (found on one half of the rows, tested on the other)" if found.reading.where is not None else ""
    return Words(
        message=f"the classes are permuted: label→column {pairs}",
        because=f"with the labels so mapped{half} ",
        remedy=f"{cause}: number the labels as the columns stand, or reorder the columns",
    )


_CAUSES = {
    "one up": "the columns count from 1, or have a background class before the first",
    "one down": "the labels count from 1, or a background class has no column",
    "reversed": "the columns stand in the reverse order",
    "text columns": "the columns stand in the order of the numbers as text: 0, 1, 10, 11, …, 2",
    "text labels": "the labels were numbered in the order of the numbers as text: 0, 1, 10, 11, …, 2",
}


def _pairs(case: Case, order: np.ndarray) -> str:
    """Return where the first few classes stand, by name where they have one."""
    moved = np.flatnonzero(order != np.arange(len(order)))
    names = case.names if case.names is not None and len(case.names) == len(order) else None

    def called(each: int) -> str:
        return names[each] if names is not None else str(each)

    shown = ", ".join(f"{called(int(each))}→{called(int(order[each]))}" for each in moved[:_SHOWN])
    return shown + (f" and {len(moved) - _SHOWN} more" if len(moved) > _SHOWN else "")


def _flipped_sign(case: Case, found: Better) -> Words:
    view = case.view
    probabilities = view.in_unit_interval
    one = view.layout.units == 1
    return Words(
        message="the predictions fit with their sign flipped: "
        + ("1 - p instead of p" if probabilities else "-x instead of x"),
        because=("with 1 - p for p " if probabilities else "with -x for x "),
        remedy="the predictions are of the other outcome (class 0 instead of class 1), or 0 and 1 are exchanged in the "
        "labels: take the other column, or 1 - p"
        if one
        else "the scores are distances or energies, lower for what is true, or were negated as a loss: negate them",
    )


WORDS: dict[str, Callable[[Case, Better], Words]] = {
    "CE104": _double_softmax,
    "CE105": _double_sigmoid,
    "CE303": _class_axis,
    "CE307": _shifted_rows,
    "CE308": _permuted_classes,
    "CE309": _flipped_sign,
}
"""By the code of a finding: what it says."""
