"""Every number of an evaluation once more, one example and one class at a time, in 40 digits."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import mpmath
import numpy as np
from mpmath import mpf

mpmath.mp.dps = 40

BINS = 15


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Examples [N, K] with targets [N] of indices or [N, K], and every modifier spelt out for each of them."""

    outputs: str
    exclusive: bool
    predictions: np.ndarray
    targets: np.ndarray
    sample: Sequence[float] | None = None
    classes: Sequence[float] | None = None
    pos: Sequence[float] | float | None = None
    smoothing: float = 0.0
    clip: float | None = None
    labels: str = "mean"
    base: str = "nats"
    counted: Sequence[bool] | None = None
    shown: np.ndarray | None = None
    """Of several labels, which count."""
    sequence: Sequence[int] | None = None
    """The sequence of each example."""

    @property
    def rows(self) -> list[int]:
        every = range(len(self.predictions))
        if self.shown is not None:
            return [i for i in every if self.shown[i].any()]
        return [i for i in every if self.counted is None or self.counted[i]]

    @property
    def units(self) -> int:
        return int(self.predictions.shape[1])

    def s(self, i: int) -> mpf:
        return mpf(1) if self.sample is None else mpf(float(self.sample[i]))

    def is_shown(self, i: int, k: int) -> bool:
        return self.shown is None or bool(self.shown[i, k])

    @property
    def unit(self) -> mpf:
        return 1 / mpmath.log(2) if self.base == "bits" else mpf(1)


def target_row(asked: Asked, i: int) -> list[mpf]:
    """Return the targets of an example as a row, unsmoothed."""
    if asked.targets.ndim == 1:
        return [mpf(int(asked.targets[i] == k)) for k in range(asked.units)]
    return [mpf(float(value)) for value in asked.targets[i]]


def probability_row(asked: Asked, i: int) -> list[mpf]:
    x = [mpf(float(value)) for value in asked.predictions[i]]
    if asked.outputs == "probabilities":
        return x
    if asked.outputs == "log_probabilities":
        return [mpmath.exp(each) for each in x]
    if not asked.exclusive:
        return [1 / (1 + mpmath.exp(-each)) for each in x]
    total = sum(mpmath.exp(each) for each in x)
    return [mpmath.exp(each) / total for each in x]


def _log(p: mpf, clip: float | None) -> mpf:
    """Return -log p, of the clipped p where there is a clip."""
    if clip is not None:
        p = min(max(p, mpf(clip)), 1 - mpf(clip))
    return mpf("inf") if p == 0 else -mpmath.log(p)


def _times(weight: mpf, cost: mpf) -> mpf:
    return mpf(0) if weight == 0 else weight * cost


def outcome_losses(asked: Asked, i: int) -> list[mpf]:
    """Return the loss of each single outcome of an example whose outcomes are independent."""
    found = []
    for k, (p, t) in enumerate(zip(probability_row(asked, i), target_row(asked, i), strict=True)):
        smooth = mpf(asked.smoothing)
        positive, negative = t * (1 - smooth) + smooth / 2, (1 - t) * (1 - smooth) + smooth / 2
        if asked.pos is not None:
            positive *= mpf(float(np.broadcast_to(asked.pos, asked.units)[k]))
        loss = _times(positive, _log(p, asked.clip)) + _times(negative, _log(1 - p, asked.clip))
        found.append(loss * asked.unit)
    return found


def loss_and_weight(asked: Asked, i: int) -> tuple[mpf, mpf]:
    """Return l_i and w_i."""
    t, s = target_row(asked, i), asked.s(i)
    if asked.exclusive:
        smooth = mpf(asked.smoothing)
        smoothed = [each * (1 - smooth) + smooth / asked.units for each in t]
        p = probability_row(asked, i)
        loss = sum(_times(share, _log(q, asked.clip)) for share, q in zip(smoothed, p, strict=True))
        weight = s
        if asked.classes is not None:
            weight *= sum(mpf(float(w)) * share for w, share in zip(asked.classes, t, strict=True))
        return loss * asked.unit, weight
    losses = outcome_losses(asked, i)
    e = emphasis(asked, i)
    if asked.units == 1:
        return losses[0], s * e[0]
    total = sum(_times(weight, loss) for weight, loss in zip(e, losses, strict=True))
    if asked.labels == "sum":
        return total, s
    return (total / sum(e) if sum(e) else mpf(0)), s * sum(e) / asked.units


def emphasis(asked: Asked, i: int) -> list[mpf]:
    """Return the element weights e_ik."""
    t = target_row(asked, i)
    if asked.classes is None:
        weights = [mpf(1)] * asked.units
    elif asked.units == 1:
        negative, positive = (mpf(float(each)) for each in asked.classes)
        weights = [negative * (1 - t[0]) + positive * t[0]]
    else:
        weights = [mpf(float(each)) for each in asked.classes]
    return [weight if asked.is_shown(i, k) else mpf(0) for k, weight in enumerate(weights)]


