"""How each framework spells each loss, read from ``configs/frameworks/*.yaml``.

A file holds ``framework``, ``title``, ``spellings`` (accepted names), ``versions`` (what its claims were run
on), ``label_out_of_range`` (the slug that finding CE201 quotes), ``traps`` and ``out_of_range`` (slugs with
sentences; each is shown by a test of the slug's name, or says that it is unverified), ``calls`` (a row per
function and loss, the fields of `Call`) and ``absent`` (a loss that it lacks: those of `Absent`). Old names
whose functions are gone stand in ``renamed`` (`Renamed`).

A snippet is one expression on arrays of fixed names (`ARRAYS`); ``divides_by`` says what its mean divides by.
What it takes to compute a row's value without the framework stands in the row's ``semantics`` (the fields of
`Call` from `target_dtypes` on). There ``arguments`` is by keyword a list of three: what the argument sets
(`SETS`), how its value is read (`READS`), and its default. ``divisors`` is by reduction what the mean divides by
(`DIVISORS`). Words that a row does not say have the defaults of `Call`.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import cache
from typing import Any

from ce_core.records import dataclass

from .configs_io import load_yaml
from .errors import CepickError, nearest

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

DIVISORS = (
    "weights",
    "batch",
    "valid",
    "nonzero_weights",
    "elements",
    "targets_dot_weights",
    "normalizer",
)
"""What a mean may divide by: the sum of the counted weights, every position, the counted positions, the weights
that are not 0, every element, the sum of targets · class weights, or a number that the caller hands over."""

CLIPS = (
    "none",
    "keras_clip",
    "keras_clip_and_renormalise",
    "keras_clip_then_softmax",
    "keras_clip_both",
    "keras_denominator",
    "tf1_add_epsilon",
    "sklearn_dtype_epsilon",
    "torch_log_clamp_100",
    "xgboost_1e-16",
    "lightgbm_1e-15",
    "lightgbm_log_1e-12",
    "mxnet_1e-12",
    "dice_smooth",
)
"""What becomes of probabilities near 0 and 1. ``keras_clip``: to [ε, 1 − ε]; ``…_and_renormalise``: rows are divided
by their sum first; ``…_then_softmax``: clipped, then logarithms through a softmax; ``…_both``: predictions and
targets to [ε, 1]; ``keras_denominator``: ε added to the denominator of an overlap; ``tf1_add_epsilon``: ε added
inside the logarithm; ``sklearn_dtype_epsilon``: to [ε, 1 − ε] with the dtype's ε; ``torch_log_clamp_100``: the
logarithm is at least −100; ``xgboost_1e-16``, ``lightgbm_1e-15`` and ``lightgbm_log_1e-12``: a probability below ε
costs −log ε; ``mxnet_1e-12``: ε added inside the logarithm; ``dice_smooth``: ε added to both sums."""

SMOOTHINGS = ("uniform", "epsilon/(K-1)", "half", "torch_weighted")
"""Where smoothed mass goes: ε/K to each class, ε/(K − 1) to each wrong one, ε/2 to each outcome, or ε/K times the
class's weight with the divisor left as it is."""

VALUES = ("loss", "root", "d2", "gradients", "another_model")
"""What a function's number is: the loss; the root of its mean; 1 − loss / loss of the class frequencies; nothing that
is the loss, as only its gradients are used; or the loss of a model with weights of its own."""

OUT_OF_RANGE = ("error", "nan", "zero", "wraps", "accepted", "columns", "clipped")
"""What a target out of range does. ``zero``: its one-hot row is all zeros; ``wraps``: −K to −1 count from the
end, others give NaN; ``accepted``: the formula is applied to it; ``columns``: labels are renumbered by what occurs;
``clipped``: it becomes the nearest class."""

