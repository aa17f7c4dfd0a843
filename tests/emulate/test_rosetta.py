"""The table of one data set and many numbers, as the frameworks fill it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from ce_core.emulate import Rosetta, rosetta
from ce_core.errors import CepickError
from ce_core.frameworks import frameworks, title

LOGITS = np.array([[2.0, 0.0, -1.0], [0.5, 1.0, 0.0], [3.0, -2.0, 0.0]])
LABELS = np.array([0, 2, 1])
WEIGHTS = [1, 2, 10]


def table(**modifiers: Any) -> Rosetta:
    return rosetta(LOGITS, LABELS, given="logits", target_form="index", **modifiers)


def members(found: Rosetta, value: float) -> dict[str, set[str]]:
    """Return the members of the group that shows a value, by framework."""
    group = found.find(value)
    assert group is not None
    texts: dict[str, set[str]] = {}
    for member in group.members:
        texts.setdefault(member.framework, set()).add(member.text)
    return texts


def test_without_weights_the_five_frameworks_agree() -> None:
    found = table()
    assert found.exact == pytest.approx(2.3017, abs=5e-5)
    assert set(members(found, 2.3017)) >= set(frameworks())
    assert found.groups[0].causes == ()
    assert found.groups[0].value == pytest.approx(found.exact)


def test_the_main_frameworks_come_first() -> None:
    first = [member.framework for member in table().groups[0].members]
    assert first[0] == "tensorflow"
    assert first.index("jax") < first.index("onnx")


def test_class_weights_divide_by_their_sum_or_by_the_number_of_losses() -> None:
    found = table(class_weights=WEIGHTS)
    by_weights, by_count = members(found, 2.0833), members(found, 9.0275)
    assert "torch.nn.functional.cross_entropy(weight=class_weights)" in by_weights["torch"]
    assert any("reduction='mean'" in text for text in by_weights["tensorflow"])
    assert any("mean_with_sample_weight" in text for text in by_weights["keras"])
    assert {"sklearn", "onnx", "catboost", "paddle"} <= set(by_weights)
    assert any("one_hot(targets)" in text for text in by_count["torch"])
    assert any("sparse_softmax_cross_entropy(weights=" in text for text in by_count["tensorflow"])
    assert any(
        "SparseCategoricalCrossentropy(from_logits=True, sample_weight=" in text for text in by_count["keras"]
    )
    group = found.find(9.0275)
    assert group is not None
    assert [cause.cause for cause in group.causes] == ["divisor"]
    assert group.causes[0].amount == pytest.approx(9.0275 - 2.0833, abs=1e-4)


def test_smoothing_with_weights_is_torch_s_own() -> None:
    found = table(class_weights=WEIGHTS, label_smoothing=0.1)
    assert "torch" in members(found, 2.1218)
    assert "torch" in members(found, 9.1944)
    group = found.find(2.1218)
    assert group is not None
    assert [cause.cause for cause in group.causes] == ["smoothing-with-weights"]


def test_row_weights_divide_by_those_that_are_not_zero_or_by_all() -> None:
    found = table(sample_weights=[1, 2, 0])
    nonzero, every = members(found, 1.7652), members(found, 1.1768)
    assert set(nonzero) == {"tensorflow"}
    assert any("sum_over_batch_size" in text for text in every["tensorflow"])
    assert "keras" in every


def test_the_loss_in_bits_is_a_mistake_of_its_own() -> None:
    group = table().find(2.301700308525056 / math.log(2), digits=6)
    assert group is not None
    assert group.members[0].mistake == "wrong-base"


def test_the_divergence_divides_by_the_elements_or_by_the_batch() -> None:
    found = table()
    assert "torch" in members(found, 0.7672)
    assert any("batchmean" in text for text in members(found, 2.3017)["torch"])


@pytest.mark.parametrize(
    ("value", "call"),
    [
        (10.745, "keras.losses.CategoricalCrossentropy on logits, one_hot(targets)"),
        (10.881, "keras.losses.SparseCategoricalCrossentropy"),
        (7.202, "keras.losses.BinaryCrossentropy on logits, one_hot(targets)"),
    ],
)
def test_logits_read_as_probabilities_are_shown_as_a_mistake(value: float, call: str) -> None:
    group = table().find(value, digits=3)
    assert group is not None
    assert [(member.text, member.mistake) for member in group.members] == [(call, "logits-as-probabilities")]
    assert group.causes[0].cause == "logits-as-probabilities"


def test_no_two_groups_of_one_kind_show_the_same_number() -> None:
    found = table(class_weights=WEIGHTS)
    values = [
        group.value for group in found.groups if group.value is not None and not group.members[0].mistake
    ]
    assert all(
        not math.isclose(one, other, rel_tol=1e-6)
        for place, one in enumerate(values)
        for other in values[:place]
    )


def test_members_are_named_as_people_write_them() -> None:
    for group in table().groups:
        for member in group.members:
            assert member.title == ("any framework" if member.framework == "any" else title(member.framework))


def test_ignored_rows_are_left_out_by_the_argument_or_before_the_call() -> None:
    labels = np.array([0, 255, 1])
    found = rosetta(LOGITS, labels, given="logits", target_form="index", ignore_index=255)
    assert set(members(found, float(found.exact or 0.0))) >= set(frameworks())
    assert found.exact == pytest.approx((0.1698 + 5.0550) / 2, abs=1e-4)


@pytest.mark.parametrize("given", ["logits", "probabilities", "log_probabilities"])
def test_the_same_model_has_the_same_exact_loss_however_it_is_given(given: str) -> None:
    probabilities = np.exp(LOGITS) / np.exp(LOGITS).sum(axis=-1, keepdims=True)
    arrays = {"logits": LOGITS, "probabilities": probabilities, "log_probabilities": np.log(probabilities)}
    found = rosetta(arrays[given], LABELS, given=given, target_form="index")
    assert found.exact == pytest.approx(2.3017, abs=5e-5)
    assert found.groups[0].value == pytest.approx(2.3017, abs=5e-5)


@pytest.mark.parametrize("pos_weight", [None, 2.5])
def test_binary_logits_agree_too(pos_weight: float | None) -> None:
    logits, targets = np.array([0.3, -1.2, 2.0]), np.array([1, 0, 0])
    found = rosetta(logits, targets, given="logits", target_form="scalar", pos_weight=pos_weight)
    assert {"tensorflow", "torch"} <= {member.framework for member in found.groups[0].members}
    assert not found.groups[0].causes


def test_soft_rows_have_no_divergence_among_their_cross_entropies() -> None:
    rows = np.array([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8], [0.3, 0.3, 0.4]])
    found = rosetta(LOGITS, rows, given="logits", target_form="rows")
    assert not any("kl_div" in member.text for group in found.groups for member in group.members)


def test_an_unknown_word_is_refused() -> None:
    with pytest.raises(CepickError, match="given: 'scores' is not known"):
        rosetta(LOGITS, LABELS, given="scores", target_form="index")


def test_the_table_is_plain_data() -> None:
    shown = table(class_weights=WEIGHTS).to_dict()
    assert shown["groups"][0]["value"] == pytest.approx(2.0833, abs=5e-5)
    assert shown["groups"][1]["causes"][0]["cause"] == "divisor"
