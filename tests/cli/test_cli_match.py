"""`cepick match`: options reach the core, its answer decides how the command ends, and every form shows it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import made_answers as made
import pytest

from cepick.render import render

Run = Callable[..., Any]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Stand in for the core: keep what it is asked, and answer with a match made by hand."""
    seen: dict[str, Any] = {"answer": made.match()}

    def match(predictions: Any = None, targets: Any = None, **options: Any) -> Any:
        seen.update(predictions=predictions, targets=targets, options=options)
        return seen["answer"]

    module = ModuleType("ce_core.matching.trace")
    module.match = match  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "ce_core.matching.trace", module)
    return seen


def test_arrays_and_numbers_reach_the_core_as_they_are_typed(cepick: Run, asked: dict[str, Any]) -> None:
    ended = cepick("match", "p.npy", "y.npy", "--value", "1.50", "--value", "-0.3@0:8", "--batch-size", "32")
    assert (ended.code, ended.err) == (0, "")
    assert (asked["predictions"], asked["targets"]) == ("p.npy", "y.npy")
    assert list(asked["options"].pop("task").known()) == []
    assert asked["options"] == {"value": ["1.50", "-0.3@0:8"], "batch_size": 32}


OPTIONS: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "digits": (("--digits", "3"), {"digits": 3}),
    "rtol": (("--rtol", "1e-3"), {"rtol": 1e-3}),
    "class-weights": (("--class-weights", "1,2"), {"class_weights": [1.0, 2.0]}),
    "sample-weights": (("--sample-weights", "w.npy"), {"sample_weights": "w.npy"}),
    "pos-weight": (("--pos-weight", "3"), {"pos_weight": [3.0]}),
    "smoothing": (("--label-smoothing", "0.1"), {"label_smoothing": 0.1}),
    "mask": (("--mask", "m.npy"), {"mask": "m.npy"}),
    "lengths": (("--lengths", "n.npy"), {"lengths": "n.npy"}),
    "column": (("--target-column", "label"), {"target_column": "label"}),
    "dtype": (("--dtype", "bfloat16"), {"dtype": "bfloat16"}),
    "also": (
        ("--also", "p2.npy", "y.npy", "-1.2", "--also", "p3.npy", "y.npy", "1.1"),
        {"also": [("p2.npy", "y.npy", "-1.2"), ("p3.npy", "y.npy", "1.1")]},
    ),
}


@pytest.mark.parametrize(("options", "reaches"), OPTIONS.values(), ids=OPTIONS)
def test_an_option_reaches_the_core_as_a_value(
    cepick: Run, asked: dict[str, Any], options: tuple[str, ...], reaches: dict[str, Any]
) -> None:
    assert cepick("match", "p.npy", "y.npy", "--value", "1.5", *options).code == 0
    del asked["options"]["task"]
    assert asked["options"] == {"value": ["1.5"], **reaches}


def test_the_task_is_said_as_to_every_command(cepick: Run, asked: dict[str, Any]) -> None:
    flags = ("--logits", "--ignore-index", "-100", "--class-axis", "1", "--classes", "7")
    assert cepick("match", "p.npy", "y.npy", "--value", "1.5", *flags).code == 0
    task = asked["options"]["task"]
    assert (task.outputs, task.ignore_index, task.class_axis, task.classes) == ("logits", -100, 1, 7)


def test_one_csv_may_hold_predictions_and_targets(cepick: Run, asked: dict[str, Any]) -> None:
    assert cepick("match", "both.csv", "--value", "1.5").code == 0
    assert (asked["predictions"], asked["targets"]) == ("both.csv", None)


def test_nothing_that_matches_is_exit_code_1(cepick: Run, asked: dict[str, Any]) -> None:
    asked["answer"] = made.no_match()
    ended = cepick("match", "p.npy", "y.npy", "--value", "1.5")
    assert (ended.code, ended.err) == (1, "")
    assert cepick("match", "p.npy", "y.npy", "--value", "1.5", "--exit-zero").code == 0


def test_advice_names_what_is_typed(cepick: Run, asked: dict[str, Any]) -> None:
    asked["answer"] = made.match(advice=("hand over sample_weights: sample_weights, ignore_index",))
    ended = cepick("match", "p.npy", "y.npy", "--value", "1.5")
    assert "advice\thand over --sample-weights: --sample-weights, --ignore-index\n" in ended.out


def test_an_answer_never_goes_over_an_array_that_is_read(cepick: Run, tmp_path: Path) -> None:
    path = tmp_path / "p3.csv"
    path.write_text("0.5,1\n")
    ended = cepick("match", "p.npy", "y.npy", "--value", "1.5", "--also", path, "y.npy", "1.2", "-o", path)
    assert ended.code == 2
    assert "--output" in ended.err
    assert path.read_text() == "0.5,1\n"


