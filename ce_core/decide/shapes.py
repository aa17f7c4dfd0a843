"""The output layer that a loss needs, and the shape and dtype of its two arrays, for the task at hand."""

from __future__ import annotations

from ce_core.losses import Loss
from ce_core.task import Task

_POSITIONS = {
    None: ("N",),
    "example": ("N",),
    "token": ("N", "T"),
    "pixel": ("N", "H", "W"),
    "box": ("N", "boxes"),
}
"""The axes of the predictions beside that of the classes, by what one prediction belongs to."""


def output_layer(task: Task, loss: Loss) -> str:
    """Return the units and the activation of the last layer.

    >>> from ce_core.losses import LOSSES
    >>> output_layer(Task(classes=10), LOSSES["softmax_cross_entropy"])
    '10 units, one for each class, and no activation: the loss takes the softmax itself'
    """
    if loss.given == "features":
        return "no output layer: hand over the hidden features, and the last layer's weights (and biases)"
    if task.kind == "contrastive":
        return "an embedding for each row, and no activation: the similarities of all pairs are the logits"
    units = _units(task, loss)
    activation = loss.competes or "softmax"
    if loss.given == "logits":
        return f"{units}, and no activation: the loss takes the {activation} itself"
    if loss.given == "log_probabilities":
        return f"{units}, and a log-softmax over them"
    return (
        f"{units}, and a softmax over them" if activation == "softmax" else f"{units}, and a sigmoid on each"
    )


def _units(task: Task, loss: Loss) -> str:
    if task.kind == "reconstruction":
        return "one unit for each value"
    if loss.competes == "softmax":
        return f"{_classes(task) or 'K'} units, one for each class"
    if _single(task):
        return "1 unit"
    many = task.units or task.classes
    if task.exclusive is None and task.outcomes is None:
        return "one unit for each outcome"
    return f"{many or 'K'} units, one for each label"


def predictions(task: Task, loss: Loss) -> str:
    """Return the shape and dtype of the first array.

    >>> from ce_core.losses import LOSSES
    >>> predictions(Task(classes=10, structure="token"), LOSSES["softmax_cross_entropy"])
    'logits [N, T, 10], floating point; PyTorch wants the class axis second: [N, 10, T]'
    """
    if loss.given == "features":
        bias = "biases [K]" if loss.id != "linear_softmax_cross_entropy" else "biases [K] if there are any"
        return f"hidden features [{', '.join(_positions(task))}, D], class weights [K, D] and {bias}, floating point"
    name = loss.given.replace("_", "-")
    if task.kind == "contrastive":
        return f"{name} [N, N], floating point: the similarity of row i and candidate j"
    if loss.competes == "sigmoid":
        return f"{name} {_outcome_shape(task)}, floating point"
    sums = " that sum to 1 over the classes" if loss.given == "probabilities" else ""
    positions, classes = _positions(task), str(_classes(task) or "K")
    shape, second = _shape(positions, classes, task.class_axis), _shape(positions, classes, 1)
    torch = ""
    if len(positions) > 1 and shape != second and task.framework in {None, "torch"}:
        torch = f"; PyTorch wants the class axis second: {second}"
    return f"{name} {shape}{sums}, floating point{torch}"


def targets(task: Task, loss: Loss) -> str:
    """Return the shape and dtype of the second array.

    >>> from ce_core.losses import LOSSES
    >>> targets(Task(classes=10), LOSSES["sparse_softmax_cross_entropy"])
    'class indices [N], from 0 to 9, integers (int64 in PyTorch)'
    """
    positions, classes = _positions(task), _classes(task)
    where = f"[{', '.join(positions)}]"
    if task.kind == "contrastive" and loss.id != "softmax_cross_entropy":
        return "class indices [N], 0, 1, ... N-1 (the label of row i is i), integers (int64 in PyTorch)"
    if loss.given == "features":
        rows = f"[{', '.join(positions)}, 1]" if loss.id != "linear_softmax_cross_entropy" else where
        order = "; with the log-uniform sampler, classes numbered by falling frequency"
        return f"class indices {rows}, int64{order if rows != where else ''}"
    if loss.competes == "sigmoid":
        return (
            f"the shape of the {loss.given}, {_outcome_shape(task)}, floating point: {_outcome_values(task)}"
        )
    row = f"[{', '.join((*positions, str(classes or 'K')))}]"
    dense = f"one-hot rows {row}" if task.targets == "hard" else f"rows {row} that sum to 1"
    span = "0 or 1" if classes == 2 else f"from 0 to {classes - 1 if classes else 'K-1'}"
    index = f"class indices {where}, {span}, integers (int64 in PyTorch)"
    if loss.id == "nll" and task.encoding is None and task.targets != "soft":
        return f"{index}; or {dense}, floating point"
    if loss.target_form == "class index" or (loss.id == "nll" and task.encoding in {"index", "scalar"}):
        return index
    return f"{dense}, floating point"


def _positions(task: Task) -> tuple[str, ...]:
    return _POSITIONS[task.structure]


def _classes(task: Task) -> int | None:
    """Return the number of exclusive classes, where it is known."""
    return task.classes or (2 if task.outcomes == "binary" else task.units)


def _single(task: Task) -> bool:
    """Tell whether a sigmoid stands alone: one yes-or-no outcome."""
    return task.outcomes == "binary" and (task.units or 1) == 1


def _outcome_shape(task: Task) -> str:
    positions = ", ".join(_positions(task))
    if task.kind == "reconstruction":
        return "[N, values]"
    if _single(task):
        return f"[{positions}] or [{positions}, 1]"
    return f"[{positions}, {task.units or task.classes or 'K'}]"


def _outcome_values(task: Task) -> str:
    if task.kind == "reconstruction" or task.targets == "soft":
        return "from 0 to 1"
    return "0 or 1" if task.targets == "hard" else "0 or 1, or anything between"


def _shape(positions: tuple[str, ...], classes: str, axis: int | tuple[int, ...] | None) -> str:
    axes = list(positions)
    at = axis if isinstance(axis, int) and -len(axes) - 1 <= axis <= len(axes) else -1
    axes.insert(at if at >= 0 else len(axes) + 1 + at, classes)
    return f"[{', '.join(axes)}]"
