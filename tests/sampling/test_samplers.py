"""Samplers draw by their law, with the counts that belong to it."""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from ce_core.errors import CepickError
from ce_core.sampling import (
    SAMPLERS,
    AllCandidates,
    FixedUnigram,
    LearnedUnigram,
    LogUniform,
    Uniform,
    sampler_named,
)

DRAWING = {
    "uniform": Uniform(classes=12),
    "log_uniform": LogUniform(classes=12),
    "learned_unigram": LearnedUnigram(classes=12).learn([3, 3, 3, 3, 5, 0]),
    "fixed_unigram": FixedUnigram(classes=12, unigrams=np.arange(10.0), distortion=0.75, num_reserved_ids=2),
}
EACH = pytest.mark.parametrize("sampler", DRAWING.values(), ids=DRAWING.keys())


@EACH
def test_probabilities_sum_to_one(sampler):
    assert_allclose(sampler.probabilities().sum(), 1, rtol=1e-14)
    assert sampler.probabilities().shape == (12,)


def test_log_uniform_follows_its_formula_to_the_last_digit():
    with mp.workdps(40):
        for classes in (1, 2, 1000, 10**6):
            found = LogUniform(classes=classes).probabilities()
            for c in {0, 1, classes // 2, classes - 1} & set(range(classes)):
                truth = (mp.log(c + 2) - mp.log(c + 1)) / mp.log(classes + 1)
                assert abs(mp.mpf(float(found[c])) - truth) < 1e-15 * truth


def test_the_counts_of_a_learned_unigram_start_at_one_and_learning_leaves_the_first_as_it_was():
    new = LearnedUnigram(classes=4)
    seen = new.learn([[1, 1], [3, 1]])
    assert_array_equal(new.probabilities(), [0.25] * 4)
    assert_array_equal(seen.probabilities(), np.array([1, 4, 1, 2]) / 8)
    assert_array_equal(seen.learn([0]).probabilities(), np.array([2, 4, 1, 2]) / 9)


def test_distortion_flattens_and_reserved_classes_are_never_drawn():
    counts = [1.0, 16.0]
    assert_array_equal(FixedUnigram(classes=2, unigrams=counts).probabilities(), [1 / 17, 16 / 17])
    assert_array_equal(FixedUnigram(classes=2, unigrams=counts, distortion=0.0).probabilities(), [0.5, 0.5])
    assert_array_equal(
        FixedUnigram(classes=4, unigrams=counts, distortion=0.25, num_reserved_ids=2).probabilities(),
        [0, 0, 1 / 3, 2 / 3],
    )


@EACH
def test_classes_are_drawn_as_often_as_their_probability_says(sampler):
    draws = 40_000
    drawn = sampler.sample([3], draws, unique=False, seed=3).sampled
    p = sampler.probabilities()
    seen = np.bincount(drawn, minlength=12)
    assert_array_equal(seen[p == 0], 0)
    assert np.all(np.abs(seen - draws * p) <= 5 * np.sqrt(draws * p * (1 - p)))


def by_rejection(p, count, generator):
    """Return distinct classes and the tries they took: one draw after the other, as TensorFlow does it."""
    found, tries = [], 0
    while len(found) < count:
        tries += 1
        one = int(generator.choice(len(p), p=p))
        if one not in found:
            found.append(one)
    return found, tries


@EACH
def test_unique_classes_and_their_tries_follow_the_law_of_drawing_until_enough_are_there(sampler):
    rounds, count, generator = 1000, 5, np.random.default_rng(0)
    p = sampler.probabilities()
    truth = [by_rejection(p, count, generator) for _ in range(rounds)]
    ours = [sampler.sample([3], count, seed=generator) for _ in range(rounds)]
    assert all(len(set(one.sampled.tolist())) == count for one in ours)
    for place in (0, 1, count - 1):  # which class comes first, second and last
        one = np.bincount([found[place] for found, _ in truth], minlength=12) / rounds
        two = np.bincount([each.sampled[place] for each in ours], minlength=12) / rounds
        assert np.all(np.abs(one - two) <= 5 * np.sqrt((one + two + 1 / rounds) / rounds))
    tries = np.array([t for _, t in truth]), np.array([each.num_tries for each in ours])
    error = np.sqrt((tries[0].var() + tries[1].var()) / rounds)
    assert abs(tries[0].mean() - tries[1].mean()) <= 5 * error
    assert tries[1].mean() > count + 0.5
    assert abs(np.log(tries[0].std() / tries[1].std())) < 0.3


@EACH
def test_counts_are_those_of_the_formula(sampler):
    p = sampler.probabilities()
    labels = np.array([[3, 5], [11, 3]])
    loose = sampler.sample(labels, 7, unique=False, seed=1)
    assert_allclose(loose.true_expected_count, 7 * p[labels], rtol=1e-15)
    assert_allclose(loose.sampled_expected_count, 7 * p[loose.sampled], rtol=1e-15)
    draws = [sampler.sample(labels, 7, unique=True, seed=seed) for seed in range(9)]
    tight = max(draws, key=lambda drawn: drawn.num_tries)
    assert tight.num_tries > 7
    for classes, counts in (
        (labels, tight.true_expected_count),
        (tight.sampled, tight.sampled_expected_count),
    ):
        assert_allclose(counts, 1 - (1 - p[classes]) ** tight.num_tries, rtol=1e-12)


def test_as_many_tries_as_classes_are_counted_as_draws_with_replacement():
    drawn = LogUniform(classes=10).candidates([4, 7], [1], num_tries=2)
    assert_allclose(drawn.sampled_expected_count, 2 * LogUniform(classes=10).probabilities()[[4, 7]])


def test_counts_of_rare_classes_keep_their_digits():
    sampler = FixedUnigram(classes=3, unigrams=[1e-20, 1.0, 1.0])
    drawn = sampler.candidates([1, 2], [0], num_tries=3)
    assert_allclose(drawn.true_expected_count, [[1.5e-20]], rtol=1e-14)


@EACH
def test_the_same_seed_draws_the_same_and_another_one_does_not(sampler):
    one, same, other = (sampler.sample([3], 6, seed=seed) for seed in (5, 5, 6))
    assert_array_equal(one.sampled, same.sampled)
    assert_array_equal(one.true_expected_count, same.true_expected_count)
    assert one.sampled.tolist() != other.sampled.tolist() or one.num_tries != other.num_tries


def test_all_classes_that_can_be_drawn_are_drawn_at_once():
    sampler = DRAWING["fixed_unigram"]
    drawable = np.flatnonzero(sampler.probabilities())
    drawn = sampler.sample([5], len(drawable), seed=0)
    assert sorted(drawn.sampled.tolist()) == drawable.tolist()
    with pytest.raises(CepickError, match="num_sampled: 10 unique classes cannot be drawn from 9"):
        sampler.sample([5], len(drawable) + 1)


def test_all_candidates_takes_every_class_once():
    drawn = AllCandidates(classes=3).sample([[1, 2]], 3)
    assert_array_equal(drawn.sampled, [0, 1, 2])
    assert_array_equal(drawn.sampled_expected_count, [1, 1, 1])
    assert_array_equal(drawn.true_expected_count, [[1, 1]])
    with pytest.raises(CepickError, match="num_sampled: 2 is not 3"):
        AllCandidates(classes=3).sample([1], 2)


@EACH
def test_without_the_number_of_tries_the_expected_one_is_taken(sampler):
    p = sampler.probabilities()
    for count in (1, 4, 8):
        tries = sampler.candidates(np.arange(3, 3 + count), [3]).num_tries
        assert_allclose((1 - (1 - p) ** tries).sum(), count, rtol=1e-9)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 3000), st.data())
