"""What a loss makes of scores: from the pieces of a block to one number per row, for each part of a definition.

A head returns rows by name. ``own`` is the loss itself; of a loss of several classes or labels their sum. ``spread`` is
the loss with all mass spread evenly over the classes, ``half`` with every outcome's target ½: label smoothing is a mix
of the two. ``positive`` is the part of ``own`` that true outcomes cost.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ce_core.compute.clips import POLICIES
from ce_core.emulate.clips import costs as clip_costs

from .pieces import FloatArray, Pieces, Truth, softplus

Found = dict[str, FloatArray]
Head = Callable[[Pieces, Truth, str, Mapping[str, Any]], Found]


def _softmax(pieces: Pieces, truth: Truth, source: str, options: Mapping[str, Any]) -> Found:
    scores, top = pieces.scores(source), pieces.logsumexp(source)
    own = top * truth.mass() - truth.dot(scores)
    found = {"own": own}
    wanted = options["parts"]
    if "spread" in wanted:
        found["spread"] = top - _mean(pieces, source)
    if "entropy" in wanted:
        found["entropy"] = own - _entropy(truth)
    if "weighted" in wanted:
        weights = options["class_weights"]
        found["weighted"] = (top * weights.sum() - weights @ scores) / pieces.columns
        found["terms"] = truth.dot(weights[:, None] * (top - scores))
    return found


def _mean(pieces: Pieces, source: str) -> FloatArray:
    return pieces.once(("mean", source), lambda: np.asarray(pieces.scores(source).mean(axis=0)))


def _entropy(truth: Truth) -> FloatArray | float:
    if truth.rows is None:
        return 0.0
    shares = np.where(truth.rows > 0, truth.rows, 1.0)
    return np.asarray(-(shares * np.log(shares)).sum(axis=0))


def _nll(pieces: Pieces, truth: Truth, source: str, options: Mapping[str, Any]) -> Found:
    scores = pieces.scores(source)
    found = {"own": -truth.dot(scores)}
    if "spread" in options["parts"]:
        found["spread"] = -_mean(pieces, source)
    return found


def _log(pieces: Pieces, truth: Truth, source: str, options: Mapping[str, Any]) -> Found:
    """Return −Σ y log q of what is read as probabilities, under a clip policy."""
    policy = options["clip"]
    if policy == "none":
        each = pieces.costs(source)
        found = {"own": truth.dot(each)}
        if "spread" in options["parts"]:
            found["spread"] = pieces.once(("mean log", source), lambda: np.asarray(each.mean(axis=0)))
        return found
    share, kind, epsilon = pieces.scores(source), "none", 0.0
    if policy == "keras-softmax":
        share = _share(pieces, source, 1e-7)
    elif policy == "sklearn-1e-15":
        share = _share(pieces, source, 1e-15)
    else:
        kind, epsilon = POLICIES[policy].kind, POLICIES[policy].epsilon or 0.0
        if POLICIES[policy].renormalises:
            share = _share(pieces, source, None)

    def cost(values: FloatArray) -> FloatArray:
        return clip_costs(values, kind, epsilon, _clips_in(policy, options))[0]

    if "spread" not in options["parts"]:
        return {"own": truth.of(cost, share)}
    each = pieces.once(("log", source, policy), lambda: cost(share))
    return {"own": truth.dot(each), "spread": each.mean(axis=0)}


def _clips_in(policy: str, options: Mapping[str, Any]) -> np.dtype[Any]:
    """Return the dtype of a clip's bounds: float32, which deep learning computes in, but for scikit-learn."""
    if policy in {"keras-softmax", "sklearn-1e-15", "none"}:
        return np.dtype(np.float64)
    return np.dtype(options["dtype"] if policy == "sklearn" else np.float32)


def _share(pieces: Pieces, source: str, clip: float | None) -> FloatArray:
    """Return scores, clipped where a clip is given, divided by their sum."""
    scores = pieces.scores(source)
    if clip is None and source in {"p", "pp"} and pieces.given != "probabilities":
        return scores  # they sum to 1

    def make() -> FloatArray:
        kept = scores if clip is None else np.clip(scores, clip, 1 - clip)
        return np.asarray(kept / kept.sum(axis=0))

    return pieces.once(("share", source, clip), make)


