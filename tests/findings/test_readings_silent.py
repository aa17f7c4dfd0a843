"""Rigs with nothing wrong that look as if they fitted better when read otherwise: no reading is named."""

from __future__ import annotations

import numpy as np
import pytest
from clean_grid import MODELS, clean_rig
from faults import POSITIONS, labelled, model, outcomes
from rigs import Rig, kept, log_softmax, sigmoid, softmax

from ce_core import Task, evaluate
from ce_core.arrays import Source

READINGS = {"CE104", "CE105", "CE303", "CE304", "CE307", "CE308", "CE309"}
PAIRS, CHUNK = 1000, 100


def named(rig: Rig) -> list[str]:
    return [f"{each.code}: {each.message}" for each in rig.run().findings if each.code in READINGS]


@pytest.mark.parametrize("first", range(0, PAIRS, CHUNK))
def test_no_clean_pair_is_read_otherwise(first: int) -> None:
    made = [clean_rig(seed) for seed in range(first, first + CHUNK)]
    assert {name: found for name, rig in made if (found := named(rig))} == {}


def test_the_grid_has_every_kind_of_model() -> None:
    names = [clean_rig(seed)[0] for seed in range(120)]
    assert {each for each in MODELS if any(f": {each}," in name for name in names)} == set(MODELS)


rng = np.random.default_rng(11)
LABELS = rng.integers(0, 5, 400)
TRUE = np.eye(5)[LABELS]
NOISE = rng.normal(size=(400, 5))
FEW = (rng.random(2000) < 0.01).astype(float)
SMALL = rng.normal(size=2000)
STEPS = np.repeat(rng.integers(0, 6, (60, 5)), 8, axis=1)
STEP_LOGITS = rng.normal(size=(60, 40, 6)) + 3 * np.eye(6)[STEPS]
SENTINEL = np.where(rng.random((60, 40)) < 0.3, -100, STEPS)
JOINT = -(10 ** rng.uniform(2, 5, (400, 5)))
OUTLIER = JOINT.copy()
OUTLIER[0, (LABELS[0] + 1) % 5], OUTLIER[0, LABELS[0]] = -1.0, -1e9
BOUNDS = np.where(np.arange(40) == 0, 5, STEPS)  # every sequence starts with the same mark
WIDE = model(60, 50_000, strength=14.0, seed=1)
MILD = rng.uniform(0.3, 0.7, 400)

