"""Reading the data files that ship with the package (``configs/``)."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any


def read_text(name: str) -> str:
    """Return a shipped file's text by its path inside ``configs/``, such as ``"tasks/fraud.yaml"``."""
    return files("ce_core.configs").joinpath(*name.split("/")).read_text(encoding="utf-8")


@cache
def listing(folder: str) -> tuple[str, ...]:
    """Return the names of a shipped folder's files, sorted, such as ``("fraud.yaml", …)``."""
    entries = files("ce_core.configs").joinpath(*folder.split("/")).iterdir()
    return tuple(sorted(entry.name for entry in entries if entry.is_file()))


@cache
def load_yaml(name: str) -> Any:
    """Return a shipped YAML file's content; the caller must not change it, for it is shared."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(read_text(name), Loader=loader)
