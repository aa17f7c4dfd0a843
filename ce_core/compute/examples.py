"""What each example adds to the loss and to the figures beside it, for whoever compares or slices them.

By position (the predictions' shape without the class axis, flat), ``rows`` of them: where a position does not
count, its weight and all else are 0. Labels are kept small: a class in four bytes, a set of labels in bits.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from ce_core.losses import LOSSES
from ce_core.read.blocks import cut, spans, target_columns
from ce_core.read.counting import Counting
from ce_core.read.layout import Layout
from ce_core.read.prepare import Prepared
from ce_core.records import dataclass

from .measure import Measured
from .plan import Plan

Array = np.ndarray
Shown = int | float | str | tuple[int | str, ...] | None
"""A label or a prediction as it is told: a class or its name, a number, or the labels that are true."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Examples:
    """Every example of an evaluation. Arrays are flat, one entry for each position."""

    prepared: Prepared
    plan: Plan
    losses: Array
    """Without weights, in the unit of the evaluation; 0 where a position does not count."""
    counted: Array
    """Whether the position counts: it is not ignored, masked or beyond its sequence's length."""
    weights: Array
    """The weight of each loss: its sample weight times its class weight."""
    sample: Array
    """The sample weight alone, which hits and Brier scores are weighted by."""
    hits: Array | None
    """How many of its outcomes are predicted right; of exclusive classes 0 or 1."""
    outcomes: Array
    """How many outcomes it has; of exclusive classes 1."""
    right: Array | None
    """Whether all of it is predicted right."""
    brier: Array | None
    labels: Array | None
    """What is true: the class [rows], the number of a regression, or of sets of labels bits [rows, bytes]."""
    predictions: Array | None
    """What is predicted, in the same form."""

    @property
    def layout(self) -> Layout:
        """Return how the two arrays are read together."""
        return self.plan.layout

    @property
    def classes(self) -> int:
        """Return how many classes or labels there are; 0 where targets are numbers or regions."""
        if LOSSES[self.plan.loss.id].family in {"numbers", "regions"}:
            return 0
        return max(2, self.layout.units)

    @property
    def of_sets(self) -> bool:
        """Tell whether an example has a set of labels, rather than one class."""
        return self.labels is not None and self.labels.ndim == 2

    def has_label(self, klass: int) -> Array:
        """Tell for each position whether a class is its label, or among its labels."""
        assert self.labels is not None
        if not self.of_sets:
            return np.asarray(self.labels == klass)
        bit = np.uint8(128 >> klass % 8)
        return np.asarray(self.labels[:, klass // 8] & bit != 0)

    def name(self, klass: int) -> str | int:
        """Return a class's name, or its index where it has none."""
        names = self.prepared.names
        return names[klass] if names is not None and klass < len(names) else klass

    def label(self, number: int) -> Shown:
        """Return what is true at a position."""
        return self._shown(self.labels, number)

    def prediction(self, number: int) -> Shown:
        """Return what is predicted at a position."""
        return self._shown(self.predictions, number)

    def _shown(self, values: Array | None, number: int) -> Shown:
        if values is None:
            return None
        if values.ndim == 2:
            bits = np.unpackbits(values[number], count=self.layout.units)
            return tuple(self.name(each) for each in np.flatnonzero(bits).tolist())
        return float(values[number]) if values.dtype.kind == "f" else self.name(int(values[number]))

    def line(self, number: int) -> int | None:
        """Return the line of a position in a CSV of predictions."""
        return self.prepared.predictions.line_of(number) if len(self.layout.positions) == 1 else None

    @cached_property
    def targets_digest(self) -> str:
        """Return the SHA-256 of the targets' values, whatever their type and file.

        Whole numbers are taken as int64, others as float64, little-endian, with the classes last, behind a line
        with their form and shape.
        """
        return digest_of_targets(self.prepared.counting)

    @cached_property
    def counting_digest(self) -> str:
        """Return the SHA-256 of which positions count and with what weights."""
        from hashlib import sha256

        found = sha256(np.packbits(self.counted).tobytes())
        for values in (self.weights, self.sample, self.outcomes):
            # The same weights from another type of file may differ in their last bits.
            with np.errstate(over="ignore"):
                found.update(values.astype("<f4").tobytes())
        return found.hexdigest()


def digest_of_targets(counting: Counting) -> str:
    """Return the SHA-256 of targets in one form, block by block."""
    from hashlib import sha256

    layout, columns = counting.layout, target_columns(counting.layout)
    every = list(spans(layout.positions, max(1, (1 << 20) // (columns or 1))))
    whole = all(_are_whole(cut(counting.targets, span, columns)) for span in every)
    shape = [*layout.positions, *([columns] if columns is not None and layout.class_axes else [])]
    if shape[-1:] == [1] and columns == 1:
        shape = shape[:-1]  # [N, 1] holds the same targets as [N]
    form = "<i8" if whole else "<f8"
    found = sha256(f"{form} {shape}\n".encode())
    for span in every:
        part = np.ascontiguousarray(cut(counting.targets, span, columns))
        found.update(part.astype(form, copy=False).tobytes())
        counting.let_go_labels(span)
    return found.hexdigest()


def _are_whole(values: Array) -> bool:
    """Tell whether values are whole numbers that int64 holds."""
    if values.dtype.kind != "f":
        return bool(values.dtype.kind != "u" or values.dtype.itemsize < 8 or not (values >> 63).any())
    with np.errstate(invalid="ignore"):  # NaN and infinity are no whole numbers
        return bool(((values == np.floor(values)) & (np.abs(values) < 2.0**62)).all())


class Collected:
    """Collect from the blocks of a pass what `Examples` holds."""

    def __init__(self, prepared: Prepared) -> None:
        self.prepared = prepared
        rows = prepared.layout.rows
        self._rows, self._units = rows, prepared.layout.units
        self._kept: dict[str, Any] = {
            "counted": np.zeros(rows, dtype=bool),
            "weights": np.zeros(rows),
            "sample": np.zeros(rows),
            "outcomes": np.zeros(rows, dtype=np.float32),
        }

    def take(self, measured: Measured) -> None:
        """Keep the rows of one block."""
        assert measured.tally is not None
        with np.errstate(invalid="ignore", over="ignore"):  # of rows that are not finite
            tally = measured.tally()
        rows = measured.numbers
        self._kept["counted"][rows] = True
        self._put("weights", rows, tally.weights)
        self._put("sample", rows, tally.sample)
        self._put("outcomes", rows, np.broadcast_to(tally.outcomes, rows.shape))
        self._put("hits", rows, tally.hits, np.float32)
        self._put("right", rows, tally.right, bool)
        self._put("brier", rows, tally.brier, np.float64)
        for name, values in (("labels", measured.labels), ("predictions", measured.predicted)):
            if values.ndim == 2:
                if values.shape[1]:
                    self._put(name, rows, np.packbits(values.astype(bool), axis=1), np.uint8)
            else:
                self._put(name, rows, values, np.float64 if values.dtype.kind == "f" else np.int32)

    def _put(self, name: str, rows: Array, values: Array | None, kind: Any = None) -> None:
        if values is None:
            return
        if name not in self._kept:
            self._kept[name] = np.zeros((self._rows, *values.shape[1:]), dtype=kind)
        self._kept[name][rows] = values

    def under(self, plan: Plan, losses: Array) -> Examples:
        """Return the examples of a plan, with their losses."""
        missing = ("hits", "right", "brier", "labels", "predictions")
        given: dict[str, Any] = dict.fromkeys(missing) | self._kept
        return Examples(prepared=self.prepared, plan=plan, losses=losses.reshape(-1), **given)
