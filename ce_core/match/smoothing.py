"""The conventions of label smoothing, each with how unlikely it is."""

from __future__ import annotations

from .space import Choice

EPSILONS = (0.1, 0.05, 0.2, 0.01, 0.02, 0.15, 0.3)
"""The usual amounts of label smoothing, the commonest first."""


def smoothings(said: float, *, exclusive: bool) -> tuple[tuple[str, float, Choice], ...]:
    """Return the conventions of label smoothing as (convention, ε, choice); ``said`` is the ε that was said."""
    usual = "uniform" if exclusive else "half"
    found = [
        (
            "none",
            0.0,
            Choice(
                key="none",
                axis="smoothing",
                word=None if not said else "none",
                cost=3.5 if said else 0.0,
                says="without label smoothing" if said else "",
            ),
        )
    ]
    names = {
        "uniform": (
            "ε/K to every class",
            (
                "torch.nn.CrossEntropyLoss(label_smoothing={})",
                "keras.losses.CategoricalCrossentropy(label_smoothing={})",
            ),
            0.0,
        ),
        "others": ("ε/(K-1) to every wrong class", ("fairseq label_smoothed_cross_entropy({})",), 2.5),
        "torch": (
            "ε/K to every class times its own weight",
            ("torch.nn.CrossEntropyLoss(weight, label_smoothing={})",),
            0.5,
        ),
        "half": ("ε/2 to both outcomes", ("keras.losses.BinaryCrossentropy(label_smoothing={})",), 0.0),
    }
    for epsilon in ((said,) if said else ()) + tuple(each for each in EPSILONS if each != said):
        rank = 0.0 if epsilon == said else 3.0 if epsilon == 0.1 else 5.0 if epsilon in {0.05, 0.2} else 6.0
        for convention, (text, calls, more) in names.items():
            cost = rank + more + (3.0 if said and epsilon != said else 0.0)
            word = f"{epsilon:g} {convention}"
            default = bool(said) and epsilon == said and convention == usual
            found.append(
                (
                    convention,
                    epsilon,
                    Choice(
                        key=f"{convention} {epsilon:g}",
                        axis="smoothing",
                        word=None if default else word,
                        cost=cost,
                        says=f"label smoothing {epsilon:g} ({text})",
                        framework=tuple(each.format(f"{epsilon:g}") for each in calls),
                    ),
                )
            )
    return tuple(found)
