"""The catalogue of losses, and how one framework spells them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ce_core.losses import LOSSES, Loss
from ce_core.records import dataclass

if TYPE_CHECKING:
    from ce_core.frameworks import Call


@dataclass(frozen=True, kw_only=True)
class Row:
    """A loss, and a framework's functions for it."""

    loss: Loss
    calls: tuple[Call, ...] = ()
    absent: str | None = None
    """What the framework has instead, where it has no function for the loss."""

    def to_dict(self) -> dict[str, Any]:
        """Return the row as JSON shows it."""
        return {
            **self.loss.to_dict(),
            "calls": [
                {"call": each.call, "code": each.code, "verified": each.verified} for each in self.calls
            ],
            "absent": self.absent,
        }


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """Every loss, as the table has them; beside each the functions of a framework, where one was asked for."""

    framework: str | None
    title: str | None
    rows: tuple[Row, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the catalogue as its JSON (``cepick.losses/1``)."""
        return {
            "schema": "cepick.losses/1",
            "framework": self.framework,
            "losses": [row.to_dict() for row in self.rows],
        }


def catalogue(framework: str | None = None) -> Catalogue:
    """Return the catalogue of losses, and how a framework spells each.

    >>> catalogue().rows[0].loss.id
    'weighted_sigmoid_cross_entropy'
    >>> [call.call for row in catalogue("onnx").rows for call in row.calls]
    ['onnx.SoftmaxCrossEntropyLoss', 'onnx.NegativeLogLikelihoodLoss']

    Raises:
        CepickError: for a framework that is not known, with the nearest one.
    """
    if framework is None:
        return Catalogue(framework=None, title=None, rows=tuple(Row(loss=loss) for loss in LOSSES.values()))
    from ce_core.frameworks import absent, calls_for, framework_id, frameworks, title

    name = framework_id(framework, every=True)

    def row(loss: Loss) -> Row:
        calls = tuple(
            {
                call.call: call for call in calls_for(loss.id, framework=name, every=True).get(name, [])
            }.values()
        )
        missing = absent(loss.id, name) if not calls and name in frameworks() else None
        return Row(loss=loss, calls=calls, absent=missing)

    rows = tuple(row(loss) for loss in LOSSES.values())
    return Catalogue(framework=name, title=title(name), rows=rows)
