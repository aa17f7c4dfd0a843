"""Arrays of other formats: each is read in runs, and gives the values that its own library wrote."""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pyarrow as pa
import pytest
import zarr
from pyarrow import feather, parquet
from safetensors.numpy import save_file

from ce_core import CepickError, evaluate
from ce_core.arrays import Stored, read_array, read_pair
from ce_core.arrays.mapped import Mapped

ROWS, CLASSES = 57, 5
RNG = np.random.default_rng(0)
LOGITS = RNG.normal(0, 2, (ROWS, CLASSES)).astype(np.float32)
LABELS = RNG.integers(0, CLASSES, ROWS)
VALUE = evaluate(LOGITS, LABELS).value


def _table(columns: bool = True) -> pa.Table:
    scores = {f"c{at}": LOGITS[:, at] for at in range(CLASSES)} if columns else {"logits": list(LOGITS)}
    return pa.table({**scores, "label": LABELS})


def _npy(folder: Path) -> tuple[str, str | None]:
    np.save(folder / "p.npy", LOGITS)
    np.save(folder / "t.npy", LABELS)
    return str(folder / "p.npy"), str(folder / "t.npy")


def _safetensors(folder: Path) -> tuple[str, str | None]:
    save_file({"logits": LOGITS, "labels": LABELS}, folder / "a.safetensors")
    return f"{folder}/a.safetensors:logits", f"{folder}/a.safetensors:labels"


def _hdf5(folder: Path) -> tuple[str, str | None]:
    with h5py.File(folder / "a.h5", "w") as file:
        file["eval/logits"], file["eval/labels"] = LOGITS, LABELS
    return f"{folder}/a.h5:/eval/logits", f"{folder}/a.h5:eval/labels"


def _zarr(folder: Path) -> tuple[str, str | None]:
    group = zarr.open_group(folder / "a.zarr", mode="w")
    group.create_array("run/logits", data=LOGITS, chunks=(10, CLASSES))
    group.create_array("run/labels", data=LABELS, chunks=(7,))
    return f"{folder}/a.zarr:run/logits", f"{folder}/a.zarr:run/labels"


def _parquet(folder: Path) -> tuple[str, str | None]:
    parquet.write_table(_table(), folder / "a.parquet", row_group_size=10)
    return f"{folder}/a.parquet", None


def _lists(folder: Path) -> tuple[str, str | None]:
    parquet.write_table(_table(columns=False), folder / "a.parquet", row_group_size=10)
    return f"{folder}/a.parquet", None


def _feather(folder: Path) -> tuple[str, str | None]:
    feather.write_feather(_table(), str(folder / "a.feather"), chunksize=10)
    return f"{folder}/a.feather", None


FORMATS: dict[str, Callable[[Path], tuple[str, str | None]]] = {
    "npy": _npy,
    "safetensors": _safetensors,
    "hdf5": _hdf5,
    "zarr": _zarr,
    "parquet": _parquet,
    "parquet of lists": _lists,
    "feather": _feather,
}


@pytest.mark.parametrize("write", FORMATS.values(), ids=FORMATS)
def test_an_evaluation_is_the_same_from_every_format(write: Any, tmp_path: Path) -> None:
    predictions, targets = write(tmp_path)
    assert evaluate(predictions, targets).value == pytest.approx(VALUE, rel=1e-14)


MAPPED = ("npy", "safetensors")
"""Formats whose values lie in the file as they do in memory: their arrays are mapped."""
IN_RUNS = {name: write for name, write in FORMATS.items() if name not in MAPPED}


@pytest.mark.parametrize("write", [FORMATS[name] for name in MAPPED], ids=MAPPED)
def test_what_lies_in_a_file_as_in_memory_is_mapped(write: Any, tmp_path: Path) -> None:
    source, _ = read_pair(*write(tmp_path))
    assert isinstance(source.array, np.ndarray)
    assert not source.array.flags.writeable
    base: Any = source.array
    while isinstance(base, np.ndarray):
        base = base.base
    assert isinstance(getattr(base, "obj", base), Mapped)
    np.testing.assert_array_equal(source.array, LOGITS)


@pytest.mark.parametrize("write", IN_RUNS.values(), ids=IN_RUNS)
def test_what_is_stored_is_read_in_runs(write: Any, tmp_path: Path) -> None:
    source, _ = read_pair(*write(tmp_path))
    stored = source.array
    assert isinstance(stored, Stored)
    assert (stored.shape, stored.dtype, stored.ndim, stored.size) == (
        (ROWS, CLASSES),
        np.float32,
        2,
        LOGITS.size,
    )
    np.testing.assert_array_equal(stored.read(8, 31), LOGITS[8:31])
    np.testing.assert_array_equal(np.asarray(stored), LOGITS)
    np.testing.assert_array_equal(stored[5], LOGITS[5])
    np.testing.assert_array_equal(stored[-1, 2], LOGITS[-1, 2])
    np.testing.assert_array_equal(stored[3:40:4, 1], LOGITS[3:40:4, 1])
    np.testing.assert_array_equal(stored[[50, 3, 3, 11]], LOGITS[[50, 3, 3, 11]])
    np.testing.assert_array_equal(stored[LABELS == 2], LOGITS[LABELS == 2])
    assert stored.read(4, 4).shape == (0, CLASSES)


