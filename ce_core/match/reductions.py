"""How the losses of examples become one number: which weights, what divides, and in which batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .opened import Opened
from .space import BATCHES, Choice
from .walk import Plan
from .weightings import HAND_OVER, choice, weightings


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


_EXACT = "add up sums of losses and counts, and divide once at the end"


def ways(every: Sequence[Opened], plan: Plan, name: str, batch_size: int | None = None) -> tuple[Way, ...]:
    """Return the ways to join the losses that make sense of these arrays."""
    opened = every[0]
    uncounted = any(each.uncounted for each in every) and not name.startswith("kept")
    found: list[Way] = []
    for kind, divisor, weighting in weightings(opened, plan, uncounted):
        usual = Way(kind=kind, divisor=divisor, reduction="mean", choices=(weighting,))
        found.append(usual)
        elements = choice(
            "reduction",
            "elements",
            4.5,
            "divided by the number of classes as well",
            framework=("torch.nn.KLDivLoss(reduction='mean')", "a mean over one-hot rows"),
        )
        labels = choice("reduction", "sum over labels", 3.0, "summed over the columns")
        if opened.columns > 1:
            found.append(
                Way(
                    kind=kind,
                    divisor=divisor,
                    reduction="mean",
                    scope="example",
                    choices=(weighting, elements),
                )
            )
            found.append(
                Way(
                    kind=kind, divisor=divisor, reduction="mean", scope="columns", choices=(weighting, labels)
                )
            )
        if divisor in {"weights", "count"}:
            found += _in_batches(every, plan, kind, divisor, weighting, batch_size)
    for kind in plan.kinds:
        if kind in {"one", "given"}:
            found += _sums(every, plan, kind, batch_size if name in {"own", "kept"} else 0)
    if "shown" in plan.kinds:
        micro = choice("reduction", "elements", 2.0, "a mean over all single outcomes that count")
        found.append(Way(kind="shown", divisor="weights", reduction="mean", choices=(micro,)))
    if any(part == "terms" for _, part in plan.parts):
        found += _of_torch(opened)
    return tuple(found)


def _in_batches(
    every: Sequence[Opened], plan: Plan, kind: str, divisor: str, weighting: Choice, batch_size: int | None
) -> list[Way]:
    """Return the means of means of batches and sequences, and those without the last batch."""
    found = []
    several = any(each.inner > 1 for each in every)
    for size in plan.sizes:
        if size == 1 and several:
            per = choice("reduction", "per sequence", 4.0, "the mean of the means of each sequence")
            found.append(
                Way(kind=kind, divisor=divisor, reduction="batches", size=1, choices=(weighting, per))
            )
            continue
        cost = _cost_of(size, batch_size)
        of_batches = choice(
            "reduction",
            f"mean of batch means ({size})",
            cost,
            f"the mean of the means of batches of {size}",
            mistake="mean-of-batch-means",
            why="every batch counts the same, however few examples or how little weight it has",
            repair=_EXACT,
        )
        dropped = choice(
            "reduction",
            f"last batch dropped ({size})",
            cost + 0.5,
            f"without the last incomplete batch of {size}",
            mistake="last-batch-dropped",
            why="the examples of the last incomplete batch are left out",
            repair="keep it: drop_last=False",
        )
        both = choice(
            "reduction",
            f"mean of whole batches' means ({size})",
            cost + 2.0,
            f"the mean of the means of the whole batches of {size}",
            mistake="last-batch-dropped",
            why="the last incomplete batch is left out, and every batch counts the same",
            repair=_EXACT,
        )
        found.append(
            Way(kind=kind, divisor=divisor, reduction="batches", size=size, choices=(weighting, of_batches))
        )
        if any(each.items % size for each in every):
            found.append(
                Way(kind=kind, divisor=divisor, reduction="whole", size=size, choices=(weighting, dropped))
            )
            if divisor == "weights":
                found.append(
                    Way(
                        kind=kind,
                        divisor=divisor,
                        reduction="whole means",
                        size=size,
                        choices=(weighting, both),
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
            choice(
                "weights",
                "forgotten",
                4.0,
                "without the weights",
                mistake="weights-forgotten",
                repair=HAND_OVER,
            )
        ]
    )
    add = choice("reduction", "sum", 3.0, "summed over the examples", framework=("reduction='sum'",))
    found = [
        Way(kind=kind, divisor="none", reduction="sum", choices=(*forgotten, add)),
    ]
    if every[0].columns > 1:
        both = choice(
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
        items = choice(
            "reduction",
            "sum ÷ items",
            4.0,
            "summed within each item of the first axis, and their mean",
            framework=("loss.sum() / batch_size",),
        )
        found.append(Way(kind=kind, divisor="none", reduction="items", choices=(*forgotten, items)))
    usual = BATCHES if batch_size is None else (batch_size,) if batch_size else ()
    for size in usual:
        if not any(size < each.items for each in every):
            continue
        cost = _cost_of(size, batch_size)
        summed = choice(
            "reduction",
            f"mean of batch sums ({size})",
            cost + 1.5,
            f"the mean of the sums of batches of {size}",
            why="each batch was summed, and the sums were averaged over the batches",
            repair=_EXACT,
            mistake="mean-of-batch-means",
        )
        over = choice(
            "reduction",
            f"batch means ÷ examples ({size})",
            cost + 2.0,
            f"the means of batches of {size} added up and divided by the number of examples",
            mistake="mean-of-batch-means",
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
        divided = choice(
            "weights",
            None if divisor == usual else word,
            0.0 if divisor == usual else 1.0,
            ""
            if divisor == usual
            else f"divided {'by the weights' if divisor == 'weights' else 'by the number of examples'}",
        )
        found.append(Way(kind="torch", divisor=divisor, reduction="mean", choices=(divided,)))
    add = choice("reduction", "sum", 3.0, "summed over the examples", framework=("reduction='sum'",))
    found.append(Way(kind="torch", divisor="none", reduction="sum", choices=(add,)))
    return found
