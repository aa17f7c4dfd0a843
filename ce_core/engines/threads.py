"""The threads of this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ce_core.compute.jobs import Job
from ce_core.compute.threads import in_order
from ce_core.read.blocks import Span
from ce_core.read.prepare import Prepared


class Threads:
    """Share the pieces among so many threads, which all see the same arrays."""

    def __init__(self, threads: int) -> None:
        self.threads = threads

    def results(
        self, job: Job, prepared: Prepared, progress: Callable[[int, int], None] | None = None
    ) -> Iterator[tuple[Span, Any]]:
        """Yield each piece with the job's result on it, in order."""
        for span, found in in_order(job.on(prepared), prepared.pieces(), self.threads):
            yield span, found
            if progress is not None:
                progress(span.stop, prepared.layout.rows)
