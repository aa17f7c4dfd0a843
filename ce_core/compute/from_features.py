"""A loss from hidden features and the last layer, whose N × K logits are never held."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ce_core import checks
from ce_core.arrays import Source, write_array
from ce_core.checks import Case
from ce_core.checks.case import plural
from ce_core.errors import CepickError
from ce_core.findings import Finding, in_order
from ce_core.kernels.features import BLOCK
from ce_core.losses import LOSSES
from ce_core.read.facts import ROWS_NAMED, PredictionFacts, TargetFacts
from ce_core.read.infer import View, read_task
from ce_core.read.prepare import Prepared, prepare
from ce_core.read.sampling import Sampling
from ce_core.read.settings import Settings
from ce_core.task import Evidence, Task

from .diagnose import diagnose
from .evaluation import Diagnostics, Evaluation
from .feature_inputs import FeatureInputs, read_features
from .feature_rows import FeatureRows
from .keep import Keeper
from .plan import Plan, make_plan
from .reduce import reduced
from .sums import Partial
from .temperature import best_temperature

EXACT = "linear_softmax_cross_entropy"
SAME_FROM_LOGITS = "sparse_softmax_cross_entropy"
"""The loss that gives the same numbers on the logits: its plan is the plan here."""
_NO_VALUE = frozenset({"CE201", "CE202", "CE209"})
"""The findings after which no loss can be computed."""


def features_loss(name: str | None, ids: tuple[str, ...]) -> str:
    """Return the loss from hidden features that was asked for, or refuse one that takes something else.

    >>> features_loss(None, ())
    'linear_softmax_cross_entropy'
    """
    found = [each for each in ids if LOSSES[each].given == "features"]
    if name is None or found:
        return found[0] if found else EXACT
    raise CepickError(
        f"{name}: takes {LOSSES[ids[0]].given.replace('_', '-')}, and with --head the first array holds hidden "
        "features; leave out --head, or use linear_softmax_cross_entropy, sampled_softmax or nce"
    )


def evaluate_features(
    features: Any,
    labels: Any,
    *,
    loss: str,
    head: Any,
    bias: Any,
    sampling: Sampling,
    task: Task,
    settings: Settings,
    keep: bool,
    losses_to: str | Path | None,
    probabilities_to: str | Path | None,
    class_names: Sequence[str] | None,
    target_column: str | None,
    dtype: str | None,
) -> Evaluation:
    """Compute a loss from hidden features, the last layer's weights and biases, and labels.

    Use `ce_core.evaluate`, which calls this where a ``head`` is given.

    Shapes: features [..., D], labels of the shape before D (of a sampled loss with ``num_true`` more at the end),
    head [K, D] or [D, K], bias [K].

    Raises:
        CepickError: for arrays that do not fit, and options that do not go with the loss.
    """
    if head is None:
        raise CepickError(
            f"{loss}: takes hidden features and the last layer's weights; pass --head FILE, and --bias FILE if it has "
            "biases"
        )
    if probabilities_to is not None:
        raise CepickError(
            "probabilities_to: the probabilities of every class would be as large as the logits, which are never "
            "held; leave it out"
        )
    if loss == EXACT:
        sampling.refuse_for(loss)
    elif settings.label_smoothing:
        raise CepickError(f"label_smoothing: {loss} has none; leave it out, or use {EXACT}")
    if task.outputs not in {None, "logits"}:
        raise CepickError(
            f"outputs: {task.outputs!r} was said, and features times a head are logits; leave it out"
        )
    if task.class_axis not in {None, -1}:
        raise CepickError(
            f"class_axis: {task.class_axis!r} was said, and the last axis of features is no class axis; leave it out"
        )
    inputs = read_features(
        features,
        labels,
        head,
        bias,
        num_true=sampling.num_true,
        loss=loss,
        target_column=target_column,
        dtype=dtype,
    )
    prepared = prepare(
        inputs.logits_source(),
        inputs.first_labels,
        task=task.but(class_axis=-1, outputs="logits", encoding=task.encoding or "index"),
        settings=settings,
        class_names=class_names,
    )
    if inputs.labels.precision == "text" and prepared.names is None:
        raise CepickError(
            f"{inputs.labels.name}: holds text, and what names the {inputs.classes} classes of {inputs.head.name} was "
            "not said; pass class indices, or the head as a CSV with a column under each class's name"
        )
    return _Run(
        loss=loss,
        inputs=inputs,
        prepared=prepared,
        said=task,
        sampling=sampling,
        keep=keep,
        losses_to=losses_to,
    ).evaluation()


@dataclass(frozen=True, kw_only=True, eq=False)
class _Run:
    """One evaluation from features."""

    loss: str
    inputs: FeatureInputs
    prepared: Prepared
    said: Task
    sampling: Sampling
    keep: bool
    losses_to: str | Path | None

    def evaluation(self) -> Evaluation:
        """Return the answer, and write the file that was asked for."""
        view = self.prepared.view((PredictionFacts(negative_infinite=self._masked_classes), TargetFacts()))
        task, evidence = self._task(view)
        case = Case(view=view, task=task, loss=EXACT, asked=True)
        findings = checks.run(checks.BEFORE, case)
        if view.unreadable_labels or any(each.code in _NO_VALUE for each in findings):
            return self._answer(task, evidence, findings)
        rows = FeatureRows(inputs=self.inputs, prepared=self.prepared, plan=self._plan())
        plan = rows.plan
        keeper = Keeper(
            self.prepared,
            losses=self.keep,
            probabilities=False,
            columns=str(self.losses_to).endswith(".csv"),
        )
        partial, bad = rows.walk(keeper)
        after = replace(case, plan=plan, partial=partial)
        findings = in_order((*findings, *self._not_finite(case, bad), *checks.run(checks.AFTER, after)))
        answer = replace(
            self._answer(task, evidence, findings, partial),
            value=reduced(partial, plan),
            diagnostics=self._diagnostics(rows, partial),
        )
        if self.loss != EXACT and partial.count:
            from .sampled import Draws, draw_estimate

            draws = Draws(loss=self.loss, options=self.sampling, rows=rows)
            estimate, value, notes = draw_estimate(draws, partial, keeper)
            answer = replace(answer, estimate=estimate, value=value, notes=answer.notes + notes)
        self._write(keeper)
        return replace(answer, losses=keeper.losses)

    def _plan(self) -> Plan:
        """Return the plan of the loss on logits that gives the same numbers."""
        layout, settings = self.prepared.layout, self.prepared.settings
        make_plan(
            EXACT, layout, replace(settings, smoothing="uniform")
        )  # its errors name the loss that is meant
        plan = make_plan(SAME_FROM_LOGITS, layout, settings)
        if plan.weighted_smoothing:
            raise CepickError(
                "smoothing: 'torch' with class weights takes every class's own weight, and the logits of all classes "
                "are never held; use 'uniform', or leave out --class-weights"
            )
        return plan

    @property
    def _masked_classes(self) -> int:
        biases = self.inputs.biases
        return 0 if biases is None else int(np.count_nonzero(biases == -np.inf))

    def _not_finite(self, case: Case, bad: list[int]) -> Iterator[Finding]:
        """CE101: rows whose logits are not finite, and which array makes them so."""
        if not bad:
            return
        inputs = self.inputs
        arrays = [
            (inputs.head.name, inputs.weights),
            *([] if inputs.bias is None or inputs.biases is None else [(inputs.bias.name, inputs.biases)]),
        ]
        rows = inputs.features.whole.reshape(-1, inputs.features.array.shape[-1])
        of_features = [number for number in bad if not np.isfinite(rows[number].astype(np.float64)).all()]
        wrong = [name for name, array in arrays if _wild(array, masks=array.ndim == 1)]
        if of_features:
            wrong.insert(0, inputs.features.name)
        where = f"in {' and '.join(wrong)}" if wrong else "in the products, which leave the range of numbers"
        yield case.finding(
            "CE101",
            f"the logits of {plural(len(bad), 'row', 'are')} not finite",
            because=f"NaN or infinity {where}: a row whose loss is NaN makes the mean NaN",
            remedy="find where the model overflows (learning rate, 16-bit range, log or division of 0), or leave the "
            "rows out with --mask",
            count=len(bad),
            rows=bad[:ROWS_NAMED],
        )

    def _diagnostics(self, rows: FeatureRows, partial: Partial) -> Diagnostics:
        found = diagnose(partial, rows.plan, self.prepared.names, self.prepared.predictions)
        if self.inputs.several is not None:
            # With several true classes an example is neither right nor wrong.
            return replace(found, accuracy=None, top5_accuracy=None, brier=None, mean_confidence=None)
        if found.mean is None or not np.isfinite(found.mean):
            return found
        return replace(
            found, temperature=best_temperature(rows.sample(), rows.plan, found.mean, partial.count)
        )

    def _task(self, view: View) -> tuple[Task, tuple[Evidence, ...]]:
        """Return the task, and the evidence for it: of the classes it is the head that says how many there are."""
        task, evidence, _ = read_task(view)
        inputs = self.inputs
        because = {
            "units": f"{inputs.head.name} has weights for {inputs.classes} classes",
            "classes": f"{inputs.head.name} has weights for {inputs.classes} classes",
            "outcomes": f"{inputs.head.name} has weights for {inputs.classes} classes",
            "outputs": f"{inputs.features.name} times {inputs.head.name} are logits",
            "encoding": f"targets of shape {list(inputs.labels.array.shape)} hold class indices",
        }
        known = dict(self.said.known())
        told = tuple(
            each
            if each.property not in because or each.property in known
            else replace(each, source="said", because=because[each.property])
            for each in evidence
            if each.property != "class_axis"
        )
        return task.but(class_axis=None), told

    def _write(self, keeper: Keeper) -> None:
        if self.losses_to is None or keeper.losses is None:
            return
        if keeper.columns is None:
            write_array(str(self.losses_to), keeper.losses)
            return
        from .losses_csv import write_losses_csv

        write_losses_csv(str(self.losses_to), keeper.columns, self.prepared.layout, self.prepared.names)

    def _answer(
        self,
        task: Task,
        evidence: tuple[Evidence, ...],
        findings: tuple[Finding, ...],
        partial: Partial | None = None,
    ) -> Evaluation:
        """Return the answer but for the numbers."""
        settings, sums = self.prepared.settings, partial or Partial()
        first, second = self.inputs.features, self.inputs.labels
        return Evaluation(
            status="decided",
            loss=self.loss,
            value=None,
            reduction=settings.reduction,
            mean_over=settings.mean_over,
            unit=settings.base,
            count=sums.count,
            ignored=sums.positions - sums.count,
            task=task,
            predictions=first.name,
            targets=second.name,
            shapes=(first.array.shape, second.array.shape),
            dtypes=(_dtype(first), _dtype(second)),
            label_smoothing=settings.label_smoothing,
            smoothing=settings.smoothing if settings.label_smoothing else None,
            evidence=evidence,
            notes=(*first.note, self.inputs.note, *self._bias_note(), *self.prepared.notes),
            findings=findings,
            diagnostics=Diagnostics(count=0, ignored=0, unit=settings.base),
        )

    def _bias_note(self) -> tuple[str, ...]:
        bias = self.inputs.bias
        return () if bias is None else (f"{bias.name}: a bias for each of {self.inputs.classes} classes",)


def _wild(array: np.ndarray, *, masks: bool) -> bool:
    """Tell whether an array holds what is not finite; a bias of -inf masks a class, which is fine."""
    step = max(1, BLOCK // max(1, array[0].size))
    parts = (array[at : at + step].astype(np.float64) for at in range(0, len(array), step))
    return any(
        bool((np.isnan(part) | ((part == np.inf) if masks else np.isinf(part))).any()) for part in parts
    )


def _dtype(source: Source) -> str:
    return source.precision if source.precision == "bfloat16" else str(source.array.dtype)
