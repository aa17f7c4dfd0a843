"""One evaluation: decide on the first block, walk over all of them once, and decide again on all that was seen."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ce_core import checks
from ce_core.arrays import Source, write_array
from ce_core.checks import Case
from ce_core.decide.choose import fits
from ce_core.decide.consequences import follow
from ce_core.engines import Engine, Progress
from ce_core.errors import CepickError
from ce_core.findings import Finding
from ce_core.losses import LOSSES
from ce_core.probe import Sample, take_sample
from ce_core.probe.sample import Outputs
from ce_core.read.counting import Block
from ce_core.read.facts import PredictionFacts, TargetFacts
from ce_core.read.infer import View, read_task
from ce_core.read.prepare import Prepared
from ce_core.read.settings import Settings
from ce_core.records import dataclass
from ce_core.task import Evidence, Task

from .clips import POLICIES
from .diagnose import diagnose
from .evaluation import Diagnostics, Evaluation
from .fitting import check_left_out, check_targets, notes_of
from .jobs import Again, TargetSum, Walk
from .keep import Keeper
from .plan import Plan, make_plan, takes_form
from .reduce import reduced
from .sums import Partial, Total
from .temperature import best_temperature, sample_spans
from .threads import in_order

if TYPE_CHECKING:
    from .examples import Collected

Facts = tuple[PredictionFacts, TargetFacts]

_NO_VALUE = frozenset({"CE201", "CE202", "CE209", "CE304"})
"""The findings after which no loss can be computed."""


class _FactsTotal:
    """Add up what blocks show."""

    def __init__(self) -> None:
        self._predictions, self._targets = Total(PredictionFacts()), Total(TargetFacts())

    def take(self, facts: Facts) -> None:
        self._predictions.take(facts[0])
        self._targets.take(facts[1])

    def sum(self) -> Facts:
        return self._predictions.sum(), self._targets.sum()


def all_facts(prepared: Prepared, threads: int = 1) -> Facts:
    """Return what all the values show, in a pass of its own."""
    total = _FactsTotal()
    for _, facts in in_order(
        lambda span: prepared.facts_of(prepared.counting.block(span)), prepared.pieces(), threads
    ):
        total.take(facts)
    return total.sum()


@dataclass(frozen=True, kw_only=True, eq=False)
class Choice:
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
    """None where no value can be computed."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Pass:
    """What one walk over the arrays brought."""

    facts: Facts
    partial: Partial
    keeper: Keeper


