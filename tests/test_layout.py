from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ce_core import Task, evaluate
from ce_core.errors import CepickError
from ce_core.read.layout import Shape, pair

SHAPES = st.lists(st.integers(0, 4), max_size=4).map(tuple)
LIKELY = st.tuples(SHAPES, SHAPES) | SHAPES.flatmap(
    lambda shape: st.tuples(
        st.just(shape), st.sampled_from([shape, shape[:-1], (*shape, 1), (*shape[:-1], 1), shape[1:]])
    )
)
SAID = st.fixed_dictionaries(
    {},
    optional={
        "outcomes": st.sampled_from(["binary", "multiclass"]),
        "encoding": st.sampled_from(["index", "one_hot", "multi_hot", "distribution", "scalar"]),
        "class_axis": st.sampled_from([0, 1, 2, -1, -2, (0, 1), (1, 2), (-1, 0)]),
    },
)


def task_of(said: dict[str, Any]) -> Task | None:
    try:
        return Task(**said)
    except CepickError:
        return None


@settings(max_examples=1500, deadline=None)
@given(LIKELY, SAID)
def test_two_shapes_pair_without_broadcasting_or_are_refused_in_one_line(
    shapes: tuple[Shape, Shape], said: dict[str, Any]
) -> None:
    predictions, targets = shapes
    task = task_of(said)
    if task is None:
        return
    try:
        layout = pair(predictions, targets, task)
    except CepickError as error:
        refused = error
        layout = None
    if layout is None:
        assert refused.code in {"CE301", "CE303"}
        assert refused.code == "CE301" or "class_axis" in said
        assert "\n" not in str(refused)
        return
    assert layout.rows * layout.units == prod(predictions)
    assert prod(targets) == layout.rows * (1 if layout.form == "index" else layout.units)
    values = np.arange(prod(predictions)).reshape(predictions)
    assert layout.predictions_view(values).shape == (*layout.positions, layout.units)
    labels = np.arange(prod(targets)).reshape(targets)
    seen = layout.targets_view(labels)
    assert seen.shape == (layout.positions if layout.form == "index" else (*layout.positions, layout.units))
    if layout.form == "rows" and predictions == targets:
        np.testing.assert_array_equal(seen, layout.predictions_view(values))


@settings(max_examples=400, deadline=None)
@given(st.lists(st.integers(1, 5), min_size=2, max_size=5), st.integers(0, 4), st.booleans(), st.booleans())
def test_any_axis_of_any_rank_may_hold_the_classes(
    sizes: list[int], which: int, rows: bool, negative: bool
) -> None:
    axis = which % len(sizes)
    shape = tuple(sizes)
    positions = shape[:axis] + shape[axis + 1 :]
    task = Task(class_axis=axis - len(sizes) if negative else axis)
    layout = pair(shape, shape if rows else positions, task)
    one_column = shape[axis] == 1  # the outcome itself
    assert (layout.form, layout.positions, layout.units) == (
        "rows" if rows or one_column else "index",
        positions,
        shape[axis],
    )
    values = np.random.default_rng(0).normal(size=shape)
    np.testing.assert_array_equal(layout.predictions_view(values), np.moveaxis(values, axis, -1))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 3), st.integers(0, 1000))
