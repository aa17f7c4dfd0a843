"""The table of readings where each outcome is on its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .families import families
from .space import Reading
from .spelled import BCE, CE, CLIP_CALLS, CLIP_TEXT, FROM_LOGITS, SIGMOID_LAYER, logs
from .swapped import swapped

_SIGMOID_LOSS = "use a sigmoid cross-entropy where several labels can be true"


def independent_readings(given: str, *, hard: bool, columns: int) -> Iterator[Reading]:
    """Yield what may be computed where each outcome is on its own."""
    probabilities = given == "probabilities"
    smooth = ("half",)
    if probabilities:
        yield from _binary_logs("s", 0.0, "binary cross-entropy of the probabilities", smooth)
        first = (
            "probabilities-as-logits",
            3.0,
            "a sigmoid was taken of probabilities",
            "pass probabilities to a loss that takes them, or hand over the logits",
        )
    else:
        yield Reading(
            key="bce",
            head="bce",
            source="z",
            loss="sigmoid_cross_entropy",
            cost=0.0,
            says="sigmoid cross-entropy of the logits",
            framework=BCE,
            per="columns",
            smooths=smooth,
        )
        yield from _binary_logs(
            "s",
            1.0,
            "binary cross-entropy of the sigmoid of the logits",
            smooth,
            variant={"activation": "sigmoid"},
        )
        first = (
            "double-sigmoid",
            3.0,
            "sigmoid was taken twice: once before a loss that takes it itself",
            SIGMOID_LAYER,
        )
    mistake, cost, why, repair = first
    yield Reading(
        key="bce2",
        head="bce",
        source="s",
        loss="sigmoid_cross_entropy",
        activation="sigmoid twice",
        cost=cost,
        mistake=mistake,
        says="sigmoid cross-entropy of the sigmoid",
        why=why,
        repair=repair,
        framework=BCE,
        per="columns",
        smooths=smooth,
    )
    yield Reading(
        key="bce3",
        head="bce",
        source="ss",
        loss="sigmoid_cross_entropy",
        activation="sigmoid three times",
        cost=7.5,
        mistake="double-sigmoid",
        says="sigmoid cross-entropy of the sigmoid of the sigmoid",
        why="sigmoid was taken three times",
        repair=SIGMOID_LAYER,
        framework=BCE,
        per="columns",
    )
    if not probabilities:
        yield Reading(
            key="bce log x",
            head="bce_log",
            source="x",
            clip="keras-binary",
            loss="binary_cross_entropy",
            activation="logits as probabilities",
            cost=3.5,
            mistake="logits-as-probabilities",
            per="columns",
            says="binary cross-entropy of the logits read as probabilities, clipped at 1e-7",
            smooths=smooth,
            why="logits were handed to a loss of probabilities",
            repair=FROM_LOGITS,
            framework=("keras.losses.BinaryCrossentropy()",),
        )
    yield Reading(
        key="flipped",
        head="bce",
        source="-z",
        loss="sigmoid_cross_entropy",
        cost=5.5,
        mistake="flipped-sign",
        says="binary cross-entropy with the sign of the logits flipped",
        per="columns",
        moves=False,
        why="the predictions have the wrong sign: they are of the other outcome",
        framework=BCE,
        repair="turn the sign of the logits, or use 1 - p",
        variant={"alignment": "flipped sign"},
    )
    if columns > 1:
        yield from _softmax_for_sigmoid(given)
    else:
        for clip in ("keras", "torch"):
            yield Reading(
                key=f"one unit {clip}",
                head="one_unit",
                source="x",
                part=clip,
                loss="binary_cross_entropy",
                cost=6.0,
                activation="softmax over one unit",
                mistake="one-unit-softmax",
                per="columns",
                moves=False,
                says="binary cross-entropy of a softmax over one unit",
                why="a softmax of one unit is always 1",
                repair="use a sigmoid",
                framework=CLIP_CALLS["keras-binary" if clip == "keras" else "torch"],
            )
    yield from families(hard=hard, exclusive=False, given=given)
    yield from swapped(exclusive=False)


def _binary_logs(
    source: str, cost: float, says: str, smooth: tuple[str, ...], **more: Any
) -> Iterator[Reading]:
    for number, clip in enumerate(("none", "keras-binary", "torch", "sklearn", "tf1", "mxnet")):
        yield Reading(
            key=f"bce log {source} {clip}",
            head="bce_log",
            source=source,
            clip=clip,
            loss="binary_cross_entropy",
            cost=cost + 0.5 * number,
            says=says + CLIP_TEXT[clip],
            framework=CLIP_CALLS[clip],
            per="columns",
            smooths=smooth if number < 2 else (),
            moves=number == 0,
            lone=number > 1,
            **more,
        )


def _softmax_for_sigmoid(given: str) -> Iterator[Reading]:
    slug, why = "multi-label-under-softmax", "the labels were made to compete under a softmax"
    if given == "probabilities":
        yield from logs(
            "s",
            "categorical_cross_entropy",
            cost=4.5,
            says="categorical cross-entropy of the sigmoid outputs",
            clips=("keras", "none"),
            mistake=slug,
            why=why,
            repair=_SIGMOID_LOSS,
        )
        return
    yield Reading(
        key="ce",
        head="softmax",
        source="z",
        loss="softmax_cross_entropy",
        activation="softmax for sigmoid",
        cost=4.0,
        mistake=slug,
        says="softmax cross-entropy over the labels",
        why=why,
        repair=_SIGMOID_LOSS,
        framework=CE[:1],
    )
    yield Reading(
        key="ce of sigmoid",
        head="softmax",
        source="s",
        loss="softmax_cross_entropy",
        activation="sigmoid, then softmax",
        cost=7.0,
        mistake=slug,
        says="softmax cross-entropy of the sigmoid over the labels",
        why=why,
        repair=_SIGMOID_LOSS,
        framework=CE[:1],
        moves=False,
    )
    yield from logs(
        "p",
        "categorical_cross_entropy",
        cost=5.0,
        says="categorical cross-entropy of the softmax over the labels",
        clips=("keras", "none"),
        mistake=slug,
        why=why,
        repair=_SIGMOID_LOSS,
        activation="softmax for sigmoid",
    )
    yield from logs(
        "s",
        "categorical_cross_entropy",
        cost=5.5,
        says="categorical cross-entropy of the sigmoid outputs",
        clips=("keras", "none"),
        mistake=slug,
        why=why,
        repair=_SIGMOID_LOSS,
        activation="sigmoid",
    )
    yield Reading(
        key="bce log p",
        head="bce_log",
        source="p",
        clip="keras-binary",
        loss="binary_cross_entropy",
        activation="softmax for sigmoid",
        cost=5.5,
        mistake=slug,
        per="columns",
        framework=CLIP_CALLS["keras-binary"],
        says="binary cross-entropy of the softmax over the labels, clipped at 1e-7",
        why=why,
        repair=_SIGMOID_LOSS,
    )
    yield Reading(
        key="bce of softmax",
        head="bce",
        source="p",
        loss="sigmoid_cross_entropy",
        activation="softmax, then sigmoid",
        cost=6.0,
        mistake="probabilities-as-logits",
        says="sigmoid cross-entropy of the softmax over the labels",
        per="columns",
        why="a softmax was taken before a loss that takes a sigmoid",
        repair=SIGMOID_LAYER,
        framework=BCE,
    )