@dataclass(frozen=True, kw_only=True, eq=False)
class Run:
    """One evaluation of two prepared arrays."""

    prepared: Prepared
    asked: str | None
    """The loss that was asked for, or None to take one that fits."""
    keep: bool
    losses_to: str | Path | None
    probabilities_to: str | Path | None
    engine: Engine
    progress: Progress | None = None
    examples: bool = False
    """Whether to keep what each example adds, too."""

    def evaluation(self) -> Evaluation:
        """Return the answer, and write the files that were asked for.

        What the first block shows is usually what all show; only where it misled are the arrays read twice.
        """
        first = self.prepared.counting.block(next(self.prepared.spans()))
        guess = self._guess(first)
        walked = self._walk(guess, first)
        choice = self._choose(walked.facts, final=True)
        if choice.plan is None:
            return self._answer(choice, None)
        if guess is None or not choice.plan.same_pass(guess):
            walked = self._walk(choice.plan, first)
        answer = self._answer(choice, walked)
        self._write(walked.keeper)
        return answer

    def _guess(self, first: Block) -> Plan | None:
        """Return the plan that the first block suggests; what it refuses may be right for the whole."""
        try:
            return self._choose(self.prepared.facts_of(first)).plan
        except CepickError:
            return None

    def _choose(self, facts: Facts, *, final: bool = False) -> Choice:
        """Infer the task from facts, all of them where ``final``, and settle the loss and its plan."""
        view = self.prepared.view(facts)
        task, evidence, question = read_task(view)
        findings = checks.run(
            checks.BEFORE, Case(view=view, task=task, loss=self.asked, asked=bool(self.asked))
        )
        codes = {each.code for each in findings}
        base = Choice(view=view, task=task, evidence=evidence, loss=self.asked, findings=findings)
        if "CE304" in codes:
            return replace(
                base, loss=None, question="Which array holds the predictions? The second, it seems."
            )
        if "CE209" in codes and self.asked is None:
            return replace(base, instead="mean_squared_error")
        if self.asked is None:
            base = self._fitting(base, question)
            if base.loss is None:
                return base
            again = Case(view=view, task=task, loss=base.loss)
            base = replace(base, findings=checks.run(checks.BEFORE, again))
        plan = self._plan(base, final)
        return base if codes & _NO_VALUE or view.unreadable_labels else replace(base, plan=plan)

    def _fitting(self, choice: Choice, question: str | None) -> Choice:
        """Settle the loss that fits the inferred task, or leave it open."""
        if question is not None:
            return replace(choice, question=question, asks="outputs")
        task = follow(choice.task)[0]
        if task.kind == "classification" and task.target_range == "real":
            task = task.but(target_range=None)  # a finding says what is wrong with the targets
        # Targets with gaps may leave their encoding open, and then their shape still tells rows from indices.
        ids = tuple(
            loss.id
            for loss in fits(task)
            if loss.computed and loss.given != "features" and takes_form(loss, self.prepared.layout)
        )
        if ids and LOSSES[ids[0]].competes:
            return replace(choice, loss=ids[0], also_fit=ids[1:])
        from ce_core.decide.recommend import recommend  # its sentences are for the open question only

        answer = recommend(choice.task)
        question = answer.question
        if question is None and answer.instead is None:
            shapes = f"targets of shape {list(self.prepared.layout.targets)}"
            question = f"Which loss? None that fits the task takes {shapes} here: name one with --loss."
        return replace(choice, question=question, asks=answer.asks, instead=answer.instead)

    def _plan(self, choice: Choice, final: bool) -> Plan:
        view, facts = choice.view, choice.view.prediction_facts
        row = LOSSES[str(choice.loss)]
        given = choice.task.outputs if row.also_given else row.given
        if given is None and final:
            raise CepickError(
                f"{row.id}: takes logits, probabilities or log-probabilities, and these may be more than one of them; "
                "say --logits, --probabilities or --log-probabilities"
            )
        clamp = given == "probabilities" and view.in_unit_interval
        plan = make_plan(
            row.id,
            self.prepared.layout,
            self.prepared.settings,
            clamp=clamp and (facts.low < 0 or facts.high > 1),
            soft=view.layout.form == "rows" and not view.target_facts.hard and bool(view.target_facts.rows),
            given=given,
            exclusive=choice.task.exclusive,
            lists=self.prepared.lists,
        )
        if view.layout.form == "rows" and row.target_values == "probabilities" and view.target_facts.rows:
            targets = view.target_facts
            leaves = targets.low < 0 or targets.high > 1
            plan = replace(
                plan,
                clamp_targets=leaves and targets.in_unit_interval,
                outside=leaves and not targets.in_unit_interval,
            )
        check_targets(plan, view)
        check_left_out(plan, self.prepared)
        return plan

    def _walk(self, plan: Plan | None, first: Block) -> Pass:
        """Walk over all blocks once: what they show, and under a plan their sums."""
        prepared = self.prepared
        keeper = Keeper(
            prepared,
            losses=self.keep,
            probabilities=self.probabilities_to is not None,
            columns=str(self.losses_to).endswith(".csv"),
            examples=self._collected() if plan is not None else None,
        )
        facts, partial = _FactsTotal(), Total(Partial())
        job = Walk(plan=plan, by_row=keeper.by_row, first=first)
        for _, seen in self.engine.results(job, prepared, self.progress):
            facts.take(seen.facts)
            partial.take(seen.partial)
            for measured in seen.measured:
                keeper.take(measured)
        return Pass(facts=facts.sum(), partial=partial.sum(), keeper=keeper)

    def _collected(self) -> Collected | None:
        if not self.examples:
            return None
        from .examples import Collected

        return Collected(self.prepared)

    def _answer(self, choice: Choice, walked: Pass | None) -> Evaluation:
        prepared, settings = self.prepared, self.prepared.settings
        plan = choice.plan
        partial = walked.partial if walked is not None else Partial()
        diagnostics = Diagnostics(count=0, ignored=0, unit=settings.base)
        if plan is not None:
            diagnostics = self._diagnostics(partial, plan)
        findings = self._findings(choice, partial if plan is not None else None)
        first, second = prepared.predictions, prepared.targets
        return Evaluation(
            status="decided" if choice.loss else "not_a_cross_entropy" if choice.instead else "undecided",
            loss=choice.loss,
            value=None if plan is None else reduced(partial, plan),
            reduction=settings.reduction,
            mean_over=settings.mean_over,
            unit=settings.base if choice.loss is None or LOSSES[choice.loss].in_nats else None,
            count=partial.count,
            ignored=partial.positions - partial.count,
            task=choice.task,
            predictions=first.name,
            targets=second.name,
            shapes=(first.array.shape, second.array.shape),
            dtypes=(_dtype(first), _dtype(second)),
            clip=_clip(settings),
            clip_policy=settings.clip_policy,
            label_smoothing=settings.label_smoothing,
            smoothing=settings.smoothing if settings.label_smoothing else None,
            loss_options=settings.loss_options,
            also_fit=choice.also_fit,
            question=choice.question,
            asks=choice.asks,
            instead=choice.instead,
            evidence=choice.evidence,
            notes=prepared.notes + notes_of(plan, choice.view, partial),
            findings=findings,
            diagnostics=diagnostics,
            losses=walked.keeper.losses if walked is not None else None,
            examples=None if walked is None or plan is None else walked.keeper.kept_examples(plan),
        )

    def _findings(self, choice: Choice, partial: Partial | None) -> tuple[Finding, ...]:
        """Return what is wrong: of the arrays, of the losses where there are any, and of a sample read otherwise."""
        plan = choice.plan
        case = Case(
            view=choice.view,
            task=choice.task,
            loss=choice.loss,
            asked=bool(self.asked),
            plan=plan,
            partial=partial,
            names=self.prepared.names,
            again=None if plan is None else lambda **changes: self._again(plan, **changes),
            sampled=lambda: self._sample(choice),
        )
        findings = choice.findings
        if plan is not None:
            findings = checks.together((*findings, *checks.run(checks.AFTER, case)))
        case = replace(case, found=frozenset(each.code for each in findings))
        return checks.together((*findings, *_suspected(case)))

    @cached_property
    def _samples(self) -> dict[tuple[Outputs, bool], Sample]:
        return {}

    def _sample(self, choice: Choice) -> Sample | None:
        """Return a sample of the arrays as what they are, or None where they are no cross-entropy's."""
        outputs, exclusive = choice.view.outputs_as_read(
            choice.task, LOSSES[self.asked] if self.asked else None
        )
        family = None if choice.loss is None else LOSSES[choice.loss].family
        if outputs is None or not self.prepared.wanted.labels or family in {"numbers", "regions"}:
            return None
        if (outputs, exclusive) not in self._samples:
            self._samples[outputs, exclusive] = take_sample(
                self.prepared.counting, outputs, exclusive=exclusive
            )
        return self._samples[outputs, exclusive]

    def _diagnostics(self, partial: Partial, plan: Plan) -> Diagnostics:
        prepared = self.prepared
        found = diagnose(partial, plan, prepared.names, prepared.predictions)
        if plan.given != "logits" or plan.loss.family != "cross_entropy" or plan.weighted_smoothing:
            return found
        if found.mean is None or not np.isfinite(found.mean):
            return found
        sample = prepared.counting.blocks(sample_spans(prepared.layout))
        return replace(
            found, temperature=best_temperature(sample, plan, found.mean, partial.count, self.engine.threads)
        )

    def _again(
        self, plan: Plan, *, clip_policy: str | None = None, constant_target: bool = False
    ) -> float | None:
        """Return the mean loss under a clip policy, or with every target replaced by their mean."""
        policy = plan.settings.clip_policy if clip_policy is None else clip_policy
        settings = replace(plan.settings, reduction="mean", clip_policy=policy)
        changed = replace(plan, settings=settings)
        constant = self._mean_target() if constant_target else None
        whole = Total(Partial())
        for _, part in self.engine.results(Again(plan=changed, constant=constant), self.prepared):
            whole.take(part)
        return reduced(whole.sum(), changed)

    def _mean_target(self) -> float:
        whole = Total(np.zeros(2))
        for _, part in self.engine.results(TargetSum(), self.prepared):
            whole.take(part)
        total, size = whole.sum().tolist()
        return float(total) / max(1.0, size)

    def _write(self, keeper: Keeper) -> None:
        if self.probabilities_to is not None and keeper.probabilities is not None:
            write_array(str(self.probabilities_to), keeper.probabilities)
        if self.losses_to is None or keeper.losses is None:
            return
        if keeper.columns is not None:
            from .losses_csv import write_losses_csv

            write_losses_csv(self.losses_to, keeper.columns, self.prepared.layout, self.prepared.names)
        else:
            write_array(str(self.losses_to), keeper.losses)


def _suspected(case: Case) -> tuple[Finding, ...]:
    """Return the statistical findings: their cost is that of a sample, not of the arrays, and is measured apart."""
    return checks.run(checks.SUSPECT, case)


def _dtype(source: Source) -> str:
    return source.precision if source.precision == "bfloat16" else str(source.array.dtype)


def _clip(settings: Settings) -> float | None:
    """Return the number that a clip goes with, where it has one."""
    if settings.clip_policy is None:
        return settings.clip
    return POLICIES[settings.clip_policy].epsilon
