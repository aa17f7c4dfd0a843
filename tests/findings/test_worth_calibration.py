"""CE503 and CE505: a temperature or a shift that is planted is found again, and calibrated models are left alone."""

from __future__ import annotations

import re
from itertools import product

import numpy as np
import pytest
from rigs import DTYPES, SHAPES, Rig
from worth_models import ENCODINGS, EXCLUSIVE_FORMS, exclusive, independent

from ce_core.findings import Finding


def finding(rig: Rig, code: str) -> Finding:
    (found,) = (each for each in rig.run().findings if each.code == code)
    return found


def temperature_of(found: Finding) -> float:
    told = re.search(r"a temperature of ([\d.]+)", found.message)
    assert told is not None
    return float(told[1])


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("outputs", EXCLUSIVE_FORMS)
@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("scale", [3.0, 1 / 3], ids=["over", "under"])
def test_a_planted_temperature_is_found_again(shape: str, outputs: str, encoding: str, scale: float) -> None:
    rig = exclusive(1200, 5, temperature=1 / scale, shape=shape, outputs=outputs, encoding=encoding)
    assert rig.worth == ["CE503"]
    found = finding(rig, "CE503")
    assert found.message.startswith("over-confident" if scale > 1 else "under-confident")
    assert temperature_of(found) == pytest.approx(scale, rel=0.2)


@pytest.mark.parametrize("labels", [1, 6])
@pytest.mark.parametrize("outputs", ["logits", "probabilities"])
@pytest.mark.parametrize("scale", [3.0, 1 / 3], ids=["over", "under"])
def test_a_planted_temperature_of_outcomes_is_found_again(labels: int, outputs: str, scale: float) -> None:
    found = finding(independent(3000, labels, base=0.0, temperature=1 / scale, outputs=outputs), "CE503")
    assert temperature_of(found) == pytest.approx(scale, rel=0.15)


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_planted_temperature_is_found_in_any_precision(dtype: str) -> None:
    assert exclusive(1200, 5, temperature=1 / 3, dtype=dtype).worth == ["CE503"]


def test_the_loss_it_comes_down_to_is_that_of_the_right_logits() -> None:
    right, sure = exclusive(4000, 4), exclusive(4000, 4, temperature=0.4)
    found = finding(sure, "CE503")
    assert found.effect is not None
    assert found.effect.loss == pytest.approx(sure.run().value, rel=1e-9)
    assert found.effect.without == pytest.approx(right.run().value, rel=5e-3)
    assert f"{found.effect.without:.4f} nats" in found.message


@pytest.mark.parametrize("seed", range(40))
def test_calibrated_models_are_left_alone(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows, classes = int(rng.choice([30, 300, 2000])), int(rng.choice([2, 5, 50]))
    for encoding, outputs in product(("index", "one_hot"), EXCLUSIVE_FORMS):
        spread = float(rng.choice([1.0, 2.0, 4.0]))
        rig = exclusive(rows, classes, spread=spread, outputs=outputs, encoding=encoding, seed=seed)
        assert not {"CE503", "CE505", "CE502"} & set(rig.codes)
    for labels in (1, 6):
        rig = independent(rows, labels, base=float(rng.choice([0.0, -2.0, -5.0])), seed=seed)
        assert not {"CE503", "CE505"} & set(rig.codes)


def test_a_few_answers_that_are_right_by_luck_do_not_make_a_model_under_confident() -> None:
    labels = np.arange(30) % 4
    probabilities = np.full((30, 4), 0.05)
    probabilities[np.arange(30), labels] = 0.85  # all right: it happens once in 130 times
    assert Rig(predictions=probabilities, targets=labels).worth == []


def weight_of(found: Finding) -> float:
    told = re.search(r"as a (?:pos_weight|class weight) of about ([\d.e+-]+) leaves it", found.because)
    assert told is not None
    return float(told[1])


@pytest.mark.parametrize("outputs", ["logits", "probabilities"])
@pytest.mark.parametrize("base", [0.0, -2.0, -4.0])
@pytest.mark.parametrize("weight", [4.0, 20.0])
def test_a_positive_weight_is_found_again(outputs: str, base: float, weight: float) -> None:
    rig = independent(4000, base=base, shift=np.log(weight), outputs=outputs)
    assert rig.worth == ["CE505"]
    assert weight_of(finding(rig, "CE505")) == pytest.approx(weight, rel=0.35)


@pytest.mark.parametrize("outputs", ["logits", "probabilities"])
def test_the_labels_that_were_weighted_are_named_with_their_weights(outputs: str) -> None:
    shift = np.zeros(8)
    shift[[2, 5]] = np.log([20.0, 6.0])
    found = finding(independent(3000, 8, shift=shift, outputs=outputs), "CE505")
    assert "in 2 labels of 8" in found.message
    assert found.because.index("label 2: ") < found.because.index("label 5: ")
    assert "label 0" not in found.because
    subtracted = re.search(r"log pos_weight = ([\d.]+), ([\d.]+) from", found.remedy)
    assert subtracted is not None
    assert [float(each) for each in subtracted.groups()] == pytest.approx([3.0, 1.79], abs=0.3)


def test_subtracting_the_shift_silences_the_note() -> None:
    rig = independent(3000, shift=2.0)
    told = re.search(r"log pos_weight = ([\d.]+)", finding(rig, "CE505").remedy)
    assert told is not None
    assert rig.but(predictions=rig.predictions - float(told[1])).worth == []


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("outputs", EXCLUSIVE_FORMS)
@pytest.mark.parametrize("encoding", ["index", "one_hot"])
def test_class_weights_are_found_again(shape: str, outputs: str, encoding: str) -> None:
    prior = np.array([0.0, 0.0, -3.0])
    rig = exclusive(3000, 3, prior=prior, shift=-prior, shape=shape, outputs=outputs, encoding=encoding)
    assert rig.worth == ["CE505"]
    found = finding(rig, "CE505")
    assert "class 2: " in found.because
    assert weight_of(found) == pytest.approx(np.exp(3.0), rel=0.4)


def test_two_classes_are_told_by_the_weight_of_the_second() -> None:
    rig = exclusive(3000, 2, prior=np.array([0.0, -3.0]), shift=np.array([0.0, 3.0]))
    found = finding(rig, "CE505")
    assert "class 1: " in found.because
    assert "class 0: " not in found.because


def test_a_temperature_that_moves_the_mean_is_told_as_a_temperature() -> None:
    assert independent(4000, base=-2.0, temperature=1 / 3).worth == ["CE503"]


def test_both_faults_are_told_where_both_were_planted() -> None:
    rig = independent(5000, base=-1.0, temperature=1 / 3, shift=5.0)
    assert rig.worth == ["CE503", "CE505"]


def test_an_untrained_model_is_told_as_such_alone() -> None:
    rig = independent(3000, base=-3.0)
    rng = np.random.default_rng(2)
    assert rig.but(predictions=rng.normal(0, 0.3, 3000)).worth == ["CE501"]
