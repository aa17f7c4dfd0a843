"""What `recommend` answers, as frozen data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, field, replace
from typing import TYPE_CHECKING, Any, Literal

from ce_core.findings import Finding
from ce_core.records import dataclass
from ce_core.task import Evidence, Task

if TYPE_CHECKING:
    from ce_core.frameworks import Call, Snippet

Status = Literal["decided", "undecided", "not_a_cross_entropy"]


@dataclass(frozen=True, kw_only=True)
class Modifier:
    """Something about the task that changes how the loss is used: weights, a mask, smoothing."""

    name: str
    text: str

    def to_dict(self) -> dict[str, Any]:
        """Return the modifier as JSON shows it."""
        return {"name": self.name, "text": self.text}


@dataclass(frozen=True, kw_only=True)
class Recommendation:
    """The loss that fits a task, why, why not its neighbours, and how each framework spells it."""

    status: Status
    loss: str | None
    task: Task
    computed: bool | None = None
    """Whether `evaluate` computes this loss in this version."""
    formula: str | None = None
    also_fit: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    why: tuple[str, ...] = ()
    why_not: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    question: str | None = None
    asks: str | None = None
    """The property that the question asks for."""
    instead: str | None = None
    activation: str | None = None
    predictions: str | None = None
    """The shape and dtype of the first array."""
    targets: str | None = None
    """The shape and dtype of the second array."""
    modifiers: tuple[Modifier, ...] = ()
    calls: Mapping[str, tuple[Call, ...]] = field(default_factory=dict)
    absent: Mapping[str, str] = field(default_factory=dict)
    """For each framework that has no such function, what to do instead."""
    label_smoothing: float | None = None
    """The label smoothing that was asked for."""
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    """What a reader should know beside, such as which findings were left out."""

    def snippets(self, call: Call) -> dict[str, Snippet]:
        """Return the variants of a call that the task needs, with the numbers that are known written in.

        ``tokens`` is the variant for predictions of several positions, such as the tokens of a sequence.
        """
        from ce_core.frameworks import fill

        wanted = {modifier.name for modifier in self.modifiers}
        if self.task.structure in {"token", "pixel", "box"}:
            wanted.add("tokens")
        return {
            name: replace(
                snippet,
                code=fill(
                    snippet.code, label_smoothing=self.label_smoothing, ignore_index=self.task.ignore_index
                ),
            )
            for name, snippet in call.modifiers.items()
            if name in wanted
        }

    def to_dict(self) -> dict[str, Any]:
        """Return the recommendation as its JSON (``cepick.recommendation/1``)."""
        return {
            "schema": "cepick.recommendation/1",
            "status": self.status,
            "loss": self.loss,
            "computed": self.computed,
            "formula": self.formula,
            "also_fit": list(self.also_fit),
            "task": self.task.to_dict(),
            "evidence": [each.to_dict() for each in self.evidence],
            "why": list(self.why),
            "why_not": {loss: list(texts) for loss, texts in self.why_not.items()},
            "question": self.question,
            "asks": self.asks,
            "instead": self.instead,
            "activation": self.activation,
            "predictions": self.predictions,
            "targets": self.targets,
            "modifiers": [each.to_dict() for each in self.modifiers],
            "calls": {
                framework: [_call(each, self.snippets(each)) for each in calls]
                for framework, calls in self.calls.items()
            },
            "absent": dict(self.absent),
            "findings": [each.to_dict() for each in self.findings],
            "notes": list(self.notes),
        }

    def _repr_html_(self) -> str:
        from ce_core.notebook import recommendation_html

        return recommendation_html(self)


def _call(call: Call, snippets: Mapping[str, Snippet]) -> dict[str, Any]:
    """Return a framework's call as a recommendation shows it, with the variants that the task needs."""
    return {
        "call": call.call,
        "imports": call.imports,
        "code": call.code,
        "reduction": call.reduction,
        "divides_by": call.divides_by,
        "target_dtype": call.target_dtype,
        "note": call.note,
        "verified": call.verified,
        "modifiers": {name: asdict(snippet) for name, snippet in snippets.items()},
    }
