"""Every example in the README is run: `$ cepick …` here, Python by doctest."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from readme_reference import written

from cepick.__main__ import main

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def console_examples() -> list[tuple[str, str, int]]:
    """Return each command of the README with the output printed below it and the exit code it tells."""
    examples = []
    for block in re.findall(r"^```console\n(.*?)^```", README, re.S | re.M):
        for part in re.split(r"^\$ ", block, flags=re.M)[1:]:
            command, _, output = part.partition("\n")
            command, _, code = command.partition("  # exit code ")
            if command.startswith("cepick "):
                examples.append((command, output, int(code or 0)))
    return examples


EXAMPLES = console_examples()


def test_the_readme_has_examples() -> None:
    assert len(EXAMPLES) >= 4


def rounded(text: str) -> str:
    """Round long numbers to eight digits: the last ones differ from machine to machine."""
    return re.sub(r"\d+\.\d{9,}(?:e-?\d+)?", lambda match: f"{float(match[0]):.8g}", text)


def assert_matches(expected: str, shown: str) -> None:
    """Compare a transcript with what was printed; a line of "..." stands for any number of lines."""
    expected, shown = rounded(expected), rounded(shown)
    pattern = "".join(
        r"(?:.*\n)*?" if line.strip() == "..." else re.escape(line)
        for line in expected.splitlines(keepends=True)
    )
    assert re.fullmatch(pattern, shown), shown


@pytest.mark.parametrize(("command", "expected", "code"), EXAMPLES, ids=[each[0] for each in EXAMPLES])
def test_an_example_prints_what_the_readme_shows(
    command: str,
    expected: str,
    code: int,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(ROOT)
    assert main(shlex.split(command)[1:]) == code
    captured = capsys.readouterr()
    assert_matches(expected, captured.out + captured.err)


PAGES = re.findall(r"<!-- page of (\d+) columns: cepick (.*?) -->\n```text\n(.*?)^```", README, re.S | re.M)


def test_the_readme_shows_a_page() -> None:
    assert PAGES


@pytest.mark.parametrize(("columns", "command", "expected"), PAGES, ids=[page[1] for page in PAGES])
def test_a_terminal_shows_the_page_of_the_readme(
    columns: str,
    command: str,
    expected: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr("cepick.answers.Destination.page", True)
    monkeypatch.setattr("cepick.outputs.Outputs.page", True)
    main(shlex.split(command))
    shown = "".join(f"{line.rstrip()}\n" for line in capsys.readouterr().out.splitlines())
    assert_matches(expected, shown)


def test_the_tables_of_the_readme_are_those_of_the_catalogue() -> None:
    assert written(README) == README, "python tests/readme_reference.py writes them anew"
