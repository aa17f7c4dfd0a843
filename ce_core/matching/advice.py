"""What to try next: more digits, other arrays, or what was not handed over."""

from __future__ import annotations

import math
from collections.abc import Sequence

from .answer import Logged
from .opened import Opened
from .rank import Named, Tried
from .space import MOST_BITS


def advise(opened: Opened, definitions: Tried, found: Named, logged: Sequence[Logged]) -> tuple[str, ...]:
    """Return what would settle where the number comes from."""
    advice = []
    if math.isnan(logged[0].value):
        advice.append(
            "NaN has many causes and no digits: run cepick eval, which names what is not finite or ignored"
        )
    if found.unlikely:
        more, several = _more_digits(definitions), found.unlikely > 1
        which = f"{found.unlikely:,} unlikely definitions give" if several else "an unlikely definition gives"
        advice.append(
            f"{which} the number too, as {definitions.expected():.2g} would by chance: {more} more "
            f"digit{'s' * (more > 1)}, or the number of another batch, would settle it"
        )
    elif len(found.groups) > 1:
        advice.append(
            f"{len(found.groups)} definitions give the number: more digits, or the number of another batch or epoch, "
            "would tell them apart"
        )
    if found.groups or found.unlikely:
        return tuple(advice)
    return tuple(advice + _nothing(opened, logged))


def _more_digits(definitions: Tried) -> int:
    """Return how many more digits would tell the least likely definition from chance: one is worth log2(10) bits."""
    short = max(0.0, MOST_BITS - definitions.most_bits())
    return max(1, math.ceil(short / math.log2(10)))


def _nothing(opened: Opened, logged: Sequence[Logged]) -> list[str]:
    """Return why nothing may match, the likeliest first."""
    found = [
        "the arrays may be another checkpoint's: dump predictions and the number in the same step",
        "a training loss is taken with dropout on and before the step's update: compare with model.eval()",
        "a running mean over the epoch mixes many states of the model: take the number of one batch (value@first:last)",
        "the data may differ: augmentation, another split, another order, a dropped last batch",
    ]
    if opened.class_weights is None and not opened.sampled and opened.pos_weight is None:
        found.append(
            "weights that the loss uses must be handed over: class_weights, sample_weights, pos_weight"
        )
    if not opened.uncounted:
        found.append("so must labels to ignore, a mask or lengths: ignore_index, mask, lengths")
    found.append("other terms may be added: weight decay, an auxiliary loss, a penalty")
    if logged[0].digits > 5:
        found.append("fewer digits may match where the log was rounded or truncated: digits=4")
    return found
