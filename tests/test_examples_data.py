"""The example arrays are what `examples/README.md` says, and the script beside them makes them again."""

from __future__ import annotations

import csv
import importlib.util
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
ARRAYS = {
    "digits_logits.npy": ((1079, 10), np.float32),
    "digits_labels.npy": ((1079,), np.int64),
    "digits_probabilities.npy": ((1079, 10), np.float32),
    "digits_log_probabilities.npy": ((1079, 10), np.float32),
    "digits_one_hot.npy": ((1079, 10), np.float32),
    "digits_features.npy": ((1079, 8), np.float32),
    "digits_head.npy": ((10, 8), np.float32),
    "digits_bias.npy": ((10,), np.float32),
    "attributes_logits.npy": ((1079, 5), np.float32),
    "attributes_labels.npy": ((1079, 5), np.uint8),
    "teacher_probabilities.npy": ((1079, 10), np.float32),
    "student_logits.npy": ((1079, 10), np.float32),
    "breast_cancer_scores.npy": ((228,), np.float32),
    "breast_cancer_labels.npy": ((228,), np.int64),
    "tokens_logits.npy": ((23, 60, 30), np.float32),
    "tokens_labels.npy": ((23, 60), np.int64),
}
TABLES = {  # header and number of rows
    "breast_cancer.csv": (["malignant", "benign", "label"], 228),
    "iris_probabilities.csv": (["setosa", "versicolor", "virginica"], 75),
    "iris_labels.csv": (["species"], 75),
}
ACCURACY = {  # what a model that is worth looking at gets: neither chance nor perfect
    "digits_logits.npy": (0.90, 0.97),
    "attributes_logits.npy": (0.90, 0.97),
    "breast_cancer.csv": (0.90, 0.97),
    "breast_cancer_scores.npy": (0.90, 0.97),
    "student_logits.npy": (0.90, 0.97),
    "iris_probabilities.csv": (0.70, 0.90),
    "tokens_logits.npy": (0.25, 0.50),
}
FIGURES = json.loads((EXAMPLES / "manifest.json").read_text("utf-8"))["figures"]
README = (EXAMPLES / "README.md").read_text("utf-8")


def load(name: str) -> np.ndarray:
    return np.load(EXAMPLES / name, allow_pickle=False)


def rows(name: str) -> list[list[str]]:
    with (EXAMPLES / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits.astype(np.float64) - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def test_the_folder_holds_the_named_files_and_no_others() -> None:
    found = {path.name for path in EXAMPLES.iterdir() if path.suffix in {".npy", ".csv"}}
    assert found == {*ARRAYS, *TABLES}


@pytest.mark.parametrize("name", [*ARRAYS, *TABLES])
def test_a_file_is_under_200_kilobytes(name: str) -> None:
    assert (EXAMPLES / name).stat().st_size < 200_000


@pytest.mark.parametrize("name", ARRAYS)
def test_an_array_has_the_shape_and_dtype_it_is_said_to_have(name: str) -> None:
    array = load(name)
    assert (array.shape, array.dtype) == (ARRAYS[name][0], np.dtype(ARRAYS[name][1]))
    assert np.isfinite(array).all()


@pytest.mark.parametrize("name", TABLES)
def test_a_table_has_the_header_and_rows_it_is_said_to_have(name: str) -> None:
    header, *body = rows(name)
    assert (header, len(body)) == TABLES[name]
    assert {len(row) for row in body} == {len(header)}


def test_the_probabilities_are_the_softmax_of_the_logits_rounded_once() -> None:
    expected = softmax(load("digits_logits.npy"))
    np.testing.assert_allclose(load("digits_probabilities.npy"), expected, rtol=2**-24, atol=0)


def test_the_log_probabilities_are_the_log_softmax_of_the_logits_rounded_once() -> None:
    logits = load("digits_logits.npy").astype(np.float64)
    expected = logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)
    # atol: what the difference of two float64 numbers below 32 may be off by; it shows near 0.
    np.testing.assert_allclose(load("digits_log_probabilities.npy"), expected, rtol=2**-24, atol=2**-46)


def test_no_true_class_has_probability_zero() -> None:
    probabilities = load("digits_probabilities.npy")
    assert probabilities[load("digits_one_hot.npy") == 1].min() > 0


def test_the_one_hot_rows_are_the_labels() -> None:
    labels = load("digits_labels.npy")
    np.testing.assert_array_equal(load("digits_one_hot.npy"), np.arange(10) == labels[:, None])
    assert set(labels) == set(range(10))


def test_the_features_times_the_head_are_the_logits_but_for_rounding() -> None:
    features, head, bias = (
        load(f"digits_{name}.npy").astype(np.float64) for name in ("features", "head", "bias")
    )
    products = np.abs(features) @ np.abs(head).T + np.abs(bias)
    # Each factor was rounded to float32 once, and so was the logit.
    np.testing.assert_array_less(
        np.abs(features @ head.T + bias - load("digits_logits.npy")), 4 * 2**-24 * products
    )


def test_the_attributes_are_facts_about_the_digits_several_or_none_at_once() -> None:
    labels, facts = load("digits_labels.npy"), load("attributes_labels.npy")
    even, prime, at_least_five, closed_loop, multiple_of_three = facts.T
    np.testing.assert_array_equal(even, labels % 2 == 0)
    np.testing.assert_array_equal(prime, np.isin(labels, [2, 3, 5, 7]))
    np.testing.assert_array_equal(at_least_five, labels >= 5)
    np.testing.assert_array_equal(closed_loop, np.isin(labels, [0, 4, 6, 8, 9]))
    np.testing.assert_array_equal(multiple_of_three, labels % 3 == 0)
    assert set(facts.sum(axis=1)) == {0, 2, 3, 4}
    np.testing.assert_array_equal(facts.sum(axis=1) == 0, labels == 1)


