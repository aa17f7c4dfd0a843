"""The loss of two arrays: what they are, which loss fits, its value, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from ce_core import checks
from ce_core.arrays import Source, check_apart, check_output
from ce_core.checks import Case
from ce_core.engines import Progress, Threads, check_engine, engine_of
from ce_core.errors import CepickError
from ce_core.findings import Finding
from ce_core.losses import LOSSES, loss_ids
from ce_core.read.arguments import check_types
from ce_core.read.infer import Inference, View, read_task
from ce_core.read.prepare import Prepared, prepare
from ce_core.read.sampling import Sampling
from ce_core.read.settings import Base, MeanOver, Reduction, Settings, Smoothing
from ce_core.read.wanted import Wanted
from ce_core.selection import Selection
from ce_core.task import Task

from .clips import read_clip
from .evaluation import Evaluation
from .plan import takes_form
from .run import Run, all_facts
from .threads import thread_count, usable_cores


def infer(
    predictions: Any,
    targets: Any = None,
    task: Task | Mapping[str, Any] | None = None,
    *,
    class_names: Sequence[str] | None = None,
    target_column: str | None = None,
    dtype: str | None = None,
    select: str | Sequence[str] | None = None,
    ignore: str | Sequence[str] | None = None,
    parts: Sequence[tuple[str, str]] = (),
    **properties: Any,
) -> Inference:
    """Read the task off two arrays, with the evidence for each property.

    Use it to see what arrays are before choosing a loss. What ``task`` or the properties say wins over what
    the arrays show. Arrays may be of NumPy, PyTorch, JAX, TensorFlow or pandas, or paths of files. ``select`` and
    ``ignore`` say which findings are told (see `ce_core.selection`).

    Raises `CepickError` for arrays that cannot be read or paired.

    >>> found = infer([[2.0, 0.0, -1.0], [0.5, 1.0, 0.0]], [0, 2])
    >>> found.task.outputs, found.task.encoding, found.task.classes
    ('logits', 'index', 3)
    """
    said, chosen = _said(task, properties), Selection.of(select, ignore)
    prepared = prepare(
        predictions,
        targets,
        task=said,
        settings=Settings(),
        class_names=class_names,
        target_column=target_column,
        dtype=dtype,
        parts=parts,
    )
    view = prepared.view(all_facts(prepared, usable_cores()))
    found, evidence, question = read_task(view)
    return chosen.apply(
        Inference(
            task=found,
            evidence=evidence,
            layout=prepared.layout,
            findings=_all_findings(prepared, view, found),
            question=question,
        )
    )


def _all_findings(prepared: Prepared, view: View, task: Task) -> tuple[Finding, ...]:
    """Return what is wrong with two arrays, by the loss that fits them where one does."""
    try:
        run = Run(
            prepared=prepared,
            asked=None,
            keep=False,
            losses_to=None,
            probabilities_to=None,
            engine=Threads(usable_cores()),
        )
        return run.evaluation().findings
    except CepickError:  # no loss takes them as they are: what the arrays show is found all the same
        return checks.run(checks.BEFORE, Case(view=view, task=task))


def evaluate(
    predictions: Any,
    targets: Any = None,
    *,
    task: Task | Mapping[str, Any] | None = None,
    loss: str | None = None,
    loss_options: Mapping[str, Any] | None = None,
    reduction: Reduction = "mean",
    mean_over: MeanOver = "weights",
    labels: str = "mean",
    class_weights: Any = None,
    sample_weights: Any = None,
    pos_weight: Any = None,
    label_smoothing: float = 0.0,
    smoothing: Smoothing = "uniform",
    mask: Any = None,
    lengths: Any = None,
    clip: float | str | None = None,
    base: Base = "nats",
    keep: bool | Literal["examples"] = False,
    losses_to: str | Path | None = None,
    probabilities_to: str | Path | None = None,
    class_names: Sequence[str] | None = None,
    target_column: str | None = None,
    dtype: str | None = None,
    parts: Sequence[tuple[str, str]] = (),
    head: Any = None,
    bias: Any = None,
    sampler: str = "log_uniform",
    num_sampled: int | None = None,
    num_true: int | None = None,
    unique: bool = True,
    remove_accidental_hits: bool | None = None,
    candidates: str | Path | None = None,
    repeats: int = 10,
    seed: int = 0,
    unigrams: Any = None,
    frameworks: bool = False,
    select: str | Sequence[str] | None = None,
    ignore: str | Sequence[str] | None = None,
    threads: int | None = None,
    engine: str = "threads",
    scheduler: str | None = None,
    block: int | None = None,
    progress: Progress | None = None,
    **properties: Any,
) -> Evaluation:
    """Compute the loss of two arrays, say what is wrong with them, and what the number means.

    Use it on a model's predictions and their targets. The task is inferred from the arrays; what ``task`` or
    its properties (``outputs="logits"``, ``ignore_index=-100`` …) say wins. The loss is the one that fits,
    or ``loss``: an id, or a framework's spelling. The property ``targets`` has the name of an argument, and is said by
    ``task=Task(targets="soft")``. A loss's own options are in ``loss_options``, or in brackets
    after its id: ``loss="sigmoid_focal(gamma=2, alpha=0.25)"`` (see `ce_core.loss_options`).

    With the loss l and the weight w of each counted example (see `ce_core.compute.measure`: sample weights × class
    weights) the value is Σ w l divided as ``mean_over`` says (see `ce_core.compute.reduce`), or Σ w l with
    ``reduction="sum"``, or None with ``"none"``, which keeps the losses instead: unweighted, 0 where left out.

    Shapes: predictions ``[N, K]`` with targets ``[N]`` or ``[N, K]``; ``[N]`` with ``[N]``; any rank, with the
    classes along ``class_axis``. Arrays may be of NumPy, PyTorch, JAX, TensorFlow or pandas, or paths of files.
    The value is in nats, or bits with ``base="bits"``. Nothing is clipped unless ``clip`` is given: a number, or the
    name of a framework's way (see `ce_core.compute.clips`). ``smoothing`` says where the mass of ``label_smoothing``
    goes: to every class (``uniform``; half to each outcome that is on its own), to the ``others`` than the true one,
    or as in ``torch``, where the mass on a class has that class's weight.
    Large arrays are walked over by ``threads`` threads (one for each core this process may use), each of which takes at
    most ``block`` bytes of predictions at a time; neither changes a number. With ``engine="dask"`` the workers of
    the ``scheduler`` at an address do so (or of a local cluster of ``threads`` workers, started and closed), each of
    which opens the files by itself: all arrays are paths then, which the workers can read, and nothing row by row is
    kept. The labels, the first block and the samples (of the findings and the temperature) are read by this process.
    ``progress`` is called with how many
    positions are done, and how many there are.
    With ``keep=True`` the answer's ``losses`` has one loss for each example; with ``keep="examples"`` also its
    ``examples``: the weight of each, what is predicted, and whether that is right (see `ce_core.compute.examples`).
    ``losses_to`` and ``probabilities_to`` are files for what is computed on the way: the losses (`.npy`, or
    `.csv` with labels), and the softmax or sigmoid in the predictions' shape.

    With ``head``, the class weights ``[K, D]`` or ``[D, K]`` of the last layer, the first array holds the hidden
    features ``[N, D]`` before it, and the logits ``features @ head.T + bias`` are never held all at once. The loss
    is linear_softmax_cross_entropy; or sampled_softmax or nce, for which ``sampler`` draws ``num_sampled`` classes
    (or ``candidates`` is a file of some), and whose ``estimate`` says how far they are from it.

    Of files, a glob or a folder of shards stands for all of them, in the order people count, and ``parts`` are more
    pairs of files that follow the first.

    A framework's call in place of the loss (``"torch.nn.CrossEntropyLoss(label_smoothing=0.1)"``) gives the number
    that the framework prints; ``emulation`` sets it beside the exact loss. With ``frameworks=True`` the answer's
    ``rosetta`` says what every framework prints on these arrays.

    ``select`` and ``ignore`` say which findings are told, and count (see `ce_core.selection`): codes, slugs or the
    beginnings of codes, such as ``ignore=["CE210", "CE3"]``.

    Raises `CepickError` for arrays that cannot be read or paired, and for modifiers that do not fit.

    >>> answer = evaluate([[2.0, 0.0, -1.0], [0.5, 1.0, 0.0], [3.0, -2.0, 0.0]], [0, 2, 1])
    >>> answer.loss, round(answer.value, 4)
    ('sparse_softmax_cross_entropy', 2.3017)
    """
    chosen = Selection.of(select, ignore)
    check_types(loss=loss, label_smoothing=label_smoothing, clip=clip, class_names=class_names)
    loss, options = (None, {}) if loss is None and not loss_options else _read(loss, loss_options)
    clip, policy = read_clip(clip)
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
        smoothing=smoothing,
        clip=clip,
        clip_policy=policy,
        base=base,
        loss_options=options,
        block=block,
    )
    threads = thread_count(threads)
    check_engine(engine, scheduler)
    if engine == "dask":
        from ce_core.engines.origins import refuse_with_dask

        one_each = reduction if reduction == "none" else None
        whole = {
            "losses_to": losses_to,
            "probabilities_to": probabilities_to,
            "keep": keep,
            "reduction": one_each,
        }
        refuse_with_dask(whole | {"frameworks": frameworks, "head": head is not None})
    for path in (losses_to, probabilities_to):
        if path is not None:
            check_output(str(path))
    check_apart(
        {"losses_to": losses_to, "probabilities_to": probabilities_to},
        {
            "predictions": predictions,
            "targets": targets,
            "class_weights": class_weights,
            "sample_weights": sample_weights,
            "pos_weight": pos_weight,
            "mask": mask,
            "lengths": lengths,
            "head": head,
            "bias": bias,
            "candidates": candidates,
            "unigrams": unigrams,
        },
    )
    call = None
    if loss is not None and head is None:
        from .emulated import framework_call

        call = framework_call(loss)
    if call is not None:
        from .emulated import evaluate_call, refuse, with_framework

        if engine == "dask":
            raise CepickError(
                "loss: a framework's call is computed by the engine 'threads' only; name the loss itself"
            )
        told = (("reduction", reduction, "mean"), ("mean_over", mean_over, "weights"), ("clip", clip, None))
        refuse(call, (*told, ("base", base, "nats")))
        prepared = prepare(
            predictions,
            targets,
            task=with_framework(call, _said(task, properties)),
            settings=settings,
            class_names=class_names,
            target_column=target_column,
            dtype=dtype,
            parts=parts,
        )
        answer = evaluate_call(
            call,
            prepared,
            evaluate,
            weights={
                "class_weights": settings.class_weights,
                "sample_weights": settings.sample_weights,
                "pos_weight": settings.pos_weight,
            },
            label_smoothing=label_smoothing,
            labels=labels,
            mask=settings.mask,
            lengths=settings.lengths,
            keep=keep,
            losses_to=losses_to,
            probabilities_to=probabilities_to,
            frameworks=frameworks,
            threads=threads,
            block=block,
            progress=progress,
        )
        return chosen.apply(answer)
    sampling = Sampling(
        sampler=sampler,
        num_sampled=num_sampled,
        num_true=num_true,
        unique=unique,
        remove_accidental_hits=remove_accidental_hits,
        candidates=None if candidates is None else str(candidates),
        repeats=repeats,
        seed=seed,
        unigrams=unigrams,
    )
    ids = () if loss is None else loss_ids(loss)
    said = _with_weights(_said(task, properties), settings)
    keeping = bool(keep) or reduction == "none" or losses_to is not None
    if head is not None or (loss is not None and LOSSES[ids[0]].given == "features"):
        from .from_features import evaluate_features, features_loss

        if engine == "dask":
            raise CepickError("engine: dask reads predictions, not features; use threads")
        if keep == "examples":
            raise CepickError(
                "keep: 'examples' are of predictions, not of features; pass keep=True for the losses"
            )
        if parts:
            raise CepickError("parts: of features are not read; join them into one file")
        if frameworks:
            raise CepickError(
                "frameworks: what they print is computed from logits, which are never held with a head; leave it out"
            )
        answer = evaluate_features(
            predictions,
            targets,
            loss=features_loss(loss, ids),
            head=head,
            bias=bias,
            sampling=sampling,
            task=said,
            settings=settings,
            keep=keeping,
            losses_to=losses_to,
            probabilities_to=probabilities_to,
            class_names=class_names,
            target_column=target_column,
            dtype=dtype,
        )
        return chosen.apply(answer)
    if bias is not None:
        raise CepickError("bias: goes with a head, the weights of the last layer; pass --head FILE too")
    sampling.refuse_for(loss or "a loss of predictions")
    if loss is not None:
        ids = _computed(loss, ids)
        said = _with_outputs(said, ids)
        said, settings = _completed(loss, said, ids, settings)
    wanted = _wanted(ids, settings)
    _check_parts(ids, settings, probabilities_to)
    beside = {"mask": mask, "lengths": lengths, "sample_weights": sample_weights}
    where: dict[str, Any] = {"parts": parts, "target_column": target_column, "dtype": dtype}
    given = where | {"predictions": predictions, "targets": targets, "beside": beside}
    with engine_of(engine, scheduler, threads, **given) as working:
        prepared = prepare(
            predictions,
            targets,
            task=said,
            settings=settings,
            class_names=class_names,
            wanted=wanted,
            **where,
        )
        asked = None if loss is None else _of_the_targets(loss, ids, prepared)
        if asked == "sigmoid_cross_entropy" and pos_weight is not None:
            asked = "weighted_sigmoid_cross_entropy"
        answer = Run(
            prepared=prepared,
            asked=asked,
            keep=keeping,
            losses_to=losses_to,
            probabilities_to=probabilities_to,
            engine=working,
            progress=progress,
            examples=keep == "examples",
        ).evaluation()
    answer = chosen.apply(answer)
    if not frameworks:
        return answer
    from .emulated import side_by_side

    return replace(answer, rosetta=side_by_side(prepared, answer))


_KINDS = {"numbers": "regression", "regions": "overlap"}
"""The kind of task that a family of losses is for, where that is no classification."""


def _read(loss: str | None, given: Mapping[str, Any] | None) -> tuple[str, dict[str, Any]]:
    """Return the loss's name and its options, from both places where they may be said."""
    if loss is None:
        raise CepickError("loss_options: go with a loss, and none was asked for; pass loss too")
    from ce_core.loss_options import read_loss

    return read_loss(loss, given)


