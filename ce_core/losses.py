"""The table of losses: a named loss is a row that fixes a value on each axis of the one cross-entropy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any, Literal

from ce_core.records import dataclass

from .errors import CepickError, did_you_mean

Competes = Literal["softmax", "sigmoid"]
Given = Literal["logits", "probabilities", "log_probabilities", "features", "scores"]
Family = Literal["cross_entropy", "probabilistic", "scores", "numbers", "regions"]
Reads = Literal["classes", "outcomes", "label_sets", "values", "examples"]
TargetValues = Literal["probabilities", "signs", "lists", "numbers"]

CROSS_ENTROPY_KINDS = frozenset({"classification", "distillation", "contrastive", "reconstruction"})
"""The kinds of task that a cross-entropy can train."""


@dataclass(frozen=True, kw_only=True)
class Loss:
    """One row of the table: what a loss takes, what it computes, and which tasks it accepts."""

    id: str
    one_line: str
    formula: str
    given: Given
    """How Q is handed over: what the first array holds."""
    competes: Competes | None
    """Softmax: one class is true. Sigmoid: each outcome on its own. None: the loss is no cross-entropy of either."""
    target_form: str
    """What the second array holds, in words."""
    accepts: Mapping[str, frozenset[Any]] = field(default_factory=dict)
    """For each property the values that fit; a known value that is not among them refuses the loss."""
    requires: Mapping[str, frozenset[Any]] = field(default_factory=dict)
    """For each property the values that must be known for the loss to be named at all."""
    computed: bool = False
    """Whether `evaluate` computes it in this version."""
    family: Family = "cross_entropy"
    """What the figures beside the value can be: all for a cross-entropy; for a probabilistic loss those of the
    probabilities; for scores how often they are right; for numbers and regions how the losses are spread."""
    reads: Reads | None = None
    """What one loss is of, where ``competes`` does not say: the classes of a row, each outcome, the labels of a row
    as a set, each value, or an example as a whole."""
    target_values: TargetValues = "probabilities"
    """What a target may be: a share or a label in [0, 1] (or a class), a sign (0 and 1 stand for -1 and +1), a list
    of labels, or any number."""
    also_given: tuple[Given, ...] = ()
    """Other ways to hand over Q that the loss takes."""
    one_column: bool = False
    """Whether a loss of competing classes also takes one column, whose other outcome is understood."""
    in_nats: bool = True
    """Whether its values are logarithms, which have a base."""
    activation: str = ""
    """The output layer that the model needs."""
    source: str = ""
    """The paper or documentation that defines it."""

    def reading(self, units: int, exclusive: bool | None = None) -> Reads:
        """Return what one loss is of, for so many columns of classes that exclude each other or do not."""
        if self.one_column and (units == 1 or (self.competes is None and exclusive is not True)):
            return "outcomes"
        return self.reads or ("outcomes" if self.competes == "sigmoid" else "classes")

    @property
    def outputs(self) -> str:
        """Return how Q is given, in the word that the JSON and the catalogue use."""
        return self.given

    def to_dict(self) -> dict[str, Any]:
        """Return the row as JSON shows it."""
        return {
            "id": self.id,
            "one_line": self.one_line,
            "formula": self.formula,
            "outputs": self.given,
            "competes": self.competes,
            "targets": self.target_form,
            "computed": self.computed,
            "activation": self.activation,
            "source": self.source,
        }


def _set(*values: Any) -> frozenset[Any]:
    return frozenset(values)


_TRUTHY = _set(True)
_SIGMOID_ENCODINGS = _set("scalar", "index", "multi_hot")
_INDEX_ENCODINGS = _set("index", "scalar")
_ROW_ENCODINGS = _set("one_hot", "distribution")
_CLASSIFYING = _set("classification")
_COMPETING = CROSS_ENTROPY_KINDS
_BOUNDED = _set("unit_interval", "signed", "byte")

_NO_ACTIVATION = "none: put out one logit per class, no softmax"
_SIGMOID_UNITS = "none: put out one logit per outcome (one for a binary task), no sigmoid"
_SOFTMAX_LAYER = "softmax over the classes"
_SIGMOID_LAYER = "sigmoid on each outcome (one unit for a binary task)"
_HIDDEN = "none: hand over the hidden features before the last layer, and that layer's weights and biases"

_TABLE = (
    Loss(
        id="weighted_sigmoid_cross_entropy",
        one_line="sigmoid cross-entropy whose positive term is multiplied by pos_weight",
        formula="w*y*softplus(-x) + (1 - y)*softplus(x)",
        given="logits",
        competes="sigmoid",
        target_form="one number in [0, 1] per outcome, hard or soft; and a positive weight",
        accepts={
            "kind": _set("classification"),
            "outputs": _set("logits"),
            "encoding": _SIGMOID_ENCODINGS,
            "target_range": _BOUNDED,
        },
        requires={"imbalance": _TRUTHY, "weights": _set("positive")},
        computed=True,
        activation=_SIGMOID_UNITS,
        source="tf.nn.weighted_cross_entropy_with_logits; torch.nn.BCEWithLogitsLoss(pos_weight)",
    ),
    Loss(
        id="sigmoid_cross_entropy",
        one_line="binary cross-entropy of each outcome on its own, from logits",
        formula="y*softplus(-x) + (1 - y)*softplus(x), where softplus(x) = log(1 + exp(x))",
        given="logits",
        competes="sigmoid",
        target_form="one number in [0, 1] per outcome, hard or soft",
        accepts={
            "kind": _set("classification", "distillation", "reconstruction"),
            "outputs": _set("logits"),
            "encoding": _SIGMOID_ENCODINGS,
            "target_range": _BOUNDED,
        },
        computed=True,
        activation=_SIGMOID_UNITS,
        source="tf.nn.sigmoid_cross_entropy_with_logits",
    ),
    Loss(
        id="binary_cross_entropy",
        one_line="binary cross-entropy of each outcome on its own, from probabilities",
        formula="-y*log(p) - (1 - y)*log(1 - p)",
        given="probabilities",
        competes="sigmoid",
        target_form="one number in [0, 1] per outcome, hard or soft",
        accepts={
            "kind": _set("classification", "distillation", "reconstruction"),
            "outputs": _set("probabilities"),
            "encoding": _SIGMOID_ENCODINGS,
            "target_range": _BOUNDED,
        },
        computed=True,
        activation=_SIGMOID_LAYER,
        source="torch.nn.BCELoss",
    ),
    Loss(
        id="sampled_softmax",
        one_line="softmax over the true class and a sample of the others, for training with a huge vocabulary",
        formula="-log softmax(x - log Q)[y] over the true class and the sampled ones",
        given="features",
        competes="softmax",
        target_form="class index (num_true of them)",
        accepts={
            "kind": _CLASSIFYING,
            "outcomes": _set("multiclass"),
            "exclusive": _set(True),
            "targets": _set("hard"),
            "encoding": _set("index"),
            "outputs": _set("logits"),
            "phase": _set("train"),
            "framework": _set("tensorflow", "keras"),
        },
        requires={"huge_vocabulary": _TRUTHY},
        computed=True,
        activation=_HIDDEN,
        source="Jean et al. 2015, On Using Very Large Target Vocabulary; tf.nn.sampled_softmax_loss",
    ),
    Loss(
        id="linear_softmax_cross_entropy",
        one_line="the full softmax cross-entropy from hidden features, without ever holding all logits",
        formula="-log softmax(h W^T + b)[y]",
        given="features",
        competes="softmax",
        target_form="class index",
        accepts={
            "kind": _CLASSIFYING,
            "outcomes": _set("multiclass"),
            "exclusive": _set(True),
            "targets": _set("hard"),
            "encoding": _set("index"),
            "outputs": _set("logits"),
            "phase": _set("train"),
            "framework": _set("torch"),
        },
        requires={"huge_vocabulary": _TRUTHY},
        computed=True,
        activation=_HIDDEN,
        source="torch.nn.functional.linear_cross_entropy",
    ),
    Loss(
        id="nce",
        one_line="tell the true class from sampled noise, one sigmoid each, for training with a huge vocabulary",
        formula="softplus(-(x_y - log Q_y)) + sum over noise classes of softplus(x_j - log Q_j)",
        given="features",
        competes="sigmoid",
        target_form="class index (num_true of them)",
        accepts={
            "kind": _CLASSIFYING,
            "outcomes": _set("multiclass"),
            "exclusive": _set(True),
            "targets": _set("hard"),
            "encoding": _set("index"),
            "outputs": _set("logits"),
            "phase": _set("train"),
            "framework": _set("tensorflow", "keras"),
        },
        requires={"huge_vocabulary": _TRUTHY},
        computed=True,
        activation=_HIDDEN,
        source="Gutmann and Hyvarinen 2010, Noise-contrastive estimation; tf.nn.nce_loss",
    ),
    Loss(
        id="sparse_softmax_cross_entropy",
        one_line="softmax cross-entropy from logits, the true class given by its index",
        formula="logsumexp(x) - x[y]",
        given="logits",
        competes="softmax",
        target_form="class index",
        accepts={
            "kind": _COMPETING,
            "exclusive": _set(True),
            "targets": _set("hard"),
            "encoding": _INDEX_ENCODINGS,
            "outputs": _set("logits"),
        },
        computed=True,
        activation=_NO_ACTIVATION,
        source="tf.nn.sparse_softmax_cross_entropy_with_logits; torch.nn.CrossEntropyLoss",
    ),
    Loss(
        id="softmax_cross_entropy",
        one_line="softmax cross-entropy from logits, the targets given as a row of probabilities",
        formula="sum over classes of p*(logsumexp(x) - x)",
        given="logits",
        competes="softmax",
        target_form="one row per example: one_hot or distribution",
        accepts={
            "kind": _COMPETING,
            "exclusive": _set(True),
            "encoding": _ROW_ENCODINGS,
            "outputs": _set("logits"),
        },
        computed=True,
        activation=_NO_ACTIVATION,
        source="tf.nn.softmax_cross_entropy_with_logits; torch.nn.CrossEntropyLoss",
    ),
    Loss(
        id="sparse_categorical_cross_entropy",
        one_line="cross-entropy from class probabilities, the true class given by its index",
        formula="-log(q[y])",
        given="probabilities",
        competes="softmax",
        target_form="class index",
        accepts={
            "kind": _COMPETING,
            "exclusive": _set(True),
            "targets": _set("hard"),
            "encoding": _INDEX_ENCODINGS,
            "outputs": _set("probabilities"),
        },
        computed=True,
        activation=_SOFTMAX_LAYER,
        source="keras.losses.SparseCategoricalCrossentropy",
    ),
    Loss(
        id="categorical_cross_entropy",
        one_line="cross-entropy from class probabilities, the targets given as a row of probabilities",
        formula="-sum over classes of p*log(q)",
        given="probabilities",
        competes="softmax",
        target_form="one row per example: one_hot or distribution",
        accepts={
            "kind": _COMPETING,
            "exclusive": _set(True),
            "encoding": _ROW_ENCODINGS,
            "outputs": _set("probabilities"),
        },
        computed=True,
        activation=_SOFTMAX_LAYER,
        source="keras.losses.CategoricalCrossentropy; sklearn.metrics.log_loss",
    ),
    Loss(
        id="nll",
        one_line="negative log-likelihood from log-probabilities",
        formula="-z[y], or -sum over classes of p*z",
        given="log_probabilities",
        competes="softmax",
        target_form="class index, or one row per example: one_hot or distribution",
        accepts={
            "kind": _COMPETING,
            "exclusive": _set(True),
            "encoding": _INDEX_ENCODINGS | _ROW_ENCODINGS,
            "outputs": _set("log_probabilities"),
        },
        computed=True,
        activation="log-softmax over the classes",
        source="torch.nn.NLLLoss",
    ),
    Loss(
        id="kl_divergence",
        one_line="cross-entropy less the entropy of the targets: how far Q is from P",
        formula="sum over classes of p*(log p - log q)",
        given="logits",
        competes="softmax",
        target_form="one row per example: distribution",
        accepts={
            "exclusive": _set(True),
            "targets": _set("soft"),
            "encoding": _set("distribution"),
        },
        requires={"kind": _set("distillation")},
        computed=True,
        family="probabilistic",
        also_given=("probabilities", "log_probabilities"),
        activation=_NO_ACTIVATION,
        source="Kullback and Leibler 1951, On Information and Sufficiency; torch.nn.KLDivLoss",
    ),
    Loss(
        id="mean_squared_error",
        one_line="the squared difference, averaged over the values",
        formula="mean over values of (x - y)^2",
        given="scores",
        competes=None,
        target_form="numbers of the predictions' shape",
        accepts={},
        requires={"kind": _set("reconstruction", "regression")},
        computed=True,
        family="numbers",
        reads="values",
        target_values="numbers",
        in_nats=False,
        activation="none, or one whose range is that of the targets",
        source="torch.nn.MSELoss",
    ),
    Loss(
        id="sigmoid_focal",
        one_line="sigmoid cross-entropy that plays down what is already easy",
        formula="alpha_t*(1 - p_t)^gamma * cross-entropy",
        given="logits",
        competes="sigmoid",
        target_form="one number in [0, 1] per outcome",
        computed=True,
        family="probabilistic",
        activation=_SIGMOID_UNITS,
        source="Lin et al. 2017, Focal Loss for Dense Object Detection",
    ),
    Loss(
        id="softmax_focal",
        one_line="softmax cross-entropy that plays down what is already easy",
        formula="sum over classes of alpha*p*(1 - q)^gamma*(-log q)",
        given="logits",
        competes="softmax",
        target_form="class index, or one row per example: one_hot or distribution",
        computed=True,
        family="probabilistic",
        activation=_NO_ACTIVATION,
        source="Lin et al. 2017, Focal Loss for Dense Object Detection",
    ),
    Loss(
        id="generalized_cross_entropy",
        one_line="between cross-entropy and absolute error, for noisy labels",
        formula="(1 - p_y^q)/q",
        given="probabilities",
        competes="softmax",
        target_form="class index, or one row per example: one_hot or distribution",
        computed=True,
        family="probabilistic",
        in_nats=False,
        activation=_SOFTMAX_LAYER,
        source="Zhang and Sabuncu 2018, Generalized Cross Entropy Loss",
    ),
    Loss(
        id="poly1_cross_entropy",
        one_line="cross-entropy with its first polynomial term adjusted",
        formula="cross-entropy + epsilon*(1 - p_y)",
        given="logits",
        competes="softmax",
        target_form="class index, or one row per example: one_hot or distribution",
        computed=True,
        family="probabilistic",
        in_nats=False,
        activation=_NO_ACTIVATION,
        source="Leng et al. 2022, PolyLoss",
    ),
    Loss(
        id="brier",
        one_line="the squared distance of the probabilities from what is true",
        formula="sum over classes of (q - p)^2, or half of it",
        given="probabilities",
        competes="softmax",
        target_form="class index, one row per example, or one number per outcome of one column",
        computed=True,
        family="probabilistic",
        one_column=True,
        in_nats=False,
        activation=_SOFTMAX_LAYER,
        source="Brier 1950, Verification of Forecasts Expressed in Terms of Probability",
    ),
    Loss(
        id="hinge",
        one_line="how far a score falls short of a margin of 1",
        formula="max(0, 1 - t*x), t = -1 or +1",
        given="scores",
        competes=None,
        target_form="-1 or +1 (0 stands for -1)",
        computed=True,
        family="scores",
        reads="outcomes",
        target_values="signs",
        in_nats=False,
        activation="none: put out one score",
        source="Cortes and Vapnik 1995, Support-Vector Networks",
    ),
    Loss(
        id="squared_hinge",
        one_line="the hinge loss, squared",
        formula="max(0, 1 - t*x)^2, t = -1 or +1",
        given="scores",
        competes=None,
        target_form="-1 or +1 (0 stands for -1)",
        computed=True,
        family="scores",
        reads="outcomes",
        target_values="signs",
        in_nats=False,
        activation="none: put out one score",
        source="keras.losses.SquaredHinge",
    ),
    Loss(
        id="categorical_hinge",
        one_line="the best wrong score's lead over the true class's, plus a margin of 1",
        formula="max(0, 1 + max over wrong classes of x - x[y])",
        given="scores",
        competes=None,
        target_form="class index or one_hot",
        computed=True,
        family="scores",
        reads="classes",
        in_nats=False,
        activation="none: put out one score per class",
        source="keras.losses.CategoricalHinge",
    ),
    Loss(
        id="multi_margin",
        one_line="every wrong score within a margin of the true class's, averaged",
        formula="sum over wrong classes of max(0, margin - x[y] + x[j])^p / K",
        given="scores",
        competes=None,
        target_form="class index or one_hot",
        computed=True,
        family="scores",
        reads="classes",
        in_nats=False,
        activation="none: put out one score per class",
        source="torch.nn.MultiMarginLoss",
    ),
    Loss(
        id="multilabel_margin",
        one_line="every wrong score within a margin of every true label's",
        formula="sum over true i and wrong j of max(0, 1 - x[i] + x[j]) / K",
        given="scores",
        competes=None,
        target_form="lists of label indices, padded with -1, or multi_hot",
        computed=True,
        family="scores",
        reads="label_sets",
        target_values="lists",
        in_nats=False,
        activation="none: put out one score per label",
        source="torch.nn.MultiLabelMarginLoss",
    ),
    Loss(
        id="multilabel_soft_margin",
        one_line="sigmoid cross-entropy averaged over the labels of each example",
        formula="mean over labels of y*softplus(-x) + (1 - y)*softplus(x)",
        given="logits",
        competes="sigmoid",
        target_form="multi_hot",
        computed=True,
        activation=_SIGMOID_UNITS,
        source="torch.nn.MultiLabelSoftMarginLoss",
    ),
    Loss(
        id="perceptron",
        one_line="how far a score is on the wrong side",
        formula="max(0, -t*x), t = -1 or +1; or max(x) - x[y]",
        given="scores",
        competes=None,
        target_form="-1 or +1 (0 stands for -1), or class index or one_hot",
        computed=True,
        family="scores",
        reads="classes",
        one_column=True,
        target_values="signs",
        in_nats=False,
        activation="none: put out scores",
        source="Rosenblatt 1958, The Perceptron",
    ),
    Loss(
        id="sparsemax",
        one_line="the loss of the sparsemax, which gives exact zeros",
        formula="the Fenchel-Young loss of the sparsemax: -x[y] + max over p in the simplex of p.x - |p|^2/2 + 1/2",
        given="logits",
        competes="softmax",
        target_form="class index, or one row per example: one_hot or distribution",
        computed=True,
        family="scores",
        one_column=True,
        in_nats=False,
        activation="none: put out one logit per class",
        source="Martins and Astudillo 2016, From Softmax to Sparsemax",
    ),
    Loss(
        id="dice",
        one_line="one less the overlap of the prediction with the mask",
        formula="1 - 2*sum(p*y)/(sum(p) + sum(y))",
        given="probabilities",
        competes=None,
        target_form="a mask of the predictions' shape",
        computed=True,
        family="regions",
        reads="examples",
        in_nats=False,
        activation=_SIGMOID_LAYER,
        source="Milletari et al. 2016, V-Net",
    ),
    Loss(
        id="tversky",
        one_line="the Dice loss with misses and false alarms weighted apart",
        formula="1 - sum(p*y)/(sum(p*y) + alpha*sum(p*(1 - y)) + beta*sum((1 - p)*y))",
        given="probabilities",
        competes=None,
        target_form="a mask of the predictions' shape",
        computed=True,
        family="regions",
        reads="examples",
        in_nats=False,
        activation=_SIGMOID_LAYER,
        source="Salehi et al. 2017, Tversky Loss Function",
    ),
    Loss(
        id="mean_pairwise_squared_error",
        one_line="the squared difference of every pair of differences within an example",
        formula="mean over pairs i, j of ((x_i - x_j) - (y_i - y_j))^2",
        given="scores",
        competes=None,
        target_form="numbers of the predictions' shape",
        computed=True,
        family="numbers",
        reads="examples",
        target_values="numbers",
        in_nats=False,
        activation="none",
        source="tf.compat.v1.losses.mean_pairwise_squared_error",
    ),
)

LOSSES: dict[str, Loss] = {row.id: row for row in _TABLE}
"""Every loss by its id; among rows that fit a task the earlier one is the first choice."""

CORE = (
    "binary_cross_entropy",
    "categorical_cross_entropy",
    "sparse_categorical_cross_entropy",
    "sigmoid_cross_entropy",
    "softmax_cross_entropy",
    "sparse_softmax_cross_entropy",
    "nll",
    "weighted_sigmoid_cross_entropy",
)
"""The losses that every part of cepick computes."""


def loss_id(name: str) -> str:
    """Return a loss's id from its id, with ``-`` or ``_``, or from a framework's spelling of it.

    >>> loss_id("sigmoid-cross-entropy")
    'sigmoid_cross_entropy'
    >>> loss_id("torch.nn.BCEWithLogitsLoss")
    'sigmoid_cross_entropy'

    Raises:
        CepickError: for a name that is not known, or one of several losses.
    """
    found = loss_ids(name)
    if len(found) > 1:
        raise CepickError(
            f"{name}: is {' or '.join(found)}, depending on the arrays that it is given; name one of them"
        )
    return found[0]


def loss_ids(name: str) -> tuple[str, ...]:
    """Return the ids that a name may stand for: several for a function that serves several losses.

    A function whose arguments choose the loss stands for the one of its defaults. A positive weight is an option
    of a function, so its loss is left out beside the plain one.

    >>> loss_ids("torch.nn.CrossEntropyLoss")
    ('sparse_softmax_cross_entropy', 'softmax_cross_entropy')
    >>> loss_ids("keras.losses.SparseCategoricalCrossentropy")
    ('sparse_categorical_cross_entropy',)

    Raises:
        CepickError: for a name that is not known.
    """
    plain = name.strip().lower().replace("-", "_").replace(" ", "_")
    if plain in LOSSES:
        return (plain,)
    from .frameworks import find_call

    calls = find_call(name)
    found = dict.fromkeys(call.loss for call in [each for each in calls if each.by_default] or calls)
    if "sigmoid_cross_entropy" in found:
        found.pop("weighted_sigmoid_cross_entropy", None)
    if not found:
        raise CepickError(f"{name}: no such loss; {did_you_mean(plain.partition('(')[0], LOSSES)}")
    return tuple(found)