def test_expected_tries_are_found_for_any_size(classes, data):
    count = data.draw(st.integers(1, classes))
    sampler = LogUniform(classes=classes)
    tries = sampler.candidates(np.arange(count), [0]).num_tries
    if count == classes:
        assert tries == np.inf
    else:
        assert_allclose(-np.expm1(tries * np.log1p(-sampler.probabilities())).sum(), count, rtol=1e-9)


def test_every_class_that_there_is_was_certain_to_be_drawn():
    drawn = DRAWING["fixed_unigram"].candidates(np.arange(3, 12), [0, 3])
    assert_array_equal(drawn.sampled_expected_count, np.ones(9))
    assert_array_equal(drawn.true_expected_count, [[0], [1]])


def test_one_class_is_drawn_with_certainty():
    drawn = LogUniform(classes=1).sample([0], 1)
    assert_array_equal(drawn.sampled_expected_count, [1])
    assert_array_equal(LogUniform(classes=1).candidates([0], [0], num_tries=4).sampled_expected_count, [1])


def test_the_table_names_every_sampler():
    assert list(SAMPLERS) == ["uniform", "log_uniform", "learned_unigram", "fixed_unigram", "all_candidates"]
    for name, kind in SAMPLERS.items():
        options = {"unigrams": [1.0, 2.0]} if name == "fixed_unigram" else {}
        sampler = sampler_named(name.replace("_", "-"), 2, **options)
        assert type(sampler) is kind
        assert sampler.name == name
        assert sampler.sample([0], 2).sampled.shape == (2,)


