"""What a first reader stumbled over: files overwritten, names broken, flags called otherwise than typed."""

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

from ce_core.compute.evaluate import evaluate
from ce_core.configs_io import read_text
from ce_core.errors import CepickError
from ce_core.frameworks import frameworks
from ce_core.losses import LOSSES

Run = Callable[..., Any]
Arrays = tuple[Path, Path]

RNG = np.random.default_rng(7)
LOGITS = RNG.normal(size=(12, 3))
LABELS = RNG.integers(0, 3, size=12)

INPUTS = {
    "--class-weights": [1.0, 2.0, 3.0],
    "--sample-weights": [1.0, 2.0, 3.0],
    "--mask": [1, 1, 0],
}


@pytest.mark.parametrize("written", ["--output", "--out", "--probabilities-out"])
@pytest.mark.parametrize("through", ["itself", "link", "hard-link"])
@pytest.mark.parametrize("read", ["PREDICTIONS", "TARGETS", *INPUTS])
def test_an_input_is_never_written_over(
    cepick: Run, arrays: Arrays, written: str, through: str, read: str
) -> None:
    files = dict(zip(("PREDICTIONS", "TARGETS"), arrays, strict=True))
    for flag, values in INPUTS.items():
        files[flag] = arrays[0].with_name(f"{flag.strip('-')}.npy")
        np.save(files[flag], np.array(values))
    path = files[read]
    if through != "itself":
        path = path.with_name("other.npy")
        (os.link if through == "hard-link" else os.symlink)(files[read], path)
    before = {each: each.read_bytes() for each in files.values()}
    given = [part for flag in INPUTS for part in (flag, files[flag])]
    ended = cepick("eval", *arrays, *given, written, path)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(f"cepick: error: {written}: ")
    assert f"is also {read}" in ended.err
    assert ended.err.count("\n") == 1
    assert {each: each.read_bytes() for each in files.values()} == before


@pytest.mark.parametrize(
    ("first", "second"),
    [("--out", "--output"), ("--out", "--probabilities-out"), ("--probabilities-out", "--output")],
)
def test_two_outputs_are_not_written_into_one_file(
    cepick: Run, arrays: Arrays, first: str, second: str
) -> None:
    path = arrays[0].with_name("both.npy")
    ended = cepick("eval", *arrays, first, path, second, f"{path.parent}/./both.npy")
    assert (ended.code, ended.out) == (2, "")
    assert f"{second}: " in ended.err
    assert f"is also {first}" in ended.err
    assert not path.exists()


@pytest.mark.parametrize("command", ["eval", "recommend"])
def test_a_task_file_is_not_written_over(cepick: Run, arrays: Arrays, command: str) -> None:
    task = arrays[0].with_name("task.yaml")
    task.write_text("outputs: logits\n")
    ended = cepick(command, *arrays, "--task", task, "--output", task)
    assert ended.code == 2
    assert "is also --task" in ended.err
    assert task.read_text() == "outputs: logits\n"


def test_one_archive_of_both_arrays_is_not_written_over(cepick: Run, tmp_path: Path) -> None:
    path = tmp_path / "both.npz"
    np.savez(path, logits=LOGITS, labels=LABELS)
    before = path.read_bytes()
    ended = cepick("eval", f"{path}:logits", f"{path}:labels", "--output", path)
    assert ended.code == 2
    assert path.read_bytes() == before


def test_a_device_takes_every_output_at_once(cepick: Run, arrays: Arrays) -> None:
    assert cepick("eval", *arrays, "--output", "/dev/null").code == 0


@pytest.mark.parametrize("name", ["losses_to", "probabilities_to"])
def test_the_library_writes_over_no_input_either(arrays: Arrays, name: str) -> None:
    before = arrays[0].read_bytes()
    written: dict[str, Any] = {name: arrays[0]}
    with pytest.raises(CepickError, match=f"^{name}: .*is also predictions"):
        evaluate(arrays[0], arrays[1], **written)
    with pytest.raises(CepickError, match=r"^probabilities_to: .*is also losses_to"):
        evaluate(
            LOGITS,
            LABELS,
            losses_to=arrays[0].with_name("x.npy"),
            probabilities_to=arrays[0].with_name("x.npy"),
        )
    assert arrays[0].read_bytes() == before


STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]")


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_control_characters_of_a_file_are_shown_and_not_sent(cepick: Run, tmp_path: Path, form: str) -> None:
    path = tmp_path / "p\x1b[31m.csv"
    path.write_text(
        "cat\x1b[2J,dog\u202e,owl,label\n0.7,0.2,0.1,cat\x1b[2J\n0.1,0.8,0.1,dog\u202e\n0.2,0.2,0.6,dog\u202e\n",
        encoding="utf-8",
    )
    ended = cepick("eval", path, "--format", form)
    assert ended.code == 0
    assert not STEERING.search(ended.out)
    plain = ended.out.replace("\\\\", "\\").replace("\\[", "[")
    assert "cat\\x1b[2J" in plain
    assert "dog\\u202e" in plain
    assert "p\\x1b[31m.csv" in plain


def test_a_terminal_gets_no_control_characters_of_a_file(terminal: Run, tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("cat\x1b[2J,dog\x07,label\n0.7,0.3,cat\x1b[2J\n0.2,0.8,dog\x07\n0.4,0.6,dog\x07\n")
    shown = terminal("eval", path, NO_COLOR="1").out
    assert "\x1b[2J" not in shown
    assert "\x07" not in shown
    assert "cat\\x1b[2J" in shown


def test_the_json_keeps_every_character_as_an_escape(cepick: Run, tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("cat\x1b[2J,dog,label\n0.7,0.3,cat\x1b[2J\n0.2,0.8,dog\n")
    out = cepick("eval", path, "--format", "json").out
    assert "\x1b" not in out
    assert json.loads(out)["diagnostics"]["per_class"][0]["name"] == "cat\x1b[2J"


def test_a_function_is_explained_under_the_spelling_that_was_asked_for(cepick: Run) -> None:
    lines = [line.split("\t") for line in cepick("explain", "torch.nn.CrossEntropyLoss").out.splitlines()]
    assert ["title", "torch.nn.CrossEntropyLoss (PyTorch)"] in lines
    called = [line for line in lines if line[0] == "call"]
    code = "torch.nn.CrossEntropyLoss()(logits, targets)"
    assert [line[2:4] for line in called] == [["torch.nn.CrossEntropyLoss", code]] * 2
    assert {line[4] for line in called} == {"sparse_softmax_cross_entropy", "softmax_cross_entropy"}
    starts = [line[1].split(":")[0] for line in lines if line[0] in ("formula", "shapes")]
    assert starts.count("softmax_cross_entropy") == starts.count("sparse_softmax_cross_entropy") == 2
    notes = next(line[1] for line in lines if line[0] == "when")
    assert notes.count("no softmax before it") == 1


def test_a_function_whose_rows_read_alike_is_called_once_for_each_loss(cepick: Run) -> None:
    lines = cepick("explain", "bcewithlogitsloss").out.splitlines()
    called = [line for line in lines if line.startswith("call\t")]
    assert len(called) == len(set(called)) == 2


WORD = re.compile(r"[\w.]+")


@pytest.mark.parametrize("columns", [60, 100])
def test_the_catalogue_breaks_no_name(terminal: Run, columns: int) -> None:
    shown = terminal("losses", columns=columns, NO_COLOR="1").out
    assert set(WORD.findall(shown)) >= set(LOSSES)
    assert max(map(len, shown.splitlines())) <= columns


@pytest.mark.parametrize("columns", [60, 100])
@pytest.mark.parametrize("framework", frameworks())
def test_the_functions_of_a_framework_are_not_broken(terminal: Run, framework: str, columns: int) -> None:
    from ce_core.lookup.catalogue import catalogue

    shown = terminal("losses", "--framework", framework, columns=columns, NO_COLOR="1").out
    words = set(WORD.findall(shown))
    assert words >= {call.call for row in catalogue(framework).rows for call in row.calls}


def test_a_narrow_recommendation_breaks_no_name(terminal: Run) -> None:
    arguments = ("recommend", "--multiclass", "--exclusive", "--hard", "--logits", "--framework", "torch")
    words = set(WORD.findall(terminal(*arguments, columns=60, NO_COLOR="1").out))
    assert words >= {
        "sparse_softmax_cross_entropy",
        "sparse_categorical_cross_entropy",
        "keras.losses.SparseCategoricalCrossentropy",
        "tf.nn.sparse_softmax_cross_entropy_with_logits",
    }


@pytest.mark.parametrize("columns", [60, 80, 100, 120])
def test_a_comparison_breaks_no_name(terminal: Run, columns: int) -> None:
    shown = terminal(
        "explain", "torch.nn.BCELoss", "torch.nn.BCEWithLogitsLoss", columns=columns, NO_COLOR="1"
    ).out
    assert set(WORD.findall(shown)) >= {"torch.nn.BCELoss", "torch.nn.BCEWithLogitsLoss"}


def test_a_wide_comparison_has_no_empty_lines_between_its_rows(terminal: Run) -> None:
    shown = terminal("explain", "softmax", "sigmoid", columns=100, NO_COLOR="1").out
    rows = shown.split("What differs\n")[1].split("\n\n")[0]
    assert len(rows.splitlines()) > 4


@pytest.mark.parametrize("framework", ["catboost", "lgbm", "ONNX"])
def test_a_framework_of_the_catalogue_only_is_sent_there(cepick: Run, framework: str) -> None:
    ended = cepick("recommend", "--multiclass", "--framework", framework)
    assert ended.code == 2
    command = re.search(r"'cepick (losses --framework \w+)'", ended.err)
    assert command is not None
    assert cepick(*command[1].split()).code == 0
    assert "explain" in ended.err
    assert ended.err.endswith("choose from tensorflow, keras, torch, jax, sklearn\n")


def test_an_unknown_framework_is_answered_by_the_five_names(cepick: Run) -> None:
    ended = cepick("recommend", "--framework", "zzz")
    assert ended.err.endswith("not known; choose from tensorflow, keras, torch, jax, sklearn\n")


TYPED = {
    "class-weights": (("--class-weights", "1,-2,1"), "--class-weights: negative"),
    "sample-weights": (("--sample-weights", "1,nan,1"), "--sample-weights: NaN"),
    "pos-weight": (("--pos-weight", "3"), "--pos-weight: "),
    "clip": (("--probabilities", "--clip", "0.7"), "--clip: 0.7 is outside"),
    "smoothing": (("--label-smoothing", "2"), "--label-smoothing: 2.0 is outside"),
    "mean-over": (("--mean-over", "sequences"), "--mean-over: 'sequences' needs"),
    "kind": (("--kind", "regresion"), "--kind: 'regresion' is not one"),
    "number": (("--class-weights", "1,a,3"), "--class-weights: 'a' is not a number; "),
    "list": (("--sample-weights", "1,2,"), "--sample-weights: '' is not a number; "),
    "lengths": (("--lengths", "3"), "--lengths: '3' is no file; "),
    "mask": (("--mask", "1,0,1"), "--mask: '1,0,1' is no file; "),
}


@pytest.mark.parametrize(("options", "says"), TYPED.values(), ids=TYPED)
def test_an_error_names_the_flag_as_it_is_typed(
    cepick: Run, arrays: Arrays, options: tuple[str, ...], says: str
) -> None:
    ended = cepick("eval", *arrays, *options)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith(f"cepick: error: {says}")
    assert ended.err.count("\n") == 1


def test_the_library_names_its_arguments() -> None:
    with pytest.raises(CepickError, match=r"^class_weights: negative class weights at 1"):
        evaluate(LOGITS, LABELS, class_weights=[1, -2, 1])


def test_a_weight_file_whose_name_has_commas_is_read(cepick: Run, arrays: Arrays) -> None:
    path = arrays[0].with_name("1,a.npy")
    np.save(path, np.ones(3))
    assert cepick("eval", *arrays, "--class-weights", path).code == 0


def test_a_missing_file_is_answered_with_one_that_can_be_read(cepick: Run, tmp_path: Path) -> None:
    (tmp_path / "logits.py").write_text("")
    np.save(tmp_path / "logit.npy", LOGITS)
    ended = cepick("eval", tmp_path / "logits.npy", tmp_path / "logits.npy")
    assert "logit.npy'?" in ended.err
    (tmp_path / "logit.npy").rename(tmp_path / "logit.bak")
    assert "did you mean" not in cepick("eval", tmp_path / "logits.npy", tmp_path / "logits.npy").err


@pytest.mark.parametrize("form", ["text", "json", "markdown"])
def test_losses_that_are_not_reduced_say_where_they_go(cepick: Run, arrays: Arrays, form: str) -> None:
    arguments = ("eval", *arrays, "--reduction", "none", "--format", form)
    assert "--out FILE writes the losses" in cepick(*arguments).out
    told = cepick(*arguments, "--out", arrays[0].with_name("losses.npy")).out
    assert "--out FILE" not in told


@pytest.mark.parametrize("gap", ["\t", "  ", "\n"], ids=["tab", "spaces", "newline"])
def test_a_class_name_reads_the_same_as_a_header_and_as_a_label(
    cepick: Run, tmp_path: Path, gap: str
) -> None:
    path = tmp_path / "p.csv"
    name = f'"big{gap}cat"'
    path.write_text(f"{name},dog,label\n0.7,0.3,{name}\n0.2,0.8,dog\n0.6,0.4,{name}\n")
    answer = json.loads(cepick("eval", path, "--format", "json").out)
    rows = {row["name"]: row["support"] for row in answer["diagnostics"]["per_class"]}
    assert sorted(rows.values()) == [1, 2]
    assert not any("without" in note or "sorted" in note for note in answer["notes"])


def test_explain_without_a_name_lists_what_can_be_explained(cepick: Run, terminal: Run) -> None:
    listed = {tuple(line.split("\t")) for line in cepick("explain").out.splitlines()}
    assert listed >= {
        ("loss", "nll"),
        ("concept", "recall"),
        ("finding", "CE102"),
        ("call", "torch.nn.BCELoss"),
    }
    assert any(kind == "comparison" for kind, _ in listed)
    for kind, name in sorted(listed)[::25]:
        assert cepick("explain", *name.split(" | ")).code == 0, (kind, name)
    assert "Concepts" in terminal("explain", NO_COLOR="1").out
    assert "### Concepts" in cepick("explain", "--format", "markdown").out
    told = json.loads(cepick("explain", "--format", "json").out)
    schema = json.loads(read_text("schemas/topics.schema.json"))
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(told)
    assert not Draft202012Validator(schema).is_valid({**told, "extra": 1})


@pytest.mark.parametrize(
    "options",
    [
        ("--loss", "torch.nn.CrossEntropyLoss(label_smoothing=0.1)"),
        ("--loss", "torch.nn.CrossEntropyLoss(reduction='none')"),
        ("--frameworks",),
    ],
    ids=["call", "unreduced", "frameworks"],
)
def test_what_frameworks_print_is_valid_json(cepick: Run, arrays: Arrays, options: tuple[str, ...]) -> None:
    answer = json.loads(cepick("eval", *arrays, *options, "--format", "json").out)
    schema = Draft202012Validator(json.loads(read_text("schemas/evaluation.schema.json")))
    schema.validate(answer)
    part = "rosetta" if "--frameworks" in options else "emulation"
    assert answer[part] is not None
    assert not schema.is_valid({**answer, part: {**answer[part], "extra": 1}})


def test_numbers_of_frameworks_that_are_not_finite_are_words() -> None:
    wrong = np.eye(3)[(LABELS + 1) % 3]
    answer = evaluate(wrong, LABELS, outputs="probabilities", frameworks=True)
    told = json.loads(json.dumps(answer.to_dict(), allow_nan=False))
    Draft202012Validator(json.loads(read_text("schemas/evaluation.schema.json"))).validate(told)
    assert told["rosetta"]["exact"] == "inf"
