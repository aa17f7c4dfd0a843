"""Each loss beside the cross-entropies: small arrays for it, and its value of one example from the textbook formula."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Row = Sequence[float]
ROWS, COLUMNS = (3, 4), 5


@dataclass(frozen=True, kw_only=True)
class Case:
    """A loss with options, what it is given, and what one example costs: ``naive(row, target row or label)``."""

    id: str
    loss: str
    given: str
    targets: str
    naive: Callable[[Row, Any], float]
    options: dict[str, Any] = field(default_factory=dict)
    said: dict[str, Any] = field(default_factory=dict)
    single: bool = False
    """Whether the loss is of each outcome, and that of a row their mean."""


def sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x))


def softmax(row: Row) -> list[float]:
    total = sum(math.exp(x) for x in row)
    return [math.exp(x) / total for x in row]


def _cross_entropy(p: float, y: float) -> float:
    return -(y * math.log(p) + (1 - y) * math.log(1 - p))


def _sigmoid_focal(x: float, y: float, alpha: float | None = None, gamma: float = 2) -> float:
    p = sigmoid(x)
    pt = p * y + (1 - p) * (1 - y)
    balance = 1 if alpha is None else alpha * y + (1 - alpha) * (1 - y)
    return balance * (1 - pt) ** gamma * _cross_entropy(p, y)


def _focal(row: Row, y: Row, alpha: Row = (1,) * COLUMNS, gamma: float = 2) -> float:
    return sum(
        a * t * (1 - p) ** gamma * -math.log(p) for a, t, p in zip(alpha, y, softmax(row), strict=True)
    )


def _poly1(row: Row, y: Row, epsilon: float = 1) -> float:
    return sum(t * (-math.log(p) + epsilon * (1 - p)) for t, p in zip(y, softmax(row), strict=True))


def _generalized(row: Row, y: Row, q: float = 0.5) -> float:
    return sum(t * (1 - p**q) / q for t, p in zip(y, row, strict=True))


def _divergence(p: Row, y: Row) -> float:
    return sum(t * (math.log(t) - math.log(q)) for t, q in zip(y, p, strict=True) if t > 0)


def _brier(row: Row, y: Row, scale: float = 1) -> float:
    return scale * sum((p - t) ** 2 for p, t in zip(row, y, strict=True))


def _sign(y: float) -> int:
    return 1 if y > 0 else -1


def _true(y: Row) -> int:
    return list(y).index(1)


def _categorical_hinge(row: Row, y: Row) -> float:
    true = _true(y)
    return max(0, 1 + max(x for j, x in enumerate(row) if j != true) - row[true])


def _multi_margin(row: Row, y: Row, p: int = 1, margin: float = 1) -> float:
    true = _true(y)
    return sum(max(0, margin - row[true] + x) ** p for j, x in enumerate(row) if j != true) / len(row)


def _sparsemax(row: Row, y: Row) -> float:
    """Search the threshold that makes max(x - τ, 0) sum to 1 by bisection."""
    low, high = min(row) - 1, max(row)
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if sum(max(x - middle, 0) for x in row) > 1 else (low, middle)
    p = [max(x - low, 0) for x in row]
    conjugate = sum(q * x for q, x in zip(p, row, strict=True)) - sum(q * q for q in p) / 2
    return conjugate + sum(t * t for t in y) / 2 - sum(t * x for t, x in zip(y, row, strict=True))


def _binary_sparsemax(x: float, y: float) -> float:
    return _sparsemax([0, x], [1 - max(y, 0), max(y, 0)])


def _label_sets(row: Row, y: Row) -> float:
    true = [j for j, t in enumerate(y) if t == 1]
    pairs = [(row[i], row[j]) for i in true for j in range(len(row)) if j not in true]
    return sum(max(0, 1 - own + other) for own, other in pairs) / len(row)


def _of_lists(row: Row, y: Row) -> float:
    labels = list(y)[: list(y).index(-1)] if -1 in y else list(y)
    return _label_sets(row, [float(j in labels) for j in range(len(row))])


def _mean_of(one: Callable[..., float], **options: Any) -> Callable[[Row, Any], float]:
    """Return the mean over the outcomes of a row."""

    def mean(row: Row, y: Row) -> float:
        return sum(one(x, t, **options) for x, t in zip(row, y, strict=True)) / len(row)

    return mean


def _with(one: Callable[..., float], **options: Any) -> Callable[[Row, Any], float]:
    return lambda row, y: one(row, y, **options)


def _hinge(x: float, y: float, power: int = 1) -> float:
    return max(0, 1 - _sign(y) * x) ** power


def _perceptron(x: float, y: float) -> float:
    return max(0, -_sign(y) * x)


ALPHA = [0.5, 1.0, 2.0, 0.25, 3.0]
OF_CLASSES = (
    ("softmax_focal", "logits", _focal, {"gamma": 1.5, "alpha": ALPHA}, ("index", "one_hot", "soft")),
    ("softmax_focal", "logits", _focal, {}, ("index",)),
    ("poly1_cross_entropy", "logits", _poly1, {"epsilon": 2.0}, ("index", "one_hot", "soft")),
    ("generalized_cross_entropy", "probabilities", _generalized, {"q": 0.7}, ("index", "one_hot", "soft")),
    ("brier", "probabilities", _brier, {}, ("index", "one_hot", "soft")),
    ("categorical_hinge", "logits", _categorical_hinge, {}, ("index", "one_hot")),
    ("multi_margin", "logits", _multi_margin, {"p": 2, "margin": 0.5}, ("index", "one_hot")),
    ("sparsemax", "logits", _sparsemax, {}, ("index", "one_hot", "soft")),
)
DIVERGENCES = {
    "logits": lambda row, y: _divergence(softmax(row), y),
    "probabilities": _divergence,
    "log_probabilities": lambda row, y: _divergence([math.exp(z) for z in row], y),
}
CASES = (
    *(
        Case(
            id=f"{loss}-{form}" + ("-default" if loss == "softmax_focal" and not options else ""),
            loss=loss,
            given=given,
            targets=form,
            naive=_with(naive, **options),
            options=options,
        )
        for loss, given, naive, options, forms in OF_CLASSES
        for form in forms
    ),
    Case(
        id="brier-half",
        loss="brier",
        given="probabilities",
        targets="index",
        naive=_with(_brier, scale=0.5),
        options={"scale": "half"},
    ),
    *(
        Case(
            id=f"kl_divergence-{given}",
            loss="kl_divergence",
            given=given,
            targets="soft",
            naive=naive,
            said={"outputs": given},
        )
        for given, naive in DIVERGENCES.items()
    ),
    Case(
        id="kl_divergence-log-targets",
        loss="kl_divergence",
        given="logits",
        targets="log",
        naive=lambda row, y: _divergence(softmax(row), [math.exp(t) for t in y]),
        options={"log_targets": True},
        said={"outputs": "logits"},
    ),
    Case(
        id="perceptron-index",
        loss="perceptron",
        given="logits",
        targets="index",
        naive=lambda row, y: max(row) - row[_true(y)],
    ),
    *(
        Case(
            id=f"{loss}-{form}",
            loss=loss,
            given="logits",
            targets=form,
            naive=_mean_of(naive, **more),
            options=options,
            single=True,
        )
        for loss, naive, more, options, forms in (
            ("sigmoid_focal", _sigmoid_focal, {}, {}, ("multi_hot", "unit")),
            (
                "sigmoid_focal",
                _sigmoid_focal,
                {"alpha": 0.25, "gamma": 3},
                {"alpha": 0.25, "gamma": 3},
                ("hard",),
            ),
            ("multilabel_soft_margin", lambda x, y: _cross_entropy(sigmoid(x), y), {}, {}, ("multi_hot",)),
            ("hinge", _hinge, {}, {}, ("multi_hot", "signed")),
            ("squared_hinge", _hinge, {"power": 2}, {}, ("multi_hot", "signed")),
            ("perceptron", _perceptron, {}, {}, ("multi_hot", "signed")),
            ("mean_squared_error", lambda x, y: (x - y) ** 2, {}, {}, ("real", "multi_hot")),
        )
        for form in forms
    ),
    Case(
        id="multilabel_margin-rows",
        loss="multilabel_margin",
        given="logits",
        targets="multi_hot",
        naive=_label_sets,
    ),
    Case(
        id="multilabel_margin-lists",
        loss="multilabel_margin",
        given="logits",
        targets="lists",
        naive=_of_lists,
    ),
)
ONE_COLUMN = (
    ("sigmoid_focal", "logits", {"alpha": 0.25}, "01", lambda x, y: _sigmoid_focal(x, y, alpha=0.25)),
    ("hinge", "logits", {}, "01", _hinge),
    ("hinge", "logits", {}, "-1+1", _hinge),
    ("squared_hinge", "logits", {}, "-1+1", lambda x, y: _hinge(x, y, 2)),
    ("perceptron", "logits", {}, "-1+1", _perceptron),
    ("sparsemax", "logits", {}, "01", _binary_sparsemax),
    ("sparsemax", "logits", {}, "-1+1", _binary_sparsemax),
    ("brier", "probabilities", {}, "01", lambda p, y: 2 * (p - y) ** 2),
    ("brier", "probabilities", {"scale": "half"}, "01", lambda p, y: (p - y) ** 2),
    ("mean_squared_error", "logits", {}, "real", lambda x, y: (x - y) ** 2),
)


def arrays(case: Case, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Return predictions [3, 4, 5] and targets for a case."""
    rng = np.random.default_rng([seed, len(case.id)])
    logits = rng.normal(scale=2.0, size=(*ROWS, COLUMNS))
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    given = {"logits": logits, "probabilities": probabilities, "log_probabilities": np.log(probabilities)}
    index = rng.integers(0, COLUMNS, size=ROWS)
    multi_hot = (rng.random(logits.shape) < 0.4).astype(np.int64)
    multi_hot[0, 0], multi_hot[0, 1] = 1, 0
    soft = rng.dirichlet(np.full(COLUMNS, 0.8), size=ROWS)
    lists = np.full((*ROWS, 3), -1)
    lists[..., 0], lists[0, :, 1] = index, (index[0] + 2) % COLUMNS
    targets = {
        "index": index,
        "one_hot": np.eye(COLUMNS)[index],
        "soft": soft,
        "log": np.log(soft),
        "hard": multi_hot,
        "multi_hot": multi_hot,
        "unit": np.where(rng.random(logits.shape) < 0.3, multi_hot, rng.random(logits.shape)),
        "signed": 2 * multi_hot - 1,
        "real": rng.normal(size=logits.shape),
        "lists": lists,
    }[case.targets]
    return given[case.given], targets


def naive_losses(case: Case, predictions: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Return one loss for each example, from the formula."""
    rows = predictions.reshape(-1, COLUMNS)
    aims = np.eye(COLUMNS)[targets.reshape(-1)] if targets.shape == ROWS else targets.reshape(len(rows), -1)
    found = [case.naive(row.tolist(), aim.tolist()) for row, aim in zip(rows, aims, strict=True)]
    return np.array(found).reshape(ROWS)
