"""Checks of what the predictions are worth: against the class frequencies, and against the labels themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import log, sqrt

import numpy as np

from ce_core.findings import Effect, Finding
from ce_core.probe import Sample
from ce_core.probe.frequencies import Frequencies
from ce_core.probe.rescale import Rescaling, critical
from ce_core.read.significance import LEAST_SHARE, LEVEL

from .calibration import CALIBRATION_CHECKS
from .case import Case, plural
from .explained import MISREAD, worth_of
from .one_vs_rest import ONE_VS_REST_CHECKS

USEFUL = 0.03
"""A useful model is better than the class frequencies by at least this share of what there is to know."""
MOST = 0.1
"""What predictions may know beside the class frequencies, as far as the rows can tell, is less than this share."""
_LEAST_KNOWN = 1e-3
"""Where soft targets hardly differ from each other, by so many nats, there is nothing to know."""
LEAST_OTHERS = 10
"""With fewer examples of another class than the commonest there is nothing to know."""
_KNOWS = 2e-3
"""The chance below which predictions are taken to know something of the labels, so that nothing is told."""
_MENDED = 1e-2
"""The chance below which what predictions know beside the frequencies is taken to lower the loss."""
_STUCK = 0.02
"""A loss so near to that of equal probabilities, in nats, is stuck there, where an untrained model begins."""


def no_better_than_prior(case: Case) -> Iterator[Finding]:
    """CE501: the loss is no lower than that of the class frequencies, with enough examples to tell."""
    sample = worth_of(case)
    if sample is None or case.partial is None:
        return
    frequencies = Frequencies(sample=sample, counts=_counts(case))
    against = sample.compare(sample.losses, base=frequencies.losses)
    if against.count < 3 or frequencies.fewest < LEAST_OTHERS or against.lower():
        return
    gain, error = against.first - against.second, _error(sample, frequencies.losses - sample.losses)
    known = against.first - _own_entropy(sample)
    needed = USEFUL * known
    if known < _LEAST_KNOWN or gain + critical(LEVEL, against.count - 1) * error >= needed:
        return
    units = sample.units if sample.exclusive else 2
    even = log(units)
    stuck = abs(against.second - even) < _STUCK
    little = stuck and gain < LEAST_SHARE * against.first
    if (not little and _seems_to_know(frequencies, gain)) or _knows_more(sample, frequencies, known):
        return
    of = "" if sample.exclusive or sample.units == 1 else ", of each label"
    message = (
        f"no better than always answering with the class frequencies: {against.second:.4f} nats against "
    )
    message += f"{against.first:.4f}{of}"
    if stuck:
        message += f"; the loss is stuck at ln {units} = {even:.4f}, as before training"
    yield case.finding(
        "CE501",
        message,
        because=f"over {_sampled(sample, against.count)} the loss is {abs(gain):.4f} ± {error:.2g} nats "
        f"{'above' if gain <= 0 else 'below'} what the frequencies of the classes among the other rows give; "
        f"a useful model is at least {needed:.2g} below, which would show in so many; "
        f"equal probabilities give ln {units} = {even:.4f}",
        remedy="the model has learnt nothing that these labels show: check that labels and inputs are of the same "
        "rows, the learning rate, frozen or dead layers and the scale of the inputs; a sound set-up overfits a single "
        "batch within minutes",
        effect=Effect(
            loss=against.second,
            without=against.first,
            count=against.count,
            noun=sample.noun,
            sample=not sample.is_whole,
        ),
    )


def _counts(case: Case) -> np.ndarray | None:
    """Return how often each class occurs in all the rows, where the pass counted them without weights."""
    plan, partial = case.plan, case.partial
    if plan is None or partial is None or not plan.exclusive or plan.settings.sample_weights is not None:
        return None
    support = partial.classes.support
    return support if len(support) == plan.layout.units and support.sum() >= 2 else None


def _error(sample: Sample, difference: np.ndarray) -> float:
    """Return the standard error of a mean difference, from the observations."""
    kept = np.isfinite(difference)
    values, groups = difference[kept], sample.groups[kept]
    _, which = np.unique(groups, return_inverse=True)
    means = np.bincount(which, weights=values) / np.bincount(which)
    return float(means.std(ddof=1)) / sqrt(len(means)) if len(means) > 1 else float("inf")


def _own_entropy(sample: Sample) -> float:
    """Return the mean entropy of the targets: no model's loss is lower. Of certain targets it is 0."""
    if sample.targets.ndim == 1:
        return 0.0
    targets = np.clip(sample.targets, 0.0, 1.0)
    with np.errstate(divide="ignore"):  # log 0 = -inf is the score of what cannot be
        scores = np.log(targets) if sample.exclusive else np.log(targets) - np.log1p(-targets)
    return float(sample.losses_of(scores, targets).mean())


