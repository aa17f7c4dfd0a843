"""The five candidate samplers: which class is drawn how often."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from ce_core.errors import CepickError, did_you_mean
from ce_core.kernels import _shapes
from ce_core.kernels._shapes import FloatArray, IndexArray
from ce_core.sampling import _draw
from ce_core.sampling.candidates import Candidates, class_ids, label_matrix

Seed = int | np.random.Generator


@dataclass(frozen=True, kw_only=True, eq=False)
class Sampler(ABC):
    """Draw classes for sampled losses, and say how often each class was to be expected.

    A sampler is a distribution P over K classes. ``sample`` draws from it with or without replacement.
    The draws are those of NumPy's generators: a framework's own draws with the same seed are others, but
    follow the same law, and the expected counts of the same draws are the same.

    Formula: the expected count of class c in S draws is ``S·P(c)``; in S unique classes that took T tries,
    ``1 − (1 − P(c))^T`` (an approximation: it takes the tries as fixed), or ``S·P(c)`` if T = S.

    Source: https://www.tensorflow.org/extras/candidate_sampling.pdf
    """

    name: ClassVar[str]
    """The sampler's name in :data:`SAMPLERS`."""
    classes: int
    """K: classes are drawn from [0, K)."""

    def __post_init__(self) -> None:
        if self.classes < 1:
            raise CepickError(f"classes: {self.classes!r} is below 1; give the number of classes")

    @abstractmethod
    def probabilities(self) -> FloatArray:
        """Return P, the probability [K] of each class in one draw."""

    def sample(
        self, true_classes: npt.ArrayLike, num_sampled: int, *, unique: bool = True, seed: Seed = 0
    ) -> Candidates:
        """Draw candidates for a batch whose true classes are [N] or [N, num_true].

        Raises:
            CepickError: for true classes outside [0, K), or more unique classes than can be drawn.

        >>> drawn = Uniform(classes=10).sample([3, 7], 4, unique=False, seed=1)
        >>> drawn.sampled.tolist(), drawn.true_expected_count.tolist()
        ([5, 9, 1, 9], [[0.4], [0.4]])
        """
        true = label_matrix(true_classes, self.classes)
        generator = _draw.generator_of(seed)
        sampled, tries = _draw.draw(self.probabilities(), num_sampled, unique, generator)
        return self._candidates(sampled, true, tries)

    def candidates(
        self,
        sampled: npt.ArrayLike,
        true_classes: npt.ArrayLike,
        *,
        unique: bool = True,
        num_tries: float | None = None,
    ) -> Candidates:
        """Return classes that were drawn elsewhere, with the expected counts that this sampler gives them.

        How many tries unique classes took is known only where they were drawn. Without ``num_tries`` it is
        the T in which so many distinct classes are to be expected: ``Σ_c 1 − (1 − P(c))^T = S``.

        Raises:
            CepickError: for classes outside [0, K), a class twice among unique ones, a class that the
                sampler never draws, or fewer tries than classes.

        >>> Uniform(classes=4).candidates([2, 0], [1], num_tries=3).sampled_expected_count
        array([0.578125, 0.578125])
        """
        ids = class_ids(sampled, "sampled", self.classes).reshape(-1)
        true = label_matrix(true_classes, self.classes)
        if unique and len(np.unique(ids)) < len(ids):
            raise CepickError("sampled: holds a class twice; say that the classes are not unique")
        if not unique:
            return self._candidates(ids, true, float(len(ids)))
        if num_tries is not None and num_tries < len(ids):
            raise CepickError(f"num_tries: {num_tries!r} cannot give {len(ids)} classes; give at least that")
        tries = _draw.expected_tries(self.probabilities(), len(ids)) if num_tries is None else num_tries
        return self._candidates(ids, true, float(tries))

    def _candidates(self, sampled: IndexArray, true: IndexArray, tries: float) -> Candidates:
        counts = _draw.expected_counts(self.probabilities(), len(sampled), tries)
        return Candidates(
            sampled=sampled,
            true_expected_count=counts[true],
            sampled_expected_count=counts[sampled],
            num_tries=tries,
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Uniform(Sampler):
    """Draw every class equally often.

    Use it when the classes are about equally common, or are in no order of frequency.

    Formula: ``P(c) = 1/K``.

    Source: https://www.tensorflow.org/api_docs/python/tf/random/uniform_candidate_sampler

    >>> Uniform(classes=4).probabilities()
    array([0.25, 0.25, 0.25, 0.25])
    """

    name: ClassVar[str] = "uniform"

    def probabilities(self) -> FloatArray:
        """Return P, the probability [K] of each class in one draw."""
        return np.full(self.classes, 1 / self.classes)


@dataclass(frozen=True, kw_only=True, eq=False)
class LogUniform(Sampler):
    """Draw classes as words are drawn from a language: class 0 the most often (Zipf's law).

    Use it only when the classes are sorted by falling frequency, which
    :func:`ce_core.sampling.frequency_sorted` measures. It is TensorFlow's default for both sampled losses.

    Formula: ``P(c) = (log(c + 2) − log(c + 1)) / log(K + 1)``.

    Source: https://www.tensorflow.org/api_docs/python/tf/random/log_uniform_candidate_sampler

    >>> LogUniform(classes=3).probabilities().round(4)
    array([0.5   , 0.2925, 0.2075])
    """

    name: ClassVar[str] = "log_uniform"

    def probabilities(self) -> FloatArray:
        """Return P, the probability [K] of each class in one draw."""
        return np.asarray(np.log1p(1 / np.arange(1.0, self.classes + 1)) / np.log1p(self.classes))


@dataclass(frozen=True, kw_only=True, eq=False)
class LearnedUnigram(Sampler):
    """Draw classes as often as they were seen as true classes, each counted once more than it was.

    Use it when the frequencies are not known beforehand. A new one draws uniformly; :meth:`learn` returns
    the sampler that has seen a batch. TensorFlow draws for a batch first and learns from it afterwards.

    Formula: ``P(c) = (1 + times seen) / (K + all seen)``.

    Source: https://www.tensorflow.org/api_docs/python/tf/random/learned_unigram_candidate_sampler

    >>> LearnedUnigram(classes=3).learn([2, 2, 0]).probabilities().round(4)
    array([0.3333, 0.1667, 0.5   ])
    """

    name: ClassVar[str] = "learned_unigram"
    seen: IndexArray | None = None
    """How often each class [K] was seen; None for never."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.seen is None:
            return
        counts = class_ids(self.seen, "seen")
        if counts.shape != (self.classes,):
            raise CepickError(
                f"seen: shape {counts.shape} does not fit {self.classes} classes; give one count for each",
                code="CE301",
            )
        object.__setattr__(self, "seen", counts)

    def learn(self, true_classes: npt.ArrayLike) -> LearnedUnigram:
        """Return the sampler that has seen these true classes too; this one stays as it is."""
        ids = class_ids(true_classes, "true_classes", self.classes).reshape(-1)
        counts = np.bincount(ids, minlength=self.classes)
        return replace(self, seen=counts if self.seen is None else counts + self.seen)

    def probabilities(self) -> FloatArray:
        """Return P, the probability [K] of each class in one draw."""
        counts = np.ones(self.classes) if self.seen is None else 1.0 + self.seen
        return np.asarray(counts / counts.sum())


@dataclass(frozen=True, kw_only=True, eq=False)
class FixedUnigram(Sampler):
    """Draw classes by counts that are given, flattened by a power.

    Use it when the frequencies are known; a distortion of 0.75 is word2vec's. Reserved classes, the first
    ones, are never drawn. As labels they have an expected count of 0, and no loss that subtracts log Q.

    Formula: ``P(c) = unigrams[c − reserved]^distortion / Σ``, and 0 for c below reserved.

    Raises:
        CepickError: unless reserved and given classes make K, and the counts are numbers from 0, some above.

    Source: https://www.tensorflow.org/api_docs/python/tf/random/fixed_unigram_candidate_sampler

    >>> FixedUnigram(classes=3, unigrams=[1, 4], distortion=0.5, num_reserved_ids=1).probabilities().round(4)
    array([0.    , 0.3333, 0.6667])
    """

    name: ClassVar[str] = "fixed_unigram"
    unigrams: npt.ArrayLike = field()
    """The count, or relative probability, of each class that is not reserved, in order."""
    distortion: float = 1.0
    """The power: 1 leaves the counts, 0 makes them all equal."""
    num_reserved_ids: int = 0
    """How many first classes are never drawn."""

    def __post_init__(self) -> None:
        super().__post_init__()
        counts = _shapes.as_float64(self.unigrams, "unigrams")
        if self.num_reserved_ids < 0:
            raise CepickError(f"num_reserved_ids: {self.num_reserved_ids!r} is below 0; give 0 for none")
        if not 0 <= self.distortion < np.inf:
            raise CepickError(f"distortion: {self.distortion!r} is not a number from 0; 1 leaves the counts")
        if counts.shape != (max(0, self.classes - self.num_reserved_ids),):
            raise CepickError(
                f"unigrams: shape {counts.shape} and {self.num_reserved_ids} reserved classes do not make "
                f"{self.classes} classes; give one count for each class that is not reserved",
                code="CE301",
            )
        if not (np.all(counts >= 0) and 0 < counts.sum() < np.inf):
            raise CepickError("unigrams: these are no counts; give finite numbers of at least 0, some above")
        object.__setattr__(self, "unigrams", counts)

    def probabilities(self) -> FloatArray:
        """Return P, the probability [K] of each class in one draw."""
        powers = np.power(_shapes.as_float64(self.unigrams, "unigrams"), self.distortion)
        return np.concatenate([np.zeros(self.num_reserved_ids), powers / powers.sum()])


@dataclass(frozen=True, kw_only=True, eq=False)
class AllCandidates(Sampler):
    """Take every class once: no sampling at all, for tests.

    With accidental hits removed, sampled softmax with these candidates is the full softmax loss.

    Formula: every expected count is 1.

    Source: https://www.tensorflow.org/api_docs/python/tf/random/all_candidate_sampler

    >>> AllCandidates(classes=3).sample([1], 3).sampled
    array([0, 1, 2])
    """

    name: ClassVar[str] = "all_candidates"

    def probabilities(self) -> FloatArray:
        """Return 1 for each class: each is taken."""
        return np.ones(self.classes)

    def sample(
        self, true_classes: npt.ArrayLike, num_sampled: int, *, unique: bool = True, seed: Seed = 0
    ) -> Candidates:
        """Take all K classes; ``unique`` and ``seed`` make no difference."""
        if num_sampled != self.classes:
            raise CepickError(
                f"num_sampled: {num_sampled!r} is not {self.classes}, the number of classes; "
                "all_candidates takes every class"
            )
        return self.candidates(np.arange(self.classes), true_classes)

    def candidates(
        self,
        sampled: npt.ArrayLike,
        true_classes: npt.ArrayLike,
        *,
        unique: bool = True,
        num_tries: float | None = None,
    ) -> Candidates:
        """Return classes that were drawn elsewhere, each with an expected count of 1."""
        ids = class_ids(sampled, "sampled", self.classes).reshape(-1)
        true = label_matrix(true_classes, self.classes)
        return Candidates(
            sampled=ids, true_expected_count=np.ones(true.shape), sampled_expected_count=np.ones(ids.shape)
        )


SAMPLERS: dict[str, type[Sampler]] = {
    kind.name: kind for kind in (Uniform, LogUniform, LearnedUnigram, FixedUnigram, AllCandidates)
}
"""The samplers by their names."""


def sampler_named(name: str, classes: int, **options: Any) -> Sampler:
    """Return the sampler of a name, for so many classes.

    The options are the sampler's own fields: ``unigrams``, ``distortion`` and ``num_reserved_ids`` of
    fixed_unigram, ``seen`` of learned_unigram.

    Raises:
        CepickError: for an unknown name, an option that the sampler does not have, or no unigrams.

    >>> sampler_named("log-uniform", 3).classes
    3
    """
    kind = SAMPLERS.get(name.replace("-", "_"))
    if kind is None:
        raise CepickError(f"sampler: {name!r} is unknown; {did_you_mean(name, SAMPLERS)}")
    fields = set(kind.__dataclass_fields__) - {"classes"}
    if foreign := sorted(set(options) - fields):
        raise CepickError(f"{foreign[0]}: {kind.name} has no such option; leave it out")
    if "unigrams" in fields and "unigrams" not in options:
        raise CepickError(f"unigrams: {kind.name} needs them; give the count of each class")
    return kind(classes=classes, **options)
