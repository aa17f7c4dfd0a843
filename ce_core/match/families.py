"""The table of readings that are no cross-entropy, or a changed one."""

from __future__ import annotations

from collections.abc import Iterator

from .space import GAMMAS, Per, Reading
from .spelled import SIGMOID_LAYER, SOFTMAX_LAYER


def families(*, hard: bool, exclusive: bool, given: str) -> Iterator[Reading]:
    """Yield the losses that are no cross-entropy, or a changed one."""
    after = "p" if exclusive else "s"
    activation = "softmax" if exclusive else "sigmoid"
    for number, gamma in enumerate(GAMMAS):
        more = 0.0 if number == 0 else 1.5 if number == 1 else 2.5
        if exclusive:
            for alpha, extra in ((1.0, 0.0), (0.25, 1.0), (0.5, 3.0), (0.75, 3.5)):
                yield Reading(
                    key=f"focal {gamma:g} {alpha:g}",
                    head="focal",
                    source="z",
                    part=f"own{gamma:g}",
                    loss="softmax_focal",
                    family="focal",
                    cost=3.5 + more + extra,
                    factor=alpha,
                    moves=alpha == 1,
                    says=f"softmax focal loss with gamma {gamma:g}"
                    + (f" and alpha {alpha:g}" if alpha != 1 else ""),
                    framework=("keras.losses.CategoricalFocalCrossentropy",) if alpha == 0.25 else (),
                    variant={"gamma": gamma, "alpha": None if alpha == 1 else alpha},
                )
            if number < 2:
                yield Reading(
                    key=f"focal2 {gamma:g}",
                    head="focal",
                    source="p",
                    part=f"own{gamma:g}",
                    loss="softmax_focal",
                    family="focal",
                    activation="softmax twice",
                    cost=7.0 + more,
                    mistake="double-softmax",
                    moves=False,
                    says=f"softmax focal loss with gamma {gamma:g} of the softmax",
                    why="softmax was taken twice",
                    repair=SOFTMAX_LAYER,
                    variant={"gamma": gamma},
                )
        if not exclusive or given != "probabilities":
            yield from _sigmoid_focal(gamma, more, exclusive)
    yield Reading(
        key="mse p",
        head="squares",
        source=after,
        loss="mean_squared_error",
        family="MSE",
        cost=3.0,
        per="columns",
        says=f"mean squared error of the {activation if given != 'probabilities' else 'probabilities'}",
        framework=("torch.nn.MSELoss", "keras.losses.MeanSquaredError"),
        smooths=(),
    )
    if exclusive:
        yield Reading(
            key="brier",
            head="squares",
            source="p",
            loss="brier",
            family="Brier",
            cost=3.5,
            says="Brier score, summed over the classes",
            framework=("sklearn.metrics.brier_score_loss(scale_by_half=False)",),
        )
        yield Reading(
            key="brier half",
            head="squares",
            source="p",
            loss="brier",
            family="Brier",
            cost=5.0,
            factor=0.5,
            moves=False,
            says="Brier score, summed over the classes and halved",
            framework=("sklearn.metrics.brier_score_loss(scale_by_half=True)",),
            variant={"scale": 0.5},
        )
    if given != "probabilities":
        yield Reading(
            key="mse x",
            head="squares",
            source="x",
            loss="mean_squared_error",
            family="MSE",
            cost=4.5,
            per="columns",
            activation="logits as probabilities",
            mistake="logits-as-probabilities",
            says="mean squared error of the logits",
            why=f"no {activation} was taken",
            repair="use a cross-entropy, or take the activation before the squared error",
            framework=("torch.nn.MSELoss", "keras.losses.MeanSquaredError"),
        )
    other = "s" if exclusive else "p"
    if given != "probabilities":
        yield Reading(
            key="mse other",
            head="squares",
            source=other,
            loss="mean_squared_error",
            family="MSE",
            cost=6.5,
            per="columns",
            activation="sigmoid for softmax" if exclusive else "softmax for sigmoid",
            moves=False,
            says=f"mean squared error of the {'sigmoid' if exclusive else 'softmax'}",
            framework=("torch.nn.MSELoss", "keras.losses.MeanSquaredError"),
        )
    if exclusive:
        for q in (0.5, 0.7):
            yield Reading(
                key=f"gce {q:g}",
                head="robust",
                source="z",
                part=f"gce{q:g}",
                loss="generalized_cross_entropy",
                family="generalized",
                cost=5.0,
                says=f"generalized cross-entropy with q {q:g}",
                framework=("keras.losses.CategoricalGeneralizedCrossEntropy",),
                variant={"q": q},
            )
        for epsilon, cost in ((1.0, 5.0), (2.0, 5.0), (-1.0, 6.5)):
            yield Reading(
                key=f"poly1 {epsilon:g}",
                head="robust",
                source="z",
                part=f"poly{epsilon:g}",
                loss="poly1_cross_entropy",
                family="poly-1",
                cost=cost,
                says=f"poly-1 cross-entropy with epsilon {epsilon:g}",
                framework=("optax.losses.poly_loss_cross_entropy",) if epsilon == 2 else (),
                variant={"epsilon": epsilon},
            )
    if hard:
        yield from _margins(exclusive, given)


