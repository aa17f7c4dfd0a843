"""What is written out: the losses and the probabilities, whole or not at all."""

from __future__ import annotations

import csv
import os
from importlib import import_module
from pathlib import Path
from typing import Any

import naive_evaluation as naive
import numpy as np
import pytest
from evaluation_cases import BY_ID, KINDS, Kind, pair

from ce_core import CepickError, evaluate
from ce_core.read import blocks

kinds = pytest.mark.parametrize("kind", KINDS, ids=[kind.id for kind in KINDS])


def lines_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


@kinds
def test_losses_are_written_as_npy_in_the_positions_shape(kind: Kind, tmp_path: Path) -> None:
    data = pair(kind)
    answer = data.evaluated(lengths=[4, 0, 2], losses_to=tmp_path / "losses.npy")
    written = np.load(tmp_path / "losses.npy")
    np.testing.assert_array_equal(written, answer.losses)
    counted = np.arange(4) < np.array([[4], [0], [2]])
    pos = {"pos": 3.0} if kind.takes_pos else {}
    expected = naive.losses(data.asked(counted=counted.reshape(-1).tolist(), **pos))
    np.testing.assert_allclose(written.reshape(-1), expected, rtol=1e-12)
    assert not written[~counted].any()


@kinds
def test_losses_are_written_as_csv_with_what_is_true_and_what_was_predicted(
    kind: Kind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "BLOCK_ELEMENTS", 1)
    data = pair(kind)
    data.evaluated(lengths=[4, 1, 2], losses_to=tmp_path / "losses.csv")
    counted = np.arange(4) < np.array([[4], [1], [2]])
    pos = {"pos": 3.0} if kind.takes_pos else {}
    asked = data.asked(counted=counted.reshape(-1).tolist(), **pos)
    lines = lines_of(tmp_path / "losses.csv")
    assert [line["row"] for line in lines] == [f"{i} {j}" for i, j in np.argwhere(counted).tolist()]
    expected = naive.losses(asked)[counted.reshape(-1)]
    np.testing.assert_allclose([float(line["loss"]) for line in lines], expected, rtol=1e-12)
    worst = {int(np.ravel_multi_index((0, 0), (3, 4))): None} | {
        row: (label, guess, p) for row, label, guess, p, _ in naive.diagnostics(asked)["worst"]
    }
    by_row = {4 * int(line["row"][0]) + int(line["row"][2]): line for line in lines}
    for row, figures in worst.items():
        if figures is None:
            continue
        label, guess, p = figures
        for name, value in (("label", label), ("prediction", guess)):
            text = ";".join(map(str, value)) if isinstance(value, tuple) else str(value)
            assert by_row[row][name] == text
        assert float(by_row[row]["probability"]) == pytest.approx(p, rel=1e-12)


def test_text_labels_keep_their_names_in_the_csv(tmp_path: Path) -> None:
    path = tmp_path / "both.csv"
    path.write_text("cat,dog,owl,label\n2,0,-1,owl\n0.5,1,0,dog\n3,-2,0,cat\n")
    out = tmp_path / "losses.csv"
    answer = evaluate(str(path), losses_to=out)
    assert [(line["label"], line["prediction"]) for line in lines_of(out)] == [
        ("owl", "cat"),
        ("dog", "dog"),
        ("cat", "cat"),
    ]
    worst = answer.diagnostics.worst[0]
    assert (worst.row, worst.line, worst.label, worst.prediction) == (0, 2, "owl", "cat")


def test_several_labels_are_named_and_set_apart_by_semicolons(tmp_path: Path) -> None:
    out = tmp_path / "losses.csv"
    answer = evaluate(
        [[2.0, 3.0], [-1.0, -2.0]],
        [[1, 0], [1, 1]],
        class_names=["sun", "rain"],
        exclusive=False,
        losses_to=out,
    )
    assert [(line["label"], line["prediction"]) for line in lines_of(out)] == [
        ("sun", "sun;rain"),
        ("sun;rain", ""),
    ]
    assert {row.label for row in answer.diagnostics.worst} == {("sun",), ("sun", "rain")}


