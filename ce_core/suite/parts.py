"""The parts of a check that have keys of their own, each read into its data."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from ce_core.errors import CepickError, nearest
from ce_core.selection import Selection
from ce_core.task import Task
from ce_core.task.words import PROPERTIES

from . import keys, scalars
from .keys import Key
from .marked import Marked
from .paths import check_path, known_paths
from .spec import BaselineRule, Equals, FindingRules, Limit, Slices

Values = dict[str, Any]
"""What was said, by the names of the keys."""


def read_keys(marked: Marked, table: tuple[Key, ...], of: str, folder: str = "") -> Values:
    """Return what a mapping says, each key in its type; a key that is null says nothing.

    of: what the mapping is, in words: ``a check``.
    """
    known = {each.name: each for each in table}
    check_keys(marked, table, of)
    for key in table:
        said = marked.value.get(key.name)
        if key.required and (said is None or said.value is None):
            marked.fail(f"{key.name}: is missing from {of}; write {key.says}")
    return {
        name: READERS[known[name].kind](each, known[name], folder)
        for name, each in marked.value.items()
        if each.value is not None
    }


def check_keys(marked: Marked, table: tuple[Key, ...], of: str) -> None:
    """Refuse what is no mapping, and the first key that is not in the table."""
    names = [each.name for each in table]
    if not isinstance(marked.value, dict):
        marked.fail(f"{scalars.shown_value(marked)} is not {of}; write its keys, such as '{names[0]}: …'")
    for name in marked.value:
        if name not in names:
            marked.fail(f"{name}: no such key of {of}; {_where_it_goes(name, names)}", name)


def _where_it_goes(name: str, names: list[str]) -> str:
    """Return what to do with a key that is not known: another place, or the nearest name."""
    if "limits" in names and name in known_paths():
        return "a limit goes under 'limits'"
    if "task" in names and name in PROPERTIES:
        return "a property of the task goes under 'task'"
    if "checks" in names and nearest(name, names) is None and name in {each.name for each in keys.CHECK}:
        return "it goes into a check, or under 'defaults'"
    return scalars.advice(name, names)


def limits_in(marked: Marked, key: Key | None = None, folder: str = "") -> tuple[Limit, ...]:
    """Return the limits on diagnostics."""
    if not isinstance(marked.value, dict):
        marked.fail(
            f"limits: {scalars.shown_value(marked)} is no mapping; write a line each, such as 'loss: {{max: 0.4}}'"
        )
    found: dict[str, Limit] = {}
    for name, each in marked.value.items():
        try:
            path = check_path(name)
        except CepickError as error:
            marked.fail(str(error), name)
        if each.value is None:
            continue
        if path in found:
            marked.fail(f"{name}: stands twice; leave one", name)
        found[path] = _limit(path, name, each)
    return tuple(found.values())


def _limit(path: str, name: str, marked: Marked) -> Limit:
    if not isinstance(marked.value, dict):
        end = "{max: 0.4}" if "loss" in name else "{min: 0.9}"
        marked.fail(
            f"{name}: {scalars.shown_value(marked)} is no limit; write min, max or both, such as {end}"
        )
    said = read_keys(marked, keys.LIMIT, "a limit")
    least, most = said.get("min"), said.get("max")
    if least is None and most is None:
        marked.fail(f"{name}: neither min nor max; write one of them, such as {{min: 0.9}}")
    if least is not None and most is not None and least > most:
        marked.fail(f"{name}: min {least:g} is above max {most:g}; nothing can hold; exchange them")
    return Limit(path=path, least=least, most=most, where=marked.where)


def _equals(marked: Marked, key: Key, folder: str) -> Equals:
    """Return the number that is expected. Where no tolerance is said, it is known to half a unit in its last digit."""
    if not isinstance(marked.value, dict):
        value = next(each for each in keys.EQUALS if each.name == "value")
        known = scalars.number(marked, _named(value, "equals"))
        return Equals(value=known, rtol=0.0, atol=_as_written(marked, known), where=marked.where)
    said = read_keys(marked, keys.EQUALS, "'equals'")
    if "rtol" not in said:
        said["rtol"] = 0.0
        said.setdefault("atol", _as_written(marked.value["value"], said["value"]))
    return Equals(**said, where=marked.where)


def _as_written(marked: Marked, value: float) -> float:
    """Return how far another number may be off that is written with the same digits."""
    from ce_core.matching.number import read_number

    return read_number(marked.text or repr(value)).tolerance if math.isfinite(value) else 0.0


def _named(key: Key, name: str) -> Key:
    from dataclasses import replace

    return replace(key, name=name)


def _findings(marked: Marked, key: Key, folder: str) -> FindingRules:
    said = read_keys(marked, keys.FINDINGS, "'findings'")
    for name in ("select", "ignore"):
        if name in said:
            part = marked.value[name]
            for each in part.value if isinstance(part.value, list) else [part]:
                _check_finding(name, each)
    return FindingRules(**said)


def _check_finding(name: str, marked: Marked) -> None:
    try:
        Selection.of(**{name: marked.text})
    except CepickError as error:
        marked.fail(str(error))


def _baseline(marked: Marked, key: Key, folder: str) -> BaselineRule:
    said = read_keys(marked, keys.BASELINE, "'baseline'", folder)
    if ("tolerance" in said) == ("significance" in said):
        what = (
            "both tolerance and significance" if "tolerance" in said else "neither tolerance nor significance"
        )
        marked.fail(f"baseline: {what}; write one of them, such as 'tolerance: 0.01' or 'significance: 0.01'")
    for name in ("test", "seed", "resamples"):
        if name in said and "tolerance" in said:
            marked.fail(f"{name}: goes with significance, and a tolerance is given; leave it out", name)
        if name != "test" and name in said and said.get("test") == "t":
            marked.fail(f"{name}: goes with the bootstrap, and the test is t; leave it out", name)
    return BaselineRule(**said, where=marked.where)


def _slices(marked: Marked, key: Key, folder: str) -> tuple[Slices, ...]:
    several = marked.value if isinstance(marked.value, list) else [marked]
    return tuple(_one_slices(each, folder) for each in several)


def _one_slices(marked: Marked, folder: str) -> Slices:
    said = read_keys(marked, keys.SLICES, "'slices'", folder)
    if ("by" in said) == ("masks" in said):
        what = "both by and masks" if "by" in said else "neither by nor masks"
        marked.fail(
            f"slices: {what}; write one of them, such as 'by: groups.npy'; 'slices' may be a list of such"
        )
    if "min_count" in said:
        said["least_count"] = said.pop("min_count")
    return Slices(**said, where=marked.where)


def _masks(marked: Marked, key: Key, folder: str) -> Mapping[str, str]:
    if not isinstance(marked.value, dict) or not marked.value:
        marked.fail("masks: is no mapping of files; write a line each, such as 'rare: rare.npy'")
    return {name: scalars.path(each, _named(key, name), folder) for name, each in marked.value.items()}


def _task(marked: Marked, key: Key, folder: str) -> Mapping[str, Any]:
    """Return the properties that are said: in the file, in a task file, or by a preset."""
    if isinstance(marked.value, dict):
        return _properties(marked)
    name = scalars.text(marked, key)
    try:
        if "/" in name or name.lower().endswith((".yaml", ".yml")):
            task = Task.from_yaml(scalars.joined(name, folder))
        else:
            task = Task.preset(name)
    except CepickError as error:
        marked.fail(str(error))
    return dict(task.known())


def _properties(marked: Marked) -> Mapping[str, Any]:
    said: dict[str, Any] = {}
    for name, each in marked.value.items():
        if name not in PROPERTIES:
            marked.fail(f"{name}: no such property of a task; {scalars.advice(name, list(PROPERTIES))}", name)
        if each.value is None:
            continue
        said[name] = each.plain
        try:
            Task(**{name: said[name]})
        except CepickError as error:
            each.fail(str(error))
    try:
        return dict(Task(**said).known())
    except CepickError as error:
        marked.fail(f"task: {error}")


def _loss(marked: Marked, key: Key, folder: str) -> str:
    if isinstance(marked.value, dict):
        marked.fail("loss: is a mapping, and no name; a limit on the loss goes under 'limits'")
    return scalars.text(marked, key)


def check_loss(loss: Marked | None, options: Marked | None) -> None:
    """Refuse a loss that does not exist, and options that it does not have."""
    given = None if options is None or options.value is None else options.plain
    if loss is None or loss.value is None:
        if options is not None and given is not None:
            options.fail("loss_options: go with a loss, and none is named; write 'loss: …' too")
        return
    from ce_core.compute.emulated import framework_call
    from ce_core.loss_options import read_loss
    from ce_core.losses import LOSSES, loss_ids

    try:
        if framework_call(loss.text) is None:
            name, _ = read_loss(loss.text)
            if not any(LOSSES[each].computed for each in _ids(name, loss_ids)):
                raise CepickError(f"{name}: is in the catalogue, but not computed; see 'cepick losses'")
    except CepickError as error:
        loss.fail(f"loss: {error}")
    if options is not None and given is not None:
        try:
            read_loss(loss.text, given)
        except CepickError as error:
            options.fail(str(error))


def _ids(name: str, loss_ids: Callable[[str], tuple[str, ...]]) -> tuple[str, ...]:
    """Return the ids of a loss, or raise the error that names the nearest: an id, or a framework's function."""
    try:
        return loss_ids(name)
    except CepickError:
        plain = name.partition("(")[0].strip()
        if "." in plain or plain != plain.lower():  # no id has a dot or a capital
            from ce_core.emulate.parse import rows_of

            rows_of(plain)
        raise


def _loss_options(marked: Marked, key: Key, folder: str) -> Mapping[str, Any]:
    if not isinstance(marked.value, dict):
        marked.fail("loss_options: is no mapping of options; write a line each, such as 'gamma: 2'")
    return dict(marked.plain)


READERS: Mapping[str, Callable[[Marked, Key, str], Any]] = {
    "text": scalars.text,
    "texts": scalars.texts,
    "word": scalars.word,
    "number": scalars.number,
    "whole": scalars.whole,
    "flag": scalars.flag,
    "path": scalars.path,
    "paths": scalars.paths,
    "array": scalars.array,
    "clip": scalars.clip,
    "by": scalars.by,
    "task": _task,
    "loss": _loss,
    "loss_options": _loss_options,
    "limits": limits_in,
    "equals": _equals,
    "findings": _findings,
    "baseline": _baseline,
    "slices": _slices,
    "masks": _masks,
}
"""What reads each kind of key; a matrix, the defaults and the checks are read by `ce_core.suite.build`."""
