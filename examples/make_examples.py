"""Make the example arrays: `python examples/make_examples.py`, or `--check` to compare and write nothing.

Every file holds what a model said about rows that it never saw in training. The data ship inside
scikit-learn's wheel, so nothing is downloaded; only NumPy and scikit-learn are needed. Seeds are fixed.
With the versions that `manifest.json` names, the arrays come out again within TOLERANCE and the labels
exactly. Other versions may train slightly different models (and describe the data in other words): there
only the figures are compared.
"""

from __future__ import annotations

import argparse
import csv
import io
import json
import re
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import scipy
import sklearn
from sklearn import datasets
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

Array = np.ndarray[Any, Any]
Files = dict[str, Array | str]  # file name → array (.npy) or text (.csv)
Figures = dict[str, dict[str, Any]]

HERE = Path(__file__).resolve().parent
VERSIONS = {"numpy": np.__version__, "scipy": scipy.__version__, "scikit-learn": sklearn.__version__}
TOLERANCE = 1e-5  # per value, same versions: processors round differently, and training passes that on
FIGURE_TOLERANCE = {"accuracy": 0.03, "mean_loss": 0.05}  # other versions

ATTRIBUTES = {  # column of attributes_*.npy → the digits of which it is true; nothing is true of 1
    "even": (0, 2, 4, 6, 8),
    "prime": (2, 3, 5, 7),
    "at_least_five": (5, 6, 7, 8, 9),
    "closed_loop": (0, 4, 6, 8, 9),
    "multiple_of_three": (0, 3, 6, 9),
}
TEMPERATURE = 3.0  # of the teacher's softmax
VOCABULARY = " abcdefghijklmnopqrstuvwxyz.,-"
SHORTEST, LONGEST = 12, 60  # characters of a sequence
CONTEXT, PADDING = 4, -100


def log_softmax(logits: Array) -> Array:
    """Return log-probabilities over the last axis, in float64."""
    shifted = logits.astype(np.float64) - logits.max(axis=-1, keepdims=True)
    result: Array = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return result


def mlp(
    x: Array, y: Array, *, hidden: int, epochs: int, rate: float = 0.01, penalty: float = 1e-4
) -> MLPClassifier:
    """Train a network with one tanh layer, always for the whole number of epochs."""
    return MLPClassifier(
        (hidden,),
        activation="tanh",
        alpha=penalty,
        learning_rate_init=rate,
        max_iter=epochs,
        n_iter_no_change=epochs,
        random_state=0,
    ).fit(x, y)


def mlp_logits(network: MLPClassifier, x: Array) -> Array:
    """Return what the last layer puts out before its softmax or sigmoid; scikit-learn hides it."""
    logits: Array = mlp_features(network, x) @ network.coefs_[1] + network.intercepts_[1]
    return logits


def mlp_features(network: MLPClassifier, x: Array) -> Array:
    """Return what the hidden layer puts out, which the last one takes."""
    features: Array = np.tanh(x @ network.coefs_[0] + network.intercepts_[0])
    return features


def softmax_regression(x: Array, targets: Array, *, steps: int, rate: float) -> Array:
    """Train a linear layer under softmax cross-entropy by gradient descent; `targets` [N, K] may be soft.

    scikit-learn's own has one unit for two classes and takes no soft targets. The last row is the bias.
    """
    x = with_bias(x)
    weights: Array = np.random.default_rng(0).normal(0, 0.1, (x.shape[1], targets.shape[1]))
    for _ in range(steps):
        weights = weights - rate * x.T @ (np.exp(log_softmax(x @ weights)) - targets) / len(x)
    return weights


def with_bias(x: Array) -> Array:
    """Append a column of ones."""
    return np.column_stack([x, np.ones(len(x))])


