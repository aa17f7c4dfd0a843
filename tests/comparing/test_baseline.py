"""Baselines: a way there and back, what is refused, and when a run breaks a rule."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
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
    PAIRS,
    POOR,
    softmax,
)
from jsonschema import Draft202012Validator

from ce_core import evaluate
from ce_core.comparing.answer import Difference
from ce_core.comparing.baseline import Baseline, read_baseline, side_file, write_baseline
from ce_core.comparing.hold import breaks, hold_against, says, worse_by
from ce_core.compute.evaluation import Evaluation
from ce_core.configs_io import read_text
from ce_core.errors import CepickError
from ce_core.suite.spec import BaselineRule, Where

WHERE = Where(file="cepick.yaml", line=7)


def measured(predictions: Any, targets: Any, **options: Any) -> Evaluation:
    return evaluate(predictions, targets, keep="examples", **options)


def rule(**changes: Any) -> BaselineRule:
    return BaselineRule(**({"file": "b.json", "where": WHERE, "resamples": 2000} | changes))


@pytest.fixture
def written(tmp_path: Path) -> Baseline:
    return write_baseline(str(tmp_path / "good.json"), measured(GOOD, LABELS))


@pytest.mark.parametrize(("a", "b", "targets", "options"), PAIRS.values(), ids=PAIRS)
def test_a_baseline_comes_back_as_it_was_written(
    a: Any, b: Any, targets: Any, options: dict[str, Any], tmp_path: Path
) -> None:
    answer = measured(a, targets, **options)
    path = str(tmp_path / "run.json")
    write_baseline(path, answer, name="a run")
    found = read_baseline(path)
    assert (found.name, found.value, found.count, found.loss) == (
        "a run",
        answer.value,
        answer.count,
        answer.loss,
    )
    assert found.accuracy == answer.diagnostics.accuracy
    assert answer.examples is not None
    kept = answer.examples.weights > 0
    assert found.losses[kept] == pytest.approx(answer.examples.losses[kept], rel=1e-7, abs=1e-30)
    assert found.hits is not None
    assert (found.hits == answer.examples.hits).all()
    assert sorted(os.listdir(tmp_path)) == ["run.json", "run.losses.npy"]


@pytest.mark.parametrize(("a", "b", "targets", "options"), PAIRS.values(), ids=PAIRS)
@pytest.mark.parametrize("metric", ["loss", "accuracy"])
def test_a_run_is_as_good_as_itself_and_a_worse_one_breaks_the_rule(
    a: Any, b: Any, targets: Any, options: dict[str, Any], metric: str, tmp_path: Path
) -> None:
    path = str(tmp_path / "run.json")
    write_baseline(path, measured(a, targets, **options))
    found = read_baseline(path)
    asked = rule(metric=metric)
    same = hold_against(found, measured(a, targets, **options), asked)
    assert (same.difference, same.p) == (0.0, 1.0)
    assert not breaks(same, asked)
    assert not breaks(same, rule(metric=metric, tolerance=0.0))
    worse = hold_against(found, measured(b, targets, **options), asked)
    assert worse.better == "a"
    assert breaks(worse, asked)
    assert breaks(worse, rule(metric=metric, tolerance=0.0))
    assert not breaks(worse, rule(metric=metric, tolerance=10.0))


def test_the_json_is_what_its_schema_says(written: Baseline) -> None:
    schema = json.loads(read_text("schemas/baseline.schema.json"))
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(json.loads(Path(written.path).read_text()))
    assert json.loads(Path(written.path).read_text()) == written.to_dict()


def test_a_baseline_is_the_same_whenever_it_is_written(written: Baseline, tmp_path: Path) -> None:
    other = tmp_path / "again"
    other.mkdir()
    write_baseline(str(other / "good.json"), measured(GOOD, LABELS))
    for name in ("good.json", "good.losses.npy"):
        assert (other / name).read_bytes() == (tmp_path / name).read_bytes()


def test_it_is_small(tmp_path: Path) -> None:
    """Four bytes for a loss and one for what is right."""
    logits, labels = np.tile(GOOD, (20, 1)), np.tile(LABELS, 20)
    found = write_baseline(str(tmp_path / "big.json"), measured(logits, labels))
    assert os.path.getsize(side_file(found.path)) < 6000 * 5 + 200
    assert os.path.getsize(found.path) < 1500


def test_the_same_targets_from_another_file_and_predictions_of_another_form_are_held(
    written: Baseline, tmp_path: Path
) -> None:
    np.savetxt(tmp_path / "labels.csv", LABELS, fmt="%d")
    answer = measured(softmax(GOOD).astype(np.float32), str(tmp_path / "labels.csv"))
    assert answer.loss == "sparse_categorical_cross_entropy"
    assert hold_against(written, answer, rule()).difference == pytest.approx(0, abs=1e-9)


def test_one_column_is_held_against_two(tmp_path: Path) -> None:
    found = write_baseline(str(tmp_path / "b.json"), measured(BINARY_GOOD, BINARY))
    two = measured(np.stack([np.zeros(300), BINARY_GOOD], axis=1), BINARY)
    assert hold_against(found, two, rule()).difference == 0.0


MULTI_MASK = (np.random.default_rng(1).random((300, 5)) < 0.9).astype(int)
OTHERS: dict[str, tuple[Callable[[], Evaluation], str]] = {
    "other targets": (
        lambda: measured(GOOD, np.where(np.arange(300) == 7, (LABELS + 1) % 4, LABELS)),
        "is of other targets than targets",
    ),
    "another number of examples": (
        lambda: measured(GOOD[:200], LABELS[:200]),
        "is of 300 examples, and predictions of 200",
    ),
    "another shape": (
        lambda: measured(GOOD.reshape(30, 10, 4), LABELS.reshape(30, 10)),
        "is of 300 examples, and predictions of 30 x 10",
    ),
    "another mask": (
        lambda: measured(GOOD, LABELS, mask=np.arange(300) % 2),
        "counted other positions, or with other weights",
    ),
    "other weights": (
        lambda: measured(GOOD, LABELS, sample_weights=np.arange(300.0)),
        "counted other positions, or with other weights",
    ),
    "another loss": (
        lambda: measured(softmax(GOOD), LABELS, loss="brier"),
        "is of sparse_softmax_cross_entropy, and predictions gives brier",
    ),
    "smoothing": (
        lambda: measured(GOOD, LABELS, label_smoothing=0.1),
        "has label_smoothing 0.0, and this run 0.1",
    ),
    "a clip": (lambda: measured(softmax(GOOD), LABELS, clip=1e-3), "has clip None, and this run 0.001"),
    "another unit": (lambda: measured(GOOD, LABELS, base="bits"), "has unit 'nats', and this run 'bits'"),
    "another mean": (
        lambda: measured(GOOD, LABELS, mean_over="batch"),
        "has mean_over 'weights', and this run 'batch'",
    ),
    "no losses": (lambda: evaluate(GOOD, LABELS), "evaluate it with keep='examples'"),
    "no loss at all": (lambda: measured(GOOD, LABELS + 1, outputs="logits"), "has no loss"),
}


@pytest.mark.parametrize(("make", "message"), OTHERS.values(), ids=OTHERS)
def test_a_run_of_something_else_is_refused(
    written: Baseline, make: Callable[[], Evaluation], message: str
) -> None:
    with pytest.raises(CepickError) as refused:
        hold_against(written, make(), rule())
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


def test_other_weights_of_labels_are_refused(tmp_path: Path) -> None:
    found = write_baseline(str(tmp_path / "m.json"), measured(MULTI_GOOD, MULTI))
    answer = measured(MULTI_GOOD, MULTI, loss="weighted_sigmoid_cross_entropy", pos_weight=2.0)
    with pytest.raises(CepickError, match="gives weighted_sigmoid_cross_entropy"):
        hold_against(found, answer, rule())


def _change(path: Path, **changes: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def _drop(path: Path, name: str) -> None:
    content = json.loads(path.read_text())
    del content[name]
    path.write_text(json.dumps(content))


TAMPERED: dict[str, tuple[Callable[[Path, Path], Any], str]] = {
    "no file": (lambda path, side: path.unlink(), "there is no such baseline; write it with"),
    "no losses": (lambda path, side: side.unlink(), "its losses are missing"),
    "losses cut short": (
        lambda path, side: side.write_bytes(side.read_bytes()[:-40]),
        "is not the file that",
    ),
    "losses emptied": (lambda path, side: side.write_bytes(b""), "is not the file that"),
    "a loss changed": (
        lambda path, side: side.write_bytes(side.read_bytes()[:-3] + b"\x01\x02\x03"),
        "is not the file that",
    ),
    "a folder": (lambda path, side: (path.unlink(), path.mkdir()), "cannot be read"),
    "no JSON": (lambda path, side: path.write_text('{"schema": '), "is no JSON (line 1, column 12"),
    "no text": (lambda path, side: path.write_bytes(b"\xff\xfe\x00"), "is no text"),
    "another JSON": (lambda path, side: path.write_text("[1, 2]"), "is no baseline of cepick's"),
    "a newer one": (
        lambda path, side: _change(path, schema="cepick.baseline/2"),
        "was written as cepick.baseline/2, and this version reads cepick.baseline/1; update cepick",
    ),
    "a key missing": (lambda path, side: _drop(path, "count"), "has no 'count'"),
    "a value of another type": (
        lambda path, side: _change(path, value="low"),
        "is damaged (could not convert",
    ),
    "another shape": (
        lambda path, side: _change(path, shape=[299]),
        "does not hold one loss for each of 299",
    ),
    "losses elsewhere": (
        lambda path, side: _change(path, losses={"file": "../x.npy", "sha256": "0"}),
        "names its losses '../x.npy', which is no file beside it",
    ),
}


@pytest.mark.parametrize(("tamper", "message"), TAMPERED.values(), ids=TAMPERED)
def test_a_baseline_that_is_not_whole_is_refused(
    written: Baseline, tamper: Callable[[Path, Path], Any], message: str
) -> None:
    path = Path(written.path)
    tamper(path, Path(side_file(written.path)))
    with pytest.raises(CepickError) as refused:
        read_baseline(str(path))
    assert message in str(refused.value)
    assert str(refused.value).startswith(str(path.parent))
    assert "\n" not in str(refused.value)


def test_losses_of_the_right_hash_that_are_no_losses_are_refused(written: Baseline) -> None:
    from hashlib import sha256

    side = Path(side_file(written.path))
    for content, message in (
        (b"no array", "cannot be read"),
        (_npy(np.arange(300)), "does not hold one loss"),
    ):
        side.write_bytes(content)
        _change(Path(written.path), losses={"file": side.name, "sha256": sha256(content).hexdigest()})
        with pytest.raises(CepickError, match=message):
            read_baseline(written.path)


def _npy(array: np.ndarray) -> bytes:
    from io import BytesIO

    stream = BytesIO()
    np.save(stream, array)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("run.yaml", "end the name in .json"),
        ("nowhere/run.json", "there is no folder"),
    ],
)
def test_a_place_that_no_baseline_can_be_written_to_is_refused(
    tmp_path: Path, path: str, message: str
) -> None:
    with pytest.raises(CepickError, match=message):
        write_baseline(str(tmp_path / path), measured(GOOD, LABELS))
    assert os.listdir(tmp_path) == []


def test_a_loss_that_is_not_finite_is_no_baseline(tmp_path: Path) -> None:
    broken = softmax(GOOD)
    broken[0, LABELS[0]] = 0.0
    with pytest.raises(CepickError, match="its loss is inf, which nothing can be held against"):
        write_baseline(str(tmp_path / "run.json"), measured(broken, LABELS, outputs="probabilities"))
    assert os.listdir(tmp_path) == []


def test_a_run_whose_loss_is_infinite_breaks_every_rule(tmp_path: Path) -> None:
    found = write_baseline(str(tmp_path / "run.json"), measured(softmax(GOOD), LABELS))
    broken = softmax(GOOD)
    broken[0, LABELS[0]] = 0.0
    answer = measured(broken, LABELS, outputs="probabilities")
    for asked in (rule(), rule(tolerance=5.0), rule(significance=0.001, test="t")):
        assert breaks(hold_against(found, answer, asked), asked)


def difference(worse: float, p: float | None, metric: str = "loss") -> Difference:
    sign = -1 if metric == "accuracy" else 1
    return Difference(
        metric=metric,
        a=0.5,
        b=0.5 + sign * worse,
        difference=sign * worse,
        low=None,
        high=None,
        p=p,
        method="",
        count=9,
    )


BROKEN: list[tuple[dict[str, Any], float, float | None, bool]] = [
    ({}, 0.1, 0.019, True),
    ({}, 0.1, 0.021, False),
    ({}, -0.1, 0.001, False),
    ({"significance": 0.05}, 0.001, 0.09, True),
    ({"significance": 0.05}, 0.001, 0.11, False),
    ({"tolerance": 0.05}, 0.06, 0.9, True),
    ({"tolerance": 0.05}, 0.05, 0.001, False),
    ({"tolerance": 0.05}, 0.04, 0.001, False),
    ({"tolerance": 0.0}, 1e-9, 0.9, True),
    ({"tolerance": 0.0}, 0.0, 1.0, False),
    ({"tolerance": 0.05, "significance": 0.01}, 0.06, 0.001, True),
    ({"tolerance": 0.05, "significance": 0.01}, 0.06, 0.5, False),
    ({"tolerance": 0.05, "significance": 0.01}, 0.04, 0.001, False),
    ({}, 0.1, None, False),
    ({}, float("inf"), None, True),
    ({}, float("nan"), None, True),
]


@pytest.mark.parametrize("metric", ["loss", "accuracy"])
@pytest.mark.parametrize(("changes", "worse", "p", "broken"), BROKEN)
def test_when_a_rule_is_broken(
    changes: dict[str, Any], worse: float, p: float | None, broken: bool, metric: str
) -> None:
    found = difference(worse, p, metric)
    if np.isnan(worse):
        found = replace(found, b=None, difference=None)
    else:
        assert worse_by(found) == worse
    assert breaks(found, rule(metric=metric, **changes)) is broken


def test_runs_that_are_no_worse_break_the_rule_as_seldom_as_it_says() -> None:
    """Of a significance of 5 %, 5 % of runs whose losses differ by nothing but noise."""
    from ce_core.comparing.paired import difference_of
    from ce_core.comparing.pairs import Pairs

    asked, alarms, runs = rule(significance=0.05), 0, 800
    for seed in range(runs):
        rng = np.random.default_rng([3, seed])
        losses = rng.gamma(0.5, 1, 100)
        pairs = Pairs(a=losses, b=losses + rng.normal(0, 0.3, 100), divisors=np.ones(100))
        alarms += breaks(difference_of("loss", pairs, resamples=1000, seed=seed), asked)
    # Three standard errors of 800 runs at 5 %.
    assert alarms / runs == pytest.approx(0.05, abs=0.023)


WRONG_RULES = {
    "metric": ({"metric": "brier"}, "cepick.yaml:7: metric 'brier' has no value for each example"),
    "tolerance": ({"tolerance": -0.1}, "cepick.yaml:7: tolerance -0.1 is below 0"),
    "significance": ({"significance": 0.7}, "cepick.yaml:7: significance 0.7 is outside (0, 0.5)"),
    "too few resamples": (
        {"significance": 0.0001, "resamples": 10_000},
        "significance 0.0001 is beyond what 10,000 resamples can tell; give resamples: 40000, or test: t",
    ),
    "test": ({"test": "z"}, "test: 'z' is not one of its values"),
}


@pytest.mark.parametrize(("changes", "message"), WRONG_RULES.values(), ids=WRONG_RULES)
def test_a_rule_that_means_nothing_is_refused(
    written: Baseline, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(CepickError) as refused:
        hold_against(written, measured(POOR, LABELS), rule(**changes))
    assert message in str(refused.value)


def test_accuracy_of_numbers_is_refused(tmp_path: Path) -> None:
    answer = measured(GOOD[:, 0], POOR[:, 0], loss="mean_squared_error")
    found = write_baseline(str(tmp_path / "r.json"), answer)
    assert found.hits is None
    assert read_baseline(found.path).accuracy is None
    with pytest.raises(CepickError, match="has no accuracy for each example"):
        hold_against(found, answer, rule(metric="accuracy"))
    assert hold_against(found, answer, rule()).difference == 0.0


def test_a_sentence_tells_both_values() -> None:
    found = difference(0.1, 0.02)
    assert says(found) == "loss 0.6000, 0.1000 worse than the baseline 0.5000"
    assert says(difference(-0.1, 0.02, "accuracy")) == (
        "accuracy 0.6000, 0.1000 better than the baseline 0.5000"
    )
    assert says(difference(0.0, 1.0)) == "loss 0.5000, the same as the baseline 0.5000"
    assert says(replace(found, b=None, difference=None)) == "loss nan, where the baseline has 0.5000"
