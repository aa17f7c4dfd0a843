"""cepick baseline: written of two arrays or of a suite, shown, and refused."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from ce_core.comparing.baseline import read_baseline
from ce_core.configs_io import read_text

EXAMPLES = Path(__file__).parents[2] / "examples"
LOGITS, LABELS = EXAMPLES / "digits_logits.npy", EXAMPLES / "digits_labels.npy"
Run = Callable[..., Any]


@pytest.fixture
def written(cepick: Run, tmp_path: Path) -> Path:
    """Return the file of a baseline."""
    path = tmp_path / "digits.json"
    assert cepick("baseline", "write", path, LOGITS, LABELS).code == 0
    return path


def test_two_files_are_written_and_told_in_a_line(cepick: Run, tmp_path: Path) -> None:
    ended = cepick("baseline", "write", tmp_path / "digits.json", LOGITS, LABELS, "--name", "first run")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out == (
        f"wrote {tmp_path}/digits.json and digits.losses.npy: sparse_softmax_cross_entropy 0.327390 nats over "
        "1,079 examples\n"
    )
    assert sorted(os.listdir(tmp_path)) == ["digits.json", "digits.losses.npy"]
    assert read_baseline(str(tmp_path / "digits.json")).name == "first run"


def test_options_are_those_of_eval(cepick: Run, tmp_path: Path) -> None:
    path = tmp_path / "bits.json"
    cepick("baseline", "write", path, LOGITS, LABELS, "--base", "bits", "--label-smoothing", "0.1")
    found = read_baseline(str(path))
    assert (found.unit, found.modifiers["label_smoothing"]) == ("bits", 0.1)
    ended = cepick("eval", LOGITS, LABELS, "--base", "bits", "--label-smoothing", "0.1", "--format", "json")
    assert found.value == json.loads(ended.out)["value"]


def test_arrays_with_an_error_are_written_and_end_with_1(cepick: Run, tmp_path: Path) -> None:
    probabilities = EXAMPLES / "digits_probabilities.npy"
    ended = cepick(
        "baseline",
        "write",
        tmp_path / "p.json",
        probabilities,
        LABELS,
        "--loss",
        "sparse_softmax_cross_entropy",
    )
    assert ended.code == 1
    assert (tmp_path / "p.json").exists()


def test_a_baseline_is_shown_in_plain_lines(cepick: Run, written: Path) -> None:
    ended = cepick("baseline", "show", written)
    assert ended.code == 0
    lines = dict(line.split("\t") for line in ended.out.splitlines())
    assert (lines["name"], lines["loss"], lines["count"]) == (
        "digits",
        "sparse_softmax_cross_entropy",
        "1079",
    )
    assert float(lines["value"]) == read_baseline(str(written)).value


def test_its_json_is_the_file_and_what_the_schema_says(cepick: Run, written: Path) -> None:
    ended = cepick("baseline", "show", written, "--format", "json")
    assert json.loads(ended.out) == json.loads(written.read_text())
    Draft202012Validator(json.loads(read_text("schemas/baseline.schema.json"))).validate(
        json.loads(ended.out)
    )


def test_its_markdown_is_a_table(cepick: Run, written: Path) -> None:
    ended = cepick("baseline", "show", written, "--format", "markdown")
    assert ended.out.startswith("## digits: `sparse_softmax_cross_entropy` = 0.327390 nats\n")
    assert "| count | `1079` |" in ended.out


def test_its_page_fits_a_terminal(terminal: Run, written: Path) -> None:
    ended = terminal("baseline", "show", written, columns=60)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", ended.out)
    assert "0.327390 nats" in plain
    assert "94.1 %" in plain
    assert all(len(line) <= 60 for line in plain.splitlines())


SUITE = """
checks:
  - name: digits
    predictions: logits.npy
    targets: labels.npy
    baseline: {file: digits.json, significance: 0.01}
  - name: smooth
    predictions: logits.npy
    targets: labels.npy
    label_smoothing: 0.1
    baseline: {file: smooth.json, tolerance: 0.01}
  - name: without
    predictions: logits.npy
    targets: labels.npy
