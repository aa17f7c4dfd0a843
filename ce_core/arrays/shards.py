"""Many files as one array: a glob, a folder, or parts that are named one by one, in the order people count."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np

from ce_core.arrays.numbered import natural
from ce_core.arrays.paths import STORES, extension_of, is_url, split_key
from ce_core.arrays.source import Source
from ce_core.arrays.stored import Joined
from ce_core.errors import CepickError

_PATTERN = "*?["


def shards_of(path: str, readable: Sequence[str]) -> list[str] | None:
    """Return the files that a glob or a folder stands for, in natural order, or None where a path is one file.

    readable: the extensions that a folder is searched for.
    """
    file, key = split_key(path)
    pattern = any(each in file for each in _PATTERN)
    if is_url(file):
        from ce_core.arrays.remote import listed

        if not pattern and not file.endswith("/"):
            return None
        found = [each for each in listed(file.rstrip("/")) if pattern or extension_of(each)[0] in readable]
    elif os.path.exists(file):
        if not os.path.isdir(file) or file.rstrip("/").lower().endswith(STORES):
            return None
        with os.scandir(file) as entries:
            names = [each.name for each in entries if not each.name.startswith((".", "_"))]
        found = [os.path.join(file, each) for each in names if extension_of(each)[0] in readable]
    elif pattern:
        from glob import glob

        found = glob(file, recursive=True)
    else:
        return None
    if not found:
        what = "matches no file" if pattern else f"is a folder without a file of {', '.join(readable)}"
        raise CepickError(f"{path}: {what}; check the path")
    kinds = sorted({extension_of(each)[0] for each in found})
    if len(kinds) > 1:
        raise CepickError(
            f"{path}: names files of several kinds ({', '.join(kinds)}); name one, as in '*{kinds[0]}'"
        )
    return [each if key is None else f"{each}:{key}" for each in sorted(found, key=natural)]


def joined(sources: Sequence[Source], name: str) -> Source:
    """Return several arrays as one, one after the other along the first axis."""
    first = sources[0]
    for each in sources:
        _check_alike(each, first)
    if len(sources) == 1:
        return first
    decimals = [each.decimals for each in sources if each.decimals is not None]
    notes = dict.fromkeys(note for each in sources for note in each.note)
    text = first.precision == "text"
    return Source(
        array=np.concatenate([each.whole for each in sources])
        if text
        else Joined([each.array for each in sources]),
        name=name,
        precision=_together([each.precision for each in sources]),
        decimals=max(decimals) if decimals else None,
        columns=first.columns,
        lengths=tuple(len(each.array) for each in sources),
        note=(f"{name}: {len(sources)} files, {first.name} to {sources[-1].name}, read as one", *notes),
    )


def check_lengths(predictions: Sequence[Source], targets: Sequence[Source]) -> None:
    """Refuse parts that do not go together, file by file, before any value is read."""
    for one, other in zip(predictions, targets, strict=True):
        if not one.array.ndim or not other.array.ndim or len(one.array) == len(other.array):
            continue
        raise CepickError(
            f"{other.name}: {len(other.array):,} items against {len(one.array):,} in {one.name}; pair the parts",
            code="CE301",
        )


def _check_alike(each: Source, first: Source) -> None:
    if each.array.ndim == 0:
        raise CepickError(f"{each.name}: is a single number; each part holds examples")
    if each.array.shape[1:] != first.array.shape[1:]:
        raise CepickError(
            f"{each.name}: holds items of shape {list(each.array.shape[1:])}, and {first.name} of "
            f"{list(first.array.shape[1:])}; the parts of one array agree"
        )
    if (each.precision == "text") != (first.precision == "text"):
        raise CepickError(
            f"{each.name}: holds {each.precision}, and {first.name} {first.precision}; make them agree"
        )
    if each.columns != first.columns:
        raise CepickError(f"{each.name}: has other columns than {first.name}; give all parts the same header")


def _together(precisions: Sequence[str]) -> str:
    """Return the precision of values of which some have one, and others another: the coarsest that is a float's."""
    order = ("decimals", "bfloat16", "float16", "float32", "float64")
    return next((each for each in order if each in precisions), precisions[0])
