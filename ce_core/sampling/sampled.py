"""Sampled softmax and noise-contrastive estimation, given the candidates."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from ce_core import kernels
from ce_core.errors import CepickError
from ce_core.kernels import _shapes
from ce_core.kernels._shapes import FloatArray
from ce_core.kernels.features import BLOCK, head_of
from ce_core.sampling.candidates import Candidates, class_ids, label_matrix


def sampled_softmax(
    features: npt.ArrayLike,
    labels: npt.ArrayLike,
    *,
    weights: npt.ArrayLike,
    biases: npt.ArrayLike | None = None,
    candidates: Candidates,
    subtract_log_q: bool = True,
    remove_accidental_hits: bool = True,
) -> FloatArray:
    """Compute the softmax loss over the true classes and a few sampled ones in place of all K.

    Use it to see what training prints; it is for training only, and usually an underestimate. Report
    :func:`ce_core.kernels.features.linear_softmax_cross_entropy`. It equals TensorFlow's function when the
    candidates are its ``sampled_values``.

    Formula: the softmax cross-entropy of ``x_c − log Q(c)`` over the true classes and the candidates, each of
    the num_true true classes of weight ``1/num_true``. An accidental hit, a candidate that is a true class of
    the row, counts for nothing if it is removed; of a class that was sampled twice, only the last is removed,
    as in TensorFlow.

    Shapes: features [N, D], labels [N] or [N, num_true], weights [K, D], biases [K]; the losses are [N].

    Units: nats.

    Raises:
        CepickError: for shapes that do not pair, and labels or candidates outside [0, K). A true class of
            expected count 0 makes NaN in its row, as in TensorFlow.

    Source: https://www.tensorflow.org/api_docs/python/tf/nn/sampled_softmax_loss; Jean et al. (2015), "On
    Using Very Large Target Vocabulary for Neural Machine Translation".

    >>> from ce_core.sampling import AllCandidates
    >>> every = AllCandidates(classes=3).sample([0, 2], 3)
    >>> weights = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    >>> sampled_softmax([[1.0, 0.0], [0.0, 2.0]], [0, 2], weights=weights, candidates=every)
    array([0.8619948 , 0.75862368])
    """
    losses = []
    for logits in _logits(
        features, labels, weights, biases, candidates, subtract_log_q, remove_accidental_hits
    ):
        terms = kernels.softmax_terms(logits)
        columns = (np.full(len(logits), column) for column in range(candidates.num_true))
        losses.append(np.mean([terms.losses(column) for column in columns], axis=0))
    return np.concatenate(losses)


def nce(
    features: npt.ArrayLike,
    labels: npt.ArrayLike,
    *,
    weights: npt.ArrayLike,
    biases: npt.ArrayLike | None = None,
    candidates: Candidates,
    subtract_log_q: bool = True,
    remove_accidental_hits: bool = False,
) -> FloatArray:
    """Compute the noise-contrastive loss: a yes or no for each true class and each sampled one, summed.

    Use it to see what training prints; it is for training only. It grows with the number of candidates and
    is not comparable with any cross-entropy. Report
    :func:`ce_core.kernels.features.linear_softmax_cross_entropy`. It equals TensorFlow's function when the
    candidates are its ``sampled_values``. With accidental hits removed it is the sampled logistic loss;
    without log Q, negative sampling.

    Formula: ``Σ sigmoid cross-entropy(x_c − log Q(c), y_c)`` over the true classes and the candidates, with
    y = ``1/num_true`` for a true class, not 1, and 0 for a candidate. Accidental hits as in
    :func:`sampled_softmax`.

    Shapes: features [N, D], labels [N] or [N, num_true], weights [K, D], biases [K]; the losses are [N].

    Units: nats.

    Raises:
        CepickError: as :func:`sampled_softmax`.

    Source: https://www.tensorflow.org/api_docs/python/tf/nn/nce_loss; Gutmann and Hyvärinen (2010),
    "Noise-contrastive estimation: A new estimation principle for unnormalized statistical models".

    >>> from ce_core.sampling import Uniform
    >>> drawn = Uniform(classes=3).candidates([1, 2], [0], unique=False)
    >>> nce([[0.0]], [0], weights=np.zeros((3, 1)), candidates=drawn)
    array([2.34340709])
    """
    losses = []
    for logits in _logits(
        features, labels, weights, biases, candidates, subtract_log_q, remove_accidental_hits
    ):
        targets = np.zeros(logits.shape)
        targets[:, : candidates.num_true] = 1 / candidates.num_true
        losses.append(kernels.sigmoid_cross_entropy(logits, targets).sum(axis=1))
    return np.concatenate(losses)


def _logits(
    features: npt.ArrayLike,
    labels: npt.ArrayLike,
    weights: npt.ArrayLike,
    biases: npt.ArrayLike | None,
    candidates: Candidates,
    subtract_log_q: bool,
    remove_accidental_hits: bool,
) -> Iterator[FloatArray]:
    """Yield blocks [n, num_true + S] of logits, the true classes first; a removed hit is −inf."""
    array = _shapes.real_array(features, "features")
    head = head_of(array, weights, biases)
    classes, width = head.weights.shape
    true = label_matrix(labels, classes)
    if array.ndim != 2 or len(true) != len(array):
        raise CepickError(
            f"labels: shape {np.shape(labels)} does not fit features of shape {array.shape}; "
            "give [N, D] features and [N] or [N, num_true] labels",
            code="CE301",
        )
    if candidates.true_expected_count.shape != true.shape:
        raise CepickError(
            f"true_expected_count: shape {candidates.true_expected_count.shape} does not equal the shape "
            f"{true.shape} of the labels; give candidates that were drawn for these labels",
            code="CE301",
        )
    sampled = class_ids(candidates.sampled, "sampled", classes)
    last = _last_of_each(sampled)
    with np.errstate(divide="ignore"):  # a class that is never sampled has no log Q: NaN, as documented
        log_true, log_sampled = (
            np.log(counts) for counts in (candidates.true_expected_count, candidates.sampled_expected_count)
        )
    step = max(1, BLOCK // max(1, true.shape[1] * width, true.shape[1] + len(sampled)))
    for start in range(0, max(1, len(true)), step):
        run = slice(start, start + step)
        rows = array[run].astype(np.float64, copy=False)
        true_logits, sampled_logits = head.true_logits(rows, true[run]), head.logits(rows, sampled)
        if subtract_log_q:
            true_logits, sampled_logits = true_logits - log_true[run], sampled_logits - log_sampled
        if remove_accidental_hits:
            for column in true[run].T:
                sampled_logits[(column[:, None] == sampled) & last] = -np.inf
        yield np.concatenate([true_logits, sampled_logits], axis=1)


def _last_of_each(sampled: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_]:
    """Return which candidates do not come again: TensorFlow removes a hit at one place only, the last."""
    last = np.zeros(len(sampled), dtype=bool)
    last[len(sampled) - 1 - np.unique(sampled[::-1], return_index=True)[1]] = True
    return last
