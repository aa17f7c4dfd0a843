"""The modifiers of a loss as they are asked for, before they are held against the arrays."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import field
from typing import Any, Literal

import numpy as np

from ce_core.arrays import Source
from ce_core.errors import CepickError, did_you_mean
from ce_core.records import dataclass

Reduction = Literal["mean", "sum", "none"]
MeanOver = Literal["weights", "batch", "valid", "nonzero_weights", "elements", "sequences"]
MEANS_OVER: tuple[MeanOver, ...] = ("weights", "batch", "valid", "nonzero_weights", "elements", "sequences")
Base = Literal["nats", "bits"]
LABELS = ("mean", "sum")
Smoothing = Literal["uniform", "others", "torch"]
SMOOTHINGS: tuple[Smoothing, ...] = ("uniform", "others", "torch")
"""Where smoothed mass goes: ε/K to every class, ε/(K - 1) to every wrong one, or ε/K times the class's own weight."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Settings:
    """The modifiers of a loss as they were asked for, their arrays read but not yet held against the shapes."""

    reduction: Reduction = "mean"
    mean_over: MeanOver = "weights"
    labels: str = "mean"
    class_weights: Source | None = None
    sample_weights: Source | None = None
    pos_weight: Source | None = None
    label_smoothing: float = 0.0
    smoothing: Smoothing = "uniform"
    mask: Source | None = None
    lengths: Source | None = None
    clip: float | None = None
    clip_policy: str | None = None
    """What a framework does in place of a plain clip: a name of `ce_core.compute.clips.POLICIES`."""
    base: Base = "nats"
    loss_options: Mapping[str, Any] = field(default_factory=dict)
    """The options of the loss that was asked for, all of them."""
    block: int | None = None
    """How many bytes of predictions a thread takes at a time, at most; None for the default."""

    def __post_init__(self) -> None:
        """Check every word and number."""
        _one_of("reduction", self.reduction, ("mean", "sum", "none"))
        _one_of("mean_over", self.mean_over, MEANS_OVER)
        _one_of("labels", self.labels, LABELS)
        _one_of("base", self.base, ("nats", "bits"))
        _one_of("smoothing", self.smoothing, SMOOTHINGS)
        if not 0 <= self.label_smoothing <= 1:
            raise CepickError(f"label_smoothing: {self.label_smoothing!r} is outside [0, 1]; 0.1 is usual")
        if self.clip is not None and not 0 < self.clip < 0.5:
            raise CepickError(f"clip: {self.clip!r} is outside (0, 0.5); 1e-7 is usual")

        if self.block is not None and not (isinstance(self.block, int) and self.block > 0):
            raise CepickError(f"block: {self.block!r} is no number of bytes; pass one such as 8388608")

    @property
    def clipped(self) -> bool:
        """Tell whether probabilities are clipped in any way."""
        return self.clip is not None or self.clip_policy is not None

    @property
    def unit(self) -> float:
        """Return what a loss in nats is multiplied by: 1, or 1/ln 2 for bits."""
        return 1 / math.log(2) if self.base == "bits" else 1.0


def _one_of(name: str, value: str, words: tuple[str, ...]) -> None:
    if value not in words:
        raise CepickError(f"{name}: {value!r} is not one of its values; {did_you_mean(str(value), words)}")


def weight_values(source: Source, what: str) -> np.ndarray:
    """Return weights as float64, or raise an error that names the first that cannot be one."""
    values = np.asarray(source.require_numbers().whole, dtype=np.float64)
    for wrong, says in ((np.isnan(values), "NaN"), (values < 0, "negative"), (np.isinf(values), "infinite")):
        if wrong.any():
            where = np.argwhere(wrong)[0].tolist()
            place = f" at {where[0] if len(where) == 1 else where}" if where else ""
            raise CepickError(f"{source.name}: {says} {what}{place}; weights are finite and 0 or more")
    return values
