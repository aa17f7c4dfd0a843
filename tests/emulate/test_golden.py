"""Every row of the catalogue against the numbers that its framework printed, without the framework."""

from __future__ import annotations

import numpy as np
import pytest
from golden_reader import agrees, emulated, frameworks_with_golden, golden

from ce_core.frameworks import calls_of, every_framework

EMULATED = {"loss", "root", "d2"}


@pytest.mark.parametrize("framework", frameworks_with_golden())
def test_every_golden_value_is_emulated(framework: str) -> None:
    wrong = [case.name for case in golden(framework) if not agrees(emulated(case), case.value, case)]
    assert wrong == []


@pytest.mark.parametrize("framework", every_framework())
def test_every_verified_row_has_golden_values(framework: str) -> None:
    rows = {
        (row.call, row.loss)
        for row in calls_of(framework)
        if row.verified and row.value in EMULATED and row.outputs != "features"
    }
    known = golden(framework) if framework in frameworks_with_golden() else ()
    named = {(row.call, row.loss) for row in calls_of(framework)} & rows
    missing = [
        pair for pair in named if not any(case.name.startswith(f"{pair[0]}-{pair[1]}-") for case in known)
    ]
    assert missing == []


def test_the_golden_values_hold_errors_infinities_and_nan() -> None:
    cases = [case for framework in frameworks_with_golden() for case in golden(framework)]
    assert any(case.raises for case in cases)
    assert any(case.value is not None and np.isposinf(case.value).any() for case in cases)
    assert any(case.value is not None and np.isnan(case.value).any() for case in cases)
