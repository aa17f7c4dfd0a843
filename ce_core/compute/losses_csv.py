"""The per-example losses as a CSV that a person can sort."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from ce_core.arrays import write_csv
from ce_core.read.layout import Layout

HEADER = ("row", "label", "prediction", "probability", "loss")


def write_losses_csv(
    path: str | Path, columns: Mapping[str, np.ndarray], layout: Layout, names: Sequence[str] | None
) -> None:
    """Write one line for each counted example: its row, label, prediction, probability of the label (if any), loss.

    The indices of a row of several axes are set apart by spaces, several labels by semicolons.
    """

    def named(value: int) -> str:
        return names[value] if names is not None and value < len(names) else str(value)

    def text(value: np.ndarray) -> str:
        if value.dtype.kind == "f" and not np.ndim(value):
            return repr(float(value))
        return ";".join(map(named, np.flatnonzero(value).tolist())) if np.ndim(value) else named(int(value))

    def probability(value: np.ndarray) -> str:
        return "" if np.isnan(value) else repr(float(value))

    def place(number: int) -> str:
        row = layout.row(number)
        return " ".join(map(str, row)) if isinstance(row, tuple) else str(row)

    write_csv(
        str(path),
        HEADER,
        (
            (
                place(number),
                text(columns["label"][number]),
                text(columns["prediction"][number]),
                probability(columns["probability"][number]),
                repr(float(columns["loss"][number])),
            )
            for number in np.flatnonzero(columns["counted"]).tolist()
        ),
    )
