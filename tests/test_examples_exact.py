"""`cepick eval examples/...` against 50-digit arithmetic on the numbers as they are stored."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import mpmath
import numpy as np
import pytest

from ce_core import evaluate

EXAMPLES = Path(__file__).parents[1] / "examples"
Oracle = Callable[[np.ndarray, np.ndarray], mpmath.mpf]


def exact(values: np.ndarray) -> list[list[mpmath.mpf]]:
    return [[mpmath.mpf(float(each)) for each in row] for row in values.reshape(-1, values.shape[-1])]


def softmax_index(logits: np.ndarray, labels: np.ndarray) -> mpmath.mpf:
    pairs = [
        (row, int(label))
        for row, label in zip(exact(logits), labels.reshape(-1), strict=True)
        if label != -100
    ]
    return mpmath.fsum(
        mpmath.log(mpmath.fsum(map(mpmath.exp, row))) - row[label] for row, label in pairs
    ) / len(pairs)


def softmax_rows(logits: np.ndarray, targets: np.ndarray) -> mpmath.mpf:
    total = mpmath.mpf(0)
    for row, target in zip(exact(logits), exact(targets), strict=True):
        log_sum = mpmath.log(mpmath.fsum(map(mpmath.exp, row)))
        total += mpmath.fsum(weight * (log_sum - x) for weight, x in zip(target, row, strict=True))
    return total / len(logits)


def probability_index(probabilities: np.ndarray, labels: np.ndarray) -> mpmath.mpf:
    rows = exact(probabilities)
    return -mpmath.fsum(mpmath.log(row[int(label)]) for row, label in zip(rows, labels, strict=True)) / len(
        rows
    )


def probability_rows(probabilities: np.ndarray, targets: np.ndarray) -> mpmath.mpf:
    return probability_index(probabilities, targets.argmax(axis=1))


def log_probability_index(values: np.ndarray, labels: np.ndarray) -> mpmath.mpf:
    rows = exact(values)
    return -mpmath.fsum(row[int(label)] for row, label in zip(rows, labels, strict=True)) / len(rows)


def sigmoid(logits: np.ndarray, targets: np.ndarray) -> mpmath.mpf:
    def cost(x: mpmath.mpf, target: float) -> mpmath.mpf:
        return mpmath.log(1 + mpmath.exp(-x if target else x))

    columns = logits.reshape(len(logits), -1)
    truth = targets.reshape(columns.shape)
    total = mpmath.fsum(
        cost(x, float(target))
        for row, labels in zip(exact(columns), truth, strict=True)
        for x, target in zip(row, labels, strict=True)
    )
    return total / columns.size


CASES: list[tuple[str, str, str, Oracle]] = [
    ("digits_logits", "digits_labels", "sparse_softmax_cross_entropy", softmax_index),
    ("digits_logits", "digits_one_hot", "softmax_cross_entropy", softmax_rows),
    ("digits_probabilities", "digits_labels", "sparse_categorical_cross_entropy", probability_index),
    ("digits_probabilities", "digits_one_hot", "categorical_cross_entropy", probability_rows),
    ("digits_log_probabilities", "digits_labels", "nll", log_probability_index),
    ("attributes_logits", "attributes_labels", "sigmoid_cross_entropy", sigmoid),
    ("breast_cancer_scores", "breast_cancer_labels", "sigmoid_cross_entropy", sigmoid),
    ("student_logits", "teacher_probabilities", "softmax_cross_entropy", softmax_rows),
    ("tokens_logits", "tokens_labels", "sparse_softmax_cross_entropy", softmax_index),
]


@pytest.mark.parametrize(
    ("predictions", "targets", "loss", "oracle"), CASES, ids=[f"{c[0]}-{c[1]}" for c in CASES]
)
def test_the_value_of_an_example_is_exact(predictions: str, targets: str, loss: str, oracle: Oracle) -> None:
    answer = evaluate(EXAMPLES / f"{predictions}.npy", EXAMPLES / f"{targets}.npy")
    assert answer.loss == loss
    assert answer.value is not None
    with mpmath.workdps(50):
        value = oracle(np.load(EXAMPLES / f"{predictions}.npy"), np.load(EXAMPLES / f"{targets}.npy"))
        assert abs(mpmath.mpf(answer.value) - value) <= mpmath.mpf("1e-13") * value


def test_the_value_of_a_csv_is_exact() -> None:
    answer = evaluate(EXAMPLES / "breast_cancer.csv")
    with (EXAMPLES / "breast_cancer.csv").open(encoding="utf-8") as file:
        header, *rows = list(csv.reader(file))
    with mpmath.workdps(50):
        losses = [
            mpmath.log(sum(mpmath.exp(mpmath.mpf(cell)) for cell in row[:2]))
            - mpmath.mpf(row[header.index(row[2])])
            for row in rows
        ]
        value = mpmath.fsum(losses) / len(losses)
        assert answer.value is not None
        assert abs(mpmath.mpf(answer.value) - value) <= mpmath.mpf("1e-13") * value
