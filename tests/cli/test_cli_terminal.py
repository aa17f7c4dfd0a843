"""What a person meets on a terminal: pages, the wizard, an interrupt."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]
DECIDED = ("recommend", "--multiclass", "--exclusive", "--hard", "--logits")
ANSWERS = ("1\n", "logits\n", "multi\n", "yes\n", "hard\n")


def test_a_terminal_gets_a_page_and_a_pipe_does_not(terminal: Run, process: Run) -> None:
    assert terminal(*DECIDED).out.lstrip("\x1b[0123456789;m").startswith("╭")
    assert process(*DECIDED, FORCE_COLOR="1").out.startswith("status\tdecided\n")


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=["no-color", "dumb"])
def test_colour_can_be_declined(terminal: Run, environment: dict[str, str]) -> None:
    assert "\x1b[1m" in terminal(*DECIDED).out
    ended = terminal(*DECIDED, **environment)
    assert (ended.code, "\x1b" in ended.out) == (0, False)


@pytest.mark.parametrize("columns", [60, 200])
def test_the_page_of_an_evaluation_fits_the_terminal(
    terminal: Run, arrays: tuple[Path, Path], columns: int
) -> None:
    ended = terminal("eval", *arrays, columns=columns, NO_COLOR="1")
    assert ended.code == 0
    assert "nats" in ended.out
    assert max(map(len, ended.out.splitlines())) <= columns


def test_another_form_stays_itself_on_a_terminal(terminal: Run) -> None:
    assert terminal("losses", "--format", "json").out.startswith("{")


def test_the_wizard_asks_until_it_knows(terminal: Run) -> None:
    ended = terminal("recommend", keys=ANSWERS, NO_COLOR="1")
    assert ended.code == 0
    assert "What is the model trained to do?" in ended.out
    assert "sparse_softmax_cross_entropy" in ended.out
    assert "cepick recommend --kind classification --multiclass --exclusive --hard --logits" in ended.out


def test_the_wizard_goes_on_where_a_person_does_not_know(terminal: Run) -> None:
    ended = terminal("recommend", keys=("1\n", "0\n", *("0\n",) * 5), NO_COLOR="1")
    assert ended.code == 1
    assert "undecided" in ended.out


def test_the_wizard_asks_again_after_an_answer_that_is_none(terminal: Run) -> None:
    ended = terminal("recommend", keys=("99\n", "regression\n"), NO_COLOR="1")
    assert ended.code == 0
    assert "'99' is none of them" in ended.out
    assert "mean_squared_error" in ended.out


@pytest.mark.parametrize("key", ["q\n", "\x03", "\x04"], ids=["q", "ctrl-c", "ctrl-d"])
def test_a_person_can_leave_the_wizard(terminal: Run, key: str) -> None:
    ended = terminal("recommend", keys=("1\n", key), NO_COLOR="1")
    assert ended.code == 130
    assert ended.out.endswith("cepick: interrupted\n")
    assert "Traceback" not in ended.out


def test_a_pipe_is_never_asked(process: Run) -> None:
    ended = process("recommend", stdin="1\n")
    assert ended.code == 1
    assert ended.out.startswith("status\tundecided\n")
    assert ended.err == ""


@pytest.mark.parametrize(
    "arguments", [("--logits",), ("--format", "json"), ("--preset", "regression")], ids=lambda each: each[0]
)
def test_the_wizard_stays_away_when_something_is_said(terminal: Run, arguments: tuple[str, ...]) -> None:
    assert "> " not in terminal("recommend", *arguments, NO_COLOR="1").out
