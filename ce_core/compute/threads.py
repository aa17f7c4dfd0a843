"""A map over pieces of the arrays, by several threads, whose results come in the order of the pieces.

NumPy lets go of the interpreter's lock while it computes, so that threads share the arrays and still run at once.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from ce_core.errors import CepickError

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

Piece = TypeVar("Piece")
Result = TypeVar("Result")


def usable_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return max(1, os.cpu_count() or 1)


def thread_count(asked: int | None) -> int:
    """Return how many threads to use: as many as asked for, or one for each core this process may use.

    >>> thread_count(3)
    3
    """
    if asked is None:
        return usable_cores()
    if isinstance(asked, bool) or not isinstance(asked, int) or asked < 1:
        raise CepickError(f"threads: {asked!r} is no number of threads; pass a whole number from 1")
    return asked


_KEPT = 1 << 24


def keep_freed_memory() -> None:
    """Have the allocator keep what is freed for the next request, rather than hand it back and fetch it page by page.

    The C library of Linux hands back blocks of more than it has seen freed before: one that is freed untouched moves
    that bound, for the life of the process. Without it a third of the time of a pass goes into fetching pages.
    """
    np.empty(_KEPT, np.uint8)


Shared = Callable[[Callable[[Any], Any], Sequence[Any]], list[Any]]


@contextmanager
def shared(threads: int) -> Iterator[Shared]:
    """Give a map over short lists of pieces, whose threads are started once for all of them, and for no single piece.

    >>> with shared(2) as over:
    ...     over(abs, [-1, 2]), over(len, ["", "a"])
    ([1, 2], [0, 1])
    """
    pools: list[ThreadPoolExecutor] = []

    def over(function: Callable[[Any], Any], pieces: Sequence[Any]) -> list[Any]:
        if threads == 1 or len(pieces) < 2:
            return [function(each) for each in pieces]
        if not pools:
            from concurrent.futures import ThreadPoolExecutor

            pools.append(ThreadPoolExecutor(threads, thread_name_prefix="cepick"))
        return list(pools[0].map(function, pieces))

    try:
        yield over
    finally:
        for pool in pools:
            pool.shutdown(wait=True, cancel_futures=True)


def in_order(
    function: Callable[[Piece], Result], pieces: Iterable[Piece], threads: int
) -> Iterator[tuple[Piece, Result]]:
    """Yield each piece with what the function makes of it, in order; no more than a few are held at a time.

    With one thread, or one piece, all is done in the calling thread, and no other is started. An error, or an
    interruption, stops the others after the piece that they are at.

    >>> [result for _, result in in_order(lambda n: n * n, range(5), threads=2)]
    [0, 1, 4, 9, 16]
    """
    coming = iter(pieces)
    first = list(islice(coming, 2))
    if threads == 1 or len(first) < 2:
        for piece in chain(first, coming):
            yield piece, function(piece)
        return
    from concurrent.futures import Future, ThreadPoolExecutor

    pool = ThreadPoolExecutor(threads, thread_name_prefix="cepick")
    waiting: deque[tuple[Piece, Future[Result]]] = deque()
    try:
        for piece in chain(first, coming):
            waiting.append((piece, pool.submit(function, piece)))
            if len(waiting) > 2 * threads:
                done, future = waiting.popleft()
                yield done, future.result()
        while waiting:
            done, future = waiting.popleft()
            yield done, future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
