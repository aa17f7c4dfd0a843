"""Famous numbers that depend on no number of classes: coin tosses, a sigmoid too many, the plateaus of clips."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from .famous_points import FIRST, RARE, SIGMOID_CALLS, STUCK, USUAL, Point

_NO_SIGMOID = "hand the loss the logits: take the sigmoid out of the model, or take a loss on probabilities"
_NO_ZERO = "train on logits, where the loss is exact; look at the examples whose true class has probability 0"


def _softplus(x: float) -> float:
    return math.log1p(math.exp(x))


def without_classes() -> Iterator[Point]:
    """Yield the famous numbers that depend on no number of classes."""
    yield from _one_unit()
    yield from _sigmoid_again()
    yield from _plateaus()
    yield from _nearly_zero()
    yield from _contrastive()


def _one_unit() -> Iterator[Point]:
    ln2 = math.log(2)
    yield Point(
        value=ln2,
        name="coin toss",
        rank=FIRST,
        place=-1,
        loss="sigmoid_cross_entropy",
        framework=SIGMOID_CALLS,
        says="ln 2: every outcome gets probability 0.5, as before training or where nothing was learned",
        repair=STUCK,
    )
    yield Point(
        value=2 * ln2,
        name="two coin tosses",
        loss="sigmoid_cross_entropy",
        says="2·ln 2: a GAN's discriminator that cannot tell (the sum of its losses on real and on made samples)",
    )
    yield Point(
        value=784 * ln2,
        name="coin tosses over MNIST",
        rank=RARE,
        loss="sigmoid_cross_entropy",
        says="784·ln 2: binary cross-entropy summed over the 28 x 28 pixels of MNIST, each given probability 0.5",
        repair="right at the first step of an autoencoder that sums over pixels",
        variant={"reduction": "sum"},
    )
    yield Point(
        value=0.25,
        name="brier of a coin toss",
        rank=RARE,
        loss="brier",
        framework=("sklearn.metrics.brier_score_loss", "torch.nn.functional.mse_loss"),
        says="the Brier score, or squared error, of a binary outcome that always gets probability 0.5",
        repair=STUCK,
    )
    for value, calls, says in (
        (ln2 / 4, ("keras.losses.BinaryFocalCrossentropy",), "ln 2 / 4: focal loss with gamma 2 and no alpha"),
        (ln2 / 16, ("optax.sigmoid_focal_loss", "keras.losses.BinaryFocalCrossentropy"),
         "ln 2 / 16: focal loss with gamma 2 and alpha 0.25, of positives"),
        (3 * ln2 / 16, ("optax.sigmoid_focal_loss",),
         "3·ln 2 / 16: focal loss with gamma 2 and alpha 0.25, of negatives"),
    ):  # fmt: skip
        yield Point(
            value=value,
            name="focal loss of a coin toss",
            rank=RARE,
            loss="sigmoid_focal",
            framework=calls,
            says=f"{says}, that all get probability 0.5",
            repair=STUCK,
        )
    yield Point(
        value=1.0,
        name="hinge of equal scores",
        rank=RARE,
        loss="hinge",
        framework=("keras.losses.Hinge", "keras.losses.CategoricalHinge"),
        says="a hinge loss whose scores are all 0, or all the same: the whole margin is missing",
        repair=STUCK,
    )


def _sigmoid_again() -> Iterator[Point]:
    half, one = 0.5, 1 / (1 + math.exp(-1))
    table = (
        ("twice", "floor of positives", _softplus(-1), USUAL, "ln(1 + 1/e): {} and positives are right and certain; "
         "their loss cannot fall below it"),
        ("twice", "ceiling of negatives", _softplus(1), USUAL, "ln(1 + e): {} and negatives are wrong and certain; "
         "their loss cannot rise above it"),
        ("twice", "floor of negatives", math.log(2), USUAL, "ln 2: {} and negatives are right and certain; their loss "
         "cannot fall below it, for the second sigmoid gives at least 0.5"),
        ("twice", "floor of balanced outcomes", (_softplus(-1) + math.log(2)) / 2, USUAL, "{} and every outcome is "
         "right and certain, half of them positive"),
        ("three times", "floor of positives", _softplus(-one), RARE, "{} and positives are right and certain"),
        ("three times", "floor of negatives", _softplus(half), RARE, "{} and negatives are right and certain"),
        ("three times", "ceiling of negatives", _softplus(one), RARE, "{} and negatives are wrong and certain"),
        ("three times", "ceiling of positives", _softplus(-half), RARE, "{} and positives are wrong and certain"),
    )  # fmt: skip
    for times, name, value, rank, says in table:
        yield Point(
            value=value,
            name=f"{name} under sigmoid {times}",
            rank=rank,
            loss="sigmoid_cross_entropy",
            mistake="probabilities-as-logits",
            framework=SIGMOID_CALLS,
            says=says.format(f"sigmoid is applied {times}, by the model and by the loss,"),
            repair=_NO_SIGMOID,
            variant={"activation": f"sigmoid {times}"},
        )


_KERAS_TF = (
    "keras.losses.SparseCategoricalCrossentropy",
    "keras.losses.CategoricalCrossentropy",
    "keras.losses.BinaryCrossentropy",
    "tf.compat.v1.losses.log_loss",
)
_BOUNDS: tuple[tuple[float, int, str, tuple[str, ...]], ...] = (
    (1e-7, FIRST, "Keras and TensorFlow's log_loss keep probabilities 1e-7 from 0", _KERAS_TF),
    (2.0**-23, FIRST, "scikit-learn keeps float32 probabilities 2^-23 from 0, and so much is left of 1 - (1 - 1e-7) in "
     "float32, in Keras on negatives", ("sklearn.metrics.log_loss", "keras.losses.BinaryCrossentropy")),
    (2.0**-52, FIRST, "scikit-learn keeps float64 probabilities 2^-52 from 0", ("sklearn.metrics.log_loss",)),
    (1e-15, FIRST, "1e-15 is LightGBM's bound for several classes, and was scikit-learn's and Kaggle's",
     ("LightGBM multi_logloss", "sklearn.metrics.log_loss before 1.3 (unverified)")),
    (1e-12, FIRST, "1e-12 is what MXNet adds to probabilities, and the bound of LightGBM's cross_entropy",
     ("LightGBM cross_entropy", "mxnet.gluon.loss.SigmoidBCELoss(from_sigmoid=True) (unverified)")),
    (1e-16, USUAL, "1e-16 is XGBoost's bound", ("XGBoost logloss", "XGBoost mlogloss")),
    (2.0**-10, USUAL, "2^-10 is the epsilon of float16", ()),
    (2.0**-126, USUAL, "2^-126 is the least normal float32 (finfo.tiny)", ()),
    (2.0**-149, USUAL, "2^-149 is the least float32 above 0", ()),
    (2.0**-1022, RARE, "2^-1022 is the least normal float64 (finfo.tiny)", ()),
    (5e-324, RARE, "2^-1074 is the least float64 above 0", ()),
    *((float(f"1e-{exponent}"), RARE, f"code that adds or clips at 1e-{exponent}", ())
      for exponent in (3, 4, 5, 6, 8, 9, 10, 11, 13, 14, 20, 30, 37, 38)),
)  # fmt: skip


def _plateaus() -> Iterator[Point]:
    for bound, rank, who, calls in _BOUNDS:
        power = math.log2(bound)
        shown = f"2^{power:.0f}" if power == round(power) else f"{bound:.0e}".replace("e-0", "e-")
        yield Point(
            value=-math.log(bound),
            name="plateau of a clip",
            rank=rank,
            mistake="zero-probability",
            framework=calls,
            says=f"-ln {shown}: what is true has probability 0 in every counted example, or logits were read as "
            f"probabilities; {who}",
            repair=_NO_ZERO,
            variant={"clip": shown},
        )
    yield Point(
        value=100.0,
        name="plateau of a clip",
        rank=FIRST,
        mistake="zero-probability",
        loss="binary_cross_entropy",
        framework=("torch.nn.functional.binary_cross_entropy",),
        says="PyTorch's binary cross-entropy keeps log p at -100 or above: what is true has probability 0 in every "
        "counted example",
        repair=_NO_ZERO,
        variant={"clip": "torch"},
    )
    yield Point(
        value=6.9296875,
        name="plateau of a clip",
        mistake="zero-probability",
        framework=("sklearn.metrics.log_loss",),
        says="-ln 2^-10 as float16 holds it: scikit-learn keeps float16 probabilities 2^-10 from 0, and what is "
        "true has probability 0 in every counted example",
        repair="hand over float32 or float64; train on logits, where the loss is exact",
        variant={"clip": "2^-10 in float16"},
    )


def _nearly_zero() -> Iterator[Point]:
    says = "a perfect model under a clip: -ln(1 - 1e-7), which is 2^-23 in float32"
    perfect: dict[str, Any] = {
        "name": "perfect under a clip",
        "mistake": "too-good",
        "repair": "nothing, on training data; on held-out data a leak of the labels, or the labels as predictions",
    }
    calls = (
        "keras.losses.CategoricalCrossentropy",
        "keras.losses.BinaryCrossentropy",
        "sklearn.metrics.log_loss",
    )
    yield Point(value=2.0**-23, rank=FIRST, framework=calls, says=says, **perfect)
    yield Point(
        value=2.0**-52,
        rank=USUAL,
        framework=("sklearn.metrics.log_loss",),
        says="a perfect model under scikit-learn's clip of float64: 2^-52",
        **perfect,
    )
    yield Point(
        value=-(2.0**-23),
        rank=FIRST,
        framework=("tf.compat.v1.losses.log_loss",),
        says="a perfect model under TensorFlow's log_loss, which adds 1e-7 inside the logarithm: a loss below 0",
        **perfect,
    )


def _contrastive() -> Iterator[Point]:
    for at, batch in enumerate((256, 128, 64, 512, 1024, 4096, 32, 2048, 8192, 32768, 16)):
        rank = USUAL if at < 6 else RARE
        repair = "right at the first step; if it stays, the embeddings have collapsed or the temperature is too high"
        yield Point(
            value=math.log(batch),
            name="contrastive loss of equal similarities",
            rank=rank + 1,
            place=at,
            says=f"ln {batch}: a contrastive loss (InfoNCE, CLIP) over batches of {batch}, which tells no pair from "
            "another",
            repair=repair,
            variant={"batch": batch},
        )
        yield Point(
            value=math.log(2 * batch - 1),
            name="contrastive loss of equal similarities",
            rank=rank + 1,
            place=at,
            says=f"ln(2·{batch} - 1): NT-Xent (SimCLR) over {batch} pairs, which tells no pair from another",
            repair=repair,
            variant={"batch": batch},
        )
