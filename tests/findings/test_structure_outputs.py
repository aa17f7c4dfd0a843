"""Outputs that are logarithms, too coarse, or always the same: found in every shape, and not where they are fine."""

from __future__ import annotations

import numpy as np
import pytest
from rigs import SHAPES, Rig, binary, exclusive, independent, kept, log_softmax, put, sigmoid, softmax

from ce_core import Finding

rng = np.random.default_rng(7)
N = 2000
LABELS = rng.integers(0, 10, N)
SCORES = rng.normal(0, 1, (N, 10)) + 3 * np.eye(10)[LABELS]
SURE = SCORES + 11 * np.eye(10)[LABELS]


def only(rig: Rig) -> Finding:
    (finding,) = [each for each in rig.run().findings if each.code in rig.told]
    return finding


def log_sigmoid(logits: np.ndarray) -> np.ndarray:
    return -np.logaddexp(0, -logits)


class TestLogProbabilitiesAsProbabilities:
    """CE106, which stands for its cause alone."""

    @pytest.mark.parametrize(("rows", "classes"), [(1, 2), (2, 3), (30, 10), (20, 1000)])
    @pytest.mark.parametrize("shape", SHAPES)
    @pytest.mark.parametrize("encoding", ["index", "one_hot", "distribution"])
    def test_in_every_shape(self, rows: int, classes: int, shape: str, encoding: str) -> None:
        rig = exclusive(rows, classes, shape=shape, encoding=encoding, outputs="log_probabilities")
        assert rig.saying(outputs="probabilities").told == ["CE106"]

    def test_of_a_large_vocabulary(self) -> None:
        rig = Rig(predictions=log_softmax(rng.normal(0, 2, (3, 50_000))), targets=np.array([7, 0, 49_999]))
        assert rig.saying(outputs="probabilities").told == ["CE106"]

    @pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "bfloat16", "float16 in float32"])
    def test_in_every_precision(self, dtype: str) -> None:
        rig = exclusive(60, 10, outputs="log_probabilities", dtype=dtype)
        assert rig.saying(outputs="probabilities").told == ["CE106"]
        loss = rig.asking(loss="sparse_categorical_cross_entropy")
        assert only(loss).remedy.startswith("--loss nll")

    def test_of_naive_bayes(self) -> None:
        joint = -(10 ** rng.uniform(2, 5, (40, 3)))
        rig = Rig(predictions=log_softmax(joint), targets=joint.argmax(axis=1))
        assert rig.saying(outputs="probabilities").told == ["CE106"]

    @pytest.mark.parametrize("rows", [60, 400])
    @pytest.mark.parametrize("labels", [1, 2, 10])
    def test_of_independent_outcomes_where_the_targets_tell(self, rows: int, labels: int) -> None:
        rig = independent(rows, labels) if labels > 1 else binary(rows)
        logs = rig.but(predictions=log_sigmoid(rig.predictions)).asking(loss="binary_cross_entropy")
        finding = only(logs)
        assert finding.code == "CE106"
        read = logs.but(predictions=np.exp(logs.predictions)).run().value
        assert f"{read:.4g} nats" in finding.because

    def test_negative_logits_are_no_logarithms(self) -> None:
        rig = independent(400)
        low = rig.but(predictions=rig.predictions - rig.predictions.max() - 1)
        assert low.asking(loss="binary_cross_entropy").told == ["CE103"]
        assert exclusive().but(predictions=exclusive().predictions - 50).saying(
            outputs="probabilities"
        ).told == ["CE103"]


