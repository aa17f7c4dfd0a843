"""Rigs that look like a fault and are none: not one error or warning."""

from __future__ import annotations

import numpy as np
import pytest
from rigs import (
    DTYPES,
    SHAPES,
    Rig,
    binary,
    exclusive,
    independent,
    kept,
    log_softmax,
    put,
    sigmoid,
    softmax,
)

from ce_core.arrays import Source

HONEST = np.linspace(0.2, 1, 30)[:, None]
"""How sure a model is of each row, in parts of what it is of the last."""
LOGITS = exclusive()
ROWS = exclusive(encoding="one_hot")
SOFT = exclusive(encoding="distribution")
MULTI = independent()
rng = np.random.default_rng(5)
SMALL = rng.uniform(0, 1, (200, 4))
RARE = (rng.random((400, 5)) < 0.04).astype(float)
JOINT = -(10 ** rng.uniform(2, 5, (40, 3)))
MASKED = LOGITS.predictions.copy()
MASKED[np.arange(30), (LOGITS.targets + 1) % 4] = -np.inf


def decimals(values: np.ndarray, digits: int) -> Source:
    """Return values as a CSV of so many decimals holds them."""
    return Source(array=np.round(values, digits), name="p.csv", precision="decimals", decimals=digits)


SILENT: dict[str, Rig] = {
    "-inf masks of classes that are not true": LOGITS.but(predictions=MASKED),
    "-inf masks, one-hot": ROWS.but(predictions=MASKED),
    "-inf for what is false": binary().but(predictions=put(binary().predictions, 0, -np.inf)),
    "every label of a row impossible": MULTI.but(predictions=put(MULTI.predictions, -1, -np.inf)),
    "naive Bayes, joint log-probabilities": LOGITS.but(predictions=JOINT, targets=JOINT.argmax(axis=1)),
    "naive Bayes, log-probabilities": LOGITS.but(
        predictions=log_softmax(JOINT), targets=JOINT.argmax(axis=1)
    ).saying(outputs="log_probabilities"),
    "log-probabilities of a sure model": exclusive(encoding="one_hot").but(
        predictions=log_softmax(30 * HONEST * ROWS.targets)
    ),
    "a perfect model's probabilities": ROWS.but(predictions=softmax(30 * HONEST * ROWS.targets)),
    "all-zero rows of labels": MULTI.but(targets=0 * MULTI.targets, predictions=MULTI.predictions - 9),
    "one-hot rows that are labels of their own": ROWS.saying(exclusive=False),
    "soft labels of their own": SOFT.but(targets=sigmoid(SOFT.predictions + 0.1 * rng.normal(size=(30, 4)))),
    "classes that never occur": LOGITS.but(targets=0 * LOGITS.targets + 2),
    "one class in one-hot rows": ROWS.but(targets=np.eye(4)[0 * LOGITS.targets]),
    "small logits, said": MULTI.but(predictions=SMALL, targets=(rng.random((200, 4)) < 0.5) * 1.0).saying(
        outputs="logits"
    ),
    "small logits and rare labels, said": MULTI.but(
        predictions=rng.uniform(0, 0.2, RARE.shape), targets=RARE
    ).saying(outputs="logits"),
    "small logits of exclusive classes, said": LOGITS.but(
        predictions=SMALL, targets=rng.integers(0, 4, 200)
    ).saying(outputs="logits"),
    "one small logit, said": binary(1)
    .but(predictions=np.array([0.9]), targets=np.array([1]))
    .saying(outputs="logits"),
    "targets past 1 by rounding": binary().but(targets=np.float32([0.1, 1.0000001] * 15)),
    "a teacher's rows kept in bfloat16": SOFT.but(targets=kept(SOFT.targets, "bfloat16")),
    "a teacher's rows in float16": SOFT.but(targets=SOFT.targets.astype(np.float16)),
    "a teacher's rows with four decimals": SOFT.but(targets=decimals(SOFT.targets, 4)),
    "probabilities past 1 by rounding": ROWS.but(
        predictions=np.where(ROWS.targets == 1, np.float32(1.0000001), np.float32(0))[:20],
        targets=ROWS.targets[:20],
    ),
    "label smoothing without masks": LOGITS.asking(label_smoothing=0.1),
    "a sequence that is partly ignored": exclusive(shape="[B,T,K]")
    .but(targets=put(exclusive(shape="[B,T,K]").targets, (2, slice(1, None)), -100))
    .saying(ignore_index=-100),
    "boolean targets": binary().but(targets=binary().targets.astype(bool)),
    "index labels in a column": LOGITS.but(targets=LOGITS.targets[:, None]),
    "one column for one outcome": binary(column=True),
    "one column, labels said to be indices": binary(column=True).saying(encoding="index"),
    "a mask of 0 and 1 in bytes": binary().but(targets=binary().targets.astype(np.uint8)),
    "labels 255 among 300 classes": exclusive(300, 300),
    "label 100 of 101 classes": exclusive(101, 101),
    "a zero probability of what is not true": exclusive(outputs="probabilities").but(
        predictions=np.eye(4)[LOGITS.targets] * 0.95 + 0.05 * np.eye(4)[(LOGITS.targets + 1) % 4]
    ),
}