def losses(asked: Asked) -> np.ndarray:
    found = np.zeros(len(asked.predictions))
    for i in asked.rows:
        found[i] = float(loss_and_weight(asked, i)[0])
    return found


def means(asked: Asked) -> dict[str, float | None]:
    """Return the sum and the mean under each divisor."""
    rows = asked.rows
    pairs = [loss_and_weight(asked, i) for i in rows]
    total = sum(_times(weight, loss) for loss, weight in pairs)
    weight = sum(weight for _, weight in pairs)
    if asked.exclusive:
        elements, element_total = len(rows) * asked.units, total
    else:
        elements = sum(asked.is_shown(i, k) for i in rows for k in range(asked.units))
        element_total = sum(
            asked.s(i) * _times(e, loss)
            for i in rows
            for e, loss in zip(emphasis(asked, i), outcome_losses(asked, i), strict=True)
        )
    found = {
        "sum": float(total),
        "weights": _over(total, weight),
        "batch": _over(total, len(asked.predictions)),
        "valid": _over(total, len(rows)),
        "nonzero_weights": _over(total, sum(each > 0 for _, each in pairs)),
        "elements": _over(element_total, elements),
        "sequences": None,
    }
    if asked.sequence is not None:
        each = []
        for number in sorted(set(asked.sequence)):
            mine = [pair for i, pair in zip(rows, pairs, strict=True) if asked.sequence[i] == number]
            if sum(weight for _, weight in mine) > 0:
                each.append(sum(_times(w, loss) for loss, w in mine) / sum(w for _, w in mine))
        found["sequences"] = _over(sum(each), len(each))
    return found


def _over(total: Any, divisor: Any) -> float | None:
    return float(total / divisor) if divisor else None


def _quantile(values: list[float], share: float) -> float:
    """Return the least value with at least this share of the values at or below it."""
    return next(v for v in sorted(values) if sum(each <= v for each in values) >= share * len(values) - 1e-9)


def _entropy(shares: Sequence[mpf]) -> mpf:
    return -sum(share * mpmath.log(share) for share in shares if share > 0)


def diagnostics(asked: Asked) -> dict[str, Any]:
    """Return every diagnostic, by the names of the JSON."""
    rows, unit, units = asked.rows, asked.unit, asked.units
    pairs = [loss_and_weight(asked, i) for i in rows]
    weight = sum(w for _, w in pairs)
    mean = sum(_times(w, loss) for loss, w in pairs) / weight
    heavy = [(loss, w) for loss, w in pairs if w > 0]
    count = len(heavy)
    found: dict[str, Any] = {"mean": float(mean), "bits": float(mean / unit / mpmath.log(2))}
    squares = sum(w * w * (loss - mean) ** 2 for loss, w in heavy)
    found["standard_error"] = (
        float(mpmath.sqrt(squares * count / (count - 1)) / weight) if count > 1 else None
    )
    values = [float(loss) for loss, _ in heavy]
    shares = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "max": 1.0}
    found["quantiles"] = {name: _quantile(values, share) for name, share in shares.items()}
    found["weights.sum"] = float(weight)
    found["weights.effective_sample_size"] = float(weight**2 / sum(w * w for _, w in pairs))
    found |= _exclusive(asked, mean) if asked.exclusive else _independent(asked, mean)
    joint = 1 if asked.exclusive or asked.labels == "mean" else units
    found["uniform"] = float((mpmath.log(units) if asked.exclusive else joint * mpmath.log(2)) * unit)
    found["perplexity"] = float(mpmath.exp(mean / unit)) if asked.exclusive else None
    return found


def _argmax(values: Sequence[mpf]) -> int:
    return max(range(len(values)), key=lambda k: (values[k], -k))


def _table(forecasts: list[tuple[mpf, mpf, mpf]]) -> dict[str, Any]:
    """Return the reliability table of (confidence, outcome, weight), and its errors."""
    bins: list[list[tuple[mpf, mpf, mpf]]] = [[] for _ in range(BINS)]
    for forecast in forecasts:
        confidence = float(forecast[0])
        inside = [
            b for b in range(BINS) if b / BINS < confidence * (1 + 1e-15) <= (b + 1) / BINS * (1 + 1e-15)
        ]
        bins[inside[0] if inside else 0].append(forecast)
    table, gaps, total = [], [], sum(w for _, _, w in forecasts)
    for each in bins:
        w = sum(weight for _, _, weight in each)
        if not w:
            table.append((len(each), None, None))
            continue
        confidence = sum(c * weight for c, _, weight in each) / w
        outcome = sum(o * weight for _, o, weight in each) / w
        table.append((len(each), float(confidence), float(outcome)))
        gaps.append((abs(confidence - outcome), w))
    return {
        "reliability": table,
        "ece": float(sum(gap * w for gap, w in gaps) / total),
        "mce": float(max(gap for gap, _ in gaps)),
    }


