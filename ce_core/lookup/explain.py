"""Looking up a loss, a finding, a concept or a framework's function, alone or two side by side."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from itertools import product
from textwrap import indent
from typing import TYPE_CHECKING, Any

from ce_core.configs_io import load_yaml
from ce_core.errors import CepickError
from ce_core.findings import RULES
from ce_core.losses import LOSSES

from . import finding_texts
from .explanation import Comparison, Difference, Example, Explanation, Kind

if TYPE_CHECKING:
    from ce_core.frameworks import Call

_KINDS: tuple[Kind, ...] = ("loss", "concept", "finding")
_FILES: dict[Kind, str] = {"loss": "losses", "concept": "concepts"}
_AXES = {"outputs": "predictions are", "competes": "outcomes compete by", "targets": "targets are"}
_TEXTS = ("title", "one_line", "formula", "shapes", "when", "why", "effect", "remedy", "source")
_HABITS = {
    "framework": "framework",
    "default_reduction": "reduction unless said",
    "divides_by": "the mean divides by",
    "clip": "clips",
    "ignore_index": "ignores the label",
}


def explain(name: str, other: str | None = None) -> Explanation:
    """Explain a name, or set two of them side by side.

    Use it to look up a loss, a finding's code or slug, a framework's function, or a concept. Upper and lower
    case, spaces, ``-`` and ``_`` do not matter, and the end of a function's name is enough when only one
    function has it.

    Raises:
        CepickError: for an unknown name, with the nearest ones, or an ending that several functions share.

    >>> explain("one hot").title
    'One-hot rows'
    >>> explain("torch.nn.NLLLoss").losses
    ('nll',)
    >>> [row.what for row in explain("nll", "softmax-cross-entropy").other.differences][:2]
    ['predictions are', 'targets are']
    """
    left = _one(name)
    return left if other is None else _two(left, _one(other))


def topics() -> dict[str, list[str]]:
    """Return everything that can be explained: for each kind its ids, and the pairs that are written."""
    from ce_core.frameworks import known_spellings

    return {
        "loss": list(LOSSES),
        "finding": list(RULES),
        "concept": list(_entries("concept")),
        "call": list(known_spellings()),
        "comparison": [f"{pair['left']} | {pair['right']}" for pair in load_yaml("explain/pairs.yaml")],
    }


def losses_table() -> dict[str, Any]:
    """Return the catalogue of losses as its JSON (``cepick.losses/1``).

    >>> losses_table()["losses"][0]["outputs"]
    'logits'
    """
    from .catalogue import catalogue

    return catalogue().to_dict()


def _one(name: str) -> Explanation:
    """Return what a name means: an entry's own name first, then a function's, then a looser reading."""
    if found := _names().get(_key(name)):
        return _entry(*found)
    from ce_core.frameworks import find_call

    loose = next((_squashed()[key] for key in _loose(name) if key in _squashed()), None)
    try:
        rows = find_call(name)
    except CepickError:
        if loose is None:
            raise
        rows = []
    if rows:
        return _function(name, tuple(rows))
    if loose is None:
        raise CepickError(f"{name!r}: there is nothing of this name to explain; {_advice(name)}")
    return _entry(*loose)


def _key(name: str) -> str:
    return re.sub(r"[-_\s]+", "_", name.strip().casefold())


def _squash(name: str) -> str:
    return _key(name).replace("_", "")


def _loose(name: str) -> Iterator[str]:
    whole = _squash(name)
    yield from (
        whole,
        whole + "s",
        whole.removesuffix("s"),
        whole.removesuffix("es"),
        whole.removesuffix("loss"),
    )


@cache
def _names() -> dict[str, tuple[Kind, str]]:
    """Return every name of an entry; the slug of a finding without one gives way to another entry of that name."""
    names: dict[str, tuple[Kind, str]] = {}
    for kind in _KINDS:
        for id_, entry in _entries(kind).items():
            for name in (id_, *entry.get("aliases", ()), *([RULES[id_].slug] if kind == "finding" else [])):
                names.setdefault(_key(name), (kind, id_))
    for code, rule in RULES.items():
        names.setdefault(_key(code), ("finding", code))
        names.setdefault(_key(rule.slug), ("finding", code))
    return names


@cache
def _squashed() -> dict[str, tuple[Kind, str]]:
    return {_squash(name): found for name, found in reversed(_names().items())}


def _advice(name: str) -> str:
    import difflib

    from ce_core.frameworks import known_spellings

    shown = {_key(known): known for known in (*known_spellings(), *_names(), *RULES)}
    wanted = _key(name)
    # A long part in common is no misspelling: `half_precision` is not what `precision` was meant to be.
    close = [
        known
        for known in difflib.get_close_matches(wanted, shown, n=2, cutoff=0.75)
        if known[:1] == wanted[:1]
    ]
    if not close:
        return "name a loss (see 'cepick losses'), a finding's code, a concept or a framework's function"
    return "did you mean " + " or ".join(repr(shown[key]) for key in close) + "?"


def _entries(kind: Kind) -> dict[str, Any]:
    if kind == "finding":
        return finding_texts.entries()
    content: dict[str, Any] = load_yaml(f"explain/{_FILES[kind]}.yaml")
    return content


def _entry(kind: Kind, id_: str) -> Explanation:
    entry = _entries(kind).get(id_)
    if kind == "finding":
        return _finding(id_, entry)
    assert entry is not None
    if kind == "concept":
        return Explanation(kind=kind, id=id_, **_content(entry))
    from ce_core.frameworks import absent, calls_for, frameworks

    missing = {name: says for name in frameworks() if (says := absent(id_, name)) is not None}
    found = {name: tuple(rows) for name, rows in calls_for(id_).items()}
    row = LOSSES[id_]
    known: dict[str, Any] = {"one_line": row.one_line, "computed": row.computed, "activation": row.activation}
    return Explanation(kind=kind, id=id_, calls=found, absent=missing, **known, **_content(entry))


def _finding(code: str, entry: Mapping[str, Any] | None) -> Explanation:
    """Explain a finding."""
    rule = RULES[code]
    content = _content(entry) if entry is not None else {"title": rule.slug.replace("-", " ").capitalize()}
    return Explanation(
        kind="finding",
        id=code,
        slug=rule.slug,
        severity=rule.severity,
        one_line=rule.signature,
        frameworks=finding_texts.frameworks(code),
        repair=finding_texts.repair(code),
        **content,
    )


def _content(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a YAML entry says, as the fields of an `Explanation`."""
    content: dict[str, Any] = {key: entry[key] for key in _TEXTS if key in entry}
    content["traps"] = tuple(entry.get("traps", ()))
    content["see_also"] = tuple(entry.get("see_also", ()))
    if "example" in entry:
        content["example"] = Example(**entry["example"])
    return content


