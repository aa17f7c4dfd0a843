"""Candidates and unigram counts from files."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ce_core.arrays import read_array
from ce_core.arrays.paths import extension_of, open_binary, split_key
from ce_core.errors import CepickError
from ce_core.kernels._shapes import FloatArray
from ce_core.sampling.candidates import Candidates
from ce_core.sampling.samplers import Sampler

KEYS = ("sampled", "true_expected_count", "sampled_expected_count")
"""The arrays of a file of candidates, in the order of TensorFlow's ``sampled_values``."""


def read_candidates(
    path: str,
    labels: npt.ArrayLike,
    *,
    sampler: Sampler | None = None,
    unique: bool = True,
    num_tries: float | None = None,
) -> Candidates:
    """Read the candidates that a framework drew for these labels.

    Use it to reproduce a logged sampled loss. An ``.npz`` with the arrays sampled, true_expected_count and
    sampled_expected_count holds all that is needed. An ``.npz`` with sampled alone, ``file.npz:key``, or any
    other array holds the ids, and ``sampler`` computes the counts as in ``Sampler.candidates``, which
    ``unique`` and ``num_tries`` are for.

    Shapes: sampled [S], true_expected_count [N, num_true], sampled_expected_count [S].

    Raises:
        CepickError: for a file that cannot be read, holds one count without the other, holds no counts when
            no sampler is given, or does not fit the labels.

    >>> import pathlib, tempfile
    >>> from ce_core.sampling import Uniform
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = str(pathlib.Path(folder, "ids.npy"))
    ...     np.save(path, [4, 1])
    ...     read_candidates(path, [0], sampler=Uniform(classes=8), unique=False).sampled_expected_count
    array([0.25, 0.25])
    """
    found = _arrays(path)
    counts = [key for key in KEYS[1:] if key in found]
    if len(counts) == 1:
        missing = next(key for key in KEYS[1:] if key not in found)
        raise CepickError(f"{path}: has {counts[0]} and no {missing}; save both, or neither")
    try:
        if counts:
            candidates = Candidates(
                sampled=found[KEYS[0]],
                true_expected_count=found[KEYS[1]],
                sampled_expected_count=found[KEYS[2]],
            )
        elif sampler is None:
            raise CepickError("holds no expected counts; name the sampler that drew the classes")
        else:
            candidates = sampler.candidates(found[KEYS[0]], labels, unique=unique, num_tries=num_tries)
    except CepickError as error:
        raise CepickError(f"{path}: {error}", code=error.code) from None
    rows = np.shape(labels) if np.ndim(labels) == 2 else (*np.shape(labels), 1)
    if candidates.true_expected_count.shape != rows:
        raise CepickError(
            f"{path}: true_expected_count of shape {candidates.true_expected_count.shape} does not fit labels "
            f"of shape {np.shape(labels)}; give the candidates that were drawn for these labels",
            code="CE301",
        )
    return candidates


def has_expected_counts(path: str) -> bool:
    """Tell whether a file of candidates holds their expected counts, so that no sampler need compute them.

    Use it to know whether the sampler that is named has any effect.

    Raises:
        CepickError: for a file that cannot be read.
    """
    return any(key in _arrays(path) for key in KEYS[1:])


def read_unigrams(path: str) -> FloatArray:
    r"""Read the counts of a vocabulary file: the last field of each line, the fields divided by commas.

    Use it for the ``unigrams`` of a fixed-unigram sampler. Empty lines are skipped, as TensorFlow does.

    Raises:
        CepickError: for a file that cannot be read, or a line whose last field is not a number.

    Source: https://www.tensorflow.org/api_docs/python/tf/random/fixed_unigram_candidate_sampler

    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "vocabulary.csv")
    ...     _ = path.write_text("the,500\nof,300\n")
    ...     read_unigrams(str(path))
    array([500., 300.])
    """
    counts = []
    with open_binary(path) as stream:
        for number, line in enumerate(stream, start=1):
            if not line.strip():
                continue
            last = line.rsplit(b",", 1)[-1].strip()
            try:
                counts.append(float(last))
            except ValueError:
                text = last.decode("utf-8", "replace")
                raise CepickError(
                    f"{path}: line {number} ends with {text!r}, not a number; end each line with a count"
                ) from None
    return np.array(counts)


def _arrays(path: str) -> dict[str, np.ndarray]:
    """Return the arrays of a file by name; one array that has no such name is the sampled classes."""
    file, key = split_key(path)
    if extension_of(file) != (".npz", False) or key is not None:
        return {KEYS[0]: _numbers(path)}
    present = [name for name in KEYS if name in _names(file)]
    if KEYS[0] in present:
        return {name: _numbers(f"{file}:{name}") for name in present}
    if present:
        raise CepickError(f"{path}: has {present[0]} and no {KEYS[0]}; save the sampled classes too")
    return {KEYS[0]: _numbers(file)}


def _numbers(path: str) -> np.ndarray:
    return read_array(path).require_numbers().whole


def _names(file: str) -> set[str]:
    import zipfile

    with open_binary(file) as stream:
        try:
            with zipfile.ZipFile(stream) as archive:
                return {name.removesuffix(".npy") for name in archive.namelist()}
        except zipfile.BadZipFile:
            raise CepickError(f"{file}: is truncated or corrupt; save it again with numpy.savez") from None
