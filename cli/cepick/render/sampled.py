"""What a sampled loss is worth: its draws beside the full softmax loss, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .words import number, plural

if TYPE_CHECKING:
    from ce_core.compute.evaluation import Estimate

TITLE = "Beside the full softmax loss"

SAYS = "what follows is of the full softmax loss"


def rows(found: Estimate) -> Iterator[tuple[str, str, str]]:
    """Yield each figure of an estimate: its name, its value, and what it says."""
    drawn = plural(found.num_sampled, "class", "classes")
    if found.candidates is not None:
        how = f"{drawn} from {found.candidates}"
    else:
        how = f"{drawn} of {found.sampler}, {'each once' if found.unique else 'with replacement'}, seed {found.seed}"
    yield "sampled", number(found.value, 6), f"{how}, accidental hits {found.accidental_hits}"
    if found.standard_deviation is not None:
        spread = f"\u00b1 {found.standard_deviation:.2g} from one to the next"
        yield f"mean of {found.repeats} draws", number(found.mean, 6), spread
    yield "full softmax", number(found.exact, 6), "exact, over every class: what to report"
    yield "bias", number(found.bias, 6), "the mean of the draws less the full softmax loss"
