"""A shell completes the words of an option's value, and files where a path is wanted."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator, Sequence
from fcntl import ioctl
from pathlib import Path
from typing import Any

import pytest
import typer

from cepick import app as application
from cepick.completion import WORDS
from cepick.render import FORMS

Run = Callable[..., Any]
Offer = Callable[[str], list[str]]

SUITE = """
checks:
  - {name: digits, predictions: logits.npy, targets: labels.npy}
  - {name: letters, predictions: logits.npy, targets: labels.npy}
"""

LINES: dict[str, list[str]] = {
    "eval --loss softmax_": ["softmax_cross_entropy", "softmax_focal"],
    "eval --loss torch.nn.Cross": ["torch.nn.CrossEntropyLoss"],
    "eval --loss optax.kl": ["optax.kl_divergence"],
    "eval --format ": ["text", "json", "markdown", "html"],
    "match --format ": ["text", "json", "markdown"],
    "check --format s": ["sarif"],
    "eval --preset la": ["language-model"],
    "recommend --framework ": ["tensorflow", "keras", "torch", "jax", "sklearn"],
    "losses --framework x": ["xgboost"],
    "eval --reduction ": ["mean", "sum", "none"],
    "eval --mean-over n": ["nonzero_weights"],
    "eval --labels ": ["mean", "sum"],
    "eval --base b": ["bits"],
    "eval --smoothing ": ["uniform", "others", "torch"],
    "eval --engine ": ["threads", "dask"],
    "eval --clip k": ["keras", "keras-binary"],
    "eval --sampler log": ["log_uniform"],
    "compare --test ": ["bootstrap", "t"],
    "compare --outputs-b lo": ["logits", "log_probabilities"],
    "check --fail-on ": ["error", "warning", "note", "never"],
    "check --only ": ["digits", "letters"],
    "baseline write --only l": ["letters"],
    "eval --select CE50": ["CE501", "CE502", "CE503", "CE504", "CE505"],
    "eval --ignore double-": ["double-softmax", "double-sigmoid"],
    "eval --ignore CE210,too": ["CE210,too-good"],
    "eval --encoding m": ["multi_hot"],
    "eval --label-base ": ["0", "1"],
    "eval --weights class,": ["class,sample", "class,positive"],
    "explain nan": [],
    "explain perp": ["perplexity", "perplexity_logged"],
    "explain softmax ce10": [f"CE10{digit}" for digit in range(1, 10)],
    "explain sklearn.metrics.hi": ["sklearn.metrics.hinge_loss"],
    "eval logits.npy labels.npy --reduction s": ["sum"],
    "eval ": [],
    "eval logits.npy lab": [],
    "eval --mask ": [],
    "check --config ": [],
}
"""What is offered behind each line; where that is nothing, the shell completes files."""

BY_HAND = {
    "bash": 'eval "$(_CEPICK_COMPLETE=source_bash cepick)"',
    "zsh": 'eval "$(_CEPICK_COMPLETE=source_zsh cepick)"',
    "fish": "_CEPICK_COMPLETE=source_fish cepick | source",
}
"""The line that sets completion up in each shell, as the README has it."""

INSTALLED = {
    "bash": ".bash_completions/cepick.sh",
    "zsh": ".zfunc/_cepick",
    "fish": ".config/fish/completions/cepick.fish",
}
SHELLS = list(BY_HAND)


def needs(shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a suite, a few files, and a `cepick` to run."""
    work = tmp_path / "work"
    (work / "runs").mkdir(parents=True)
    (work / "cepick.yaml").write_text(SUITE)
    for name in ("logits.npy", "labels.npy", "runs/only one.npy"):
        (work / name).touch()
    command = tmp_path / "bin" / "cepick"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m cepick "$@"\n')
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{command.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("PYTHONPATH", raising=False)
    monkeypatch.chdir(work)
    return work


@pytest.fixture
def ask(cepick: Run, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Any]:
    """Ask for what may follow a line, as the script of a shell does."""

    def asked(shell: str, line: str) -> Any:
        words = f"cepick {line}".split(" ")
        monkeypatch.setenv("_CEPICK_COMPLETE", f"complete_{shell}")
        monkeypatch.setenv("COLUMNS", "40")
        if shell == "bash":
            monkeypatch.setenv("COMP_WORDS", "\n".join(words))
            monkeypatch.setenv("COMP_CWORD", str(len(words) - 1))
        else:
            monkeypatch.setenv("_TYPER_COMPLETE_ARGS", f"cepick {line}")
            monkeypatch.setenv("_TYPER_COMPLETE_FISH_ACTION", "get-args")
        return cepick()

    return asked


def offered(shell: str, out: str) -> list[str]:
    """Return the words of an answer."""
    if shell == "zsh":
        return re.findall(r'(?:^|[(\n])"(.*?)"(?=[:\n)])', out)
    return [line.partition("\t")[0] for line in out.splitlines() if line]


@pytest.mark.parametrize("line", LINES, ids=str)
def test_the_words_of_a_value_are_offered(ask: Any, folder: Path, line: str) -> None:
    ended = ask("bash", line)
    assert (ended.code, ended.err) == (0, "")
    assert offered("bash", ended.out) == LINES[line]


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("line", ["eval --loss softmax_", "check --only ", "eval --ignore CE210,too"])
def test_every_shell_is_offered_the_same(ask: Any, folder: Path, shell: str, line: str) -> None:
    assert offered(shell, ask(shell, line).out) == LINES[line]


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_a_word_comes_with_what_it_means_on_one_line(ask: Any, folder: Path, shell: str) -> None:
    lines = ask(shell, "eval --select CE205").out.splitlines()
    assert len(lines) == 1
    assert "soft targets over exclusive classes do not sum to 1" in lines[0]
    # Options, too: their help is longer than the terminal is wide.
    assert len(ask(shell, "eval --smoothin").out.splitlines()) == 1


def test_with_nothing_typed_losses_come_without_the_hundreds_of_spellings(ask: Any, folder: Path) -> None:
    from ce_core.losses import LOSSES

    assert offered("bash", ask("bash", "eval --loss ").out) == list(LOSSES)


def commands() -> Iterator[tuple[str, Any]]:
    """Return every command, with the context that typer completes it in."""

    def below(command: Any, path: str, parent: Any) -> Iterator[tuple[str, Any]]:
        context = command.make_context(
            path.split(" ")[-1] or "cepick", [], parent=parent, resilient_parsing=True
        )
        inner = getattr(context.command, "commands", None)
        if inner is None:
            yield path.strip(), context
            return
        for name, each in inner.items():
            yield from below(each, f"{path} {name}", context)

    yield from below(typer.main.get_command(application.app), "", None)


FREE = {"--target-column", "--slice-mask", "--name"}
"""The options of a name that may be any."""


def test_every_option_of_known_words_offers_them_and_every_row_is_of_an_option() -> None:
    seen = set()
    for path, context in commands():
        for each in context.command.get_params(context):
            name = each.opts[0] if each.opts[0].startswith("-") else each.metavar
            seen.add(name)
            wanted = re.fullmatch("NAMES?|FORM|SEVERITY|CODE|E[|]NAME|.*[|]true", each.metavar or "")
            assert not wanted or name in WORDS or name in FREE, (path, name)
    assert set(WORDS) <= seen


NOT_IN_HELP = {
    *("NAME", "OTHER", "--loss", "--only", "--preset", "--select", "--ignore"),
    *("--framework", "--imbalance", "--outputs-a", "--outputs-b"),
}
"""What has more words than a help text says, or says them in part."""


def test_what_is_offered_is_what_the_help_of_that_command_says() -> None:
    for path, context in commands():
        for each in context.command.get_params(context):
            name = each.opts[0]
            if name not in WORDS or name in NOT_IN_HELP:
                continue
            words = {word.value for word in each.shell_complete(context, "")}
            told = set(re.findall(r"[\w-]+", each.help))
            assert words, (path, name)
            assert words <= told, (path, name)
            if name == "--format":
                # Nor does it say another form.
                assert told & set(FORMS["check"]) == words, path


@pytest.mark.parametrize("shell", SHELLS)
def test_an_error_while_completing_is_not_told(ask: Any, folder: Path, shell: str) -> None:
    (folder / "cepick.yaml").write_text("checks: 3")
    ended = ask(shell, "check --only ")
    assert ended.err == ""
    assert ended.out.strip() == ("_files" if shell == "zsh" else "")


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_that_asks_in_the_wrong_way_gets_no_traceback(
    cepick: Run, monkeypatch: pytest.MonkeyPatch, shell: str
) -> None:
    monkeypatch.setenv("_CEPICK_COMPLETE", f"complete_{shell}")
    for name in ("COMP_WORDS", "COMP_CWORD", "_TYPER_COMPLETE_ARGS", "_TYPER_COMPLETE_FISH_ACTION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr("cepick.completion._ask", lambda: 1 // 0)
    ended = cepick()
    assert (ended.code, ended.err) == (1, "")
    assert ended.out == ("_files" if shell == "zsh" else "")


def test_a_script_for_an_unknown_shell_is_refused(cepick: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_CEPICK_COMPLETE", "source_tcsh")
    ended = cepick()
    assert (ended.code, ended.out) == (1, "")
    assert "tcsh" in ended.err


@pytest.mark.parametrize("shell", SHELLS)
def test_the_readme_says_how_it_is_set_up(shell: str) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    assert f"- {shell}: `{BY_HAND[shell]}`" in readme
    assert f"`~/{INSTALLED[shell]}`" in readme


# --- the shells themselves


@pytest.mark.parametrize("shell", SHELLS)
def test_it_is_installed_for_the_shell_that_it_is_typed_in(folder: Path, shell: str) -> None:
    needs(shell)
    # With another command behind it, so that the shell stays to be found.
    subprocess.run([shell, "-c", "cepick --install-completion; true"], check=True, timeout=60)
    script = (folder.parent / INSTALLED[shell]).read_text()
    assert f"_CEPICK_COMPLETE=complete_{shell}" in script


def in_bash(line: str) -> list[str]:
    """Return what bash's own variables hold once the function that was installed has run."""
    words = re.findall(r"=|[^\s=]+", f"cepick {line}") + ([""] if line.endswith(" ") else [])
    quoted = " ".join(f"'{word}'" for word in words)
    script = f"""
{BY_HAND["bash"]}
COMP_WORDS=({quoted}) COMP_CWORD={len(words) - 1}
_cepick_completion cepick
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    done = subprocess.run(
        ["bash", "--norc", "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stderr == ""
    return [word for word in done.stdout.split("\n") if word]


def in_fish(line: str) -> list[str]:
    """Return what fish offers, files among it."""
    script = f"{BY_HAND['fish']}; complete -C $argv[1]"
    done = subprocess.run(
        ["fish", "--no-config", "-c", script, f"cepick {line}"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=True,
    )
    assert done.stderr == ""
    return [each.partition("\t")[0] for each in done.stdout.splitlines()]


@pytest.mark.parametrize(("shell", "offers"), [("bash", in_bash), ("fish", in_fish)], ids=["bash", "fish"])
@pytest.mark.parametrize("line", ["eval --loss softmax_", "check --only ", "eval --ignore CE210,too"])
def test_a_shell_offers_the_words(folder: Path, shell: str, offers: Offer, line: str) -> None:
    needs(shell)
    assert sorted(offers(line)) == sorted(LINES[line])


def test_bash_and_fish_complete_behind_a_sign(folder: Path) -> None:
    needs("bash")
    assert in_bash("eval --loss=softmax_f") == ["softmax_focal"]
    assert in_bash("eval --base=") == ["nats", "bits"]
    needs("fish")
    assert in_fish("eval --loss=softmax_f") == ["--loss=softmax_focal"]


def test_fish_completes_files_where_a_path_is_wanted(folder: Path) -> None:
    needs("fish")
    assert in_fish("eval log") == ["logits.npy"]
    assert in_fish("eval logits.npy lab") == ["labels.npy"]
    assert in_fish("eval --mask runs/") == ["runs/only one.npy"]
    assert "runs/" in in_fish("check ")


STARTS = {
    "bash": (
        ["bash", "--norc", "--noprofile", "-i"],
        BY_HAND["bash"]
        + r"""
show() { printf '%s\n' "$READLINE_LINE" >> ../lines; READLINE_LINE=; }
bind -x '"\C-xp": show'
""",
    ),
    "zsh": (
        ["zsh", "-f", "-i"],
        "autoload -Uz compinit && compinit -u -D\n"
        + BY_HAND["zsh"]
        + r"""
show() { printf '%s\n' "$BUFFER" >> ../lines; BUFFER= }
zle -N show; bindkey '^Xp' show
""",
    ),
}
"""How each shell is started, and what it is told: to write the line down, and clear it, when Ctrl-X P is typed."""


def typed(shell: str, beginnings: Sequence[str], folder: Path) -> tuple[list[str], str]:
    """Type beginnings of lines, each with a tab, at a shell; return the lines that come of it, and the screen."""
    command, setting = STARTS[shell]
    (folder.parent / "setting").write_text(f"{setting}\necho ready''now\n")
    leader, follower = pty.openpty()
    ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
    child = subprocess.Popen(
        command,
        stdin=follower,
        stdout=follower,
        stderr=follower,
        env={**os.environ, "TERM": "xterm", "PS1": "$ ", "INPUTRC": "/dev/null"},
        start_new_session=True,
        preexec_fn=lambda: ioctl(0, termios.TIOCSCTTY, 0) and None,
    )
    os.close(follower)
    screen, deadline = "", time.monotonic() + 90

    def until(done: Callable[[], bool]) -> None:
        nonlocal screen
        while not done():
            assert time.monotonic() < deadline, screen
            if select.select([leader], [], [], 0.1)[0]:
                screen += os.read(leader, 65536).decode(errors="replace")

    lines = folder.parent / "lines"
    lines.touch()
    try:
        until(lambda: screen.endswith(("$ ", "$ \x1b[K\x1b[?2004h", "\x1b[?2004h")))
        os.write(leader, b" . ../setting\r")
        until(lambda: "readynow" in screen)
        for count, line in enumerate(beginnings, 1):
            os.write(leader, f"cepick {line}\t\x18p".encode())
            until(lambda count=count: lines.read_text().count("\n") == count)  # type: ignore[misc]
        # The line is written down before the screen is.
        while select.select([leader], [], [], 1.0)[0]:
            screen += os.read(leader, 65536).decode(errors="replace")
    finally:
        child.kill()
        child.wait()
        os.close(leader)
    return [line.removeprefix("cepick ") for line in lines.read_text().splitlines()], screen


TYPED = {
    "eval --reduction no": "eval --reduction none ",
    "eval --reduction=no": "eval --reduction=none ",
    "check --only let": "check --only letters ",
    "eval log": "eval logits.npy ",
    "eval logits.npy lab": "eval logits.npy labels.npy ",
    "eval --mask runs/on": r"eval --mask runs/only\ one.npy ",
    "eval --out=runs/on": r"eval --out=runs/only\ one.npy ",
    "eval --select CE10": "eval --select CE10",
}
"""What is typed before the tab, and the line behind it: words, files, and where there are several words no more."""


@pytest.mark.parametrize("shell", STARTS)
def test_a_tab_completes_the_line(folder: Path, shell: str) -> None:
    needs(shell)
    lines, screen = typed(shell, list(TYPED), folder)
    assert lines == list(TYPED.values())
    if shell == "zsh":
        assert re.search("CE104 +-- the predictions went through softmax twice", screen)