SETS = (
    "class_weights",
    "element_weights",
    "sample_weights",
    "pos_weight",
    "label_smoothing",
    "ignore_index",
    "mask",
    "reduction",
    "normalizer",
    "from_logits",
    "from_log_probabilities",
    "log_targets",
    "target_form",
    "class_axis",
    "sum_axes",
    "classes",
    "labels",
    "positive_label",
    "bias",
    "alpha",
    "beta",
    "gamma",
    "balance",
    "epsilon",
    "q",
    "p",
    "margin",
    "scale",
    "half",
    "clip_epsilon",
    "smooth",
    "num_sampled",
    "num_true",
    "candidates",
    "accidental_hits",
    "seed",
    "shift",
    "none",
)
"""What a framework's argument sets, in cepick's words; ``none`` has no effect on the value."""

READS = (
    "number",
    "flag",
    "word",
    "index",
    "axis",
    "count",
    "per_class",
    "per_element",
    "per_example",
    "list",
)
"""How an argument's value is read: ``per_element`` is broadcast against the losses before they are reduced."""

UNVERIFIED = "Unverified: no test runs it in the framework itself."
"""What the note of a row ends with that is not verified."""

_MAIN = ("tensorflow", "keras", "torch", "jax", "sklearn")
_PLAIN_WORDS = frozenset({"lightgbm", "catboost"})
_BESIDE = ("onnx", "xgboost", "lightgbm", "catboost", "paddle", "mxnet", "transformers", "fastai")


@dataclass(frozen=True, kw_only=True)
class Snippet:
    """One expression that can be pasted, with the imports that it needs."""

    code: str
    imports: str = ""
    divides_by: str | None = None
    """What the mean divides by: batch, elements, weights, valid or nonzero_weights; None for no mean."""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Argument:
    """One keyword argument that changes a function's value, and what it means here."""

    sets: str
    reads: str
    default: Any = None


@dataclass(frozen=True, kw_only=True)
class Form:
    """Another spelling of a function, whose snippet or defaults differ: a module, or a bare function."""

    spellings: tuple[str, ...]
    code: str
    imports: str
    default_reduction: str
    lacks: tuple[str, ...] = ()
    """The arguments of the row that this spelling does not take."""


@dataclass(frozen=True, kw_only=True)
class Renamed:
    """An old name whose function is gone, and what took its place."""

    framework: str
    name: str
    successor: str
    says: str


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
    shown: bool = True
    """Whether `calls_for` lists it; a variant or a score is found by its name only."""
    forms: tuple[Form, ...] = ()
    target_dtypes: tuple[str, ...] = ("any",)
    """Dtypes that are not refused: any, integer, floating, same (as the predictions), numbers, or names."""
    selects: Mapping[str, Any]
    """The arguments' values by which a function that serves several losses comes to this row."""
    holds: Mapping[str, Any]
    """What is so in this row though no argument says it, by the words of `SETS`: ``log_targets: true``."""
    arguments: Mapping[str, Argument]
    divisors: Mapping[str, str]
    """What the mean of each reduction divides by (`DIVISORS`); reductions that divide by nothing are left out."""
    inner: str | None = None
    """What is done over the last axis before weights and reduction: mean, sum, or None."""
    class_axis: int = -1
    scale: float = 1.0
    """The value is this times the loss."""
    value: str = "loss"
    """What comes out (`VALUES`)."""
    clip_policy: str = "none"
    clip_epsilon: float | None = None
    smoothing_convention: str | None = None
    all_ignored: str | None = None
    """What comes out when nothing is left: nan, 0 or error; None where nothing can be ignored."""
    out_of_range_does: str | None = None
    """What a target out of range does (`OUT_OF_RANGE`); None where none can be, or where it is not known."""

    @property
    def by_default(self) -> bool:
        """Tell whether the function comes to this row without an argument that selects another."""
        return all(
            self.arguments[name].default == value
            for name, value in self.selects.items()
            if name in self.arguments
        )

    @property
    def target_form(self) -> str:
        """Return how targets are handed over: index, rows, scalar, signed, index_lists or values."""
        if self.target_range in {"signed", "real"}:
            return {"signed": "signed", "real": "values"}[self.target_range]
        forms = {"index": "index", "index_lists": "index_lists", "scalar": "scalar", "multi_hot": "scalar"}
        return forms.get(self.encoding[0], "rows")

    def form(self, spelling: str) -> Form | None:
        """Return the form of that name, or None where the row's own call and defaults hold."""
        name = spelling.strip().removesuffix("()").lower()
        for form in self.forms:
            if any(known.lower() == name or known.lower().endswith("." + name) for known in form.spellings):
                return form
        return None

    def snippet(self, modifier: str | None = None) -> Snippet | None:
        """Return the plain snippet, or a modifier's, or None where the framework has no way to say it."""
        if modifier is not None:
            return self.modifiers.get(modifier)
        return Snippet(code=self.code, imports=self.imports, divides_by=self.divides_by, note=self.note)

    def to_dict(self) -> dict[str, Any]:
        """Return the row as JSON shows it."""
        row = asdict(replace(self, modifiers={}))
        row["modifiers"] = {name: asdict(snippet) for name, snippet in self.modifiers.items()}
        row["target_form"] = self.target_form
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
    return _MAIN


