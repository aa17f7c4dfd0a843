"""What other libraries take a pair of arrays for: their own code where it can be run, else their rule as documented.

Every rule is handed the pair at its most convenient: positions flattened to rows, the classes last, a single outcome as
a column ``[N, 1]``, padding left out. Its answer is right where the loss that it leads to is that of the pair's task.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np

os.environ.setdefault("KERAS_BACKEND", "numpy")

ENCODINGS = (
    "index",
    "one_hot",
    "distribution",
    "multi_hot",
    "soft labels",
    "one outcome",
    "one soft outcome",
)
"""The kinds of targets: what a task is, but for logits or probabilities."""


@dataclass(frozen=True, kw_only=True)
class Rows:
    """A pair as rows: predictions [N, K], and targets [N] or [N, K]."""

    predictions: np.ndarray
    targets: np.ndarray
    encoding: str
    """One of `ENCODINGS`."""

    @property
    def columns(self) -> int:
        return int(self.predictions.shape[1])

    @property
    def labels(self) -> np.ndarray | None:
        """Return one label for each row, where the targets are that."""
        if self.targets.ndim == 1 or self.targets.shape[1] == 1:
            return np.asarray(self.targets).reshape(-1)
        return None


Answer = str | None


def sklearn_rule(rows: Rows) -> Answer:
    from sklearn.utils.multiclass import type_of_target

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        labels = rows.labels
        found = str(type_of_target(rows.targets if labels is None else labels))
    return None if found == "unknown" else found


def keras_rule(rows: Rows) -> Answer:
    from keras.src.trainers.compile_utils import get_loss

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return str(get_loss("crossentropy", rows.targets, rows.predictions).fn.__name__)


def transformers_rule(rows: Rows) -> Answer:
    import torch
    from transformers.loss.loss_utils import ForSequenceClassificationLoss

    whole = np.issubdtype(rows.targets.dtype, np.integer)
    labels = torch.from_numpy(rows.targets.astype(np.int64 if whole else np.float32))
    logits = torch.from_numpy(rows.predictions.astype(np.float32))
    config = SimpleNamespace(num_labels=rows.columns, problem_type=None)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            ForSequenceClassificationLoss(labels, logits, config)
        except (RuntimeError, ValueError, IndexError):
            return f"{config.problem_type}, and the loss raises"
    return str(config.problem_type)


def autogluon_rule(rows: Rows) -> Answer:
    """autogluon/core/utils/utils.py: infer_problem_type, for numbers."""
    labels = rows.labels
    if labels is None:
        return None
    labels = labels[np.isfinite(labels.astype(np.float64))]
    distinct = len(np.unique(labels))
    if distinct == 2:
        return "binary"
    few = distinct / max(1, len(labels)) <= (0.05 if len(labels) > 1000 else 0.1) and distinct <= 1000
    whole = not np.issubdtype(labels.dtype, np.floating) or bool((labels == np.floor(labels)).all())
    return "multiclass" if few and whole else "regression"


def evalml_rule(rows: Rows) -> Answer:
    """evalml/problem_types/utils.py: detect_problem_type."""
    labels = rows.labels
    if labels is None:
        return None
    distinct = len(np.unique(labels))
    if distinct < 2:
        return None  # it raises
    if distinct == 2:
        return "binary"
    return "regression" if distinct > 10 and labels.dtype != bool else "multiclass"


def _by_label(rows: Rows, answer: str) -> bool:
    """Tell whether binary or multiclass is right of labels: by the number of classes that the model has."""
    if rows.encoding == "one outcome":
        return answer == "binary"
    return rows.encoding == "index" and answer == ("binary" if rows.columns == 2 else "multiclass")


def _sklearn_right(rows: Rows, answer: str) -> bool:
    return _by_label(rows, answer) or (rows.encoding == "multi_hot" and answer == "multilabel-indicator")


_KERAS = {"index": "sparse_categorical", "one_hot": "categorical", "distribution": "categorical"}


def _keras_right(rows: Rows, answer: str) -> bool:
    return answer == f"{_KERAS.get(rows.encoding, 'binary')}_crossentropy"


def _transformers_right(rows: Rows, answer: str) -> bool:
    single = rows.encoding in {"index", "one_hot"}
    wanted = "single_label_classification" if single else "multi_label_classification"
    return answer == wanted and rows.encoding != "distribution"


@dataclass(frozen=True, kw_only=True)
class Peer:
    """A rule of another library, and when its answer is right."""

    name: str
    rule: Callable[[Rows], Answer]
    right: Callable[[Rows, str], bool]
    how: str
    counts: str
    """What counts as a right answer, in words."""


PEERS = (
    Peer(
        name="scikit-learn `type_of_target`",
        rule=sklearn_rule,
        right=_sklearn_right,
        how="executed",
        counts="`binary` of one outcome and of two classes, `multiclass` of indices of more, `multilabel-indicator` of "
        "multi-hot rows; it has no answer for one-hot rows or soft targets (`continuous` is a regression)",
    ),
    Peer(
        name='Keras `loss="crossentropy"`',
        rule=keras_rule,
        right=_keras_right,
        how="executed",
        counts="sparse categorical of indices, categorical of one-hot rows and distributions, binary of one "
        "outcome and of several labels; that it takes all of them for probabilities is not held against it",
    ),
    Peer(
        name="Hugging Face `problem_type`",
        rule=transformers_rule,
        right=_transformers_right,
        how="executed",
        counts="`single_label_classification` of indices and one-hot rows, `multi_label_classification` of several "
        "labels and of one outcome, where its loss then takes the arrays; integers are handed over as `int64`, all "
        "else as `float32`",
    ),
    Peer(
        name="AutoGluon `infer_problem_type`",
        rule=autogluon_rule,
        right=_by_label,
        how="rule as documented, not executed",
        counts="`binary` of one outcome and of two classes, `multiclass` of indices of more; it takes one label for "
        "each row, and of rows of targets it gives no answer",
    ),
    Peer(
        name="EvalML `detect_problem_type`",
        rule=evalml_rule,
        right=_by_label,
        how="rule as documented, not executed",
        counts="as for AutoGluon",
    ),
)