def _exclusive(asked: Asked, mean: mpf) -> dict[str, Any]:
    rows, units, unit = asked.rows, asked.units, asked.unit
    total = sum(asked.s(i) for i in rows)
    p = {i: probability_row(asked, i) for i in rows}
    t = {i: target_row(asked, i) for i in rows}
    label, guess = {i: _argmax(t[i]) for i in rows}, {i: _argmax(p[i]) for i in rows}
    weights = {i: loss_and_weight(asked, i)[1] for i in rows}
    smooth = mpf(asked.smoothing)

    def average(value: Any) -> float:
        return float(sum(asked.s(i) * value(i) for i in rows) / total)

    found: dict[str, Any] = {
        "accuracy": average(lambda i: int(label[i] == guess[i])),
        "top5_accuracy": average(lambda i: int(sum(q > p[i][label[i]] for q in p[i]) < 5))
        if units > 5
        else None,
        "subset_accuracy": None,
        "brier": average(lambda i: sum((a - b) ** 2 for a, b in zip(p[i], t[i], strict=True))),
        "mean_confidence": average(lambda i: p[i][guess[i]]),
    }
    found |= _table([(p[i][guess[i]], t[i][guess[i]], asked.s(i)) for i in rows if asked.s(i)])
    frequency = [sum(asked.s(i) * t[i][k] for i in rows) / total for k in range(units)]
    found["prior_entropy"] = float(_entropy(frequency) * unit)
    weight = sum(weights.values())
    smoothed = {i: [each * (1 - smooth) + smooth / units for each in t[i]] for i in rows}
    best = [sum(weights[i] * smoothed[i][k] for i in rows) / weight for k in range(units)]
    found["d2"] = float(1 - mean / (_entropy(best) * unit)) if _entropy(best) else None
    soft = any(share not in (0, 1) for i in rows for share in smoothed[i])
    entropy = sum(weights[i] * _entropy(smoothed[i]) for i in rows) / weight * unit
    found["target_entropy"] = float(entropy) if soft else None
    found["kl"] = float(mean - entropy) if soft else None
    table = []
    for k in range(units):
        mine = [i for i in rows if label[i] == k]
        seen = sum(asked.s(i) for i in mine)
        support = sum(asked.s(i) * t[i][k] for i in rows)
        columns = [(loss_and_weight(asked, i)[0], int(guess[i] == k), p[i][k]) for i in mine]
        table.append((float(support), *_averages(asked, mine, columns, seen)))
    found["per_class"] = table
    worst = sorted(
        (i for i in rows if weights[i] > 0), key=lambda i: (-float(loss_and_weight(asked, i)[0]), i)
    )
    found["worst"] = [
        (i, label[i], guess[i], float(p[i][label[i]]), float(loss_and_weight(asked, i)[0])) for i in worst[:5]
    ]
    return found