def csv_text(header: list[str], columns: list[Any]) -> str:
    """Return the CSV of some columns, numbers with 6 decimals."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(header)
    for row in zip(*columns, strict=True):
        writer.writerow([cell if isinstance(cell, str) else f"{cell:.6f}" for cell in row])
    return stream.getvalue()


def digits() -> Files:
    """Make the files on handwritten digits: classes, attributes (multi-label), a teacher and its student."""
    x, y = datasets.load_digits(return_X_y=True)
    x, x_test, y, y_test = train_test_split(x / 16, y, test_size=0.6, random_state=0, stratify=y)
    # Small, trained long and not regularised: over-confident, as many a real network is.
    network = mlp(x, y, hidden=8, epochs=400, rate=0.03, penalty=0.0)
    logits = mlp_logits(network, x_test).astype(np.float32)
    # From the float32 logits, so that the three forms differ by one rounding only.
    log_probabilities = log_softmax(logits)

    facts = np.array([[digit in true_of for true_of in ATTRIBUTES.values()] for digit in range(10)], np.uint8)
    attributes = mlp_logits(mlp(x, facts[y], hidden=16, epochs=60), x_test)

    teacher = mlp(x, y, hidden=64, epochs=60)
    soft, soft_test = (np.exp(log_softmax(mlp_logits(teacher, rows) / TEMPERATURE)) for rows in (x, x_test))
    student = softmax_regression(x, soft, steps=300, rate=0.5)
    return {
        "digits_logits.npy": logits,
        "digits_labels.npy": y_test.astype(np.int64),
        "digits_probabilities.npy": np.exp(log_probabilities).astype(np.float32),
        "digits_log_probabilities.npy": log_probabilities.astype(np.float32),
        "digits_one_hot.npy": np.eye(10, dtype=np.float32)[y_test],
        "digits_features.npy": mlp_features(network, x_test).astype(np.float32),
        "digits_head.npy": np.ascontiguousarray(network.coefs_[1].T, dtype=np.float32),
        "digits_bias.npy": network.intercepts_[1].astype(np.float32),
        "attributes_logits.npy": attributes.astype(np.float32),
        "attributes_labels.npy": facts[y_test],
        "teacher_probabilities.npy": soft_test.astype(np.float32),
        "student_logits.npy": (with_bias(x_test) @ student).astype(np.float32),
    }


def breast_cancer() -> Files:
    """Make the binary files: two logits per row as CSV, and their difference as one logit for a sigmoid."""
    data = datasets.load_breast_cancer()
    x, x_test, y, y_test = train_test_split(
        data.data[:, :10], data.target, test_size=0.4, random_state=0, stratify=data.target
    )
    scaler = StandardScaler().fit(x)
    weights = softmax_regression(scaler.transform(x), np.eye(2)[y], steps=200, rate=0.5)
    logits = with_bias(scaler.transform(x_test)) @ weights
    names = [str(name) for name in data.target_names]  # malignant is 0, benign is 1
    return {
        "breast_cancer.csv": csv_text([*names, "label"], [*logits.T, [names[label] for label in y_test]]),
        "breast_cancer_scores.npy": (logits[:, 1] - logits[:, 0]).astype(np.float32),
        "breast_cancer_labels.npy": y_test.astype(np.int64),
    }


def iris() -> Files:
    """Make the three-class CSV files; from the sepals alone, because the petals make it too easy."""
    data = datasets.load_iris()
    x, x_test, y, y_test = train_test_split(
        data.data[:, :2], data.target, test_size=0.5, random_state=0, stratify=data.target
    )
    probabilities = LogisticRegression().fit(x, y).predict_proba(x_test)
    names = [str(name) for name in data.target_names]
    return {
        "iris_probabilities.csv": csv_text(names, list(probabilities.T)),
        "iris_labels.csv": csv_text(["species"], [[names[label] for label in y_test]]),
    }


def sentences() -> list[str]:
    """Return the sentences of the descriptions that scikit-learn gives of its data sets, in VOCABULARY."""
    loaders = ("iris", "digits", "wine", "breast_cancer", "diabetes", "linnerud")
    found: dict[
        str, None
    ] = {}  # in order, each once: a sentence in two descriptions would be trained on and tested
    for name in loaders:
        text = getattr(datasets, f"load_{name}")().DESCR.lower()
        text = re.sub(r"\S*[\d/:_|]\S*|[.-]{2,}", " ", text)  # numbers, addresses, markup, tables
        words = re.sub(r"[^a-z.,-]+", " ", text).split()
        text = " ".join(word for word in words if re.search("[a-z]", word))
        found |= dict.fromkeys(line for line in re.split(r"(?<=[a-z]\.) ", text) if len(line) >= SHORTEST)
    return list(found)


def encode(lines: list[str]) -> Array:
    """Return the characters' numbers [B, T], −1 after the end of a line."""
    codes = np.full((len(lines), max(map(len, lines))), -1)
    for row, line in zip(codes, lines, strict=True):
        row[: len(line)] = [VOCABULARY.index(character) for character in line]
    return codes


