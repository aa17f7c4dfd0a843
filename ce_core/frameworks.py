"""How each framework spells each loss, read from ``configs/frameworks/*.yaml``.

A file holds ``framework``, ``title``, ``spellings`` (accepted names), ``versions`` (what its claims were run
on), ``label_out_of_range`` (the slug that finding CE201 quotes), ``traps`` and ``out_of_range`` (slugs with
sentences; each is shown by a test of the slug's name, or says that it is unverified), ``calls`` (a row per
function and loss, the fields of `Call`) and ``absent`` (a loss that it lacks: those of `Absent`).

A snippet is one expression on arrays of fixed names (`ARRAYS`); ``divides_by`` says what its mean divides by.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from typing import Any

from .configs_io import load_yaml
from .errors import CepickError, did_you_mean

ARRAYS = (
    "logits",
    "probabilities",
    "log_probabilities",
    "scores",
    "predictions",
    "features",
    "head",
    "bias",
    "targets",
    "class_weights",
    "sample_weights",
    "pos_weight",
    "mask",
    "label_smoothing",
    "ignore_index",
)
"""The names that a snippet may use: arrays, and the two numbers that `fill` can write in."""

MODIFIERS = (
    "label_smoothing",
    "class_weights",
    "sample_weights",
    "pos_weight",
    "ignore_index",
    "mask",
    "tokens",
)
"""The variants that a call may have beside its plain snippet; ``tokens`` is for logits of shape [N, T, K]."""

_IDS = ("tensorflow", "keras", "torch", "jax", "sklearn")


@dataclass(frozen=True, kw_only=True)
class Snippet:
    """One expression that can be pasted, with the imports that it needs."""

    code: str
    imports: str = ""
    divides_by: str | None = None
    """What the mean divides by: batch, elements, weights, valid or nonzero_weights; None for no mean."""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Call:
    """One function of a framework in its use for one loss."""

    framework: str
    call: str
    loss: str
    code: str
    imports: str
    reduction: str
    """What `code` gives; the function's own default is `default_reduction`."""
    default_reduction: str
    reductions: tuple[str, ...]
    divides_by: str | None
    aliases: tuple[str, ...] = ()
    legacy: bool = False
    """An old spelling, found by its full name first and by a suffix last."""
    units: str | None = None
    """``one`` (arrays of shape [N]) or ``several`` ([N, K]) where the snippets differ, else None."""
    outputs: str | None = None
    targets: tuple[str, ...] = ()
    encoding: tuple[str, ...] = ()
    target_range: str | None = None
    target_dtype: str = ""
    computes_in: str | None = None
    """The dtype that the function computes in whatever it is given, if it does."""
    ignore_index: int | None = None
    clip: str | None = None
    smoothing: str | None = None
    """How the function itself smooths labels (``epsilon/K`` or ``epsilon/2``), if it does."""
    modifiers: Mapping[str, Snippet]
    note: str
    traps: tuple[str, ...] = ()
    out_of_range: str | None = None
    verified: bool
    """Whether a test runs this row's snippets in the framework and compares them with the exact loss."""

    def snippet(self, modifier: str | None = None) -> Snippet | None:
        """Return the plain snippet, or a modifier's, or None where the framework has no way to say it."""
        if modifier is not None:
            return self.modifiers.get(modifier)
        return Snippet(code=self.code, imports=self.imports, divides_by=self.divides_by, note=self.note)

    def to_dict(self) -> dict[str, Any]:
        """Return the row as JSON shows it."""
        row = asdict(replace(self, modifiers={}))
        row["modifiers"] = {name: asdict(snippet) for name, snippet in self.modifiers.items()}
        return {key: list(value) if isinstance(value, tuple) else value for key, value in row.items()}


@dataclass(frozen=True, kw_only=True)
class Absent:
    """What to do in a framework that has no function for a loss."""

    framework: str
    loss: str
    says: str
    code: str
    imports: str = ""
    gives: str
    """The loss that `code` computes: the same one, or the nearest thing where there is none."""
    units: str | None = None
    targets: str | None = None
    encoding: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the entry as JSON shows it."""
        return asdict(self)


def frameworks() -> tuple[str, ...]:
    """Return the frameworks' ids, in the order in which they are shown.

    >>> frameworks()
    ('tensorflow', 'keras', 'torch', 'jax', 'sklearn')
    """
    return _IDS


def title(framework: str) -> str:
    """Return a framework's name as people write it.

    >>> title("torch")
    'PyTorch'
    """
    return str(_file(framework)["title"])


def versions(framework: str) -> dict[str, str]:
    """Return the packages and versions that a framework's rows and claims were run on."""
    return dict(_file(framework)["versions"])


def framework_id(name: str) -> str:
    """Return a framework's id from any accepted spelling of its name.

    >>> framework_id("PyTorch"), framework_id("flax")
    ('torch', 'jax')

    Raises:
        CepickError: for a name that is not known, with the nearest one.
    """
    known = _spellings()
    found = known.get(name.strip().lower())
    if found is None:
        advice = did_you_mean(name.strip().lower(), known)
        raise CepickError(f"framework {name!r}: not known; {advice}")
    return found