SILENT: dict[str, Rig] = {
    "untrained, rare labels, positive logits": outcomes(0.2 * SMALL + 1.5, FEW),
    "untrained, rare labels, probabilities near 0.6": outcomes(0.1 * SMALL + 0.4, FEW, "probabilities"),
    "weak, base rate 0.6, probabilities within [0.5, 0.7311]": outcomes(
        np.clip(0.4 + 0.15 * SMALL, 0, 1), (rng.random(2000) < 0.6) * 1.0, "probabilities"
    ),
    "weak and right, base rate 0.6": outcomes(
        (weak := np.clip(0.45 + 0.2 * SMALL, 0.01, 0.99)),
        (rng.random(2000) < sigmoid(weak)) * 1.0,
        "probabilities",
    ),
    "weak, logits within [0, 1], few true": outcomes(
        np.clip(0.5 + 0.15 * SMALL + 0.1 * FEW, 0, 1), FEW, "probabilities"
    ),
    "weak, two classes in the range of a second softmax": Rig(
        predictions=np.stack([1 - MILD, MILD], axis=1), targets=(rng.random(400) < MILD).astype(int)
    ),
    "underconfident, three classes in that range": Rig(
        predictions=softmax(0.25 * np.eye(3)[LABELS % 3] + 0.02 * NOISE[:, :3]), targets=LABELS % 3
    ),
    "underconfident, ten classes in that range": Rig(
        predictions=softmax(0.08 * np.eye(10)[LABELS] + 0.002 * rng.normal(size=(400, 10))), targets=LABELS
    ),
    "all of one class": Rig(predictions=NOISE, targets=0 * LABELS + 2),
    "constant scores": Rig(predictions=np.tile(NOISE[:1], (400, 1)), targets=LABELS),
    "constant scores that favour a rare class": Rig(
        predictions=np.tile([0.0, 9.0, 0.0], (400, 1)), targets=(rng.random(400) < 0.01).astype(int)
    ),
    "biased to a rare class and nothing known": Rig(
        predictions=0.3 * NOISE[:, :3] + [0, 5, 0], targets=(rng.random(400) < 0.03).astype(int)
    ),
    "two classes mixed up, one of them rightly known": Rig(
        predictions=NOISE + 6 * np.eye(5)[np.where((LABELS == 1) & (rng.random(400) < 0.6), 2, LABELS)],
        targets=LABELS,
    ),
    "a rare class swallowed by the common one": Rig(
        predictions=NOISE[:, :2] + 4 * np.eye(2)[np.zeros(400, int)],
        targets=(rng.random(400) < 0.1).astype(int),
    ),
    "sorted by class, good": Rig(predictions=(NOISE + 4 * TRUE)[np.argsort(LABELS)], targets=np.sort(LABELS)),
    "sorted by class, untrained": Rig(predictions=NOISE, targets=np.sort(LABELS)),
    "labels in runs of eight": Rig(predictions=STEP_LOGITS, targets=STEPS),
    "labels in runs, untrained": Rig(predictions=rng.normal(size=(60, 40, 6)), targets=STEPS),
    "labels in runs, ignored here and there": Rig(
        predictions=STEP_LOGITS, targets=SENTINEL, said=Task(ignore_index=-100)
    ),
    "a mark at the start of each sequence, constant scores but for noise": Rig(
        predictions=np.array([0, 0, 0, 0, 0, 4.0]) + 0.1 * rng.normal(size=(60, 40, 6)), targets=BOUNDS
    ),
    "two long sequences, each of one class, untrained": Rig(
        predictions=np.repeat(rng.normal(size=(2, 1, 6)), 500, axis=1) + 0.1 * rng.normal(size=(2, 500, 6)),
        targets=np.repeat([[1], [4]], 500, axis=1),
    ),
    "naive Bayes, no better than chance": Rig(predictions=JOINT, targets=LABELS),
    "naive Bayes, one row decides the mean": Rig(predictions=log_softmax(OUTLIER), targets=LABELS),
    "naive Bayes, good": Rig(predictions=log_softmax(JOINT * (1 - 0.99 * TRUE)), targets=LABELS),
    "a perfect model": Rig(predictions=TRUE, targets=LABELS),
    "a perfect model, one-hot": Rig(predictions=softmax(50 * TRUE), targets=TRUE),
    "50,000 classes": WIDE.rig(),
    "50,000 classes, untrained": Rig(predictions=rng.normal(size=(60, 50_000)), targets=WIDE.labels),
    "distillation": Rig(predictions=softmax(NOISE + 2 * TRUE), targets=softmax(2 * NOISE + 3 * TRUE)),
    "distillation, near-certain teacher": Rig(
        predictions=softmax(NOISE + 2 * TRUE), targets=softmax(30 * TRUE)
    ),
    "soft labels of single outcomes": outcomes(SMALL[:400], sigmoid(SMALL[:400] + NOISE[:, 0])),
    "hard probabilities against hard labels": Rig(predictions=TRUE, targets=np.eye(5)[np.roll(LABELS, 0)]),
    "hard probabilities against smoothed labels": Rig(predictions=TRUE, targets=0.9 * TRUE + 0.02),
    "ordinal, neighbours mixed up": Rig(
        predictions=-0.7 * np.abs(np.arange(5) - LABELS[:, None] + rng.normal(0, 0.8, (400, 1))),
        targets=LABELS,
    ),
    "square and untrained": Rig(predictions=rng.normal(size=(40, 40)), targets=rng.integers(0, 40, 40)),
    "square, said to be what it is": model(40, 40, strength=8.0).rig().saying(class_axis=1),
    "each label true once": Rig(
        predictions=rng.normal(size=(30, 60)), targets=np.eye(30)[rng.permutation(60) % 30].T
    ).saying(class_axis=1),
    "each label true once, as was said": Rig(
        predictions=model(300, 6).logits.T, targets=np.eye(6)[model(300, 6).labels].T
    ).saying(class_axis=1, exclusive=False),
    "each label true once, as many examples as labels": Rig(
        predictions=model(30, 30).logits.T, targets=np.eye(30)[model(30, 30).labels].T
    ).saying(class_axis=1),
}


