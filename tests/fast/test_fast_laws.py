"""The fast pass gives the answer of the exact one, whatever the threads and the size of the blocks."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from ce_core import CepickError, Evaluation, evaluate, loss_of
from ce_core.compute import look
from ce_core.compute.threads import in_order, thread_count, usable_cores


@pytest.fixture
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the fast form of small arrays, too."""
    monkeypatch.setattr(look, "WORTH", 0)


def softmax_arrays(classes: int, rows: int = 3000, dtype: str = "float32") -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(classes)
    logits, labels = rng.normal(scale=2, size=(rows, classes)), rng.integers(0, classes, rows)
    logits[np.arange(rows), labels] += rng.uniform(-1, 10, rows)
    logits[5] += 200  # beyond what float32 exponentials hold
    return logits.astype(dtype), labels


def sigmoid_arrays(labels: int, rows: int = 3000, dtype: str = "float32") -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(labels)
    targets = rng.random((rows, labels)) < 0.3
    logits = rng.normal(scale=3, size=targets.shape) + 4 * targets - 2
    logits[7] *= 60  # beyond what float32 exponentials hold
    if labels == 1:
        return logits[:, 0].astype(dtype), targets[:, 0].astype(dtype)
    return logits.astype(dtype), targets.astype(dtype)


def soft_labels(labels: int, dtype: str = "float32") -> tuple[np.ndarray, np.ndarray]:
    logits, targets = sigmoid_arrays(labels, dtype=dtype)
    rng = np.random.default_rng(1)
    soft = 0.9 * targets + 0.1 * rng.random(targets.shape)
    soft[:400] = targets[:400]  # the first of them are hard
    soft[-9:] = 0.5
    return logits, soft.astype(dtype)


def soft_rows(classes: int, dtype: str = "float32") -> tuple[np.ndarray, np.ndarray]:
    logits, labels = softmax_arrays(classes, dtype=dtype)
    rng = np.random.default_rng(1)
    soft = 0.3 * rng.dirichlet(np.full(classes, 0.3), size=len(labels))
    soft[np.arange(len(labels)), labels] += 0.7
    soft[50:400] = np.eye(classes)[labels[50:400]]
    soft[-9:] = 1 / classes
    return logits, soft.astype(dtype)


MAKERS = {
    "2 classes": lambda dtype: softmax_arrays(2, dtype=dtype),
    "10 classes": lambda dtype: softmax_arrays(10, dtype=dtype),
    "40 classes": lambda dtype: softmax_arrays(40, dtype=dtype),
    "300 classes": lambda dtype: softmax_arrays(300, dtype=dtype),
    "binary": lambda dtype: sigmoid_arrays(1, dtype=dtype),
    "12 labels": lambda dtype: sigmoid_arrays(12, dtype=dtype),
    "binary, soft": lambda dtype: soft_labels(1, dtype=dtype),
    "7 classes, soft": lambda dtype: soft_rows(7, dtype=dtype),
    "30 classes, soft": lambda dtype: soft_rows(30, dtype=dtype),
    "12 labels, soft": lambda dtype: soft_labels(12, dtype=dtype),
}
makers = pytest.mark.parametrize("make", MAKERS.values(), ids=list(MAKERS))


def numbers(answer: Evaluation) -> Any:
    plain = answer.to_dict()
    for key in ("findings", "evidence", "notes"):
        plain.pop(key)
    return plain


def close(one: Any, other: Any, rel: float, path: str = "", *, leave: tuple[str, ...] = ()) -> None:
    if isinstance(one, dict):
        assert one.keys() == other.keys(), path
        for key, value in one.items():
            if key not in leave:
                close(value, other[key], rel, f"{path}.{key}", leave=leave)
    elif isinstance(one, list):
        assert len(one) == len(other), path
        for number, (first, second) in enumerate(zip(one, other, strict=True)):
            close(first, second, rel, f"{path}[{number}]", leave=leave)
    elif isinstance(one, float) and not isinstance(other, str):
        assert one == pytest.approx(other, rel=rel, abs=rel * 1e-2), path
    else:
        assert one == other, path


