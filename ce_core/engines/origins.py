"""Where the arrays of an evaluation are, for workers that open the files by themselves."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ce_core.arrays.openings import Opening, openings
from ce_core.arrays.paths import is_url
from ce_core.errors import CepickError


@dataclass(frozen=True, kw_only=True)
class Origins:
    """How each file of the predictions and of the targets is opened, and the paths of what goes row by row."""

    predictions: tuple[Opening, ...]
    targets: tuple[Opening, ...]
    beside: Mapping[str, str] = field(default_factory=dict)
    """``mask``, ``lengths`` and ``sample_weights``, as far as they are given."""


def origins_of(
    predictions: Any,
    targets: Any,
    *,
    parts: Sequence[tuple[Any, Any]] = (),
    target_column: str | None = None,
    dtype: str | None = None,
    beside: Mapping[str, Any],
) -> Origins:
    """Return where two arrays are and what goes with them, or refuse what is in memory here."""
    given = {"predictions": predictions, **({} if targets is None else {"targets": targets})}
    for name, value in (given | dict(beside)).items():
        if value is not None and not isinstance(value, (str, os.PathLike)):
            raise CepickError(
                f"{name}: is in memory here, and the workers of Dask open files; save it, and pass the path"
            )
    one, other = openings(
        os.fspath(predictions),
        None if targets is None else os.fspath(targets),
        target_column=target_column,
        dtype=dtype,
        parts=[(os.fspath(one), os.fspath(other)) for one, other in parts],
    )
    paths = {name: os.fspath(value) for name, value in beside.items() if value is not None}
    return Origins(
        predictions=one,
        targets=other,
        beside={name: each if is_url(each) else os.path.abspath(each) for name, each in paths.items()},
    )


def refuse_with_dask(wanted: Mapping[str, Any]) -> None:
    """Refuse what has a number for every row, or needs the arrays in one place: argument by argument.

    >>> refuse_with_dask({"losses_to": None, "frameworks": False})
    >>> refuse_with_dask({"losses_to": "l.npy"})  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    ce_core.errors.CepickError: losses_to: is not computed by the engine 'dask', whose workers send back sums only; ...
    """
    for name, value in wanted.items():
        if value:
            raise CepickError(
                f"{name}: is not computed by the engine 'dask', whose workers send back sums only; leave it out, "
                "or use threads"
            )