@pytest.mark.parametrize("axis", [1, 2])
def test_a_stored_array_has_its_classes_along_any_axis(axis: int, tmp_path: Path) -> None:
    logits = np.random.default_rng(1).normal(0, 2, (9, 4, 6)).astype(np.float32)
    labels = np.random.default_rng(2).integers(0, logits.shape[axis], np.delete(logits.shape, axis))
    np.save(tmp_path / "p.npy", logits)
    np.save(tmp_path / "t.npy", labels)
    found = evaluate(str(tmp_path / "p.npy"), str(tmp_path / "t.npy"), class_axis=axis)
    assert found.value == pytest.approx(evaluate(logits, labels, class_axis=axis).value, rel=1e-14)


def test_classes_along_the_first_axis_of_a_file_are_read_whole(tmp_path: Path) -> None:
    np.save(tmp_path / "p.npy", np.ascontiguousarray(LOGITS.T))
    np.save(tmp_path / "t.npy", LABELS)
    found = evaluate(str(tmp_path / "p.npy"), str(tmp_path / "t.npy"), class_axis=0)
    assert found.value == pytest.approx(VALUE, rel=1e-14)


def test_bfloat16_is_widened_as_it_is_read(tmp_path: Path) -> None:
    raw = (LOGITS.view(np.uint32) >> 16).astype(np.uint16)
    np.save(tmp_path / "p.npy", raw)
    np.save(tmp_path / "t.npy", LABELS)
    widened = (raw.astype(np.uint32) << 16).view(np.float32)
    found = evaluate(str(tmp_path / "p.npy"), str(tmp_path / "t.npy"), dtype="bfloat16")
    assert found.value == pytest.approx(evaluate(widened, LABELS).value, rel=1e-14)


def test_bfloat16_of_safetensors_needs_no_flag(tmp_path: Path) -> None:
    import torch_free_bfloat16

    torch_free_bfloat16.write(tmp_path / "b.safetensors", LOGITS)
    source = read_array(str(tmp_path / "b.safetensors"))
    assert (source.precision, source.array.dtype) == ("bfloat16", np.float32)
    np.testing.assert_allclose(source.whole, LOGITS, rtol=2.0**-7)


def test_big_endian_and_fortran_arrays_are_read_right(tmp_path: Path) -> None:
    np.save(tmp_path / "big.npy", LOGITS.astype(">f4"))
    np.save(tmp_path / "fortran.npy", np.asfortranarray(LOGITS))
    for name in ("big.npy", "fortran.npy"):
        np.testing.assert_array_equal(read_array(str(tmp_path / name)).whole, LOGITS)


def test_text_labels_of_parquet_are_matched_with_the_columns(tmp_path: Path) -> None:
    names = [f"c{at}" for at in range(CLASSES)]
    table = _table().drop_columns("label").append_column("label", pa.array([names[each] for each in LABELS]))
    parquet.write_table(table, tmp_path / "a.parquet", row_group_size=10)
    assert evaluate(str(tmp_path / "a.parquet")).value == pytest.approx(VALUE, rel=1e-14)


def _missing(tmp_path: Path) -> str:
    values = pa.array([None, *LOGITS[1:, 0].tolist()], pa.float32())
    parquet.write_table(pa.table({"a": values, "b": LOGITS[:, 1]}), tmp_path / "x.parquet")
    return "x.parquet"


def _ragged(tmp_path: Path) -> str:
    parquet.write_table(pa.table({"a": [[1.0, 2.0], [3.0]]}), tmp_path / "x.parquet")
    return "x.parquet"


def _text(tmp_path: Path) -> str:
    parquet.write_table(pa.table({"a": ["x"], "b": ["y"], "c": [1.0]}), tmp_path / "x.parquet")
    return "x.parquet"


def _damaged(name: str) -> Callable[[Path], str]:
    def write(tmp_path: Path) -> str:
        (tmp_path / name).write_bytes(b"\x89 this is something else" * 10)
        return name

    return write


def _cut(tmp_path: Path) -> str:
    save_file({"a": LOGITS}, tmp_path / "x.safetensors")
    content = (tmp_path / "x.safetensors").read_bytes()
    (tmp_path / "x.safetensors").write_bytes(content[:-10])
    return "x.safetensors"


