"""How the losses of examples become one number: which weights, what divides, and in which batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .opened import Opened
from .pieces import FloatArray
from .space import BATCHES, Choice
from .sums import EXTRA, Fold
from .walk import Plan, Walked

Aggregate = FloatArray
"""The value of each number of a row, joined in one way."""


@dataclass(frozen=True, kw_only=True)
class Way:
    """One way to join the losses of examples: a kind of weights, a divisor, and a reduction."""

    kind: str
    """Which weights multiply: `ce_core.match.walk` knows them; ``torch`` where the numbers have them already."""
    divisor: str
    reduction: str
    size: int = 0
    """Of batches, in items of the first axis."""
    scope: str = ""
    """``example``: of losses of an example, divided by the classes too; ``columns``: of sums over columns, as sums."""
    choices: tuple[Choice, ...] = ()

    @property
    def cost(self) -> float:
        """Return how unlikely it is, in bits."""
        return sum(each.cost for each in self.choices)

    @property
    def deviations(self) -> int:
        """Return on how many axes it is not the usual choice."""
        return sum(each.word is not None for each in self.choices)


_HAND_OVER = "hand the weights to the loss"
_DIVIDE = "divide by the sum of the weights to compare runs; a mean over N grows with the weights"
_EXACT = "add up sums of losses and counts, and divide once at the end"


def _choice(axis: str, word: str | None, cost: float, says: str = "", **more: object) -> Choice:
    return Choice(key=f"{axis} {word}", axis=axis, word=word, cost=cost, says=says, **more)  # type: ignore[arg-type]


def _weightings(opened: Opened, plan: Plan, uncounted: bool) -> list[tuple[str, str, Choice]]:
    """Return the kinds of weights with what their mean divides by."""
    every = _choice(
        "ignored",
        "counted in the divisor",
        4.0,
        "divided by every position, ignored ones too",
        mistake="ignored-counted",
        why="what is ignored costs nothing but is counted in the divisor",
        repair="divide by the number of positions that count",
        framework=("a mask multiplied in, then .mean()",),
    )
    if "given" not in plan.kinds:
        found = [("one", "weights", _choice("weights", None, 0.0))]
        return [*found, ("one", "all", every)] if uncounted else found
    differs = {"mistake": "weighted-mean-differs", "repair": _DIVIDE}
    found = [
        (
            "given",
            "weights",
            _choice(
                "weights",
                None,
                0.0,
                framework=(
                    "torch.nn.CrossEntropyLoss(weight) with class indices",
                    "sklearn.metrics.log_loss(sample_weight=...)",
                ),
            ),
        ),
        (
            "given",
            "count",
            _choice(
                "weights",
                "÷N",
                1.0,
                "the weighted losses divided by their number, not by the weights",
                framework=(
                    "keras with sample_weight or class_weight",
                    "torch.nn.CrossEntropyLoss(weight) with rows of probabilities",
                ),
                **differs,
            ),
        ),
        (
            "one",
            "weights",
            _choice(
                "weights",
                "forgotten",
                4.0,
                "without the weights",
                mistake="weights-forgotten",
                why="the weights were not handed over",
                repair=_HAND_OVER,
            ),
        ),
        (
            "one",
            "given",
            _choice(
                "weights",
                "divisor only",
                8.0,
                "not weighted, but divided by the sum of the weights",
                mistake="weights-forgotten",
                repair=_HAND_OVER,
            ),
        ),
    ]
    if opened.some_weightless:
        nonzero = _choice(
            "weights",
            "÷nonzero",
            2.5,
            "the weighted losses divided by how many weights are not 0",
            framework=("tf.compat.v1.losses",),
            **differs,
        )
        found.insert(2, ("given", "heavy", nonzero))
    if uncounted:
        found.append(("given", "all", every))
        found.append(
            (
                "one",
                "all",
                _choice(
                    "ignored",
                    "counted in the divisor, without weights",
                    7.5,
                    "without the weights, divided by every position, ignored ones too",
                    mistake="ignored-counted",
                    repair="divide by the number of positions that count",
                ),
            )
        )
    if "twice" in plan.kinds:
        twice = {
            "mistake": "weights-twice",
            "why": "the weights were multiplied in twice",
            "repair": "weigh once",
        }
        found += [
            (
                "twice",
                "twice",
                _choice("weights", "twice", 8.0, "weighted by the squares of the weights", **twice),
            ),
            (
                "twice",
                "given",
                _choice(
                    "weights",
                    "twice, divided once",
                    7.0,
                    "weighted twice and divided by the weights once",
                    **twice,
                ),
            ),
            (
                "twice",
                "count",
                _choice(
                    "weights",
                    "twice, ÷N",
                    7.5,
                    "weighted twice and divided by the number of examples",
                    **twice,
                ),
            ),
        ]
    for kind, other in (("class", "sample"), ("sample", "class")):
        if kind in plan.kinds:
            word = {"mistake": "weights-forgotten", "repair": f"hand the {other} weights over too"}
            found.append(
                (
                    kind,
                    "weights",
                    _choice("weights", f"{kind} weights only", 5.0, f"without the {other} weights", **word),
                )
            )
            found.append(
                (
                    kind,
                    "count",
                    _choice(
                        "weights",
                        f"{kind} weights only, ÷N",
                        6.0,
                        f"without the {other} weights, divided by the number of examples",
                        **word,
                    ),
                )
            )
    return found


def ways(every: Sequence[Opened], plan: Plan, name: str, batch_size: int | None = None) -> tuple[Way, ...]:
    """Return the ways to join the losses that make sense of these arrays."""
    opened = every[0]
    uncounted = any(each.uncounted for each in every) and not name.startswith("kept")
    found: list[Way] = []
    weightings = _weightings(opened, plan, uncounted)
    for kind, divisor, choice in weightings:
        usual = Way(kind=kind, divisor=divisor, reduction="mean", choices=(choice,))
        found.append(usual)
        elements = _choice(
            "reduction",
            "elements",
            4.5,
            "divided by the number of classes as well",
            framework=("torch.nn.KLDivLoss(reduction='mean')", "a mean over one-hot rows"),
        )
        labels = _choice("reduction", "sum over labels", 3.0, "summed over the columns")
        if opened.columns > 1:
            found.append(
                Way(kind=kind, divisor=divisor, reduction="mean", scope="example", choices=(choice, elements))
            )
            found.append(
                Way(kind=kind, divisor=divisor, reduction="mean", scope="columns", choices=(choice, labels))
            )
        if divisor in {"weights", "count"}:
            found += _in_batches(every, plan, kind, divisor, choice, batch_size)
    for kind in plan.kinds:
        if kind in {"one", "given"}:
            found += _sums(every, plan, kind, batch_size)
    if "shown" in plan.kinds:
        micro = _choice("reduction", "elements", 2.0, "a mean over all single outcomes that count")
        found.append(Way(kind="shown", divisor="weights", reduction="mean", choices=(micro,)))
    if any(part == "terms" for _, part in plan.parts):
        found += _of_torch(opened)
    return tuple(found)


def _in_batches(
    every: Sequence[Opened], plan: Plan, kind: str, divisor: str, choice: Choice, batch_size: int | None
) -> list[Way]:
    """Return the means of means of batches and sequences, and those without the last batch."""
    found = []
    several = any(each.inner > 1 for each in every)
    for size in plan.sizes:
        if size == 1 and several:
            per = _choice("reduction", "per sequence", 4.0, "the mean of the means of each sequence")
            found.append(Way(kind=kind, divisor=divisor, reduction="batches", size=1, choices=(choice, per)))
            continue
        cost = _cost_of(size, batch_size)
        of_batches = _choice(
            "reduction",
            f"mean of batch means ({size})",
            cost,
            f"the mean of the means of batches of {size}",
            mistake="mean-of-batch-means",
            why="every batch counts the same, however few examples or how little weight it has",
            repair=_EXACT,
        )
        dropped = _choice(
            "reduction",
            f"last batch dropped ({size})",
            cost + 0.5,
            f"without the last incomplete batch of {size}",
            mistake="last-batch-dropped",
            why="the examples of the last incomplete batch are left out",
            repair="keep it: drop_last=False",
        )
        both = _choice(
            "reduction",
            f"mean of whole batches' means ({size})",
            cost + 2.0,
            f"the mean of the means of the whole batches of {size}",
            mistake="last-batch-dropped",
            why="the last incomplete batch is left out, and every batch counts the same",
            repair=_EXACT,
        )
        found.append(
            Way(kind=kind, divisor=divisor, reduction="batches", size=size, choices=(choice, of_batches))
        )
        if any(each.items % size for each in every):
            found.append(
                Way(kind=kind, divisor=divisor, reduction="whole", size=size, choices=(choice, dropped))
            )
            if divisor == "weights":
                found.append(
                    Way(
                        kind=kind, divisor=divisor, reduction="whole means", size=size, choices=(choice, both)
                    )
                )
    return found


def _cost_of(size: int, batch_size: int | None) -> float:
    if batch_size is not None:
        return 2.5
    return 5.0 if size in BATCHES[:3] else 5.5 if size in BATCHES[:8] else 6.5


def _sums(every: Sequence[Opened], plan: Plan, kind: str, batch_size: int | None) -> list[Way]:
    """Return the sums, and what comes of adding up batches and dividing by something else."""
    forgotten = (
        []
        if kind == "given" or "given" not in plan.kinds
        else [
            _choice(
                "weights",
                "forgotten",
                4.0,
                "without the weights",
                mistake="weights-forgotten",
                repair=_HAND_OVER,
            )
        ]
    )
    add = _choice("reduction", "sum", 3.0, "summed over the examples", framework=("reduction='sum'",))
    found = [
        Way(kind=kind, divisor="none", reduction="sum", choices=(*forgotten, add)),
    ]
    if every[0].columns > 1:
        both = _choice(
            "reduction",
            "sum over examples and labels",
            4.0,
            "summed over the examples and the columns",
            framework=("reduction='sum'",),
        )
        found.append(
            Way(kind=kind, divisor="none", reduction="sum", scope="columns", choices=(*forgotten, both))
        )
    if any(each.inner > 1 for each in every):
        items = _choice(
            "reduction",
            "sum ÷ items",
            4.0,
            "summed within each item of the first axis, and their mean",
            framework=("loss.sum() / batch_size",),
        )
        found.append(Way(kind=kind, divisor="none", reduction="items", choices=(*forgotten, items)))
    usual = BATCHES if batch_size is None else (batch_size,)
    for size in usual:
        if not any(size < each.items for each in every):
            continue
        cost = _cost_of(size, batch_size)
        summed = _choice(
            "reduction",
            f"mean of batch sums ({size})",
            cost + 1.5,
            f"the mean of the sums of batches of {size}",
            why="each batch was summed, and the sums were averaged over the batches",
            repair=_EXACT,
            mistake="mean-of-batch-sums",
        )
        over = _choice(
            "reduction",
            f"batch means ÷ examples ({size})",
            cost + 2.0,
            f"the means of batches of {size} added up and divided by the number of examples",
            mistake="batch-means-over-examples",
            why="the mean of each batch was added up, and their sum divided by the number of examples, not of batches",
            repair="divide by the number of batches, or add loss.item() * len(batch)",
        )
        found.append(
            Way(kind=kind, divisor="none", reduction="batch sums", size=size, choices=(*forgotten, summed))
        )
        found.append(
            Way(
                kind=kind,
                divisor="weights",
                reduction="means over all",
                size=size,
                choices=(*forgotten, over),
            )
        )
    return found


def _of_torch(opened: Opened) -> list[Way]:
    """Return how PyTorch divides a loss whose classes are weighted within each example."""
    named = {"weights": "÷Σ weights", "count": "÷N"}
    usual = "weights" if opened.index else "count"
    found = []
    for divisor, word in named.items():
        choice = _choice(
            "weights",
            None if divisor == usual else word,
            0.0 if divisor == usual else 1.0,
            ""
            if divisor == usual
            else f"divided {'by the weights' if divisor == 'weights' else 'by the number of examples'}",
        )
        found.append(Way(kind="torch", divisor=divisor, reduction="mean", choices=(choice,)))
    add = _choice("reduction", "sum", 3.0, "summed over the examples", framework=("reduction='sum'",))
    found.append(Way(kind="torch", divisor="none", reduction="sum", choices=(add,)))
    return found


def aggregates(found: tuple[Way, ...], walked: Walked) -> tuple[Aggregate, ...]:
    """Return, for every way, the value of each number of a row."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):  # nothing left has no mean
        return tuple(_aggregate(way, walked) for way in found)


