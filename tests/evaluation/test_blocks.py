"""Blocks cover every position once, in order, whatever the rank."""

from __future__ import annotations

from math import prod

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ce_core.read import blocks


@settings(deadline=None)
@given(positions=st.lists(st.integers(1, 5), max_size=4).map(tuple), limit=st.integers(1, 40))
def test_spans_cover_every_position_once_in_order(positions: tuple[int, ...], limit: int) -> None:
    numbers = np.arange(prod(positions)).reshape(positions)
    seen = []
    for span in blocks.spans(positions, limit):
        part = blocks.cut(numbers, span, None)
        assert part.tolist() == list(range(span.start, span.stop))
        assert len(part) <= limit
        seen += part.tolist()
    assert seen == list(range(prod(positions)))


@pytest.mark.parametrize("units", [1, 10, 64, 512, 1000, 50_257, 10_000_000])
def test_a_block_is_bounded_and_holds_at_least_a_row(units: int) -> None:
    rows = blocks.block_rows(units)
    assert rows >= 1
    assert rows == 1 or rows * units <= 8 * blocks.BLOCK_ELEMENTS
    assert rows * units >= min(units, blocks.BLOCK_ELEMENTS / 2)
