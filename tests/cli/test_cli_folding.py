"""Code that is broken into lines is still the same code."""

from __future__ import annotations

import ast

import pytest

from ce_core.findings import RULES
from ce_core.frameworks import calls_for, frameworks, instead
from ce_core.lookup.explain import explain
from ce_core.lookup.finding_texts import repair
from ce_core.losses import LOSSES
from cepick.render.folding import folded


def _snippets() -> dict[str, str]:
    """Return every snippet of every framework."""
    found = {}
    for loss in LOSSES:
        for name, calls in calls_for(loss).items():
            for at, call in enumerate(calls):
                found[f"{loss}-{name}-{at}"] = call.code
                found |= {f"{loss}-{name}-{at}-{key}": each.code for key, each in call.modifiers.items()}
        for name in frameworks():
            entry = instead(loss, name)
            if entry is not None:
                found[f"{loss}-{name}-instead"] = entry.code
    return found


SNIPPETS = _snippets()


@pytest.mark.parametrize("width", [20, 56, 96])
def test_every_snippet_keeps_its_meaning_at_any_width(width: int) -> None:
    changed = [
        name
        for name, code in SNIPPETS.items()
        if ast.dump(ast.parse(folded(f"loss = {code}", width))) != ast.dump(ast.parse(f"loss = {code}"))
    ]
    assert changed == []


@pytest.mark.parametrize("width", [36, 56, 96])
@pytest.mark.parametrize("code", RULES)
def test_the_code_of_every_finding_keeps_its_meaning_at_any_width(code: str, width: int) -> None:
    for text in (explain(code).remedy or "", *repair(code).values()):
        assert ast.dump(ast.parse(folded(text, width))) == ast.dump(ast.parse(text))


@pytest.mark.parametrize("width", [56, 96])
def test_almost_every_line_fits(width: int) -> None:
    lines = [line for code in SNIPPETS.values() for line in folded(f"loss = {code}", width).split("\n")]
    long = [line for line in lines if len(line) > width]
    assert len(long) < 0.02 * len(lines)


CASES = {
    "short": ("f(a, b)", 40, "f(a, b)"),
    "nested": ("f(g(aaaa, bbbb), c)", 12, "f(\n    g(\n        aaaa,\n        bbbb\n    ),\n    c\n)"),
    "text": ('f("a, (b", cccccc)', 12, 'f(\n    "a, (b",\n    cccccc\n)'),
    "quotient": ("f(aaaaaa) / g(b)", 12, "f(\n    aaaaaa\n) / g(b)"),
    "no-brackets": ("aaaaaaaa + bbbbbbbb", 10, "aaaaaaaa + bbbbbbbb"),
    "empty": ("ffffffffffff()", 10, "ffffffffffff()"),
    "comment": ("# one two three four five six", 20, "# one two three four\n# five six"),
    "comment-behind": ("f(aaaa, bb)  # f(c, d)", 16, "# f(c, d)\nf(aaaa, bb)"),
    "comment-behind-short": ("f(a)  # why", 16, "f(a)  # why"),
    "hash-in-text": ('f("# no", aaaaaa)', 14, 'f(\n    "# no",\n    aaaaaa\n)'),
    "set-in": ("    return f(aaaa, bb)", 14, "    return f(\n        aaaa,\n        bb\n    )"),
    "two-lines": ("import a\nf(aaaa, bbbb)", 10, "import a\nf(\n    aaaa,\n    bbbb\n)"),
}


@pytest.mark.parametrize(("code", "width", "lines"), CASES.values(), ids=CASES)
def test_a_line_is_broken_at_its_widest_brackets(code: str, width: int, lines: str) -> None:
    assert folded(code, width) == lines
