"""A walk over the whole space of the finite properties: every complete task has exactly one first choice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import product
from typing import Any

import pytest

from ce_core.decide.choose import choices
from ce_core.decide.recommend import first_choice, fits, recommend, refusals
from ce_core.decide.recommendation import Recommendation
from ce_core.errors import CepickError
from ce_core.losses import CORE, LOSSES
from ce_core.task import Task
from ce_core.task.words import PROPERTIES

SPACE: dict[str, tuple[Any, ...]] = {
    "outcomes": ("binary", "multiclass"),
    "exclusive": (True, False),
    "targets": ("hard", "soft"),
    "encoding": ("index", "one_hot", "multi_hot", "distribution", "scalar"),
    "outputs": ("logits", "probabilities", "log_probabilities"),
    "units": (None, 1, 2, 5),
    "huge_vocabulary": (None, False, True),
    "phase": ("train", "eval"),
    "imbalance": (None, False, True, 99.0),
    "framework": (None, *PROPERTIES["framework"].answers),
}


def possible(space: dict[str, tuple[Any, ...]]) -> Iterator[Task]:
    """Yield every task of a space that can be."""
    for values in product(*space.values()):
        try:
            yield Task(**dict(zip(space, values, strict=True)))
        except CepickError:
            continue


COMPLETE = list(possible(SPACE))


def expected(task: Task) -> str:
    """Return the loss for a complete classification task, reasoned from the three axes instead of the table."""
    two_columns = task.units == 2 or task.encoding in {"one_hot", "distribution"}
    two_columns = two_columns or task.outputs == "log_probabilities"
    by_sigmoid = task.exclusive is False or (task.outcomes == "binary" and not two_columns)
    if by_sigmoid:
        if task.outputs == "probabilities":
            return "binary_cross_entropy"
        return "weighted_sigmoid_cross_entropy" if task.imbalance else "sigmoid_cross_entropy"
    sparse = task.encoding in {"index", "scalar"}
    if task.outputs == "log_probabilities":
        return "nll"
    if task.outputs == "probabilities":
        return "sparse_categorical_cross_entropy" if sparse else "categorical_cross_entropy"
    if task.huge_vocabulary and task.phase == "train" and sparse:
        by_framework = {"torch": "linear_softmax_cross_entropy", "jax": None, "sklearn": None}
        sampled = by_framework.get(str(task.framework), "sampled_softmax")
        if sampled:
            return sampled
    return "sparse_softmax_cross_entropy" if sparse else "softmax_cross_entropy"


def test_the_walk_is_no_stroll() -> None:
    assert len(COMPLETE) > 5000


def test_every_complete_task_has_exactly_one_first_choice() -> None:
    for task in COMPLETE:
        assert {choice for _, choice in choices(task)} == {expected(task)}, task
        assert first_choice(task) == expected(task), task


def test_every_core_loss_and_the_sampled_softmax_is_the_choice_of_some_task() -> None:
    chosen = Counter(first_choice(task) for task in COMPLETE)
    assert set(chosen) == {*CORE, "sampled_softmax", "linear_softmax_cross_entropy"}


def test_no_loss_that_fits_is_refused_by_a_known_property() -> None:
    for task in COMPLETE:
        for loss in fits(task):
            assert refusals(loss, task) == []
            for name, values in loss.accepts.items():
                assert getattr(task, name) is None or getattr(task, name) in values, (loss.id, task)


def test_what_fits_a_complete_task_takes_its_outputs_targets_and_competition() -> None:
    """The same, without the table's own words for what it accepts."""
    for task in COMPLETE:
        for loss in fits(task):
            assert loss.given in {task.outputs, "features"}
            if loss.target_form == "class index" or loss.given == "features":
                assert task.targets == "hard"
                assert task.encoding in {"index", "scalar"}
            if task.exclusive is False:
                assert loss.competes == "sigmoid"
            if task.outcomes == "multiclass" and task.exclusive and loss.given != "features":
                assert loss.competes == "softmax"
            if task.units == 1:
                assert loss.competes == "sigmoid"
            if loss.given == "features":
                assert task.huge_vocabulary
                assert task.phase == "train"


def test_the_recommendation_for_a_complete_task_is_decided_and_whole() -> None:
    for task in possible(
        SPACE | {"huge_vocabulary": (None, True), "imbalance": (None, True), "framework": (None,)}
    ):
        answer = recommend(task)
        assert answer.status == "decided"
        assert answer.loss == expected(task)
        assert_whole(answer)


