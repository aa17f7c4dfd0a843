"""The sentences of a recommendation, as tables: what refuses, what decides, what ranks, what to use instead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ce_core.losses import Loss
from ce_core.records import dataclass
from ce_core.task import Task
from ce_core.task.words import PROPERTIES

_FRAMEWORKS = PROPERTIES["framework"].answers

_STORED = {
    "index": "each target is the number of its class",
    "one_hot": "each target is a one-hot row",
    "multi_hot": "each target is a row with a 0 or 1 for every label",
    "distribution": "each target is a row of probabilities that sums to 1",
    "scalar": "each target is one number from 0 to 1",
}

_TAKES = {
    "sigmoid": "takes one number from 0 to 1 for each outcome",
    "index": "takes the number of the class",
    "row": "takes a row for each example, one-hot or a distribution",
}


def _outputs(loss: Loss, value: Any) -> str:
    if loss.given == "features":
        return f"makes the logits itself from hidden features, but the model puts out {_words(value)}"
    refusal = f"takes {_words(loss.given)}, but the model puts out {_words(value)}"
    if loss.given == "logits" and loss.competes == "softmax" and value == "log_probabilities":
        return f"{refusal}: it would give the same value, and take the log-softmax a second time"
    return refusal


def _kind(loss: Loss, value: Any) -> str:
    if value == "contrastive" and loss.competes == "sigmoid":
        return "judges each pair on its own, but the partners in a batch compete"
    if loss.id == "weighted_sigmoid_cross_entropy":
        return f"weighs positives against negatives, which {_words(value)} does not have"
    return f"is not for {_words(value)}"


def _encoding(loss: Loss, value: Any) -> str:
    takes = "sigmoid" if loss.competes == "sigmoid" and loss.given != "features" else None
    takes = takes or ("index" if "index" in loss.accepts["encoding"] else "row")
    return f"{_TAKES[takes]}, but {_STORED[value]}"


def _phase(loss: Loss, value: Any) -> str:
    if loss.id == "linear_softmax_cross_entropy":
        return "saves memory while training; for evaluation the full softmax gives the same value"
    return "is for training only: its value depends on the classes that were sampled"


def _words(value: Any) -> str:
    return str(value).replace("log_probabilities", "log-probabilities").replace("_", " ")


REFUSALS: dict[str, Callable[[Loss, Any], str]] = {
    "kind": _kind,
    "outcomes": lambda loss, value: "needs more than two classes, and there are two outcomes",
    "exclusive": lambda loss, value: "makes the classes compete, but several labels may be true at once",
    "targets": lambda loss, value: (
        "takes hard labels, but the targets are soft"
        if value == "soft"
        else "takes soft targets, but the targets are hard"
    ),
    "encoding": _encoding,
    "outputs": _outputs,
    "target_range": lambda loss, value: "takes targets from 0 to 1, but they may be any real number",
    "phase": _phase,
    "framework": lambda loss, value: f"has no function in {_FRAMEWORKS[value]}",
}
"""For each property the sentence that says why its value refuses a loss."""

REQUIREMENTS: dict[str, str] = {
    "imbalance": "is for rare positives, and neither an imbalance nor a positive weight was said",
    "huge_vocabulary": "pays only with a huge vocabulary, and none was said",
    "kind": "is for another kind of task",
}
"""For each required property what its absence says."""


def _by_value(sentences: dict[Any, str]) -> Callable[[Task, Loss, Any], str | None]:
    return lambda task, loss, value: sentences.get(value)


def _columns(task: Task, loss: Loss, value: Any) -> str | None:
    if task.outcomes != "binary":
        return None
    if value == 1:
        return "the model puts out one column, so one sigmoid decides; a softmax over one column is always 1"
    return "the model puts out two columns, so the two classes compete in a softmax"


def _how_many(task: Task, loss: Loss, value: Any) -> str | None:
    if value == "multiclass":
        return "there are more than two classes"
    if loss.competes == "sigmoid":
        return "there are two outcomes, and one number decides between them"
    return None


def _handed_over(task: Task, loss: Loss, value: Any) -> str | None:
    if loss.given == "features":
        return None
    if value == "logits":
        return f"the model puts out logits, so the loss takes the {loss.competes} itself, and stays exact"
    if value == "probabilities":
        return "the model puts out probabilities, so the loss only takes their logarithm"
    return "the model puts out log-probabilities, so the logarithm is already taken"


def _stored(task: Task, loss: Loss, value: Any) -> str | None:
    if task.kind == "contrastive":
        return None
    return {
        "index": "each label is stored as the number of its class, so no one-hot rows need to be made",
        "one_hot": "each label is stored as a one-hot row, which a dense loss takes as it is",
    }.get(value, _STORED[value])


def _when(task: Task, loss: Loss, value: Any) -> str:
    if value == "eval":
        return "the loss is for evaluation, which needs the full softmax over every class"
    if loss.id == "linear_softmax_cross_entropy":
        return "the loss is for training, which would have to keep every logit for the gradient"
    return "the loss is for training, where an estimate from sampled classes will do"


def _framework(task: Task, loss: Loss, value: Any) -> str:
    has = {
        "tensorflow": "has a sampled softmax",
        "keras": "has a sampled softmax on its TensorFlow backend only",
    }.get(value, "has no sampled softmax")
    return f"the framework is {_FRAMEWORKS[value]}, which {has}"


def _competition(task: Task, loss: Loss, value: Any) -> str:
    if value is False:
        return "several labels may be true at once, so each has a sigmoid of its own"
    return "exactly one class is true for each example, so the classes compete in a softmax"


DECIDERS: dict[str, Callable[[Task, Loss, Any], str | None]] = {
    "kind": _by_value(
        {
            "distillation": "the targets are a teacher's probabilities, so they are soft",
            "contrastive": "each row is a classification over the batch: the label is the index of its partner",
            "reconstruction": "each value from 0 to 1 is reconstructed as a probability of its own",
        }
    ),
    "outcomes": _how_many,
    "units": _columns,
    "exclusive": _competition,
    "targets": _by_value(
        {
            "hard": "the targets are certain labels, so the number of the class says it all",
            "soft": "the targets are probabilities, so the loss needs a whole row for each example",
        }
    ),
    "encoding": _stored,
    "outputs": _handed_over,
    "huge_vocabulary": _by_value(
        {True: "there are too many classes to compute every logit at each step of training"}
    ),
    "phase": _when,
    "framework": _framework,
}
"""For each property the sentence that says how its value decided."""

OTHERWISE: dict[str, tuple[Any, ...]] = {"units": (1, 2)}
"""For a property without a list of values those that it is compared with."""


def _rare(task: Task, loss: Loss, others: list[str]) -> str | None:
    if loss.id != "weighted_sigmoid_cross_entropy":
        return None
    return "the positives are to count more, so their term gets a weight; sigmoid_cross_entropy is the same without it"


def _twins(task: Task, loss: Loss, others: list[str]) -> str | None:
    two_columns = [each for each in others if "softmax" in each or "categorical" in each]
    if loss.competes != "sigmoid" or task.outcomes != "binary" or not two_columns:
        return None
    return (
        f"with two columns {' or '.join(two_columns)} also fits, and is the same function: a softmax over two logits "
        "is the sigmoid of their difference; the sigmoid comes first because it needs one column only"
    )


_DENSE = {
    "sparse_softmax_cross_entropy": "softmax_cross_entropy",
    "sparse_categorical_cross_entropy": "categorical_cross_entropy",
}


def _storage(task: Task, loss: Loss, others: list[str]) -> str | None:
    dense = _DENSE.get(loss.id)
    if dense is None or dense not in others:
        return None
    return (
        f"{dense} also fits, and gives the same number on one-hot rows; the sparse form comes first because an index "
        "is smaller than a row"
    )


def _divergence(task: Task, loss: Loss, others: list[str]) -> str | None:
    if "kl_divergence" not in others:
        return None
    return (
        "kl_divergence also fits: it is less by the entropy of the teacher, which is constant, so the gradients are "
        "the same"
    )


def _large(task: Task, loss: Loss, others: list[str]) -> str | None:
    """Say how the losses for a huge vocabulary differ, and that the full softmax fits where it can be paid for."""
    full = [each for each in others if "sparse" in each or each == "softmax_cross_entropy"]
    if loss.given != "features":
        return None
    says = {
        "linear_softmax_cross_entropy": "linear_softmax_cross_entropy also fits: the full softmax, in blocks (PyTorch)",
        "nce": "nce also fits: it needs no softmax at all, but its value is no likelihood",
    }
    parts = [text for name, text in says.items() if name in others]
    if full:
        parts.append(f"{' or '.join(full)} also fits, where every logit can be paid for")
    return "; ".join(parts) or None


def _squares(task: Task, loss: Loss, others: list[str]) -> str | None:
    if "mean_squared_error" not in others:
        return None
    return (
        "mean_squared_error also fits: it is 0 for a perfect reconstruction, where the cross-entropy is the entropy of "
        "the values; cross-entropy comes first because it punishes a confident mistake much harder"
    )


RANKS: tuple[Callable[[Task, Loss, list[str]], str | None], ...] = (
    _rare,
    _twins,
    _storage,
    _divergence,
    _large,
    _squares,
)
"""What says why the first choice comes before the others that fit."""


@dataclass(frozen=True, kw_only=True)
class Instead:
    """What fits a kind of task that no cross-entropy fits."""

    name: str
    because: str


INSTEAD: dict[str, Instead] = {
    "regression": Instead(
        name="mean_squared_error",
        because="the target is a quantity, not a class: use mean squared error, Huber where outliers are heavy, or "
        "Poisson for counts",
    ),
    "ordinal": Instead(
        name="CORAL, CORN or ordered logit",
        because="the grades have an order, which no plain cross-entropy uses: CORAL and CORN are sums of binary "
        "cross-entropies over 'is it above grade k', and an ordered logit cuts one score at thresholds",
    ),
    "ranking": Instead(
        name="a pairwise or listwise ranking loss",
        because="only the order of the items matters, not a class for each: use a pairwise loss (RankNet, or a hinge "
        "on differences) or a listwise one (ListNet, LambdaRank)",
    ),
    "overlap": Instead(
        name="dice",
        because="the aim is the overlap of whole regions, which no sum over pixels measures: use Dice, or Tversky to "
        "weigh misses against false alarms, alone or added to a cross-entropy of the pixels",
    ),
    "sequence_alignment": Instead(
        name="CTC",
        because="it is not known which input belongs to which label: connectionist temporal classification (CTC) sums "
        "over all alignments",
    ),
    "density_estimation": Instead(
        name="the negative log-likelihood of the density",
        because="the data are continuous, so there are no classes to choose from: minimise the negative log-likelihood "
        "of the density that is modelled, such as a Gaussian, a mixture or a flow",
    ),
    "margin": Instead(
        name="hinge",
        because="the aim is a margin between -1 and +1, and no probability is wanted: use a hinge loss; where "
        "probabilities are wanted map the labels by (y + 1)/2 and take a cross-entropy",
    ),
    "teacher": Instead(
        name="mean_squared_error",
        because="the targets are real numbers, such as a teacher's logits: match them by mean squared error, or take "
        "the teacher's softmax first and distil its probabilities",
    ),
    "values": Instead(
        name="mean_squared_error",
        because="the values are not from 0 to 1, so they are no probabilities: use mean squared error, or rescale the "
        "values to 0 ... 1",
    ),
}
"""What to use where no cross-entropy fits, by the kind of task or by what stands in the way."""

_MARGIN_BY_SHAPE: tuple[tuple[Callable[[Task], bool], str, str], ...] = (
    (
        lambda task: task.exclusive is False,
        "multilabel_margin",
        "the aim is a margin between the true labels and the others, and no probability is wanted: use "
        "multilabel_margin, or a hinge loss on each label",
    ),
    (
        lambda task: task.outcomes == "multiclass" or (task.classes or 0) > 2,
        "multi_margin",
        "the aim is a margin between the true class and the others, and no probability is wanted: use multi_margin, or "
        "categorical_hinge, which looks at the best wrong class only",
    ),
)


def instead(task: Task) -> tuple[str, str]:
    """Return the name of what fits a task that no cross-entropy fits, and why."""
    if task.kind == "margin":
        for fitting, name, because in _MARGIN_BY_SHAPE:
            if fitting(task):
                return name, because
    stands_in_the_way = {"distillation": "teacher", "reconstruction": "values"}
    found = INSTEAD.get(stands_in_the_way.get(str(task.kind), str(task.kind)), INSTEAD["regression"])
    return found.name, found.because


def imbalanced(task: Task) -> bool:
    """Tell whether some classes are known to be rare."""
    return task.imbalance is True or (isinstance(task.imbalance, float) and task.imbalance > 1)


def positive_weighted(task: Task) -> bool:
    """Tell whether the task asks for a positive weight: imbalance, or one that is in use."""
    return imbalanced(task) or "positive" in (task.weights or ())
