"""What each command does: ask the core, hand the answer to a renderer, say how it ended."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import chain
from typing import Any

from ce_core.records import dataclass

from . import output, values
from .render import forms_of, render
from .render.words import DIVISORS
from .task_options import Said

FINE, FOUND = 0, 1


@dataclass(frozen=True, kw_only=True)
class Destination:
    """The form of an answer, and where it goes."""

    form: str
    path: str | None

    @classmethod
    def of(cls, form: str | None, path: str | None, kind: str = "recommendation") -> Destination:
        """Return the destination that the options name, or raise the error that says what is wrong with it.

        Where no form is said, the ending of the file's name tells it.
        """
        output.check(path)
        known = forms_of(kind)
        if form is None:
            return cls(form=output.form_of(path, known) or "text", path=path)
        return cls(form=values.choice("--format", form, known), path=path)

    @property
    def page(self) -> bool:
        """Tell whether a person reads the answer on a terminal."""
        return self.path is None and sys.stdout.isatty()

    def keep_apart(self, written: Mapping[str, str | None], read: Mapping[str, str | None]) -> None:
        """Refuse to write the answer, or another file, over one that is read or into one another."""
        if self.path is None and not any(written.values()):
            return
        from ce_core.arrays.write import check_apart

        check_apart({**written, "--output": self.path}, read)

    def take(self, kind: str, answer: Any, **context: Any) -> None:
        """Render an answer and write it."""
        output.emit(render(kind, answer, form=self.form, page=self.page, **context), self.path)


def recommend(
    said: Said,
    *,
    arrays: tuple[str, str | None] | None,
    reading: Mapping[str, Any],
    label_smoothing: str | None,
    to: Destination,
    exit_zero: bool,
) -> int:
    """Recommend for what is said, for what the arrays show, or for what a person answers."""
    from ce_core.decide.recommend import recommend as ask
    from ce_core.selection import Selection

    to.keep_apart({}, read_files(arrays, said) | files_of("--part", reading["parts"] or ()))
    with values.flags_in_errors(["select", "ignore"]):
        Selection.of(reading["select"], reading["ignore"])
    with values.flags_in_errors():
        task = said.task()
    smoothing = None
    if label_smoothing is not None:
        smoothing = values.number("--label-smoothing", label_smoothing)
    command = None
    if arrays is not None:
        answer = _recommend_for_arrays(arrays, task, reading, smoothing)
    elif said.nothing and to.form == "text" and to.page and sys.stdin.isatty():
        from .wizard import interview

        answer, command = interview(task)
    else:
        with values.flags_in_errors(["label_smoothing"]):
            answer = ask(task, label_smoothing=smoothing)
    to.take("recommendation", answer, command=command)
    failed = answer.status == "undecided" or any(each.severity == "error" for each in answer.findings)
    return FOUND if failed and not exit_zero else FINE


def _recommend_for_arrays(
    arrays: tuple[str, str | None], task: Any, reading: Mapping[str, Any], smoothing: float | None
) -> Any:
    from ce_core.compute.evaluate import infer
    from ce_core.decide.recommend import recommend as ask

    told = {name: value for name, value in reading.items() if value is not None}
    seen = infer(*arrays, task=task, **told)
    answer = replace(
        ask(seen.task, evidence=seen.evidence, label_smoothing=smoothing),
        findings=seen.findings,
        notes=seen.notes,
    )
    # The arrays' own question tells what was seen, and the flags that settle it.
    return replace(answer, question=seen.question) if seen.question and answer.asks == "outputs" else answer


CHOICES = {
    "reduction": ("mean", "sum", "none"),
    "mean_over": tuple(DIVISORS),
    "labels": ("mean", "sum"),
    "base": ("nats", "bits"),
    "smoothing": ("uniform", "others", "torch"),
    "engine": ("threads", "dask"),
}
_NUMBERS = ("label_smoothing",)
_WHOLE = ("num_sampled", "num_true", "repeats", "seed", "threads")
_WEIGHTS = ("class_weights", "sample_weights", "pos_weight")
_PATHS = ("mask", "lengths", "head", "bias", "candidates", "unigrams")
_WRITTEN = ("losses_to", "probabilities_to")


def evaluate(
    said: Said,
    *,
    arrays: tuple[str, str | None],
    options: Mapping[str, Any],
    to: Destination,
    exit_zero: bool,
) -> int:
    """Compute the loss of two arrays and say what was found."""
    read = {values.flag(name): options[name] for name in (*_WEIGHTS, *_PATHS)}
    read |= files_of("--part", options["parts"] or ())
    to.keep_apart({values.flag(name): options[name] for name in _WRITTEN}, read_files(arrays, said) | read)
    with values.flags_in_errors(options):
        task, options = said.task(), _read(options)

        from ce_core.compute.evaluate import evaluate as compute

        from .progress import progress

        with progress() as told:
            answer = compute(*arrays, task=task, progress=told, **options)
    if (
        answer.reduction == "none"
        and answer.status == "decided"
        and "losses_to" not in options
        and not to.page
    ):
        answer = replace(answer, notes=(*answer.notes, "--out FILE writes the losses, one for each example"))
    to.take("evaluation", answer)
    return FOUND if answer.failed and not exit_zero else FINE


def match(
    said: Said,
    *,
    arrays: tuple[str | None, str | None],
    options: Mapping[str, Any],
    to: Destination,
    exit_zero: bool,
) -> int:
    """Say where logged numbers come from."""
    read = {values.flag(name): options[name] for name in (*_WEIGHTS, "mask", "lengths")}
    also = files_of("--also", [each[:2] for each in options["also"] or ()])
    to.keep_apart({}, read_files(arrays, said) | read | also)
    with values.flags_in_errors(options):
        task, given = said.task(), _matched(options, arrays[0] is not None)
        answer = _famous(task, given) if arrays[0] is None else _traced(arrays, task, given)
    # Advice names the core's arguments; whoever reads it here types flags.
    answer = replace(answer, advice=tuple(values.with_flags(each, options) for each in answer.advice))
    to.take("match", answer)
    return FOUND if answer.failed and not exit_zero else FINE


def _traced(arrays: tuple[str | None, str | None], task: Any, options: Mapping[str, Any]) -> Any:
    from ce_core.matching.trace import match as trace

    return trace(*arrays, task=task, **options)


def _famous(task: Any, options: Mapping[str, Any]) -> Any:
    """Look numbers up without arrays, and say what else was said in vain."""
    from ce_core.matching.famous import look_up

    answer = look_up(**options, classes=task.classes)
    unused = [name for name, _ in task.known() if name not in ("classes", "framework")]
    if not unused:
        return answer
    note = f"without arrays only the number of classes narrows the search; {', '.join(unused)} did not"
    return replace(answer, notes=(*answer.notes, note))


_LOGGED = ("value", "digits", "rtol")
"""What is said of a number; every other option of a match is about arrays."""


def _matched(options: Mapping[str, Any], arrays: bool) -> dict[str, Any]:
    """Return the options of a match as values; one that is not given keeps the core's default."""
    from ce_core.errors import CepickError

    read = {name: value for name, value in options.items() if value is not None and value != []}
    if "value" not in read:
        raise CepickError("value: none given; give the number as the log has it, such as --value 1.4612")
    beside = [name for name in read if name not in _LOGGED]
    if beside and not arrays:
        raise CepickError(
            f"{beside[0]}: is about arrays, and none are given; give PREDICTIONS and TARGETS too"
        )
    for name in ("digits", "batch_size"):
        if name in read:
            read[name] = values.whole(values.flag(name), read[name])
    if "rtol" in read:
        read["rtol"] = values.number("--rtol", read["rtol"])
    return read | as_values(read)


