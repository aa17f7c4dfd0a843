"""Two models on the same targets: which is better, by how much, how surely, and where."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from ce_core.compute.evaluate import evaluate
from ce_core.compute.evaluation import Evaluation
from ce_core.compute.examples import Examples
from ce_core.errors import CepickError, did_you_mean
from ce_core.losses import LOSSES, loss_ids
from ce_core.read.settings import MeanOver
from ce_core.task import Task

from .accuracy import accuracy_difference
from .answer import Comparison, Difference
from .baseline import losses_of
from .families import comparable, counterpart
from .paired import GROUPS, Test, check_test, difference_of
from .pairs import FEW_ITEMS, loss_pairs, observations, share_pairs
from .parts import Both, class_differences, contest_of, mcnemar_of, slice_differences, worst_rows
from .slices import named_slices

OPTIONS = (
    "loss_options",
    "labels",
    "class_weights",
    "sample_weights",
    "pos_weight",
    "label_smoothing",
    "smoothing",
    "mask",
    "lengths",
    "clip",
    "base",
    "class_names",
    "target_column",
    "dtype",
    "select",
    "ignore",
    "threads",
    "block",
    "progress",
)
"""The arguments of `ce_core.evaluate` that both evaluations are given as they are."""


def compare(
    a: Any,
    b: Any,
    targets: Any = None,
    *,
    task: Task | Mapping[str, Any] | None = None,
    outputs_a: str | None = None,
    outputs_b: str | None = None,
    loss: str | None = None,
    mean_over: MeanOver = "weights",
    slices: Any = (),
    slice_masks: Mapping[str, Any] | None = None,
    test: Test = "bootstrap",
    resamples: int = 10_000,
    seed: int = 0,
    level: float = 0.95,
    **options: Any,
) -> Comparison:
    """Compare two models on the same targets. A is the one that B is held against.

    The difference of a metric is B's mean less A's, with a confidence interval at ``level`` and the two-sided chance p
    of one as large where there is none: by a ``bootstrap`` of pairs (BCa, ``resamples`` from ``seed``), or by
    Student's ``t``. It is of the loss, and where these have a meaning of the accuracy and the Brier score. An example
    is one observation; of sequences and images each item of the first axis is, for its steps are alike (where there
    are few, stretches of steps). Accuracies of examples that count once each are compared by McNemar's exact test.

    Shapes: ``a`` and ``b`` as the predictions of `ce_core.evaluate`, both against ``targets``; the number of classes
    may not differ, but one may hold logits and the other probabilities: then each has its own loss of the same family.
    What ``task`` or its properties say is said of both, ``outputs_a`` and ``outputs_b`` of one alone. Further
    options are those of `evaluate`: weights, mask, lengths, smoothing, clip, base, ``select`` and ``ignore``.

    ``slices`` is a file with one value for each example, the name of a column, a mapping of names to arrays, or a list
    of such: each value is a slice. ``slice_masks`` has by name files or arrays with 1 for what is in the slice.
    Classes and slices are tested by Student's t, corrected for their number (Holm's method).

    Raises `CepickError` for arrays that cannot be read, paired or compared.

    >>> one = compare([[2.0, 0.0], [0.0, 1.0], [1.0, 0.0]], [[3.0, 0.0], [0.0, 3.0], [0.5, 0.0]], [0, 1, 0])
    >>> one.loss, one.contest.a, one.contest.b
    ('sparse_softmax_cross_entropy', 1, 2)
    >>> round(one.differences[0].difference, 4)
    -0.0607
    """
    check_test(test, level, resamples)
    given = _checked(options)
    said = _task(task, given)
    if isinstance(targets, str) and targets == "-":
        raise CepickError("targets: are read once for each model, and standard input only once; pass a file")
    first = _evaluated(a, targets, said, loss, outputs_a, mean_over, given)
    second = _evaluated(b, targets, said, loss, outputs_b, mean_over, given)
    both = Both(a=losses_of(first), b=losses_of(second))
    check_same(first, second, both)
    how: dict[str, Any] = {"test": test, "resamples": resamples, "seed": seed, "level": level}
    tables = [os.fspath(each) for each in (targets, a, b) if isinstance(each, (str, os.PathLike))]
    parts = named_slices(slices, slice_masks or {}, tables, both.a.layout.positions)
    # What steers a NaN or an infinite loss is said in the notes and by the findings.
    with np.errstate(invalid="ignore", over="ignore"):
        differences = tuple(_differences(both, mean_over, how))
        return Comparison(
            a=replace(first, examples=None),
            b=replace(second, examples=None),
            loss=str(second.loss),
            unit=second.unit,
            count=len(both.used),
            differences=differences,
            contest=contest_of(both),
            mcnemar=mcnemar_of(both),
            classes=class_differences(both, level),
            slices=slice_differences(both, parts, level),
            rows=worst_rows(both),
            notes=tuple(_notes(first, second, both, differences[0], mean_over)),
        )


def _checked(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of both evaluations, or refuse one that a comparison does not have."""
    known = (*OPTIONS, *Task.__dataclass_fields__)
    for name in options:
        if name not in known:
            raise CepickError(f"{name}: is no option of a comparison; {did_you_mean(name, known)}")
    return {name: value for name, value in options.items() if value is not None}