class TestHalfPrecision:
    """CE109: overflow, and rounding that decides."""

    @pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
    def test_logits_that_overflowed(self, dtype: type) -> None:
        with np.errstate(over="ignore"):
            large = (SCORES * 20_000).astype(np.float16).astype(dtype)
        rig = Rig(predictions=large, targets=LABELS)
        assert rig.told == ["CE101", "CE109"]
        assert f"{int(np.isposinf(large).sum()):,} values of +inf" in rig.run().findings[1].message

    @pytest.mark.parametrize("dtype", [np.float16, np.float32])
    def test_logits_that_were_cut_off(self, dtype: type) -> None:
        large = np.clip(SCORES * 20_000, -65504, 65504).astype(np.float16).astype(dtype)
        finding = only(Rig(predictions=large, targets=LABELS))
        assert finding.code == "CE109"
        assert finding.count == (large == 65504).sum()

    def test_the_smallest_float16_is_a_mask(self) -> None:
        masked = SCORES.astype(np.float16)
        masked[np.arange(N), (LABELS + 1) % 10] = -65504
        assert Rig(predictions=masked, targets=LABELS).told == []

    def test_one_infinity_among_small_values_is_no_overflow(self) -> None:
        rig = Rig(predictions=put(SCORES.astype(np.float16), (3, 2), np.inf), targets=LABELS)
        assert rig.told == ["CE101"]

    @pytest.mark.parametrize("encoding", ["index", "one_hot"])
    @pytest.mark.parametrize(
        ("dtype", "moved"),
        [
            ("float16", 2.0**-12),
            ("float16 in float32", 2.0**-12),
            ("bfloat16", 2.0**-9),
            ("float16 in float64", 2.0**-12),
        ],
    )
    def test_a_perfect_model_whose_loss_is_all_rounding(
        self, encoding: str, dtype: str, moved: float
    ) -> None:
        targets = LABELS if encoding == "index" else np.eye(10)[LABELS]
        finding = only(Rig(predictions=kept(softmax(SURE), dtype), targets=targets))
        assert finding.code == "CE109"
        assert "all rounding" in finding.message
        told = float(finding.message.split("give or take ")[1])
        assert 0.9 * moved < told < 1.2 * moved

    @pytest.mark.parametrize(
        ("offset", "dtype"), [(2000, "float16"), (1000, "bfloat16"), (10_000, "float16")]
    )
    def test_logits_far_from_0_have_no_digits_left(self, offset: int, dtype: str) -> None:
        finding = only(Rig(predictions=kept(SCORES + offset, dtype), targets=LABELS))
        assert finding.code == "CE109"
        assert "maximum off" in finding.remedy

    @pytest.mark.parametrize("scale", [1, 3, 20])
    @pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float16 in float32"])
    @pytest.mark.parametrize("outputs", ["logits", "probabilities", "log_probabilities"])
    @pytest.mark.parametrize("rows", [30, N])
    def test_ordinary_losses_are_fine(self, scale: int, dtype: str, outputs: str, rows: int) -> None:
        noisy = rng.normal(0, 1, (N, 10)) + 2 * np.eye(10)[LABELS]
        values = {"logits": lambda x: x, "probabilities": softmax, "log_probabilities": log_softmax}[outputs](
            noisy[:rows] * scale
        )
        if outputs == "probabilities":
            values = np.maximum(values, 1e-4)
            values = values / values.sum(axis=1, keepdims=True)
        rig = Rig(predictions=kept(values, dtype), targets=LABELS[:rows]).saying(outputs=outputs)
        assert [code for code in rig.codes if code == "CE109"] == []

    @pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
    def test_independent_logits_are_fine_and_their_sure_probabilities_are_not(self, dtype: str) -> None:
        rig = independent(N, 5)
        assert rig.but(predictions=kept(rig.predictions, dtype)).told == []
        sure = sigmoid(rig.predictions + 20 * (2 * rig.targets - 1))
        hidden = rig.but(predictions=kept(sure, dtype)).saying(outputs="probabilities")
        assert hidden.told == ["CE109"]

    def test_small_whole_numbers_in_float32_are_not_16_bits(self) -> None:
        votes = rng.integers(0, 200, (N, 10)).astype(np.float32)
        assert "CE109" not in Rig(predictions=votes, targets=votes.argmax(axis=1)).codes

    def test_float32_of_the_same_logits_is_fine(self) -> None:
        assert Rig(predictions=(SCORES + 2000).astype(np.float32), targets=LABELS).told == []

    def test_of_many_rows_a_sample_is_looked_at_and_said(self) -> None:
        many = np.tile(SCORES + 2000, (40, 1)).astype(np.float16)
        finding = only(Rig(predictions=many, targets=np.tile(LABELS, 40)))
        assert finding.message.endswith(f"(on a sample of {finding.count:,} rows)")
        assert finding.count < len(many)

    def test_a_probability_that_was_stored_as_0_is_told_by_its_own_finding(self) -> None:
        shares = put(softmax(SCORES), 0, np.where(np.arange(10) == LABELS[0], 2e-8, 1 / 9))
        finding = only(
            Rig(predictions=shares.astype(np.float16), targets=LABELS).saying(outputs="probabilities")
        )
        assert finding.code == "CE108"
        assert "float16 stores every probability below 3e-8 as exactly 0" in finding.because

    def test_the_bound_holds_for_the_loss_before_it_was_rounded(self) -> None:
        exact = SCORES + 10_000
        finding = only(Rig(predictions=exact.astype(np.float16), targets=LABELS))
        low, high = finding.because.split("anything from ")[1].split(";")[0].split(" to ")
        assert float(low) < Rig(predictions=exact, targets=LABELS).run().value < float(high)


