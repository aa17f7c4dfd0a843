"""One small pair of arrays for each loss and form of targets, and the comparison with the naive numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import naive_evaluation as naive
import numpy as np
from naive_evaluation import Asked

from ce_core import Evaluation, evaluate

MEANS = ("weights", "batch", "valid", "nonzero_weights", "elements", "sequences")
EXACT = 1e-12


@dataclass(frozen=True, kw_only=True)
class Kind:
    """A loss, what it takes, and the form of its targets."""

    loss: str
    outputs: str
    exclusive: bool
    targets: str
    """index, one_hot, soft (rows, or numbers in [0, 1]) or hard (zeros and ones)."""
    units: int

    @property
    def id(self) -> str:
        return f"{self.loss}-{self.targets}-{self.units}"

    @property
    def takes_pos(self) -> bool:
        return self.loss.startswith("weighted")


def _kinds() -> tuple[Kind, ...]:
    exclusive = (
        ("sparse_softmax_cross_entropy", "logits", ("index",)),
        ("softmax_cross_entropy", "logits", ("one_hot", "soft")),
        ("sparse_categorical_cross_entropy", "probabilities", ("index",)),
        ("categorical_cross_entropy", "probabilities", ("one_hot", "soft")),
        ("nll", "log_probabilities", ("index", "one_hot", "soft")),
    )
    independent = (
        ("sigmoid_cross_entropy", "logits"),
        ("weighted_sigmoid_cross_entropy", "logits"),
        ("binary_cross_entropy", "probabilities"),
    )
    return (
        *(
            Kind(loss=loss, outputs=outputs, exclusive=True, targets=form, units=units)
            for loss, outputs, forms in exclusive
            for form in forms
            for units in (2, 7)
        ),
        *(
            Kind(loss=loss, outputs=outputs, exclusive=False, targets=form, units=units)
            for loss, outputs in independent
            for form in ("hard", "soft")
            for units in (1, 4)
        ),
    )


KINDS = _kinds()
BY_ID = {kind.id: kind for kind in KINDS}


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Predictions [3, 4, K] (or [3, 4] for one column) with their targets."""

    kind: Kind
    predictions: np.ndarray
    targets: np.ndarray

    def asked(self, **modifiers: Any) -> Asked:
        """Return the question to the naive oracle, of the same examples in a single row."""
        units = self.kind.units
        rows = self.targets.reshape(-1, units) if self.targets.shape == self.predictions.shape else None
        return Asked(
            outputs=self.kind.outputs,
            exclusive=self.kind.exclusive,
            predictions=self.predictions.reshape(-1, units),
            targets=self.targets.reshape(-1) if rows is None else rows,
            sequence=np.repeat(np.arange(3), 4).tolist(),
            **modifiers,
        )

    def evaluated(self, **options: Any) -> Evaluation:
        """Return the evaluation under the loss of the kind."""
        if self.kind.takes_pos:
            options.setdefault("pos_weight", 3.0)
        if self.kind.exclusive:
            options.setdefault("exclusive", True)
        elif self.kind.units > 1:
            options.setdefault("exclusive", False)
        else:
            options.setdefault("outcomes", "binary")
        return evaluate(self.predictions, self.targets, loss=self.kind.loss, **options)


def pair(kind: Kind, seed: int = 5) -> Pair:
    """Return arrays of twelve examples in three sequences."""
    rng = np.random.default_rng([seed, KINDS.index(kind)])
    shape = (3, 4, kind.units)
    logits = rng.normal(scale=2.5, size=shape)
    if kind.exclusive:
        probabilities = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
        index = rng.integers(0, kind.units, size=shape[:-1])
        one_hot = np.eye(kind.units)[index]
        soft = rng.dirichlet(np.full(kind.units, 0.7), size=shape[:-1])
        soft[0, 0] = np.eye(kind.units)[1]
        targets = {"index": index, "one_hot": one_hot, "soft": soft}[kind.targets]
    else:
        probabilities = 1 / (1 + np.exp(-logits))
        hard = (rng.random(shape) < 0.4).astype(np.float64)
        hard[0, 0], hard[0, 1] = 1, 0
        soft = np.where(rng.random(shape) < 0.3, hard, rng.random(shape))
        targets = {"hard": hard, "soft": soft}[kind.targets]
    given = {"logits": logits, "probabilities": probabilities, "log_probabilities": np.log(probabilities)}
    predictions = given[kind.outputs]
    if kind.units == 1:
        return Pair(kind=kind, predictions=predictions[..., 0], targets=targets[..., 0])
    return Pair(kind=kind, predictions=predictions, targets=targets)


