"""cepick compare: the options, the forms and the exit codes."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from ce_core import compare, evaluate
from ce_core.configs_io import read_text
from cepick.render import forms_of, render

EXAMPLES = Path(__file__).parents[2] / "examples"
A, TARGETS = EXAMPLES / "digits_logits.npy", EXAMPLES / "digits_labels.npy"
Run = Callable[..., Any]


@pytest.fixture
def noisy(tmp_path: Path) -> Path:
    """Return the file of a significantly worse model."""
    logits = np.load(A)
    np.save(tmp_path / "noisy.npy", logits + np.random.default_rng(0).normal(0, 1.2, logits.shape))
    return tmp_path / "noisy.npy"


def lines_of(out: str) -> dict[str, list[str]]:
    """Return the cells of the last line of each key."""
    return {line.split("\t")[0]: line.split("\t")[1:] for line in out.splitlines()}


def test_a_worse_model_is_told_in_the_first_line(cepick: Run, noisy: Path) -> None:
    ended = cepick("compare", A, noisy, TARGETS)
    assert (ended.code, ended.err) == (0, "")
    first, *rest = ended.out.splitlines()
    assert first == "verdict\tB is worse: its loss is significantly higher"
    assert rest[0] == "better\ta"
    metrics = [line.split("\t") for line in rest if line.startswith("difference")]
    assert [each[1] for each in metrics] == ["loss", "accuracy", "brier"]
    direct = compare(str(A), str(noisy), str(TARGETS))
    for cells, each in zip(metrics, direct.differences, strict=True):
        assert [float(cell) for cell in cells[2:5]] == [each.a, each.b, each.difference]


def test_being_worse_fails_only_where_it_is_asked_to(cepick: Run, noisy: Path) -> None:
    assert cepick("compare", A, noisy, TARGETS, "--fail-if-worse").code == 1
    assert cepick("compare", A, noisy, TARGETS, "--fail-if-worse", "--exit-zero").code == 0
    assert cepick("compare", noisy, A, TARGETS, "--fail-if-worse").code == 0
    assert cepick("compare", A, A, TARGETS, "--fail-if-worse").code == 0


def test_an_error_in_either_model_fails(cepick: Run, tmp_path: Path) -> None:
    broken = np.load(A)
    broken[3] = np.nan
    np.save(tmp_path / "broken.npy", broken)
    ended = cepick("compare", A, tmp_path / "broken.npy", TARGETS)
    assert ended.code == 1
    assert "finding_of_B\tCE101" in ended.out
    assert lines_of(ended.out)["verdict"] == ["they cannot be compared: a loss is not a number"]
    ignored = cepick("compare", A, tmp_path / "broken.npy", TARGETS, "--ignore", "CE1")
    assert ignored.code == 0
    assert "finding" not in ignored.out


def test_options_reach_both_evaluations(cepick: Run, noisy: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "mask.npy", (np.arange(1079) % 2 == 0).astype(int))
    ended = cepick(
        *("compare", A, noisy, TARGETS, "--mask", tmp_path / "mask.npy", "--label-smoothing", "0.1"),
        *("--base", "bits", "--class-weights", "1,2,1,1,1,1,1,1,1,1", "--format", "json", "--test", "t"),
        *("--level", "0.9", "--multiclass", "--exclusive"),
    )
    answer = json.loads(ended.out)
    assert answer["count"] == 540
    assert answer["unit"] == "bits"
    assert answer["differences"][0]["method"] == "paired t"
    assert answer["differences"][0]["level"] == 0.9
    for letter, path in (("a", A), ("b", noisy)):
        alone = evaluate(
            str(path),
            str(TARGETS),
            mask=str(tmp_path / "mask.npy"),
            label_smoothing=0.1,
            base="bits",
            class_weights=[1, 2, 1, 1, 1, 1, 1, 1, 1, 1],
        )
        assert answer[letter]["value"] == alone.value
        assert answer[letter]["task"]["exclusive"] is True


def test_the_draws_are_of_a_seed(cepick: Run, noisy: Path) -> None:
    def loss(*options: str) -> dict[str, Any]:
        ended = cepick("compare", A, noisy, TARGETS, "--format", "json", "--resamples", "2000", *options)
        found: dict[str, Any] = json.loads(ended.out)["differences"][0]
        return found

    assert loss() == loss("--seed", "0")
    assert loss()["low"] != loss("--seed", "1")["low"]
    assert (loss("--seed", "1")["seed"], loss()["resamples"]) == (1, 2000)


def test_slices_are_by_files_and_by_masks(cepick: Run, noisy: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "half.npy", np.arange(1079) // 540)
    np.save(tmp_path / "few.npy", (np.arange(1079) < 50).astype(np.uint8))
    ended = cepick(
        *("compare", A, noisy, TARGETS, "--slices", tmp_path / "half.npy"),
        *("--slice-mask", "the first", tmp_path / "few.npy", "--slice-mask", "again", tmp_path / "few.npy"),
    )
    found = {
        line.split("\t")[1]: line.split("\t")[2]
        for line in ended.out.splitlines()
        if line.startswith("slice\t")
    }
    assert found == {"half=0": "540", "half=1": "539", "the first": "50", "again": "50"}


def test_one_model_may_be_said_to_hold_something_else(cepick: Run, tmp_path: Path) -> None:
    ended = cepick(
        *("compare", A, EXAMPLES / "digits_probabilities.npy", TARGETS, "--format", "json"),
        *("--loss", "sparse-softmax-cross-entropy", "--outputs-b", "probabilities"),
    )
    answer = json.loads(ended.out)
    assert ended.code == 0
    assert (answer["a"]["loss"], answer["b"]["loss"]) == (
        "sparse_softmax_cross_entropy",
        "sparse_categorical_cross_entropy",
    )
    assert answer["contest"] == {"a": 0, "ties": 1079, "b": 0}


@pytest.fixture(scope="module")
def schema() -> Draft202012Validator:
    found = json.loads(read_text("schemas/comparison.schema.json"))
    Draft202012Validator.check_schema(found)
    return Draft202012Validator(found)


PAIRS = {
    "classes": ("digits_logits", "digits_probabilities", "digits_labels"),
    "labels": ("attributes_logits", "attributes_logits", "attributes_labels"),
    "tokens": ("tokens_logits", "tokens_logits", "tokens_labels"),
    "soft": ("digits_probabilities", "student_logits", "teacher_probabilities"),
    "binary": ("breast_cancer_scores", "breast_cancer_scores", "breast_cancer_labels"),
}


@pytest.mark.parametrize("names", PAIRS.values(), ids=PAIRS)
def test_the_json_is_what_its_schema_says(
    cepick: Run, schema: Draft202012Validator, names: tuple[str, ...]
) -> None:
    ended = cepick("compare", *(EXAMPLES / f"{name}.npy" for name in names), "--format", "json")
    schema.validate(json.loads(ended.out))


def test_the_json_of_infinite_losses_is_strict(schema: Draft202012Validator) -> None:
    predictions = np.array([[0.5, 0.5], [0.2, 0.8], [1.0, 0.0], [0.3, 0.7]])
    found = compare(np.full((4, 2), 0.5), predictions, [0, 1, 1, 1], outputs="probabilities")
    text = json.dumps(found.to_dict(), allow_nan=False)
    schema.validate(json.loads(text))
    assert json.loads(text)["differences"][0]["b"] == "inf"


@pytest.mark.parametrize("form", forms_of("comparison"))
@pytest.mark.parametrize("names", PAIRS.values(), ids=PAIRS)
def test_every_form_tells_the_verdict_and_the_files(form: str, names: tuple[str, ...]) -> None:
    paths = [str(EXAMPLES / f"{name}.npy") for name in names]
    text = render("comparison", compare(*paths), form=form)
    assert all(Path(path).name in text for path in paths)
    if form in ("text", "markdown"):
        says = ("B is better", "no significant difference", "the same", "B is worse")
        assert sum(each.lower() in text.lower() for each in says) >= 1


def test_markdown_has_a_table_of_metrics_and_escapes_names(cepick: Run, noisy: Path, tmp_path: Path) -> None:
    shutil.copy(noisy, tmp_path / "a|b.npy")
    ended = cepick("compare", A, tmp_path / "a|b.npy", TARGETS, "--format", "markdown")
    assert ended.out.startswith("## B is worse: its loss is significantly higher\n")
    assert "| metric | A | B | B − A | 95 % interval | p | by |" in ended.out
    assert "a\\|b.npy" in ended.out
    assert all(
        line.count("|") - line.count("\\|") == 8 for line in ended.out.splitlines() if "| loss |" in line
    )


@pytest.mark.parametrize("columns", [40, 60, 80, 120])
def test_the_page_fits_its_terminal(terminal: Run, noisy: Path, columns: int) -> None:
    ended = terminal("compare", A, noisy, TARGETS, "--ignore", "CE", columns=columns, NO_COLOR="1")
    assert ended.code == 0
    plain = re.sub(r"\x1b\[[0-9;]*m", "", ended.out)
    assert all(len(line) <= columns for line in plain.splitlines())
    for number in (
        "0.3274",
        "0.3592",
        "+0.0318",
        "94.1 %",
        "92.9 %",
        "0.0036",
        "+0.0099 to +0.0574",
        "549",
        "438",
    ):
        assert number in plain
    assert "B is worse" in plain


def test_the_page_draws_who_wins_and_the_intervals(terminal: Run, noisy: Path) -> None:
    plain = re.sub(r"\x1b\[[0-9;]*m", "", terminal("compare", A, noisy, TARGETS, columns=110).out)
    bar = next(line for line in plain.splitlines() if line.strip().startswith("█") and "░" in line)
    # 549, 92 and 438 of 1,079 in 60 columns.
    assert (bar.count("█"), bar.count("░")) == (55, 5)
    loss = next(line for line in plain.splitlines() if line.startswith("  loss "))
    drawn = loss.split()[-1]
    assert len(drawn) == 25
    assert drawn.index("●") < drawn.index("│") == 12


REFUSED: dict[str, tuple[tuple[Any, ...], str]] = {
    "no targets": (("compare", A), "missing argument 'B'"),
    "no such file": (("compare", A, "nope.npy", TARGETS), "nope.npy: "),
    "other rows": (("compare", A, EXAMPLES / "tokens_logits.npy", TARGETS), "does not pair with"),
    "a level that is none": (("compare", A, A, TARGETS, "--level", "95"), "--level: 95.0 is outside (0, 1)"),
    "a level in words": (("compare", A, A, TARGETS, "--level", "high"), "--level: 'high' is not a number"),
    "a test that is none": (
        ("compare", A, A, TARGETS, "--test", "bootstrp"),
        "--test: 'bootstrp' is not one of its values; did you mean 'bootstrap'?",
    ),
    "few resamples": (("compare", A, A, TARGETS, "--resamples", "9"), "--resamples: 9 are too few"),
    "an output that is none": (("compare", A, A, TARGETS, "--outputs-a", "logit"), "did you mean 'logits'?"),
    "targets on standard input": (("compare", A, A, "-"), "targets: are read once for each model"),
    "a slice twice": (
        ("compare", A, A, TARGETS, "--slice-mask", "x", TARGETS, "--slice-mask", "x", TARGETS),
        "--slice-mask: 'x' is given twice",
    ),
    "a slice without a file": (("compare", A, A, TARGETS, "--slice-mask", "x"), "slice-mask"),
    "over a model": (("compare", A, A, TARGETS, "-o", A), "would be overwritten"),
    "an unknown form": (("compare", A, A, TARGETS, "--format", "xml"), "--format: 'xml'"),
}


@pytest.mark.parametrize(("arguments", "says"), REFUSED.values(), ids=REFUSED)
def test_wrong_usage_is_one_line(cepick: Run, arguments: tuple[Any, ...], says: str) -> None:
    ended = cepick(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("cepick: error: ")
    assert ended.err.count("\n") == 1
    assert says in ended.err
