"""The table of readings: what may have been computed of one example, by what the predictions are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .space import GAMMAS, Reading

_SOFTMAX_LAYER = "hand the logits over as they are: the loss takes the softmax itself"
_SIGMOID_LAYER = "hand the logits over as they are: the loss takes the sigmoid itself"
_FROM_LOGITS = "pass from_logits=True, or take the softmax (of independent outcomes the sigmoid) first"
_LOG_SOFTMAX = "take log_softmax before the NLL, or use a cross-entropy on logits"
_ONE_VS_REST = "use a softmax cross-entropy where exactly one class is true; one-vs-rest is another loss"
_SIGMOID_LOSS = "use a sigmoid cross-entropy where several labels can be true"

_CE = ("torch.nn.CrossEntropyLoss", "tf.nn.sparse_softmax_cross_entropy_with_logits",
       "keras.losses.SparseCategoricalCrossentropy(from_logits=True)", "optax.softmax_cross_entropy_with_integer_labels")
_BCE = ("torch.nn.BCEWithLogitsLoss", "tf.nn.sigmoid_cross_entropy_with_logits",
        "keras.losses.BinaryCrossentropy(from_logits=True)", "optax.sigmoid_binary_cross_entropy")
_CLIP_CALLS = {
    "none": (),
    "keras": ("keras.losses.CategoricalCrossentropy()",),
    "keras-binary": ("keras.losses.BinaryCrossentropy()",),
    "keras-softmax": ("keras.losses.SparseCategoricalCrossentropy() on TensorFlow",),
    "tf1": ("tf.compat.v1.losses.log_loss",),
    "sklearn": ("sklearn.metrics.log_loss",),
    "sklearn-1e-15": ("sklearn.metrics.log_loss (before 1.3)",),
    "torch": ("torch.nn.BCELoss",),
    "mxnet": ("mxnet.gluon.loss.SigmoidBCELoss(from_sigmoid=True)",),
}
_CLIP_TEXT = {
    "none": "",
    "keras": ", rows divided by their sum and clipped at 1e-7",
    "keras-binary": ", clipped at 1e-7",
    "keras-softmax": ", clipped at 1e-7, with the softmax of their logarithm",
    "tf1": ", with 1e-7 added inside the logarithm",
    "sklearn": ", clipped at the epsilon of their dtype",
    "sklearn-1e-15": ", clipped at 1e-15 and divided by their sum",
    "torch": ", with the logarithm held at -100",
    "mxnet": ", with 1e-12 added inside the logarithm",
}


def exclusive_readings(given: str, *, hard: bool, index: bool) -> Iterator[Reading]:
    """Yield what may be computed where exactly one class is true for each example."""
    probabilities = given == "probabilities"
    dense = "categorical_cross_entropy" if not index else "sparse_categorical_cross_entropy"
    softmax = "softmax_cross_entropy" if not index else "sparse_softmax_cross_entropy"
    smooth = ("uniform", "others")
    if probabilities:
        yield from _logs("p", dense, cost=0.0, says="cross-entropy of the probabilities", smooth=smooth)
        doubled = ("probabilities-as-logits", "p", 3.0, "a softmax was taken of probabilities",
                   "pass probabilities to a loss that takes them, or hand over the logits")
    else:
        nll = given == "log_probabilities"
        yield Reading(
            key="ce", head="softmax", source="z", loss="nll" if nll else softmax, cost=0.0,
            says="NLL of the log-probabilities" if nll else "softmax cross-entropy of the logits",
            framework=("torch.nn.NLLLoss", *_CE) if nll else _CE, smooths=(*smooth, "torch"),
        )
        yield from _logs("p", dense, cost=1.0, says="cross-entropy of the softmax of the logits", smooth=("uniform",),
                         variant={"activation": "softmax"})
        doubled = ("double-softmax", "p", 3.0, "softmax was taken twice: once before a loss that takes it itself",
                   _SOFTMAX_LAYER)
    mistake, source, cost, why, repair = doubled
    yield Reading(
        key="ce2", head="softmax", source=source, loss=softmax, activation="softmax twice", cost=cost, mistake=mistake,
        says="softmax cross-entropy of the softmax", why=why, repair=repair, framework=_CE, smooths=(*smooth, "torch"),
    )
    yield Reading(
        key="ce3", head="softmax", source="pp", loss=softmax, activation="softmax three times", cost=7.0,
        mistake="double-softmax", says="softmax cross-entropy of the softmax of the softmax",
        why="softmax was taken three times", repair=_SOFTMAX_LAYER, framework=_CE, smooths=("uniform",),
    )
    if not probabilities:
        yield Reading(
            key="ce of sigmoid", head="softmax", source="s", loss=softmax, activation="sigmoid, then softmax", cost=5.5,
            mistake="probabilities-as-logits", says="softmax cross-entropy of the sigmoid of the logits",
            why="a sigmoid was taken before a loss that takes a softmax itself", repair=_SOFTMAX_LAYER, framework=_CE,
            smooths=("uniform",),
        )
        yield from _logs("s", dense, cost=5.5, says="cross-entropy of the sigmoid of the logits", clips=("none", "keras", "keras-softmax"),
                         mistake="probabilities-as-logits", why="a sigmoid stands where a softmax should",
                         repair="take a softmax where exactly one class is true", activation="sigmoid for softmax")
        yield from _logs("x", dense, cost=4.0, says="cross-entropy of the logits read as probabilities",
                         clips=("keras", "keras-softmax", "keras-binary"), mistake="logits-as-probabilities",
                         why="logits were handed to a loss of probabilities", repair=_FROM_LOGITS,
                         activation="logits as probabilities", smooth=("uniform",))
    if given == "logits":
        yield _nll("x", "the logits", 4.0)
        yield _nll("p", "the softmax of the logits", 4.0)
        yield _nll("s", "the sigmoid of the logits", 7.5)
        yield _nll("pp", "the softmax of the softmax", 8.0)
    elif probabilities:
        yield _nll("p", "the probabilities", 3.5)
    yield Reading(
        key="flipped", head="softmax", source="-z", loss=softmax, cost=6.0, mistake="flipped-sign",
        says="softmax cross-entropy of the logits with their sign flipped", why="the logits have the wrong sign",
        repair="turn the sign of the predictions: they rank the classes the wrong way round", framework=_CE, moves=False,
        variant={"alignment": "flipped sign"},
    )
    yield from _one_vs_rest(given, hard)
    yield from _families(hard=hard, exclusive=True, given=given)
    yield from _swapped(exclusive=True)
    if not hard:
        yield Reading(
            key="kl", head="softmax", source="z", part="entropy", loss="kl_divergence", family="KL", cost=2.5,
            says="KL divergence from the targets", framework=("torch.nn.KLDivLoss(reduction='batchmean')",
            "keras.losses.KLDivergence", "optax.kl_divergence"), moves=False,
        )


def _logs(
    source: str, loss: str, *, cost: float, says: str, clips: tuple[str, ...] = (
        "none", "keras", "sklearn", "tf1", "keras-binary", "keras-softmax", "torch", "mxnet", "sklearn-1e-15"
    ), smooth: tuple[str, ...] = (), **more: Any,
) -> Iterator[Reading]:
    """Yield the cross-entropy of what is read as probabilities, under each clip policy."""
    for number, clip in enumerate(clips):
        first = number == 0
        yield Reading(
            key=f"log {source} {clip}", head="log", source=source, clip=clip, loss=loss,
            cost=cost + (0.0 if first else 0.5 + 0.5 * number), says=says + _CLIP_TEXT[clip], framework=_CLIP_CALLS[clip],
            smooths=smooth if first or clip == "keras" else (), moves=number < 2,
            lone=number > 1 and source == "p", **more,
        )


def _nll(source: str, of: str, cost: float) -> Reading:
    return Reading(
        key=f"nll {source}", head="nll", source=source, loss="nll", cost=cost, mistake="not-log-probabilities",
        activation={"x": "logits into an NLL", "p": "probabilities into an NLL", "s": "sigmoid into an NLL",
                    "pp": "softmax twice into an NLL"}[source],
        says=f"NLL of {of}", why=f"an NLL takes log-probabilities, and was given {of}", repair=_LOG_SOFTMAX,
        framework=("torch.nn.NLLLoss",), smooths=("uniform",) if cost <= 4 else (),
    )


def _one_vs_rest(given: str, hard: bool) -> Iterator[Reading]:
    """Yield the sigmoid cross-entropies over one-hot rows."""
    slug = "exclusive-under-sigmoid"
    raw, words = ("p", "probabilities") if given == "probabilities" else ("z", "logits")
    if given != "probabilities":
        yield Reading(
            key="bce", head="bce", source="z", loss="sigmoid_cross_entropy", activation="sigmoid", cost=3.5, mistake=slug,
            says="sigmoid cross-entropy of each class over one-hot rows", repair=_ONE_VS_REST,
            why="each class was taken for an outcome of its own", framework=_BCE, per="columns", smooths=("half",),
        )
        yield Reading(
            key="bce of sigmoid", head="bce", source="s", loss="sigmoid_cross_entropy", activation="sigmoid twice",
            cost=5.5, mistake="double-sigmoid", says="sigmoid cross-entropy of the sigmoid over one-hot rows",
            why="sigmoid was taken twice, over one-hot rows", repair=_SIGMOID_LAYER, framework=_BCE, per="columns",
            smooths=("half",),
        )
        yield Reading(
            key="bce of double sigmoid", head="bce", source="ss", loss="sigmoid_cross_entropy",
            activation="sigmoid three times", cost=9.0, mistake="double-sigmoid", per="columns",
            says="sigmoid cross-entropy of the sigmoid of the sigmoid over one-hot rows",
            why="sigmoid was taken three times, over one-hot rows", repair=_SIGMOID_LAYER, framework=_BCE,
        )
        yield Reading(
            key="bce log x", head="bce_log", source="x", clip="keras-binary", loss="binary_cross_entropy",
            activation="logits as probabilities", cost=5.0, mistake="logits-as-probabilities", per="columns",
            says="binary cross-entropy over one-hot rows of the logits read as probabilities, clipped at 1e-7",
            why="logits were handed to a loss of probabilities", repair=_FROM_LOGITS,
            framework=("keras.losses.BinaryCrossentropy()",),
        )
    yield Reading(
        key="bce of softmax", head="bce", source="p", loss="sigmoid_cross_entropy", cost=5.0 if given != "probabilities" else 4.0,
        activation="softmax, then sigmoid", mistake="probabilities-as-logits", per="columns", framework=_BCE,
        says=f"sigmoid cross-entropy over one-hot rows of the {'softmax' if words == 'logits' else words}",
        why="a sigmoid was taken of probabilities", repair=_SIGMOID_LAYER, smooths=("half",),
    )
    for number, clip in enumerate(("none", "keras-binary", "torch")):
        yield Reading(
            key=f"bce log p {clip}", head="bce_log", source="p", clip=clip, loss="binary_cross_entropy",
            activation="softmax for sigmoid" if given != "probabilities" else "none", cost=4.0 + 0.5 * number, mistake=slug,
            says="binary cross-entropy of each class over one-hot rows of the "
            + ("softmax" if raw == "z" else "probabilities") + _CLIP_TEXT[clip],
            why="each class was taken for an outcome of its own", repair=_ONE_VS_REST, per="columns",
            framework=_CLIP_CALLS[clip], smooths=("half",) if clip == "none" else (), moves=number == 0,
        )


def _families(*, hard: bool, exclusive: bool, given: str) -> Iterator[Reading]:
    """Yield the losses that are no cross-entropy, or a changed one."""
    after = "p" if exclusive else "s"
    activation = "softmax" if exclusive else "sigmoid"
    for number, gamma in enumerate(GAMMAS):
        more = 0.0 if number == 0 else 1.5 if number == 1 else 2.5
        if exclusive:
            for alpha, extra in ((1.0, 0.0), (0.25, 1.0), (0.5, 3.0), (0.75, 3.5)):
                yield Reading(
                    key=f"focal {gamma:g} {alpha:g}", head="focal", source="z", part=f"own{gamma:g}", loss="softmax_focal",
                    family="focal", cost=3.5 + more + extra, factor=alpha, moves=number == 0 and alpha == 1,
                    says=f"softmax focal loss with gamma {gamma:g}" + (f" and alpha {alpha:g}" if alpha != 1 else ""),
                    framework=("keras.losses.CategoricalFocalCrossentropy",) if alpha == 0.25 else (),
                    variant={"gamma": gamma, "alpha": None if alpha == 1 else alpha},
                )
            if number < 2:
                yield Reading(
                    key=f"focal2 {gamma:g}", head="focal", source="p", part=f"own{gamma:g}", loss="softmax_focal",
                    family="focal", activation="softmax twice", cost=7.0 + more, mistake="double-softmax", moves=False,
                    says=f"softmax focal loss with gamma {gamma:g} of the softmax", why="softmax was taken twice",
                    repair=_SOFTMAX_LAYER, variant={"gamma": gamma},
                )
        if not exclusive or given != "probabilities":
            yield from _sigmoid_focal(gamma, more, exclusive)
    yield Reading(
        key="mse p", head="squares", source=after, loss="mean_squared_error", family="MSE", cost=3.0, per="columns",
        says=f"mean squared error of the {activation if given != 'probabilities' else 'probabilities'}",
        framework=("torch.nn.MSELoss", "keras.losses.MeanSquaredError"), smooths=(),
    )
    if exclusive:
        yield Reading(
            key="brier", head="squares", source="p", loss="brier", family="Brier", cost=3.5,
            says="Brier score, summed over the classes", framework=("sklearn.metrics.brier_score_loss(scale_by_half=False)",),
        )
        yield Reading(
            key="brier half", head="squares", source="p", loss="brier", family="Brier", cost=5.0, factor=0.5, moves=False,
            says="Brier score, summed over the classes and halved",
            framework=("sklearn.metrics.brier_score_loss(scale_by_half=True)",), variant={"scale": 0.5},
        )
    if given != "probabilities":
        yield Reading(
            key="mse x", head="squares", source="x", loss="mean_squared_error", family="MSE", cost=4.5, per="columns",
            activation="logits as probabilities", mistake="logits-as-probabilities", says="mean squared error of the logits",
            why=f"no {activation} was taken", repair="use a cross-entropy, or take the activation before the squared error",
            framework=("torch.nn.MSELoss", "keras.losses.MeanSquaredError"),
        )
    other = "s" if exclusive else "p"
    if given != "probabilities":
        yield Reading(
            key="mse other", head="squares", source=other, loss="mean_squared_error", family="MSE", cost=6.5, per="columns",
            activation="sigmoid for softmax" if exclusive else "softmax for sigmoid", moves=False,
            says=f"mean squared error of the {'sigmoid' if exclusive else 'softmax'}",
            framework=("torch.nn.MSELoss", "keras.losses.MeanSquaredError"),
        )
    if exclusive:
        for q in (0.5, 0.7):
            yield Reading(
                key=f"gce {q:g}", head="robust", source="z", part=f"gce{q:g}", loss="generalized_cross_entropy",
                family="generalized", cost=5.0, says=f"generalized cross-entropy with q {q:g}", moves=False,
                framework=("keras.losses.CategoricalGeneralizedCrossEntropy",), variant={"q": q},
            )
        for epsilon, cost in ((1.0, 5.0), (2.0, 5.0), (-1.0, 6.5)):
            yield Reading(
                key=f"poly1 {epsilon:g}", head="robust", source="z", part=f"poly{epsilon:g}", loss="poly1_cross_entropy",
                family="poly-1", cost=cost, says=f"poly-1 cross-entropy with epsilon {epsilon:g}", moves=False,
                framework=("optax.losses.poly_loss_cross_entropy",) if epsilon == 2 else (), variant={"epsilon": epsilon},
            )
    if hard:
        yield from _margins(exclusive, given)


def _sigmoid_focal(gamma: float, more: float, exclusive: bool) -> Iterator[Reading]:
    base = 5.0 if exclusive else 3.5
    where = " over one-hot rows" if exclusive else ""
    for balance, extra in ((None, 0.5), (0.25, 0.0), (0.5, 3.0), (0.75, 2.5)):
        yield Reading(
            key=f"sigmoid focal {gamma:g} {balance}", head="sigmoid_focal", source="z", part=f"own{gamma:g}",
            loss="sigmoid_focal", family="focal", cost=base + more + extra, balance=balance, per="columns",
            says=f"sigmoid focal loss{where} with gamma {gamma:g}" + (f" and alpha {balance:g}" if balance else ""),
            framework=("torchvision.ops.sigmoid_focal_loss", "keras.losses.BinaryFocalCrossentropy",
                       "optax.sigmoid_focal_loss"), moves=gamma == 2.0 and not exclusive,
            variant={"gamma": gamma, "alpha": balance},
        )
    if gamma == 2.0 and not exclusive:
        for balance in (None, 0.25):
            yield Reading(
                key=f"double sigmoid focal {balance}", head="sigmoid_focal", source="s", part="own2", loss="sigmoid_focal",
                family="focal", activation="sigmoid twice", cost=7.5, balance=balance, per="columns", mistake="double-sigmoid",
                says="sigmoid focal loss with gamma 2 of the sigmoid" + (f" and alpha {balance:g}" if balance else ""),
                why="sigmoid was taken twice", repair=_SIGMOID_LAYER, moves=False, variant={"gamma": 2.0, "alpha": balance},
            )


_MARGINS = (
    ("crammer", "categorical_hinge", 6.0, "example", "categorical hinge loss (the true class against the best wrong one)", ()),
    ("keras", "categorical_hinge", 6.0, "example", "categorical hinge loss as Keras has it", ("keras.losses.CategoricalHinge",)),
    ("margin", "multi_margin", 6.0, "columns", "multi-class margin loss", ("torch.nn.MultiMarginLoss",)),
    ("margin2", "multi_margin", 8.0, "columns", "multi-class margin loss, squared", ("torch.nn.MultiMarginLoss(p=2)",)),
)


def _margins(exclusive: bool, given: str) -> Iterator[Reading]:
    of = "probabilities" if given == "probabilities" else "logits"
    for part, loss, cost, text in (("hinge", "hinge", 6.0, "hinge loss"), ("squared", "squared_hinge", 7.0, "squared hinge loss")):
        yield Reading(
            key=part, head="margins", source="x", part=part, loss=loss, family="hinge", cost=cost + exclusive, per="columns",
            says=f"{text} of the {of}, 0 and 1 taken for -1 and +1", framework=(f"keras.losses.{'Squared' * (part == 'squared')}Hinge",),
            moves=False,
        )
    if exclusive:
        for part, loss, cost, per, text, calls in _MARGINS:
            yield Reading(
                key=f"margins {part}", head="margins", source="x", part=part, loss=loss, family="hinge", cost=cost,
                per=per, says=f"{text} of the {of}", framework=calls, moves=False,  # type: ignore[arg-type]
            )


def _swapped(*, exclusive: bool) -> Iterator[Reading]:
    """Yield what comes of the two arguments in the wrong order."""
    why, repair = "predictions and targets changed places", (
        "mind the order: torch and optax take the predictions first, Keras, TensorFlow and scikit-learn the targets"
    )
    source = "p" if exclusive else "s"
    parts: tuple[tuple[str, str, str, str, float, tuple[str, ...]], ...] = (
        ("bce", source, "columns", "sigmoid cross-entropy", 8.0, _BCE[:2]),
        ("keras-binary", source, "columns", "binary cross-entropy, clipped at 1e-7", 6.5, ("keras.losses.BinaryCrossentropy()",)),
        ("torch", source, "columns", "binary cross-entropy, with the logarithm held at -100", 6.5, ("torch.nn.BCELoss",)),
    )
    if exclusive:
        parts = (
            ("logits", "p", "example", "softmax cross-entropy", 7.0, _CE[:1]),
            ("logits", "x", "example", "softmax cross-entropy, the logits taken for targets", 8.5, _CE[:1]),
            ("keras", "p", "example", "cross-entropy, clipped at 1e-7", 6.0, ("keras.losses.CategoricalCrossentropy()",)),
            *((part, at, per, text, cost + 1.5, calls) for part, at, per, text, cost, calls in parts),
        )
    for part, at, per, text, cost, calls in parts:
        yield Reading(
            key=f"swapped {part} {at}", head="swapped", source=at, part=part, loss=None, cost=cost, mistake="swapped-arguments",
            says=f"{text} with the targets read as predictions", why=why, repair=repair, framework=calls,
            per=per, moves=False, variant={"alignment": "swapped arguments"},  # type: ignore[arg-type]
        )


def independent_readings(given: str, *, hard: bool, columns: int) -> Iterator[Reading]:
    """Yield what may be computed where each outcome is on its own."""
    probabilities = given == "probabilities"
    smooth = ("half",)
    if probabilities:
        yield from _binary_logs("s", 0.0, "binary cross-entropy of the probabilities", smooth)
        first = ("probabilities-as-logits", 3.0, "a sigmoid was taken of probabilities",
                 "pass probabilities to a loss that takes them, or hand over the logits")
    else:
        yield Reading(
            key="bce", head="bce", source="z", loss="sigmoid_cross_entropy", cost=0.0,
            says="sigmoid cross-entropy of the logits", framework=_BCE, per="columns", smooths=smooth,
        )
        yield from _binary_logs("s", 1.0, "binary cross-entropy of the sigmoid of the logits", smooth, variant={"activation": "sigmoid"})
        first = ("double-sigmoid", 3.0, "sigmoid was taken twice: once before a loss that takes it itself", _SIGMOID_LAYER)
    mistake, cost, why, repair = first
    yield Reading(
        key="bce2", head="bce", source="s", loss="sigmoid_cross_entropy", activation="sigmoid twice", cost=cost,
        mistake=mistake, says="sigmoid cross-entropy of the sigmoid", why=why, repair=repair, framework=_BCE,
        per="columns", smooths=smooth,
    )
    yield Reading(
        key="bce3", head="bce", source="ss", loss="sigmoid_cross_entropy", activation="sigmoid three times", cost=7.5,
        mistake="double-sigmoid", says="sigmoid cross-entropy of the sigmoid of the sigmoid",
        why="sigmoid was taken three times", repair=_SIGMOID_LAYER, framework=_BCE, per="columns",
    )
    if not probabilities:
        yield Reading(
            key="bce log x", head="bce_log", source="x", clip="keras-binary", loss="binary_cross_entropy",
            activation="logits as probabilities", cost=3.5, mistake="logits-as-probabilities", per="columns",
            says="binary cross-entropy of the logits read as probabilities, clipped at 1e-7", smooths=smooth,
            why="logits were handed to a loss of probabilities", repair=_FROM_LOGITS,
            framework=("keras.losses.BinaryCrossentropy()",),
        )
    yield Reading(
        key="flipped", head="bce", source="-z", loss="sigmoid_cross_entropy", cost=5.5, mistake="flipped-sign",
        says="binary cross-entropy with the sign of the logits flipped", per="columns", moves=False,
        why="the predictions have the wrong sign: they are of the other outcome", framework=_BCE,
        repair="turn the sign of the logits, or use 1 - p", variant={"alignment": "flipped sign"},
    )
    if columns > 1:
        yield from _softmax_for_sigmoid(given)
    else:
        for clip in ("keras", "torch"):
            yield Reading(
                key=f"one unit {clip}", head="one_unit", source="x", part=clip, loss="binary_cross_entropy", cost=6.0,
                activation="softmax over one unit", mistake="one-unit-softmax", per="columns", moves=False,
                says="binary cross-entropy of a softmax over one unit", why="a softmax of one unit is always 1",
                repair="use a sigmoid", framework=_CLIP_CALLS["keras-binary" if clip == "keras" else "torch"],
            )
    yield from _families(hard=hard, exclusive=False, given=given)
    yield from _swapped(exclusive=False)


def _binary_logs(source: str, cost: float, says: str, smooth: tuple[str, ...], **more: Any) -> Iterator[Reading]:
    for number, clip in enumerate(("none", "keras-binary", "torch", "sklearn", "tf1", "mxnet")):
        yield Reading(
            key=f"bce log {source} {clip}", head="bce_log", source=source, clip=clip, loss="binary_cross_entropy",
            cost=cost + 0.5 * number, says=says + _CLIP_TEXT[clip], framework=_CLIP_CALLS[clip], per="columns",
            smooths=smooth if number < 2 else (), moves=number == 0, lone=number > 1, **more,
        )


def _softmax_for_sigmoid(given: str) -> Iterator[Reading]:
    slug, why = "multi-label-under-softmax", "the labels were made to compete under a softmax"
    if given == "probabilities":
        yield from _logs("s", "categorical_cross_entropy", cost=4.5, says="categorical cross-entropy of the sigmoid outputs",
                         clips=("keras", "none"), mistake=slug, why=why, repair=_SIGMOID_LOSS)
        return
    yield Reading(
        key="ce", head="softmax", source="z", loss="softmax_cross_entropy", activation="softmax for sigmoid", cost=4.0,
        mistake=slug, says="softmax cross-entropy over the labels", why=why, repair=_SIGMOID_LOSS, framework=_CE[:1],
    )
    yield Reading(
        key="ce of sigmoid", head="softmax", source="s", loss="softmax_cross_entropy", activation="sigmoid, then softmax",
        cost=7.0, mistake=slug, says="softmax cross-entropy of the sigmoid over the labels", why=why, repair=_SIGMOID_LOSS,
        framework=_CE[:1], moves=False,
    )
    yield from _logs("p", "categorical_cross_entropy", cost=5.0, says="categorical cross-entropy of the softmax over the labels",
                     clips=("keras", "none"), mistake=slug, why=why, repair=_SIGMOID_LOSS, activation="softmax for sigmoid")
    yield from _logs("s", "categorical_cross_entropy", cost=5.5, says="categorical cross-entropy of the sigmoid outputs",
                     clips=("keras", "none"), mistake=slug, why=why, repair=_SIGMOID_LOSS, activation="sigmoid")
    yield Reading(
        key="bce log p", head="bce_log", source="p", clip="keras-binary", loss="binary_cross_entropy",
        activation="softmax for sigmoid", cost=5.5, mistake=slug, per="columns", framework=_CLIP_CALLS["keras-binary"],
        says="binary cross-entropy of the softmax over the labels, clipped at 1e-7", why=why, repair=_SIGMOID_LOSS,
    )
    yield Reading(
        key="bce of softmax", head="bce", source="p", loss="sigmoid_cross_entropy", activation="softmax, then sigmoid",
        cost=6.0, mistake="probabilities-as-logits", says="sigmoid cross-entropy of the softmax over the labels", per="columns",
        why="a softmax was taken before a loss that takes a sigmoid", repair=_SIGMOID_LAYER, framework=_BCE,
    )
