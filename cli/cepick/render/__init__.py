"""One file per output form: each takes the core's data and returns text."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from ce_core.errors import CepickError, did_you_mean

FORMATS = ("text", "json", "markdown")
"""The forms that every kind of answer has."""

_PAGES = (*FORMATS, "html")

FORMS: Mapping[str, tuple[str, ...]] = {
    "recommendation": FORMATS,
    "evaluation": _PAGES,
    "comparison": _PAGES,
    "baseline": FORMATS,
    "match": FORMATS,
    "losses": FORMATS,
    "explanation": FORMATS,
    "topics": FORMATS,
    "check": (*FORMATS, "junit", "sarif", "github", "gitlab", "html"),
}
"""The forms of each kind of answer, the first of them the one that nobody has to ask for."""

_MODULES = {
    "github": ".github",
    "gitlab": ".gitlab",
    "html": ".html",
    "json": ".json",
    "junit": ".junit",
    "markdown": ".markdown",
    "page": ".terminal",
    "sarif": ".sarif",
    "text": ".plain",
}
"""The module of each form; text for a person on a terminal is a page."""

_AS_IT_IS = frozenset({"gitlab", "json", "sarif"})
"""Forms that escape control characters themselves, and are read by programs that want names as they are."""


def forms_of(kind: str) -> tuple[str, ...]:
    """Return the forms of a kind of answer.

    >>> forms_of("match")
    ('text', 'json', 'markdown')
    """
    return FORMS[kind]


def render(kind: str, answer: Any, *, form: str, page: bool = False, **context: Any) -> str:
    """Return an answer as text in one of the forms of its kind.

    ``kind`` is a key of `FORMS`. Each module is imported when it is needed only: the terminal's brings rich.

    >>> render("match", None, form="markdwon")
    Traceback (most recent call last):
    ...
    ce_core.errors.CepickError: markdwon: no form of this answer; did you mean 'markdown'?
    """
    if form not in FORMS[kind]:
        raise CepickError(f"{form}: no form of this answer; {did_you_mean(form, FORMS[kind])}")
    if form not in _AS_IT_IS:
        from .control import harmless

        answer = harmless(answer)
    module = import_module(_MODULES["page" if form == "text" and page else form], __package__)
    text: str = module.RENDER[kind](answer, **context)
    return text
