"""Sampled classes with the counts that the log Q correction needs, and what makes them valid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ce_core.errors import CepickError
from ce_core.kernels import _shapes
from ce_core.kernels._shapes import FloatArray, IndexArray


@dataclass(frozen=True, kw_only=True, eq=False)
class Candidates:
    """Hold the classes that were sampled for a batch, and how often each class was expected among them.

    What TensorFlow calls ``sampled_values``, in its order. The counts Q are what ``log Q`` is subtracted of.

    Raises:
        CepickError: for shapes that do not pair, classes that are negative or fractional, or counts that
            are not numbers of at least 0; of a sampled class, above 0.

    Source: https://www.tensorflow.org/extras/candidate_sampling.pdf

    >>> Candidates(sampled=[2, 0], true_expected_count=[0.5, 0.5], sampled_expected_count=[0.5, 0.9]).num_true
    1
    """

    sampled: IndexArray
    """The sampled classes [S]; a class may be there twice if the sampler was not unique."""
    true_expected_count: FloatArray
    """The expected count of each true class [N, num_true]; given as [N], it becomes [N, 1]."""
    sampled_expected_count: FloatArray
    """The expected count of each sampled class [S]."""
    num_tries: float | None = None
    """How many draws the unique classes took, where it is known."""

    def __post_init__(self) -> None:
        sampled = class_ids(self.sampled, "sampled")
        if sampled.ndim != 1 or not sampled.size:
            raise CepickError(f"sampled: shape {sampled.shape} is not [S]; give one list of sampled classes")
        true = _counts(self.true_expected_count, "true_expected_count")
        if true.ndim == 1:
            true = true[:, None]
        if true.ndim != 2 or not true.shape[1]:
            raise CepickError(
                f"true_expected_count: shape {true.shape} is not [N, num_true]; give one count for each label",
                code="CE301",
            )
        expected = _counts(self.sampled_expected_count, "sampled_expected_count")
        if expected.shape != sampled.shape:
            raise CepickError(
                f"sampled_expected_count: shape {expected.shape} does not equal the shape {sampled.shape} "
                "of sampled; give one count for each sampled class",
                code="CE301",
            )
        if not expected.all():
            raise CepickError(
                f"sampled_expected_count: 0.0 for class {int(sampled[expected.argmin()])}, which was sampled; "
                "give the expected counts of the sampler that drew it"
            )
        for field, value in (
            ("sampled", sampled),
            ("true_expected_count", true),
            ("sampled_expected_count", expected),
        ):
            object.__setattr__(self, field, value)

    @property
    def num_true(self) -> int:
        """Return how many true classes each example has."""
        return int(self.true_expected_count.shape[1])


def class_ids(classes: npt.ArrayLike, name: str, count: int | None = None) -> IndexArray:
    """Return classes of any shape as indices of at least 0, and below ``count`` where it is given."""
    array = _shapes.real_array(classes, name)
    # One column for each class that may be: the check of labels, with K unknown where count is None.
    bound = np.iinfo(np.intp).max if count is None else count
    return _shapes.index_labels(array, (*array.shape, bound), array.ndim, "classes", name)


def label_matrix(labels: npt.ArrayLike, count: int) -> IndexArray:
    """Return the labels of a batch as [N, num_true] classes below ``count``; [N] becomes [N, 1]."""
    array = class_ids(labels, "labels", count)
    if array.ndim == 1:
        array = array[:, None]
    if array.ndim != 2 or not array.shape[1]:
        raise CepickError(
            f"labels: shape {array.shape} is neither [N] nor [N, num_true]; give one row for each example",
            code="CE301",
        )
    return array


def _counts(values: npt.ArrayLike, name: str) -> FloatArray:
    counts = _shapes.as_float64(values, name)
    wrong = ~((counts >= 0) & (counts < np.inf))
    if wrong.any():
        raise CepickError(
            f"{name}: {counts[wrong][0].item()!r} is not an expected count; give numbers from 0"
        )
    return counts
