"""For each way to hand over Q: the losses of a block and its probabilities, one exponential for both."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ce_core import kernels
from ce_core.compute.clips import POLICIES
from ce_core.compute.plan import Plan
from ce_core.records import dataclass

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
    return _of_logits(terms, loss(targets, label_smoothing=plan.smooth))


def _of_logits(terms: kernels.SoftmaxTerms, losses: Array) -> Exclusive:
    return Exclusive(losses=losses, scaled=terms.exponentials, total=1 + terms.rest, predicted=terms.argmax)


def _softmax_probabilities(values: Array, targets: Array, plan: Plan) -> Exclusive:
    if plan.settings.clip_policy is not None:
        costs, _ = POLICIES[plan.settings.clip_policy].costs(values, exclusive=True)
        return _of_probabilities(values, _expected(costs, smoothed_rows(targets, plan)))
    kernel: Callable[..., Array] = (
        kernels.sparse_categorical_cross_entropy if targets.ndim == 1 else kernels.categorical_cross_entropy
    )
    losses = kernel(values, targets, clip=plan.settings.clip, label_smoothing=plan.smooth)
    return _of_probabilities(values, losses)


def _of_probabilities(values: Array, losses: Array) -> Exclusive:
    return Exclusive(
        losses=losses,
        scaled=_sane(values.astype(np.float64, copy=False)),
        total=None,
        predicted=values.argmax(axis=1),
    )


def _softmax_log_probabilities(values: Array, targets: Array, plan: Plan) -> Exclusive:
    return _of_log_probabilities(values, kernels.nll(values, targets, label_smoothing=plan.smooth))


def _of_log_probabilities(values: Array, losses: Array) -> Exclusive:
    with np.errstate(over="ignore"):  # values that are no log-probabilities are a finding, not a warning
        probabilities = np.exp(values.astype(np.float64))
    return Exclusive(losses=losses, scaled=_sane(probabilities), total=None, predicted=values.argmax(axis=1))


def smoothed_rows(targets: Array, plan: Plan) -> Array:
    """Return targets as rows [rows, columns], smoothed."""
    units, smooth = plan.layout.units, plan.smooth
    if targets.ndim == 1:
        rows = np.zeros((len(targets), units))
        rows[np.arange(len(targets)), targets.astype(np.intp, copy=False)] = 1.0
    else:
        rows = targets.astype(np.float64)
    return rows * (1 - smooth) + smooth / units if smooth else rows


def _smoothed(targets: Array, plan: Plan) -> Array:
    """Return targets as they are, or as smoothed rows."""
    return smoothed_rows(targets, plan) if plan.smooth else targets


def _expected(costs: Array, rows: Array) -> Array:
    """Return the cost that each row expects, where a class of weight 0 costs nothing."""
    with np.errstate(invalid="ignore"):  # 0 * inf, which the next line mends
        products = rows * costs
    return np.asarray(np.where(rows == 0, 0.0, products).sum(axis=1))


def class_costs(values: Array, plan: Plan) -> Array:
    """Return what each class would cost if it were the true one, in nats, [rows, columns]."""
    if plan.settings.clip_policy is not None:
        return POLICIES[plan.settings.clip_policy].costs(values, exclusive=True)[0]
    if plan.given == "logits":
        return np.asarray(0.0 - kernels.log_softmax(values))
    if plan.given == "log_probabilities":
        return np.asarray(0.0 - values.astype(np.float64))
    return np.stack(
        [
            kernels.sparse_categorical_cross_entropy(
                values, np.full(len(values), column), clip=plan.settings.clip
            )
            for column in range(values.shape[1])
        ],
        axis=1,
    )


def _softmax_focal(values: Array, targets: Array, plan: Plan) -> Exclusive:
    losses = kernels.softmax_focal(values, _smoothed(targets, plan), **plan.settings.loss_options)
    return _of_logits(kernels.softmax_terms(values), losses)


def _poly1(values: Array, targets: Array, plan: Plan) -> Exclusive:
    losses = kernels.poly1_cross_entropy(values, _smoothed(targets, plan), **plan.settings.loss_options)
    return _of_logits(kernels.softmax_terms(values), losses)


def _generalized(values: Array, targets: Array, plan: Plan) -> Exclusive:
    losses = kernels.generalized_cross_entropy(values, targets, **plan.settings.loss_options)
    return _of_probabilities(values, losses)


def _brier(values: Array, targets: Array, plan: Plan) -> Exclusive:
    return _of_probabilities(values, kernels.brier(values, targets, **plan.settings.loss_options))


def _kl_divergence(values: Array, targets: Array, plan: Plan) -> Exclusive:
    losses = kernels.kl_divergence(values, targets, given=plan.given)
    if plan.given == "logits":
        return _of_logits(kernels.softmax_terms(values), losses)
    return (_of_probabilities if plan.given == "probabilities" else _of_log_probabilities)(values, losses)


def _sigmoid_logits(values: Array, targets: Array, plan: Plan) -> Independent:
    terms = kernels.sigmoid_terms(values)
    losses = terms.losses(targets, pos_weight=plan.pos_weight, label_smoothing=plan.smooth)
    return _of_sigmoids(terms, targets, losses)


def _of_sigmoids(terms: kernels.SigmoidTerms, targets: Array, losses: Array) -> Independent:
    more = 1 / (1 + terms.decay)  # of the likelier outcome, and less is of the other
    less = terms.decay * more
    predicted = terms.logits > 0
    return Independent(
        losses=losses,
        probabilities=_either(predicted, more, less),
        predicted=predicted,
        true=_either(predicted == (targets > 0.5), more, less),
        surer=more,
    )


def _sigmoid_focal(values: Array, targets: Array, plan: Plan) -> Independent:
    smooth = plan.smooth
    smoothed = targets * (1 - smooth) + smooth / 2 if smooth else targets
    losses = kernels.sigmoid_focal(values, smoothed, **plan.settings.loss_options)
    return _of_sigmoids(kernels.sigmoid_terms(values), targets, losses)


def _sane(probabilities: Array) -> Array:
    """Return NaN for what is so far from a probability that its square would overflow; a finding names it."""
    wild = np.abs(probabilities) > 1e100
    return np.where(wild, np.nan, probabilities) if wild.any() else probabilities


def _either(chosen: Array, one: Array, other: Array) -> Array:
    """Return the one where chosen, else the other; of finite values products are far faster than a branch."""
    return np.asarray(chosen * one + ~chosen * other)


def _sigmoid_probabilities(values: Array, targets: Array, plan: Plan) -> Independent:
    if plan.settings.clip_policy is not None:
        costs = POLICIES[plan.settings.clip_policy].costs(values, exclusive=False)
        smooth = plan.smooth
        positive, negative = targets * (1 - smooth) + smooth / 2, (1 - targets) * (1 - smooth) + smooth / 2
        pairs = [
            _expected(cost.reshape(-1, 1), share.reshape(-1, 1))
            for cost, share in zip(costs, (positive, negative), strict=True)
        ]
        return _of_outcomes(values, targets, np.asarray(pairs[0] + pairs[1]).reshape(targets.shape))
    losses = kernels.binary_cross_entropy(
        values, targets, clip=plan.settings.clip, label_smoothing=plan.smooth
    )
    return _of_outcomes(values, targets, losses)


def _of_outcomes(values: Array, targets: Array, losses: Array) -> Independent:
    probabilities = _sane(values.astype(np.float64, copy=False))
    complements = 1 - probabilities
    return Independent(
        losses=losses,
        probabilities=probabilities,
        predicted=probabilities > 0.5,
        true=np.where(targets > 0.5, probabilities, complements),
        surer=np.maximum(probabilities, complements),
    )


def _brier_outcomes(values: Array, targets: Array, plan: Plan) -> Independent:
    """Return the score of one outcome, the other one counted too: that is what the scale ``half`` halves."""
    losses = kernels.mean_squared_error(values, targets)
    return _of_outcomes(values, targets, losses * (1 if plan.settings.loss_options["scale"] == "half" else 2))


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

EXCLUSIVE_LOSSES: dict[str, Callable[[Array, Array, Plan], Exclusive]] = {
    "softmax_focal": _softmax_focal,
    "poly1_cross_entropy": _poly1,
    "generalized_cross_entropy": _generalized,
    "brier": _brier,
    "kl_divergence": _kl_divergence,
}
"""The losses of competing classes beside the cross-entropies."""

INDEPENDENT_LOSSES: dict[str, Callable[[Array, Array, Plan], Independent]] = {
    "sigmoid_focal": _sigmoid_focal,
    "brier": _brier_outcomes,
}
"""The losses of single outcomes beside the cross-entropies."""


def exclusive_form(plan: Plan) -> Callable[[Array, Array, Plan], Exclusive]:
    """Return what computes the losses and the probabilities of competing classes."""
    return EXCLUSIVE_LOSSES.get(plan.loss.id) or EXCLUSIVE[plan.given]


def independent_form(plan: Plan) -> Callable[[Array, Array, Plan], Independent]:
    """Return what computes the losses and the probabilities of single outcomes."""
    return INDEPENDENT_LOSSES.get(plan.loss.id) or INDEPENDENT[plan.given]


IMPOSSIBLE = {"probabilities": 0.0, "log_probabilities": -np.inf}
"""How an outcome is called impossible, whose loss is then infinite. Logits have a check of their own."""
