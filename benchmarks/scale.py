"""How the cost grows with rows, classes and workers, measured on this machine: `python benchmarks/scale.py`.

One shard of 256 MB is written, and linked as often as there are gigabytes to be read: what is read is as large as it
says, and the disk holds it once, so that it stays in the system's memory. What is measured is the cost of the pass and
of Dask, not of a disk. The files are deleted at the end. With `--write FILE` the tables go between the marks of a page.
"""

from __future__ import annotations

import argparse
import logging
import os
import pickle
import platform
import resource
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from ce_core import evaluate
from ce_core.arrays.mapped import let_go
from ce_core.compute.jobs import Walk
from ce_core.compute.plan import make_plan
from ce_core.read.prepare import prepare
from ce_core.read.settings import Settings
from ce_core.task import Task

SHARD = 1 << 28
LOSS = "sparse_softmax_cross_entropy"
MARKS = ("<!-- measured: begin -->", "<!-- measured: end -->")


def write_shard(folder: Path, classes: int) -> int:
    """Write logits of the kind that a trained model gives, and their labels; return the number of rows."""
    rows = SHARD // (4 * classes)
    rng = np.random.default_rng(classes)
    labels = rng.integers(0, classes, rows).astype(np.uint16)
    logits = np.lib.format.open_memmap(
        folder / "logits.npy", mode="w+", dtype=np.float32, shape=(rows, classes)
    )
    step = max(1, (1 << 22) // classes)
    for at in range(0, rows, step):
        part = rng.standard_normal((min(step, rows - at), classes), dtype=np.float32)
        part[np.arange(len(part)), labels[at : at + step]] += rng.uniform(3, 10, len(part)).astype(np.float32)
        logits[at : at + step] = part
        let_go(logits[at : at + step])
    logits.flush()
    np.save(folder / "labels.npy", labels)
    return rows


@contextmanager
def shards(root: Path, classes: int, gigabytes: int) -> Iterator[tuple[str, str]]:
    """Give the globs of so many gigabytes of logits and of their labels, all of them links to one shard."""
    folder = root / f"of-{classes}"
    if not folder.exists():
        folder.mkdir()
        write_shard(folder, classes)
    links = folder / "links"
    links.mkdir()
    for at in range(gigabytes * (1 << 30) // SHARD):
        for name in ("logits", "labels"):
            os.symlink(folder / f"{name}.npy", links / f"{name}-{at}.npy")
    try:
        yield f"{links}/logits-*.npy", f"{links}/labels-*.npy"
    finally:
        shutil.rmtree(links)


class Dask:
    """One local cluster for several measurements: its start is measured apart."""

    def __init__(self, workers: int) -> None:
        from distributed import Client, LocalCluster

        start = time.perf_counter()
        self.cluster = LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            host="127.0.0.1",
            silence_logs=logging.CRITICAL,
            scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
        )
        self.client = Client(self.cluster, set_as_default=False)
        self.client.wait_for_workers(workers)
        self.start = time.perf_counter() - start

    def peak(self) -> float:
        """Return the largest peak of any worker's resident memory, in MB."""

        def held() -> int:
            return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

        return max(self.client.run(held).values()) / 1024

    def timed(self, arrays: tuple[str, str], **how: object) -> tuple[float, float]:
        """Return the seconds of an evaluation, and the CPU seconds of all workers."""
        before = sum(self.client.run(time.process_time).values())
        seconds = timed(arrays, engine="dask", scheduler=self.cluster.scheduler_address, **how)
        return seconds, sum(self.client.run(time.process_time).values()) - before

    def close(self) -> None:
        self.client.close()
        self.cluster.close()


def timed(arrays: tuple[str, str], **how: object) -> float:
    start = time.perf_counter()
    answer = evaluate(*arrays, loss=LOSS, **how)  # type: ignore[arg-type]
    assert answer.value is not None
    return time.perf_counter() - start


def by_rows(root: Path, sizes: list[int], clusters: dict[int, Dask]) -> list[str]:
    lines = [
        "| GB of logits | rows | 2 threads, s | 1 worker, s (CPU) | 2 workers, s (CPU) | 1 → 2 workers |",
        "|---:|---:|---:|---:|---:|---:|",
    ]
    for size in sizes:
        with shards(root, 1000, size) as arrays:
            threads = timed(arrays, threads=2)
            one, two = (each.timed(arrays) for each in clusters.values())
        rows = size * (1 << 30) // SHARD * (SHARD // 4000)
        lines.append(
            f"| {size} | {rows:,} | {threads:.1f} | {one[0]:.1f} ({one[1]:.1f}) | {two[0]:.1f} ({two[1]:.1f}) | "
            f"{one[0] / two[0]:.2f} |"
        )
        print(lines[-1], flush=True)
    return lines


def by_classes(root: Path, cluster: Dask) -> list[str]:
    lines = [
        "| classes | rows in 2 GB | 2 workers, s (CPU) | GB/s a CPU second | one sum, pickled |",
        "|---:|---:|---:|---:|---:|",
    ]
    for classes in (10, 100, 1000, 50257):
        with shards(root, classes, 2) as arrays:
            seconds, cpu = cluster.timed(arrays)
            size = sum_size(*arrays)
        rows = 8 * (SHARD // (4 * classes))
        lines.append(
            f"| {classes:,} | {rows:,} | {seconds:.1f} ({cpu:.1f}) | {2 / cpu:.2f} | {size / 1e6:.2f} MB |"
        )
        print(lines[-1], flush=True)
    return lines


def sum_size(predictions: str, targets: str) -> int:
    """Return how many bytes the sums of one piece take on their way."""
    settings = Settings()
    prepared = prepare(predictions, targets, task=Task(outputs="logits"), settings=settings)
    plan = make_plan(LOSS, prepared.layout, settings, exclusive=True)
    seen = Walk(plan=plan).on(prepared)(next(prepared.pieces()))
    return len(pickle.dumps(seen, protocol=5))


def by_tasks(root: Path, cluster: Dask) -> list[str]:
    """Measure what a task costs beside its work: the same gigabyte in more and more tasks."""
    lines = ["| tasks that read | 1 GB, 2 workers, s (CPU) |", "|---:|---:|"]
    with shards(root, 1000, 1) as arrays:
        for block in (1 << 25, 1 << 21, 1 << 19):
            pieces = -(-(1 << 30) // (block // 4000 * 4000))
            tasks = -(-pieces // max(1, min(16, pieces // 16)))
            seconds, cpu = cluster.timed(arrays, block=block)
            lines.append(f"| {tasks:,} ({block >> 10} KiB a piece) | {seconds:.1f} ({cpu:.1f}) |")
            print(lines[-1], flush=True)
    return lines


def page(sizes: list[int]) -> str:
    root = Path(tempfile.mkdtemp(prefix="cepick-scale-"))
    clusters: dict[int, Dask] = {}
    try:
        clusters = {count: Dask(count) for count in (1, 2)}
        start = ", ".join(f"{count}: {each.start:.1f} s" for count, each in clusters.items())
        with shards(root, 1000, 1) as arrays:  # the workers import what they need, and the file is in memory
            for each in clusters.values():
                each.timed(arrays)
        tables = [by_rows(root, sizes, clusters), by_classes(root, clusters[2]), by_tasks(root, clusters[2])]
        peak = max(each.peak() for each in clusters.values())
    finally:
        for each in clusters.values():
            each.close()
        shutil.rmtree(root)
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    about = (
        f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, "
        f"NumPy {np.__version__}. Start of a local cluster, by workers: {start}. Largest resident memory of a worker "
        f"{peak:,.0f} MB, and of the client {own:,.0f} MB."
    )
    return "\n\n".join([about, *("\n".join(each) for each in tables)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="1,2,4,8,16", help="gigabytes of logits, with commas between them")
    parser.add_argument("--write", type=Path, help="the page whose tables are replaced")
    options = parser.parse_args()
    found = page([int(each) for each in options.sizes.split(",")])
    print(f"\n{found}")
    if options.write is not None:
        before, rest = options.write.read_text().split(MARKS[0])
        after = rest.split(MARKS[1])[1]
        options.write.write_text(f"{before}{MARKS[0]}\n{found}\n{MARKS[1]}{after}")


if __name__ == "__main__":
    main()
