"""The loss of two arrays: what they are, which loss fits, its value, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ce_core import checks
from ce_core.arrays import Source, check_output, from_object
from ce_core.checks import Case
from ce_core.errors import CepickError
from ce_core.losses import LOSSES, loss_ids
from ce_core.read.infer import Inference, read_task
from ce_core.read.prepare import Prepared, prepare
from ce_core.read.settings import Base, MeanOver, Reduction, Settings
from ce_core.task import Task

from .evaluation import Evaluation
from .plan import takes_form
from .run import Run, all_facts


def infer(
    predictions: Any,
    targets: Any = None,
    task: Task | None = None,
    *,
    class_names: Sequence[str] | None = None,
    target_column: str | None = None,
    dtype: str | None = None,
    **properties: Any,
) -> Inference:
    """Read the task off two arrays, with the evidence for each property.

    Use it to see what arrays are before choosing a loss. What ``task`` or the properties say wins over what
    the arrays show. Arrays may be of NumPy, PyTorch, JAX, TensorFlow or pandas, or paths of files.

    Raises `CepickError` for arrays that cannot be read or paired.

    >>> found = infer([[2.0, 0.0, -1.0], [0.5, 1.0, 0.0]], [0, 2])
    >>> found.task.outputs, found.task.encoding, found.task.classes
    ('logits', 'index', 3)
    """
    said = _said(task, properties)
    prepared = prepare(
        predictions,
        targets,
        task=said,
        settings=Settings(),
        class_names=class_names,
        target_column=target_column,
        dtype=dtype,
    )
    view = prepared.view(all_facts(prepared))
    found, evidence, question = read_task(view)
    case = Case(view=view, task=found)
    return Inference(
        task=found,
        evidence=evidence,
        layout=prepared.layout,
        findings=checks.run(checks.BEFORE, case),
        question=question,
    )


def evaluate(
    predictions: Any,
    targets: Any = None,
    *,
    task: Task | None = None,
    loss: str | None = None,
    reduction: Reduction = "mean",
    mean_over: MeanOver = "weights",
    labels: str = "mean",
    class_weights: Any = None,
    sample_weights: Any = None,
    pos_weight: Any = None,
    label_smoothing: float = 0.0,
    mask: Any = None,
    lengths: Any = None,
    clip: float | None = None,
    base: Base = "nats",
    keep: bool = False,
    losses_to: str | Path | None = None,
    probabilities_to: str | Path | None = None,
    class_names: Sequence[str] | None = None,
    target_column: str | None = None,
    dtype: str | None = None,
    **properties: Any,
) -> Evaluation:
    """Compute the loss of two arrays, say what is wrong with them, and what the number means.

    Use it on a model's predictions and their targets. The task is inferred from the arrays; what ``task`` or
    its properties (``outputs="logits"``, ``ignore_index=-100`` …) say wins. The loss is the one that fits,
    or ``loss``: an id, or a framework's spelling.

    With the loss l and the weight w of each counted example (see `ce_core.compute.measure`: sample weights × class
    weights) the value is Σ w l divided as ``mean_over`` says (see `ce_core.compute.reduce`), or Σ w l with
    ``reduction="sum"``, or None with ``"none"``, which keeps the losses instead: unweighted, 0 where left out.

    Shapes: predictions ``[N, K]`` with targets ``[N]`` or ``[N, K]``; ``[N]`` with ``[N]``; any rank, with the
    classes along ``class_axis``. Arrays may be of NumPy, PyTorch, JAX, TensorFlow or pandas, or paths of files.
    The value is in nats, or bits with ``base="bits"``. Nothing is clipped unless ``clip`` is given.
    ``losses_to`` and ``probabilities_to`` are files for what is computed on the way: the losses (`.npy`, or
    `.csv` with labels), and the softmax or sigmoid in the predictions' shape.

    Raises `CepickError` for arrays that cannot be read or paired, and for modifiers that do not fit.

    >>> answer = evaluate([[2.0, 0.0, -1.0], [0.5, 1.0, 0.0], [3.0, -2.0, 0.0]], [0, 2, 1])
    >>> answer.loss, round(answer.value, 4)
    ('sparse_softmax_cross_entropy', 2.3017)
    """
    settings = Settings(
        reduction=reduction,
        mean_over=mean_over,
        labels=labels,
        class_weights=_source(class_weights, "class_weights"),
        sample_weights=_source(sample_weights, "sample_weights"),
        pos_weight=_source(pos_weight, "pos_weight"),
        label_smoothing=label_smoothing,
        mask=_source(mask, "mask"),
        lengths=_source(lengths, "lengths"),
        clip=clip,
        base=base,
    )
    for path in (losses_to, probabilities_to):
        if path is not None:
            check_output(str(path))
    candidates = () if loss is None else loss_ids(loss)
    said = _with_weights(_said(task, properties), settings)
    if loss is not None:
        candidates = _computed(loss, candidates)
        said = _with_outputs(said, candidates)
    prepared = prepare(
        predictions,
        targets,
        task=said,
        settings=settings,
        class_names=class_names,
        target_column=target_column,
        dtype=dtype,
    )
    asked = None if loss is None else _of_the_targets(loss, candidates, prepared)
    if asked == "sigmoid_cross_entropy" and pos_weight is not None:
        asked = "weighted_sigmoid_cross_entropy"
    keeping = keep or reduction == "none" or losses_to is not None
    return Run(
        prepared=prepared, asked=asked, keep=keeping, losses_to=losses_to, probabilities_to=probabilities_to
    ).evaluation()


def _said(task: Task | None, properties: dict[str, Any]) -> Task:
    unknown = [name for name in properties if name not in Task.__dataclass_fields__]
    if unknown:
        from ce_core.errors import did_you_mean

        raise CepickError(
            f"{unknown[0]}: no such property; {did_you_mean(unknown[0], Task.__dataclass_fields__)}"
        )
    return (task or Task()).but(**properties) if properties else task or Task()


def _with_weights(task: Task, settings: Settings) -> Task:
    """Return the task with the weights that are in use."""
    given = {
        "sample": settings.sample_weights,
        "class": settings.class_weights,
        "positive": settings.pos_weight,
    }
    used = tuple(name for name, weights in given.items() if weights is not None)
    return task.but(weights=used) if used else task


def _computed(name: str, candidates: tuple[str, ...]) -> tuple[str, ...]:
    """Return the losses among those a name may stand for that this version computes."""
    computed = tuple(each for each in candidates if LOSSES[each].computed)
    if not computed:
        raise CepickError(
            f"{name}: is in the catalogue, but this version does not compute it; see 'cepick losses'"
        )
    return computed


def _with_outputs(task: Task, candidates: tuple[str, ...]) -> Task:
    """Return the task with what the asked loss takes the predictions for."""
    given = {LOSSES[each].given for each in candidates}
    if len(given) > 1:
        return task
    takes = given.pop()
    if task.outputs is not None and task.outputs != takes:
        raise CepickError(
            f"{candidates[0]}: takes {takes.replace('_', '-')}, and outputs {task.outputs!r} was said; leave out one"
        )
    return task.but(outputs=takes)


def _of_the_targets(name: str, candidates: tuple[str, ...], prepared: Prepared) -> str:
    """Return the one loss of a function that serves several: the one that takes targets of this form."""
    outputs = prepared.said.outputs
    fitting = [
        each
        for each in candidates
        if takes_form(LOSSES[each], prepared.layout) and outputs in {None, LOSSES[each].given}
    ]
    if len(fitting) == 1 or len(candidates) == 1:
        return (fitting or list(candidates))[0]
    raise CepickError(
        f"{name}: is {' or '.join(candidates)}, depending on the arrays that it is given; name one of them"
    )


def _source(value: Any, name: str) -> Source | None:
    return None if value is None else from_object(value, name)
