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

from .pieces import FloatArray, Pieces, Truth

Found = dict[str, FloatArray]
Head = Callable[[Pieces, Truth, str, Mapping[str, Any]], Found]


def _softmax(pieces: Pieces, truth: Truth, source: str, options: Mapping[str, Any]) -> Found:
    scores, top = pieces.scores(source), pieces.logsumexp(source)
    own = top * truth.mass() - truth.dot(scores)
    found = {"own": own}
    wanted = options["parts"]
    if "spread" in wanted:
        found["spread"] = top - scores.mean(axis=0)
    if "entropy" in wanted:
        found["entropy"] = own - _entropy(truth)
    if "weighted" in wanted:
        weights = options["class_weights"]
        found["weighted"] = (top * weights.sum() - weights @ scores) / pieces.columns
        found["terms"] = truth.dot(weights[:, None] * (top - scores))
    return found


def _entropy(truth: Truth) -> FloatArray | float:
    if truth.rows is None:
        return 0.0
    shares = np.where(truth.rows > 0, truth.rows, 1.0)
    return np.asarray(-(shares * np.log(shares)).sum(axis=0))


def _nll(pieces: Pieces, truth: Truth, source: str, options: Mapping[str, Any]) -> Found:
    scores = pieces.scores(source)
    found = {"own": -truth.dot(scores)}
    if "spread" in options["parts"]:
        found["spread"] = -scores.mean(axis=0)
    return found


def _log(pieces: Pieces, truth: Truth, source: str, options: Mapping[str, Any]) -> Found:
    """Return −Σ y log q of what is read as probabilities, under a clip policy."""
    policy, dtype = options["clip"], options["dtype"]
    scores = pieces.scores(source)
    renormalises = policy != "none" and POLICIES[policy.removesuffix("-softmax")].renormalises
    if policy == "keras-softmax":
        kept = np.clip(scores, 1e-7, 1 - 1e-7)
        renormalises, share = False, kept / kept.sum(axis=0)
    elif renormalises == "after":
        kept = np.clip(scores, 1e-15, 1 - 1e-15)
        share = kept / kept.sum(axis=0)
    elif renormalises:
        with np.errstate(divide="ignore", invalid="ignore"):  # a row that sums to 0 has no shares
            share = scores / scores.sum(axis=0)
    else:
        share = scores
    kind, epsilon = ("none", 0.0)
    if policy not in {"none", "keras-softmax", "sklearn-1e-15"}:
        kind, epsilon = POLICIES[policy].kind, POLICIES[policy].epsilon or 0.0

    def cost(values: FloatArray) -> FloatArray:
        return clip_costs(values, kind, epsilon, np.dtype(np.float64) if kind == "none" else dtype)[0]

    if "spread" not in options["parts"]:
        return {"own": truth.of(cost, share)}
    each = cost(share)
    return {"own": truth.dot(each), "spread": each.mean(axis=0)}


def _bce(pieces: Pieces, truth: Truth, source: str, options: Mapping[str, Any]) -> Found:
    scores, plus = pieces.scores(source), pieces.softplus(source)
    base = truth.total(plus)
    found = {"own": base - truth.dot(scores)}
    if "half" in options["parts"]:
        found["half"] = base - truth.total(scores) / 2
    if "positive" in options["parts"]:
        found["positive"] = truth.of(lambda each: _softplus_of(-each), scores)
    if "balanced" in options["parts"]:
        found["balanced"] = truth.dot(options["pos_weight"] * (plus - scores)) - truth.dot(plus) + base
    if "weighted" in options["parts"]:
        weights = options["class_weights"][:, None]
        each = weights * plus
        found["weighted"] = truth.total(each) - truth.dot(weights * scores)
    return found


def _softplus_of(values: FloatArray) -> FloatArray:
    from .pieces import softplus

    return softplus(values)


def _bce_log(pieces: Pieces, truth: Truth, source: str, options: Mapping[str, Any]) -> Found:
    """Return the binary cross-entropy of what is read as probabilities, under a clip policy."""
    policy, dtype = options["clip"], options["dtype"]
    kind, epsilon = ("none", 0.0) if policy == "none" else (POLICIES[policy].kind, POLICIES[policy].epsilon)
    scores = pieces.scores(source)
    one, other = clip_costs(scores, kind, epsilon or 0.0, np.dtype(np.float64) if kind == "none" else dtype)
    positive = truth.dot(one)
    found = {"own": truth.total(other) - truth.dot(other) + positive}
    if "half" in options["parts"]:
        found["half"] = truth.total(one + other) / 2
    if "positive" in options["parts"]:
        found["positive"] = positive
    if "balanced" in options["parts"]:
        found["balanced"] = (
            truth.total(other) - truth.dot(other) + truth.dot(options["pos_weight"] * one)
        )
    if "weighted" in options["parts"]:
        weights = options["class_weights"][:, None]
        found["weighted"] = truth.total(weights * other) + truth.dot(weights * (one - other))
    return found


def _powers(values: FloatArray, exponents: tuple[float, ...]) -> dict[float, FloatArray]:
    """Return powers of values in [0, 1] by their exponents, whole and half ones."""
    root = np.sqrt(values)
    square = values * values
    known = {0.5: root, 1.0: values, 1.5: values * root, 2.0: square, 3.0: square * values}
    return {each: known.get(each, square * square * values if each == 5.0 else values**each) for each in exponents}


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
        alike = {g: each * _softplus_of(-picked) for g, each in _powers(1.0 - own, gammas).items()}
    else:
        alike = {g: truth.dot(each * (plus - scores)) for g, each in _powers(1.0 - right, gammas).items()}
    for g, each in negatives.items():
        cost = each * plus
        found[f"positive{g:g}"] = alike[g]
        found[f"own{g:g}"] = truth.total(cost) - truth.dot(cost) + alike[g]
    return found


def _squares(pieces: Pieces, truth: Truth, source: str, options: Mapping[str, Any]) -> Found:
    scores = pieces.scores(source)
    return {"own": truth.total(scores * scores) - 2 * truth.dot(scores) + truth.squares()}


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
    """Return what comes of targets handed over as predictions, and scores as targets."""
    scores, rows = pieces.scores(source), truth.dense(pieces.columns)
    kind = np.dtype(np.float32)
    found: Found = {}
    if pieces.exclusive:
        logits = np.log(np.exp(rows).sum(axis=0)) - rows
        found["logits"] = (scores * logits).sum(axis=0)
        found["keras"] = (scores * clip_costs(rows, "keras_clip", 1e-7, kind)[0]).sum(axis=0)
    plain = np.asarray(softplus_rows(rows) - scores * rows)
    found["bce"] = truth.total(plain)
    for name, policy in (("keras-binary", "keras_clip"), ("torch", "torch_log_clamp_100")):
        one, other = clip_costs(rows, policy, 1e-7, kind)
        found[name] = truth.total(scores * one + (1.0 - scores) * other)
    return found


def softplus_rows(rows: FloatArray) -> FloatArray:
    """Return log(1 + exp(y)) of targets."""
    return np.asarray(np.log1p(np.exp(rows)))


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
