"""A logged number as it is written: its value, how many digits are known, and how far off it may be."""

from __future__ import annotations

import math
import re
from typing import Any

from ce_core.errors import CepickError

from .answer import Logged

_NUMBER = re.compile(r"([+-]?)(\d+(?:\.(\d*))?|\.(\d+))(?:[eE]([+-]?\d+))?")
_WORDS = {"nan": math.nan, "inf": math.inf, "infinity": math.inf}
_ROWS = re.compile(r"(\d+):(\d+)")
_MINUS = "\N{MINUS SIGN}"

_MOST_DIGITS = 17
"""A float64 holds no more."""

_FLOAT32_DIGITS = 7
"""A float32 holds that many for certain; frameworks print more of them."""

FLOAT32_NOISE = 2.0**-22
"""A float32 mean is off by this share of itself, whatever number of its digits is printed."""

FLOAT64_NOISE = 1e-11
"""The same of float64: sums of many terms in another order."""

_ZERO = 5e-8
"""What a float32 loss may be and print as a bare 0.0: half a unit in the last place of 1."""


def read_number(
    written: Any, digits: int | None = None, rtol: float | None = None, *, what: str = "value"
) -> Logged:
    """Return a number as a log has it: text, a Python number, or a scalar of NumPy or a framework.

    Use it to turn what a person typed into the tolerance that it implies. The digits are those written, trailing zeros
    too, leading ones not: the number is taken as rounded, so it is known to half a unit in its last digit. ``digits``
    says that fewer or more are known, ``rtol`` gives a relative tolerance instead. Beyond seven digits the last ones
    are rounding of the arithmetic: a number that float32 can hold is known to 2⁻²² of itself, any other to 1e-11. A
    bare ``0`` or ``0.0`` is a float32 zero: known to 5e-8. A text may end in ``@32:64``: the rows it is of.

    Formula: tolerance = 10^(exponent of the last digit) / 2, or rtol·|value|.

    Units: those of the number.

    Raises `CepickError`, naming the argument ``what``, for anything that is not one number.

    >>> read_number("0.0312").digits, read_number("0.0312").tolerance
    (3, 5e-05)
    >>> read_number("1.20e-3").digits, read_number(1.4612).digits, read_number("1.46@0:32").rows
    (3, 5, (0, 32))
    >>> read_number("2.3026", digits=3).tolerance, read_number("nan").digits
    (0.005, 0)
    """
    text, shown, rows = _split(written, what)
    if digits is not None and rtol is not None:
        raise CepickError("digits: a relative tolerance is given too; give one of the two")
    word = _WORDS.get(shown.lower().lstrip("+-"))
    if word is not None:
        value = -word if shown.startswith("-") else word
        return Logged(text=text, value=value, digits=0, tolerance=0.0, rows=rows)
    found = _NUMBER.fullmatch(shown)
    if found is None:
        raise CepickError(_refusal(what, shown))
    value = float(shown)
    if math.isinf(value):
        raise CepickError(
            f"{what}: {shown!r} is greater than a float64 can hold; write inf if the log has it"
        )
    known, tolerance = _known(found, value)
    if digits is not None:
        known, tolerance = _whole_digits(digits), half_a_unit(value, digits)
    elif rtol is not None:
        tolerance = _share(rtol) * abs(value)
        known = max(1, math.floor(-math.log10(2 * rtol)))
    return Logged(text=text, value=value, digits=known, tolerance=tolerance, rows=rows)


def half_a_unit(value: float, digits: int) -> float:
    """Return half a unit in the last of so many significant digits of a value; of zero, so many decimals.

    >>> half_a_unit(2.3026, 5), half_a_unit(0.0312, 3), half_a_unit(0.0, 4)
    (5e-05, 5e-05, 5e-05)
    """
    first = math.floor(math.log10(abs(value))) if value else -1
    # As text: 10.0 ** -5 is not the float nearest to 1e-05 everywhere.
    return float(f"5e{first - digits}")


