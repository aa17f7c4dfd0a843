"""What every framework's fitting call prints on the arrays: definitions that are named by their call."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ce_core.errors import CepickError

from .combine import Definition
from .loose import Loose
from .opened import Opened
from .space import Reading

if TYPE_CHECKING:
    from ce_core.emulate.results import Group, Member, Rosetta

MOST = 100_000
"""Of arrays with more predictions the emulations are left out: each is a pass of its own."""
_RIGHT, _WRONG = 2.0, 5.0


def printed(every: Sequence[Opened]) -> Loose | None:
    """Return what the calls print, or None where the arrays are too large, or have parts that no call can be told."""
    if any(not _can(each) for each in every):
        return None
    try:
        tables = [_rosetta(each) for each in every]
    except CepickError:  # no framework takes these arrays
        return None
    by_text = [
        {member.text: (group, member) for group in table.groups for member in group.members}
        for table in tables
    ]
    found = []
    for text, (group, member) in by_text[0].items():
        values = [_value(table, text) for table in by_text]
        if member.framework != "any" and all(math.isfinite(each) for each in values):
            found.append(_definition(group, member, tuple(values)))
    return Loose(definitions=tuple(found)) if found else None


def _value(table: dict[str, tuple[Group, Member]], text: str) -> float:
    value = table[text][0].value if text in table else None
    return math.nan if value is None else float(value)


def _definition(group: Group, member: Member, values: tuple[float, ...]) -> Definition:
    cost = _RIGHT if member.mistake is None else _WRONG
    reading = Reading(
        key=member.text,
        head="framework",
        source="",
        loss=None,
        cost=cost,
        mistake=member.mistake,
        says=f"value of {member.text}",
        why="; ".join(each.text for each in group.causes),
        framework=(member.text,),
        variant={"call": member.text},
    )
    return Definition(reading=reading, choices=(), cost=cost, values=values)


def _can(opened: Opened) -> bool:
    prepared = opened.prepared
    counting = prepared.counting
    plain = counting.mask is None and counting.lengths is None and not prepared.said.label_base
    return plain and prepared.layout.rows * prepared.layout.units <= MOST


def _rosetta(opened: Opened) -> Rosetta:
    from ce_core.emulate import rosetta

    prepared = opened.prepared
    layout, settings = prepared.layout, prepared.settings
    predictions = layout.predictions_view(prepared.predictions.whole)
    targets = layout.targets_view(prepared.targets.whole)
    if layout.form == "rows" and layout.units == 1:
        predictions, targets = predictions[..., 0], targets[..., 0]
    if predictions.dtype == np.float64:  # as deep learning computes
        predictions = predictions.astype(np.float32)
    arrays = {
        "class_weights": settings.class_weights,
        "sample_weights": settings.sample_weights,
        "pos_weight": settings.pos_weight,
    }
    return rosetta(
        predictions,
        targets,
        given=opened.given,
        target_form="index" if opened.index else "rows" if opened.exclusive else "scalar",
        label_smoothing=settings.label_smoothing,
        ignore_index=prepared.said.ignore_index if prepared.sentinel is None else prepared.sentinel,
        **{name: None if source is None else source.array for name, source in arrays.items()},
    )
