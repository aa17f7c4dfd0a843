"""A first suite for two arrays: a commented file, with limits a little wider than what was measured."""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ce_core.arrays.paths import is_url
from ce_core.compute.evaluation import Evaluation
from ce_core.errors import CepickError
from ce_core.loss_options import OPTIONS as LOSS_OPTIONS
from ce_core.read.wording import plural

from .margins import DEVIATIONS, FIGURES, in_a_comment, number_text, suggestions
from .marked import scalar_of

_SAID = (
    "structure",
    "outcomes",
    "exclusive",
    "targets",
    "encoding",
    "label_base",
    "outputs",
    "classes",
    "class_axis",
    "ignore_index",
)
"""The properties that a suite says, so that no later run reads them off the arrays."""

_PLAIN = re.compile(r"[A-Za-z0-9_./][A-Za-z0-9_./ -]*")
_WORDS = frozenset({"true", "false", "yes", "no", "on", "off", "null", "y", "n", "~", ""})


def init_text(
    predictions: str,
    targets: str | None,
    *,
    evaluation: Evaluation,
    folder: str = ".",
    options: Mapping[str, Any] | None = None,
) -> str:
    """Return the text of a `cepick.yaml` that holds two arrays to what an evaluation of them measured.

    Use it for the first suite of a repository; every limit has a margin, and a comment that says which.

    predictions, targets: the files, from the working folder; targets are None where one file holds both.
    folder: where the text will stand; paths in it are relative to that.
    options: what else was said to `ce_core.evaluate` (``mask``, ``class_weights`` …), written as keys of the check.

    Raises `CepickError` where there is no loss to hold the arrays to.

    >>> from ce_core import evaluate
    >>> files = "examples/digits_logits.npy", "examples/digits_labels.npy"
    >>> "per_class.recall: {min: 0.762}" in init_text(*files, evaluation=evaluate(*files))
    True
    """
    if evaluation.status == "undecided":
        raise CepickError(
            f"{predictions}: what the arrays are is undecided: {evaluation.question or evaluation.asks}; "
            "say it to 'cepick eval' first, and write the check by hand"
        )
    if evaluation.loss is None or evaluation.value is None:
        raise CepickError(f"{predictions}: there is no loss to set limits on; write the check by hand")
    lines = [
        *_head(evaluation),
        f"  - name: {quoted(_name(predictions))}",
        f"    predictions: {quoted(_from(predictions, folder))}",
        *([] if targets is None else [f"    targets: {quoted(_from(targets, folder))}"]),
        *_task(evaluation),
        *_loss(evaluation, options or {}, folder),
        *_equals(evaluation),
        *_limits(evaluation),
        *_findings(evaluation),
    ]
    return "\n".join(lines) + "\n"


def quoted(text: str) -> str:
    """Return a text as YAML has it: plain where that is the same text, else in quotes.

    >>> quoted("runs/logits.npy"), quoted("10"), quoted("a: b"), quoted("${x}")
    ('runs/logits.npy', '"10"', '"a: b"', '"$${x}"')
    """
    plain = _PLAIN.fullmatch(text) and text == text.strip() and text.lower() not in _WORDS
    if plain and not text[0].isdigit() and text[0] != "." and isinstance(scalar_of(text), str):
        return text
    if plain and text.startswith("../"):
        return text
    whole = json.dumps(text.replace("${", "$${"), ensure_ascii=False)
    return "".join(each if each.isprintable() else f"\\U{ord(each):08x}" for each in whole)


def _head(evaluation: Evaluation) -> list[str]:
    return [
        "# What this repository's arrays are held to; run it with: cepick check",
        f"# Limits are set from {plural(evaluation.count, 'example')}, {DEVIATIONS} standard errors wider than what "
        f"was measured,",
        f"# and rounded outward to {FIGURES} digits: room for another sample of as good a model. Tighten them as you "
        "like.",
        "",
        "fail_on: error      # the least severity that fails a check: error, warning, note, or never",
        "",
        "checks:",
    ]


def _name(predictions: str) -> str:
    """Return what to call the check: the file without its folder and endings."""
    name = os.path.basename(predictions.rstrip("/")).partition(".")[0]
    return re.sub(r"[*?\[\]]+", "", name).strip(" _-") or "arrays"


