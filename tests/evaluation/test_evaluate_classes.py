"""The table of classes where there are more than it lists."""

from __future__ import annotations

import numpy as np
import pytest

from ce_core import evaluate
from ce_core.compute.diagnose import CLASSES_LISTED


def test_a_hundred_classes_are_all_listed() -> None:
    rng = np.random.default_rng(0)
    found = evaluate(rng.normal(size=(500, 100)), rng.integers(0, 100, 500)).diagnostics
    assert [row.klass for row in found.per_class] == list(range(100))
    assert found.per_class_rest is None


@pytest.mark.parametrize("classes", [101, 250])
def test_beyond_a_hundred_the_costliest_are_listed_and_the_rest_summed(classes: int) -> None:
    rng = np.random.default_rng(1)
    logits, labels = rng.normal(size=(700, classes)), rng.integers(0, classes, 700)
    answer = evaluate(logits, labels, keep=True)
    found, losses = answer.diagnostics, answer.losses
    assert losses is not None
    summed = np.bincount(labels, weights=losses, minlength=classes)
    costliest = np.sort(np.argsort(-summed, kind="stable")[:CLASSES_LISTED])
    assert [row.klass for row in found.per_class] == costliest.tolist()
    others = np.setdiff1d(np.arange(classes), costliest)
    rest, count = found.per_class_rest, np.isin(labels, others).sum()
    assert rest is not None
    assert (rest.classes, rest.support) == (classes - CLASSES_LISTED, count)
    if count:
        assert rest.loss == pytest.approx(summed[others].sum() / count, rel=1e-12)
    else:
        assert rest.loss is None
    total = sum(row.support for row in found.per_class) + rest.support
    assert total == 700


def test_a_class_that_never_occurs_has_support_but_no_figures() -> None:
    row = evaluate([[2.0, 0.0, -1.0], [0.5, 1.0, 0.0]], [0, 1]).diagnostics.per_class[2]
    assert (row.support, row.loss, row.recall, row.mean_probability) == (0.0, None, None, None)


def test_classes_and_labels_have_their_names() -> None:
    answer = evaluate([[2.0, 0.0], [0.5, 1.0]], ["cat", "cat"], class_names=["cat", "dog"])
    assert [row.name for row in answer.diagnostics.per_class] == ["cat", "dog"]
    assert [(row.label, row.prediction) for row in answer.diagnostics.worst] == [
        ("cat", "dog"),
        ("cat", "cat"),
    ]


def test_of_equal_probabilities_the_earlier_classes_are_the_top_ones() -> None:
    # A model that says nothing is right by chance only: half of ten labels are among five.
    answer = evaluate(np.zeros((10, 10)), np.arange(10), loss="sparse_softmax_cross_entropy")
    assert answer.diagnostics.top5_accuracy == 0.5
    assert answer.diagnostics.accuracy == 0.1


@pytest.mark.parametrize("above", [3, 4, 5, 6])
def test_the_top_five_are_five(above: int) -> None:
    logits = np.where(np.arange(80) < above, 2.0, -2.0)[None]
    logits[0, 70] = 1.0
    assert evaluate(logits, [70]).diagnostics.top5_accuracy == float(above < 5)
    few = evaluate(logits[:, [*range(8), 70]], [8]).diagnostics
    assert few.top5_accuracy == float(above < 5)
