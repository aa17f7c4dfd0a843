"""The losses on NumPy arrays: one value for each example, exact and never reduced.

=============================  =======================================================================
what the predictions are       kernels
=============================  =======================================================================
logits, exclusive classes      softmax_cross_entropy, sparse_softmax_cross_entropy, softmax_focal,
                               poly1_cross_entropy, sparsemax
logits, independent outcomes   sigmoid_cross_entropy, weighted_sigmoid_cross_entropy, sigmoid_focal,
                               multilabel_soft_margin, binary_sparsemax
probabilities                  binary_, categorical_ and sparse_categorical_cross_entropy,
                               generalized_cross_entropy, brier; of regions dice, tversky
log-probabilities              nll
any of these, soft targets     kl_divergence
scores                         hinge, squared_hinge, categorical_hinge, multi_margin, multilabel_margin,
                               perceptron, multiclass_perceptron
numbers                        mean_squared_error, mean_pairwise_squared_error and its TensorFlow form
=============================  =======================================================================

They agree on this. Predictions come first, targets second, and neither is broadcast or renormalised. Any
rank, any class axis, float16 to float64; the arithmetic and the result are float64, and what is a logarithm
is in nats. Against exact arithmetic on the numbers as stored the relative error is at most 1e-14 for losses
of at least 1e-4, and 1e-12 below that down to 1e-300; kl_divergence and sparsemax, which are differences,
promise an absolute error of 1e-14 for values up to 1. A logit of −inf is legal where the target has no
weight, and an infinite loss where it has; NaN and +inf, and a row of nothing but −inf, make NaN in that row
only. A score of a margin loss is taken at its word when it is infinite. 0·log 0 = 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ce_core.lazily import lazily

if TYPE_CHECKING:
    from ce_core.kernels.divergence import kl_divergence
    from ce_core.kernels.focal import sigmoid_focal, softmax_focal
    from ce_core.kernels.log_probabilities import nll
    from ce_core.kernels.margins import (
        categorical_hinge,
        hinge,
        multi_margin,
        multiclass_perceptron,
        perceptron,
        squared_hinge,
    )
    from ce_core.kernels.multilabel import multilabel_margin, multilabel_soft_margin
    from ce_core.kernels.overlap import dice, tversky
    from ce_core.kernels.probabilities import (
        binary_cross_entropy,
        categorical_cross_entropy,
        sparse_categorical_cross_entropy,
    )
    from ce_core.kernels.robust import generalized_cross_entropy, poly1_cross_entropy
    from ce_core.kernels.sigmoid_losses import (
        SigmoidTerms,
        sigmoid,
        sigmoid_cross_entropy,
        sigmoid_terms,
        weighted_sigmoid_cross_entropy,
    )
    from ce_core.kernels.softmax_losses import (
        SoftmaxTerms,
        log_softmax,
        softmax,
        softmax_cross_entropy,
        softmax_terms,
        sparse_softmax_cross_entropy,
    )
    from ce_core.kernels.sparsemax_losses import binary_sparsemax, sparsemax
    from ce_core.kernels.squared import (
        brier,
        mean_pairwise_squared_error,
        mean_squared_error,
        tensorflow_mean_pairwise_squared_error,
    )

_HOME = {
    "kl_divergence": "divergence",
    "sigmoid_focal": "focal",
    "softmax_focal": "focal",
    "nll": "log_probabilities",
    "categorical_hinge": "margins",
    "hinge": "margins",
    "multi_margin": "margins",
    "multiclass_perceptron": "margins",
    "perceptron": "margins",
    "squared_hinge": "margins",
    "multilabel_margin": "multilabel",
    "multilabel_soft_margin": "multilabel",
    "dice": "overlap",
    "tversky": "overlap",
    "binary_cross_entropy": "probabilities",
    "categorical_cross_entropy": "probabilities",
    "sparse_categorical_cross_entropy": "probabilities",
    "generalized_cross_entropy": "robust",
    "poly1_cross_entropy": "robust",
    "SigmoidTerms": "sigmoid_losses",
    "sigmoid": "sigmoid_losses",
    "sigmoid_cross_entropy": "sigmoid_losses",
    "sigmoid_terms": "sigmoid_losses",
    "weighted_sigmoid_cross_entropy": "sigmoid_losses",
    "SoftmaxTerms": "softmax_losses",
    "log_softmax": "softmax_losses",
    "softmax": "softmax_losses",
    "softmax_cross_entropy": "softmax_losses",
    "softmax_terms": "softmax_losses",
    "sparse_softmax_cross_entropy": "softmax_losses",
    "binary_sparsemax": "sparsemax_losses",
    "sparsemax": "sparsemax_losses",
    "brier": "squared",
    "mean_pairwise_squared_error": "squared",
    "mean_squared_error": "squared",
    "tensorflow_mean_pairwise_squared_error": "squared",
}
"""The module of each name: a module is imported when the first of its names is used."""

__all__ = [
    "SigmoidTerms",
    "SoftmaxTerms",
    "binary_cross_entropy",
    "binary_sparsemax",
    "brier",
    "categorical_cross_entropy",
    "categorical_hinge",
    "dice",
    "generalized_cross_entropy",
    "hinge",
    "kl_divergence",
    "log_softmax",
    "mean_pairwise_squared_error",
    "mean_squared_error",
    "multi_margin",
    "multiclass_perceptron",
    "multilabel_margin",
    "multilabel_soft_margin",
    "nll",
    "perceptron",
    "poly1_cross_entropy",
    "sigmoid",
    "sigmoid_cross_entropy",
    "sigmoid_focal",
    "sigmoid_terms",
    "softmax",
    "softmax_cross_entropy",
    "softmax_focal",
    "softmax_terms",
    "sparse_categorical_cross_entropy",
    "sparse_softmax_cross_entropy",
    "sparsemax",
    "squared_hinge",
    "tensorflow_mean_pairwise_squared_error",
    "tversky",
    "weighted_sigmoid_cross_entropy",
]


__getattr__ = lazily(__name__, _HOME)
