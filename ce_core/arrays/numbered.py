"""Names in the order in which people count: part-2 before part-10."""

from __future__ import annotations

import re


def natural(name: str) -> tuple[tuple[bool, int | str], ...]:
    """Return what names are sorted by.

    >>> sorted(["part-10.npy", "part-2.npy"], key=natural)
    ['part-2.npy', 'part-10.npy']
    """
    return tuple(
        (not piece.isdigit(), int(piece) if piece.isdigit() else piece.casefold())
        for piece in re.split(r"(\d+)", name)
        if piece
    )
