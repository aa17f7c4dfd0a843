"""The repair of each finding, in each framework's code, runs on such arrays, and what it computes is right."""

from __future__ import annotations

import math
import types
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from claim_rows import P, W, X, Y, Z, binary_of, loss_of, sigmoid, softmax

from ce_core.findings import RULES
from ce_core.lookup.finding_texts import repair

SNIPPETS = [(code, framework) for code in RULES for framework in repair(code)]

RIGHT = loss_of(X, Y)
COLUMN = np.array([[2.0], [0.0], [-1.0]])
B = COLUMN[:, 0]
ROWS = np.eye(3)[Y]
TOKENS = np.random.default_rng(0).normal(size=(2, 4, 3))
IDS = np.array([[0, 1, 2, 0], [2, 2, 0, 1]])
MULTI_HOT = np.array([[1.0, 0, 1], [0, 1, 1], [1, 1, 1]])
SEVEN = np.array([0, 2, 1, 0, 0, 2, 0])
BLANK = np.concatenate([ROWS, np.zeros((1, 3))])

GIVEN: dict[str, dict[str, Any]] = {
    "CE101": {"logits": np.where(np.eye(3) == 1, np.nan, X)},
    "CE104": {"predictions": softmax(P)},
    "CE105": {"logits": B, "targets": Z, "predictions": sigmoid(sigmoid(B))},
    "CE107": {"logits": COLUMN, "targets": Z},
    "CE109": {"logits": X.astype(np.float16)},
    "CE201": {"logits": np.concatenate([X, X[:1]]), "targets": np.array([*Y, 3])},
    "CE202": {"targets": Y + 1},
    "CE203": {"logits": np.concatenate([X, X[:1]]), "targets": np.array([*Y, -1])},
    "CE204": {"logits": B, "targets": 2 * Z - 1},
    "CE205": {"targets": ROWS * [[7.0], [2.0], [1.0]]},
    "CE206": {"logits": B, "targets": 255 * Z},
    "CE207": {"logits": np.concatenate([X, X[:1]]), "targets": np.array([*Y, -100])},
    "CE208": {"logits": np.concatenate([X, X[:1]]), "targets": BLANK},
    "CE209": {"predictions": B, "targets": np.array([2.7, 0.4, 10.0])},
    "CE211": {"targets": np.array([0, 2, 0])},
    "CE212": {"targets": Y.astype(np.float32)},
    "CE301": {"logits": X.T.copy()},
    "CE302": {"logits": COLUMN, "targets": Z},
    "CE303": {"logits": np.moveaxis(TOKENS, -1, 1).copy(), "targets": IDS},
    "CE304": {"targets": ROWS},
    "CE305": {"targets": MULTI_HOT},
    "CE306": {"targets": ROWS},
    "CE307": {"logits": TOKENS, "targets": IDS},
    "CE308": {"logits": X[:, [1, 2, 0]], "order": np.array([2, 0, 1])},
    "CE309": {"logits": -B, "targets": Z, "probabilities": sigmoid(-B)},
    "CE402": {"logits": np.array([[1.0, -np.inf, 0.0]]), "targets": np.array([1])},
    "CE501": {"targets": SEVEN, "probabilities": np.tile([4 / 7, 1 / 7, 2 / 7], (7, 1))},
    "CE503": {"logits": 3 * X},
    "CE505": {"logits": B + math.log(9), "targets": Z, "pos_weight": 9.0},
}
"""What is not the example's three rows."""