def test_the_loss_is_the_same_wherever_the_classes_lie(axis: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    logits, labels = rng.normal(0, 2, (3, 2, 5, 4)), rng.integers(0, 4, (3, 2, 5))
    last = evaluate(logits, labels, class_axis=3).value
    moved = evaluate(np.moveaxis(logits, -1, axis), labels, class_axis=axis).value
    assert moved == pytest.approx(last, rel=1e-14)


READ: dict[str, tuple[Shape, Shape, dict[str, Any], tuple[str, tuple[int, ...], Shape, int]]] = {
    "[N, K] and [N]": ((8, 3), (8,), {}, ("index", (1,), (8,), 3)),
    "[N, K] and [N, 1]": ((8, 3), (8, 1), {}, ("index", (1,), (8,), 3)),
    "[N, K] and [N, K]": ((8, 3), (8, 3), {}, ("rows", (1,), (8,), 3)),
    "[N] and [N]": ((8,), (8,), {}, ("rows", (), (8,), 1)),
    "[N, 1] and [N]": ((8, 1), (8,), {}, ("rows", (), (8,), 1)),
    "[N] and [N, 1]": ((8,), (8, 1), {}, ("rows", (), (8,), 1)),
    "[N, 1] and [N, 1]": ((8, 1), (8, 1), {}, ("rows", (), (8,), 1)),
    "[N, 1] and [N], labels are indices": ((8, 1), (8,), {"encoding": "index"}, ("rows", (), (8,), 1)),
    "[N, 1] and [N], several classes": ((8, 1), (8,), {"outcomes": "multiclass"}, ("index", (1,), (8,), 1)),
    "[B, T, K] and [B, T]": ((2, 5, 3), (2, 5), {}, ("index", (2,), (2, 5), 3)),
    "[B, T] and [B, T], binary": ((2, 5), (2, 5), {"outcomes": "binary"}, ("rows", (), (2, 5), 1)),
    "[N, C, H, W] and [N, H, W]": ((2, 7, 3, 4), (2, 3, 4), {}, ("index", (1,), (2, 3, 4), 7)),
    "[N, H, W, C] and [N, H, W]": ((2, 3, 4, 7), (2, 3, 4), {}, ("index", (3,), (2, 3, 4), 7)),
    "no batch axis": ((5,), (), {"class_axis": 0}, ("index", (0,), (), 5)),
    "no batch axis, one row each": ((5,), (5,), {"class_axis": 0}, ("rows", (0,), (), 5)),
    "one number each": ((), (), {}, ("rows", (), (), 1)),
    "classes over two axes": ((6, 2, 3), (6,), {"class_axis": (1, 2)}, ("index", (1, 2), (6,), 6)),
    "transposed, said so": ((3, 8), (8,), {"class_axis": 0}, ("index", (0,), (8,), 3)),
    "one class": ((8, 1), (8,), {"class_axis": 1}, ("rows", (1,), (8,), 1)),
    "[N, 1, H, W] and [N, H, W]": ((2, 1, 3, 4), (2, 3, 4), {}, ("rows", (1,), (2, 3, 4), 1)),
    "[N, 1, H, W] and [N, 1, H, W]": ((2, 1, 3, 4), (2, 1, 3, 4), {}, ("rows", (1,), (2, 3, 4), 1)),
    "[N, 1, H, W], rows said": (
        (2, 1, 3, 4),
        (2, 1, 3, 4),
        {"encoding": "one_hot"},
        ("rows", (3,), (2, 1, 3), 4),
    ),
    "[N, T, T] and [N, T], PyTorch": ((2, 5, 5), (2, 5), {"framework": "torch"}, ("index", (1,), (2, 5), 5)),
    "[N, T, T] and [N, T]": ((2, 5, 5), (2, 5), {}, ("index", (2,), (2, 5), 5)),
}


@pytest.mark.parametrize(("predictions", "targets", "said", "read"), READ.values(), ids=READ)
def test_shapes_are_read_as_a_person_reads_them(
    predictions: Shape, targets: Shape, said: dict[str, Any], read: tuple[str, tuple[int, ...], Shape, int]
) -> None:
    layout = pair(predictions, targets, Task(**said))
    assert (layout.form, layout.class_axes, layout.positions, layout.units) == read


REFUSED: dict[str, tuple[Shape, Shape, dict[str, Any], str]] = {
    "transposed": ((3, 8), (8,), {}, "--class-axis 0"),
    "lengths": ((8, 3), (7,), {}, "8 rows against 7"),
    "lengths of rows": ((8, 3), (7, 3), {}, "8 rows against 7"),
    "columns": ((8, 3), (8, 4), {}, "3 columns against 4"),
    "swapped": ((8,), (8, 3), {}, "the predictions first, then the targets"),
    "swapped pixels": ((2, 4, 5), (2, 7, 4, 5), {}, "the predictions first, then the targets"),
    "one-hot said, indices given": ((8, 3), (8,), {"encoding": "one_hot"}, "encoding 'one_hot' cannot be"),
    "index said, rows given": ((8, 3), (8, 3), {"encoding": "index"}, "encoding 'index' cannot be"),
    "an axis that is not there": ((8, 3), (8,), {"class_axis": 2}, "--class-axis from -2 to 1"),
    "an axis twice": ((8, 3), (8,), {"class_axis": (1, -1)}, "twice"),
    "one against many": ((8, 3), (1, 3), {}, "8 rows against 1"),
    "a single number": ((), (), {"encoding": "index"}, "shape []"),
}


@pytest.mark.parametrize(("predictions", "targets", "said", "says"), REFUSED.values(), ids=REFUSED)
def test_shapes_that_do_not_pair_are_told_with_the_nearest_reading(
    predictions: Shape, targets: Shape, said: dict[str, Any], says: str
) -> None:
    with pytest.raises(CepickError) as caught:
        pair(predictions, targets, Task(**said), ("p.npy", "t.npy"))
    assert caught.value.code == "CE301"
    assert says in str(caught.value)
    if "axis" not in said and "class_axis" not in said:
        assert str(list(predictions)) in str(caught.value)
        assert str(list(targets)) in str(caught.value)


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (0,)], ids=str)
def test_arrays_of_nothing_are_refused(shape: Shape) -> None:
    with pytest.raises(CepickError, match=r"0 (rows|classes)"):
        evaluate(np.zeros(shape), np.zeros(shape))


def test_a_position_is_named_by_all_its_indices() -> None:
    assert pair((2, 5, 3), (2, 5), Task()).row(7) == (1, 2)
    assert pair((8, 3), (8,), Task()).row(7) == 7


def test_two_axes_that_fit_are_both_told() -> None:
    assert pair((6, 5, 5), (6, 5), Task()).other_axis == 1
    assert pair((6, 5, 4), (6, 5), Task()).other_axis is None
    assert pair((6, 5, 5), (6, 5), Task(class_axis=1)).other_axis is None


def test_views_copy_nothing() -> None:
    values = np.zeros((2, 7, 3, 4), dtype=np.float32)
    assert np.shares_memory(pair(values.shape, (2, 3, 4), Task()).predictions_view(values), values)
