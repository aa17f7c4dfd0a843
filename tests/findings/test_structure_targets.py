"""What the targets alone tell: rows without a label, how many of each class there are, and how labels are kept."""

from __future__ import annotations

import math

import numpy as np
import pytest
from rigs import SHAPES, Rig, binary, exclusive, independent, log_softmax, put, softmax

from ce_core import Finding
from ce_core.arrays import Source

rng = np.random.default_rng(11)


def told(rig: Rig, code: str) -> Finding:
    (finding,) = [each for each in rig.run().findings if each.code == code]
    return finding


def emptied(rig: Rig, every: int = 7) -> Rig:
    """Return a rig with each so-many-th target row of nothing but zeros."""
    targets = np.moveaxis(rig.targets, 1, -1).copy() if rig.targets.ndim == 4 else rig.targets.copy()
    rows = targets.reshape(-1, targets.shape[-1])
    rows[::every] = 0
    return rig.but(targets=np.moveaxis(targets, -1, 1) if rig.targets.ndim == 4 else targets)


class TestUnlabelledRows:
    """CE208."""

    @pytest.mark.parametrize(("rows", "classes"), [(12, 2), (30, 10), (300, 4), (24, 1000)])
    @pytest.mark.parametrize("shape", SHAPES)
    @pytest.mark.parametrize("encoding", ["one_hot", "distribution"])
    @pytest.mark.parametrize("outputs", ["logits", "probabilities", "log_probabilities"])
    def test_in_every_shape(self, rows: int, classes: int, shape: str, encoding: str, outputs: str) -> None:
        rig = emptied(exclusive(rows, classes, shape=shape, encoding=encoding, outputs=outputs))
        codes = rig.saying(exclusive=True).told
        assert [code for code in codes if code != "CE211"] == ["CE208"]

    def test_softmax_outputs_say_that_the_classes_are_exclusive(self) -> None:
        assert emptied(exclusive(encoding="one_hot", outputs="probabilities")).told == ["CE208"]
        assert emptied(exclusive(encoding="one_hot")).asking(loss="softmax_cross_entropy").told == ["CE208"]

    @pytest.mark.parametrize("smoothing", [0.0, 0.1])
    @pytest.mark.parametrize("weights", [None, np.arange(1, 31.0)], ids=["plain", "sample weights"])
    def test_the_mean_with_them_and_without(self, smoothing: float, weights: np.ndarray | None) -> None:
        rig = emptied(exclusive(encoding="one_hot")).asking(
            loss="softmax_cross_entropy", label_smoothing=smoothing, sample_weights=weights
        )
        finding, kept = told(rig, "CE208"), rig.targets.any(axis=1)
        rest = rig.but(predictions=rig.predictions[kept], targets=rig.targets[kept]).asking(
            sample_weights=None if weights is None else weights[kept]
        )
        assert f"{rig.run().value:.6g} with them, and {rest.run().value:.6g} without" in finding.because
        assert (finding.count, finding.rows) == (5, (0, 7, 14, 21, 28))

    def test_class_weights_leave_them_out_of_the_weighted_mean(self) -> None:
        rig = emptied(exclusive(encoding="one_hot")).asking(
            loss="softmax_cross_entropy", class_weights=np.array([1.0, 2, 3, 4])
        )
        assert f"{rig.run().value:.6g} with and without them" in told(rig, "CE208").because

    def test_labels_of_their_own_may_have_rows_of_none(self) -> None:
        rig = independent(200)
        assert (rig.targets == 0).all(axis=1).any()
        assert rig.told == []
        assert emptied(exclusive(100, encoding="one_hot")).saying(exclusive=False).told == []

    def test_one_cause_makes_one_finding(self) -> None:
        several = independent(60).asking(loss="softmax_cross_entropy")  # rows of none, and of several
        assert several.told == ["CE305"]
        halved = emptied(exclusive(encoding="distribution", outputs="probabilities"))
        assert halved.told == ["CE208"]
        assert halved.but(targets=halved.targets / 2).told == ["CE205"]


