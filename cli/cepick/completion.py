"""What a shell completes after an option: the words of its value. Imported only when a shell asks.

typer completes commands and options by their names; here the values join them. Where an option or an argument has no
words of its own the shell completes files, as it does after an error: completing says nothing on standard error.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import redirect_stderr
from functools import partial
from typing import Any

from ce_core.records import dataclass
from ce_core.task.words import PROPERTIES

Said = Iterable[tuple[str, str]]
"""Words, each with what it means or nothing."""
Source = Callable[[Any, str], Said]
"""What the words are, in a context of typer's and for what is typed of the value."""

ASKED = "_CEPICK_COMPLETE"
"""The variable by which a shell asks: ``complete_bash``, or ``source_bash`` for the script that will ask."""


@dataclass(frozen=True, kw_only=True)
class Word:
    """A word that is offered, as typer's shells print it."""

    value: str
    help: str = ""
    type: str = "plain"


def answer() -> int:
    """Answer a shell that asks by the environment, and return the exit code."""
    if not os.environ[ASKED].startswith("complete_"):
        return _ask()
    with open(os.devnull, "w") as nowhere, redirect_stderr(nowhere):
        try:
            _prepare()
            return _ask()
        except Exception:
            # zsh runs what is printed; other shells complete files where nothing is.
            print("_files" if os.environ[ASKED] == "complete_zsh" else "", end="")
            return 1


def _ask() -> int:
    from .app import app

    try:
        return int(app(args=[], prog_name="cepick", standalone_mode=False) or 0)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 0


def _prepare() -> None:
    """Tidy what the shell says, so that typer finds the word to complete, and prints one line for each."""
    # A help text is wrapped at the width of the terminal, and fish takes its second line for another word.
    os.environ["COLUMNS"] = "10000"
    if os.environ[ASKED] == "complete_bash":
        words, at = without_equals(os.environ["COMP_WORDS"].split("\n"), int(os.environ["COMP_CWORD"]))
        os.environ |= {"COMP_WORDS": "\n".join(words), "COMP_CWORD": str(at)}
    elif os.environ[ASKED] == "complete_zsh" and _option_typed():
        # What is completed, words or files, begins behind the sign.
        print("compset -P '*=';")


def without_equals(words: Sequence[str], at: int) -> tuple[list[str], int]:
    """Return the words of a line, and which of them is completed, without bash's words of a single ``=``.

    >>> without_equals(["cepick", "eval", "--loss", "=", "soft"], 4)
    (['cepick', 'eval', '--loss', 'soft'], 3)
    """
    signs = [place for place in range(1, len(words)) if words[place] == "=" and words[place - 1][:2] == "--"]
    kept = [word for place, word in enumerate(words) if place not in signs]
    return kept, at - sum(place < at for place in signs)


def _option_typed() -> str:
    """Return the option and its ``=`` where they are one word with the value that is completed."""
    if os.environ.get(ASKED) == "complete_bash":
        words, at = os.environ["COMP_WORDS"].split("\n"), int(os.environ["COMP_CWORD"])
        line = f" {words[at]}" if at < len(words) else ""
    else:
        line = os.environ.get("_TYPER_COMPLETE_ARGS", "")
    found = re.search(r"\s(--[\w-]+=)\S*$", line)
    return found[1] if found else ""


def with_words(parameters: Sequence[Any]) -> Sequence[Any]:
    """Let the parameters of a command complete their values, those that have a row in `WORDS`."""
    for each in parameters:
        name = each.opts[0] if each.opts[0].startswith("-") else each.metavar
        if name in WORDS:
            each.shell_complete = partial(_complete, name)
    return parameters


def _complete(name: str, context: Any, typed: str) -> list[Word]:
    """Return the words that begin as what is typed; none where they cannot be had."""
    done, comma, rest = typed.rpartition(",") if name in _SEVERAL else ("", "", typed)
    before = done + comma
    if os.environ.get(ASKED) != "complete_zsh":
        before = _option_typed() + before
    try:
        return [
            # zsh drops straight quotes.
            Word(value=before + word, help=says.translate({ord("'"): "’", ord('"'): "”"}))
            for word, says in WORDS[name](context, rest)
            if word.lower().startswith(rest.lower()) and word not in done.split(",")
        ]
    except Exception:
        return []


def _plain(words: Iterable[Any] | Mapping[Any, str]) -> Source:
    """Return a source of words that are always the same; of a mapping each with what it means."""
    said = words if isinstance(words, Mapping) else dict.fromkeys(words, "")
    return lambda context, typed: [(str(word), says) for word, says in said.items()]


