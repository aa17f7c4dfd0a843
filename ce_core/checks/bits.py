"""The 16 bits that predictions have, or had before they were kept as something wider."""

from __future__ import annotations

from typing import Literal

import numpy as np

from .case import Case

Array = np.ndarray
SixteenBits = Literal["float16", "bfloat16"]

_FRACTION = {"float16": 10, "bfloat16": 7}
"""The bits after the leading one."""
_LEAST_EXPONENT = {"float16": -24, "bfloat16": -133}
"""The logarithm of the smallest step."""
_LOOKED_AT = 1 << 16
_ENOUGH_VALUES = 64
_IN_USE = 0.1
"""The last bit is set in about half of the values that were rounded to it, and in none of 0.5, 1 and 2."""


def sixteen_bits(case: Case) -> SixteenBits | None:
    """Return the 16-bit precision that the predictions have, or had before they were kept as something wider.

    A handful of small whole numbers fits into 16 bits by chance, so the last bit has to be in use.
    """
    source, facts = case.view.predictions, case.view.prediction_facts
    if source.precision == "float16":
        return "float16"
    if source.precision == "bfloat16":
        return "bfloat16"
    if source.precision not in {"float32", "float64"} or not (facts.float16_like or facts.bfloat16_like):
        return None
    sample = case.sample
    if sample is None:
        return None
    values = np.abs(sample.predictions.reshape(-1)[:_LOOKED_AT])
    values = values[np.isfinite(values) & (values > 0)]
    if facts.bfloat16_like and _last_bit_in_use(values, "bfloat16"):
        return "bfloat16"
    return "float16" if facts.float16_like and _last_bit_in_use(values, "float16") else None


def _last_bit_in_use(values: Array, kind: SixteenBits) -> bool:
    """Tell whether the last bit is set often; small whole numbers, such as votes, say nothing."""
    units = 2 * half_unit(values, kind)
    telling = (values != np.floor(values)) | (units > 1)
    if np.count_nonzero(telling) < _ENOUGH_VALUES:
        return False
    return bool((values[telling] / units[telling] % 2 == 1).mean() >= _IN_USE)


def half_unit(values: Array, kind: SixteenBits) -> Array:
    """Return half a unit in the last place of each value: how far the number that was stored may be from it.

    >>> half_unit(np.array([1.0, 10.0]), "bfloat16")
    array([0.00390625, 0.03125   ])
    """
    finite = np.isfinite(values)
    _, exponents = np.frexp(np.where(finite, values, 0.0))
    steps = np.maximum(exponents - 1 - _FRACTION[kind], _LEAST_EXPONENT[kind])
    return np.asarray(np.where(finite, np.ldexp(0.5, steps), 0.0))