def assert_whole(answer: Recommendation) -> None:
    """Assert that an answer carries all that a decided one promises."""
    assert answer.loss is not None
    loss = LOSSES[answer.loss]
    assert answer.formula == loss.formula
    assert answer.computed is loss.computed
    assert answer.why
    assert answer.loss not in answer.also_fit
    assert answer.why_not.keys().isdisjoint({answer.loss, *answer.also_fit})
    assert all(reasons and all(reasons) for reasons in answer.why_not.values())
    assert answer.activation
    assert answer.predictions
    assert answer.targets
    assert answer.question is answer.asks is answer.instead is None
    said = " ".join((*answer.why, *(modifier.text for modifier in answer.modifiers)))
    assert all(other in said for other in answer.also_fit), (answer.task, answer.also_fit)
    assert set(answer.calls) >= set(PROPERTIES["framework"].answers)
    for framework, calls in answer.calls.items():
        assert bool(calls) != bool(answer.absent.get(framework)), (answer.task, framework)


PARTIAL: dict[str, tuple[Any, ...]] = {
    "outcomes": (None, "binary", "multiclass"),
    "exclusive": (None, True, False),
    "targets": (None, "hard", "soft"),
    "outputs": (None, "logits", "probabilities", "log_probabilities"),
}

MAY_CHANGE = {
    "kind": "a classification that turns out to be, say, a grading of stars is another task",
    "units": "two columns compete where one would not",
    "encoding": "rows need a dense loss and indices a sparse one",
    "imbalance": "rare positives may be weighted",
    "weights": "a positive weight has a loss of its own",
    "framework": "not every framework has a sampled softmax",
    "phase": "a sampled loss is for training only",
    "huge_vocabulary": "too many classes ask for a sampled loss",
    "target_range": "any real number is a regression",
}
"""The properties that may change a decided answer, and why; every other one only describes it further."""

FURTHER: dict[str, tuple[Any, ...]] = {
    name: tuple(PROPERTIES[name].answers)
    for name in ("structure", "outcomes", "exclusive", "targets", "label_base", "outputs", "masked")
} | {
    "classes": (1, 2, 3, 1000),
    "class_axis": (-1, 1, (1, 2)),
    "ignore_index": (-100, 0),
}


def decided() -> list[Recommendation]:
    """Return the answers for the partial tasks that are decided, each with every further fact about them."""
    tasks = possible(PARTIAL | {"units": (None, 1, 2, 5), "encoding": SPACE["encoding"] + (None,)})
    answers = (recommend(task) for task in tasks)
    return [answer for answer in answers if answer.status == "decided"]


def test_a_decided_answer_stands_whatever_consistent_property_is_added() -> None:
    assert {*FURTHER, *MAY_CHANGE} == set(PROPERTIES)
    for answer in decided():
        for name, values in FURTHER.items():
            for value in values:
                if getattr(answer.task, name) is not None:
                    continue
                try:
                    task = answer.task.but(**{name: value})
                except CepickError:
                    continue
                assert {choice for _, choice in choices(task)} == {answer.loss}, (task, name)


@pytest.mark.parametrize("name", MAY_CHANGE)
def test_each_exception_does_change_some_decided_answer(name: str) -> None:
    changing: dict[str, tuple[Task, Any]] = {
        "kind": (Task(outcomes="binary", outputs="logits"), "ordinal"),
        "units": (Task(outcomes="binary", outputs="logits"), 2),
        "encoding": (
            Task(outcomes="multiclass", exclusive=True, targets="hard", outputs="logits"),
            "one_hot",
        ),
        "imbalance": (Task(outcomes="binary", outputs="logits"), True),
        "weights": (Task(outcomes="binary", outputs="logits"), ("positive",)),
        "framework": (Task(huge_vocabulary=True), "torch"),
        "phase": (Task(huge_vocabulary=True, outputs="logits"), "eval"),
        "huge_vocabulary": (Task(encoding="index", outputs="logits", classes=10), True),
        "target_range": (Task(outcomes="binary", outputs="logits"), "real"),
    }
    task, value = changing[name]
    before = recommend(task)
    assert before.status == "decided"
    assert recommend(task.but(**{name: value})).loss != before.loss
