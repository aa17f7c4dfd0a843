"""Checks of the losses themselves, after the pass."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import isfinite

import numpy as np

from ce_core.compute.clips import POLICIES, policies_for
from ce_core.compute.plan import Plan, takes_clip
from ce_core.compute.reduce import reduced
from ce_core.findings import Finding

from .bits import sixteen_bits
from .case import Case, plural


def zero_probability(case: Case) -> Iterator[Finding]:
    """CE108: a probability of exactly 0 for what is true, and no clip."""
    plan, partial = case.plan, case.partial
    if plan is None or partial is None or plan.given == "logits":
        return
    if not partial.zero_probabilities or plan.settings.clipped or not partial.infinite:
        return
    clipped = ""
    if case.again is not None and takes_clip(plan.loss):
        clipped = f". Under the usual clips the mean is: {_under_clips(case, plan)}"
    yield case.finding(
        "CE108",
        f"probability 0 for what is true in {plural(partial.zero_probabilities, 'example')}: the loss is infinite",
        because="-log 0 is infinite; a framework that clips hides it, and then the clip decides the value"
        + (_STORED_AS_0 if plan.given == "probabilities" and sixteen_bits(case) == "float16" else "")
        + clipped,
        remedy="evaluate the logits, where nothing was rounded to 0"
        + (
            f"; or name the clip: --clip 1e-7, or --clip {'keras' if plan.exclusive else 'keras-binary'}"
            if takes_clip(plan.loss)
            else ""
        ),
        count=partial.zero_probabilities,
        rows=partial.zero_rows,
    )


_STORED_AS_0 = ". float16 stores every probability below 3e-8 as exactly 0"


def _under_clips(case: Case, plan: Plan) -> str:
    """Return the mean under every framework's clip but the one that is in use."""
    assert case.again is not None
    values = [
        (policy.name, case.again(clip_policy=policy.name))
        for policy in policies_for(plan.exclusive)
        if policy.name != plan.settings.clip_policy
    ]
    return "; ".join(f"{name}: {value:.6g}" for name, value in values if value is not None)


_DECIDES = 0.1


def clipping_decides(case: Case) -> Iterator[Finding]:
    """CE401: examples at the clip carry over a tenth of the loss."""
    plan, partial = case.plan, case.partial
    if plan is None or partial is None or not plan.settings.clipped or case.again is None:
        return
    if (
        not isfinite(partial.loss)
        or not partial.loss > 0
        or not partial.clipped_loss > _DECIDES * partial.loss
    ):
        return
    policy = plan.settings.clip_policy
    share = partial.clipped_loss / partial.loss
    does = (
        f"a clip at {plan.settings.clip:g}"
        if policy is None
        else f"the clip {policy} ({POLICIES[policy].says})"
    )
    now = reduced(partial, replace(plan, settings=replace(plan.settings, reduction="mean")))
    yield case.finding(
        "CE401",
        f"the clip decides the value: the examples that it cuts off carry {100 * share:.3g} % of the loss",
        because=f"under {does} each of them costs the same, however wrong the model is there, and the mean "
        f"{'' if now is None else f'of {now:.6g} '}says what was clipped to. Under other clips it is: "
        f"{_under_clips(case, plan)}",
        remedy="evaluate the logits, where nothing has to be clipped; or compare only with values under the same clip, "
        "and look at the worst examples",
    )


def infinite_loss(case: Case) -> Iterator[Finding]:
    """CE402: a logit of -inf where the target has weight."""
    plan, partial = case.plan, case.partial
    if plan is None or partial is None or plan.given != "logits" or not partial.infinite:
        return
    masked = case.view.prediction_facts.negative_infinite
    smoothing = plan.settings.label_smoothing
    why = (
        f"label smoothing of {smoothing:g} gives every class some weight, also those masked with -inf"
        if smoothing and masked
        else "a logit of -inf is a probability of 0, and -log 0 is infinite"
        if masked
        else "the logits are so far apart that the loss leaves the range of numbers"
    )
    what = "-inf where the target has weight" if masked else "the logits are too far apart"
    yield case.finding(
        "CE402",
        f"{plural(partial.infinite, 'example', 'have')} an infinite loss: {what}",
        because=why,
        remedy="mask only classes that cannot be true, or leave out label smoothing"
        if smoothing
        else "mask only classes that cannot be true, or correct the labels",
        count=partial.infinite,
        rows=partial.infinite_rows,
    )