def every_framework() -> tuple[str, ...]:
    """Return the ids of all frameworks: those of `frameworks`, then those found by name only.

    >>> every_framework()[5:8]
    ('onnx', 'xgboost', 'lightgbm')
    """
    return (*_MAIN, *_BESIDE)


def title(framework: str) -> str:
    """Return a framework's name as people write it.

    >>> title("torch")
    'PyTorch'
    """
    return str(_file(framework)["title"])


def versions(framework: str) -> dict[str, str]:
    """Return the packages and versions that a framework's rows and claims were run on."""
    return dict(_file(framework)["versions"])


def framework_id(name: str, *, every: bool = False) -> str:
    """Return a framework's id from any accepted spelling of its name; ``every`` takes in all of them.

    >>> framework_id("PyTorch"), framework_id("flax"), framework_id("lgbm", every=True)
    ('torch', 'jax', 'lightgbm')

    Raises:
        CepickError: for a name that is not known, with the nearest one.
    """
    known = _spellings(every)
    found = known.get(name.strip().lower())
    if found is None:
        raise CepickError(f"framework {name!r}: {_unknown_framework(name.strip().lower(), every)}")
    return found


def _unknown_framework(name: str, every: bool) -> str:
    """Return what is wrong with a framework's name, and what to write instead."""
    if name in _spellings(True):
        other = _spellings(True)[name]
        return (
            f"not known here; its calls are in 'cepick losses --framework {other}' and 'cepick explain'; "
            f"choose from {', '.join(_MAIN)}"
        )
    close = nearest(name, _spellings(every))
    if close:
        return f"not known; did you mean {close!r}?"
    return f"not known; choose from {', '.join(every_framework() if every else _MAIN)}"


def calls_for(
    loss_id: str,
    *,
    framework: str | None = None,
    units: int | None = None,
    every: bool = False,
) -> dict[str, list[Call]]:
    """Return each framework's calls for a loss; a framework that has none is left out.

    ``units`` (the columns that the model puts out) leaves out the snippets for another shape; ``every`` takes in
    all frameworks, and the rows that are found by name only.

    >>> [call.call for call in calls_for("nll")["torch"]]
    ['torch.nn.functional.nll_loss']
    """
    among = every_framework() if every else frameworks()
    ids = among if framework is None else (framework_id(framework, every=True),)
    fitting = {None} if units is None else {None, "one" if units == 1 else "several"}
    found = {
        name: [
            row
            for row in _calls(name)
            if row.loss == loss_id and (row.shown or every) and (units is None or row.units in fitting)
        ]
        for name in ids
    }
    return {name: rows for name, rows in found.items() if rows}


def instead(loss_id: str, framework: str) -> Absent | None:
    """Return what to do where a framework has no function for a loss, or None where it has one."""
    return _absent(framework_id(framework, every=True)).get(loss_id)


def absent(loss_id: str, framework: str) -> str | None:
    """Return the sentence that says that a framework has no such function and what to write, else None.

    >>> absent("nll", "torch") is None
    True
    """
    entry = instead(loss_id, framework)
    return None if entry is None else f"{entry.says}: {entry.code}"


def calls_of(framework: str) -> tuple[Call, ...]:
    """Return every row of a framework, in the order of its file.

    >>> calls_of("onnx")[0].loss
    'sparse_softmax_cross_entropy'
    """
    return _calls(framework_id(framework, every=True))