def class_weights(kind: Kind) -> np.ndarray:
    """Return weights of the classes, one of them zero where there are enough."""
    values = np.array([0.5, 2.0, 0.0, 1.25, 3.0, 0.75, 1.5])
    return values[: 2 if kind.units == 1 else kind.units]


SAMPLE = np.array([1.0, 0.5, 2.0, 0.0, 1.5, 1.0, 0.25, 3.0, 0.0, 1.0, 2.5, 0.75])


def close(found: Any, expected: Any, relative: float = EXACT, where: str = "") -> None:
    """Assert that two numbers, or two nests of them, agree."""
    if isinstance(expected, dict):
        assert set(found) == set(expected), where
        for key, value in expected.items():
            close(found[key], value, relative, f"{where}.{key}")
    elif isinstance(expected, (tuple, list)):
        assert len(found) == len(expected), where
        for number, (one, other) in enumerate(zip(found, expected, strict=True)):
            close(one, other, relative, f"{where}[{number}]")
    elif isinstance(expected, float) and isinstance(found, (int, float)):
        if math.isnan(expected):
            assert math.isnan(found), where
        else:
            assert math.isclose(found, expected, rel_tol=relative, abs_tol=1e-14), (
                f"{where}: {found} {expected}"
            )
    else:
        assert found == expected, f"{where}: {found!r} {expected!r}"


def found_numbers(answer: Evaluation) -> dict[str, Any]:
    """Return the diagnostics of an evaluation in the form of the oracle's."""
    it = answer.diagnostics
    assert it.quantiles is not None
    assert it.weights is not None
    inner = answer.shapes[1][1] if len(answer.shapes[1]) > 1 else 1

    def number(row: int | tuple[int, ...]) -> int:
        return row if isinstance(row, int) else int(np.ravel_multi_index(row, (3, inner)))

    return {
        "mean": it.mean,
        "bits": it.bits,
        "standard_error": it.standard_error,
        "quantiles": {
            "p50": it.quantiles.p50,
            "p90": it.quantiles.p90,
            "p99": it.quantiles.p99,
            "max": it.quantiles.max,
        },
        "weights.sum": it.weights.sum,
        "weights.effective_sample_size": it.weights.effective_sample_size,
        "uniform": it.uniform,
        "perplexity": it.perplexity,
        "accuracy": it.accuracy,
        "top5_accuracy": it.top5_accuracy,
        "subset_accuracy": it.subset_accuracy,
        "brier": it.brier,
        "mean_confidence": it.mean_confidence,
        "reliability": [(each.count, each.confidence, each.accuracy) for each in it.reliability],
        "ece": it.ece,
        "mce": it.mce,
        "prior_entropy": it.prior_entropy,
        "d2": it.d2,
        "target_entropy": it.target_entropy,
        "kl": it.kl,
        "per_class": [(c.support, c.loss, c.recall, c.mean_probability) for c in it.per_class],
        "worst": [(number(w.row), w.label, w.prediction, w.probability, w.loss) for w in it.worst],
    }


def check_all(answer: Evaluation, asked: Asked, relative: float = EXACT) -> None:
    """Assert that the losses, every mean and every diagnostic are the naive ones."""
    close(found_numbers(answer), naive.diagnostics(asked), relative)
    expected = naive.means(asked)
    expected.pop("sum")
    assert answer.diagnostics.weights is not None
    close(dict(answer.diagnostics.weights.means), expected, relative, "means")
    assert answer.count == len(asked.rows)
    assert answer.count + answer.ignored == len(asked.predictions)
