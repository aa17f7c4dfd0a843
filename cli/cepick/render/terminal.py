"""The page that a person reads on a terminal: the answer first, then why, then code."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rich.text import Text

from .page_check import check_page
from .page_comparison import baseline_page, comparison_page
from .page_evaluation import evaluation_page
from .page_explanation import explanation_page, topics_page
from .page_match import match_page
from .page_recommendation import recommendation_page
from .parts import Page, listing

if TYPE_CHECKING:
    from ce_core.lookup.catalogue import Catalogue
    from ce_core.losses import Loss


def _losses(answer: Catalogue) -> str:
    page = Page()
    if answer.framework is not None:
        _spellings(page, answer)
    else:
        _table(page, [row.loss for row in answer.rows])
    page.gap()
    page.prose("cepick explain NAME says what one of them is, when it fits and what goes wrong.", style="dim")
    return str(page)


def _table(page: Page, rows: list[Loss]) -> None:
    for title, computed in (("Computed by cepick eval", True), ("Known, and not computed yet", False)):
        of_kind = [each for each in rows if each.computed is computed]
        if not of_kind:
            continue
        page.heading(title)
        header = ["loss", "takes", "competes by", "targets"][
            : 4 if not page.narrow else 3 if page.width >= 70 else 2
        ]
        table = listing(header, whole=[0, 1, 2])
        for each in of_kind:
            cells: list[Any] = [
                Text(each.id, style="bold"),
                each.outputs,
                each.competes or "–",
                each.target_form,
            ]
            table.add_row(*cells[: len(header)])
        page.show(table, indent=2)


def _spellings(page: Page, answer: Catalogue) -> None:
    """Show a framework's functions, and what it has instead."""
    page.heading(f"Losses in {answer.title}")
    pairs = [(row.loss.id, call) for row in answer.rows for call in row.calls]
    first = max((len(loss) for loss, _ in pairs), default=0)
    # Where two names do not fit side by side, the function stands below the loss.
    stacked = any(2 + first + 2 + len(call.call) > page.width for _, call in pairs)
    table = listing(["loss", "function"], whole=[0, 1])
    for at, (loss, call) in enumerate(pairs):
        name, of = Text(call.call), Text(loss, style="bold")
        if not call.verified:
            name.append("\nunverified" if stacked else "  unverified", style="yellow")
        if not stacked:
            table.add_row(of, name)
            continue
        if not at or pairs[at - 1][0] != loss:
            page.show(of, indent=2)
        page.show(name, indent=4)
    if not stacked:
        page.show(table, indent=2)
    missing = [row for row in answer.rows if row.absent]
    if missing:
        page.heading("What it has no function for")
        table = listing(["loss", "instead"], whole=[0])
        for row in missing:
            table.add_row(Text(row.loss.id, style="bold"), Text(row.absent or "", overflow="fold"))
        page.show(table, indent=2)


RENDER: dict[str, Callable[..., str]] = {
    "recommendation": recommendation_page,
    "evaluation": evaluation_page,
    "match": match_page,
    "explanation": explanation_page,
    "losses": _losses,
    "topics": topics_page,
    "check": check_page,
    "comparison": comparison_page,
    "baseline": baseline_page,
}
