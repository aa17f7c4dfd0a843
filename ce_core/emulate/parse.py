"""A call in a framework's own words, read as data: parsed, and never evaluated."""

from __future__ import annotations

import ast
from dataclasses import replace
from typing import Any

from ce_core.emulate import peculiar
from ce_core.emulate.results import Spelled
from ce_core.errors import CepickError, did_you_mean, nearest
from ce_core.frameworks import Call, Form, find_call, known_spellings, renamed

_WANTS = {
    "number": "a number",
    "flag": "True or False",
    "word": "a word in quotes",
    "index": "an integer",
    "axis": "an integer",
    "count": "an integer",
    "per_class": "a number, or a list with one for each class",
    "per_element": "a number, or a list of them",
    "per_example": "a number, or a list with one for each example",
    "list": "a list of numbers",
}


def parse_call(text: str) -> Spelled:
    """Read a framework's call, such as ``torch.nn.CrossEntropyLoss(label_smoothing=0.1, ignore_index=0)``.

    Use it wherever a loss id is accepted. A bare name, an alias or an unambiguous end of one does. Arguments are
    keywords, and their values numbers, strings, True, False, None, or lists, tuples and dicts of these; a
    dotted name stands for its last word, as in ``reduction=tf.compat.v1.losses.Reduction.MEAN``.

    Raises:
        CepickError: for a function or an argument that is not known, with the nearest one; a value that is no
            literal or of the wrong type; and a value that the framework refuses.

    Source: the rows of ``configs/frameworks``.

    >>> parse_call("nn.CrossEntropyLoss(label_smoothing=0.1, weight=[1, 2, 10])").arguments
    {'label_smoothing': 0.1, 'weight': [1, 2, 10]}
    >>> str(parse_call("keras.losses.BinaryCrossentropy(from_logits=True)"))
    'keras.losses.BinaryCrossentropy(from_logits=True)'
    """
    name, bracket, rest = text.strip().partition("(")
    name = name.strip()
    rows = rows_of(name)
    arguments = keyword_arguments(name, "(" + rest) if bracket else {}
    for keyword, value in arguments.items():
        _check(name, keyword, value, rows)
    return Spelled(name=name, arguments=arguments)


def rows_of(name: str) -> list[Call]:
    """Return the rows of a function by any of its names.

    Raises:
        CepickError: for a name that is not known, with the nearest one or what took its place.
    """
    rows = find_call(name)
    if rows:
        return [_with_extras(row, name) for row in rows]
    gone = renamed(name)
    if gone is not None:
        raise CepickError(f"{name}: {gone.says}; write {gone.successor}")
    known = known_spellings()
    lowered = {each.lower(): each for each in known}
    ends = {each.rsplit(".", 1)[-1].lower(): each for each in known}
    close = nearest(name.lower(), lowered) or nearest(name.rsplit(".", 1)[-1].lower(), ends)
    likely = lowered.get(close or "") or ends.get(close or "")
    raise CepickError(
        f"{name}: no such function is known; "
        + (f"did you mean {likely!r}?" if likely else "see 'cepick losses --framework NAME'")
    )


def form_of(row: Call, name: str) -> Form | None:
    """Return the form of a row that a name spells, or None for the row's own call and defaults.

    Case tells a class from the function of the same name, where there are both.
    """

    def ends(known: str) -> bool:
        return known == name or known.endswith("." + name)

    forms = {known: form for form in row.forms for known in form.spellings}
    others = (row.call, *(alias for alias in row.aliases if alias not in forms))
    if any(ends(known) for known in others):
        return None
    return next((form for known, form in forms.items() if ends(known)), row.form(name))


def _with_extras(row: Call, name: str) -> Call:
    form = form_of(row, name)
    extras = peculiar.EXTRA_ARGUMENTS.get(row.framework, {}) if form is None else {}
    kept = {
        each: argument for each, argument in row.arguments.items() if form is None or each not in form.lacks
    }
    default = row.default_reduction if form is None else form.default_reduction
    return replace(row, arguments=extras | kept, default_reduction=default)


