"""Sampled softmax and NCE against their definition in 40 digits, and by laws."""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from ce_core.errors import CepickError
from ce_core.kernels.features import linear_softmax_cross_entropy
from ce_core.sampling import (
    AllCandidates,
    Candidates,
    FixedUnigram,
    LogUniform,
    Uniform,
    nce,
    sampled_softmax,
)
from ce_core.sampling import sampled as module

CLASSES, WIDTH = 12, 5


def problem(rows=6, num_true=1, seed=0):
    rng = np.random.default_rng(seed)
    features, weights = rng.normal(size=(rows, WIDTH)), rng.normal(size=(CLASSES, WIDTH))
    labels = np.array([rng.permutation(CLASSES)[:num_true] for _ in range(rows)])
    return features, labels, {"weights": weights, "biases": rng.normal(size=CLASSES)}


def dot(row, weights, bias):
    return mp.fsum(mp.mpf(float(f)) * mp.mpf(float(w)) for f, w in zip(row, weights, strict=True)) + bias


def by_definition(features, labels, weights, biases, candidates, log_q, remove):
    """Yield for each row its true and its sampled logits, corrected, without the hits that are removed."""
    for n, row in enumerate(features):
        true, sampled = [], []
        for t, c in enumerate(labels[n]):
            q = mp.mpf(float(candidates.true_expected_count[n, t])) if log_q else 1
            true.append(dot(row, weights[c], mp.mpf(float(biases[c]))) - mp.log(q))
        ids = candidates.sampled.tolist()
        for s, c in enumerate(ids):
            if remove and c in labels[n] and c not in ids[s + 1 :]:
                continue
            q = mp.mpf(float(candidates.sampled_expected_count[s])) if log_q else 1
            sampled.append(dot(row, weights[c], mp.mpf(float(biases[c]))) - mp.log(q))
        yield true, sampled


def softmax_by_definition(true, sampled):
    total = mp.log(mp.fsum(mp.exp(x) for x in [*true, *sampled]))
    return total - mp.fsum(true) / len(true)


def nce_by_definition(true, sampled):
    y = mp.mpf(1) / len(true)
    return mp.fsum(mp.log1p(mp.exp(x)) - y * x for x in true) + mp.fsum(mp.log1p(mp.exp(x)) for x in sampled)


LOSSES = {"sampled_softmax": (sampled_softmax, softmax_by_definition), "nce": (nce, nce_by_definition)}


@pytest.mark.parametrize(("loss", "definition"), LOSSES.values(), ids=LOSSES.keys())
@pytest.mark.parametrize("num_true", [1, 3])
@pytest.mark.parametrize("unique", [True, False])
@pytest.mark.parametrize("log_q", [True, False])
@pytest.mark.parametrize("remove", [True, False])
def test_the_loss_is_what_its_definition_says(loss, definition, num_true, unique, log_q, remove):
    features, labels, head = problem(num_true=num_true)
    candidates = LogUniform(classes=CLASSES).sample(labels, 7, unique=unique, seed=2)
    assert np.isin(labels, candidates.sampled).any()
    found = loss(
        features, labels, **head, candidates=candidates, subtract_log_q=log_q, remove_accidental_hits=remove
    )
    with mp.workdps(40):
        truth = [
            definition(true, sampled)
            for true, sampled in by_definition(features, labels, *head.values(), candidates, log_q, remove)
        ]
        assert max(abs(mp.mpf(float(f)) - t) / t for f, t in zip(found, truth, strict=True)) < 1e-13


def test_the_defaults_are_tensorflows():
    features, labels, head = problem()
    candidates = Uniform(classes=CLASSES).sample(labels, 9)
    options = {"candidates": candidates, "subtract_log_q": True}
    assert_array_equal(
        sampled_softmax(features, labels, **head, candidates=candidates),
        sampled_softmax(features, labels, **head, **options, remove_accidental_hits=True),
    )
    assert_array_equal(
        nce(features, labels, **head, candidates=candidates),
        nce(features, labels, **head, **options, remove_accidental_hits=False),
    )


def test_sampled_softmax_over_all_classes_is_the_full_softmax_loss():
    features, labels, head = problem(rows=40)
    candidates = AllCandidates(classes=CLASSES).sample(labels, CLASSES)
    assert_allclose(
        sampled_softmax(features, labels, **head, candidates=candidates),
        linear_softmax_cross_entropy(features, labels[:, 0], **head),
        rtol=1e-13,
    )


def test_with_hits_left_in_the_true_class_is_counted_twice():
    features, labels, head = problem(rows=40)
    candidates = AllCandidates(classes=CLASSES).sample(labels, CLASSES)
    full = linear_softmax_cross_entropy(features, labels[:, 0], **head)
    kept = sampled_softmax(features, labels, **head, candidates=candidates, remove_accidental_hits=False)
    assert_allclose(kept, full + np.log1p(np.exp(-full)), rtol=1e-13)


def test_sampled_softmax_over_all_classes_with_several_true_ones_shares_the_mass_among_them():
    features, labels, head = problem(rows=20, num_true=3)
    candidates = AllCandidates(classes=CLASSES).sample(labels, CLASSES)
    each = [linear_softmax_cross_entropy(features, column, **head) for column in labels.T]
    assert_allclose(
        sampled_softmax(features, labels, **head, candidates=candidates), np.mean(each, axis=0), rtol=1e-13
    )