def _spelling(name: str, row: Call) -> str:
    """Return the spelling of a function that a name, or the end of one, stands for."""
    asked, form = name.strip().removesuffix("()").lower(), row.form(name)
    known = (*(form.spellings if form else ()), row.call, *row.aliases)
    ending = [each for each in known if f".{each.lower()}".endswith(f".{asked}")]
    exact = [each for each in ending if each.lower() == asked]
    return (exact or ending or [row.call])[0]


def _in_form(name: str, row: Call) -> Call:
    """Return a row as the spelling that was asked for writes it, where that has code of its own."""
    form = row.form(name)
    if form is None:
        return row
    return replace(
        row,
        call=_spelling(name, row),
        code=form.code,
        imports=form.imports,
        default_reduction=form.default_reduction,
    )


def _sentences(texts: Iterable[str]) -> str:
    """Return texts as one, each sentence once."""
    return " ".join(
        dict.fromkeys(part for text in texts for part in re.split(r"(?<=[.!?])\s+", text) if part)
    )


def _function(name: str, found: tuple[Call, ...]) -> Explanation:
    from ce_core.frameworks import title

    rows = tuple(_in_form(name, row) for row in found)
    first = rows[0]
    losses = [_entry("loss", loss) for loss in dict.fromkeys(row.loss for row in rows)]

    def each(says: str) -> str:
        if len(losses) == 1:
            return str(getattr(losses[0], says))
        return "\n".join(_labelled(loss.id, str(getattr(loss, says))) for loss in losses)

    return Explanation(
        kind="call",
        id=found[0].call,
        title=f"{_spelling(name, found[0])} ({title(first.framework)})",
        one_line="; ".join(f"{loss.id}: {loss.one_line}" for loss in losses),
        formula=each("formula"),
        shapes=each("shapes"),
        when=_sentences(row.note for row in rows) or None,
        traps=tuple(dict.fromkeys(trap for row in rows for trap in row.traps)),
        example=losses[0].example,
        see_also=tuple(loss.id for loss in losses),
        source=f"{title(first.framework)} documentation, {first.call}",
        losses=tuple(loss.id for loss in losses),
        calls={first.framework: rows},
    )


