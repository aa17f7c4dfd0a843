"""A real scheduler and real workers on this machine, each a process of its own, ended by whoever started them."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

DASK = [sys.executable, "-m", "dask"]
WITHIN = 60
"""Seconds that anything may take to start."""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@dataclass
class Cluster:
    """A scheduler and its workers."""

    address: str
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    workers: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [*DASK, *words],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"OMP_NUM_THREADS": "1"},
        )
        self.processes.append(process)
        return process

    def add_worker(self, name: str) -> None:
        """Start a worker without a nanny: one process, which nobody starts again."""
        words = ("worker", self.address, "--name", name, "--nthreads", "1", "--no-nanny", "--no-dashboard")
        self.workers[name] = self.start(*words, "--host", "127.0.0.1", "--memory-limit", "0")

    def stop(self) -> None:
        for process in reversed(self.processes):
            process.terminate()
        for process in self.processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(2)
            process.kill()
            process.wait(10)


@contextlib.contextmanager
def running(*workers: str) -> Iterator[Cluster]:
    """Give a scheduler with workers of these names, and end all of them."""
    port = free_port()
    cluster = Cluster(address=f"tcp://127.0.0.1:{port}")
    try:
        scheduler = cluster.start(
            "scheduler", "--host", "127.0.0.1", "--port", str(port), "--dashboard-address", "127.0.0.1:0"
        )
        for name in workers:
            cluster.add_worker(name)
        wait_for_workers(cluster, len(workers))
        assert scheduler.poll() is None
        yield cluster
    finally:
        cluster.stop()


def wait_for_workers(cluster: Cluster, count: int) -> None:
    from distributed import Client

    end = time.monotonic() + WITHIN
    while True:
        try:
            with Client(cluster.address, timeout=5, set_as_default=False) as client:
                if count:
                    client.wait_for_workers(count, timeout=WITHIN)
            return
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
