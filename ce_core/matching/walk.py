"""One pass over both arrays: all that definitions are made of, summed in every way that a mean may be taken."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from ce_core.read.blocks import Span, spans

from .align import Aligned, aligned, alignments
from .heads import HEADS
from .opened import Opened
from .pieces import FloatArray, Pieces
from .space import ALIGNMENTS, BATCHES, GAMMAS, MOST_BITS, Reading
from .sums import Fold

Call = tuple[str, str, str | None]
Part = tuple[Call, str]

_ELEMENTS = 1 << 17
"""How many predictions a block holds: fewer make the calls of NumPy dearer than what they do, more leave the cache."""
_LEAST_ROWS = 64
_THREADS = 2
_WIDE = frozenset({"bce", "bce_log", "sigmoid_focal", "squares", "margins", "swapped", "one_unit"})
"""The heads whose numbers are sums over the columns that count."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Plan:
    """What is summed of every pair of arrays, the same for all of them."""

    parts: tuple[Part, ...]
    """What the numbers of a row are."""
    readings: tuple[Reading, ...]
    """The readings that are made of them."""
    sizes: tuple[int, ...]
    """The sizes of batches, in items of the first axis."""
    kinds: tuple[str, ...]
    """The kinds of weights."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Walked:
    """The sums of one alignment over one pair of arrays."""

    folds: dict[str, Fold]
    """By kind of weights."""
    positions: int
    """How many positions there are, counted or not."""
    items: int
    inner: int


def make_plans(every: Sequence[Opened], batch_size: int | None = None) -> dict[str, Plan]:
    """Return what is to be summed, by alignment; batches of the size that is known, 0 for none."""
    names = dict.fromkeys(name for each in every for name in alignments(each))
    return {name: _plan(every, name, batch_size) for name in names}


def walk(opened: Opened, plans: Mapping[str, Plan]) -> dict[str, Walked]:
    """Return the sums of every alignment, in one pass over two arrays."""
    folds = {
        name: {kind: Fold(sizes=tuple(size * opened.inner for size in plan.sizes)) for kind in plan.kinds}
        for name, plan in plans.items()
    }
    left: set[str] = set()
    for start, found in _blocks(opened, plans):
        for name, by_kind in found.items():
            if by_kind is None:
                left.add(name)
                continue
            for kind, rows in by_kind.items():
                folds[name][kind].take(rows, start)
    for of_name in folds.values():
        for fold in of_name.values():
            fold.finish()
    return {
        name: Walked(
            folds=folds[name],
            positions=opened.prepared.layout.rows,
            items=opened.items,
            inner=opened.inner,
        )
        for name in plans
        if name not in left
    }


def _plan(every: Sequence[Opened], name: str, batch_size: int | None) -> Plan:
    first = every[0]
    cost = next(each.cost for each in ALIGNMENTS if each.key == name)
    readings = tuple(
        each for each in first.readings if name == "own" or (each.moves and each.cost + cost <= MOST_BITS)
    )
    parts: dict[Part, None] = {}
    for each in readings:
        parts[each.call, each.part] = None
        for more in extras(first, each, name):
            parts[each.call, more] = None
    found: dict[int, None] = {}
    for opened in every:
        found.update(dict.fromkeys(_sizes(opened, name, batch_size)))
    kinds = dict.fromkeys(kind for opened in every for kind in _kind_names(opened, name))
    return Plan(parts=tuple(parts), readings=readings, sizes=tuple(found), kinds=tuple(kinds))


def _sizes(opened: Opened, name: str, batch_size: int | None) -> tuple[int, ...]:
    """Return the sizes of batches: one sequence, and those that leave a last shorter one or differ in weight."""
    items = opened.items
    found = [1] if len(opened.prepared.layout.positions) > 1 else []
    if name in {"own", "kept"} and batch_size != 0:
        uneven = opened.class_weights is not None or opened.sampled or bool(opened.uncounted)
        usual = BATCHES if batch_size is None else (batch_size,)
        found += [size for size in usual if size < items and (uneven or items % size)]
    return tuple(found)


def _kind_names(opened: Opened, name: str) -> tuple[str, ...]:
    """Return the kinds of weights that rows may have had."""
    classes, samples = opened.weighs_rows, opened.sampled
    found = ["one"]
    if classes or samples:
        found.append("given")
        if name == "own":
            found.append("twice")
            found += ["class", "sample"] if classes and samples else []
    if opened.uncounted and not opened.index and opened.columns > 1:
        found.append("shown")
    return tuple(found)


def extras(opened: Opened, reading: Reading, name: str) -> tuple[str, ...]:
    """Return the numbers beside the loss that its variants are made of."""
    found = []
    if {"uniform", "others"} & set(reading.smooths):
        found.append("spread")
    if "half" in reading.smooths:
        found.append("half")
    if reading.balance is not None:
        found.append(reading.part.replace("own", "positive"))
    weighted = opened.class_weights is not None
    if (
        name == "own"
        and reading.head == "softmax"
        and "torch" in reading.smooths
        and weighted
        and opened.exclusive
    ):
        found += ["weighted", "terms"]
    if reading.head in {"bce", "bce_log"} and not opened.exclusive and reading.cost < 5:
        if opened.pos_weight is not None:
            found.append("balanced")
        if weighted and opened.columns > 1:
            found.append("weighted")
    return tuple(found)


Rows = dict[str, dict[str, FloatArray] | None]


def _blocks(opened: Opened, plans: Mapping[str, Plan]) -> Iterator[tuple[int, Rows]]:
    """Yield what is summed of each block, in order, computed by a few threads ahead of its use."""
    layout = opened.prepared.layout
    every = spans(layout.positions, max(_LEAST_ROWS, _ELEMENTS // max(1, layout.units)))
    threads = min(_THREADS, os.cpu_count() or 1)
    if layout.rows * layout.units <= _ELEMENTS or threads < 2:
        for span in every:
            yield span.start, _rows(opened, plans, span)
        return
    with ThreadPoolExecutor(max_workers=threads) as pool:
        ahead: deque[tuple[int, Future[Rows]]] = deque()
        for span in every:
            ahead.append((span.start, pool.submit(_rows, opened, plans, span)))
            if len(ahead) > threads:
                start, future = ahead.popleft()
                yield start, future.result()
        for start, future in ahead:
            yield start, future.result()


def _rows(opened: Opened, plans: Mapping[str, Plan], span: Span) -> Rows:
    """Return the numbers of a block's rows times each kind of weights, by alignment."""
    block, counted = opened.prepared.counting.whole(span)
    pieces = Pieces(block.predictions, opened.given, exclusive=opened.exclusive)
    found: Rows = {}
    for name, plan in plans.items():
        truth = aligned(opened, block, counted, name)
        if truth is None:
            found[name] = None
            continue
        numbers = _numbers(opened, pieces, truth, plan.parts)
        found[name] = {
            kind: _weighed(numbers, truth, weights)
            for kind, weights in _kinds(plan.kinds, truth, block.weights).items()
        }
    return found


