"""One walk over the data: each block is read once, and a second time only where the first one misled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from ce_core import evaluate
from ce_core.compute import run, temperature
from ce_core.probe import sample
from ce_core.read import blocks, spread
from ce_core.read.counting import Block, Counting

ROWS = 64


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[int]]:
    """Count how often each position is read, in blocks of eight rows, without samples."""
    found: Counter[int] = Counter()
    real = Counting.block

    def block(self: Counting, span: Any) -> Block:
        found.update(range(span.start, span.stop))
        return real(self, span)

    monkeypatch.setattr(Counting, "block", block)
    monkeypatch.setattr(blocks, "BLOCK_ELEMENTS", 4)
    monkeypatch.setattr(run, "sample_spans", lambda layout: [])
    monkeypatch.setattr(run.Run, "_sample", lambda self, choice: None)
    return found


def arrays() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(2)
    return rng.normal(scale=2, size=(ROWS, 4)), rng.integers(0, 4, ROWS)


def test_every_row_is_read_once(reads: Counter[int]) -> None:
    logits, labels = arrays()
    evaluate(logits, labels)
    assert set(reads.values()) == {1}
    assert len(reads) == ROWS


@pytest.mark.parametrize("targets", ["soft", "one_hot", "multi_hot"])
def test_rows_of_targets_are_read_once_after_a_look_at_the_first_block(
    targets: str, reads: Counter[int]
) -> None:
    logits, labels = arrays()
    rng = np.random.default_rng(4)
    rows = {
        "soft": rng.dirichlet(np.ones(4), size=ROWS),
        "one_hot": np.eye(4)[labels],
        "multi_hot": (rng.random((ROWS, 4)) < 0.5).astype(float),
    }[targets]
    evaluate(logits, rows)
    assert {reads[row] for row in range(8, ROWS)} == {1}
    assert reads[0] <= 2


def test_a_first_block_that_misleads_costs_a_second_walk(reads: Counter[int]) -> None:
    logits, labels = arrays()
    one_hot = np.eye(4)[labels]
    one_hot[40] = 0.25  # hard as far as the first block shows
    answer = evaluate(logits, one_hot)
    assert answer.diagnostics.target_entropy == pytest.approx(np.log(4) / ROWS)
    assert reads[0] <= 2
    assert {reads[row] for row in range(8, ROWS)} == {2}


def test_a_misleading_first_block_does_not_change_the_answer(reads: Counter[int]) -> None:
    rng = np.random.default_rng(3)
    probabilities = rng.dirichlet(np.ones(4), size=ROWS)
    logits = np.concatenate([probabilities[:8], rng.normal(scale=3, size=(ROWS - 8, 4))])
    labels = rng.integers(0, 4, ROWS)
    answer = evaluate(logits, labels)
    assert answer.loss == "sparse_softmax_cross_entropy"
    exact = np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(ROWS), labels]
    assert answer.value == pytest.approx(exact.mean(), rel=1e-13)
    assert answer.count == ROWS


def test_the_temperature_reads_a_bounded_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(temperature, "MOST_EXAMPLES", 16)
    monkeypatch.setattr(spread, "_RUNS", 4)
    logits, labels = arrays()
    found = evaluate(logits, labels).diagnostics.temperature
    assert found is None or (found.sample is not None and found.sample <= 20)


def test_other_readings_are_tried_on_a_bounded_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = []
    real = run.take_sample

    def take(*args: Any, **kwargs: Any) -> Any:
        taken.append(real(*args, **kwargs))
        return taken[-1]

    monkeypatch.setattr(run, "take_sample", take)
    monkeypatch.setattr(sample, "MOST_ROWS", 16)
    monkeypatch.setattr(spread, "_RUNS", 4)
    evaluate(*arrays())
    assert [each.rows <= 20 for each in taken] == [True]


def test_memory_is_bounded_by_the_block_not_the_file(tmp_path: Any) -> None:
    import tracemalloc

    rows = 40_000
    big = np.lib.format.open_memmap(tmp_path / "x.npy", mode="w+", dtype=np.float32, shape=(rows, 256))
    for start in range(0, rows, 5000):
        big[start : start + 5000] = np.random.default_rng(start).normal(size=(5000, 256))
    big.flush()
    np.save(tmp_path / "y.npy", np.zeros(rows, dtype=np.uint8))
    evaluate(str(tmp_path / "x.npy"), str(tmp_path / "y.npy"))
    tracemalloc.start()
    evaluate(str(tmp_path / "x.npy"), str(tmp_path / "y.npy"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < big.nbytes / 1.5
