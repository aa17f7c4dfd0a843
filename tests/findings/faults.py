"""A model of some skill, and the faults that another reading of its arrays mends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from rigs import FORMS, Rig, kept, sigmoid

from ce_core import Task

POSITIONS = {
    "[N,K]": lambda rows: (rows,),
    "[B,T,K]": lambda rows: (max(30, rows // 10), 10),
    "[N,C,H,W]": lambda rows: (max(30, rows // 20), 5, 4),
}


@dataclass(frozen=True, kw_only=True)
class Model:
    """Logits of exclusive classes and the labels they are for, classes last."""

    logits: np.ndarray
    labels: np.ndarray
    classes: int
    dtype: str = "float64"
    outputs: str = "logits"
    encoding: str = "index"

    def rig(self, logits: np.ndarray | None = None, labels: np.ndarray | None = None) -> Rig:
        """Return the two arrays, with the logits or the labels replaced."""
        made = FORMS[self.outputs](self.logits if logits is None else logits)
        return self.given(made, labels)

    def given(self, predictions: np.ndarray, labels: np.ndarray | None = None) -> Rig:
        """Return predictions as they are handed over, against the targets."""
        found = self.labels if labels is None else labels
        targets: np.ndarray = np.eye(self.classes)[found] if self.encoding == "one_hot" else found
        values = kept(predictions, self.dtype)
        if values.ndim < 4:
            return Rig(predictions=values, targets=targets)
        targets = np.moveaxis(targets, -1, 1) if self.encoding == "one_hot" else targets
        return Rig(predictions=np.moveaxis(values, -1, 1), targets=targets, said=Task(class_axis=1))


def model(
    rows: int = 100,
    classes: int = 10,
    *,
    shape: str = "[N,K]",
    strength: float = 5.0,
    seed: int = 0,
    weights: Any = None,
    **form: Any,
) -> Model:
    """Return a model whose true class is ``strength`` above the others, on average."""
    rng = np.random.default_rng(seed)
    positions = POSITIONS[shape](rows)
    labels = rng.choice(classes, positions, p=weights)
    logits = rng.normal(0, 1, (*positions, classes)) + strength * np.eye(classes)[labels]
    return Model(logits=logits, labels=labels, classes=classes, **form)


def labelled(
    rows: int = 100,
    labels: int = 1,
    *,
    strength: float = 5.0,
    rate: float = 0.4,
    seed: int = 0,
) -> tuple[np.ndarray, np.ndarray]:
    """Return logits of independent outcomes, and the 0 or 1 of each: of one outcome [N]."""
    rng = np.random.default_rng(seed)
    targets = (rng.random((rows, labels)) < rate).astype(np.float64)
    logits = rng.normal(0, 1, targets.shape) + strength * (targets - 0.5)
    return (logits[:, 0], targets[:, 0]) if labels == 1 else (logits, targets)


def outcomes(logits: np.ndarray, targets: np.ndarray, outputs: str = "logits", dtype: str = "float64") -> Rig:
    """Return independent outcomes as they are handed over, said to be what they are."""
    said = Task(outcomes="binary") if logits.ndim == 1 else Task(exclusive=False)
    predictions = kept(sigmoid(logits) if outputs == "probabilities" else logits, dtype)
    return Rig(predictions=predictions, targets=targets, said=said.but(outputs=outputs))
