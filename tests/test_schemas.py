"""The JSON of recommendations, evaluations and matches is what its schema says, and the schema is strict."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from ce_core.compute.evaluate import evaluate, infer
from ce_core.configs_io import read_text
from ce_core.decide.recommend import recommend
from ce_core.errors import CepickError
from ce_core.matching.answer import Logged, Match, Traced
from ce_core.matching.famous import look_up
from ce_core.task import Task
from ce_core.task.words import PROPERTIES

RNG = np.random.default_rng(20)
LOGITS = RNG.normal(size=(40, 4))
LABELS = RNG.integers(0, 4, size=40)
PROBABILITIES = np.exp(LOGITS) / np.exp(LOGITS).sum(axis=1, keepdims=True)
MULTI_HOT = (RNG.random((40, 4)) < 0.5).astype(float)
TOKENS = RNG.normal(size=(3, 5, 4))


def validator(name: str) -> Draft202012Validator:
    schema = json.loads(read_text(f"schemas/{name}.schema.json"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def complaints(name: str, answer: dict[str, Any]) -> list[str]:
    strict = json.loads(json.dumps(answer, allow_nan=False))
    return [f"{each.json_path}: {each.message}" for each in validator(name).iter_errors(strict)]


def _tasks() -> Iterator[Task]:
    """Yield tasks over every pair of values that the first choice depends on, and each property on its own."""
    names = ("outcomes", "exclusive", "targets", "outputs")
    for values in product(*((None, *PROPERTIES[name].answers) for name in names)):
        try:
            yield Task(**dict(zip(names, values, strict=True)))
        except CepickError:
            continue
    for kind in PROPERTIES["kind"].answers:
        yield Task(kind=kind)  # type: ignore[arg-type]
    decided: dict[str, Any] = {
        "outcomes": "multiclass",
        "exclusive": True,
        "targets": "hard",
        "outputs": "logits",
    }
    changes: list[dict[str, Any]] = [
        {"imbalance": True},
        {"imbalance": 20.0},
        {"class_axis": (1, 2)},
        {"class_axis": -1},
        {"weights": ("sample", "class")},
        {"huge_vocabulary": True},
        {"masked": True, "structure": "token"},
        {"ignore_index": -100},
        {"classes": 10, "units": 10, "label_base": 1, "encoding": "index"},
        {"framework": "torch", "phase": "eval"},
    ]
    for change in changes:
        yield Task(**decided, **change)


@pytest.mark.parametrize(
    "task", list(_tasks()), ids=lambda task: ",".join(f"{k}={v}" for k, v in task.known()) or "nothing"
)
def test_the_recommendation_for_a_task_is_valid(task: Task) -> None:
    assert complaints("recommendation", recommend(task).to_dict()) == []


def test_a_recommendation_from_arrays_is_valid() -> None:
    seen = infer(LOGITS, LABELS + 1)
    from dataclasses import replace

    answer = replace(recommend(seen.task, evidence=seen.evidence), findings=seen.findings)
    assert answer.findings
    assert complaints("recommendation", answer.to_dict()) == []


EVALUATIONS: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "index": (LOGITS, LABELS, {}),
    "one-hot": (PROBABILITIES, np.eye(4)[LABELS], {}),
    "log-probabilities": (np.log(PROBABILITIES), LABELS, {}),
    "soft": (LOGITS, PROBABILITIES, {}),
    "multi-hot": (LOGITS, MULTI_HOT, {}),
    "binary": (LOGITS[:, 0], MULTI_HOT[:, 0], {}),
    "ambiguous": (np.full(40, 0.5), MULTI_HOT[:, 0], {}),
    "tokens": (TOKENS, RNG.integers(0, 4, size=(3, 5)), {"mean_over": "sequences"}),
    "sentinel": (LOGITS, np.where(LABELS == 3, -100, LABELS), {}),
    "ignored": (LOGITS, LABELS, {"ignore_index": 2}),
    "all-ignored": (LOGITS, np.zeros(40, dtype=int), {"ignore_index": 0}),
    "sum": (LOGITS, LABELS, {"reduction": "sum"}),
    "unreduced": (LOGITS, LABELS, {"reduction": "none"}),
    "bits": (LOGITS, LABELS, {"base": "bits"}),
    "smoothed": (LOGITS, LABELS, {"label_smoothing": 0.1}),
    "weighted": (LOGITS, LABELS, {"class_weights": [1, 2, 3, 4], "sample_weights": np.arange(40.0)}),
    "pos-weight": (LOGITS, MULTI_HOT, {"pos_weight": 3.0}),
    "clipped": (PROBABILITIES, LABELS, {"clip": 1e-3}),
    "infinite": (np.eye(4)[LABELS], (LABELS + 1) % 4, {"outputs": "probabilities"}),
    "minus-infinity": (np.where(np.eye(4)[LABELS] == 1, -np.inf, LOGITS), LABELS, {}),
    "not-finite": (np.where(LOGITS > 1.5, np.nan, LOGITS), LABELS, {"outputs": "logits"}),
    "one-based": (LOGITS, LABELS + 1, {}),
    "regression": (LOGITS[:, 0], 100 * LOGITS[:, 1], {}),
    "wrong-loss": (PROBABILITIES, LABELS, {"loss": "sparse_softmax_cross_entropy"}),
    "named": (LOGITS, LABELS, {"class_names": list("abcd")}),
    "many-classes": (RNG.normal(size=(300, 150)), np.arange(300) % 150, {}),
}


@pytest.mark.parametrize(("predictions", "targets", "options"), EVALUATIONS.values(), ids=EVALUATIONS)
def test_an_evaluation_is_valid(predictions: Any, targets: Any, options: dict[str, Any]) -> None:
    assert complaints("evaluation", evaluate(predictions, targets, **options).to_dict()) == []


def test_the_evaluations_are_of_every_status_and_severity() -> None:
    answers = [
        evaluate(predictions, targets, **options) for predictions, targets, options in EVALUATIONS.values()
    ]
    assert {each.status for each in answers} == {"decided", "undecided", "not_a_cross_entropy"}
    assert {found.severity for each in answers for found in each.findings} >= {"error", "warning"}


def _broken(name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield answers that a strict schema must refuse."""
    answer = {
        "recommendation": recommend(Task(kind="contrastive")).to_dict(),
        "evaluation": evaluate(LOGITS, LABELS).to_dict(),
        "match": look_up("0.6931", classes=10).to_dict(),
    }[name]
    yield "extra", {**answer, "extra": 1}
    for key in answer:
        yield f"without-{key}", {other: value for other, value in answer.items() if other != key}
    yield "other-schema", {**answer, "schema": "cepick.other/1"}
    if name == "match":
        yield from _broken_matches(answer)
        return
    yield "unknown-status", {**answer, "status": "maybe"}
    yield "decided-without-loss", {**answer, "loss": None}
    yield "unknown-property", {**answer, "task": {**answer["task"], "colour": None}}
    yield "wrong-value", {**answer, "task": {**answer["task"], "outputs": "logit"}}
    yield "undecided-without-question", {**answer, "status": "undecided", "loss": None}


