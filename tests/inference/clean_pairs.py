"""Seeded pairs of predictions and targets with nothing wrong, over the grid of what people hand over."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ce_core import Task
from ce_core.arrays import Source

ENCODINGS = ("index", "one_hot", "multi_hot", "distribution", "labels_soft", "scalar", "scalar_soft")
OUTPUTS = ("logits", "probabilities", "log_probabilities")
PRECISIONS = (
    "float16",
    "bfloat16",
    "float16 in float32",
    "bfloat16 in float32",
    "float16 in float64",
    "float32",
    "float64",
    *(f"{decimals} decimals" for decimals in (4, 5, 6, 7, 8)),
)
QUALITY = {"untrained": (0.3, 0.0), "mediocre": (1.5, 1.5), "good": (1.0, 6.0), "perfect": (0.5, 14.0)}
"""The spread of the logits, and how far the true class is above the others."""
SOFT_QUALITY = {"untrained": (0.3, 0.0), "mediocre": (0.5, 0.5), "good": (0.3, 0.8), "perfect": (0.1, 1.0)}
"""Of soft targets the spread of the logits, and the share of the targets' own log-odds in them."""


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two arrays with nothing wrong, and what a reader should find them to be."""

    predictions: Any
    targets: Any
    expected: dict[str, Any]
    said: Task = field(default_factory=Task)
    name: str = ""
    within: bool = False
    """Whether all values are in [0, 1] without being rows of distributions: the arrays may not tell."""
    rounded: bool = False
    """Whether a perfect model's probabilities are kept in 16 bits: its loss is all rounding, and that is told."""
    by_chance: bool = False
    """Whether a few rows of independent labels happen to hold one 1 each."""
    untrained: bool = False
    """Whether the predictions know nothing of the targets, which may be said."""


def softmax(logits: np.ndarray) -> np.ndarray:
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return shifted / shifted.sum(axis=-1, keepdims=True)


def log_softmax(logits: np.ndarray) -> np.ndarray:
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def sigmoid(logits: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-logits))


def bfloat16(values: np.ndarray) -> np.ndarray:
    """Return float32 values rounded to the nearest bfloat16."""
    bits = np.ascontiguousarray(values, dtype=np.float32).view(np.uint32)
    rounded = (bits + 0x7FFF + ((bits >> 16) & 1)) & np.uint32(0xFFFF0000)
    return rounded.astype(np.uint32).view(np.float32)


def stored(values: np.ndarray, precision: str) -> Any:
    """Return values as they come out of a file or a framework at some precision."""
    if precision.endswith("decimals"):
        decimals = int(precision.split()[0])
        return Source(
            array=np.round(values, decimals),
            name="predictions.csv",
            precision="decimals",
            decimals=decimals,
            first_line=1,
        )
    kind, _, kept = precision.partition(" in ")
    if kind == "bfloat16":
        rounded = bfloat16(values)
        if not kept:
            return Source(array=rounded, name="predictions", precision="bfloat16")
        return rounded.astype(kept)
    rounded = values.astype(kind)
    return rounded.astype(kept) if kept else rounded


def values_of(predictions: Any) -> np.ndarray:
    return np.asarray(predictions.array if isinstance(predictions, Source) else predictions, dtype=np.float64)


