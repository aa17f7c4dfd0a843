from __future__ import annotations

import io
import os
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from ce_core.arrays import read_array, read_pair
from ce_core.errors import CepickError


def refuse(path: str) -> str:
    with pytest.raises(CepickError) as caught:
        read_array(path)
    message = str(caught.value)
    assert "\n" not in message
    assert "; " in message
    assert message.startswith(f"{path}: ")
    return message.removeprefix(f"{path}: ")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    np.save("logits.npy", np.zeros((2, 3)))
    return tmp_path


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("logit.npy", "no such file; did you mean 'logits.npy'?"),
        ("zzz.csv", "no such file; check the path"),
        ("runs/logits.npy", "no such file; there is no folder 'runs'"),
        ("logits.npy/x.npy", "no such file; there is no folder 'logits.npy'"),
        ("x\0.npy", None),
        ("n" * 5000 + ".npy", None),
    ],
    ids=["near", "far", "no-folder", "file-as-folder", "zero-byte", "too-long"],
)
def test_a_missing_file_is_named_with_the_nearest_one(folder: Path, path: str, says: str | None) -> None:
    with pytest.raises(CepickError) as caught:
        read_array(path)
    assert "\n" not in str(caught.value)
    if says is not None:
        assert str(caught.value) == f"{path}: {says}"


def test_a_missing_archive_is_named_without_its_key(folder: Path) -> None:
    with pytest.raises(CepickError, match=r"^both\.npz: no such file"):
        read_array("both.npz:logits")


def test_missing_targets_are_noticed_before_the_predictions_are_read(folder: Path) -> None:
    Path("broken.npy").write_bytes(b"not an array")
    with pytest.raises(CepickError, match=r"^labels\.npy: no such file"):
        read_pair("broken.npy", "labels.npy")


def test_a_directory_is_refused(folder: Path) -> None:
    Path("run.npy").mkdir()
    assert refuse("run.npy").startswith("is a directory")
    assert refuse(".").startswith("is a directory")


@pytest.mark.parametrize("name", ["x.npy", "x.npz", "x.csv", "x.tsv", "x.csv.gz"])
def test_an_empty_file_is_refused(folder: Path, name: str) -> None:
    Path(name).touch()
    assert refuse(name).startswith("is empty")


@pytest.mark.parametrize(
    ("name", "says"),
    [
        (
            "x.json",
            "cannot read .json; readable are .npy, .npz, .csv, .tsv, .csv.gz, .tsv.gz, .safetensors, .parquet, "
            ".feather, .h5, .zarr, and -",
        ),
        ("x", "cannot read a file without extension; readable are"),
        ("x.json.gz", "cannot read .json.gz; readable are"),
        ("x.npy.gz", ".npy.gz is not read; unpack it with gunzip"),
        ("x.pkl", "pickles are not read; a pickle can run code"),
    ],
)
def test_an_unknown_extension_says_what_is_readable(folder: Path, name: str, says: str) -> None:
    Path(name).write_bytes(b"content")
    assert refuse(name).startswith(says)


@pytest.mark.parametrize("name", ["x.pt", "x.pth", "X.PT"])
def test_a_torch_file_is_refused_with_the_line_that_converts_it(folder: Path, name: str) -> None:
    Path(name).write_bytes(b"content")
    to = Path(name).stem + ".npy"
    assert refuse(name) == (
        f"PyTorch files are not read; convert it: python -c \"import torch, numpy; numpy.save('{to}', "
        f"torch.load('{name}', weights_only=True).detach().float().cpu().numpy())\""
    )


@pytest.mark.parametrize("name", ["logits.npy", "x.npz", "x.csv"])
@pytest.mark.parametrize(
    ("error", "says"),
    [
        (PermissionError(13, "Permission denied"), "permission denied"),
        (OSError(5, "Input/output error"), "cannot be read (Input/output error)"),
        (MemoryError(), "does not fit into memory"),
    ],
    ids=["permission", "disk", "memory"],
)
def test_what_the_system_refuses_is_one_clear_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, error: BaseException, says: str
) -> None:
    def fail(*_: object) -> None:
        raise error

    Path(name).write_bytes(b"content")
    monkeypatch.setattr("ce_core.arrays.paths.open", fail, raising=False)
    assert refuse(name).startswith(says)


def test_a_pipe_cannot_be_mapped(folder: Path) -> None:
    os.mkfifo("pipe.npy")
    # Open for reading and writing, so that neither end waits for the other.
    held = os.open("pipe.npy", os.O_RDWR)
    try:
        assert refuse("pipe.npy").startswith("is not a regular file")
    finally:
        os.close(held)


def stdin_of(monkeypatch: pytest.MonkeyPatch, content: bytes) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(content)))


def test_a_dash_reads_csv_from_standard_input(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stdin_of(monkeypatch, b"a,b,label\n0.5,0.5,b\n")
    scores, labels = read_pair("-")
    assert (scores.name, scores.array.tolist(), labels.array.tolist()) == ("-", [[0.5, 0.5]], ["b"])


def test_a_dash_may_stand_for_the_targets_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stdin_of(monkeypatch, b"1\n0\n")
    assert read_pair("logits.npy", "-")[1].array.tolist() == [1, 0]


def test_standard_input_cannot_be_both(monkeypatch: pytest.MonkeyPatch) -> None:
    stdin_of(monkeypatch, b"1\n")
    with pytest.raises(CepickError, match=r"^-: standard input can be read only once"):
        read_pair("-", "-")


def test_empty_standard_input_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    stdin_of(monkeypatch, b"")
    assert refuse("-").startswith("standard input is empty")


def test_bfloat16_is_not_for_text(folder: Path) -> None:
    Path("x.csv").write_text("1\n")
    with pytest.raises(CepickError, match="is text, so dtype bfloat16 does not apply"):
        read_array("x.csv", dtype="bfloat16")
