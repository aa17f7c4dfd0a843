"""Arrays of a decent model, in every shape and precision, for the rigs to break in one way each."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ce_core import Evaluation, Finding, Task, evaluate

SHAPES = {
    "[N,K]": lambda rows: (rows,),
    "[B,T,K]": lambda rows: (max(1, rows // 5), 5),
    "[N,C,H,W]": lambda rows: (max(1, rows // 6), 3, 2),
}
DTYPES = ("float16", "float32", "float64", "bfloat16", "float16 in float32")


@dataclass(frozen=True, kw_only=True)
class Rig:
    """Two arrays, and what is said of them."""

    predictions: np.ndarray
    targets: np.ndarray
    said: Task = field(default_factory=Task)
    options: dict[str, Any] = field(default_factory=dict)

    def but(self, **changes: Any) -> Rig:
        return replace(self, **changes)

    def saying(self, **properties: Any) -> Rig:
        return replace(self, said=self.said.but(**properties))

    def asking(self, **options: Any) -> Rig:
        return replace(self, options={**self.options, **options})

    def run(self) -> Evaluation:
        return evaluate(self.predictions, self.targets, task=self.said, **self.options)

    @property
    def told(self) -> list[str]:
        """The findings but those of what the predictions are worth, which a rig's random model may deserve."""
        return [code for code in self.codes if code not in {"CE501", "CE502", "CE503", "CE505"}]

    @property
    def worth(self) -> list[str]:
        """The findings but for how often each class occurs, which rare labels always deserve."""
        return [code for code in self.codes if code not in {"CE210", "CE211"}]

    @property
    def errors(self) -> list[Finding]:
        """The findings of severity error."""
        return [each for each in self.run().findings if each.severity == "error"]

    @property
    def wrong(self) -> list[str]:
        return [each.code for each in self.errors]

    @property
    def codes(self) -> list[str]:
        return [finding.code for finding in self.run().findings]


def softmax(logits: np.ndarray) -> np.ndarray:
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)


def log_softmax(logits: np.ndarray) -> np.ndarray:
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def sigmoid(logits: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-logits))


def kept(values: np.ndarray, dtype: str) -> np.ndarray:
    """Return values in a precision; bfloat16 is kept in float32, as NumPy has none."""
    if dtype == "bfloat16":
        bits = np.ascontiguousarray(values, dtype=np.float32).view(np.uint32)
        return (
            ((bits + 0x7FFF + ((bits >> 16) & 1)) & np.uint32(0xFFFF0000)).astype(np.uint32).view(np.float32)
        )
    first, _, then = dtype.partition(" in ")
    return values.astype(first).astype(then or first)


FORMS = {"logits": lambda x: x, "probabilities": softmax, "log_probabilities": log_softmax}


def exclusive(
    rows: int = 30,
    classes: int = 4,
    *,
    shape: str = "[N,K]",
    dtype: str = "float32",
    outputs: str = "logits",
    encoding: str = "index",
    seed: int = 0,
) -> Rig:
    """Return a model of exclusive classes and its targets."""
    rng = np.random.default_rng(seed)
    positions = SHAPES[shape](rows)
    labels = (np.arange(np.prod(positions)) % classes).reshape(positions)
    logits = 2 * (
        rng.normal(0, 1, (*positions, classes)) + 2 * np.eye(classes)[labels]
    )  # as sure as it is right
    predictions = kept(FORMS[outputs](logits), dtype)
    targets: np.ndarray = labels
    if encoding == "one_hot":
        targets = np.eye(classes)[labels]
    elif encoding == "distribution":
        targets = softmax(logits + rng.normal(0, 1, logits.shape))
    if shape == "[N,C,H,W]":
        predictions = np.moveaxis(predictions, -1, 1)
        targets = targets if encoding == "index" else np.moveaxis(targets, -1, 1)
        return Rig(predictions=predictions, targets=targets, said=Task(class_axis=1))
    return Rig(predictions=predictions, targets=targets)


def independent(
    rows: int = 30, labels: int = 4, *, dtype: str = "float32", outputs: str = "logits", seed: int = 0
) -> Rig:
    """Return a model of several labels that may be true at once; some rows have several, one has none."""
    rng = np.random.default_rng(seed)
    targets = (rng.random((rows, labels)) < 0.4).astype(np.float32)
    targets[0], targets[-1] = 1, 0
    logits = 3 * (rng.normal(0, 1, (rows, labels)) + 1.5 * (2 * targets - 1))  # as sure as it is right
    return Rig(
        predictions=kept(sigmoid(logits) if outputs == "probabilities" else logits, dtype), targets=targets
    )


def binary(
    rows: int = 30, *, dtype: str = "float32", outputs: str = "logits", column: bool = False, seed: int = 0
) -> Rig:
    """Return a model of one outcome."""
    rng = np.random.default_rng(seed)
    targets = (np.arange(rows) % 2).astype(np.float32)
    logits = 3 * (rng.normal(0, 1, rows) + 1.5 * (2 * targets - 1))  # as sure as it is right
    predictions = kept(sigmoid(logits) if outputs == "probabilities" else logits, dtype)
    shape = (rows, 1) if column else (rows,)
    return Rig(predictions=predictions.reshape(shape), targets=targets.reshape(shape))


def put(array: np.ndarray, at: Any, value: Any) -> np.ndarray:
    """Return a copy of an array with some entries replaced."""
    changed = np.array(array)
    changed[at] = value
    return changed
