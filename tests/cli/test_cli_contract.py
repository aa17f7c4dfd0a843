"""What holds for every command: help, exit codes, one line for an error, nothing on standard output then."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Ended

COMMANDS = ("recommend", "eval", "match", "compare", "baseline", "losses", "explain")
DECIDED = ("recommend", "--multiclass", "--exclusive", "--hard", "--logits")
Run = Callable[..., Any]


@pytest.mark.parametrize(
    "command", [(), *((each,) for each in COMMANDS)], ids=lambda each: each[0] if each else "all"
)
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_every_command_has_help(cepick: Run, command: tuple[str, ...], flag: str) -> None:
    ended = cepick(*command, flag)
    assert ended.code == 0
    assert ended.err == ""
    assert "Usage: cepick" in ended.out


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_names_every_command(cepick: Run, command: str) -> None:
    assert f"  {command} " in cepick("--help").out


def test_the_version_is_that_of_the_package(cepick: Run) -> None:
    from ce_core._version import __version__

    ended = cepick("--version")
    assert (ended.code, ended.out, ended.err) == (0, f"cepick {__version__}\n", "")


def test_nothing_said_shows_the_help_and_is_wrong_usage(cepick: Run) -> None:
    ended = cepick()
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("Usage: cepick")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (DECIDED, 0),
        (("recommend", "--kind", "regression"), 0),
        (("recommend", "--logits"), 1),
        (("recommend",), 1),
        (("recommend", "--exit-zero"), 0),
        (("losses",), 0),
        (("explain", "softmax"), 0),
        (("match", "--value", "2.3026"), 0),
        (("match", "--value", "1.2345"), 1),
        (("match", "--value", "1.2345", "--exit-zero"), 0),
        (("match",), 2),
        (("recommend", "--nothing-like-it"), 2),
    ],
    ids=[
        "decided",
        "no-cross-entropy",
        "undecided",
        "nothing-said",
        "exit-zero",
        "losses",
        "explain",
        "famous",
        "no-match",
        "no-match-exit-zero",
        "no-value",
        "usage",
    ],
)
def test_the_exit_code_says_how_it_ended(cepick: Run, arguments: tuple[str, ...], code: int) -> None:
    assert cepick(*arguments).code == code


MISTAKES = {
    "command": (("recomend",), "no such command 'recomend'; did you mean 'recommend'?"),
    "far-command": (("zzz",), "no such command 'zzz'; try 'cepick --help'"),
    "option": (("recommend", "--multiclas"), "--multiclas: no such option; did you mean --multiclass?"),
    "far-option": (("eval", "--zzz"), "--zzz: no such option; try 'cepick eval --help'"),
    "argument": (("eval",), "missing argument 'PREDICTIONS'; try 'cepick eval --help'"),
    "too-many": (("losses", "more"), "got unexpected extra argument(s) (more); try 'cepick losses --help'"),
    "no-value": (
        ("recommend", "--classes"),
        "option '--classes' requires an argument; try 'cepick recommend --help'",
    ),
    "flags": (
        ("recommend", "--logits", "--probabilities"),
        "--logits and --probabilities: contradict each other; give one",
    ),
    "other-flags": (
        ("recommend", "--masked", "--no-masked"),
        "--masked and --no-masked: contradict each other; give one",
    ),
    "word": (
        ("recommend", "--kind", "regresion"),
        "kind: 'regresion' is not one of its values; did you mean 'regression'?",
    ),
    "whole": (
        ("recommend", "--classes", "ten"),
        "--classes: 'ten' is not a whole number; write one such as 10",
    ),
    "axis": (
        ("recommend", "--class-axis", "1,x"),
        "--class-axis: 'x' is not a whole number; write one such as 10",
    ),
    "ratio": (
        ("recommend", "--imbalance", "much"),
        "--imbalance: 'much' is neither a ratio nor true; write one such as 99",
    ),
    "format": (
        ("losses", "--format", "jsn"),
        "--format: 'jsn' is not one of its values; did you mean 'json'?",
    ),
    "task": (("recommend", "--task", "none.yaml"), "none.yaml: no such file; "),
    "preset": (("recommend", "--preset", "languge-model"), "did you mean 'language-model'?"),
    "conflict": (
        ("recommend", "--binary", "--classes", "5"),
        "outcomes 'binary' and classes 5 cannot both be",
    ),
    "topic": (("explain", "sofmax"), "did you mean 'softmax'"),
    "number": (
        ("eval", "p.npy", "--clip", "small"),
        "clip: 'small' is neither a number nor a policy; choose from none",
    ),
    "reduction": (
        ("eval", "p.npy", "--reduction", "avg"),
        "--reduction: 'avg' is not one of its values; choose from",
    ),
    "mean-over": (
        ("eval", "p.npy", "--mean-over", "bach"),
        "--mean-over: 'bach' is not one of its values; did you mean 'batch'?",
    ),
    "file": (("eval", "none.npy", "none.npy"), "none.npy: no such file; check the path"),
    "newline": (("eval", "a\nb.npy"), "a\\nb.npy: no such file; check the path"),
    "folder": (
        ("losses", "--output", "nowhere/x.txt"),
        "nowhere/x.txt: there is no folder 'nowhere'; make it first",
    ),
    "no-number": (
        ("match",),
        "--value: none given; give the number as the log has it, such as --value 1.4612",
    ),
    "not-a-number": (
        ("match", "--value", "low"),
        "--value: 'low' is not a number; write it as the log has it",
    ),
    "thousands": (("match", "--value", "1,234.5"), "--value: '1,234.5' has a comma"),
    "digits": (("match", "--value", "2.3", "--digits", "two"), "--digits: 'two' is not a whole number"),
    "digits-or-rtol": (
        ("match", "--value", "2.3", "--digits", "2", "--rtol", "0.1"),
        "--digits: a relative tolerance is given too; give one of the two",
    ),
    "rtol": (("match", "--value", "2.3", "--rtol", "2"), "--rtol: 2 is not between 0 and 1"),
    "rows-of-nothing": (
        ("match", "--value", "2.3@0:32"),
        "--value: '2.3@0:32' names rows, and there are no arrays",
    ),
    "weights-of-nothing": (
        ("match", "--value", "2.3", "--class-weights", "1,2"),
        "--class-weights: is about arrays, and none are given; give PREDICTIONS and TARGETS too",
    ),
    "also-two-words": (("match", "--value", "2.3", "--also", "p.npy", "y.npy"), "requires 3 arguments"),
    "part-one-word": (("eval", "p.npy", "y.npy", "--part", "p2.npy"), "requires 2 arguments"),
    "part-with-a-comma": (("recommend", "p.npy", "y.npy", "--part", "p2.npy,y2.npy"), "requires 2 arguments"),
    "classes": (("match", "--value", "2.3", "--classes", "0"), "classes"),
    "output": (("losses", "--output", "."), ".: is not the name of a file; pass one to --output"),
}


@pytest.mark.parametrize(("arguments", "says"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_one_line_and_exit_code_2(
    cepick: Run, arguments: tuple[str, ...], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ended = cepick(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("cepick: error: ")
    assert ended.err.count("\n") == 1
    assert says in ended.err


def test_a_mistake_leaves_no_traceback_in_a_process_of_its_own(process: Run, tmp_path: Path) -> None:
    ended = process("eval", tmp_path / "none.npy", tmp_path / "none.npy")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.count("\n") == 1


def test_a_finding_that_stops_the_run_is_named_by_its_code(cepick: Run, arrays: tuple[Path, Path]) -> None:
    ended = cepick("eval", arrays[0], arrays[0].with_name("labels.npy"), "--class-weights", "1,2,3")
    assert ended.code == 0
    import numpy as np

    np.save(arrays[1], np.arange(7))
    ended = cepick("eval", *arrays)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.endswith("[CE301]\n")


@pytest.mark.parametrize("form", ["text", "json", "markdown"])
@pytest.mark.parametrize(
    "arguments", [DECIDED, ("losses",), ("explain", "softmax", "sigmoid")], ids=lambda each: each[0]
)
def test_every_command_has_every_form(cepick: Run, arguments: tuple[str, ...], form: str) -> None:
    ended = cepick(*arguments, "--format", form)
    assert ended.code == 0
    assert ended.err == ""
    assert ended.out.endswith("\n")
    assert not ended.out.endswith("\n\n")
    if form == "json":
        assert json.loads(ended.out)["schema"].startswith("cepick.")


def test_an_answer_can_go_to_a_file(cepick: Run, tmp_path: Path) -> None:
    path = tmp_path / "answer.json"
    ended = cepick(*DECIDED, "--format", "json", "--output", path)
    assert (ended.code, ended.out, ended.err) == (0, "", "")
    assert json.loads(path.read_text(encoding="utf-8"))["loss"] == "sparse_softmax_cross_entropy"
    assert os.listdir(tmp_path) == ["answer.json"]


def test_a_file_keeps_what_it_held_when_the_run_fails(cepick: Run, tmp_path: Path) -> None:
    path = tmp_path / "answer.txt"
    path.write_text("before")
    assert cepick("eval", tmp_path / "none.npy", "--output", path).code == 2
    assert path.read_text() == "before"
    assert os.listdir(tmp_path) == ["answer.txt"]


def test_a_link_is_written_through(cepick: Run, tmp_path: Path) -> None:
    (tmp_path / "link.txt").symlink_to(tmp_path / "real.txt")
    (tmp_path / "real.txt").write_text("before")
    assert cepick("losses", "--output", tmp_path / "link.txt").code == 0
    assert (tmp_path / "link.txt").is_symlink()
    assert "nll" in (tmp_path / "real.txt").read_text()


def test_a_device_is_written_into_and_not_replaced(cepick: Run) -> None:
    assert cepick("losses", "--output", "/dev/null").code == 0
    assert not Path("/dev/null").is_file()


def test_a_pipe_that_closes_early_ends_quietly() -> None:
    reader = [sys.executable, "-c", "import sys; sys.stdin.buffer.read(1)"]
    command = [sys.executable, "-m", "cepick", "losses", "--format", "json"]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as writer,
        subprocess.Popen(reader, stdin=writer.stdout) as head,
    ):
        assert writer.stdout is not None
        writer.stdout.close()
        head.wait(timeout=60)
        assert writer.stderr is not None
        complaint = writer.stderr.read()
        assert writer.wait(timeout=60) == 0
    assert complaint == b""


def test_an_encoding_that_lacks_a_sign_shows_its_number(process: Run) -> None:
    ended = process("explain", "softmax_cross_entropy", PYTHONIOENCODING="ascii")
    assert (ended.code, ended.err) == (0, "")
    assert "\\u03a3" in ended.out


@pytest.mark.parametrize(
    ("name", "beginning"),
    [
        ("a.json", "{"),
        ("a.md", "#"),
        ("a.html", "<!doctype html>"),
        ("a.txt", "status\t"),
        ("a.log", "status\t"),
    ],
)
def test_the_ending_of_a_file_tells_its_form(
    cepick: Callable[..., Ended], tmp_path: Path, name: str, beginning: str
) -> None:
    examples = Path(__file__).parents[2] / "examples"
    arrays = [examples / "digits_logits.npy", examples / "digits_labels.npy"]
    assert cepick("eval", *arrays, "-o", tmp_path / name).out == ""
    assert (tmp_path / name).read_text().lower().startswith(beginning)
    said = cepick("eval", *arrays, "-o", tmp_path / name, "--format", "json")
    assert (said.code, (tmp_path / name).read_text()[0]) == (0, "{")
