"""1 − p of every class under a softmax, with all its digits where p is near 1."""

from __future__ import annotations

import numpy as np

from ce_core.kernels import _shapes
from ce_core.kernels._shapes import FloatArray, IndexArray
from ce_core.kernels.softmax_losses import SoftmaxTerms


def complements(terms: SoftmaxTerms) -> FloatArray:
    """Return 1 − p of every class, of the logits' shape.

    Of the largest logit it is ``rest/(1 + rest)``; every other probability is at most 1/2, so that taking
    it from 1 loses nothing.
    """
    others = np.asarray(1.0 - terms.probabilities())
    largest = np.asarray(terms.rest / (1.0 + terms.rest))
    np.put_along_axis(
        others,
        np.expand_dims(terms.argmax, terms.axis),
        np.expand_dims(largest, terms.axis),
        axis=terms.axis,
    )
    return others


def complements_of(terms: SoftmaxTerms, labels: IndexArray) -> FloatArray:
    """Return 1 − p of each example's label."""
    probability = _shapes.of_labels(terms.exponentials, labels, terms.axis) / (1.0 + terms.rest)
    return np.where(labels == terms.argmax, terms.rest / (1.0 + terms.rest), 1.0 - probability)
