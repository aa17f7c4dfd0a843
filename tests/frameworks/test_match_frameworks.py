"""Numbers that the frameworks themselves print are traced to the call that made them."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

from ce_core import match

RNG = np.random.default_rng(21)
LABELS = RNG.integers(0, 8, 500)
ROWS = np.eye(8, dtype=np.float32)[LABELS]
LOGITS = (RNG.normal(0, 1.5, (500, 8)) + 2 * ROWS).astype(np.float32)
WEIGHTS = RNG.uniform(0.3, 3, 8).astype(np.float32)
WEIGHED = {"class_weights": WEIGHTS}
SINGLE = RNG.normal(0, 2, 400).astype(np.float32)
TRUE = (RNG.random(400) < 0.3).astype(np.float32)


def check(value: Any, mistake: str | None, variant: dict[str, Any] | None = None, **options: Any) -> None:
    """Trace a float32 as a log prints it, with 6 digits."""
    found = match(
        options.pop("predictions", LOGITS),
        options.pop("targets", LABELS),
        value=f"{float(value):.6g}",
        **options,
    )
    assert found.matches, [each.says for each in found.nearest]
    first = found.matches[0]
    assert first.mistake == mistake, first.says
    if variant is not None:
        assert {key: each for key, each in first.variant.items() if key != "clip"} == variant


def test_what_torch_prints(torch: ModuleType) -> None:
    f = torch.nn.functional
    x, y, rows, w = (torch.from_numpy(each) for each in (LOGITS, LABELS, ROWS, WEIGHTS))
    check(f.cross_entropy(x, y), None, {})
    check(f.cross_entropy(x.softmax(1), y), "double-softmax", {"activation": "softmax twice"})
    check(
        f.cross_entropy(x.softmax(1).softmax(1), y), "double-softmax", {"activation": "softmax three times"}
    )
    check(f.cross_entropy(x.sigmoid(), y), "probabilities-as-logits")
    check(f.cross_entropy(x, y, weight=w), None, {}, **WEIGHED)
    check(f.cross_entropy(x, rows, weight=w), "weighted-mean-differs", {"weights": "÷N"}, **WEIGHED)
    check(f.cross_entropy(x, y), "weights-forgotten", **WEIGHED)
    smoothing = {"smoothing": "0.1 uniform"}
    check(f.cross_entropy(x, y, label_smoothing=0.1), None, smoothing)
    weighted = {"smoothing": "0.1 torch"}
    check(f.cross_entropy(x, y, weight=w, label_smoothing=0.1), None, weighted, **WEIGHED)
    check(f.cross_entropy(x, y, reduction="sum"), None, {"reduction": "sum"})
    check(f.cross_entropy(x, y).exp(), "perplexity-logged")
    check(f.nll_loss(x.softmax(1), y), "not-log-probabilities", {"activation": "probabilities into an NLL"})
    check(f.nll_loss(x, y), "not-log-probabilities", {"activation": "logits into an NLL"})
    check(f.nll_loss(x.log_softmax(0), y), "class-axis")
    check(f.cross_entropy(x.softmax(0), y), "class-axis")
    check(f.binary_cross_entropy_with_logits(x, rows), "exclusive-under-sigmoid")
    check(f.binary_cross_entropy_with_logits(x.sigmoid(), rows), "double-sigmoid")
    check(f.binary_cross_entropy(x.softmax(1), rows), "exclusive-under-sigmoid")
    check(f.multi_margin_loss(x, y), None, {"family": "hinge"})
    check(f.mse_loss(x.softmax(1), rows), None, {"family": "MSE"})
    with pytest.warns(UserWarning, match="support size"):
        by_elements = f.kl_div(x.log_softmax(1), rows, reduction="mean")
    check(by_elements, None, {"reduction": "elements"})
    check(f.cross_entropy(x, y.roll(-1)), "shifted-rows", {"alignment": "rows+1"})
    check(f.cross_entropy(x[:-1], y[1:]), "shifted-rows", {"alignment": "rows+1 cut"})
    one, true = torch.from_numpy(SINGLE), torch.from_numpy(TRUE)
    binary = {"predictions": SINGLE, "targets": TRUE}
    check(f.binary_cross_entropy_with_logits(one, true), None, {}, **binary)
    check(f.binary_cross_entropy_with_logits(one.sigmoid(), true), "double-sigmoid", **binary)
    check(f.binary_cross_entropy(one.sigmoid(), 1 - true), "flipped-sign", **binary)


def test_a_class_axis_that_torch_reads_elsewhere(torch: ModuleType) -> None:
    logits = RNG.normal(0, 1.5, (30, 6, 6)).astype(np.float32)
    labels = RNG.integers(0, 6, (30, 6))
    value = torch.nn.functional.cross_entropy(torch.from_numpy(logits), torch.from_numpy(labels))
    check(value, "class-axis", predictions=logits, targets=labels, class_axis=-1)


def test_what_keras_prints(keras: ModuleType) -> None:
    losses, ops = keras.losses, keras.ops
    shares = ops.convert_to_numpy(ops.softmax(LOGITS))

    def number(value: Any) -> float:
        return float(ops.convert_to_numpy(value))

    check(number(losses.SparseCategoricalCrossentropy(from_logits=True)(LABELS, LOGITS)), None, {})
    check(number(losses.SparseCategoricalCrossentropy()(LABELS, LOGITS)), "logits-as-probabilities")
    check(number(losses.CategoricalCrossentropy()(ROWS, LOGITS)), "logits-as-probabilities")
    check(number(losses.BinaryCrossentropy()(ROWS, LOGITS)), "logits-as-probabilities")
    check(number(losses.CategoricalCrossentropy()(ROWS, shares)), None, {})
    check(number(losses.CategoricalCrossentropy(from_logits=True)(ROWS, shares)), "double-softmax")
    check(number(losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1)(ROWS, LOGITS)), None)
    weighted = losses.SparseCategoricalCrossentropy(from_logits=True)(
        LABELS, LOGITS, sample_weight=WEIGHTS[LABELS]
    )
    check(number(weighted), "weighted-mean-differs", {"weights": "÷N"}, **WEIGHED)
    check(number(losses.CategoricalCrossentropy()(shares, ROWS)), "swapped-arguments")
    check(
        number(losses.CategoricalFocalCrossentropy()(ROWS, shares)),
        None,
        {"family": "focal", "gamma": 2.0, "alpha": 0.25},
    )
    check(number(losses.CategoricalHinge()(ROWS, LOGITS)), None, {"family": "hinge"})
    check(
        number(losses.CategoricalGeneralizedCrossEntropy()(LABELS, shares)),
        None,
        {"family": "generalized", "q": 0.5},
    )
    binary = {"predictions": SINGLE, "targets": TRUE}
    check(number(losses.BinaryCrossentropy()(TRUE, SINGLE)), "logits-as-probabilities", **binary)
    check(number(losses.BinaryFocalCrossentropy(from_logits=True)(TRUE, SINGLE)), None, **binary)


def test_what_scikit_learn_prints(sklearn: ModuleType) -> None:
    from sklearn.metrics import brier_score_loss, log_loss

    shares = np.exp(LOGITS.astype(np.float64))
    shares /= shares.sum(1, keepdims=True)
    check(log_loss(LABELS, shares), None, {}, predictions=shares)
    check(-log_loss(LABELS, shares), None, {"unit": "negated"}, predictions=shares)
    total = brier_score_loss(LABELS, shares, scale_by_half=False)
    check(total, None, {"family": "Brier"}, predictions=shares)


def test_pairs_that_optax_broadcasts(optax: ModuleType, jnp: ModuleType) -> None:
    value = optax.sigmoid_binary_cross_entropy(jnp.asarray(SINGLE[:, None]), jnp.asarray(TRUE)).mean()
    check(float(value), "broadcast-trap", predictions=SINGLE[:, None], targets=TRUE)


@pytest.mark.parametrize("epsilon", [2.0, -1.0])
def test_poly_1_of_optax(optax: ModuleType, jnp: ModuleType, epsilon: float) -> None:
    value = optax.losses.poly_loss_cross_entropy(
        jnp.asarray(LOGITS), jnp.asarray(ROWS), epsilon=epsilon
    ).mean()
    check(float(value), None, {"family": "poly-1", "epsilon": epsilon})