class TestConstantPredictions:
    """CE110."""

    @pytest.mark.parametrize(("rows", "classes"), [(20, 2), (60, 10), (30, 1000)])
    @pytest.mark.parametrize("shape", SHAPES)
    @pytest.mark.parametrize("outputs", ["logits", "probabilities", "log_probabilities"])
    @pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
    def test_in_every_shape(self, rows: int, classes: int, shape: str, outputs: str, dtype: str) -> None:
        rig = exclusive(rows + 12, classes, shape=shape, outputs=outputs, dtype=dtype)
        first = rig.predictions[:1]
        if shape == "[N,C,H,W]":
            first = first[:, :, :1, :1]
        elif shape == "[B,T,K]":
            first = first[:, :1]
        rig = rig.but(predictions=np.broadcast_to(first, rig.predictions.shape).copy())
        found = [each for each in rig.run().findings if each.severity != "note"]
        assert [each.code for each in found if each.code == "CE110"] == ["CE110"]

    @pytest.mark.parametrize("labels", [1, 4])
    def test_of_independent_outcomes(self, labels: int) -> None:
        rig = independent(100, labels) if labels > 1 else binary(100)
        rig = rig.but(predictions=np.broadcast_to(rig.predictions[:1], rig.predictions.shape).copy() - 3)
        assert "CE110" in rig.codes

    def test_where_it_is_left_open_what_they_are(self) -> None:
        rig = binary(100).but(predictions=np.full(100, 0.3))
        assert rig.run().status == "undecided"
        assert rig.told == ["CE110"]

    @pytest.mark.parametrize("ones", [1, 2])
    def test_of_several_labels_where_it_is_left_open_what_they_are(self, ones: int) -> None:
        truth = np.zeros((60, 4), dtype=int)
        truth[np.arange(60), np.arange(60) % 4] = 1
        truth[:, 3] = ones - 1
        rig = Rig(predictions=np.tile([0.2, 0.7, 0.4, 0.3], (60, 1)), targets=truth).saying(exclusive=False)
        assert rig.run().status == "undecided"
        assert "CE110" in rig.told
        assert "CE110" not in rig.but(targets=truth[:1].repeat(60, axis=0)).told

    def test_it_stands_beside_the_best_constant_answer(self) -> None:
        rig = exclusive(100, 4).but(predictions=np.tile([0.0, 2.0, 0.0, 0.0], (100, 1)))
        finding = next(each for each in rig.run().findings if each.code == "CE110")
        assert f"mean loss is {rig.run().value:.4g}" in finding.because
        assert finding.because.endswith("1.386")

    def test_rounding_of_another_order_of_adding_is_no_difference(self) -> None:
        rig = exclusive(100, 4)
        row = np.tile(rig.predictions[:1], (100, 1))
        noisy = row * (1 + 1e-7 * rng.normal(size=row.shape)).astype(np.float32)
        assert "CE110" in rig.but(predictions=noisy).codes
        assert "CE110" not in rig.but(predictions=row + rng.normal(0, 1e-3, row.shape)).codes

    def test_what_is_no_sign_of_it(self) -> None:
        rig = exclusive(100, 4)
        same = np.tile(rig.predictions[:1], (100, 1))
        assert "CE110" not in rig.but(predictions=same, targets=0 * rig.targets).codes  # all of one class
        assert "CE110" not in rig.but(predictions=same[:19], targets=rig.targets[:19]).codes  # few rows
        assert "CE110" not in rig.but(predictions=put(same, (50, 0), 7.0)).codes  # not all the same
        masked = np.where(np.arange(4) == (rig.targets[:, None] + 1) % 4, -np.inf, same)
        assert "CE110" not in rig.but(predictions=masked).codes
