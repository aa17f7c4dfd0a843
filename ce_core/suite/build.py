"""Marked data as a suite: the defaults, the combinations of each matrix, and every check."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from . import keys, matrix, scalars
from .marked import Marked
from .matrix import Matrix
from .parts import check_keys, check_loss, read_keys
from .spec import CheckSpec, Suite
from .variables import expanded, names_within

_JOINED = frozenset({"task", "limits", "findings"})
"""Keys of which a check takes from the defaults what it does not say itself; of the others it takes all or nothing."""


def suite_of(root: Marked, *, file: str | None, folder: str, environment: Mapping[str, str]) -> Suite:
    """Return the suite that marked data describes."""
    check_keys(root, keys.SUITE, "a suite")
    shared = matrix.matrix_of(root.value.get("matrix"), environment)
    defaults = _defaults(root.value.get("defaults"))
    reader = _Reader(folder, environment, shared)
    checks = tuple(each for check in _checks(root) for each in reader.checks(_with(check, defaults)))
    for name in shared:
        if name not in reader.used:
            root.value["matrix"].fail(
                f"{name}: no check uses it; write ${{{name}}} in one, or take it out", name
            )
    _check_names(checks, reader.places)
    said = root.value.get("fail_on")
    options: dict[str, Any] = {}
    if said is not None and said.value is not None:
        options["fail_on"] = scalars.word(expanded(said, environment), keys.SUITE[0])
    return Suite(file=file, folder=folder, checks=checks, **options)


def _checks(root: Marked) -> list[Marked]:
    said = root.value.get("checks")
    if said is None or said.value is None:
        root.fail("checks: is missing from a suite; write 'checks:' and under it what to check")
    if not isinstance(said.value, list):
        said.fail("checks: is no list of checks; begin each with '- name: …'")
    if not said.value:
        said.fail("checks: is empty; write a check, such as '- name: digits'")
    for each in said.value:
        if not isinstance(each.value, dict):
            each.fail(f"{scalars.shown_value(each)} is not a check; write its keys, such as 'name: …'")
    return list(said.value)


def _defaults(marked: Marked | None) -> Marked | None:
    if marked is None or marked.value is None:
        return None
    check_keys(marked, keys.DEFAULTS, "the defaults")
    return marked


def _with(check: Marked, defaults: Marked | None) -> Marked:
    """Return a check with what the defaults say and it does not; null takes a default away."""
    if defaults is None:
        return check
    value: dict[str, Marked] = {}
    for name, each in defaults.value.items():
        own = check.value.get(name)
        both = own is not None and isinstance(own.value, dict) and isinstance(each.value, dict)
        value[name] = _over(own, each) if own is not None and both and name in _JOINED else own or each
    value = {**{name: each for name, each in check.value.items() if name not in value}, **value}
    return replace(check, value=value, keys={**defaults.keys, **check.keys})


def _over(own: Marked, under: Marked) -> Marked:
    """Return a mapping with the keys of another that it does not have."""
    return replace(own, value={**under.value, **own.value}, keys={**under.keys, **own.keys})


class _Reader:
    """What reads the checks one after the other, and remembers which variables they used."""

    def __init__(self, folder: str, environment: Mapping[str, str], shared: Matrix) -> None:
        self.folder = folder
        self.environment = environment
        self.shared = shared
        self.used: set[str] = set()
        self.places: list[Marked] = []
        """Where the name of each check stands."""

    def checks(self, marked: Marked) -> Iterator[CheckSpec]:
        """Yield the checks that one stands for: itself, or one for each combination of the variables that it uses."""
        check_keys(marked, keys.CHECK, "a check")
        without = {name: each for name, each in marked.value.items() if name != "matrix"}
        body = replace(marked, value=without)
        names = names_within(body)
        own = matrix.matrix_of(marked.value.get("matrix"), self.environment)
        for name in own:
            if name not in names:
                marked.value["matrix"].fail(
                    f"{name}: the check does not use it; write ${{{name}}} in it, or take it out", name
                )
        self.used |= names
        every = {name: values for name, values in {**self.shared, **own}.items() if name in names}
        if matrix.count(every) > matrix.MOST:
            marked.fail(
                f"matrix: {matrix.count(every):,} combinations are more than {matrix.MOST:,}; list fewer"
            )
        for values in matrix.combinations(every):
            yield self._check(expanded(body, ChainMap(values, dict(self.environment))), values)

    def _check(self, marked: Marked, values: Mapping[str, str]) -> CheckSpec:
        said = read_keys(marked, keys.CHECK, "a check", self.folder)
        check_loss(marked.value.get("loss"), marked.value.get("loss_options"))
        if "targets" not in said and any(each.lower().endswith(".npy") for each in said["predictions"]):
            marked.fail(
                "targets: is missing from a check; only tables and .npz files hold both; write their file"
            )
        name = marked.value["name"]
        self.places.append(name)
        told_apart = {each: value for each, value in values.items() if each not in name.used}
        said["name"] += matrix.suffix(told_apart)
        said["options"] = {each: said.pop(each) for each in keys.OPTIONS if each in said}
        return CheckSpec(**said, matrix=values, where=marked.where)


def _check_names(checks: tuple[CheckSpec, ...], places: list[Marked]) -> None:
    """Refuse two checks of one name."""
    seen: dict[str, CheckSpec] = {}
    for check, place in zip(checks, places, strict=True):
        if check.name in seen:
            first = seen[check.name].where
            also = f", first in line {first.line}" if first.line is not None else ""
            place.fail(f"name: {check.name!r} stands twice{also}; call each check by a name of its own")
        seen[check.name] = check