OF: dict[tuple[str, str], dict[str, Any]] = {
    ("CE207", "numpy"): {"logits": TOKENS, "targets": np.array([IDS[0], [-100] * 4])},
    ("CE303", "torch"): {"logits": TOKENS, "targets": IDS},
    ("CE307", "transformers"): {"logits": TOKENS.astype(np.float32)},
}
_BINARY = binary_of(B, Z)
_CAUSAL = loss_of(TOKENS[:, :-1], IDS[:, 1:])
_EACH_WEIGHT = (W[Y] * -np.log(P[[0, 1, 2], Y])).sum() / W[Y].sum()
RIGHT_LOSS: dict[str, float] = {
    "CE105": _BINARY,
    "CE107": _BINARY,
    "CE109": RIGHT,
    "CE204": _BINARY,
    "CE206": _BINARY,
    "CE209": float(((B - [2.7, 0.4, 10.0]) ** 2).mean()),
    "CE210": RIGHT,
    "CE211": loss_of(X, [0, 2, 0]),
    "CE302": _BINARY,
    "CE303": loss_of(TOKENS, IDS),
    "CE305": binary_of(X, MULTI_HOT),
    "CE307": _CAUSAL,
    "CE309": _BINARY,
    "CE504": float(_EACH_WEIGHT),
    "CE505": _BINARY,
}
"""The loss that a repair computes, where it is not the example's 2.3017."""

RESULTS: dict[tuple[str, str], tuple[str, Any]] = {
    ("CE101", "torch"): ("rows", [0, 1, 2]),
    ("CE101", "numpy"): ("rows", [0, 1, 2]),
    ("CE103", "numpy"): ("probabilities", P),
    ("CE104", "numpy"): ("probabilities", P),
    ("CE105", "numpy"): ("probabilities", sigmoid(B)),
    ("CE106", "numpy"): ("probabilities", P),
    ("CE108", "numpy"): ("rows", []),
    ("CE109", "numpy"): ("logits", X),
    ("CE110", "torch"): ("spread", np.ptp(X, axis=0)),
    ("CE110", "numpy"): ("spread", np.ptp(X, axis=0)),
    ("CE111", "numpy"): ("log_probabilities", np.log(P)),
    ("CE201", "numpy"): ("wrong", {3: 1}),
    ("CE202", "numpy"): ("targets", Y),
    ("CE203", "numpy"): ("targets", Y),
    ("CE204", "numpy"): ("targets", Z),
    ("CE205", "numpy"): ("targets", ROWS),
    ("CE206", "numpy"): ("targets", Z),
    ("CE207", "numpy"): ("targets", IDS[:1]),
    ("CE208", "numpy"): ("targets", ROWS),
    ("CE210", "keras"): ("class_weight", {0: 1.0, 1: 1.0, 2: 1.0}),
    ("CE210", "sklearn"): ("weights", [1.0, 1.0, 1.0]),
    ("CE210", "numpy"): ("weights", [1.0, 1.0, 1.0]),
    ("CE211", "torch"): ("missing", [1]),
    ("CE211", "numpy"): ("missing", [1]),
    ("CE212", "numpy"): ("targets", Y),
    ("CE301", "numpy"): ("logits", X),
    ("CE302", "numpy"): ("logits", B),
    ("CE303", "numpy"): ("logits", TOKENS),
    ("CE306", "numpy"): ("index", Y),
    ("CE307", "numpy"): ("targets", IDS[:, 1:]),
    ("CE308", "numpy"): ("logits", X),
    ("CE309", "numpy"): ("probabilities", sigmoid(B)),
    ("CE401", "numpy"): ("share", 0.0),
    ("CE402", "torch"): ("rows", [[0]]),
    ("CE402", "numpy"): ("rows", [[0]]),
    ("CE501", "torch"): (
        "baseline",
        -(4 / 7) * math.log(4 / 7) - math.log(1 / 7) / 7 - 2 / 7 * math.log(2 / 7),
    ),
    ("CE501", "numpy"): (
        "baseline",
        -(4 / 7) * math.log(4 / 7) - math.log(1 / 7) / 7 - 2 / 7 * math.log(2 / 7),
    ),
    ("CE501", "sklearn"): ("score", 0.0),
    ("CE502", "torch"): ("right", 1 / 3),
    ("CE502", "numpy"): ("right", 1 / 3),
    ("CE504", "numpy"): ("weights", W * 3 / W[Y].sum()),
    ("CE505", "numpy"): ("logits", B),
}
"""What a repair without a loss leaves behind."""


