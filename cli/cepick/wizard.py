"""Asking a person for the task, one question at a time, each time the one that settles most."""

from __future__ import annotations

import sys
from typing import Any

from ce_core.decide.recommend import recommend
from ce_core.decide.recommendation import Recommendation
from ce_core.errors import CepickError
from ce_core.task import Task
from ce_core.task.words import PROPERTIES, Property, Value

_UNKNOWN = {"", "0", "?", "i do not know", "i don't know", "unknown", "no idea"}
_LEAVE = {"q", "quit", "exit"}

_FALLBACKS = ("kind", "outputs", "outcomes", "exclusive", "targets", "target_range")
"""What is asked once the best question could not be answered, if it can change the answer."""


def interview(task: Task) -> tuple[Recommendation, str | None]:
    """Ask until the loss is decided, or nothing that is left to ask would change the answer.

    Returns the answer, and the command line that gives it without questions, if anything was said.
    Raises `KeyboardInterrupt` when the person leaves.
    """
    _say("Which loss? Answer by number or word; 0 if you do not know, q to leave.")
    unknown: set[str] = set()
    answer = recommend(task)
    while answer.status == "undecided":
        name = _next_question(answer, task, unknown)
        if name is None:
            break
        value = _ask(PROPERTIES[name], _possible(task, name))
        if value is None:
            unknown.add(name)
            continue
        task = task.but(**{name: value})
        answer = recommend(task)
    _say("")
    return answer, equivalent(task) if any(task.known()) else None


def equivalent(task: Task) -> str:
    """Return the command line that says what is known of a task.

    >>> equivalent(Task(kind="classification", outputs="logits"))
    'cepick recommend --kind classification --logits'
    """
    flags = [PROPERTIES[name].flag(value) for name, value in task.known()]
    return " ".join(["cepick recommend", *flags])


def _next_question(answer: Recommendation, task: Task, unknown: set[str]) -> str | None:
    """Return the property to ask for: the engine's choice, or another one that can change the answer."""
    if answer.asks is not None and answer.asks not in unknown:
        return answer.asks
    for name in _FALLBACKS:
        if name in unknown or getattr(answer.task, name) is not None:
            continue
        outcomes = {_outcome(recommend(task.but(**{name: value}))) for value in _possible(task, name)}
        if len(outcomes) > 1:
            return name
    return None


def _outcome(answer: Recommendation) -> tuple[Any, ...]:
    return answer.status, answer.loss, answer.instead, answer.also_fit


def _possible(task: Task, name: str) -> dict[Value, str]:
    """Return the answers that do not contradict what is known."""
    possible = {}
    for value, says in PROPERTIES[name].answers.items():
        try:
            recommend(task.but(**{name: value}))
        except CepickError:
            continue
        possible[value] = says
    return possible


def _ask(prop: Property, answers: dict[Value, str]) -> Value:
    """Return the answer that a person gives, or None for 'I do not know'."""
    _say(f"\n{_bold(prop.question)}")
    width = max(len(_word(value)) for value in answers)
    for at, (value, says) in enumerate(answers.items(), 1):
        _say(f"  {at:>2}  {_word(value):<{width}}  {says}")
    _say(f"   0  {'?':<{width}}  I do not know")
    by_word = {_word(value): value for value in answers}
    while True:
        said = _read().lower().replace("-", "_")
        if said in _LEAVE:
            raise KeyboardInterrupt
        if said.replace("_", " ") in _UNKNOWN:
            return None
        if said.isdecimal() and 1 <= int(said) <= len(answers):
            return list(answers)[int(said) - 1]
        starts = [word for word in by_word if word.startswith(said)]
        if said in by_word or len(starts) == 1:
            return by_word[said if said in by_word else starts[0]]
        _say(f"  {said!r} is none of them; type a number from 0 to {len(answers)}, a word, or q")


_WORDS = {True: "yes", False: "no"}


def _word(value: Value) -> str:
    return _WORDS[value] if isinstance(value, bool) else str(value)


def _read() -> str:
    sys.stderr.write("> ")
    sys.stderr.flush()
    line = sys.stdin.readline()
    if not line:
        sys.stderr.write("\n")
        raise KeyboardInterrupt
    return line.strip()


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")


def _bold(text: str) -> str:
    import os

    plain = (
        os.environ.get("NO_COLOR") or os.environ.get("TERM") in {"dumb", "unknown"} or not sys.stderr.isatty()
    )
    return text if plain else f"\x1b[1m{text}\x1b[0m"
