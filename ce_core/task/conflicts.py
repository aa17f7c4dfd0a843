"""What cannot be together: each row names two properties and says why their values exclude each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ce_core.errors import CepickError
from ce_core.records import dataclass

if TYPE_CHECKING:
    from .task import Task


@dataclass(frozen=True, kw_only=True)
class Conflict:
    """Two properties that cannot have these values together."""

    properties: tuple[str, str]
    found: Callable[[Task], bool]
    because: str


def check(task: Task) -> None:
    """Raise the error that names both properties of the first conflict in a task, if there is one."""
    for conflict in CONFLICTS:
        if conflict.found(task):
            first, second = (f"{name} {getattr(task, name)!r}" for name in conflict.properties)
            raise CepickError(f"{first} and {second} cannot both be: {conflict.because}")


def _pair(first: str, values: set[Any], second: str, others: set[Any], because: str) -> Conflict:
    """Return the conflict of any of some values of one property with any of some values of another."""
    return Conflict(
        properties=(first, second),
        found=lambda task: _among(getattr(task, first), values) and _among(getattr(task, second), others),
        because=because,
    )


def _rule(first: str, second: str, found: Callable[[Task], bool], because: str) -> Conflict:
    return Conflict(properties=(first, second), found=found, because=because)


def _among(value: Any, values: set[Any]) -> bool:
    # True == 1 in Python, but a property that is True is not one that is 1.
    return any(value == other and isinstance(value, bool) == isinstance(other, bool) for other in values)


_WITHOUT_CLASSES: set[Any] = {"regression", "density_estimation"}
_ROWS: set[Any] = {"one_hot", "distribution"}
_BY_CLASS: set[Any] = {"index", "one_hot", "distribution"}
_WITHOUT_A_UNIT_EACH = {
    "ordinal",
    "ranking",
    "regression",
    "density_estimation",
    "sequence_alignment",
    "reconstruction",
    "contrastive",
}


def _columns_differ(task: Task) -> bool:
    """Tell whether a task has another number of columns than classes; two classes may share one column."""
    if task.classes is None or task.units is None or task.kind in _WITHOUT_A_UNIT_EACH:
        return False
    several = task.exclusive is False or task.encoding == "multi_hot"
    one_column = task.units == 1 and task.classes <= 2 and not several
    return task.classes != task.units and not one_column


CONFLICTS: tuple[Conflict, ...] = (
    _pair(
        "encoding",
        {"index"},
        "exclusive",
        {False},
        "an index names one class only; use encoding 'multi_hot', or exclusive True",
    ),
    _pair(
        "encoding",
        {"one_hot"},
        "exclusive",
        {False},
        "a one-hot row has a single 1; use encoding 'multi_hot', or exclusive True",
    ),
    _pair(
        "encoding",
        {"distribution"},
        "exclusive",
        {False},
        "a distribution shares 1 among exclusive classes; use encoding 'scalar', or exclusive True",
    ),
    _pair(
        "encoding",
        {"multi_hot"},
        "exclusive",
        {True},
        "a multi-hot row may have several ones; use encoding 'one_hot', or exclusive False",
    ),
    _pair("encoding", {"index"}, "targets", {"soft"}, "an index is certain; use encoding 'distribution'"),
    _pair(
        "encoding", {"one_hot"}, "targets", {"soft"}, "a one-hot row is certain; use encoding 'distribution'"
    ),
    _pair(
        "encoding", {"multi_hot"}, "targets", {"soft"}, "a multi-hot row is certain; use encoding 'scalar'"
    ),
    _pair("encoding", {"distribution"}, "targets", {"hard"}, "a hard row is encoding 'one_hot'"),
    _rule(
        "encoding",
        "exclusive",
        lambda task: task.encoding == "scalar" and task.exclusive is True and _many(task),
        "one number cannot name one of several exclusive classes; use 'index' or 'distribution'",
    ),
    _rule(
        "encoding",
        "units",
        lambda task: task.encoding in _ROWS and task.units == 1,
        "such a row has one column for each class; use encoding 'scalar'",
    ),
    _rule(
        "encoding",
        "units",
        lambda task: (
            task.encoding == "scalar" and _soft(task) and task.exclusive is True and (task.units or 1) > 1
        ),
        "exclusive classes need a row of probabilities; use 'distribution', or exclusive False",
    ),
    _rule(
        "encoding",
        "outputs",
        lambda task: (
            task.encoding == "scalar" and task.outputs == "log_probabilities" and (_soft(task) or _many(task))
        ),
        "log-probabilities are a column for each class; use 'index' or 'distribution'",
    ),
    _pair(
        "encoding",
        {"multi_hot"},
        "outputs",
        {"log_probabilities"},
        "log-probabilities are over exclusive classes; for independent labels use 'logits'",
    ),
    _rule(
        "encoding",
        "target_range",
        lambda task: task.encoding not in {None, "scalar"} and task.target_range == "real",
        "such targets are classes, not any real number; leave one of them out",
    ),
    _rule(
        "label_base",
        "encoding",
        lambda task: task.label_base == 1 and task.encoding not in {None, "index"},
        "only an index has a first class to count from; use 'index', or leave label_base out",
    ),
    _rule(
        "label_base",
        "exclusive",
        lambda task: task.label_base == 1 and task.exclusive is False,
        "only an index has a first class to count from, and an index names one class only",
    ),
    _rule(
        "label_base",
        "targets",
        lambda task: task.label_base == 1 and task.targets == "soft",
        "only an index has a first class to count from, and an index is certain",
    ),
    _rule(
        "label_base",
        "target_range",
        lambda task: task.label_base == 1 and task.target_range == "real",
        "only an index has a first class to count from, and an index is no real number",
    ),
    _rule(
        "outcomes",
        "classes",
        lambda task: task.outcomes == "binary" and (task.classes or 2) > 2 and task.exclusive is not False,
        "binary means two outcomes; use outcomes 'multiclass', or exclusive False",
    ),
    _rule(
        "outcomes",
        "classes",
        lambda task: task.outcomes == "multiclass" and task.classes == 1 and task.exclusive is not False,
        "with a single class there is nothing to choose; use outcomes 'binary'",
    ),
    _rule(
        "outcomes",
        "units",
        lambda task: task.outcomes == "binary" and (task.units or 1) > 2 and task.exclusive is not False,
        "a binary model has one unit or two; use outcomes 'multiclass', or exclusive False",
    ),
    _rule(
        "outcomes",
        "units",
        lambda task: (
            task.outcomes == "multiclass" and task.units == 1 and task.kind not in _WITHOUT_A_UNIT_EACH
        ),
        "several classes or labels need a column each; use outcomes 'binary'",
    ),
    _rule(
        "encoding",
        "classes",
        lambda task: task.encoding in _ROWS and task.classes == 1,
        "such a row has one column for each class; use encoding 'scalar'",
    ),
    _rule(
        "outputs",
        "classes",
        lambda task: task.outputs == "log_probabilities" and task.classes == 1,
        "a log-softmax needs two classes or more; use 'logits'",
    ),
    _rule("classes", "units", _columns_differ, "the model puts out a column for each class or label"),
    _pair(
        "outputs",
        {"log_probabilities"},
        "exclusive",
        {False},
        "log-probabilities are over exclusive classes; for independent labels use 'logits'",
    ),
    _rule(
        "outputs",
        "units",
        lambda task: task.outputs == "log_probabilities" and task.units == 1,
        "a log-softmax needs two columns or more; use 'logits'",
    ),
    _rule(
        "ignore_index",
        "encoding",
        lambda task: task.ignore_index is not None and task.encoding in _ROWS,
        "a row of probabilities holds no label to ignore; use a mask",
    ),
    _rule(
        "masked",
        "ignore_index",
        lambda task: task.masked is False and task.ignore_index is not None,
        "a label that marks what to leave out is a mask; leave one of them out",
    ),
    _pair(
        "huge_vocabulary",
        {True},
        "outcomes",
        {"binary"},
        "a huge vocabulary has many classes; use outcomes 'multiclass'",
    ),
    _rule(
        "huge_vocabulary",
        "classes",
        lambda task: task.huge_vocabulary is True and (task.classes or 3) <= 2,
        "a huge vocabulary has many classes; use huge_vocabulary False",
    ),
    _rule(
        "huge_vocabulary",
        "units",
        lambda task: task.huge_vocabulary is True and (task.units or 3) <= 2,
        "a huge vocabulary has many classes; use huge_vocabulary False",
    ),
    _pair("kind", _WITHOUT_CLASSES, "outcomes", {"binary", "multiclass"}, "such a task has no classes"),
    _pair("kind", _WITHOUT_CLASSES, "exclusive", {True, False}, "such a task has no classes"),
    _pair(
        "kind",
        _WITHOUT_CLASSES,
        "encoding",
        {*_BY_CLASS, "multi_hot"},
        "such a task has no classes; use kind 'classification'",
    ),
    _pair("kind", _WITHOUT_CLASSES, "huge_vocabulary", {True}, "such a task has no classes"),
    _pair(
        "kind",
        {"distillation"},
        "targets",
        {"hard"},
        "a teacher gives probabilities; use targets 'soft', or kind 'classification'",
    ),
    _pair(
        "kind",
        {"distillation"},
        "encoding",
        {"index", "one_hot", "multi_hot"},
        "a teacher gives probabilities; use encoding 'distribution', or kind 'classification'",
    ),
    _rule(
        "kind",
        "label_base",
        lambda task: task.kind == "distillation" and task.label_base == 1,
        "a teacher gives probabilities, not labels to count; leave label_base out",
    ),
    _pair("kind", {"contrastive"}, "target_range", {"real"}, "the label is an index, not a real number"),
    _pair("kind", {"contrastive"}, "exclusive", {False}, "one partner of the batch is the right one"),
    _pair("kind", {"contrastive"}, "targets", {"soft"}, "the right partner is certain"),
    _pair(
        "kind",
        {"contrastive"},
        "outcomes",
        {"binary"},
        "a partner is picked out of the whole batch; for pairs judged one by one use kind 'classification'",
    ),
    _pair(
        "kind",
        {"contrastive"},
        "encoding",
        {"multi_hot", "distribution", "scalar"},
        "the label is the index of the right partner; use encoding 'index'",
    ),
    _rule(
        "kind",
        "units",
        lambda task: task.kind == "contrastive" and task.units == 1,
        "a partner is picked out of several; there is a column for each",
    ),
    _rule(
        "kind",
        "classes",
        lambda task: task.kind == "contrastive" and task.classes == 1,
        "a partner is picked out of several; there is a class for each",
    ),
    _rule(
        "kind",
        "huge_vocabulary",
        lambda task: task.kind == "contrastive" and task.huge_vocabulary is True,
        "the classes are the partners in the batch; leave huge_vocabulary out",
    ),
    _pair(
        "kind",
        {"reconstruction"},
        "exclusive",
        {True},
        "each value is reconstructed on its own; use kind 'classification'",
    ),
    _pair(
        "kind",
        {"reconstruction"},
        "encoding",
        _BY_CLASS,
        "each value is reconstructed on its own; use encoding 'scalar', or kind 'classification'",
    ),
    _pair(
        "kind",
        {"reconstruction"},
        "outputs",
        {"log_probabilities"},
        "log-probabilities are over exclusive classes, and each value is reconstructed on its own; use 'logits'",
    ),
    _pair(
        "kind",
        {"reconstruction"},
        "huge_vocabulary",
        {True},
        "values are no classes; use kind 'classification'",
    ),
    _rule(
        "kind",
        "label_base",
        lambda task: task.kind in {"reconstruction", *_WITHOUT_CLASSES} and task.label_base == 1,
        "values are no class indices; leave label_base out",
    ),
)
"""Every pair that cannot be, the first one found being the one that is told."""


def _soft(task: Task) -> bool:
    return task.targets == "soft" or task.kind == "distillation"


def _many(task: Task) -> bool:
    """Tell whether a task is known to have more than two classes."""
    return (
        task.outcomes == "multiclass"
        or (task.classes or 0) > 2
        or (task.units or 0) > 2
        or task.huge_vocabulary is True
    )
