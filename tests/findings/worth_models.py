"""Models whose probabilities are right by construction, to be spoilt in one way each."""

from __future__ import annotations

import numpy as np
from rigs import SHAPES, Rig, kept, log_softmax, sigmoid, softmax

from ce_core import Task

FORMS = {"logits": lambda x: x, "probabilities": softmax, "log_probabilities": log_softmax}
EXCLUSIVE_FORMS = ("logits", "probabilities", "log_probabilities")
ENCODINGS = ("index", "one_hot", "distribution")


def drawn(rng: np.random.Generator, logits: np.ndarray) -> np.ndarray:
    """Return a label for each row, as often as its logits say."""
    below = softmax(logits).cumsum(axis=-1) < rng.random((*logits.shape[:-1], 1))
    return np.asarray(np.minimum(below.sum(axis=-1), logits.shape[-1] - 1))


def exclusive(
    rows: int,
    classes: int,
    *,
    spread: float = 2.0,
    prior: np.ndarray | float = 0.0,
    temperature: float = 1.0,
    shift: np.ndarray | float = 0.0,
    shape: str = "[N,K]",
    outputs: str = "logits",
    encoding: str = "index",
    dtype: str = "float64",
    seed: int = 0,
) -> Rig:
    """Return exclusive classes; the outputs are the right logits / ``temperature`` + ``shift``."""
    rng = np.random.default_rng(seed)
    logits = prior + rng.normal(0, spread, (*SHAPES[shape](rows), classes))
    targets: np.ndarray = drawn(rng, logits)
    if encoding == "one_hot":
        targets = np.eye(classes)[targets]
    elif encoding == "distribution":
        targets = softmax(logits + rng.normal(0, 0.3, logits.shape))
    predictions = kept(FORMS[outputs](logits / temperature + shift), dtype)
    said = Task(outputs=outputs)  # type: ignore[arg-type]
    if shape == "[N,C,H,W]":
        predictions = np.moveaxis(predictions, -1, 1)
        targets = targets if encoding == "index" else np.moveaxis(targets, -1, 1)
        said = said.but(class_axis=1)
    return Rig(predictions=predictions, targets=targets, said=said)


def independent(
    rows: int,
    labels: int = 1,
    *,
    base: float = -1.5,
    spread: float = 2.0,
    temperature: float = 1.0,
    shift: np.ndarray | float = 0.0,
    outputs: str = "logits",
    soft: bool = False,
    dtype: str = "float64",
    seed: int = 0,
) -> Rig:
    """Return outcomes of their own: one for each row, or several labels."""
    rng = np.random.default_rng(seed)
    shape = (rows,) if labels == 1 else (rows, labels)
    logits = rng.normal(base, spread, shape)
    targets = (rng.random(shape) < sigmoid(logits)) * 1.0
    if soft:
        targets = sigmoid(logits + rng.normal(0, 0.3, shape))
    given = logits / temperature + shift
    said = Task(outputs=outputs) if labels == 1 else Task(outputs=outputs, exclusive=False)  # type: ignore[arg-type]
    return Rig(
        predictions=kept(sigmoid(given) if outputs == "probabilities" else given, dtype),
        targets=targets,
        said=said,
    )


def untrained(rig: Rig, spread: float = 0.3, seed: int = 1) -> Rig:
    """Return the same targets beside outputs that know nothing of them."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, spread, rig.predictions.shape)
    axis = rig.said.class_axis if isinstance(rig.said.class_axis, int) else -1
    form = FORMS[str(rig.said.outputs)]
    if rig.said.outputs == "probabilities" and (rig.said.exclusive is False or logits.ndim == 1):
        form = sigmoid
    return rig.but(predictions=np.moveaxis(form(np.moveaxis(logits, axis, -1)), -1, axis))
