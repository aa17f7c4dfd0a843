"""The first suite for two arrays: it reads back, holds the same arrays, and fails worse ones."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ce_core import evaluate
from ce_core.errors import CepickError
from ce_core.suite.init import init_text, quoted
from ce_core.suite.margins import outward
from ce_core.suite.read import read_suite
from ce_core.suite.report import CheckReport
from ce_core.suite.run import run_suite
from ce_core.suite.variables import expand

EXAMPLES = Path(__file__).parents[2] / "examples"
RNG = np.random.default_rng(11)
PAIRS = {
    "logits": ("digits_logits.npy", "digits_labels.npy", {}),
    "probabilities": ("digits_probabilities.npy", "digits_labels.npy", {}),
    "log-probabilities": ("digits_log_probabilities.npy", "digits_one_hot.npy", {}),
    "multi-label": ("attributes_logits.npy", "attributes_labels.npy", {}),
    "binary": ("breast_cancer_scores.npy", "breast_cancer_labels.npy", {}),
    "tokens": ("tokens_logits.npy", "tokens_labels.npy", {"ignore_index": -100, "mean_over": "sequences"}),
    "soft": ("student_logits.npy", "teacher_probabilities.npy", {"base": "bits"}),
    "csv": ("iris_probabilities.csv", "iris_labels.csv", {}),
    "both in one": ("breast_cancer.csv", None, {}),
    "focal": ("digits_logits.npy", "digits_labels.npy", {"loss": "softmax_focal(gamma=3)"}),
    "smoothed": ("digits_logits.npy", "digits_labels.npy", {"label_smoothing": 0.1, "smoothing": "others"}),
    "sum": ("digits_logits.npy", "digits_labels.npy", {"reduction": "sum"}),
    "clipped": ("digits_probabilities.npy", "digits_labels.npy", {"clip": "keras"}),
    "tiny clip": ("digits_probabilities.npy", "digits_labels.npy", {"clip": 1e-7}),
    "call": (
        "digits_logits.npy",
        "digits_labels.npy",
        {"loss": "torch.nn.CrossEntropyLoss(label_smoothing=0.1)"},
    ),
    "margins": ("digits_logits.npy", "digits_labels.npy", {"loss": "multi_margin", "loss_options": {"p": 2}}),
}


def suite_of(folder: Path, text: str) -> CheckReport:
    file = folder / "cepick.yaml"
    file.write_text(text, encoding="utf-8")
    return run_suite(read_suite(file, environment={}))


@pytest.mark.parametrize(("predictions", "targets", "said"), PAIRS.values(), ids=PAIRS)
def test_the_same_arrays_pass_with_the_same_loss(
    predictions: str, targets: str | None, said: dict[str, Any], tmp_path: Path
) -> None:
    files = [None if each is None else str(EXAMPLES / each) for each in (predictions, targets)]
    answer = evaluate(*files, **said)
    text = init_text(str(files[0]), files[1], evaluation=answer)
    (result,) = suite_of(tmp_path, text).results
    assert [each.message for each in result.failing] == []
    assert result.status == "passed"
    assert result.loss == answer.loss
    assert result.value == pytest.approx(answer.value, rel=1e-12)
    assert result.measured


@pytest.mark.parametrize(("predictions", "targets", "said"), PAIRS.values(), ids=PAIRS)
def test_the_number_in_the_comment_holds_once_it_is_put_in(
    predictions: str, targets: str | None, said: dict[str, Any], tmp_path: Path
) -> None:
    files = [None if each is None else str(EXAMPLES / each) for each in (predictions, targets)]
    text = init_text(str(files[0]), files[1], evaluation=evaluate(*files, **said))
    report = suite_of(tmp_path, text.replace("# equals:", "equals:").replace("# count:", "count:"))
    assert report.exit_code == 0
    assert {"loss", "count"} <= {each.path for each in report.results[0].measured}


def test_a_worse_model_fails_every_limit(tmp_path: Path) -> None:
    logits = np.load(EXAMPLES / "digits_logits.npy")
    labels = str(EXAMPLES / "digits_labels.npy")
    np.save(tmp_path / "model.npy", logits)
    text = init_text(
        str(tmp_path / "model.npy"),
        labels,
        evaluation=evaluate(logits, np.load(labels)),
        folder=str(tmp_path),
    )
    np.save(tmp_path / "model.npy", logits + RNG.normal(scale=2 * logits.std(), size=logits.shape))
    report = suite_of(tmp_path, text)
    assert {each.path.partition("[")[0] for each in report.results[0].failing if each.path} == {
        "loss",
        "accuracy",
        "ece",
        "per_class",
    }


def test_paths_are_from_the_folder_of_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "runs").mkdir()
    (tmp_path / "ci").mkdir()
    for name in ("logits", "labels"):
        (tmp_path / "runs" / f"{name}.npy").write_bytes((EXAMPLES / f"digits_{name}.npy").read_bytes())
    monkeypatch.chdir(tmp_path)
    files = "runs/logits.npy", "runs/labels.npy"
    text = init_text(*files, evaluation=evaluate(*files), folder="ci")
    assert "predictions: ../runs/logits.npy\n" in text
    (tmp_path / "ci" / "cepick.yaml").write_text(text, encoding="utf-8")
    suite = read_suite("ci/cepick.yaml", environment={})
    assert suite.checks[0].predictions == ("runs/logits.npy",)
    assert run_suite(suite).exit_code == 0
    assert "predictions: runs/logits.npy\n" in init_text(*files, evaluation=evaluate(*files))


def test_what_was_found_is_written_and_not_ignored(tmp_path: Path) -> None:
    files = [str(EXAMPLES / each) for each in ("digits_probabilities.npy", "digits_labels.npy")]
    text = init_text(*files, evaluation=evaluate(*files, loss="sparse_softmax_cross_entropy"))
    assert "1 error fails the check until it is mended" in text
    assert "    #     - probabilities-as-logits  # error CE102: " in text
    report = suite_of(tmp_path, text)
    assert [each.rule for each in report.results[0].failing] == ["CE102"]
    decided = text.replace("    # findings:", "    findings:").replace("    #   ", "      ")
    assert suite_of(tmp_path, decided).exit_code == 0


def test_odd_file_names_stay_what_they_are(tmp_path: Path) -> None:
    for name in ("a: b.npy", "1e5.npy", "#x.npy", "${HOME}.npy", "it's.npy", "- y.npy", "ä[1].npy"):
        np.save(tmp_path / name, RNG.normal(size=(30, 3)))
        np.save(tmp_path / "labels.npy", np.arange(30) % 3)
        files = str(tmp_path / name), str(tmp_path / "labels.npy")
        text = init_text(*files, evaluation=evaluate(*files), folder=str(tmp_path))
        (tmp_path / "cepick.yaml").write_text(text, encoding="utf-8")
        assert read_suite(tmp_path / "cepick.yaml", environment={}).checks[0].predictions == files[:1]


def test_names_of_classes_stay_in_their_comment() -> None:
    names = ["two\u2028lines: {max: 1}", "two\nlines: {max: 1}", "\x00# sharp"]
    text = init_text(
        "p.npy",
        "y.npy",
        evaluation=evaluate(
            np.eye(3)[np.arange(90) % 3] * 4 + RNG.normal(size=(90, 3)), np.arange(90) % 3, class_names=names
        ),
    )
    assert set(yaml.safe_load(text)["checks"][0]["limits"]) == {"loss", "accuracy", "ece", "per_class.recall"}


def test_an_infinite_loss_has_no_limit(tmp_path: Path) -> None:
    probabilities = np.eye(3)[np.arange(60) % 3]
    answer = evaluate(probabilities, (np.arange(60) + (np.arange(60) < 5)) % 3, outputs="probabilities")
    assert answer.value == math.inf
    said = yaml.safe_load(init_text("p.npy", "y.npy", evaluation=answer))["checks"][0]
    assert "loss" not in said["limits"]
    assert "accuracy" in said["limits"]


def test_further_options_are_keys_of_the_check(tmp_path: Path) -> None:
    np.save(tmp_path / "mask.npy", np.arange(1079) % 2)
    files = [str(EXAMPLES / each) for each in ("digits_logits.npy", "digits_labels.npy")]
    options: dict[str, Any] = {"mask": str(tmp_path / "mask.npy"), "class_weights": [1.0, 2.0] * 5}
    answer = evaluate(*files, **options)
    report = suite_of(
        tmp_path, init_text(files[0], files[1], evaluation=answer, folder=str(tmp_path), options=options)
    )
    assert (report.exit_code, report.results[0].value) == (0, answer.value)


def test_without_a_loss_there_is_nothing_to_write() -> None:
    undecided = evaluate(np.full(40, 0.5), np.arange(40) % 2)
    with pytest.raises(CepickError, match=r"^p\.npy: what the arrays are is undecided: "):
        init_text("p.npy", "y.npy", evaluation=undecided)
    regression = evaluate(RNG.normal(size=40), 100 * RNG.normal(size=40))
    with pytest.raises(CepickError, match=r"^p\.npy: there is no loss to set limits on; "):
        init_text("p.npy", "y.npy", evaluation=regression)


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12), st.booleans())
def test_a_limit_is_never_inside_what_was_measured(value: float, up: bool) -> None:
    limit = outward(value, up=up)
    assert limit >= value if up else limit <= value
    assert abs(limit - value) <= 0.0101 * abs(value)


@given(st.text(st.characters(blacklist_categories=("Cs",)), min_size=1))
def test_a_text_reads_back_from_yaml(text: str) -> None:
    assert expand(yaml.safe_load(f"key: {quoted(text)}")["key"], {}) == text