def keyword_arguments(name: str, brackets: str) -> dict[str, Any]:
    """Return the keyword arguments between the brackets, as plain data."""
    try:
        node = ast.parse("f" + brackets, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise CepickError(
            f"{name}: {brackets[:60]!r} is no list of arguments; write {name}(name=value, …)"
        ) from None
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        raise CepickError(f"{name}: {brackets[:60]!r} is more than a call; write {name}(name=value, …)")
    if node.args:
        shown = ast.unparse(node.args[0])
        raise CepickError(f"{name}: {shown} has no keyword; write every argument as name=value")
    found: dict[str, Any] = {}
    for keyword in node.keywords:
        if keyword.arg is None:
            raise CepickError(f"{name}: {ast.unparse(keyword.value)} is unpacked; write name=value")
        found[keyword.arg] = _literal(name, keyword.arg, keyword.value)
    return found


def _literal(name: str, keyword: str, node: ast.expr) -> Any:
    if isinstance(node, ast.Attribute):
        return node.attr
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        raise CepickError(
            f"{name}: {keyword}={ast.unparse(node)[:60]} is not a literal; give numbers, strings, True, False, None "
            "or lists of them"
        ) from None
    if isinstance(value, (bytes, complex, set)) or value is Ellipsis:
        raise CepickError(f"{name}: {keyword}={value!r} is a {type(value).__name__}; give numbers or strings")
    return value


def _check(name: str, keyword: str, value: Any, rows: list[Call]) -> None:
    """Raise for an argument that no row of the function has, or a value of the wrong type."""
    known = {each: argument for row in rows for each, argument in row.arguments.items()}
    if keyword not in known:
        advice = did_you_mean(keyword, known) if known else "it takes none that changes its value"
        raise CepickError(f"{name}: has no argument {keyword!r}; {advice}")
    argument = known[keyword]
    if not _fits(argument.reads, value):
        raise CepickError(f"{name}: {keyword}={value!r} is not {_WANTS[argument.reads]}")
    if argument.sets in peculiar.NOT_EMULATED and value is not None:
        raise CepickError(
            f"{name}: {keyword}= is not emulated; leave it out, and hand a mask over as an array"
        )
    if argument.sets == "dtype" and value not in {None, "float16", "float32", "float64"}:
        raise CepickError(f"{name}: {keyword}={value!r} is not float16, float32 or float64")
    if argument.sets == "label_smoothing" and value is not None and not 0 <= value <= 1:
        raise CepickError(f"{name}: {keyword}={value!r} is outside [0, 1]; 0.1 is common")
    if argument.sets == "reduction" and argument.reads == "word":
        possible = tuple(dict.fromkeys(each for row in rows for each in row.reductions))
        if reduction_word(value) not in possible:
            raise CepickError(f"{name}: {keyword}={value!r} is refused; choose from {', '.join(possible)}")


def reduction_word(value: Any) -> str:
    """Return a reduction in the table's words: TensorFlow 1 writes some of them ``weighted_…``.

    >>> reduction_word("weighted_sum_by_nonzero_weights"), reduction_word(None)
    ('sum_by_nonzero_weights', 'none')
    """
    return "none" if value is None else str(value).lower().removeprefix("weighted_")


def _fits(reads: str, value: Any) -> bool:
    """Tell whether a value is of the type that an argument reads; None asks for the framework's own default."""
    if value is None:
        return True
    if reads == "flag":
        return isinstance(value, bool)
    if reads == "word":
        return isinstance(value, (str, bool, int, float))
    if reads == "number":
        return _number(value)
    if reads in {"index", "count"}:
        return isinstance(value, int) and not isinstance(value, bool)
    if reads == "axis":
        return _fits("index", value) or (_sequence(value) and all(_fits("index", each) for each in value))
    return _numbers(value) if reads == "list" else _number(value) or _numbers(value)


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _sequence(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and bool(value)


def _numbers(value: Any) -> bool:
    return _sequence(value) and all(isinstance(each, (int, float, str)) or _numbers(each) for each in value)