def find_call(spelling: str, *, framework: str | None = None) -> list[Call]:
    """Return the rows of the function that a spelling names: a full name, an alias, or the end of one.

    Upper and lower case do not matter. A function that serves several losses has several rows; an unknown
    name has none. An ending is looked for among the frameworks of `frameworks` first; LightGBM's and CatBoost's
    objectives are plain words (binary, CrossEntropy) and need their framework's name.

    >>> [row.loss for row in find_call("nn.NLLLoss")]
    ['nll']

    Raises:
        CepickError: for an ending that several functions share, with their full names.
    """
    name = spelling.strip().removesuffix("()").lower()
    ids = every_framework() if framework is None else (framework_id(framework, every=True),)
    rows = [row for one in ids for row in _calls(one)]
    exact = [row for row in rows if name in _names(row)]
    ending = [
        row
        for row in rows
        if (framework is not None or row.framework not in _PLAIN_WORDS)
        and any(known.endswith("." + name) for known in _names(row))
    ]
    usual = [row for row in ending if row.framework in _MAIN]
    current = [row for row in usual if not row.legacy]
    found = exact or [row for row in current if row.shown] or current or usual or ending
    owners = list(dict.fromkeys(row.call for row in found))
    if len(owners) > 1:
        raise CepickError(f"{spelling!r}: several functions have this name; say {' or '.join(owners)}")
    return found


def renamed(spelling: str) -> Renamed | None:
    """Return what took the place of an old name whose function is gone, or None.

    >>> renamed("tf.contrib.losses.log_loss").successor
    'tf.compat.v1.losses.log_loss'
    """
    name = spelling.strip().removesuffix("()").lower()
    for framework in every_framework():
        for known, entry in _file(framework).get("renamed", {}).items():
            if known.lower() == name:
                return Renamed(framework=framework, name=known, **entry)
    return None


def known_spellings() -> tuple[str, ...]:
    """Return every full name and alias, for suggesting the nearest to a misspelt one."""
    rows = (row for name in every_framework() for row in _calls(name))
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
def _spellings(every: bool) -> dict[str, str]:
    return {
        spelling.lower(): name
        for name in (every_framework() if every else frameworks())
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
    plain = (
        "reduction",
        "modifiers",
        "traps",
        "out_of_range",
        "aliases",
        "targets",
        "encoding",
        "forms",
        "semantics",
    )
    slug, default = row["out_of_range"], row["reduction"]["default"]
    means = {
        key: value for key, value in row["semantics"].items() if key not in {"arguments", "target_dtypes"}
    }
    return Call(
        framework=framework,
        reduction=row["reduction"]["code"],
        default_reduction=default,
        reductions=tuple(row["reduction"]["possible"]),
        aliases=tuple(row["aliases"]),
        targets=tuple(row["targets"]),
        encoding=tuple(row["encoding"]),
        modifiers={
            name: Snippet(**{"imports": row["imports"], **variant})
            for name, variant in row["modifiers"].items()
        },
        forms=tuple(
            _form({"imports": row["imports"], "default_reduction": default, **form})
            for form in row.get("forms", ())
        ),
        traps=tuple(traps[trap] for trap in row["traps"]),
        out_of_range=None if slug is None else ranges[slug],
        target_dtypes=tuple(row["semantics"].get("target_dtypes", ("any",))),
        arguments={
            name: Argument(sets=sets, reads=reads, default=value)
            for name, (sets, reads, value) in row["semantics"].get("arguments", {}).items()
        },
        # Wherever a row is shown its note is, and so is that nothing backs it.
        note=row["note"] if row["verified"] else f"{row['note']} {UNVERIFIED}".strip(),
        **{"divisors": {}, "selects": {}, "holds": {}, **means},
        **_without(row, *plain, "note"),
    )


def _form(form: dict[str, Any]) -> Form:
    return Form(**{**form, "spellings": tuple(form["spellings"]), "lacks": tuple(form.get("lacks", ()))})


def _without(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key not in names}


def _names(row: Call) -> set[str]:
    forms = (known for form in row.forms for known in form.spellings)
    return {known.lower() for known in (row.call, *row.aliases, *forms)}
