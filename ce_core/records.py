"""The standard library's `dataclass` for frozen records, made in a quarter of the time.

A small evaluation defines a hundred records before it reads a number, and `dataclasses.dataclass` compiles six
methods for each. Here only the constructor is compiled; the other methods are these functions, which all records
share. What a record does is the same, and so are `fields`, `replace`, `asdict` and pickles.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass"]


def _frozen(*, frozen: bool, kw_only: bool, eq: bool = True) -> Callable[[type], type]:
    """Return a class as a frozen record whose constructor takes names only."""
    if not (frozen and kw_only):
        raise TypeError("records are frozen and kw_only; take the others from dataclasses")
    return _with_values if eq else _with_identity


def _with_identity(record: type) -> type:
    """Make a record that is equal to itself only."""
    made: Any = dataclasses.dataclass(kw_only=True, repr=False, eq=False)(record)
    made.__dataclass_params__.frozen = True
    return _add(made, {"__repr__": _repr, "__setattr__": _set_once, "__delattr__": _keep})


def _with_values(record: type) -> type:
    """Make a record that is equal to others of its class with the same values."""
    made: Any = _with_identity(record)
    compared = [each.name for each in dataclasses.fields(made) if each.compare]
    values = attrgetter(*compared) if compared else _no_values
    return _add(made, {"_values_of": staticmethod(values), "__eq__": _equal, "__hash__": _hash})


def _add(record: type, methods: dict[str, Any]) -> type:
    """Give a class the methods that it has not defined itself."""
    for name, method in methods.items():
        # A class that defines __eq__ has a __hash__ of None, which is not its own word.
        if record.__dict__.get(name) is None:
            setattr(record, name, method)
    return record


def _set_once(self: Any, name: str, value: Any) -> None:
    """Let the constructor set each field, and nobody else anything."""
    if name in self.__dict__ or name not in self.__dataclass_fields__:
        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")
    self.__dict__[name] = value


def _keep(self: Any, name: str) -> None:
    """Refuse to delete a field."""
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")


def _repr(self: Any) -> str:
    """Return the class with its fields, as they are written."""
    said = ", ".join(
        f"{each.name}={getattr(self, each.name)!r}" for each in dataclasses.fields(self) if each.repr
    )
    return f"{type(self).__qualname__}({said})"


def _no_values(record: Any) -> tuple[()]:
    return ()


def _equal(self: Any, other: Any) -> Any:
    """Tell whether two records of one class have the same values."""
    return self._values_of(self) == self._values_of(other) if type(other) is type(self) else NotImplemented


def _hash(self: Any) -> int:
    """Return one number for all records of the same values."""
    return hash(self._values_of(self))


if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    dataclass = _frozen
