"""What `explain` answers, as frozen data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, fields, is_dataclass
from typing import TYPE_CHECKING, Any, Literal

from ce_core.findings import Severity
from ce_core.records import dataclass

if TYPE_CHECKING:
    from ce_core.frameworks import Call

Kind = Literal["loss", "finding", "concept", "call", "comparison"]

_CALL_KEYS = ("call", "aliases", "units", "imports", "code", "reduction", "note", "traps", "verified")


@dataclass(frozen=True, kw_only=True)
class Example:
    """A worked example whose numbers can be computed again."""

    text: str
    given: Mapping[str, str] = field(default_factory=dict)
    """Names, in order, and the NumPy expression of each."""
    check: Mapping[str, str] = field(default_factory=dict)
    """Each number as the text writes it, and the expression that gives it."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One way in which two things differ."""

    what: str
    left: str
    right: str


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Two explanations side by side, and what differs."""

    left: Explanation
    right: Explanation
    differences: tuple[Difference, ...]


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """What one name means, or two of them side by side."""

    kind: Kind
    id: str
    title: str
    one_line: str
    formula: str | None = None
    shapes: str | None = None
    when: str | None = None
    """When to use it; for a finding what the arrays must show."""
    why: str | None = None
    """Why it is wrong, for a finding."""
    effect: str | None = None
    """What it does to the loss, for a finding."""
    traps: tuple[str, ...] = ()
    example: Example | None = None
    remedy: str | None = None
    """What to do, as code, for a finding."""
    frameworks: Mapping[str, str] = field(default_factory=dict)
    """For a finding: what each framework does with such arrays."""
    repair: Mapping[str, str] = field(default_factory=dict)
    """For a finding: the code that repairs it, by framework."""
    see_also: tuple[str, ...] = ()
    source: str | None = None
    slug: str | None = None
    severity: Severity | None = None
    reserved: bool = False
    """Always false: every finding of the catalogue is looked for. Kept for those who read it."""
    computed: bool | None = None
    """Whether `evaluate` computes a loss in this version."""
    activation: str | None = None
    """The output layer that a loss needs."""
    losses: tuple[str, ...] = ()
    """The losses that a framework's function computes."""
    calls: Mapping[str, tuple[Call, ...]] = field(default_factory=dict)
    """For a loss its functions by framework; for a function its own rows."""
    absent: Mapping[str, str] = field(default_factory=dict)
    """For each framework that has no function for a loss, what to do instead."""
    other: Comparison | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the explanation as its JSON (``cepick.explanation/1``)."""
        plain = {each.name: _plain(getattr(self, each.name)) for each in fields(self)}
        calls = {
            name: [{key: _plain(getattr(row, key)) for key in _CALL_KEYS} for row in rows]
            for name, rows in self.calls.items()
        }
        return {"schema": "cepick.explanation/1", **plain, "calls": calls}


@dataclass(frozen=True, kw_only=True)
class Topics:
    """Everything that can be explained."""

    names: Mapping[str, Sequence[str]]
    """For each kind its names; of a comparison the two, with a bar between them."""

    def to_dict(self) -> dict[str, Any]:
        """Return the topics as their JSON (``cepick.topics/1``)."""
        return {
            "schema": "cepick.topics/1",
            "topics": {kind: list(names) for kind, names in self.names.items()},
        }


def _plain(value: Any) -> Any:
    """Return a value as JSON holds it."""
    if isinstance(value, Explanation):
        return value.to_dict()
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return dict(value) if isinstance(value, Mapping) else value
