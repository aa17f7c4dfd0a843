"""Many files as one: globs, folders and parts, in the order people count."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ce_core import CepickError, evaluate, infer
from ce_core.arrays import read_pair

RNG = np.random.default_rng(3)
LOGITS = RNG.normal(0, 2, (119, 4)).astype(np.float32)
LABELS = RNG.integers(0, 4, 119)
PARTS = 12


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, array in (("p", LOGITS), ("t", LABELS)):
        (tmp_path / name).mkdir()
        for at, part in enumerate(np.array_split(array, PARTS)):
            np.save(tmp_path / name / f"part-{at}.npy", part)
    np.save("labels.npy", LABELS)
    return tmp_path


@pytest.mark.parametrize(
    ("predictions", "targets"),
    [("p", "t"), ("p/*.npy", "t/part-*.npy"), ("p", "labels.npy"), ("p/part-?.npy", "t/part-?.npy")],
)
def test_shards_are_read_as_one_in_natural_order(folder: Path, predictions: str, targets: str) -> None:
    first, second = read_pair(predictions, targets)
    count = len(LOGITS) if "?" not in predictions else sum(map(len, np.array_split(LOGITS, PARTS)[:10]))
    np.testing.assert_array_equal(first.whole, LOGITS[:count])
    np.testing.assert_array_equal(second.whole, LABELS[:count])
    assert f"{12 if count == len(LOGITS) else 10} files, p/part-0.npy to" in first.note[0]


def test_an_evaluation_of_shards_is_that_of_the_whole(folder: Path) -> None:
    assert evaluate("p", "t").value == pytest.approx(evaluate(LOGITS, LABELS).value, rel=1e-14)


def test_parts_follow_the_first_files(folder: Path) -> None:
    parts = [(f"p/part-{at}.npy", f"t/part-{at}.npy") for at in range(1, PARTS)]
    found = evaluate("p/part-0.npy", "t/part-0.npy", parts=parts)
    assert found.value == pytest.approx(evaluate(LOGITS, LABELS).value, rel=1e-14)
    assert infer("p/part-0.npy", "t/part-0.npy", parts=parts).layout.rows == len(LOGITS)


def test_lengths_are_checked_file_by_file(folder: Path) -> None:
    np.save("t/part-3.npy", LABELS[:4])
    with pytest.raises(
        CepickError, match=r"^t/part-3.npy: 4 items against 10 in p/part-3.npy; pair the parts"
    ) as raised:
        evaluate("p", "t")
    assert raised.value.code == "CE301"


def test_csv_files_are_joined_with_their_header(folder: Path) -> None:
    for at, (scores, labels) in enumerate(
        zip(np.array_split(LOGITS, 3), np.array_split(LABELS, 3), strict=True)
    ):
        rows = [
            ",".join(f"{each:.9g}" for each in row) + f",{label}"
            for row, label in zip(scores, labels, strict=True)
        ]
        Path(f"both-{at}.csv").write_text("\n".join(["a,b,c,d,label", *rows]) + "\n")
    first, second = read_pair("both-*.csv")
    assert first.columns == ("a", "b", "c", "d")
    np.testing.assert_array_equal(first.whole.astype(np.float32), LOGITS)
    np.testing.assert_array_equal(second.whole, LABELS)


def _other_shape() -> None:
    np.save("p/part-5.npy", np.zeros((10, 3), np.float32))


def _other_kind() -> None:
    Path("p/extra.csv").write_text("1,2,3,4\n")


def _nothing() -> None:
    for path in Path("p").iterdir():
        path.unlink()


REFUSED = {
    "another shape": (
        _other_shape,
        "p",
        "t",
        r"p/part-5.npy: holds items of shape \[3\], and p/part-0.npy of \[4\]",
    ),
    "several kinds": (
        _other_kind,
        "p",
        "t",
        r"p: names files of several kinds \(.csv, .npy\); name one, as in '\*.csv'",
    ),
    "an empty folder": (_nothing, "p", "t", "p: is a folder without a file of .npy"),
    "a glob of nothing": (lambda: None, "q*.npy", "t", r"q\*.npy: matches no file; check the path"),
}


@pytest.mark.parametrize(("change", "predictions", "targets", "says"), REFUSED.values(), ids=REFUSED)
def test_shards_that_cannot_be_one_array_are_told(
    folder: Path, change: object, predictions: str, targets: str, says: str
) -> None:
    change()  # type: ignore[operator]
    with pytest.raises(CepickError, match=says):
        read_pair(predictions, targets)


def test_parts_go_with_files_only(folder: Path) -> None:
    with pytest.raises(CepickError, match="parts: are files, and the first arrays are not"):
        evaluate(LOGITS, LABELS, parts=[("p/part-0.npy", "t/part-0.npy")])
