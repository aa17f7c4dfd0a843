"""What about a task changes how its loss is used: weights, masks, smoothing, scale; each row one sentence."""

from __future__ import annotations

from collections.abc import Callable
from math import log

from ce_core.errors import CepickError
from ce_core.losses import Loss
from ce_core.records import dataclass
from ce_core.task import Task
from ce_core.task.words import PROPERTIES

from .advice import imbalanced
from .recommendation import Modifier


@dataclass(frozen=True, kw_only=True)
class Change:
    """A modifier of the task: when it applies to a loss, and what it says."""

    name: str
    applies: Callable[[Task, Loss], bool]
    text: Callable[[Task, Loss], str]


def modifiers_of(task: Task, loss: Loss, label_smoothing: float | None = None) -> tuple[Modifier, ...]:
    """Return what changes the use of a loss for a task, in the order in which it is told."""
    found = [
        Modifier(name=each.name, text=each.text(task, loss)) for each in CHANGES if each.applies(task, loss)
    ]
    if label_smoothing:
        found.append(Modifier(name="label_smoothing", text=_smoothing(task, loss, label_smoothing)))
    return tuple(found)


def smoothing(task: Task, label_smoothing: float | None) -> float | None:
    """Return a valid amount of label smoothing, or None where there is none.

    Raises:
        CepickError: for an amount that is not from 0 to 1.
    """
    if label_smoothing is None:
        return None
    if isinstance(label_smoothing, bool) or not isinstance(label_smoothing, (int, float)):
        raise CepickError(
            f"label_smoothing: {label_smoothing!r} is not a number; write one from 0 to 1, such as 0.1"
        )
    if not 0 <= label_smoothing <= 1:
        raise CepickError(f"label_smoothing: {label_smoothing!r} is not from 0 to 1; write one such as 0.1")
    return float(label_smoothing)


def _pos_weight(task: Task, loss: Loss) -> str:
    each = " for each label" if task.exclusive is False else ""
    ratio = task.imbalance if isinstance(task.imbalance, float) else None
    known = ratio is not None and imbalanced(task)
    weight = f"{ratio:g} if the positives are the rare ones" if known else "counted on the training labels"
    shift = f"log pos_weight, here {log(ratio):.3g}" if known and ratio else "log pos_weight"
    return (
        f"pos_weight = negatives/positives{each}, {weight}: it balances the two. Class weights do the same job, and "
        "sigmoid_focal is an alternative where very many negatives are easy. Weighting moves the probabilities: each "
        f"logit gets a bias of about {shift}. Where calibrated probabilities matter leave the loss plain "
        "(sigmoid_cross_entropy), and move the decision threshold instead."
    )


def _class_weights(task: Task, loss: Loss) -> str:
    competes = "sigmoid" if loss.competes == "sigmoid" else "softmax"
    positive = (
        " From logits a single pos_weight = negatives/positives does the same (weighted_sigmoid_cross_entropy)."
        if loss.id == "binary_cross_entropy"
        else ""
    )
    return (
        "class weights of N/(K * count of the class) balance the classes; the weighted mean divides by the sum of the "
        f"weights, or by N, depending on the framework.{positive} {competes}_focal is an alternative. Weighting moves "
        "the probabilities towards the rare classes: a class of weight w gets a bias of about log w on its logit. "
        "Where calibrated probabilities matter leave the loss plain."
    )


def _ignore_index(task: Task, loss: Loss) -> str:
    if task.ignore_index is None:
        left_out = "give the positions that must not count a label of their own, such as -100 (ignore_index)"
    else:
        left_out = f"positions with the label {task.ignore_index} are left out (ignore_index)"
    return (
        f"{left_out}; the mean divides by the number of positions that are left. With none left there is no mean: "
        "PyTorch gives NaN, Keras 0."
    )


def _mask(task: Task, loss: Loss) -> str:
    return (
        "multiply the loss of each position by the mask (1 = counted), and divide the sum by the sum of the mask, not "
        "by the number of positions: padding in the divisor makes the loss look smaller than it is."
    )


