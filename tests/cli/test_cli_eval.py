"""`cepick eval`: options reach the core, and what it finds decides how the command ends."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ce_core.compute.evaluate import evaluate

Run = Callable[..., Any]
Pair = tuple[Path, Path]

LOGITS = np.array([[4.0, 0.0, -1.0], [0.5, 1.0, -2.0], [3.0, -2.0, 5.0]], dtype=np.float32)
LABELS = np.array([0, 1, 2])


def value(ended: Any) -> Any:
    return json.loads(ended.out)["value"]


def test_the_value_is_that_of_the_core(cepick: Run, arrays: Pair) -> None:
    ended = cepick("eval", *arrays, "--format", "json")
    assert ended.code == 0
    assert value(ended) == evaluate(LOGITS, LABELS).value


def test_the_plain_value_has_every_digit(cepick: Run, arrays: Pair) -> None:
    lines = dict(line.split("\t", 1) for line in cepick("eval", *arrays).out.splitlines())
    assert lines["loss"] == "sparse_softmax_cross_entropy"
    assert float(lines["value"]) == evaluate(LOGITS, LABELS).value


def test_the_plain_answer_says_what_was_inferred_and_what_overrides_it(cepick: Run, arrays: Pair) -> None:
    lines = [line.split("\t") for line in cepick("eval", *arrays).out.splitlines()]
    inferred = {line[1]: line for line in lines if line[0] == "inferred"}
    assert inferred["outputs"][2] == "logits"
    assert inferred["outputs"][4] == "--probabilities, --log-probabilities"


OPTIONS: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "sum": (("--reduction", "sum"), {"reduction": "sum"}),
    "batch": (("--mean-over", "batch"), {"mean_over": "batch"}),
    "nonzero": (("--mean-over", "nonzero-weights"), {"mean_over": "nonzero_weights"}),
    "bits": (("--base", "bits"), {"base": "bits"}),
    "smoothing": (("--label-smoothing", "0.1"), {"label_smoothing": 0.1}),
    "class-weights": (("--class-weights", "1,2,0.5"), {"class_weights": [1, 2, 0.5]}),
    "sample-weights": (("--sample-weights", "1,0,2"), {"sample_weights": [1, 0, 2]}),
    "ignore": (("--ignore-index", "2"), {"ignore_index": 2}),
    "loss": (
        ("--loss", "optax.softmax_cross_entropy_with_integer_labels"),
        {"loss": "sparse_softmax_cross_entropy"},
    ),
    "dashes": (("--loss", "sparse-softmax-cross-entropy"), {"loss": "sparse_softmax_cross_entropy"}),
}


@pytest.mark.parametrize(("options", "same"), OPTIONS.values(), ids=OPTIONS)
def test_an_option_does_what_its_argument_does_in_python(
    cepick: Run, arrays: Pair, options: tuple[str, ...], same: dict[str, Any]
) -> None:
    plain = evaluate(LOGITS, LABELS).value
    ended = cepick("eval", *arrays, *options, "--format", "json")
    assert value(ended) == evaluate(LOGITS, LABELS, **same).value
    assert value(ended) != plain or options[0] in {"--mean-over", "--loss"}


def test_a_clip_applies_to_probabilities(cepick: Run, tmp_path: Path) -> None:
    probabilities = np.array([[1.0, 0.0], [0.25, 0.75]])
    np.save(tmp_path / "p.npy", probabilities)
    np.save(tmp_path / "y.npy", np.array([1, 1]))
    ended = cepick("eval", tmp_path / "p.npy", tmp_path / "y.npy", "--clip", "1e-7", "--format", "json")
    assert value(ended) == evaluate(probabilities, [1, 1], clip=1e-7).value


def test_weights_may_stand_in_a_file(cepick: Run, arrays: Pair, tmp_path: Path) -> None:
    np.save(tmp_path / "w.npy", np.array([1.0, 2.0, 0.5]))
    ended = cepick("eval", *arrays, "--class-weights", tmp_path / "w.npy", "--format", "json")
    assert value(ended) == evaluate(LOGITS, LABELS, class_weights=[1, 2, 0.5]).value


def test_a_mask_and_lengths_leave_positions_out(cepick: Run, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    logits, labels = rng.normal(size=(2, 4, 5)), rng.integers(0, 5, size=(2, 4))
    mask = np.array([[1, 1, 1, 0], [1, 1, 0, 0]])
    for name, array in (("x", logits), ("y", labels), ("m", mask), ("n", mask.sum(axis=1))):
        np.save(tmp_path / f"{name}.npy", array)
    pair = (tmp_path / "x.npy", tmp_path / "y.npy")
    masked = cepick("eval", *pair, "--mask", tmp_path / "m.npy", "--format", "json")
    cut = cepick("eval", *pair, "--lengths", tmp_path / "n.npy", "--format", "json")
    assert json.loads(masked.out)["ignored"] == json.loads(cut.out)["ignored"] == 3
    assert value(masked) == value(cut) == evaluate(logits, labels, mask=mask).value


def test_losses_and_probabilities_can_be_written(cepick: Run, arrays: Pair, tmp_path: Path) -> None:
    losses, rows, probabilities = (tmp_path / name for name in ("losses.npy", "losses.csv", "softmax.npy"))
    ended = cepick("eval", *arrays, "--out", losses, "--probabilities-out", probabilities, "--format", "json")
    assert cepick("eval", *arrays, "--out", rows).code == 0
    written = np.load(losses)
    assert np.mean(written) == pytest.approx(value(ended), rel=1e-12)
    np.testing.assert_allclose(np.load(probabilities).sum(axis=1), 1, rtol=1e-6)
    with rows.open(encoding="utf-8") as stream:
        table = list(csv.DictReader(stream))
    assert list(table[0]) == ["row", "label", "prediction", "probability", "loss"]
    assert [float(each["loss"]) for each in table] == written.tolist()


def test_one_loss_per_example_has_no_single_value(cepick: Run, arrays: Pair) -> None:
    ended = cepick("eval", *arrays, "--reduction", "none", "--format", "json")
    assert (ended.code, value(ended)) == (0, None)


def test_a_csv_may_hold_predictions_and_targets_and_come_from_standard_input(process: Run) -> None:
    text = "cat,dog,label\n2.0,-1.0,cat\n0.5,1.5,dog\n"
    ended = process("eval", "-", "--target-column", "label", "--format", "json", stdin=text)
    answer = json.loads(ended.out)
    assert (ended.code, ended.err) == (0, "")
    assert answer["value"] == evaluate([[2.0, -1.0], [0.5, 1.5]], [0, 1]).value
    assert [each["name"] for each in answer["diagnostics"]["per_class"]] == ["cat", "dog"]


def test_an_error_that_is_found_is_exit_code_1(cepick: Run, arrays: Pair) -> None:
    np.save(arrays[1], np.array([1, 2, 3]))
    ended = cepick("eval", *arrays)
    assert ended.code == 1
    assert any(line.startswith("finding\tCE202\terror\t") for line in ended.out.splitlines())
    assert cepick("eval", *arrays, "--exit-zero").code == 0


def test_what_the_arrays_cannot_tell_is_asked_for(cepick: Run, tmp_path: Path) -> None:
    np.save(tmp_path / "p.npy", np.array([0.25, 0.75, 0.5]))
    np.save(tmp_path / "y.npy", np.array([0, 1, 1]))
    pair = (tmp_path / "p.npy", tmp_path / "y.npy")
    ended = cepick("eval", *pair, "--format", "json")
    assert (ended.code, json.loads(ended.out)["status"]) == (1, "undecided")
    assert cepick("eval", *pair, "--probabilities").code == 0
    assert cepick("eval", *pair, "--logits").code == 0
    assert cepick("recommend", *pair, "--format", "json").code == 1


def test_nothing_is_written_when_the_arrays_cannot_be_read(cepick: Run, arrays: Pair, tmp_path: Path) -> None:
    arrays[1].write_bytes(b"\x93NUMPY broken")
    ended = cepick("eval", *arrays, "--out", tmp_path / "losses.npy", "--output", tmp_path / "answer.txt")
    assert ended.code == 2
    assert sorted(each.name for each in tmp_path.iterdir()) == ["labels.npy", "logits.npy"]


def test_parts_are_two_words_each_and_follow_the_first_files(
    cepick: Run, arrays: Pair, tmp_path: Path
) -> None:
    parts: list[Any] = []
    for number in (1, 2):
        paths = tmp_path / f"p, {number}.npy", tmp_path / f"y{number}.npy"
        np.save(paths[0], LOGITS + number)
        np.save(paths[1], LABELS[::-1])
        parts += ["--part", *paths]
    ended = cepick("eval", *arrays, *parts, "--format", "json")
    logits, labels = (
        np.concatenate([LOGITS, LOGITS + 1, LOGITS + 2]),
        np.concatenate([LABELS, *[LABELS[::-1]] * 2]),
    )
    assert value(ended) == pytest.approx(evaluate(logits, labels).value, rel=1e-14)
    assert cepick("recommend", *arrays, *parts).code == 0
    np.save(parts[5], LABELS[:2])
    asked = cepick("recommend", *arrays, *parts)
    assert asked.code == 2
    assert f"{parts[5]}: 2 items against 3 in {parts[4]}; pair the parts" in asked.err


@pytest.mark.parametrize("command", ["eval", "recommend"])
@pytest.mark.parametrize("which", [1, 2])
def test_a_part_is_never_written_over(
    cepick: Run, arrays: Pair, tmp_path: Path, command: str, which: int
) -> None:
    paths = tmp_path / "p2.npy", tmp_path / "y2.npy"
    np.save(paths[0], LOGITS)
    np.save(paths[1], LABELS)
    before = paths[which - 1].read_bytes()
    ended = cepick(command, *arrays, "--part", *paths, "--output", paths[which - 1])
    assert ended.code == 2
    assert f"is also --part ({which})" in ended.err
    assert paths[which - 1].read_bytes() == before