def _task(task: Task | Mapping[str, Any] | None, given: dict[str, Any]) -> Task:
    """Return what is said of both models, and take it out of the other options."""
    if isinstance(task, Mapping):
        task = Task.from_mapping(task)
    if task is not None and not isinstance(task, Task):
        raise CepickError(f"task: {task!r} is no task; pass Task(...), or a mapping of its properties")
    properties = {name: given.pop(name) for name in Task.__dataclass_fields__ if name in given}
    return (task or Task()).but(**properties)


def _evaluated(
    predictions: Any,
    targets: Any,
    said: Task,
    loss: str | None,
    outputs: str | None,
    mean_over: MeanOver,
    options: Mapping[str, Any],
) -> Evaluation:
    if outputs is not None:
        said = said.but(outputs=outputs)
        loss = None if loss is None else _given_as(loss, outputs)
    return evaluate(
        predictions, targets, task=said, loss=loss, mean_over=mean_over, keep="examples", **options
    )


def _given_as(loss: str, outputs: str) -> str:
    """Return the loss of the same family that takes outputs given in another way; any other text as it is."""
    name = loss.strip().lower().replace("-", "_")
    if name not in LOSSES:
        return loss
    index = name.startswith("sparse") or name == "nll"
    return counterpart(loss_ids(name)[0], outputs, index=index)


def check_same(first: Evaluation, second: Evaluation, both: Both) -> None:
    """Refuse two models whose losses are not of the same examples, classes and meaning."""
    a, b = both.a, both.b
    one, two = first.predictions, second.predictions
    if a.layout.positions != b.layout.positions:
        raise CepickError(
            f"{two}: is of {_shape(b)} examples, and {one} of {_shape(a)}; pass predictions of the same examples",
            code="CE301",
        )
    if a.classes != b.classes:
        raise CepickError(
            f"{two}: has {b.classes} classes, and {one} {a.classes}; pass models of the same classes",
            code="CE301",
        )
    pairs = a.classes == 2 and not a.of_sets and not b.of_sets
    if not comparable(str(first.loss), str(second.loss), two_outcomes=pairs):
        raise CepickError(
            f"{two}: gives {second.loss}, and {one} {first.loss}, which measure different things; name the loss of "
            "both with loss, or say what they are"
        )
    if a.of_sets != b.of_sets:
        raise CepickError(
            f"{two}: has {'sets of labels' if b.of_sets else 'one class'} for each example, and {one} not; say "
            "whether classes exclude each other"
        )
    if (a.counted != b.counted).any():
        at = int(np.flatnonzero(a.counted != b.counted)[0])
        raise CepickError(
            f"{two}: other positions count than of {one} (the first is {a.layout.row(at)}); say which label to ignore"
        )
    same_form = a.layout.form == b.layout.form and a.layout.units == b.layout.units
    if same_form and a.targets_digest != b.targets_digest and not _renamed(a, b):
        raise CepickError(
            f"{second.targets}: holds other targets than {first.targets}; pass models of the same targets"
        )


def _renamed(a: Examples, b: Examples) -> bool:
    """Tell whether labels differ only since the columns of the classes, which are named, are in another order."""
    one, two = a.prepared.names, b.prepared.names
    if one is None or two is None or set(one) != set(two) or a.of_sets or a.labels is None:
        return False
    assert b.labels is not None
    index = np.array([one.index(name) for name in two])
    return bool((index[b.labels.astype(np.intp)] == a.labels)[a.counted].all())


def _shape(of: Examples) -> str:
    return " x ".join(f"{each:,}" for each in of.layout.positions) or "1"


def _differences(both: Both, over: MeanOver, how: Mapping[str, Any]) -> list[Difference]:
    a, b = both.a, both.b
    found = [difference_of("loss", loss_pairs(a, a.losses, b.losses, over), **how)]
    if a.hits is not None and b.hits is not None:
        found.append(accuracy_difference(a, a.hits, b.hits, **how))
    # Over two columns a Brier score is twice that over one.
    if a.brier is not None and b.brier is not None and a.layout.units == b.layout.units:
        found.append(difference_of("brier", share_pairs(a, a.brier, b.brier), **how))
    return found


def _notes(
    first: Evaluation, second: Evaluation, both: Both, difference: Difference, over: MeanOver
) -> list[str]:
    notes = []
    if first.loss != second.loss:
        notes.append(f"A gives {first.loss} and B {second.loss}: the same loss of what each puts out")
    positions = both.a.layout.positions
    seen = observations(positions, whole=over == "sequences")
    if len(positions) > 1:
        why = (
            f", for there are only {positions[0]} items of the first axis" if positions[0] < FEW_ITEMS else ""
        )
        notes.append(f"one observation is a {seen.noun}: {difference.count:,} of them are compared{why}")
        if both.a.right is not None:
            notes.append("McNemar's test is left out: it takes every step for an observation of its own")
    if difference.resamples is not None and difference.count > GROUPS:
        notes.append(
            f"the bootstrap draws from {GROUPS:,} random groups of the {difference.count:,} observations"
        )
    for name, each in (("A", both.a), ("B", both.b)):
        wild = int(np.count_nonzero(~np.isfinite(each.losses[both.used])))
        if wild:
            notes.append(
                f"the loss of {name} is not finite on {wild:,} example{'' if wild == 1 else 's'}: the difference has "
                "no interval"
            )
    if first.emulation is not None:
        notes.append(f"compared by the exact {second.loss}, not by what {first.emulation.text} prints")
    return notes
