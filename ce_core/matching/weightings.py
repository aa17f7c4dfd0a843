"""The weights that examples may have had, and what their mean was divided by."""

from __future__ import annotations

from .opened import Opened
from .space import Choice
from .walk import Plan

HAND_OVER = "hand the weights to the loss"
_DIVIDE = "divide by the sum of the weights to compare runs; a mean over N grows with the weights"


def choice(axis: str, word: str | None, cost: float, says: str = "", **more: object) -> Choice:
    """Return a row of an axis; None is its usual choice."""
    return Choice(key=f"{axis} {word}", axis=axis, word=word, cost=cost, says=says, **more)  # type: ignore[arg-type]


def weightings(opened: Opened, plan: Plan, uncounted: bool) -> list[tuple[str, str, Choice]]:
    """Return the kinds of weights with what their mean divides by."""
    every = choice(
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
        found = [("one", "weights", choice("weights", None, 0.0))]
        return [*found, ("one", "all", every)] if uncounted else found
    differs = {"mistake": "weighted-mean-differs", "repair": _DIVIDE}
    found = [
        (
            "given",
            "weights",
            choice(
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
            choice(
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
            choice(
                "weights",
                "forgotten",
                4.0,
                "without the weights",
                mistake="weights-forgotten",
                why="the weights were not handed over",
                repair=HAND_OVER,
            ),
        ),
        (
            "one",
            "given",
            choice(
                "weights",
                "divisor only",
                8.0,
                "not weighted, but divided by the sum of the weights",
                mistake="weights-forgotten",
                repair=HAND_OVER,
            ),
        ),
    ]
    if opened.some_weightless:
        nonzero = choice(
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
                choice(
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
                choice("weights", "twice", 8.0, "weighted by the squares of the weights", **twice),
            ),
            (
                "twice",
                "given",
                choice(
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
                choice(
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
                    choice("weights", f"{kind} weights only", 5.0, f"without the {other} weights", **word),
                )
            )
            found.append(
                (
                    kind,
                    "count",
                    choice(
                        "weights",
                        f"{kind} weights only, ÷N",
                        6.0,
                        f"without the {other} weights, divided by the number of examples",
                        **word,
                    ),
                )
            )
    return found
