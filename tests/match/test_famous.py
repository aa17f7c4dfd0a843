"""The famous numbers: each is found, named and ranked, and nothing is told that chance would give."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ce_core.errors import CepickError
from ce_core.lookup.explain import explain
from ce_core.losses import LOSSES
from ce_core.matching.answer import Match, Traced
from ce_core.matching.famous import famous, look_up
from ce_core.matching.famous_plateaus import without_classes
from ce_core.matching.famous_points import of_classes, smoothed_floor, softmax_ceiling, softmax_floor
from ce_core.matching.known_sizes import MOST, SIZES
from ce_core.matching.number import read_number

FIRST: dict[str, tuple[str, int | None, str | None]] = {
    "2.3026": ("uniform", 10, None),
    "2.303": ("uniform", 10, None),
    "0.6931": ("coin toss", None, None),
    "4.6052": ("uniform", 100, None),
    "6.9078": ("uniform", 1000, None),
    "10.8249": ("uniform", 50257, None),
    "10.3735": ("uniform", 32000, None),
    "1.0986": ("uniform", 3, None),
    "3.6109": ("uniform", 37, None),
    "1.4612": ("floor of softmax twice", 10, "probabilities-as-logits"),
    "1.46115": ("floor of softmax twice", 10, "probabilities-as-logits"),
    "2.4612": ("ceiling of softmax twice", 10, "probabilities-as-logits"),
    "0.3133": ("floor of positives under sigmoid twice", None, "probabilities-as-logits"),
    "1.3133": ("ceiling of negatives under sigmoid twice", None, "probabilities-as-logits"),
    "0.5032": ("floor of balanced outcomes under sigmoid twice", None, "probabilities-as-logits"),
    "16.118": ("plateau of a clip", None, "zero-probability"),
    "16.1181": ("plateau of a clip", None, "zero-probability"),
    "15.942": ("plateau of a clip", None, "zero-probability"),
    "36.04": ("plateau of a clip", None, "zero-probability"),
    "36.0437": ("plateau of a clip", None, "zero-probability"),
    "34.54": ("plateau of a clip", None, "zero-probability"),
    "27.63": ("plateau of a clip", None, "zero-probability"),
    "100.0": ("plateau of a clip", None, "zero-probability"),
    "6.9297": ("plateau of a clip", None, "zero-probability"),
    "6.93": ("plateau of a clip", None, "zero-probability"),
    "6.9315": ("plateau of a clip", None, "zero-probability"),
    "103.28": ("plateau of a clip", None, "zero-probability"),
    "87.34": ("plateau of a clip", None, "zero-probability"),
    "13.8155": ("plateau of a clip", None, "zero-probability"),
    "18.4207": ("plateau of a clip", None, "zero-probability"),
    "23.0259": ("plateau of a clip", None, "zero-probability"),
    "69.0776": ("plateau of a clip", None, "zero-probability"),
    "0.5003": ("floor of label smoothing", 10, None),
    "1.0148": ("floor of label smoothing", 1000, None),
    "0.3251": ("base rate under a sigmoid", 10, None),
    "3.3219": ("uniform, in bits", 10, "wrong-base"),
    "50257": ("perplexity of uniform", 50257, "perplexity-logged"),
    "0.1733": ("focal loss of a coin toss", None, None),
    "1.1921e-07": ("perfect under a clip", None, "too-good"),
    "-1.1921e-07": ("perfect under a clip", None, "too-good"),
    "147.365": ("uniform, summed over a batch", 10, None),
    "543.43": ("coin tosses over MNIST", None, None),
    "0.0": ("one unit under softmax", None, "one-unit-softmax"),
    "0.0000e+00": ("one unit under softmax", None, "one-unit-softmax"),
    "nan": ("every label ignored", None, "all-ignored"),
    "inf": ("probability 0", None, "zero-probability"),
    "-inf": ("log of 0", None, "zero-probability"),
    "-0.35": ("NLL on probabilities", None, "not-log-probabilities"),
    "-7.5": ("NLL on logits", None, "not-log-probabilities"),
    "-2.3026": ("uniform", 10, None),
}


@pytest.mark.parametrize(("text", "expected"), FIRST.items(), ids=FIRST)
def test_the_likeliest_meaning_comes_first(text: str, expected: tuple[str, int | None, str | None]) -> None:
    first = look_up(text).matches[0]
    assert (first.variant["famous"], first.variant.get("classes"), first.mistake) == expected


def every(answer: Match) -> list[Traced]:
    return [part for each in answer.matches for part in (each, *each.same)]


def test_the_same_number_by_definition_is_one_match() -> None:
    found = look_up("0.6931")
    assert len(found.matches) == 1
    names = {(each.variant["famous"], each.variant.get("classes")) for each in found.matches[0].same}
    assert names == {("uniform", 2), ("floor of negatives under sigmoid twice", None)}
    assert {each.value for each in every(found)} == {math.log(2)}


def test_six_point_nine_three_tells_a_float16_clip_from_a_thousand_classes() -> None:
    (clip,) = [each for each in look_up("6.9315").matches if each.mistake == "zero-probability"]
    assert {each.variant.get("classes") for each in clip.same} == {1024, None}
    thousand = look_up("6.9078").matches[0]
    assert [each.variant["famous"] for each in thousand.same] == ["plateau of a clip"]


@pytest.mark.parametrize("classes", [2, 3, 10, 37, 1000])
@pytest.mark.parametrize("times", [2, 3])
def test_no_softmax_of_a_softmax_leaves_its_floor_and_ceiling(classes: int, times: int) -> None:
    rng = np.random.default_rng(classes)
    logits = rng.normal(0, 30, (200, classes))
    for _ in range(times - 1):
        logits = np.exp(logits - logits.max(axis=1, keepdims=True))
        logits /= logits.sum(axis=1, keepdims=True)
    losses = np.log(np.exp(logits).sum(axis=1, keepdims=True)) - logits
    floor, ceiling = softmax_floor(classes, times), softmax_ceiling(classes, times)
    assert floor - 1e-9 <= losses.min() <= floor + 0.05
    # The ceiling needs another class that is certain.
    assert ceiling - 0.05 <= losses.max() <= ceiling + 1e-9


@settings(deadline=None)
@given(st.integers(2, 5000), st.floats(0.001, 0.9))
def test_the_floor_of_smoothing_is_the_entropy_of_a_smoothed_row(classes: int, smoothing: float) -> None:
    for convention, rest in (("uniform", smoothing / classes), ("others", smoothing / (classes - 1))):
        row = np.full(classes, rest)
        row[0] = 1 - rest * (classes - 1)
        entropy = float(-(row * np.log(row)).sum())
        assert smoothed_floor(smoothing, classes, convention) == pytest.approx(entropy, rel=1e-9)


@settings(deadline=None)
@given(st.integers(2, 450))
def test_any_number_of_classes_up_to_hundreds_is_found_by_five_decimals(classes: int) -> None:
    found = look_up(f"{math.log(classes):.5f}")
    sizes = {each.variant.get("classes") for each in every(found) if each.variant["famous"] == "uniform"}
    assert classes in sizes


@settings(deadline=None)
@given(st.integers(3000, MOST))
def test_a_number_of_classes_that_nobody_has_is_not_told_where_chance_would_give_it(classes: int) -> None:
    found = look_up(f"{math.log(classes):.4f}")
    assert {each.variant["classes"] for each in every(found) if "classes" in each.variant} <= set(SIZES)


def test_with_enough_digits_any_number_of_classes_is_told() -> None:
    text = f"{math.log(123_457):.9f}"
    found = look_up(text, digits=10).matches[0]
    assert (found.variant["famous"], found.variant["classes"]) == ("uniform", 123_457)


def test_the_number_of_classes_narrows_the_search() -> None:
    wide, narrow = look_up("1.5", digits=2), look_up("1.5", digits=2, classes=10)
    assert narrow.tried < wide.tried / 10
    assert narrow.expected_by_chance < wide.expected_by_chance
    assert {each.variant.get("classes", 10) for each in every(narrow)} == {10}
    assert look_up("4.6052", classes=10).matches == ()
    assert look_up("3.6109", classes=37).matches[0].variant["classes"] == 37


def test_the_number_of_classes_says_where_the_loss_lies() -> None:
    inside, below, above = (look_up(text, classes=10).notes for text in ("1.5234", "0.3274", "2.9876"))
    assert inside[0].endswith("within [1.4612, 2.4612]: this may be one")
    assert below[0].endswith("this is none")
    assert above[1].startswith("it is above ln 10 = 2.3026: worse than")


def test_how_many_are_expected_by_chance_is_how_many_are_found_by_chance() -> None:
    """Numbers that mean nothing: within a factor of two of the matches that are promised."""
    rng = np.random.default_rng(4)
    found = expected = 0.0
    for value in np.exp(rng.uniform(math.log(0.3), math.log(8), 1000)):
        answer = look_up(f"{value:.3f}")
        found += len(answer.matches) + answer.left_out
        expected += answer.expected_by_chance
    assert expected / 2 < found < expected * 2


def test_few_digits_are_said_to_be_too_few() -> None:
    found = look_up("0.9")
    assert found.expected_by_chance > 1
    assert found.notes[0].startswith("0.9 has too few digits to tell")
    assert len(found.matches) <= 8
    assert look_up("0.9000").expected_by_chance < 0.1


def test_nothing_found_names_the_nearest_and_what_to_try() -> None:
    found = look_up("1.2345")
    assert found.failed
    assert [each.distance for each in found.nearest] == sorted(each.distance for each in found.nearest)
    assert len(found.nearest) == 3
    assert all(each.distance == pytest.approx(abs(each.value - 1.2345) / 1.2345) for each in found.nearest)
    assert any("PREDICTIONS TARGETS" in each for each in found.advice)


def test_several_numbers_are_looked_up_one_by_one() -> None:
    found = look_up(["2.3026", "16.118", "1.2345"])
    assert not found.failed
    assert [each.variant["number"] for each in found.matches] == ["2.3026", "16.118"]
    assert [each.text for each in found.logged] == ["2.3026", "16.118", "1.2345"]
    assert found.tried == sum(look_up(each.text).tried for each in found.logged)


def test_one_number_need_not_be_in_a_list() -> None:
    number = read_number("2.3026")
    assert famous(number) == famous([number])


def points() -> list[Traced]:
    texts = [f"{each.value!r}" for each in (*without_classes(), *of_classes(2), *of_classes(10))]
    return [
        part for text in [*texts, "nan", "inf", "-inf", "0.0", "-0.5", "-3"] for part in every(look_up(text))
    ]


def test_every_word_for_a_mistake_is_explained_and_every_loss_known() -> None:
    found = points()
    assert len({each.variant["famous"] for each in found}) > 40
    for each in found:
        assert each.loss is None or each.loss in LOSSES
        if each.mistake is not None:
            assert explain(each.mistake).kind in ("finding", "concept")


def test_what_is_said_is_one_line_without_a_full_stop_and_a_mistake_has_a_repair() -> None:
    for each in points():
        for text in (each.says, each.repair or "x"):
            assert "\n" not in text
            assert not text.endswith(".")
        assert each.mistake is None or each.repair


@pytest.mark.parametrize("classes", [0, -1, True, 2.0])
def test_a_number_of_classes_that_is_none_is_refused(classes: int) -> None:
    with pytest.raises(CepickError, match="is not a whole number of at least 1"):
        look_up("1.5", classes=classes)


def test_rows_without_arrays_and_no_number_are_refused() -> None:
    with pytest.raises(CepickError, match="names rows, and there are no arrays"):
        look_up("1.5@0:32")
    with pytest.raises(CepickError, match="none given"):
        famous([])
