"""`cepick eval --loss ID`: every loss of the catalogue from the command line, its options, and what the page says."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ce_core import evaluate
from ce_core.losses import LOSSES

Run = Callable[..., Any]
RNG = np.random.default_rng(1)
LOGITS = RNG.normal(scale=2.0, size=(12, 3))
PROBABILITIES = np.exp(LOGITS) / np.exp(LOGITS).sum(axis=1, keepdims=True)
LABELS = RNG.integers(0, 3, 12)
MULTI_HOT = (RNG.random((12, 3)) < 0.5).astype(np.int64)
SOFT = RNG.dirichlet(np.ones(3), size=12)
TARGETS = {
    "kl_divergence": SOFT,
    "mean_squared_error": SOFT,
    "mean_pairwise_squared_error": SOFT,
    "categorical_cross_entropy": SOFT,
    "softmax_cross_entropy": SOFT,
    "dice": MULTI_HOT,
    "tversky": MULTI_HOT,
    "hinge": 2 * MULTI_HOT - 1,
    "squared_hinge": 2 * MULTI_HOT - 1,
    "multilabel_margin": MULTI_HOT,
    "multilabel_soft_margin": MULTI_HOT,
    "sigmoid_focal": MULTI_HOT,
    "sigmoid_cross_entropy": MULTI_HOT,
    "weighted_sigmoid_cross_entropy": MULTI_HOT,
}
ARRAYS = [
    name for name, loss in LOSSES.items() if loss.given != "features" and name != "binary_cross_entropy"
]


@pytest.fixture
def saved(tmp_path: Path) -> Callable[..., tuple[Path, Path]]:
    def save(predictions: np.ndarray, targets: np.ndarray) -> tuple[Path, Path]:
        np.save(tmp_path / "p.npy", predictions)
        np.save(tmp_path / "y.npy", targets)
        return tmp_path / "p.npy", tmp_path / "y.npy"

    return save


@pytest.mark.parametrize("loss", ARRAYS)
def test_every_loss_computes_what_it_does_in_python(
    cepick: Run, saved: Callable[..., tuple[Path, Path]], loss: str
) -> None:
    given = LOSSES[loss].given
    predictions = {"probabilities": PROBABILITIES, "log_probabilities": np.log(PROBABILITIES)}.get(
        given, LOGITS
    )
    targets = TARGETS.get(loss, LABELS)
    more: dict[str, Any] = {"pos_weight": 2.0} if loss.startswith("weighted") else {}
    options = ("--pos-weight", "2") if more else ()
    ended = cepick("eval", *saved(predictions, targets), "--loss", loss, *options, "--format", "json")
    assert ended.code == 0, ended.err
    answer = json.loads(ended.out)
    assert answer["value"] == evaluate(predictions, targets, loss=loss, **more).value
    assert answer["loss"] == loss
    assert answer["findings"] == []


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_the_answer_says_with_which_options(
    cepick: Run, saved: Callable[..., tuple[Path, Path]], form: str
) -> None:
    files = saved(LOGITS, LABELS)
    ended = cepick("eval", *files, "--loss", "softmax_focal(gamma=1.5)", "--format", form)
    assert ended.code == 0
    says = {"text": "loss_option\tgamma\t1.5\n", "markdown": "gamma 1.5, alpha none"}
    assert says[form] in ended.out


def test_a_clip_and_a_smoothing_go_by_name(cepick: Run, saved: Callable[..., tuple[Path, Path]]) -> None:
    predictions = np.array([[1.0, 0.0], [0.25, 0.75], [0.5, 0.5]])
    labels = np.array([1, 1, 0])
    files = saved(predictions, labels)
    options = ("--clip", "keras", "--label-smoothing", "0.1", "--smoothing", "others")
    answer = json.loads(cepick("eval", *files, *options, "--format", "json").out)
    expected = evaluate(predictions, labels, clip="keras", label_smoothing=0.1, smoothing="others")
    assert answer["value"] == expected.value
    assert (answer["clip"], answer["clip_policy"], answer["smoothing"]) == (1e-7, "keras", "others")
    plain = cepick("eval", *files, *options).out
    assert "clip_policy\tkeras\n" in plain
    assert "smoothing\tothers\n" in plain


def test_the_page_says_what_a_value_was_computed_with(
    terminal: Run, saved: Callable[..., tuple[Path, Path]]
) -> None:
    page = " ".join(
        terminal(
            "eval", *saved(LOGITS, LABELS), "--loss", "poly1_cross_entropy(epsilon=2)", columns=120
        ).out.split()
    )
    assert "epsilon 2" in page
    assert "nats" not in page
    assert "None" not in page


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--loss", "softmax_focal(gama=1)"), "has no option 'gama'; did you mean 'gamma'?"),
        (("--loss", "softmax_focal(gamma=open('x'))"), "is not a literal"),
        (("--loss", "hinge"), "hinge: takes one target for each prediction"),
        (("--clip", "kears"), "clip: 'kears' is neither a number nor a policy; did you mean 'keras'?"),
        (("--smoothing", "other"), "--smoothing: 'other' is not one of its values; did you mean 'others'?"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(
    cepick: Run, saved: Callable[..., tuple[Path, Path]], options: tuple[str, ...], says: str
) -> None:
    ended = cepick("eval", *saved(LOGITS, LABELS), *options)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("cepick: error: ")
    assert ended.err.count("\n") == 1
    assert says in ended.err


def test_the_help_says_how_options_clips_and_smoothings_are_written(cepick: Run) -> None:
    ended = cepick("eval", "--help")
    text = " ".join(ended.out.replace("│", " ").split())
    for words in (
        "sigmoid_focal(gamma=2, alpha=0.25)",
        "keras-binary",
        "sklearn-1e-15",
        "--smoothing",
        "others",
    ):
        assert words in text


def test_the_losses_of_numbers_are_written_without_probabilities(
    cepick: Run, saved: Callable[..., tuple[Path, Path]], tmp_path: Path
) -> None:
    out = tmp_path / "losses.csv"
    files = saved(np.array([1.5, 2.0]), np.array([1.0, 4.0]))
    assert cepick("eval", *files, "--loss", "mean_squared_error", "--out", out).code == 0
    with out.open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows[1:] == [["0", "1.0", "1.5", "", "0.25"], ["1", "4.0", "2.0", "", "4.0"]]


def test_the_catalogue_lists_every_loss_as_computed(cepick: Run) -> None:
    lines = [line.split("\t") for line in cepick("losses").out.splitlines()]
    assert {line[0] for line in lines if line[4:5] == ["computed"]} == set(LOSSES)


def test_a_plain_evaluation_imports_no_emulation(
    process: Run, saved: Callable[..., tuple[Path, Path]]
) -> None:
    assert sys.executable
    files = saved(LOGITS, LABELS)
    ended = process("eval", *files, "--loss", "softmax_focal", PYTHONPROFILEIMPORTTIME="1")
    assert ended.code == 0
    assert "ce_core.compute.measure" in ended.err
    assert "ce_core.emulate" not in ended.err
