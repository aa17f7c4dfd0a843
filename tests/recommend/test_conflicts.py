"""Each row of the table of conflicts is met by a task that it alone refuses, and not by a neighbour of it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from task_strategies import possible_tasks

from ce_core.decide.consequences import follow
from ce_core.errors import CepickError
from ce_core.task import Task, conflicts

Known = dict[str, Any]

# What cannot be, the nearest task that can, the two properties that the error names, and a part of the reason.
CASES: list[tuple[Known, Known, tuple[str, str], str]] = [
    (
        {"encoding": "index", "exclusive": False},
        {"encoding": "index", "exclusive": True},
        ("encoding 'index'", "exclusive False"),
        "an index names one class only",
    ),
    (
        {"encoding": "one_hot", "exclusive": False},
        {"encoding": "multi_hot", "exclusive": False},
        ("encoding 'one_hot'", "exclusive False"),
        "a single 1",
    ),
    (
        {"encoding": "distribution", "exclusive": False},
        {"encoding": "scalar", "exclusive": False},
        ("encoding 'distribution'", "exclusive False"),
        "shares 1 among exclusive classes",
    ),
    (
        {"encoding": "multi_hot", "exclusive": True},
        {"encoding": "one_hot", "exclusive": True},
        ("encoding 'multi_hot'", "exclusive True"),
        "several ones",
    ),
    (
        {"encoding": "index", "targets": "soft"},
        {"encoding": "index", "targets": "hard"},
        ("encoding 'index'", "targets 'soft'"),
        "an index is certain",
    ),
    (
        {"encoding": "one_hot", "targets": "soft"},
        {"encoding": "one_hot", "targets": "hard"},
        ("encoding 'one_hot'", "targets 'soft'"),
        "a one-hot row is certain",
    ),
    (
        {"encoding": "multi_hot", "targets": "soft"},
        {"encoding": "multi_hot", "targets": "hard"},
        ("encoding 'multi_hot'", "targets 'soft'"),
        "a multi-hot row is certain",
    ),
    (
        {"encoding": "distribution", "targets": "hard"},
        {"encoding": "distribution", "targets": "soft"},
        ("encoding 'distribution'", "targets 'hard'"),
        "'one_hot'",
    ),
    (
        {"encoding": "scalar", "exclusive": True, "outcomes": "multiclass"},
        {"encoding": "scalar", "exclusive": True, "outcomes": "binary"},
        ("encoding 'scalar'", "exclusive True"),
        "one of several exclusive classes",
    ),
    (
        {"encoding": "one_hot", "units": 1},
        {"encoding": "one_hot", "units": 2},
        ("encoding 'one_hot'", "units 1"),
        "one column for each class",
    ),
    (
        {"encoding": "scalar", "targets": "soft", "exclusive": True, "units": 2},
        {"encoding": "scalar", "targets": "hard", "exclusive": True, "units": 2},
        ("encoding 'scalar'", "units 2"),
        "a row of probabilities",
    ),
    (
        {"encoding": "scalar", "outputs": "log_probabilities", "targets": "soft"},
        {"encoding": "scalar", "outputs": "log_probabilities", "targets": "hard"},
        ("encoding 'scalar'", "outputs 'log_probabilities'"),
        "a column for each class",
    ),
    (
        {"encoding": "multi_hot", "outputs": "log_probabilities"},
        {"encoding": "multi_hot", "outputs": "probabilities"},
        ("encoding 'multi_hot'", "outputs 'log_probabilities'"),
        "over exclusive classes",
    ),
    (
        {"encoding": "one_hot", "target_range": "real"},
        {"encoding": "scalar", "target_range": "real"},
        ("encoding 'one_hot'", "target_range 'real'"),
        "not any real number",
    ),
    (
        {"label_base": 1, "encoding": "scalar"},
        {"label_base": 1, "encoding": "index"},
        ("label_base 1", "encoding 'scalar'"),
        "a first class to count from",
    ),
    (
        {"label_base": 1, "exclusive": False},
        {"label_base": 0, "exclusive": False},
        ("label_base 1", "exclusive False"),
        "names one class only",
    ),
    (
        {"label_base": 1, "targets": "soft"},
        {"label_base": 1, "targets": "hard"},
        ("label_base 1", "targets 'soft'"),
        "an index is certain",
    ),
    (
        {"label_base": 1, "target_range": "real"},
        {"label_base": 1, "target_range": "signed"},
        ("label_base 1", "target_range 'real'"),
        "no real number",
    ),
    (
        {"outcomes": "binary", "classes": 3},
        {"outcomes": "binary", "classes": 2},
        ("outcomes 'binary'", "classes 3"),
        "two outcomes",
    ),
    (
        {"outcomes": "multiclass", "classes": 1},
        {"outcomes": "multiclass", "classes": 2},
        ("outcomes 'multiclass'", "classes 1"),
        "nothing to choose",
    ),
    (
        {"outcomes": "binary", "units": 3},
        {"outcomes": "binary", "units": 2},
        ("outcomes 'binary'", "units 3"),
        "one unit or two",
    ),
    (
        {"outcomes": "multiclass", "units": 1},
        {"outcomes": "multiclass", "units": 1, "kind": "ordinal"},
        ("outcomes 'multiclass'", "units 1"),
        "need a column each",
    ),
    (
        {"encoding": "distribution", "classes": 1},
        {"encoding": "scalar", "classes": 1},
        ("encoding 'distribution'", "classes 1"),
        "one column for each class",
    ),
    (
        {"outputs": "log_probabilities", "classes": 1},
        {"outputs": "log_probabilities", "classes": 2},
        ("outputs 'log_probabilities'", "classes 1"),
        "two classes or more",
    ),
    (
        {"classes": 10, "units": 9},
        {"classes": 2, "units": 1},
        ("classes 10", "units 9"),
        "a column for each class",
    ),
    (
        {"outputs": "log_probabilities", "exclusive": False},
        {"outputs": "log_probabilities", "exclusive": True},
        ("outputs 'log_probabilities'", "exclusive False"),
        "over exclusive classes",
    ),
    (
        {"outputs": "log_probabilities", "units": 1},
        {"outputs": "log_probabilities", "units": 2},
        ("outputs 'log_probabilities'", "units 1"),
        "two columns or more",
    ),
    (
        {"ignore_index": 255, "encoding": "one_hot"},
        {"ignore_index": 255, "encoding": "multi_hot"},
        ("ignore_index 255", "encoding 'one_hot'"),
        "use a mask",
    ),
    (
        {"masked": False, "ignore_index": -100},
        {"masked": True, "ignore_index": -100},
        ("masked False", "ignore_index -100"),
        "marks what to leave out",
    ),
    (
        {"huge_vocabulary": True, "outcomes": "binary"},
        {"huge_vocabulary": False, "outcomes": "binary"},
        ("huge_vocabulary True", "outcomes 'binary'"),
        "many classes",
    ),
    (
        {"huge_vocabulary": True, "classes": 2},
        {"huge_vocabulary": True, "classes": 1000000},
        ("huge_vocabulary True", "classes 2"),
        "many classes",
    ),
    (
        {"huge_vocabulary": True, "units": 1},
        {"huge_vocabulary": True, "units": 1000000},
        ("huge_vocabulary True", "units 1"),
        "many classes",
    ),
    (
        {"kind": "regression", "outcomes": "binary"},
        {"kind": "ranking", "outcomes": "binary"},
        ("kind 'regression'", "outcomes 'binary'"),
        "no classes",
    ),
    (
        {"kind": "density_estimation", "exclusive": True},
        {"kind": "ranking", "exclusive": True},
        ("kind 'density_estimation'", "exclusive True"),
        "no classes",
    ),
    (
        {"kind": "regression", "encoding": "index"},
        {"kind": "regression", "encoding": "scalar"},
        ("kind 'regression'", "encoding 'index'"),
        "no classes",
    ),
    (
        {"kind": "regression", "huge_vocabulary": True},
        {"kind": "regression", "huge_vocabulary": False},
        ("kind 'regression'", "huge_vocabulary True"),
        "no classes",
    ),
    (
        {"kind": "distillation", "targets": "hard"},
        {"kind": "distillation", "targets": "soft"},
        ("kind 'distillation'", "targets 'hard'"),
        "a teacher gives probabilities",
    ),
    (
        {"kind": "distillation", "encoding": "index"},
        {"kind": "distillation", "encoding": "distribution"},
        ("kind 'distillation'", "encoding 'index'"),
        "a teacher gives probabilities",
    ),
    (
        {"kind": "distillation", "label_base": 1},
        {"kind": "distillation", "label_base": 0},
        ("kind 'distillation'", "label_base 1"),
        "not labels to count",
    ),
    (
        {"kind": "contrastive", "target_range": "real"},
        {"kind": "contrastive", "target_range": "unit_interval"},
        ("kind 'contrastive'", "target_range 'real'"),
        "an index",
    ),
    (
        {"kind": "contrastive", "exclusive": False},
        {"kind": "contrastive", "exclusive": True},
        ("kind 'contrastive'", "exclusive False"),
        "one partner",
    ),
    (
        {"kind": "contrastive", "targets": "soft"},
        {"kind": "contrastive", "targets": "hard"},
        ("kind 'contrastive'", "targets 'soft'"),
        "the right partner is certain",
    ),
    (
        {"kind": "contrastive", "outcomes": "binary"},
        {"kind": "contrastive", "outcomes": "multiclass"},
        ("kind 'contrastive'", "outcomes 'binary'"),
        "out of the whole batch",
    ),
    (
        {"kind": "contrastive", "encoding": "multi_hot"},
        {"kind": "contrastive", "encoding": "one_hot"},
        ("kind 'contrastive'", "encoding 'multi_hot'"),
        "index of the right partner",
    ),
    (
        {"kind": "contrastive", "units": 1},
        {"kind": "contrastive", "units": 2},
        ("kind 'contrastive'", "units 1"),
        "a column for each",
    ),
    (
        {"kind": "contrastive", "classes": 1},
        {"kind": "contrastive", "classes": 2},
        ("kind 'contrastive'", "classes 1"),
        "a class for each",
    ),
    (
        {"kind": "contrastive", "huge_vocabulary": True},
        {"kind": "contrastive", "huge_vocabulary": False},
        ("kind 'contrastive'", "huge_vocabulary True"),
        "partners in the batch",
    ),
    (
        {"kind": "reconstruction", "exclusive": True},
        {"kind": "reconstruction", "exclusive": False},
        ("kind 'reconstruction'", "exclusive True"),
        "on its own",
    ),
    (
        {"kind": "reconstruction", "encoding": "one_hot"},
        {"kind": "reconstruction", "encoding": "scalar"},
        ("kind 'reconstruction'", "encoding 'one_hot'"),
        "on its own",
    ),
    (
        {"kind": "reconstruction", "outputs": "log_probabilities"},
        {"kind": "reconstruction", "outputs": "probabilities"},
        ("kind 'reconstruction'", "outputs 'log_probabilities'"),
        "over exclusive classes",
    ),
    (
        {"kind": "reconstruction", "huge_vocabulary": True},
        {"kind": "classification", "huge_vocabulary": True},
        ("kind 'reconstruction'", "huge_vocabulary True"),
        "no classes",
    ),
    (
        {"kind": "regression", "label_base": 1},
        {"kind": "regression", "label_base": 0},
        ("kind 'regression'", "label_base 1"),
        "no class indices",
    ),
]


@pytest.mark.parametrize(
    ("impossible", "possible", "names", "because"), CASES, ids=lambda case: str(case)[:60]
)
def test_an_impossible_pair_is_one_error_that_names_both_properties(
    impossible: Known, possible: Known, names: tuple[str, str], because: str
) -> None:
    with pytest.raises(CepickError) as raised:
        Task(**impossible)
    message = str(raised.value)
    assert message.startswith(f"{names[0]} and {names[1]} cannot both be: ")
    assert because in message
    assert "\n" not in message
    assert dict(Task(**possible).known()).items() >= possible.items()


def test_every_row_of_the_table_is_the_first_to_refuse_some_case(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as unchecked:
        unchecked.setattr(conflicts, "check", lambda task: None)
        tasks = [Task(**impossible) for impossible, *_ in CASES]
    first = [next(row for row in conflicts.CONFLICTS if row.found(task)) for task in tasks]
    assert first == list(conflicts.CONFLICTS)


def test_both_properties_of_a_conflict_are_known_when_it_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    for impossible, *_ in CASES:
        with monkeypatch.context() as unchecked:
            unchecked.setattr(conflicts, "check", lambda task: None)
            task = Task(**impossible)
        for row in conflicts.CONFLICTS:
            if row.found(task):
                assert all(getattr(task, name) is not None for name in row.properties)


@settings(deadline=None)
@given(possible_tasks())
def test_what_follows_from_a_possible_task_is_possible_and_contradicts_nothing_said(task: Task) -> None:
    followed, evidence = follow(task)
    assert dict(followed.known()).items() >= dict(task.known()).items()
    added = {each.property: each.value for each in evidence}
    assert dict(followed.known()) == dict(task.known()) | added
    assert follow(followed) == (followed, ())