def _broken_matches(answer: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    first, number = answer["matches"][0], answer["values"][0]
    yield "no-number", {**answer, "values": []}
    yield "nearest-beside-matches", {**answer, "nearest": [first]}
    yield "unknown-property", {**answer, "task": {"colour": 1}}
    yield "rows-without-end", {**answer, "values": [{**number, "rows": [0]}]}
    yield "negative-tolerance", {**answer, "values": [{**number, "tolerance": -1}]}
    for key in first:
        yield (
            f"match-without-{key}",
            {
                **answer,
                "matches": [{name: value for name, value in first.items() if name != key}],
            },
        )
    yield "mistake-with-spaces", {**answer, "matches": [{**first, "mistake": "double softmax"}]}
    yield "nothing-said", {**answer, "matches": [{**first, "says": ""}]}
    yield "same-of-same", {**answer, "matches": [{**first, "same": [{**first, "extra": 1}]}]}


MATCHES: dict[str, Match] = {
    "famous": look_up("0.6931"),
    "classes": look_up("1.53", classes=10),
    "nothing": look_up("1.2345"),
    "nan": look_up("nan"),
    "minus-infinity": look_up("-inf"),
    "several": look_up(["0.0", "16.118", -0.35]),
    "arrays": Match(
        logged=(
            Logged(text="1.5@0:32", value=1.5, digits=2, tolerance=0.05, rows=(0, 32)),
            Logged(text="1.4", value=1.4, digits=2, tolerance=0.05, arrays=("p.npy", "y.npy")),
        ),
        tried=1000,
        expected_by_chance=0.25,
        matches=(
            Traced(
                value=np.float64(1.52),
                loss="sparse_softmax_cross_entropy",
                variant={"activation": "softmax twice", "smoothing": 0.1, "weights": None, "shift": (0, 1)},
                mistake="last-batch-dropped",
                framework=(),
                says="the last batch was left out",
                values=(1.52, float("inf")),
            ),
        ),
        predictions="p.npy",
        targets="y.npy",
        count=64,
        task=Task(outcomes="multiclass", class_axis=(1, 2)).to_dict(),
    ),
}


@pytest.mark.parametrize("answer", MATCHES.values(), ids=MATCHES)
def test_a_match_is_valid(answer: Match) -> None:
    assert complaints("match", answer.to_dict()) == []


def test_the_matches_are_of_every_kind() -> None:
    assert {bool(each.matches) for each in MATCHES.values()} == {True, False}
    assert {bool(each.nearest) for each in MATCHES.values()} == {True, False}
    assert any(part.same for each in MATCHES.values() for part in each.matches)


@pytest.mark.parametrize("name", ["recommendation", "evaluation", "match"])
def test_what_is_missing_or_unknown_is_refused(name: str) -> None:
    accepted = [case for case, answer in _broken(name) if not complaints(name, answer)]
    assert accepted == []


@pytest.mark.parametrize("name", ["recommendation", "evaluation", "match"])
def test_the_schema_knows_the_words_of_the_properties(name: str) -> None:
    task = json.loads(read_text(f"schemas/{name}.schema.json"))["$defs"]["task"]["properties"]
    assert list(task) == list(PROPERTIES)
    for prop in PROPERTIES.values():
        if prop.type == "choice":
            assert task[prop.name]["enum"] == [*prop.answers, None]
        assert task[prop.name]["description"] == prop.says
