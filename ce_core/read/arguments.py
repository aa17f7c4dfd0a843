"""Python arguments of another type than they can have, each refused in one line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ce_core.errors import CepickError


def check_types(*, loss: Any, label_smoothing: Any, clip: Any, class_names: Any) -> None:
    """Raise for the first argument of an evaluation that is of a type it cannot have.

    >>> check_types(loss="nll", label_smoothing=0.1, clip="keras", class_names=["a", "b"])
    >>> check_types(loss="nll", label_smoothing="0.1", clip=None, class_names=None)
    Traceback (most recent call last):
    ...
    ce_core.errors.CepickError: label_smoothing: '0.1' is not a number; pass one from 0 to 1, such as 0.1
    """
    wrong = (
        (loss, loss is None or isinstance(loss, str), "loss", "a name; pass an id such as 'nll', or None"),
        (label_smoothing, _is_number(label_smoothing), "label_smoothing", _SMOOTHING),
        (clip, clip is None or isinstance(clip, str) or _is_number(clip), "clip", _CLIP),
        (class_names, class_names is None or _are_names(class_names), "class_names", _NAMES),
    )
    for value, fits, name, says in wrong:
        if not fits:
            raise CepickError(f"{name}: {value!r} is not {says}")


_SMOOTHING = "a number; pass one from 0 to 1, such as 0.1"
_CLIP = "a number; pass one such as 1e-7, the name of a policy, or None"
_NAMES = "a list of names; pass one for each class, or None"


def is_whole(value: Any) -> bool:
    """Tell whether a value is a whole number, and no truth value."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, (bool, np.bool_))


def _is_number(value: Any) -> bool:
    real = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    return real or (isinstance(value, np.ndarray) and value.ndim == 0 and value.dtype.kind in "iuf")


def _are_names(value: Any) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, (str, bytes))
