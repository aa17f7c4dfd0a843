"""What an answer carries: the reasons, the framework's spelling first, the evidence, and its JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import jsonschema
import pytest

from ce_core import frameworks
from ce_core.configs_io import read_text
from ce_core.decide.recommend import recommend
from ce_core.errors import CepickError
from ce_core.task import Evidence, Task
from ce_core.task.presets import presets
from ce_core.task.words import PROPERTIES

DIGITS: dict[str, Any] = {
    "outcomes": "multiclass",
    "exclusive": True,
    "targets": "hard",
    "encoding": "index",
    "outputs": "logits",
    "classes": 10,
}


def test_each_property_that_decided_is_told_in_a_sentence() -> None:
    assert recommend(**DIGITS).why == (
        "there are more than two classes",
        "exactly one class is true for each example, so the classes compete in a softmax",
        "the targets are certain labels, so the number of the class says it all",
        "each label is stored as the number of its class, so no one-hot rows need to be made",
        "the model puts out logits, so the loss takes the softmax itself, and stays exact",
    )


def test_a_property_that_did_not_decide_is_not_told() -> None:
    said = " ".join(recommend(outcomes="binary", outputs="logits", units=1, targets="soft").why)
    assert "targets" not in said
    said = " ".join(recommend(**DIGITS, structure="pixel", phase="train", masked=True).why)
    assert all(word not in said for word in ("pixel", "training", "mask"))


@pytest.mark.parametrize(
    ("known", "sentence"),
    [
        ({"phase": "train"}, "the loss is for training, where an estimate from sampled classes will do"),
        (
            {"phase": "train", "framework": "torch"},
            "the loss is for training, which would have to keep every logit for the gradient",
        ),
        (
            {"phase": "eval", "outputs": "logits"},
            "the loss is for evaluation, which needs the full softmax over every class",
        ),
        ({"framework": "torch"}, "the framework is PyTorch, which has no sampled softmax"),
        ({"framework": "tensorflow"}, "the framework is TensorFlow, which has a sampled softmax"),
        ({}, "there are too many classes to compute every logit at each step of training"),
    ],
    ids=str,
)
def test_phase_and_framework_are_told_where_a_huge_vocabulary_makes_them_decide(
    known: dict[str, Any], sentence: str
) -> None:
    assert sentence in recommend(huge_vocabulary=True, **known).why
    assert sentence not in recommend(**(DIGITS | known)).why


def test_each_near_neighbour_is_refused_with_every_reason() -> None:
    assert recommend(**DIGITS).why_not == {
        "sigmoid_cross_entropy": ("lets several labels be true at once, but the classes exclude each other",),
        "binary_cross_entropy": (
            "takes probabilities, but the model puts out logits",
            "lets several labels be true at once, but the classes exclude each other",
        ),
        "softmax_cross_entropy": (
            "takes a row for each example, one-hot or a distribution, but each target is the number of its class",
        ),
        "sparse_categorical_cross_entropy": ("takes probabilities, but the model puts out logits",),
        "categorical_cross_entropy": (
            "takes a row for each example, one-hot or a distribution, but each target is the number of its class",
            "takes probabilities, but the model puts out logits",
        ),
        "nll": ("takes log-probabilities, but the model puts out logits",),
    }


@pytest.mark.parametrize(
    ("known", "loss", "reason"),
    [
        (
            {"exclusive": False, "outputs": "logits"},
            "softmax_cross_entropy",
            "several labels may be true at once",
        ),
        (
            {"exclusive": False, "outputs": "logits"},
            "binary_cross_entropy",
            "takes probabilities, but the model",
        ),
        (
            {"encoding": "distribution", "outcomes": "multiclass", "outputs": "logits"},
            "sparse_softmax_cross_entropy",
            "takes hard labels, but the targets are soft",
        ),
        (
            {"encoding": "index", "outputs": "log_probabilities"},
            "sparse_softmax_cross_entropy",
            "it would give the same value, and take the log-softmax a second time",
        ),
        ({"kind": "contrastive"}, "sigmoid_cross_entropy", "judges each pair on its own"),
        (
            {"kind": "reconstruction", "target_range": "unit_interval"},
            "softmax_cross_entropy",
            "makes the values compete, but each is reconstructed on its own",
        ),
        (
            {"huge_vocabulary": True, "phase": "eval", "outputs": "logits"},
            "linear_softmax_cross_entropy",
            "for evaluation the full softmax gives the same value",
        ),
        (
            {"huge_vocabulary": True, "encoding": "one_hot", "outputs": "logits"},
            "sampled_softmax",
            "takes the number of the class, but each target is a one-hot row",
        ),
        (
            {"huge_vocabulary": True, "encoding": "index", "outputs": "probabilities"},
            "nce",
            "makes the logits itself from hidden features, but the model puts out probabilities",
        ),
        (DIGITS | {"imbalance": True}, "weighted_sigmoid_cross_entropy", "the classes exclude each other"),
        (
            {
                "kind": "distillation",
                "outcomes": "binary",
                "units": 1,
                "outputs": "logits",
                "imbalance": True,
            },
            "weighted_sigmoid_cross_entropy",
            "weighs positives against negatives, which distillation does not have",
        ),
    ],
    ids=str,
)
def test_a_refusal_gives_the_reason_that_holds(known: dict[str, Any], loss: str, reason: str) -> None:
    assert reason in "; ".join(recommend(**known).why_not[loss])


@pytest.mark.parametrize(
    ("known", "activation", "predictions", "targets"),
    [
        (
            DIGITS,
            "10 units, one for each class, and no activation: the loss takes the softmax itself",
            "logits [N, 10], floating point",
            "class indices [N], from 0 to 9, integers (int64 in PyTorch)",
        ),
        (
            {"outcomes": "binary", "outputs": "probabilities", "targets": "hard"},
            "1 unit, and a sigmoid on each",
            "probabilities [N] or [N, 1], floating point",
            "the shape of the probabilities, [N] or [N, 1], floating point: 0 or 1",
        ),
        (
            {"exclusive": False, "outputs": "logits", "classes": 20},
            "20 units, one for each label, and no activation: the loss takes the sigmoid itself",
            "logits [N, 20], floating point",
            "the shape of the logits, [N, 20], floating point: 0 or 1, or anything between",
        ),
        (
            {"encoding": "distribution", "outcomes": "multiclass", "outputs": "probabilities"},
            "K units, one for each class, and a softmax over them",
            "probabilities [N, K] that sum to 1 over the classes, floating point",
            "rows [N, K] that sum to 1, floating point",
        ),
        (
            {"encoding": "one_hot", "classes": 3, "outputs": "log_probabilities"},
            "3 units, one for each class, and a log-softmax over them",
            "log-probabilities [N, 3], floating point",
            "one-hot rows [N, 3], floating point",
        ),
        (
            {"outputs": "log_probabilities", "outcomes": "multiclass", "targets": "hard"},
            "K units, one for each class, and a log-softmax over them",
            "log-probabilities [N, K], floating point",
            "class indices [N], from 0 to K-1, integers (int64 in PyTorch); or one-hot rows [N, K], floating point",
        ),
        (
            DIGITS | {"structure": "token"},
            "10 units, one for each class, and no activation: the loss takes the softmax itself",
            "logits [N, T, 10], floating point; PyTorch wants the class axis second: [N, 10, T]",
            "class indices [N, T], from 0 to 9, integers (int64 in PyTorch)",
        ),
        (
            DIGITS | {"structure": "pixel", "class_axis": 1},
            "10 units, one for each class, and no activation: the loss takes the softmax itself",
            "logits [N, 10, H, W], floating point",
            "class indices [N, H, W], from 0 to 9, integers (int64 in PyTorch)",
        ),
        (
            DIGITS | {"structure": "pixel", "framework": "keras"},
            "10 units, one for each class, and no activation: the loss takes the softmax itself",
            "logits [N, H, W, 10], floating point",
            "class indices [N, H, W], from 0 to 9, integers (int64 in PyTorch)",
        ),
        (
            {"huge_vocabulary": True},
            "no output layer: hand over the hidden features, and the last layer's weights (and biases)",
            "hidden features [N, D], class weights [K, D] and biases [K], floating point",
            "class indices [N, 1], int64; with the log-uniform sampler, classes numbered by falling frequency",
        ),
        (
            {"kind": "reconstruction", "target_range": "unit_interval"},
            "one unit for each value, and a sigmoid on each",
            "probabilities [N, values], floating point",
            "the shape of the probabilities, [N, values], floating point: from 0 to 1",
        ),
    ],
    ids=str,
)
def test_the_output_layer_and_the_two_arrays_are_those_of_the_task(
    known: dict[str, Any], activation: str, predictions: str, targets: str
) -> None:
    answer = recommend(**known)
    assert (answer.activation, answer.predictions, answer.targets) == (activation, predictions, targets)


@pytest.mark.parametrize("framework", PROPERTIES["framework"].answers)
def test_the_framework_that_is_asked_for_comes_first(framework: str) -> None:
    answer = recommend(**DIGITS, framework=framework)
    others = [each for each in frameworks.frameworks() if each != framework]
    assert list(answer.calls)[:5] == [framework, *others]


def test_every_framework_has_a_call_or_a_sentence_that_says_what_to_do() -> None:
    answer = recommend(**DIGITS)
    main = frameworks.frameworks()
    assert list(answer.calls)[: len(main)] == list(main)
    beside = set(answer.calls) - set(main)  # the others, where they have a call
    assert {"onnx", "xgboost", "lightgbm", "catboost", "transformers"} <= beside
    assert all(answer.calls[framework] and framework not in answer.absent for framework in beside)
    for framework in ("tensorflow", "keras", "torch", "jax"):
        assert [call.loss for call in answer.calls[framework]] == ["sparse_softmax_cross_entropy"]
    assert answer.calls["sklearn"] == ()
    assert answer.absent["sklearn"].startswith("scikit-learn takes probabilities only")


def test_a_call_is_for_as_many_columns_as_the_task_has() -> None:
    one = recommend(outcomes="binary", outputs="logits", units=1).calls["torch"]
    several = recommend(exclusive=False, outputs="logits").calls["torch"]
    assert [call.units for call in one] == ["one"]
    assert [call.units for call in several] == ["several"]


def test_an_old_spelling_is_left_out_where_there_is_a_new_one() -> None:
    assert [call.legacy for call in recommend(**DIGITS).calls["tensorflow"]] == [False]
    probabilities = recommend(outcomes="binary", outputs="probabilities", units=1)
    assert [call.legacy for call in probabilities.calls["tensorflow"]] == [True]


def test_soft_targets_get_no_call_that_takes_hard_ones_only() -> None:
    answer = recommend(outcomes="binary", outputs="probabilities", units=1, targets="soft")
    assert answer.calls["sklearn"] == ()
    assert answer.absent["sklearn"] == "sklearn.metrics.log_loss takes hard targets only"


def test_log_probabilities_with_rows_go_where_rows_are_taken() -> None:
    answer = recommend(outputs="log_probabilities", encoding="distribution", classes=5)
    assert not any(answer.calls.values())
    assert "hand them to torch.nn.functional.cross_entropy in place of the logits" in answer.absent["torch"]
    assert answer.absent["sklearn"].endswith("-(targets * log_probabilities).sum(axis=-1).mean()")
    assert recommend(outputs="log_probabilities", encoding="index").calls["torch"]


def test_a_sequence_gets_the_variant_for_tokens() -> None:
    answer = recommend(**DIGITS, structure="token", ignore_index=-100)
    (call,) = answer.calls["torch"]
    assert set(answer.snippets(call)) == {"ignore_index", "tokens"}
    assert "tokens" not in recommend(**DIGITS).snippets(call)


def test_what_was_said_and_what_follows_are_told_apart_in_the_evidence() -> None:
    answer = recommend(encoding="one_hot", outputs="logits", classes=5)
    because = {each.property: each.because for each in answer.evidence}
    assert because == {
        "encoding": "said",
        "outputs": "said",
        "classes": "said",
        "kind": "follows: classes or labels were described",
        "exclusive": "follows: a one-hot row names one class",
        "outcomes": "follows: there are more than two classes",
        "targets": "follows: such a label is certain",
    }
    assert {each.property for each in answer.evidence} == {name for name, _ in answer.task.known()}


def test_evidence_from_the_arrays_is_kept() -> None:
    seen = Evidence(property="outputs", value="logits", source="predictions", because="values from -3 to 4")
    answer = recommend(Task(outputs="logits", outcomes="binary"), evidence=(seen,))
    assert answer.evidence[0] == seen
    assert all(each.because.startswith("follows") for each in answer.evidence[1:])


def test_properties_by_name_win_over_the_task() -> None:
    task = Task(outcomes="binary", outputs="logits")
    assert recommend(task, outputs="probabilities").loss == "binary_cross_entropy"
    assert recommend(task, outputs=None).status == "undecided"


def test_an_unknown_property_is_told_with_the_nearest_one() -> None:
    with pytest.raises(CepickError, match=r"^output: no such property of a task; did you mean 'outputs'\?$"):
        recommend(output="logits")


def test_a_conflict_of_properties_is_one_line() -> None:
    with pytest.raises(CepickError, match="encoding 'index' and exclusive False cannot both be"):
        recommend(encoding="index", exclusive=False)


KEYS = [
    "schema",
    "status",
    "loss",
    "computed",
    "formula",
    "also_fit",
    "task",
    "evidence",
    "why",
    "why_not",
    "question",
    "asks",
    "instead",
    "activation",
    "predictions",
    "targets",
    "modifiers",
    "calls",
    "absent",
    "findings",
    "notes",
]


@pytest.mark.parametrize(
    "task", [Task(), Task(**DIGITS), Task(kind="ordinal"), *(each.task for each in presets())]
)
def test_the_json_is_strict_and_has_the_same_keys_whatever_the_answer(task: Task) -> None:
    answer = recommend(task, label_smoothing=0.1)
    plain = json.loads(json.dumps(answer.to_dict(), allow_nan=False))
    assert list(plain) == KEYS
    assert plain == answer.to_dict()
    jsonschema.validate(plain, json.loads(read_text("schemas/recommendation.schema.json")))
    assert plain["schema"] == "cepick.recommendation/1"
    assert plain["task"] == answer.task.to_dict()
    for calls in plain["calls"].values():
        for call in calls:
            assert {"call", "code", "reduction", "note", "imports", "modifiers"} <= set(call)


def test_texts_are_one_line_each_and_in_plain_sentences() -> None:
    for task in (each.task for each in presets()):
        answer = recommend(task, label_smoothing=0.1)
        texts = [*answer.why, *(text for texts in answer.why_not.values() for text in texts)]
        for text in texts:
            assert text == text.strip()
            assert not text.endswith(".")
            assert "\n" not in text
            assert "  " not in text
            assert "None" not in text
        for modifier in answer.modifiers:
            assert modifier.text.endswith(".")
            assert "\n" not in modifier.text
            assert "None" not in modifier.text


def test_recommending_is_light_to_import() -> None:
    code = (
        "import sys, ce_core.decide.recommend\n"
        "heavy = {'numpy', 'yaml', 'typer', 'rich', 'json', 'csv'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