def _sigmoid_focal(gamma: float, more: float, exclusive: bool) -> Iterator[Reading]:
    base = 5.0 if exclusive else 3.5
    where = " over one-hot rows" if exclusive else ""
    for balance, extra in ((None, 0.5), (0.25, 0.0), (0.5, 3.0), (0.75, 2.5)):
        yield Reading(
            key=f"sigmoid focal {gamma:g} {balance}",
            head="sigmoid_focal",
            source="z",
            part=f"own{gamma:g}",
            loss="sigmoid_focal",
            family="focal",
            cost=base + more + extra,
            balance=balance,
            per="columns",
            says=f"sigmoid focal loss{where} with gamma {gamma:g}"
            + (f" and alpha {balance:g}" if balance else ""),
            framework=(
                "torchvision.ops.sigmoid_focal_loss",
                "keras.losses.BinaryFocalCrossentropy",
                "optax.sigmoid_focal_loss",
            ),
            moves=gamma == 2.0,
            variant={"gamma": gamma, "alpha": balance},
        )
    if gamma == 2.0 and not exclusive:
        for balance in (None, 0.25):
            yield Reading(
                key=f"double sigmoid focal {balance}",
                head="sigmoid_focal",
                source="s",
                part="own2",
                loss="sigmoid_focal",
                family="focal",
                activation="sigmoid twice",
                cost=7.5,
                balance=balance,
                per="columns",
                mistake="double-sigmoid",
                says="sigmoid focal loss with gamma 2 of the sigmoid"
                + (f" and alpha {balance:g}" if balance else ""),
                why="sigmoid was taken twice",
                repair=SIGMOID_LAYER,
                moves=False,
                variant={"gamma": 2.0, "alpha": balance},
            )


_MARGINS: tuple[tuple[str, str, float, Per, str, tuple[str, ...]], ...] = (
    (
        "crammer",
        "categorical_hinge",
        6.0,
        "example",
        "categorical hinge loss (the true class against the best wrong one)",
        (),
    ),
    (
        "keras",
        "categorical_hinge",
        6.0,
        "example",
        "categorical hinge loss as Keras has it",
        ("keras.losses.CategoricalHinge",),
    ),
    ("margin", "multi_margin", 6.0, "columns", "multi-class margin loss", ("torch.nn.MultiMarginLoss",)),
    (
        "margin2",
        "multi_margin",
        8.0,
        "columns",
        "multi-class margin loss, squared",
        ("torch.nn.MultiMarginLoss(p=2)",),
    ),
)


def _margins(exclusive: bool, given: str) -> Iterator[Reading]:
    of = "probabilities" if given == "probabilities" else "logits"
    for part, loss, cost, text in (
        ("hinge", "hinge", 6.0, "hinge loss"),
        ("squared", "squared_hinge", 7.0, "squared hinge loss"),
    ):
        yield Reading(
            key=part,
            head="margins",
            source="x",
            part=part,
            loss=loss,
            family="hinge",
            cost=cost + exclusive,
            per="columns",
            says=f"{text} of the {of}, 0 and 1 taken for -1 and +1",
            framework=(f"keras.losses.{'Squared' * (part == 'squared')}Hinge",),
            moves=False,
        )
    if exclusive:
        for part, loss, cost, per, text, calls in _MARGINS:
            yield Reading(
                key=f"margins {part}",
                head="margins",
                source="x",
                part=part,
                loss=loss,
                family="hinge",
                cost=cost,
                per=per,
                says=f"{text} of the {of}",
                framework=calls,
                moves=False,
            )
