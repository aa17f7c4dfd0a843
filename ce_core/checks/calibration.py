"""Checks of how far the predictions' confidence and mean are from what happens: temperature and prior shift."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from ce_core.findings import Effect, Finding
from ce_core.probe import Sample
from ce_core.probe.frequencies import Frequencies
from ce_core.probe.rescale import LEAST_TOLD, Columns, Rescaled, Rescaling
from ce_core.read.significance import Paired

from .case import Case, plural
from .explained import worth_of

_TRIED = 2
"""A temperature and a shift are both tried."""
_SHOWN = 3
"""So many columns are told one by one."""


def miscalibrated(case: Case) -> Iterator[Finding]:
    """CE503, CE505: a temperature, or a shift of each column, lowers the loss significantly.

    Both are found on one half of the sample and tested on the other. Where both lower it, the one that lowers it more
    is the cause, and the other is told where it still lowers what is left. A shift, which names a cause, comes first
    where the two are about even.
    """
    sample = worth_of(case)
    if sample is None or Frequencies(sample=sample).fewest < LEAST_TOLD:
        return
    first = Rescaling.of(sample)
    columns = first.columns()
    shift, scaled = _shifted(first, columns), _scaled(first)
    if shift is not None and (scaled is None or _no_worse(shift.paired, scaled.paired)):
        yield _prior_shift(case, sample, columns, shift, None)
        again = _scaled(first.after(shift))
        if again is not None:
            yield _temperature(case, sample, again, shift)
    elif scaled is not None:
        yield _temperature(case, sample, scaled, None)
        second = first.after(scaled)
        columns = second.columns()
        shift = _shifted(second, columns)
        if shift is not None:
            yield _prior_shift(case, sample, columns, shift, scaled)


def _scaled(rescaling: Rescaling) -> Rescaled | None:
    done = rescaling.temperature()
    return done if done is not None and done.lower(_TRIED) else None


def _shifted(rescaling: Rescaling, columns: Columns) -> Rescaled | None:
    done = rescaling.shifted(columns) if columns.off.any() else None
    return done if done is not None and done.lower(_TRIED) else None


def _no_worse(shift: Paired, scaled: Paired) -> bool:
    """Tell whether a shift saves about as much as a temperature, or more."""
    return shift.first - shift.second >= 0.9 * (scaled.first - scaled.second)


def _effect(sample: Sample, paired: Paired) -> Effect:
    return Effect(
        loss=paired.first,
        without=paired.second,
        p=paired.p,
        count=paired.count,
        noun=sample.noun,
        tried=_TRIED,
        sample=not sample.is_whole,
    )


def _temperature(case: Case, sample: Sample, done: Rescaled, before: Rescaled | None) -> Finding:
    inverse = float(np.exp(np.mean([np.log(each[0]) for each in done.values])))
    over = inverse < 1
    paired = done.paired
    what = "logits" if sample.outputs == "logits" else _scores_named(sample)
    then = "" if before is None else ", once the prior shift is taken off"
    return case.finding(
        "CE503",
        f"{'over' if over else 'under'}-confident{then}: dividing the {what} by a temperature of {1 / inverse:.3g} "
        f"lowers the loss from {paired.first:.4f} to {paired.second:.4f} nats",
        because=f"the temperature was found on one half of {_compared(sample, paired)} and tested on the other, both "
        f"ways: {paired.first - paired.second:.4f} nats lower ({_chance(paired)}); the probabilities are "
        f"{'nearer to 0 and 1' if over else 'farther from 0 and 1'} than what happens allows, as "
        + (
            "training past the best epoch, or on few examples, leaves them"
            if over
            else "label smoothing, mixup, strong regularisation, early stopping or a softmax too many leaves them"
        ),
        remedy=f"divide by the temperature before the {'softmax' if sample.exclusive else 'sigmoid'}: "
        f"{_code(sample)} / {1 / inverse:.4g}; find it on rows that are not used to report the loss",
        effect=_effect(sample, paired),
    )


def _prior_shift(
    case: Case, sample: Sample, columns: Columns, done: Rescaled, before: Rescaled | None
) -> Finding:
    shift = np.mean(done.values, axis=0)
    told = np.flatnonzero(columns.off)
    if sample.exclusive:
        shift = shift - shift[int(columns.rate.argmax()) if sample.units > 2 else 0]
        told = np.array([1]) if sample.units == 2 else told
    shown = told[np.argsort(-np.abs(shift[told]), kind="stable")][:_SHOWN]
    paired = done.paired
    noun = "class" if sample.exclusive else "label"
    kind = "class weight" if sample.exclusive else "pos_weight"
    parts = [
        (f"{noun} {at}: " if sample.units > 1 else "")
        + f"mean prediction {columns.mean[at]:.4g} against a base rate of {columns.rate[at]:.4g}, as a {kind} of about "
        f"{np.exp(shift[at]):.3g} leaves it"
        for at in shown
    ]
    more = f"; and {len(told) - len(shown)} more" if len(told) > len(shown) else ""
    many = "" if sample.units == 1 else f" in {plural(len(told), noun)} of {sample.units:,}"
    many = many.replace("classs", "classes")
    then = (
        ""
        if before is None
        else f" (divided by the temperature of {1 / float(before.values[0][0]):.3g} first)"
    )
    listed = ", ".join(f"{shift[at]:.3g}" for at in shown) + (", …" if more else "")
    where = "" if sample.units == 1 else f" of {noun} {', '.join(map(str, shown))}{', …' if more else ''}"
    return case.finding(
        "CE505",
        f"the mean prediction is off the base rate{many}: taking off the shift lowers the loss from "
        f"{paired.first:.4f} to {paired.second:.4f} nats",
        because="; ".join(parts)
        + more
        + f" (p - y over {_compared(sample, paired)}, p {_power(columns.p)} before correcting for "
        f"{plural(sample.units, 'column')})",
        remedy=f"if probabilities are wanted, subtract b = log {kind} = {listed} from {_code(sample)}{then}{where}; a "
        f"{'weighted loss' if sample.exclusive else 'positive weight'} in training, resampling, or other class "
        "frequencies than in training shift it so",
        effect=_effect(sample, paired),
    )


def _compared(sample: Sample, paired: Paired) -> str:
    return plural(paired.count, sample.noun) + ("" if sample.is_whole else ", a sample of all,")


def _chance(paired: Paired) -> str:
    return f"p {_power(paired.p)}"


def _power(p: float) -> str:
    return "< 1e-12" if p < 1e-12 else f"= {p:.1g}"


def _scores_named(sample: Sample) -> str:
    return "log-probabilities" if sample.exclusive else "log-odds"


def _code(sample: Sample) -> str:
    """Return what is changed, as code."""
    if sample.outputs == "logits":
        return "logits"
    if sample.outputs == "log_probabilities":
        return "log_probabilities"
    return "log(p)" if sample.exclusive else "log(p / (1 - p))"


CALIBRATION_CHECKS: tuple[Callable[[Case], Iterator[Finding]], ...] = (miscalibrated,)