def test_the_two_binary_forms_are_the_same_model_on_the_same_rows() -> None:
    header, *body = rows("breast_cancer.csv")
    logits = np.array([[float(cell) for cell in row[:2]] for row in body])
    # Two numbers of 6 decimals, so at most 1e-6 off, and the float32 rounding of the scores.
    np.testing.assert_allclose(
        load("breast_cancer_scores.npy"), logits[:, 1] - logits[:, 0], rtol=2**-24, atol=1e-6
    )
    np.testing.assert_array_equal(load("breast_cancer_labels.npy"), [header.index(row[2]) for row in body])
    assert all(re.fullmatch(r"-?\d+\.\d{6}", cell) for row in body for cell in row[:2])


def test_the_teacher_is_soft_and_its_rows_are_distributions() -> None:
    teacher = load("teacher_probabilities.npy").astype(np.float64)
    assert teacher.min() > 0
    assert teacher.max() < 1
    np.testing.assert_allclose(teacher.sum(axis=1), 1, rtol=0, atol=10 * 2**-25)
    assert 0.90 < (teacher.argmax(1) == load("digits_labels.npy")).mean() < 1


def test_the_iris_rows_sum_to_one_within_their_decimals_and_the_labels_are_in_the_header() -> None:
    header, *body = rows("iris_probabilities.csv")
    probabilities = np.array(body, dtype=np.float64)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=0, atol=3 * 0.5e-6 + 1e-12)
    labels = [row[0] for row in rows("iris_labels.csv")[1:]]
    assert set(labels) == set(header)
    assert min(row[header.index(label)] for row, label in zip(probabilities, labels, strict=True)) > 0


def test_the_sequences_differ_in_length_and_are_padded_only_at_the_end() -> None:
    labels = load("tokens_labels.npy")
    counted = labels != -100
    lengths = counted.sum(axis=1)
    np.testing.assert_array_equal(counted, np.arange(labels.shape[1]) < lengths[:, None])
    assert lengths.max() == labels.shape[1]
    assert len(set(lengths)) >= 5
    assert labels[counted].min() == 0
    assert labels[counted].max() < load("tokens_logits.npy").shape[-1]


@pytest.mark.parametrize("name", ACCURACY)
def test_a_model_is_good_but_not_perfect(name: str) -> None:
    low, high = ACCURACY[name]
    assert low < FIGURES[name]["accuracy"] < high


@pytest.mark.parametrize("name", FIGURES)
def test_the_readme_states_the_figures_of_the_manifest(name: str) -> None:
    line = next(line for line in README.splitlines() if line.startswith(f"| `{name}`"))
    assert f"{FIGURES[name]['accuracy']:.3f}" in line
    assert f"{FIGURES[name]['mean_loss']:.4f}" in line


@pytest.mark.parametrize("name", [*ARRAYS, *TABLES])
def test_the_readme_names_every_file_and_a_command_that_uses_it(name: str) -> None:
    assert f"| `{name}`" in README
    commands = re.findall(r"^cepick .*$", README, flags=re.MULTILINE)
    assert any(f"examples/{name}" in command for command in commands)


@pytest.fixture(scope="module")
def script() -> ModuleType:
    pytest.importorskip("sklearn")
    spec = importlib.util.spec_from_file_location("make_examples", EXAMPLES / "make_examples.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_script_makes_the_stored_files_again() -> None:
    # Within 1e-5 with the manifest's versions; with others, accuracy to 0.03 and mean loss to 0.05.
    pytest.importorskip("sklearn")
    command = [sys.executable, str(EXAMPLES / "make_examples.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("digits_labels.npy", lambda array: np.roll(array, 1)),
        ("digits_logits.npy", lambda array: array + np.float32(1e-3)),
        ("digits_logits.npy", lambda array: array.astype(np.float64)),
        ("tokens_labels.npy", lambda array: array[:, :-1]),
        ("breast_cancer.csv", lambda text: text.replace("malignant\n", "benign\n", 1)),
        ("iris_probabilities.csv", lambda text: text.replace("0.", "0.1", 1)),
    ],
    ids=["labels", "values", "dtype", "shape", "string-label", "csv-number"],
)
def test_the_check_names_a_file_that_was_changed(script: ModuleType, name: str, change) -> None:
    stored = script.read(EXAMPLES, [*ARRAYS, *TABLES])
    assert script.array_differences(stored, stored) == []
    changed = stored | {name: change(stored[name])}
    assert script.array_differences(changed, stored) == [f"{name}: differs from what the script makes"]


def test_the_check_recomputes_the_figures_of_the_manifest(script: ModuleType, tmp_path: Path) -> None:
    stored = script.read(EXAMPLES, [*ARRAYS, *TABLES])
    assert script.figures(stored) == FIGURES
    for name in [*ARRAYS, *TABLES, "manifest.json"]:
        shutil.copy(EXAMPLES / name, tmp_path)
    assert script.check(tmp_path, stored) == []
    np.save(tmp_path / "digits_logits.npy", -load("digits_logits.npy"))
    assert "manifest.json: its figures are not those of the stored files" in script.check(tmp_path, stored)


def test_other_versions_are_held_to_the_figures_alone(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(script, "VERSIONS", {"scikit-learn": "0"})
    made = script.read(EXAMPLES, [*ARRAYS, *TABLES])
    made["digits_logits.npy"] = made["digits_logits.npy"] * np.float32(1.01)
    assert script.check(EXAMPLES, made) == []
    assert "only the figures are compared" in capsys.readouterr().out
    made["digits_logits.npy"] = -made["digits_logits.npy"]
    assert [line.split(":")[0] for line in script.check(EXAMPLES, made)] == ["digits_logits.npy"] * 2
