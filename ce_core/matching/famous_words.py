"""What 0, NaN, infinity and negative numbers usually mean in a log: no number to compute, but a list of causes."""

from __future__ import annotations

import math
from collections.abc import Iterator

from ce_core.records import dataclass

from .answer import Logged, Traced


@dataclass(frozen=True, kw_only=True)
class _Cause:
    """One reason for such a number."""

    name: str
    says: str
    repair: str
    mistake: str | None = None
    loss: str | None = None
    framework: tuple[str, ...] = ()


_TORCH = "torch.nn.functional.cross_entropy"
_TORCH_NLL = "torch.nn.functional.nll_loss"
_OPTAX = "optax.softmax_cross_entropy_with_integer_labels"
_KERAS = "keras.losses.SparseCategoricalCrossentropy"
_TF = "tf.nn.sparse_softmax_cross_entropy_with_logits"
_TF_ROWS = "tf.nn.softmax_cross_entropy_with_logits"

ZERO = (
    _Cause(
        name="one unit under softmax",
        mistake="one-unit-softmax",
        loss="sparse_softmax_cross_entropy",
        framework=(_TORCH, _TF_ROWS, f"{_KERAS}(from_logits=True)"),
        says="a softmax over a single unit is always 1, so its loss is 0 whatever the model does",
        repair="a sigmoid loss on the one unit, or two units under the softmax",
    ),
    _Cause(
        name="every label ignored",
        mistake="all-ignored",
        framework=(f"{_KERAS}(ignore_class=…)", f"{_TORCH}(reduction='sum')"),
        says="every label of the batch is ignored: Keras calls the mean of nothing 0 (PyTorch: NaN), and a sum is 0",
        repair="count the labels that are left, and skip batches without any",
    ),
    _Cause(
        name="labels out of range",
        mistake="label-out-of-range",
        framework=("optax.softmax_cross_entropy(jax.nn.one_hot(labels))", f"{_TF_ROWS}(tf.one_hot(labels))"),
        says="one-hot rows made from labels out of range are all zeros, and cost nothing",
        repair="labels from 0 to K - 1; check their minimum and maximum",
    ),
    _Cause(
        name="no weight",
        mistake="all-ignored",
        framework=(
            "tf.compat.v1.losses.sparse_softmax_cross_entropy(weights=0)",
            f"{_KERAS}(sample_weight=0)",
        ),
        says="all weights of the batch are 0: TensorFlow and Keras call the mean 0 (PyTorch: NaN)",
        repair="check the weights and the mask of this batch",
    ),
    _Cause(
        name="float32 saturation",
        loss="sparse_softmax_cross_entropy",
        framework=(_TORCH, _TF, _OPTAX),
        says="every true class leads by more than about 17: float32 rounds the loss to 0",
        repair="on training data a sign of over-fitting; cepick eval computes the exact loss",
    ),
    _Cause(
        name="perfect",
        mistake="too-good",
        says="every prediction is right and certain: the labels leak into the inputs, or were given as the predictions",
        repair="check what the two arrays are",
    ),
)

NAN = (
    _Cause(
        name="every label ignored",
        mistake="all-ignored",
        framework=(_TORCH, _TORCH_NLL),
        says="every label of the batch is ignored: PyTorch divides 0 by 0 (Keras: 0)",
        repair="skip such batches, or take reduction='sum' and divide by max(count, 1)",
    ),
    _Cause(
        name="not finite",
        mistake="not-finite",
        framework=(_TORCH, _OPTAX),
        says="the predictions hold NaN or +inf: the weights diverged, or float16 overflowed beyond 65,504",
        repair="cepick eval names the rows; a lower learning rate, clipped gradients, bfloat16, or logits in float32",
    ),
    _Cause(
        name="0 times infinity",
        mistake="infinite-loss",
        framework=(f"{_TORCH}(one-hot targets)", "optax.softmax_cross_entropy"),
        says="a logit of -inf masks a class, and one-hot targets multiply its infinite loss by 0",
        repair="class indices as targets, a large negative number such as -1e9 in place of -inf, or "
        "optax.safe_softmax_cross_entropy",
    ),
    _Cause(
        name="labels out of range",
        mistake="label-out-of-range",
        framework=(_OPTAX, f"{_TF} under XLA", f"{_TF} on a GPU (unverified)"),
        says="a label is not below K, or is a mark such as -100: optax and compiled TensorFlow give NaN and no error",
        repair="labels from 0 to K - 1; leave padding out with a mask",
    ),
    _Cause(
        name="no weight",
        mistake="all-ignored",
        framework=(f"{_TORCH}(weight=…)",),
        says="every class in the batch has weight 0: PyTorch divides 0 by 0",
        repair="give each class some weight, or skip such batches",
    ),
    _Cause(
        name="log of a negative number",
        mistake="logits-as-probabilities",
        loss="binary_cross_entropy",
        framework=("y * log(p) + (1 - y) * log(1 - p), written by hand",),
        says="logits were read as probabilities in code that clips nothing: the logarithm of a negative number",
        repair="a loss that takes logits",
    ),
)

