from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ce_core.arrays import Source, read_array, read_pair
from ce_core.errors import CepickError


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def pair(both: str, target_column: str | None = None) -> tuple[Source, Source]:
    Path("both.csv").write_text(both)
    return read_pair("both.csv", target_column=target_column)


FOUND = {
    "label": ("a,b,label\n.1,.9,1\n.2,.8,0\n", None, [1, 0]),
    "capitals": ("a,Target,b\n.1,1,.9\n.2,0,.8\n", None, [1, 0]),
    "y": ("y,a,b\n1,.1,.9\n0,.2,.8\n", None, [1, 0]),
    "class": ("class,a,b\n1,.1,.9\n0,.2,.8\n", None, [1, 0]),
    "label-beside-y": ("x,y,label\n.1,.9,1\n.2,.8,0\n", None, [1, 0]),
    "only-text": ("a,b,truth\n.1,.9,b\n.2,.8,a\n", None, ["b", "a"]),
    "only-text-no-header": (".1,.9,b\n.2,.8,a\n", None, ["b", "a"]),
    "text-beside-id": ("id,truth,a,b\nx,b,.1,.9\ny,a,.2,.8\n", None, ["b", "a"]),
    "soft": ("p,target\n.1,.3\n.2,.8\n", None, [0.3, 0.8]),
    "named": ("a,b,truth\n.1,.9,1\n.2,.8,0\n", "truth", [1, 0]),
    "named-other-capitals": ("a,b,Truth\n.1,.9,1\n.2,.8,0\n", "truth", [1, 0]),
    "position": (".1,.9,1\n.2,.8,0\n", "2", [1, 0]),
    "negative": (".1,.9,1\n.2,.8,0\n", "-1", [1, 0]),
    "name-before-position": ("0,1,truth\n.1,1,.9\n.2,0,.8\n", "1", [1, 0]),
    "position-under-header": ("truth,a,b\n1,.1,.9\n0,.2,.8\n", "0", [1, 0]),
}


@pytest.mark.parametrize(("both", "column", "targets"), FOUND.values(), ids=FOUND)
def test_the_target_is_found_in_a_table_of_predictions(
    folder: Path, both: str, column: str | None, targets: list[object]
) -> None:
    scores, found = pair(both, column)
    assert found.array.tolist() == targets
    assert scores.array.dtype == np.float64
    assert scores.array.shape == ((2,) if targets == [0.3, 0.8] else (2, 2))
    assert scores.array.ravel()[:1].tolist() == [0.1]
    if column is None:
        assert any("the target is the column" in note for note in found.note)


def test_the_same_file_twice_is_one_table(folder: Path) -> None:
    Path("both.csv").write_text("a,b,label\n.1,.9,1\n")
    scores, targets = read_pair("both.csv", "both.csv")
    assert (scores.columns, targets.array.tolist()) == (("a", "b"), [1])


def test_scores_of_integers_are_float64_and_say_so(folder: Path) -> None:
    scores, _ = pair("a,b,label\n3,-1,0\n0,2,1\n")
    assert (scores.array.dtype, scores.precision, scores.decimals) == (np.float64, "integer", None)


def test_a_language_called_id_is_a_class_and_numbered_rows_are_not(folder: Path) -> None:
    assert pair("en,de,id,label\n.1,.2,.7,id\n")[0].columns == ("en", "de", "id")
    scores, _ = pair("id,en,de,label\n17,.1,.9,en\n")
    assert scores.columns == ("en", "de")
    assert "identifier" in scores.note[0]


REFUSED = {
    "none": (
        "a,b,c\n.1,.9,1\n",
        None,
        "no column is plainly the target; pass --target-column with one of these: a, b, c",
    ),
    "none-no-header": (
        ".1,.9,1\n.2,.8,0\n",
        None,
        "pass --target-column with one of these: 0 to 2, without names",
    ),
    "two-names": ("p,label,target\n.1,0,1\n", None, "the target may be column 'label' or column 'target'"),
    "two-texts": ("p,u,v\n.1,b,c\n", None, "more than one column holds text"),
    "unknown-name": ("p,truth\n.1,0\n", "trth", "has no column 'trth'; did you mean 'truth'?"),
    "unknown-far": ("p,q\n.1,0\n", "label", "has no column 'label'; choose from p, q"),
    "unknown-no-header": (".1,0\n.2,1\n", "label", "name one by its position (0 to 1, without names)"),
    "position-out-of-range": (".1,0\n.2,1\n", "2", "has no column '2'"),
    "negative-out-of-range": (".1,0\n.2,1\n", "-3", "has no column '-3'"),
    "text-left": (
        "file,p,label\nx,.1,0\n",
        None,
        "column 'file' holds text, not numbers; remove it, or name it 'id'",
    ),
    "like-an-id": (
        "image_id,p,label\n7,.1,0\n",
        None,
        "column 'image_id' looks like an identifier; remove it",
    ),
    "two-targets": (
        "p,label,truth\n.1,0,1\n",
        "truth",
        "column 'label' looks like a target among the predictions",
    ),
    "no-predictions": ("label\n0\n", None, "has no column of predictions (label); add one"),
    "only-id-left": ("id,label\n7,0\n", None, "has no column of predictions (id, label); add one"),
}