def _choices(name: str) -> Source:
    """Return a source of the words of an option, which the commands check themselves."""

    def words(context: Any, typed: str) -> Said:
        from . import answers, comparing
        from .render.words import DIVISORS

        known = {**comparing.CHOICES, **answers.CHOICES}[name]
        return [(word, DIVISORS[word] if name == "mean_over" else "") for word in known]

    return words


_KINDS = {"eval": "evaluation", "compare": "comparison", "check": "check", "show": "baseline"}
"""What commands answer with whose answers have other forms than most."""


def _forms(context: Any, typed: str) -> Said:
    from .render import forms_of

    return [(form, "") for form in forms_of(_KINDS.get(context.info_name, "recommendation"))]


def _losses(context: Any, typed: str) -> Iterator[tuple[str, str]]:
    from ce_core.losses import LOSSES

    yield from ((loss.id, loss.one_line) for loss in LOSSES.values())
    if typed:
        yield from _spellings()


def _spellings() -> Iterator[tuple[str, str]]:
    from ce_core.frameworks import known_spellings

    # Shells end a word at a colon.
    yield from ((name, "") for name in known_spellings() if "." in name and ":" not in name)


def _codes(context: Any, typed: str) -> Iterator[tuple[str, str]]:
    from ce_core.findings import RULES

    yield from ((rule.code, rule.signature) for rule in RULES.values())
    yield from ((rule.slug, rule.signature) for rule in RULES.values())


def _topics(context: Any, typed: str) -> Iterator[tuple[str, str]]:
    from ce_core.configs_io import load_yaml
    from ce_core.losses import LOSSES

    yield from ((name, entry["one_line"]) for name, entry in load_yaml("explain/concepts.yaml").items())
    yield from ((loss.id, loss.one_line) for loss in LOSSES.values())
    yield from _codes(context, typed)
    if typed:
        yield from _spellings()


def _checks(context: Any, typed: str) -> Said:
    from ce_core.suite.read import read_suite

    given = context.params
    # FILE of `cepick check` is the suite; that of `cepick baseline write` is the baseline.
    path = given.get("config") or (given.get("file") if context.info_name == "check" else None)
    suite = read_suite(path, environment={} if given.get("isolated") else None)
    return [(check.name, ", ".join(check.predictions)) for check in suite.checks]


def _presets(context: Any, typed: str) -> Said:
    from ce_core.task.presets import presets

    return [(preset.name, preset.says) for preset in presets()]


def _frameworks(context: Any, typed: str) -> Said:
    from ce_core.frameworks import every_framework, frameworks, title

    return [
        (name, title(name)) for name in (every_framework if context.info_name == "losses" else frameworks)()
    ]


def _clips(context: Any, typed: str) -> Said:
    from ce_core.compute.clips import POLICIES

    return [("none", "nothing is clipped"), *((policy.name, policy.says) for policy in POLICIES.values())]


def _samplers(context: Any, typed: str) -> Said:
    from ce_core.sampling.samplers import SAMPLERS

    return [(name, "") for name in SAMPLERS]


def _severities(context: Any, typed: str) -> Said:
    from ce_core.suite.spec import FAIL_ON

    return [(severity, "") for severity in FAIL_ON]


_SEVERAL = {"--select", "--ignore", "--weights"}
"""The options whose words may be several, with commas between them."""

_OUTPUTS = PROPERTIES["outputs"].answers
_OF_TASKS = [prop for prop in PROPERTIES.values() if not prop.flags and prop.type != "bool" and prop.answers]

WORDS: dict[str, Source] = {
    **{"--" + prop.name.replace("_", "-"): _plain(prop.answers) for prop in _OF_TASKS},
    "NAME": _topics,
    "OTHER": _topics,
    "--accidental-hits": _plain(("remove", "keep")),
    "--base": _choices("base"),
    "--clip": _clips,
    "--dtype": _plain(("bfloat16",)),
    "--engine": _choices("engine"),
    "--fail-on": _severities,
    "--format": _forms,
    "--framework": _frameworks,
    "--ignore": _codes,
    "--imbalance": _plain(("true", "false")),
    "--labels": _choices("labels"),
    "--loss": _losses,
    "--mean-over": _choices("mean_over"),
    "--only": _checks,
    "--outputs-a": _plain(_OUTPUTS),
    "--outputs-b": _plain(_OUTPUTS),
    "--preset": _presets,
    "--reduction": _choices("reduction"),
    "--sampler": _samplers,
    "--select": _codes,
    "--smoothing": _choices("smoothing"),
    "--test": _choices("test"),
}
"""Where the words of each option come from, the options of a task first; arguments are named as their help does."""
