"""The temperature is where the mean loss of logits / T is least."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import mpmath
import naive_evaluation as naive
import numpy as np
import pytest
from evaluation_cases import KINDS, SAMPLE, Kind, class_weights, pair
from mpmath import mpf
from naive_evaluation import Asked

from ce_core import evaluate
from ce_core.compute import temperature
from ce_core.compute.evaluation import Temperature
from ce_core.read.layout import pair as pair_shapes
from ce_core.task import Task

ON_LOGITS = [kind for kind in KINDS if kind.outputs == "logits"]
kinds = pytest.mark.parametrize("kind", ON_LOGITS, ids=[kind.id for kind in ON_LOGITS])


def mean_at(asked: Asked, t: float) -> mpf:
    """Return the mean loss of logits / T, in 40 digits."""
    divided = np.array([[float(x) / t for x in row] for row in asked.predictions])
    pairs = [naive.loss_and_weight(replace(asked, predictions=divided), i) for i in asked.rows]
    return sum(w * loss for loss, w in pairs if w) / sum(w for _, w in pairs)


def distance_to_optimum(asked: Asked, t: float) -> float:
    """Return how far from the optimum a temperature is, relatively, by a parabola through three points."""
    step = 1e-4
    below, here, above = (mean_at(asked, t * factor) for factor in (1 - step, 1, 1 + step))
    slope, curvature = (above - below) / (2 * step), (above - 2 * here + below) / step**2
    assert curvature > 0
    return float(abs(slope / curvature))


@kinds
@pytest.mark.parametrize("weighting", ["none", "all"])
@pytest.mark.parametrize("labels", ["mean", "sum"])
def test_the_loss_is_least_at_the_optimum(kind: Kind, weighting: str, labels: str) -> None:
    data = pair(kind)
    options: dict[str, Any] = {"labels": labels, "label_smoothing": 0.1}
    asked: dict[str, Any] = {"labels": labels, "smoothing": 0.1}
    if kind.takes_pos:
        options["pos_weight"] = asked["pos"] = 0.2
    if weighting == "all":
        options |= {"class_weights": class_weights(kind), "sample_weights": SAMPLE.reshape(3, 4)}
        asked |= {"classes": class_weights(kind), "sample": SAMPLE}
    # Labels that follow the logits more often than not, so that there is an optimum.
    data = replace(data, targets=targets_that_follow(kind, data.predictions))
    found = data.evaluated(**options).diagnostics.temperature
    assert found is not None
    assert found.sample is None
    question = data.asked(**asked)
    assert distance_to_optimum(question, found.optimum) < 1e-6
    assert found.loss == pytest.approx(float(mean_at(question, found.optimum)), rel=1e-12)


def targets_that_follow(kind: Kind, logits: np.ndarray) -> np.ndarray:
    wrong = np.isin(np.arange(12).reshape(3, 4), (0, 7))
    if kind.exclusive:
        index = np.where(wrong, logits.argmin(axis=-1), logits.argmax(axis=-1))
        rows = np.eye(kind.units)[index]
        if kind.targets == "index":
            return index
        return rows if kind.targets == "one_hot" else 0.8 * rows + 0.2 / kind.units
    hard = (logits > 0) ^ (wrong if kind.units == 1 else wrong[..., None])
    return hard.astype(float) if kind.targets == "hard" else 0.8 * hard + 0.1


@kinds
@pytest.mark.parametrize("factor", [1e-3, 3.0, 1e3])
def test_scaled_logits_have_a_scaled_optimum(kind: Kind, factor: float) -> None:
    data = pair(kind)
    data = replace(data, targets=targets_that_follow(kind, data.predictions))
    found = data.evaluated().diagnostics.temperature
    scaled = replace(data, predictions=data.predictions * factor)
    moved = scaled.evaluated().diagnostics.temperature
    assert found is not None
    assert moved is not None
    assert moved.optimum == pytest.approx(found.optimum * factor, rel=1e-8)
    assert moved.loss == pytest.approx(found.loss, rel=1e-10)


def labels_of(logits: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return labels drawn with the softmax of the logits."""
    return (logits + rng.gumbel(size=logits.shape)).argmax(axis=1)


@pytest.mark.parametrize("true", [0.5, 1.0, 2.5])
def test_logits_of_calibrated_predictions_want_the_temperature_they_were_divided_by(true: float) -> None:
    rng = np.random.default_rng(1)
    logits = rng.normal(scale=2, size=(20_000, 5))
    labels = labels_of(logits, rng)
    answer = evaluate(logits * true, labels)
    found = answer.diagnostics.temperature
    assert found is not None
    assert found.optimum == pytest.approx(true, rel=0.04)
    assert answer.value is not None
    assert found.loss <= answer.value
    binary = evaluate((logits[:, 0] * true), rng.random(20_000) < 1 / (1 + np.exp(-logits[:, 0])))
    assert binary.diagnostics.temperature is not None
    assert binary.diagnostics.temperature.optimum == pytest.approx(true, rel=0.06)


