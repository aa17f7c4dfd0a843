"""Keeping what is wanted row by row: the losses, the probabilities, and the columns of the CSV."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ce_core.arrays import Source
from ce_core.read.layout import Layout
from ce_core.read.prepare import Prepared

from .measure import Measured
from .plan import Plan

if TYPE_CHECKING:
    from .examples import Collected, Examples


class Keeper:
    """Collect from the blocks of a pass what has one entry for each example.

    Losses are 0 and probabilities NaN where a position is left out.
    """

    def __init__(
        self,
        prepared: Prepared,
        *,
        losses: bool,
        probabilities: bool,
        columns: bool,
        examples: Collected | None = None,
    ) -> None:
        layout = prepared.layout
        self.examples = examples
        self.losses = np.zeros(layout.positions) if losses else None
        self.probabilities: np.ndarray | None = None
        self._by_row: np.ndarray | None = None
        if probabilities:
            kind = _float_type(prepared.predictions)
            self._by_row = np.full((layout.rows, layout.units), np.nan, dtype=kind)
            self.probabilities = _as_predictions(self._by_row, layout)
        self.columns: dict[str, np.ndarray] | None = None
        """For the CSV: ``counted``, ``label``, ``prediction``, ``probability`` and ``loss``, by position."""
        if columns:
            self.columns = {
                "counted": np.zeros(layout.rows, dtype=bool),
                "probability": np.zeros(layout.rows),
                "loss": np.zeros(layout.rows),
            }

    @property
    def by_row(self) -> str:
        """Return what is kept of each row: "all" of it, its "loss", or "nothing"."""
        if self.columns is not None or self._by_row is not None or self.examples is not None:
            return "all"
        return "nothing" if self.losses is None else "loss"

    def take(self, measured: Measured) -> None:
        """Keep the rows of one block."""
        rows = measured.numbers
        if self.losses is not None:
            self.losses.reshape(-1)[rows] = measured.losses
        if self.examples is not None:
            self.examples.take(measured)
        if self._by_row is not None:
            self._by_row[rows] = measured.probabilities()
        if self.columns is None:
            return
        for name, values in (("label", measured.labels), ("prediction", measured.predicted)):
            if name not in self.columns:
                self.columns[name] = np.zeros((len(self.columns["loss"]), *values.shape[1:]), values.dtype)
            self.columns[name][rows] = values
        self.columns["counted"][rows] = True
        self.columns["probability"][rows] = measured.true_probability
        self.columns["loss"][rows] = measured.losses

    def kept_examples(self, plan: Plan) -> Examples | None:
        """Return what each example adds under a plan, where it was asked for."""
        if self.examples is None or self.losses is None:
            return None
        return self.examples.under(plan, self.losses)

    def set_losses(self, rows: np.ndarray, losses: np.ndarray) -> None:
        """Put other losses in the place of those that were kept."""
        if self.losses is not None:
            self.losses.reshape(-1)[rows] = losses
        if self.columns is not None:
            self.columns["loss"][rows] = losses


def _float_type(source: Source) -> Any:
    return source.array.dtype if source.array.dtype in (np.float32, np.float64) else np.float32


def _as_predictions(by_row: np.ndarray, layout: Layout) -> np.ndarray:
    """Return rows [N, K] as a view of the predictions' shape, with the classes where they were."""
    if not layout.class_axes:
        return by_row.reshape(layout.predictions)
    sizes = tuple(layout.predictions[axis] for axis in layout.class_axes)
    by_axis = by_row.reshape(*layout.positions, *sizes)
    return np.moveaxis(by_axis, range(-len(sizes), 0), layout.class_axes)
