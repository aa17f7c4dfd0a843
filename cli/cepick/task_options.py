"""The options that describe a task, made once from the table of properties and shared by the commands."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import field
from functools import cache, wraps
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ce_core.errors import CepickError
from ce_core.records import dataclass
from ce_core.task.words import PROPERTIES, Property, Value

from . import values

if TYPE_CHECKING:
    from ce_core.task import Task

_METAVARS = {"choice": "NAME", "choices": "NAMES", "integer": "N", "axis": "AXIS", "ratio": "RATIO|true"}


@dataclass(frozen=True, kw_only=True)
class _Flag:
    """A flag without a value, which gives a property one."""

    property: str
    value: Value
    flag: str


def _flags() -> dict[str, _Flag]:
    """Return by parameter name every flag that takes no value."""
    found = {}
    for prop in PROPERTIES.values():
        answers = prop.flags or (prop.answers if prop.type == "bool" else {})
        for value in answers:
            flag = prop.flag(value)
            found[flag.lstrip("-").replace("-", "_")] = _Flag(property=prop.name, value=value, flag=flag)
    return found


def _valued() -> dict[str, Property]:
    """Return by parameter name every property that is said by an option with a value."""
    return {prop.name: prop for prop in PROPERTIES.values() if not prop.flags and prop.type != "bool"}


_FLAGS = _flags()
_VALUED = _valued()


def _flag_parameter(name: str, flag: _Flag) -> inspect.Parameter:
    value = str(flag.value).lower()
    text = f"{flag.property} = {value}: {PROPERTIES[flag.property].answers[flag.value]}"
    return _parameter(name, Annotated[bool, typer.Option(flag.flag, help=text)], default=False)


def _valued_parameter(prop: Property) -> inspect.Parameter:
    words = ", ".join(map(str, prop.answers))
    text = prop.says if not words or prop.type == "integer" else f"{prop.says}: {words}"
    option = typer.Option(_option(prop), metavar=_METAVARS[prop.type], help=text)
    return _parameter(prop.name, Annotated[str | None, option])


def _option(prop: Property) -> str:
    return "--" + prop.name.replace("_", "-")


def _parameter(name: str, annotation: Any, default: Any = None) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)


@cache
def _parameters() -> dict[str, inspect.Parameter]:
    """Return every option of a task, in the order of the table of properties."""
    found = {}
    for prop in PROPERTIES.values():
        for name, flag in _FLAGS.items():
            if flag.property == prop.name:
                found[name] = _flag_parameter(name, flag)
        if prop.name in _VALUED:
            found[prop.name] = _valued_parameter(prop)
    task_file = typer.Option("--task", metavar="FILE", help="a YAML file with the properties of the task")
    preset = typer.Option(metavar="NAME", help="a task that ships with cepick, such as language-model")
    found["task_file"] = _parameter("task_file", Annotated[str | None, task_file])
    found["preset"] = _parameter("preset", Annotated[str | None, preset])
    return found


@dataclass(frozen=True, kw_only=True)
class Said:
    """What the command line says of the task."""

    values: Mapping[str, Any] = field(default_factory=dict)
    task_file: str | None = None
    preset: str | None = None

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> Said:
        """Return what the options say, or raise the error that names two that contradict each other."""
        found: dict[str, Any] = {}
        flags: dict[str, str] = {}
        for name, flag in _FLAGS.items():
            if not options[name]:
                continue
            if flag.property in found:
                raise CepickError(f"{flags[flag.property]} and {flag.flag}: contradict each other; give one")
            found[flag.property], flags[flag.property] = flag.value, flag.flag
        for name, prop in _VALUED.items():
            if options[name] is not None:
                found[name] = values.of_property(prop, _option(prop), options[name])
        return cls(values=found, task_file=options["task_file"], preset=options["preset"])

    @property
    def nothing(self) -> bool:
        """Tell whether nothing is said that a loss depends on; which framework is used is not such a thing."""
        return self.task_file is None and self.preset is None and not self.values.keys() - {"framework"}

    def task(self) -> Task:
        """Return the task: what flags say wins over the file, and the file over the preset."""
        from ce_core.task import Task

        known: dict[str, Any] = {}
        if self.preset is not None:
            known.update(Task.preset(self.preset).known())
        if self.task_file is not None:
            known.update(Task.from_yaml(self.task_file).known())
        return Task(**(known | dict(self.values)))


def takes_task(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options that describe a task to a command, which gets them together as ``said``."""
    signature = inspect.signature(command, eval_str=True)

    @wraps(command)
    def with_task(**options: Any) -> int:
        task_options = {name: options.pop(name) for name in _parameters()}
        return command(**options, said=Said.from_options(task_options))

    own = [each for each in signature.parameters.values() if each.name != "said"]
    parameters = [*own, *_parameters().values()]
    with_task.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    with_task.__annotations__ = {each.name: each.annotation for each in parameters}
    return with_task