def test_bits_change_the_loss_and_not_the_optimum() -> None:
    rng = np.random.default_rng(2)
    logits = rng.normal(size=(300, 4))
    labels = labels_of(logits, rng)
    nats = evaluate(logits, labels).diagnostics.temperature
    bits = evaluate(logits, labels, base="bits").diagnostics.temperature
    assert nats is not None
    assert bits == Temperature(
        optimum=nats.optimum, loss=pytest.approx(nats.loss / np.log(2), rel=1e-13), sample=None
    )


def test_a_class_masked_with_minus_infinity_is_left_alone() -> None:
    rng = np.random.default_rng(3)
    logits = rng.normal(size=(200, 4))
    labels = labels_of(logits, rng)
    masked = np.concatenate([logits, np.full((200, 1), -np.inf)], axis=1)
    one, other = (evaluate(each, labels).diagnostics.temperature for each in (logits, masked))
    assert one is not None
    assert other is not None
    assert other.optimum == pytest.approx(one.optimum, rel=1e-9)
    column = np.append(logits[:, 0], -np.inf)
    truth = np.append(labels == 0, False).astype(float)
    plain = evaluate(column[:-1], truth[:-1]).diagnostics.temperature
    more = evaluate(column, truth).diagnostics.temperature
    assert plain is not None
    assert more is not None
    assert more.optimum == pytest.approx(plain.optimum, rel=1e-9)


NONE = {
    "every prediction is right": ([[2.0, 0.0], [0.0, 1.0], [3.0, -1.0]], [0, 1, 0], {}),
    "every prediction is wrong": ([[2.0, 0.0], [0.0, 1.0], [3.0, -1.0]], [1, 0, 1], {}),
    "every prediction is the same": ([[2.0, 0.0]] * 4, [0, 0, 0, 1], {}),
    "no logit differs from its neighbour": ([[1.0, 1.0], [2.0, 2.0]], [0, 1], {}),
    "one column under softmax": ([[1.0], [2.0]], [0, 0], {"loss": "sparse_softmax_cross_entropy"}),
    "an infinite loss": ([[-np.inf, 0.0], [0.5, 1.0], [2.0, 1.0]], [0, 0, 0], {}),
    "a NaN": ([[np.nan, 0.0], [0.5, 1.0], [2.0, 1.0]], [0, 0, 0], {}),
    "probabilities": ([[0.25, 0.75], [0.5, 0.5], [0.75, 0.25]], [0, 1, 0], {"outputs": "probabilities"}),
    "sigmoids that are all right": ([2.0, -1.0, 3.0], [1, 0, 1], {}),
    "sigmoids that are all wrong": ([2.0, -1.0, 3.0], [0, 1, 0], {}),
}


@pytest.mark.parametrize(
    ("logits", "labels", "options"), NONE.values(), ids=[name.replace(" ", "-") for name in NONE]
)
def test_there_is_no_optimum_where(logits: Any, labels: Any, options: dict[str, Any]) -> None:
    assert evaluate(logits, labels, **options).diagnostics.temperature is None


def test_a_sample_stands_for_all_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(4)
    logits = 2 * rng.normal(scale=2, size=(30_000, 5))
    labels = labels_of(logits / 2, rng)
    order = np.argsort(labels, kind="stable")
    logits, labels = logits[order], labels[order]  # sorted by class: a first block would mislead
    whole = evaluate(logits, labels)
    monkeypatch.setattr(temperature, "MOST_EXAMPLES", 5_000)
    sampled = evaluate(logits, labels)
    one, other = whole.diagnostics.temperature, sampled.diagnostics.temperature
    assert one is not None
    assert other is not None
    assert one.sample is None
    assert other.sample == pytest.approx(5_000, rel=0.1)
    assert other.optimum == pytest.approx(one.optimum, rel=0.1)
    assert other.loss == pytest.approx(one.loss, rel=0.03)
    assert whole.value == sampled.value
    assert sampled.value is not None
    assert other.loss <= sampled.value


@pytest.mark.parametrize(
    "shape",
    [(1000, 10), (1_000_000, 10), (50_000, 1000), (2_000, 50_257), (64, 512, 50_257), (3, 21, 500, 500)],
    ids=str,
)
def test_the_sample_is_bounded_and_from_all_over(shape: tuple[int, ...]) -> None:
    task = Task(class_axis=1) if shape[1] == 21 else Task()
    positions = (shape[0], *shape[2:]) if shape[1] == 21 else shape[:-1]
    layout = pair_shapes(shape, positions, task)
    runs = temperature.sample_spans(layout)
    rows = sum(run.stop - run.start for run in runs)
    assert 0 < rows <= temperature.MOST_EXAMPLES
    assert rows * layout.units <= max(temperature._VALUES[0], layout.rows * layout.units / 32)
    assert all(one.stop <= other.start for one, other in pairwise(runs))
    if rows < layout.rows:
        assert runs[0].start < layout.rows * 0.1
        assert runs[-1].stop > layout.rows * 0.9
        starts = np.array([run.start % layout.positions[-1] for run in runs]) / layout.positions[-1]
        assert 0.25 < starts.mean() < 0.6  # of an image not always the same side


def test_the_precision_of_the_oracle_is_enough() -> None:
    assert mpmath.mp.dps >= 40
