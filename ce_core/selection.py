"""Which findings are told: all, those that were selected, or all but those to ignore."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Protocol, TypeVar

from ce_core.records import dataclass

from .errors import CepickError, nearest
from .findings import RULES, Finding
from .read.wording import plural


class _Answer(Protocol):
    @property
    def findings(self) -> tuple[Finding, ...]: ...
    @property
    def notes(self) -> tuple[str, ...]: ...


_A = TypeVar("_A", bound=_Answer)


@dataclass(frozen=True, kw_only=True)
class Selection:
    """The codes of the findings that are told."""

    codes: frozenset[str]

    @classmethod
    def of(cls, select: Any = None, ignore: Any = None) -> Selection:
        """Return the selection that names ask for: codes, slugs, or the beginnings of codes, such as CE3.

        Each argument is one text, with commas between several names, or a sequence of such texts. What is ignored is
        left out of what is selected.

        >>> sorted(Selection.of("CE4,too-good", ["ce402"]).codes)
        ['CE401', 'CE502']
        """
        told = frozenset(RULES) if select is None else _codes("select", select)
        return cls(codes=told - _codes("ignore", ignore) if ignore is not None else told)

    def apply(self, answer: _A) -> _A:
        """Return an answer with the findings that are told, and a note of those that were left out, if any were."""
        left_out = [each.code for each in answer.findings if each.code not in self.codes]
        if not left_out:
            return answer
        kept = tuple(each for each in answer.findings if each.code in self.codes)
        note = f"{plural(len(left_out), 'finding')} ignored: {', '.join(left_out)}"
        return replace(answer, findings=kept, notes=(*answer.notes, note))  # type: ignore[type-var]


def _codes(what: str, names: Any) -> frozenset[str]:
    if not isinstance(names, str) and not (
        isinstance(names, Iterable) and all(isinstance(name, str) for name in names)
    ):
        raise CepickError(f"{what}: {names!r} is no name of a finding; write codes or slugs, such as 'CE104'")
    texts: Sequence[str] = [names] if isinstance(names, str) else list(names)
    wanted = [name.strip() for text in texts for name in text.split(",")]
    return frozenset(code for name in wanted for code in _named(what, name))


def _named(what: str, name: str) -> tuple[str, ...]:
    """Return the codes that one name stands for, or raise the error that names the nearest."""
    beginning, slug = name.upper(), name.lower().replace("_", "-")
    found = tuple(
        code
        for code, rule in RULES.items()
        if slug == rule.slug or (re.fullmatch(r"CE\d*", beginning) and code.startswith(beginning))
    )
    if found:
        return found
    close = nearest(beginning, RULES) if beginning.startswith("CE") else None
    close = close or nearest(slug, [rule.slug for rule in RULES.values()])
    advice = (
        f"did you mean {close!r}?"
        if close
        else "write a code, its beginning or a slug: CE104, CE1, double-softmax"
    )
    raise CepickError(f"{what}: {name!r} is no finding; {advice}")
