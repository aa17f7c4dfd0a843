"""The same numbers from the workers of a cluster as from the threads of this process."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pyarrow as pa
import pytest
import zarr
from dask_processes import Cluster, running
from pyarrow import parquet
from safetensors.numpy import save_file

from ce_core import CepickError, Evaluation, evaluate

ROWS, CLASSES = 6000, 12
RNG = np.random.default_rng(5)
LABELS = RNG.integers(0, CLASSES, ROWS)
LOGITS = RNG.normal(0, 1, (ROWS, CLASSES)).astype(np.float32)
LOGITS[np.arange(ROWS), LABELS] += 3
NAMES = np.array([f"kind {at:02d}" for at in range(CLASSES)])
SHARDS = [0, 1000, 1001, 3500, ROWS]
SMALL = 1 << 14
"""Pieces of 16 KiB: some hundred, so that every worker has many."""


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with running("one", "two") as found:
        yield found


def _each(folder: Path, write: Callable[[Path, np.ndarray, np.ndarray], None]) -> None:
    for number, (first, last) in enumerate(pairwise(SHARDS)):
        write(folder / f"shard{number}", LOGITS[first:last], LABELS[first:last])


def _npy_shards(folder: Path) -> tuple[str, str | None]:
    def write(path: Path, logits: np.ndarray, labels: np.ndarray) -> None:
        np.save(f"{path}.x.npy", logits)
        np.save(f"{path}.y.npy", labels)

    _each(folder, write)
    return f"{folder}/*.x.npy", f"{folder}/*.y.npy"


def _other_shards(folder: Path) -> tuple[str, str | None]:
    predictions, _ = _npy_shards(folder)
    np.save(folder / "labels.npy", LABELS.astype(np.int16))
    return predictions, f"{folder}/labels.npy"


def _table(logits: np.ndarray, labels: np.ndarray, names: bool) -> pa.Table:
    scores = {str(name): logits[:, at] for at, name in enumerate(NAMES)}
    return pa.table({**scores, "label": NAMES[labels] if names else labels})


def _parquet_shards(folder: Path) -> tuple[str, str | None]:
    def write(path: Path, logits: np.ndarray, labels: np.ndarray) -> None:
        parquet.write_table(_table(logits, labels, names=False), f"{path}.parquet", row_group_size=300)

    _each(folder, write)
    return str(folder), None


def _parquet_of_names(folder: Path) -> tuple[str, str | None]:
    parquet.write_table(_table(LOGITS, LABELS, names=True), folder / "a.parquet", row_group_size=700)
    return f"{folder}/a.parquet", None


def _zarr(folder: Path) -> tuple[str, str | None]:
    group = zarr.open_group(folder / "a.zarr", mode="w")
    group.create_array("logits", data=LOGITS, chunks=(500, CLASSES))
    group.create_array("labels", data=LABELS, chunks=(900,))
    return f"{folder}/a.zarr:logits", f"{folder}/a.zarr:labels"


def _hdf5(folder: Path) -> tuple[str, str | None]:
    with h5py.File(folder / "a.h5", "w") as file:
        file["eval/logits"], file["eval/labels"] = LOGITS, LABELS
    return f"{folder}/a.h5:/eval/logits", f"{folder}/a.h5:/eval/labels"


def _safetensors(folder: Path) -> tuple[str, str | None]:
    save_file({"logits": LOGITS, "labels": LABELS}, folder / "a.safetensors")
    return f"{folder}/a.safetensors:logits", f"{folder}/a.safetensors:labels"


def _url(folder: Path) -> tuple[str, str | None]:
    _npy_shards(folder)
    return f"file://{folder}/*.x.npy", f"file://{folder}/*.y.npy"


def _csv(folder: Path) -> tuple[str, str | None]:
    head = ",".join([*NAMES, "label"])
    both = np.column_stack([LOGITS[:600].astype(np.float64), LABELS[:600]])
    np.savetxt(
        folder / "a.csv", both, delimiter=",", header=head, comments="", fmt=["%.4f"] * CLASSES + ["%d"]
    )
    return f"{folder}/a.csv", None


FORMATS: dict[str, Callable[[Path], tuple[str, str | None]]] = {
    "npy shards": _npy_shards,
    "npy shards and labels in one file": _other_shards,
    "parquet shards": _parquet_shards,
    "parquet with names of classes": _parquet_of_names,
    "zarr": _zarr,
    "hdf5": _hdf5,
    "safetensors": _safetensors,
    "URLs": _url,
    "csv": _csv,
}


def same(one: Any, other: Any, where: str = "evaluation") -> None:
    """Tell that two answers are the same, numbers to 1e-12."""
    if is_dataclass(one) and not isinstance(one, type):
        assert type(one) is type(other), where
        for each in fields(one):
            same(getattr(one, each.name), getattr(other, each.name), f"{where}.{each.name}")
    elif isinstance(one, Mapping):
        assert one.keys() == other.keys(), where
        for key in one:
            same(one[key], other[key], f"{where}[{key!r}]")
    elif isinstance(one, (list, tuple)):
        assert len(one) == len(other), where
        for at, (first, second) in enumerate(zip(one, other, strict=True)):
            same(first, second, f"{where}[{at}]")
    elif isinstance(one, np.ndarray):
        np.testing.assert_allclose(one, other, rtol=1e-12, err_msg=where)
    elif isinstance(one, float):
        assert math.isclose(one, other, rel_tol=1e-12, abs_tol=1e-300) or (one != one and other != other), (
            where
        )
    else:
        assert one == other, where


def both(cluster: Cluster, *arrays: Any, **options: Any) -> Evaluation:
    here = evaluate(*arrays, **options)
    there = evaluate(*arrays, **options, engine="dask", scheduler=cluster.address)
    same(here, there)
    return there


@pytest.mark.parametrize("write", FORMATS.values(), ids=FORMATS)
def test_workers_that_open_the_files_compute_the_same(write: Any, cluster: Cluster, tmp_path: Path) -> None:
    answer = both(cluster, *write(tmp_path), block=SMALL)
    assert answer.value is not None
    assert answer.loss == "sparse_softmax_cross_entropy"
    assert answer.diagnostics.temperature is not None


def test_what_goes_row_by_row_is_read_by_the_workers(cluster: Cluster, tmp_path: Path) -> None:
    arrays = _npy_shards(tmp_path)
    np.save(tmp_path / "weights.npy", RNG.random(ROWS))
    np.save(tmp_path / "mask.npy", RNG.random(ROWS) < 0.7)
    answer = both(
        cluster,
        *arrays,
        block=SMALL,
        sample_weights=str(tmp_path / "weights.npy"),
        mask=str(tmp_path / "mask.npy"),
        class_weights=RNG.random(CLASSES),
        label_smoothing=0.1,
        ignore_index=3,
    )
    assert answer.ignored > 0


def test_sequences_and_probabilities_and_labels_are_the_same(cluster: Cluster, tmp_path: Path) -> None:
    logits = RNG.normal(0, 2, (60, 25, 5)).astype(np.float32)
    np.save(tmp_path / "x.npy", logits)
    np.save(tmp_path / "y.npy", RNG.integers(0, 5, (60, 25)))
    np.save(tmp_path / "lengths.npy", RNG.integers(1, 26, 60))
    lengths = str(tmp_path / "lengths.npy")
    arrays = str(tmp_path / "x.npy"), str(tmp_path / "y.npy")
    both(cluster, *arrays, block=300, lengths=lengths, mean_over="sequences")
    np.save(tmp_path / "p.npy", 1 / (1 + np.exp(-logits[:, 0])))
    np.save(tmp_path / "t.npy", (RNG.random((60, 5)) < 0.3).astype(np.float32))
    both(cluster, str(tmp_path / "p.npy"), str(tmp_path / "t.npy"), block=100, exclusive=False)


def test_a_first_block_that_misleads_is_walked_over_again(cluster: Cluster, tmp_path: Path) -> None:
    soft = np.eye(CLASSES)[LABELS]
    soft[4000:] = 0.9 * soft[4000:] + 0.1 / CLASSES  # hard as far as the first block shows
    np.save(tmp_path / "x.npy", np.tile(LOGITS, (2, 1)))
    np.save(tmp_path / "y.npy", np.concatenate([np.eye(CLASSES)[LABELS], soft]))
    answer = both(cluster, str(tmp_path / "x.npy"), str(tmp_path / "y.npy"), block=SMALL)
    assert answer.loss == "softmax_cross_entropy"


def _tasks(cluster: Cluster) -> dict[str, int]:
    """Return how many parts each worker has done so far, by its name."""
    from distributed import Client

    def count(dask_worker: Any) -> int:
        return sum(
            1 for event in dask_worker.state.log if "cepick-look" in str(event[0]) and "memory" in event
        )

    with Client(cluster.address, timeout=10, set_as_default=False) as client:
        done = client.run(count)
        names = {each["id"]: address for address, each in client.scheduler_info()["workers"].items()}
    return {str(name): done[address] for name, address in names.items() if address in done}


def test_both_workers_have_parts(tmp_path: Path) -> None:
    arrays = _npy_shards(tmp_path)
    with running("one", "two") as fresh:
        told: list[tuple[int, int]] = []
        evaluate(
            *arrays,
            block=1 << 10,
            engine="dask",
            scheduler=fresh.address,
            progress=lambda done, total: told.append((done, total)),
        )
        assert set(done := _tasks(fresh)) == {"one", "two"}
        assert min(done.values()) >= 1
    assert told[-1] == (ROWS, ROWS)
    assert len(told) > 4
    assert all(0 < done <= total == ROWS for done, total in told)


def test_a_worker_that_is_lost_in_the_middle_changes_nothing(tmp_path: Path) -> None:
    arrays = _npy_shards(tmp_path)
    options: dict[str, Any] = {"block": 256}  # five rows a piece: over a second of work
    here = evaluate(*arrays, **options)
    seen: list[int] = []
    killed_at: list[int] = []
    with running("one", "two") as fresh:

        def kill(done: int, total: int) -> None:
            seen.append(done)
            if done > total / 4 and not killed_at:
                killed_at.append(done)
                fresh.workers["two"].kill()

        there = evaluate(*arrays, **options, engine="dask", scheduler=fresh.address, progress=kill)
        fresh.workers["two"].wait(10)
        assert list(_tasks(fresh)) == ["one"]
    same(here, there)
    assert killed_at
    assert killed_at[0] < ROWS / 2  # most was still to be done
    assert fresh.workers["two"].returncode == -9


def test_a_worker_that_comes_later_helps(tmp_path: Path) -> None:
    arrays = _npy_shards(tmp_path)
    here = evaluate(*arrays, block=1 << 10)
    with running() as fresh:
        late = threading.Timer(1.0, fresh.add_worker, ("late",))
        late.start()
        there = evaluate(*arrays, block=1 << 10, engine="dask", scheduler=fresh.address)
        late.join()
    same(here, there)


def test_a_file_that_the_workers_do_not_have_is_told_in_one_line(cluster: Cluster, tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    arrays = _npy_shards(here)
    gone: list[bool] = []

    def move(done: int, total: int) -> None:
        if not gone:
            here.rename(there)  # the files are open in this process, and no more where they were
            gone.append(True)

    with running("one") as fresh, pytest.raises(CepickError, match="no such file") as caught:
        evaluate(*arrays, block=256, engine="dask", scheduler=fresh.address, progress=move)
    assert "\n" not in str(caught.value)


def test_the_cluster_is_left_as_it_was(cluster: Cluster, tmp_path: Path) -> None:
    from distributed import Client

    def left(dask_scheduler: Any) -> int:
        return sum("cepick" in str(each) for each in dask_scheduler.tasks)

    evaluate(*_npy_shards(tmp_path), block=SMALL, engine="dask", scheduler=cluster.address)
    with Client(cluster.address, timeout=10, set_as_default=False) as client:
        assert len(client.nthreads()) == 2
        end = time.monotonic() + 10
        while (held := client.run_on_scheduler(left)) and time.monotonic() < end:
            time.sleep(0.1)
    assert held == 0
