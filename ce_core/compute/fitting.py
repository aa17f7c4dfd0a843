"""What a loss cannot be computed on, in one line each, and what a reader should know of how it was."""

from __future__ import annotations

from ce_core.errors import CepickError
from ce_core.read.infer import View
from ce_core.read.prepare import Prepared

from .plan import Plan
from .sums import Partial

_ONE_TRUE_CLASS = frozenset({"categorical_hinge", "multi_margin"})


def check_targets(plan: Plan, view: View) -> None:
    """Refuse targets whose values a loss does not take, where no finding is about them."""
    facts = view.target_facts
    if not facts.rows or view.layout.form == "index":
        return
    name, source = plan.loss.id, view.targets.name
    if plan.loss.target_values == "signs" or (plan.loss.family == "scores" and plan.reads == "outcomes"):
        values = set(facts.distinct or ()) if facts.distinct is not None else None
        if values is None or not (values <= {-1.0, 1.0} or values <= {0.0, 1.0}):
            shown = "" if values is None else ", ".join(f"{each:g}" for each in sorted(values)[:4]) + ": "
            raise CepickError(
                f"{source}: {shown}{facts.low:g} to {facts.high:g}, and {name} takes -1 and +1, or 0 and 1; hand over "
                "the sign of each target"
            )
    if plan.loss.id in _ONE_TRUE_CLASS and (
        not facts.hard or facts.one_hot_rows < facts.rows - facts.missing
    ):
        raise CepickError(
            f"{source}: not every row holds a single 1, and {name} takes one true class; pass class indices or "
            "one-hot rows"
        )


def check_left_out(plan: Plan, prepared: Prepared) -> None:
    """Refuse what leaves out a part of what has one loss as a whole."""
    mask, settings, name = prepared.counting.mask, prepared.settings, plan.loss.id
    single = mask is not None and mask.ndim > len(plan.layout.positions)
    called = settings.mask.name if settings.mask is not None else "mask"
    if plan.exclusive and single:
        raise CepickError(
            f"{called}: leaves out single classes, and {name} counts whole examples; pass a mask of shape "
            f"{list(plan.layout.positions)}, or set the logits of classes that cannot be to -inf"
        )
    if plan.reads != "label_sets" and (plan.reads != "examples" or plan.loss.family == "regions"):
        return
    if single:
        raise CepickError(
            f"{called}: leaves out single values, and {name} takes each example as a whole; pass a mask of shape "
            f"{list(plan.layout.positions)}"
        )
    if prepared.said.ignore_index is not None:
        raise CepickError(
            f"ignore_index: has no meaning for {name}, whose targets are no single labels; use --mask"
        )


def notes_of(plan: Plan | None, view: View, partial: Partial) -> tuple[str, ...]:
    """Return what was done on the way to a value that a reader should know."""
    if plan is None:
        return ()
    facts, found = view.target_facts, []
    if plan.clamp:
        found.append("probabilities outside [0, 1] by rounding only were taken as 0 or 1")
    if plan.clamp_targets:
        found.append("targets outside [0, 1] by rounding only were taken as 0 or 1")
    signs = plan.loss.family == "scores" and plan.reads == "outcomes"
    if signs and facts.rows and facts.low >= 0 and 0.0 in (facts.distinct or ()):
        found.append(f"targets of 0 and 1 read as -1 and +1, which {plan.loss.id} takes")
    if plan.reads == "examples" and not plan.layout.positions:
        found.append("the arrays have a single axis, and are read as one example")
    if (
        plan.loss.family == "regions"
        and partial.undefined
        and not view.prediction_facts.nan
        and not facts.nan
    ):
        found.append(
            f"{partial.undefined:,} of {partial.count:,} examples hold nothing and are predicted nothing: 0/0; "
            f"{plan.loss.id}(smooth=1) makes them 0"
        )
    return tuple(found)
