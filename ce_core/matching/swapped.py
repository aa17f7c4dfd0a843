"""The readings of two arguments in the wrong order."""

from __future__ import annotations

from collections.abc import Iterator

from .space import Per, Reading
from .spelled import BCE, CE


def swapped(*, exclusive: bool) -> Iterator[Reading]:
    """Yield what comes of the two arguments in the wrong order."""
    why, repair = (
        "predictions and targets changed places",
        (
            "mind the order: torch and optax take the predictions first, Keras, TensorFlow and scikit-learn the targets"
        ),
    )
    source = "p" if exclusive else "s"
    parts: tuple[tuple[str, str, Per, str, float, tuple[str, ...]], ...] = (
        ("bce", source, "columns", "sigmoid cross-entropy", 8.0, BCE[:2]),
        (
            "keras-binary",
            source,
            "columns",
            "binary cross-entropy, clipped at 1e-7",
            6.5,
            ("keras.losses.BinaryCrossentropy()",),
        ),
        (
            "torch",
            source,
            "columns",
            "binary cross-entropy, with the logarithm held at -100",
            6.5,
            ("torch.nn.BCELoss",),
        ),
    )
    if exclusive:
        parts = (
            ("logits", "p", "example", "softmax cross-entropy", 7.0, CE[:1]),
            ("logits", "x", "example", "softmax cross-entropy, the logits taken for targets", 8.5, CE[:1]),
            (
                "keras",
                "p",
                "example",
                "cross-entropy, clipped at 1e-7",
                6.0,
                ("keras.losses.CategoricalCrossentropy()",),
            ),
            *((part, at, per, text, cost + 1.5, calls) for part, at, per, text, cost, calls in parts),
        )
    for part, at, per, text, cost, calls in parts:
        yield Reading(
            key=f"swapped {part} {at}",
            head="swapped",
            source=at,
            part=part,
            loss=None,
            cost=cost,
            mistake="swapped-arguments",
            says=f"{text} with the targets read as predictions",
            why=why,
            repair=repair,
            framework=calls,
            per=per,
            moves=part.startswith("keras"),
            variant={"alignment": "swapped arguments"},
        )
