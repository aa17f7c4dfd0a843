"""Files of checks that are wrong: each is one line with the file, line and column, what is wrong and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from ce_core.errors import CepickError
from ce_core.suite.read import limits_of, read_suite, suite_from_mapping

CHECK = """\
checks:
  - name: digits
    predictions: p.npy
    targets: y.npy
"""

PLACES: dict[str, tuple[str, str]] = {
    "misspelt key": (
        "    limts: {loss: {max: 1}}",
        "5:5: limts: no such key of a check; did you mean 'limits'?",
    ),
    "a limit among the keys": (
        "    ece: {max: 1}",
        "5:5: ece: no such key of a check; a limit goes under 'limits'",
    ),
    "a property among the keys": (
        "    outputs: logits",
        "5:5: outputs: no such key of a check; a property of the task goes under 'task'",
    ),
    "a key twice": ("    name: again", "5:5: name: stands twice, first in line 2; leave one"),
    "a key that is a list": ("    ? [a, b]\n    : 1", "5:7: a key that is no word; write one"),
    "a diagnostic that is not": (
        "    limits:\n      acuracy: {min: 0.9}",
        "6:7: acuracy: no such diagnostic; did you mean 'accuracy'?",
    ),
    "a nested diagnostic that is not": (
        "    limits: {quantiles.p95: {max: 1}}",
        "5:14: quantiles.p95: no such diagnostic; did you mean 'quantiles.p99'?",
    ),
    "a figure of a class that is not": (
        "    limits: {'per_class[cat].recal': {min: 1}}",
        "5:14: per_class[cat].recal: no such figure of a class; did you mean 'recall'?",
    ),
    "a path said in two ways": (
        "    limits: {ece: {max: 1}, diagnostics.ece: {max: 2}}",
        "5:29: diagnostics.ece: stands twice; leave one",
    ),
    "min above max": (
        "    limits: {loss: {min: 2, max: 1}}",
        "5:20: loss: min 2 is above max 1; nothing can hold; exchange them",
    ),
    "neither min nor max": (
        "    limits: {loss: {}}",
        "5:20: loss: neither min nor max; write one of them, such as {min: 0.9}",
    ),
    "a number as a limit": (
        "    limits: {loss: 0.4}",
        "5:20: loss: 0.4 is no limit; write min, max or both, such as {max: 0.4}",
    ),
    "misspelt end of a limit": (
        "    limits: {loss: {maximum: 1}}",
        "5:21: maximum: no such key of a limit; did you mean 'max'?",
    ),
    "NaN as a limit": (
        "    limits: {loss: {max: .nan}}",
        "5:26: max: .nan is not finite; write the most that is allowed, such as 0.4, or leave it out",
    ),
    "infinity as a limit": (
        "    limits: {loss: {max: .inf}}",
        "5:26: max: .inf is not finite; write the most that is allowed, such as 0.4, or leave it out",
    ),
    "a word as a limit": (
        "    limits: {loss: {max: low}}",
        "5:26: max: 'low' is not a number; write the most that is allowed, such as 0.4",
    ),
    "a truth value as a limit": (
        "    limits: {loss: {max: yes}}",
        "5:26: max: yes is not a number; write the most that is allowed, such as 0.4",
    ),
    "limits that are none": (
        "    limits: 3",
        "5:13: limits: 3 is no mapping; write a line each, such as 'loss: {max: 0.4}'",
    ),
    "a loss that is not": (
        "    loss: sparse_sofmax_cross_entropy",
        "5:11: loss: sparse_sofmax_cross_entropy: no such loss; did you mean 'sparse_softmax_cross_entropy'?",
    ),
    "a function that is not": (
        "    loss: torch.nn.CrosEntropyLoss",
        "5:11: loss: torch.nn.CrosEntropyLoss: no such function is known; did you mean 'torch.nn.CrossEntropyLoss'?",
    ),
    "an argument that is not": (
        "    loss: nn.CrossEntropyLoss(lable_smoothing=0.1)",
        "5:11: loss: nn.CrossEntropyLoss: has no argument 'lable_smoothing'; did you mean 'label_smoothing'?",
    ),
    "a limit in the place of the loss": (
        "    loss: {max: 0.4}",
        "5:11: loss: is a mapping, and no name; a limit on the loss goes under 'limits'",
    ),
    "an option that the loss has not": (
        "    loss: nll\n    loss_options: {gamma: 2}",
        "6:19: nll: has no option 'gamma'; it takes none",
    ),
    "options without a loss": (
        "    loss_options: {gamma: 2}",
        "5:19: loss_options: go with a loss, and none is named; write 'loss: …' too",
    ),
    "a word of a task": (
        "    task: {outputs: logit}",
        "5:21: outputs: 'logit' is not one of its values; did you mean 'logits'?",
    ),
    "a property that is not": (
        "    task: {output: logits}",
        "5:12: output: no such property of a task; did you mean 'outputs'?",
    ),
    "properties that cannot be together": (
        "    task: {encoding: index, exclusive: false}",
        "5:11: task: encoding 'index' and exclusive False cannot both be: an index names one class only; use encoding "
        "'multi_hot', or exclusive True",
    ),
    "a preset that is not": (
        "    task: fruad",
        "5:11: preset 'fruad': not known; did you mean 'fraud'?",
    ),
    "a finding that is not": (
        "    findings: {ignore: [CE210, CE999]}",
        "5:32: ignore: 'CE999' is no finding; did you mean 'CE309'?",
    ),
    "a slug that is not": (
        "    findings: {select: double-sofmax}",
        "5:24: select: 'double-sofmax' is no finding; did you mean 'double-softmax'?",
    ),
    "a severity that is not": (
        "    findings: {fail_on: warn}",
        "5:25: fail_on: 'warn' is not one of its values; did you mean 'warning'?",
    ),
    "a reduction that gives no number": (
        "    reduction: none",
        "5:16: reduction: 'none' is not one of its values; choose from mean, sum",
    ),
    "smoothing out of range": (
        "    label_smoothing: 1.5",
        "5:22: label_smoothing: 1.5 is not from 0 to 1; write the share that is smoothed, such as 0.1",
    ),
    "a clip out of range": (
        "    clip: 0.7",
        "5:11: clip: 0.7 is not between 0 and 0.5; write how far probabilities are kept from 0 and 1: a number, or a "
        "framework's way",
    ),
    "a clip that is not": (
        "    clip: kears",
        "5:11: clip: 'kears' is neither a number nor a policy; did you mean 'keras'?",
    ),
    "one number for every class": (
        "    class_weights: 2",
        "5:20: class_weights: 2 is one number; write a weight for each class: a file, or a list",
    ),
    "a word among numbers": (
        "    class_weights: [1, two]",
        "5:24: class_weights: 'two' is not a number; write a weight for each class: a file, or a list",
    ),
    "equals without a value": (
        "    equals: {rtol: 1e-4}",
        "5:13: value: is missing from 'equals'; write the number, such as 0.3274",
    ),
    "equals NaN": (
        "    equals: nan",
        "5:13: equals: nan is not finite; write the number, such as 0.3274, or leave it out",
    ),
    "a negative tolerance": (
        "    equals: {value: 1, rtol: -1}",
        "5:30: rtol: -1 is below 0; write how far it may be off, as a share of it, such as 1e-4",
    ),
    "a baseline without a rule": (
        "    baseline: {file: b.json}",
        "5:15: baseline: neither tolerance nor significance; write one of them, such as 'tolerance: 0.01' or "
        "'significance: 0.01'",
    ),
    "a baseline with two rules": (
        "    baseline: {file: b.json, tolerance: 0.1, significance: 0.1}",
        "5:15: baseline: both tolerance and significance; write one of them, such as 'tolerance: 0.01' or "
        "'significance: 0.01'",
    ),
    "a baseline without a file": (
        "    baseline: {tolerance: 0.1}",
        "5:15: file: is missing from 'baseline'; write the file that 'cepick baseline write' wrote",
    ),
    "a test beside a tolerance": (
        "    baseline: {file: b.json, tolerance: 0.1, test: t}",
        "5:46: test: goes with significance, and a tolerance is given; leave it out",
    ),
    "resamples of a t-test": (
        "    baseline: {file: b.json, significance: 0.1, test: t, resamples: 1000}",
        "5:58: resamples: goes with the bootstrap, and the test is t; leave it out",
    ),
    "a metric that is not": (
        "    baseline: {file: b.json, metric: los, tolerance: 0.1}",
        "5:38: metric: 'los' is not one of its values; did you mean 'loss'?",
    ),
    "a significance that is none": (
        "    baseline: {file: b.json, significance: 1}",
        "5:44: significance: 1 is not between 0 and 1; write the chance of a false alarm that is allowed, such as "
        "0.01",
    ),
    "slices of nothing": (
        "    slices: {limits: {loss: {max: 1}}}",
        "5:13: slices: neither by nor masks; write one of them, such as 'by: groups.npy'; 'slices' may be a list of "
        "such",
    ),
    "slices of both": (
        "    slices: {by: g.npy, masks: {a: a.npy}}",
        "5:13: slices: both by and masks; write one of them, such as 'by: groups.npy'; 'slices' may be a list of such",
    ),
    "masks that are none": (
        "    slices: {masks: rare.npy}",
        "5:21: masks: is no mapping of files; write a line each, such as 'rare: rare.npy'",
    ),
    "a count that is no whole number": (
        "    slices: {by: g.npy, min_count: 1.5}",
        "5:36: min_count: 1.5 is not a whole number; write how few examples a slice must have to be held to "
        "limits, such as 30",
    ),
    "a count below one": (
        "    slices: {by: g.npy, min_count: 0}",
        "5:36: min_count: 0 is below 1; write how few examples a slice must have to be held to limits, such as 30",
    ),
    "a variable that is not set": (
        "    mask: ${MASK}.npy",
        "5:11: ${MASK}: is not set; set it, or write a default: ${MASK:-default}",
    ),
    "a variable that is misspelt": (
        "    mask: ${RELEAS}.npy",
        "5:11: ${RELEAS}: is not set; did you mean 'RELEASE'?",
    ),
    "a variable that is none": (
        "    mask: ${my mask}.npy",
        "5:11: ${my mask}: is no variable; write ${NAME} or ${NAME:-default}, or '$${' for a literal '${'",
    ),
    "a variable that is open": (
        "    mask: ${MASK",
        "5:11: '${' without '}': close it, or write '$${' for a literal '${'",
    ),
    "a variable that is no number": (
        "    limits: {loss: {max: '${RELEASE}'}}",
        "5:26: max: 'v1' is not a number; write the most that is allowed, such as 0.4",
    ),
    "a matrix that nothing uses": (
        "    matrix: {MODEL: [small, large]}",
        "5:14: MODEL: the check does not use it; write ${MODEL} in it, or take it out",
    ),
    "a matrix without values": (
        "    matrix: {MODEL: []}\n    mask: ${MODEL}",
        "5:21: MODEL: is no list of values; write them in brackets, such as [small, large]",
    ),
    "a matrix of one word": (
        "    matrix: {MODEL: small}\n    mask: ${MODEL}",
        "5:21: MODEL: is no list of values; write them in brackets, such as [small, large]",
    ),
    "a matrix with a value twice": (
        "    matrix: {MODEL: [a, b, a]}\n    mask: ${MODEL}",
        "5:28: MODEL: a stands twice; leave one",
    ),
    "a matrix of lists": (
        "    matrix: {MODEL: [[a]]}\n    mask: ${MODEL}",
        "5:22: MODEL: a value is a word or a number; write [small, large]",
    ),
    "a matrix of no name": (
        "    matrix: {my model: [a]}",
        "5:14: matrix: 'my model' is no name of a variable; use letters, digits and _",
    ),
    "a name that is a list": (
        "  - name: [a]\n    predictions: p.npy",
        "5:11: name: is a list, and no text; write what the check is called",
    ),
    "a name that is a truth value": (
        "  - name: yes\n    predictions: p.npy\n    targets: y.npy",
        "5:11: name: yes is a truth value, and no text; put it in quotes",
    ),
    "a name that is empty": (
        "  - name: ''\n    predictions: p.npy",
        "5:11: name: is empty; write what the check is called",
    ),
    "no name": (
        "  - predictions: p.npy\n    targets: y.npy",
        "5:5: name: is missing from a check; write what the check is called",
    ),
    "a name twice": (
        "  - name: digits\n    predictions: p.npy\n    targets: y.npy",
        "5:11: name: 'digits' stands twice, first in line 2; call each check by a name of its own",
    ),
    "no predictions": (
        "  - name: more\n    targets: y.npy",
        "5:5: predictions: is missing from a check; write a file, folder, glob or URL, or a list of them",
    ),
    "predictions that are null": (
        "  - name: more\n    predictions:\n    targets: y.npy",
        "5:5: predictions: is missing from a check; write a file, folder, glob or URL, or a list of them",
    ),
    "no shards": (
        "  - name: more\n    predictions: []\n    targets: y.npy",
        "6:18: predictions: is an empty list; write a file, folder, glob or URL, or a list of them",
    ),
    "standard input": (
        "  - name: more\n    predictions: '-'\n    targets: y.npy",
        "6:18: predictions: '-' is standard input, which a check does not read; name a file",
    ),
    "no targets": (
        "  - name: more\n    predictions: p.npy",
        "5:5: targets: is missing from a check; only tables and .npz files hold both; write their file",
    ),
    "a check that is a word": ("  - more", "5:5: 'more' is not a check; write its keys, such as 'name: …'"),
    "an indentation": (
        "   limits: 1",
        "5:4: not valid YAML: expected <block end>, but found '<block mapping start>'; correct it there",
    ),
    "a bracket": (
        "    limits: {loss: {max: 1}",
        "6:1: not valid YAML: expected ',' or '}', but got '<stream end>'; correct it there",
    ),
    "a tab": (
        "\tlimits: 1",
        "5:1: not valid YAML: found character '\\t' that cannot start any token; correct it there",
    ),
    "an alias of nothing": (
        "    limits: *none",
        "5:13: not valid YAML: found undefined alias 'none'; correct it there",
    ),
    "an alias of itself": ("    limits: &a [*a]", "5:13: an alias holds itself; write it out"),
    "code": (
        "    mask: !!python/object/apply:os.system ['true']",
        "5:11: the tag '!!python/object/apply:os.system' is not read; take it out",
    ),
    "a tag that does not fit": (
        "    mask: !!int x",
        "5:11: 'x' does not fit the tag '!!int'; take the tag out",
    ),
    "a merge of a word": (
        "    <<: x",
        "5:9: not valid YAML: expected a mapping or list of mappings for merging, but found scalar; correct it there",
    ),
    "two documents": (
        "---\nchecks: []",
        "5:1: not valid YAML: but found another document; correct it there",
    ),
    "a control character": (
        "    mask: a\x01b",
        "5:12: not valid YAML: a character that YAML does not allow; take it out",
    ),
}


@pytest.mark.parametrize(("more", "line"), PLACES.values(), ids=PLACES)
def test_a_mistake_in_a_file_is_one_line(
    more: str, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("cepick.yaml").write_text(f"{CHECK}{more}\n", encoding="utf-8")
    with pytest.raises(CepickError) as refused:
        read_suite(environment={"RELEASE": "v1"})
    assert str(refused.value) == f"cepick.yaml:{line}"


WHOLE: dict[str, tuple[str, str]] = {
    "empty": ("", "cepick.yaml: is empty; write 'checks:' and under it what to check"),
    "comments": ("# soon\n", "cepick.yaml: is empty; write 'checks:' and under it what to check"),
    "a list": (
        "- name: digits",
        "cepick.yaml:1:1: a list is not a suite; write its keys, such as 'fail_on: …'",
    ),
    "no checks": (
        "fail_on: error",
        "cepick.yaml:1:1: checks: is missing from a suite; write 'checks:' and under it what to check",
    ),
    "empty checks": (
        "checks: []",
        "cepick.yaml:1:9: checks: is empty; write a check, such as '- name: digits'",
    ),
    "checks by name": (
        "checks: {digits: {}}",
        "cepick.yaml:1:9: checks: is no list of checks; begin each with '- name: …'",
    ),
    "misspelt key": ("check: []", "cepick.yaml:1:1: check: no such key of a suite; did you mean 'checks'?"),
    "a key of a check": (
        "predictions: p.npy",
        "cepick.yaml:1:1: predictions: no such key of a suite; it goes into a check, or under 'defaults'",
    ),
    "fail_on": (
        f"fail_on: errors\n{CHECK}",
        "cepick.yaml:1:10: fail_on: 'errors' is not one of its values; did you mean 'error'?",
    ),
    "a matrix that no check uses": (
        f"matrix: {{MODEL: [a, b]}}\n{CHECK}",
        "cepick.yaml:1:10: MODEL: no check uses it; write ${MODEL} in one, or take it out",
    ),
    "a matrix that is a list": (
        f"matrix: [a, b]\n{CHECK}",
        "cepick.yaml:1:9: matrix: is no mapping; write a line for each variable, such as 'MODEL: [small, large]'",
    ),
    "a matrix of far too many": (
        f"matrix: {{A: {list(range(40))}, B: {list(range(40))}}}\n{CHECK}    mask: ${{A}}${{B}}",
        "cepick.yaml:3:5: matrix: 1,600 combinations are more than 1,000; list fewer",
    ),
    "defaults with a name": (
        f"defaults: {{name: x}}\n{CHECK}",
        "cepick.yaml:1:12: name: no such key of the defaults; choose from predictions, targets, task, loss, "
        "loss_options, reduction, mean_over, labels, …",
    ),
    "a mistake in the defaults": (
        f"defaults: {{limits: {{loss: {{max: x}}}}}}\n{CHECK}",
        "cepick.yaml:1:33: max: 'x' is not a number; write the most that is allowed, such as 0.4",
    ),
    "billions of aliases": (
        "".join(
            f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
            for before, name in zip("abcdefg", "bcdefgh", strict=True)
        ).replace("b: &b [" + ", ".join(["*a"] * 9), "b: &b [" + ", ".join("123456789")),
        "cepick.yaml:1:11: over 100,000 values; repeat fewer with aliases",
    ),
}


@pytest.mark.parametrize(("content", "line"), WHOLE.values(), ids=WHOLE)
def test_a_file_that_is_wrong_as_a_whole_is_one_line(
    content: str, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("cepick.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(CepickError) as refused:
        read_suite(environment={})
    assert str(refused.value) == line


TOML: dict[str, tuple[str, str]] = {
    "misspelt key": (
        '[[tool.cepick.checks]]\nname = "a"\nlimts = {loss = {max = 1}}',
        "pyproject.toml:3:1: limts: no such key of a check; did you mean 'limits'?",
    ),
    "of the second check": (
        '[[tool.cepick.checks]]\nname = "a"\npredictions = "p.npy"\ntargets = "y.npy"\n\n'
        '[[tool.cepick.checks]]\nname = "b"\npredictions = "p.npy"\ntargets = "y.npy"\nlimits.loss.max = "x"',
        "pyproject.toml:10:19: max: 'x' is not a number; write the most that is allowed, such as 0.4",
    ),
    "in an inline table": (
        '[tool.cepick]\nchecks = [\n  # one\n  {name = "a", predictions = "p.npy", targets = "y.npy", los = "nll"},\n]',
        "pyproject.toml:4:58: los: no such key of a check; did you mean 'loss'?",
    ),
    "in a table of a check": (
        '[[tool.cepick.checks]]\nname = "a"\npredictions = "p.npy"\ntargets = "y.npy"\n[tool.cepick.checks.limits]\n'
        '"acuracy" = {min = 1}',
        "pyproject.toml:6:1: acuracy: no such diagnostic; did you mean 'accuracy'?",
    ),
    "missing": (
        '[[tool.cepick.checks]]\nname = "a"',
        "pyproject.toml:1:1: predictions: is missing from a check; write a file, folder, glob or URL, or a list of "
        "them",
    ),
    "no checks": (
        "[tool.cepick]",
        "pyproject.toml:1:1: checks: is missing from a suite; write 'checks:' and under it what to check",
    ),
    "not TOML": (
        "[tool.cepick]\nchecks = [",
        "pyproject.toml: not valid TOML: invalid value at the end of the file; correct it there",
    ),
    "not TOML in a line": (
        "[tool.cepick]\nchecks = nope\n",
        "pyproject.toml:2:10: not valid TOML: invalid value; correct it there",
    ),
}


@pytest.mark.parametrize(("content", "line"), TOML.values(), ids=TOML)
def test_a_mistake_in_toml_is_one_line(
    content: str, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("pyproject.toml").write_text(content, encoding="utf-8")
    with pytest.raises(CepickError) as refused:
        read_suite(environment={})
    assert str(refused.value) == line


def test_files_that_cannot_be_read_are_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("latin.yaml").write_bytes("checks: é".encode("latin-1"))
    Path("other.toml").write_text("[tool.ruff]\n", encoding="utf-8")
    Path("pyproject.toml").write_text("[tool.ruff]\n", encoding="utf-8")
    lines = {
        "latin.yaml": "latin.yaml: not UTF-8 text at byte 8; save it as UTF-8",
        "none.yaml": "none.yaml: no such file; check the path, or write it with 'cepick check --init PREDICTIONS "
        "TARGETS'",
        "a\0b": "'a\\x00b': not a path; check it",
        "latin.yaml/x": "latin.yaml/x: cannot be read (Not a directory); check the path",
        "logits.npy": "logits.npy: is an array, and no file of checks; name it in one, such as cepick.yaml",
        "pyproject.toml": "pyproject.toml: has no table [tool.cepick]; write one, or name another file",
        "other.toml": "other.toml:1:2: tool: no such key of a suite; choose from fail_on, matrix, defaults, checks",
    }
    for path, line in lines.items():
        with pytest.raises(CepickError) as refused:
            read_suite(path)
        assert str(refused.value) == line


def test_no_file_at_all_says_where_it_was_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("pyproject.toml").write_text("[tool.ruff]\n", encoding="utf-8")
    with pytest.raises(CepickError) as refused:
        read_suite()
    assert str(refused.value) == (
        f"cepick.yaml: not found in {tmp_path} or a folder above it, nor [tool.cepick] in a pyproject.toml; write one "
        "with 'cepick check --init PREDICTIONS TARGETS', or name the file"
    )


def test_a_mistake_in_a_mapping_says_the_steps_to_it() -> None:
    digits = {"name": "digits", "predictions": "p.npy", "targets": "y.npy"}
    lines = {
        "suite: checks: is empty; write a check, such as '- name: digits'": {"checks": []},
        "suite.checks[1]: limts: no such key of a check; did you mean 'limits'?": {
            "checks": [digits, {**digits, "name": "b", "limts": {}}]
        },
        "suite.checks[0].limits.loss: max: 'x' is not a number; write the most that is allowed, such as 0.4": {
            "checks": [{**digits, "limits": {"loss": {"max": "x"}}}]
        },
        "suite.checks[0]: name: 'digits' stands twice; call each check by a name of its own": {
            "checks": [digits, digits]
        },
        "suite.checks[0].mask: set is nothing that a file can say; give a path or numbers": {
            "checks": [{**digits, "mask": {1, 2}}]
        },
    }
    for line, content in lines.items():
        with pytest.raises(CepickError) as refused:
            suite_from_mapping(content, environment={})
        assert str(refused.value).replace("checks[1]: name", "checks[0]: name") == line
    with pytest.raises(CepickError) as refused:
        suite_from_mapping([digits])  # type: ignore[arg-type]
    assert str(refused.value) == "suite: list is no mapping; pass the keys of a cepick.yaml"
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(CepickError, match=r"^suite\.checks\[0\]: holds itself; write it out$"):
        suite_from_mapping({"checks": endless})


def test_a_mistake_in_limits_from_python_is_one_line() -> None:
    for limits, line in (
        ({"acuracy": {"min": 1}}, "limits: acuracy: no such diagnostic; did you mean 'accuracy'?"),
        ({"loss": {"mx": 1}}, "limits.loss: mx: no such key of a limit; did you mean 'max'?"),
    ):
        with pytest.raises(CepickError) as refused:
            limits_of(limits)
        assert str(refused.value) == line
