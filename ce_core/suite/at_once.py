"""Long jobs several at a time, whose results come in their order, and which an interruption does not wait for."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

Job = TypeVar("Job")
Result = TypeVar("Result")


def at_once(function: Callable[[Job], Result], jobs: Sequence[Job], threads: int) -> Iterator[Result]:
    """Yield what the function makes of each job, in order, with so many at work at a time.

    The threads are daemons: whoever stops waiting, as at an interruption, need not wait until their jobs are done,
    which may take minutes. An error of a job is raised where its result would come.

    >>> list(at_once(lambda n: n * n, range(5), threads=2))
    [0, 1, 4, 9, 16]
    """
    if threads == 1 or len(jobs) < 2:
        yield from map(function, jobs)
        return
    done = [threading.Event() for _ in jobs]
    outcomes: list[tuple[Result | None, BaseException | None]] = [(None, None)] * len(jobs)
    coming = iter(range(len(jobs)))
    lock, stopped = threading.Lock(), threading.Event()

    def work() -> None:
        while not stopped.is_set():
            with lock:
                at = next(coming, None)
            if at is None:
                return
            try:
                outcomes[at] = (function(jobs[at]), None)
            except BaseException as error:
                outcomes[at] = (None, error)
            done[at].set()

    for number in range(min(threads, len(jobs))):
        threading.Thread(target=work, name=f"cepick check {number}", daemon=True).start()
    try:
        for at, event in enumerate(done):
            event.wait()
            result, error = outcomes[at]
            if error is not None:
                raise error
            yield result  # type: ignore[misc]
    finally:
        stopped.set()
