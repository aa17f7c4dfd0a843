"""CE306: one-hot rows beside independent outputs, with the loss under a sigmoid and under a softmax."""

from __future__ import annotations

import re

import numpy as np
import pytest
from rigs import DTYPES, Rig, exclusive, kept, sigmoid, softmax

from ce_core.kernels import sigmoid_cross_entropy, softmax_cross_entropy


def sigmoid_model(rows: int, classes: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return the logits of one sigmoid for each class, right on average, and one-hot targets."""
    rng = np.random.default_rng(seed)
    hard = np.eye(classes)[rng.integers(0, classes, rows)]
    return 3 * (rng.normal(0, 1, (rows, classes)) + 3 * hard - 1.5) - np.log(classes - 1), hard


def values_of(rig: Rig) -> tuple[float, float]:
    (found,) = (each for each in rig.run().findings if each.code == "CE306")
    told = re.search(
        r"independent: ([\d.e-]+) nats under a sigmoid .*, ([\d.e-]+) under a softmax", found.message
    )
    assert told is not None
    return float(told[1]), float(told[2])


@pytest.mark.parametrize(("rows", "classes"), [(20, 3), (60, 10), (400, 4), (300, 100)])
@pytest.mark.parametrize("dtype", DTYPES)
def test_a_sigmoid_loss_of_one_hot_rows_has_both_values(rows: int, classes: int, dtype: str) -> None:
    logits, hard = sigmoid_model(rows, classes)
    rig = Rig(predictions=kept(logits, dtype), targets=hard).asking(loss="sigmoid_cross_entropy")
    exact = rig.predictions.astype(np.float64)
    assert values_of(rig) == pytest.approx(
        (sigmoid_cross_entropy(exact, hard).mean(), softmax_cross_entropy(exact, hard).mean()), rel=1e-5
    )
    assert rig.run().value == pytest.approx(values_of(rig)[0], rel=1e-5)


@pytest.mark.parametrize(("rows", "classes"), [(60, 3), (60, 10), (400, 4), (300, 100)])
@pytest.mark.parametrize("dtype", ["float32", "float64", "float16"])
def test_sigmoid_outputs_are_known_and_have_both_values(rows: int, classes: int, dtype: str) -> None:
    logits, hard = sigmoid_model(rows, classes)
    rig = Rig(predictions=kept(sigmoid(logits), dtype), targets=hard)
    answer = rig.run()
    assert answer.loss == "binary_cross_entropy"
    p = rig.predictions.astype(np.float64)
    softmax_loss = -np.log((p * hard).sum(axis=1) / p.sum(axis=1)).mean()
    assert values_of(rig) == pytest.approx((answer.value, softmax_loss), rel=1e-5)


@pytest.mark.parametrize(("rows", "classes"), [(20, 3), (30, 10), (30, 50)])
@pytest.mark.parametrize("seed", range(4))
def test_a_loss_on_sigmoid_outputs_that_is_asked_for_says_what_they_are(
    rows: int, classes: int, seed: int
) -> None:
    logits, hard = sigmoid_model(rows, classes, seed)
    rig = Rig(predictions=sigmoid(logits / 4), targets=hard).asking(loss="binary_cross_entropy")
    assert rig.run().value == pytest.approx(values_of(rig)[0], rel=1e-5)


def test_under_a_sigmoid_loss_one_hot_rows_are_read_otherwise_too() -> None:
    logits, hard = sigmoid_model(200, 4)
    rig = Rig(predictions=sigmoid(logits), targets=np.roll(hard, 1, axis=0)).asking(
        loss="binary_cross_entropy"
    )
    (shifted,) = (each for each in rig.run().findings if each.code == "CE307")
    assert shifted.effect is not None
    assert shifted.effect.loss == pytest.approx(rig.run().value, rel=1e-2)


def test_saying_multilabel_confirms_it() -> None:
    logits, hard = sigmoid_model(200, 4)
    assert "CE306" not in Rig(predictions=logits, targets=hard).saying(exclusive=False).codes
    rig = Rig(predictions=sigmoid(logits), targets=hard)
    assert "CE306" not in rig.saying(exclusive=False, outputs="probabilities").codes


SILENT: dict[str, Rig] = {
    "few rows": Rig(predictions=sigmoid_model(15, 4)[0], targets=sigmoid_model(15, 4)[1]).asking(
        loss="sigmoid_cross_entropy"
    ),
    "a softmax loss": exclusive(100, 4, encoding="one_hot"),
    "softmax outputs": exclusive(100, 4, encoding="one_hot", outputs="probabilities"),
    "softmax outputs in half precision": exclusive(
        100, 4, encoding="one_hot", outputs="probabilities", dtype="bfloat16"
    ),
}


@pytest.mark.parametrize("rig", SILENT.values(), ids=SILENT)
def test_exclusive_outputs_and_few_rows_are_silent(rig: Rig) -> None:
    assert "CE306" not in rig.codes


@pytest.mark.parametrize("spoilt", ["several", "none"])
def test_a_single_row_of_several_labels_or_none_is_no_mistake(spoilt: str) -> None:
    logits, hard = sigmoid_model(200, 4)
    hard[3] = spoilt == "several"
    rig = Rig(predictions=logits, targets=hard).asking(loss="sigmoid_cross_entropy")
    assert "CE306" not in rig.codes


def test_sigmoid_outputs_beside_class_indices_are_no_probabilities_of_exclusive_classes() -> None:
    logits, hard = sigmoid_model(300, 5)
    rig = Rig(predictions=sigmoid(logits), targets=hard.argmax(axis=1))
    assert rig.codes == ["CE103"]
    assert rig.but(predictions=softmax(logits)).codes in ([], ["CE503"])
