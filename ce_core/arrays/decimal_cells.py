"""Turn the bytes of whole lines of numbers into float64, every value the nearest to what is written.

Eight digits are one word of eight bytes, and three multiplications make them a number. A number of at most 19 digits
is an integer ``m`` over a power of ten. Where ``m`` is below 2^53 and the power at most 10^22, both are exact in
float64, and their quotient is correctly rounded. Elsewhere the quotient is found to about 100 bits, from which the
nearest float64 follows unless the number lies halfway between two; that cell, and all not so written, is read by
``float``.
"""

from __future__ import annotations

import sys
from functools import cache
from typing import Any

import numpy as np

PAD = 32
"""Bytes of zeros that stand before the first cell and after the last, so that words may reach beyond them."""
MOST_DIGITS = 19
"""As many digits always fit into 64 bits."""
MOST_WRITTEN = 24
"""As many digits, zeros in front among them, are read in words."""

_VALUES = np.uint64(0x0F0F0F0F0F0F0F0F)
"""What is left of digits without the part that all of them share."""
_POWERS = 10.0 ** np.arange(23)
_TENS = np.array([10**power for power in range(20)], dtype=np.uint64)
_MASKS = np.array([((1 << 64) - 1) ^ ((1 << (64 - 8 * count)) - 1) for count in range(9)], dtype=np.uint64)
_MASKS_AROUND = np.array(
    [
        [int(_MASKS[min(8, decimals + whole)]) ^ int(_MASKS[decimals]) for whole in range(9)]
        for decimals in range(9)
    ],
    dtype=np.uint64,
)
"""The bytes of a word that hold the digits before the point, for so many behind it and so many before it."""
_LOWER = slice(None, None, 2) if sys.byteorder == "little" else slice(1, None, 2)
_WORD = np.uint64(64)
_EXACT = np.uint64(1 << 53)
_SCALES = range(-30, 80)
_SPLIT = float((1 << 27) + 1)


