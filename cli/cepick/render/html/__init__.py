"""One HTML file that needs nothing else: no network, no script. Plots are drawn by matplotlib."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any


def _of(module: str) -> Callable[..., str]:
    """Return the page of one kind of answer; its module is imported when it is needed."""

    def made(answer: Any, **context: Any) -> str:
        text: str = import_module(module, __package__).page(answer, **context)
        return text

    return made


RENDER: dict[str, Callable[..., str]] = {
    "evaluation": _of(".evaluation"),
    "comparison": _of(".comparison"),
    "check": _of(".check"),
}