def _independent(asked: Asked, mean: mpf) -> dict[str, Any]:
    rows, units, unit = asked.rows, asked.units, asked.unit
    p = {i: probability_row(asked, i) for i in rows}
    t = {i: target_row(asked, i) for i in rows}
    e = {i: emphasis(asked, i) for i in rows}
    cells = [(i, k) for i in rows for k in range(units) if asked.is_shown(i, k)]
    total = sum(asked.s(i) for i, _ in cells)
    hit = {(i, k): (p[i][k] > 0.5) == (t[i][k] > 0.5) for i, k in cells}
    smooth = mpf(asked.smoothing)

    def average(value: Any) -> float:
        return float(sum(asked.s(i) * value(i, k) for i, k in cells) / total)

    found: dict[str, Any] = {
        "accuracy": average(lambda i, k: int(hit[i, k])),
        "top5_accuracy": None,
        "brier": average(lambda i, k: (p[i][k] - t[i][k]) ** 2),
        "mean_confidence": average(lambda i, k: max(p[i][k], 1 - p[i][k])),
    }
    rights = [int(all(hit[i, k] for k in range(units) if asked.is_shown(i, k))) for i in rows]
    sample = sum(asked.s(i) for i in rows)
    shared = sum(asked.s(i) * right for i, right in zip(rows, rights, strict=True)) / sample
    found["subset_accuracy"] = float(shared) if units > 1 else None
    found |= _table([(p[i][k], t[i][k], asked.s(i)) for i, k in cells if asked.s(i)])

    def rate(k: int, weight: Any, smooth: mpf) -> mpf | None:
        mine = [i for i, each in cells if each == k]
        seen = sum(weight(i, k) for i in mine)
        return (
            sum(weight(i, k) * (t[i][k] * (1 - smooth) + smooth / 2) for i in mine) / seen if seen else None
        )

    rates = [rate(k, lambda i, k: asked.s(i), mpf(0)) for k in range(units)]
    entropies = [None if each is None else _entropy([each, 1 - each]) for each in rates]
    found["prior_entropy"] = None
    if None not in entropies:
        found["prior_entropy"] = float(
            sum(entropies) * unit / (1 if asked.labels == "sum" else units)  # type: ignore[arg-type]
        )
    best = mpf(0)
    for k in range(units):
        seen = sum(asked.s(i) * e[i][k] for i in rows)
        true = rate(k, lambda i, k: asked.s(i) * e[i][k], smooth)
        if true is None:
            continue
        pos = mpf(1) if asked.pos is None else mpf(float(np.broadcast_to(asked.pos, units)[k]))
        q = pos * true / (pos * true + 1 - true)
        best += seen * (_times(pos * true, _log(q, None)) + _times(1 - true, _log(1 - q, None)))
    divisor = sample if asked.labels == "sum" and units > 1 else sum(asked.s(i) * sum(e[i]) for i in rows)
    best = best / divisor * unit
    found["d2"] = float(1 - mean / best) if best else None
    soft = any(t[i][k] * (1 - smooth) + smooth / 2 not in (0, 1) for i, k in cells)
    entropy = sum(
        asked.s(i) * e[i][k] * _entropy([q, 1 - q])
        for i, k in cells
        for q in [t[i][k] * (1 - smooth) + smooth / 2]
    )
    has = soft and asked.pos is None
    found["target_entropy"] = float(entropy / divisor * unit) if has else None
    found["kl"] = float(mean - entropy / divisor * unit) if has else None
    found["per_class"] = _one_column_table(asked, p, t) if units == 1 else _label_table(asked, p, t, hit)
    order = sorted(
        (i for i in rows if loss_and_weight(asked, i)[1] > 0),
        key=lambda i: (-float(loss_and_weight(asked, i)[0]), i),
    )
    found["worst"] = []
    for i in order[:5]:
        true = [p[i][k] if t[i][k] > 0.5 else 1 - p[i][k] for k in range(units) if asked.is_shown(i, k)]
        labels = tuple(k for k in range(units) if asked.is_shown(i, k) and t[i][k] > 0.5)
        guesses = tuple(k for k in range(units) if asked.is_shown(i, k) and p[i][k] > 0.5)
        one = units == 1
        found["worst"].append(
            (
                i,
                len(labels) if one else labels,
                len(guesses) if one else guesses,
                math.prod(map(float, true)),
                float(loss_and_weight(asked, i)[0]),
            )
        )
    return found


def _averages(asked: Asked, rows: list[int], columns: Any, seen: Any) -> list[float | None]:
    """Return the weighted average of each column of figures."""
    return [
        _over(sum(asked.s(i) * each[place] for i, each in zip(rows, columns, strict=True)), seen)
        for place in range(3)
    ]


def _one_column_table(asked: Asked, p: Any, t: Any) -> list[tuple[Any, ...]]:
    table = []
    for k in (0, 1):
        mine = [i for i in asked.rows if int(t[i][0] > 0.5) == k]
        seen = sum(asked.s(i) for i in mine)
        support = sum(asked.s(i) * (t[i][0] if k else 1 - t[i][0]) for i in asked.rows)
        true = {i: p[i][0] if k else 1 - p[i][0] for i in mine}
        columns = [(outcome_losses(asked, i)[0], int(int(p[i][0] > 0.5) == k), true[i]) for i in mine]
        table.append((float(support), *_averages(asked, mine, columns, seen)))
    return table


def _label_table(asked: Asked, p: Any, t: Any, hit: Any) -> list[tuple[Any, ...]]:
    table = []
    for k in range(asked.units):
        mine = [i for i in asked.rows if asked.is_shown(i, k)]
        seen = sum(asked.s(i) for i in mine)
        support = sum(asked.s(i) * t[i][k] for i in mine)
        loss = _over(sum(asked.s(i) * outcome_losses(asked, i)[k] for i in mine), seen)
        recall = _over(sum(asked.s(i) * t[i][k] * int(hit[i, k]) for i in mine), support)
        given = _over(sum(asked.s(i) * t[i][k] * p[i][k] for i in mine), support)
        table.append((float(support), loss, recall, given))
    return table
