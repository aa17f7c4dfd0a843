"""The table of words: each property with its values, flags and question."""

from __future__ import annotations

import pytest

from ce_core.task import Task
from ce_core.task.words import PROPERTIES, Property


def test_each_property_stands_under_its_own_name() -> None:
    assert all(name == prop.name for name, prop in PROPERTIES.items())


@pytest.mark.parametrize("prop", PROPERTIES.values(), ids=list(PROPERTIES))
def test_a_property_can_be_told_and_asked_for(prop: Property) -> None:
    assert prop.says
    assert prop.says[0].islower()
    assert prop.question.endswith("?")
    assert all(prop.answers.values())
    assert set(prop.flags) <= set(prop.answers)


@pytest.mark.parametrize("prop", PROPERTIES.values(), ids=list(PROPERTIES))
def test_every_answer_is_a_value_that_a_task_takes(prop: Property) -> None:
    for value in prop.answers:
        said = (value,) if prop.type == "choices" else value
        assert getattr(Task(**{prop.name: said}), prop.name) == said


def test_a_choice_has_its_values_listed_and_a_number_need_not() -> None:
    for prop in PROPERTIES.values():
        if prop.type in {"choice", "choices"}:
            assert len(prop.answers) > 1
        elif prop.type == "bool":
            assert set(prop.answers) == {True, False}


@pytest.mark.parametrize(
    ("name", "value", "flag"),
    [
        ("outcomes", "binary", "--binary"),
        ("outcomes", "multiclass", "--multiclass"),
        ("exclusive", True, "--exclusive"),
        ("exclusive", False, "--multilabel"),
        ("targets", "hard", "--hard"),
        ("targets", "soft", "--soft"),
        ("outputs", "logits", "--logits"),
        ("outputs", "probabilities", "--probabilities"),
        ("outputs", "log_probabilities", "--log-probabilities"),
        ("classes", 10, "--classes 10"),
        ("encoding", "one_hot", "--encoding one_hot"),
        ("huge_vocabulary", True, "--huge-vocabulary"),
        ("masked", False, "--no-masked"),
        ("class_axis", (1, 2), "--class-axis 1,2"),
        ("imbalance", 99.0, "--imbalance 99"),
        ("imbalance", True, "--imbalance true"),
        ("weights", ("class", "sample"), "--weights class,sample"),
    ],
)
def test_a_value_is_said_by_its_flag(name: str, value: object, flag: str) -> None:
    assert PROPERTIES[name].flag(value) == flag  # type: ignore[arg-type]


def test_no_flag_says_two_things() -> None:
    flags = [prop.flag(value) for prop in PROPERTIES.values() for value in prop.answers]
    assert len(flags) == len(set(flags))
