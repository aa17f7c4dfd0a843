"""What other repositories take from this one: the pre-commit hook, and the composite action of GitHub."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

ROOT = Path(__file__).parents[2]
SHIPPED = (
    "pyproject.toml",
    "README.md",
    "LICENSE",
    "cli",
    "ce_core",
    "configs",
    ".pre-commit-hooks.yaml",
    "action.yml",
)


def run(*command: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(each) for each in command],
        cwd=cwd,
        env={**os.environ, "NO_COLOR": "1", **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=sample", "-c", "user.email=sample@example.org", "-c", "commit.gpgsign=false")
    done = run("git", *who, *arguments, cwd=folder)
    assert done.returncode == 0, done.stderr


def committed(folder: Path) -> Path:
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "sample")
    return folder


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a repository of what is shipped, as others clone it."""
    folder = tmp_path_factory.mktemp("source")
    for name in SHIPPED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, folder / name)
    return committed(folder)


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """Return a user's repository, whose one check passes."""
    folder = tmp_path / "sample"
    folder.mkdir()
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 60)
    logits = rng.standard_normal((60, 3))
    logits[np.arange(60), labels] += 3
    np.save(folder / "logits.npy", logits)
    np.save(folder / "labels.npy", labels)
    promised(folder, 0.8)
    return folder


def promised(folder: Path, accuracy: float) -> None:
    """Write the check, by how much accuracy it promises."""
    (folder / "cepick.yaml").write_text(
        "checks:\n"
        "  - name: sample\n"
        "    predictions: logits.npy\n"
        "    targets: labels.npy\n"
        "    limits:\n"
        f"      accuracy: {{min: {accuracy}}}\n"
    )


def test_the_hook_holds_commits_to_the_checks(source: Path, sample: Path, tmp_path: Path) -> None:
    pytest.importorskip("pre_commit", reason="pre-commit is of the dev and test extras")
    (sample / ".pre-commit-config.yaml").write_text(
        f"repos:\n  - repo: {source.as_uri()}\n    rev: {head(source)}\n    hooks: [{{id: cepick-check}}]\n"
    )
    committed(sample)
    where = {"PRE_COMMIT_HOME": str(tmp_path / "cache")}
    command = (sys.executable, "-m", "pre_commit", "run", "--all-files", "--color=never")
    done = run(*command, cwd=sample, **where)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"cepick check\.+Passed", done.stdout)
    promised(sample, 0.999)
    git(sample, "add", "-A")
    done = run(*command, cwd=sample, **where)
    assert done.returncode == 1
    assert "Failed" in done.stdout
    assert "above" in done.stdout or "below its limit 0.999" in done.stdout


def head(folder: Path) -> str:
    return run("git", "rev-parse", "HEAD", cwd=folder).stdout.strip()


def test_the_hook_runs_for_arrays_and_configurations_only() -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert hook["pass_filenames"] is False
    for name in (
        "cepick.yaml",
        "sub/cepick.yml",
        "pyproject.toml",
        "runs/logits.npy",
        "a.csv.gz",
        "x.safetensors",
    ):
        assert re.search(hook["files"], name), name
    for name in ("README.md", "train.py", "cepick.yaml.bak", "npy"):
        assert not re.search(hook["files"], name), name


class Action:
    """The steps of the action, run as GitHub runs them: inputs as expressions, each step a script of its own."""

    def __init__(self, folder: Path, workspace: Path, inputs: Mapping[str, str]) -> None:
        self.content: dict[str, Any] = yaml.safe_load((folder / "action.yml").read_text())
        declared = {name: str(each.get("default", "")) for name, each in self.content["inputs"].items()}
        assert inputs.keys() <= declared.keys()
        self.context = {f"inputs.{name}": value for name, value in (declared | dict(inputs)).items()}
        self.context["github.action_path"] = str(folder)
        self.workspace = workspace

    def expanded(self, text: str) -> str:
        return re.sub(r"\$\{\{\s*([\w.-]+)\s*\}\}", lambda found: self.context[found[1]], text)

    def run(self, **environment: str) -> subprocess.CompletedProcess[str]:
        for step in self.content["runs"]["steps"]:
            assert "${{" not in step["run"], "an expression in a script is an injection"
            variables = {name: self.expanded(value) for name, value in step.get("env", {}).items()}
            folder = self.workspace / self.expanded(step.get("working-directory", "."))
            script = ("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"])
            done = run(*script, cwd=folder, **environment, **variables)
            if done.returncode:
                return done
        return done


def test_the_action_annotates_summarises_and_fails(source: Path, sample: Path, tmp_path: Path) -> None:
    promised(sample, 0.999)
    summary, temporary = tmp_path / "summary.md", tmp_path / "runner"
    temporary.mkdir()
    where = {
        "RUNNER_TEMP": str(temporary),
        "GITHUB_STEP_SUMMARY": str(summary),
        "GITHUB_WORKSPACE": str(sample.parent),
    }
    inputs = {"sarif": "cepick.sarif", "junit": "cepick report.xml", "working-directory": "sample"}
    done = Action(source, sample.parent, inputs).run(**where)
    assert done.returncode == 1, done.stdout + done.stderr
    assert re.search(r"^::error file=sample/cepick\.yaml,line=6", done.stdout, re.MULTILINE)
    assert "below its limit 0.999" in done.stdout
    assert "sample" in summary.read_text()
    assert (sample / "cepick.sarif").exists()
    assert (sample / "cepick report.xml").exists()
    promised(sample, 0.8)
    done = Action(source, sample.parent, {"file": "sample/cepick.yaml"}).run(**where)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "::error" not in done.stdout


def test_the_action_declares_what_it_uses() -> None:
    text = (ROOT / "action.yml").read_text()
    content = yaml.safe_load(text)
    used = set(re.findall(r"\$\{\{\s*inputs\.([\w-]+)\s*\}\}", text))
    assert used == set(content["inputs"])
    assert all(each["description"] for each in content["inputs"].values())
    assert all(step["shell"] == "bash" for step in content["runs"]["steps"])
