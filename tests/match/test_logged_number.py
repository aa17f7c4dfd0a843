"""A number is read as it is written: its digits, its tolerance, its rows."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ce_core.errors import CepickError
from ce_core.matching.number import FLOAT32_NOISE, FLOAT64_NOISE, read_number

WRITTEN: dict[str, tuple[Any, float, int, float]] = {
    "five digits": ("1.4612", 1.4612, 5, 5e-5),
    "leading zeros do not count": ("0.0312", 0.0312, 3, 5e-5),
    "trailing zeros count": ("1.20e-3", 1.2e-3, 3, 5e-6),
    "Keras": ("2.3026e+00", 2.3026, 5, 5e-5),
    "negative": ("-0.35", -0.35, 2, 5e-3),
    "typographic minus": ("\N{MINUS SIGN}0.35", -0.35, 2, 5e-3),
    "plus": ("+0.35", 0.35, 2, 5e-3),
    "no decimals": ("2", 2.0, 1, 0.5),
    "a point behind": ("2.", 2.0, 1, 0.5),
    "a point before": (".693", 0.693, 3, 5e-4),
    "whole": ("100", 100.0, 3, 0.5),
    "zero with decimals": ("0.0000", 0.0, 1, 5e-5),
    "zero of Keras": ("0.0000e+00", 0.0, 1, 5e-5),
    "bare zero": ("0", 0.0, 1, 5e-8),
    "Python zero": (0.0, 0.0, 1, 5e-8),
    "Python float": (1.4612, 1.4612, 5, 5e-5),
    "Python int": (16, 16.0, 2, 0.5),
    "NumPy float32": (np.float32(0.35), 0.35, 2, 5e-3),
    "NumPy array without axes": (np.array(0.35), 0.35, 2, 5e-3),
    "seven digits": ("1.529313", 1.529313, 7, 5e-7),
    "float32 in full": (float(np.float32(1.4612)), float(np.float32(1.4612)), 7, FLOAT32_NOISE * 1.4612),
    "float32 as it prints": ("1.4611999", 1.4611999, 7, FLOAT32_NOISE * 1.4612),
    "float64 in full": ("1.529313025361485", 1.529313025361485, 16, FLOAT64_NOISE * 1.5293),
}


@pytest.mark.parametrize(("written", "value", "digits", "tolerance"), WRITTEN.values(), ids=WRITTEN)
def test_the_digits_are_those_written(written: Any, value: float, digits: int, tolerance: float) -> None:
    found = read_number(written)
    assert (found.value, found.digits, found.rows) == (value, digits, None)
    assert found.tolerance == pytest.approx(tolerance, rel=1e-4)


@pytest.mark.parametrize(
    ("text", "value"), [("nan", math.nan), ("NaN", math.nan), ("inf", math.inf), ("-Infinity", -math.inf)]
)
def test_what_is_no_finite_number_is_read_too(text: str, value: float) -> None:
    found = read_number(text)
    assert str(found.value) == str(value)
    assert (found.digits, found.tolerance) == (0, 0.0)
    assert str(read_number(value).value) == str(value)


def test_a_number_may_be_of_some_rows() -> None:
    assert read_number("1.46@32:64").rows == (32, 64)
    assert read_number("nan@0:32").rows == (0, 32)


def test_digits_and_a_relative_tolerance_override() -> None:
    assert read_number("2.3026", digits=3).tolerance == 0.005
    assert read_number("2.3026", digits=3).digits == 3
    assert read_number("0.0000", digits=2).tolerance == 0.005
    found = read_number("2.0", rtol=1e-3)
    assert (found.tolerance, found.digits) == (0.002, 2)


MISTAKES: dict[str, tuple[Any, dict[str, Any], str]] = {
    "thousands": ("1,234.5", {}, "write 1234.5"),
    "millions": ("1,234,567", {}, "write 1234567"),
    "decimal comma": ("1,4612", {}, "write 1.4612 or 14612, whichever is meant"),
    "with its name": ("loss=1.46", {}, "write 1.46 alone"),
    "with its unit": ("1.46 nats", {}, "write 1.46 alone"),
    "percent": ("14.6%", {}, "write 14.6 alone"),
    "word": ("low", {}, "'low' is not a number; write it as the log has it"),
    "nothing": ("", {}, "is empty"),
    "half": ("1.46e", {}, "write 1.46 alone"),
    "underscore": ("1_0", {}, "'1_0' is not a number"),
    "rows": ("1.46@32", {}, "write 1.46@0:32 for the first 32"),
    "open rows": ("1.46@32:", {}, "does not say its rows"),
    "no rows": ("1.46@32:32", {}, "holds no rows"),
    "boolean": (True, {}, "True is not a number"),
    "list": ([1.0], {}, "a list is not one number"),
    "array": (np.array([1.0, 2.0]), {}, "'[1. 2.]'"),
    "too large": ("1e999", {}, "write inf if the log has it"),
    "both": ("1.46", {"digits": 3, "rtol": 0.1}, "digits: a relative tolerance is given too"),
    "no digits": ("1.46", {"digits": 0}, "digits: 0 is not between 1 and 17"),
    "tolerance": ("1.46", {"rtol": 0.0}, "rtol: 0 is not between 0 and 1"),
    "no tolerance": ("1.46", {"rtol": math.nan}, "rtol: nan is not between 0 and 1"),
}


@pytest.mark.parametrize(("written", "options", "says"), MISTAKES.values(), ids=MISTAKES)
def test_what_is_no_number_is_refused_in_one_line(written: Any, options: dict[str, Any], says: str) -> None:
    with pytest.raises(CepickError) as caught:
        read_number(written, **options)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_argument_that_is_wrong_is_named() -> None:
    with pytest.raises(CepickError, match=r"^also: 'low'"):
        read_number("low", what="also")


@settings(deadline=None)
@given(st.decimals(min_value="1e-9", max_value="1e9", allow_nan=False), st.integers(1, 7))
def test_a_rounded_number_is_within_its_tolerance_of_what_was_rounded(exact: Decimal, digits: int) -> None:
    found = read_number(f"{exact:.{digits - 1}e}")
    assert found.digits == digits
    assert abs(found.value - float(exact)) <= found.tolerance * (1 + 1e-9)


@settings(deadline=None)
@given(st.floats(min_value=2**-20, max_value=2**20, width=32))
def test_a_float32_has_at_most_seven_digits_and_is_known_to_no_less_than_its_rounding(value: float) -> None:
    found = read_number(float(value))
    assert found.digits <= 7
    assert found.value == value