def clean_pair(seed: int) -> Pair:
    """Return one pair of the grid; the same seed makes the same pair."""
    rng = np.random.default_rng(seed)

    def pick(*options: Any) -> Any:
        return options[int(rng.integers(len(options)))]

    encoding, precision, quality = pick(*ENCODINGS), pick(*PRECISIONS), pick(*QUALITY)
    independent = encoding in {"multi_hot", "labels_soft", "scalar", "scalar_soft"}
    outputs = pick(*OUTPUTS[: 2 if independent else 3])
    classes = 1 if encoding.startswith("scalar") else pick(2, 3, 10, 1000)
    rows = pick(1, 2, 30, 300 if classes < 1000 else 30)
    positions, axis = pick((rows,), (rows,), (max(1, rows // 5), 5), (max(1, rows // 12), 4, 3)), -1
    if len(positions) == 3 and classes > 1:
        axis = 1
    soft = encoding in {"distribution", "labels_soft", "scalar_soft"}
    spread, boost = (SOFT_QUALITY if soft else QUALITY)[quality]
    targets, lean = _targets(rng, encoding, positions, classes)
    # However good, an honest model is less sure of some examples.
    doubt = np.where((np.arange(np.prod(positions)) % 10 == 9) & ~soft, 0.3, 1.0).reshape(*positions, 1)
    logits = rng.normal(0, spread, (*positions, classes)) + boost * doubt * lean
    if encoding == "index" and outputs == "logits" and classes > 2 and rng.random() < 0.1:
        illegal = rng.integers(0, classes, positions)
        np.put_along_axis(
            logits, illegal[..., None], np.where(illegal == targets, logits.max(), -np.inf)[..., None], -1
        )
    exact = {
        "logits": lambda: logits,
        "probabilities": lambda: sigmoid(logits) if independent else softmax(logits),
        "log_probabilities": lambda: log_softmax(logits),
    }[outputs]()
    expected = {
        "outputs": outputs,
        "exclusive": None if classes == 1 else not independent,
        "encoding": {"labels_soft": "scalar", "scalar_soft": "scalar"}.get(encoding, encoding),
        "targets": "soft" if encoding in {"distribution", "labels_soft", "scalar_soft"} else "hard",
        "units": classes,
    }
    by_chance = encoding == "multi_hot" and bool((targets.sum(axis=-1) == 1).all()) and rows < 10
    if classes == 1:
        # A table [N, K] of single outcomes reads the same as N rows of K labels, so the column is kept there.
        shape = pick(positions, (*positions, 1)) if len(positions) == 1 else (*positions, 1)
        exact, targets = exact.reshape(shape), targets.reshape(pick(shape, positions, (*positions, 1)))
    elif axis == 1:
        exact = np.moveaxis(exact, -1, 1)
        if targets.ndim == exact.ndim:
            targets = np.moveaxis(targets, -1, 1)
    said = _said(rng, expected, axis, classes)
    predictions = stored(exact, precision)
    if outputs == "probabilities":
        predictions = _with_no_zero(predictions, independent)
    name = f"{seed}: {outputs} {precision} {exact.shape} against {encoding} {targets.shape}, {quality}"
    name += f", said {dict(said.known())}"
    values = values_of(predictions)
    within = bool(values.min() >= 0 and values.max() <= 1 and (independent or outputs == "logits"))
    return Pair(
        predictions=predictions,
        targets=targets,
        expected=expected,
        said=said,
        name=name,
        within=within,
        by_chance=by_chance,
        rounded=quality == "perfect" and outputs == "probabilities" and "float16" in precision,
        untrained=quality == "untrained",
    )


def _targets(
    rng: np.random.Generator, encoding: str, positions: tuple[int, ...], classes: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return targets, and for every column where a good model leans: from -1 to 1, or the log-odds of soft targets."""
    if encoding in {"index", "one_hot"}:
        labels = rng.integers(0, rng.integers(1, classes + 1), positions)
        lean = np.eye(classes)[labels]
        if encoding == "one_hot":
            return lean.astype(rng.choice(["float32", "int64", "bool", "uint8"])), lean
        return labels.astype(rng.choice(["int64", "int32", "uint16", "float32"])), lean
    if encoding == "distribution":
        own = rng.normal(0, 2, (*positions, classes))
        return softmax(own).astype(rng.choice(["float16", "float32", "float64"])), own
    share = rng.choice([0.03, 0.2, 0.5])
    hard = (rng.random((*positions, classes)) < share).astype(np.float64)
    if encoding in {"multi_hot", "scalar"}:
        return hard.astype(rng.choice(["float32", "int64", "bool", "uint8"])), 2 * hard - 1
    soft = np.clip(np.abs(hard - rng.uniform(0, 0.4, hard.shape)), 0, 1)
    inner = np.clip(soft, 0.001, 0.999)
    lean = np.log(inner / (1 - inner))  # the best model of soft labels puts out their log-odds
    return soft.astype(rng.choice(["float32", "float64"])), lean


def _with_no_zero(predictions: Any, independent: bool) -> Any:
    """Return probabilities without an exact 0, or 1 of a single outcome: these would make some losses infinite."""
    if isinstance(predictions, Source):
        return replace(predictions, array=_with_no_zero(predictions.array, independent))
    kind = predictions.dtype.type
    kept = np.where((predictions == 1) & independent, kind(0.99), predictions)
    return np.where(kept == 0, kind(2.0**-24), kept).astype(kind)


def _said(rng: np.random.Generator, expected: dict[str, Any], axis: int, classes: int) -> Task:
    """Return what is said beforehand: often nothing, sometimes a property or two, all of them true."""
    said: dict[str, Any] = {}
    if axis == 1:
        said["class_axis"] = 1
    if rng.random() < 0.3:
        said["outputs"] = expected["outputs"]
    if rng.random() < 0.2 and classes > 1:
        said["exclusive"] = expected["exclusive"]
    if rng.random() < 0.1:
        said["targets"] = expected["targets"]
    return Task(**said)