def _bce(pieces: Pieces, truth: Truth, source: str, options: Mapping[str, Any]) -> Found:
    scores, plus = pieces.scores(source), pieces.softplus(source)
    base = pieces.total(truth, ("softplus", source), lambda: plus)
    found = {"own": base - truth.dot(scores)}
    if "half" in options["parts"]:
        found["half"] = base - pieces.total(truth, source, lambda: scores) / 2
    if "balanced" in options["parts"]:
        found["balanced"] = truth.dot(options["pos_weight"] * (plus - scores)) - truth.dot(plus) + base
    if "weighted" in options["parts"]:
        weights = options["class_weights"][:, None]
        found["weighted"] = truth.total(weights * plus) - truth.dot(weights * scores)
    return found


def _bce_log(pieces: Pieces, truth: Truth, source: str, options: Mapping[str, Any]) -> Found:
    """Return the binary cross-entropy of what is read as probabilities, under a clip policy."""
    policy = options["clip"]
    one, other = _binary_costs(pieces, source, policy, _clips_in(policy, options))
    positive, total = truth.dot(one), pieces.total(truth, ("other", source, policy), lambda: other)
    found = {"own": total - truth.dot(other) + positive}
    if "half" in options["parts"]:
        found["half"] = (total + pieces.total(truth, ("one", source, policy), lambda: one)) / 2
    if "balanced" in options["parts"]:
        found["balanced"] = total - truth.dot(other) + truth.dot(options["pos_weight"] * one)
    if "weighted" in options["parts"]:
        weights = options["class_weights"][:, None]
        found["weighted"] = truth.total(weights * other) + truth.dot(weights * (one - other))
    return found


def _binary_costs(
    pieces: Pieces, source: str, policy: str, dtype: np.dtype[Any]
) -> tuple[FloatArray, FloatArray]:
    """Return the costs of both outcomes under a clip policy: of a plain clip from those without."""
    if policy == "none":
        return pieces.logs(source)
    if policy == "torch":
        one, other = pieces.logs(source)
        return np.minimum(one, 100.0), np.minimum(other, 100.0)
    kind, epsilon = POLICIES[policy].kind, POLICIES[policy].epsilon or 0.0
    clips = pieces.once(
        ("clip", source, policy), lambda: np.stack(clip_costs(pieces.scores(source), kind, epsilon, dtype))
    )
    return clips[0], clips[1]


def _powers(values: FloatArray, exponents: tuple[float, ...]) -> dict[float, FloatArray]:
    """Return powers of values in [0, 1] by their exponents, whole and half ones."""
    root = np.sqrt(values)
    square = values * values
    known = {0.5: root, 1.0: values, 1.5: values * root, 2.0: square, 3.0: square * values}
    return {
        each: known.get(each, square * square * values if each == 5.0 else values**each) for each in exponents
    }


def _focal(pieces: Pieces, truth: Truth, source: str, options: Mapping[str, Any]) -> Found:
    after = {"z": "p", "p": "pp"}[source]
    top, gammas = pieces.logsumexp(source), options["gammas"]
    if truth.labels is not None:
        cost = top - truth.dot(pieces.scores(source))
        wrong = 1.0 - truth.dot(pieces.scores(after))
        return {f"own{g:g}": each * cost for g, each in _powers(np.maximum(wrong, 0.0), gammas).items()}
    costs = top - pieces.scores(source)
    wrong = np.maximum(1.0 - pieces.scores(after), 0.0)
    return {f"own{g:g}": truth.dot(each * costs) for g, each in _powers(wrong, gammas).items()}


def _sigmoid_focal(pieces: Pieces, truth: Truth, source: str, options: Mapping[str, Any]) -> Found:
    """Return the focal loss of each outcome on its own, and the part of true outcomes."""
    after = {"z": "s", "s": "ss"}[source]
    scores, right = pieces.scores(source), pieces.scores(after)
    plus, gammas = pieces.softplus(source), options["gammas"]
    picked, own = truth.dot(scores), truth.dot(right)
    found = {}
    negatives = _powers(right, gammas)
    if truth.labels is not None:
        alike = {g: each * softplus(-picked) for g, each in _powers(1.0 - own, gammas).items()}
    else:
        alike = {g: truth.dot(each * (plus - scores)) for g, each in _powers(1.0 - right, gammas).items()}
    for g, each in negatives.items():
        cost = each * plus
        found[f"positive{g:g}"] = alike[g]
        found[f"own{g:g}"] = truth.total(cost) - truth.dot(cost) + alike[g]
    return found


def _squares(pieces: Pieces, truth: Truth, source: str, options: Mapping[str, Any]) -> Found:
    scores = pieces.scores(source)
    total = pieces.total(truth, ("square", source), lambda: scores * scores)
    return {"own": total - 2 * truth.dot(scores) + truth.squares()}


