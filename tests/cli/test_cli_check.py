"""`cepick check` on the command line: which file, which forms, where they go, and the exit code."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import Ended

ROOT = Path(__file__).parents[2]
EXAMPLES, CHECKS = ROOT / "examples", ROOT / "configs" / "checks"
Run = Callable[..., Ended]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder with two arrays and a check that passes."""
    for name in ("digits_logits.npy", "digits_labels.npy", "digits_probabilities.npy"):
        (tmp_path / name).write_bytes((EXAMPLES / name).read_bytes())
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    promised(tmp_path, 0.9)
    return tmp_path


def promised(folder: Path, accuracy: float, more: str = "") -> None:
    (folder / "cepick.yaml").write_text(
        "checks:\n"
        "  - name: digits\n"
        "    predictions: digits_logits.npy\n"
        "    targets: digits_labels.npy\n"
        f"    limits: {{accuracy: {{min: {accuracy}}}}}\n" + more
    )


MISSING = "  - {name: missing, predictions: nowhere.npy, targets: digits_labels.npy}\n"


@pytest.mark.parametrize(("name", "code"), [("model", 0), ("environments", 0), ("mistakes", 1)])
def test_the_examples_that_ship(cepick: Run, name: str, code: int) -> None:
    done = cepick("check", CHECKS / f"{name}.yaml", "--format", "json")
    assert (done.code, done.err) == (code, "")
    report = json.loads(done.out)
    statuses = {each["status"] for each in report["checks"]}
    assert statuses == ({"failed"} if code else {"passed"})


def test_each_mistake_that_ships_is_named(cepick: Run) -> None:
    report = json.loads(cepick("check", CHECKS / "mistakes.yaml", "--format", "json").out)
    found = {
        each["name"]: {one["rule"] for one in each["problems"] if one["fails"]} for each in report["checks"]
    }
    assert found == {"softmax twice": {"CE102"}, "printed number": {"equals"}, "worst class": {"limit"}}
    printed = next(each for each in report["checks"] if each["name"] == "printed number")
    assert "a softmax was taken of probabilities" in printed["problems"][0]["because"]