def _split(written: Any, what: str) -> tuple[str, str, tuple[int, int] | None]:
    """Return the text, the number in it, and the rows behind its ``@``."""
    text = _as_text(written, what)
    number, at, rows = text.partition("@")
    number = number.strip().replace(_MINUS, "-")
    if not at:
        return text, number, None
    found = _ROWS.fullmatch(rows.strip())
    if found is None:
        raise CepickError(
            f"{what}: {text!r} does not say its rows as first:behind-last; write {number}@0:32 for the first 32"
        )
    start, stop = int(found[1]), int(found[2])
    if start >= stop:
        raise CepickError(f"{what}: {text!r} holds no rows; the second number must be greater than the first")
    return text, number, (start, stop)


def _as_text(written: Any, what: str) -> str:
    if isinstance(written, str):
        return written.strip()
    if isinstance(written, bool):
        raise CepickError(f"{what}: {written} is not a number; write it as the log has it, such as 1.4612")
    if isinstance(written, (int, float)) or type(written).__module__ == "numpy":
        return str(written)  # the shortest decimal form that is the same float, also of a NumPy scalar
    if callable(getattr(written, "item", None)):
        try:
            return str(written.item())
        except (TypeError, ValueError, RuntimeError):
            pass
    raise CepickError(f"{what}: a {type(written).__name__} is not one number; give text, or a number")


def _refusal(what: str, shown: str) -> str:
    """Return what is wrong with a text that is no number, and what to write."""
    if not shown:
        return f"{what}: is empty; write the number as the log has it, such as 1.4612"
    whole, comma, decimals = shown.rpartition(",")
    if comma and _NUMBER.fullmatch(shown.replace(",", "")) and whole:
        if "," in whole or "." in decimals:
            advice = f"write {shown.replace(',', '')}"
        else:
            advice = f"write {whole}.{decimals} or {whole}{decimals}, whichever is meant"
        return f"{what}: {shown!r} has a comma, which some read as thousands and some as decimals; {advice}"
    inside = re.search(r"[+-]?\d*\.?\d+(?:[eE][+-]?\d+)?", shown)
    if inside and len(inside[0]) >= 3:
        return f"{what}: {shown!r} is more than a number; write {inside[0]} alone if that is meant"
    return (
        f"{what}: {shown!r} is not a number; write it as the log has it, such as 1.4612, 2.3e-05, nan or inf"
    )


def _known(found: re.Match[str], value: float) -> tuple[int, float]:
    """Return how many digits of a number are known, and its tolerance, from how it is written."""
    decimals = len(found[3] or found[4] or "")
    exponent = int(found[5] or 0)
    mantissa = found[2].replace(".", "").lstrip("0")
    if value == 0:
        bare = found[5] is None and decimals <= 1
        return 1, _ZERO if bare else max(_power(exponent - decimals), 5e-324)
    digits = len(mantissa)
    tolerance = _power(exponent - decimals)
    if digits <= _FLOAT32_DIGITS:
        return digits, tolerance
    if digits <= 9 or _is_float32(value):
        return _FLOAT32_DIGITS, max(tolerance, FLOAT32_NOISE * abs(value))
    return min(digits, _MOST_DIGITS), max(tolerance, FLOAT64_NOISE * abs(value))


def _power(exponent: int) -> float:
    """Return half of a power of ten."""
    return float(f"5e{exponent - 1}")


def _is_float32(value: float) -> bool:
    """Tell whether a float32 holds a value exactly: then its many digits are those of a float32, printed in full."""
    import struct

    try:
        return bool(struct.unpack("f", struct.pack("f", value))[0] == value)
    except OverflowError:
        return False


def _whole_digits(digits: int) -> int:
    if not isinstance(digits, int) or isinstance(digits, bool) or not 1 <= digits <= _MOST_DIGITS:
        raise CepickError(
            f"digits: {digits} is not between 1 and {_MOST_DIGITS}; give how many digits are known"
        )
    return digits


def _share(rtol: float) -> float:
    if not 0 < rtol < 1:
        raise CepickError(f"rtol: {rtol:g} is not between 0 and 1; give a relative tolerance such as 1e-4")
    return rtol
