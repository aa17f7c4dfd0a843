"""JSON: one strict document with stable keys."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any


def document(content: Any) -> str:
    """Return plain data as strict JSON.

    >>> print(document({"value": None, "formula": "−Σ p·log q"}))
    {
      "value": null,
      "formula": "−Σ p·log q"
    }
    """
    return json.dumps(content, allow_nan=False, ensure_ascii=False, indent=2)


def _of(answer: Any, **_: Any) -> str:
    return document(answer.to_dict())


RENDER: dict[str, Callable[..., str]] = {
    "recommendation": _of,
    "evaluation": _of,
    "match": _of,
    "explanation": _of,
    "losses": _of,
    "topics": _of,
    "check": _of,
    "comparison": _of,
    "baseline": _of,
}
