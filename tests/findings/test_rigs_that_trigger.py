"""Rigs with one thing wrong: the finding that names it, and no other."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from rigs import DTYPES, SHAPES, Rig, binary, exclusive, independent, kept, log_softmax, put, sigmoid, softmax

SIZES = [(1, 2), (2, 3), (30, 10), (300, 4), (20, 1000)]


def sized(*codes: str) -> list[str]:
    return [f"{rows} rows, {classes} classes" for rows, classes in SIZES]


@pytest.mark.parametrize(("rows", "classes"), SIZES, ids=sized())
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("encoding", ["index", "one_hot", "distribution"])
class TestOutputsThatAreNotWhatTheLossTakes:
    """One fault of the outputs each, in every size and shape."""

    def test_probabilities_as_logits(self, rows: int, classes: int, shape: str, encoding: str) -> None:
        rig = exclusive(rows, classes, shape=shape, encoding=encoding, outputs="probabilities")
        assert rig.saying(outputs="logits").codes == ["CE102"]

    def test_logits_as_probabilities(self, rows: int, classes: int, shape: str, encoding: str) -> None:
        rig = exclusive(rows, classes, shape=shape, encoding=encoding)
        assert rig.saying(outputs="probabilities").codes == ["CE103"]

    @pytest.mark.parametrize("outputs", ["logits", "probabilities"])
    def test_what_is_no_log_probability(
        self, rows: int, classes: int, shape: str, encoding: str, outputs: str
    ) -> None:
        rig = exclusive(rows, classes, shape=shape, encoding=encoding, outputs=outputs)
        found = rig.asking(loss="nll").run().findings
        assert [each.code for each in found] == ["CE111"]
        assert f"look like {outputs}" in found[0].message

    @pytest.mark.parametrize(
        ("value", "says"),
        [(np.nan, "1 NaN value"), (np.inf, "1 value of +inf")],
        ids=["NaN", "+inf"],
    )
    def test_what_is_not_finite(
        self, rows: int, classes: int, shape: str, encoding: str, value: float, says: str
    ) -> None:
        rig = exclusive(rows, classes, shape=shape, encoding=encoding)
        answer = rig.but(predictions=put(rig.predictions, (0,) * rig.predictions.ndim, value)).run()
        assert [each.code for each in answer.findings] == ["CE101"]
        assert answer.findings[0].message == f"the predictions are not finite: {says}"
        assert answer.value is None or not np.isfinite(answer.value)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    ("outputs", "said", "code"),
    [
        ("probabilities", "logits", "CE102"),
        ("logits", "probabilities", "CE103"),
        ("logits", "log_probabilities", "CE111"),
    ],
    ids=["CE102", "CE103", "CE111"],
)
def test_the_precision_of_the_outputs_does_not_hide_what_they_are(
    dtype: str, outputs: str, said: str, code: str
) -> None:
    assert exclusive(60, 10, dtype=dtype, outputs=outputs).saying(outputs=said).codes == [code]


LOGITS = exclusive()
LABELS = LOGITS.targets
ROWS = exclusive(encoding="one_hot")
SOFT = exclusive(encoding="distribution")
PROBABILITIES = exclusive(outputs="probabilities")
PROBABILITY_ROWS = exclusive(outputs="probabilities", encoding="one_hot")
MULTI = independent()
ONE = binary(outputs="probabilities")
SEQUENCES = exclusive(shape="[B,T,K]")


def labels(at: object, value: int) -> Rig:
    return LOGITS.but(targets=put(LABELS, at, value))


SIGNED = (2 * binary().targets - 1).astype(np.int64)

TRIGGERS: dict[str, tuple[str, Rig]] = {
    "row of nothing but -inf": ("CE101", LOGITS.but(predictions=put(LOGITS.predictions, 3, -np.inf))),
    "NaN in a column that the loss does not read": (
        "CE101",
        PROBABILITIES.but(predictions=put(PROBABILITIES.predictions, (0, 1), np.nan)),
    ),
    "NaN among multi-label targets": ("CE101", MULTI.but(targets=put(MULTI.targets, (3, 1), np.nan))),
    "nothing but NaN for targets": ("CE101", LOGITS.but(targets=0 * LABELS * np.nan)),
    "nothing but NaN for rows of targets": ("CE101", MULTI.but(targets=0 * MULTI.targets * np.nan)),
    "nothing but NaN for predictions": (
        "CE101",
        LOGITS.but(predictions=0 * LOGITS.predictions * np.nan).saying(outputs="logits"),
    ),
    "NaN among class indices": ("CE101", LOGITS.but(targets=put(LABELS.astype(float), 3, np.nan))),
    "softmax asked, one-hot": ("CE102", PROBABILITY_ROWS.asking(loss="softmax_cross_entropy")),
    "softmax asked by optax's name": (
        "CE102",
        PROBABILITIES.asking(loss="optax.softmax_cross_entropy_with_integer_labels"),
    ),
    "sigmoid outputs under a sigmoid loss": (
        "CE102",
        independent(outputs="probabilities").asking(loss="sigmoid_cross_entropy"),
    ),
    "sigmoid outputs said to be logits": ("CE102", binary(outputs="probabilities").saying(outputs="logits")),
    "logits under binary cross-entropy": ("CE103", MULTI.asking(loss="binary_cross_entropy")),
    "log-probabilities said to be probabilities": (
        "CE106",
        exclusive(outputs="log_probabilities").saying(outputs="probabilities"),
    ),
    "sigmoid outputs of exclusive classes": (
        "CE103",
        LOGITS.but(predictions=sigmoid(LOGITS.predictions)).saying(outputs="probabilities"),
    ),
    "rows normalised over the batch instead": (
        "CE103",
        LOGITS.but(predictions=softmax(LOGITS.predictions.T).T).asking(
            loss="sparse_categorical_cross_entropy"
        ),
    ),
    "softmax of one column": ("CE107", binary(column=True).asking(loss="softmax_cross_entropy")),
    "softmax of one column, index labels": (
        "CE107",
        binary(column=True).asking(loss="sparse_softmax_cross_entropy"),
    ),
    "softmax of no column": ("CE107", binary().asking(loss="softmax_cross_entropy")),
    "categorical of one column": (
        "CE107",
        binary(column=True, outputs="probabilities").asking(loss="categorical_cross_entropy"),
    ),
    "zero for the true class": (
        "CE108",
        PROBABILITIES.but(predictions=put(PROBABILITIES.predictions, 0, [0, 0.5, 0.25, 0.25])),
    ),
    "zero for a true class of a soft row": (
        "CE108",
        SOFT.but(predictions=put(softmax(SOFT.predictions), 0, [0, 0.5, 0.25, 0.25])),
    ),
    "probability 0 of what is true": (
        "CE108",
        ONE.but(predictions=put(ONE.predictions, 1, 0)).saying(outputs="probabilities"),
    ),
    "probability 1 of what is false": (
        "CE108",
        ONE.but(predictions=put(ONE.predictions, 0, 1)).saying(outputs="probabilities"),
    ),
    "log-probability of -inf": (
        "CE108",
        LOGITS.but(predictions=log_softmax(put(LOGITS.predictions, (0, 0), -np.inf))),
    ),
    "labels out of range, mixed": ("CE201", labels([0, 1], [7, -3])),
    "labels above K only": ("CE201", labels([0, 1], 5)),
    "few labels, the largest K, none 0": (
        "CE201",
        LOGITS.but(predictions=LOGITS.predictions[:3], targets=np.array([2, 4, 4])),
    ),
    "labels out of range, loss asked": ("CE201", labels(0, 9).asking(loss="sparse_softmax_cross_entropy")),
    "another label than the ignored one": ("CE201", labels([0, 1], [-100, -1]).saying(ignore_index=-100)),
    "labels from 1 to K": ("CE202", LOGITS.but(targets=LABELS + 1)),
    "float labels from 1 to K": ("CE202", LOGITS.but(targets=LABELS + 1.0)),
    "one outcome, labels 1 and 2": ("CE202", binary().but(targets=binary().targets + 1)),
    "sentinel -100": ("CE203", labels([5, 6], -100)),
    "sentinel -1": ("CE203", labels([5, 6], -1)),
    "sentinel 255, uint8": ("CE203", LOGITS.but(targets=put(LABELS.astype(np.uint8), [5, 6], 255))),
    "sentinel K": ("CE203", labels([5, 6], 4)),
    "sentinel with labels from 1": (
        "CE203",
        LOGITS.but(targets=put(LABELS + 1, 5, -100)).saying(label_base=1),
    ),
    "sentinel of one outcome, -1": ("CE203", binary().but(targets=put(binary().targets, [4, 5], -1))),
    "sentinel of one outcome, 255": ("CE203", binary().but(targets=put(binary().targets, [4, 5], 255))),
    "sentinel of single labels": ("CE203", MULTI.but(targets=put(MULTI.targets, (5, 2), -1))),
    "labels -1 and +1": ("CE204", binary().but(targets=SIGNED)),
    "labels -1 and +1 in a column": ("CE204", binary(column=True).but(targets=SIGNED[:, None])),
    "labels -1 and +1, loss asked": (
        "CE204",
        binary().but(targets=SIGNED).asking(loss="sigmoid_cross_entropy"),
    ),
    "labels -1 and +1 for two columns": ("CE204", exclusive(30, 2).but(targets=SIGNED)),
    "labels -1 and +1, multi-label": ("CE204", MULTI.but(targets=2 * MULTI.targets - 1)),
    "halved soft rows": ("CE205", SOFT.but(targets=SOFT.targets / 2).saying(exclusive=True)),
    "doubled soft rows": ("CE205", SOFT.but(targets=SOFT.targets * 2).saying(exclusive=True)),
    "doubled soft rows, loss asked": (
        "CE205",
        SOFT.but(targets=SOFT.targets * 2).asking(loss="softmax_cross_entropy"),
    ),
    "soft rows for softmax outputs": (
        "CE205",
        SOFT.but(predictions=softmax(SOFT.predictions), targets=sigmoid(SOFT.predictions)),
    ),
    "mask of 0 and 255": ("CE206", binary().but(targets=255 * binary().targets)),
    "grey values": ("CE206", binary().but(targets=np.linspace(0, 255, 30).round())),
    "class indices for one column": ("CE206", binary().but(targets=np.arange(30) % 7)),
    "every label ignored": ("CE207", LOGITS.but(targets=0 * LABELS - 100).saying(ignore_index=-100)),
    "every label a sentinel": ("CE207", LOGITS.but(targets=0 * LABELS - 100)),
    "mask of nothing": ("CE207", LOGITS.asking(mask=0 * LABELS)),
    "sequence of ignored labels": (
        "CE207",
        SEQUENCES.but(targets=put(SEQUENCES.targets, 3, -100)).saying(ignore_index=-100),
    ),
    "no sample has weight": ("CE207", LOGITS.asking(sample_weights=0.0 * LABELS)),
    "no class has weight": ("CE207", LOGITS.asking(class_weights=np.zeros(LOGITS.predictions.shape[-1]))),
    "sequence of no length": ("CE207", SEQUENCES.asking(lengths=np.array([5, 5, 0, 1, 2, 3]))),
    "quantities for one column": ("CE209", binary().but(targets=np.linspace(-3, 8, 30))),
    "quantities for several columns": ("CE209", LOGITS.but(targets=np.linspace(-3, 8, 30))),
    "rows of quantities": ("CE209", SOFT.but(targets=SOFT.predictions)),
    "fractions where indices are needed": ("CE209", exclusive(30, 2).but(targets=np.linspace(0.1, 0.9, 30))),
    "quantities, loss asked": (
        "CE209",
        binary().but(targets=np.linspace(-3, 8, 30)).asking(loss="sigmoid_cross_entropy"),
    ),
    "[N, 1] against [N]": ("CE302", binary(column=True).but(targets=binary().targets)),
    "[N] against [N, 1]": ("CE302", binary().but(targets=binary(column=True).targets)),
    "several ones, softmax outputs": ("CE305", MULTI.but(predictions=softmax(MULTI.predictions))),
    "several ones, log-softmax outputs": ("CE305", MULTI.but(predictions=log_softmax(MULTI.predictions))),
    "several ones, softmax loss": ("CE305", MULTI.asking(loss="softmax_cross_entropy")),
    "several ones, categorical loss": (
        "CE305",
        MULTI.but(predictions=softmax(MULTI.predictions)).asking(loss="categorical_cross_entropy"),
    ),
    "several ones, said to be exclusive": ("CE305", MULTI.saying(exclusive=True)),
    "several ones, said to be one-hot": ("CE305", MULTI.saying(encoding="one_hot")),
    "-inf at the true class": ("CE402", LOGITS.but(predictions=put(LOGITS.predictions, (0, 0), -np.inf))),
    "-inf and label smoothing": (
        "CE402",
        LOGITS.but(predictions=put(LOGITS.predictions, (0, 1), -np.inf)).asking(label_smoothing=0.1),
    ),
    "-inf under a soft row": ("CE402", SOFT.but(predictions=put(SOFT.predictions, (0, 1), -np.inf))),
    "-inf for what is true": ("CE402", binary().but(predictions=put(binary().predictions, 1, -np.inf))),
}


@pytest.mark.parametrize(("code", "rig"), TRIGGERS.values(), ids=TRIGGERS)
def test_one_cause_makes_one_finding(code: str, rig: Rig) -> None:
    assert rig.codes == [code]


@pytest.mark.parametrize(("code", "rig"), TRIGGERS.values(), ids=TRIGGERS)
def test_a_finding_says_what_why_and_what_to_do(code: str, rig: Rig) -> None:
    (finding,) = rig.run().findings
    for text in (finding.message, finding.because, finding.remedy):
        assert text
        assert not text.endswith(".")
        assert "None" not in text
        assert "  " not in text
    assert any(letter.isdigit() for letter in finding.message + finding.because)
    assert finding.count is None or finding.count >= len(finding.rows)


NO_VALUE = {"CE201", "CE202", "CE207", "CE209"}


@pytest.mark.parametrize(
    "rig",
    [rig for code, rig in TRIGGERS.values() if code in {"CE201", "CE202", "CE209"}],
    ids=[name for name, (code, _) in TRIGGERS.items() if code in {"CE201", "CE202", "CE209"}],
)
def test_labels_that_name_no_column_have_no_value(rig: Rig) -> None:
    assert rig.run().value is None


def test_quantities_are_not_a_cross_entropy_unless_a_loss_is_asked_for() -> None:
    rig = binary().but(targets=np.linspace(-3, 8, 30))
    assert rig.run().status == "not_a_cross_entropy"
    assert rig.asking(loss="sigmoid_cross_entropy").run().status == "decided"


def naive(logits: np.ndarray, labels: np.ndarray) -> float:
    """Return the mean softmax cross-entropy, spelt out."""
    return float(-log_softmax(logits)[np.arange(len(labels)), labels].mean())


def test_saying_that_labels_count_from_1_gives_the_value_of_labels_from_0() -> None:
    rig = LOGITS.but(targets=LABELS + 1).saying(label_base=1)
    assert rig.codes == []
    assert rig.run().value == pytest.approx(naive(LOGITS.predictions.astype(float), LABELS), rel=1e-6)


@pytest.mark.parametrize("sentinel", [-100, -1, 255, 4])
def test_a_sentinel_is_left_out_and_confirming_it_changes_nothing_but_the_warning(sentinel: int) -> None:
    rig = labels([5, 6], sentinel)
    found, said = rig.run(), rig.saying(ignore_index=sentinel).run()
    assert (found.count, found.ignored) == (said.count, said.ignored) == (28, 2)
    assert found.value == said.value
    rest = np.delete(np.arange(30), [5, 6])
    assert found.value == pytest.approx(naive(LOGITS.predictions[rest].astype(float), LABELS[rest]), rel=1e-6)
    assert said.findings == ()
    confirm, _, elsewhere = found.findings[0].remedy.partition("; ")
    assert confirm == f"confirm with --ignore-index {sentinel}"
    assert elsewhere == (
        "PyTorch leaves it out by itself, other frameworks have to be told"
        if sentinel == -100
        else f"in PyTorch ignore_index={sentinel}, in Keras ignore_class={sentinel}"
    )
    assert found.findings[0].rows == (5, 6)


@pytest.mark.parametrize("outputs", ["logits", "probabilities"])
@pytest.mark.parametrize("column_first", [True, False])
def test_the_broadcast_trap_gives_both_values(outputs: str, column_first: bool) -> None:
    flat = binary(outputs=outputs)
    column = binary(outputs=outputs, column=True)
    first, second = (column, flat) if column_first else (flat, column)
    rig = first.but(targets=second.targets).saying(outputs=outputs)
    logits = flat.predictions.astype(float)
    if outputs == "probabilities":
        logits = np.log(logits / (1 - logits))

    def loss(x: np.ndarray, y: np.ndarray) -> float:
        return float((np.logaddexp(0, x) - x * y).mean())

    answer = rig.run()
    right = loss(logits, flat.targets)
    wrong = loss(logits[:, None], flat.targets[None, :])  # what broadcasting makes of the two shapes
    (finding,) = answer.findings
    assert answer.value == pytest.approx(right, rel=1e-6)
    assert f"is {right:.6g};" in finding.because
    assert f"give {wrong:.6g}" in finding.because
    assert "30 x 30" in finding.message


def test_the_broadcast_trap_counts_no_ignored_target() -> None:
    rig = binary(column=True).but(targets=put(binary().targets, 3, -1)).saying(ignore_index=-1)
    (finding,) = rig.run().findings
    assert finding.code == "CE302"
    assert "give" not in finding.because


@pytest.mark.parametrize("encoding", ["index", "one_hot"])
def test_a_zero_probability_has_a_value_under_each_usual_clip(encoding: str) -> None:
    rig = exclusive(outputs="probabilities", encoding=encoding, dtype="float64")
    rig = rig.but(predictions=put(rig.predictions, 0, [0, 0.5, 0.25, 0.25]))
    answer = rig.run()
    assert answer.value == np.inf
    (finding,) = answer.findings
    true = rig.predictions[np.arange(30), LABELS]
    for clip in (1e-7, 1e-15, float(np.finfo(np.float64).eps)):
        clipped = float(-np.log(np.clip(true, clip, 1 - clip)).mean())
        assert f": {clipped:.6g}" in finding.because
        named = rig.asking(clip=clip).run()
        assert named.value == pytest.approx(clipped, rel=1e-9)
        assert [each.code for each in named.findings] == ["CE401"]


@pytest.mark.parametrize("classes", [2, 10, 1000])
def test_the_least_loss_under_a_second_softmax_is_true(classes: int) -> None:
    rig = exclusive(20, classes, outputs="probabilities", encoding="one_hot").but(
        predictions=exclusive(20, classes, encoding="one_hot").targets
    )
    answer = rig.saying(outputs="logits").run()
    assert f"fall below {answer.value:.4g} nats" in answer.findings[0].because


def test_soft_targets_of_two_columns_are_told_how_to_be_rows() -> None:
    rig = exclusive(30, 2).but(targets=np.linspace(0.1, 0.9, 30))
    assert "[1 - y, y]" in rig.run().findings[0].remedy


REMEDIES: dict[str, tuple[Rig, str]] = {
    "0/255": (binary().but(targets=255 * binary().targets), "divide them by 255"),
    "grey": (binary().but(targets=np.linspace(0, 255, 30).round()), "divide them by 255"),
    "sentinel K": (labels([5, 6], 4), "confirm with --ignore-index 4"),
    "out of range, none 0": (
        LOGITS.but(predictions=LOGITS.predictions[:3], targets=np.array([2, 4, 4])),
        "if labels are counted from 1, say --label-base 1; else correct them",
    ),
    "CE102 said": (PROBABILITIES.saying(outputs="logits"), "--probabilities"),
    "CE102 asked": (
        PROBABILITIES.asking(loss="sparse_softmax_cross_entropy"),
        "--loss sparse_categorical_cross_entropy",
    ),
    "CE103 asked": (
        LOGITS.asking(loss="sparse_categorical_cross_entropy"),
        "--loss sparse_softmax_cross_entropy",
    ),
    "CE103 sigmoid": (MULTI.asking(loss="binary_cross_entropy"), "--loss sigmoid_cross_entropy"),
    "CE111": (ROWS.asking(loss="nll"), "--loss softmax_cross_entropy"),
}


@pytest.mark.parametrize(("rig", "remedy"), REMEDIES.values(), ids=REMEDIES)
def test_the_remedy_names_what_to_do(rig: Rig, remedy: str) -> None:
    assert remedy in rig.run().findings[0].remedy


FOLLOWED: dict[str, tuple[Rig, Callable[[Rig], Rig]]] = {
    "CE102": (
        PROBABILITIES.asking(loss="sparse_softmax_cross_entropy"),
        lambda rig: rig.asking(loss="sparse_categorical_cross_entropy"),
    ),
    "CE103": (
        LOGITS.asking(loss="sparse_categorical_cross_entropy"),
        lambda rig: rig.asking(loss="sparse_softmax_cross_entropy"),
    ),
    "CE111": (LOGITS.asking(loss="nll"), lambda rig: rig.asking(loss="sparse_softmax_cross_entropy")),
    "CE107": (
        binary(column=True).asking(loss="softmax_cross_entropy"),
        lambda rig: rig.asking(loss="sigmoid_cross_entropy"),
    ),
    "CE206": (binary().but(targets=255 * binary().targets), lambda rig: rig.but(targets=rig.targets / 255)),
    "CE204": (binary().but(targets=SIGNED), lambda rig: rig.but(targets=(rig.targets + 1) / 2)),
    "CE205": (
        SOFT.but(targets=SOFT.targets * 2).saying(exclusive=True),
        lambda rig: rig.but(targets=rig.targets / rig.targets.sum(axis=-1, keepdims=True)),
    ),
    "CE305": (
        MULTI.asking(loss="softmax_cross_entropy"),
        lambda rig: rig.asking(loss="sigmoid_cross_entropy"),
    ),
    "CE302": (
        binary(column=True).but(targets=binary().targets),
        lambda rig: rig.but(targets=rig.targets[:, None]),
    ),
    "CE209": (
        exclusive(30, 2).but(targets=np.linspace(0.1, 0.9, 30)),
        lambda rig: rig.but(targets=np.stack([1 - rig.targets, rig.targets], axis=1)),
    ),
}


@pytest.mark.parametrize(("rig", "mend"), FOLLOWED.values(), ids=FOLLOWED)
def test_following_the_remedy_silences_the_finding(rig: Rig, mend: Callable[[Rig], Rig]) -> None:
    assert rig.codes
    assert [code for code in mend(rig).codes if code != "CE501"] == []  # some targets are made up


def test_a_widened_bfloat16_array_is_told_apart_by_its_values() -> None:
    rig = exclusive(60, 10, dtype="bfloat16", outputs="probabilities")
    assert rig.codes == []
    off = rig.but(predictions=kept(rig.predictions * 0.9, "bfloat16")).saying(outputs="probabilities")
    assert off.codes == ["CE103"]
    assert "bfloat16 values kept as float32" in off.run().findings[0].because
