"""A sampled loss beside the full softmax loss: how far off it is, and how much it depends on the draw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ce_core.errors import CepickError, did_you_mean
from ce_core.kernels._shapes import FloatArray
from ce_core.kernels.features import linear_softmax_cross_entropy
from ce_core.sampling._draw import generator_of
from ce_core.sampling.candidates import label_matrix
from ce_core.sampling.sampled import nce, sampled_softmax
from ce_core.sampling.samplers import Sampler

LOSSES = {"sampled_softmax": sampled_softmax, "nce": nce}

STATEMENTS = {
    "sampled_softmax": "sampled_softmax is for training only: its value depends on the sampler and on how many "
    "classes are drawn, and usually lies below the full softmax loss; report the full softmax loss",
    "nce": "nce is for training only: its value grows with the number of classes drawn and is not comparable "
    "with a cross-entropy; report the full softmax loss",
}


@dataclass(frozen=True, kw_only=True, eq=False)
class SampledEstimate:
    """Hold a sampled loss, its spread over repeated draws, and the full softmax loss; all in nats."""

    loss: str
    """``sampled_softmax`` or ``nce``."""
    sampler: str
    """The sampler's name."""
    num_sampled: int
    """How many classes were drawn each time."""
    num_true: int
    """How many true classes each example has."""
    unique: bool
    """Whether no class was drawn twice."""
    repeats: int
    """How many times candidates were drawn."""
    seed: int
    """The seed of all draws together."""
    losses: FloatArray
    """The sampled loss [N] of each example with the first draw."""
    exact_losses: FloatArray
    """The full softmax loss [N] of each example."""
    value: float
    """The mean over the examples with the first draw: what one training step would print."""
    mean: float
    """The mean of that over all draws."""
    standard_deviation: float | None
    """Its standard deviation over the draws (divisor repeats − 1); None for one draw."""
    exact: float
    """The mean full softmax loss: what to report."""
    bias: float
    """``mean − exact``."""
    statement: str
    """What the sampled loss is good for, in a sentence."""


def estimate(
    features: npt.ArrayLike,
    labels: npt.ArrayLike,
    weights: npt.ArrayLike,
    biases: npt.ArrayLike | None,
    sampler: Sampler,
    num_sampled: int,
    *,
    loss: str = "sampled_softmax",
    num_true: int | None = None,
    unique: bool = True,
    subtract_log_q: bool = True,
    remove_accidental_hits: bool | None = None,
    repeats: int = 10,
    seed: int = 0,
) -> SampledEstimate:
    """Compute a sampled loss several times, each with its own draw, and the full softmax loss once.

    Use it to learn how far the number that training prints is from the loss, and how noisy it is. Each draw
    is shared by all N examples, as TensorFlow shares one among a batch, and all come from the sampler as it
    is given: a learned-unigram sampler does not learn in between. The same seed gives the same draws.
    Accidental hits are removed as TensorFlow does if nothing is said: for sampled_softmax, not for nce.
    ``num_true``, where it is said, must be what the labels hold.

    Formula: ``bias = mean over the draws − exact``. With several true classes the full loss gives each the
    weight ``1/num_true``.

    Shapes: features [N, D], labels [N] or [N, num_true], weights [K, D], biases [K] or None.

    Units: nats.

    Raises:
        CepickError: as :func:`ce_core.sampling.sampled_softmax`, for an unknown loss, a sampler of another
            number of classes, no examples, repeats below 1, and for a label that the sampler never draws
            when log Q is subtracted.

    Source: https://www.tensorflow.org/extras/candidate_sampling.pdf

    >>> from ce_core.sampling import Uniform
    >>> rng = np.random.default_rng(0)
    >>> features, weights = rng.normal(size=(20, 4)), rng.normal(size=(100, 4))
    >>> labels = (features @ weights.T).argmax(axis=1)
    >>> found = estimate(features, labels, weights, None, Uniform(classes=100), 10)
    >>> round(found.exact, 3), found.bias < 0
    (1.475, True)
    """
    if loss not in LOSSES:
        raise CepickError(f"loss: {loss!r} is not sampled; {did_you_mean(loss, LOSSES)}")
    if repeats < 1:
        raise CepickError(f"repeats: {repeats!r} is below 1; draw at least once")
    if sampler.classes != len(np.asarray(weights)):
        raise CepickError(
            f"sampler: draws from {sampler.classes} classes, and weights of shape {np.shape(weights)} have "
            f"{len(np.asarray(weights))}; give a sampler of as many classes",
            code="CE301",
        )
    true = label_matrix(labels, sampler.classes)
    if num_true is not None and true.shape[1] != num_true:
        raise CepickError(f"labels: {true.shape[1]} true classes in each row, not {num_true!r}; give as many")
    if not len(true):
        raise CepickError("labels: hold no example; give at least one")
    hits = loss == "sampled_softmax" if remove_accidental_hits is None else remove_accidental_hits
    generator = generator_of(seed)
    first, means = np.empty(0), np.empty(repeats)
    for repeat in range(repeats):
        candidates = sampler.sample(true, num_sampled, unique=unique, seed=generator)
        if subtract_log_q and not candidates.true_expected_count.all():
            row, column = np.argwhere(candidates.true_expected_count == 0)[0]
            raise CepickError(
                f"labels: class {int(true[row, column])} at row {int(row)} is never drawn by {sampler.name}, so "
                "it has no log Q; give it a count, leave its rows out, or do not subtract log Q"
            )
        losses = LOSSES[loss](
            features,
            true,
            weights=weights,
            biases=biases,
            candidates=candidates,
            subtract_log_q=subtract_log_q,
            remove_accidental_hits=hits,
        )
        first = losses if not repeat else first
        means[repeat] = losses.mean()
    exact_losses = np.mean(
        [linear_softmax_cross_entropy(features, column, weights=weights, biases=biases) for column in true.T],
        axis=0,
    )
    exact, mean = float(exact_losses.mean()), float(means.mean())
    return SampledEstimate(
        loss=loss,
        sampler=sampler.name,
        num_sampled=num_sampled,
        num_true=true.shape[1],
        unique=unique,
        repeats=repeats,
        seed=seed,
        losses=first,
        exact_losses=exact_losses,
        value=float(means[0]),
        mean=mean,
        standard_deviation=float(means.std(ddof=1)) if repeats > 1 else None,
        exact=exact,
        bias=mean - exact,
        statement=STATEMENTS[loss],
    )
