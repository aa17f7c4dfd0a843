"""Numbers whose origin is known: one set of arrays, the tables of the frameworks' semantics."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from ce_core import CepickError, match
from ce_core.match.answer import Logged

LOGITS = np.array([[2, 0, -1], [0.5, 1, 0], [3, -2, 0]], dtype=np.float32)
LABELS = np.array([0, 2, 1])
WEIGHTS = [1, 2, 10]


def traced(value: Any, predictions: Any = LOGITS, targets: Any = LABELS, **options: Any) -> Any:
    return match(predictions, targets, value=value, **options)


KNOWN = {
    "the plain mean": ("2.3017", {}, None, {}),
    "in bits": ("3.3206", {}, "wrong-base", {"unit": "bits"}),
    "a perplexity": ("9.9912", {}, "perplexity-logged", {"unit": "perplexity"}),
    "a sum": ("6.9051", {}, None, {"reduction": "sum"}),
    "divided by the classes too": ("0.7672", {}, None, {"reduction": "elements"}),
    "Keras' CategoricalCrossentropy on logits": ("10.745", {}, "logits-as-probabilities", None),
    "Keras' SparseCategoricalCrossentropy on logits": ("10.881", {}, "logits-as-probabilities", None),
    "Keras' BinaryCrossentropy on logits": ("7.202", {}, "logits-as-probabilities", None),
    "weights, as torch divides with indices": ("2.0833", {"class_weights": WEIGHTS}, None, {}),
    "weights, divided by the number": (
        "9.0275",
        {"class_weights": WEIGHTS},
        "weighted-mean-differs",
        {"weights": "÷N"},
    ),
    "weights forgotten": (
        "2.3017",
        {"class_weights": WEIGHTS},
        "weights-forgotten",
        {"weights": "forgotten"},
    ),
    "torch's smoothing with weights": (
        "2.1218",
        {"class_weights": WEIGHTS},
        None,
        {"smoothing": "0.1 torch"},
    ),
    "divided by the weights that are not 0": (
        "1.7652",
        {"sample_weights": [1, 2, 0]},
        "weighted-mean-differs",
        None,
    ),
    "an NLL of the softmax": ("-0.3455", {}, "not-log-probabilities", None),
}


@pytest.mark.parametrize(("value", "options", "mistake", "variant"), KNOWN.values(), ids=KNOWN)
def test_a_number_of_the_table_is_traced_first(
    value: str, options: dict[str, Any], mistake: str | None, variant: dict[str, Any] | None
) -> None:
    found = traced(value, **options)
    assert found.matches[0].mistake == mistake
    assert not found.failed
    if variant is not None:
        assert {key: each for key, each in found.matches[0].variant.items() if key != "clip"} == variant


def test_a_double_softmax_is_named_with_its_repair() -> None:
    shares = np.exp(LOGITS) / np.exp(LOGITS).sum(1, keepdims=True)
    value = np.mean(np.log(np.exp(shares).sum(1)) - shares[range(3), LABELS])
    first = traced(f"{value:.5f}").matches[0]
    assert (first.mistake, first.variant) == ("double-softmax", {"activation": "softmax twice"})
    assert "softmax was taken twice" in first.says
    assert first.repair
    assert "torch.nn.CrossEntropyLoss" in first.framework


def test_nothing_matches_by_chance_and_the_nearest_are_told() -> None:
    found = traced("5.55555")
    assert found.failed
    assert not found.matches
    assert len(found.nearest) == 5
    assert found.expected_by_chance < 0.1
    assert found.advice
    assert [each.distance for each in found.nearest[:2]] == sorted(
        each.distance for each in found.nearest[:2]
    )


def test_ties_are_grouped_under_the_simplest() -> None:
    (only,) = traced("2.301700").matches
    assert only.variant == {}
    assert {"activation": "softmax"} in [dict(each.variant) for each in only.same]


def test_runs_of_rows_narrow_it_and_must_agree() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(300, 5)).astype(np.float32)
    labels = rng.integers(0, 5, 300)
    losses = np.log(np.exp(logits).sum(1)) - logits[range(300), labels]
    first, second = losses[:100].mean() / math.log(2), losses[100:200].mean() / math.log(2)
    found = traced([f"{first:.4g}@0:100", f"{second:.4g}@100:200"], logits, labels)
    assert found.matches[0].variant == {"unit": "bits"}
    assert found.matches[0].values == pytest.approx((first, second), rel=1e-6)
    assert found.logged[1].rows == (100, 200)
    assert traced([f"{first:.4g}", f"{second:.4g}"], logits, labels, batch_size=100).matches[0].variant == {
        "unit": "bits"
    }
    assert traced([f"{first:.4g}", f"{losses[100:200].mean():.4g}"], logits, labels, batch_size=100).failed


def test_other_epochs_narrow_it() -> None:
    other = LOGITS * 0.5
    losses = np.log(np.exp(other).sum(1)) - other[range(3), LABELS]
    found = match(LOGITS, LABELS, value="9.9912", also=[(other, LABELS, f"{np.exp(losses.mean()):.4f}")])
    assert found.matches[0].mistake == "perplexity-logged"
    assert found.logged[1].arrays == ("predictions", "targets")
    assert match(LOGITS, LABELS, value="9.9912", also=[(other, LABELS, "1.2345")]).failed


def test_a_logged_number_is_taken_as_it_is() -> None:
    found = traced(Logged(text="2.30", value=2.3, digits=3, tolerance=0.005))
    assert found.matches[0].variant == {}


REFUSED = {
    "several numbers of the same rows": ({"value": ["1.2", "1.3"]}, "value: several numbers"),
    "rows that are not there": ({"value": "1.2@2:9"}, "rows 2:9 are not among"),
    "an unknown property": ({"value": "1.2", "outputz": "logits"}, "outputz: no such property"),
    "no number": ({"value": []}, "value: none was given"),
    "a batch size that is none": ({"value": "1.2", "batch_size": 0}, "batch_size: 0"),
    "class weights of another number": (
        {"value": "1.2", "class_weights": [1, 2]},
        "2 numbers for class weight of 3",
    ),
}


@pytest.mark.parametrize(("options", "says"), REFUSED.values(), ids=REFUSED)
def test_what_makes_no_sense_is_refused_in_one_line(options: dict[str, Any], says: str) -> None:
    with pytest.raises(CepickError, match=says) as refused:
        match(LOGITS, LABELS, **options)
    assert "\n" not in str(refused.value)


def test_arrays_of_another_model_are_refused() -> None:
    with pytest.raises(CepickError, match="has 2 columns"):
        match(LOGITS, LABELS, value="1.2", also=[(np.zeros((3, 2)), np.array([0, 1, 1]), "0.7")])


def test_labels_from_one_are_counted_from_one() -> None:
    found = traced("2.3017", targets=LABELS + 1)
    assert found.matches[0].variant == {}
    assert any("counted from 1" in note for note in found.notes)


def test_labels_that_name_no_class_are_left_out_and_said_so() -> None:
    found = traced("0.1698", targets=[0, 7, -3])
    assert found.matches[0].variant == {}
    assert found.count == 1
    assert any("name none of the 3 classes" in note for note in found.notes)


def test_an_infinite_loss_is_that_of_a_probability_of_zero() -> None:
    found = match(np.array([[1.0, 0.0], [0.5, 0.5]]), np.array([1, 0]), value="inf")
    assert found.matches[0].variant == {}
    assert math.isinf(found.matches[0].value)


def test_nan_is_no_match_and_says_where_to_look() -> None:
    found = traced("nan")
    assert found.failed
    assert "cepick eval" in found.advice[0]


def test_the_json_of_an_answer_is_plain() -> None:
    plain = traced("3.3206").to_dict()
    assert plain["schema"] == "cepick.match/1"
    assert plain["matches"][0]["mistake"] == "wrong-base"
    assert plain["digits"] == 5
    assert plain["tried"] > 1000
