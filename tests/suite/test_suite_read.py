"""What a file of checks says, in YAML, in TOML and as a mapping, and where it is found."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ce_core.suite.find import find_suite
from ce_core.suite.keys import CHECK, OPTIONS
from ce_core.suite.read import limits_of, read_suite, suite_from_mapping
from ce_core.suite.spec import BaselineRule, Equals, FindingRules, Limit, Slices, Suite, Where
from ce_core.suite.toml_places import places
from ce_core.suite.variables import expand, names_in

WHOLE = """\
fail_on: warning
checks:
  - name: digits
    predictions: [runs/a.npy, runs/b.npy]
    targets: ["s3://bucket/a.npy", /data/b.npy]
    task: {outputs: logits, exclusive: true, class_axis: [0, 1]}
    loss: sigmoid-focal
    loss_options: {gamma: 1, alpha: 0.25}
    reduction: sum
    mean_over: nonzero-weights
    class_weights: [1, 2.5]
    sample_weights: weights.npz:w
    pos_weight: 3
    label_smoothing: 1e-1
    mask: masks/*.npy
    clip: 1e-7
    base: bits
    class_names: [cat, 7]
    target_column: 007
    unique: false
    seed: 3
    equals: {value: .inf, rtol: 1e-4, atol: 0}
    limits:
      loss: {max: 0.4}
      diagnostics.accuracy: {min: 0.9, max: 1}
      per_class[cat].recall: {min: 5e-1}
    findings: {select: CE1, ignore: [class-imbalance, CE3], fail_on: note}
    baseline: {file: base/digits.json, significance: 0.01, test: t}
    slices:
      - {by: group.npy, min_count: 30, limits: {loss: {max: 1.0}}}
      - {by: country}
      - {masks: {rare: rare.npy}}
"""


def read(content: str, folder: Path, **environment: str) -> Suite:
    file = folder / "cepick.yaml"
    file.write_text(content, encoding="utf-8")
    return read_suite(file, environment=environment)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def at(line: int, column: int, file: str = "cepick.yaml") -> Where:
    return Where(file=file, line=line, column=column)


def test_every_key_is_read_into_its_type(here: Path) -> None:
    suite = read(WHOLE, here)
    assert (suite.file, suite.folder, suite.fail_on, suite.notes) == ("cepick.yaml", ".", "warning", ())
    (check,) = suite.checks
    assert (check.name, check.where) == ("digits", at(3, 5))
    assert check.predictions == ("runs/a.npy", "runs/b.npy")
    assert check.targets == ("s3://bucket/a.npy", "/data/b.npy")
    assert check.task == {"outputs": "logits", "exclusive": True, "class_axis": (0, 1)}
    assert check.loss == "sigmoid-focal"
    assert check.options == {
        "loss_options": {"gamma": 1, "alpha": 0.25},
        "reduction": "sum",
        "mean_over": "nonzero_weights",
        "class_weights": [1, 2.5],
        "sample_weights": "weights.npz:w",
        "pos_weight": 3.0,
        "label_smoothing": 0.1,
        "mask": "masks/*.npy",
        "clip": 1e-7,
        "base": "bits",
        "class_names": ("cat", "7"),
        "target_column": "007",
        "unique": False,
        "seed": 3,
    }
    assert check.equals == Equals(value=float("inf"), rtol=1e-4, atol=0.0, where=at(22, 13))
    assert check.limits == (
        Limit(path="loss", most=0.4, where=at(24, 13)),
        Limit(path="accuracy", least=0.9, most=1.0, where=at(25, 29)),
        Limit(path="per_class[cat].recall", least=0.5, where=at(26, 30)),
    )
    assert check.findings == FindingRules(select=("CE1",), ignore=("class-imbalance", "CE3"), fail_on="note")
    assert check.baseline == BaselineRule(
        file="base/digits.json", significance=0.01, test="t", where=at(28, 15)
    )
    assert check.slices == (
        Slices(
            by="group.npy",
            least_count=30,
            limits=(Limit(path="loss", most=1.0, where=at(30, 55)),),
            where=at(30, 9),
        ),
        Slices(by="country", where=at(31, 9)),
        Slices(masks={"rare": "rare.npy"}, where=at(32, 9)),
    )


def test_the_options_are_arguments_of_evaluate() -> None:
    import inspect

    from ce_core import evaluate
    from ce_core.sampling import SAMPLERS

    assert set(OPTIONS) <= set(inspect.signature(evaluate).parameters)
    (sampler,) = [each for each in CHECK if each.name == "sampler"]
    assert set(sampler.words) <= set(SAMPLERS)


def test_paths_are_from_the_folder_of_the_file(here: Path) -> None:
    (here / "checks").mkdir()
    suite = read(WHOLE, here / "checks")
    (check,) = suite.checks
    assert (suite.file, suite.folder) == ("checks/cepick.yaml", "checks")
    assert check.predictions == ("checks/runs/a.npy", "checks/runs/b.npy")
    assert check.targets == ("s3://bucket/a.npy", "/data/b.npy")
    assert check.options["sample_weights"] == "checks/weights.npz:w"
    assert check.options["mask"] == "checks/masks/*.npy"
    assert check.baseline is not None
    assert check.baseline.file == "checks/base/digits.json"
    assert [each.by for each in check.slices] == ["checks/group.npy", "country", None]
    assert check.slices[2].masks == {"rare": "checks/rare.npy"}
    up = "checks: [{name: a, predictions: ../p.npy, targets: ./y.npy}]"
    (check,) = read(up, here / "checks").checks
    assert (check.predictions, check.targets) == (("p.npy",), ("checks/y.npy",))


def test_behind_a_link_two_dots_are_the_folder_above_the_real_one(here: Path) -> None:
    (here / "real" / "inner").mkdir(parents=True)
    (here / "link").symlink_to(here / "real" / "inner")
    (check,) = read("checks: [{name: a, predictions: ../p.npy, targets: y.npy}]", here / "link").checks
    assert Path(check.predictions[0]).parent.resolve() == here / "real"


def test_a_task_may_be_a_preset_or_a_file(here: Path) -> None:
    (here / "mine.yaml").write_text("outputs: probabilities\nclasses: 3\n", encoding="utf-8")
    each = "- {name: NAME, predictions: p.npy, targets: y.npy, task: TASK}\n"
    text = "checks:\n" + each.replace("NAME", "a").replace("TASK", "mine.yaml")
    text += each.replace("NAME", "b").replace("TASK", "language_model")
    first, second = read(text, here).checks
    assert first.task == {"outputs": "probabilities", "classes": 3}
    assert second.task["ignore_index"] == -100


CHECK_OF = "{name: NAME, predictions: p.npy, targets: y.npy"
VALID_WITH_NULLS = (
    "loss",
    "task",
    "equals",
    "limits",
    "findings",
    "baseline",
    "slices",
    "matrix",
    *OPTIONS,
)


@pytest.mark.parametrize("key", VALID_WITH_NULLS)
def test_a_key_that_is_null_says_nothing(key: str, here: Path) -> None:
    plain = read(f"checks: [{CHECK_OF}}}]", here)
    assert read(f"checks: [{CHECK_OF}, {key}: null}}]", here).checks == plain.checks


def test_defaults_stand_in_for_what_a_check_does_not_say(here: Path) -> None:
    first, second = read(
        """\
defaults:
  targets: y.npy
  task: {outputs: logits, exclusive: true}
  limits: {loss: {max: 1}, ece: {max: 0.1}}
  findings: {ignore: CE5}
  baseline: {file: b.json, tolerance: 0.1}
  equals: 3
checks:
  - {name: a, predictions: a.npy}
  - name: b
    predictions: b.npy
    targets: z.npy
    task: {exclusive: false, classes: 4}
    limits: {ece: null, loss: {min: 0.5}, accuracy: {min: 0.5}}
    findings: {fail_on: note}
    baseline: {file: b.json, significance: 0.5}
    equals: null
""",
        here,
    ).checks
    assert first.task == {"outputs": "logits", "exclusive": True}
    assert [(each.path, each.where.line) for each in first.limits] == [("loss", 4), ("ece", 4)]
    assert first.equals is not None
    assert second.targets == ("z.npy",)
    assert second.task == {"outputs": "logits", "exclusive": False, "classes": 4}
    assert {each.path: (each.least, each.most) for each in second.limits} == {
        "loss": (0.5, None),
        "accuracy": (0.5, None),
    }
    assert second.findings == FindingRules(ignore=("CE5",), fail_on="note")
    assert second.baseline is not None
    assert (second.baseline.tolerance, second.baseline.significance) == (None, 0.5)
    assert second.equals is None


def test_a_matrix_makes_a_check_of_each_combination_in_the_order_of_the_file(here: Path) -> None:
    suite = read(
        """\
matrix: {MODEL: [small, large], SEED: [1, 2]}
checks:
  - name: alone
    predictions: p.npy
    targets: y.npy
  - name: some
    predictions: ${MODEL}.npy
    targets: y.npy
  - name: own
    matrix: {SPLIT: [dev, test], MODEL: [tiny]}
    predictions: ${SPLIT}/${MODEL}.${SEED}.npy
    targets: ${SPLIT}/y.npy
  - name: named ${MODEL}
    predictions: ${MODEL}-${SEED}.npy
    targets: y.npy
""",
        here,
        MODEL="not this",
    )
    assert [each.name for each in suite.checks] == [
        "alone",
        "some [MODEL=small]",
        "some [MODEL=large]",
        "own [MODEL=tiny, SEED=1, SPLIT=dev]",
        "own [MODEL=tiny, SEED=1, SPLIT=test]",
        "own [MODEL=tiny, SEED=2, SPLIT=dev]",
        "own [MODEL=tiny, SEED=2, SPLIT=test]",
        "named small [SEED=1]",
        "named small [SEED=2]",
        "named large [SEED=1]",
        "named large [SEED=2]",
    ]
    assert suite.checks[4].predictions == ("test/tiny.1.npy",)
    assert suite.checks[4].matrix == {"MODEL": "tiny", "SEED": "1", "SPLIT": "test"}
    assert suite.checks[0].matrix == {}


def test_a_variable_of_the_defaults_counts_as_used(here: Path) -> None:
    suite = read(
        "matrix: {M: [a, b]}\ndefaults: {predictions: '${M}.npy', targets: y.npy}\nchecks: [{name: x}]", here
    )
    assert [each.predictions[0] for each in suite.checks] == ["a.npy", "b.npy"]


def test_variables_come_from_the_environment_and_become_what_is_wanted(here: Path) -> None:
    suite = read(
        """\
fail_on: ${FAIL:-note}
matrix: {MODEL: ["${FIRST}", other]}
checks:
  - name: ${MODEL}
    predictions: ${ROOT:-runs}/$${x}.npy
    targets: ${EMPTY:-y}.npy
    task: {classes: "${K}", exclusive: "${YES}", outputs: "${GIVEN:-logits}"}
    unique: ${YES}
    num_true: ${K}
    class_names: ["${K}"]
    limits: {loss: {max: "${MOST}"}, "${WHICH}": {min: 0}}
    slices: {by: "${K}"}
""",
        here,
        FIRST="one",
        K="10",
        YES="true",
        MOST="1e-2",
        WHICH="ece",
        EMPTY="",
    )
    assert suite.fail_on == "note"
    first, second = suite.checks
    assert (first.name, second.name) == ("one", "other")
    assert first.predictions == ("runs/${x}.npy",)
    assert first.targets == ("y.npy",)
    assert first.task == {"classes": 10, "exclusive": True, "outputs": "logits"}
    assert first.options == {"unique": True, "num_true": 10, "class_names": ("10",)}
    assert [(each.path, each.most) for each in first.limits] == [("loss", 0.01), ("ece", None)]
    assert first.slices[0].by == "10"


def test_the_environment_of_the_process_is_the_default(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CEPICK_TEST_RUN", "runs/7")
    (here / "cepick.yaml").write_text(f"checks: [{CHECK_OF}, mask: '${{CEPICK_TEST_RUN}}.npy'}}]")
    assert read_suite().checks[0].options["mask"] == "runs/7.npy"


def test_anchors_aliases_and_merges_work(here: Path) -> None:
    first, second = read(
        """\
checks:
  - &first
    name: a
    predictions: p.npy
    targets: y.npy
    limits: &limits {loss: {max: 1}}
  - <<: *first
    name: b
    limits: {<<: *limits, ece: {max: 1}}
""",
        here,
    ).checks
    assert (second.name, second.predictions) == ("b", ("p.npy",))
    assert [each.path for each in second.limits] == ["loss", "ece"]
    assert first.limits == second.limits[:1]


def test_a_mapping_that_is_merged_twice_is_read_each_time(here: Path) -> None:
    suite = read(
        """\
defaults: &d {targets: y.npy}
checks:
  - &a {<<: *d, name: a, predictions: p.npy, targets: z.npy}
  - &b {<<: *a, name: b}
  - {<<: [*b, *a], name: c}
  - {<<: *b, name: d}
""",
        here,
    )
    assert [(each.name, each.targets) for each in suite.checks] == [(each, ("z.npy",)) for each in "abcd"]


TOML = """\
[project]
name = "model"  # not cepick's

[tool.cepick]
fail_on = "warning"
matrix = {MODEL = ["small", "large"]}
defaults.targets = "y.npy"

[[tool.cepick.checks]]
name = "a"
predictions = ["p.npy",
  'q[1].npy', # a comment ]
]
targets = "y.npy"
task = { outputs = "logits", classes = 10 }

[tool.cepick.checks.limits]
loss = {max = 0.4}
"per_class.recall" = { min = 0.5 }

[[tool.cepick.checks]]
name = \"\"\"b\"\"\"
"predictions" = '''${MODEL}.npy'''
limits.ece.max = 0.1
equals.value = 1
"""


def test_toml_says_the_same_with_its_lines(here: Path) -> None:
    (here / "pyproject.toml").write_text(TOML, encoding="utf-8")
    suite = read_suite(environment={})
    assert (suite.file, suite.fail_on) == ("pyproject.toml", "warning")
    assert [each.name for each in suite.checks] == ["a", "b [MODEL=small]", "b [MODEL=large]"]
    first, second, _ = suite.checks
    assert first.predictions == ("p.npy", "q[1].npy")
    assert first.task == {"outputs": "logits", "classes": 10}
    assert first.where == at(9, 1, "pyproject.toml")
    assert [each.where for each in first.limits] == [
        at(18, 8, "pyproject.toml"),
        at(19, 22, "pyproject.toml"),
    ]
    assert second.where == at(21, 1, "pyproject.toml")
    assert (second.limits[0].most, second.limits[0].where.line) == (0.1, 24)
    assert second.equals is not None
    assert second.equals.where.line == 25


def test_another_toml_file_needs_no_table(here: Path) -> None:
    (here / "ci.toml").write_text('[[checks]]\nname = "a"\npredictions = "p.npy"\ntargets = "y.npy"\n')
    assert read_suite("ci.toml").checks[0].where == at(1, 1, "ci.toml")
    (here / "with.toml").write_text(TOML, encoding="utf-8")
    assert len(read_suite("with.toml").checks) == 3


def steps(content: Any, path: tuple[str | int, ...] = ()) -> set[tuple[str | int, ...]]:
    """Return the steps to every value of data."""
    items = (
        content.items()
        if isinstance(content, dict)
        else enumerate(content)
        if isinstance(content, list)
        else ()
    )
    return {path} | {deeper for key, each in items for deeper in steps(each, (*path, key))}


ODD_TOML = (
    TOML,
    (Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"),
    "a = 1\n[b.c]\nd.e.f = [1, [2, {g = 3, h.i = '}'}], ]\n[[b.l]]\n[[b.l]]\nx=1\n[[b.l.m]]\ny=2\n[[b.l.m]]\n[b.l.m.n]",
    's = """\n[no.table]\nx = "1" \\""" \n"""\nt = \'\'\'a\'b\'\'\'\'\n'
    'u = "\\"]"\nv = [ # ]\n"""]""", \'\'\'"\'\'\', ]\n'
    "w=1979-05-27 07:32:00",
    '"a.b" . \'c d\' = {}\n["x.y"."z"]\nk = """"q""""\n',
    "a = []\nb = [[], [[]]]\n\tc = { d = [ { } ] }\n",
)


@pytest.mark.parametrize("text", ODD_TOML)
def test_every_value_of_a_toml_file_has_a_place(text: str) -> None:
    content = tomllib.loads(text)
    keys, values = places(text)
    wanted = steps(content) - {()}
    assert wanted <= set(values)
    assert {path for path in wanted if isinstance(path[-1], str)} <= set(keys)
    assert set(values) <= wanted
    lines = text.split("\n")
    for path, (line, column) in keys.items():
        written = lines[line - 1][column - 1 :]
        assert written.startswith((str(path[-1]), f'"{path[-1]}"', f"'{path[-1]}'")), (path, written)


def test_the_nearest_file_counts(here: Path) -> None:
    inner = here / "a" / "b"
    inner.mkdir(parents=True)
    (here / "pyproject.toml").write_text("[tool.cepick]\n")
    assert find_suite(inner) == here / "pyproject.toml"
    (here / "cepick.yml").write_text("checks: []")
    assert find_suite(inner) == here / "cepick.yml"
    (here / "cepick.yaml").write_text("checks: []")
    assert find_suite(inner) == here / "cepick.yaml"
    (here / "a" / "pyproject.toml").write_text("[tool.ruff]\n# not cepick\n")
    assert find_suite(inner) == here / "cepick.yaml"
    (here / "a" / "pyproject.toml").write_text("[tool.cepick]\n")
    assert find_suite(inner) == here / "a" / "pyproject.toml"
    (inner / "cepick.yaml").mkdir()
    assert find_suite(inner) == here / "a" / "pyproject.toml"


def test_files_beside_the_one_that_is_read_are_named(here: Path) -> None:
    text = f"checks: [{CHECK_OF}}}]"
    for name in ("cepick.yaml", "cepick.yml"):
        (here / name).write_text(text)
    (here / "pyproject.toml").write_text("[tool.cepick]\nnothing = 'that is read'\n")
    note = "cepick.yaml: read, and not cepick.yml, pyproject.toml beside it"
    assert read_suite().notes == (note,)
    assert read_suite(here).notes == (note,)
    assert read_suite("cepick.yaml").notes == ()
    (here / "pyproject.toml").write_text("[tool.cepick\n")
    assert read_suite().notes == ("cepick.yaml: read, and not cepick.yml beside it",)


def test_a_file_above_is_named_in_full(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "cepick.yaml").write_text(f"checks: [{CHECK_OF}}}]")
    (here / "inner").mkdir()
    monkeypatch.chdir(here / "inner")
    suite = read_suite()
    assert suite.file == str(here / "cepick.yaml")
    assert suite.checks[0].predictions == (str(here / "p.npy"),)
    assert read_suite("../cepick.yaml").checks[0].predictions == ("../p.npy",)


def test_a_mapping_says_what_a_file_says(here: Path) -> None:
    import yaml

    content = yaml.safe_load(WHOLE)
    from_file, mapped = read(WHOLE, here), suite_from_mapping(content, folder="runs", environment={})
    (one,), (other,) = from_file.checks, mapped.checks
    assert (mapped.file, mapped.folder) == (None, "runs")
    assert other.predictions == ("runs/runs/a.npy", "runs/runs/b.npy")
    assert [(each.path, each.least, each.most) for each in other.limits] == [
        (each.path, each.least, each.most) for each in one.limits
    ]
    assert other.options.keys() == one.options.keys()
    numbers = suite_from_mapping(
        {
            "checks": (
                {
                    "name": "a",
                    "predictions": Path("p.npy"),
                    "targets": "y.npy",
                    "pos_weight": np.float64(2),
                    "matrix": {"M": (1, True)},
                    "mask": "${M}.npy",
                },
            )
        },
        environment={},
    )
    assert [each.options for each in numbers.checks] == [
        {"pos_weight": 2.0, "mask": "1.npy"},
        {"pos_weight": 2.0, "mask": "true.npy"},
    ]


def test_limits_may_come_from_python() -> None:
    where = Where(file="limits")
    assert limits_of({"accuracy": {"min": 0.9}, "loss": {"max": 0.4, "min": None}}) == (
        Limit(path="accuracy", least=0.9, where=where),
        Limit(path="loss", most=0.4, where=where),
    )


def test_bytes_that_mark_the_order_and_other_line_ends_do_no_harm(here: Path) -> None:
    (here / "cepick.yaml").write_bytes(b"\xef\xbb\xbf" + WHOLE.replace("\n", "\r\n").encode())
    assert read_suite("cepick.yaml", environment={}).checks[0].limits[0].where == at(24, 13)
    (here / "pyproject.toml").write_bytes(TOML.replace("\n", "\r\n").encode())
    assert read_suite("pyproject.toml", environment={}).checks[0].limits[0].where.line == 18


def test_importing_the_reader_imports_no_yaml() -> None:
    code = "import sys, ce_core.suite.read, ce_core.suite.init; print({'yaml', 'rich', 'typer'} & set(sys.modules))"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "set()\n"


NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True)
TEXTS = st.text(st.characters(blacklist_characters="${}", blacklist_categories=("Cs",)), max_size=20)


@given(st.lists(st.one_of(TEXTS, st.tuples(NAMES, TEXTS)), max_size=8))
def test_variables_stand_for_their_values_and_nothing_else_changes(parts: list[Any]) -> None:
    values = {each[0]: each[1] for each in parts if isinstance(each, tuple)}
    written = "".join(each if isinstance(each, str) else f"${{{each[0]}}}" for each in parts)
    wanted = "".join(each if isinstance(each, str) else values[each[0]] for each in parts)
    assert expand(written, values) == wanted
    assert names_in(written) == set(values)


@given(TEXTS, NAMES, TEXTS)
def test_a_default_stands_in_and_two_signs_are_one(text: str, name: str, default: str) -> None:
    assert expand(f"{text}${{{name}:-{default}}}", {}) == text + default
    assert expand(f"{text}${{{name}:-{default}}}", {name: "x"}) == f"{text}x"
    assert expand(f"{text}$${{{name}}}", {name: "x"}) == f"{text}${{{name}}}"


def test_the_working_folder_is_not_changed(here: Path) -> None:
    read(WHOLE, here)
    assert os.getcwd() == str(here)


@pytest.mark.parametrize(
    ("written", "value", "atol", "rtol"),
    [
        ("0.3274", 0.3274, 5e-5, 0.0),
        ("1.20", 1.2, 5e-3, 0.0),
        ("{value: 0.3274}", 0.3274, 5e-5, 0.0),
        ("{value: '0.3274'}", 0.3274, 5e-5, 0.0),
        ("{value: 0.3274, rtol: 1e-4}", 0.3274, 0.0, 1e-4),
        ("{value: 0.3274, atol: 0.01}", 0.3274, 0.01, 0.0),
        ("{value: 0.3274, atol: 0.01, rtol: 0.1}", 0.3274, 0.01, 0.1),
        ("'${PRINTED}'", 2.303, 5e-4, 0.0),
        ("{value: .inf}", float("inf"), 0.0, 0.0),
    ],
)
def test_a_number_is_known_to_its_last_digit(
    tmp_path: Path, written: str, value: float, atol: float, rtol: float
) -> None:
    file = tmp_path / "cepick.yaml"
    file.write_text(f"checks: [{{name: a, predictions: p.npy, targets: t.npy, equals: {written}}}]\n")
    (check,) = read_suite(file, environment={"PRINTED": "2.303"}).checks
    assert check.equals is not None
    assert check.equals.value == value
    assert check.equals.atol == pytest.approx(atol)
    assert check.equals.rtol == rtol
