"""Sampled losses and expected counts against TensorFlow's own, and the full loss against PyTorch's."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from ce_core.kernels.features import linear_softmax_cross_entropy
from ce_core.sampling import (
    AllCandidates,
    Candidates,
    FixedUnigram,
    LearnedUnigram,
    LogUniform,
    Uniform,
    nce,
    read_unigrams,
    sampled_softmax,
)

CLASSES, WIDTH, ROWS = 60, 24, 32
#: Expected counts are worked out in float32 there, in a handful of steps.
COUNTS = {"rtol": 1e-6}

SAMPLERS = {"uniform": Uniform(classes=CLASSES), "log_uniform": LogUniform(classes=CLASSES)}


def problem(num_true=1, seed=0, scale=1.0):
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(ROWS, WIDTH)).astype(np.float32) * np.float32(scale)
    weights = rng.normal(size=(CLASSES, WIDTH)).astype(np.float32)
    labels = np.array([rng.permutation(CLASSES)[:num_true] for _ in range(ROWS)])
    return features, labels, weights, rng.normal(size=CLASSES).astype(np.float32)


def drawn_by(tf, name, labels, num_sampled, unique, seed):
    draw = getattr(tf.random, f"{name}_candidate_sampler")
    values = draw(
        true_classes=labels,
        num_true=labels.shape[1],
        num_sampled=num_sampled,
        unique=unique,
        range_max=CLASSES,
        seed=seed,
    )
    return tuple(value.numpy() for value in values)


def tries_of(probabilities, sampled, counts):
    """Return the number of tries that TensorFlow keeps to itself, out of the rarest class it drew."""
    p = probabilities[sampled]
    if np.allclose(counts, len(sampled) * p, rtol=1e-6):
        return len(sampled)
    rarest = p.argmin()
    return int(np.rint(np.log1p(-np.float64(counts[rarest])) / np.log1p(-p[rarest])))


def assert_counts_agree(sampler, labels, values, unique):
    sampled, true_counts, sampled_counts = values
    tries = tries_of(sampler.probabilities(), sampled, sampled_counts) if unique else None
    ours = sampler.candidates(sampled, labels, unique=unique, num_tries=tries)
    assert_allclose(true_counts, ours.true_expected_count, **COUNTS)
    assert_allclose(sampled_counts, ours.sampled_expected_count, **COUNTS)


@pytest.mark.parametrize("name", SAMPLERS)
@pytest.mark.parametrize("unique", [True, False])
@pytest.mark.parametrize("num_true", [1, 3])
@pytest.mark.parametrize("num_sampled", [1, 20, 59])
def test_counts_are_tensorflows_for_its_own_candidates(tf, name, unique, num_true, num_sampled):
    labels = problem(num_true)[1]
    values = drawn_by(tf, name, labels, num_sampled, unique, seed=4)
    assert_counts_agree(SAMPLERS[name], labels, values, unique)


@pytest.mark.parametrize("distortion", [1.0, 0.75, 0.0])
@pytest.mark.parametrize("reserved", [0, 2])
@pytest.mark.parametrize("unique", [True, False])
@pytest.mark.parametrize("from_file", [True, False])
def test_counts_of_fixed_unigrams_are_tensorflows(tf, tmp_path, distortion, reserved, unique, from_file):
    labels = problem(3)[1]
    unigrams = np.random.default_rng(1).integers(1, 500, CLASSES - reserved).astype(float)
    options = {"unigrams": unigrams.tolist()}
    if from_file:
        path = tmp_path / "vocabulary.csv"
        path.write_text("".join(f"word,{count:g}\n" for count in unigrams))
        options = {"vocab_file": str(path)}
        unigrams = read_unigrams(str(path))
    values = tf.random.fixed_unigram_candidate_sampler(
        true_classes=labels,
        num_true=3,
        num_sampled=15,
        unique=unique,
        range_max=CLASSES,
        distortion=distortion,
        num_reserved_ids=reserved,
        seed=2,
        **options,
    )
    sampler = FixedUnigram(
        classes=CLASSES, unigrams=unigrams, distortion=distortion, num_reserved_ids=reserved
    )
    assert (labels < reserved).any() == (reserved > 0)
    assert_counts_agree(sampler, labels, tuple(value.numpy() for value in values), unique)


@pytest.mark.parametrize("unique", [True, False])
def test_a_learned_unigram_learns_after_it_has_drawn_as_tensorflows_does(tf, unique):
    batches = [problem(2, seed)[1] for seed in range(3)]
    graph, sampler = tf.Graph(), LearnedUnigram(classes=CLASSES)
    with graph.as_default():
        labels = tf.compat.v1.placeholder(tf.int64, [ROWS, 2])
        draw = tf.random.learned_unigram_candidate_sampler(labels, 2, 12, unique, CLASSES, seed=5)
    with tf.compat.v1.Session(graph=graph) as session:
        for batch in batches:
            values = session.run(tuple(draw), {labels: batch})
            assert_counts_agree(sampler, batch, values, unique)
            sampler = sampler.learn(batch)
    assert sampler.seen.sum() == 3 * ROWS * 2


def test_all_candidates_are_tensorflows(tf):
    labels = problem(2)[1]
    values = tf.random.all_candidate_sampler(labels, 2, CLASSES, True)
    ours = AllCandidates(classes=CLASSES).sample(labels, CLASSES)
    for theirs, own in zip(
        values, (ours.sampled, ours.true_expected_count, ours.sampled_expected_count), strict=True
    ):
        assert_array_equal(theirs.numpy(), own)


def units_of_the_largest_logit(features, weights, biases):
    largest = np.abs(features.astype(float) @ weights.T.astype(float) + biases).max()
    return 4 * np.spacing(np.float32(largest)).astype(float)


@pytest.mark.parametrize("loss", ["sampled_softmax", "nce"])
@pytest.mark.parametrize("num_true", [1, 3])
@pytest.mark.parametrize("remove", [True, False])
@pytest.mark.parametrize("log_q", [True, False])
@pytest.mark.parametrize("unique", [True, False])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_loss_is_tensorflows_for_the_same_candidates(tf, loss, num_true, remove, log_q, unique, dtype):
    features, labels, weights, biases = problem(num_true)
    name = "log_uniform" if unique else "uniform"
    sampled, true_counts, sampled_counts = drawn_by(tf, name, labels, 25, unique, seed=9)
    assert np.isin(labels, sampled).any()
    assert unique or len(set(sampled.tolist())) < 25  # a class is there twice, and only its last place counts
    theirs = (true_counts, sampled_counts) if log_q else (np.ones_like(true_counts), np.ones(25, np.float32))
    function = tf.nn.sampled_softmax_loss if loss == "sampled_softmax" else tf.nn.nce_loss
    expected = function(
        weights=weights.astype(dtype),
        biases=biases.astype(dtype),
        labels=labels,
        inputs=features.astype(dtype),
        num_sampled=25,
        num_classes=CLASSES,
        num_true=num_true,
        sampled_values=(sampled, *(counts.astype(dtype) for counts in theirs)),
        remove_accidental_hits=remove,
    ).numpy()
    assert expected.dtype == dtype
    candidates = Candidates(
        sampled=sampled, true_expected_count=true_counts, sampled_expected_count=sampled_counts
    )
    found = {"sampled_softmax": sampled_softmax, "nce": nce}[loss](
        features,
        labels,
        weights=weights,
        biases=biases,
        candidates=candidates,
        subtract_log_q=log_q,
        remove_accidental_hits=remove,
    )
    few = units_of_the_largest_logit(features, weights, biases)
    if dtype == np.float64:
        assert_allclose(expected, found, rtol=1e-12)
    else:
        assert_allclose(expected, found, rtol=1e-6, atol=few)


@pytest.mark.parametrize("loss", ["sampled_softmax", "nce"])
def test_a_true_class_that_is_never_drawn_is_nan_in_tensorflow_too(tf, loss):
    features, _, weights, biases = problem()
    labels = np.zeros((ROWS, 1), dtype=np.int64)
    sampler = FixedUnigram(classes=CLASSES, unigrams=np.ones(CLASSES - 1), num_reserved_ids=1)
    drawn = sampler.sample(labels, 10)
    function = tf.nn.sampled_softmax_loss if loss == "sampled_softmax" else tf.nn.nce_loss
    values = (drawn.sampled, drawn.true_expected_count, drawn.sampled_expected_count)
    expected = function(
        weights=weights,
        biases=biases,
        labels=labels,
        inputs=features,
        num_sampled=10,
        num_classes=CLASSES,
        sampled_values=(values[0], *(value.astype(np.float32) for value in values[1:])),
    ).numpy()
    assert np.isnan(expected).all()
    ours = {"sampled_softmax": sampled_softmax, "nce": nce}[loss]
    assert np.isnan(ours(features, labels, weights=weights, biases=biases, candidates=drawn)).all()


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_full_loss_is_pytorchs(torch, smoothing, dtype):
    features, labels, weights, biases = problem()
    f, w, b = (torch.from_numpy(a).to(getattr(torch, dtype)) for a in (features, weights, biases))
    expected = torch.nn.functional.cross_entropy(
        torch.nn.functional.linear(f, w, b),
        torch.from_numpy(labels[:, 0]),
        reduction="none",
        label_smoothing=smoothing,
    )
    found = linear_softmax_cross_entropy(
        features, labels[:, 0], weights=weights, biases=biases, label_smoothing=smoothing, block=500
    )
    if dtype == "float64":
        assert_allclose(expected.numpy(), found, rtol=1e-12)
    else:
        few = units_of_the_largest_logit(features, weights, biases)
        assert_allclose(expected.numpy(), found, rtol=1e-6, atol=few)


@pytest.mark.parametrize("num_sampled", [5, 20, 49, 50])
def test_the_spread_of_our_draws_is_that_of_tensorflows(tf, num_sampled):
    """The generators differ, the law does not: means over many draws agree within their own error."""
    rng = np.random.default_rng(3)
    features, weights = rng.normal(size=(64, 16)), rng.normal(size=(50, 16))
    labels = rng.integers(0, 50, (64, 1))
    head = {"weights": weights, "biases": np.zeros(50)}
    sampler, draws = LogUniform(classes=50), 150
    generator = np.random.default_rng(0)
    ours = [
        sampled_softmax(
            features, labels, **head, candidates=sampler.sample(labels, num_sampled, seed=generator)
        ).mean()
        for _ in range(draws)
    ]
    theirs = []
    for seed in range(draws):
        values = tf.random.log_uniform_candidate_sampler(labels, 1, num_sampled, True, 50, seed=seed)
        sampled, true, counts = (value.numpy() for value in values)
        candidates = Candidates(sampled=sampled, true_expected_count=true, sampled_expected_count=counts)
        theirs.append(sampled_softmax(features, labels, **head, candidates=candidates).mean())
    error = np.sqrt((np.var(ours) + np.var(theirs)) / draws)
    assert abs(np.mean(ours) - np.mean(theirs)) < 5 * error
