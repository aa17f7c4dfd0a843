"""What a few functions do that no general word of the table says, by framework or by function.

Every entry is shown by a test that runs the function (tests/frameworks/test_emulation.py), or stands for a row that
the table itself marks as unverified.
"""

from __future__ import annotations

from ce_core.frameworks import Argument, Call

EXTRA_ARGUMENTS = {"keras": {"dtype": Argument(sets="dtype", reads="word", default=None)}}
"""Arguments of every loss class of a framework that no row names."""

CASTS_TO = {"keras": "float32"}
"""The dtype to which the loss classes of a framework cast everything, unless their dtype says another one."""

LOG_TARGETS = frozenset({"optax.losses.kl_divergence_with_log_targets"})
"""Functions whose targets are log-probabilities."""

DIVERGENCES_OF_ANY_SUM = frozenset({"optax.losses.generalized_kl_divergence"})
"""Functions that add Σ q − Σ p to the divergence."""

NOT_EMULATED = frozenset(
    {"mask", "shift", "candidates", "num_sampled", "num_true", "accidental_hits", "seed"}
)
"""What a call's text may not set here; a mask is handed over as an array."""

EXPONENTIATES = frozenset({"torch.nn.functional.soft_margin_loss"})
"""Functions that compute log(1 + exp(−y·x)) as it is written, and so overflow in their own dtype."""

FOCAL_IN_LOGARITHMS = frozenset({"optax.sigmoid_focal_loss"})
"""Focal losses whose power is taken of a logarithm, so that a negative 1 − p_t (of a target outside [0, 1]) is NaN."""

SKIPS_NAN = frozenset({"torch.nn.functional.multi_margin_loss", "torch.nn.functional.multilabel_margin_loss"})
"""Margin losses that add up what is above 0, which NaN is not."""

LOGSUMEXP = frozenset({"optax.softmax_cross_entropy_with_integer_labels"})
"""Functions that take a label's logit from the log-sum-exp: beside a logit of +∞ any other label costs ∞, not NaN."""

TARGET_DTYPES = {
    ("torch.nn.functional.binary_cross_entropy_with_logits", "sigmoid_cross_entropy"): ("floating",),
    ("torch.nn.functional.binary_cross_entropy_with_logits", "weighted_sigmoid_cross_entropy"): ("floating",),
    ("torch.nn.functional.kl_div", "kl_divergence"): ("floating",),
    ("transformers.loss.loss_utils.ForSequenceClassificationLoss", "sigmoid_cross_entropy"): ("floating",),
    ("tf.nn.softmax_cross_entropy_with_logits", "softmax_cross_entropy"): ("numbers",),
    ("optax.losses.multiclass_hinge_loss", "categorical_hinge"): ("numbers",),
    ("optax.losses.multiclass_perceptron_loss", "perceptron"): ("numbers",),
    ("optax.kl_divergence", "kl_divergence"): ("floating",),
    ("optax.losses.kl_divergence_with_log_targets", "kl_divergence"): ("floating",),
    ("optax.losses.generalized_kl_divergence", "kl_divergence"): ("floating",),
    ("transformers.loss.loss_utils.ForSequenceClassificationLoss", "sparse_softmax_cross_entropy"): (
        "int64",
        "uint8",
    ),
    ("transformers.loss.loss_utils.ForCausalLMLoss", "sparse_softmax_cross_entropy"): ("int64", "uint8"),
    ("transformers.loss.loss_utils.ForMaskedLMLoss", "sparse_softmax_cross_entropy"): ("int64", "uint8"),
    ("transformers.loss.loss_utils.ForTokenClassification", "sparse_softmax_cross_entropy"): (
        "int64",
        "uint8",
    ),
    ("transformers.trainer_pt_utils.LabelSmoother", "sparse_softmax_cross_entropy"): ("int64", "int32"),
}
"""What dtypes a function takes for a loss, where that is not what its row says."""

OUT_OF_RANGE = {
    "optax.losses.multiclass_sparsemax_loss": "wraps_then_clipped",
    "onnx.SoftmaxCrossEntropyLoss": "wraps_or_error",
    "onnx.NegativeLogLikelihoodLoss": "wraps_or_error",
}
"""What functions do with a label out of range, where that is not what their row says."""

CLIPS = {"catboost.Focal": ("keras_clip", 1e-13, "float64")}
"""The clip policy, its ε and the dtype of it, of functions whose row has none."""

SUMS_WHOLE_WEIGHTS = frozenset({"catboost.MultiLogloss", "catboost.MultiCrossEntropy"})
"""Functions whose mean divides by the sum of the weights cut off to integers."""

ANOTHER_LOSS_WITH_WEIGHTS = frozenset(
    {
        "lightgbm.cross_entropy_lambda",
        "fastai.losses.LabelSmoothingCrossEntropyFlat",
        "fastai.losses.FocalLossFlat",
    }
)
"""Functions in which weights are no weights of the losses."""