def contexts(codes: Array) -> Array:
    """Return the CONTEXT characters before each position, one-hot [B, T, CONTEXT × V]; zeros for none."""
    one_hot = np.vstack([np.eye(len(VOCABULARY)), np.zeros(len(VOCABULARY))])  # code −1 takes the last row
    padded = np.pad(codes, ((0, 0), (CONTEXT, 0)), constant_values=-1)
    length = codes.shape[1]
    return np.concatenate([one_hot[padded[:, back : back + length]] for back in range(CONTEXT)], axis=-1)


def tokens() -> Files:
    """Make the padded sequences: which character comes next, at every position, the padded ones too."""
    lines = sentences()
    codes = encode([line for index, line in enumerate(lines) if index % 4])
    real = codes >= 0
    model = LogisticRegression(C=0.5, max_iter=40).fit(contexts(codes)[real], codes[real])
    codes = encode([line[:LONGEST] for line in lines[::4]])
    x = contexts(codes)
    logits = model.decision_function(x.reshape(-1, x.shape[-1])).reshape(*codes.shape, len(VOCABULARY))
    return {
        "tokens_logits.npy": logits.astype(np.float32),
        "tokens_labels.npy": np.where(codes >= 0, codes, PADDING).astype(np.int64),
    }


def make() -> Files:
    """Train every model and return every file."""
    with warnings.catch_warnings():
        # Stopped early on purpose: a model that is right every time makes a dull example.
        warnings.simplefilter("ignore", ConvergenceWarning)
        return digits() | breast_cancer() | iris() | tokens()


def read(folder: Path, names: list[str]) -> Files:
    """Return the stored files."""
    return {
        name: np.load(folder / name) if name.endswith(".npy") else (folder / name).read_text("utf-8")
        for name in names
    }


def table(text: str) -> tuple[list[str], Array, list[str]]:
    """Split the text of a CSV into its header, its numbers [N, columns] and its column of names, if any."""
    header, *rows = csv.reader(io.StringIO(text))
    numbers = [[float(cell) for cell in row if not cell.isalpha()] for row in rows]
    return header, np.array(numbers), [row[-1] for row in rows if row[-1].isalpha()]