@makers
@pytest.mark.parametrize(("dtype", "rel"), [("float32", 2e-6), ("float16", 2e-6), ("float64", 1e-12)])
def test_the_fast_answer_is_the_exact_one(
    make: Any, dtype: str, rel: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    predictions, targets = make(dtype)
    exact = evaluate(predictions, targets)
    monkeypatch.setattr(look, "WORTH", 0)
    found = evaluate(predictions, targets)
    # A forecast at the edge of a bin may be rounded into the other one: both bins then differ, and the share does not.
    edges = () if dtype == "float64" else ("reliability", "ece", "mce")
    close(numbers(found), numbers(exact), rel, leave=edges)
    assert found.diagnostics.ece == pytest.approx(exact.diagnostics.ece, abs=1e-3)
    assert [each.code for each in found.findings] == [each.code for each in exact.findings]


@makers
@pytest.mark.parametrize("weights", ["class", "sample", "some", "ignored"])
def test_weights_and_ignored_labels_do_not_part_the_ways(
    make: Any, weights: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    predictions, targets = make("float64")
    rng = np.random.default_rng(1)
    units = 2 if predictions.ndim == 1 else predictions.shape[1]
    options: dict[str, Any] = {
        "class": {"class_weights": rng.random(units) + 0.1},
        "sample": {"sample_weights": rng.random(len(targets)) + 0.1},
        "some": {"sample_weights": rng.integers(0, 2, len(targets))},
        "ignored": {"mask": rng.integers(0, 2, len(targets))},
    }[weights]
    exact = evaluate(predictions, targets, **options)
    monkeypatch.setattr(look, "WORTH", 0)
    close(numbers(evaluate(predictions, targets, **options)), numbers(exact), 1e-11)


@makers
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("block", [1, 5_000, 70_000, 1 << 30])
@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.usefixtures("always")
def test_neither_threads_nor_blocks_change_a_number(make: Any, dtype: str, block: int, threads: int) -> None:
    predictions, targets = (each[: 400 if block == 1 else None] for each in make(dtype))
    whole = evaluate(predictions, targets, threads=1)
    cut = evaluate(predictions, targets, threads=threads, block=block)
    close(numbers(cut), numbers(whole), 1e-12)
    assert cut.findings == whole.findings


@makers
def test_the_loss_alone_is_the_value(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    predictions, targets = make("float32")
    answer = evaluate(predictions, targets)
    assert answer.loss is not None
    assert answer.value is not None
    assert loss_of(predictions, targets, answer.loss) == pytest.approx(answer.value, rel=1e-13)
    monkeypatch.setattr(look, "WORTH", 0)
    for threads in (1, 3):
        found = loss_of(predictions, targets, answer.loss, threads=threads, block=9_999)
        assert found == pytest.approx(answer.value, rel=1e-6)
    summed = loss_of(predictions, targets, answer.loss, reduction="sum")
    assert summed == pytest.approx(answer.value * answer.count, rel=1e-6)


@pytest.mark.usefixtures("always")
def test_the_loss_alone_of_weights_ignored_labels_and_soft_rows() -> None:
    logits, labels = softmax_arrays(7, 500, "float64")
    rng = np.random.default_rng(0)
    weights = {"class_weights": rng.random(7), "sample_weights": rng.random(500) * (rng.random(500) < 0.8)}
    loss = "sparse_softmax_cross_entropy"
    answer = evaluate(logits, labels, ignore_index=3, **weights)
    assert loss_of(logits, labels, loss, ignore_index=3, **weights) == pytest.approx(answer.value, rel=1e-12)
    rows = rng.dirichlet(np.ones(7), size=500)
    dense = evaluate(logits, rows, class_weights=weights["class_weights"]).value
    found = loss_of(logits, rows, "softmax_cross_entropy", class_weights=weights["class_weights"])
    assert found == pytest.approx(dense, rel=1e-12)
    single = loss_of(logits, rows, "sigmoid_cross_entropy")
    assert single == pytest.approx(evaluate(logits, rows, loss="sigmoid_cross_entropy").value, rel=1e-12)


def impossible(labels: int, soft: bool, dtype: str) -> tuple[np.ndarray, np.ndarray]:
    """Return outcomes that are ruled out, some of which come true."""
    logits, targets = (soft_labels if soft else sigmoid_arrays)(labels, dtype=dtype)
    logits[20:40] = -np.inf
    return logits, targets


MODIFIED = {
    "an infinite loss": (lambda kind: impossible(1, False, kind), {}),
    "an infinite loss of soft targets": (lambda kind: impossible(1, True, kind), {}),
    "an infinite loss of labels": (lambda kind: impossible(12, False, kind), {}),
    "an infinite loss of soft labels": (lambda kind: impossible(12, True, kind), {}),
    "smoothed, 10 classes": (lambda kind: softmax_arrays(10, dtype=kind), {"label_smoothing": 0.1}),
    "smoothed, 300 classes": (lambda kind: softmax_arrays(300, dtype=kind), {"label_smoothing": 0.1}),
    "smoothed over others": (
        lambda kind: softmax_arrays(40, dtype=kind),
        {"label_smoothing": 0.2, "smoothing": "others"},
    ),
    "smoothed and weighed": (
        lambda kind: softmax_arrays(5, dtype=kind),
        {"label_smoothing": 0.1, "class_weights": [1.0, 2.0, 0.5, 1.0, 3.0]},
    ),
    "a positive weight": (
        lambda kind: sigmoid_arrays(1, dtype=kind),
        {"pos_weight": [4.0], "loss": "sigmoid_cross_entropy"},
    ),
    "a positive weight of each label": (
        lambda kind: sigmoid_arrays(12, dtype=kind),
        {"pos_weight": np.linspace(1e-4, 9, 12), "loss": "sigmoid_cross_entropy"},
    ),
    "rows of weights, in bits": (lambda kind: soft_rows(30, kind), {"base": "bits"}),
    "rows of weights, weighed": (
        lambda kind: soft_rows(7, kind),
        {"class_weights": np.linspace(0.5, 2, 7), "sample_weights": np.linspace(1, 3, 3000)},
    ),
    "labels added up": (lambda kind: soft_labels(12, kind), {"labels": "sum"}),
}


@pytest.mark.parametrize(("make", "options"), MODIFIED.values(), ids=list(MODIFIED))
@pytest.mark.parametrize(("dtype", "rel"), [("float32", 2e-6), ("float64", 1e-12)])
def test_the_fast_answer_of_modified_losses_is_the_exact_one(
    make: Any, options: dict[str, Any], dtype: str, rel: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    predictions, targets = make(dtype)
    exact = evaluate(predictions, targets, **options)
    monkeypatch.setattr(look, "WORTH", 0)
    found, cut = (evaluate(predictions, targets, block=block, **options) for block in (None, 50_000))
    edges = () if dtype == "float64" else ("reliability", "ece", "mce")
    close(numbers(found), numbers(exact), rel, leave=edges)
    close(numbers(cut), numbers(found), 1e-12)


def spied(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Return whether each block that is measured from now on had a fast form."""
    from ce_core.compute import fast

    had: list[bool] = []
    measure = fast.measure_fast

    def spy(*args: Any, **options: Any) -> Any:
        found = measure(*args, **options)
        had.append(found is not None)
        return found

    monkeypatch.setattr(fast, "measure_fast", spy)
    return had


@pytest.mark.usefixtures("always")
@pytest.mark.parametrize("make", [*MAKERS.values(), *MODIFIED.values()], ids=[*MAKERS, *MODIFIED])
def test_what_is_said_to_have_a_fast_form_has_one(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    make, options = make if isinstance(make, tuple) else (make, {})
    had = spied(monkeypatch)
    evaluate(*make("float32"), **options)
    # The first block of soft targets may be hard: then all are looked at again as what they are.
    assert had
    assert all(had[len(had) // 2 :])


@pytest.mark.parametrize("worth", [0, 1 << 40])
def test_a_label_that_names_no_class_is_refused(worth: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look, "WORTH", worth)
    with pytest.raises(CepickError, match="5"):
        loss_of(np.zeros((3, 3), np.float32), np.array([0, 5, 1]), "sparse_softmax_cross_entropy")
    with pytest.raises(CepickError, match="reduction"):
        loss_of(np.zeros((3, 3)), np.zeros(3, int), "sparse_softmax_cross_entropy", reduction="none")


def test_quantiles_of_many_values_do_not_depend_on_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    from ce_core.compute.sums import spread

    monkeypatch.setattr(look, "WORTH", 0)
    monkeypatch.setattr(spread, "EXACT", 100)
    logits, labels = softmax_arrays(10)
    one, other = (evaluate(logits, labels, block=block).diagnostics.quantiles for block in (4_000, 1 << 20))
    assert one is not None
    assert one == other
    assert not one.exact


def test_no_array_as_large_as_the_predictions_is_made() -> None:
    for columns in (10, 1000):
        rows = 24_000_000 // columns
        logits = np.zeros((rows, columns), np.float32)
        logits[:, 0] = np.linspace(1, 9, rows)
        logits[::50, 1:] = np.linspace(-1, 0, columns - 1)
        labels = np.zeros(rows, np.int64)
        labels[::3] = 1
        tracemalloc.start()
        loss_of(logits, labels, "sparse_softmax_cross_entropy", threads=1)
        alone = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        evaluate(logits, labels, threads=1)
        whole = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert alone < logits.nbytes / 2.5
        assert whole < logits.nbytes / 1.2


def test_results_come_in_the_order_of_the_pieces() -> None:
    def slow(number: int) -> int:
        time.sleep(0.002 * (5 - number % 5))
        return number * number

    found = list(in_order(slow, range(30), threads=4))
    assert found == [(number, number * number) for number in range(30)]


def test_few_pieces_are_held_at_a_time() -> None:
    taken: list[int] = []

    def pieces() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            yield number

    coming = in_order(lambda number: number, pieces(), threads=2)
    next(coming)
    assert len(taken) <= 6
    coming.close()


def test_an_error_in_a_thread_is_the_error_of_the_whole() -> None:
    def fails(number: int) -> int:
        if number == 3:
            raise CepickError("three: is refused; leave it out")
        return number

    with pytest.raises(CepickError, match="three"):
        list(in_order(fails, range(100), threads=2))


def test_small_arrays_start_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    import concurrent.futures

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("a thread was started")

    monkeypatch.setattr(concurrent.futures, "ThreadPoolExecutor", refuse)
    evaluate(*softmax_arrays(10, 500), threads=4)


def test_the_number_of_threads_is_checked() -> None:
    assert thread_count(None) == usable_cores() >= 1
    for wrong in (0, -1, True, 1.5):
        with pytest.raises(CepickError, match="threads"):
            thread_count(wrong)  # type: ignore[arg-type]
    with pytest.raises(CepickError, match="block"):
        evaluate([[1.0, 0.0]], [0], block=0)


def test_progress_is_told_up_to_the_end() -> None:
    told: list[tuple[int, int]] = []
    evaluate(*softmax_arrays(10), block=10_000, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (3000, 3000)
    assert told == sorted(told)
    assert len(told) > 5
