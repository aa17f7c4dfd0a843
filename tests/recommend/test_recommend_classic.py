"""The classic question: binary, categorical, sparse categorical, sigmoid, softmax, sparse softmax: which?"""

from __future__ import annotations

from typing import Any

import pytest

from ce_core.decide.recommend import recommend

BINARY: dict[str, Any] = {"outcomes": "binary"}
SOFT: dict[str, Any] = {"outcomes": "multiclass", "exclusive": True, "targets": "soft"}
INDEX: dict[str, Any] = {"outcomes": "multiclass", "exclusive": True, "targets": "hard", "encoding": "index"}
HARD: dict[str, Any] = {"outcomes": "multiclass", "exclusive": True, "targets": "hard"}
ONE_HOT: dict[str, Any] = {"outcomes": "multiclass", "encoding": "one_hot"}
SEVERAL: dict[str, Any] = {"exclusive": False}

TABLE = [
    (BINARY, "probabilities", "binary_cross_entropy"),
    (BINARY | {"targets": "hard"}, "probabilities", "binary_cross_entropy"),
    (BINARY | {"targets": "soft"}, "probabilities", "binary_cross_entropy"),
    (BINARY | {"encoding": "index"}, "probabilities", "binary_cross_entropy"),
    (BINARY | {"encoding": "scalar"}, "probabilities", "binary_cross_entropy"),
    (SOFT, "probabilities", "categorical_cross_entropy"),
    (SOFT | {"encoding": "distribution"}, "probabilities", "categorical_cross_entropy"),
    (ONE_HOT, "probabilities", "categorical_cross_entropy"),
    (INDEX, "probabilities", "sparse_categorical_cross_entropy"),
    (HARD, "probabilities", "sparse_categorical_cross_entropy"),
    (BINARY, "logits", "sigmoid_cross_entropy"),
    (BINARY | {"targets": "hard"}, "logits", "sigmoid_cross_entropy"),
    (BINARY | {"targets": "soft"}, "logits", "sigmoid_cross_entropy"),
    (BINARY | {"encoding": "index"}, "logits", "sigmoid_cross_entropy"),
    (BINARY | {"encoding": "scalar"}, "logits", "sigmoid_cross_entropy"),
    (SOFT, "logits", "softmax_cross_entropy"),
    (SOFT | {"encoding": "distribution"}, "logits", "softmax_cross_entropy"),
    (ONE_HOT, "logits", "softmax_cross_entropy"),
    (INDEX, "logits", "sparse_softmax_cross_entropy"),
    (HARD, "logits", "sparse_softmax_cross_entropy"),
    (SEVERAL, "logits", "sigmoid_cross_entropy"),
    (SEVERAL | {"outcomes": "multiclass", "classes": 20}, "logits", "sigmoid_cross_entropy"),
    (SEVERAL | {"targets": "soft"}, "logits", "sigmoid_cross_entropy"),
    ({"encoding": "multi_hot"}, "logits", "sigmoid_cross_entropy"),
    (SEVERAL, "probabilities", "binary_cross_entropy"),
    (SEVERAL | {"targets": "soft"}, "probabilities", "binary_cross_entropy"),
    ({"encoding": "multi_hot"}, "probabilities", "binary_cross_entropy"),
    (BINARY, "log_probabilities", "nll"),
    (SOFT, "log_probabilities", "nll"),
    (INDEX, "log_probabilities", "nll"),
    (ONE_HOT, "log_probabilities", "nll"),
    ({}, "log_probabilities", "nll"),
]


@pytest.mark.parametrize(("known", "outputs", "loss"), TABLE, ids=str)
def test_the_classic_table_comes_out_exactly(known: dict[str, Any], outputs: str, loss: str) -> None:
    answer = recommend(outputs=outputs, **known)
    assert (answer.status, answer.loss) == ("decided", loss)


@pytest.mark.parametrize(
    ("outputs", "by_sigmoid", "sparse", "dense"),
    [
        ("logits", "sigmoid_cross_entropy", "sparse_softmax_cross_entropy", "softmax_cross_entropy"),
        (
            "probabilities",
            "binary_cross_entropy",
            "sparse_categorical_cross_entropy",
            "categorical_cross_entropy",
        ),
    ],
)
def test_one_unit_is_a_sigmoid_and_nothing_else(
    outputs: str, by_sigmoid: str, sparse: str, dense: str
) -> None:
    answer = recommend(outcomes="binary", outputs=outputs, units=1)
    assert (answer.loss, answer.also_fit) == (by_sigmoid, ())
    assert any("one column" in text for text in answer.why)
    assert all("its softmax is always 1" in " ".join(answer.why_not[loss]) for loss in (sparse, dense))
    assert answer.activation is not None
    assert answer.activation.startswith("1 unit, and ")


@pytest.mark.parametrize(
    ("outputs", "by_sigmoid", "sparse", "dense"),
    [
        ("logits", "sigmoid_cross_entropy", "sparse_softmax_cross_entropy", "softmax_cross_entropy"),
        (
            "probabilities",
            "binary_cross_entropy",
            "sparse_categorical_cross_entropy",
            "categorical_cross_entropy",
        ),
    ],
)
def test_two_units_are_a_softmax(outputs: str, by_sigmoid: str, sparse: str, dense: str) -> None:
    hard = recommend(outcomes="binary", outputs=outputs, units=2, targets="hard")
    assert (hard.loss, hard.also_fit) == (sparse, (dense,))
    soft = recommend(outcomes="binary", outputs=outputs, units=2, targets="soft")
    assert (soft.loss, soft.also_fit) == (dense, ())
    assert any("two columns" in text for text in hard.why)
    assert "puts out two that compete" in " ".join(hard.why_not[by_sigmoid])
    assert hard.targets == "class indices [N], 0 or 1, integers (int64 in PyTorch)"


@pytest.mark.parametrize(
    ("outputs", "by_sigmoid", "sparse", "dense"),
    [
        ("logits", "sigmoid_cross_entropy", "sparse_softmax_cross_entropy", "softmax_cross_entropy"),
        (
            "probabilities",
            "binary_cross_entropy",
            "sparse_categorical_cross_entropy",
            "categorical_cross_entropy",
        ),
    ],
)
def test_unknown_units_are_a_sigmoid_first_and_the_softmax_is_said_to_be_the_same_function(
    outputs: str, by_sigmoid: str, sparse: str, dense: str
) -> None:
    answer = recommend(outcomes="binary", outputs=outputs)
    assert (answer.loss, answer.also_fit) == (by_sigmoid, (sparse, dense))
    (same,) = [text for text in answer.why if "same function" in text]
    assert sparse in same
    assert dense in same
    assert "two columns" in same


@pytest.mark.parametrize(
    ("outputs", "by_sigmoid", "sparse", "dense"),
    [
        ("logits", "sigmoid_cross_entropy", "sparse_softmax_cross_entropy", "softmax_cross_entropy"),
        (
            "probabilities",
            "binary_cross_entropy",
            "sparse_categorical_cross_entropy",
            "categorical_cross_entropy",
        ),
    ],
)
def test_targets_in_two_columns_need_two_columns_of_predictions(
    outputs: str, by_sigmoid: str, sparse: str, dense: str
) -> None:
    for encoding in ("one_hot", "distribution"):
        answer = recommend(outcomes="binary", outputs=outputs, encoding=encoding)
        assert (answer.loss, answer.task.units) == (dense, 2)
