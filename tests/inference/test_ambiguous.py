"""What both arrays decide together is settled with its runner-up; what they do not is asked, never guessed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from clean_pairs import log_softmax, sigmoid, softmax, stored

from ce_core import Evidence, infer
from ce_core.read.infer import Inference, no_chance

ROWS = 300


def rng_of(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def evidence(found: Inference, name: str) -> Evidence:
    return next(each for each in found.evidence if each.property == name)


def one_true(seed: int, classes: int, rows: int = ROWS) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return sigmoid outputs of classes of which one is true, the labels, and these as rows."""
    rng = rng_of(seed)
    labels = rng.integers(0, classes, rows)
    hard = np.eye(classes)[labels]
    logits = 2.5 * (rng.normal(0, 1, hard.shape) + 2.5 * hard - 1.25) - np.log(classes - 1)
    return sigmoid(logits), labels, hard


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("classes", [3, 10, 100])
@pytest.mark.parametrize("precision", ["float16", "float32", "6 decimals"])
def test_sigmoid_outputs_beside_one_label_each_are_known(seed: int, classes: int, precision: str) -> None:
    values, labels, hard = one_true(seed, classes)
    rows = infer(stored(values, precision), hard)
    assert (rows.question, rows.task.exclusive, rows.task.outputs) == (None, False, "probabilities")
    exclusive = evidence(rows, "exclusive")
    assert (exclusive.source, exclusive.runner_up) == ("both", True)
    assert "--exclusive" in exclusive.because
    index = infer(stored(values, precision), labels)
    outputs = evidence(index, "outputs")
    assert (index.question, outputs.value, outputs.runner_up) == (None, "probabilities", "logits")
    assert "read as probabilities the loss is" in outputs.because
    assert "--logits" in outputs.because


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("classes", [3, 5, 30])
@pytest.mark.parametrize("form", ["index", "one_hot"])
def test_similarities_and_small_logits_are_asked_about(seed: int, classes: int, form: str) -> None:
    rng = rng_of(seed)
    labels = rng.integers(0, classes, ROWS)
    hard = np.eye(classes)[labels]
    pairs = {
        "similarities": np.clip(0.2 + 0.5 * hard + 0.1 * rng.normal(size=hard.shape), 0, 1),
        "weak similarities": np.clip(0.5 + 0.1 * hard + 0.1 * rng.normal(size=hard.shape), 0, 1),
        "small logits": rng.uniform(0, 1, hard.shape),
        "small logits that lean": rng.uniform(0.05, 0.75, hard.shape) + 0.2 * hard,
        "logits of a little model": np.clip(0.3 * hard + rng.uniform(0, 0.4, hard.shape), 0, 1),
    }
    for name, values in pairs.items():
        found = infer(values, labels if form == "index" else hard)
        assert found.task.outputs is None, name
        assert found.question is not None, name
        assert "--logits" in found.question, name


@pytest.mark.parametrize("strength", [1.0, 10.0, 100.0])
def test_trained_sigmoids_of_one_class_against_the_rest_are_known(strength: float) -> None:
    pytest.importorskip("sklearn")
    from sklearn.datasets import load_iris
    from sklearn.linear_model import LogisticRegression

    features, labels = load_iris(return_X_y=True)
    scaled = (features - features.mean(axis=0)) / features.std(axis=0)
    fitted, held = np.arange(150) % 2 == 0, np.arange(150) % 2 == 1
    values = np.column_stack(
        [
            LogisticRegression(C=strength)
            .fit(scaled[fitted], labels[fitted] == each)
            .predict_proba(scaled[held])[:, 1]
            for each in range(3)
        ]
    )
    found = infer(values, labels[held])
    assert (found.question, found.task.outputs) == (None, "probabilities")


@pytest.mark.parametrize("form", ["index", "one_hot"])
@pytest.mark.parametrize(("rows", "classes"), [(2, 20_000), (30, 20_000), (5, 1000)])
def test_a_clip_that_adds_to_the_sum_makes_no_logits_of_probabilities(
    form: str, rows: int, classes: int
) -> None:
    rng = rng_of(1)
    labels = rng.integers(0, classes, rows)
    values = np.clip(softmax(rng.normal(0, 4, (rows, classes))), 1e-6 if classes == 1000 else 1e-7, 1)
    found = infer(values, labels if form == "index" else np.eye(classes)[labels])
    outputs = evidence(found, "outputs")
    assert (outputs.value, found.task.exclusive) == ("probabilities", True)
    assert outputs.confidence > 0.98
    assert not {"CE103", "CE306"} & {each.code for each in found.findings}


LOGITS = rng_of(5).normal(0, 2, (40, 4))
TWO = rng_of(6).normal(0, 2, (40, 2))
LABELS = np.arange(40) % 4
ONE_HOT = np.eye(4)[LABELS]