MISTAKES = {
    "an unknown sampler": (lambda: sampler_named("log_unifrm", 3), "did you mean 'log_uniform'"),
    "an option of another sampler": (lambda: sampler_named("uniform", 3, distortion=0.5), "distortion: uniform"),
    "a number of classes as an option": (
        lambda: sampler_named("fixed_unigram", 3), "unigrams: fixed_unigram needs them"),
    "no class": (lambda: Uniform(classes=0), "classes: 0 is below 1"),
    "nothing to draw": (lambda: Uniform(classes=3).sample([0], 0), "num_sampled: 0 is below 1"),
    "too many to draw": (lambda: Uniform(classes=3).sample([0], 4), "num_sampled: 4 unique classes cannot"),
    "a true class that is none": (lambda: Uniform(classes=3).sample([3], 1), r"labels: 3 at row 0 is outside"),
    "labels in a block": (lambda: Uniform(classes=3).sample([[[0]]], 1), r"labels: shape \(1, 1, 1\) is neither"),
    "a negative seed": (lambda: Uniform(classes=3).sample([0], 1, seed=-1), "seed: -1 is below 0"),
    "candidates that are no classes": (
        lambda: Uniform(classes=3).candidates([5], [0]), r"sampled: 5 at row 0 is outside \[0, 3\)"),
    "unique candidates that are not": (
        lambda: Uniform(classes=3).candidates([1, 1], [0]), "sampled: holds a class twice"),
    "fewer tries than classes": (
        lambda: Uniform(classes=3).candidates([1, 2], [0], num_tries=1), "num_tries: 1 cannot give 2"),
    "a candidate that is never drawn": (
        lambda: DRAWING["fixed_unigram"].candidates([1], [3], unique=False),
        "sampled_expected_count: 0.0 for class 1, which was sampled"),
    "too few unigrams": (
        lambda: FixedUnigram(classes=3, unigrams=[1.0]), r"unigrams: shape \(1,\) and 0 reserved"),
    "negative unigrams": (lambda: FixedUnigram(classes=2, unigrams=[1.0, -1.0]), "unigrams: these are no counts"),
    "unigrams of zero": (lambda: FixedUnigram(classes=2, unigrams=[0.0, 0.0]), "unigrams: these are no counts"),
    "a NaN among unigrams": (
        lambda: FixedUnigram(classes=2, unigrams=[1.0, np.nan]), "unigrams: these are no counts"),
    "a negative distortion": (
        lambda: FixedUnigram(classes=1, unigrams=[1.0], distortion=-1.0), "distortion: -1.0 is not"),
    "negative reserved classes": (
        lambda: FixedUnigram(classes=1, unigrams=[1.0], num_reserved_ids=-1), "num_reserved_ids: -1 is below 0"),
    "counts of other classes": (lambda: LearnedUnigram(classes=2, seen=np.array([1])), r"seen: shape \(1,\)"),
}  # fmt: skip


@pytest.mark.parametrize(("mistake", "message"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_refused_in_one_line(mistake, message):
    with pytest.raises(CepickError, match=message):
        mistake()