_FROM_FEATURES = (
    "From saved hidden features cepick eval features.npy labels.npy --head weights.npy computes it."
)


def _huge_vocabulary(task: Task, loss: Loss) -> str:
    if loss.id == "linear_softmax_cross_entropy":
        return (
            "PyTorch has neither sampled_softmax nor nce; linear_softmax_cross_entropy computes the full softmax from "
            "the hidden features, in blocks, so that the logits of all classes are never held at once. It is exact: "
            f"in evaluation sparse_softmax_cross_entropy gives the same value. {_FROM_FEATURES}"
        )
    if loss.given == "features":
        return (
            "in training sampled_softmax computes the logits of the true class and of a sample of the others; the more "
            "samples, the closer it comes to the full softmax. Its value is an underestimate, and depends on the "
            f"number of samples: in evaluation use the full sparse_softmax_cross_entropy. {_FROM_FEATURES}"
            + (
                " PyTorch has neither sampled_softmax nor nce: there use linear_softmax_cross_entropy."
                if task.framework is None
                else ""
            )
        )
    if task.phase == "eval":
        return (
            "evaluate with the full softmax over every class: the sampled losses (sampled_softmax, nce) underestimate "
            "it, and their values depend on the number of samples. Go through the rows in blocks to save memory: "
            "cepick eval features.npy labels.npy --head weights.npy does so."
        )
    if task.framework in {"jax", "sklearn"}:
        return (
            f"{PROPERTIES['framework'].answers[task.framework]} has no sampled loss, so this is the full softmax; go "
            "through the rows in blocks to save memory."
        )
    return (
        "the losses that avoid computing every logit (sampled_softmax, nce, linear_softmax_cross_entropy) take hidden "
        "features and one class index for each example; for targets or outputs of this form the full loss is left."
    )


def _temperature(task: Task, loss: Loss) -> str:
    if loss.competes == "sigmoid":
        return (
            "distillation: divide the student's and the teacher's logits by the same temperature T before the sigmoid, "
            "and multiply the loss by T^2, which keeps the size of its gradients."
        )
    return (
        "distillation: divide the student's and the teacher's logits by the same temperature T before the softmax, and "
        f"multiply the loss by T^2, which keeps the size of its gradients. {loss.id} and kl_divergence differ by the "
        "entropy of the teacher only, a constant: the gradients are the same."
    )


def _smoothing(task: Task, loss: Loss, amount: float) -> str:
    """Say what label smoothing does to hard labels, and how low the loss can then be."""
    if loss.given == "features" and loss.id != "linear_softmax_cross_entropy":
        return (
            f"label smoothing of {amount:g} has no meaning for {loss.id}, which does not see every class; smooth in "
            "the full softmax instead."
        )
    soft = task.targets == "soft"
    parts: tuple[float, ...] | None
    if loss.competes == "sigmoid":
        rule = f"each target y becomes (1 - {amount:g})*y + {amount:g}/2"
        parts = None if soft else (1 - amount / 2, amount / 2)
        least = "for each outcome"
    else:
        rule = f"each row y becomes (1 - {amount:g})*y + {amount:g}/K"
        size = task.classes or (2 if task.outcomes == "binary" else task.units)
        parts = None if soft or size is None else (1 - amount + amount / size, *[amount / size] * (size - 1))
        least = "" if size is None else f"for K = {size}"
    if loss.target_form == "class index" or (loss.id == "nll" and task.encoding == "index"):
        rule += ", which for a class index is (1 - ε) times its loss plus ε times the mean loss of all classes".replace(
            "ε", f"{amount:g}"
        )
    if parts is None:
        floor = "the entropy of the smoothed targets"
    else:
        floor = f"{_entropy(parts):.4g} nats {least}, the entropy of the smoothed label"
    return f"label smoothing: {rule}. The least possible loss is then not 0 but {floor}."


