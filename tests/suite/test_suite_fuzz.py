"""Whatever a file of checks holds, it is read, or refused in one line; and every other value in it is looked at."""

from __future__ import annotations

import copy
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from test_suite_read import TOML, WHOLE

from ce_core.errors import CepickError
from ce_core.suite.read import read_suite, suite_from_mapping
from ce_core.suite.spec import Suite


def read_or_refused(content: bytes, name: str) -> Suite | str:
    """Return the suite, or the line that refuses it; any other error is a failure."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, name)
        file.write_bytes(content)
        try:
            return read_suite(file, environment={"SET": "1"})
        except CepickError as error:
            line = str(error)
        assert "\n" not in line
        assert line.startswith(str(file))
        return line


PIECES = (
    "",
    " ",
    "\n",
    "  ",
    "{",
    "}",
    "[",
    "]",
    ":",
    "- ",
    "#",
    "'",
    '"',
    "&a ",
    "*a",
    "<<: *a",
    "!!int ",
    "${",
    "${SET}",
    "$${",
    "null",
    "1e-4",
    ".nan",
    "\t",
    "\x00",
    "=",
    "[[x]]\n",
    '"""',
    "1979-05-27",
    "ä",
    "|\n",
    "? ",
    "---\n",
    "%",
    "@",
)


@pytest.mark.parametrize(
    ("text", "name"), [(WHOLE, "cepick.yaml"), (TOML, "pyproject.toml")], ids=["yaml", "toml"]
)
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_a_damaged_file_is_read_or_refused_in_one_line(text: str, name: str, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        stop = data.draw(st.integers(start, min(len(text), start + 12)))
        text = text[:start] + data.draw(st.sampled_from(PIECES)) + text[stop:]
    read_or_refused(text.encode(), name)


@pytest.mark.parametrize("depth", [50, 400, 5_000])
@pytest.mark.parametrize("name", ["cepick.yaml", "suite.toml"])
def test_deep_nesting_is_refused_in_one_line(depth: int, name: str) -> None:
    sign = ": " if name.endswith("yaml") else " = "
    answer = read_or_refused(f"checks{sign}{'[' * depth}{']' * depth}\n".encode(), name)
    assert isinstance(answer, str)
    keys = "{a" + sign
    assert isinstance(read_or_refused(f"checks{sign}{keys * depth}1{'}' * depth}\n".encode(), name), str)


JUNK: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.sampled_from(PIECES)
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=5,
)


def places_in(content: Any) -> list[tuple[Any, Any]]:
    """Return every container in data, with each of its keys."""
    items = (
        content.items()
        if isinstance(content, dict)
        else enumerate(content)
        if isinstance(content, list)
        else ()
    )
    return [pair for key, each in items for pair in ((content, key), *places_in(each))]


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_other_value_is_read_or_refused_in_one_line(data: st.DataObject) -> None:
    content = copy.deepcopy(yaml.safe_load(WHOLE))
    holder, key = data.draw(st.sampled_from(places_in(content)))
    holder[key] = data.draw(JUNK)
    try:
        suite_from_mapping(content, environment={"SET": "1"})
    except CepickError as error:
        line = str(error)
        assert "\n" not in line
        assert line.startswith("suite")