SETTLED: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "two columns, one-hot": (TWO, np.eye(2)[LABELS % 2], {"exclusive": True, "outcomes": "binary"}),
    "two columns, two labels": (
        TWO,
        (rng_of(7).random((40, 2)) < 0.5) * 1,
        {"exclusive": False, "outcomes": "multiclass"},
    ),
    "[N, 2] with [N]": (TWO, LABELS % 2, {"encoding": "index", "outcomes": "binary"}),
    "[N, K] with [N, 1]": (LOGITS, LABELS[:, None], {"encoding": "index", "exclusive": True}),
    "[N] with 0 and 1": (TWO[:, 0], LABELS % 2, {"encoding": "scalar", "outcomes": "binary"}),
    "[N, 1] with [N, 1]": (TWO[:, :1], LABELS[:, None] % 2, {"encoding": "scalar"}),
    "few rows, softmax outputs": (softmax(LOGITS[:3]), ONE_HOT[:3], {"exclusive": True}),
    "few rows, log-softmax outputs": (log_softmax(LOGITS[:3]), ONE_HOT[:3], {"exclusive": True}),
    "negative logits": (-np.abs(LOGITS), LABELS, {"outputs": "logits"}),
    "log-probabilities": (log_softmax(LOGITS), LABELS, {"outputs": "log_probabilities"}),
    "byte mask": (TWO[:, 0], 255 * (LABELS % 2), {"target_range": "byte"}),
    "signed labels": (TWO[:, 0], 2 * (LABELS % 2) - 1, {"target_range": "signed"}),
}


@pytest.mark.parametrize(("predictions", "targets", "expected"), SETTLED.values(), ids=SETTLED)
def test_pairs_that_look_alike_are_told_apart(
    predictions: np.ndarray, targets: np.ndarray, expected: dict[str, Any]
) -> None:
    found = infer(predictions, targets)
    assert {name: getattr(found.task, name) for name in expected} == expected
    assert all(evidence(found, name).confidence == 1 for name in expected)
    assert all(evidence(found, name).runner_up is None for name in expected)


DOUBTFUL: dict[str, tuple[Any, Any, dict[str, tuple[Any, Any]]]] = {
    "two one-hot rows": (
        LOGITS[:2],
        ONE_HOT[:2],
        {"exclusive": (True, False), "encoding": ("one_hot", "multi_hot")},
    ),
    "three one-hot rows of two columns": (
        TWO[:3],
        np.eye(2)[LABELS[:3] % 2],
        {"exclusive": (True, False), "outcomes": ("binary", "multiclass")},
    ),
    "unlabelled rows under a softmax": (
        softmax(LOGITS),
        np.where(np.arange(40)[:, None] == 3, 0, ONE_HOT),
        {"exclusive": (True, False)},
    ),
    "soft rows that sum to 1 once": (
        TWO[:1],
        np.array([[0.3, 0.7]]),
        {"exclusive": (True, False), "encoding": ("distribution", "scalar")},
    ),
    "soft rows under a softmax": (
        softmax(LOGITS),
        sigmoid(LOGITS),
        {"exclusive": (True, False), "encoding": ("distribution", "scalar")},
    ),
    "a single row of probabilities": (
        softmax(TWO[:1]),
        np.array([0]),
        {"outputs": ("probabilities", "logits")},
    ),
    "labels without 0": (LOGITS, LABELS % 3 + 1, {"label_base": (0, 1)}),
    "a mark": (LOGITS, np.where(LABELS == 2, -100, LABELS), {"masked": (True, False)}),
    "two axes that fit": (
        rng_of(8).normal(0, 2, (6, 4, 4)),
        rng_of(9).integers(0, 4, (6, 4)),
        {"class_axis": (2, 1)},
    ),
    "grey values": (TWO[:, 0], np.linspace(0, 255, 40).round(), {"target_range": ("byte", "real")}),
    "sigmoid outputs": (
        sigmoid(3 * TWO[:, 0]),
        (TWO[:, 0] > 0) * 1,
        {"outputs": ("probabilities", "logits")},
    ),
}


@pytest.mark.parametrize(("predictions", "targets", "expected"), DOUBTFUL.values(), ids=DOUBTFUL)
def test_what_is_in_doubt_has_its_runner_up(
    predictions: np.ndarray, targets: np.ndarray, expected: dict[str, tuple[Any, Any]]
) -> None:
    found = infer(predictions, targets)
    for name, (value, otherwise) in expected.items():
        told = evidence(found, name)
        assert (told.value, told.runner_up) == (value, otherwise)
        assert told.confidence < 1
    assert all((each.confidence < 1) == (each.runner_up is not None) for each in found.evidence)
    assert found.to_dict()["evidence"][0]["runner_up"] is None


def test_rows_that_sum_to_1_by_chance_are_rare() -> None:
    values = rng_of(0).random((1_000_000, 2))
    share = float((np.abs(values.sum(axis=1) - 1) <= 0.05).mean())
    assert 1 - share == pytest.approx(no_chance(0.05, 1), abs=0.004)
    assert 1 - share >= no_chance(0.05, 1)
    assert no_chance(0.5, 1) == 0.5


def test_the_runner_up_is_shown_where_the_doubt_is() -> None:
    from cepick.render import words

    told = evidence(infer(LOGITS[:2], ONE_HOT[:2]), "exclusive")
    assert words.reason(told).endswith("(75 % sure, else false)")
    sure = evidence(infer(LOGITS, ONE_HOT), "exclusive")
    assert "sure" not in words.reason(sure)
    assert "75 % sure, else false" in infer(LOGITS[:2], ONE_HOT[:2])._repr_html_()