def _numbers(opened: Opened, pieces: Pieces, truth: Aligned, parts: tuple[Part, ...]) -> FloatArray:
    """Return the numbers of each row, [parts, rows], 0 where a row does not count."""
    found = np.empty((len(parts), len(truth.counted)))
    shown = truth.truth.shown
    scale = None if shown is None else pieces.columns / np.maximum(shown.sum(axis=0), 1.0)
    common = {
        "dtype": opened.dtype,
        "hard": opened.hard,
        "class_weights": opened.class_weights,
        "pos_weight": None if opened.pos_weight is None else opened.pos_weight[:, None],
    }
    for (head, source, _), wanted, options in _calls(parts):
        with np.errstate(
            all="ignore"
        ):  # what a wrong definition makes of infinities and negative numbers is its value
            values = HEADS[head](pieces, truth.truth, source, common | options)
            for at, part in wanted:
                found[at] = values[part] if scale is None or head not in _WIDE else values[part] * scale
    if not truth.counted.all():
        found[:, ~truth.counted] = 0.0
    return found


@lru_cache(maxsize=256)
def _calls(parts: tuple[Part, ...]) -> tuple[tuple[Call, tuple[tuple[int, str], ...], dict[str, Any]], ...]:
    """Return the heads that give some numbers, with the places of these and what the heads must know."""
    calls: dict[Call, list[tuple[int, str]]] = {}
    for at, (call, part) in enumerate(parts):
        calls.setdefault(call, []).append((at, part))
    return tuple(
        (
            call,
            tuple(wanted),
            {
                "parts": {part for _, part in wanted},
                "clip": call[2],
                "gammas": tuple(g for g in GAMMAS if any(part in _of_gamma(g) for _, part in wanted)),
                "gce": tuple(float(part[3:]) for _, part in wanted if part.startswith("gce")),
                "poly": tuple(float(part[4:]) for _, part in wanted if part.startswith("poly")),
            },
        )
        for call, wanted in calls.items()
    )


def _of_gamma(gamma: float) -> tuple[str, str]:
    return f"own{gamma:g}", f"positive{gamma:g}"


def _kinds(
    kinds: tuple[str, ...], truth: Aligned, samples: np.ndarray | None
) -> dict[str, FloatArray | None]:
    """Return the weight of each row by kind; None where all have the same."""
    found: dict[str, FloatArray | None] = {}
    for kind in kinds:
        if kind == "one":
            found[kind] = None
        elif kind == "class":
            found[kind] = truth.labels
        elif kind == "sample":
            found[kind] = samples
        elif kind == "shown":
            shown = truth.truth.shown
            found[kind] = None if shown is None else shown.mean(axis=0)
        else:
            both = [each for each in (truth.labels, samples) if each is not None]
            product = both[0] if len(both) == 1 else both[0] * both[1]
            found[kind] = np.asarray(product * product if kind == "twice" else product)
    return found


def _weighed(numbers: FloatArray, truth: Aligned, weights: FloatArray | None) -> FloatArray:
    """Return the numbers times a weight, and below them the weight, whether the row counts, and whether it weighs."""
    counted = truth.counted.astype(np.float64)
    heavy = counted if weights is None else weights * counted
    with np.errstate(invalid="ignore"):  # 0·∞ has no value
        top = numbers if weights is None else numbers * weights
    return np.concatenate([top, heavy[None], counted[None], (heavy != 0).astype(np.float64)[None]])