"""


@pytest.fixture
def suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a suite of three checks, two of which have a baseline."""
    (tmp_path / "cepick.yaml").write_text(SUITE)
    np.save(tmp_path / "logits.npy", np.load(LOGITS))
    np.save(tmp_path / "labels.npy", np.load(LABELS))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_baselines_of_a_suite_are_written_and_then_hold(cepick: Run, suite: Path) -> None:
    assert cepick("check").code == 2
    ended = cepick("baseline", "write")
    assert (ended.code, ended.err) == (0, "")
    assert [line.split(":")[0] for line in ended.out.splitlines()] == ["digits", "smooth"]
    assert cepick("check").code == 0
    logits = np.load(suite / "logits.npy")
    np.save(suite / "logits.npy", logits + np.random.default_rng(0).normal(0, 1.5, logits.shape))
    failed = cepick("check", "--format", "json")
    assert failed.code == 1
    problems = [
        (each["name"], problem["rule"])
        for each in json.loads(failed.out)["checks"]
        for problem in each["problems"]
        if problem["fails"]
    ]
    assert problems == [("digits", "baseline"), ("smooth", "baseline")]
    assert cepick("baseline", "write", "--only", "digits").code == 0
    again = json.loads(cepick("check", "--format", "json").out)
    assert [each["status"] for each in again["checks"]] == ["passed", "failed", "passed"]


def test_a_suite_may_be_named(cepick: Run, suite: Path, tmp_path: Path) -> None:
    os.rename(suite / "cepick.yaml", suite / "other.yaml")
    assert cepick("baseline", "write", "--config", "other.yaml", "--only", "smooth").code == 0
    assert read_baseline("smooth.json").name == "smooth"
    assert not os.path.exists("digits.json")


def test_checks_that_share_a_file_are_refused_before_anything_is_written(cepick: Run, suite: Path) -> None:
    (suite / "cepick.yaml").write_text(SUITE.replace("smooth.json", "./digits.json"))
    ended = cepick("baseline", "write")
    assert ended.code == 2
    assert "is the baseline of 'digits' and of 'smooth'" in ended.err
    assert not os.path.exists("digits.json")


REFUSED: dict[str, tuple[tuple[Any, ...], str]] = {
    "a check without a baseline": (
        ("write", "--only", "without"),
        "none of the checks without has a baseline",
    ),
    "an unknown check": (
        ("write", "--only", "digit"),
        "--only: 'digit' is no check of cepick.yaml; did you mean",
    ),
    "an option beside a suite": (("write", "--loss", "nll"), "--loss: the suite says what its checks are"),
    "a task beside a suite": (("write", "--logits"), "--task: the suite says what its checks are"),
    "a name beside a suite": (("write", "--name", "x"), "--name: the suite says what its checks are"),
    "no arrays": (("write", "x.json"), "x.json: of which arrays? give PREDICTIONS and TARGETS"),
    "arrays and a suite": (
        ("write", "x.json", LOGITS, LABELS, "--only", "digits"),
        "--only: is of a suite's",
    ),
    "no JSON": (
        ("write", "x.npy", LOGITS, LABELS),
        "x.npy: cannot be written as '.npy'; end the name in .json",
    ),
    "no folder": (("write", "no/x.json", LOGITS, LABELS), "there is no folder 'no'"),
    "over the predictions": (
        ("write", "logits.json", "logits.losses.npy", "labels.npy"),
        "would be overwritten",
    ),
    "no such command": (("wirte",), "did you mean 'write'"),
    "no file to show": (("show",), "missing argument 'FILE'"),
    "a file that is not there": (("show", "x.json"), "x.json: there is no such baseline"),
}


@pytest.mark.parametrize(("arguments", "says"), REFUSED.values(), ids=REFUSED)
def test_wrong_usage_is_one_line(cepick: Run, suite: Path, arguments: tuple[Any, ...], says: str) -> None:
    before = sorted(os.listdir(suite))
    ended = cepick("baseline", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("cepick: error: ")
    assert ended.err.count("\n") == 1
    assert says in ended.err
    assert sorted(os.listdir(suite)) == before


def test_without_a_suite_it_says_so(cepick: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ended = cepick("baseline", "write")
    assert ended.code == 2
    assert "cepick.yaml" in ended.err


def test_a_folder_that_cannot_be_written_leaves_nothing_behind(cepick: Run, tmp_path: Path) -> None:
    (tmp_path / "digits.losses.npy").mkdir()
    ended = cepick("baseline", "write", tmp_path / "digits.json", LOGITS, LABELS)
    assert ended.code == 2
    assert not (tmp_path / "digits.json").exists()
