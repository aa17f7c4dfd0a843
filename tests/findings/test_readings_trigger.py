"""Rigs whose arrays fit better when read otherwise: the one finding that says so, and how."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from faults import Model, labelled, model, outcomes
from rigs import Rig, log_softmax, sigmoid, softmax

from ce_core import CepickError, Evaluation, evaluate, infer
from ce_core.arrays import Source

SIZES = {
    "40 rows, 2 classes": (40, 2, 6.0),
    "40 rows, 3 classes": (40, 3, 6.0),
    "40 rows, 10 classes": (40, 10, 6.0),
    "1,000 rows, 10 classes": (1000, 10, 3.0),
    "300 rows, 100 classes": (300, 100, 7.0),
    "100 rows, 1,000 classes": (100, 1000, 10.0),
}
SHAPES = ("[N,K]", "[B,T,K]", "[N,C,H,W]")
DTYPES = ("float16", "float32", "float64", "bfloat16", "float16 in float32")
FORMS = {
    "logits, float64": {},
    "logits, bfloat16, one-hot": {"dtype": "bfloat16", "encoding": "one_hot"},
    "probabilities, float32": {"outputs": "probabilities", "dtype": "float32"},
    "log-probabilities, float16, one-hot": {
        "outputs": "log_probabilities",
        "dtype": "float16",
        "encoding": "one_hot",
    },
}


def swapped_pair(made: Model, first: int = 0, second: int = 1) -> np.ndarray:
    order = np.arange(made.classes)
    order[[first, second]] = [second, first]
    return order


PLANTED: dict[str, tuple[str, Callable[[Model], Rig], str]] = {
    "labels one step late": ("CE307", lambda m: m.rig(labels=np.roll(m.labels, 1, -1)), "earlier"),
    "labels one step early": ("CE307", lambda m: m.rig(labels=np.roll(m.labels, -1, -1)), "later"),
    "labels count from 1, wrapped": ("CE308", lambda m: m.rig(labels=(m.labels + 1) % m.classes), "0→"),
    "columns reversed": ("CE308", lambda m: m.rig(logits=m.logits[..., ::-1]), "0→"),
}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_is_the_one_finding(size: str, shape: str, form: str, fault: str) -> None:
    rows, classes, strength = SIZES[size]
    made = model(rows, classes, strength=strength, shape=shape, seed=len(fault) + classes, **FORMS[form])
    code, plant, says = PLANTED[fault]
    found = plant(made).run().findings
    assert [each.code for each in found] == [code]
    assert says in found[0].message


@pytest.mark.parametrize("size", [each for each in SIZES if "2 classes" not in each])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("form", FORMS)
def test_scores_of_the_opposite_sign(size: str, shape: str, form: str) -> None:
    rows, classes, strength = SIZES[size]
    made = model(rows, classes, strength=strength, shape=shape, **FORMS[form])
    assert made.rig(logits=-made.logits).wrong == ["CE309"]


@pytest.mark.parametrize("classes", [2, 3, 10, 100, 1000])
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("logs", [False, True], ids=["probabilities", "log-probabilities"])
@pytest.mark.parametrize("encoding", ["index", "one_hot"])
def test_a_second_softmax(classes: int, dtype: str, logs: bool, encoding: str) -> None:
    made = model(200, classes, strength=10.0, dtype=dtype, encoding=encoding)
    twice = softmax(softmax(made.logits))
    (found,) = made.given(np.log(twice) if logs else twice).errors
    assert found.code == "CE104"
    assert found.message == "the predictions went through softmax twice"
    assert f"below {np.log1p((classes - 1) / np.e):.4g} nats" in found.because


def test_the_floor_of_a_second_softmax_is_the_loss_of_a_certain_model() -> None:
    made = model(100, 10, strength=60.0)
    rig = made.given(softmax(softmax(made.logits)))
    answer = rig.run()
    assert f"fall below {answer.value:.4g} nats" in answer.findings[0].because


@pytest.mark.parametrize(("times", "says"), [(2, "twice"), (3, "three times"), (4, "four times")])
def test_softmaxes_are_counted(times: int, says: str) -> None:
    made = model(200, 5, strength=8.0)
    predictions = made.logits
    for _ in range(times):
        predictions = softmax(predictions)
    (found,) = made.given(predictions).errors
    assert (found.code, found.message) == ("CE104", f"the predictions went through softmax {says}")


@pytest.mark.parametrize("digits", [3, 4, 5, 6, 8])
def test_a_second_softmax_in_a_csv(digits: int) -> None:
    made = model(100, 5, strength=6.0)
    rounded = np.round(softmax(softmax(made.logits)), digits)
    source = Source(array=rounded, name="p.csv", precision="decimals", decimals=digits)
    assert [each.code for each in evaluate(source, made.labels).findings] == ["CE104"]


def test_a_second_softmax_handed_over_as_logits_is_named_instead_of_the_third() -> None:
    made = model(200, 10)
    rig = made.given(softmax(softmax(made.logits))).saying(outputs="logits")
    assert rig.wrong == ["CE104"]
    assert "CE102" in made.given(softmax(made.logits)).saying(outputs="logits").codes


@pytest.mark.parametrize("labels", [1, 4])
@pytest.mark.parametrize("rate", [0.5, 0.1])
@pytest.mark.parametrize("dtype", DTYPES)
def test_a_second_sigmoid(labels: int, rate: float, dtype: str) -> None:
    logits, targets = labelled(300, labels, strength=7.0, rate=rate)
    rig = outcomes(sigmoid(logits), targets, "probabilities", dtype)
    (found,) = rig.errors
    assert found.code == "CE105"
    assert "0.6931 nats and what is true 0.3133" in found.because


@pytest.mark.parametrize("rows", [40, 300])
@pytest.mark.parametrize("labels", [1, 4])
@pytest.mark.parametrize("outputs", ["logits", "probabilities"])
class TestIndependentOutcomes:
    """One outcome, and several."""

    def test_the_opposite_sign(self, rows: int, labels: int, outputs: str) -> None:
        logits, targets = labelled(rows, labels)
        (found,) = outcomes(-logits, targets, outputs).errors
        assert found.code == "CE309"
        assert ("1 - p" if outputs == "probabilities" else "-x") in found.message

    def test_rows_that_are_shifted(self, rows: int, labels: int, outputs: str) -> None:
        logits, targets = labelled(rows + 60, labels)
        (found,) = outcomes(logits, np.roll(targets, -1, axis=0), outputs).errors
        assert (found.code, found.message) == ("CE307", "the labels belong one row later")

    def test_columns_in_another_order(self, rows: int, labels: int, outputs: str) -> None:
        if labels == 1:
            return
        logits, targets = labelled(rows + 60, labels)
        (found,) = outcomes(logits, targets[:, [1, 0, 3, 2]], outputs).errors
        assert found.code == "CE308"
        assert "0→1, 1→0, 2→3, 3→2" in found.message


@pytest.mark.parametrize("rate", [0.002, 0.02])
@pytest.mark.parametrize("outputs", ["logits", "probabilities"])
def test_the_opposite_sign_of_rare_labels(rate: float, outputs: str) -> None:
    logits, targets = labelled(5000, 1, strength=8.0 if rate > 0.01 else 14.0, rate=rate)
    assert outcomes(-logits, targets, outputs).wrong == ["CE309"]


def test_flipped_probabilities_of_which_nothing_was_said() -> None:
    logits, targets = labelled(200)
    assert [each.code for each in evaluate(1 - sigmoid(logits), targets).findings] == ["CE309"]


@pytest.mark.parametrize("classes", [3, 10, 60, 100])
@pytest.mark.parametrize("encoding", ["index", "one_hot"])
def test_any_permutation_is_told_as_it_is(classes: int, encoding: str) -> None:
    made = model(60 * classes, classes, strength=6.0, encoding=encoding)
    order = np.random.default_rng(classes).permutation(classes)
    (found,) = made.rig(labels=np.argsort(order)[made.labels]).errors
    assert found.code == "CE308"
    first = int(np.flatnonzero(np.argsort(order) != np.arange(classes))[0])
    moved = int(np.argsort(order)[first])
    assert f"{moved}→{first}" in found.message or classes > 6
    assert classes <= 6 or found.message.endswith(f" and {(order != np.arange(classes)).sum() - 6} more")


@pytest.mark.parametrize("classes", [10, 30, 100])
@pytest.mark.parametrize("shape", SHAPES)
def test_two_classes_that_are_exchanged_among_many(classes: int, shape: str) -> None:
    made = model(60 * classes, classes, strength=6.0, shape=shape)
    order = swapped_pair(made, 3, 7)
    (found,) = made.rig(labels=order[made.labels]).errors
    assert (found.code, found.message) == ("CE308", "the classes are permuted: label→column 3→7, 7→3")


@pytest.mark.parametrize("classes", [11, 100, 1000])
@pytest.mark.parametrize("rows", [40, 400])
def test_columns_in_the_order_of_their_numbers_as_text(classes: int, rows: int) -> None:
    made = model(rows, classes, strength=10.0)
    (found,) = made.rig(logits=made.logits[:, np.argsort(np.arange(classes).astype(str))]).errors
    assert found.code == "CE308"
    assert found.remedy.startswith("the columns stand in the order of the numbers as text: 0, 1, 10")


def test_two_columns_exchanged_are_called_by_both_words() -> None:
    made = model(100, 2)
    (found,) = made.rig(logits=made.logits[:, ::-1]).errors
    assert (found.code, found.message) == (
        "CE308",
        "the two classes are permuted (0→1, 1→0), which is the same as a flipped sign",
    )


def test_classes_are_called_by_their_names() -> None:
    made = model(400, 4)
    rig = made.rig(labels=np.array([0, 1, 3, 2])[made.labels]).asking(
        class_names=["cat", "dog", "eel", "fox"]
    )
    assert rig.errors[0].message == "the classes are permuted: label→column eel→fox, fox→eel"


def test_soft_rows_of_another_order() -> None:
    made = model(300, 4)
    rng = np.random.default_rng(1)
    teacher = softmax(made.logits + rng.normal(size=made.logits.shape))
    rig = Rig(predictions=made.logits, targets=teacher[:, [2, 0, 1, 3]])
    assert rig.wrong == ["CE308"]
    assert "0→2, 1→0, 2→1" in rig.errors[0].message


LARGE = model(200, 5, strength=0.0)
JOINT = -(10 ** np.random.default_rng(3).uniform(2, 5, (200, 5)))
JOINT[np.arange(200), LARGE.labels] *= 0.01
PADDED = model(400, 6, shape="[B,T,K]")
LENGTHS = np.random.default_rng(4).integers(3, 10, len(PADDED.labels))
WITHIN = np.arange(10) < LENGTHS[:, None]
CERTAIN = np.eye(5)[LARGE.labels]
RARE = model(20_000, 4, weights=[0.997, 0.001, 0.001, 0.001], strength=9.0)

HARD_CASES: dict[str, tuple[str, Rig]] = {
    "naive Bayes, shifted": ("CE307", LARGE.given(log_softmax(JOINT), np.roll(LARGE.labels, 1))),
    "naive Bayes, permuted": (
        "CE308",
        LARGE.given(log_softmax(JOINT), np.array([2, 0, 1, 3, 4])[LARGE.labels]),
    ),
    "naive Bayes, flipped": ("CE309", LARGE.given(-JOINT)),
    "exact zeros, shifted": ("CE307", LARGE.given(CERTAIN, np.roll(LARGE.labels, 1))),
    "exact zeros, permuted": ("CE308", LARGE.given(CERTAIN[:, [1, 0, 2, 3, 4]])),
    "ignored labels, shifted twice": (
        "CE307",
        PADDED.rig(labels=np.roll(np.where(WITHIN, PADDED.labels, -100), -1, 1)).saying(ignore_index=-100),
    ),
    "lengths, not shifted": (
        "CE307",
        PADDED.rig(labels=np.roll(PADDED.labels, 1, 1)).asking(lengths=LENGTHS),
    ),
    "a mask, flipped": ("CE309", PADDED.rig(logits=-PADDED.logits).asking(mask=WITHIN.astype(int))),
    "one long sequence, shifted": (
        "CE307",
        Rig(
            predictions=PADDED.logits.reshape(1, -1, 6),
            targets=np.roll(PADDED.labels.reshape(1, -1), -1, 1),
        ),
    ),
    "classes that never occur, permuted": (
        "CE308",
        model(300, 10, weights=[0.3, 0, 0.3, 0, 0, 0.4, 0, 0, 0, 0]).rig(
            labels=np.array([7, 1, 2, 3, 4, 0, 6, 5, 8, 9])[
                model(300, 10, weights=[0.3, 0, 0.3, 0, 0, 0.4, 0, 0, 0, 0]).labels
            ]
        ),
    ),
    "one to a thousand, flipped": ("CE309", RARE.rig(logits=-RARE.logits)),
    "labels from 1, shifted": (
        "CE307",
        Rig(
            predictions=model(100, 5).logits,
            targets=np.roll(model(100, 5).labels + 1, 1),
        ).saying(label_base=1),
    ),
    "sorted by class, permuted": (
        "CE308",
        Rig(
            predictions=model(300, 10).logits[np.argsort(model(300, 10).labels, kind="stable")][:, ::-1],
            targets=np.sort(model(300, 10).labels),
        ),
    ),
}
HARD_CASES["a loss asked for"] = (
    "CE307",
    model(100).rig(labels=np.roll(model(100).labels, 1)).asking(loss="sparse_softmax_cross_entropy"),
)


@pytest.mark.parametrize(("code", "rig"), HARD_CASES.values(), ids=HARD_CASES)
def test_what_makes_arrays_awkward_hides_nothing(code: str, rig: Rig) -> None:
    assert rig.wrong == [code]


def images(classes: int = 7) -> Model:
    made = model(400, classes, shape="[N,C,H,W]")
    rng = np.random.default_rng(0)
    labels = rng.integers(0, classes, (20, classes, classes))
    logits = rng.normal(size=(*labels.shape, classes)) + 5 * np.eye(classes)[labels]
    return Model(logits=logits, labels=labels, classes=made.classes)


def steps(classes: int = 8, encoding: str = "index") -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    labels = rng.integers(0, classes, (30, classes))
    logits = rng.normal(size=(30, classes, classes)) + 5 * np.eye(classes)[labels]
    return logits, np.eye(classes)[labels] if encoding == "one_hot" else labels


AXES: dict[str, tuple[np.ndarray, np.ndarray, int, int]] = {
    "[N,T,C] said to be [N,C,T]": (*steps(), 1, 2),
    "[N,C,T] said to be [N,T,C]": (np.moveaxis(steps()[0], -1, 1), steps()[1], 2, 1),
    "probabilities": (np.moveaxis(softmax(steps()[0]), -1, 1), steps()[1], 2, 1),
    "one-hot rows": (*steps(8, "one_hot"), 1, 2),
    "[N,C,H,W]": (np.moveaxis(images().logits, -1, 1), images().labels, 3, 1),
    "[K,N], one-hot": (model(200, 4).logits.T, np.eye(4)[model(200, 4).labels].T, 1, 0),
    "[K,N], probabilities": (softmax(model(200, 4).logits).T, np.eye(4)[model(200, 4).labels].T, 1, 0),
    "[K,N], square": (model(40, 40, strength=8).logits.T, model(40, 40, strength=8).labels, 1, 0),
}


@pytest.mark.parametrize(("predictions", "targets", "said", "true"), AXES.values(), ids=AXES)
class TestTheClassAxis:
    """Axes of the same size, so that the shapes tell nothing."""

    def test_said_wrongly(self, predictions: np.ndarray, targets: np.ndarray, said: int, true: int) -> None:
        (found,) = evaluate(predictions, targets, class_axis=said).findings
        assert found.code == "CE303"
        assert found.message == f"the classes lie along axis {true}, and axis {said} was said"
        assert f"--class-axis {true}" in found.remedy

    def test_not_said_it_is_read_off_the_values(
        self, predictions: np.ndarray, targets: np.ndarray, said: int, true: int
    ) -> None:
        answer = evaluate(predictions, targets)
        assert [each.code for each in answer.findings if each.severity != "note"] == []
        assert answer.task.class_axis == true
        assert answer.value == pytest.approx(evaluate(predictions, targets, class_axis=true).value)


def test_an_axis_along_which_the_shapes_do_not_pair() -> None:
    made = model(50, 3)
    with pytest.raises(CepickError, match="pass --class-axis 1") as caught:
        evaluate(made.logits, made.labels, class_axis=0)
    assert caught.value.code == "CE303"


LOGITS, LABELS = model(60, 4).logits, model(60, 4).labels
SCORES, ONES = labelled(60)
MANY, MANY_ONES = labelled(60, 3)
SWAPPED: dict[str, tuple[np.ndarray, np.ndarray]] = {
    "one-hot rows and logits": (np.eye(4)[LABELS], LOGITS),
    "one-hot rows and probabilities": (np.eye(4)[LABELS], softmax(LOGITS)),
    "one-hot integers and logits": (np.eye(4, dtype=int)[LABELS], LOGITS),
    "0 and 1, and logits": (ONES, SCORES),
    "0 and 1, and probabilities": (ONES, sigmoid(SCORES)),
    "multi-hot rows and logits": (MANY_ONES, MANY),
    "multi-hot rows and probabilities": (MANY_ONES, sigmoid(MANY)),
}


@pytest.mark.parametrize(("first", "second"), SWAPPED.values(), ids=SWAPPED)
@pytest.mark.parametrize("loss", [None, "softmax_cross_entropy", "binary_cross_entropy"])
def test_labels_handed_over_as_predictions(first: np.ndarray, second: np.ndarray, loss: str | None) -> None:
    if loss == "softmax_cross_entropy" and first.ndim == 1:
        return
    answer = evaluate(first, second, loss=loss)
    assert [each.code for each in answer.findings] == ["CE304"]
    assert answer.value is None


@pytest.mark.parametrize(
    "labels", [LABELS, LABELS.astype(float), LABELS[:, None]], ids=["int", "float", "column"]
)
def test_indices_before_their_predictions(labels: np.ndarray) -> None:
    with pytest.raises(CepickError, match="pass the predictions first, then the targets") as caught:
        evaluate(labels, LOGITS)
    assert caught.value.code == "CE304"


def planted(size: str = "1,000 rows, 10 classes") -> list[Evaluation]:
    made = model(*SIZES[size][:2], strength=SIZES[size][2])
    return [plant(made).run() for _, plant, _ in PLANTED.values()]


def test_a_finding_says_what_why_what_to_do_and_how_sure() -> None:
    for answer in planted():
        (found,) = answer.findings
        for text in (found.message, found.because, found.remedy):
            assert text
            assert not text.endswith(".")
            assert "  " not in text
            assert "None" not in text
        effect = found.effect
        assert effect is not None
        assert effect.loss is not None
        assert effect.without is not None
        assert effect.p is not None
        assert effect.without < effect.loss
        assert effect.p * effect.tried < 1e-4
        assert f"the loss is {effect.without:.4g} nats" in found.because


def test_the_loss_without_the_fault_is_that_of_the_mended_arrays() -> None:
    made = model(300, 10)
    for rig in (made.rig(logits=-made.logits), made.rig(labels=(made.labels + 1) % 10)):
        effect = rig.errors[0].effect
        assert effect is not None
        assert effect.loss == pytest.approx(rig.run().value, rel=1e-9)
        assert effect.without == pytest.approx(made.rig().run().value, rel=1e-9)


def test_they_are_found_without_a_loss_too() -> None:
    made = model(100, 5)
    found = infer(made.logits, np.roll(made.labels, 1)).findings
    assert [each.code for each in found] == ["CE307"]