def calls_for(
    loss_id: str, *, framework: str | None = None, units: int | None = None
) -> dict[str, list[Call]]:
    """Return each framework's calls for a loss; a framework that has none is left out.

    ``units`` (the columns that the model puts out) leaves out the snippets for another shape.

    >>> [call.call for call in calls_for("nll")["torch"]]
    ['torch.nn.functional.nll_loss']
    """
    ids = frameworks() if framework is None else (framework_id(framework),)
    fitting = {None} if units is None else {None, "one" if units == 1 else "several"}
    found = {
        name: [row for row in _calls(name) if row.loss == loss_id and (units is None or row.units in fitting)]
        for name in ids
    }
    return {name: rows for name, rows in found.items() if rows}


def instead(loss_id: str, framework: str) -> Absent | None:
    """Return what to do where a framework has no function for a loss, or None where it has one."""
    return _absent(framework_id(framework)).get(loss_id)


def absent(loss_id: str, framework: str) -> str | None:
    """Return the sentence that says that a framework has no such function and what to write, else None.

    >>> absent("nll", "torch") is None
    True
    """
    entry = instead(loss_id, framework)
    return None if entry is None else f"{entry.says}: {entry.code}"


def find_call(spelling: str, *, framework: str | None = None) -> list[Call]:
    """Return the rows of the function that a spelling names: a full name, an alias, or the end of one.

    Upper and lower case do not matter. A function that serves several losses has several rows; an unknown
    name has none.

    >>> [row.loss for row in find_call("nn.NLLLoss")]
    ['nll']

    Raises:
        CepickError: for an ending that several functions share, with their full names.
    """
    name = spelling.strip().removesuffix("()").lower()
    ids = frameworks() if framework is None else (framework_id(framework),)
    rows = [row for one in ids for row in _calls(one)]
    exact = [row for row in rows if name in _names(row)]
    ending = [row for row in rows if any(known.endswith("." + name) for known in _names(row))]
    found = exact or [row for row in ending if not row.legacy] or ending
    owners = list(dict.fromkeys(row.call for row in found))
    if len(owners) > 1:
        raise CepickError(f"{spelling!r}: several functions have this name; say {' or '.join(owners)}")
    return found


def known_spellings() -> tuple[str, ...]:
    """Return every full name and alias, for suggesting the nearest to a misspelt one."""
    rows = (row for name in frameworks() for row in _calls(name))
    return tuple(dict.fromkeys(known for row in rows for known in (row.call, *row.aliases)))


def out_of_range_behaviour() -> dict[str, str]:
    """Return, by framework's title, what each does with a class index outside [0, K)."""
    files = [_file(name) for name in frameworks()]
    return {str(file["title"]): str(file["out_of_range"][file["label_out_of_range"]]) for file in files}


def fill(code: str, *, label_smoothing: float | None = None, ignore_index: int | None = None) -> str:
    """Write known numbers into a snippet, in place of the names `label_smoothing` and `ignore_index`.

    >>> fill("cross_entropy(logits, targets, ignore_index=ignore_index)", ignore_index=-1)
    'cross_entropy(logits, targets, ignore_index=-1)'
    """
    values = {"label_smoothing": label_smoothing, "ignore_index": ignore_index}
    given = {name: repr(value) for name, value in values.items() if value is not None}
    names = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Name) and node.id in given]
    for node in sorted(names, key=lambda node: node.col_offset, reverse=True):
        code = code[: node.col_offset] + given[node.id] + code[node.col_offset + len(node.id) :]
    return code


@cache
def _file(framework: str) -> dict[str, Any]:
    content = load_yaml(f"frameworks/{framework}.yaml")
    assert isinstance(content, dict)
    return content


@cache
def _spellings() -> dict[str, str]:
    return {
        spelling.lower(): name
        for name in frameworks()
        for spelling in (name, title(name), *_file(name)["spellings"])
    }


@cache
def _calls(framework: str) -> tuple[Call, ...]:
    file = _file(framework)
    return tuple(_call(framework, row, file["traps"], file["out_of_range"]) for row in file["calls"])


@cache
def _absent(framework: str) -> dict[str, Absent]:
    entries = _file(framework)["absent"]
    return {
        loss: Absent(framework=framework, loss=loss, **{"gives": loss, **_without(entry, "traps")})
        for loss, entry in entries.items()
    }


def _call(framework: str, row: dict[str, Any], traps: dict[str, str], ranges: dict[str, str]) -> Call:
    plain = ("reduction", "modifiers", "traps", "out_of_range", "aliases", "targets", "encoding")
    slug = row["out_of_range"]
    return Call(
        framework=framework,
        reduction=row["reduction"]["code"],
        default_reduction=row["reduction"]["default"],
        reductions=tuple(row["reduction"]["possible"]),
        aliases=tuple(row["aliases"]),
        targets=tuple(row["targets"]),
        encoding=tuple(row["encoding"]),
        modifiers={
            name: Snippet(**{"imports": row["imports"], **variant})
            for name, variant in row["modifiers"].items()
        },
        traps=tuple(traps[trap] for trap in row["traps"]),
        out_of_range=None if slug is None else ranges[slug],
        **_without(row, *plain),
    )


def _without(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key not in names}


def _names(row: Call) -> set[str]:
    return {known.lower() for known in (row.call, *row.aliases)}