def test_without_arrays_the_number_is_looked_up_and_what_was_said_in_vain_is_told(cepick: Run) -> None:
    ended = cepick("match", "--value", "2.3026", "--classes", "10", "--logits")
    assert ended.code == 0
    lines = [line.split("\t") for line in ended.out.splitlines()]
    assert next(line for line in lines if line[0] == "match")[5].startswith("ln 10: ")
    assert ["task", "classes", "10"] in lines
    assert any(
        line[0] == "note" and line[1].endswith("narrows the search; outputs did not") for line in lines
    )
    assert cepick("match", "--value", "2.3026", "--classes", "11").code == 1


def test_plain_text_is_a_line_for_each_explanation_with_full_numbers() -> None:
    lines = [line.split("\t") for line in render("match", made.match(), form="text").splitlines()]
    assert lines[0][:4] == ["logged", "1.5293", "5", "5e-05"]
    assert [line[0] for line in lines].count("match") == 3
    assert [line[0] for line in lines].count("same") == 4
    first = next(line for line in lines if line[0] == "match")
    assert first[1:5] == [
        "1.529313025361485",
        "probabilities-as-logits",
        "sparse_softmax_cross_entropy",
        "activation softmax twice",
    ]
    assert ["left_out", "2"] in lines
    assert ["expected_by_chance", "0.0342"] in lines


def test_plain_text_tells_the_rows_and_values_of_several_numbers() -> None:
    lines = [line.split("\t") for line in render("match", made.matched_batches(), form="text").splitlines()]
    assert [line[4:] for line in lines if line[0] == "logged"] == [
        ["0:512"],
        ["512:1024"],
        ["", "epoch_2.npy", "labels.npy"],
    ]
    assert next(line for line in lines if line[0] == "match")[1] == "1.529313025361485,1.6214,2.0899e-05"


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Any:
    def show(answer: Any, columns: int = 92, colour: bool = False) -> str:
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setenv("TERM", "xterm-256color")
        monkeypatch.setenv("NO_COLOR", "" if colour else "1")
        return render("match", answer, form="text", page=True)

    return show


def test_the_page_tells_the_number_how_sure_it_is_and_then_each_explanation(page: Any) -> None:
    lines = page(made.match()).splitlines()
    assert "1.5293  5 digits: from 1.52925 to 1.52935" in lines[1]
    assert "9 of 1,214 definitions and mistakes give it; by chance alone 0.034 would" in lines[2]
    text = "\n".join(lines)
    assert "probabilities-as-logits  1.5293130  CE102" in text
    assert "same  The same on one-hot rows" in text
    assert "and 1 more that are the same number" in text
    assert (
        text.index("probabilities-as-logits") < text.index("weights-forgotten") < text.index("brier  1.52926")
    )
    assert "2 more match, and are far less likely" in text


def test_the_digits_beyond_those_of_the_log_are_dimmed(page: Any) -> None:
    assert "\x1b[1m1.5293\x1b[0m\x1b[2m130\x1b[0m" in page(made.match(), colour=True)


@pytest.mark.parametrize(
    "answer", [made.match(), made.no_match(), made.not_finite()], ids=["found", "none", "nan"]
)
def test_a_page_is_at_most_a_screenful(page: Any, answer: Any) -> None:
    assert len(page(answer).splitlines()) <= 40


def test_what_one_explanation_told_the_next_does_not_tell_again(page: Any) -> None:
    twice = made.match(
        matches=(made.DOUBLE_SOFTMAX, replace(made.DOUBLE_SOFTMAX, value=1.52931, says="so it is."))
    )
    text = page(twice)
    assert text.count("torch.nn.functional.cross_entropy") == 1
    assert text.count("Hand the loss the logits") == 1
    assert "So it is.\n" in text


def test_matches_that_may_be_chance_are_said_to_be(page: Any) -> None:
    assert "These may be chance" in page(made.matched_batches())
    assert "These may be chance" not in page(made.match())


def test_where_nothing_matches_the_nearest_are_told_with_their_distance_and_what_to_try(page: Any) -> None:
    text = page(made.no_match())
    assert "None of 1,214 definitions and mistakes gives it" in text
    assert "1.5311000   0.1 %  The predictions are probabilities" in text
    assert "Give fewer digits: --digits 3" in text


def test_markup_in_what_is_said_is_shown_as_it_is(page: Any) -> None:
    assert "The class weights | [red]were[/red] not used" in page(made.match())
    assert "The class weights \\| \\[red\\]were" in render("match", made.match(), form="markdown")


def test_json_has_every_key_of_the_contract(cepick: Run) -> None:
    answer = json.loads(cepick("match", "--value", "1.4612", "--format", "json").out)
    assert answer["schema"] == "cepick.match/1"
    assert (answer["value"], answer["digits"]) == (1.4612, 5)
    first = answer["matches"][0]
    assert first["mistake"] == "probabilities-as-logits"
    assert first["variant"]["classes"] == 10
    assert {"value", "loss", "variant", "mistake", "framework", "says"} <= set(first)


def test_control_characters_of_file_names_are_shown_as_text() -> None:
    answer = replace(made.match(), predictions="a\x1b[31m.npy")
    assert "\x1b" not in render("match", answer, form="text")
