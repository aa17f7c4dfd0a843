"""The table of readings where exactly one class is true for each example."""

from __future__ import annotations

from collections.abc import Iterator

from .families import families
from .space import Reading
from .spelled import BCE, CE, CLIP_CALLS, CLIP_TEXT, FROM_LOGITS, SIGMOID_LAYER, SOFTMAX_LAYER, logs
from .swapped import swapped

_LOG_SOFTMAX = "take log_softmax before the NLL, or use a cross-entropy on logits"
_ONE_VS_REST = "use a softmax cross-entropy where exactly one class is true; one-vs-rest is another loss"


def exclusive_readings(given: str, *, hard: bool, index: bool) -> Iterator[Reading]:
    """Yield what may be computed where exactly one class is true for each example."""
    probabilities = given == "probabilities"
    dense = "categorical_cross_entropy" if not index else "sparse_categorical_cross_entropy"
    softmax = "softmax_cross_entropy" if not index else "sparse_softmax_cross_entropy"
    smooth = ("uniform", "others")
    if probabilities:
        yield from logs("p", dense, cost=0.0, says="cross-entropy of the probabilities", smooth=smooth)
        doubled = (
            "probabilities-as-logits",
            "p",
            3.0,
            "a softmax was taken of probabilities",
            "pass probabilities to a loss that takes them, or hand over the logits",
        )
    else:
        nll = given == "log_probabilities"
        yield Reading(
            key="ce",
            head="softmax",
            source="z",
            loss="nll" if nll else softmax,
            cost=0.0,
            says="NLL of the log-probabilities" if nll else "softmax cross-entropy of the logits",
            framework=("torch.nn.NLLLoss", *CE) if nll else CE,
            smooths=(*smooth, "torch"),
        )
        yield from logs(
            "p",
            dense,
            cost=1.0,
            says="cross-entropy of the softmax of the logits",
            smooth=("uniform",),
            variant={"activation": "softmax"},
        )
        doubled = (
            "double-softmax",
            "p",
            3.0,
            "softmax was taken twice: once before a loss that takes it itself",
            SOFTMAX_LAYER,
        )
    mistake, source, cost, why, repair = doubled
    yield Reading(
        key="ce2",
        head="softmax",
        source=source,
        loss=softmax,
        activation="softmax twice",
        cost=cost,
        mistake=mistake,
        says="softmax cross-entropy of the softmax",
        why=why,
        repair=repair,
        framework=CE,
        smooths=(*smooth, "torch"),
    )
    yield Reading(
        key="ce3",
        head="softmax",
        source="pp",
        loss=softmax,
        activation="softmax three times",
        cost=7.0,
        mistake="double-softmax",
        says="softmax cross-entropy of the softmax of the softmax",
        why="softmax was taken three times",
        repair=SOFTMAX_LAYER,
        framework=CE,
        smooths=("uniform",),
    )
    if not probabilities:
        yield Reading(
            key="ce of sigmoid",
            head="softmax",
            source="s",
            loss=softmax,
            activation="sigmoid, then softmax",
            cost=5.5,
            mistake="probabilities-as-logits",
            says="softmax cross-entropy of the sigmoid of the logits",
            why="a sigmoid was taken before a loss that takes a softmax itself",
            repair=SOFTMAX_LAYER,
            framework=CE,
            smooths=("uniform",),
        )
        yield from logs(
            "s",
            dense,
            cost=5.5,
            says="cross-entropy of the sigmoid of the logits",
            clips=("none", "keras", "keras-softmax"),
            mistake="probabilities-as-logits",
            why="a sigmoid stands where a softmax should",
            repair="take a softmax where exactly one class is true",
            activation="sigmoid for softmax",
        )
        yield from logs(
            "x",
            dense,
            cost=4.0,
            says="cross-entropy of the logits read as probabilities",
            clips=("keras", "keras-softmax", "keras-binary"),
            mistake="logits-as-probabilities",
            why="logits were handed to a loss of probabilities",
            repair=FROM_LOGITS,
            activation="logits as probabilities",
            smooth=("uniform",),
        )
    if given == "logits":
        yield _nll("x", "the logits", 4.0)
        yield _nll("p", "the softmax of the logits", 4.0)
        yield _nll("s", "the sigmoid of the logits", 7.5)
        yield _nll("pp", "the softmax of the softmax", 8.0)
    elif probabilities:
        yield _nll("p", "the probabilities", 3.5)
    yield Reading(
        key="flipped",
        head="softmax",
        source="-z",
        loss=softmax,
        cost=6.0,
        mistake="flipped-sign",
        says="softmax cross-entropy of the logits with their sign flipped",
        why="the logits have the wrong sign",
        repair="turn the sign of the predictions: they rank the classes the wrong way round",
        framework=CE,
        moves=False,
        variant={"alignment": "flipped sign"},
    )
    yield from _one_vs_rest(given, hard)
    yield from families(hard=hard, exclusive=True, given=given)
    yield from swapped(exclusive=True)
    if not hard:
        yield Reading(
            key="kl",
            head="softmax",
            source="z",
            part="entropy",
            loss="kl_divergence",
            family="KL",
            cost=2.5,
            says="KL divergence from the targets",
            framework=(
                "torch.nn.KLDivLoss(reduction='batchmean')",
                "keras.losses.KLDivergence",
                "optax.kl_divergence",
            ),
            moves=False,
        )


