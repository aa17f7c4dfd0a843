"""A task checks each property, refuses what cannot be together, and goes through YAML and JSON unchanged."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError, fields
from typing import get_args, get_type_hints

import pytest
from hypothesis import given, settings
from task_strategies import possible_tasks

from ce_core.errors import CepickError
from ce_core.task import Evidence, Task
from ce_core.task import task as task_module
from ce_core.task.words import PROPERTIES


@settings(deadline=None)
@given(possible_tasks())
def test_a_task_comes_back_from_its_own_mapping(task: Task) -> None:
    known = {name: value for name, value in task.to_dict().items() if value is not None}
    assert Task.from_mapping(known) == task
    assert Task.from_mapping(json.loads(json.dumps(task.to_dict()))) == task


@settings(deadline=None)
@given(possible_tasks())
def test_known_yields_exactly_the_properties_that_are_not_none(task: Task) -> None:
    assert dict(task.known()) == {
        each.name: getattr(task, each.name) for each in fields(task) if getattr(task, each.name) is not None
    }


def test_the_properties_of_a_task_are_the_words_in_their_order() -> None:
    assert [each.name for each in fields(Task)] == list(PROPERTIES)


def test_a_task_of_which_nothing_is_said_knows_nothing() -> None:
    assert set(Task().to_dict().values()) == {None}


def test_a_task_cannot_be_changed_in_place() -> None:
    with pytest.raises(FrozenInstanceError):
        Task().outputs = "logits"  # type: ignore[misc]


def test_but_changes_one_property_and_takes_one_away() -> None:
    task = Task(outputs="logits", classes=10)
    assert task.but(classes=None) == Task(outputs="logits")
    assert task.but(outputs="probabilities") == Task(outputs="probabilities", classes=10)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ({"outputs": "log-probabilities"}, Task(outputs="log_probabilities")),
        ({"outputs": " Logits "}, Task(outputs="logits")),
        ({"encoding": "ONE-HOT"}, Task(encoding="one_hot")),
        ({"weights": "class,sample,class"}, Task(weights=("class", "sample"))),
        ({"weights": ["class", "sample"]}, Task(weights=("class", "sample"))),
        ({"class_axis": [1]}, Task(class_axis=1)),
        ({"imbalance": 99}, Task(imbalance=99.0)),
        ({"framework": "PyTorch"}, Task(framework="torch")),
        ({"outputs": None, "classes": 3}, Task(classes=3)),
    ],
    ids=str,
)
def test_values_are_read_in_every_usual_spelling(written: dict[str, object], meant: Task) -> None:
    assert Task.from_mapping(written) == meant


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ({"outputs": "logit"}, "t.yaml: outputs: 'logit' is not one of its values; did you mean 'logits'?"),
        (
            {"kind": "clasification"},
            "t.yaml: kind: 'clasification' is not one of its values; did you mean 'classification'?",
        ),
        (
            {"encoding": "onehot"},
            "t.yaml: encoding: 'onehot' is not one of its values; did you mean 'one_hot'?",
        ),
        (
            {"phase": 3},
            "t.yaml: phase: 3 is not a word; choose from train, eval",
        ),
        (
            {"structure": ["token"]},
            "t.yaml: structure: ['token'] is not a word; choose from example, token, pixel, box",
        ),
        ({"exclusive": "yes"}, "t.yaml: exclusive: 'yes' is neither true nor false; did you mean true?"),
        ({"masked": 0}, "t.yaml: masked: 0 is neither true nor false; write true or false"),
        ({"classes": "10"}, "t.yaml: classes: '10' is not a whole number; did you mean 10?"),
        ({"classes": 10.0}, "t.yaml: classes: 10.0 is not a whole number; did you mean 10?"),
        ({"classes": True}, "t.yaml: classes: True is not a whole number; write one, such as 10"),
        ({"classes": "ten"}, "t.yaml: classes: 'ten' is not a whole number; write one, such as 10"),
        ({"classes": float("nan")}, "t.yaml: classes: nan is not a whole number; write one, such as 10"),
        ({"classes": float("inf")}, "t.yaml: classes: inf is not a whole number; write one, such as 10"),
        ({"classes": 0}, "t.yaml: classes: 0 is less than 1; write the number of classes"),
        (
            {"units": -1},
            "t.yaml: units: -1 is less than 1; write the number of columns that the model puts out",
        ),
        ({"label_base": 2}, "t.yaml: label_base: 2 is not one of its values; choose from 0, 1"),
        ({"class_axis": []}, "t.yaml: class_axis: [] names no axis, or one twice; write each axis once"),
        (
            {"class_axis": [1, 1]},
            "t.yaml: class_axis: [1, 1] names no axis, or one twice; write each axis once",
        ),
        ({"class_axis": "last"}, "t.yaml: class_axis: 'last' is not a whole number; write one, such as 10"),
        (
            {"imbalance": "rare"},
            "t.yaml: imbalance: 'rare' is neither true, false nor a ratio; write true, or a ratio such as 99",
        ),
        (
            {"imbalance": 0.01},
            "t.yaml: imbalance: 0.01 is less than 1, and the ratio is the commonest to the rarest; did you mean 100?",
        ),
        (
            {"imbalance": float("inf")},
            "t.yaml: imbalance: inf is neither true, false nor a ratio; write true, or a ratio such as 99",
        ),
        (
            {"weights": "clas"},
            "t.yaml: weights: 'clas' is not one of its values; did you mean 'class'?",
        ),
        (
            {"weights": 2},
            "t.yaml: weights: 2 is not a list of words; choose from sample, class, positive",
        ),
        ({"framework": "pytroch"}, "t.yaml: framework 'pytroch': not known; did you mean 'pytorch'?"),
        ({"outputz": "logits"}, "t.yaml: unknown key 'outputz'; did you mean 'outputs'?"),
        ({7: "logits"}, "t.yaml: unknown key 7; choose from " + ", ".join(PROPERTIES)),
    ],
    ids=str,
)
def test_a_wrong_value_is_told_with_its_key_and_the_nearest_right_one(
    written: dict[str, object], message: str
) -> None:
    with pytest.raises(CepickError) as raised:
        Task.from_mapping(written, where="t.yaml")
    assert str(raised.value) == message


def test_every_property_refuses_a_value_of_another_type() -> None:
    for name in PROPERTIES:
        with pytest.raises(CepickError, match=name):
            Task(**{name: object()})


def test_what_is_no_mapping_is_refused() -> None:
    with pytest.raises(CepickError, match="task: not a mapping of properties"):
        Task.from_mapping(["outputs"])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "literal"),
    [
        ("kind", "Kind"),
        ("structure", "Structure"),
        ("outcomes", "Outcomes"),
        ("targets", "Targets"),
        ("encoding", "Encoding"),
        ("target_range", "TargetRange"),
        ("outputs", "Outputs"),
        ("phase", "Phase"),
        ("weights", "Weighting"),
    ],
)
def test_the_annotations_name_the_same_values_as_the_table(name: str, literal: str) -> None:
    assert get_args(getattr(task_module, literal)) == tuple(PROPERTIES[name].answers)
    assert name in get_type_hints(Task)


def test_evidence_shows_a_tuple_as_a_list() -> None:
    evidence = Evidence(property="class_axis", value=(1, 2), source="both", because="shapes")
    assert evidence.to_dict() == {
        "property": "class_axis",
        "value": [1, 2],
        "source": "both",
        "because": "shapes",
        "confidence": 1.0,
        "runner_up": None,
    }


def test_a_preset_is_a_task() -> None:
    assert Task.preset("language_model").structure == "token"
