"""Clip policies by name: what becomes of probabilities near 0 and 1 before their logarithm is taken."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from ce_core.errors import CepickError, did_you_mean
from ce_core.records import dataclass

Array = np.ndarray


@dataclass(frozen=True, kw_only=True)
class ClipPolicy:
    """What one framework does to probabilities, in the precision that they are stored in."""

    name: str
    kind: str
    """The policy of `ce_core.frameworks.CLIPS` that does it."""
    epsilon: float | None
    """The number that it goes with, or None where the dtype or the logarithm has it."""
    says: str
    renormalises: Literal["before", "after"] | None = None
    """Whether rows are divided by their sum, before the clip or after it; None leaves them."""

    def bound(self, dtype: np.dtype[Any]) -> float:
        """Return the probability at or below which the policy decides the cost."""
        if self.kind == "torch_log_clamp_100":
            return float(np.exp(-100.0))
        return float(np.finfo(_precision(dtype, self)).eps) if self.epsilon is None else self.epsilon

    def costs(self, values: Array, *, exclusive: bool) -> tuple[Array, Array]:
        """Return -log p and -log(1 - p) of [rows, columns] of probabilities, as the policy has them.

        Of exclusive classes the second has no use.
        """
        from ce_core.emulate.clips import costs  # only where a framework is imitated

        dtype = _precision(values.dtype, self)
        kept = values.astype(dtype)
        if self.renormalises == "before" and exclusive:
            kept = _divided(kept)
        if self.renormalises == "after":
            epsilon = dtype.type(self.epsilon or 0.0)
            # One column is made a row of both outcomes, as scikit-learn does.
            rows = kept if exclusive else np.stack([1 - kept, kept], axis=-1)
            rows = 0.0 - np.log(_divided(np.clip(rows, epsilon, dtype.type(1) - epsilon)), dtype=np.float64)
            return (rows, rows) if exclusive else (rows[..., 1], rows[..., 0])
        return costs(kept.astype(np.float64), self.kind, self.epsilon or 0.0, dtype)


POLICIES: dict[str, ClipPolicy] = {
    policy.name: policy
    for policy in (
        ClipPolicy(
            name="keras",
            kind="keras_clip_and_renormalise",
            epsilon=1e-7,
            renormalises="before",
            says="rows divided by their sum, then kept within [1e-7, 1 - 1e-7]",
        ),
        ClipPolicy(name="keras-binary", kind="keras_clip", epsilon=1e-7, says="kept within [1e-7, 1 - 1e-7]"),
        ClipPolicy(name="tf1", kind="tf1_add_epsilon", epsilon=1e-7, says="1e-7 added inside the logarithm"),
        ClipPolicy(
            name="sklearn",
            kind="sklearn_dtype_epsilon",
            epsilon=None,
            says="kept away from 0 and 1 by the epsilon of their dtype",
        ),
        ClipPolicy(
            name="sklearn-1e-15",
            kind="keras_clip",
            epsilon=1e-15,
            renormalises="after",
            says="kept within [1e-15, 1 - 1e-15], then rows divided by their sum",
        ),
        ClipPolicy(
            name="torch", kind="torch_log_clamp_100", epsilon=None, says="the logarithm is at least -100"
        ),
        ClipPolicy(name="mxnet", kind="mxnet_1e-12", epsilon=1e-12, says="1e-12 added inside the logarithm"),
    )
}
"""The policies that ``clip`` takes by name, beside ``none`` and a number."""

NAMES = ("none", *POLICIES)


def read_clip(clip: float | str | None) -> tuple[float | None, str | None]:
    """Return the number to clip at and the name of the policy, of which there is one at most.

    >>> read_clip(1e-7), read_clip("keras"), read_clip("none")
    ((1e-07, None), (None, 'keras'), (None, None))

    Raises:
        CepickError: for a name that is no policy's.
    """
    if not isinstance(clip, str):
        return clip, None
    name = clip.strip().lower().replace("_", "-")
    if name not in NAMES:
        raise CepickError(f"clip: {clip!r} is neither a number nor a policy; {did_you_mean(name, NAMES)}")
    return None, None if name == "none" else name


def policies_for(exclusive: bool) -> tuple[ClipPolicy, ...]:
    """Return the policies of frameworks for competing classes, or for single outcomes."""
    left_out = "keras-binary" if exclusive else "keras"
    return tuple(policy for policy in POLICIES.values() if policy.name != left_out)


def _precision(dtype: np.dtype[Any], policy: ClipPolicy) -> np.dtype[Any]:
    """Return the dtype that the policy computes in: 16 bits are widened, but for scikit-learn's own epsilon."""
    if dtype.kind == "f" and policy.kind == "sklearn_dtype_epsilon":
        return dtype
    return np.result_type(dtype, np.float32)


def _divided(values: Array) -> Array:
    with np.errstate(invalid="ignore", divide="ignore"):  # a row of zeros has no share
        return np.asarray(values / values.sum(axis=-1, keepdims=True))
