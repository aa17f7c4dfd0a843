"""Two models on the same targets: the numbers, the parts, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from comparison_cases import (
    BINARY,
    BINARY_GOOD,
    GOOD,
    LABELS,
    MULTI,
    MULTI_GOOD,
    MULTI_POOR,
    PAIRS,
    POOR,
    TOKENS,
    TOKENS_GOOD,
    TOKENS_POOR,
    softmax,
)
from scipy import stats

from ce_core import compare, evaluate
from ce_core.comparing.compare import check_same
from ce_core.comparing.families import comparable
from ce_core.comparing.parts import Both
from ce_core.errors import CepickError

EXAMPLES = Path(__file__).parents[2] / "examples"


def example(name: str) -> str:
    return str(EXAMPLES / f"{name}.npy")


@pytest.mark.parametrize(("a", "b", "targets", "options"), PAIRS.values(), ids=PAIRS)
def test_the_means_are_those_of_both_evaluations(
    a: Any, b: Any, targets: Any, options: dict[str, Any]
) -> None:
    found = compare(a, b, targets, **options)
    for letter, predictions in (("a", a), ("b", b)):
        alone = evaluate(predictions, targets, **options)
        assert getattr(found, letter).value == alone.value
        assert getattr(found.differences[0], letter) == pytest.approx(alone.value, rel=1e-6)
        for each in found.differences[1:]:
            expected = getattr(alone.diagnostics, each.metric)
            assert getattr(each, letter) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(("a", "b", "targets", "options"), PAIRS.values(), ids=PAIRS)
@pytest.mark.parametrize("test", ["bootstrap", "t"])
def test_the_worse_model_is_found_to_be_worse_whichever_is_first(
    a: Any, b: Any, targets: Any, options: dict[str, Any], test: Any
) -> None:
    found = compare(a, b, targets, test=test, resamples=2000, **options)
    assert found.b_is_worse
    assert found.contest.a > found.contest.b
    back = compare(b, a, targets, test=test, resamples=2000, **options)
    assert not back.b_is_worse
    assert back.differences[0].better == "b"
    for one, other in zip(found.differences, back.differences, strict=True):
        assert one.difference == pytest.approx(-other.difference, rel=1e-5)  # type: ignore[operator]
    assert (back.contest.a, back.contest.ties, back.contest.b) == (
        found.contest.b,
        found.contest.ties,
        found.contest.a,
    )


@pytest.mark.parametrize(("a", "b", "targets", "options"), PAIRS.values(), ids=PAIRS)
def test_a_model_is_as_good_as_itself(a: Any, b: Any, targets: Any, options: dict[str, Any]) -> None:
    found = compare(a, a, targets, **options)
    assert {each.difference for each in found.differences} == {0.0}
    assert {each.p for each in found.differences} == {1.0}
    assert {each.better for each in found.differences} == {None}
    assert (found.contest.a, found.contest.b, found.rows) == (0, 0, ())
    assert found.contest.ties == found.count


def test_the_loss_is_tested_as_scipy_tests_it() -> None:
    found = compare(GOOD, POOR, LABELS, test="t").differences[0]
    losses = [-np.log(softmax(each)[np.arange(300), LABELS]) for each in (GOOD, POOR)]
    theirs = stats.ttest_rel(losses[1], losses[0])
    interval = theirs.confidence_interval(0.95)
    assert found.p == pytest.approx(theirs.pvalue, rel=1e-4)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high), rel=1e-4)


def test_the_counts_are_those_of_a_loop() -> None:
    found = compare(GOOD, POOR, LABELS)
    losses = [-np.log(softmax(each)[np.arange(300), LABELS]) for each in (GOOD, POOR)]
    assert (found.contest.a, found.contest.b) == (
        int((losses[0] < losses[1]).sum()),
        int((losses[1] < losses[0]).sum()),
    )
    one, two = (each.argmax(axis=1) == LABELS for each in (GOOD, POOR))
    assert found.mcnemar is not None
    assert found.mcnemar.both_right == int((one & two).sum())
    assert found.mcnemar.only_a == int((one & ~two).sum())
    assert found.mcnemar.only_b == int((two & ~one).sum())
    assert found.mcnemar.both_wrong == int((~one & ~two).sum())
    split = (found.mcnemar.only_a, found.mcnemar.only_b)
    assert found.mcnemar.p == pytest.approx(stats.binomtest(split[0], sum(split)).pvalue)
    accuracy = found.differences[1]
    assert (accuracy.metric, accuracy.method) == ("accuracy", "exact McNemar")
    assert accuracy.p == found.mcnemar.p


def test_classes_are_those_of_a_loop_and_the_worst_comes_first() -> None:
    found = compare(GOOD, POOR, LABELS)
    gaps = np.diff([-np.log(softmax(each)[np.arange(300), LABELS]) for each in (GOOD, POOR)], axis=0)[0]
    chances = []
    for part in found.classes:
        chosen = int(part.name) == LABELS
        assert part.count == chosen.sum()
        assert part.difference == pytest.approx(gaps[chosen].mean(), rel=1e-6)
        theirs = stats.ttest_1samp(gaps[chosen], 0)
        interval = theirs.confidence_interval(0.95)
        assert (part.low, part.high) == pytest.approx((interval.low, interval.high), rel=1e-5)
        assert part.accuracy_b == pytest.approx((POOR.argmax(axis=1) == LABELS)[chosen].mean())
        chances.append((theirs.pvalue, part.p))
    assert [each.difference for each in found.classes] == sorted(
        (each.difference for each in found.classes), reverse=True
    )
    smallest = min(chances, key=lambda each: each[0])
    assert smallest[1] == pytest.approx(len(chances) * smallest[0], rel=1e-3)


def test_the_classes_of_sequences_are_tested_by_sequence() -> None:
    found = compare(TOKENS_GOOD, TOKENS_POOR, TOKENS)
    losses = [
        -np.log(np.take_along_axis(softmax(each), TOKENS[..., None], axis=-1)[..., 0])
        for each in (TOKENS_GOOD, TOKENS_POOR)
    ]
    gaps = losses[1] - losses[0]
    for part in found.classes:
        chosen = int(part.name) == TOKENS
        sums, counts = (gaps * chosen).sum(axis=1), chosen.sum(axis=1)
        kept = counts > 0
        mean = sums.sum() / counts.sum()
        squares = ((sums - mean * counts)[kept] ** 2).sum()
        error = np.sqrt(squares * kept.sum() / (kept.sum() - 1)) / counts.sum()
        reach = stats.t.ppf(0.975, kept.sum() - 1) * error
        assert (part.low, part.high) == pytest.approx((mean - reach, mean + reach), rel=1e-4)
    assert "one observation is a sequence: 40 of them are compared" in found.notes
    assert found.mcnemar is not None
    assert found.mcnemar.p is None


def test_repeating_each_step_makes_nothing_surer() -> None:
    """Steps that say the same again are no new observations."""
    once = compare(TOKENS_GOOD, TOKENS_GOOD + 0.3 * TOKENS_POOR, TOKENS, test="t").differences
    twice = compare(
        np.repeat(TOKENS_GOOD, 2, axis=1),
        np.repeat(TOKENS_GOOD + 0.3 * TOKENS_POOR, 2, axis=1),
        np.repeat(TOKENS, 2, axis=1),
        test="t",
    ).differences
    for one, other in zip(once, twice, strict=True):
        assert (one.low, one.high, one.p) == pytest.approx((other.low, other.high, other.p), rel=1e-6)


def test_of_sets_of_labels_a_labels_examples_are_those_that_have_it() -> None:
    found = compare(MULTI_GOOD, MULTI_POOR, MULTI)
    assert {each.name: each.count for each in found.classes} == {
        str(label): int(MULTI[:, label].sum()) for label in range(5)
    }


def test_slices_are_parts_of_the_whole(tmp_path: Path) -> None:
    groups = np.arange(300) % 3
    np.save(tmp_path / "group.npy", groups)
    halves = ["first"] * 150 + ["second"] * 150
    rows = [f"{label},{half}" for label, half in zip(LABELS, halves, strict=True)]
    (tmp_path / "labels.csv").write_text("\n".join(["label,half", *rows]) + "\n")
    rare = (np.arange(300) < 20).astype(int)
    found = compare(
        GOOD,
        POOR,
        LABELS,
        slices=[str(tmp_path / "group.npy"), {"mine": groups * 1.0, "half": np.array(halves)}],
        slice_masks={"rare": rare},
    )
    parts = {each.name: each for each in found.slices}
    assert {each.count for name, each in parts.items() if name.startswith(("group", "mine"))} == {100}
    assert set(parts) == {
        *(f"{name}={each}" for name in ("group", "mine") for each in range(3)),
        "half=first",
        "half=second",
        "rare",
    }
    for name, chosen in (
        ("group=1", groups == 1),
        ("rare", rare == 1),
        ("half=second", np.arange(300) >= 150),
    ):
        alone = compare(GOOD[chosen], POOR[chosen], LABELS[chosen], test="t").differences
        assert parts[name].difference == pytest.approx(alone[0].difference, rel=1e-9)
        assert (parts[name].low, parts[name].high) == pytest.approx((alone[0].low, alone[0].high), rel=1e-9)
        assert parts[name].accuracy_a == pytest.approx(alone[1].a)


def test_slices_may_be_a_column_of_the_targets(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", GOOD)
    np.save(tmp_path / "b.npy", POOR)
    rows = [f"{label},{'even' if at % 2 == 0 else 'odd'}" for at, label in enumerate(LABELS)]
    (tmp_path / "labels.csv").write_text("\n".join(["label,kind", *rows]) + "\n")
    a, b, targets = (str(tmp_path / name) for name in ("a.npy", "b.npy", "labels.csv"))
    found = compare(a, b, targets, target_column="label", slices="kind")
    assert {each.name: each.count for each in found.slices} == {"kind=even": 150, "kind=odd": 150}


def test_slices_of_sequences_may_be_by_sequence() -> None:
    found = compare(TOKENS_GOOD, TOKENS_POOR, TOKENS, slices={"half": np.arange(40) // 20})
    assert [each.count for each in found.slices] == [140, 140]


def test_a_slice_without_examples_has_no_numbers() -> None:
    found = compare(GOOD, POOR, LABELS, slice_masks={"none": np.zeros(300, dtype=int)}).slices[0]
    assert (found.count, found.low, found.p) == (0, None, None)
    assert np.isnan(found.difference)


def test_rows_are_those_where_b_is_worse_by_most() -> None:
    found = compare(GOOD, POOR, LABELS, class_names=list("abcd"))
    gaps = np.diff([-np.log(softmax(each)[np.arange(300), LABELS]) for each in (GOOD, POOR)], axis=0)[0]
    order = np.argsort(-gaps)[:10]
    assert [each.row for each in found.rows] == order.tolist()
    assert [each.label for each in found.rows] == ["abcd"[LABELS[at]] for at in order]
    assert [each.prediction_b for each in found.rows] == ["abcd"[POOR[at].argmax()] for at in order]
    assert found.rows[0].loss_b - found.rows[0].loss_a == pytest.approx(gaps.max())


def test_rows_of_sequences_are_told_by_their_indices() -> None:
    first = compare(TOKENS_GOOD, TOKENS_POOR, TOKENS).rows[0].row
    assert isinstance(first, tuple)
    assert len(first) == 2


def test_the_same_model_as_logits_and_as_stored_probabilities_is_the_same() -> None:
    found = compare(example("digits_logits"), example("digits_probabilities"), example("digits_labels"))
    assert found.contest.ties == found.count == 1079
    assert found.differences[0].better is None
    assert found.notes[0].startswith("A gives sparse_softmax_cross_entropy and B sparse_categorical_cross")


def test_a_student_is_compared_on_its_teachers_soft_targets() -> None:
    found = compare(
        example("digits_probabilities"), example("student_logits"), example("teacher_probabilities")
    )
    assert found.loss == "softmax_cross_entropy"
    assert [each.better for each in found.differences] == ["b", None, "b"]


def test_outputs_that_are_said_of_one_model_choose_its_loss() -> None:
    low = softmax(GOOD)
    found = compare(
        low, POOR, LABELS, loss="sparse_softmax_cross_entropy", outputs_a="probabilities", outputs_b="logits"
    )
    assert (found.a.loss, found.b.loss) == (
        "sparse_categorical_cross_entropy",
        "sparse_softmax_cross_entropy",
    )
    assert not found.failed


def test_a_loss_that_is_asked_for_of_the_wrong_outputs_is_a_finding_not_a_guess() -> None:
    found = compare(GOOD, softmax(POOR), LABELS, loss="sparse_softmax_cross_entropy")
    assert "CE102" in {each.code for each in found.b.findings}
    assert found.failed


def test_an_infinite_loss_is_worse_and_has_no_interval() -> None:
    broken = softmax(GOOD)
    at = int(np.flatnonzero(LABELS == 2)[0])
    broken[at] = [0.5, 0.5, 0.0, 0.0]
    found = compare(softmax(GOOD), broken, LABELS)
    first = found.differences[0]
    assert (first.b, first.difference, first.low, first.p, first.better) == (np.inf, np.inf, None, None, "a")
    assert found.rows[0].row == at
    assert found.b_is_worse
    assert found.failed  # CE108 says why
    assert any("not finite on 1 example:" in each for each in found.notes)


def test_a_framework_call_is_compared_by_its_exact_loss() -> None:
    found = compare(GOOD, POOR, LABELS, loss="torch.nn.CrossEntropyLoss")
    plain = compare(GOOD, POOR, LABELS)
    assert found.differences == plain.differences
    assert any(each.startswith("compared by the exact sparse_softmax_cross_entropy") for each in found.notes)


def test_many_examples_are_drawn_by_groups_and_it_is_said() -> None:
    logits, labels = np.tile(GOOD, (40, 1)).astype(np.float32), np.tile(LABELS, 40)
    found = compare(logits, logits * np.float32(0.9), labels, resamples=1000)
    assert any("8,192 random groups of the 12,000 observations" in each for each in found.notes)


CSV = "cat,dog\n2.0,1.0\n0.5,0.7\n3.0,0.1\n"
SWAPPED = "dog,cat\n1.0,2.5\n0.7,0.1\n0.1,2.0\n"


def test_columns_in_another_order_are_the_same_classes(tmp_path: Path) -> None:
    for name, text in (("a", CSV), ("b", SWAPPED), ("labels", "label\ncat\ndog\ncat\n")):
        (tmp_path / f"{name}.csv").write_text(text)
    a, b, labels = (str(tmp_path / f"{name}.csv") for name in ("a", "b", "labels"))
    found = compare(a, b, labels, outputs="logits")
    assert found.a.value == evaluate(a, labels, outputs="logits").value
    assert found.b.value == evaluate(b, labels, outputs="logits").value
    assert found.rows[0].line is not None


REFUSED: dict[str, tuple[Any, Any, Any, dict[str, Any], str]] = {
    "other rows": (GOOD, POOR[:299], LABELS, {}, "predictions of shape [299, 4]"),
    "other classes": (GOOD, np.pad(POOR, ((0, 0), (0, 1))), LABELS, {}, "has 5 classes, and predictions 4"),
    "undecided": (np.full(300, 0.5), BINARY_GOOD, BINARY, {}, "what it is could not be decided"),
    "no loss": (GOOD, POOR, LABELS + 1, {"outputs": "logits"}, "has no loss"),
    "unknown option": (GOOD, POOR, LABELS, {"reduction": "sum"}, "reduction: is no option of a comparison"),
    "misspelt option": (GOOD, POOR, LABELS, {"masks": None}, "did you mean 'mask'?"),
    "unknown test": (GOOD, POOR, LABELS, {"test": "u"}, "test: 'u' is not one of its values"),
    "standard input": (GOOD, POOR, "-", {}, "targets: are read once for each model"),
    "slices of another length": (GOOD, POOR, LABELS, {"slices": {"g": [1, 2]}}, "shape [2] for slices"),
    "too many slices": (GOOD, POOR, LABELS, {"slices": {"g": np.arange(300)}}, "300 different values"),
    "slices of no file": (GOOD, POOR, LABELS, {"slices": "groups.npy"}, "groups.npy: no such file"),
    "no task": (GOOD, POOR, LABELS, {"task": 3}, "task: 3 is no task"),
}


@pytest.mark.parametrize(("a", "b", "targets", "options", "says"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_compared_is_refused_in_one_line(
    a: Any, b: Any, targets: Any, options: dict[str, Any], says: str
) -> None:
    with pytest.raises(CepickError) as refused:
        compare(a, b, targets, **options)
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("one", "other", "two_outcomes", "same"),
    [
        ("sparse_softmax_cross_entropy", "categorical_cross_entropy", False, True),
        ("sigmoid_cross_entropy", "binary_cross_entropy", False, True),
        ("sigmoid_cross_entropy", "softmax_cross_entropy", False, False),
        ("sigmoid_cross_entropy", "softmax_cross_entropy", True, True),
        ("nll", "brier", True, False),
        ("weighted_sigmoid_cross_entropy", "sigmoid_cross_entropy", False, False),
        ("brier", "brier", False, True),
    ],
)
def test_losses_are_comparable_where_they_are_the_same_number(
    one: str, other: str, two_outcomes: bool, same: bool
) -> None:
    assert comparable(one, other, two_outcomes=two_outcomes) is same
    assert comparable(other, one, two_outcomes=two_outcomes) is same


def test_models_whose_losses_mean_other_things_are_refused() -> None:
    first, second = (
        evaluate(softmax(GOOD), LABELS, loss=loss, keep="examples")
        for loss in ("sparse_categorical_cross_entropy", "brier")
    )
    assert first.examples is not None
    assert second.examples is not None
    with pytest.raises(CepickError, match=r"gives brier, and .* which measure different things"):
        check_same(first, second, Both(a=first.examples, b=second.examples))
