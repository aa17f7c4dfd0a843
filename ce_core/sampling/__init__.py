"""Sampled losses for huge vocabularies: samplers, candidates, sampled softmax, NCE, and how far off they are.

They are for training only: what they give depends on the sampler and on how many classes it draws. The loss
that measures a model is :func:`ce_core.kernels.features.linear_softmax_cross_entropy`.
"""

from ce_core.sampling.candidates import Candidates
from ce_core.sampling.estimate import SampledEstimate, estimate
from ce_core.sampling.files import has_expected_counts, read_candidates, read_unigrams
from ce_core.sampling.frequency import frequency_sorted
from ce_core.sampling.sampled import nce, sampled_softmax
from ce_core.sampling.samplers import (
    SAMPLERS,
    AllCandidates,
    FixedUnigram,
    LearnedUnigram,
    LogUniform,
    Sampler,
    Uniform,
    sampler_named,
)

__all__ = [
    "SAMPLERS",
    "AllCandidates",
    "Candidates",
    "FixedUnigram",
    "LearnedUnigram",
    "LogUniform",
    "SampledEstimate",
    "Sampler",
    "Uniform",
    "estimate",
    "frequency_sorted",
    "has_expected_counts",
    "nce",
    "read_candidates",
    "read_unigrams",
    "sampled_softmax",
    "sampler_named",
]