INFINITE = (
    _Cause(
        name="probability 0",
        mistake="zero-probability",
        loss="nll",
        framework=(_TORCH_NLL, "-log(softmax(x)), written by hand"),
        says="a true class has a probability of exactly 0, and nothing is clipped",
        repair="a loss on logits; a softmax in float32 rounds to 0 once the classes are about 104 apart",
    ),
    _Cause(
        name="masked target",
        mistake="infinite-loss",
        loss="sparse_softmax_cross_entropy",
        framework=(_TORCH, _OPTAX),
        says="a logit of -inf, as from masking, stands where the target is",
        repair="mask no class that can be true",
    ),
    _Cause(
        name="smoothing over a masked class",
        mistake="infinite-loss",
        loss="sparse_softmax_cross_entropy",
        framework=(f"{_TORCH}(label_smoothing=…)",),
        says="label smoothing gives every class some of the target, also one whose logit is -inf",
        repair="no smoothing with masked classes, or smoothing over the others only",
    ),
    _Cause(
        name="16-bit overflow",
        mistake="half-precision",
        framework=(_TORCH,),
        says="a float16 loss overflows: logits are further apart than float16 can hold (65,504)",
        repair="hand the loss float32 logits, or take bfloat16",
    ),
)

MINUS_INFINITE = (
    _Cause(
        name="log of 0",
        says="the logarithm of a probability of exactly 0, without the minus of the loss: a log-likelihood",
        repair="the loss is its negative; hand the loss logits, so that no probability rounds to 0",
        mistake="zero-probability",
    ),
    _Cause(
        name="NLL on logits of +inf",
        says="a negative log-likelihood that was given logits, of which one is +inf",
        repair="log_softmax before it, and finite logits",
        mistake="not-log-probabilities",
        loss="nll",
        framework=(_TORCH_NLL,),
    ),
)

_ON_PROBABILITIES = _Cause(
    name="NLL on probabilities",
    mistake="not-log-probabilities",
    loss="nll",
    framework=(_TORCH_NLL,),
    says="a negative log-likelihood on probabilities: minus the mean probability of the true class, between -1 "
    "(perfect) and 0; -1/K is guessing",
    repair="log_softmax in place of softmax before NLLLoss, or cross_entropy on the logits",
)
_ON_LOGITS = _Cause(
    name="NLL on logits",
    mistake="not-log-probabilities",
    loss="nll",
    framework=(_TORCH_NLL,),
    says="a negative log-likelihood on logits: minus the mean logit of the true class, which falls without end as the "
    "model trains",
    repair="log_softmax before NLLLoss, or cross_entropy on the logits",
)
_TARGETS_OUTSIDE = _Cause(
    name="targets outside [0, 1]",
    mistake="targets-outside-unit-interval",
    loss="sigmoid_cross_entropy",
    framework=("torch.nn.functional.binary_cross_entropy_with_logits", "optax.sigmoid_binary_cross_entropy"),
    says="targets are not within [0, 1]: a mask of 0 and 255, labels 1…K, or -1 and +1; the loss then has no floor",
    repair="divide a mask by 255, turn -1 and +1 into (y + 1) / 2, count labels from 0",
)


def in_words(logged: Logged) -> Iterator[Traced]:
    """Yield what a number that is 0, negative or not finite usually means, the likeliest cause first."""
    value = logged.value
    if math.isnan(value):
        causes: tuple[_Cause, ...] = NAN
    elif math.isinf(value):
        causes = INFINITE if value > 0 else MINUS_INFINITE
    elif abs(value) <= logged.tolerance:
        causes = ZERO
    elif value < 0:
        causes = (
            (_ON_PROBABILITIES, _TARGETS_OUTSIDE, _ON_LOGITS)
            if value >= -1
            else (_ON_LOGITS, _TARGETS_OUTSIDE)
        )
    else:
        return
    for each in causes:
        yield Traced(
            value=0.0 if causes is ZERO else value,
            loss=each.loss,
            variant={"famous": each.name},
            mistake=each.mistake,
            framework=each.framework,
            says=each.says,
            repair=each.repair,
        )