class TestClassImbalance:
    """CE210, a note."""

    @pytest.mark.parametrize("classes", [2, 3, 10, 1000])
    @pytest.mark.parametrize("encoding", ["index", "one_hot"])
    @pytest.mark.parametrize("outputs", ["logits", "probabilities"])
    def test_of_exclusive_classes(self, classes: int, encoding: str, outputs: str) -> None:
        labels = np.where(np.arange(2000) % 50 == 0, 1, 0)
        scores = rng.normal(0, 1, (2000, classes))
        rig = Rig(
            predictions=scores if outputs == "logits" else softmax(scores),
            targets=labels if encoding == "index" else (np.arange(classes) == labels[:, None]) * 1.0,
        )
        finding = told(rig, "CE210")
        assert finding.message == (
            "the classes are imbalanced, 1 : 49: class 1 has 40 of 2,000 examples, class 0 1,960"
        )
        assert "25 for class 1, 0.5102 for class 0" in finding.because  # 2000 / (2 · 40), 2000 / (2 · 1960)
        assert finding.severity == "note"

    def test_the_weights_are_those_that_make_every_class_weigh_alike(self) -> None:
        labels = np.repeat([0, 1, 2], [900, 90, 10])
        rig = Rig(predictions=rng.normal(0, 1, (1000, 3)), targets=labels)
        option = told(rig, "CE210").remedy.split("--class-weights ")[1].split(", and")[0]
        weights = np.array([float(each) for each in option.split(",")])
        assert np.allclose(weights * np.bincount(labels), 1000 / 3, rtol=1e-3)

    def test_of_one_outcome(self) -> None:
        targets = (np.arange(1000) % 100 == 0) * 1.0
        rig = Rig(predictions=rng.normal(-4, 1, 1000), targets=targets)
        finding = told(rig, "CE210")
        assert "--pos-weight 99" in finding.remedy
        assert f"log(99) = +{math.log(99):.3g}" in finding.because

    def test_of_labels_of_their_own_the_worst_is_named(self) -> None:
        targets = (rng.random((2000, 4)) < [0.5, 0.3, 0.05, 0.01]) * 1.0
        finding = told(Rig(predictions=rng.normal(0, 1, (2000, 4)), targets=targets), "CE210")
        yes = int(targets[:, 3].sum())
        assert f"label 3 is true of {yes} of 2,000 examples; 2 of 4 labels" in finding.message
        assert f"{2000 / yes - 1:.4g} for label 3" in finding.because

    def test_the_header_names_the_classes(self) -> None:
        source = Source(
            array=rng.normal(0, 1, (500, 2)), name="p.csv", precision="float64", columns=("cat", "dog")
        )
        rig = Rig(predictions=source, targets=(np.arange(500) % 50 == 0).astype(int))
        assert "class dog has 10 of 500" in told(rig, "CE210").message

    def test_weights_in_use_are_not_advised_again(self) -> None:
        rig = Rig(predictions=rng.normal(0, 1, (500, 2)), targets=(np.arange(500) % 50 == 0).astype(int))
        assert "weights are in use" in told(rig.asking(class_weights=np.array([0.51, 25.0])), "CE210").remedy

    def test_sample_weights_do_not_change_the_counts(self) -> None:
        labels = (np.arange(500) % 50 == 0).astype(int)
        rig = Rig(predictions=rng.normal(0, 1, (500, 2)), targets=labels)
        balanced = rig.asking(sample_weights=np.where(labels, 49.0, 1.0))
        assert told(rig, "CE210").message == told(balanced, "CE210").message

    def test_what_is_no_imbalance_or_chance(self) -> None:
        for rig in (
            exclusive(300, 4),
            exclusive(30, 10),
            binary(100),
            exclusive(300, 4, encoding="distribution"),
            Rig(predictions=rng.normal(0, 1, (12, 2)), targets=np.array([1] + 11 * [0])),  # 1 : 11 of a few
            Rig(predictions=rng.normal(0, 1, (1000, 2)), targets=(np.arange(1000) % 10 == 0).astype(int)),
        ):
            assert "CE210" not in rig.codes
        for _ in range(200):
            labels = rng.integers(0, 20, 60)
            assert "CE210" not in Rig(predictions=rng.normal(0, 1, (60, 20)), targets=labels).codes


