"""All other readings of a sample, and the one that the arrays fit best, if any is no chance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ce_core.read.infer import View
from ce_core.read.significance import Paired
from ce_core.records import dataclass

from .activated import sigmoided_again, softmaxed_again
from .flipped import flipped
from .permuted import permuted
from .reading import Reading, Weighed, exact_losses, weigh
from .sample import Sample
from .shifted import shifted
from .turned import turned

_AS_GOOD = 0.98
"""A reading that lowers the loss nearly as much as the best is as good, and the first of such is taken."""
_PLAIN = 0.5
"""A reading that nobody chose among all orders of the classes stands where it gains this share of what the best of
them does: of labels that are the model's own input another order may fit even better than the shift that made them."""
_ORDERS = frozenset({"CE308", "CE309"})
"""What also an untrained network may fit better in: it must be a model's."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Better:
    """A reading that the arrays fit significantly better."""

    reading: Reading
    losses: Paired
    """The losses as they stand, and so read; ``p`` is that of the comparison by bounded scores."""
    tried: int
    """How many other readings were tried in all."""


def readings_of(sample: Sample, view: View) -> Iterator[Reading]:
    """Yield every other reading, those of a more special cause first."""
    yield from turned(sample, view.predictions, view.said)
    yield from softmaxed_again(sample, view)
    yield from sigmoided_again(sample, view)
    yield from shifted(sample)
    yield from permuted(sample)
    yield from flipped(sample)


def better_reading(sample: Sample, view: View) -> Better | None:
    """Return the reading that lowers the loss most, among those that do so significantly, or None.

    One cause makes one finding: of readings that are as good the first is taken.
    """
    if sample.rows < 2 or not _tells(sample):
        return None
    weighed = [weigh(sample, each) for each in readings_of(sample, view)]
    tried = sum(each.reading.stands_for for each in weighed)
    named = [each for each in weighed if each.losses.lower(tried) and _is_worth_naming(sample, each)]
    if not named:
        return None
    from .prior import in_runs, tells_more

    most = max(map(_gain, named))
    runs = in_runs(sample)

    def order(each: Weighed) -> bool:
        return _gain(each) < (_PLAIN if each.reading.code == "CE307" else _AS_GOOD) * most

    for each in sorted(named, key=order):
        if runs and not tells_more(sample, each.reading):
            continue
        losses = exact_losses(sample, each.reading)
        if not losses.count or losses.second < losses.first:
            exact = losses if losses.count else each.losses
            return Better(reading=each.reading, losses=replace(exact, p=each.losses.p), tried=tried)
    return None


def _is_worth_naming(sample: Sample, each: Weighed) -> bool:
    if each.reading.code not in _ORDERS:
        return True
    from .prior import makes_a_model

    return makes_a_model(sample, each.reading, each.now, each.other)


def _gain(weighed: Weighed) -> float:
    return weighed.losses.first - weighed.losses.second


def _tells(sample: Sample) -> bool:
    """Tell whether the targets are shares, and neither they nor the scores are all the same."""
    targets = sample.compact
    if targets.ndim == 2 and (targets.min() < 0 or targets.max() > 1 + 1e-5):
        return False
    return _differ(targets) and _differ(sample.bounded)


def _differ(rows: np.ndarray) -> bool:
    """Tell whether some row is another than the first; nearly always the second already is."""
    return any(bool((part != rows[:1]).any()) for part in (rows[:2], rows))
