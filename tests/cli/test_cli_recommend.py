"""`cepick recommend`: what is said becomes a task, and the answer is printed in each form."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ce_core.task import Task
from ce_core.task.words import PROPERTIES
from cepick.task_options import Said
from cepick.wizard import equivalent

Run = Callable[..., Any]
DECIDED = ("recommend", "--multiclass", "--exclusive", "--hard", "--logits")

EXAMPLES: dict[str, Any] = {"integer": 1, "axis": (1, 2), "ratio": 20.0, "choices": ("sample", "class")}


def _samples() -> list[tuple[str, Any]]:
    """Return every property with each of its values, or an example of one."""
    return [
        (prop.name, value)
        for prop in PROPERTIES.values()
        for value in (prop.answers if prop.type in {"choice", "bool"} else [EXAMPLES[prop.type]])
    ]


@pytest.mark.parametrize(("name", "value"), _samples(), ids=lambda each: str(each))
def test_every_value_of_every_property_has_its_flag(cepick: Run, name: str, value: Any) -> None:
    ended = cepick("recommend", *PROPERTIES[name].flag(value).split(), "--format", "json")
    said = json.loads(ended.out)["task"][name]
    assert said == (list(value) if isinstance(value, tuple) else value)


@pytest.mark.parametrize(("text", "value"), [("true", True), ("false", False), ("99", 99.0)])
def test_an_imbalance_is_a_word_or_a_ratio(cepick: Run, text: str, value: Any) -> None:
    ended = cepick("recommend", "--imbalance", text, "--format", "json")
    assert json.loads(ended.out)["task"]["imbalance"] == value


def test_flags_win_over_the_file_and_the_file_over_the_preset(cepick: Run, tmp_path: Path) -> None:
    path = tmp_path / "task.yaml"
    path.write_text("outputs: probabilities\nphase: eval\n")
    ended = cepick(
        "recommend",
        "--preset",
        "image-classification",
        "--task",
        path,
        "--log-probabilities",
        "--format",
        "json",
    )
    task = json.loads(ended.out)["task"]
    assert task["exclusive"] is True
    assert task["phase"] == "eval"
    assert task["outputs"] == "log_probabilities"


def test_a_task_file_with_an_unknown_key_is_named_with_the_nearest_key(cepick: Run, tmp_path: Path) -> None:
    path = tmp_path / "task.yaml"
    path.write_text("output: logits\n")
    ended = cepick("recommend", "--task", path)
    assert ended.code == 2
    assert f"{path}: " in ended.err
    assert "'outputs'" in ended.err


def test_the_plain_answer_is_tabbed_lines_with_the_loss_near_the_top(cepick: Run) -> None:
    lines = [line.split("\t") for line in cepick(*DECIDED).out.splitlines()]
    assert lines[:2] == [["status", "decided"], ["loss", "sparse_softmax_cross_entropy"]]
    assert all(len(line) > 1 for line in lines)
    assert ["code", "torch", "loss = torch.nn.functional.cross_entropy(logits, targets)"] in lines


def test_the_framework_that_is_asked_for_comes_first(cepick: Run) -> None:
    lines = [line.split("\t") for line in cepick(*DECIDED, "--framework", "jax").out.splitlines()]
    assert next(line for line in lines if line[0] == "call")[1] == "jax"


def test_an_undecided_answer_names_the_flag_of_each_answer(cepick: Run) -> None:
    ended = cepick("recommend", "--multiclass", "--hard", "--logits")
    lines = [line.split("\t") for line in ended.out.splitlines()]
    assert ended.code == 1
    assert [line[1] for line in lines if line[0] == "option"] == ["--exclusive", "--multilabel"]


def test_label_smoothing_is_written_into_the_code(cepick: Run) -> None:
    assert "label_smoothing=0.1" in cepick(*DECIDED, "--label-smoothing", "0.1").out


def test_arrays_are_read_for_what_they_show(cepick: Run, arrays: tuple[Path, Path]) -> None:
    ended = cepick("recommend", *arrays, "--format", "json")
    answer = json.loads(ended.out)
    assert (ended.code, answer["loss"]) == (0, "sparse_softmax_cross_entropy")
    assert {each["source"] for each in answer["evidence"]} >= {"predictions", "targets"}


def test_an_error_in_the_arrays_is_exit_code_1(cepick: Run, arrays: tuple[Path, Path]) -> None:
    np.save(arrays[1], np.array([1, 2, 3]))
    ended = cepick("recommend", *arrays)
    assert ended.code == 1
    assert "finding\tCE202\terror\tone-based-labels\t" in ended.out
    assert cepick("recommend", *arrays, "--exit-zero").code == 0


def test_the_equivalent_command_says_the_same_task() -> None:
    task = Task(outcomes="multiclass", exclusive=False, class_axis=(1, 2), imbalance=True, masked=False)
    flags = equivalent(task).split()[2:]
    options = dict.fromkeys(Said.from_options.__globals__["_parameters"]())
    for at, flag in enumerate(flags):
        if flag.startswith("--"):
            following = flags[at + 1] if at + 1 < len(flags) else "--"
            options[flag[2:].replace("-", "_")] = True if following.startswith("--") else following
    assert Said.from_options(options).task() == task
