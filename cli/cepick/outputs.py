"""Where one answer goes in several forms at once: standard output, and files."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ce_core.errors import CepickError

from . import output, values
from .render import forms_of, render


@dataclass(frozen=True, kw_only=True)
class Outputs:
    """The forms of an answer that are printed, and those that are written to files."""

    printed: tuple[str, ...]
    files: tuple[tuple[str, str], ...]
    """Of each its form, and its path."""

    @classmethod
    def of(cls, kind: str, forms: Sequence[str], paths: Sequence[str]) -> Outputs:
        """Return what ``--format`` and ``--output``, each given any number of times, ask for.

        A file's form is said before it (``junit=report.xml``), or told by its ending, or is the first of ``--format``.
        What ``--format`` asks for is printed, unless a file takes it.
        """
        known = forms_of(kind)
        asked = tuple(dict.fromkeys(values.choice("--format", each, known) for each in forms)) or ("text",)
        files = tuple(_file(each, known, asked[0]) for each in paths)
        for _, path in files:
            output.check(path)
        names = [os.path.realpath(path) for _, path in files]
        twice = [path for at, (_, path) in enumerate(files) if names[at] in names[:at]]
        if twice:
            raise CepickError(f"--output: {twice[0]} is named twice; give each form a file of its own")
        taken = {form for form, _ in files}
        return cls(printed=tuple(each for each in asked if each not in taken), files=files)

    @property
    def forms(self) -> frozenset[str]:
        """Return every form that is asked for."""
        return frozenset((*self.printed, *(form for form, _ in self.files)))

    @property
    def page(self) -> bool:
        """Tell whether a person reads what is printed, on a terminal."""
        return sys.stdout.isatty()

    def take(self, kind: str, answer: Any, **context: Any) -> None:
        """Render an answer in every form before the first is written, so that an error leaves nothing behind."""
        rendered = [
            (render(kind, answer, form=form, page=False, **context), path) for form, path in self.files
        ]
        shown = [render(kind, answer, form=form, page=self.page, **context) for form in self.printed]
        for text, path in rendered:
            output.emit(text, path)
        for text in shown:
            output.emit(text)


def _file(text: str, known: Sequence[str], default: str) -> tuple[str, str]:
    """Return the form and the path of one ``--output``."""
    said = re.match(r"([A-Za-z]+)=(.*)", text, re.DOTALL)
    if said is not None and not os.path.exists(text):
        return values.choice("--output", said[1].lower(), known), said[2]
    return output.form_of(text, known) or default, text
