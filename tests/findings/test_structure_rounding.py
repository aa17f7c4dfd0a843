"""The bound of what 16 bits do to a loss, against the loss before anything was rounded."""

from __future__ import annotations

import numpy as np
import pytest
from rigs import kept, log_softmax, sigmoid, softmax

from ce_core import Task
from ce_core.checks.bits import SixteenBits, half_unit
from ce_core.checks.rounding import Rounding, rounding_of
from ce_core.probe import take_sample
from ce_core.read.prepare import prepare
from ce_core.read.settings import Settings

rng = np.random.default_rng(17)
FORMS = {"logits": lambda x: x, "probabilities": softmax, "log_probabilities": log_softmax}
OWN_FORMS = {"logits": lambda x: x, "probabilities": sigmoid}


def rounding(
    stored: np.ndarray, targets: np.ndarray, outputs: str, exclusive: bool, kind: SixteenBits
) -> Rounding:
    counting = prepare(stored, targets, task=Task(), settings=Settings()).counting
    found = rounding_of(take_sample(counting, outputs, exclusive=exclusive), kind)  # type: ignore[arg-type]
    assert found is not None
    return found


def mean_loss(values: np.ndarray, targets: np.ndarray, outputs: str, exclusive: bool) -> float:
    """Return the mean loss by the textbook, in float64."""
    if exclusive:
        logs = {"logits": log_softmax, "probabilities": np.log}.get(outputs, lambda x: x)(values)
        rows = targets if targets.ndim == 2 else np.eye(values.shape[1])[targets]
        return float(-(rows * logs).sum(axis=1).mean())
    if outputs == "logits":
        return float((np.logaddexp(0, values) - targets * values).mean())
    return float(-(targets * np.log(values) + (1 - targets) * np.log1p(-values)).mean())


@pytest.mark.parametrize("kind", ["float16", "bfloat16"])
@pytest.mark.parametrize("outputs", FORMS)
@pytest.mark.parametrize("encoding", ["index", "one_hot", "distribution"])
@pytest.mark.parametrize("boost", [0, 3, 8])
@pytest.mark.parametrize("offset", [0, 50, 1000])
def test_the_exact_loss_of_exclusive_classes_is_within_the_bound(
    kind: SixteenBits, outputs: str, encoding: str, boost: int, offset: int
) -> None:
    labels = rng.integers(0, 10, 400)
    logits = rng.normal(0, 1, (400, 10)) + boost * np.eye(10)[labels]
    targets = {"index": labels, "one_hot": np.eye(10)[labels], "distribution": softmax(logits * 0.8)}[
        encoding
    ]
    exact = FORMS[outputs](logits + offset)
    found = rounding(kept(exact, kind).astype(np.float64), targets, outputs, True, kind)
    true = mean_loss(exact, targets, outputs, True)
    assert found.low * (1 - 1e-5) <= true <= found.high * (1 + 1e-5)
    assert abs(true - found.loss) <= 1.25 * found.moved + 1e-6 * true
    assert found.moved < 4 * (found.high - found.low) + 1e-12


@pytest.mark.parametrize("kind", ["float16", "bfloat16"])
@pytest.mark.parametrize("outputs", OWN_FORMS)
@pytest.mark.parametrize("labels", [1, 5])
@pytest.mark.parametrize("soft", [False, True])
@pytest.mark.parametrize("boost", [0, 2, 5])
def test_the_exact_loss_of_independent_outcomes_is_within_the_bound(
    kind: SixteenBits, outputs: str, labels: int, soft: bool, boost: int
) -> None:
    hard = (rng.random((400, labels)) < 0.4) * 1.0
    targets = hard * 0.8 + 0.1 if soft else hard
    exact = OWN_FORMS[outputs](rng.normal(0, 0.5, hard.shape) + boost * (2 * hard - 1))
    shape = (400,) if labels == 1 else hard.shape
    stored = kept(exact, kind).astype(np.float64)
    found = rounding(stored.reshape(shape), targets.reshape(shape), outputs, False, kind)
    true = mean_loss(exact, targets, outputs, False)
    assert found.low * (1 - 1e-5) <= true <= found.high * (1 + 1e-5)
    assert abs(true - found.loss) <= 1.25 * found.moved + 1e-6 * true


@pytest.mark.parametrize("kind", ["float16", "bfloat16"])
def test_half_a_unit_is_the_farthest_that_rounding_goes(kind: SixteenBits) -> None:
    exact = np.concatenate([rng.normal(0, 10.0**scale, 500) for scale in range(-9, 4)])
    stored = kept(exact, kind).astype(np.float64)
    ratio = np.abs(stored - exact) / half_unit(stored, kind)
    assert ratio.max() <= 1 + 1e-6  # bfloat16 passes through float32
    assert ratio.max() > 0.99
