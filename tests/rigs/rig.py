"""What is handed over and what comes back: two arrays, what is said of them, and the codes that are found."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from models import log_softmax, sigmoid, softmax

from clean_pairs import PRECISIONS  # isort: skip  (its folder is put on the path by the line above)
from ce_core import Task, evaluate
from ce_core.errors import CepickError
from ce_core.findings import RULES

FINE = ("float32", "float64", "8 decimals")
"""Precisions that keep what a fault does to many classes, where each probability is small."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What an evaluation of two arrays came to."""

    codes: tuple[str, ...] = ()
    status: str = "refused"
    task: Task | None = None
    loss: str | None = None
    refusal: str | None = None
    """The message of an error without a finding's code."""

    @property
    def errors(self) -> frozenset[str]:
        return frozenset(code for code in self.codes if RULES[code].severity == "error")


@dataclass(frozen=True, kw_only=True)
class Rig:
    """Two arrays, what is said of them, and what is asked."""

    predictions: Any
    targets: Any
    said: Task = field(default_factory=Task)
    options: dict[str, Any] = field(default_factory=dict)
    name: str = ""

    def but(self, **changes: Any) -> Rig:
        return replace(self, **changes)

    def saying(self, **properties: Any) -> Rig:
        return replace(self, said=self.said.but(**properties))

    def asking(self, **options: Any) -> Rig:
        return replace(self, options={**self.options, **options})

    def run(self) -> Outcome:
        """Evaluate the arrays. A refusal is an outcome, too; so is a crash, or a warning, which should never be."""
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                answer = evaluate(self.predictions, self.targets, task=self.said, **self.options)
            except CepickError as error:
                return Outcome(codes=(error.code,)) if error.code else Outcome(refusal=str(error))
            except Exception as error:  # whatever it is: the rig's seed is told, and the run goes on
                return Outcome(refusal=f"{type(error).__name__}: {error}")
        return Outcome(
            codes=tuple(each.code for each in answer.findings),
            status=answer.status,
            task=answer.task,
            loss=answer.loss,
        )


FORMS = {"logits": lambda x: x, "probabilities": softmax, "log_probabilities": log_softmax}
SIGMOID_FORMS = {"logits": lambda x: x, "probabilities": sigmoid}


def pick(rng: np.random.Generator, *options: Any) -> Any:
    """Return one of several things."""
    return options[int(rng.integers(len(options)))]


def precision_for(rng: np.random.Generator, classes: int, *, fine: bool = False) -> str:
    """Return a precision; where a row has many classes, one that keeps small differences."""
    return str(pick(rng, *(FINE if fine or classes > 10 else PRECISIONS)))


def raw_bfloat16(values: np.ndarray) -> np.ndarray:
    """Return the upper two bytes of each float32, as frameworks write bfloat16: with dtype="bfloat16" they are read."""
    bits = np.ascontiguousarray(values, dtype=np.float32).view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


def one_hot(labels: np.ndarray, classes: int) -> np.ndarray:
    return (
        np.eye(classes)[labels]
        if classes <= 1000
        else (labels[..., None] == np.arange(classes)).astype(np.float32)
    )
