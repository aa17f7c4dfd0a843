"""The parts of a page: what findings, evidence, bars, code and tables look like. Rich is imported here only."""

from __future__ import annotations

import io
import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from rich import box
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from ce_core.task import Evidence

from . import words
from .folding import folded
from .rows import more_about, told_of

NARROW = 90
"""Below this width a table puts its last columns under each other."""

_WIDEST = 120
"""Lines of prose longer than this are hard to read, whatever the terminal's width."""

SEVERITY = {"error": "bold red", "warning": "bold yellow", "note": "bold blue"}
TONE = {"good": "green", "poor": "yellow", "bad": "red", "plain": ""}
STATUS = {"decided": "green", "undecided": "yellow", "not_a_cross_entropy": "blue"}


class Page:
    """A page for one terminal: text goes in by parts, and comes out whole."""

    def __init__(self, *, width: int | None = None, colour: bool | None = None) -> None:
        encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
        self.unicode = "utf" in encoding.lower()
        self.width = max(40, min(width or shutil.get_terminal_size().columns, _WIDEST))
        colour = wants_colour() if colour is None else colour
        self._text = _Encoded(encoding)
        self._console = Console(
            file=self._text,
            width=self.width,
            force_terminal=colour,
            color_system="auto" if colour else None,
            no_color=not colour,
            markup=False,
            highlight=False,
            emoji=False,
            legacy_windows=False,
        )

    @property
    def narrow(self) -> bool:
        """Tell whether there is little room beside a first column."""
        return self.width < NARROW

    def show(self, part: RenderableType, *, indent: int = 0) -> None:
        """Add a part."""
        self._console.print(Padding(part, (0, 0, 0, indent)) if indent else part)

    def gap(self) -> None:
        """Add an empty line."""
        self._console.print()

    def heading(self, title: str, says: str = "") -> None:
        """Begin a section."""
        self.gap()
        beside = f"  {says}" if says and len(title) + 2 + len(says) <= self.width else ""
        self.show(Text.assemble((title, "bold"), (beside, "dim")))
        if says and not beside:
            self.prose(says, "dim")

    def prose(self, text: str, style: str = "", indent: int = 2) -> None:
        """Add a paragraph."""
        self.show(Text(text, style=style), indent=indent)

    def bullets(self, lines: Iterable[str], style: str = "") -> None:
        """Add a list."""
        table = grid()
        mark = "•" if self.unicode else "-"
        for line in lines:
            table.add_row(Text(mark, style="dim"), Text(line, style=style))
        self.show(table, indent=2)

    def code(self, text: str, language: str = "python", indent: int = 4) -> None:
        """Add code that can be copied: broken inside brackets only, whatever the width."""
        if language == "python":
            text = folded(text, self.width - indent)
        lines = Syntax("", language, theme="ansi_dark").highlight(text)
        for line in lines.split("\n", allow_blank=False):
            self._console.print(Text(" " * indent) + line, no_wrap=True, overflow="ignore", crop=False)

    def panel(self, *lines: RenderableType, style: str) -> None:
        """Add the answer in its frame."""
        body = Table.grid(padding=0)
        body.add_column(overflow="fold")
        for line in lines:
            body.add_row(line)
        self.show(Panel(body, box=box.ROUNDED, border_style=style, padding=(0, 2), expand=True))

    def bar(self, share: float, width: int, style: str = "", mark: float | None = None) -> Text:
        """Return a bar that fills a share of a width, in eighths where the terminal has them.

        ``mark`` sets an upright line at another share.
        """
        share = min(max(share, 0.0), 1.0)
        eighths = max(round(share * width * 8), 1 if share > 0 else 0)
        drawn = _eighths(eighths) if self.unicode else "#" * -(-eighths // 8)
        if mark is not None:
            at = min(int(mark * width), width - 1)
            drawn = drawn.ljust(width)
            drawn = drawn[:at] + ("│" if self.unicode else "|") + drawn[at + 1 :]
        return Text(drawn, style=style)

    def __str__(self) -> str:
        lines = self._text.getvalue().strip("\n").splitlines()
        return "\n".join(line.rstrip() for line in lines) + "\n"


def _eighths(count: int) -> str:
    """Return a bar of so many eighths of a character."""
    return "█" * (count // 8) + " ▏▎▍▌▋▊▉"[count % 8].strip()


class _Encoded(io.StringIO):
    """Text that tells rich which characters its reader can show."""

    def __init__(self, encoding: str) -> None:
        super().__init__()
        self._encoding = encoding

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._encoding


def wants_colour() -> bool:
    """Tell whether the terminal shows colours, and nobody asked for none."""
    return not os.environ.get("NO_COLOR") and os.environ.get("TERM") not in {"dumb", "unknown"}


def grid(*columns: dict[str, Any], gap: int = 2) -> Table:
    """Return a table without lines."""
    table = Table.grid(padding=(0, gap, 0, 0))
    for column in columns:
        table.add_column(**column)
    return table


def broken_at_dots(name: str, width: int) -> str:
    r"""Return a function's name in lines of at most a width, broken behind its dots.

    >>> broken_at_dots("torch.nn.BCELoss", 10), broken_at_dots("nll", 2)
    ('torch.nn.\nBCELoss', 'nll')
    """
    lines = [""]
    for part in name.replace(".", ". ").split():
        if lines[-1] and len(lines[-1]) + len(part) > width:
            lines.append("")
        lines[-1] += part
    return "\n".join(lines)


def listing(header: Sequence[str], numbers: Sequence[int] = (), whole: Sequence[int] = ()) -> Table:
    """Return a table with a header and no other lines.

    Its columns of numbers are aligned to the right; they and the columns of ``whole`` words are never broken.
    """
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False)
    for at, name in enumerate(header):
        justify: Literal["left", "right"] = "right" if at in numbers else "left"
        table.add_column(name, justify=justify, no_wrap=at in numbers or at in whole, overflow="fold")
    return table


def show_findings(page: Page, answer: Any) -> None:
    """Add what was found, the most severe first, and what the frameworks of the answer do with it."""
    for each in answer.findings:
        style = SEVERITY[each.severity]
        title = Text.assemble((each.severity, style), " ", (each.code, "bold"), (f" {each.slug}", "dim"))
        where = words.places(each)
        page.gap()
        page.show(title)
        page.prose(each.message, style="bold")
        table = grid({"style": "dim", "no_wrap": True}, {"overflow": "fold"})
        table.add_row("why", words.sentence(each.because))
        if where:
            table.add_row("where", where)
        if each.effect is not None:
            from ce_core.lookup.finding_texts import effect_told

            if (says := effect_told(each)) is not None:
                table.add_row("loss", says)
        table.add_row("do", Text(words.sentence(each.remedy), style="green"))
        told = told_of(answer, each)
        for one in told:
            if one.does:
                table.add_row(one.title, one.does)
        page.show(table, indent=2)
        for one in told:
            if one.repair:
                page.code(one.repair)
    more = more_about(answer)
    if more:
        page.gap()
        page.prose(more, style="dim", indent=0)


_DECIDING = frozenset({"outputs", "outcomes", "exclusive", "targets", "encoding", "masked", "ignore_index"})
"""The properties that a loss is chosen by; the others are told in a line, unless they are in doubt."""


def show_evidence(page: Page, evidence: Sequence[Evidence]) -> None:
    """Add what is known of the task, how it is known, and the flag that overrides it."""
    if not evidence:
        return
    page.heading("Read as", "what the arrays show, and the flag that overrides it")
    table = grid({"no_wrap": True}, {"no_wrap": True, "style": "bold"}, {"overflow": "fold", "ratio": 1})
    if not page.narrow:
        table.add_column(overflow="fold")
    rest = []
    for each in evidence:
        doubtful = each.confidence < words.DOUBTFUL
        if each.property not in _DECIDING and not doubtful:
            rest.append(each)
            continue
        because = Text(words.reason(each), style="yellow" if doubtful else "dim")
        flags = Text(words.overrides(each) if words.is_inferred(each) else "", style="cyan")
        if not page.narrow:
            table.add_row(each.property, words.value(each.value), because, flags)
        else:
            table.add_row(
                each.property, words.value(each.value), Text("\n" if flags else "").join([because, flags])
            )
    page.show(table, indent=2)
    if rest:
        said = ", ".join(f"{each.property} {words.value(each.value)}" for each in rest)
        page.prose(f"and {said}", style="dim")