class TestAbsentClass:
    """CE211, a note."""

    @pytest.mark.parametrize("classes", [2, 3, 10])
    @pytest.mark.parametrize("shape", SHAPES)
    @pytest.mark.parametrize("encoding", ["index", "one_hot"])
    def test_in_every_shape(self, classes: int, shape: str, encoding: str) -> None:
        rig = exclusive(300, classes, shape=shape, encoding=encoding)
        axis = 1 if shape == "[N,C,H,W]" else -1
        labels = rig.targets if encoding == "index" else rig.targets.argmax(axis=axis)
        labels = np.where(labels == classes - 1, 0, labels)
        rows = np.moveaxis(np.eye(classes)[labels], -1, axis)
        finding = told(rig.but(targets=labels if encoding == "index" else rows), "CE211")
        assert finding.message == f"class {classes - 1} of {classes} never occurs"
        assert ("labels=[0, 1" in finding.remedy) == (encoding == "index")

    def test_several_are_counted_and_the_first_are_named(self) -> None:
        rig = Rig(predictions=rng.normal(0, 1, (5000, 100)), targets=np.arange(5000) % 40)
        finding = told(rig, "CE211")
        assert finding.message.startswith("60 of 100 classes never occur: 40, 41")
        assert finding.message.endswith("49 and 50 more")
        assert finding.count == 60

    def test_of_one_outcome_and_of_labels_of_their_own(self) -> None:
        one = binary(100)
        assert told(one.but(targets=0 * one.targets), "CE211").message == "class 1 of 2 never occurs"
        many = independent(200)
        never = told(many.but(targets=put(many.targets, (slice(None), 2), 0)), "CE211")
        assert never.message == "label 2 of 4 is never true"
        assert "log_loss" not in never.because + never.remedy

    def test_few_rows_are_expected_to_miss_some(self) -> None:
        for _ in range(300):
            labels = rng.integers(0, 10, 40)
            assert "CE211" not in Rig(predictions=rng.normal(0, 1, (40, 10)), targets=labels).codes
        vocabulary = Rig(predictions=rng.normal(0, 1, (50, 20_000)), targets=rng.integers(0, 20_000, 50))
        assert vocabulary.told == []
        rare = (rng.random((200, 50)) < 0.02) * 1.0
        assert "CE211" not in Rig(predictions=rng.normal(0, 1, (200, 50)), targets=rare).codes

    def test_soft_targets_have_no_counts(self) -> None:
        shares = softmax(rng.normal(0, 2, (500, 4)))
        shares[:, 3] = 0
        shares /= shares.sum(axis=1, keepdims=True)
        assert Rig(predictions=rng.normal(0, 1, (500, 4)), targets=shares).told == []


class TestFloatLabels:
    """CE212, a note."""

    @pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
    @pytest.mark.parametrize("shape", SHAPES)
    def test_in_every_shape(self, dtype: type, shape: str) -> None:
        rig = exclusive(60, shape=shape)
        assert rig.but(targets=rig.targets.astype(dtype)).told == ["CE212"]
        assert rig.but(targets=rig.targets.astype(dtype)).run().value == rig.run().value

    def test_labels_beyond_what_the_dtype_holds_were_rounded(self) -> None:
        rig = Rig(
            predictions=rng.normal(0, 1, (50, 5000)),
            targets=rng.integers(0, 2000, 50).astype(np.float16),
        )
        assert "up to 2,048 only" in told(rig, "CE212").message

    def test_what_is_fine_or_told_otherwise(self) -> None:
        rig = exclusive(30)
        for dtype in (np.int64, np.int32, np.uint8):
            assert rig.but(targets=rig.targets.astype(dtype)).told == []
        assert rig.but(targets=rig.targets.astype(float) + 1).told == ["CE202"]
        assert rig.but(targets=put(rig.targets.astype(float), 3, np.nan)).told == ["CE101"]
        assert exclusive(30, encoding="one_hot").told == []
        assert binary(30).told == []
        text = Source(array=rig.targets.astype(float), name="y.csv", precision="decimals", decimals=1)
        assert rig.but(targets=text).told == []


@pytest.mark.parametrize(
    ("label", "says"),
    [
        (-2, "counts -2 from the end (-1: the last class);"),
        (70, "JAX (optax) gives NaN;"),
        (-70, "JAX (optax) gives NaN;"),
    ],
)
def test_what_each_framework_does_with_a_label_out_of_range(label: int, says: str) -> None:
    rig = exclusive(30)
    finding = told(rig.but(targets=put(rig.targets, 3, label)), "CE201")
    assert says in finding.because
    for name in ("PyTorch", "TensorFlow: NaN under XLA", "Keras on JAX gives a loss of 0", "scikit-learn"):
        assert name in finding.because


@pytest.mark.parametrize(("shape", "noun"), [("[B,T,K]", "1 sequence is"), ("[N,C,H,W]", "1 item is")])
def test_a_sequence_or_an_image_that_is_ignored_as_a_whole(shape: str, noun: str) -> None:
    rig = exclusive(60, shape=shape).saying(ignore_index=-100)
    finding = told(rig.but(targets=put(rig.targets, 2, -100)), "CE207")
    assert finding.message.startswith(f"{noun} left out as a whole")
    assert finding.rows == ((2,),)


def test_log_probabilities_of_exclusive_rows_show_rows_of_no_label() -> None:
    rig = emptied(exclusive(encoding="one_hot"))
    assert rig.but(predictions=log_softmax(rig.predictions)).told == ["CE208"]
