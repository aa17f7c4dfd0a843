"""A TOML file as marked data: of a `pyproject.toml` its table ``tool.cepick``."""

from __future__ import annotations

import re
from typing import Any

from ce_core.errors import CepickError

from .marked import Marked, one_line, text_of
from .spec import Where
from .toml_places import Path, Place, places

TABLE = ("tool", "cepick")


def content_of(text: str, file: str) -> dict[str, Any]:
    """Return all that a TOML text says, or raise the error that names the line and column."""
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        problem, _, place = one_line(str(error)).partition(" (at ")
        found = re.match(r"line (\d+), column (\d+)", place)
        where = f"{file}:{found[1]}:{found[2]}" if found else file
        ending = " at the end of the file" if place.startswith("end") else ""
        problem = problem[:1].lower() + problem[1:]
        raise CepickError(f"{where}: not valid TOML: {problem}{ending}; correct it there") from None
    except RecursionError:
        raise CepickError(f"{file}: not valid TOML: nested too deeply; write fewer levels") from None


def has_table(content: dict[str, Any]) -> bool:
    """Tell whether a project's file has a table for cepick.

    >>> has_table({"tool": {"cepick": {}}}), has_table({"tool": {"ruff": {}}})
    (True, False)
    """
    tools = content.get(TABLE[0])
    return isinstance(tools, dict) and TABLE[1] in tools


def from_toml(text: str, file: str, *, project: bool) -> Marked:
    """Return the table for cepick in a TOML text; of a file that is no ``project``'s, all of it where it has none."""
    content = content_of(text, file)
    within: Path = ()
    if has_table(content):
        within = TABLE
    elif project:
        raise CepickError(f"{file}: has no table [tool.cepick]; write one, or name another file")
    keys, values = places(text.replace("\r\n", "\n"))
    part: Any = content
    for step in within:
        part = part[step]
    return _Marker(file, keys, values).marked(part, within)


class _Marker:
    """What puts data and places together."""

    def __init__(self, file: str, keys: dict[Path, Place], values: dict[Path, Place]) -> None:
        self.file = file
        self.keys = keys
        self.values = values

    def marked(self, value: Any, path: Path) -> Marked:
        """Return a value with its place; where none is known, with that of what holds it."""
        where = self._where(self.values, path)
        if isinstance(value, dict):
            parts = {key: self.marked(each, (*path, key)) for key, each in value.items()}
            keys = {key: str(self._where(self.keys, (*path, key))) for key in value}
            return Marked(value=parts, where=where, at=str(where), keys=keys)
        if isinstance(value, list):
            items = [self.marked(each, (*path, index)) for index, each in enumerate(value)]
            return Marked(value=items, where=where, at=str(where))
        scalar = value if isinstance(value, (bool, int, float, str)) else str(value)  # a date is a text here
        return Marked(value=scalar, text=text_of(scalar), where=where, at=str(where))

    def _where(self, known: dict[Path, Place], path: Path) -> Where:
        while path and path not in known:
            path = path[:-1]
        line, column = known.get(path, (None, None))
        return Where(file=self.file, line=line, column=column)
