from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from ce_core.arrays import check_output, write_array, write_csv
from ce_core.errors import CepickError


def test_an_array_is_written_in_full(tmp_path: Path) -> None:
    path = tmp_path / "losses.npy"
    write_array(path, np.array([0.1, 2.0], np.float32))
    np.testing.assert_array_equal(np.load(path), np.array([0.1, 2.0], np.float32))


def test_an_array_as_csv_has_no_header(tmp_path: Path) -> None:
    path = tmp_path / "losses.csv"
    write_array(str(path), np.array([0.1, np.inf]))
    assert path.read_text() == "0.1\ninf\n"
    write_array(str(path), np.array([[1, 2], [3, 4]]))
    assert path.read_text() == "1,2\n3,4\n"


def test_a_table_is_quoted_where_needed_and_keeps_every_digit(tmp_path: Path) -> None:
    path = tmp_path / "worst.csv"
    third = np.float64(1) / 3
    write_csv(str(path), ["label", "loss"], [["a, b", third], ['say "x"', 1], ["kö", np.float32(0.1)]])
    assert path.read_bytes() == ('label,loss\n"a, b",0.3333333333333333\n"say ""x""",1\nkö,0.1\n'.encode())


def test_the_file_has_the_usual_permissions_and_no_leftovers(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.touch()
    write_array(str(tmp_path / "x.npy"), np.zeros(2))
    assert (tmp_path / "x.npy").stat().st_mode == plain.stat().st_mode
    assert sorted(os.listdir(tmp_path)) == ["plain", "x.npy"]


def test_a_link_keeps_pointing_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "x.csv").symlink_to(tmp_path / "real.csv")
    write_csv(str(tmp_path / "x.csv"), ["a"], [[1]])
    assert (tmp_path / "x.csv").is_symlink()
    assert (tmp_path / "real.csv").read_text() == "a\n1\n"


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ZeroDivisionError()], ids=["interrupt", "mistake"])
def test_rows_that_fail_leave_the_old_file_as_it_was(tmp_path: Path, error: BaseException) -> None:
    def rows() -> Iterator[list[int]]:
        yield [1]
        raise error

    path = tmp_path / "x.csv"
    path.write_text("old\n")
    with pytest.raises(type(error)):
        write_csv(str(path), ["a"], rows())
    assert path.read_text() == "old\n"
    assert os.listdir(tmp_path) == ["x.csv"]


def test_a_full_disk_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np.lib.format, "write_array", fail)
    with pytest.raises(CepickError, match=r"cannot be written \(No space left on device\)"):
        write_array(str(tmp_path / "x.npy"), np.zeros(2))
    assert os.listdir(tmp_path) == []


def test_a_place_that_cannot_be_written_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("run.npy").mkdir()
    refused = {
        "x.txt": "cannot be written as '.txt'; end the name in .npy or .csv",
        "x": "has no ending that says how to write it; end the name in .npy or .csv",
        "runs/x.npy": "there is no folder 'runs'; make it first",
        "run.npy": "is a directory; pass the name of a file",
    }
    for path, says in refused.items():
        with pytest.raises(CepickError) as caught:
            write_array(path, np.zeros(2))
        assert str(caught.value) == f"{path}: {says}"
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(CepickError, match="permission denied"):
        check_output("x.npy")


def test_what_an_ending_cannot_hold_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CepickError, match=r"shape \(1, 1, 1\) does not fit a CSV"):
        write_array(str(tmp_path / "x.csv"), np.zeros((1, 1, 1)))
    with pytest.raises(CepickError, match=r"end the name in \.csv"):
        write_csv(str(tmp_path / "x.npy"), ["a"], [])
    assert os.listdir(tmp_path) == []
