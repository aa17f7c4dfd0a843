"""What the readings share: the calls of the frameworks, the clips in words, and repairs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .space import Reading

SOFTMAX_LAYER = "hand the logits over as they are: the loss takes the softmax itself"
SIGMOID_LAYER = "hand the logits over as they are: the loss takes the sigmoid itself"
FROM_LOGITS = "pass from_logits=True, or take the softmax (of independent outcomes the sigmoid) first"
CE = (
    "torch.nn.CrossEntropyLoss",
    "tf.nn.sparse_softmax_cross_entropy_with_logits",
    "keras.losses.SparseCategoricalCrossentropy(from_logits=True)",
    "optax.softmax_cross_entropy_with_integer_labels",
)
BCE = (
    "torch.nn.BCEWithLogitsLoss",
    "tf.nn.sigmoid_cross_entropy_with_logits",
    "keras.losses.BinaryCrossentropy(from_logits=True)",
    "optax.sigmoid_binary_cross_entropy",
)
CLIP_CALLS = {
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
CLIP_TEXT = {
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


def logs(
    source: str,
    loss: str,
    *,
    cost: float,
    says: str,
    clips: tuple[str, ...] = (
        "none",
        "keras",
        "sklearn",
        "tf1",
        "keras-binary",
        "keras-softmax",
        "torch",
        "mxnet",
        "sklearn-1e-15",
    ),
    smooth: tuple[str, ...] = (),
    **more: Any,
) -> Iterator[Reading]:
    """Yield the cross-entropy of what is read as probabilities, under each clip policy."""
    for number, clip in enumerate(clips):
        first = number == 0
        yield Reading(
            key=f"log {source} {clip}",
            head="log",
            source=source,
            clip=clip,
            loss=loss,
            cost=cost + (0.0 if first else 0.5 + 0.5 * number),
            says=says + CLIP_TEXT[clip],
            framework=CLIP_CALLS[clip],
            smooths=smooth if first or clip == "keras" else (),
            moves=number < 2,
            lone=number > 1 and source == "p",
            **more,
        )
