"""What joins the examples: the clip that decides, the divisor of a weighted mean, and the broadcast trap."""

from __future__ import annotations

import re

import numpy as np
import pytest
from rigs import SHAPES, Rig, binary, exclusive, independent, put, softmax

from ce_core import Finding, evaluate
from ce_core.compute.clips import POLICIES

rng = np.random.default_rng(13)
N = 300
LABELS = rng.integers(0, 5, N)
SHARES = softmax(rng.normal(0, 1, (N, 5)) + 3 * np.eye(5)[LABELS])


def told(rig: Rig, code: str) -> Finding:
    (finding,) = [each for each in rig.run().findings if each.code == code]
    return finding


class TestClippingDecides:
    """CE401."""

    @pytest.mark.parametrize(
        ("clip", "dtype"),
        [(clip, np.float64) for clip in (1e-7, *POLICIES)]
        + [(clip, np.float32) for clip in ("keras", "sklearn")],
    )
    @pytest.mark.parametrize("encoding", ["index", "one_hot"])
    def test_under_every_clip(self, clip: float | str, encoding: str, dtype: type) -> None:
        targets = LABELS if encoding == "index" else np.eye(5)[LABELS]
        shares = np.where(np.eye(5)[LABELS] == 1, 1e-30 if clip != "torch" else 1e-60, 0.25).astype(dtype)
        shares[N // 2 :] = SHARES[N // 2 :]
        rig = Rig(predictions=shares / shares.sum(axis=1, keepdims=True), targets=targets)
        asked = rig.saying(outputs="probabilities", exclusive=True).asking(clip=clip)
        finding = told(asked, "CE401")
        share = asked.run().diagnostics.clipped_share
        assert share is not None
        assert f"carry {100 * share:.3g} % of the loss" in finding.message
        other = "tf1" if clip != "tf1" else "mxnet"
        assert f"{other}: {asked.asking(clip=other).run().value:.6g}" in finding.because

    def test_of_independent_outcomes(self) -> None:
        rig = independent(200, outputs="probabilities", dtype="float64")
        some = (rig.targets == 1) & (np.arange(200) % 5 == 0)[:, None]
        wrong = rig.but(predictions=np.where(some, 1e-12, rig.predictions))
        assert wrong.asking(loss="binary_cross_entropy", clip=1e-7).told == ["CE401"]

    def test_it_takes_the_place_of_the_infinite_loss(self) -> None:
        shares = put(SHARES.copy(), np.arange(30), [0, 0.5, 0.5, 0, 0])
        rig = Rig(predictions=shares, targets=put(LABELS, np.arange(30), 0)).saying(outputs="probabilities")
        assert rig.told == ["CE108"]
        assert rig.asking(clip=1e-7).told == ["CE401"]

    def test_of_the_clip_of_a_framework_that_is_asked_for(self) -> None:
        shares = np.where(np.eye(5)[LABELS] == 1, 1e-20, 0.25)
        shares[N // 2 :] = SHARES[N // 2 :]
        rig = Rig(predictions=shares / shares.sum(axis=1, keepdims=True), targets=LABELS)
        assert rig.asking(loss="sklearn.metrics.log_loss").told == ["CE401"]
        assert rig.asking(loss="keras.losses.SparseCategoricalCrossentropy()").told == ["CE401"]
        fine = rig.but(predictions=SHARES)
        assert fine.asking(loss="sklearn.metrics.log_loss").told == []

    @pytest.mark.parametrize("clip", [1e-7, *POLICIES])
    def test_a_clip_that_cuts_off_little_is_fine(self, clip: float | str) -> None:
        rig = Rig(predictions=SHARES, targets=LABELS).saying(outputs="probabilities", exclusive=True)
        assert rig.asking(clip=clip).told == []
        assert rig.told == []

    def test_a_tenth_is_the_limit(self) -> None:
        shares = SHARES.copy()
        losses = -np.log(shares[np.arange(N), LABELS])
        for count, found in ((1, False), (40, True)):
            some = shares.copy()
            some[np.arange(count)] = np.where(np.eye(5)[LABELS[:count]] == 1, 1e-9, 0.25 * (1 - 1e-9))
            share = count * -np.log(1e-4) / (count * -np.log(1e-4) + losses[count:].sum())
            assert (share > 0.1) == found
            rig = Rig(predictions=some, targets=LABELS).saying(outputs="probabilities").asking(clip=1e-4)
            assert ("CE401" in rig.codes) == found


def numbers(finding: Finding) -> list[float]:
    """Return the values that a finding gives, each with what it is divided by."""
    return [float(each) for each in re.findall(r"([\d.e+-]+) divided by", finding.because)]


class TestWeightedMeanDiffers:
    """CE504."""

    def test_the_two_means_of_pytorch(self) -> None:
        logits, labels, weights = [[2.0, 0, -1], [0.5, 1, 0], [3, -2, 0]], [0, 2, 1], [1, 2, 10]
        for targets in (labels, np.eye(3)[labels]):
            finding = evaluate(logits, targets, class_weights=weights).findings[-1]
            assert finding.code == "CE504"
            assert "2.08327 divided by the sum of the weights (PyTorch with class indices" in finding.because
            assert "9.0275 divided by the 3 counted examples (PyTorch with rows" in finding.because

    @pytest.mark.parametrize("classes", [2, 10, 1000])
    @pytest.mark.parametrize("shape", SHAPES)
    @pytest.mark.parametrize("encoding", ["index", "one_hot", "distribution"])
    @pytest.mark.parametrize("outputs", ["logits", "probabilities"])
    def test_class_weights_in_every_shape(
        self, classes: int, shape: str, encoding: str, outputs: str
    ) -> None:
        rig = exclusive(60, classes, shape=shape, encoding=encoding, outputs=outputs)
        rig = rig.asking(class_weights=np.linspace(0.5, 4, classes))
        finding = told(rig, "CE504")
        means = [rig.asking(mean_over=over).run().value for over in ("weights", "valid")]
        assert numbers(finding) == [float(f"{each:.6g}") for each in means]

    def test_weights_of_0_have_a_mean_of_their_own(self) -> None:
        rig = exclusive(60).asking(sample_weights=np.arange(60) % 3)
        finding = told(rig, "CE504")
        means = [rig.asking(mean_over=over).run().value for over in ("weights", "valid", "nonzero_weights")]
        assert sorted(set(numbers(finding))) == sorted({float(f"{each:.6g}") for each in means})
        assert "40 examples of a weight above 0 (tf.compat.v1.losses)" in finding.because

    def test_ignored_labels_count_in_some(self) -> None:
        rig = exclusive(60, shape="[B,T,K]").saying(ignore_index=-100)
        rig = rig.but(targets=put(rig.targets, (slice(0, 6), slice(2, None)), -100))
        finding = told(rig.asking(class_weights=np.arange(1, 5)), "CE504")
        assert "all 60 positions" in finding.because
        assert "the weights of each sequence" in finding.because
        assert rig.told == []  # without weights the diagnostics have it

    def test_of_one_outcome_and_of_several(self) -> None:
        assert "CE504" in binary(100).asking(class_weights=np.array([1, 5])).codes
        assert "CE504" in independent(100).asking(class_weights=np.arange(1, 5)).codes
        assert "CE504" in independent(100).asking(sample_weights=np.arange(100) % 4).codes

    def test_what_is_not_divided_or_not_weighted_is_silent(self) -> None:
        rig = exclusive(60)
        weights = np.arange(1, 5)
        assert rig.told == []
        for quiet in (
            rig.asking(class_weights=np.ones(4)),
            rig.asking(class_weights=weights, reduction="sum"),
            rig.asking(class_weights=weights, reduction="none"),
            rig.asking(sample_weights=np.ones(60)),
            rig.asking(sample_weights=1 + 0.01 * (np.arange(60) % 2)),  # both means, within 1 %
            independent(60).asking(pos_weight=np.array([2.0, 3, 4, 5])),
        ):
            assert "CE504" not in quiet.codes

    def test_what_it_advises_gives_another_of_the_values(self) -> None:
        rig = exclusive(60).asking(class_weights=np.arange(1, 5))
        over = told(rig, "CE504").remedy.split("--mean-over ")[-1].split()[0]
        assert over == "valid"
        there = told(rig.asking(mean_over=over), "CE504")
        assert "this one is --mean-over valid" in there.remedy


@pytest.mark.parametrize("column_first", [True, False])
@pytest.mark.parametrize("outputs", ["logits", "probabilities"])
def test_the_broadcast_trap_is_told_both_ways(column_first: bool, outputs: str) -> None:
    flat, column = binary(40, outputs=outputs), binary(40, outputs=outputs, column=True)
    predictions, targets = (column, flat) if column_first else (flat, column)
    rig = flat.but(predictions=predictions.predictions, targets=targets.targets).saying(outputs=outputs)
    finding = told(rig, "CE302")
    p = flat.predictions.astype(np.float64)
    p = p if outputs == "probabilities" else 1 / (1 + np.exp(-p))
    pairs = -np.where(flat.targets[:, None] == 1, np.log(p), np.log(1 - p))
    assert f"mean loss is {rig.run().value:.6g}" in finding.because
    assert f"give {pairs.mean():.6g}" in finding.because
