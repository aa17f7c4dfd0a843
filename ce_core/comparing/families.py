"""Which losses are one number of the same thing, however the predictions are given."""

from __future__ import annotations

from ce_core.losses import LOSSES

_KIN = (
    (
        "sparse_softmax_cross_entropy",
        "softmax_cross_entropy",
        "sparse_categorical_cross_entropy",
        "categorical_cross_entropy",
        "nll",
    ),
    ("sigmoid_cross_entropy", "binary_cross_entropy"),
)
"""The losses that are the same number from logits, probabilities or log-probabilities."""


def comparable(a: str, b: str, *, two_outcomes: bool = False) -> bool:
    """Tell whether two losses measure the same thing.

    Of ``two_outcomes`` the sigmoid of one column and the softmax of two give the same loss, too.

    >>> comparable("sparse_softmax_cross_entropy", "nll"), comparable("nll", "brier")
    (True, False)
    """
    if a == b:
        return True
    if two_outcomes:
        every = {name for kin in _KIN for name in kin}
        return {a, b} <= every
    return any({a, b} <= set(kin) for kin in _KIN)


def counterpart(loss: str, outputs: str, *, index: bool) -> str:
    """Return the loss that is the same number of predictions that are given otherwise.

    >>> counterpart("softmax_cross_entropy", "probabilities", index=False)
    'categorical_cross_entropy'
    """
    softmax, sigmoid = _KIN
    if loss in sigmoid:
        return next((each for each in sigmoid if LOSSES[each].given == outputs), loss)
    if loss not in softmax or LOSSES[loss].given == outputs:
        return loss
    found = [each for each in softmax if LOSSES[each].given == outputs]
    return next((each for each in found if index == each.startswith("sparse")), found[0])
