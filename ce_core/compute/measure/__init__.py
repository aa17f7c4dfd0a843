"""One block of examples to its sums: the loss of each, and all that the diagnostics need of it.

Each counted example i has a loss l_i (label smoothing, positive weight, clip and base within) and a weight w_i:

- exclusive classes: w_i is its sample weight × the class weight of its class, or Σ_c (class weight × share);
- one column: its sample weight × (w_0 · (1 - t) + w_1 · t);
- several labels, e_ik being the class weight of label k where it counts and 0 where a mask leaves it out:
  ``labels="mean"``: l_i = Σ_k e_ik l_ik / Σ_k e_ik, and w_i = sample weight × mean_k e_ik;
  ``labels="sum"``: l_i = Σ_k e_ik l_ik, and w_i = sample weight;
- an example as a whole (an overlap, a set of labels), or a number: its sample weight.

A weight of zero costs nothing: 0 · inf = 0. The figures beside the loss (accuracy, calibration, classes …)
are weighted by the sample weights alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from importlib import import_module

import numpy as np

from ce_core.compute.plan import Plan
from ce_core.compute.sums import Partial, SequenceSums
from ce_core.read.counting import Block

from .common import Measured, sequence_sums

__all__ = ["Measured", "measure"]

Measure = Callable[[Block, Plan, bool], Measured]

MEASURES = {
    "classes": ("exclusive", "measure_exclusive"),
    "outcomes": ("independent", "measure_independent"),
    "values": ("numbers", "measure_values"),
    "examples": ("numbers", "measure_examples"),
}
"""By what one loss is of: the module here, and its function."""

SCORES = {
    "classes": ("scores", "measure_class_scores"),
    "outcomes": ("scores", "measure_outcome_scores"),
    "label_sets": ("scores", "measure_label_sets"),
}
"""By what one loss is of, where the predictions are scores without probabilities."""


@cache
def _measure(module: str, name: str) -> Measure:
    """Import a measure when it is first used: an evaluation needs one of them."""
    found: Measure = getattr(import_module(f".{module}", __name__), name)
    return found


# Losses of +inf and -inf, of targets outside [0, 1], add up to NaN, and huge ones to inf: a finding says so.
@np.errstate(invalid="ignore", over="ignore")
def measure(block: Block, plan: Plan, *, sequences: bool) -> tuple[Measured, ...]:
    """Return the sums of a block under a plan; ``sequences`` says whether to sum for each sequence, too.

    Examples of no sample weight are measured by themselves, so that nothing of theirs, not even NaN, can
    reach the sums: they are counted, and their losses are there for whoever writes them out.
    """
    if plan.clamp_targets:
        block = replace(block, targets=np.clip(block.targets, 0, 1))
    one = _measure(*(SCORES if plan.loss.family == "scores" else MEASURES)[plan.reads])
    if block.weights is None or block.weights.all():
        return (one(block, plan, sequences),)
    heavy = block.weights > 0
    light = replace(_part(block, ~heavy), weights=None)  # 0 * inf is for nobody to compute
    rest = one(light, plan, False)
    nothing = np.zeros(len(light.numbers))
    counted = Partial(
        count=rest.partial.count,
        elements=rest.partial.elements,
        sequences=sequence_sums(light, plan, nothing, nothing) if sequences else SequenceSums(),
    )
    tally = rest.tally
    rest = replace(rest, partial=counted, tally=None if tally is None else lambda: tally().weightless())
    return one(_part(block, heavy), plan, sequences), rest


def _part(block: Block, chosen: np.ndarray) -> Block:
    """Return some of the examples of a block."""
    return replace(
        block,
        chosen=block.numbers[chosen],
        predictions=block.predictions[chosen],
        targets=block.targets[chosen],
        weights=None if block.weights is None else block.weights[chosen],
        elements=None if block.elements is None else block.elements[chosen],
    )
