"""What is sent to the workers of a cluster, and what they do with it: paths and numbers go there, sums come back."""

from __future__ import annotations

import io
import pickle
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np

from ce_core._version import __version__
from ce_core.arrays import Source, Stored, from_object
from ce_core.arrays.openings import Opening, Window
from ce_core.arrays.stored import Converted
from ce_core.compute.jobs import Job
from ce_core.compute.sums import Total
from ce_core.errors import CepickError
from ce_core.read.blocks import span_at
from ce_core.read.counting import Counting, make_counting
from ce_core.read.prepare import Prepared

_BESIDE = ("mask", "lengths", "sample_weights")


@dataclass(frozen=True, kw_only=True, eq=False)
class Shared:
    """What is the same for every piece: the task, the modifiers and the job. The arrays are named, not held."""

    token: str
    version: str
    content: bytes
    beside: Mapping[str, str]
    ignored_labels: tuple[int, ...]
    rows: int
    """How many positions a piece has at most."""

    @classmethod
    def of(cls, token: str, prepared: Prepared, job: Job, beside: Mapping[str, str]) -> Shared:
        """Return what a job on two prepared arrays needs to know of them."""
        named = {
            id(source): name for name in _BESIDE if (source := getattr(prepared.settings, name)) is not None
        }
        bare = replace(
            prepared,
            predictions=_bare(prepared.predictions),
            targets=_bare(prepared.targets),
            counting=cast(Any, None),
        )
        stream = io.BytesIO()
        _Pickler(stream, named).dump((bare, job))
        return cls(
            token=token,
            version=__version__,
            content=stream.getvalue(),
            beside=beside,
            ignored_labels=prepared.counting.ignored_labels,
            rows=prepared.piece_rows,
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Pieces:
    """Pieces that follow each other, by their numbers, and the files that hold them."""

    first: int
    stop: int
    predictions: Window
    targets: Window
    text: tuple[str, ...] | None = None
    """The names of the classes, where the files hold names in place of class indices."""


class _Pickler(pickle.Pickler):
    """Writes the name of an array that has one entry for each row where the array itself would be."""

    def __init__(self, stream: io.BytesIO, named: Mapping[int, str]) -> None:
        super().__init__(stream, protocol=pickle.HIGHEST_PROTOCOL)
        self._named = named

    def persistent_id(self, value: Any) -> str | None:
        """Return the name of such an array."""
        return self._named.get(id(value))


class _Unpickler(pickle.Unpickler):
    """Opens the array of a name."""

    def __init__(self, stream: io.BytesIO, beside: Mapping[str, str]) -> None:
        super().__init__(stream)
        self._beside = beside
        self._opened: dict[str, Source] = {}

    def persistent_load(self, name: str) -> Source:
        """Return the array, read once."""
        if name not in self._opened:
            self._opened[name] = from_object(self._beside[name], name)
        return self._opened[name]


def _bare(source: Source) -> Source:
    empty = Window((), (), start=0, shape=source.array.shape, dtype=source.array.dtype)
    return replace(source, array=empty, first_line=None, lines=None, lengths=None)


class _Loaded:
    """The last of what was shared, kept by each process: its pieces come one after the other."""

    _MOST = 2

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._held: OrderedDict[str, tuple[Prepared, Job]] = OrderedDict()

    def get(self, shared: Shared) -> tuple[Prepared, Job]:
        with self._lock:
            if shared.token not in self._held:
                self._held[shared.token] = _load(shared)
                while len(self._held) > self._MOST:
                    self._held.popitem(last=False)
            return self._held[shared.token]


def _load(shared: Shared) -> tuple[Prepared, Job]:
    if shared.version != __version__:
        raise CepickError(
            f"engine: a worker has cepick {__version__}, and this is {shared.version}; install the same everywhere"
        )
    prepared, job = _Unpickler(io.BytesIO(shared.content), shared.beside).load()
    counting = make_counting(
        prepared.predictions.array,
        prepared.targets.array,
        prepared.layout,
        prepared.settings,
        ignored_labels=shared.ignored_labels,
        label_base=prepared.said.label_base or 0,
    )
    return replace(prepared, counting=counting), job


_LOADED = _Loaded()


def do(shared: Shared, pieces: Pieces, topic: str | None = None) -> Any:
    """Do the job on some pieces, one after the other, and return the sum of its results."""
    prepared, job = _LOADED.get(shared)
    layout = prepared.layout
    targets: Stored = pieces.targets
    if pieces.text is not None:
        targets = Converted(targets, _Indices(pieces.text), dtype=np.int64)
    counting: Counting = replace(
        prepared.counting,
        predictions=layout.predictions_view(pieces.predictions),
        targets=layout.targets_view(targets),
    )
    one = job.on(replace(prepared, counting=counting))
    total: Total[Any] | None = None
    positions = 0
    for number in range(pieces.first, pieces.stop):
        span = span_at(layout.positions, shared.rows, number)
        found = one(span)
        if total is None:
            total = Total(found)
        total.take(found)
        positions += span.stop - span.start
    assert total is not None
    if topic is not None:
        from distributed import get_worker

        get_worker().log_event(topic, {"first": pieces.first, "positions": positions})
    return total.sum()


def merge(parts: Sequence[Any]) -> Any:
    """Return the sum of results that follow each other."""
    total = Total(parts[0])
    for part in parts:
        total.take(part)
    return total.sum()


class _Indices:
    """From names of classes to their indices."""

    def __init__(self, names: Sequence[str]) -> None:
        self._places = {name: at for at, name in enumerate(names)}

    def __call__(self, values: np.ndarray) -> np.ndarray:
        found, inverse = np.unique(values, return_inverse=True)
        places = np.array([self._places[each] for each in found.tolist()], dtype=np.int64)
        return np.asarray(places[inverse.reshape(values.shape)])


def windows(openings: Sequence[Opening], source: Source, *, text: bool = False) -> Window:
    """Return all the files of an array as one window; ``text`` where they hold names of classes."""
    array = source.array
    lengths = source.lengths or (len(array),)
    return Window(openings, lengths, start=0, shape=array.shape, dtype=array.dtype, text=text)
