"""The loss of two arrays: what they are, which loss fits, its value, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import add
from pathlib import Path
from typing import Any

import numpy as np

from . import checks
from .arrays import Source, check_output, from_object, write_array
from .checks import Case
from .counting import Block
from .diagnose import diagnose
from .errors import CepickError
from .evaluation import Base, Diagnostics, Evaluation, MeanOver, Reduction
from .facts import PredictionFacts, TargetFacts
from .findings import Finding
from .infer import Inference, View, read_task
from .losses import LOSSES, loss_id
from .measure import Measured, measure
from .plan import Plan, Settings, make_plan
from .prepare import Prepared, prepare
from .recommend import fits, follow
from .reduce import reduced
from .sums import Partial
from .task import Evidence, Task

_Facts = tuple[PredictionFacts, TargetFacts]

_NO_VALUE = frozenset({"CE201", "CE202", "CE209"})
"""The findings after which no loss can be computed."""


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
    view = prepared.view(_facts(prepared))
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

    Shapes: predictions ``[N, K]`` with targets ``[N]`` or ``[N, K]``; ``[N]`` with ``[N]``; any rank, with the
    classes along ``class_axis``. Arrays may be of NumPy, PyTorch, JAX, TensorFlow or pandas, or paths of files.
    The value is in nats, or bits with ``base="bits"``. Nothing is clipped unless ``clip`` is given.

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
            check_output(path)
    asked = None if loss is None else loss_id(loss)
    if asked == "sigmoid_cross_entropy" and pos_weight is not None:
        asked = "weighted_sigmoid_cross_entropy"
    said = _with_loss(_with_weights(_said(task, properties), settings), asked)
    prepared = prepare(
        predictions,
        targets,
        task=said,
        settings=settings,
        class_names=class_names,
        target_column=target_column,
        dtype=dtype,
    )
    keeping = keep or reduction == "none" or losses_to is not None
    return _Run(
        prepared=prepared, asked=asked, keep=keeping, losses_to=losses_to, probabilities_to=probabilities_to
    ).evaluation()


def _said(task: Task | None, properties: dict[str, Any]) -> Task:
    unknown = [name for name in properties if name not in Task.__dataclass_fields__]
    if unknown:
        from .errors import did_you_mean

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


def _with_loss(task: Task, asked: str | None) -> Task:
    """Return the task with what the asked loss takes the predictions for."""
    if asked is None:
        return task
    row = LOSSES[asked]
    if not row.computed:
        raise CepickError(
            f"{asked}: is in the catalogue, but this version does not compute it; see 'cepick losses'"
        )
    if task.outputs is not None and task.outputs != row.given:
        raise CepickError(
            f"{asked}: takes {row.given.replace('_', '-')}, and outputs {task.outputs!r} was said; leave out one"
        )
    return task.but(outputs=row.given)


def _source(value: Any, name: str) -> Source | None:
    return None if value is None else from_object(value, name)


def _facts(prepared: Prepared) -> _Facts:
    """Return what all the values show, in a pass of its own."""
    parts = [prepared.facts_of(prepared.counting.block(span)) for span in prepared.spans()]
    return _sum(facts for facts, _ in parts), _sum_targets(facts for _, facts in parts)


def _sum(parts: Iterable[PredictionFacts]) -> PredictionFacts:
    return reduce(add, parts, PredictionFacts())


def _sum_targets(parts: Iterable[TargetFacts]) -> TargetFacts:
    return reduce(add, parts, TargetFacts())


@dataclass(frozen=True, kw_only=True, eq=False)
class _Choice:
    """What was decided from the facts: the task, the loss, and its plan."""

    view: View
    task: Task
    evidence: tuple[Evidence, ...]
    loss: str | None
    also_fit: tuple[str, ...] = ()
    question: str | None = None
    asks: str | None = None
    instead: str | None = None
    findings: tuple[Finding, ...] = ()
    plan: Plan | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class _Pass:
    """What one walk over the arrays brought."""

    facts: _Facts
    partial: Partial
    losses: np.ndarray | None
    probabilities: np.ndarray | None
    rows: dict[str, np.ndarray] | None


@dataclass(frozen=True, kw_only=True, eq=False)
class _Run:
    """One evaluation."""

    prepared: Prepared
    asked: str | None
    keep: bool
    losses_to: str | Path | None
    probabilities_to: str | Path | None

    def evaluation(self) -> Evaluation:
        """Decide on the first block, compute, and decide again on all that was seen: usually the same."""
        first = self.prepared.counting.block(next(self.prepared.spans()))
        guess = self._choose(self.prepared.facts_of(first))
        walked = self._walk(guess.plan, first)
        choice = self._choose(walked.facts)
        if choice.plan is None:
            return self._answer(choice, None)
        if guess.plan is None or not choice.plan.same_pass(guess.plan):
            walked = self._walk(choice.plan, first)
        answer = self._answer(choice, walked)
        self._write(choice, walked)
        return answer

    def _choose(self, facts: _Facts) -> _Choice:
        """Infer the task from facts, and settle the loss and its plan."""
        view = self.prepared.view(facts)
        task, evidence, question = read_task(view)
        findings = checks.run(
            checks.BEFORE, Case(view=view, task=task, loss=self.asked, asked=bool(self.asked))
        )
        codes = {each.code for each in findings}
        base = _Choice(view=view, task=task, evidence=evidence, loss=self.asked, findings=findings)
        if "CE209" in codes and self.asked is None:
            return replace(base, instead="mean_squared_error")
        if self.asked is None:
            base = self._fitting(base, question)
            if base.loss is None:
                return base
            again = Case(view=view, task=task, loss=base.loss)
            base = replace(base, findings=checks.run(checks.BEFORE, again))
        if codes & _NO_VALUE or view.prediction_facts.rows == 0:
            make_plan(str(base.loss), self.prepared.layout, self.prepared.settings)
            return base if codes & _NO_VALUE else replace(base, plan=self._plan(base))
        return replace(base, plan=self._plan(base))

    def _fitting(self, choice: _Choice, question: str | None) -> _Choice:
        """Settle the loss that fits the inferred task, or leave it open."""
        if question is not None:
            return replace(choice, question=question, asks="outputs")
        task = follow(choice.task)[0]
        if task.kind == "classification" and task.target_range == "real":
            task = task.but(target_range=None)  # a finding says what is wrong with the targets
        fitting = [loss for loss in fits(task) if loss.computed]
        if fitting:
            ids = tuple(loss.id for loss in fitting)
            return replace(choice, loss=ids[0], also_fit=ids[1:])
        from .recommend import recommend

        answer = recommend(choice.task)
        return replace(choice, question=answer.question, asks=answer.asks, instead=answer.instead)

    def _plan(self, choice: _Choice) -> Plan:
        view = choice.view
        clamp = LOSSES[str(choice.loss)].given == "probabilities" and view.in_unit_interval
        facts = view.prediction_facts
        return make_plan(
            str(choice.loss),
            self.prepared.layout,
            self.prepared.settings,
            clamp=clamp and (facts.low < 0 or facts.high > 1),
            soft=view.layout.form == "rows" and not view.target_facts.hard and bool(view.target_facts.rows),
        )

    def _walk(self, plan: Plan | None, first: Block) -> _Pass:
        """Walk over all blocks once: what they show, and under a plan their sums."""
        prepared = self.prepared
        keeper = _Keeper(prepared, keep=self.keep, probabilities=self.probabilities_to is not None)
        facts: list[_Facts] = []
        partial = Partial()
        sequences = len(prepared.layout.positions) > 1
        for span in prepared.spans():
            block = first if span == first.span else prepared.counting.block(span)
            facts.append(prepared.facts_of(block))
            if plan is not None:
                measured = measure(block, plan, sequences=sequences)
                partial += measured.partial
                keeper.take(measured, block)
        return _Pass(
            facts=(_sum(each for each, _ in facts), _sum_targets(each for _, each in facts)),
            partial=partial,
            losses=keeper.losses,
            probabilities=keeper.probabilities,
            rows=keeper.rows,
        )

    def _answer(self, choice: _Choice, walked: _Pass | None) -> Evaluation:
        prepared, settings = self.prepared, self.prepared.settings
        plan = choice.plan
        partial = walked.partial if walked is not None else Partial()
        findings = choice.findings
        value = None
        diagnostics = Diagnostics(count=0, ignored=0, unit=settings.base)
        if plan is not None:
            value = reduced(partial, plan)
            case = Case(
                view=choice.view,
                task=choice.task,
                loss=choice.loss,
                asked=bool(self.asked),
                plan=plan,
                partial=partial,
                again=lambda **changes: self._again(plan, **changes),
            )
            findings = checks.in_order((*findings, *checks.run(checks.AFTER, case)))
            diagnostics = diagnose(partial, plan, prepared.names, prepared.predictions)
        status = "decided" if choice.loss else "not_a_cross_entropy" if choice.instead else "undecided"
        first, second = prepared.predictions, prepared.targets
        return Evaluation(
            status=status,  # type: ignore[arg-type]
            loss=choice.loss,
            value=value,
            reduction=settings.reduction,
            mean_over=settings.mean_over,
            unit=settings.base,
            count=partial.count,
            ignored=partial.positions - partial.count,
            task=choice.task,
            predictions=first.name,
            targets=second.name,
            shapes=(first.array.shape, second.array.shape),
            dtypes=(_dtype(first), _dtype(second)),
            clip=settings.clip,
            label_smoothing=settings.label_smoothing,
            also_fit=choice.also_fit,
            question=choice.question,
            asks=choice.asks,
            instead=choice.instead,
            evidence=choice.evidence,
            notes=prepared.notes + _notes(plan),
            findings=findings,
            diagnostics=diagnostics,
            losses=walked.losses if walked is not None else None,
        )

    def _again(self, plan: Plan, *, clip: float | None = None, constant_target: bool = False) -> float | None:
        """Return the mean loss under a clip, or with every target replaced by their mean."""
        changed = (
            replace(plan, settings=replace(plan.settings, clip=clip, reduction="mean")) if clip else plan
        )
        changed = replace(changed, settings=replace(changed.settings, reduction="mean"))
        constant = None
        if constant_target:
            targets = np.asarray(self.prepared.targets.array, dtype=np.float64)
            constant = float(targets.mean())
        partial = Partial()
        for span in self.prepared.spans():
            block = self.prepared.counting.block(span)
            if constant is not None:
                block = replace(block, targets=np.full(block.targets.shape, constant))
            partial += measure(block, changed, sequences=changed.settings.mean_over == "sequences").partial
        return reduced(partial, changed)

    def _write(self, choice: _Choice, walked: _Pass) -> None:
        if self.probabilities_to is not None and walked.probabilities is not None:
            write_array(self.probabilities_to, walked.probabilities)
        if self.losses_to is None or walked.losses is None:
            return
        if str(self.losses_to).endswith(".csv") and walked.rows is not None:
            from .losses_csv import write_losses_csv

            write_losses_csv(self.losses_to, walked.rows, self.prepared.layout, self.prepared.names)
        else:
            write_array(self.losses_to, walked.losses)


def _dtype(source: Source) -> str:
    return source.precision if source.precision == "bfloat16" else str(source.array.dtype)


def _notes(plan: Plan | None) -> tuple[str, ...]:
    if plan is not None and plan.clamp:
        return ("probabilities outside [0, 1] by rounding only were taken as 0 or 1",)
    return ()


class _Keeper:
    """Keeps what is wanted row by row: losses, probabilities, and the columns of the CSV."""

    def __init__(self, prepared: Prepared, *, keep: bool, probabilities: bool) -> None:
        layout = prepared.layout
        self._layout = layout
        self.losses = np.zeros(layout.positions) if keep else None
        self.probabilities: np.ndarray | None = None
        self._by_row: np.ndarray | None = None
        if probabilities:
            self._by_row = np.full(
                (layout.rows, layout.units), np.nan, dtype=_float_type(prepared.predictions)
            )
            self.probabilities = _as_predictions(self._by_row, layout)
        self.rows: dict[str, np.ndarray] | None = None
        if keep:
            self.rows = {
                "counted": np.zeros(layout.rows, dtype=bool),
                "label": np.empty(layout.rows, dtype=object),
                "prediction": np.empty(layout.rows, dtype=object),
                "probability": np.zeros(layout.rows),
                "loss": np.zeros(layout.rows),
            }

    def take(self, measured: Measured, block: Block) -> None:
        """Keep one block's rows."""
        if self.losses is not None and self.rows is not None:
            self.losses.reshape(-1)[measured.numbers] = measured.losses
            self.rows["counted"][measured.numbers] = True
            self.rows["label"][measured.numbers] = _entries(measured.labels)
            self.rows["prediction"][measured.numbers] = _entries(measured.predicted)
            self.rows["probability"][measured.numbers] = measured.true_probability
            self.rows["loss"][measured.numbers] = measured.losses
        if self._by_row is not None:
            self._by_row[measured.numbers] = measured.probabilities


def _entries(values: np.ndarray) -> np.ndarray:
    """Return one entry a row: the class, or the numbers of the true labels."""
    entries = np.empty(len(values), dtype=object)
    if values.ndim == 1:
        entries[:] = values.tolist()
    else:
        entries[:] = [tuple(np.flatnonzero(row > 0.5).tolist()) for row in values]
    return entries


def _float_type(source: Source) -> Any:
    return source.array.dtype if source.array.dtype in (np.float32, np.float64) else np.float32


def _as_predictions(by_row: np.ndarray, layout: Any) -> np.ndarray:
    """Return rows [N, K] as a view of the predictions' shape, with the classes where they were."""
    if not layout.class_axes:
        return by_row.reshape(layout.predictions)
    if len(layout.class_axes) > 1:
        sizes = tuple(layout.predictions[axis] for axis in layout.class_axes)
        by_row = by_row.reshape(*layout.positions, *sizes)
        return np.moveaxis(by_row, range(-len(sizes), 0), layout.class_axes)
    return np.moveaxis(by_row.reshape(*layout.positions, layout.units), -1, layout.class_axes[0])
