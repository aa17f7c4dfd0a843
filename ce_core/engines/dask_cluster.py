"""A client of a Dask scheduler that runs, or of a local cluster that is started for one evaluation and closed."""

from __future__ import annotations

import logging
import re
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from ce_core.arrays.extras import require
from ce_core.errors import CepickError

CONNECT = 4
"""Seconds until a scheduler that does not answer is given up."""
WORKERS = 10
"""Seconds until a scheduler without a single worker is given up."""
_CLOSE = 10


def check_installed() -> None:
    """Raise the line that says how to install Dask where it is not."""
    require("distributed", "engine", "Dask")


@contextmanager
def client_of(scheduler: str) -> Iterator[Any]:
    """Give a client of a scheduler that has workers, and leave it as it was found."""
    distributed = require("distributed", "engine", "Dask")
    _check_answers(scheduler)
    # A client that found no scheduler would wait for it once more as it is forgotten.
    kind: Any = type("Client", (distributed.Client,), {"__del__": lambda self: None})
    client = _quietly(lambda: _in_time(lambda: kind(scheduler, timeout=CONNECT, set_as_default=False)))
    if client is None:
        raise _unusable(scheduler, "is no Dask scheduler")
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
            scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
            silence_logs=logging.CRITICAL,
        )
    )
    try:
        client = distributed.Client(cluster, timeout=WORKERS, set_as_default=False)
        try:
            client.run(_ignore_interrupts)
            yield client
        finally:
            _quietly(lambda: client.close(timeout=_CLOSE))
    finally:
        _quietly(lambda: cluster.close(timeout=_CLOSE))


def _check_answers(scheduler: str) -> None:
    """Refuse what is no address, and one where nobody listens, before the library waits for it."""
    found = re.fullmatch(r"(?:(?:tcp|tls|ws|wss)://)?\[?([^/\s]+?)\]?:(\d{1,5})/?", scheduler)
    if found is None or int(found[2]) > _PORTS:
        raise _unusable(scheduler, "is no address of a scheduler")
    try:
        socket.create_connection((found[1], int(found[2])), timeout=CONNECT).close()
    except (OSError, UnicodeError):
        raise _unusable(scheduler, "does not answer") from None


_PORTS = 65535


def _in_time(make: Callable[[], Any]) -> Any:
    """Return what is made, or None where that fails or has no end: who answers may be no scheduler at all."""
    made: list[Any] = []

    def try_it() -> None:
        with suppress(Exception):
            made.append(make())

    thread = threading.Thread(target=try_it, daemon=True)
    thread.start()
    thread.join(2 * CONNECT)
    return made[0] if made else None


def _unusable(scheduler: str, why: str) -> CepickError:
    return CepickError(
        f"scheduler: {scheduler} {why}; start one with 'dask scheduler', and pass its address, such as "
        "tcp://host:8786"
    )


def _wait_for_workers(client: Any, scheduler: str) -> None:
    try:
        client.wait_for_workers(1, timeout=WORKERS)
    except (OSError, TimeoutError):
        raise CepickError(
            f"scheduler: {scheduler} has no worker; start some with 'dask worker {scheduler}'"
        ) from None


def _ignore_interrupts() -> None:
    """Have a worker on this machine not see Ctrl-C, which a terminal sends to all: it ends when its cluster does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _quietly(do: Any) -> Any:
    """Do something without the library's own words about it: what matters is said in one line."""
    log = logging.getLogger("distributed")
    before = log.level
    log.setLevel(logging.CRITICAL)
    try:
        return do()
    finally:
        log.setLevel(before)
