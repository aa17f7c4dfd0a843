"""The page that a person reads on a terminal: the answer first, then why, then code."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from rich.text import Text

from .page_evaluation import evaluation_page
from .page_explanation import explanation_page
from .page_recommendation import recommendation_page
from .parts import Page, listing

if TYPE_CHECKING:
    from ce_core.losses import Loss


def _losses(losses: Iterable[Loss]) -> str:
    page = Page()
    rows = list(losses)
    for title, computed in (("Computed by cepick eval", True), ("Known, and not computed yet", False)):
        page.heading(title)
        header = ["loss", "takes", "competes by", "targets"][: 3 if page.narrow else 4]
        table = listing(header)
        for each in rows:
            if each.computed is computed:
                cells: list[Text | str] = [
                    Text(each.id, style="bold"),
                    each.outputs,
                    each.competes or "–",
                    each.target_form,
                ]
                table.add_row(*cells[: len(header)])
        page.show(table, indent=2)
    page.gap()
    page.prose("cepick explain NAME says what one of them is, when it fits and what goes wrong.", style="dim")
    return str(page)


RENDER: dict[str, Callable[..., str]] = {
    "recommendation": recommendation_page,
    "evaluation": evaluation_page,
    "explanation": explanation_page,
    "losses": _losses,
}