@pytest.mark.parametrize("rig", SILENT.values(), ids=SILENT)
def test_what_only_looks_better_otherwise_is_not_told(rig: Rig) -> None:
    assert named(rig) == []


@pytest.mark.parametrize("classes", [2, 3, 10, 100, 1000])
@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
@pytest.mark.parametrize("strength", [0.0, 0.5, 2.0, 8.0, 30.0])
def test_one_softmax_is_never_taken_for_two(classes: int, dtype: str, strength: float) -> None:
    made = model(200, classes, strength=strength, dtype=dtype, outputs="probabilities")
    assert named(made.rig()) == []


@pytest.mark.parametrize("temperature", [0.02, 0.05, 0.1, 0.2, 0.5, 1.0])
@pytest.mark.parametrize("classes", [2, 3, 5, 20])
def test_an_underconfident_model_is_not_taken_for_two_softmaxes(temperature: float, classes: int) -> None:
    made = model(500, classes, strength=4.0, outputs="probabilities")
    assert named(made.rig(logits=temperature * made.logits)) == []


@pytest.mark.parametrize("temperature", [0.05, 0.1, 0.2, 0.5, 1.0])
@pytest.mark.parametrize("rate", [0.05, 0.3, 0.6])
@pytest.mark.parametrize("bias", [0.0, 0.5])
def test_an_underconfident_outcome_is_not_taken_for_two_sigmoids(
    temperature: float, rate: float, bias: float
) -> None:
    logits, targets = labelled(1000, 1, strength=4.0, rate=rate)
    assert named(outcomes(temperature * logits + bias, targets, "probabilities")) == []


@pytest.mark.parametrize("digits", [2, 3, 4, 6])
def test_the_decimals_of_a_csv_make_no_second_softmax(digits: int) -> None:
    made = model(200, 5, strength=1.0)
    rounded = np.round(softmax(made.logits), digits)
    source = Source(array=rounded, name="p.csv", precision="decimals", decimals=digits)
    assert not READINGS & {each.code for each in evaluate(source, made.labels).findings}


@pytest.mark.parametrize("shape", POSITIONS)
@pytest.mark.parametrize("rows", [1, 2, 3, 10, 20])
def test_a_few_rows_prove_nothing(shape: str, rows: int) -> None:
    rng = np.random.default_rng(rows)
    positions = {"[N,K]": (rows,), "[B,T,K]": (1, rows), "[N,C,H,W]": (1, rows, 1)}[shape]
    for _ in range(20):
        predictions = kept(rng.normal(size=(*positions, 3)), "float32")
        rig = Rig(predictions=predictions, targets=rng.integers(0, 3, positions), said=Task(class_axis=-1))
        assert named(rig) == []


def test_where_another_finding_names_the_cause_no_reading_is_named() -> None:
    made = model(200, 4)
    shifted = np.roll(made.labels, 1)
    assert Rig(predictions=made.logits, targets=shifted + 1).codes == ["CE202"]
    assert Rig(predictions=made.logits, targets=np.where(shifted == 0, 9, shifted)).codes == ["CE201"]
    assert made.rig(labels=shifted).saying(outputs="probabilities").codes == ["CE103"]
