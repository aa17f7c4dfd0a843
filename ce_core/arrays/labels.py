"""Turn class names into class indices."""

from __future__ import annotations

import re

import numpy as np

from ce_core.arrays.source import Source
from ce_core.arrays.stored import Converted, Stored
from ce_core.errors import CepickError, did_you_mean


class Labels(Stored):
    """Labels that are held as numbers: ``labels`` are their names, each once, in sorted order."""

    def __init__(self, labels: tuple[str, ...], numbers: np.ndarray) -> None:
        self.labels, self.numbers, self.shape = labels, numbers, numbers.shape
        self._names = np.array(labels, dtype=str)
        self.dtype = self._names.dtype

    def read(self, start: int, stop: int) -> np.ndarray:
        """Return a run of labels as text."""
        return self._names.take(self.numbers[start:stop])

    def indices(self, of_labels: np.ndarray) -> Stored:
        """Return for each label the index that its name has."""
        return Converted(_Held(self.numbers), of_labels.take, dtype=of_labels.dtype)


class _Held(Stored):
    """An array in memory."""

    def __init__(self, values: np.ndarray) -> None:
        self.values, self.shape, self.dtype = values, values.shape, values.dtype

    def read(self, start: int, stop: int) -> np.ndarray:
        return self.values[start:stop]


def encode_labels(
    values: np.ndarray | Stored, names: tuple[str, ...] | None, source: Source | None = None
) -> tuple[np.ndarray | Stored, tuple[str, ...], str]:
    """Return the index of each label, the names in the order of the indices, and how they were matched.

    Labels are matched with the names when these cover every label, also when all names share a prefix
    (`prob_cat`, `prob_dog`). A single name is that of class 1. Where no label is among the names, or there
    are none, the sorted order of the labels counts, as in scikit-learn.

    values: text, any shape; `Labels` stay as small as they are, and so do their indices. names: the header above the
        predictions. source: what errors call the values by.

    Raises `CepickError` when the names cover some of the labels only.

    >>> encode_labels(np.array(["dog", "cat", "dog"]), ("dog", "cat"))
    (array([0, 1, 0]), ('dog', 'cat'), "labels are matched with the header's class names")
    >>> encode_labels(np.array(["dog", "cat", "dog"]), None)
    (array([1, 0, 1]), ('cat', 'dog'), 'labels are numbered in their sorted order')
    """
    if isinstance(values, Labels):
        labels, inverse = values.labels, values.numbers
    else:
        values = np.asarray(values)
        found, inverse = np.unique(values, return_inverse=True)
        inverse = inverse.reshape(values.shape)
        labels = tuple(found.tolist())
    order, how = _match(labels, names or ())
    if order is None:
        raise _unknown_label(labels, names or (), inverse, source)
    positions = {name: position for position, name in enumerate(order)}
    indices = np.array([positions[label] for label in labels], dtype=np.int64)
    if isinstance(values, Labels):
        return values.indices(indices), order, how
    return indices[inverse], order, how


def _match(labels: tuple[str, ...], names: tuple[str, ...]) -> tuple[tuple[str, ...] | None, str]:
    if len(names) == 1:
        return _match_single(labels, names[0])
    prefix = _common_prefix(names)
    bare = tuple(name.removeprefix(prefix) for name in names)
    if set(labels) <= set(names):
        return names, "labels are matched with the header's class names"
    if prefix and set(labels) <= set(bare):
        return bare, f"labels are matched with the header's class names without their prefix {prefix!r}"
    if any(label in names or label in bare for label in labels):
        return None, ""
    return labels, "labels are numbered in their sorted order" + (
        ", as none of them is in the header" if names else ""
    )


def _common_prefix(names: tuple[str, ...]) -> str:
    """Return what all names start with, up to a separator: `prob_` of `prob_cat` and `prob_camel`."""
    shared = 0
    # The first and the last in sorted order differ no later than any other two.
    for first, last in zip(min(names, default=""), max(names, default=""), strict=False):
        if first != last:
            break
        shared += 1
    found = re.match(r".*[\W_]", names[0][:shared]) if names else None
    return found.group() if found else ""


def _match_single(labels: tuple[str, ...], name: str) -> tuple[tuple[str, ...] | None, str]:
    """Take the name of the only column of scores for the class that is 1."""
    last_word = re.split(r"[\W_]+", name)[-1]
    positive = next((label for label in labels if label in (name, last_word)), None)
    if positive is None or len(labels) > 2:
        return labels, "labels are numbered in their sorted order"
    others = [label for label in labels if label != positive]
    return (
        *(others or [f"not {positive}"]),
        positive,
    ), f"the column {name!r} is the score of {positive!r}, which is 1"


def _unknown_label(
    labels: tuple[str, ...], names: tuple[str, ...], inverse: np.ndarray, source: Source | None
) -> CepickError:
    bare = tuple(name.removeprefix(_common_prefix(names)) for name in names)
    known = names if any(label in names for label in labels) else bare
    unknown = next(position for position, label in enumerate(labels) if label not in known)
    at = np.argwhere(inverse == unknown)[0]
    row = int(at[0]) if at.size else 0
    line = source.line_of(row) if source else None
    where = f"row {row} (counted from 0)" if line is None else f"line {line}"
    called = source.name if source else "targets"
    remedy = did_you_mean(labels[unknown], known)
    return CepickError(
        f"{called}: {where}: the label {labels[unknown]!r} is not among the class names; {remedy}"
    )