def _aggregate(way: Way, walked: Walked) -> Aggregate:
    inner = walked.inner
    kind = ("sample" if "sample" in walked.folds else "one") if way.kind == "torch" else way.kind
    fold = walked.folds[kind]
    total = np.asarray(fold.total, dtype=np.float64)
    numbers = total[:-EXTRA]
    if way.reduction == "sum":
        return numbers
    if way.reduction == "items":
        return np.asarray(numbers / walked.items)
    if way.reduction == "batch sums":
        return np.asarray(numbers / -(-walked.items // way.size))
    if way.reduction == "means over all":
        batches = fold.batches.get(way.size * inner)
        if batches is None:
            means = numbers / total[-EXTRA] * -(-walked.items // way.size)
        else:
            means = np.asarray(batches.by_weight)[:-EXTRA]
        return np.asarray(means / total[-EXTRA + 1])
    if way.reduction == "mean":
        return np.asarray(numbers / _divisor(way, walked, fold))
    batches = fold.batches[way.size * inner]
    if way.reduction == "batches":
        by_weight = way.divisor == "weights"
        found = batches.by_weight if by_weight else batches.by_count
        return np.asarray(found)[:-EXTRA] / (batches.weighed if by_weight else batches.counted)
    if not batches.whole:
        return np.full(len(numbers), np.nan)
    if way.reduction == "whole means":
        return np.asarray(np.asarray(batches.whole_by_weight)[:-EXTRA] / batches.whole_weighed)
    full = np.asarray(batches.full)
    return np.asarray(full[:-EXTRA] / full[-EXTRA if way.divisor == "weights" else -EXTRA + 1])


def _divisor(way: Way, walked: Walked, fold: Fold) -> float:
    total = np.asarray(fold.total)
    if way.divisor == "all":
        return float(walked.positions)
    if way.divisor in {"given", "twice"}:
        return float(np.asarray(walked.folds[way.divisor].total)[-EXTRA])
    if way.kind == "torch" and way.divisor == "weights":
        return float(np.asarray(walked.folds["given"].total)[-EXTRA])
    return float(total[{"weights": -EXTRA, "count": -EXTRA + 1, "heavy": -EXTRA + 2}[way.divisor]])