def _labelled(loss: str, says: str) -> str:
    """Return what is said of one of several losses, in lines that begin with its name or are set in below it."""
    return f"{loss}:\n{indent(says, '  ')}" if "\n" in says else f"{loss}: {says}"


def _two(left: Explanation, right: Explanation) -> Explanation:
    pair = _pair(left, right)
    same = left.id == right.id
    content: dict[str, Any] = {
        "one_line": f"two names of {left.id}" if same else f"{left.title} and {right.title}, field by field",
        "see_also": tuple(dict.fromkeys((left.id, right.id))),
    }
    if pair is not None:
        content |= _content(pair)
    return Explanation(
        kind="comparison",
        id=f"{left.id} | {right.id}",
        title=f"{left.title} / {right.title}",
        other=Comparison(left=left, right=right, differences=_differences(pair, left, right)),
        **content,
    )


def _pair(left: Explanation, right: Explanation) -> dict[str, Any] | None:
    """Return what is written about two names, or about the losses of functions, sides as asked for."""
    written = {(pair["left"], pair["right"]): pair for pair in load_yaml("explain/pairs.yaml")}
    for one, two in product(_subjects(left), _subjects(right)):
        if (one, two) in written:
            return dict(written[one, two])
        if (two, one) in written:
            pair = written[two, one]
            turned = [{**row, "left": row["right"], "right": row["left"]} for row in pair["differs"]]
            return {**pair, "differs": turned}
    return None


def _subjects(side: Explanation) -> tuple[str, ...]:
    return side.losses or (side.id,)


def _differences(
    pair: Mapping[str, Any] | None, left: Explanation, right: Explanation
) -> tuple[Difference, ...]:
    """Return what the tables of losses and functions tell apart, then what is written, or each field."""
    rows = []
    if left.kind != right.kind:
        rows.append(_row("is a", left.kind, right.kind))
    one, two = (LOSSES.get(_subjects(side)[0]) for side in (left, right))
    if one is not None and two is not None:
        sides = (one.to_dict(), two.to_dict())
        rows += [_row(says, sides[0][axis], sides[1][axis]) for axis, says in _AXES.items()]
    if left.kind == right.kind == "call":
        calls = [next(iter(side.calls.values()))[0] for side in (left, right)]
        rows += [_row(says, getattr(calls[0], key), getattr(calls[1], key)) for key, says in _HABITS.items()]
    if pair is not None:
        rows += [Difference(**row) for row in pair["differs"]]
    else:
        fields = ("one_line", "formula", "shapes", "when")
        rows += [_row(key.replace("_", " "), getattr(left, key), getattr(right, key)) for key in fields]
    return tuple(row for row in rows if row.left != row.right)


def _row(what: str, left: object, right: object) -> Difference:
    said = [
        "-" if side is None else "framework's function" if side == "call" else str(side)
        for side in (left, right)
    ]
    return Difference(what=what, left=said[0], right=said[1])
