"""The assertions for tests: what they pass, and what their failures say, also inside a project of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ce_core import CepickError
from ce_core.testing import assert_checks, assert_limits, assert_loss, assert_no_findings

EXAMPLES = Path(__file__).parents[2] / "examples"
LOGITS, LABELS = np.load(EXAMPLES / "digits_logits.npy"), np.load(EXAMPLES / "digits_labels.npy")
PROBABILITIES = np.load(EXAMPLES / "digits_probabilities.npy")


def message(function: object, *arguments: object, **named: object) -> list[str]:
    with pytest.raises(AssertionError) as caught:
        function(*arguments, **named)  # type: ignore[operator]
    return str(caught.value).splitlines()


def test_the_right_number_passes() -> None:
    answer = assert_loss(LOGITS, LABELS, value=0.32739, rtol=1e-4)
    assert answer.loss == "sparse_softmax_cross_entropy"
    assert_loss(LOGITS, LABELS, value=0.33, atol=0.01)
    assert_loss(LOGITS, LABELS, value=0.32739, rtol=1e-4, loss="torch.nn.CrossEntropyLoss")


def test_another_number_says_where_it_comes_from() -> None:
    lines = message(assert_loss, PROBABILITIES, LABELS, value=1.5293, rtol=1e-4)
    assert lines[0] == "the loss is 0.327389714, not the expected 1.5293"
    assert lines[1].startswith(
        "    because: off by 1.2019, 0.79 of it, where 0.00015 is allowed; 1.5293 is the number of"
    )
    assert "a softmax was taken of probabilities" in lines[1]
    assert lines[2] == "    do: mend the code that computes it, or the arrays"
    assert lines[-1] == (
        "(predictions [1079, 10] against targets [1079], read as sparse_categorical_cross_entropy)"
    )


def test_a_number_from_nowhere_says_no_more_than_is_known() -> None:
    lines = message(assert_loss, LOGITS, LABELS, value=123.456)
    assert lines[0] == "the loss is 0.327389715, not the expected 123.456"
    assert "is the number of" not in lines[1]


def test_findings_stand_in_the_message() -> None:
    lines = message(assert_loss, PROBABILITIES, LABELS, value=0.5, loss="sparse_softmax_cross_entropy")
    assert any(line.startswith("error CE102 probabilities-as-logits: ") for line in lines)


def test_no_findings() -> None:
    assert_no_findings(LOGITS, LABELS)
    lines = message(assert_no_findings, PROBABILITIES, LABELS, loss="sparse_softmax_cross_entropy")
    assert lines[0].startswith("error CE102 probabilities-as-logits: ")
    assert lines[1].startswith("    because: ")
    assert lines[2].startswith("    do: ")
    assert_no_findings(PROBABILITIES, LABELS, loss="sparse_softmax_cross_entropy", ignore="CE1")
    assert_no_findings(LOGITS * 3, LABELS)
    assert "CE503" in message(assert_no_findings, LOGITS * 3, LABELS, fail_on="note")[0]


def test_arrays_without_a_loss_are_a_finding_too() -> None:
    rng = np.random.default_rng(0)
    undecided = rng.random((8, 2)), rng.integers(0, 2, (8, 2))
    assert "what the arrays are could not be decided" in message(assert_no_findings, *undecided)


def test_limits() -> None:
    assert_limits(LOGITS, LABELS, limits={"accuracy": {"min": 0.94}, "loss": {"max": 0.33}})
    lines = message(assert_limits, LOGITS, LABELS, limits={"accuracy": {"min": 0.95}})
    assert lines[0] == "accuracy is 0.94069, below its limit 0.95"
    with pytest.raises(CepickError, match="did you mean 'accuracy'"):
        assert_limits(LOGITS, LABELS, limits={"acuracy": {"min": 0.9}})


def test_checks(tmp_path: Path) -> None:
    file = tmp_path / "cepick.yaml"
    np.save(tmp_path / "logits.npy", LOGITS)
    np.save(tmp_path / "labels.npy", LABELS)
    text = "checks: [{name: d, predictions: logits.npy, targets: %s, limits: {accuracy: {min: %s}}}]\n"
    file.write_text(text % ("labels.npy", 0.9))
    assert assert_checks(file).exit_code == 0
    file.write_text(text % ("labels.npy", 0.99))
    lines = message(assert_checks, file)
    assert lines[0].startswith("1 of 1 checks of ")
    assert lines[1].startswith("d failed (")
    assert lines[2] == "  accuracy is 0.94069, below its limit 0.99"
    file.write_text(text % ("nowhere.npy", 0.9))
    assert message(assert_checks, file)[1].startswith("d could not run (")


_PROJECT = '''
import numpy as np
import pytest
from ce_core.testing import assert_loss, assert_no_findings

LOGITS = np.array([[2.0, 0.0, -1.0], [0.5, 1.0, 0.0]])
LABELS = np.array([0, 1])

def softmax(x):
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)

def train_step(x, y):
    """A step with the mistake: the softmax is taken twice."""
    p = softmax(softmax(x))
    return -np.log(p[np.arange(len(y)), y]).mean()

def test_loss_of_the_step():
    assert_loss(LOGITS, LABELS, value=train_step(LOGITS, LABELS))

def test_outputs():
    assert_no_findings(LOGITS, LABELS)
'''


def test_a_project_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "test_model.py").write_text(_PROJECT)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--color=no", str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert "1 failed, 1 passed" in done.stdout, done.stdout + done.stderr
    assert "E       AssertionError: the loss is 0.425057845, not the expected 0.796057617" in done.stdout
    assert "because: off by" in done.stdout
    # Where it fails is the user's line, not the inside of the assertion.
    assert "__tracebackhide__" not in done.stdout
    assert "def evaluate(" not in done.stdout