def _nll(source: str, of: str, cost: float) -> Reading:
    return Reading(
        key=f"nll {source}",
        head="nll",
        source=source,
        loss="nll",
        cost=cost,
        mistake="not-log-probabilities",
        activation={
            "x": "logits into an NLL",
            "p": "probabilities into an NLL",
            "s": "sigmoid into an NLL",
            "pp": "softmax twice into an NLL",
        }[source],
        says=f"NLL of {of}",
        why=f"an NLL takes log-probabilities, and was given {of}",
        repair=_LOG_SOFTMAX,
        framework=("torch.nn.NLLLoss",),
        smooths=("uniform",) if cost <= 4 else (),
    )


def _one_vs_rest(given: str, hard: bool) -> Iterator[Reading]:
    """Yield the sigmoid cross-entropies over one-hot rows."""
    slug = "exclusive-under-sigmoid"
    raw, words = ("p", "probabilities") if given == "probabilities" else ("z", "logits")
    if given != "probabilities":
        yield Reading(
            key="bce",
            head="bce",
            source="z",
            loss="sigmoid_cross_entropy",
            activation="sigmoid",
            cost=3.5,
            mistake=slug,
            says="sigmoid cross-entropy of each class over one-hot rows",
            repair=_ONE_VS_REST,
            why="each class was taken for an outcome of its own",
            framework=BCE,
            per="columns",
            smooths=("half",),
        )
        yield Reading(
            key="bce of sigmoid",
            head="bce",
            source="s",
            loss="sigmoid_cross_entropy",
            activation="sigmoid twice",
            cost=5.5,
            mistake="double-sigmoid",
            says="sigmoid cross-entropy of the sigmoid over one-hot rows",
            why="sigmoid was taken twice, over one-hot rows",
            repair=SIGMOID_LAYER,
            framework=BCE,
            per="columns",
            smooths=("half",),
        )
        yield Reading(
            key="bce of double sigmoid",
            head="bce",
            source="ss",
            loss="sigmoid_cross_entropy",
            activation="sigmoid three times",
            cost=9.0,
            mistake="double-sigmoid",
            per="columns",
            says="sigmoid cross-entropy of the sigmoid of the sigmoid over one-hot rows",
            why="sigmoid was taken three times, over one-hot rows",
            repair=SIGMOID_LAYER,
            framework=BCE,
        )
        yield Reading(
            key="bce log x",
            head="bce_log",
            source="x",
            clip="keras-binary",
            loss="binary_cross_entropy",
            activation="logits as probabilities",
            cost=5.0,
            mistake="logits-as-probabilities",
            per="columns",
            says="binary cross-entropy over one-hot rows of the logits read as probabilities, clipped at 1e-7",
            why="logits were handed to a loss of probabilities",
            repair=FROM_LOGITS,
            framework=("keras.losses.BinaryCrossentropy()",),
        )
    yield Reading(
        key="bce of softmax",
        head="bce",
        source="p",
        loss="sigmoid_cross_entropy",
        cost=5.0 if given != "probabilities" else 4.0,
        activation="softmax, then sigmoid",
        mistake="probabilities-as-logits",
        per="columns",
        framework=BCE,
        says=f"sigmoid cross-entropy over one-hot rows of the {'softmax' if words == 'logits' else words}",
        why="a sigmoid was taken of probabilities",
        repair=SIGMOID_LAYER,
        smooths=("half",),
    )
    for number, clip in enumerate(("none", "keras-binary", "torch")):
        yield Reading(
            key=f"bce log p {clip}",
            head="bce_log",
            source="p",
            clip=clip,
            loss="binary_cross_entropy",
            activation="softmax for sigmoid" if given != "probabilities" else "none",
            cost=4.0 + 0.5 * number,
            mistake=slug,
            says="binary cross-entropy of each class over one-hot rows of the "
            + ("softmax" if raw == "z" else "probabilities")
            + CLIP_TEXT[clip],
            why="each class was taken for an outcome of its own",
            repair=_ONE_VS_REST,
            per="columns",
            framework=CLIP_CALLS[clip],
            smooths=("half",) if clip == "none" else (),
            moves=number == 0,
        )
