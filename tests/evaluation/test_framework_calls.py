"""A framework's call in place of a loss, and all frameworks side by side, through `evaluate`."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ce_core import CepickError, evaluate

LOGITS = np.array([[2.0, 0.0, -1.0], [0.5, 1.0, 0.0], [3.0, -2.0, 0.0]])
LABELS = np.array([0, 2, 1])
ONE_HOT = np.eye(3)[LABELS]
WEIGHTS = [1.0, 2.0, 10.0]


@pytest.mark.parametrize(
    ("call", "targets", "weights", "value", "causes"),
    [
        ("torch.nn.CrossEntropyLoss", LABELS, None, 2.3017, set()),
        ("torch.nn.CrossEntropyLoss", LABELS, WEIGHTS, 2.0833, set()),
        ("torch.nn.CrossEntropyLoss", ONE_HOT, WEIGHTS, 9.0275, {"divisor"}),
        ("torch.nn.CrossEntropyLoss(label_smoothing=0.1)", LABELS, WEIGHTS, 2.1218, None),
        ("torch.nn.CrossEntropyLoss(label_smoothing=0.1)", ONE_HOT, WEIGHTS, 9.1944, None),
        (
            "keras.losses.SparseCategoricalCrossentropy(from_logits=True)",
            LABELS,
            WEIGHTS,
            9.0275,
            {"divisor"},
        ),
        ("keras.losses.SparseCategoricalCrossentropy", LABELS, None, 10.881, None),
        ("keras.losses.CategoricalCrossentropy", ONE_HOT, None, 10.745, None),
        ("keras.losses.BinaryCrossentropy", ONE_HOT, None, 7.202, None),
    ],
)
def test_the_value_is_what_the_framework_prints(
    call: str, targets: np.ndarray, weights: Any, value: float, causes: set[str] | None
) -> None:
    answer = evaluate(LOGITS, targets, loss=call, class_weights=weights)
    assert answer.value == pytest.approx(value, abs=6e-4 if value > 5 else 6e-5)
    assert answer.emulation is not None
    assert answer.emulation.verified
    if causes is not None:
        assert {each.cause for each in answer.emulation.differences} == causes


def test_what_is_said_beside_a_call_is_told_to_its_own_argument() -> None:
    inside = evaluate(LOGITS, LABELS, loss="nn.CrossEntropyLoss(label_smoothing=0.1, ignore_index=2)")
    beside = evaluate(LOGITS, LABELS, loss="nn.CrossEntropyLoss", label_smoothing=0.1, ignore_index=2)
    assert inside.value == beside.value
    assert inside.ignored == beside.ignored == 1


def test_the_exact_loss_and_its_diagnostics_stand_beside_the_value() -> None:
    answer = evaluate(LOGITS, ONE_HOT, loss="torch.nn.CrossEntropyLoss", class_weights=WEIGHTS)
    exact = evaluate(LOGITS, ONE_HOT, class_weights=WEIGHTS)
    assert answer.emulation is not None
    assert exact.value == pytest.approx(answer.emulation.exact, rel=1e-12)
    assert answer.diagnostics.accuracy == exact.diagnostics.accuracy
    assert answer.value != exact.value


def test_everything_ignored_is_what_each_framework_makes_of_it() -> None:
    ignored = np.full(3, -100)
    torch = evaluate(LOGITS, ignored, loss="torch.nn.CrossEntropyLoss")
    keras = evaluate(
        LOGITS,
        np.zeros(3, int),
        loss="keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=0)",
    )
    assert torch.value is not None
    assert np.isnan(torch.value)
    assert keras.value == 0.0
    assert [each.code for each in torch.findings] == [each.code for each in keras.findings] == ["CE207"]


def test_what_a_framework_refuses_is_told_and_has_no_value() -> None:
    answer = evaluate(LOGITS, np.array([0, 2, 7]), loss="torch.nn.CrossEntropyLoss")
    assert answer.value is None
    assert answer.emulation is not None
    assert answer.emulation.raises
    assert answer.failed
    assert "CE201" in {each.code for each in answer.findings}


def test_losses_that_are_not_reduced_are_kept() -> None:
    answer = evaluate(LOGITS, LABELS, loss="torch.nn.CrossEntropyLoss(reduction='none')")
    assert answer.value is None
    assert answer.reduction == "none"
    assert answer.losses is not None
    np.testing.assert_allclose(answer.losses, [0.16984602, 1.68026967, 5.0549853], rtol=1e-6)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"loss": "torch.nn.CrossEntropyLos"}, "no such loss"),
        ({"loss": "torch.nn.CrossEntropyLoss(smoothing=0.1)"}, "smoothing"),
        ({"loss": "torch.nn.CrossEntropyLoss(__import__('os'))"}, "torch.nn.CrossEntropyLoss"),
        ({"loss": "torch.nn.CrossEntropyLoss", "reduction": "sum"}, "say it in the call"),
        ({"loss": "torch.nn.CrossEntropyLoss", "clip": 1e-7}, "say it in the call"),
        ({"loss": "nn.CrossEntropyLoss(label_smoothing=0.2)", "label_smoothing": 0.1}, "in the call"),
    ],
)
def test_a_call_that_cannot_be_is_one_clear_line(options: dict[str, Any], says: str) -> None:
    with pytest.raises(CepickError) as raised:
        evaluate(LOGITS, LABELS, **options)
    assert says in str(raised.value)
    assert "\n" not in str(raised.value)


def test_all_frameworks_stand_side_by_side_by_value() -> None:
    answer = evaluate(LOGITS, LABELS, class_weights=WEIGHTS, frameworks=True)
    assert answer.rosetta is not None
    for value, titles in ((2.0833, {"PyTorch", "scikit-learn", "ONNX"}), (9.0275, {"Keras"})):
        group = answer.rosetta.find(value)
        assert group is not None
        assert titles <= {member.title for member in group.members}
    assert answer.to_dict()["rosetta"]["groups"]


def test_an_array_that_only_the_framework_refuses_fails_too() -> None:
    answer = evaluate(LOGITS, ONE_HOT.astype(np.uint8), loss="torch.nn.BCEWithLogitsLoss")
    assert answer.emulation is not None
    assert "uint8" in str(answer.emulation.raises)
    assert not answer.findings
    assert answer.failed
