"""Files as URIs, and the rows of arrays as logical locations, for reports that programs read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from . import checking, words
from .control import shown

if TYPE_CHECKING:
    from ce_core.suite.report import CheckResult, Problem
    from ce_core.suite.spec import Where

ROOT = "SRCROOT"
"""What relative URIs are relative to: the folder that the checks were run in."""

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_HALF = re.compile("[\ud800-\udc7f\udd00-\udfff]")
_DRIVE = re.compile(r"[A-Za-z]:[/\\]")


def uri_of(path: str) -> dict[str, str]:
    """Return the location of an artifact: its URI, and what a relative one is relative to.

    >>> uri_of("./runs/50 %.npy")
    {'uri': 'runs/50%20%25.npy', 'uriBaseId': 'SRCROOT'}
    >>> uri_of("/data/a.npy"), uri_of("s3://bucket/a b.npy"), uri_of("../a.npy")
    ({'uri': 'file:///data/a.npy'}, {'uri': 's3://bucket/a%20b.npy'}, {'uri': '../a.npy'})
    """
    if (url := _URL.match(path)) is not None:
        return {"uri": url[0] + _quoted(path[url.end() :])}
    if _DRIVE.match(path):
        return {"uri": f"file:///{path[0]}:{_quoted(path[2:].replace(chr(92), '/'))}"}
    path = checking.posix(path)
    if path.startswith("/"):
        return {"uri": f"file://{_quoted(path)}"}
    if path.split("/", 1)[0] == "..":
        return {"uri": _quoted(path)}
    return {"uri": _quoted(path), "uriBaseId": ROOT}


def _quoted(path: str) -> str:
    # A name that is no UTF-8 is known by its bytes, which stand for themselves; other halves of pairs name no file.
    return quote(_HALF.sub("\ufffd", path).encode("utf-8", "surrogateescape"), safe="/~")


class Artifacts:
    """The files that a report speaks of, each once, in the order in which they are met."""

    def __init__(self) -> None:
        self._found: dict[str, dict[str, Any]] = {}

    def location(self, path: str, role: str) -> dict[str, Any]:
        """Return the location of a file, with its index among the artifacts."""
        entry = self._found.setdefault(path, {"location": uri_of(path), "roles": []})
        if role not in entry["roles"]:
            entry["roles"].append(role)
        return {**entry["location"], "index": list(self._found).index(path)}

    def to_list(self) -> list[dict[str, Any]]:
        """Return the artifacts by their index."""
        return list(self._found.values())


def in_suite(artifacts: Artifacts, where: Where, name: str) -> dict[str, Any]:
    """Return the place in the suite's file, within a check."""
    physical: dict[str, Any] = {
        "artifactLocation": artifacts.location(where.file, "userSpecifiedConfiguration")
    }
    if where.line is not None:
        column = {} if where.column is None else {"startColumn": where.column}
        physical["region"] = {"startLine": where.line, **column}
    text = shown(checking.cut(words.line(name)))
    return {
        "physicalLocation": physical,
        "logicalLocations": [{"name": text, "fullyQualifiedName": text, "kind": "check"}],
    }


def in_array(artifacts: Artifacts, result: CheckResult, problem: Problem, number: int) -> dict[str, Any]:
    """Return the place in an array: its rows as logical locations, lines of a CSV as a region as well."""
    physical: dict[str, Any] = {"artifactLocation": artifacts.location(problem.file, "analysisTarget")}
    if problem.lines:
        physical["region"] = {"startLine": problem.lines[0]}
    location: dict[str, Any] = {"id": number, "physicalLocation": physical}
    if rows := list(_rows(problem)):
        location["logicalLocations"] = rows
    text = shown(checking.cut(words.line(checking.where_in_arrays(result, problem))))
    return {**location, "message": {"text": text}}


def _rows(problem: Problem) -> Iterator[dict[str, str]]:
    """Yield the rows of an array, or the lines of a CSV; SARIF has no kind of its own for them."""
    name = shown(checking.cut(words.line(problem.file)))
    if problem.slice is not None:
        part = shown(checking.cut(words.line(problem.slice)))
        yield {"name": part, "fullyQualifiedName": f"{name}/{part}", "kind": "slice"}
    for line in problem.lines:
        yield {"name": f"line {line}", "fullyQualifiedName": f"{name}/line {line}", "kind": "line"}
    for row in problem.rows if not problem.lines else ():
        text = words.row(row) if isinstance(row, tuple) else f"row {row}"
        yield {"name": text, "fullyQualifiedName": f"{name}/{text}", "kind": "row"}
