"""Too little known: the candidates, and the one question that settles most, until the answer is decided."""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from task_strategies import possible_tasks

from ce_core.decide.recommend import recommend
from ce_core.decide.recommendation import Recommendation
from ce_core.errors import CepickError
from ce_core.losses import LOSSES
from ce_core.task import Task
from ce_core.task.words import PROPERTIES

SPACE: dict[str, tuple[Any, ...]] = {
    "kind": (None, "classification", "distillation", "contrastive", "reconstruction", "ranking"),
    "outcomes": (None, "binary", "multiclass"),
    "exclusive": (None, True, False),
    "targets": (None, "hard", "soft"),
    "outputs": (None, "logits", "probabilities", "log_probabilities"),
    "units": (None, 1, 2),
    "encoding": (None, "scalar"),
}


def tasks() -> list[Task]:
    found = []
    for values in product(*SPACE.values()):
        try:
            found.append(Task(**dict(zip(SPACE, values, strict=True))))
        except CepickError:
            continue
    return found


TASKS = tasks()
ask = cache(recommend)


def answers_to(answer: Recommendation) -> list[Recommendation]:
    """Return what each possible answer to an undecided recommendation's question leads to."""
    assert answer.asks is not None
    found = []
    for value in PROPERTIES[answer.asks].answers:
        try:
            found.append(ask(answer.task.but(**{answer.asks: value})))
        except CepickError:
            continue
    return found


def candidates(answer: Recommendation) -> set[str]:
    return {answer.loss} if answer.loss else set(answer.also_fit)


def test_an_undecided_answer_asks_for_something_unknown_whose_answer_narrows_the_candidates() -> None:
    undecided = [answer for answer in map(ask, TASKS) if answer.status == "undecided"]
    assert len(undecided) > 100
    for answer in undecided:
        assert answer.loss is answer.formula is answer.activation is None
        assert answer.asks is not None
        assert getattr(answer.task, answer.asks) is None
        assert answer.question == PROPERTIES[answer.asks].question
        nexts = answers_to(answer)
        assert len(nexts) > 1
        left = [candidates(each) for each in nexts]
        assert all(each <= candidates(answer) for each in left), answer.task
        assert min(map(len, left)) < len(candidates(answer)), answer.task
        assert set().union(*left) == candidates(answer), answer.task


def test_answering_the_questions_ends_within_six_of_them() -> None:
    @cache
    def longest(task: Task) -> int:
        answer = ask(task)
        if answer.status != "undecided":
            return 0
        return 1 + max(longest(each.task) for each in answers_to(answer))

    assert max(longest(task) for task in [Task(), *TASKS]) <= 6


def test_the_candidates_come_in_the_order_of_the_table() -> None:
    order = list(LOSSES)
    for answer in map(ask, TASKS):
        assert sorted(answer.also_fit, key=order.index) == list(answer.also_fit)


def test_an_undecided_answer_says_what_each_reply_would_leave() -> None:
    answer = recommend(outputs="logits", outcomes="multiclass")
    assert answer.status == "undecided"
    assert answer.also_fit == (
        "sigmoid_cross_entropy",
        "sparse_softmax_cross_entropy",
        "softmax_cross_entropy",
    )
    assert answer.why == (
        "--exclusive (exactly one is true): sparse_softmax_cross_entropy or softmax_cross_entropy",
        "--multilabel (several may be true at once, or none): sigmoid_cross_entropy",
    )
    assert answer.calls == answer.absent == answer.why_not == {}


@pytest.mark.parametrize(
    ("task", "asks"),
    [
        (Task(), "kind"),
        (Task(structure="token"), "kind"),
        (Task(kind="classification"), "outputs"),
        (Task(outputs="logits"), "outcomes"),
        (Task(outputs="logits", outcomes="multiclass"), "exclusive"),
        (Task(outputs="logits", outcomes="multiclass", exclusive=True), "targets"),
        (Task(outcomes="binary"), "outputs"),
        (Task(kind="reconstruction"), "target_range"),
        (Task(kind="distillation"), "outputs"),
    ],
    ids=str,
)
def test_the_question_is_the_one_that_settles_most(task: Task, asks: str) -> None:
    assert recommend(task).asks == asks


@settings(max_examples=300, deadline=None)
@given(possible_tasks())
def test_every_task_that_can_be_gets_an_answer(task: Task) -> None:
    answer = recommend(task)
    if answer.status == "decided":
        assert answer.loss in LOSSES
        assert answer.calls
    elif answer.status == "undecided":
        assert getattr(answer.task, str(answer.asks)) is None
        assert answer.also_fit
    else:
        assert answer.instead
        assert answer.why
        assert answer.calls == {}
    assert answer.task == recommend(answer.task).task