def figures(files: Files) -> Figures:
    """Return accuracy and mean loss (nats) of each model, plainly and apart from cepick's kernels."""

    def exclusive(log_probabilities: Array, targets: Array) -> dict[str, Any]:
        right = log_probabilities.argmax(-1) == targets.argmax(-1)
        losses = -(targets * log_probabilities).sum(-1)
        return {"rows": len(losses), "accuracy": round(right.mean(), 6), "mean_loss": round(losses.mean(), 6)}

    def independent(logits: Array, targets: Array) -> dict[str, Any]:
        x = logits.astype(np.float64)
        losses = np.logaddexp(0, x) - targets * x
        right = (x > 0) == targets
        return {"rows": len(losses), "accuracy": round(right.mean(), 6), "mean_loss": round(losses.mean(), 6)}

    array = {name: value for name, value in files.items() if not isinstance(value, str)}
    tables = {name: table(value) for name, value in files.items() if isinstance(value, str)}
    cancer_names, cancer, cancer_labels = tables["breast_cancer.csv"]
    iris_names, iris_probabilities, _ = tables["iris_probabilities.csv"]
    cancer_codes = [cancer_names.index(label) for label in cancer_labels]
    iris_codes = [iris_names.index(label) for label in tables["iris_labels.csv"][2]]
    counted = array["tokens_labels.npy"] != PADDING
    characters = array["tokens_labels.npy"][counted]
    return {
        "digits_logits.npy": exclusive(log_softmax(array["digits_logits.npy"]), array["digits_one_hot.npy"]),
        "attributes_logits.npy": independent(array["attributes_logits.npy"], array["attributes_labels.npy"]),
        "breast_cancer.csv": exclusive(log_softmax(cancer), np.eye(2)[cancer_codes]),
        "breast_cancer_scores.npy": independent(
            array["breast_cancer_scores.npy"], array["breast_cancer_labels.npy"]
        ),
        "student_logits.npy": exclusive(
            log_softmax(array["student_logits.npy"]), array["teacher_probabilities.npy"]
        ),
        "iris_probabilities.csv": exclusive(np.log(iris_probabilities), np.eye(3)[iris_codes]),
        "tokens_logits.npy": exclusive(
            log_softmax(array["tokens_logits.npy"][counted]), np.eye(len(VOCABULARY))[characters]
        ),
    }


def array_differences(stored: Files, made: Files) -> list[str]:
    """Name the files that differ: numbers by more than TOLERANCE, the rest at all."""
    found = []
    for name, new in made.items():
        old = stored[name]
        if isinstance(old, str) or isinstance(new, str):
            (old_header, old_numbers, old_labels), (header, numbers, labels) = (
                table(str(old)),
                table(str(new)),
            )
            same = old_header == header and old_labels == labels and old_numbers.shape == numbers.shape
            same = same and np.allclose(old_numbers, numbers, rtol=0, atol=TOLERANCE)
        else:
            same = old.shape == new.shape and old.dtype == new.dtype
            atol = TOLERANCE if new.dtype.kind == "f" else 0
            same = same and np.allclose(old, new, rtol=0, atol=atol)
        if not same:
            found.append(f"{name}: differs from what the script makes")
    return found


def figure_differences(stored: Figures, made: Figures) -> list[str]:
    """Name the figures that moved by more than FIGURE_TOLERANCE."""
    return [
        f"{name}: {figure} is {made[name][figure]}, stored {stored[name][figure]}"
        for name in made
        for figure, tolerance in FIGURE_TOLERANCE.items()
        if abs(made[name][figure] - stored[name][figure]) > tolerance
    ]


def check(folder: Path, made: Files) -> list[str]:
    """Compare the stored files with the made ones; return one line per difference."""
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    stored = read(folder, list(made))
    differences = figure_differences(manifest["figures"], figures(made))
    if manifest["figures"] != figures(stored):
        differences.append("manifest.json: its figures are not those of the stored files")
    if manifest["made_with"] == VERSIONS:
        return differences + array_differences(stored, made)
    print(f"made with {manifest['made_with']}, here {VERSIONS}: only the figures are compared")
    return differences


def write(folder: Path, made: Files) -> None:
    """Write every file and the manifest."""
    for name, value in made.items():
        if isinstance(value, str):
            (folder / name).write_text(value, "utf-8", newline="\n")
        else:
            np.save(folder / name, value, allow_pickle=False)
    manifest = {"made_with": VERSIONS, "figures": figures(made)}
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=2) + "\n", "utf-8", newline="\n")


def main() -> int:
    """Make the arrays, or check the stored ones; return the exit code."""
    parser = argparse.ArgumentParser(description="Make the example arrays.")
    parser.add_argument(
        "--check", action="store_true", help="compare with the stored files and write nothing"
    )
    parser.add_argument(
        "--folder", type=Path, default=HERE, help="where the files are (default: beside this script)"
    )
    options = parser.parse_args()
    made = make()
    if not options.check:
        write(options.folder, made)
        print(json.dumps(figures(made), indent=2))
        return 0
    differences = check(options.folder, made)
    print("\n".join(differences) or "no differences")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