@pytest.mark.parametrize(("both", "column", "says"), REFUSED.values(), ids=REFUSED)
def test_an_unclear_table_says_what_to_do(folder: Path, both: str, column: str | None, says: str) -> None:
    with pytest.raises(CepickError) as caught:
        pair(both, column)
    assert str(caught.value).startswith("both.csv: ")
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


TARGET_FILES = {
    "one-column": ("1\n0\n", None, [1, 0]),
    "named-column": ("file,label\nx,1\ny,0\n", None, [1, 0]),
    "asked-for": ("file,truth\nx,1\ny,0\n", "truth", [1, 0]),
    "asked-for-text": ("file,truth\nx,b\ny,a\n", "truth", ["b", "a"]),
    "one-hot": ("a,b\n0,1\n1,0\n", None, [[0, 1], [1, 0]]),
    "soft": ("a,b\n.1,.9\n1,0\n", None, [[0.1, 0.9], [1, 0]]),
    "with-id": ("id,truth\nx,b\ny,a\n", None, ["b", "a"]),
}


@pytest.mark.parametrize(("content", "column", "targets"), TARGET_FILES.values(), ids=TARGET_FILES)
def test_targets_come_from_a_file_of_their_own(
    folder: Path, content: str, column: str | None, targets: list[object]
) -> None:
    Path("p.csv").write_text("a,b\n.1,.9\n.2,.8\n")
    Path("y.csv").write_text(content)
    scores, found = read_pair("p.csv", "y.csv", target_column=column)
    assert scores.columns == ("a", "b")
    assert found.array.tolist() == targets
    assert found.name == "y.csv"


@pytest.mark.parametrize(
    ("content", "targets", "line"),
    [
        ("species\nb\na\n", ["b", "a"], 2),
        ("b\na\n", ["b", "a"], 1),
        ("b\na\nb\nb\n", ["b", "a", "b", "b"], 1),
        ("b\na\nb\n", ["b", "a", "b"], 1),
    ],
    ids=["one-row-more", "as-many-rows", "two-rows-more", "label-that-comes-again"],
)
def test_a_header_above_class_names_shows_by_the_number_of_rows(
    folder: Path, content: str, targets: list[str], line: int
) -> None:
    Path("p.csv").write_text("a,b\n.1,.9\n.2,.8\n")
    Path("y.csv").write_text(content)
    _, found = read_pair("p.csv", "y.csv")
    assert (found.array.tolist(), found.line_of(0)) == (targets, line)
    assert any("taken for the header" in note for note in found.note) == (line == 2)


def test_a_column_is_chosen_beside_predictions_in_a_npy(folder: Path) -> None:
    np.save("p.npy", np.zeros((2, 2)))
    Path("y.csv").write_text("weight,truth\n.5,1\n.5,0\n")
    assert read_pair("p.npy", "y.csv", target_column="truth")[1].array.tolist() == [1, 0]


@pytest.mark.parametrize("content", ["label\n1\n0\n", "cat\ndog\n", "id,label\n1,0\n2,1\n"])
def test_labels_in_the_place_of_predictions_are_noticed(folder: Path, content: str) -> None:
    Path("p.csv").write_text("a,b\n.1,.9\n.2,.8\n")
    Path("y.csv").write_text(content)
    with pytest.raises(CepickError, match="pass the predictions first and the targets second"):
        read_pair("y.csv", "p.csv")


def test_a_column_of_weights_is_read_alone(folder: Path) -> None:
    Path("w.csv").write_text("id,weight\n1,.5\n2,2\n")
    assert read_array("w.csv").array.tolist() == [0.5, 2.0]
    Path("w.csv").write_text("a,b\n1,.5\n2,2\n")
    assert read_array("w.csv", target_column="b").array.tolist() == [0.5, 2.0]
