"""The options of a sampled loss as they are asked for, before they are held against the arrays."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from ce_core.errors import CepickError
from ce_core.records import dataclass

from .arguments import is_whole


@dataclass(frozen=True, kw_only=True, eq=False)
class Sampling:
    """How the candidates of a sampled loss are drawn, or the file that holds them."""

    sampler: str = "log_uniform"
    num_sampled: int | None = None
    num_true: int | None = None
    unique: bool = True
    remove_accidental_hits: bool | None = None
    """None does as TensorFlow: for sampled_softmax, not for nce."""
    candidates: str | None = None
    """A file of candidates that were drawn elsewhere."""
    repeats: int = 10
    seed: int = 0
    unigrams: Any = None
    """The counts of the classes: numbers, or a vocabulary file."""

    def __post_init__(self) -> None:
        """Check every number."""
        for name in ("num_sampled", "num_true", "repeats"):
            number = getattr(self, name)
            if number is not None and not is_whole(number):
                raise CepickError(f"{name}: {number!r} is not a whole number; give one from 1")
            if number is not None and number < 1:
                raise CepickError(f"{name}: {number!r} is below 1; give a whole number from 1")
        if not is_whole(self.seed):
            raise CepickError(f"seed: {self.seed!r} is not a whole number; give one from 0")
        if self.seed < 0:
            raise CepickError(f"seed: {self.seed!r} is below 0; give a whole number from 0")

    def refuse_for(self, loss: str) -> None:
        """Raise for the first option that was given to a loss that draws nothing."""
        for each in fields(self):
            value = getattr(self, each.name)
            if value is not each.default and (each.default is None or value != each.default):
                raise CepickError(
                    f"{each.name}: goes with sampled_softmax and nce, not with {loss}; leave it out"
                )
