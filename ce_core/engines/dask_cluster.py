"""A client of a Dask scheduler that runs, or of a local cluster that is started for one evaluation and closed."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ce_core.arrays.extras import require
from ce_core.errors import CepickError

CONNECT = 4
"""Seconds until a scheduler that does not answer is given up."""
WORKERS = 20
"""Seconds until a scheduler without a single worker is given up."""
_CLOSE = 10


def check_installed() -> None:
    """Raise the line that says how to install Dask where it is not."""
    require("distributed", "engine", "Dask")


@contextmanager
def client_of(scheduler: str) -> Iterator[Any]:
    """Give a client of a scheduler that has workers, and leave it as it was found."""
    distributed = require("distributed", "engine", "Dask")
    try:
        client = _quietly(
            lambda: distributed.Client(scheduler, timeout=CONNECT, set_as_default=False, name="cepick")
        )
    except (OSError, ValueError, TypeError, ImportError) as error:
        why = "does not answer" if isinstance(error, OSError) else "is no address"
        raise CepickError(
            f"scheduler: {scheduler} {why}; start one with 'dask scheduler', and pass its address, such as "
            "tcp://host:8786"
        ) from None
    try:
        _wait_for_workers(client, scheduler)
        yield client
    finally:
        _quietly(lambda: client.close(timeout=_CLOSE))


@contextmanager
def local_client(workers: int) -> Iterator[Any]:
    """Give a client of so many worker processes on this machine, which end with it."""
    distributed = require("distributed", "engine", "Dask")
    cluster = _quietly(
        lambda: distributed.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address=None,
            silence_logs=logging.CRITICAL,
        )
    )
    try:
        client = distributed.Client(cluster, timeout=WORKERS, set_as_default=False)
        try:
            yield client
        finally:
            _quietly(lambda: client.close(timeout=_CLOSE))
    finally:
        _quietly(lambda: cluster.close(timeout=_CLOSE))


def _wait_for_workers(client: Any, scheduler: str) -> None:
    try:
        client.wait_for_workers(1, timeout=WORKERS)
    except (OSError, TimeoutError):
        raise CepickError(
            f"scheduler: {scheduler} has no worker; start some with 'dask worker {scheduler}'"
        ) from None


def _quietly(do: Any) -> Any:
    """Do something without the library's own words about it: what matters is said in one line."""
    log = logging.getLogger("distributed")
    before = log.level
    log.setLevel(logging.CRITICAL)
    try:
        return do()
    finally:
        log.setLevel(before)
