"""What frameworks print on the same arrays, as rows for every form of output."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ce_core.records import dataclass

if TYPE_CHECKING:
    from ce_core.emulate import Difference, Emulated, Rosetta


@dataclass(frozen=True, kw_only=True)
class GroupRow:
    """One number, who prints it, and why it is not the exact loss."""

    value: float | None
    says: str
    members: tuple[tuple[str, str], ...]
    """For each call the framework's name and the call."""
    mistake: bool


def groups(table: Rosetta) -> Iterator[GroupRow]:
    """Yield the groups of a table, in its order."""
    for group in table.groups:
        mistakes = {member.mistake for member in group.members if member.mistake}
        says = group.raises or "; ".join(cause.text for cause in group.causes) or "the exact loss"
        yield GroupRow(
            value=group.value,
            says=says,
            members=tuple(
                (member.title, member.text + ("" if member.verified else "  (unverified)"))
                for member in group.members
            ),
            mistake=bool(mistakes),
        )


def differences(found: Emulated) -> Iterator[tuple[str, str, float | None]]:
    """Yield each reason why a framework's number is not the exact loss: its name, text and amount."""
    for each in found.differences:
        yield each.cause, each.text, _known(each)


def _known(each: Difference) -> float | None:
    return each.amount if math.isfinite(each.amount) else None


def scalar(value: Any) -> float | None:
    """Return a reduced value, or None for losses that are not reduced."""
    return float(value) if isinstance(value, (int, float)) else None
