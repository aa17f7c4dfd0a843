"""A clean pair, what may be found in it, and how the arrays of a model with nothing wrong are handed over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from models import Model, sigmoid
from rig import FORMS, Rig, one_hot, pick, raw_bfloat16

from clean_pairs import PRECISIONS, stored  # isort: skip
from ce_core import Task

Rng = np.random.Generator
Told = Literal["decidable", "ambiguous", "open"]

TRUE_OF_MANY = frozenset({"CE210", "CE211", "CE212", "CE302", "CE306", "CE503", "CE505"})
"""Notes, which tell of properties that arrays with nothing wrong may well have."""
MAKES = frozenset({"CE501", "CE502"})
"""What is true of the models of `clean_pair`, which are untrained or perfect, or guess classes that never occur."""
SIXTEEN = frozenset({"CE109"})
"""What is true of predictions that were kept in too few digits."""


@dataclass(frozen=True, kw_only=True)
class Clean:
    """A pair, what a reader should find it to be, and what may be found in it."""

    rig: Rig
    family: str
    expected: dict[str, Any]
    told: Told = "decidable"
    """Whether both arrays together tell what they are. Of an open pair a reader may ask, but must not be wrong; of an
    ambiguous one it must ask."""
    may: frozenset[str] = TRUE_OF_MANY
    """The codes that are true of the pair; any other is a false alarm."""

    def misread(self, outcome: Any) -> list[str]:
        """Return which properties were found to be another than they are; nothing where all is right."""
        if outcome.status != "decided":
            return [] if self.told == "open" and outcome.status == "undecided" else [outcome.status]
        wrong = []
        for name, value in self.expected.items():
            found = getattr(outcome.task, name)
            if value is not None and found != value:
                wrong.append(f"{name} {found!r}, not {value!r}")
        return wrong


def expected_of(model: Model, outputs: str, encoding: str) -> dict[str, Any]:
    soft = encoding in {"distribution", "labels_soft"}
    return {
        "outputs": outputs,
        "exclusive": None if model.columns == 1 else model.exclusive,
        "encoding": "scalar" if encoding == "labels_soft" else encoding,
        "targets": "soft" if soft else "hard",
        "units": model.columns,
    }


def handed(
    rng: Rng,
    model: Model,
    family: str,
    *,
    may: frozenset[str] = frozenset(),
    outputs: str | None = None,
    encoding: str | None = None,
    precision: str | None = None,
    images: bool = False,
) -> Clean:
    """Return a model's arrays in some form, encoding and precision."""
    kind = precision or str(pick(rng, *PRECISIONS))
    exclusive, columns = model.exclusive, model.columns
    given = outputs or pick(rng, *(FORMS if exclusive else ("logits", "probabilities")))
    values = FORMS[given](model.scores) if exclusive else _of_sigmoid(given, model.scores)
    how, truth = encoding or "", model.targets
    if exclusive:
        how = how or str(pick(rng, "index", "index", "one_hot", "distribution"))
        if how == "index":
            truth = truth.astype(pick(rng, "int64", "int32", "uint16", "float32"))
        else:
            truth = one_hot(truth, columns).astype(pick(rng, "float32", "int64", "uint8", "bool"))
        if how == "distribution":
            truth = (1 - (e := pick(rng, 0.05, 0.1, 0.2))) * truth + e / columns
    elif columns == 1:
        how = "scalar"
        truth = truth.astype(pick(rng, "float32", "int64", "uint8", "bool"))
        if rng.random() < 0.4:
            values, truth = values[..., 0], truth[..., 0]
    else:
        how = "multi_hot"
        truth = truth.astype(pick(rng, "float32", "int64", "uint8", "bool"))
    said = Task()
    if images:
        values, said = np.moveaxis(values, -1, 1), Task(class_axis=1)
        truth = np.moveaxis(truth, -1, 1) if how != "index" else truth
    if kind == "bfloat16" and rng.random() < 0.7:
        stored_as, options = raw_bfloat16(no_ends(values, given, kind, exclusive)), {"dtype": "bfloat16"}
    else:
        stored_as, options = stored(no_ends(values, given, kind, exclusive), kind), {}
    notes = TRUE_OF_MANY | may | (SIXTEEN if "16" in kind or kind == "4 decimals" else frozenset())
    shape = np.shape(getattr(stored_as, "array", stored_as))
    name = f"{family}: {model.name}, {given} {kind} {shape} against {how} {truth.dtype} {truth.shape}"
    return Clean(
        rig=Rig(predictions=stored_as, targets=truth, said=said, options=options, name=name),
        family=family,
        expected=expected_of(model, given, how),
        may=notes,
        told="open" if _within(values, truth, given, exclusive, guess=family in _GUESSES) else "decidable",
    )


def _of_sigmoid(outputs: str, scores: np.ndarray) -> np.ndarray:
    return sigmoid(scores) if outputs == "probabilities" else scores


_GUESSES = frozenset({"untrained", "untrained nets", "miscalibrated"})
_ENOUGH, _OF_EACH = 100, 10


def _within(values: np.ndarray, truth: np.ndarray, outputs: str, exclusive: bool, *, guess: bool) -> bool:
    """Tell whether sigmoid outputs and small logits cannot be told apart by how they fit: too few rows, or a guess."""
    inside = (not exclusive or outputs == "logits") and values.min() >= 0 and values.max() <= 1
    rows = values.size if values.ndim == 1 else values.size // values.shape[-1]
    few = rows < _ENOUGH or min(truth.sum(), (1 - truth.astype(np.int64)).sum()) < _OF_EACH
    return bool(inside and (outputs == "logits" or guess or few))


def no_ends(values: np.ndarray, outputs: str, precision: str, exclusive: bool) -> np.ndarray:
    """Return probabilities that no precision rounds to 0 (or 1, of one outcome): these are a fault of their own."""
    if outputs != "probabilities":
        return values
    least = {"float16": 2.0**-24, "bfloat16": 2.0**-126, "float32": 2.0**-126, "float64": 2.0**-1000}
    decimals = precision.endswith("decimals")
    floor = 10.0 ** -int(precision.split()[0]) if decimals else least[precision.split()[0]]
    gap = {"float16": 2.0**-11, "bfloat16": 2.0**-8, "float32": 2.0**-24, "float64": 2.0**-53}
    if exclusive:  # a little of every class, so that rows still sum to 1
        return (1 - floor * values.shape[-1 if values.ndim < 4 else 1]) * values + floor
    return np.clip(values, floor, 1 - (floor if decimals else gap[precision.split()[0]]))
