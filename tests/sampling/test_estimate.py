"""What a sampled loss says beside the full softmax loss."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from ce_core.errors import CepickError
from ce_core.kernels.features import linear_softmax_cross_entropy
from ce_core.sampling import AllCandidates, FixedUnigram, LogUniform, Uniform, estimate, nce, sampled_softmax

CLASSES = 50


@pytest.fixture(scope="module")
def arrays():
    rng = np.random.default_rng(7)
    features, weights = rng.normal(size=(200, 16)), rng.normal(size=(CLASSES, 16))
    return features, rng.integers(0, CLASSES, 200), weights, rng.normal(size=CLASSES)


def of(arrays, sampler, num_sampled, **options):
    features, labels, weights, biases = arrays
    return estimate(features, labels, weights, biases, sampler, num_sampled, **options)


def test_the_more_classes_are_drawn_the_nearer_the_full_loss(arrays):
    found = [of(arrays, LogUniform(classes=CLASSES), many, repeats=6) for many in (5, 20, 49, 50)]
    means = [each.mean for each in found]
    assert means == sorted(means)
    assert means[0] < 0.7 * found[0].exact
    assert all(each.bias < -3 * each.standard_deviation for each in found[:2])
    assert abs(found[-1].bias) < 0.005 * found[-1].exact
    assert found[0].standard_deviation > 10 * found[-1].standard_deviation


def test_nce_grows_with_the_classes_drawn_and_passes_the_full_loss(arrays):
    found = [of(arrays, LogUniform(classes=CLASSES), many, loss="nce", repeats=4) for many in (5, 20, 50)]
    means = [each.mean for each in found]
    assert means == sorted(means)
    assert means[-1] > 3 * means[0]
    assert means[-1] > found[-1].exact


def test_every_number_is_what_its_name_says(arrays):
    features, labels, weights, biases = arrays
    sampler = Uniform(classes=CLASSES)
    found = of(arrays, sampler, 8, repeats=5, seed=3)
    generator = np.random.default_rng(3)
    draws = [sampler.sample(labels, 8, seed=generator) for _ in range(5)]
    losses = [
        sampled_softmax(features, labels, weights=weights, biases=biases, candidates=draw) for draw in draws
    ]
    means = [each.mean() for each in losses]
    exact = linear_softmax_cross_entropy(features, labels, weights=weights, biases=biases)
    assert_array_equal(found.losses, losses[0])
    assert_array_equal(found.exact_losses, exact)
    assert found.value == means[0]
    assert found.mean == pytest.approx(np.mean(means), rel=1e-15)
    assert found.standard_deviation == pytest.approx(np.std(means, ddof=1), rel=1e-14)
    assert found.exact == exact.mean()
    assert found.bias == found.mean - found.exact
    assert (found.loss, found.sampler, found.num_sampled) == ("sampled_softmax", "uniform", 8)
    assert (found.num_true, found.unique, found.repeats, found.seed) == (1, True, 5, 3)


def test_the_first_draw_is_that_of_the_seed_alone(arrays):
    features, labels, weights, biases = arrays
    found = of(arrays, Uniform(classes=CLASSES), 8, loss="nce", unique=False, repeats=1, seed=11)
    draw = Uniform(classes=CLASSES).sample(labels, 8, unique=False, seed=11)
    assert found.value == nce(features, labels, weights=weights, biases=biases, candidates=draw).mean()
    assert found.standard_deviation is None


def test_the_same_seed_gives_the_same_estimate_and_more_repeats_the_same_first_draw(arrays):
    one, same, more = (of(arrays, LogUniform(classes=CLASSES), 9, repeats=r) for r in (3, 3, 5))
    assert (one.value, one.mean) == (same.value, same.mean)
    assert more.value == one.value
    assert of(arrays, LogUniform(classes=CLASSES), 9, seed=1).value != one.value


def test_all_candidates_have_neither_bias_nor_spread(arrays):
    found = of(arrays, AllCandidates(classes=CLASSES), CLASSES, repeats=3)
    assert found.standard_deviation == 0
    assert abs(found.bias) < 1e-13 * found.exact


def test_several_true_classes_share_the_full_loss(arrays):
    features, _, weights, biases = arrays
    labels = np.array([np.random.default_rng(n).permutation(CLASSES)[:3] for n in range(len(features))])
    found = estimate(
        features, labels, weights, biases, AllCandidates(classes=CLASSES), CLASSES, num_true=3, repeats=1
    )
    assert found.num_true == 3
    assert abs(found.bias) < 1e-13 * found.exact


def test_accidental_hits_are_removed_when_asked_for_and_else_as_tensorflow_does(arrays):
    sampler = Uniform(classes=CLASSES)
    for loss, default in (("sampled_softmax", True), ("nce", False)):
        values = {
            hits: of(arrays, sampler, 30, loss=loss, repeats=1, remove_accidental_hits=hits).value
            for hits in (None, True, False)
        }
        assert values[None] == values[default] != values[not default]


@pytest.mark.parametrize("loss", ["sampled_softmax", "nce"])
def test_the_estimate_says_that_it_is_for_training_only_and_cannot_be_changed(arrays, loss):
    found = of(arrays, Uniform(classes=CLASSES), 8, loss=loss, repeats=1)
    assert found.statement.startswith(f"{loss} is for training only")
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.value = 0.0


RESERVED = FixedUnigram(classes=CLASSES, unigrams=np.ones(CLASSES - 1), num_reserved_ids=1)
MISTAKES = {
    "an unknown loss": (Uniform(classes=CLASSES), {"loss": "sampled-softmax"}, "did you mean 'sampled_softmax'"),
    "no repeat": (Uniform(classes=CLASSES), {"repeats": 0}, "repeats: 0 is below 1"),
    "a sampler of other classes": (Uniform(classes=9), {}, "sampler: draws from 9 classes"),
    "other true classes than said": (Uniform(classes=CLASSES), {"num_true": 2}, "labels: 1 true classes in each"),
    "a negative seed": (Uniform(classes=CLASSES), {"seed": -4}, "seed: -4 is below 0"),
    "a label that is never drawn": (RESERVED, {}, r"labels: class 0 at row \d+ is never drawn by fixed_unigram"),
}  # fmt: skip


@pytest.mark.parametrize(("sampler", "options", "message"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_refused_in_one_line(arrays, sampler, options, message):
    with pytest.raises(CepickError, match=message):
        of(arrays, sampler, 5, **options)


def test_a_label_that_is_never_drawn_is_fine_without_log_q(arrays):
    assert np.isfinite(of(arrays, RESERVED, 5, subtract_log_q=False, repeats=2).mean)


def test_no_examples_are_refused(arrays):
    _, _, weights, biases = arrays
    with pytest.raises(CepickError, match="labels: hold no example"):
        estimate(np.zeros((0, 16)), np.zeros(0), weights, biases, Uniform(classes=CLASSES), 5)
