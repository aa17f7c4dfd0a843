"""Labels that belong to the row, or the step, before or after."""

from __future__ import annotations

from collections.abc import Iterator

from .reading import Reading
from .sample import Sample

_LEAST_ITEMS = 3


def shifted(sample: Sample) -> Iterator[Reading]:
    """Yield the readings in which each prediction goes with the target one place away, along each axis of positions."""
    positions = sample.layout.positions
    for axis, size in enumerate(positions):
        if size < _LEAST_ITEMS:
            continue
        for step in (1, -1):
            targets, where = sample.compact_neighbours(axis, step)
            yield Reading(
                code="CE307",
                name=f"one {'further' if step > 0 else 'back'} along axis {axis}",
                targets=targets,
                where=where,
                facts={"axis": axis, "step": step},
            )
