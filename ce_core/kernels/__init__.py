"""The losses on NumPy arrays: one value for each example, in nats, exact and never reduced.

============================  ==================================================================
how Q is given                kernels
============================  ==================================================================
logits, exclusive classes     softmax_cross_entropy, sparse_softmax_cross_entropy
logits, independent outcomes  sigmoid_cross_entropy, weighted_sigmoid_cross_entropy
probabilities                 binary_, categorical_ and sparse_categorical_cross_entropy
log-probabilities             nll
============================  ==================================================================

They agree on this. Predictions come first, targets second, and neither is broadcast or renormalised. Any
rank, any class axis, float16 to float64; the arithmetic and the result are float64. Against exact
arithmetic on the numbers as stored the relative error is at most 1e-14 for losses of at least 1e-4, and
1e-12 below that down to 1e-300. A logit of −inf is legal where the target has no weight, and an infinite
loss where it has; NaN and +inf, and a row of nothing but −inf, make NaN in that row only. 0·log 0 = 0.
"""

from ce_core.kernels.log_probabilities import nll
from ce_core.kernels.probabilities import (
    binary_cross_entropy,
    categorical_cross_entropy,
    sparse_categorical_cross_entropy,
)
from ce_core.kernels.sigmoid import (
    SigmoidTerms,
    sigmoid,
    sigmoid_cross_entropy,
    sigmoid_terms,
    weighted_sigmoid_cross_entropy,
)
from ce_core.kernels.softmax import (
    SoftmaxTerms,
    log_softmax,
    softmax,
    softmax_cross_entropy,
    softmax_terms,
    sparse_softmax_cross_entropy,
)

__all__ = [
    "SigmoidTerms",
    "SoftmaxTerms",
    "binary_cross_entropy",
    "categorical_cross_entropy",
    "log_softmax",
    "nll",
    "sigmoid",
    "sigmoid_cross_entropy",
    "sigmoid_terms",
    "softmax",
    "softmax_cross_entropy",
    "softmax_terms",
    "sparse_categorical_cross_entropy",
    "sparse_softmax_cross_entropy",
    "weighted_sigmoid_cross_entropy",
]