def test_the_nearest_file_counts(cepick: Run, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    below = project / "a" / "b"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    done = cepick("check")
    assert (done.code, done.err) == (0, "")
    assert "1 check passed" in done.out
    (project / "cepick.yaml").unlink()
    (project / "pyproject.toml").write_text(
        "[tool.other]\nx = 1\n\n[[tool.cepick.checks]]\nname = 'digits'\npredictions = 'digits_logits.npy'\n"
        "targets = 'digits_labels.npy'\n[tool.cepick.checks.limits]\naccuracy = {min = 0.99}\n"
    )
    assert cepick("check").code == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["elsewhere.yaml"], "cepick: error: elsewhere.yaml: "),
        (["cepick.yaml", "--config", "cepick.yaml"], "cepick: error: --config: the file is named already"),
        (["--isolated"], "cepick: error: --isolated: looks for no file; name one"),
        (
            ["--format", "jnit"],
            "cepick: error: --format: 'jnit' is not one of its values; did you mean 'junit'?",
        ),
        (["--output", "nowhere/x.xml"], "cepick: error: nowhere/x.xml: there is no folder 'nowhere'"),
        (["--output", "x.xml", "-o", "junit=./x.xml"], "cepick: error: --output: ./x.xml is named twice"),
        (
            ["--output", "jnit=x"],
            "cepick: error: --output: 'jnit' is not one of its values; did you mean 'junit'?",
        ),
        (["--fail-on", "warnings"], "cepick: error: --fail-on: 'warnings' is not one of its values"),
        (
            ["--only", "digit"],
            "cepick: error: --only: 'digit' is no check of cepick.yaml; did you mean 'digits'?",
        ),
        (
            ["digits_logits.npy", "digits_labels.npy"],
            "cepick: error: got unexpected extra argument(s) (digits_labels.npy); it takes one file, which says what "
            "to check; for two arrays it is cepick eval, or cepick check --init PREDICTIONS TARGETS",
        ),
        (
            ["x.toml", "--init", "digits_logits.npy", "digits_labels.npy"],
            "cepick: error: x.toml: --init writes YAML; end the name in .yaml",
        ),
        (
            ["x.yaml", "--init", "digits_probabilities.npy", "digits_logits.npy"],
            "cepick: error: digits_probabilities.npy: there is no loss to set limits on; "
            "'cepick eval digits_probabilities.npy digits_logits.npy' says why; mend the arrays first",
        ),
        (["--jobs", "many"], "cepick: error: --jobs: 'many' is not a whole number"),
        (["--jobs", "0"], "cepick: error: "),
        (["--threads", "x"], "cepick: error: --threads: 'x' is not a whole number"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_usage_is_one_line(cepick: Run, project: Path, arguments: list[str], says: str) -> None:
    before = sorted(each.name for each in project.iterdir())
    done = cepick("check", *arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(says)
    assert done.err.count("\n") == 1
    assert sorted(each.name for each in project.iterdir()) == before


def test_no_file_at_all(cepick: Run, project: Path) -> None:
    (project / "cepick.yaml").unlink()
    done = cepick("check")
    assert (done.code, done.out) == (2, "")
    assert done.err.count("\n") == 1
    assert "--init" in done.err


def test_malformed_yaml_has_its_place(cepick: Run, project: Path) -> None:
    (project / "cepick.yaml").write_text("checks:\n  - name: digits\n    limits: {accuracy: {min: 0.9}\n")
    done = cepick("check")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert done.err.startswith("cepick: error: cepick.yaml:")


def test_exit_codes(cepick: Run, project: Path) -> None:
    assert cepick("check").code == 0
    promised(project, 0.99)
    assert cepick("check").code == 1
    assert cepick("check", "--exit-zero").code == 0
    assert cepick("check", "--fail-on", "never").code == 0
    promised(project, 0.99, MISSING)
    assert cepick("check").code == 2
    assert cepick("check", "--exit-zero").code == 2
    assert cepick("check", "--only", "digits").code == 1
    assert cepick("check", "--fail-on", "never", "--only", "missing").code == 2


def test_several_forms_at_once(cepick: Run, project: Path) -> None:
    promised(project, 0.99)
    outputs = ["report.xml", "report.sarif", "report.json", "report.md", "gitlab=quality.json", "report.txt"]
    done = cepick("check", *(each for name in outputs for each in ("--output", name)))
    assert (done.code, done.err, done.out) == (1, "", "")
    assert (project / "report.xml").read_text().startswith("<?xml")
    assert json.loads((project / "report.sarif").read_text())["version"] == "2.1.0"
    assert json.loads((project / "report.json").read_text())["schema"] == "cepick.check/1"
    assert isinstance(json.loads((project / "quality.json").read_text()), list)
    assert "digits" in (project / "report.md").read_text()
    assert (project / "report.txt").read_text().startswith("summary\t1 of 1 check failed")


def test_what_is_asked_for_is_printed_unless_a_file_has_it(cepick: Run, project: Path) -> None:
    done = cepick("check", "--output", "report.xml")
    assert done.out.startswith("summary\t")
    done = cepick("check", "--format", "json", "--output", "report.json")
    assert done.out == ""
    done = cepick("check", "--format", "json", "--output", "report")
    assert (done.out, json.loads((project / "report").read_text())["passed"]) == ("", 1)
    done = cepick("check", "--format", "markdown", "--format", "json")
    assert done.out.index("digits") < done.out.index('"schema"')


def test_files_appear_whole_or_not_at_all(
    cepick: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "report.xml").write_text("the last one")

    def fails(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fails)
    done = cepick("check", "--output", "report.xml")
    assert done.code == 2
    assert "cannot be written (No space left on device)" in done.err
    assert (project / "report.xml").read_text() == "the last one"
    assert sorted(each.suffix for each in project.iterdir()) == [".npy", ".npy", ".npy", ".xml", ".yaml"]


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("cepick.yaml", "the file of the checks"),
        ("./digits_logits.npy", "predictions of digits"),
        ("digits_labels.npy", "targets of digits"),
        ("base.json", "the baseline of digits, file 1"),
        ("base.losses.npy", "the baseline of digits, file 2"),
        ("group.csv", "slices of digits"),
        ("part-1.npy", "mask of more, file 2"),
    ],
)
def test_no_report_is_written_over_what_is_read(cepick: Run, project: Path, path: str, what: str) -> None:
    for name in ("part-0.npy", "part-1.npy", "base.json"):
        (project / name).write_bytes(b"x")
    promised(
        project,
        0.9,
        "    baseline: {file: base.json, tolerance: 0.1}\n"
        "    slices: {by: group.csv}\n"
        "  - {name: more, predictions: digits_logits.npy, targets: digits_labels.npy, mask: 'part-*.npy'}\n",
    )
    before = {each: each.read_bytes() for each in project.iterdir()}
    done = cepick("check", "-o", "report.md", "-o", f"json={path}")
    assert (done.code, done.out) == (2, "")
    says = f"--output: {path!r} is also {what}, and would be overwritten; choose another file"
    assert done.err == f"cepick: error: {says}\n"
    assert {each: each.read_bytes() for each in project.iterdir()} == before


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")
def test_a_folder_that_is_not_writable(project: Path) -> None:
    import shutil
    import subprocess

    before = sorted(each.name for each in project.iterdir())
    command = [sys.executable, "-m", "cepick", "check", "--output", "report.json"]
    if os.geteuid() == 0:
        # Root without the right to pass over permissions, in a folder of somebody else's.
        plain = ["setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner"]
        if shutil.which("setpriv") is None or subprocess.run([*plain, "true"], check=False).returncode:
            pytest.skip("root may write anywhere")
        os.chown(project, 65534, 65534)
        command = [*plain, *command]
    project.chmod(0o555)
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    finally:
        project.chmod(0o755)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "cepick: error: report.json: no permission to write into '.'; choose another folder\n"
    )
    assert sorted(each.name for each in project.iterdir()) == before