AT_MOST_TWO_AXES = frozenset(
    {
        "torch.nn.functional.multi_margin_loss",
        "torch.nn.functional.multilabel_margin_loss",
        "optax.losses.multiclass_sparsemax_loss",
    }
)
"""Functions that take one example or rows of them, and no further axis."""

PAIRS_EVERY_ROW = frozenset({"keras.losses.CategoricalGeneralizedCrossEntropy"})
"""Functions that broadcast labels of shape [N, 1] to N × N losses."""

COUNTS_IGNORED = frozenset({"paddle.nn.functional.cross_entropy"})
"""Functions whose mean without weights counts the ignored rows too, where ignore_index is negative."""

SMOOTHS_BEFORE_WEIGHTS = frozenset({"paddle.nn.functional.cross_entropy"})
"""Functions that make smoothed rows of their labels: a row's weight is that of its smoothed targets, no label is
ignored, and an ignore_index of 0 or more divides by the number of the rows' elements."""

LOWEST_LOGIT = {"paddle.nn.functional.cross_entropy": 64.0}
"""How far below the largest logit of a row any other one can be; what is further counts as that."""

REPAIRS_RANK = frozenset({"keras"})
"""Frameworks that add or drop a last axis of length 1 where predictions and targets differ by it."""

INFINITE_LOGITS = {"torch": 1, "fastai": 1, "transformers": 1, "tensorflow": -1, "keras": -1}
"""The sign of the infinite logits of which the sigmoid formula can make a loss; of the other it makes NaN.
PyTorch computes (1 − y)·x − log sigmoid(x), TensorFlow max(x, 0) − x·y + log1p(exp(−|x|)). Where a framework is
not named, y·softplus(−x) + (1 − y)·softplus(x) is multiplied out as it stands."""

INFINITE_LOGITS_OF_A_LOSS = {
    ("tensorflow", "weighted_sigmoid_cross_entropy"): 1,
    ("torch", "multilabel_soft_margin"): 0,
}
"""As `INFINITE_LOGITS`, for one loss of a framework."""

CHECKS_PROBABILITIES = frozenset(
    {
        "torch.nn.functional.binary_cross_entropy",
        "fastai.losses.BCELossFlat",
        "paddle.nn.functional.binary_cross_entropy",
        "sklearn.metrics.log_loss",
        "sklearn.metrics.brier_score_loss",
        "sklearn.metrics.d2_log_loss_score",
        "sklearn.metrics.d2_brier_score",
    }
)
"""Functions that refuse predictions outside [0, 1]."""

SKIPS_ZERO_TARGETS = frozenset(
    {"optax.safe_softmax_cross_entropy", "optax.losses.safe_softmax_cross_entropy"}
)
"""Spellings that take 0 times infinity as 0."""

ROWS_OF_LABELS = {
    "keras.losses.Hinge": "signs_if_binary",
    "keras.losses.SquaredHinge": "signs_if_binary",
    "keras.losses.CategoricalHinge": "true_class_costs_zero",
    "optax.losses.multiclass_hinge_loss": "one_hot",
    "optax.losses.multiclass_perceptron_loss": "one_hot",
    "lightgbm.binary": "above_zero",
    "catboost.Logloss": "above_half",
    "catboost.MultiLogloss": "above_half",
    "transformers.trainer_pt_utils.LabelSmoother": "negative_is_first",
}
"""How a function reads its labels, where that is not plain. ``signs_if_binary``: labels that are all 0 or 1 become
−1 and +1; ``true_class_costs_zero``: the true class counts among the wrong ones with a score of 0; ``one_hot``: a
label out of range is a row of zeros; ``above_zero`` and ``above_half``: a label above that is positive, any other
negative; ``negative_is_first``: a negative label is class 0."""

ERRORS = {
    "torch": "RuntimeError",
    "fastai": "RuntimeError",
    "transformers": "RuntimeError",
    "tensorflow": "InvalidArgumentError",
    "keras": "InvalidArgumentError",
    "jax": "TypeError",
    "sklearn": "ValueError",
    "onnx": "TypeError",
    "xgboost": "XGBoostError",
    "lightgbm": "LightGBMError",
    "catboost": "CatBoostError",
    "paddle": "ValueError",
    "mxnet": "ValueError",
}
"""The class of the error that a framework raises for a dtype or a value that it refuses."""

LABEL_ERRORS = {
    "torch": "IndexError",
    "fastai": "IndexError",
    "transformers": "IndexError",
    "onnx": "IndexError",
}
"""The class of the error for a label out of range, where it is another one."""

_BROADCASTS = frozenset(
    {"torch.nn.functional.mse_loss", "tf.nn.softmax_cross_entropy_with_logits", "optax.softmax_cross_entropy"}
)


def broadcasts(row: Call) -> bool:
    """Tell whether a function broadcasts predictions against targets, silently or with a warning."""
    elementwise = row.framework == "jax" and row.loss in {"sigmoid_cross_entropy", "sigmoid_focal"}
    return elementwise or row.call in _BROADCASTS