def _namespace(code: str, framework: str) -> dict[str, Any]:
    arrays = {
        "logits": X,
        "targets": Y,
        "predictions": P,
        "probabilities": P,
        "log_probabilities": np.log(P),
        "weights": W,
    }
    return {**arrays, **GIVEN.get(code, {}), **OF.get((code, framework), {})}


@pytest.fixture
def modules(request: pytest.FixtureRequest) -> Callable[[str], dict[str, Any]]:
    """Return the names that a framework's code takes for granted."""
    use = request.getfixturevalue

    def of(framework: str) -> dict[str, Any]:
        names: dict[str, Any] = {"np": np, "math": math}
        if framework in {"torch", "transformers"}:
            names["torch"] = torch = use("torch")
            names["model"] = torch.nn.Linear(3, 3)
        if framework == "transformers":
            use("transformers")
            from transformers.loss.loss_utils import ForCausalLMLoss

            names["ForCausalLMLoss"] = ForCausalLMLoss
        if framework in {"tensorflow", "keras"}:
            names |= {"tf": use("tf"), "keras": use("keras")}
        if framework == "jax":
            names |= {"jnp": use("jnp"), "optax": use("optax")}
        if framework == "sklearn":
            names["sklearn"] = use("sklearn")
            import sklearn.metrics
            import sklearn.utils.class_weight  # noqa: F401
        return names

    return of


@pytest.mark.parametrize(("code", "framework"), SNIPPETS, ids=map("-".join, SNIPPETS))
def test_a_repair_runs_and_its_result_is_right(
    code: str,
    framework: str,
    modules: Callable[[str], dict[str, Any]],
    converter: Callable[[str], Callable[[Any], Any]],
) -> None:
    as_its_own = converter(framework) if framework != "numpy" else np.asarray
    given = {
        name: as_its_own(value.copy()) if isinstance(value, np.ndarray) else value
        for name, value in _namespace(code, framework).items()
    }
    names = {**modules(framework), **given}
    exec(compile(repair(code)[framework], f"{code} {framework}", "exec"), names)
    if (code, framework) in RESULTS:
        name, expected = RESULTS[code, framework]
        _same(names[name], expected)
    elif "loss" in names and not isinstance(names["loss"], (types.FunctionType, type)):
        if not callable(names["loss"]):
            assert float(names["loss"]) == pytest.approx(RIGHT_LOSS.get(code, RIGHT), rel=2e-6)
            return
        _temperature_found(names)
    else:
        assert (code, framework) in ENDS
        ENDS[code, framework](names)


def _same(found: Any, expected: Any) -> None:
    if isinstance(expected, dict):
        assert found == expected
    else:
        np.testing.assert_allclose(np.asarray(found), np.asarray(expected), rtol=1e-6, atol=1e-12)


def _temperature_found(names: dict[str, Any]) -> None:
    """The logits were made three times too large, on rows whose own optimum is known by a search."""
    grid = np.geomspace(0.1, 10, 201)
    best = min(grid, key=lambda t: loss_of(3 * X / t, Y))
    np.testing.assert_allclose(np.asarray(names["logits"]), 3 * X / best, rtol=1e-5)


def _head(names: dict[str, Any]) -> None:
    head, shares = names["head"], np.bincount(SEVEN) / 7
    head.build((None, 2))
    np.testing.assert_allclose(softmax(np.asarray(head.bias)), shares, rtol=1e-5)


ENDS: dict[tuple[str, str], Callable[[dict[str, Any]], None]] = {
    ("CE501", "keras"): _head,
    ("CE503", "torch"): _temperature_found,
    ("CE503", "numpy"): _temperature_found,
}


def test_every_result_that_is_expected_is_of_a_repair() -> None:
    assert {*RESULTS, *OF, *ENDS} <= set(SNIPPETS)
    assert {*GIVEN, *RIGHT_LOSS} <= {code for code, _ in SNIPPETS}