def _completed(
    name: str, said: Task, candidates: tuple[str, ...], settings: Settings
) -> tuple[Task, Settings]:
    """Return the kind of task that a loss is for, and the options of a loss that a framework's name stands for."""
    row = LOSSES[candidates[0]]
    if said.kind is None and row.family in _KINDS:
        said = said.but(kind=_KINDS[row.family])
    if len(candidates) == 1 and candidates[0] != name:
        from ce_core.loss_options import checked

        settings = replace(settings, loss_options=checked(candidates[0], {}))
    return said, settings


def _wanted(candidates: tuple[str, ...], settings: Settings) -> Wanted:
    if len(candidates) != 1:
        return Wanted()
    return Wanted.by(LOSSES[candidates[0]], log_targets=bool(settings.loss_options.get("log_targets")))


def _check_parts(
    candidates: tuple[str, ...], settings: Settings, probabilities_to: str | Path | None
) -> None:
    """Refuse what a loss has no part for: sequences within examples, probabilities of scores."""
    if not candidates:
        return
    row = LOSSES[candidates[0]]
    if settings.lengths is not None and row.reading(1) == "examples":
        raise CepickError(
            f"lengths: {row.id} takes each example as a whole; pass a mask of the predictions' shape"
        )
    if probabilities_to is not None and row.family in {"scores", "numbers"}:
        raise CepickError(
            f"probabilities_to: {row.id} takes scores, which are no probabilities; leave it out"
        )


def _said(task: Task | Mapping[str, Any] | None, properties: dict[str, Any]) -> Task:
    if isinstance(task, Mapping):
        task = Task.from_mapping(task)
    if task is not None and not isinstance(task, Task):
        raise CepickError(f"task: {task!r} is no task; pass Task(...), or a mapping of its properties")
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
    if takes == "scores" or any(LOSSES[each].also_given for each in candidates):
        return task
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
    if value is None:
        return None
    from ce_core.arrays import from_object

    return from_object(value, name)
