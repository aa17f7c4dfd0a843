"""Turn the bytes of whole lines of numbers into float64, every value the nearest to what is written.

Eight digits are one word of eight bytes, and three multiplications make them a number. A number of at most 19 digits
is an integer ``m`` over a power of ten. Where ``m`` is below 2^53 and the power at most 10^22, both are exact in
float64, and their quotient is correctly rounded. Elsewhere the quotient is found to about 100 bits, from which the
nearest float64 follows unless the number lies halfway between two; that cell, and all not so written, is read by
``float``.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

PAD = 32
"""Bytes of zeros that stand before the first cell and after the last, so that words may reach beyond them."""
MOST_WRITTEN = 24
"""As many digits, zeros in front among them, are read in words."""

_VALUES = np.uint64(0x0F0F0F0F0F0F0F0F)
"""What is left of digits without the part that all of them share."""
_POWERS = 10.0 ** np.arange(23)
_TENS = np.array([10**power for power in range(20)], dtype=np.uint64)
MASKS = np.array([((1 << 64) - 1) ^ ((1 << (64 - 8 * count)) - 1) for count in range(9)], dtype=np.uint64)
_MASKS_AROUND = np.array(
    [
        [int(MASKS[min(8, decimals + whole)]) ^ int(MASKS[decimals]) for whole in range(9)]
        for decimals in range(9)
    ],
    dtype=np.uint64,
)
"""The bytes of a word that hold the digits before the point, for so many behind it and so many before it."""
#: The same for each of the three words before a place, by how many bytes up to there count.
_MASKS_BEFORE = [
    np.array([MASKS[min(8, max(0, count - 8 * word))] for count in range(MOST_WRITTEN + 1)])
    for word in range(3)
]
_WORD = np.uint64(64)
_EXACT = np.uint64(1 << 53)
_SCALES = range(-250, 256)
"""Between these no step of the division leaves the range of float64."""
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


def mantissas(
    raw: np.ndarray, ends: np.ndarray, digits: np.ndarray, behind: np.ndarray, most: int
) -> tuple[np.ndarray, np.ndarray | None]:
    """Return as uint64 the digits in front of each place, without the point among them; and which are too many.

    raw: bytes, with `PAD` others before the first digit. ends: the place after the last digit. digits: how many there
    are, at most `MOST_WRITTEN`. behind: how many of them stand behind the point; all where there is none. most: the
    largest of digits. The second array tells where the number may not fit; None where all do.

    >>> text = np.frombuffer(b"0" * PAD + b"12,34567.89012" + b"0" * PAD, dtype=np.uint8)
    >>> mantissas(text, np.array([2, 14]) + PAD, np.array([2, 10]), np.array([2, 5]), 10)[0].tolist()
    [12, 3456789012]
    """
    count = max(1, -(-most // 8))
    at = ends - (8 * count + 1)
    shift = (at & 7).view(np.uint64)
    shift <<= np.uint64(3)
    rest = _WORD - shift
    at >>= 3
    words = raw[: len(raw) // 8 * 8].view("<u8")
    # With the point, so many words are one byte more: what stands before the point is taken one byte further left.
    upper = words.take(at)
    left: list[np.ndarray] = []
    for _ in range(count):
        lower = upper >> shift
        at += 1
        upper = words.take(at)
        lower |= upper << rest
        left.append(lower)
    upper >>= shift
    least, fewest = int(behind.min(initial=0)), int(digits.min(initial=0))
    total = long = None
    for word in range(count):
        here = left[count - 1 - word]
        right = here >> np.uint64(8)
        upper <<= np.uint64(56)
        right |= upper
        upper = here
        if least < 8 * (word + 1):
            right ^= here
            right &= _MASKS_BEFORE[word].take(behind)
            right ^= here
        if fewest < 8 * (word + 1):
            right &= _MASKS_BEFORE[word].take(digits)
        part = _read(right)
        if word == 2:
            # 19 digits always fit.
            long = part >= np.uint64(1000)
            part[long] = 0
        if total is None:
            total = part
        else:
            part *= _TENS[8 * word]
            total += part
    assert total is not None
    return total, long if long is not None and long.any() else None


def _eight(word: np.ndarray, counts: Any) -> np.ndarray:
    word &= MASKS[counts]
    return _read(word)


def _read(word: np.ndarray) -> np.ndarray:
    """Return the eight digits of each word as a number, in place; a byte of 0 is a zero too."""
    word &= _VALUES
    word *= np.uint64(10 << 8 | 1)
    word >>= np.uint64(8)
    word &= np.uint64(0x00FF00FF00FF00FF)
    word *= np.uint64(100 << 16 | 1)
    word >>= np.uint64(16)
    word &= np.uint64(0x0000FFFF0000FFFF)
    word *= np.uint64(10000 << 32 | 1)
    word >>= np.uint64(32)
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
    fraction &= MASKS[decimals]
    shift += np.uint64(8)
    second <<= shift
    word |= second
    word &= _MASKS_AROUND[decimals].take(whole)
    word |= fraction
    numbers = _read(word).view(np.int64).astype(np.float64)
    numbers /= _POWERS[decimals]
    return numbers


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
    return _nearest(digits, np.asarray(scale), least, most)


def _nearest(digits: np.ndarray, scale: np.ndarray, least: int, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Divide with a remainder: the quotient in float64, and what it lacks, which is right to about 50 bits."""
    at = scale - _SCALES.start
    unknown = at.view(np.uint64) >= np.uint64(len(_SCALES))
    if unknown.any():
        at[unknown] = 0
    powers, upper_halves, lower_halves, missing_parts = _powers_in_two()
    power, upper, lower = powers.take(at), upper_halves.take(at), lower_halves.take(at)
    whole = digits.astype(np.float64)
    # Wrapping around gives the difference of both signs.
    rest = (digits - whole.astype(np.uint64)).view(np.int64).astype(np.float64)
    quotient = whole / power
    # Dekker's product: quotient * power is product + error, exactly.
    product = quotient * power
    head = quotient * _SPLIT
    tail = head - quotient
    head -= tail
    np.subtract(quotient, head, out=tail)
    missing = whole
    missing -= product
    error = head * upper
    error -= product
    head *= lower
    error += head
    upper *= tail
    error += upper
    tail *= lower
    error += tail
    missing -= error
    missing += rest
    if least < 0 or most >= len(_POWERS):
        low = missing_parts.take(at)
        low *= quotient
        missing -= low
    missing /= power
    room = quotient * 2.0**-98
    values = quotient + missing
    least = missing - room
    least += quotient
    missing += room
    missing += quotient
    unsure = missing != least
    unsure |= unknown
    return values, unsure


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
