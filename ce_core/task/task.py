"""A task: what is known of a classification problem, each property known or None, never guessed silently."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, Literal

from ce_core.errors import CepickError, did_you_mean
from ce_core.records import dataclass

from . import conflicts
from .validate import valid
from .words import (
    PROPERTIES,
    Encoding,
    Kind,
    Outcomes,
    Outputs,
    Phase,
    Structure,
    TargetRange,
    Targets,
    Value,
    Weighting,
)

Source = Literal["said", "predictions", "targets", "both"]


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """Why a property has its value: who said it, or what the arrays show."""

    property: str
    value: Value
    source: Source
    because: str
    confidence: float = 1.0
    runner_up: Value | None = None
    """What it would be otherwise, where the confidence is below 1."""

    def to_dict(self) -> dict[str, Any]:
        """Return the evidence as JSON shows it."""
        return {
            "property": self.property,
            "value": _plain(self.value),
            "source": self.source,
            "because": self.because,
            "confidence": self.confidence,
            "runner_up": _plain(self.runner_up),
        }


@dataclass(frozen=True, kw_only=True)
class Task:
    """Describe a classification problem by its properties; what is not known is None.

    Use it to ask `recommend` for a loss, or to tell `evaluate` what the arrays are. The words are those of
    the command line, of task files and of the JSON. A combination that cannot be is a `CepickError` that
    names both properties.

    >>> task = Task(outcomes="multiclass", exclusive=True, targets="hard", outputs="logits")
    >>> task.outputs, task.classes
    ('logits', None)
    >>> Task(encoding="index", exclusive=False)
    Traceback (most recent call last):
    ...
    ce_core.errors.CepickError: encoding 'index' and exclusive False cannot both be: an index names one \
class only; use encoding 'multi_hot', or exclusive True
    """

    kind: Kind | None = None
    structure: Structure | None = None
    outcomes: Outcomes | None = None
    exclusive: bool | None = None
    targets: Targets | None = None
    encoding: Encoding | None = None
    target_range: TargetRange | None = None
    label_base: int | None = None
    outputs: Outputs | None = None
    classes: int | None = None
    units: int | None = None
    class_axis: int | tuple[int, ...] | None = None
    ignore_index: int | None = None
    masked: bool | None = None
    imbalance: bool | float | None = None
    weights: tuple[Weighting, ...] | None = None
    huge_vocabulary: bool | None = None
    phase: Phase | None = None
    framework: str | None = None

    def __post_init__(self) -> None:
        """Check each value against its property, then every pair that cannot be."""
        for name, value in self.known():
            object.__setattr__(self, name, valid(PROPERTIES[name], value))
        conflicts.check(self)

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any], *, where: str = "task") -> Task:
        """Return the task that a mapping describes, such as a parsed YAML file.

        ``where`` begins the error message: the file's path, or what else the mapping is.
        """
        if not isinstance(values, Mapping):
            raise CepickError(f"{where}: not a mapping of properties; write lines such as 'outputs: logits'")
        for key in values:
            if key not in PROPERTIES:
                raise CepickError(f"{where}: unknown key {key!r}; {did_you_mean(str(key), PROPERTIES)}")
        try:
            return cls(**values)
        except CepickError as error:
            raise CepickError(f"{where}: {error}") from None

    @classmethod
    def from_yaml(cls, path: str | Path) -> Task:
        """Return the task that a YAML file describes: its properties, or a preset with them under ``task``."""
        from .yaml_files import read_mapping, task_of

        return cls.from_mapping(task_of(read_mapping(path), path), where=str(path))

    @classmethod
    def preset(cls, name: str) -> Task:
        """Return one of the tasks that ship with cepick, such as ``"semantic-segmentation"``.

        >>> Task.preset("language-model").structure
        'token'
        """
        from .presets import preset

        return preset(name).task

    def known(self) -> Iterator[tuple[str, Any]]:
        """Yield the name and value of each property that is known."""
        for prop in fields(self):
            value = getattr(self, prop.name)
            if value is not None:
                yield prop.name, value

    def but(self, **changes: Any) -> Task:
        """Return this task with some properties changed."""
        return replace(self, **changes)

    def to_dict(self) -> dict[str, Any]:
        """Return every property with its value or None, as JSON shows it."""
        return {prop.name: _plain(getattr(self, prop.name)) for prop in fields(self)}

    def _repr_html_(self) -> str:
        from ce_core.notebook import task_html

        return task_html(self)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
