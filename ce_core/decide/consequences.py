"""What follows from what is known: each row gives one property a value, and says why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ce_core.losses import CROSS_ENTROPY_KINDS
from ce_core.records import dataclass
from ce_core.task import Evidence, Task

_DESCRIBES_CLASSES = (
    "outcomes",
    "exclusive",
    "targets",
    "encoding",
    "outputs",
    "classes",
    "label_base",
    "huge_vocabulary",
)
_FOLLOWED = frozenset({None, "margin"}) | CROSS_ENTROPY_KINDS
_CLASSIFYING = frozenset({"classification", "distillation"})


@dataclass(frozen=True, kw_only=True)
class Consequence:
    """A property that follows from others."""

    property: str
    value: Any
    because: str
    when: Callable[[Task], bool]


def follow(task: Task) -> tuple[Task, tuple[Evidence, ...]]:
    """Return a task with every property that follows from the known ones, and why.

    >>> task, evidence = follow(Task(encoding="index"))
    >>> task.exclusive, [each.because for each in evidence if each.property == "exclusive"]
    (True, ['follows: an index names one class'])
    """
    evidence = []
    for rule in CONSEQUENCES:
        if task.kind not in _FOLLOWED:
            break
        if getattr(task, rule.property) is None and rule.when(task):
            task = task.but(**{rule.property: rule.value})
            evidence.append(
                Evidence(
                    property=rule.property,
                    value=rule.value,
                    source="said",
                    because=f"follows: {rule.because}",
                )
            )
    return task, tuple(evidence)


def _follows(name: str, value: Any, because: str, when: Callable[[Task], bool]) -> Consequence:
    return Consequence(property=name, value=value, when=when, because=because)


def _sampled(task: Task) -> bool:
    """Tell whether a task is one for the losses that make a huge vocabulary's logits themselves."""
    return (
        task.huge_vocabulary is True
        and task.phase != "eval"
        and task.exclusive is True
        and task.targets == "hard"
        and task.encoding in {None, "index"}
    )


