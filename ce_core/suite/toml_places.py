"""Where each key and value of a TOML text stands, which the parser of Python's library does not tell."""

from __future__ import annotations

import re
from collections.abc import Iterator

Path = tuple[str | int, ...]
Place = tuple[int, int]

_BLANK = re.compile(r"[ \t]*")
_BETWEEN = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_SCALAR = re.compile(r"[^,\]}#\r\n]+")
_STRINGS = (
    re.compile(r'"""(?:[^\\"]|\\.|"(?!""))*"{3,5}', re.DOTALL),
    re.compile(r"'''(?:[^']|'(?!''))*'{3,5}", re.DOTALL),
    re.compile(r'"(?:[^\\"\n]|\\.)*"'),
    re.compile(r"'[^'\n]*'"),
)


def places(text: str) -> tuple[dict[Path, Place], dict[Path, Place]]:
    r"""Return the line and column of each key, and of each value, by the steps to it; the text must be valid TOML.

    >>> keys, values = places("[tool]\ncheck = {name = 'digits'}")
    >>> keys["tool", "check", "name"], values["tool", "check", "name"]
    ((2, 10), (2, 17))
    """
    scanner = _Scanner(text)
    scanner.scan()
    return scanner.keys, scanner.values


class _Scanner:
    """What walks over the text once."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.keys: dict[Path, Place] = {}
        self.values: dict[Path, Place] = {}
        self.tables: dict[Path, int] = {}
        """How many tables each array of tables has so far."""

    def scan(self) -> None:
        """Note the places of every statement."""
        inside: Path = ()
        while self._skip(_BETWEEN) < len(self.text):
            if self.text[self.at] == "[":
                inside = self._header()
            else:
                self._statement(inside)

    def _header(self) -> Path:
        """Return the steps to the table that a header opens."""
        start = self._place(self.at)
        array = self.text.startswith("[[", self.at)
        self.at += 2 if array else 1
        path: Path = ()
        names = list(self._key())
        for number, (name, place) in enumerate(names):
            path = (*path, name)
            self.keys.setdefault(path, place)
            self.values.setdefault(path, start)
            if array and number == len(names) - 1:
                self.tables[path] = self.tables.get(path, 0) + 1
            if path in self.tables:
                path = (*path, self.tables[path] - 1)
                self.values.setdefault(path, start)
        self.at += 2 if array else 1
        return path

    def _statement(self, inside: Path) -> None:
        """Note a key, which may have dots, and its value."""
        path = inside
        names = list(self._key())
        for name, place in names:
            path = (*path, name)
            self.keys.setdefault(path, place)
            self.values.setdefault(path, names[0][1])
        self.at += 1  # the sign between key and value
        self._skip(_BLANK)
        self._value(path)

    def _key(self) -> Iterator[tuple[str, Place]]:
        """Yield the names of a key with dots, and leave what follows them."""
        while True:
            self._skip(_BLANK)
            place = self._place(self.at)
            if self.text[self.at] in "\"'":
                yield self._quoted(), place
            else:
                yield self._take(_BARE), place
            self._skip(_BLANK)
            if not self.text.startswith(".", self.at):
                return
            self.at += 1

    def _quoted(self) -> str:
        import tomllib

        content: str = tomllib.loads(f"key = {self._string()}")["key"]
        return content

    def _value(self, path: Path) -> None:
        self.values[path] = self._place(self.at)
        first = self.text[self.at]
        if first == "[":
            self._several("]", path)
        elif first == "{":
            self._several("}", path)
        elif first in "\"'":
            self._string()
        else:
            self._take(_SCALAR)

    def _several(self, end: str, path: Path) -> None:
        """Note what stands between brackets: items, or keys and values."""
        self.at += 1
        index = 0
        while self.text[self._skip(_BETWEEN)] != end:
            if self.text[self.at] == ",":
                self.at += 1
            elif end == "]":
                self._value((*path, index))
                index += 1
            else:
                self._statement(path)
        self.at += 1

    def _string(self) -> str:
        for kind in _STRINGS:
            found = kind.match(self.text, self.at)
            if found and (kind in _STRINGS[:2] or not self.text.startswith(found[0][0] * 3, self.at)):
                self.at = found.end()
                return found[0]
        raise AssertionError("the parser has read this string")

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.text, self.at)
        assert found is not None, "the parser has read this"
        self.at = found.end()
        return found[0]

    def _skip(self, pattern: re.Pattern[str]) -> int:
        found = pattern.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return self.at

    def _place(self, at: int) -> Place:
        return self.text.count("\n", 0, at) + 1, at - (self.text.rfind("\n", 0, at) + 1) + 1