@pytest.mark.parametrize("rig", SILENT.values(), ids=SILENT)
def test_what_only_looks_like_a_fault_is_not_told(rig: Rig) -> None:
    answer = rig.run()
    random = rig.predictions.shape[0] >= 200 and rig.said.outputs == "logits"  # and nothing else
    told = [each.code for each in answer.findings if each.severity != "note"]
    assert [each for each in told if not (random and each == "CE501")] == []
    assert answer.status == "decided"
    assert answer.value is not None
    assert np.isfinite(answer.value)


@pytest.mark.parametrize("digits", [3, 4, 5, 6, 7, 8])
@pytest.mark.parametrize("classes", [2, 10, 1000])
@pytest.mark.parametrize("single", [True, False], ids=["float32 softmax", "float64 softmax"])
def test_decimals_of_a_csv_explain_their_own_rounding(digits: int, classes: int, single: bool) -> None:
    rig = exclusive(40, classes, outputs="probabilities", dtype="float32" if single else "float64")
    rig = rig.but(
        predictions=decimals(np.maximum(rig.predictions, 1e-3), digits)
        if classes < 1000
        else decimals(rig.predictions, digits)
    ).saying(outputs="probabilities")
    if classes < 1000:
        rows = rig.predictions.array / rig.predictions.array.sum(axis=1, keepdims=True)
        rig = rig.but(predictions=decimals(rows, digits))
    assert "CE103" not in rig.codes


@pytest.mark.parametrize("dtype", [*DTYPES, "float16 in float64", "bfloat16 in float64"])
@pytest.mark.parametrize("classes", [2, 3, 10, 1000])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("outputs", ["probabilities", "log_probabilities"])
def test_rows_in_any_precision_are_what_they_are_said_to_be(
    dtype: str, classes: int, shape: str, outputs: str
) -> None:
    rig = exclusive(60, classes, shape=shape, outputs=outputs)
    rig = rig.but(predictions=_kept_in(rig.predictions, dtype)).saying(outputs=outputs)
    assert rig.codes == []


def _kept_in(values: np.ndarray, dtype: str) -> np.ndarray:
    if dtype == "bfloat16 in float64":
        return kept(values, "bfloat16").astype(np.float64)
    return kept(values, dtype)


def test_float16_written_as_text_is_known_by_its_digits() -> None:
    values = exclusive(60, 3, outputs="probabilities", dtype="float16").predictions
    read = np.array([[float(str(each)) for each in row] for row in values])
    rig = (
        exclusive(60, 3)
        .but(predictions=Source(array=read, name="p.csv", precision="decimals", decimals=5))
        .saying(outputs="probabilities")
    )
    assert rig.codes == []


@pytest.mark.parametrize("rows", [1, 2, 30, 500])
@pytest.mark.parametrize("labels", [2, 3, 10])
@pytest.mark.parametrize("outputs", ["logits", "probabilities"])
def test_labels_of_their_own_are_silent_at_any_size(rows: int, labels: int, outputs: str) -> None:
    assert independent(rows, labels, outputs=outputs).saying(outputs=outputs).codes == []