@pytest.mark.parametrize("axis", [-1, 0, 1, 2])
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16])
def test_probabilities_are_the_softmax_in_its_place(axis: int, dtype: Any, tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    logits = np.moveaxis(rng.normal(scale=3, size=(4, 5, 6)), -1, axis).astype(dtype)
    labels = rng.integers(0, 6, size=(4, 5))
    evaluate(logits, labels, class_axis=axis, probabilities_to=tmp_path / "p.npy")
    written = np.load(tmp_path / "p.npy")
    exact = np.exp(logits.astype(np.float64))
    exact /= exact.sum(axis=axis, keepdims=True)
    assert written.shape == logits.shape
    assert written.dtype == (np.float64 if dtype == np.float64 else np.float32)
    np.testing.assert_allclose(written, exact, rtol=1e-6 if dtype != np.float64 else 1e-13)


def test_probabilities_of_several_class_axes_keep_their_places(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    logits, labels = rng.normal(size=(5, 2, 3, 4)), rng.integers(0, 8, size=(5, 3))
    evaluate(logits, labels, class_axis=(1, 3), probabilities_to=tmp_path / "p.npy")
    exact = np.exp(logits) / np.exp(logits).sum(axis=(1, 3), keepdims=True)
    np.testing.assert_allclose(np.load(tmp_path / "p.npy"), exact, rtol=1e-13)


@pytest.mark.parametrize("shape", [(9,), (9, 1), (9, 3)], ids=str)
def test_probabilities_are_the_sigmoid_where_outcomes_are_independent(
    shape: tuple[int, ...], tmp_path: Path
) -> None:
    rng = np.random.default_rng(3)
    logits, truth = rng.normal(size=shape), (rng.random(shape) < 0.5).astype(float)
    evaluate(logits, truth, loss="sigmoid_cross_entropy", probabilities_to=tmp_path / "p.npy")
    written = np.load(tmp_path / "p.npy")
    np.testing.assert_allclose(written, 1 / (1 + np.exp(-logits)), rtol=1e-13)


def test_probabilities_of_what_is_left_out_are_nan(tmp_path: Path) -> None:
    evaluate([[2.0, 0.0], [0.0, 1.0]], [0, -100], ignore_index=-100, probabilities_to=tmp_path / "p.npy")
    assert np.isnan(np.load(tmp_path / "p.npy")).tolist() == [[False, False], [True, True]]


def test_given_probabilities_are_written_as_they_are(tmp_path: Path) -> None:
    given = np.array([[0.25, 0.75], [1.0, 0.0]])
    evaluate(given, [1, 0], outputs="probabilities", probabilities_to=tmp_path / "p.npy")
    np.testing.assert_array_equal(np.load(tmp_path / "p.npy"), given)


@pytest.mark.parametrize("option", ["losses_to", "probabilities_to"])
@pytest.mark.parametrize("name", ["x.txt", "nowhere/x.npy"])
def test_a_file_that_cannot_be_written_is_refused_before_anything_is_computed(
    option: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = import_module("ce_core.compute.evaluate")
    monkeypatch.setattr(module, "prepare", lambda *_, **__: pytest.fail("computed too early"))
    with pytest.raises(CepickError, match=name.split("/")[-1]):
        evaluate([[2.0, 0.0]], [0], **{option: tmp_path / name})  # type: ignore[arg-type]


def test_nothing_is_left_where_writing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "losses.npy"
    out.write_bytes(b"what was there")

    def fails(*_: Any, **__: Any) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "replace", fails)
    with pytest.raises(CepickError, match=r"losses\.npy: cannot be written"):
        evaluate([[2.0, 0.0]], [0], losses_to=out)
    assert out.read_bytes() == b"what was there"
    assert os.listdir(tmp_path) == ["losses.npy"]


def test_nothing_is_written_where_no_value_exists(tmp_path: Path) -> None:
    answer = evaluate(
        [[2.0, 0.0, 1.0]], [7], losses_to=tmp_path / "l.npy", probabilities_to=tmp_path / "p.npy"
    )
    assert answer.value is None
    assert answer.failed
    assert os.listdir(tmp_path) == []


def test_losses_are_kept_only_when_asked_for() -> None:
    data = pair(BY_ID["sparse_softmax_cross_entropy-index-7"])
    assert data.evaluated().losses is None
    assert data.evaluated(keep=True).losses is not None
    assert data.evaluated(reduction="none").losses is not None
