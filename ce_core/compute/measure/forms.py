"""For each way to hand over Q: the losses of a block and its probabilities, one exponential for both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ce_core import kernels
from ce_core.compute.plan import Plan

Array = np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class Exclusive:
    """Examples whose classes compete: their losses in nats, and their probabilities as ``scaled / total``."""

    losses: Array
    scaled: Array
    """[rows, columns]"""
    total: Array | None
    """[rows]; None where ``scaled`` are the probabilities themselves."""
    predicted: Array
    """The class of the greatest probability, the first of equal ones."""

    def of(self, classes: Array) -> Array:
        """Return the probability of one class of each example."""
        chosen = self.scaled[np.arange(len(classes)), classes]
        return np.asarray(chosen if self.total is None else chosen / self.total)

    def squares(self) -> Array:
        """Return the sum of the squared probabilities of each example."""
        sums = np.einsum("ij,ij->i", self.scaled, self.scaled)
        return np.asarray(sums if self.total is None else sums / (self.total * self.total))

    def probabilities(self) -> Array:
        """Return [rows, columns] of probabilities."""
        return self.scaled if self.total is None else self.scaled / self.total[:, None]


@dataclass(frozen=True, kw_only=True, eq=False)
class Independent:
    """Outcomes that are on their own, [rows, columns]: their losses in nats, and their probabilities."""

    losses: Array
    probabilities: Array
    predicted: Array
    """Whether the outcome is likelier than not."""
    true: Array
    """The probability of what is true; from logits with all its digits, also where it is small."""
    surer: Array
    """The probability of what is predicted."""


def _softmax_logits(values: Array, targets: Array, plan: Plan) -> Exclusive:
    terms = kernels.softmax_terms(values)
    loss = terms.losses if targets.ndim == 1 else terms.dense_losses
    return Exclusive(
        losses=loss(targets, label_smoothing=plan.settings.label_smoothing),
        scaled=terms.exponentials,
        total=1 + terms.rest,
        predicted=terms.argmax,
    )


def _softmax_probabilities(values: Array, targets: Array, plan: Plan) -> Exclusive:
    kernel: Callable[..., Array] = (
        kernels.sparse_categorical_cross_entropy if targets.ndim == 1 else kernels.categorical_cross_entropy
    )
    losses = kernel(values, targets, clip=plan.settings.clip, label_smoothing=plan.settings.label_smoothing)
    return Exclusive(
        losses=losses,
        scaled=_sane(values.astype(np.float64, copy=False)),
        total=None,
        predicted=values.argmax(axis=1),
    )


def _softmax_log_probabilities(values: Array, targets: Array, plan: Plan) -> Exclusive:
    with np.errstate(over="ignore"):  # values that are no log-probabilities are a finding, not a warning
        probabilities = np.exp(values.astype(np.float64))
    losses = kernels.nll(values, targets, label_smoothing=plan.settings.label_smoothing)
    return Exclusive(losses=losses, scaled=_sane(probabilities), total=None, predicted=values.argmax(axis=1))


def _sigmoid_logits(values: Array, targets: Array, plan: Plan) -> Independent:
    terms = kernels.sigmoid_terms(values)
    losses = terms.losses(targets, pos_weight=plan.pos_weight, label_smoothing=plan.settings.label_smoothing)
    more = 1 / (1 + terms.decay)  # of the likelier outcome, and less is of the other
    less = terms.decay * more
    predicted = values > 0
    return Independent(
        losses=losses,
        probabilities=_either(predicted, more, less),
        predicted=predicted,
        true=_either(predicted == (targets > 0.5), more, less),
        surer=more,
    )


def _sane(probabilities: Array) -> Array:
    """Return NaN for what is so far from a probability that its square would overflow; a finding names it."""
    wild = np.abs(probabilities) > 1e100
    return np.where(wild, np.nan, probabilities) if wild.any() else probabilities


def _either(chosen: Array, one: Array, other: Array) -> Array:
    """Return the one where chosen, else the other; of finite values products are far faster than a branch."""
    return np.asarray(chosen * one + ~chosen * other)


def _sigmoid_probabilities(values: Array, targets: Array, plan: Plan) -> Independent:
    losses = kernels.binary_cross_entropy(
        values, targets, clip=plan.settings.clip, label_smoothing=plan.settings.label_smoothing
    )
    probabilities = _sane(values.astype(np.float64, copy=False))
    complements = 1 - probabilities
    return Independent(
        losses=losses,
        probabilities=probabilities,
        predicted=probabilities > 0.5,
        true=np.where(targets > 0.5, probabilities, complements),
        surer=np.maximum(probabilities, complements),
    )


EXCLUSIVE: dict[str, Callable[[Array, Array, Plan], Exclusive]] = {
    "logits": _softmax_logits,
    "probabilities": _softmax_probabilities,
    "log_probabilities": _softmax_log_probabilities,
}
"""By what is given: from [rows, columns], and labels or rows."""

INDEPENDENT: dict[str, Callable[[Array, Array, Plan], Independent]] = {
    "logits": _sigmoid_logits,
    "probabilities": _sigmoid_probabilities,
}
"""By what is given: from [rows, columns] and targets of that shape."""

IMPOSSIBLE = {"probabilities": 0.0, "log_probabilities": -np.inf}
"""How an outcome is called impossible, whose loss is then infinite. Logits have a check of their own."""
