"""The tasks that ship with cepick, read from ``configs/tasks/*.yaml``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from ce_core.configs_io import listing, load_yaml
from ce_core.errors import CepickError, did_you_mean

from .task import Task

_FOLDER = "tasks"


@dataclass(frozen=True, kw_only=True)
class Preset:
    """A task that many people have, under a name."""

    name: str
    title: str
    says: str
    """What the task is, in a line."""
    task: Task
    look_out_for: tuple[str, ...] = ()
    """What goes wrong most often with such a task."""

    def to_dict(self) -> dict[str, Any]:
        """Return the preset as JSON shows it."""
        return {
            "name": self.name,
            "title": self.title,
            "says": self.says,
            "task": self.task.to_dict(),
            "look_out_for": list(self.look_out_for),
        }


def presets() -> tuple[Preset, ...]:
    """Return every preset, sorted by name.

    >>> [each.name for each in presets()][:2]
    ['binary-detection', 'contrastive-batch']
    """
    return tuple(_read(name) for name in _names())


def preset(name: str) -> Preset:
    """Return a preset by its name, with ``-`` or ``_`` between the words.

    >>> preset("image_classification").task.outputs
    'logits'

    Raises:
        CepickError: for a name that there is no preset of, with the nearest one.
    """
    plain = name.strip().lower().replace("_", "-").replace(" ", "-")
    if plain not in _names():
        raise CepickError(f"preset {name!r}: not known; {did_you_mean(plain, _names())}")
    return _read(plain)


def _names() -> tuple[str, ...]:
    return tuple(file.removesuffix(".yaml") for file in listing(_FOLDER) if file.endswith(".yaml"))


@cache
def _read(name: str) -> Preset:
    content = load_yaml(f"{_FOLDER}/{name}.yaml")
    return Preset(
        name=name,
        title=content["title"],
        says=content["says"],
        task=Task.from_mapping(content["task"], where=f"preset {name}"),
        look_out_for=tuple(content["look_out_for"]),
    )
