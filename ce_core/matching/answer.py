"""What `match` answers, as frozen data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from ce_core.compute.evaluation import jsonable
from ce_core.records import dataclass


@dataclass(frozen=True, kw_only=True)
class Logged:
    """A number as a log has it, and how far from it another may be that is written the same."""

    text: str
    """As it was written, such as ``1.4612`` or ``2.3e-05``."""
    value: float
    digits: int
    """How many significant digits are known."""
    tolerance: float
    """Half a unit in the last of them, or as a relative tolerance says; 0 of NaN and infinity."""
    rows: tuple[int, int] | None = None
    """The run of items of the first axis that it is the loss of; None for all."""
    arrays: tuple[str, str] | None = None
    """The names of its own arrays, where it is of others than the first number's."""


@dataclass(frozen=True, kw_only=True)
class Traced:
    """One definition of the loss, or one mistake, and the number that it gives."""

    value: float
    """On the first number's arrays."""
    loss: str | None
    """The id of the loss that is computed, where the catalogue has it."""
    variant: Mapping[str, Any]
    """What differs from the plain mean of the fitting loss, by axis: activation, smoothing, weights, reduction,
    unit, ignored, alignment, clip …; empty for the plain mean."""
    mistake: str | None
    """The slug of the finding, or another word for the mistake; None of a legitimate definition."""
    framework: tuple[str, ...]
    """The calls that compute this."""
    says: str
    """A sentence: what happened."""
    repair: str | None = None
    """What to do about it, of a mistake."""
    values: tuple[float, ...] = ()
    """On the arrays or rows of each number in turn, where there are several."""
    distance: float = 0.0
    """How far the value is from the number, relatively."""
    same: tuple[Traced, ...] = ()
    """Others that are the same number, by definition or on these arrays, less likely ones last."""

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON shows it."""
        plain: dict[str, Any] = jsonable(
            {
                "value": self.value,
                "loss": self.loss,
                "variant": self.variant,
                "mistake": self.mistake,
                "framework": self.framework,
                "says": self.says,
                "repair": self.repair,
                "values": self.values,
                "distance": self.distance,
            }
        )
        return {**plain, "same": [each.to_dict() for each in self.same]}


@dataclass(frozen=True, kw_only=True)
class Match:
    """Where a logged number comes from."""

    logged: tuple[Logged, ...]
    tried: int
    """How many definitions were computed."""
    expected_by_chance: float
    """How many of them are to be expected within the tolerance by chance alone."""
    matches: tuple[Traced, ...]
    """The likeliest explanation first."""
    nearest: tuple[Traced, ...] = ()
    """Where nothing matches, the definitions that come nearest."""
    left_out: int = 0
    """How many more matches there are than those listed."""
    advice: tuple[str, ...] = ()
    """What to try next."""
    predictions: str | None = None
    """What the first array is called; None where no arrays were given."""
    targets: str | None = None
    count: int | None = None
    """How many examples were counted."""
    task: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """Tell whether a command should end with exit code 1: nothing matches."""
        return not self.matches

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as its JSON (``cepick.match/1``)."""
        first = self.logged[0]
        plain: dict[str, Any] = jsonable(
            {
                "schema": "cepick.match/1",
                "value": first.value,
                "digits": first.digits,
                "values": self.logged,
                "tried": self.tried,
                "expected_by_chance": self.expected_by_chance,
                "left_out": self.left_out,
                "advice": self.advice,
                "predictions": self.predictions,
                "targets": self.targets,
                "count": self.count,
                "task": self.task,
                "notes": self.notes,
            }
        )
        return {
            **plain,
            "matches": [each.to_dict() for each in self.matches],
            "nearest": [each.to_dict() for each in self.nearest],
        }

    def _repr_html_(self) -> str:
        from ce_core.notebook import match_html

        return match_html(self)
