"""Checks as they run: what passes, what fails, what could not run, and that none stops another."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ce_core import CepickError, evaluate
from ce_core.comparing.baseline import write_baseline
from ce_core.suite.at_once import at_once
from ce_core.suite.report import CheckReport, CheckResult
from ce_core.suite.run import run_check, run_suite
from ce_core.suite.spec import BaselineRule, CheckSpec, Equals, FindingRules, Limit, Slices, Suite, Where

EXAMPLES = Path(__file__).parents[2] / "examples"
HERE = Where(file="cepick.yaml", line=3, column=5)
LOGITS, LABELS = str(EXAMPLES / "digits_logits.npy"), str(EXAMPLES / "digits_labels.npy")
LOSS = 0.32738971471457706


def spec(
    name: str = "digits", predictions: str = LOGITS, targets: str = LABELS, **changed: object
) -> CheckSpec:
    given = {"name": name, "predictions": (predictions,), "targets": (targets,), "where": HERE}
    return CheckSpec(**(given | changed))  # type: ignore[arg-type]


def limit(path: str, least: float | None = None, most: float | None = None) -> Limit:
    return Limit(path=path, least=least, most=most, where=Where(file="cepick.yaml", line=9))


def suite(*checks: CheckSpec, **changed: object) -> Suite:
    return Suite(file="cepick.yaml", folder=".", checks=checks, **changed)  # type: ignore[arg-type]


def rules(result: CheckResult) -> list[str]:
    return [each.rule for each in result.failing]


def test_what_is_fine_passes() -> None:
    result = run_check(
        spec(
            limits=(limit("loss", most=0.33), limit("accuracy", least=0.94)),
            equals=Equals(value=LOSS, where=HERE),
        )
    )
    assert (result.status, result.failing) == ("passed", ())
    assert result.value == pytest.approx(LOSS, rel=1e-12)
    assert [(each.path, each.held) for each in result.measured] == [
        ("loss", True),
        ("loss", True),
        ("accuracy", True),
    ]


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (limit("loss", most=0.3), "loss is 0.32739, above its limit 0.3"),
        (limit("loss", least=0.4), "loss is 0.32739, below its limit 0.4"),
        (limit("accuracy", least=0.95, most=1.0), "accuracy is 0.94069, below its limit 0.95"),
        (limit("quantiles.p99", most=1.0), "quantiles.p99 is"),
        (limit("kl", most=1.0), "kl is not known for these arrays"),
    ],
    ids=["above", "below", "between", "nested", "unknown here"],
)
def test_a_broken_limit_fails(asked: Limit, says: str) -> None:
    result = run_check(spec(limits=(asked,)))
    (problem,) = result.failing
    assert (result.status, problem.rule, problem.where.line) == ("failed", "limit", 9)
    assert problem.message.startswith(says)
    assert problem.because
    assert problem.remedy


def test_a_limit_at_the_value_itself_holds() -> None:
    value = run_check(spec()).value
    assert run_check(spec(limits=(limit("loss", least=value, most=value),))).status == "passed"


def test_a_limit_of_every_class_names_the_classes_that_break_it() -> None:
    result = run_check(spec(limits=(limit("per_class.recall", least=0.9),)))
    recall = {each.klass: each.recall for each in result.evaluation.diagnostics.per_class}  # type: ignore[union-attr]
    low = [klass for klass, value in recall.items() if value is not None and value < 0.9]
    assert low
    assert len(result.measured) == 10
    assert [each.path for each in result.failing] == [f"per_class[{klass}].recall" for klass in low]


def test_the_expected_number_is_traced_where_it_is_another() -> None:
    printed = Equals(value=1.5293, rtol=1e-4, where=HERE)
    result = run_check(spec(predictions=str(EXAMPLES / "digits_probabilities.npy"), equals=printed))
    (problem,) = result.failing
    assert problem.rule == "equals"
    assert problem.message == "the loss is 0.327389714, not the expected 1.5293"
    assert "a softmax was taken of probabilities" in problem.because
    assert "cepick match" in problem.remedy


def test_findings_fail_from_the_severity_on_that_is_said() -> None:
    wrong = spec(predictions=str(EXAMPLES / "digits_probabilities.npy"), loss="sparse_softmax_cross_entropy")
    assert rules(run_check(wrong)) == ["CE102"]
    assert run_check(wrong, "never").status == "passed"
    assert rules(run_check(replace(wrong, findings=FindingRules(fail_on="never")))) == []
    assert rules(run_check(replace(wrong, findings=FindingRules(ignore=("CE1",))))) == []


def sharp(folder: Path) -> str:
    """Return logits that are over-confident, of which a note is made, and nothing worse."""
    return saved(folder, "sharp", np.load(LOGITS) * 3)


def test_notes_fail_where_notes_are_said_to(tmp_path: Path) -> None:
    one = spec(predictions=sharp(tmp_path))
    assert {each.rule for each in run_check(one).problems if each.severity == "note"} == {"CE503"}
    assert rules(run_check(one)) == []
    assert rules(run_check(one, "note")) == ["CE503"]
    assert rules(run_check(replace(one, findings=FindingRules(select=("CE1",))), "note")) == []


def test_undecided_arrays_fail(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    np.save(tmp_path / "p.npy", rng.random((8, 2)))
    np.save(tmp_path / "y.npy", rng.integers(0, 2, (8, 2)))
    result = run_check(spec(predictions=str(tmp_path / "p.npy"), targets=str(tmp_path / "y.npy")))
    assert result.status == "failed"
    assert "undecided" in rules(result)


def test_what_could_not_run_stops_no_other(tmp_path: Path) -> None:
    (tmp_path / "broken.npy").write_bytes(b"\x93NUMPY")
    report = run_suite(
        suite(
            spec("missing", predictions=str(tmp_path / "nowhere.npy")),
            spec("truncated", predictions=str(tmp_path / "broken.npy")),
            spec("globbed", predictions=str(tmp_path / "*.csv")),
            spec("unpaired", targets=str(EXAMPLES / "iris_labels.csv")),
            spec("fine"),
            spec("low", limits=(limit("accuracy", least=0.99),)),
        )
    )
    assert [each.status for each in report.results] == ["broken"] * 4 + ["passed", "failed"]
    assert report.exit_code == 2
    assert [each.name for each in report.ordered][-1] == "fine"
    for result in report.of_status("broken"):
        (problem,) = result.problems
        assert problem.message
        assert problem.remedy
        assert "\n" not in problem.message + problem.remedy
    assert report.results[3].problems[0].rule == "CE301"


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_the_report_does_not_depend_on_how_many_run_at_a_time(jobs: int) -> None:
    checks = [spec(f"check {at}", limits=(limit("accuracy", least=0.9 + at / 50),)) for at in range(5)]
    report = run_suite(suite(*checks), jobs=jobs, threads=1)
    assert report.to_dict() == run_suite(suite(*checks), jobs=1, threads=1).to_dict()
    assert report.exit_code == 1


def test_fail_on_of_the_caller_wins(tmp_path: Path) -> None:
    one = spec(predictions=sharp(tmp_path), findings=FindingRules(fail_on="note"))
    assert run_suite(suite(one)).exit_code == 1
    assert run_suite(suite(one), fail_on="error").exit_code == 0


def test_only_some_checks_run() -> None:
    two = suite(spec("a [M=1]"), spec("a [M=2]"), spec("b"))
    assert [each.name for each in run_suite(two, only=("a",)).results] == ["a [M=1]", "a [M=2]"]
    assert [each.name for each in run_suite(two, only=("a [M=2]", "b")).results] == ["a [M=2]", "b"]
    with pytest.raises(CepickError, match=r"only: 'c' is no check of cepick\.yaml"):
        run_suite(two, only=("c",))


def by(path: str | Path, *limits: Limit, least_count: int = 1) -> Slices:
    return Slices(by=str(path), limits=limits, least_count=least_count, where=HERE)


def test_slices_are_the_evaluations_of_their_rows(tmp_path: Path) -> None:
    logits, labels = np.load(LOGITS), np.load(LABELS)
    group = np.arange(len(labels)) % 3
    np.save(tmp_path / "group.npy", group)
    result = run_check(spec(slices=(by(tmp_path / "group.npy"),)))
    assert [each.name for each in result.slices] == ["group=0", "group=1", "group=2"]
    for at, part in enumerate(result.slices):
        alone = run_check(
            spec(
                predictions=saved(tmp_path, "p", logits[group == at]),
                targets=saved(tmp_path, "y", labels[group == at]),
            )
        )
        assert part.count == (group == at).sum()
        assert part.loss == pytest.approx(alone.value, rel=1e-12)
        assert part.accuracy == pytest.approx(alone.evaluation.diagnostics.accuracy, rel=1e-12)  # type: ignore[union-attr]


def saved(folder: Path, name: str, values: np.ndarray) -> str:
    path = folder / f"{name}.npy"
    np.save(path, values)
    return str(path)


def test_a_slice_that_breaks_its_limit_fails(tmp_path: Path) -> None:
    group = np.zeros(len(np.load(LABELS)), int)
    wrong = np.load(LOGITS).argmax(axis=1) != np.load(LABELS)
    group[wrong] = 1
    path = saved(tmp_path, "hard", group)
    result = run_check(spec(slices=(by(path, limit("loss", most=1.0)),)))
    (problem,) = result.failing
    assert (problem.rule, problem.slice) == ("slice-limit", "hard=1")
    assert problem.message.startswith("loss of hard=1 is ")
    few = run_check(spec(slices=(by(path, limit("loss", most=1.0), least_count=int(wrong.sum()) + 1),)))
    assert few.status == "passed"
    assert [each.held_to_limits for each in few.slices] == [True, False]


def test_slices_by_a_column_of_the_targets(tmp_path: Path) -> None:
    rows = (EXAMPLES / "iris_labels.csv").read_text().split()[1:]
    lines = ["species,country", *(f"{name},{'NZ' if at % 4 else 'NO'}" for at, name in enumerate(rows))]
    targets = tmp_path / "targets.csv"
    targets.write_text("\n".join(lines) + "\n")
    one = spec(
        predictions=str(EXAMPLES / "iris_probabilities.csv"),
        targets=str(targets),
        options={"target_column": "species"},
    )
    result = run_check(replace(one, slices=(by(tmp_path / "country"),)))
    assert [(each.name, each.count) for each in result.slices] == [("country=NO", 19), ("country=NZ", 56)]
    broken = run_check(replace(one, slices=(by(tmp_path / "contry"),)))
    assert broken.status == "broken"
    assert broken.problems[0].message.startswith("contry: neither a file nor a column")


def test_slices_by_masks_of_sequences() -> None:
    tokens = spec(
        predictions=str(EXAMPLES / "tokens_logits.npy"),
        targets=str(EXAMPLES / "tokens_labels.npy"),
        task={"ignore_index": -100},
    )
    whole = run_check(tokens)
    result = run_check(replace(tokens, slices=(by(EXAMPLES / "tokens_labels.npy"),)))
    counted = [each for each in result.slices if each.count]
    assert sum(each.count for each in counted) == whole.count == 1128
    assert sum(each.count * (each.loss or 0) for each in counted) / 1128 == pytest.approx(whole.value)


def test_masks_name_their_slices(tmp_path: Path) -> None:
    labels = np.load(LABELS)
    even = saved(tmp_path, "even", labels % 2 == 0)
    slices = Slices(masks={"even": even, "none": saved(tmp_path, "none", labels < 0)}, where=HERE)
    result = run_check(spec(slices=(slices,)))
    assert [(each.name, each.count) for each in result.slices] == [
        ("even", int((labels % 2 == 0).sum())),
        ("none", 0),
    ]


@pytest.mark.parametrize(
    ("values", "says"),
    [
        (np.arange(1079), "1,079 different values"),
        (np.zeros(12), "shape [12] for slices"),
    ],
    ids=["too many", "of another length"],
)
def test_slices_that_are_none_are_refused(tmp_path: Path, values: np.ndarray, says: str) -> None:
    result = run_check(spec(slices=(by(saved(tmp_path, "group", values)),)))
    assert result.status == "broken"
    assert says in result.problems[0].message


def test_a_mask_of_groups_is_none(tmp_path: Path) -> None:
    groups = saved(tmp_path, "group", np.arange(1079) % 3)
    here = Where(file="cepick.yaml", line=12)
    result = run_check(spec(slices=(Slices(masks={"first": groups}, where=here),)))
    (problem,) = result.problems
    assert (result.status, problem.where) == ("broken", here)
    assert problem.message.endswith("group.npy: 2 in the mask of a slice")


def test_what_could_not_run_has_the_place_of_what_it_is_about(tmp_path: Path) -> None:
    absent = run_check(spec(limits=(limit("accuracy", 0.9), limit("per_class[cat].recall", 0.9))))
    assert [str(each.where) for each in absent.problems] == ["cepick.yaml:9"]
    there = Where(file="cepick.yaml", line=14)
    rule = BaselineRule(file=str(tmp_path / "nowhere.json"), tolerance=0.1, where=there)
    assert [each.where for each in run_check(spec(baseline=rule)).problems] == [there]
    lost = run_check(spec(predictions=str(tmp_path / "nowhere.npy")))
    assert [each.where for each in lost.problems] == [HERE]


def test_advice_is_in_the_keys_of_the_file() -> None:
    predictions = str(EXAMPLES / "digits_probabilities.npy")
    (problem,) = run_check(spec(predictions=predictions, loss="sparse_softmax_cross_entropy")).failing
    assert problem.remedy.endswith("take the loss on probabilities: 'loss: sparse_categorical_cross_entropy'")
    assert problem.finding is not None
    assert "--loss sparse_categorical_cross_entropy" in problem.finding.remedy


def test_a_severity_that_is_none_is_refused() -> None:
    with pytest.raises(
        CepickError, match=r"^fail_on: 'errors' is not one of its values; did you mean 'error'\?"
    ):
        run_suite(suite(spec()), fail_on="errors")  # type: ignore[arg-type]


def test_a_mask_and_slices_together(tmp_path: Path) -> None:
    labels = np.load(LABELS)
    mask = saved(tmp_path, "mask", (labels != 3).astype(np.uint8))
    result = run_check(spec(options={"mask": mask}, slices=(by(LABELS),)))
    assert {each.name: each.count for each in result.slices}["digits_labels=3"] == 0
    assert sum(each.count for each in result.slices) == result.count == int((labels != 3).sum())


def test_shards_are_one_array(tmp_path: Path) -> None:
    logits, labels = np.load(LOGITS), np.load(LABELS)
    parts = [slice(0, 400), slice(400, 900), slice(900, None)]
    predictions = tuple(saved(tmp_path, f"p{at}", logits[part]) for at, part in enumerate(parts))
    targets = tuple(saved(tmp_path, f"y{at}", labels[part]) for at, part in enumerate(parts))
    one = run_check(replace(spec(), predictions=predictions, targets=targets))
    assert one.value == pytest.approx(LOSS, rel=1e-12)
    unequal = run_check(replace(spec(), predictions=predictions, targets=targets[:2]))
    assert unequal.problems[0].message == "digits: 3 of predictions and 2 of targets"


def test_an_interruption_does_not_wait() -> None:
    release, started = threading.Event(), threading.Event()

    def job(at: int) -> int:
        if at == 0:
            started.wait(5)
            raise KeyboardInterrupt
        started.set()
        release.wait(30)
        return at

    def results() -> Iterator[int]:
        yield from at_once(job, [0, 1, 2], 2)

    try:
        with pytest.raises(KeyboardInterrupt):
            list(results())
        assert not release.is_set()
    finally:
        release.set()


def test_a_report_is_strict_json(tmp_path: Path) -> None:
    import json

    probabilities = np.array([[1.0, 0.0], [0.0, 1.0]])
    one = spec(
        predictions=saved(tmp_path, "p", probabilities),
        targets=saved(tmp_path, "y", np.array([1, 1])),
        limits=(limit("loss", most=1.0),),
    )
    report: CheckReport = run_suite(suite(one))
    plain = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert plain["checks"][0]["value"] == "inf"
    assert plain["failed"] == 1


def baseline(path: Path, **changed: object) -> BaselineRule:
    return BaselineRule(**({"file": str(path), "where": HERE} | changed))  # type: ignore[arg-type]


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    """Return the baseline of the digits as they are."""
    path = tmp_path / "digits.json"
    write_baseline(str(path), evaluate(LOGITS, LABELS, keep="examples"))
    return path


def test_the_same_run_is_no_worse_than_its_baseline(earlier: Path) -> None:
    result = run_check(spec(baseline=baseline(earlier)))
    assert result.status == "passed"
    assert result.baseline is not None
    assert (result.baseline.difference, result.baseline.better) == (0.0, None)


@pytest.mark.parametrize("changed", [{}, {"test": "t"}, {"tolerance": 0.01}, {"metric": "accuracy"}], ids=str)
def test_a_worse_run_fails(tmp_path: Path, earlier: Path, changed: dict[str, object]) -> None:
    logits = np.load(LOGITS)
    logits[:100] = np.roll(logits[:100], 1, axis=1)
    worse = spec(predictions=saved(tmp_path, "worse", logits), baseline=baseline(earlier, **changed))
    result = run_check(replace(worse, findings=FindingRules(fail_on="never")))
    (problem,) = result.failing
    assert (problem.rule, problem.path) == ("baseline", changed.get("metric", "loss"))
    assert "worse than the baseline" in problem.because
    assert "cepick baseline write --only digits" in problem.remedy


@pytest.mark.parametrize(
    ("where", "command"),
    [
        (Where(file="cepick.yaml", line=3), "cepick baseline write --only 'digits [SIZE=small]'"),
        (
            Where(file="ci/my checks.yaml", line=3),
            "cepick baseline write --config 'ci/my checks.yaml' --only 'digits [SIZE=small]'",
        ),
        (Where(file="suite"), "cepick baseline write --only 'digits [SIZE=small]'"),
    ],
    ids=["nearest", "another", "Python"],
)
def test_a_worse_run_says_how_it_is_accepted(
    tmp_path: Path, earlier: Path, where: Where, command: str
) -> None:
    worse = saved(tmp_path, "worse", np.load(LOGITS) * 3)
    checked = spec("digits [SIZE=small]", predictions=worse, baseline=baseline(earlier), where=where)
    (problem,) = run_check(checked).failing
    assert problem.remedy == f"see where with 'cepick compare', or accept it: {command}"


def test_a_tolerance_allows_a_little(tmp_path: Path, earlier: Path) -> None:
    rng = np.random.default_rng(0)
    noisy = saved(tmp_path, "noisy", np.load(LOGITS) + 0.3 * rng.standard_normal((1079, 10)))
    one = spec(predictions=noisy, findings=FindingRules(fail_on="never"))
    assert run_check(replace(one, baseline=baseline(earlier, tolerance=0.5))).status == "passed"
    result = run_check(replace(one, baseline=baseline(earlier, tolerance=1e-6)))
    worse = result.baseline is not None and (result.baseline.difference or 0) > 1e-6
    assert result.status == ("failed" if worse else "passed")


@pytest.mark.parametrize(
    ("arrays", "says"),
    [
        (
            {
                "predictions": str(EXAMPLES / "iris_probabilities.csv"),
                "targets": str(EXAMPLES / "iris_labels.csv"),
            },
            "is of",
        ),
        ({"targets": "rolled.npy"}, "is of other targets"),
        ({"task": {"ignore_index": 3}}, "counted other positions"),
        ({"loss": "squared_hinge"}, ""),
        ({"options": {"label_smoothing": 0.1}}, "has label_smoothing 0.0, and this run 0.1"),
    ],
    ids=["other arrays", "other targets", "other positions", "another loss", "smoothed"],
)
def test_a_baseline_of_other_data_is_refused(
    tmp_path: Path, earlier: Path, arrays: dict[str, object], says: str
) -> None:
    rolled = saved(tmp_path, "rolled", np.roll(np.load(LABELS), 1))
    given = {name: rolled if value == "rolled.npy" else value for name, value in arrays.items()}
    result = run_check(spec(**(given | {"baseline": baseline(earlier)})))  # type: ignore[arg-type]
    assert result.status == "broken"
    assert says in result.problems[0].message
    assert "digits.json" in result.problems[0].message or arrays.get("loss")


def test_a_baseline_does_not_depend_on_how_targets_are_stored(tmp_path: Path, earlier: Path) -> None:
    targets = saved(tmp_path, "small", np.load(LABELS).astype(np.uint8))
    assert run_check(spec(targets=targets, baseline=baseline(earlier))).status == "passed"


def test_a_missing_baseline_breaks_the_check(tmp_path: Path) -> None:
    result = run_check(spec(baseline=baseline(tmp_path / "nowhere.json")))
    assert result.status == "broken"
    assert "there is no such baseline" in result.problems[0].message
    assert "cepick baseline write" in result.problems[0].remedy


def test_baselines_and_slices_together(earlier: Path) -> None:
    result = run_check(spec(baseline=baseline(earlier), slices=(by(LABELS),)))
    assert result.status == "passed"
    assert sum(each.count for each in result.slices) == result.count


def joint(folder: Path, *extra: tuple[str, str], target: str = "species") -> Path:
    """Return one CSV with predictions, targets, and a column beside them."""
    rows = (EXAMPLES / "iris_probabilities.csv").read_text().split()
    labels = (EXAMPLES / "iris_labels.csv").read_text().split()[1:]
    names = ",".join(name for name, _ in extra)
    cells = [",".join(value.split("/")[at % 2] for _, value in extra) for at in range(len(labels))]
    lines = [f"{rows[0]},{target},{names}"]
    lines += [f"{row},{label},{cell}" for row, label, cell in zip(rows[1:], labels, cells, strict=True)]
    path = folder / "both.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize("value", ["NO/NZ", "0/1", "0.5/0.25"], ids=["text", "numbers", "fractions"])
@pytest.mark.parametrize("target", ["species", "label"])
def test_slices_by_a_column_beside_the_predictions(tmp_path: Path, value: str, target: str) -> None:
    path = joint(tmp_path, ("group", value), target=target)
    one = replace(spec(predictions=str(path)), targets=(), slices=(by(tmp_path / "group"),))
    result = run_check(one)
    assert result.status == "passed", result.problems
    assert result.value == pytest.approx(0.4797280671249826, rel=1e-9)
    assert sorted(each.count for each in result.slices) == [37, 38]
    assert {each.name for each in result.slices} == {f"group={part}" for part in value.split("/")}


def test_a_column_of_groups_among_the_predictions_is_no_class(tmp_path: Path) -> None:
    rows = (EXAMPLES / "iris_probabilities.csv").read_text().split()
    lines = [f"{rows[0]},group", *(f"{row},{at % 2}" for at, row in enumerate(rows[1:]))]
    path = tmp_path / "p.csv"
    path.write_text("\n".join(lines) + "\n")
    labels = str(EXAMPLES / "iris_labels.csv")
    result = run_check(spec(predictions=str(path), targets=labels, slices=(by(tmp_path / "group"),)))
    assert result.status == "broken"
    assert result.problems[0].message.endswith(
        "column 'group', which slices are taken by, is read as a class"
    )
    assert "beside the targets" in result.problems[0].remedy


def test_an_expected_number_of_one_file_with_both(tmp_path: Path) -> None:
    path = joint(tmp_path, ("id", "1/2"))
    one = replace(spec(predictions=str(path)), targets=(), equals=Equals(value=9.5, where=HERE))
    (problem,) = run_check(one).failing
    assert problem.rule == "equals"
    assert problem.remedy.startswith(f"'cepick match {path} --value 9.5' says")
