"""What `cepick explain CE…` says that a framework does, done; and the repairs in code, run."""

from __future__ import annotations

import math
import re
import warnings

import pytest
from finding_claims import TABLE, Row
from framework_losses import Losses

from ce_core.findings import RULES
from ce_core.lookup.finding_texts import claims, frameworks

CLAUSES = [
    (code, framework, clause)
    for code in RULES
    for framework, said in claims(code).items()
    for each in said
    if each.verified
    for clause in each.text.split("; ")
]
NUMBER = re.compile(r"-?\d+\.\d+|\d+e-\d+")


def _rows(code: str, framework: str) -> list[Row]:
    return [row for row in TABLE if (row.code, row.framework) == (code, framework)]


def _raised(row: Row, losses: Losses) -> str | None:
    """Return the name of the exception: each framework has classes of its own, which are not to be imported here."""
    try:
        row.run(losses)
    except Exception as error:
        return type(error).__name__
    return None


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.code}-{row.framework}-{row.says}")
def test_a_framework_does_what_is_said_of_it(row: Row, request: pytest.FixtureRequest) -> None:
    losses = Losses(request)
    if isinstance(row.shows, str):
        assert _raised(row, losses) == row.shows
        return
    with warnings.catch_warnings(record=True) as given:
        warnings.simplefilter("always")
        found = row.run(losses)
    if isinstance(row.shows, float) and math.isnan(row.shows):
        assert math.isnan(found)
    else:
        assert found == pytest.approx(row.shows, rel=1e-5, abs=1e-7 if row.shows == 0 else 0)
    assert {each.category.__name__ for each in given} == ({row.warns} if row.warns else set())


@pytest.mark.parametrize(("code", "framework", "clause"), CLAUSES, ids=map("-".join, CLAUSES))
def test_every_clause_about_a_framework_is_run_or_marked_unverified(
    code: str, framework: str, clause: str
) -> None:
    assert [row for row in _rows(code, framework) if row.says in clause]


def test_every_number_of_a_claim_is_what_a_row_shows() -> None:
    unproved = []
    for code, framework, clause in CLAUSES:
        proved = " ".join(row.says for row in _rows(code, framework))
        missing = [number for number in NUMBER.findall(clause) if number not in proved]
        # Numbers of the arrays themselves, which the row is given.
        unproved += [(code, framework, number) for number in missing if number not in {"0.1", "0.5", "1e-7"}]
    assert unproved == []


def test_every_row_proves_a_clause() -> None:
    told = {
        (code, framework): "; ".join(map(str, said))
        for code in RULES
        for framework, said in claims(code).items()
    }
    assert [row for row in TABLE if row.says not in told.get((row.code, row.framework), "")] == []


def test_what_is_not_run_is_marked_where_it_is_shown() -> None:
    marked = [
        (code, name, text)
        for code in RULES
        for name, text in frameworks(code).items()
        for each in claims(code)[name]
        if not each.verified
    ]
    assert marked
    assert all("(unverified)" in text for _, _, text in marked)
    told = [text for code in RULES for text in frameworks(code).values() if "(unverified)" in text]
    assert len(told) == len(marked)
