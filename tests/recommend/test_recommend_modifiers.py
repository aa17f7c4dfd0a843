"""What changes the answer: imbalance, masks, huge vocabularies, distillation, smoothing; each says what it must."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from ce_core.decide.recommend import recommend
from ce_core.decide.recommendation import Recommendation
from ce_core.errors import CepickError

CLASSES: dict[str, Any] = {"outcomes": "multiclass", "exclusive": True, "outputs": "logits"}
HARD = CLASSES | {"targets": "hard", "encoding": "index"}
YES_OR_NO: dict[str, Any] = {"outcomes": "binary", "outputs": "logits", "units": 1}
HUGE: dict[str, Any] = {"huge_vocabulary": True, "outputs": "logits"}


def modifiers(answer: Recommendation) -> dict[str, str]:
    return {modifier.name: modifier.text for modifier in answer.modifiers}


def assert_says(text: str, *parts: str) -> None:
    missing = [part for part in parts if part not in text]
    assert not missing, text


def test_rare_positives_get_a_weight_of_negatives_over_positives() -> None:
    answer = recommend(**YES_OR_NO, imbalance=99)
    assert answer.loss == "weighted_sigmoid_cross_entropy"
    assert answer.also_fit == ("sigmoid_cross_entropy",)
    text = modifiers(answer)["pos_weight"]
    assert_says(text, "pos_weight = negatives/positives, 99 if", "Class weights", "sigmoid_focal")
    assert_says(text, "bias of about log pos_weight", f"here {math.log(99):.3g}", "calibrated probabilities")
    assert_says(text, "leave the loss plain (sigmoid_cross_entropy)")


def test_the_bias_that_it_names_is_the_one_that_a_weight_leaves() -> None:
    """The weighted loss is least at logit(p) + log w: look at its gradient there."""
    share, weight = 0.03, 99.0
    logit = math.log(share / (1 - share)) + math.log(weight)
    probability = 1 / (1 + math.exp(-logit))
    assert share * weight * (probability - 1) + (1 - share) * probability == pytest.approx(0, abs=1e-12)


def test_an_unknown_ratio_is_counted() -> None:
    text = modifiers(recommend(**YES_OR_NO, imbalance=True))["pos_weight"]
    assert_says(text, "counted on the training labels", "log pos_weight")
    assert ", here " not in text


def test_each_label_of_several_has_a_weight_of_its_own() -> None:
    answer = recommend(exclusive=False, outputs="logits", imbalance=True)
    assert answer.loss == "weighted_sigmoid_cross_entropy"
    assert_says(modifiers(answer)["pos_weight"], "for each label")


def test_a_positive_weight_in_use_is_the_weighted_loss() -> None:
    assert recommend(**YES_OR_NO, weights=["positive"]).loss == "weighted_sigmoid_cross_entropy"


@pytest.mark.parametrize("imbalance", [None, False, 1, 1.0])
def test_balance_leaves_the_loss_plain(imbalance: Any) -> None:
    answer = recommend(**YES_OR_NO, imbalance=imbalance)
    assert answer.loss == "sigmoid_cross_entropy"
    assert answer.modifiers == ()


def test_competing_classes_get_class_weights() -> None:
    answer = recommend(**HARD, imbalance=True)
    assert answer.loss == "sparse_softmax_cross_entropy"
    text = modifiers(answer)["class_weights"]
    assert_says(text, "N/(K * count of the class)", "softmax_focal", "log w", "calibrated probabilities")
    assert "pos_weight" not in text


def test_probabilities_get_class_weights_and_are_told_of_the_weight_on_logits() -> None:
    text = modifiers(recommend(outcomes="binary", outputs="probabilities", imbalance=True))["class_weights"]
    assert_says(text, "weighted_sigmoid_cross_entropy", "negatives/positives", "sigmoid_focal")


def test_a_positive_weight_on_competing_classes_is_told_to_have_no_meaning() -> None:
    assert_says(modifiers(recommend(**HARD, weights=["positive"]))["no_pos_weight"], "use class weights")


def test_sample_weights_ask_what_the_mean_divides_by() -> None:
    assert_says(modifiers(recommend(**HARD, weights=["sample"]))["sample_weights"], "the sum of the weights")


def test_the_calls_carry_the_weighted_variant() -> None:
    answer = recommend(**HARD, weights=["class"])
    (call,) = answer.calls["torch"]
    assert "weight=class_weights" in answer.snippets(call)["class_weights"].code


def test_an_ignored_label_is_named_with_what_the_mean_divides_by() -> None:
    answer = recommend(**HARD, ignore_index=255)
    assert answer.task.masked is True
    text = modifiers(answer)["ignore_index"]
    assert_says(text, "the label 255", "divides by the number of positions that are left", "NaN")
    (call,) = answer.calls["torch"]
    assert "ignore_index=255" in answer.snippets(call)["ignore_index"].code


def test_a_mask_divides_by_its_sum() -> None:
    found = modifiers(recommend(**CLASSES, encoding="one_hot", masked=True))
    assert list(found) == ["mask"]
    assert_says(found["mask"], "1 = counted", "divide the sum by the sum of the mask")


def test_padding_of_index_labels_can_have_a_label_of_its_own_or_a_mask() -> None:
    found = modifiers(recommend(**HARD, masked=True))
    assert list(found) == ["ignore_index", "mask"]
    assert_says(found["ignore_index"], "such as -100")


def test_where_nothing_is_left_out_nothing_is_said() -> None:
    assert recommend(**HARD, masked=False).modifiers == ()


def test_in_training_a_sampled_softmax_is_first_and_nce_also_fits() -> None:
    answer = recommend(huge_vocabulary=True, phase="train")
    assert answer.loss == "sampled_softmax"
    assert {"nce", "linear_softmax_cross_entropy"} <= set(answer.also_fit)
    assert answer.computed is True
    assert not any("does not compute" in text for text in answer.why)
    assert_says(
        modifiers(answer)["huge_vocabulary"],
        "underestimate",
        "cepick eval features.npy labels.npy --head weights.npy",
        "in evaluation use the full sparse_softmax_cross_entropy",
        "linear_softmax_cross_entropy",
    )
    assert answer.calls["tensorflow"][0].call == "tf.nn.sampled_softmax_loss"


def test_in_evaluation_the_full_softmax_is_the_answer_and_the_sampled_losses_are_refused() -> None:
    answer = recommend(**HUGE, phase="eval", targets="hard", encoding="index")
    assert answer.loss == "sparse_softmax_cross_entropy"
    assert_says(modifiers(answer)["huge_vocabulary"], "full softmax", "underestimate")
    for sampled in ("sampled_softmax", "nce"):
        assert "for training only" in " ".join(answer.why_not[sampled])


@pytest.mark.parametrize("phase", [None, "train"])
def test_pytorch_has_neither_and_gets_the_linear_one(phase: Any) -> None:
    answer = recommend(huge_vocabulary=True, phase=phase, framework="torch")
    assert answer.loss == "linear_softmax_cross_entropy"
    assert answer.why_not["sampled_softmax"] == answer.why_not["nce"] == ("has no function in PyTorch",)
    assert_says(modifiers(answer)["huge_vocabulary"], "neither sampled_softmax nor nce", "blocks", "exact")


@pytest.mark.parametrize("framework", ["jax", "sklearn"])
def test_a_framework_without_any_gets_the_full_softmax(framework: str) -> None:
    answer = recommend(huge_vocabulary=True, phase="train", framework=framework)
    assert answer.loss == "sparse_softmax_cross_entropy"
    assert_says(modifiers(answer)["huge_vocabulary"], "has no sampled loss")


@pytest.mark.parametrize("framework", ["tensorflow", "keras"])
def test_the_tensorflow_family_has_the_sampled_one(framework: str) -> None:
    assert recommend(huge_vocabulary=True, phase="train", framework=framework).loss == "sampled_softmax"


def test_soft_rows_are_told_why_no_sampled_loss_fits() -> None:
    answer = recommend(**HUGE, encoding="distribution", phase="train")
    assert answer.loss == "softmax_cross_entropy"
    assert_says(modifiers(answer)["huge_vocabulary"], "one class index for each example")


def test_without_a_huge_vocabulary_no_sampled_loss_is_named() -> None:
    answer = recommend(**HARD, phase="train")
    assert "sampled_softmax" not in {*answer.also_fit, *answer.why_not}


def test_distillation_is_a_softmax_cross_entropy_or_a_divergence_with_a_temperature() -> None:
    answer = recommend(kind="distillation", outcomes="multiclass", outputs="logits")
    assert (answer.loss, answer.also_fit) == ("softmax_cross_entropy", ("kl_divergence",))
    assert_says(
        modifiers(answer)["temperature"], "temperature T", "T^2", "kl_divergence", "entropy of the teacher"
    )


def test_distillation_of_a_yes_or_no_is_a_sigmoid() -> None:
    answer = recommend(kind="distillation", **YES_OR_NO)
    assert answer.loss == "sigmoid_cross_entropy"
    assert_says(modifiers(answer)["temperature"], "before the sigmoid", "T^2")


def test_contrastive_is_a_sparse_softmax_over_the_batch() -> None:
    answer = recommend(kind="contrastive")
    assert (answer.loss, answer.also_fit) == ("sparse_softmax_cross_entropy", ())
    assert_says(modifiers(answer)["batch"], "similarities", "temperature", "label of row i is i", "CLIP")
    assert answer.predictions is not None
    assert answer.predictions.startswith("logits [N, N]")
    assert answer.targets is not None
    assert "0, 1, ... N-1" in answer.targets


def test_reconstruction_of_values_from_0_to_1_is_binary_cross_entropy_first_and_squared_error_also_fits() -> (
    None
):
    answer = recommend(kind="reconstruction", target_range="unit_interval")
    assert (answer.loss, answer.also_fit) == ("binary_cross_entropy", ("mean_squared_error",))
    assert_says(modifiers(answer)["reconstruction"], "entropy of the values, not 0")
    assert any("mean_squared_error also fits" in text for text in answer.why)


def test_reconstruction_from_logits_is_a_sigmoid_cross_entropy() -> None:
    answer = recommend(kind="reconstruction", target_range="unit_interval", outputs="logits")
    assert (answer.loss, answer.also_fit) == ("sigmoid_cross_entropy", ("mean_squared_error",))


def test_bytes_are_to_be_divided_by_255() -> None:
    answer = recommend(kind="reconstruction", target_range="byte")
    assert answer.loss == "binary_cross_entropy"
    assert_says(modifiers(answer)["scaling"], "divide them by 255")


@pytest.mark.parametrize("target_range", ["signed", "real"])
def test_values_outside_0_to_1_are_reconstructed_by_squared_error(target_range: str) -> None:
    answer = recommend(kind="reconstruction", target_range=target_range)
    assert (answer.status, answer.instead) == ("not_a_cross_entropy", "mean_squared_error")
    assert_says(answer.why[0], "not from 0 to 1", "rescale")


@pytest.mark.parametrize(
    ("known", "from_logits"),
    [
        ({"outcomes": "binary"}, "sigmoid_cross_entropy"),
        (HARD, "sparse_softmax_cross_entropy"),
        (CLASSES | {"targets": "soft"}, "softmax_cross_entropy"),
    ],
    ids=["binary", "index", "soft"],
)
def test_probabilities_in_training_get_their_loss_and_the_advice_to_put_out_logits(
    known: dict[str, Any], from_logits: str
) -> None:
    for phase in (None, "train"):
        found = modifiers(recommend(**(known | {"outputs": "probabilities", "phase": phase})))
        assert_says(
            found["put_out_logits"], "put out logits instead", f"use {from_logits}:", "stable", "cheaper"
        )


def test_probabilities_in_evaluation_are_left_alone() -> None:
    answer = recommend(**(HARD | {"outputs": "probabilities", "phase": "eval"}))
    assert answer.modifiers == ()


def test_signed_labels_are_to_be_mapped() -> None:
    found = modifiers(recommend(**YES_OR_NO, target_range="signed"))
    assert_says(found["signed_labels"], "(y + 1)/2", "hinge")


def test_labels_from_one_are_to_be_lowered() -> None:
    assert_says(modifiers(recommend(**HARD, label_base=1))["label_base"], "subtract 1")


def least_loss(targets: np.ndarray) -> float:
    return float(-(targets * np.log(targets)).sum())


@pytest.mark.parametrize("classes", [2, 10, 1000])
@pytest.mark.parametrize("amount", [0.01, 0.1, 0.5])
def test_a_softmax_names_the_least_loss_that_is_left(classes: int, amount: float) -> None:
    known = HARD | {"classes": classes, "units": classes}
    if classes == 2:
        known["outcomes"] = "binary"
    answer = recommend(**known, label_smoothing=amount)
    smoothed = np.full(classes, amount / classes)
    smoothed[0] += 1 - amount
    text = modifiers(answer)["label_smoothing"]
    assert_says(
        text, f"(1 - {amount:g})*y + {amount:g}/K", f"{least_loss(smoothed):.4g} nats for K = {classes}"
    )
    assert_says(text, "class index", "mean loss of all classes")
    assert answer.label_smoothing == amount


def test_without_a_number_of_classes_the_least_loss_has_a_name_but_no_number() -> None:
    text = modifiers(recommend(**HARD, label_smoothing=0.1))["label_smoothing"]
    assert_says(text, "0.1/K", "not 0 but the entropy of the smoothed targets")


def test_a_sigmoid_smooths_by_halves() -> None:
    text = modifiers(recommend(**YES_OR_NO, targets="hard", label_smoothing=0.1))["label_smoothing"]
    assert_says(
        text, "(1 - 0.1)*y + 0.1/2", f"{least_loss(np.array([0.95, 0.05])):.4g} nats for each outcome"
    )


def test_soft_targets_have_no_one_least_loss() -> None:
    text = modifiers(recommend(**CLASSES, targets="soft", classes=5, label_smoothing=0.1))["label_smoothing"]
    assert "nats" not in text


def test_a_sampled_loss_cannot_be_smoothed() -> None:
    answer = recommend(huge_vocabulary=True, phase="train", label_smoothing=0.1)
    assert_says(modifiers(answer)["label_smoothing"], "has no meaning for sampled_softmax")


def test_the_calls_carry_the_smoothed_variant_with_the_number_in_it() -> None:
    answer = recommend(**HARD, label_smoothing=0.1)
    (call,) = answer.calls["torch"]
    assert "label_smoothing=0.1" in answer.snippets(call)["label_smoothing"].code


@pytest.mark.parametrize("amount", [None, 0, 0.0])
def test_no_smoothing_says_nothing(amount: Any) -> None:
    assert recommend(**HARD, label_smoothing=amount).modifiers == ()


@pytest.mark.parametrize("amount", [-0.1, 1.5, math.nan, "0.1", True])
def test_an_amount_that_is_no_share_is_refused(amount: Any) -> None:
    with pytest.raises(CepickError, match=r"^label_smoothing: .*; write one"):
        recommend(**HARD, label_smoothing=amount)
