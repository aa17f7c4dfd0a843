"""Tasks drawn at random, and the loss that a program with some mistake would log: plain NumPy, written apart."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

Array = np.ndarray


def softmax(x: Array) -> Array:
    e = np.exp(x - x.max(-1, keepdims=True))
    return e / e.sum(-1, keepdims=True)


def sigmoid(x: Array) -> Array:
    return 1 / (1 + np.exp(-x))


def ce(x: Array, y: Array) -> Array:
    """Softmax cross-entropy of rows."""
    top = x.max(-1)
    lse = top + np.log(np.exp(x - top[..., None]).sum(-1))
    return y.sum(-1) * lse - (y * x).sum(-1)


def bce(x: Array, y: Array) -> Array:
    """Sigmoid cross-entropy of each outcome."""
    return np.maximum(x, 0) - x * y + np.log1p(np.exp(-np.abs(x)))


def bce_p(p: Array, y: Array) -> Array:
    """Binary cross-entropy as Keras has it: float32, clipped at 1e-7."""
    p = np.clip(p.astype(np.float32), np.float32(1e-7), np.float32(1 - 1e-7))
    return -(y * np.log(p, dtype=np.float64) + (1 - y) * np.log(np.float32(1) - p, dtype=np.float64))


def keras_cce(p: Array, y: Array) -> Array:
    """Categorical cross-entropy as Keras has it."""
    p = p.astype(np.float32)
    p = p / p.sum(-1, keepdims=True)
    p = np.clip(p, np.float32(1e-7), np.float32(1 - 1e-7))
    return -(y * np.log(p.astype(np.float64))).sum(-1)


def keras_scce(p: Array, y: Array) -> Array:
    """Sparse categorical cross-entropy as Keras on TensorFlow has it."""
    return ce(np.log(np.clip(p, 1e-7, 1 - 1e-7)), y)


def focal(x: Array, y: Array, gamma: float, alpha: float = 1.0) -> Array:
    p = softmax(x)
    return alpha * (y * (1 - p) ** gamma * -np.log(p)).sum(-1)


def sigmoid_focal(x: Array, y: Array, gamma: float, alpha: float | None) -> Array:
    p = sigmoid(x)
    right = p * y + (1 - p) * (1 - y)
    found = bce(x, y) * (1 - right) ** gamma
    return found if alpha is None else found * (alpha * y + (1 - alpha) * (1 - y))


def keras_hinge(x: Array, y: Array) -> Array:
    return np.maximum(0, ((1 - y) * x).max(-1) - (y * x).sum(-1) + 1)


def multi_margin(x: Array, y: Array) -> Array:
    own = (x * y).sum(-1, keepdims=True)
    return (np.maximum(0, 1 - own + x) * (1 - y)).sum(-1) / x.shape[-1]


@dataclass(frozen=True)
class Kind:
    """What may have been computed of each example."""

    name: str
    of: Callable[[Array, Array], Array]
    """From logits and rows of targets to one loss for each example."""
    variant: dict[str, Any] = field(default_factory=dict)
    mistake: str | None = None
    weight: float = 1.0
    smooth: str = ""
    """``uniform`` or ``half`` where label smoothing goes with it."""
    columns: bool = False


EXCLUSIVE = (
    Kind("plain", ce, smooth="uniform", weight=0),
    Kind(
        "double",
        lambda x, y: ce(softmax(x), y),
        {"activation": "softmax twice"},
        "double-softmax",
        4,
        "uniform",
    ),
    Kind(
        "triple",
        lambda x, y: ce(softmax(softmax(x)), y),
        {"activation": "softmax three times"},
        "double-softmax",
        0.5,
    ),
    Kind(
        "sigmoid",
        lambda x, y: ce(sigmoid(x), y),
        {"activation": "sigmoid, then softmax"},
        "probabilities-as-logits",
    ),
    Kind("keras", keras_cce, {"activation": "logits as probabilities"}, "logits-as-probabilities", 3),
    Kind("keras sparse", keras_scce, {"activation": "logits as probabilities"}, "logits-as-probabilities", 2),
    Kind(
        "keras sigmoid",
        lambda x, y: keras_cce(sigmoid(x), y),
        {"activation": "sigmoid for softmax"},
        "probabilities-as-logits",
    ),
    Kind(
        "nll x",
        lambda x, y: -(x * y).sum(-1),
        {"activation": "logits into an NLL"},
        "not-log-probabilities",
        2,
    ),
    Kind(
        "nll p",
        lambda x, y: -(softmax(x) * y).sum(-1),
        {"activation": "probabilities into an NLL"},
        "not-log-probabilities",
        2,
    ),
    Kind(
        "bce",
        lambda x, y: bce(x, y).mean(-1),
        {"activation": "sigmoid", "family": "one-vs-rest"},
        "exclusive-under-sigmoid",
        3,
        "half",
        True,
    ),
    Kind(
        "bce2",
        lambda x, y: bce(sigmoid(x), y).mean(-1),
        {"activation": "sigmoid twice"},
        "double-sigmoid",
        1.5,
        "",
        True,
    ),
    Kind(
        "bce p",
        lambda x, y: bce(softmax(x), y).mean(-1),
        {"activation": "softmax, then sigmoid"},
        "probabilities-as-logits",
        1.5,
        "",
        True,
    ),
    Kind(
        "bce of p",
        lambda x, y: bce_p(softmax(x), y).mean(-1),
        {"activation": "softmax for sigmoid"},
        "exclusive-under-sigmoid",
        2,
        "",
        True,
    ),
    Kind(
        "bce of x",
        lambda x, y: bce_p(x, y).mean(-1),
        {"activation": "logits as probabilities"},
        "logits-as-probabilities",
        1,
        "",
        True,
    ),
    Kind("focal 2", lambda x, y: focal(x, y, 2), {"family": "focal", "gamma": 2.0, "alpha": None}, None, 3),
    Kind(
        "focal keras",
        lambda x, y: focal(x, y, 2, 0.25),
        {"family": "focal", "gamma": 2.0, "alpha": 0.25},
        None,
        1.5,
    ),
    Kind("focal 1", lambda x, y: focal(x, y, 1), {"family": "focal", "gamma": 1.0, "alpha": None}),
    Kind("focal 5", lambda x, y: focal(x, y, 5), {"family": "focal", "gamma": 5.0, "alpha": None}, None, 0.5),
    Kind(
        "sigmoid focal",
        lambda x, y: sigmoid_focal(x, y, 2, 0.25).mean(-1),
        {"family": "focal", "gamma": 2.0, "alpha": 0.25},
        None,
        1,
        "",
        True,
    ),
    Kind("brier", lambda x, y: ((softmax(x) - y) ** 2).sum(-1), {"family": "Brier"}, None, 2),
    Kind("mse", lambda x, y: ((softmax(x) - y) ** 2).mean(-1), {"family": "MSE"}, None, 2, "", True),
    Kind(
        "mse x",
        lambda x, y: ((x - y) ** 2).mean(-1),
        {"family": "MSE", "activation": "logits as probabilities"},
        "logits-as-probabilities",
        1,
        "",
        True,
    ),
    Kind(
        "gce",
        lambda x, y: ((y * (1 - softmax(x) ** 0.5)).sum(-1)) / 0.5,
        {"family": "generalized", "q": 0.5},
        None,
        0.5,
    ),
    Kind(
        "poly",
        lambda x, y: ce(x, y) + 2 * (1 - (y * softmax(x)).sum(-1)),
        {"family": "poly-1", "epsilon": 2.0},
        None,
        0.5,
    ),
    Kind("hinge", keras_hinge, {"family": "hinge"}, None, 0.5),
    Kind("margin", multi_margin, {"family": "hinge"}, None, 0.5),
    Kind("flipped", lambda x, y: ce(-x, y), {"alignment": "flipped sign"}, "flipped-sign", 1),
    Kind(
        "swapped",
        lambda x, y: keras_cce(y, softmax(x)),
        {"alignment": "swapped arguments"},
        "swapped-arguments",
        1,
    ),
)
INDEPENDENT = (
    Kind("plain", lambda x, y: bce(x, y).mean(-1), weight=0, smooth="half", columns=True),
    Kind(
        "double",
        lambda x, y: bce(sigmoid(x), y).mean(-1),
        {"activation": "sigmoid twice"},
        "double-sigmoid",
        4,
        "half",
        True,
    ),
    Kind(
        "triple",
        lambda x, y: bce(sigmoid(sigmoid(x)), y).mean(-1),
        {"activation": "sigmoid three times"},
        "double-sigmoid",
        0.5,
        "",
        True,
    ),
    Kind(
        "keras",
        lambda x, y: bce_p(x, y).mean(-1),
        {"activation": "logits as probabilities"},
        "logits-as-probabilities",
        3,
        "",
        True,
    ),
    Kind(
        "focal",
        lambda x, y: sigmoid_focal(x, y, 2, 0.25).mean(-1),
        {"family": "focal", "gamma": 2.0, "alpha": 0.25},
        None,
        3,
        "",
        True,
    ),
    Kind(
        "focal plain",
        lambda x, y: sigmoid_focal(x, y, 2, None).mean(-1),
        {"family": "focal", "gamma": 2.0, "alpha": None},
        None,
        2,
        "",
        True,
    ),
    Kind("mse", lambda x, y: ((sigmoid(x) - y) ** 2).mean(-1), {"family": "MSE"}, None, 2, "", True),
    Kind(
        "mse x",
        lambda x, y: ((x - y) ** 2).mean(-1),
        {"family": "MSE", "activation": "logits as probabilities"},
        "logits-as-probabilities",
        1,
        "",
        True,
    ),
    Kind(
        "flipped",
        lambda x, y: bce(-x, y).mean(-1),
        {"alignment": "flipped sign"},
        "flipped-sign",
        2,
        "",
        True,
    ),
    Kind(
        "hinge",
        lambda x, y: np.maximum(0, 1 - (2 * y - 1) * x).mean(-1),
        {"family": "hinge"},
        None,
        1,
        "",
        True,
    ),
)
SOFTMAX_FOR_SIGMOID = Kind("ce", ce, {"activation": "softmax for sigmoid"}, "multi-label-under-softmax", 3)


@dataclass(frozen=True)
class Rig:
    """Arrays, what is said of them, what was logged, and which definition it is."""

    name: str
    predictions: Array
    targets: Array
    options: dict[str, Any]
    value: float
    values: tuple[float, ...]
    """Of the two halves of the first axis, where the definition is of halves too."""
    variant: dict[str, Any]
    mistake: str | None


def _rows(y: Array, columns: int) -> Array:
    found = np.zeros((*y.shape, columns))
    valid = (y >= 0) & (y < columns)
    np.put_along_axis(found, np.where(valid, y, 0)[..., None], 1.0, -1)
    return found * valid[..., None]


def draw(rng: np.random.Generator, *, deviations: int | None = None) -> Rig:
    """Return a random rig with so many deviations from the plain mean, or 0 to 2."""
    if deviations is None:
        deviations = int(rng.choice([0, 1, 2], p=[0.1, 0.55, 0.35]))
    while True:
        rig = _draw(rng, deviations)
        if rig is not None and all(1e-9 < abs(each) < 1e30 for each in (rig.value, *rig.values)):
            return rig


def _draw(rng: np.random.Generator, deviations: int) -> Rig | None:
    form = str(rng.choice(["flat", "sequences", "binary", "labels"], p=[0.55, 0.2, 0.15, 0.1]))
    exclusive = form in {"flat", "sequences"}
    count = int(rng.integers(60, 3000))
    columns = 1 if form == "binary" else int(rng.choice([2, 3, 5, 10, 20, 50]))
    if form == "labels":
        columns = int(rng.choice([3, 8, 20]))
    shape = (max(4, count // 12), 12) if form == "sequences" else (count,)
    strength, noise = rng.uniform(0.5, 4), rng.uniform(0.5, 2)
    if exclusive:
        y = rng.integers(0, columns, shape)
        x = rng.normal(0, noise, (*shape, columns)) + strength * _rows(y, columns)
        dense = _rows(y, columns)
        kinds = list(EXCLUSIVE)
    else:
        dense = (rng.random((*shape, columns)) < rng.uniform(0.1, 0.6)).astype(float)
        x = rng.normal(0, noise, dense.shape) + strength * (dense - 0.5)
        y = dense[..., 0].astype(np.int64) if form == "binary" else dense.astype(np.int64)
        kinds = [*INDEPENDENT, *((SOFTMAX_FOR_SIGMOID,) if columns > 1 else ())]
    x = x.astype(np.float32)
    options: dict[str, Any] = {}
    weighted = exclusive and rng.random() < 0.35
    sampled = not weighted and form != "sequences" and rng.random() < 0.15
    ignored = form == "sequences" and rng.random() < 0.6
    labels = y
    if ignored:
        lengths = rng.integers(3, 13, shape[0])
        labels = np.where(np.arange(12) < lengths[:, None], y, -1)
        options["ignore_index"] = -1
    weights = rng.uniform(0.2, 3, max(2, columns)).round(2) if weighted else None
    samples = rng.uniform(0.1, 3, shape).round(2) if sampled else None
    if weights is not None:
        options["class_weights"] = weights
    if samples is not None:
        options["sample_weights"] = samples
    axes = ["kind", "kind", "smoothing", "reduction", "unit", "alignment"]
    axes += ["weights"] if weighted or sampled else []
    axes += ["ignored"] if ignored else []
    chosen = list(dict.fromkeys(rng.permutation(axes)))[:deviations]
    kind = kinds[0]
    if "kind" in chosen:
        odds = np.array([each.weight for each in kinds])
        kind = kinds[int(rng.choice(len(kinds), p=odds / odds.sum()))]
    variant, mistakes = dict(kind.variant), [kind.mistake]
    logits = x.astype(np.float64)
    counted = labels >= 0 if exclusive else np.ones(shape, bool)
    used = labels
    if "alignment" in chosen:
        if "alignment" in variant or variant.get("family") == "hinge":
            return None  # these are only tried as the arrays are aligned
        found = _align(rng, form, logits, labels, dense, columns)
        if found is None:
            return None
        logits, used, dense, counted, word, slug = found
        variant["alignment"] = word
        mistakes.append(slug)
    if "ignored" in chosen:
        if "alignment" in chosen or rng.random() < 0.5:
            variant["ignored"] = "counted in the divisor"
            mistakes.append("ignored-counted")
        else:
            variant["ignored"] = "not ignored"
            mistakes.append("not-ignored")
            used, counted = np.where(labels < 0, columns - 1, labels), np.ones(shape, bool)
    rows = _rows(used, columns) if exclusive else dense
    if "smoothing" in chosen:
        if not kind.smooth:
            return None
        epsilon = float(rng.choice([0.1, 0.05, 0.2, 0.01], p=[0.6, 0.15, 0.15, 0.1]))
        convention = kind.smooth
        if kind.smooth == "half":
            rows = rows * (1 - epsilon) + epsilon / 2
        elif rng.random() < 0.3 and columns > 2:
            convention = "others"
            rows = rows * (1 - epsilon - epsilon / (columns - 1)) + epsilon / (columns - 1)
        else:
            rows = rows * (1 - epsilon) + epsilon / columns
        variant["smoothing"] = f"{epsilon:g} {convention}"
    with np.errstate(all="ignore"):
        losses = kind.of(logits, rows)
    each = np.ones(losses.shape)
    if weights is not None:
        each = weights[np.where(used < 0, 0, used)]
    if samples is not None:
        each = samples
    divisor = "weights"
    if "weights" in chosen:
        word = str(rng.choice(["÷N", "forgotten", "twice"], p=[0.5, 0.4, 0.1]))
        if word == "twice" and ("ignored" in chosen or "reduction" in chosen):
            return None  # no such pair of mistakes is tried
        variant["weights"] = word
        mistakes.append(
            {"÷N": "weighted-mean-differs", "forgotten": "weights-forgotten", "twice": "weights-twice"}[word]
        )
        if word == "÷N":
            divisor = "count"
        each = np.ones(losses.shape) if word == "forgotten" else each * each if word == "twice" else each
    reduction, size = "mean", 0
    if "reduction" in chosen:
        options_of = ["sum", "batches", "batches", "dropped"]
        options_of += ["sequences", "items"] if form == "sequences" else []
        options_of += (
            ["labels"]
            if kind.columns and columns > 1
            else ["elements"]
            if columns > 1 and not kind.columns
            else []
        )
        reduction = str(rng.choice(options_of))
        size = int(rng.choice([16, 32, 64, 100, 128]))
        uneven = weighted or sampled or ignored
        if reduction in {"batches", "dropped"} and "alignment" in chosen:
            return None  # no such pair of mistakes is tried
        if reduction in {"batches", "dropped"} and (
            size >= shape[0] or (shape[0] % size == 0 and not uneven)
        ):
            return None
        if reduction == "dropped" and shape[0] % size == 0:
            return None
        if reduction == "sum" and ("ignored" in variant and variant["ignored"] == "counted in the divisor"):
            return None
        if reduction in {"sum", "items"} and "weights" in variant and variant["weights"] != "forgotten":
            return None
        if variant.get("ignored") == "counted in the divisor" and reduction not in {"elements", "labels"}:
            return None
        variant["reduction"] = {
            "sum": "sum",
            "batches": f"mean of batch means ({size})",
            "dropped": f"last batch dropped ({size})",
            "sequences": "per sequence",
            "items": "sum ÷ items",
            "labels": "sum over labels",
            "elements": "elements",
        }[reduction]
        mistakes.append({"batches": "mean-of-batch-means", "dropped": "last-batch-dropped"}.get(reduction))
    unit = "nats"
    if "unit" in chosen:
        unit = str(rng.choice(["bits", "perplexity", "base 10", "negated"], p=[0.4, 0.4, 0.1, 0.1]))
        variant["unit"] = unit
        mistakes.append(
            {"bits": "wrong-base", "base 10": "wrong-base", "perplexity": "perplexity-logged"}.get(unit)
        )

    def value(start: int, stop: int) -> float:
        part = slice(start, stop)
        cost, w, c = losses[part], each[part] * counted[part], counted[part].astype(float)
        cost = np.where(counted[part], cost, 0)
        everything = float(c.size) if variant.get("ignored") == "counted in the divisor" else None
        below = everything or (w.sum() if divisor == "weights" else c.sum())
        down = w if divisor == "weights" else c
        if reduction == "mean":
            found = (cost * w).sum() / below
        elif reduction == "sum":
            found = (cost * w).sum()
        elif reduction == "items":
            found = (cost * w).sum() / len(cost)
        elif reduction == "elements":
            found = (cost * w).sum() / below / columns
        elif reduction == "labels":
            found = (cost * w).sum() / below * columns
        elif reduction == "sequences":
            kept = down.sum(1) > 0
            found = ((cost * w).sum(1)[kept] / down.sum(1)[kept]).mean()
        elif reduction == "batches":
            starts = range(0, len(cost), size)
            found = float(
                np.mean(
                    [
                        (cost * w)[at : at + size].sum() / down[at : at + size].sum()
                        for at in starts
                        if down[at : at + size].sum() > 0
                    ]
                )
            )
        else:
            whole = len(cost) // size * size
            found = (cost * w)[:whole].sum() / down[:whole].sum()
        with np.errstate(over="ignore"):
            return float(
                {
                    "nats": found,
                    "bits": found / math.log(2),
                    "base 10": found / math.log(10),
                    "perplexity": np.exp(found),
                    "negated": -found,
                }[unit]
            )

    if ("rows" in str(variant.get("alignment", ""))) or reduction in {"batches", "dropped"}:
        values: tuple[float, ...] = ()
    else:
        half = shape[0] // 2
        values = (value(0, half), value(half, shape[0]))
    predictions = x[..., 0] if form == "binary" else x
    told = [each for each in mistakes if each]
    strong = [each for each in told if each not in {"weighted-mean-differs", "exclusive-under-sigmoid"}]
    return Rig(
        name=f"{form} {kind.name} {variant}",
        predictions=predictions,
        targets=labels if exclusive else y,
        options=options,
        value=value(0, shape[0]),
        values=values,
        variant=variant,
        mistake=(strong or told or [None])[0],
    )


def _align(
    rng: np.random.Generator, form: str, logits: Array, labels: Array, dense: Array, columns: int
) -> tuple[Array, Array, Array, Array, str, str] | None:
    """Return the logits and labels as they were paired, with the word for it and the mistake."""
    choices = ["rows+1", "rows-1", "rows+1 cut", "rows-1 cut"]
    if form == "sequences":
        choices = ["time+1 cut", "time+1 cut", "time-1 cut", "time+1"]
    if form in {"flat", "sequences"} and columns > 2:
        choices += ["classes+1", "classes-1"]
    word = str(rng.choice(choices))
    counted = labels >= 0 if form in {"flat", "sequences"} else np.ones(labels.shape[:1], bool)
    if word.startswith("classes"):
        step = 1 if "+" in word else -1
        moved = np.where(labels < 0, labels, (labels + step) % columns)
        return logits, moved, _rows(moved, columns), counted, word, "permuted-classes"
    axis = 0 if word.startswith("rows") else 1
    step = -1 if "+" in word else 1
    moved, rows, shifted = (
        np.roll(labels, step, axis),
        np.roll(dense, step, axis),
        np.roll(counted, step, axis),
    )
    if word.endswith("cut"):
        shifted = shifted.copy()
        edge = -1 if "+" in word else 0
        if axis:
            shifted[:, edge] = False
        else:
            shifted[edge] = False
    return logits, moved, rows, shifted, word, "shifted-rows"


def as_logged(value: float, digits: int) -> str:
    """Return a value as a log prints it with so many significant digits, in float32."""
    return (
        f"{float(np.float32(value)):.{digits}g}" if digits > 6 else _padded(float(np.float32(value)), digits)
    )


def _padded(value: float, digits: int) -> str:
    """Return a number with trailing zeros, which a log keeps."""
    text = f"{value:#.{digits}g}"
    return text.rstrip(".") if text.endswith(".") else text


def is_the_one(found: Any, rig: Rig) -> bool:
    """Tell whether a match is the definition of a rig, or one that is the same number."""
    plain = {key: each for key, each in found.variant.items() if key != "clip"}
    return plain == rig.variant and found.mistake == rig.mistake