def read_files(arrays: tuple[str | None, str | None] | None, said: Said) -> dict[str, str | None]:
    """Return the files that every command reads, by the names that the help calls them by."""
    predictions, targets = arrays or (None, None)
    return {"PREDICTIONS": predictions, "TARGETS": targets, "--task": said.task_file}


def files_of(flag: str, given: Iterable[Iterable[str]]) -> dict[str, str | None]:
    """Return the files that an option of several words names, by what errors call them."""
    return {f"{flag} ({at})": path for at, path in enumerate(chain.from_iterable(given), 1)}


def _read(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of an evaluation as values; one that is not given keeps the core's default."""
    read = {name: value for name, value in options.items() if value is not None}
    for name, known in CHOICES.items():
        read[name] = values.choice(values.flag(name), read[name], known)
    if "clip" in read:
        read["clip"] = values.number_or_name(read["clip"])
    for name in _WHOLE:
        if name in read:
            read[name] = values.whole(values.flag(name), read[name])
    if "block" in read:
        read["block"] = values.size("--block", read["block"])
    if "remove_accidental_hits" in read:
        hits = values.choice("--accidental-hits", read["remove_accidental_hits"], ("remove", "keep"))
        read["remove_accidental_hits"] = hits == "remove"
    return read | as_values(read)


def as_values(read: Mapping[str, Any]) -> dict[str, Any]:
    """Return those of the options that are numbers, weights or paths as what they stand for."""
    found: dict[str, Any] = {}
    for names, of in (
        (_NUMBERS, values.number),
        (_WEIGHTS, values.numbers_or_path),
        (_PATHS, values.path),
    ):
        found |= {name: of(values.flag(name), read[name]) for name in names if name in read}
    return found


def losses(framework: str | None, *, to: Destination) -> int:
    """Show the catalogue of losses, and how a framework spells them."""
    from ce_core.lookup.catalogue import catalogue

    to.take("losses", catalogue(framework))
    return FINE


def explain(name: str | None, other: str | None, *, to: Destination) -> int:
    """Explain one name, set two side by side, or list every name."""
    from ce_core.lookup.explain import explain as look_up
    from ce_core.lookup.explain import topics

    if name is None:
        from ce_core.lookup.explanation import Topics

        to.take("topics", Topics(names=topics()))
        return FINE
    to.take("explanation", look_up(name, other))
    return FINE