def _two(tmp_path: Path) -> str:
    save_file({"logits": LOGITS, "labels": LABELS}, tmp_path / "x.safetensors")
    return "x.safetensors"


def _typo(tmp_path: Path) -> str:
    return _two(tmp_path) + ":logit"


REFUSED: dict[str, tuple[Callable[[Path], str], str]] = {
    "missing values": (_missing, "column 'a' has missing values; fill them in, or leave them out"),
    "lists of different lengths": (_ragged, "its lists are of different lengths; give each the same"),
    "text among numbers": (_text, "column 'a' holds string, not numbers"),
    "damaged parquet": (_damaged("x.parquet"), "is no Parquet or Feather file that can be read"),
    "damaged feather": (_damaged("x.feather"), "is no Parquet or Feather file that can be read"),
    "damaged hdf5": (_damaged("x.h5"), "is no HDF5 file, or a damaged one"),
    "damaged safetensors": (_damaged("x.safetensors"), "is no whole .safetensors file"),
    "truncated safetensors": (_cut, "is truncated: "),
    "two tensors": (_two, "holds 2 tensors (labels, logits); name one, as in "),
    "a tensor of another name": (_typo, "has no tensor 'logit', only labels, logits; did you mean "),
}


@pytest.mark.parametrize(("write", "says"), REFUSED.values(), ids=REFUSED)
def test_a_file_that_cannot_be_read_is_told_in_one_line(write: Any, says: str, tmp_path: Path) -> None:
    name = str(tmp_path / write(tmp_path))
    with pytest.raises(CepickError) as raised:
        read_array(name).whole.sum()
    assert says in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("write", "module", "extra"),
    [(_parquet, "pyarrow", "arrow"), (_hdf5, "h5py", "hdf5"), (_zarr, "zarr", "zarr")],
)
def test_a_missing_extra_says_what_installs_it(
    write: Any, module: str, extra: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    predictions, targets = write(tmp_path)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(CepickError, match=rf"pip install 'cepick\[{extra}\]'"):
        read_pair(predictions, targets)


def test_a_url_is_read_in_ranges() -> None:
    import io

    import fsspec

    for name, array in (("p.npy", LOGITS), ("t.npy", LABELS)):
        stream = io.BytesIO()
        np.save(stream, array)
        fsspec.filesystem("memory").pipe(f"/run/{name}", stream.getvalue())
    predictions, targets = read_pair("memory://run/p.npy", "memory://run/t.npy")
    assert isinstance(predictions.array, Stored)
    np.testing.assert_array_equal(predictions.array.read(3, 9), LOGITS[3:9])
    assert evaluate("memory://run/p.npy", "memory://run/t.npy").value == pytest.approx(VALUE, rel=1e-14)
    with pytest.raises(CepickError, match="no such file; check the URL"):
        read_array("memory://run/q.npy")
    np.testing.assert_array_equal(targets.whole, LABELS)


@pytest.mark.parametrize("write", [_parquet, _lists, _feather, _hdf5, _zarr])
def test_threads_read_one_file_at_once(write: Any, tmp_path: Path) -> None:
    source, _ = read_pair(*write(tmp_path))
    starts = [start % (ROWS - 3) for start in range(0, 400 * 7, 7)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda start: source.array[start : start + 3], starts))
    for start, part in zip(starts, found, strict=True):
        np.testing.assert_array_equal(part, LOGITS[start : start + 3])


@pytest.mark.parametrize("extension", ["parquet", "feather"])
def test_arrow_files_behind_a_url(tmp_path: Path, extension: str) -> None:
    import fsspec

    columns = {f"c{at}": LOGITS[:, at] for at in range(LOGITS.shape[1])} | {"label": LABELS}
    table, path = pa.table(columns), tmp_path / f"a.{extension}"
    if extension == "parquet":
        parquet.write_table(table, path, row_group_size=200)
    else:
        feather.write_feather(table, path, chunksize=200, compression="uncompressed")
    memory = fsspec.filesystem("memory")
    for at in (1, 2):
        memory.pipe(f"/arrow/{extension}/part-{at}.{extension}", path.read_bytes())
    one = f"memory://arrow/{extension}/part-1.{extension}"
    assert evaluate(one).value == pytest.approx(evaluate(str(path)).value, rel=1e-14)
    both = evaluate(f"memory://arrow/{extension}/part-*.{extension}", threads=2)
    assert both.count == 2 * len(LABELS)
    assert both.value == pytest.approx(evaluate(str(path)).value, rel=1e-14)
    with pytest.raises(CepickError, match="no such file"):
        evaluate(f"memory://arrow/nowhere.{extension}")
    memory.pipe(f"/arrow/broken.{extension}", b"nothing of the kind")
    with pytest.raises(CepickError, match="is no Parquet or Feather file"):
        evaluate(f"memory://arrow/broken.{extension}")