def _seems_to_know(frequencies: Frequencies, gain: float) -> bool:
    """Tell whether a loss that is a little lower may be so because the predictions go with the labels."""
    return gain > 0 and any(each.p < _KNOWS for each in frequencies.association())


def _knows_more(sample: Sample, frequencies: Frequencies, known: float) -> bool:
    """Tell whether the predictions know the labels better than the loss shows.

    They may be sure of too much, or shifted: then what they know beside the frequencies makes a useful model, or there
    are too few rows to tell that it makes none.
    """
    without, beside = frequencies.with_scores(Rescaling.of(sample).half)
    found = sample.compare(beside, base=without)
    knows = found.first - found.second
    most = knows + critical(_MENDED, found.count - 1) * _error(sample, without - beside)
    return (knows >= USEFUL * known and found.p < _MENDED) or most >= MOST * known


def _sampled(sample: Sample, count: int) -> str:
    return plural(count, sample.noun) + ("" if sample.is_whole else " (a sample)")


CERTAIN = 1e-4
"""An answer is certain where the probability of what is true is within this of 1."""
ALL = 0.999
LEAST_ROWS = 30


def too_good(case: Case) -> Iterator[Finding]:
    """CE502: the predictions equal the labels, as a leak or the wrong file leaves them."""
    if case.found & (MISREAD - {"CE108", "CE402"}) or case.family in {"numbers", "regions"}:
        return
    sample = case.sample
    if sample is None or sample.rows < LEAST_ROWS:
        return
    shown = _equal_shares(sample) if _is_soft(sample) else _certain_outcomes(sample)
    if shown is None:
        return
    share, what = shown
    yield case.finding(
        "CE502",
        f"the predictions equal the labels: {what}",
        because=f"so it is in {100 * share:.4g} % of {plural(sample.rows, 'example')}"
        f"{'' if sample.is_whole else ', a sample of all'}; of data that it has not seen a model is never so sure "
        "and never so right",
        remedy="check that the predictions are no copy of the labels, that no input tells the label, and that these "
        "are not the rows the model was trained on",
        count=sample.rows,
    )


def _is_soft(sample: Sample) -> bool:
    targets = sample.targets
    return targets.ndim == 2 and not bool(((targets == 0) | (targets == 1)).all())


def _certain_outcomes(sample: Sample) -> tuple[float, str] | None:
    """Return the share of outcomes that are foretold with certainty, where it is nearly all, of every kind."""
    least = -np.log1p(-CERTAIN)
    if sample.exclusive:
        targets = sample.targets if sample.targets.ndim == 1 else sample.targets.argmax(axis=1)
        sure = sample.losses < least
        rare = targets != np.bincount(targets).argmax()
        text = f"what is true has a probability above {1 - CERTAIN:g}"
    else:
        counted = np.ones((1, 1)) if sample.elements is None else sample.elements
        counted = np.broadcast_to(counted, sample.targets.shape) > 0
        true = sample.targets == 1
        edge = np.log1p(-CERTAIN) - np.log(CERTAIN)
        sure = np.where(true, sample.scores, -sample.scores) > edge
        rare = true if 2 * true[counted].sum() < counted.sum() else ~true
        sure, rare = sure[counted], rare[counted]
        text = f"every outcome is foretold with a probability above {1 - CERTAIN:g}"
    # Where nearly all are of one class, answering with it is right nearly always.
    if not rare.any() or sure.mean() <= ALL or sure[rare].mean() <= ALL:
        return None
    return float(sure.mean()), text


def _equal_shares(sample: Sample) -> tuple[float, str] | None:
    """Return the share of rows whose soft targets the predictions are, where it is nearly all."""
    shares = Rescaling.of(sample).probabilities
    spread = np.abs(sample.targets - sample.targets.mean(axis=0)).max(axis=1)
    off = np.abs(shares - sample.targets)
    if sample.elements is not None:
        off = off * sample.elements
    equal = off.max(axis=1) <= 1e-3 * spread
    if equal.mean() <= ALL or not (spread > 0).all():
        return None
    return float(equal.mean()), "they are the soft targets to within 0.1 % of how these vary"


WORTH_CHECKS: tuple[Callable[[Case], Iterator[Finding]], ...] = (
    no_better_than_prior,
    too_good,
    *CALIBRATION_CHECKS,
    *ONE_VS_REST_CHECKS,
)