def test_github_gets_annotations_and_a_summary(
    cepick: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    promised(project, 0.99)
    summary = project / "summary.md"
    summary.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    done = cepick("check", "--format", "github")
    assert done.code == 1
    assert done.out.startswith("::error file=cepick.yaml,line=5")
    assert summary.read_text().startswith("before\n")
    assert "digits" in summary.read_text()
    # No other form touches it.
    size = summary.stat().st_size
    cepick("check")
    assert summary.stat().st_size == size


def test_annotations_are_from_the_root_of_the_repository(
    cepick: Run, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    promised(project, 0.99)
    for root, file in (
        (project.parent, f"{project.name}/cepick.yaml"),
        (project / "elsewhere", "cepick.yaml"),
    ):
        monkeypatch.setenv("GITHUB_WORKSPACE", str(root))
        assert cepick("check", "--format", "github").out.startswith(f"::error file={file},line=5")


def test_variables(cepick: Run, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (project / "cepick.yaml").read_text()
    (project / "cepick.yaml").write_text(text.replace("digits_logits", "digits_${GIVEN}"))
    monkeypatch.setenv("GIVEN", "logits")
    assert cepick("check").code == 0
    done = cepick("check", "cepick.yaml", "--isolated")
    assert (done.code, "GIVEN" in done.err, done.err.count("\n")) == (2, True, 1)
    monkeypatch.delenv("GIVEN")
    assert cepick("check").code == 2


def test_init_writes_what_passes(cepick: Run, project: Path) -> None:
    (project / "cepick.yaml").unlink()
    done = cepick("check", "--init", "digits_logits.npy", "digits_labels.npy")
    assert (done.code, done.err) == (0, "")
    assert "wrote cepick.yaml" in done.out
    written = (project / "cepick.yaml").read_text()
    assert "digits_logits.npy" in written
    done = cepick("check", "--format", "json")
    assert done.code == 0
    (check,) = json.loads(done.out)["checks"]
    assert {each["path"] for each in check["measured"]} >= {"loss", "accuracy"}
    # What is there is never overwritten.
    done = cepick("check", "--init", "digits_logits.npy", "digits_labels.npy")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert (project / "cepick.yaml").read_text() == written
    (project / "sub").mkdir()
    done = cepick("check", "sub/mine.yaml", "--init", "digits_logits.npy", "digits_labels.npy")
    assert done.code == 0
    assert cepick("check", "sub/mine.yaml").code == 0


def test_init_says_that_the_arrays_have_a_mistake(cepick: Run, project: Path) -> None:
    np.save("rolled.npy", np.roll(np.load("digits_labels.npy"), 1))
    done = cepick("check", "rolled.yaml", "--init", "digits_logits.npy", "rolled.npy")
    assert done.code == 0
    assert done.err.startswith("cepick: note: the limits are of arrays with a mistake in them (CE307: ")
    assert done.err.count("\n") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="a shell")
def test_closed_output_is_no_traceback(project: Path) -> None:
    import subprocess

    command = 'exec "$0" -m cepick check "$1" >&-'
    for accuracy, code in ((0.9, 0), (0.99, 1)):
        promised(project, accuracy)
        done = subprocess.run(
            ["sh", "-c", command, sys.executable, "cepick.yaml"], capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (code, "")


def test_the_limits_of_init_notice_a_worse_model(cepick: Run, project: Path) -> None:
    (project / "cepick.yaml").unlink()
    cepick("check", "--init", "digits_logits.npy", "digits_labels.npy")
    logits = np.load("digits_logits.npy")
    logits[:200] = -logits[:200]
    np.save("digits_logits.npy", logits)
    assert cepick("check").code == 1


def test_a_process_of_its_own(process: Run, project: Path) -> None:
    promised(project, 0.99, MISSING)
    done = process("check")
    assert (done.code, done.err) == (2, "")
    again = process("check", PYTHONHASHSEED="7")
    assert again.out == done.out


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_an_interruption_is_prompt(project: Path) -> None:
    import signal
    import subprocess
    import time

    rng = np.random.default_rng(0)
    np.save("large.npy", rng.standard_normal((400_000, 100), dtype=np.float32))
    np.save("labels.npy", rng.integers(0, 100, 400_000))
    checks = "".join(
        f"  - {{name: c{at}, predictions: large.npy, targets: labels.npy}}\n" for at in range(40)
    )
    (project / "cepick.yaml").write_text("checks:\n" + checks)
    command = [sys.executable, "-m", "cepick", "check"]
    running = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    time.sleep(2.5)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=20)
    assert (running.returncode, out, err) == (130, "", "cepick: interrupted\n")
