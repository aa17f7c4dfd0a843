"""Agreement with scikit-learn, where it computes the same number."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import (
    accuracy_score,
    brier_score_loss,
    d2_log_loss_score,
    log_loss,
    recall_score,
    top_k_accuracy_score,
)

from ce_core import evaluate

N, K = 400, 8
RNG = np.random.default_rng(17)
PROBABILITIES = RNG.dirichlet(np.full(K, 0.6), size=N)
LABELS = np.array([RNG.choice(K, p=0.7 * row + 0.3 / K) for row in PROBABILITIES])
WEIGHTS = RNG.random(N)
CLASSES = list(range(K))

weighted = pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["plain", "weighted"])


@weighted
def test_log_loss(weights: Any) -> None:
    answer = evaluate(PROBABILITIES, LABELS, sample_weights=weights, outputs="probabilities")
    expected = log_loss(LABELS, PROBABILITIES, sample_weight=weights, labels=CLASSES)
    assert answer.value == pytest.approx(expected, rel=1e-12)
    total = evaluate(PROBABILITIES, LABELS, sample_weights=weights, reduction="sum", outputs="probabilities")
    assert total.value == pytest.approx(
        log_loss(LABELS, PROBABILITIES, sample_weight=weights, normalize=False, labels=CLASSES), rel=1e-12
    )


@weighted
def test_d2(weights: Any) -> None:
    found = evaluate(PROBABILITIES, LABELS, sample_weights=weights, outputs="probabilities").diagnostics
    expected = d2_log_loss_score(LABELS, PROBABILITIES, sample_weight=weights, labels=CLASSES)
    assert found.d2 == pytest.approx(expected, rel=1e-10)


@weighted
def test_accuracy_recall_and_the_top_five(weights: Any) -> None:
    found = evaluate(PROBABILITIES, LABELS, sample_weights=weights, outputs="probabilities").diagnostics
    guesses = PROBABILITIES.argmax(axis=1)
    assert found.accuracy == pytest.approx(accuracy_score(LABELS, guesses, sample_weight=weights))
    top = top_k_accuracy_score(LABELS, PROBABILITIES, k=5, sample_weight=weights, labels=CLASSES)
    assert found.top5_accuracy == pytest.approx(top)
    recalls = recall_score(LABELS, guesses, average=None, labels=CLASSES, sample_weight=weights)
    assert [row.recall for row in found.per_class] == pytest.approx(recalls.tolist())


@weighted
def test_brier(weights: Any) -> None:
    found = evaluate(PROBABILITIES, LABELS, sample_weights=weights, outputs="probabilities").diagnostics
    expected = brier_score_loss(
        LABELS, PROBABILITIES, sample_weight=weights, labels=CLASSES, scale_by_half=False
    )
    assert found.brier == pytest.approx(expected, rel=1e-12)
    binary = evaluate(PROBABILITIES[:, 0], LABELS == 0, sample_weights=weights, loss="binary_cross_entropy")
    one_column = brier_score_loss(LABELS == 0, PROBABILITIES[:, 0], sample_weight=weights)
    assert binary.diagnostics.brier == pytest.approx(one_column, rel=1e-12)


@weighted
def test_several_labels(weights: Any) -> None:
    logits = RNG.normal(size=(N, 5))
    truth = (RNG.random((N, 5)) < 1 / (1 + np.exp(-logits))).astype(int)
    found = evaluate(logits, truth, sample_weights=weights, exclusive=False).diagnostics
    guesses = (logits > 0).astype(int)
    assert found.subset_accuracy == pytest.approx(accuracy_score(truth, guesses, sample_weight=weights))
    recalls = recall_score(truth, guesses, average=None, sample_weight=weights)
    assert [row.recall for row in found.per_class] == pytest.approx(recalls.tolist())
    probabilities = 1 / (1 + np.exp(-logits))
    each = [log_loss(truth[:, k], probabilities[:, k], sample_weight=weights) for k in range(5)]
    assert [row.loss for row in found.per_class] == pytest.approx(each, rel=1e-12)
    assert found.mean == pytest.approx(np.mean(each), rel=1e-12)


def test_the_reliability_of_a_probability() -> None:
    p, truth = PROBABILITIES[:, 0], LABELS == 0
    found = evaluate(p, truth, loss="binary_cross_entropy").diagnostics
    accuracy, confidence = calibration_curve(truth, p, n_bins=15)
    used = [row for row in found.reliability if row.count]
    assert [row.accuracy for row in used] == pytest.approx(accuracy.tolist())
    assert [row.confidence for row in used] == pytest.approx(confidence.tolist())
    assert sum(row.count for row in found.reliability) == N
