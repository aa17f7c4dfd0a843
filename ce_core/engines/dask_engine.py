"""The workers of a Dask cluster: each opens the files of its pieces, and the sums are added as a tree.

The graph is one task for a run of pieces, and one for every eight sums. A task is a pure function of paths and numbers,
so that Dask repeats what was lost with a worker, and nothing else.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from ce_core.compute.jobs import Job
from ce_core.errors import CepickError
from ce_core.read.blocks import Span, span_at, span_count
from ce_core.read.prepare import Prepared

from .dask_cluster import check_installed, client_of, local_client
from .dask_tasks import Pieces, Shared, do, merge, windows
from .origins import Origins

_TOGETHER = 16
"""So many pieces are one task at most: half a gigabyte of predictions by default."""
_EACH = 8
"""There are at least so many tasks for each worker, where there are as many pieces."""
_FAN = 8
"""So many sums are added by one task."""


@contextmanager
def dask_engine(scheduler: str | None, threads: int, origins: Origins) -> Iterator[Dask]:
    """Give the engine of a scheduler, or of as many local workers as threads, which start when they have work."""
    check_installed()
    with ExitStack() as stack:
        client = None if scheduler is None else stack.enter_context(client_of(scheduler))
        yield Dask(client, threads, origins, stack)


class Dask:
    """Has the workers of a cluster do a job on all pieces of two arrays."""

    def __init__(self, client: Any, threads: int, origins: Origins, stack: ExitStack) -> None:
        self.threads = threads
        self._client, self._origins, self._stack = client, origins, stack

    def results(self, job: Job, prepared: Prepared, progress: Any = None) -> Iterator[tuple[Span, Any]]:
        """Yield the sum of the job's results on all pieces."""
        _check_read_in_runs(prepared)
        if self._client is None:
            self._client = self._stack.enter_context(local_client(self.threads))
        positions, rows = prepared.layout.positions, prepared.piece_rows
        token = uuid.uuid4().hex
        with _told(self._client, token, prepared.layout.rows, progress) as topic:
            root = _graph(job, prepared, self._origins, self._workers(), token, topic)
            found = _result(self._client, root)
        last = span_at(positions, rows, span_count(positions, rows) - 1)
        yield Span(index=(), start=0, stop=last.stop), found
        if progress is not None:
            progress(last.stop, prepared.layout.rows)

    def _workers(self) -> int:
        return max(1, len(self._client.nthreads()))


def _graph(
    job: Job, prepared: Prepared, origins: Origins, workers: int, token: str, topic: str | None
) -> Any:
    """Return the sum of everything, to be computed: leaves that read, and a tree that adds."""
    from dask.delayed import delayed

    layout, rows = prepared.layout, prepared.piece_rows
    content = Shared.of(token, prepared, job, origins.beside)
    shared = delayed(_as_it_is, traverse=False)(content, dask_key_name=f"cepick-shared-{token}")
    first, second = (
        windows(origins.predictions, prepared.predictions),
        windows(origins.targets, prepared.targets, text=prepared.named),
    )
    text = prepared.names if prepared.named else None
    count = span_count(layout.positions, rows)
    together = max(1, min(_TOGETHER, count // (_EACH * workers)))
    look, add = delayed(do, traverse=False), delayed(merge, traverse=False)
    parts = []
    for at, begin in enumerate(range(0, count, together)):
        end = min(begin + together, count)
        start, stop = _items(layout.positions, rows, begin, end)
        pieces = Pieces(
            first=begin,
            stop=end,
            predictions=first.between(start, stop),
            targets=second.between(start, stop),
            text=text,
        )
        parts.append(look(shared, pieces, topic, dask_key_name=f"cepick-look-{token}-{at}"))
    level = 0
    while len(parts) > 1:
        groups = [parts[at : at + _FAN] for at in range(0, len(parts), _FAN)]
        parts = [
            add(group, dask_key_name=f"cepick-add-{token}-{level}-{at}") for at, group in enumerate(groups)
        ]
        level += 1
    return parts[0]


def _as_it_is(content: Shared) -> Shared:
    return content


def _items(positions: tuple[int, ...], rows: int, begin: int, end: int) -> tuple[int, int]:
    """Return the run of items of the first axis that some pieces touch."""
    first, last = (span_at(positions, rows, at).index[0] for at in (begin, end - 1))
    return (
        first.start if isinstance(first, slice) else first,
        last.stop if isinstance(last, slice) else last + 1,
    )


def _check_read_in_runs(prepared: Prepared) -> None:
    if not prepared.layout.positions or 0 in prepared.layout.class_axes:
        raise CepickError(
            f"{prepared.predictions.name}: its classes lie along the first axis, and the workers of Dask read runs of "
            "items; save it with the classes last, or use threads"
        )
    if prepared.wanted.encoding is not None:
        raise CepickError(
            f"{prepared.targets.name}: is turned into rows as a whole for this loss, which the workers of Dask do not; "
            "use threads"
        )


def _result(client: Any, root: Any) -> Any:
    """Return what a graph computes, and whatever stops it as one line."""
    from distributed import CancelledError, KilledWorker

    future = client.compute(root, optimize_graph=False)
    try:
        return future.result()
    except CepickError:
        raise
    except KilledWorker as error:
        raise CepickError(
            f"engine: {error.allowed_failures + 1} workers ended one after the other on the same part; give them more "
            "memory, or pass a smaller --block"
        ) from None
    except ModuleNotFoundError as error:
        raise CepickError(
            f"engine: a worker has no {error.name}; install cepick there as it is here"
        ) from None
    except (CancelledError, OSError) as error:
        text = " ".join(str(error).split())[:120] or type(error).__name__
        raise CepickError(f"engine: the scheduler was lost ({text}); start it again") from None
    finally:
        future.release()


@contextmanager
def _told(client: Any, token: str, rows: int, progress: Any) -> Iterator[str | None]:
    """Give the topic under which workers tell what they have done, where somebody wants to know."""
    if progress is None:
        yield None
        return
    topic = f"cepick-{token}"
    done: dict[int, int] = {}

    def tell(event: Any) -> None:
        told = event[1]
        done[told["first"]] = told["positions"]  # a part that is done again counts once
        progress(min(rows, sum(done.values())), rows)

    client.subscribe_topic(topic, tell)
    try:
        yield topic
    finally:
        client.unsubscribe_topic(topic)
