"""CE502: predictions that are the labels are named, however stored; a perfect and honest model is not."""

from __future__ import annotations

import numpy as np
import pytest
from rigs import SHAPES, Rig, sigmoid, softmax
from worth_models import exclusive, independent

LABELS = np.arange(120) % 4


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("encoding", ["index", "one_hot"])
@pytest.mark.parametrize("outputs", ["logits", "probabilities", "log_probabilities"])
def test_outputs_that_are_sure_of_every_label_are_named(shape: str, encoding: str, outputs: str) -> None:
    rig = exclusive(300, 4, spread=60.0, shape=shape, encoding=encoding, outputs=outputs)
    rig = rig.but(predictions=exclusive(300, 4, spread=60.0, shape=shape, outputs=outputs).predictions)
    axis = 1 if shape == "[N,C,H,W]" else -1
    best = rig.predictions.argmax(axis=axis)
    one_hot = np.moveaxis(np.eye(4)[best], -1, axis)
    sharp = {
        "logits": 20 * one_hot,
        "probabilities": one_hot,
        "log_probabilities": np.where(one_hot == 1, 0, -np.inf),
    }
    targets = best if encoding == "index" else one_hot
    assert rig.but(predictions=sharp[outputs], targets=targets).codes == ["CE502"]


@pytest.mark.parametrize("dtype", ["float32", "int64", "bool", "uint8"])
def test_one_hot_predictions_equal_to_the_labels_are_named(dtype: str) -> None:
    rows = np.eye(4)[LABELS]
    assert Rig(predictions=rows.astype(dtype), targets=LABELS).codes == ["CE502"]
    assert Rig(predictions=rows.astype(dtype), targets=rows).codes == ["CE502"]


def test_decisions_equal_to_the_labels_are_named() -> None:
    assert Rig(predictions=(LABELS > 1) * 1.0, targets=(LABELS > 1) * 1).codes == ["CE502"]


def test_several_labels_are_named_where_all_are_foretold() -> None:
    rig = independent(200, 5)
    assert rig.but(predictions=30 * rig.targets - 15).codes == ["CE502"]
    missed = 30 * rig.targets - 15
    missed[:, 2] = 0
    assert "CE502" not in rig.but(predictions=missed).codes


def test_soft_targets_that_are_their_own_predictions_are_named() -> None:
    soft = exclusive(100, 5, encoding="distribution").targets
    assert Rig(predictions=soft.astype(np.float32), targets=soft).codes == ["CE502"]
    labels = independent(100, 5, soft=True).targets
    rig = Rig(predictions=np.log(labels / (1 - labels)), targets=labels)
    assert rig.saying(exclusive=False).codes == ["CE502"]


@pytest.mark.parametrize("rows", [1, 5, 29])
def test_few_rows_prove_nothing(rows: int) -> None:
    assert Rig(predictions=np.eye(4)[LABELS[:rows]], targets=LABELS[:rows]).codes == []


@pytest.mark.parametrize("seed", range(10))
def test_a_perfect_model_that_doubts_a_few_is_not_named(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sure = np.where(rng.random((2000, 1)) < 0.01, 4.0, 25.0)
    labels = rng.integers(0, 4, 2000)
    assert "CE502" not in Rig(predictions=sure * np.eye(4)[labels], targets=labels).codes


def test_always_answering_with_a_class_that_nearly_all_are_of_is_not_named() -> None:
    labels = np.zeros(20_000, dtype=int)
    labels[:5] = 1
    assert "CE502" not in Rig(predictions=np.tile([12.0, 0.0], (20_000, 1)), targets=labels).codes
    assert "CE502" not in Rig(predictions=np.full(20_000, -12.0), targets=labels).codes
    assert "CE502" not in Rig(predictions=np.tile([12.0, 0.0], (300, 1)), targets=0 * labels[:300]).codes


def test_students_near_their_teacher_are_not_named() -> None:
    logits = np.random.default_rng(0).normal(0, 2, (400, 6))
    near = logits + np.random.default_rng(1).normal(0, 0.05, logits.shape)
    assert Rig(predictions=near, targets=softmax(logits)).codes == []
    assert Rig(predictions=near, targets=sigmoid(logits)).saying(exclusive=False).codes == []