def words_at(raw: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return the eight bytes from each place on, the first one lowest.

    NumPy is quick with whole words only, so each is put together from the two that it lies in; raw starts on one.

    >>> text = np.frombuffer(b"0123456789abcdef", dtype=np.uint8)
    >>> words_at(text, np.array([3])).astype("<u8").tobytes()
    b'3456789a'
    """
    first, second, shift = _two_words(raw, places)
    first >>= shift
    np.subtract(_WORD, shift, out=shift)
    second <<= shift
    first |= second
    return first


def _two_words(raw: np.ndarray, places: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the two words that the eight bytes from each place on lie in, and how many bits they start at."""
    words = raw[: len(raw) // 8 * 8].view("<u8")
    at = places >> 3
    first = words.take(at)
    at += 1
    shift = (places & 7).view(np.uint64)
    shift <<= np.uint64(3)
    return first, words.take(at), shift


def number_before(raw: np.ndarray, ends: np.ndarray, counts: Any, most: int) -> np.ndarray:
    """Return the number that the digits in front of each place are.

    raw: bytes, with `PAD` others before the first digit. ends: the place after the last digit. counts: how many digits
    of it count, one number for all or one for each. most: the largest of counts, at most `MOST_WRITTEN`.

    >>> text = np.frombuffer(b"0" * PAD + b"12,3456789012" + b"0" * PAD, dtype=np.uint8)
    >>> number_before(text, np.array([2, 13]) + PAD, np.array([2, 10]), 10).tolist()
    [12, 3456789012]
    """
    total = _eight(words_at(raw, ends - 8), counts if most <= 8 else np.minimum(counts, 8))
    for done in range(8, most, 8):
        part = _eight(words_at(raw, ends - (done + 8)), np.clip(np.subtract(counts, done), 0, 8))
        part *= _TENS[done]
        total += part
    return total


def power_of_ten(exponent: Any) -> Any:
    """Return 10 to integers as uint64; past 19 digits that of 19."""
    return _TENS[np.minimum(exponent, 19)]


def _eight(word: np.ndarray, counts: Any) -> np.ndarray:
    word &= _MASKS[counts]
    word = _read(word)
    word &= np.uint64(0xFFFFFFFF)
    return word


def _read(word: np.ndarray) -> np.ndarray:
    """Return the eight digits of each word as a number in its lower half, in place; a byte of 0 is a zero too."""
    word &= _VALUES
    upper = word >> np.uint64(8)
    word *= np.uint64(10)
    word += upper
    word &= np.uint64(0x00FF00FF00FF00FF)
    np.right_shift(word, np.uint64(16), out=upper)
    word *= np.uint64(100)
    word += upper
    word &= np.uint64(0x0000FFFF0000FFFF)
    np.right_shift(word, np.uint64(32), out=upper)
    word *= np.uint64(10000)
    word += upper
    return word


def around_point(raw: np.ndarray, ends: np.ndarray, whole: np.ndarray, decimals: int) -> np.ndarray:
    """Return in float64 numbers of at most eight digits, all with a point and the same number of decimals.

    ends: the place behind each. whole: how many digits stand before the point.

    >>> text = np.frombuffer(b"0" * PAD + b"-12.25,7.50" + b"0" * PAD, dtype=np.uint8)
    >>> around_point(text, np.array([6, 11]) + PAD, np.array([2, 1]), 2).tolist()
    [12.25, 7.5]
    """
    # With the point, these are nine bytes: the digits before it are taken one byte further to the left.
    first, second, shift = _two_words(raw, ends - 9)
    word = first >> shift
    shift += np.uint64(8)
    first >>= shift
    np.subtract(_WORD, shift, out=shift)
    fraction = second << shift
    fraction |= first
    fraction &= _MASKS[decimals]
    shift += np.uint64(8)
    second <<= shift
    word |= second
    word &= _MASKS_AROUND[decimals].take(whole)
    word |= fraction
    numbers = _read(word).reshape(-1).view(np.uint32)[_LOWER].astype(np.float64)
    numbers /= _POWERS[decimals]
    return numbers.reshape(ends.shape)


def scaled(digits: np.ndarray, scale: Any) -> tuple[np.ndarray, np.ndarray | None]:
    """Return ``digits / 10**scale`` in float64, and which of the values are not sure to be the nearest ones.

    digits: uint64 below 10^19, of any shape. scale: integers, one for all or one for each. The second array is None
    where all are sure.

    >>> scaled(np.array([314], dtype=np.uint64), 2)
    (array([3.14]), None)
    >>> values, unsure = scaled(np.array([1234567890123456789], dtype=np.uint64), np.array([30]))
    >>> values.tolist(), unsure.tolist()
    ([1.2345678901234569e-12], [False])
    """
    least, most = (scale, scale) if np.ndim(scale) == 0 else (int(scale.min()), int(scale.max()))
    if least >= 0 and most < len(_POWERS) and bool(digits.max(initial=0) < _EXACT):
        values = digits.astype(np.float64)
        values /= _POWERS[scale]
        return values, None
    return _nearest(digits, np.asarray(scale))


def _nearest(digits: np.ndarray, scale: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Divide with a remainder: the quotient in float64, and what it lacks, which is right to about 50 bits."""
    high, upper, lower, low = _powers_in_two()
    known = (scale >= _SCALES.start) & (scale < _SCALES.stop)
    at = np.where(known, scale - _SCALES.start, 0)
    power = high[at]
    whole = digits.astype(np.float64)
    rest = (digits - whole.astype(np.uint64)).view(np.int64).astype(np.float64)
    quotient = whole / power
    # Dekker's product: quotient * power is product + error, exactly.
    product = quotient * power
    head = quotient * _SPLIT
    head -= head - quotient
    tail = quotient - head
    error = ((head * upper[at] - product) + head * lower[at] + tail * upper[at]) + tail * lower[at]
    missing = ((whole - product) - error + rest - quotient * low[at]) / power
    room = quotient * 2.0**-98
    values = quotient + missing
    unsure = (quotient + (missing + room)) != (quotient + (missing - room))
    return values, unsure | ~known


@cache
def _powers_in_two() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the powers of ten as float64, its upper and its lower half, and what float64 lacks."""
    from fractions import Fraction

    exact = [Fraction(10) ** power for power in _SCALES]
    high = np.array([float(each) for each in exact])
    low = np.array([float(each - Fraction(float(each))) for each in exact])
    upper = high * _SPLIT
    upper -= upper - high
    return high, upper, high - upper, low
