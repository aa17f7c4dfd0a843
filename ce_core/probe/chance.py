"""The chance of a mean above 0 of values that may be alike where they stand near each other."""

from __future__ import annotations

from math import erfc, exp, log, sqrt

import numpy as np

from ce_core.compute.sums.dot import by_row
from ce_core.read.significance import student_tail

from .sample import Sample

Array = np.ndarray

_STRETCHES = 32
_ENOUGH_ROWS = 256
"""From so many rows on stretches of them are compared with single ones."""
_MOST_LAG = 256
_FEW_ROWS = 64
_ROUNDING = 1e-20
_ALIKE = 1.7
"""The means of 32 stretches of unlike rows vary by up to so much more than is expected, by chance."""


def chance(sample: Sample, values: Array, rows: Array, labels: Array | None = None) -> float:
    """Return the chance of a mean this far above 0 where there is none, by a one-sided t test.

    Of sequences and images each group is one observation, and fewer where groups that follow each other are alike. Of
    rows each is one, and fewer where those of the same label are alike that follow each other, as frames of a video.
    """
    if len(values) < 2:
        return 1.0
    if len(sample.layout.positions) >= 2:
        means = _means(values, sample.groups[rows])
        return _above_zero(means, _fewer_by_neighbours(means))
    return _above_zero(values, _fewer_rows(values, None if labels is None else labels[rows]))


def chance_of_draw(scores: Array, labels: Array) -> float:
    """Return a bound of the chance that so many rows, drawn from all, have scores as high as those of label 1.

    Of few rows among many a t test has little to say, while ten of ten thousand at the top are no chance. Of up to 64
    rows it is the chance of so high a sum of ranks, exactly. Of more the bound is Chernoff's with the scores themselves
    for the distribution; drawing without replacement is never wider (Hoeffding 1963). Soft labels have none.

    >>> scores = np.random.default_rng(0).permutation(1000)
    >>> chance_of_draw(scores, scores >= 995) < 1e-9
    True
    """
    true = labels == 1
    count = int(true.sum())
    if not ((labels == 0) | true).all() or not 0 < count < len(labels) or _is_clustered(scores):
        return 1.0
    spread = float(scores.std())
    above = float(scores[true].mean()) - float(scores.mean())
    if above <= 0 or not spread:
        return 1.0
    if len(scores) <= _FEW_ROWS:
        return _chance_of_ranks(scores, true)
    values = (scores - scores.mean()) / spread - above / spread
    least = 0.0
    for power in 2.0 ** np.arange(-6.0, 11.0, 0.5):
        high = float((power * values).max())
        least = min(least, high + log(float(np.exp(power * values - high).mean())))
    return exp(max(-700.0, count * least))


def _chance_of_ranks(scores: Array, true: Array) -> float:
    """Return the share of all draws whose sum of ranks is as high; equal scores share their ranks."""
    _, which, counts = np.unique(scores, return_inverse=True, return_counts=True)
    ranks = (2 * np.cumsum(counts) - counts + 1)[which]  # twice the mean rank, a whole number
    drawn = int(true.sum())
    ways = np.zeros((drawn + 1, int(ranks.sum()) + 1))
    ways[0, 0] = 1.0
    for rank in ranks:
        ways[1:, rank:] += ways[:-1, :-rank].copy()
    return float(ways[drawn, int(ranks[true].sum()) :].sum() / ways[drawn].sum())