def _robust(pieces: Pieces, truth: Truth, source: str, options: Mapping[str, Any]) -> Found:
    after = {"z": "p", "p": "pp"}[source]
    top = pieces.logsumexp(source)
    found: Found = {}
    right = pieces.scores(after)
    cost = top * truth.mass() - truth.dot(pieces.scores(source))
    for q in options["gce"]:
        found[f"gce{q:g}"] = truth.of(lambda each, q=q: (1.0 - each**q) / q, right)  # type: ignore[misc]
    wrong = truth.mass() - truth.dot(right)
    for epsilon in options["poly"]:
        found[f"poly{epsilon:g}"] = cost + epsilon * wrong
    return found


def _margins(pieces: Pieces, truth: Truth, source: str, options: Mapping[str, Any]) -> Found:
    """Return the hinge losses of signs, one-hot rows being turned into them."""
    scores = pieces.scores(source)
    found: Found = {}
    above, below = np.maximum(1.0 + scores, 0.0), truth.of(lambda each: np.maximum(1.0 - each, 0.0), scores)
    found["hinge"] = truth.total(above) - truth.dot(above) + below
    square = truth.of(lambda each: np.maximum(1.0 - each, 0.0) ** 2, scores)
    found["squared"] = truth.total(above * above) - truth.dot(above * above) + square
    if not pieces.exclusive or pieces.columns < 2:
        return found
    own = truth.dot(scores)
    others = np.where(truth.dense(pieces.columns) > 0, -np.inf, scores).max(axis=0)
    found["crammer"] = np.maximum(1.0 + others - own, 0.0)
    found["keras"] = np.maximum(1.0 + np.maximum(others, 0.0) - own, 0.0)
    gaps = np.maximum(1.0 - own + scores, 0.0)
    found["margin"] = gaps.sum(axis=0) - 1.0  # the true class's own gap is 1
    found["margin2"] = (gaps * gaps).sum(axis=0) - 1.0
    return found


def _swapped(pieces: Pieces, truth: Truth, source: str, options: Mapping[str, Any]) -> Found:
    """Return what comes of targets handed over as predictions, and scores as targets.

    Of certain targets each cost is one of two numbers, that of a 0 and that of a 1.
    """
    scores, kind = pieces.scores(source), np.dtype(np.float32)
    certain = truth.rows is None or options["hard"]
    rows = np.array([[0.0, 1.0]]) if certain else truth.dense(pieces.columns)
    total = pieces.total(truth, source, lambda: scores)
    whole = pieces.total(truth, "columns", lambda: np.ones_like(scores))
    picked, mass = (truth.dot(scores), truth.mass()) if certain else (0.0, 0.0)

    def cost(one: FloatArray, other: FloatArray) -> FloatArray:
        """Return Σ_j s_j·one(y_j) + (1 − s_j)·other(y_j)."""
        if not certain:
            return truth.total(scores * one + (1.0 - scores) * other)
        zero = (total - picked) * one[0, 0] + (whole - mass - total + picked) * other[0, 0]
        return np.asarray(zero + picked * one[0, 1] + (mass - picked) * other[0, 1])

    none = np.zeros_like(rows)
    plus = np.log1p(np.exp(rows))
    found = {"bce": cost(plus - rows, plus)}
    for name, policy in (("keras-binary", "keras_clip"), ("torch", "torch_log_clamp_100")):
        found[name] = cost(*clip_costs(rows, policy, 1e-7, kind))
    if pieces.exclusive:
        found["keras"] = cost(clip_costs(rows, "keras_clip", 1e-7, kind)[0], none)
        masses = mass * np.e + (whole - mass) if certain else np.exp(rows).sum(axis=0)
        found["logits"] = total * np.log(masses) - (picked if certain else (scores * rows).sum(axis=0))
    return found


def _one_unit(pieces: Pieces, truth: Truth, source: str, options: Mapping[str, Any]) -> Found:
    """Return the binary cross-entropy of a softmax over one column: always 1."""
    assert truth.rows is not None
    wrong = truth.total(1.0 - truth.rows)
    return {
        "keras": wrong * -np.log(float(np.float32(1) - (np.float32(1) - np.float32(1e-7)))),
        "torch": wrong * 100.0,
    }


HEADS: dict[str, Head] = {
    "softmax": _softmax,
    "nll": _nll,
    "log": _log,
    "bce": _bce,
    "bce_log": _bce_log,
    "focal": _focal,
    "sigmoid_focal": _sigmoid_focal,
    "squares": _squares,
    "robust": _robust,
    "margins": _margins,
    "swapped": _swapped,
    "one_unit": _one_unit,
}
"""The heads by name."""
