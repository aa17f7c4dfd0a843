"""The parts of an evaluation's page that tell what frameworks print."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from . import words
from .parts import Page, grid
from .side_by_side import differences, groups, scalar

if TYPE_CHECKING:
    from ce_core.emulate import Emulated, Rosetta

_SHOWN = 12
"""How many calls that print one number are listed on a page."""


def show_emulation(page: Page, found: Emulated) -> None:
    """Add what a framework's call prints, the exact loss, and each reason between them."""
    from ce_core.frameworks import title

    page.heading(f"As {title(found.call.framework)} computes it")
    page.code(found.text)
    if found.raises is not None:
        page.prose(f"it refuses these arrays: {found.raises}", style="red")
        return
    table = grid({"no_wrap": True}, {"no_wrap": True, "justify": "right"}, {"overflow": "fold"})
    value = scalar(found.value)
    table.add_row("it prints", Text(words.number(value, 6), style="bold"), Text("", style="dim"))
    table.add_row("the exact loss", words.number(scalar(found.exact), 6), "")
    for _, text, amount in differences(found):
        table.add_row("", "" if amount is None else f"{amount:+.4g}", Text(text, style="yellow"))
    page.show(table, indent=2)
    if not found.verified:
        page.prose("unverified: no test runs this function in its framework", style="yellow")


def show_rosetta(page: Page, table: Rosetta) -> None:
    """Add what every framework prints on these arrays: a number, who prints it, and why."""
    page.heading("What frameworks print", "the same arrays, each by its own call")
    for group in groups(table):
        style = "yellow" if group.mistake else "bold green" if group.says == "the exact loss" else "bold"
        page.gap()
        page.show(
            Text.assemble(
                (words.number(group.value, 6) if group.value is not None else "refused", style),
                "  ",
                (group.says, "dim"),
            ),
            indent=2,
        )
        lines = grid({"no_wrap": True, "style": "dim"}, {"overflow": "fold"})
        for title, call in group.members[:_SHOWN]:
            lines.add_row(title, call)
        page.show(lines, indent=4)
        more = len(group.members) - _SHOWN
        if more > 0:
            page.prose(f"and {more} more, which --format markdown lists", style="dim", indent=4)
