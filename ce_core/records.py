"""The standard library's `dataclass` for frozen records, made in a tenth of the time.

A small evaluation defines a hundred records before it reads a number, and `dataclasses.dataclass` writes and compiles
six methods for each, which is slower than the evaluation. Here nothing is compiled: all records share the functions
below. What a record does is the same, and so are `fields`, `replace`, `asdict`, its signature and pickles.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import MISSING, FrozenInstanceError
from operator import attrgetter
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass"]


def _frozen(*, frozen: bool, kw_only: bool, eq: bool = True) -> Callable[[type], type]:
    """Return what makes a class a frozen record, whose constructor takes names only.

    Without ``eq`` a record is equal to itself only; with it, to those of its class that have the same values.
    """
    if not (frozen and kw_only):
        raise TypeError("records are frozen and kw_only; take the others from dataclasses")
    return _with_values if eq else _with_identity


def _with_identity(record: type) -> type:
    made: Any = dataclasses.dataclass(kw_only=True, init=False, repr=False, eq=False)(record)
    made.__dataclass_params__.frozen = made.__dataclass_params__.init = True
    fields = dataclasses.fields(made)
    made._blank = {each.name: each.default for each in fields}
    made._made_new = {
        each.name: each.default_factory for each in fields if each.default_factory is not MISSING
    }
    made._required = [
        each.name for each in fields if each.default is MISSING and each.default_factory is MISSING
    ]
    methods = {"__init__": _init, "__repr__": _repr, "__setattr__": _keep_value, "__delattr__": _keep}
    return _add(made, methods | {"__signature__": _Signature()})


def _with_values(record: type) -> type:
    made: Any = _with_identity(record)
    compared = [each.name for each in dataclasses.fields(made) if each.compare]
    made._values_of = staticmethod(attrgetter(*compared) if compared else _no_values)
    return _add(made, {"__eq__": _equal, "__hash__": _hash})


def _add(record: type, methods: dict[str, Any]) -> type:
    """Give a class the methods that it does not define itself."""
    for name, method in methods.items():
        # A class that defines __eq__ alone has a __hash__ of None, which is Python's word and not its own.
        if record.__dict__.get(name) is None:
            setattr(record, name, method)
    return record


def _init(self: Any, /, **given: Any) -> None:
    """Take the fields by name."""
    values = self.__dict__
    values.update(self._blank)
    values.update(given)
    if len(values) > len(self._blank):
        unknown = next(name for name in given if name not in self._blank)
        raise TypeError(f"{type(self).__name__}() got an unexpected keyword argument {unknown!r}")
    for name in self._required:
        if name not in given:
            raise TypeError(f"{type(self).__name__}() is missing the keyword argument {name!r}")
    for name, new in self._made_new.items():
        if name not in given:
            values[name] = new()
    if hasattr(self, "__post_init__"):
        self.__post_init__()


class _Signature:
    """The signature of a record's class, worked out for whoever asks."""

    def __get__(self, record: Any, kind: Any) -> Any:
        from inspect import Parameter, Signature

        defaults = kind._blank | kind._made_new
        return Signature(
            [
                Parameter(
                    each.name,
                    Parameter.KEYWORD_ONLY,
                    default=Parameter.empty if each.name in kind._required else defaults[each.name],
                    annotation=each.type,
                )
                for each in dataclasses.fields(kind)
            ],
            return_annotation=None,
        )


def _keep_value(self: Any, name: str, value: Any) -> None:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _keep(self: Any, name: str) -> None:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _repr(self: Any) -> str:
    shown = [each.name for each in dataclasses.fields(self) if each.repr]
    said = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
    return f"{type(self).__qualname__}({said})"


def _no_values(record: Any) -> tuple[()]:
    return ()


def _equal(self: Any, other: Any) -> Any:
    return self._values_of(self) == self._values_of(other) if type(other) is type(self) else NotImplemented


def _hash(self: Any) -> int:
    return hash(self._values_of(self))


if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    dataclass = _frozen