def _entropy(parts: tuple[float, ...]) -> float:
    return -sum(part * log(part) for part in parts if part > 0)


_LOGITS_FORM = {
    "binary_cross_entropy": "sigmoid_cross_entropy",
    "categorical_cross_entropy": "softmax_cross_entropy",
    "sparse_categorical_cross_entropy": "sparse_softmax_cross_entropy",
}
"""The loss from logits that computes the same as a loss from probabilities."""

CHANGES: tuple[Change, ...] = (
    Change(
        name="pos_weight",
        applies=lambda task, loss: loss.id == "weighted_sigmoid_cross_entropy",
        text=_pos_weight,
    ),
    Change(
        name="class_weights",
        applies=lambda task, loss: (
            (
                imbalanced(task)
                and loss.id != "weighted_sigmoid_cross_entropy"
                and task.kind == "classification"
            )
            or "class" in (task.weights or ())
        ),
        text=_class_weights,
    ),
    Change(
        name="no_pos_weight",
        applies=lambda task, loss: "positive" in (task.weights or ()) and loss.competes == "softmax",
        text=lambda task, loss: (
            "a positive weight is for outcomes that are each yes or no; classes that compete have none: use class "
            "weights."
        ),
    ),
    Change(
        name="sample_weights",
        applies=lambda task, loss: "sample" in (task.weights or ()),
        text=lambda task, loss: (
            "sample weights multiply the loss of each example; say what the mean divides by: the sum of the weights, "
            "or the number of examples."
        ),
    ),
    Change(
        name="ignore_index",
        applies=lambda task, loss: (
            task.ignore_index is not None
            or (task.masked is True and task.encoding == "index" and loss.competes == "softmax")
        ),
        text=_ignore_index,
    ),
    Change(
        name="mask",
        applies=lambda task, loss: task.masked is True and task.ignore_index is None,
        text=_mask,
    ),
    Change(
        name="huge_vocabulary",
        applies=lambda task, loss: task.huge_vocabulary is True,
        text=_huge_vocabulary,
    ),
    Change(
        name="temperature",
        applies=lambda task, loss: task.kind == "distillation",
        text=_temperature,
    ),
    Change(
        name="batch",
        applies=lambda task, loss: task.kind == "contrastive",
        text=lambda task, loss: (
            "contrastive: the logits are the similarities within the batch, divided by a temperature; the label of row "
            "i is i, so every other row is a negative. For a symmetric loss average it over rows and columns, as CLIP "
            "does."
        ),
    ),
    Change(
        name="scaling",
        applies=lambda task, loss: task.target_range == "byte",
        text=lambda task, loss: "the targets run from 0 to 255: divide them by 255 first.",
    ),
    Change(
        name="signed_labels",
        applies=lambda task, loss: task.target_range == "signed",
        text=lambda task, loss: (
            "the targets run from -1 to +1: map them by (y + 1)/2 first; a hinge loss takes labels of -1 and +1 as "
            "they are, but gives no probabilities."
        ),
    ),
    Change(
        name="label_base",
        applies=lambda task, loss: task.label_base == 1,
        text=lambda task, loss: (
            "the labels begin at 1: subtract 1 first, for every framework counts from 0 and the last class would be "
            "out of range."
        ),
    ),
    Change(
        name="put_out_logits",
        applies=lambda task, loss: loss.given == "probabilities" and task.phase != "eval",
        text=lambda task, loss: (
            f"put out logits instead in training, and use {_LOGITS_FORM[loss.id]}: it is stable where a probability "
            "rounds to 0 or 1 and its loss and gradient are lost or clipped, and it is cheaper."
        ),
    ),
    Change(
        name="reconstruction",
        applies=lambda task, loss: task.kind == "reconstruction",
        text=lambda task, loss: (
            "every value from 0 to 1 is the target of a probability; the loss of a perfect reconstruction is the "
            "entropy of the values, not 0, so look at how far it is above that."
        ),
    ),
)
"""Every modifier, in the order in which a recommendation tells them."""
