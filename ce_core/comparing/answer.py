"""What a comparison of two models answers, as frozen data. A is the one that B is held against."""

from __future__ import annotations

from typing import Any, Literal

from ce_core.compute.evaluation import Evaluation, Row, jsonable
from ce_core.records import dataclass

Better = Literal["a", "b"]


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One metric of both models on the same examples, and how sure their difference is."""

    metric: str
    """``loss``, ``accuracy`` or ``brier``."""
    a: float | None
    b: float | None
    difference: float | None
    """``b - a``."""
    low: float | None
    """The confidence interval of the difference, at ``level``."""
    high: float | None
    level: float = 0.95
    p: float | None
    """The chance of a difference at least as large, in either direction, where there is none."""
    method: str
    """``paired bootstrap``, ``paired t`` or ``exact McNemar``."""
    count: int
    """How many pairs of observations were compared; a sequence counts as one."""
    resamples: int | None = None
    seed: int | None = None
    better: Better | None = None
    """Which model is significantly better at ``level``, or None."""

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON shows it."""
        plain: dict[str, Any] = jsonable(self)
        return plain


@dataclass(frozen=True, kw_only=True)
class Contest:
    """On how many examples each model has the lower loss."""

    a: int
    ties: int
    b: int


@dataclass(frozen=True, kw_only=True)
class McNemar:
    """How two models' right and wrong predictions fall together."""

    both_right: int
    only_a: int
    only_b: int
    both_wrong: int
    p: float | None
    """Of the exact (binomial) test; None where examples are steps of sequences, which are not independent."""


@dataclass(frozen=True, kw_only=True)
class PartDifference:
    """How both models fare on a class or a slice of the examples."""

    name: str
    """Of the slice; of a class its name, or its index."""
    count: int
    loss_a: float
    loss_b: float
    difference: float
    """``b - a`` of the mean losses."""
    low: float | None
    high: float | None
    p: float | None
    """Corrected for the number of parts (Holm's method)."""
    accuracy_a: float | None = None
    accuracy_b: float | None = None


@dataclass(frozen=True, kw_only=True)
class RowDifference:
    """One example on which B is much worse than A."""

    row: Row
    line: int | None
    label: int | float | str | tuple[int | str, ...] | None
    prediction_a: int | float | str | tuple[int | str, ...] | None
    prediction_b: int | float | str | tuple[int | str, ...] | None
    loss_a: float
    loss_b: float


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two models on the same targets."""

    a: Evaluation
    b: Evaluation
    loss: str
    """The loss of both; where they are given differently (one as logits, the other as probabilities), B's."""
    unit: str | None
    count: int
    differences: tuple[Difference, ...]
    """The loss first, then accuracy and the Brier score where they have a meaning."""
    contest: Contest
    mcnemar: McNemar | None
    classes: tuple[PartDifference, ...] = ()
    """By how much worse B is, the worst first."""
    slices: tuple[PartDifference, ...] = ()
    rows: tuple[RowDifference, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def b_is_worse(self) -> bool:
        """Tell whether B's loss is significantly higher."""
        return self.differences[0].better == "a"

    @property
    def failed(self) -> bool:
        """Tell whether a command should end with exit code 1: an error was found in either evaluation."""
        return self.a.failed or self.b.failed

    def to_dict(self) -> dict[str, Any]:
        """Return the comparison as its JSON (``cepick.comparison/1``)."""
        return {
            "schema": "cepick.comparison/1",
            "loss": self.loss,
            "unit": self.unit,
            "count": self.count,
            "differences": [each.to_dict() for each in self.differences],
            "contest": jsonable(self.contest),
            "mcnemar": jsonable(self.mcnemar),
            "classes": jsonable(self.classes),
            "slices": jsonable(self.slices),
            "rows": jsonable(self.rows),
            "notes": list(self.notes),
            "a": self.a.to_dict(),
            "b": self.b.to_dict(),
        }