def chance_of_deal(scores: Array, targets: Array) -> float:
    """Return the chance that targets dealt out anew among the rows go with the scores this well.

    The spread of the sum of associations over all deals is known: tr(T S)/(n - 1), where T and S are the targets' and
    the scores' sums of squares and products. A t test takes the spread from the associations themselves, and misses it
    where the rare target has never met the rare score.

    Source: Wald and Wolfowitz 1944, Statistical tests based on permutations of the observations.

    >>> labels = np.arange(1000) % 50 == 0
    >>> round(chance_of_deal(np.where(np.arange(1000) % 40 == 1, -1.0, 0.0)[:, None], 1.0 * labels[:, None]), 2)
    0.23
    """
    count = len(scores)
    scores = scores - scores.mean(axis=0)
    if targets.ndim == 1:
        shares = np.bincount(targets, minlength=scores.shape[1]) / count
        mixed = by_row(scores, shares)
        total = float(scores[np.arange(count), targets].sum())
        spread = count * (float(np.einsum("ik,ik->k", scores, scores) @ shares) - float(mixed @ mixed))
    elif scores.shape[1] <= _MOST_COLUMNS:
        targets = targets - targets.mean(axis=0)
        total = float((scores * targets).sum())
        spread = float(((targets.T @ targets) * (scores.T @ scores)).sum())
    else:
        return 0.0
    if spread <= 0:
        return 1.0
    return 0.5 * erfc(total / sqrt(2 * spread / max(1, count - 1)))


_MOST_COLUMNS = 256


def _is_clustered(scores: Array) -> bool:
    """Tell whether scores that follow each other are alike."""
    rest = scores - scores.mean()
    total = float(rest @ rest)
    return bool(total) and float(rest[1:] @ rest[:-1]) / total > 3 / sqrt(len(rest)) + 0.05


def _above_zero(values: Array, fewer: float) -> float:
    """Return the chance by a t test, of ``fewer`` times fewer observations than there are values.

    As in `ce_core.read.significance.paired` it is never below that of all signs being the same.
    """
    count = len(values) / fewer
    if count <= 1.5:
        return 1.0
    mean, spread = float(values.mean()), float(values.std(ddof=1))
    if mean <= 0:
        return 1.0
    least = float(0.5 ** min(count, 1000.0))
    return max(student_tail(mean / spread * sqrt(count), count - 1), least) if spread else least


def _means(values: Array, groups: Array) -> Array:
    _, which = np.unique(groups, return_inverse=True)
    return np.asarray(np.bincount(which, weights=values) / np.bincount(which))


def _fewer_by_neighbours(means: Array) -> float:
    """Return how many times fewer observations a series is worth: (1 + r)/(1 - r), r its correlation with the next."""
    rest = means - means.mean()
    total = float(rest @ rest)
    if len(means) < 8 or total <= _ROUNDING * float(means @ means):
        return 1.0
    correlation = min(0.99, max(0.0, float(rest[1:] @ rest[:-1]) / total - 1 / sqrt(len(means))))
    return (1 + correlation) / (1 - correlation)


def _fewer_rows(values: Array, labels: Array | None) -> float:
    """Return how many times fewer observations rows are worth, as those that follow each other are alike.

    What a label makes of a row is taken out before: rows may be sorted by class.
    """
    rest = values - values.mean()
    if labels is not None:
        _, which = np.unique(labels, return_inverse=True)
        rest = values - (np.bincount(which, weights=values) / np.bincount(which))[which]
    total = float(rest @ rest)
    if total <= _ROUNDING * float(values @ values):
        return 1.0
    return max(_by_lags(rest, total), _by_stretches(rest, total) if len(rest) >= _ENOUGH_ROWS else 1.0)


def _by_lags(rest: Array, total: float) -> float:
    """Return 1 + 2 Σ r, over the correlations of neighbours, of the next neighbours, until they are none."""
    count, fewer = len(rest), 1.0
    for lag in range(1, min(_MOST_LAG, count // 2)):
        correlation = float(rest[lag:] @ rest[:-lag]) / total
        if correlation < (3 / sqrt(count) + 0.05 if lag == 1 else 0.05):
            break
        fewer += 2 * correlation
    return fewer


def _by_stretches(rest: Array, total: float) -> float:
    """Return by how much more the means of stretches vary than those of unlike rows."""
    edges = np.arange(_STRETCHES) * len(rest) // _STRETCHES
    sizes = np.diff(np.r_[edges, len(rest)])
    means = np.add.reduceat(rest, edges) / sizes
    ratio = float((means * means * sizes).mean()) * len(rest) / total
    return ratio if ratio > _ALIKE else 1.0
