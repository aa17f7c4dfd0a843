"""Hidden features, the last layer and labels: read, turned the right way, and held against each other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ce_core.arrays import Source, from_object, read_pair
from ce_core.arrays.convert import BFLOAT16_IF_RAW
from ce_core.errors import CepickError


@dataclass(frozen=True, kw_only=True, eq=False)
class FeatureInputs:
    """What a loss from hidden features takes."""

    features: Source
    """[..., D]"""
    labels: Source
    """As they were handed over."""
    head: Source
    bias: Source | None
    weights: np.ndarray
    """[K, D]: a row for each class."""
    biases: np.ndarray | None
    """[K]"""
    names: tuple[str, ...] | None
    """The names of the classes, where the head's columns have some."""
    several: np.ndarray | None
    """[examples, T], where each example has T true classes; None where it has one."""
    note: str
    """How the head was read."""

    @property
    def classes(self) -> int:
        """Return how many classes the head has."""
        return len(self.weights)

    @property
    def first_labels(self) -> Source:
        """Return one label for each example: the first of several."""
        if self.several is None:
            return self.labels
        return replace(self.labels, array=self.several[:, 0].reshape(self.features.array.shape[:-1]))

    def logits_source(self) -> Source:
        """Return what stands for the logits [..., K] where only their shape is looked at: no value is held."""
        shape = (*self.features.array.shape[:-1], self.classes)
        return replace(
            self.features, array=np.broadcast_to(np.zeros((), np.float32), shape), columns=self.names, note=()
        )


def read_features(
    features: Any,
    labels: Any,
    head: Any,
    bias: Any,
    *,
    num_true: int | None,
    loss: str,
    target_column: str | None,
    dtype: str | None,
) -> FeatureInputs:
    """Return the arrays, read and held against each other.

    Raises:
        CepickError: for arrays that cannot be read, or whose shapes do not fit.
    """
    first, second = _pair(features, labels, target_column, dtype)
    if_raw = None if dtype is None else BFLOAT16_IF_RAW
    last = from_object(head, "head", if_raw).require_numbers()
    third = None if bias is None else from_object(bias, "bias", if_raw).require_numbers()
    shape = first.array.shape
    if len(shape) < 2 or not first.array.size:
        raise CepickError(
            f"{first.name}: shape {list(shape)} where hidden features are needed; pass [N, D], a row for each example",
            code="CE301",
        )
    weights, turned, note = _turned(last, first)
    if third is not None and third.array.shape != weights.shape[:1]:
        raise CepickError(
            f"{third.name}: shape {list(third.array.shape)} does not fit {last.name} of shape "
            f"{list(last.array.shape)}; pass {len(weights)} numbers, one for each class",
            code="CE301",
        )
    several = _several(second, first, num_true, loss)
    return FeatureInputs(
        features=first,
        labels=second,
        head=last,
        bias=third,
        weights=weights,
        biases=None if third is None else third.whole,
        names=last.columns if turned and last.columns and len(last.columns) == len(weights) else None,
        several=several,
        note=note,
    )


def _pair(features: Any, labels: Any, target_column: str | None, dtype: str | None) -> tuple[Source, Source]:
    paths = all(isinstance(each, str) or hasattr(each, "__fspath__") for each in (features, labels))
    one_file = labels is None and (isinstance(features, str) or hasattr(features, "__fspath__"))
    if paths or one_file:
        first, second = read_pair(
            str(features), None if labels is None else str(labels), target_column=target_column, dtype=dtype
        )
    elif labels is None:
        raise CepickError("labels: none were given; pass them, or one CSV file that holds both")
    else:
        first, second = from_object(features, "features", dtype), from_object(labels, "labels")
    return first.require_numbers(), second


def _turned(head: Source, features: Source) -> tuple[np.ndarray, bool, str]:
    """Return the head as [K, D], whether it was turned for that, and a note that says how it was read."""
    array, width = head.whole, features.array.shape[-1]
    shape = list(array.shape)
    if array.ndim == 2 and array.size and array.shape[1] == width:
        note = f"{head.name}: shape {shape}, a row of {width} weights for each of {len(array)} classes"
        if array.shape[0] == width:
            note += "; as many classes as features, so it could be turned: if each class is a column, transpose it"
        return array, False, note
    if array.ndim == 2 and array.size and array.shape[0] == width:
        classes = array.shape[1]
        return (
            array.T,
            True,
            f"{head.name}: shape {shape}, a column of {width} weights for each of {classes} classes",
        )
    raise CepickError(
        f"{head.name}: shape {shape} does not fit {features.name} of shape {list(features.array.shape)}; "
        f"pass the last layer's weights, [K, {width}] or [{width}, K] for K classes",
        code="CE301",
    )


def _several(labels: Source, features: Source, num_true: int | None, loss: str) -> np.ndarray | None:
    """Return [examples, T] of labels where each example has several true classes; None where it has one."""
    shape, positions = labels.array.shape, features.array.shape[:-1]
    one = shape == positions or shape == (*positions, 1)
    width = 1 if one else shape[-1] if shape and shape[:-1] == positions else 0
    sampled = loss != "linear_softmax_cross_entropy"
    if not width or (width > 1 and (not sampled or num_true is None)):
        several = f", or say --num-true {width} if each has so many" if sampled and width else ""
        raise CepickError(
            f"{labels.name}: shape {list(shape)} does not pair with {features.name} of shape "
            f"{list(features.array.shape)}; pass one class index for each example, shape {list(positions)}{several}",
            code="CE301",
        )
    if num_true is not None and num_true != width:
        raise CepickError(
            f"num_true: {num_true} true classes were said, and {labels.name} of shape {list(shape)} holds {width} "
            "for each example; leave it out, or pass labels of as many",
            code="CE301",
        )
    return None if width == 1 else labels.require_numbers().whole.reshape(-1, width)
