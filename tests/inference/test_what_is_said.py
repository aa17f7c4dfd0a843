"""What is said of the targets wins over what the arrays show; what contradicts them is told in words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from clean_pairs import sigmoid, softmax

from ce_core import Task, evaluate, infer
from ce_core.errors import CepickError
from ce_core.read.readings import readings

rng = np.random.default_rng(4)
LOGITS = rng.normal(0, 3, (40, 5))
ONE_HOT = np.eye(5)[np.arange(40) % 5]
MULTI = (rng.random((40, 5)) < 0.5) * 1.0
SHARES = rng.dirichlet(np.ones(5), 40)
SOFT = rng.random((40, 5))
MULTI[0], MULTI[1] = 1, 0

SAID: dict[str, tuple[np.ndarray, dict[str, Any], str, list[str]]] = {
    "one-hot, multi_hot": (ONE_HOT, {"encoding": "multi_hot"}, "sigmoid_cross_entropy", []),
    "one-hot, scalar": (ONE_HOT, {"encoding": "scalar"}, "sigmoid_cross_entropy", []),
    "one-hot, distribution": (ONE_HOT, {"encoding": "distribution"}, "softmax_cross_entropy", []),
    "one-hot, soft": (ONE_HOT, {"targets": "soft"}, "softmax_cross_entropy", []),
    "one-hot, soft labels": (ONE_HOT, {"targets": "soft", "exclusive": False}, "sigmoid_cross_entropy", []),
    "one-hot, distillation": (ONE_HOT, {"kind": "distillation"}, "softmax_cross_entropy", []),
    "several ones, one_hot": (MULTI, {"encoding": "one_hot"}, "softmax_cross_entropy", ["CE305"]),
    "several ones, distribution": (MULTI, {"encoding": "distribution"}, "softmax_cross_entropy", ["CE305"]),
    "several ones, soft": (MULTI, {"targets": "soft"}, "sigmoid_cross_entropy", []),
    "shares, scalar": (SHARES, {"encoding": "scalar"}, "sigmoid_cross_entropy", []),
    "fractions, distribution": (SOFT, {"encoding": "distribution"}, "softmax_cross_entropy", ["CE205"]),
}


@pytest.mark.parametrize(("targets", "said", "loss", "codes"), SAID.values(), ids=SAID)
def test_what_is_said_of_the_targets_decides(
    targets: np.ndarray, said: dict[str, Any], loss: str, codes: list[str]
) -> None:
    answer = evaluate(LOGITS, targets, task=Task(**said))
    # The logits know nothing of the targets, which may be said.
    found = [each.code for each in answer.findings if not each.code.startswith("CE5")]
    assert (answer.loss, found) == (loss, codes)
    assert {name: getattr(answer.task, name) for name in said} == said


def test_a_row_of_one_1_is_a_distribution_of_the_same_loss() -> None:
    for said in (Task(encoding="distribution"), Task(targets="soft"), Task(kind="distillation")):
        assert evaluate(LOGITS, ONE_HOT, task=said).value == evaluate(LOGITS, ONE_HOT).value


@pytest.mark.parametrize(
    ("targets", "said", "named"),
    [
        (SHARES, {"encoding": "one_hot"}, "encoding 'one_hot' was said"),
        (SOFT, {"encoding": "multi_hot"}, "encoding 'multi_hot' was said"),
        (SHARES, {"targets": "hard"}, "targets 'hard' was said"),
        (SOFT, {"targets": "hard", "exclusive": False}, "targets 'hard' was said"),
        (SOFT[:, 0], {"targets": "hard"}, "targets 'hard' was said"),
    ],
    ids=str,
)
def test_fractions_that_were_said_to_be_certain_are_refused(
    targets: np.ndarray, said: dict[str, Any], named: str
) -> None:
    with pytest.raises(CepickError) as raised:
        evaluate(LOGITS if targets.ndim > 1 else LOGITS[:, 0], targets, task=Task(**said))
    assert named in str(raised.value)
    assert f"holds {targets.flat[0]:g}" in str(raised.value)


def test_what_follows_from_what_was_said_says_so() -> None:
    found = infer(LOGITS, ONE_HOT, encoding="multi_hot")
    (exclusive,) = (each for each in found.evidence if each.property == "exclusive")
    assert (exclusive.value, exclusive.source) == (False, "said")
    assert exclusive.because == "follows from encoding 'multi_hot'"


@pytest.mark.parametrize("said", [{}, {"encoding": "distribution"}, {"targets": "soft"}], ids=repr)
def test_the_first_block_refuses_nothing_that_the_whole_decides(said: dict[str, Any]) -> None:
    many = np.random.default_rng(0)
    predictions, targets = many.normal(0, 2, (70_000, 3)), np.eye(3)[np.arange(70_000) % 3]
    targets[40_000:] = many.dirichlet(np.ones(3), 30_000)
    answer = evaluate(predictions, targets, task=Task(**said))
    assert answer.loss == "softmax_cross_entropy"
    assert answer.value == evaluate(predictions, targets, loss="softmax_cross_entropy").value


def test_a_modifier_that_goes_with_the_whole_is_not_held_against_the_first_block() -> None:
    many = np.random.default_rng(0)
    predictions, targets = many.normal(0, 2, (70_000, 3)), np.eye(3)[np.arange(70_000) % 3]
    targets[40_000:] = 1
    told = {"labels": "sum", "pos_weight": 2.0}
    asked = evaluate(predictions, targets, loss="weighted_sigmoid_cross_entropy", **told)
    assert asked.value == evaluate(predictions, targets, exclusive=False, **told).value


def test_the_property_targets_is_said_by_the_task() -> None:
    assert 'task=Task(targets="soft")' in (evaluate.__doc__ or "")
    assert evaluate(LOGITS, ONE_HOT, task=Task(targets="soft")).task.targets == "soft"
    assert evaluate(predictions=LOGITS, targets=ONE_HOT).loss == "softmax_cross_entropy"


STEPS, STEP_LABELS = rng.normal(0, 3, (6, 7, 7)), rng.integers(0, 7, (6, 7))


def test_pytorch_has_its_classes_along_axis_1() -> None:
    said = infer(STEPS, STEP_LABELS, framework="torch")
    (axis,) = (each for each in said.evidence if each.property == "class_axis")
    assert axis.value == 1
    assert "PyTorch has its classes there" in axis.because
    assert "--class-axis 2" in axis.because
    second = evaluate(STEPS, STEP_LABELS, class_axis=1).value
    assert evaluate(STEPS, STEP_LABELS, framework="torch").value == second
    called = evaluate(STEPS, STEP_LABELS, loss="torch.nn.CrossEntropyLoss")
    assert called.task.class_axis == 1
    assert called.diagnostics.mean == pytest.approx(second, rel=1e-12)
    assert called.value == pytest.approx(second, rel=1e-6)


@pytest.mark.parametrize("said", [{}, {"framework": "tensorflow"}], ids=repr)
def test_without_that_the_classes_lie_last_and_the_doubt_is_told(said: dict[str, Any]) -> None:
    found = infer(STEPS, STEP_LABELS, **said)
    (axis,) = (each for each in found.evidence if each.property == "class_axis")
    assert (axis.value, axis.confidence) == (2, 0.6)
    assert "--class-axis 1" in axis.because


def test_the_steps_of_a_sequence_are_one_observation() -> None:
    values = np.repeat([[0.2], [0.4], [0.6], [0.8]], 500, axis=1)
    targets = np.repeat([[0], [0], [1], [1]], 500, axis=1)
    assert readings(values.ravel(), targets.ravel() * 1.0).probabilities()
    answer = evaluate(values, targets, outcomes="binary")
    assert (answer.status, answer.asks) == ("undecided", "outputs")


def test_many_sequences_still_tell_probabilities_from_logits() -> None:
    logits = rng.normal(0, 3, (60, 20))
    targets = (rng.random((60, 20)) < sigmoid(logits)).astype(int)
    found = infer(sigmoid(logits), targets, outcomes="binary")
    (told,) = (each for each in found.evidence if each.property == "outputs")
    assert told.value == "probabilities"
    assert "60 items" in told.because


def test_one_is_one_decimal_and_one_column() -> None:
    from ce_core.read.wording import plural

    assert (plural(1, "decimal"), plural(2, "column")) == ("1 decimal", "2 columns")


def test_few_decimals_are_told_in_the_right_number(tmp_path: Any) -> None:
    path = tmp_path / "p.csv"
    rows = np.round(softmax(LOGITS), 1)
    path.write_text("\n".join(",".join(f"{each:.1f}" for each in row) for row in rows) + "\n")
    found = infer(str(path), np.arange(40) % 5)
    text = " ".join(each.because for each in found.evidence) + (found.question or "")
    assert "1 decimals" not in text
