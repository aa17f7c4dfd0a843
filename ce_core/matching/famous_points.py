"""Famous numbers of K classes: values that a log shows whatever the data is, since the loss or a mistake fixes them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from typing import Any

from ce_core.records import dataclass

from .known_sizes import BATCHES, named, place

FIRST, USUAL, RARE, LAST = 0, 1, 2, 3
"""How soon each is thought of."""

SOFTMAX_CALLS = (
    "torch.nn.functional.cross_entropy",
    "keras.losses.SparseCategoricalCrossentropy(from_logits=True)",
    "tf.nn.sparse_softmax_cross_entropy_with_logits",
    "optax.softmax_cross_entropy_with_integer_labels",
)
SIGMOID_CALLS = (
    "torch.nn.functional.binary_cross_entropy_with_logits",
    "keras.losses.BinaryCrossentropy(from_logits=True)",
    "tf.nn.sigmoid_cross_entropy_with_logits",
    "optax.sigmoid_binary_cross_entropy",
)

STUCK = (
    "right at the first step of training; if it stays: the learning rate, whether the gradients reach the weights, and "
    "whether labels belong to inputs (cepick eval on the arrays says so)"
)
_NO_SOFTMAX = "hand the loss the logits: take the softmax out of the model, or take a loss on probabilities"


@dataclass(frozen=True, kw_only=True)
class Point:
    """One famous number, and what it means."""

    value: float
    name: str
    """A word or two, which stand as ``famous`` in the variant."""
    says: str
    rank: int = USUAL
    loss: str | None = None
    mistake: str | None = None
    framework: tuple[str, ...] = ()
    repair: str | None = None
    variant: Mapping[str, Any] = field(default_factory=dict)
    place: int = 0
    """Within a rank, how far down."""


def softmax_floor(classes: int, times: int = 2) -> float:
    """Return the least loss of K classes where softmax is applied so many times, by the loss once.

    Formula: twice, ln(1 + (K − 1)/e).

    >>> round(softmax_floor(10), 4), round(softmax_floor(10, 3), 4), softmax_floor(10, 1)
    (1.4612, 2.1716, 0.0)
    """
    gap = _gap(classes, times)
    return 0.0 if gap == math.inf else math.log1p((classes - 1) * math.exp(-gap))


def softmax_ceiling(classes: int, times: int = 2) -> float:
    """Return the greatest loss of K classes where softmax is applied so many times, by the loss once.

    Formula: twice, ln(e + K − 1).

    >>> round(softmax_ceiling(10), 4), round(softmax_ceiling(10, 3), 4)
    (2.4612, 2.3183)
    """
    return math.log(math.exp(_gap(classes, times)) + classes - 1)


def _gap(classes: int, times: int) -> float:
    """Return how far the best class can be above the others in what the last softmax is given."""
    gap = math.inf
    for _ in range(times - 1):
        rest = math.exp(-gap) if gap < math.inf else 0.0
        gap = (1 - rest) / (1 + (classes - 1) * rest)
    return gap


def smoothed_floor(smoothing: float, classes: int, convention: str = "uniform") -> float:
    """Return the entropy of a one-hot row under label smoothing: no model gets below it.

    >>> round(smoothed_floor(0.1, 10), 4), round(smoothed_floor(0.1, 10, "others"), 4)
    (0.5003, 0.5448)
    """
    other = smoothing / (classes if convention == "uniform" else classes - 1)
    true = 1 - other * (classes - 1)
    return -(true * math.log(true) + (classes - 1) * other * math.log(other))


def of_classes(classes: int) -> Iterator[Point]:
    """Yield the famous numbers of a number of classes."""
    where, k = named(classes), classes
    if k < 2:
        return
    for make in _FAMILIES:
        for point in make(k, where):
            yield Point(**{**vars(point), "place": place(k), "variant": {"classes": k, **point.variant}})


def _uniform(k: int, where: str) -> Iterator[Point]:
    uniform = math.log(k)
    yield Point(
        value=uniform,
        name="uniform",
        rank=FIRST,
        loss="sparse_softmax_cross_entropy",
        framework=SOFTMAX_CALLS,
        says=f"ln {k}: every one of {where} gets the same probability, as before training or where nothing was learned",
        repair=STUCK,
    )
    yield Point(
        value=math.log2(k),
        name="uniform, in bits",
        rank=RARE,
        loss="sparse_softmax_cross_entropy",
        mistake="wrong-base",
        says=f"log2 {k}: every one of {where} gets the same probability, and the loss is in bits",
        repair="multiply by ln 2 = 0.6931 to compare it with a loss in nats",
        variant={"unit": "bits"},
    )
    yield Point(
        value=math.log10(k),
        name="uniform, in base 10",
        rank=LAST,
        loss="sparse_softmax_cross_entropy",
        mistake="wrong-base",
        says=f"log10 {k}: every one of {where} gets the same probability, and the logarithm is to base 10",
        repair="multiply by ln 10 = 2.3026 to compare it with a loss in nats",
        variant={"unit": "base 10"},
    )
    yield Point(
        value=float(k),
        name="perplexity of uniform",
        rank=RARE,
        loss="sparse_softmax_cross_entropy",
        mistake="perplexity-logged",
        says=f"the perplexity, exp(loss), where every one of {where} gets the same probability",
        repair="its logarithm is the loss",
        variant={"unit": "perplexity"},
    )
    if k > 2:
        base = (uniform + (k - 1) * math.log(k / (k - 1))) / k
        yield Point(
            value=base,
            name="base rate under a sigmoid",
            rank=USUAL,
            loss="sigmoid_cross_entropy",
            framework=("torch.nn.functional.binary_cross_entropy", "keras.losses.BinaryCrossentropy"),
            says=f"binary cross-entropy over one-hot rows of {where} where each gets probability 1/{k}: the base rate, "
            "or a softmax that has learned nothing",
            repair="one class of several is true: a softmax cross-entropy over the class axis",
        )


def _softmax_again(k: int, where: str) -> Iterator[Point]:
    for times, word, e in ((2, "twice", "e"), (3, "three times", "e^g")):
        common: dict[str, Any] = {
            "loss": "sparse_softmax_cross_entropy",
            "mistake": "probabilities-as-logits",
            "framework": SOFTMAX_CALLS,
            "repair": _NO_SOFTMAX,
            "variant": {"activation": f"softmax {word}"},
        }
        rank = FIRST if times == 2 and k > 2 else RARE
        floor = f"ln(1 + {k - 1}/{e})" if times == 2 else "the floor"
        ceiling = f"ln({e} + {k - 1})" if times == 2 else "the ceiling"
        yield Point(
            value=softmax_floor(k, times),
            name=f"floor of softmax {word}",
            rank=rank,
            says=f"{floor}: softmax is applied {word}, by the model and by the loss, and every example is right and "
            f"certain; with {where} no loss can fall below it",
            **common,
        )
        yield Point(
            value=softmax_ceiling(k, times),
            name=f"ceiling of softmax {word}",
            rank=rank if times > 2 else USUAL,
            says=f"{ceiling}: softmax is applied {word}, by the model and by the loss, and every example is wrong and "
            f"certain; with {where} no loss can rise above it",
            **common,
        )


_SMOOTHING = (0.1, 0.05, 0.2, 0.01, 0.3, 0.15, 0.02)


def _smoothing(k: int, where: str) -> Iterator[Point]:
    for at, smoothing in enumerate(_SMOOTHING):
        conventions = {
            "uniform": (
                "torch.nn.functional.cross_entropy",
                "keras.losses.CategoricalCrossentropy",
                "optax.softmax_cross_entropy(optax.smooth_labels(…))",
            ),
            "others": (),
        }
        for convention, calls in conventions.items():
            if k == 2 and not calls:
                continue  # half of the smoothing as the other convention has it
            how = f"{smoothing:g}/{k} to every class" if calls else f"{smoothing:g}/{k - 1} to the wrong ones"
            floor = smoothed_floor(smoothing, k, convention)
            yield Point(
                value=floor,
                name="floor of label smoothing",
                rank=USUAL if at == 0 and calls else RARE,
                loss="softmax_cross_entropy",
                framework=calls,
                says=f"the floor of label smoothing {smoothing:g} with {where} ({how}): the entropy of a smoothed row, "
                "which a perfect model has",
                repair="none: evaluate without smoothing to see the loss on the labels themselves",
                variant={"smoothing": smoothing, "convention": convention},
            )


def _other_losses(k: int, where: str) -> Iterator[Point]:
    uniform = f"every one of {where} gets the same probability"
    table = (
        ("brier", 1 - 1 / k, ("sklearn.metrics.brier_score_loss",), "the Brier score, summed over the classes, where"),
        ("mean_squared_error", (k - 1) / k**2, ("torch.nn.functional.mse_loss",), "the squared error of the "
         "probabilities, averaged over the classes too, where"),
        ("kl_divergence", math.log(k) / k, ("torch.nn.functional.kl_div",), "ln K / K: a KL divergence averaged over "
         "the classes too (reduction='mean'), where"),
        ("softmax_focal", 0.25 * (1 - 1 / k) ** 2 * math.log(k), ("keras.losses.CategoricalFocalCrossentropy",),
         "categorical focal loss with alpha 0.25 and gamma 2, where"),
        ("softmax_focal", (1 - 1 / k) ** 2 * math.log(k), (), "softmax focal loss with gamma 2, where"),
        ("generalized_cross_entropy", (1 - k**-0.5) / 0.5, ("keras.losses.CategoricalGeneralizedCrossEntropy",),
         "generalized cross-entropy with q 0.5, where"),
        ("generalized_cross_entropy", (1 - k**-0.7) / 0.7, (), "generalized cross-entropy with q 0.7, where"),
        ("poly1_cross_entropy", math.log(k) + 2 * (1 - 1 / k), ("optax.losses.poly_loss_cross_entropy",),
         "poly-1 cross-entropy with epsilon 2, where"),
        ("poly1_cross_entropy", math.log(k) + (1 - 1 / k), (), "poly-1 cross-entropy with epsilon 1, where"),
        ("multi_margin", 1 - 1 / k, ("torch.nn.functional.multi_margin_loss",), "a multi-class margin loss averaged "
         "over the classes, where equal scores mean that"),
    )  # fmt: skip
    for loss, value, calls, says in table:
        yield Point(
            value=value,
            name=f"{loss} of uniform",
            rank=RARE,
            loss=loss,
            framework=calls,
            says=f"{says} {uniform}",
            repair=STUCK,
        )


def _summed(k: int, where: str) -> Iterator[Point]:
    for at, batch in enumerate(BATCHES):
        yield Point(
            value=batch * math.log(k),
            name="uniform, summed over a batch",
            rank=RARE if at < 4 and k in (2, 10, 100, 1000) else LAST,
            loss="sparse_softmax_cross_entropy",
            framework=("torch.nn.functional.cross_entropy(reduction='sum')",),
            says=f"{batch} times ln {k}: the sum, not the mean, over a batch of {batch} where every one of {where} "
            "gets the same probability",
            repair="divide by the number of examples to compare it with a mean",
            variant={"reduction": "sum", "batch": batch},
        )


_FAMILIES: tuple[Callable[[int, str], Iterator[Point]], ...] = (
    _uniform,
    _softmax_again,
    _smoothing,
    _other_losses,
    _summed,
)
