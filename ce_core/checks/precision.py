"""Checks of the precision that the predictions have, and of predictions that say nothing."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite
from typing import TYPE_CHECKING

import numpy as np

from ce_core.findings import Finding
from ce_core.read.facts import FLOAT16_END

from .bits import sixteen_bits
from .case import Case, plural

if TYPE_CHECKING:
    from .rounding import Rounding

_NEAR_THE_END = FLOAT16_END / 16
"""Infinity is an overflow of 16 bits where other values come this near to what they hold."""
_ENOUGH_ROWS = 30
"""With fewer rows the mean is uncertain by far more than its rounding."""
_SHARE = 0.01
_NATS = 0.01
"""Rounding that moves the mean by so much is worth naming, and by 1 % of it."""
_MOSTLY = 0.5
_LEAST_NATS = 1e-4
"""Or by half of it, which leaves no digit, and a ten-thousandth of a nat."""


def overflow(case: Case) -> Iterator[Finding]:
    """CE109: float16 outputs that overflowed.

    Of a single infinity among small values 16 bits are no cause. -65504 is the usual mask, and -inf another.
    """
    facts = case.view.prediction_facts
    infinite = facts.positive_infinite if facts.high >= _NEAR_THE_END else 0
    if not (infinite or facts.at_float16_end) or sixteen_bits(case) != "float16":
        return
    parts = [
        plural(infinite, "value") + " of +inf" if infinite else "",
        plural(facts.at_float16_end, "value") + " of 65,504, the largest there is"
        if facts.at_float16_end
        else "",
    ]
    yield case.finding(
        "CE109",
        f"the predictions overflowed float16: {' and '.join(part for part in parts if part)}",
        because="float16 ends at 65,504, and "
        + (f"other values reach {facts.high:,.6g}" if infinite else "what lay beyond was cut off there")
        + ": how sure the model was there is lost"
        + (", and a row with +inf has no loss at all" if infinite else ""),
        remedy="make the last layer's outputs in bfloat16 or float32 (in PyTorch logits.float(), outside autocast), "
        "and look why they are this large",
        count=infinite + facts.at_float16_end,
        rows=facts.bad_rows if infinite else (),
    )


def coarse(case: Case) -> Iterator[Finding]:
    """CE109: the rounding of 16-bit outputs moves the mean loss by more than it is worth.

    Half a unit in the last place of every output, times the slope of the loss, bounds what rounding does to a row. Of
    the mean over many rows it is no measure: errors of both signs cancel, and every bfloat16 model would be
    called coarse. What does not cancel is counted in full (probabilities stored as exactly 1, and the curvature of
    the loss), the rest by four times its standard deviation, which one in 16,000 exceeds. That has to be 0.01 nats
    and 1 % of the loss; or half of the loss, so that not even its first digit holds.
    """
    plan, partial = case.plan, case.partial
    if plan is None or partial is None or not case.is_cross_entropy or plan.settings.clipped or plan.smooth:
        return
    kind = sixteen_bits(case)
    if kind is None or partial.infinite or partial.undefined:
        return
    sample = case.sample
    if sample is None or (plan.given, plan.exclusive) != (sample.outputs, sample.exclusive):
        return
    from .rounding import rounding_of  # much arithmetic, for 16 bits only

    found = rounding_of(sample, kind)
    if found is None or found.rows < _ENOUGH_ROWS:
        return
    moved, loss = found.moved, found.loss
    worth_naming = moved >= max(_NATS, _SHARE * loss)
    if not worth_naming and moved < max(_LEAST_NATS, _MOSTLY * loss):
        return
    where = "" if sample.is_whole else f" (on a sample of {found.rows:,} rows)"
    yield case.finding(
        "CE109",
        f"in {kind} this loss is {'too coarse' if worth_naming and loss > moved else 'all rounding'}: "
        f"{loss:.3g} nats, give or take {moved:.2g}{where}",
        because="half a unit in the last place of each output, times the slope of the loss, adds up to "
        f"{found.bound:.2g} nats a row: with other roundings the mean could be anything from {found.low:.3g} to "
        f"{found.high:.3g}; " + _stored_as(found, plan.given, kind),
        remedy=_finer(case),
        count=found.rows,
    )


def _finer(case: Case) -> str:
    plan = case.plan
    if plan is None or plan.given != "logits":
        return "store logits, in float32 (in PyTorch logits.float() before they leave the model)"
    finer = "keep the last layer's outputs in float32 (in PyTorch logits.float(), outside autocast)"
    if not plan.exclusive:
        return finer
    return finer + ", or take each row's maximum off before they are rounded: digits are finest near 0"


_NEAREST = {"float16": ("0.9998", ", and one below 3e-8 as exactly 0"), "bfloat16": ("0.9981", "")}
"""From where a probability is stored as exactly 1, and below what as exactly 0."""


def _stored_as(found: Rounding, given: str, kind: str) -> str:
    if given != "probabilities":
        return f"the outputs reach {found.largest:,.4g}, where {kind} has steps of {found.step:.3g}"
    one, zero = _NEAREST[kind]
    rows = f"{100 * found.certain:.3g} % of the rows"
    return f"a probability above {one} is stored as exactly 1 (so it is in {rows}){zero}"


_ENOUGH_TO_DIFFER = 20


def constant_predictions(case: Case) -> Iterator[Finding]:
    """CE110: every row of at least 20 is the same, and the targets are not."""
    facts = case.view.prediction_facts
    if not facts.same_row or facts.rows < _ENOUGH_TO_DIFFER or not _targets_differ(case):
        return
    one = case.view.layout.units == 1
    yield case.finding(
        "CE110",
        f"the predictions say nothing: {'each' if one else 'every row'} of {facts.rows:,} is "
        f"{_shown(np.frombuffer(facts.same_row))}",
        because="the targets differ, and the predictions do not: dead units (all zero before the last layer, which "
        "leaves its bias), inputs that are all the same, or batch normalisation over one value"
        + _beside_the_best(case),
        remedy="look at the inputs of the last layer for two examples, and call model.eval() before predicting; or the "
        "file holds one prediction repeated",
        count=facts.rows,
    )


def constant_without_a_loss(case: Case) -> Iterator[Finding]:
    """CE110, where no loss was settled."""
    return constant_predictions(case) if case.plan is None else iter(())


def _targets_differ(case: Case) -> bool:
    layout, facts = case.view.layout, case.view.target_facts
    if layout.form == "index" or layout.units == 1:
        return facts.low < facts.high
    if case.partial is None or case.plan is None:
        return facts.same_row is None
    sums = case.partial.classes
    if case.plan.reads == "classes":
        return int(np.count_nonzero(sums.positives)) > 1
    return bool(((sums.positives > 0) & (sums.positives < sums.counted)).any())


def _shown(row: np.ndarray) -> str:
    values = [f"{each:.4g}" for each in row[:4].tolist()]
    if len(row) == 1:
        return values[0]
    return f"[{', '.join(values)}{', …' if len(row) > 4 else ''}]"


def _beside_the_best(case: Case) -> str:
    from ce_core.compute.diagnose import best_constant
    from ce_core.compute.reduce import mean

    if case.partial is None or case.plan is None or not case.is_cross_entropy:
        return ""
    if case.plan.outside or case.plan.weighted_smoothing or not case.partial.count:
        return ""
    loss, best = mean(case.partial, case.plan, "weights"), best_constant(case.partial, case.plan)
    if loss is None or best is None or not isfinite(loss):
        return ""
    return (
        f". The mean loss is {loss:.4g}, and of the best constant answer, the class frequencies, {best:.4g}"
    )


UNSETTLED_CHECKS = (constant_without_a_loss,)
"""The checks that make do without a loss, where none was settled."""

PRECISION_CHECKS = (overflow, coarse, constant_predictions)
