"""`cepick eval features.npy labels.npy --head weights.npy`: options reach the core, and every form shows the answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from ce_core import evaluate
from ce_core.configs_io import read_text

Run = Callable[..., Any]

EXAMPLES = Path(__file__).parents[2] / "examples"
ARRAYS = tuple(str(EXAMPLES / f"digits_{name}.npy") for name in ("features", "labels"))
HEAD = ("--head", str(EXAMPLES / "digits_head.npy"), "--bias", str(EXAMPLES / "digits_bias.npy"))
IN_PYTHON = {"head": HEAD[1], "bias": HEAD[3]}
DRAWN = ("--loss", "sampled-softmax", "--num-sampled", "4")


def answer(ended: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ended.out)
    return found


def test_the_examples_have_the_loss_of_their_logits_but_for_rounding(cepick: Run) -> None:
    found = answer(cepick("eval", *ARRAYS, *HEAD, "--format", "json"))
    logits = answer(cepick("eval", EXAMPLES / "digits_logits.npy", ARRAYS[1], "--format", "json"))
    assert (found["loss"], found["estimate"]) == ("linear_softmax_cross_entropy", None)
    assert found["value"] == pytest.approx(logits["value"], rel=1e-5)
    assert found["diagnostics"]["accuracy"] == logits["diagnostics"]["accuracy"]
    assert found["predictions"]["shape"] == [1079, 8]


OPTIONS: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "loss": ((), {}),
    "sampler": (("--sampler", "uniform"), {"sampler": "uniform"}),
    "replacement": (("--with-replacement",), {"unique": False}),
    "keep": (("--accidental-hits", "keep"), {"remove_accidental_hits": False}),
    "remove": (("--accidental-hits", "remove"), {"remove_accidental_hits": True}),
    "repeats": (("--repeats", "3"), {"repeats": 3}),
    "seed": (("--seed", "5"), {"seed": 5}),
    "number": (("--num-true", "1"), {"num_true": 1}),
    "ignored": (("--ignore-index", "3"), {"ignore_index": 3}),
    "class-weights": (("--class-weights", "1,2,3,4,5,6,7,8,9,10"), {"class_weights": np.arange(1, 11)}),
}


@pytest.mark.parametrize(("options", "same"), OPTIONS.values(), ids=OPTIONS)
def test_an_option_does_what_its_argument_does_in_python(
    cepick: Run, options: tuple[str, ...], same: dict[str, Any]
) -> None:
    ended = cepick("eval", *ARRAYS, *HEAD, *DRAWN, *options, "--format", "json")
    expected = evaluate(*ARRAYS, **IN_PYTHON, loss="sampled_softmax", num_sampled=4, **same)
    assert ended.code == 0
    assert answer(ended) == json.loads(json.dumps(expected.to_dict()))


def test_unigrams_and_candidates_are_files(cepick: Run, tmp_path: Path) -> None:
    vocabulary, ids = tmp_path / "vocabulary.csv", tmp_path / "ids.npy"
    vocabulary.write_text("".join(f"word {each},{each + 1}\n" for each in range(10)), "utf-8")
    np.save(ids, [7, 2])
    options = ("--loss", "nce", "--sampler", "fixed-unigram", "--unigrams", vocabulary)
    drawn = answer(cepick("eval", *ARRAYS, *HEAD, *options, "--num-sampled", "3", "--format", "json"))
    assert drawn["estimate"]["sampler"] == "fixed_unigram"
    expected = evaluate(
        *ARRAYS, **IN_PYTHON, loss="nce", sampler="fixed_unigram", unigrams=np.arange(1, 11), num_sampled=3
    )
    assert drawn["value"] == expected.value
    given = answer(cepick("eval", *ARRAYS, *HEAD, *options, "--candidates", ids, "--format", "json"))
    assert (given["estimate"]["candidates"], given["estimate"]["seed"]) == (str(ids), None)


@pytest.mark.parametrize(
    "options",
    [(), DRAWN, (*DRAWN, "--repeats", "1"), (*DRAWN, "--reduction", "none"), (*DRAWN, "--base", "bits")],
    ids=["exact", "sampled", "one-draw", "unreduced", "bits"],
)
def test_the_json_is_what_its_schema_says(cepick: Run, options: tuple[str, ...]) -> None:
    schema = json.loads(read_text("schemas/evaluation.schema.json"))
    found = answer(cepick("eval", *ARRAYS, *HEAD, *options, "--format", "json"))
    assert [each.message for each in Draft202012Validator(schema).iter_errors(found)] == []
    assert (found["estimate"] is None) == (options == ())


def test_the_schema_refuses_an_estimate_without_the_exact_loss(cepick: Run) -> None:
    schema = json.loads(read_text("schemas/evaluation.schema.json"))
    found = answer(cepick("eval", *ARRAYS, *HEAD, *DRAWN, "--format", "json"))
    for name in found["estimate"]:
        rest = {key: value for key, value in found["estimate"].items() if key != name}
        errors = Draft202012Validator(schema).iter_errors({**found, "estimate": rest})
        assert any("estimate" in each.json_path for each in errors), name


def test_the_plain_text_has_every_figure_of_the_estimate(cepick: Run) -> None:
    lines = dict(line.split("\t", 1) for line in cepick("eval", *ARRAYS, *HEAD, *DRAWN).out.splitlines())
    expected = evaluate(*ARRAYS, **IN_PYTHON, loss="sampled_softmax", num_sampled=4)
    assert expected.estimate is not None
    assert float(lines["value"]) == float(lines["estimate_value"]) == expected.value
    assert float(lines["estimate_exact"]) == float(lines["mean"]) == expected.estimate.exact
    assert float(lines["estimate_bias"]) == expected.estimate.bias
    assert lines["estimate_sampler"] == "log_uniform"
    assert "for training only" in lines["estimate_statement"]


def test_the_exact_loss_has_no_line_of_an_estimate(cepick: Run) -> None:
    assert "estimate" not in cepick("eval", *ARRAYS, *HEAD).out


def test_markdown_sets_the_sampled_loss_beside_the_full_one(cepick: Run) -> None:
    text = cepick("eval", *ARRAYS, *HEAD, *DRAWN, "--format", "markdown").out
    assert "### Beside the full softmax loss" in text
    assert "| full softmax | 0.327390 |" in text
    assert "for training only" in text
    assert "The full softmax loss is 85.8 % below" in text
    assert " ± " not in text.splitlines()[0]


def test_the_page_sets_the_sampled_loss_beside_the_full_one(terminal: Run) -> None:
    page = terminal("eval", *ARRAYS, *HEAD, *DRAWN, columns=100, NO_COLOR="1").out
    assert "Beside the full softmax loss" in page
    assert "mean of 10 draws" in page
    assert "0.327390" in page
    assert "for training only" in page
    assert "not numbered by falling frequency" in page
    first = next(line for line in page.splitlines() if " nats" in line)
    assert "±" not in first


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--loss", "nce"), "pass --head FILE"),
        (("--bias", HEAD[3]), "bias: goes with a head"),
        ((*HEAD, "--loss", "nll"), "nll: takes log-probabilities, and with --head"),
        ((*HEAD, "--num-sampled", "4"), "--num-sampled: goes with sampled_softmax and nce"),
        ((*HEAD, *DRAWN[:2]), "pass --num-sampled N"),
        ((*HEAD, *DRAWN, "--num-sampled", "many"), "--num-sampled: 'many' is not a whole number"),
        ((*HEAD, *DRAWN, "--num-sampled", "11"), "11 unique classes cannot be drawn from 10"),
        ((*HEAD, *DRAWN, "--sampler", "unifrom"), "did you mean 'uniform'?"),
        ((*HEAD, *DRAWN, "--accidental-hits", "drop"), "--accidental-hits: 'drop' is not one of its values"),
        ((*HEAD, *DRAWN, "--candidates", "nowhere.npz"), "nowhere.npz: "),
        (("--head", ARRAYS[1]), "digits_labels.npy: shape [1079] does not fit"),
    ],
    ids=[
        "no-head",
        "bias",
        "loss",
        "exact",
        "no-number",
        "number",
        "too-many",
        "sampler",
        "hits",
        "candidates",
        "head",
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(cepick: Run, options: tuple[str, ...], says: str) -> None:
    ended = cepick("eval", *ARRAYS, *options)
    assert (ended.code, ended.out) == (2, "")
    assert says in ended.err
    assert len(ended.err.splitlines()) == 1


def test_a_tsv_of_features_and_labels_needs_no_second_file(cepick: Run, tmp_path: Path) -> None:
    features, labels = np.load(ARRAYS[0])[:40], np.load(ARRAYS[1])[:40]
    path = tmp_path / "both.tsv"
    rows = [
        [*map(repr, row), str(label)] for row, label in zip(features.tolist(), labels.tolist(), strict=True)
    ]
    header = [*(f"h{each}" for each in range(8)), "label"]
    path.write_text("".join("\t".join(row) + "\n" for row in [header, *rows]), "utf-8")
    found = answer(cepick("eval", path, *HEAD, "--format", "json"))
    assert found["value"] == pytest.approx(evaluate(features, labels, **IN_PYTHON).value, rel=1e-12)
    assert found["diagnostics"]["per_class"][0]["name"] is None
    assert found["diagnostics"]["worst"][0]["line"] == found["diagnostics"]["worst"][0]["row"] + 2


def test_the_huge_vocabulary_preset_shows_the_command_and_is_computed(cepick: Run) -> None:
    found = answer(cepick("recommend", "--preset", "huge-vocabulary-embedding", "--format", "json"))
    assert (found["loss"], found["computed"]) == ("sampled_softmax", True)
    assert any(
        "cepick eval features.npy labels.npy --head weights.npy" in each["text"]
        for each in found["modifiers"]
    )
    ended = cepick("eval", *ARRAYS, *HEAD, "--preset", "huge-vocabulary-embedding", "--format", "json")
    assert answer(ended)["loss"] == "linear_softmax_cross_entropy"
