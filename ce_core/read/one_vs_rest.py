"""Telling sigmoid outputs from small logits where exactly one class is true, by which reading fits the targets."""

from __future__ import annotations

from math import sqrt

import numpy as np

from ce_core import kernels
from ce_core.records import dataclass

from .readings import unrelated
from .significance import LEVEL, Paired, paired
from .wording import plural

Array = np.ndarray

_CLIP = 1e-7
_LEAST_TOTAL, _MOST_TOTAL = 0.8, 1.25
"""Independent estimates of classes of which one is true add up to about 1, on average."""
_MOST_LOSS = 2 / 3
"""Probabilities worth the name leave at most this share of the loss of the class frequencies."""
_TRIED = 2
_MUCH = 0.2
"""Logits at will save much where they save this share of what probabilities save over the values as logits."""


@dataclass(frozen=True, kw_only=True)
class OneVsRest:
    """The losses of the same values in [0, 1] as logits and as sigmoid outputs of classes of which one is true."""

    independent: Paired
    """Of each label, read as logits under a sigmoid, against read as its probability."""
    competing: Paired
    """Of each row, read as logits under a softmax, against read as probabilities divided by their sum."""
    scaled: Paired
    """Of each label, read as its probability, against the best logits that these values are but for scale and shift."""
    unrelated: float
    """The chance that values which know nothing of the targets go with them this well."""
    prior: float
    """The loss of each label where the answer is always its frequency."""
    total: float
    """What a row adds up to, on average."""

    @property
    def told(self) -> str:
        """Return the numbers that tell the readings apart, in words."""
        rows = plural(self.independent.count, "row")
        return (
            f"rows add up to {self.total:.3g} on average, and read as probabilities the loss is "
            f"{self.independent.second:.4g} nats for each label, read as logits {self.independent.first:.4g}; divided "
            f"by their sum {self.competing.second:.4g} for each row, read as logits {self.competing.first:.4g} ({rows})"
        )

    def probabilities(self) -> bool:
        """Tell whether the values are sigmoid outputs beyond doubt.

        Any scores that know the targets look like better probabilities than logits, similarities in [0, 1] as well.
        So they must add up to about 1 as they are, be much better than the class frequencies, and no logits of these
        values, scaled and shifted at will, may be much better still.
        """
        better = self.independent.lower(_TRIED) and self.competing.lower(_TRIED)
        whole = _LEAST_TOTAL <= self.total <= _MOST_TOTAL
        gain = self.independent.first - self.independent.second
        more = self.scaled.first - self.scaled.second
        known = self.independent.second <= _MOST_LOSS * self.prior
        return better and whole and known and self.unrelated < LEVEL and more <= _MUCH * gain


def one_vs_rest(values: Array, labels: Array, items: Array) -> OneVsRest:
    """Compare the readings of values in [0, 1], [rows, columns], with class indices [rows].

    ``items`` names the observation that each row is of.

    >>> rng = np.random.default_rng(0)
    >>> labels = rng.integers(0, 3, 300)
    >>> logits = 3 * rng.normal(size=(300, 3)) - 4 + 9 * np.eye(3)[labels]
    >>> one_vs_rest(1 / (1 + np.exp(-logits)), labels, np.arange(300)).probabilities()
    True
    >>> one_vs_rest(rng.uniform(size=(300, 3)), labels, np.arange(300)).probabilities()
    False
    """
    hard = np.zeros(values.shape)
    hard[np.arange(len(hard)), labels] = 1
    as_sigmoids = kernels.binary_cross_entropy(values, hard, clip=_CLIP).mean(axis=1)
    as_logits = kernels.sigmoid_cross_entropy(values, hard).mean(axis=1)
    as_scores = kernels.sparse_softmax_cross_entropy(values, labels)
    totals = np.maximum(values.sum(axis=1), _CLIP)
    shares = np.clip(values[np.arange(len(values)), labels], _CLIP, 1.0) / totals
    scaled = kernels.sigmoid_cross_entropy(
        _best_line(values.ravel(), hard.ravel()).reshape(values.shape), hard
    )
    _, which = np.unique(items, return_inverse=True)

    def compared(one: Array, other: Array) -> Paired:
        size = np.bincount(which)
        return paired(np.bincount(which, weights=one) / size, np.bincount(which, weights=other) / size)

    return OneVsRest(
        independent=compared(as_logits, as_sigmoids),
        competing=compared(as_scores, -np.log(np.minimum(shares, 1.0))),
        scaled=compared(as_sigmoids, scaled.mean(axis=1)),
        unrelated=unrelated(values.ravel(), hard.ravel()),
        prior=float(_entropy(hard.mean(axis=0)).mean()),
        total=float(totals.mean()),
    )


def _entropy(rates: Array) -> Array:
    """Return the entropy of outcomes in nats."""
    return np.asarray(kernels.binary_cross_entropy(rates, rates, clip=_CLIP))


def _best_line(x: Array, y: Array) -> Array:
    """Return the logits a x + c of least loss, by Newton's method with a little weight on a = 0."""
    center, spread = float(x.mean()), float(x.std()) or 1.0
    z = (x - center) / spread
    rate = min(max(float(y.mean()), 1e-6), 1 - 1e-6)
    a, c = 0.0, float(np.log(rate / (1 - rate)))
    few = 1e-3 / sqrt(len(x))
    for _ in range(25):
        p = 1 / (1 + np.exp(-np.clip(a * z + c, -40, 40)))
        w = p * (1 - p)
        slopes = np.array([float(((p - y) * z).mean()) + few * a, float((p - y).mean())])
        across = float((w * z).mean())
        curve = np.array([[float((w * z * z).mean()) + few, across], [across, float(w.mean()) + few]])
        step = np.clip(np.linalg.solve(curve, slopes), -2, 2)
        a, c = a - float(step[0]), c - float(step[1])
        if np.abs(step).max() < 1e-4:
            break
    return np.asarray(a * z + c)
