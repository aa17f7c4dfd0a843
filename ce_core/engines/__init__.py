"""Who does the work on the pieces of two arrays: the threads of this process, or the workers of a Dask cluster.

Every engine does the same job on the same pieces and adds the same sums; no number depends on the engine by more than
1e-12 of itself. See `ce_core.compute.jobs`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from ce_core.compute.jobs import Job
from ce_core.errors import CepickError, did_you_mean
from ce_core.read.blocks import Span
from ce_core.read.prepare import Prepared

from .threads import Threads

__all__ = ["ENGINES", "Engine", "Progress", "Threads", "check_engine", "engine_of"]

ENGINES = ("threads", "dask")

Progress = Callable[[int, int], None]
"""Is told how many positions are done, and how many there are."""


class Engine(Protocol):
    """Does a job on all pieces of two arrays."""

    threads: int
    """How many threads this process uses for what it does by itself."""

    def results(
        self, job: Job, prepared: Prepared, progress: Progress | None = None
    ) -> Iterator[tuple[Span, Any]]:
        """Yield runs of pieces that follow each other, with the sum of the job's results on them."""


def check_engine(engine: str, scheduler: str | None) -> None:
    """Refuse an engine that there is not, and a scheduler that nobody asks.

    >>> check_engine("threads", None)
    >>> check_engine("threads", "tcp://host:8786")
    Traceback (most recent call last):
    ...
    ce_core.errors.CepickError: scheduler: goes with the engine 'dask'; pass --engine dask too, or leave it out
    """
    if engine not in ENGINES:
        raise CepickError(
            f"engine: {engine!r} is not one of its values; {did_you_mean(str(engine), ENGINES)}"
        )
    if scheduler is not None and engine != "dask":
        raise CepickError("scheduler: goes with the engine 'dask'; pass --engine dask too, or leave it out")


@contextmanager
def engine_of(engine: str, scheduler: str | None, threads: int, **arrays: Any) -> Iterator[Engine]:
    """Give the engine of a name, and close what it started; ``arrays`` say where these are (see `.origins`)."""
    if engine == "threads":
        yield Threads(threads)
        return
    from .dask_engine import dask_engine
    from .origins import origins_of

    with dask_engine(scheduler, threads, origins_of(**arrays)) as found:
        yield found