def test_labels_of_one_true_class_may_lack_their_second_axis():
    features, labels, head = problem()
    candidates = Uniform(classes=CLASSES).sample(labels, 4)
    for loss in (sampled_softmax, nce):
        assert_array_equal(
            loss(features, labels[:, 0], **head, candidates=candidates),
            loss(features, labels, **head, candidates=candidates),
        )


def test_counts_of_one_scale_change_no_sampled_softmax():
    features, labels, head = problem()
    one = Candidates(
        sampled=[1, 2, 3], true_expected_count=np.full((6, 1), 0.25), sampled_expected_count=np.full(3, 0.25)
    )
    assert_allclose(
        sampled_softmax(features, labels, **head, candidates=one),
        sampled_softmax(features, labels, **head, candidates=one, subtract_log_q=False),
        rtol=1e-14,
    )


def test_without_candidates_left_sampled_softmax_is_zero():
    features, _, head = problem(rows=2)
    candidates = Uniform(classes=CLASSES).candidates([4], [4, 4])
    assert_array_equal(sampled_softmax(features, [4, 4], **head, candidates=candidates), [0, 0])


def test_only_the_last_of_equal_candidates_is_removed():
    features, _, head = problem(rows=1)
    twice = Uniform(classes=CLASSES).candidates([4, 4], [4], unique=False)
    once = Candidates(sampled=[4], true_expected_count=[1 / 6], sampled_expected_count=[1 / 6])
    assert_allclose(
        sampled_softmax(features, [4], **head, candidates=twice),
        sampled_softmax(features, [4], **head, candidates=once, remove_accidental_hits=False),
        rtol=1e-15,
    )
    assert_allclose(sampled_softmax(features, [4], **head, candidates=twice), np.log(2), rtol=1e-15)


def test_a_label_that_is_never_drawn_has_no_loss_with_log_q():
    sampler = FixedUnigram(classes=CLASSES, unigrams=np.ones(CLASSES - 1), num_reserved_ids=1)
    features, _, head = problem(rows=2)
    candidates = sampler.sample([0, 5], 4)
    for loss in (sampled_softmax, nce):
        losses = loss(features, [0, 5], **head, candidates=candidates)
        assert_array_equal(np.isnan(losses), [True, False])
        assert np.isfinite(loss(features, [0, 5], **head, candidates=candidates, subtract_log_q=False)).all()


def test_a_block_of_rows_makes_no_difference(monkeypatch):
    features, labels, head = problem(rows=25, num_true=3)
    candidates = LogUniform(classes=CLASSES).sample(labels, 6)
    whole = [loss(features, labels, **head, candidates=candidates) for loss in (sampled_softmax, nce)]
    monkeypatch.setattr(module, "BLOCK", 30)
    parts = [loss(features, labels, **head, candidates=candidates) for loss in (sampled_softmax, nce)]
    assert_allclose(parts, whole, rtol=1e-13)


def test_no_examples_have_no_losses():
    features, _, head = problem(rows=0)
    candidates = Uniform(classes=CLASSES).sample(np.zeros((0, 1)), 3)
    for loss in (sampled_softmax, nce):
        assert loss(features, np.zeros(0), **head, candidates=candidates).shape == (0,)


def drawn(labels, classes=CLASSES):
    return Uniform(classes=classes).sample(labels, 3)


MISTAKES = {
    "labels of another length": (
        lambda f, h: sampled_softmax(f, [0], **h, candidates=drawn([0])), r"labels: shape \(1,\) does not fit"),
    "candidates of other labels": (
        lambda f, h: sampled_softmax(f, [0, 1], **h, candidates=drawn([0])),
        r"true_expected_count: shape \(1, 1\) does not equal the shape \(2, 1\)"),
    "candidates of more classes": (
        lambda f, h: nce(f, [0, 1], **h, candidates=Uniform(classes=99).candidates([98], [0, 1])),
        r"sampled: 98 at row 0 is outside \[0, 12\)"),
    "a label that is no class": (
        lambda f, h: nce(f, [0, 12], **h, candidates=drawn([0, 1])), "labels: 12 at row 1 is outside"),
    "features in a sequence": (
        lambda f, h: nce(f[None], [0], **h, candidates=drawn([0])), r"labels: shape \(1,\) does not fit"),
    "no candidates": (
        lambda f, h: Candidates(sampled=[], true_expected_count=[1], sampled_expected_count=[]),
        r"sampled: shape \(0,\) is not \[S\]"),
    "counts of other candidates": (
        lambda f, h: Candidates(sampled=[1], true_expected_count=[1], sampled_expected_count=[1, 1]),
        r"sampled_expected_count: shape \(2,\) does not equal"),
    "a count that is no number": (
        lambda f, h: Candidates(sampled=[1], true_expected_count=[np.nan], sampled_expected_count=[1]),
        "true_expected_count: nan is not an expected count"),
    "a negative count": (
        lambda f, h: Candidates(sampled=[1], true_expected_count=[1], sampled_expected_count=[-1.0]),
        "sampled_expected_count: -1.0 is not an expected count"),
    "counts without an axis": (
        lambda f, h: Candidates(sampled=[1], true_expected_count=1.0, sampled_expected_count=[1.0]),
        r"true_expected_count: shape \(\) is not \[N, num_true\]"),
    "a candidate below zero": (
        lambda f, h: Candidates(sampled=[-1], true_expected_count=[1], sampled_expected_count=[1]),
        "sampled: -1 at row 0 is outside"),
}  # fmt: skip


@pytest.mark.parametrize(("mistake", "message"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_mistake_is_refused_in_one_line(mistake, message):
    features, _, head = problem(rows=2)
    with pytest.raises(CepickError, match=message):
        mistake(features, head)
