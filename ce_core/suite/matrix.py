"""A matrix: variables with several values each, and a check for each combination."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from math import prod

from .marked import Marked
from .variables import NAME, expanded

Matrix = Mapping[str, tuple[str, ...]]

MOST = 1_000
"""So many combinations are not meant."""


def matrix_of(marked: Marked | None, environment: Mapping[str, str]) -> Matrix:
    """Return the variables of a matrix with their values, in the file's order."""
    if marked is None or marked.value is None:
        return {}
    marked = expanded(marked, environment)
    if not isinstance(marked.value, dict):
        marked.fail("matrix: is no mapping; write a line for each variable, such as 'MODEL: [small, large]'")
    return {name: _values(name, each, marked) for name, each in marked.value.items()}


def _values(name: str, marked: Marked, matrix: Marked) -> tuple[str, ...]:
    if not NAME.fullmatch(name):
        matrix.fail(f"matrix: {name!r} is no name of a variable; use letters, digits and _", name)
    if not isinstance(marked.value, list) or not marked.value:
        marked.fail(f"{name}: is no list of values; write them in brackets, such as [small, large]")
    values: list[str] = []
    for each in marked.value:
        if isinstance(each.value, (dict, list)) or each.value is None:
            each.fail(f"{name}: a value is a word or a number; write [small, large]")
        if each.text in values:
            each.fail(f"{name}: {each.text} stands twice; leave one")
        values.append(each.text)
    return tuple(values)


def combinations(matrix: Matrix) -> Iterator[dict[str, str]]:
    """Yield a value for each variable, the last variable changing first; without variables nothing, once.

    >>> list(combinations({"MODEL": ("s", "l"), "SPLIT": ("dev",)}))
    [{'MODEL': 's', 'SPLIT': 'dev'}, {'MODEL': 'l', 'SPLIT': 'dev'}]
    """
    for values in product(*matrix.values()):
        yield dict(zip(matrix, values, strict=True))


def count(matrix: Matrix) -> int:
    """Return how many combinations there are.

    >>> count({"MODEL": ("s", "l"), "SPLIT": ("dev", "test", "train")})
    6
    """
    return prod(map(len, matrix.values()))


def suffix(values: Mapping[str, str]) -> str:
    """Return what tells a check of a matrix from the others of its name.

    >>> suffix({"MODEL": "small", "SPLIT": "dev"}), suffix({})
    (' [MODEL=small, SPLIT=dev]', '')
    """
    return f" [{', '.join(f'{name}={value}' for name, value in values.items())}]" if values else ""
