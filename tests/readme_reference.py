"""The tables of the README that come from the catalogue: `python tests/readme_reference.py` writes them anew."""

from __future__ import annotations

import re
from pathlib import Path

from ce_core.findings import RULES
from ce_core.frameworks import every_framework, frameworks, title
from ce_core.lookup.catalogue import catalogue

README = Path(__file__).parents[1] / "README.md"


def findings() -> str:
    rows = [f"| {r.code} | {r.slug} | {r.severity} | {r.signature} |" for r in RULES.values()]
    return "\n".join(["| code | slug | severity | what the arrays show |", "|---|---|---|---|", *rows])


def losses() -> str:
    """Return losses by the main frameworks: their functions; a dash where there is none."""
    main = [catalogue(each) for each in frameworks()]
    lines = [
        "| loss | " + " | ".join(str(each.title) for each in main) + " |",
        "|---" * (len(main) + 1) + "|",
    ]
    for rows in zip(*(each.rows for each in main), strict=True):
        cells = [
            "<br>".join(f"`{call.call}`" + ("" if call.verified else " (unverified)") for call in row.calls)
            or "–"
            for row in rows
        ]
        lines.append(f"| `{rows[0].loss.id}` | " + " | ".join(cells) + " |")
    others = ", ".join(title(each) for each in every_framework() if each not in frameworks())
    return "\n".join([*lines, "", f"Also known by name: {others} (`cepick losses --framework NAME`)."])


TABLES = {"findings": findings, "losses": losses}


def written(text: str) -> str:
    """Return the README with its tables as they should be."""
    for name, table in TABLES.items():
        block = f"<!-- {name} -->\n{table()}\n<!-- end of {name} -->"
        text = re.sub(
            rf"<!-- {name} -->.*?<!-- end of {name} -->", lambda _, block=block: block, text, flags=re.S
        )
    return text


if __name__ == "__main__":
    README.write_text(written(README.read_text(encoding="utf-8")), encoding="utf-8")
