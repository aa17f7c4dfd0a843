"""The per-example losses as a CSV that a person can sort."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .arrays import write_csv
from .layout import Layout

HEADER = ("row", "label", "prediction", "probability", "loss")


def write_losses_csv(
    path: str | Path, rows: dict[str, np.ndarray], layout: Layout, names: Sequence[str] | None
) -> None:
    """Write one line for each counted example: its row, label, prediction, probability of the label, loss."""

    def named(value: Any) -> str:
        if isinstance(value, tuple):
            return " ".join(named(each) for each in value)
        return names[value] if names is not None and value < len(names) else str(value)

    def place(number: int) -> str:
        row = layout.row(number)
        return " ".join(map(str, row)) if isinstance(row, tuple) else str(row)

    write_csv(
        path,
        HEADER,
        (
            (
                place(number),
                named(rows["label"][number]),
                named(rows["prediction"][number]),
                repr(float(rows["probability"][number])),
                repr(float(rows["loss"][number])),
            )
            for number in np.flatnonzero(rows["counted"])
        ),
    )
