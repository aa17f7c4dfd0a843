"""One file per output form: each takes the core's data and returns text."""

from __future__ import annotations

from importlib import import_module
from typing import Any

FORMATS = ("text", "json", "markdown")

_MODULES = {"json": ".json", "markdown": ".markdown", "text": ".plain", "page": ".terminal"}
"""The module of each form; text for a person on a terminal is a page."""


def render(kind: str, answer: Any, *, form: str, page: bool = False, **context: Any) -> str:
    """Return an answer as text in one of the forms.

    ``kind`` is recommendation, evaluation, match, losses, explanation or topics. Each module is imported when
    it is needed only: the terminal's brings rich.
    """
    if form != "json":
        from .control import harmless

        answer = harmless(answer)
    module = import_module(_MODULES["page" if form == "text" and page else form], __package__)
    text: str = module.RENDER[kind](answer, **context)
    return text
