"""What an emulation and a rosetta answer: frozen data, nothing computed here."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from ce_core.frameworks import Call

Value = float | npt.NDArray[np.float64]
"""A reduced loss, or the losses themselves where nothing is reduced."""


@dataclass(frozen=True, kw_only=True)
class Spelled:
    """A framework's function and the arguments that were written with it, read and never run."""

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return the text that `parse_call` reads back."""
        if not self.arguments:
            return self.name
        return f"{self.name}({', '.join(f'{name}={value!r}' for name, value in self.arguments.items())})"


@dataclass(frozen=True, kw_only=True)
class Setting:
    """The value of one argument and where it came from."""

    name: str
    sets: str
    """What it sets, in the words of `ce_core.frameworks.SETS`."""
    value: Any
    source: str
    """``said`` in the call, an array's name (``class_weights``) or ``default``."""


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One reason why the framework's number is not the exact loss."""

    cause: str
    """A slug, such as ``clip`` or ``divisor``."""
    text: str
    amount: float
    """What this alone adds to the value; of losses that are not reduced, to their mean. NaN where either is
    not finite."""

    def to_dict(self) -> dict[str, Any]:
        """Return the difference as JSON shows it, with a number that is not finite left for the writer."""
        return {"cause": self.cause, "text": self.text, "amount": self.amount}


@dataclass(frozen=True, kw_only=True, eq=False)
class Emulated:
    """What a framework's function prints for two arrays, and how that differs from the exact loss."""

    text: str
    """The call with the arguments that were set, as the framework would be asked."""
    call: Call
    loss: str
    value: Value | None
    """The framework's value; None where it raises."""
    raises: str | None
    """The framework's error in one line, where it would refuse these arrays."""
    exact: Value | None
    """The loss of the same definition without clip or quirk, divided by the weights that count; None where
    the arrays cannot be paired or nothing is left."""
    differences: tuple[Difference, ...]
    arguments: tuple[Setting, ...]
    counted: int
    """How many positions the function counts."""
    verified: bool
    """Whether a test runs this function in its framework."""

    def to_dict(self) -> dict[str, Any]:
        """Return the emulation as JSON shows it."""
        return {
            "text": self.text,
            "call": self.call.call,
            "framework": self.call.framework,
            "loss": self.loss,
            "value": _plain(self.value),
            "raises": self.raises,
            "exact": _plain(self.exact),
            "differences": [difference.to_dict() for difference in self.differences],
            "arguments": {
                each.name: {"sets": each.sets, "value": _plain(each.value), "source": each.source}
                for each in self.arguments
            },
            "counted": self.counted,
            "verified": self.verified,
        }


@dataclass(frozen=True, kw_only=True)
class Member:
    """One call of a rosetta: how a framework is asked, and what is usual about it."""

    framework: str
    title: str
    text: str
    """The call, with the arguments that say the modifiers."""
    verified: bool
    mistake: str | None = None
    """The slug of the mistake, for a call that is usual but wrong on these arrays."""


@dataclass(frozen=True, kw_only=True)
class Group:
    """The calls that print the same number."""

    value: float | None
    """The number, NaN included; None where the calls raise."""
    raises: str | None
    causes: tuple[Difference, ...]
    """Why it is not the exact loss; empty where it is."""
    members: tuple[Member, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the group as JSON shows it."""
        return {
            "value": self.value,
            "raises": self.raises,
            "causes": [cause.to_dict() for cause in self.causes],
            "members": [vars(member) for member in self.members],
        }


@dataclass(frozen=True, kw_only=True)
class Rosetta:
    """What every framework prints on the same arrays, grouped by value."""

    exact: float | None
    """The exact loss, its weighted mean divided by the weights."""
    groups: tuple[Group, ...]
    """The group of the exact loss first, then the other numbers, then mistakes, then what raises."""

    def find(self, value: float, *, digits: int = 4) -> Group | None:
        """Return the group whose value shows the same to so many digits after the point, or None.

        A number printed by a training log is looked up by this.
        """
        half = 0.5000001 * 10.0**-digits
        near = (group for group in self.groups if group.value is not None and math.isfinite(group.value))
        return next((group for group in near if abs((group.value or 0.0) - value) <= half), None)

    def to_dict(self) -> dict[str, Any]:
        """Return the table as JSON shows it."""
        return {"exact": self.exact, "groups": [group.to_dict() for group in self.groups]}


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value