CONSEQUENCES: tuple[Consequence, ...] = (
    _follows(
        "kind",
        "classification",
        "classes or labels were described",
        lambda task: any(getattr(task, name) is not None for name in _DESCRIBES_CLASSES),
    ),
    _follows("targets", "soft", "a teacher gives probabilities", lambda task: task.kind == "distillation"),
    _follows("exclusive", True, "one partner is the right one", lambda task: task.kind == "contrastive"),
    _follows("targets", "hard", "the right partner is certain", lambda task: task.kind == "contrastive"),
    _follows("encoding", "index", "the label of row i is i", lambda task: task.kind == "contrastive"),
    _follows(
        "outcomes",
        "multiclass",
        "a partner is picked out of the batch",
        lambda task: task.kind == "contrastive",
    ),
    _follows("outputs", "logits", "similarities are logits", lambda task: task.kind == "contrastive"),
    _follows(
        "outputs",
        "probabilities",
        "a decoder of values from 0 to 1 ends in a sigmoid",
        lambda task: task.kind == "reconstruction" and task.target_range in {"unit_interval", "byte"},
    ),
    _follows("encoding", "index", "labels are counted from 1", lambda task: task.label_base == 1),
    _follows("exclusive", True, "an index names one class", lambda task: task.encoding == "index"),
    _follows("exclusive", True, "a one-hot row names one class", lambda task: task.encoding == "one_hot"),
    _follows(
        "exclusive",
        True,
        "a distribution shares 1 among the classes",
        lambda task: task.encoding == "distribution",
    ),
    _follows(
        "exclusive",
        False,
        "a multi-hot row may hold several ones",
        lambda task: task.encoding == "multi_hot",
    ),
    _follows(
        "exclusive",
        True,
        "log-probabilities are over exclusive classes",
        lambda task: task.outputs == "log_probabilities",
    ),
    _follows(
        "outcomes",
        "multiclass",
        "a huge vocabulary has many classes",
        lambda task: task.huge_vocabulary is True,
    ),
    _follows(
        "outcomes",
        "multiclass",
        "there are more than two classes",
        lambda task: task.kind in _CLASSIFYING and (task.classes or 0) > 2,
    ),
    _follows(
        "outcomes",
        "multiclass",
        "there are more than two columns",
        lambda task: task.kind in _CLASSIFYING and (task.units or 0) > 2,
    ),
    _follows(
        "exclusive",
        False,
        "one number for each of several outcomes leaves them independent",
        lambda task: task.encoding == "scalar" and task.outcomes == "multiclass",
    ),
    _follows(
        "exclusive",
        False,
        "a probability for each of several columns leaves them independent",
        lambda task: (
            task.kind in _CLASSIFYING
            and task.encoding == "scalar"
            and task.targets == "soft"
            and (task.units or 1) > 1
        ),
    ),
    _follows(
        "exclusive",
        True,
        "one word of a vocabulary is true",
        lambda task: task.huge_vocabulary is True,
    ),
    _follows(
        "outcomes",
        "multiclass",
        "there are two labels, and both may be true",
        lambda task: task.kind in _CLASSIFYING and task.classes == 2 and task.exclusive is False,
    ),
    _follows(
        "outcomes",
        "binary",
        "there are two classes",
        lambda task: task.kind in _CLASSIFYING and task.classes == 2,
    ),
    _follows(
        "outcomes",
        "binary",
        "there are two columns for exclusive classes",
        lambda task: task.kind in _CLASSIFYING and task.units == 2 and task.exclusive is True,
    ),
    _follows(
        "outcomes",
        "binary",
        "one column decides between two outcomes",
        lambda task: task.kind in _CLASSIFYING and task.units == 1,
    ),
    _follows(
        "outcomes",
        "binary",
        "one number decides between two outcomes",
        lambda task: (
            task.kind in _CLASSIFYING
            and task.encoding == "scalar"
            and task.units is None
            and task.exclusive is not False
        ),
    ),
    _follows(
        "exclusive",
        True,
        "of two outcomes exactly one is true",
        lambda task: task.kind in _CLASSIFYING and task.outcomes == "binary",
    ),
    _follows(
        "outcomes",
        "multiclass",
        "a teacher's softmax is over several classes, unless --binary or --multilabel says otherwise",
        lambda task: (
            task.kind == "distillation"
            and task.exclusive is not False
            and task.units != 1
            and task.encoding != "scalar"
            and (task.classes or 3) > 2
        ),
    ),
    _follows(
        "exclusive",
        True,
        "a teacher's softmax is over exclusive classes",
        lambda task: task.kind == "distillation" and task.outcomes == "multiclass",
    ),
    _follows(
        "targets",
        "hard",
        "such a label is certain",
        lambda task: task.encoding in {"index", "one_hot", "multi_hot"},
    ),
    _follows("targets", "soft", "a distribution is soft", lambda task: task.encoding == "distribution"),
    _follows(
        "targets",
        "hard",
        "a word of a vocabulary is certain",
        lambda task: task.huge_vocabulary is True and task.exclusive is True,
    ),
    _follows("outputs", "logits", "the loss makes the logits of a huge vocabulary itself", _sampled),
    _follows(
        "units",
        2,
        "a row for two classes has two columns",
        lambda task: (
            task.kind in _CLASSIFYING
            and task.outcomes == "binary"
            and task.encoding in {"one_hot", "distribution"}
        ),
    ),
    _follows(
        "units",
        2,
        "a log-softmax over two classes has two columns",
        lambda task: (
            task.kind in _CLASSIFYING and task.outcomes == "binary" and task.outputs == "log_probabilities"
        ),
    ),
    _follows("masked", True, "a label marks what to leave out", lambda task: task.ignore_index is not None),
)
"""What follows from what is known, in the order of the reasoning: a later row sees what an earlier one gave."""