def _from(path: str, folder: str) -> str:
    """Return a path from the folder of the file."""
    if is_url(path) or os.path.isabs(path) or folder in {"", "."}:
        return path
    relative = os.path.relpath(path, folder)
    return relative + "/" if path.endswith("/") else relative


def _task(evaluation: Evaluation) -> Iterator[str]:
    known = dict(evaluation.task.known())
    said = {name: known[name] for name in _SAID if name in known}
    last = len(evaluation.shapes[0]) - 1
    usual = {"structure": "example", "label_base": 0, "class_axis": last}
    said = {name: value for name, value in said.items() if usual.get(name) != value}
    if not said:
        return
    yield ""
    yield "    # What the arrays are. It was read off them; said here, a later file of another kind is a mistake."
    yield f"    task: {{{', '.join(f'{name}: {_value(value)}' for name, value in said.items())}}}"


def _value(value: Any) -> str:
    """Return a value in YAML's short form."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_value, value))}]"
    return str(value).lower() if isinstance(value, bool) else number_text(value)


def _loss(evaluation: Evaluation, options: Mapping[str, Any], folder: str) -> Iterator[str]:
    asked = evaluation.emulation.text if evaluation.emulation is not None else str(evaluation.loss)
    yield f"    loss: {quoted(asked)}"
    if evaluation.emulation is None:
        defaults = {each.name: each.default for each in LOSS_OPTIONS.get(asked, ())}
        own = {name: value for name, value in evaluation.loss_options.items() if value != defaults.get(name)}
        if own:
            yield f"    loss_options: {{{', '.join(f'{name}: {_value(value)}' for name, value in own.items())}}}"
    usual = {"reduction": "mean", "mean_over": "weights", "label_smoothing": 0.0, "clip": None}
    said: dict[str, Any] = {name: getattr(evaluation, name) for name in usual}
    said["clip"] = evaluation.clip_policy or evaluation.clip
    said = {name: value for name, value in said.items() if value != usual[name]}
    if evaluation.unit == "bits":
        said["base"] = "bits"
    if "label_smoothing" in said and evaluation.smoothing not in {None, "uniform"}:
        said["smoothing"] = evaluation.smoothing
    if evaluation.emulation is not None:
        said = {}
    for name, value in {**said, **options}.items():
        is_file = isinstance(value, (str, os.PathLike)) and name in _FILES
        yield f"    {name}: {_value(_from(os.fspath(value), folder) if is_file else value)}"


_FILES = frozenset(
    {
        "class_weights",
        "sample_weights",
        "pos_weight",
        "mask",
        "lengths",
        "head",
        "bias",
        "candidates",
        "unigrams",
    }
)


def _equals(evaluation: Evaluation) -> Iterator[str]:
    value = evaluation.value
    if value is None or math.isnan(value):
        return
    yield ""
    yield "    # The loss of these arrays. Where the training code should print the same, take the comment sign off."
    yield f"    # equals: {{value: {number_text(value)}, rtol: 1.0e-5}}"


def _limits(evaluation: Evaluation) -> Iterator[str]:
    suggested = suggestions(evaluation)
    yield ""
    if not suggested:
        yield "    # Nothing here has a useful limit; any number of 'cepick eval --format json' can have one:"
        yield "    # limits: {accuracy: {min: 0.9}}"
        return
    yield "    # Any number of 'cepick eval --format json' can have a limit, by its path: min, max or both."
    yield "    limits:"
    width = max(len(each.text) for each in suggested)
    for each in suggested:
        yield f"      {each.text.ljust(width)}  # {each.because}"
    yield f"      # count: {{min: {evaluation.count}}}    # a file that was cut short fails"


def _findings(evaluation: Evaluation) -> Iterator[str]:
    """Yield what was found, in comments: nothing is ignored before somebody has decided so."""
    if not evaluation.findings:
        return
    yield ""
    failing = sum(each.severity == "error" for each in evaluation.findings)
    told = f"; {plural(failing, 'error', 'fail')} the check until it is mended" if failing else ""
    yield f"    # Found in these arrays{told}."
    yield "    # What is meant to be so can be left out of the report: take the comment signs off those lines."
    yield "    # findings:"
    yield "    #   ignore:"
    for each in evaluation.findings:
        yield f"    #     - {each.slug}  # {each.severity} {each.code}: {in_a_comment(each.message)}"