def all_ignored(case: Case) -> Iterator[Finding]:
    """CE207: no example is left to count, or none of a whole sequence."""
    plan, partial = case.plan, case.partial
    if plan is None or partial is None or not partial.positions:
        return
    layout = plan.layout
    if partial.count and not partial.nonzero and not partial.loss:
        yield case.finding(
            "CE207",
            f"nothing has weight: all {partial.count:,} counted examples weigh 0"
            if partial.count > 1
            else "nothing has weight: the only counted example weighs 0",
            because="a mean divides by the sum of the weights, which is 0: PyTorch gives NaN, Keras 0",
            remedy="check the sample weights and the class weights",
            count=partial.count,
        )
        return
    if not partial.count:
        marked = case.view.sentinel
        every = (
            "the only position is" if partial.positions == 1 else f"all {partial.positions:,} positions are"
        )
        yield case.finding(
            "CE207",
            f"nothing is left to average: {every} left out",
            because=(
                ""
                if marked is None
                else f"every label is {marked}, a usual mark for what does not count, and "
            )
            + "a mean of nothing does not exist: PyTorch gives NaN, Keras 0",
            remedy="check ignore_index, the mask and the lengths",
            count=partial.positions,
        )
        return
    if len(layout.positions) < 2 or partial.count == partial.positions:
        return
    noun = "sequence" if len(layout.positions) == 2 else "item"
    _, _, counts = partial.sequences.totals(layout.positions[0])
    empty = np.flatnonzero(counts == 0)
    if len(empty):
        finding = case.finding(
            "CE207",
            f"{plural(len(empty), noun, 'are')} left out as a whole, of {layout.positions[0]:,}",
            because=f"the mean over such {'an item' if noun == 'item' else 'a sequence'} does not exist: PyTorch gives "
            f"NaN for it, Keras 0; in a mean over {noun}s a NaN makes all of it NaN, and a 0 flatters the model",
            remedy=f"drop empty {noun}s from the batch, or check ignore_index, the mask and the lengths",
            count=len(empty),
        )
        yield Finding(**{**vars(finding), "rows": tuple((int(each),) for each in empty[:5])})


def broadcast_trap(case: Case) -> Iterator[Finding]:
    """CE302: [N] against [N, 1], which hand-written code broadcasts to N x N."""
    plan, partial = case.plan, case.partial
    if plan is None or partial is None or not plan.layout.squeezed or case.again is None or not partial.count:
        return
    layout = plan.layout
    if len(layout.positions) != 1 or layout.positions[0] < 2:
        return
    if layout.units != 1 or plan.settings.clipped:
        return
    right, wrong = case.again(), case.again(constant_target=True)
    if right is None or wrong is None:
        return
    size = layout.positions[0]
    plain = not (plan.settings.sample_weights or plan.class_weights is not None) and partial.count == size
    # A mean target gives the mean over all pairs of a loss that is linear in its target.
    gives = f" and give {wrong:.6g}" if plain and case.is_cross_entropy else ""
    yield case.finding(
        "CE302",
        f"shapes {list(layout.predictions)} and {list(layout.targets)} are read as {size:,} pairs; "
        f"broadcasting would make {size:,} x {size:,} of them",
        because=f"paired row by row the mean loss is {right:.6g}; hand-written code and optax broadcast every "
        f"prediction against every target{gives}",
        remedy="give both arrays the same shape: targets.reshape(predictions.shape)",
        count=size,
    )


NUMBER_CHECKS = (zero_probability, clipping_decides, infinite_loss, all_ignored, broadcast_trap)
