"""Each row's own function, run in its framework on fresh arrays, against its emulation."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from ce_core.frameworks import Call

TESTS = Path(__file__).parents[1]
sys.path[:0] = [str(TESTS / "golden"), str(TESTS / "emulate")]  # their helpers serve here, too

from framework_calls import MODULES, run  # noqa: E402
from golden_cases import cases, rows_of  # noqa: E402
from golden_reader import agrees, emulated  # noqa: E402

ROWS = [
    pytest.param(row, id="-".join(filter(None, (name, row.call.rsplit(".", 1)[-1], row.loss, row.units))))
    for name in MODULES
    for row in rows_of(name)
]
SEEDS = (1, 20261123)


@pytest.fixture(autouse=True)
def _installed(row: Call) -> None:
    for module in MODULES[row.framework]:
        pytest.importorskip(module)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("row", ROWS)
def test_the_function_prints_what_is_emulated(row: Call, seed: int) -> None:
    wrong = []
    for case in cases(row, seed=seed):
        answer = run(row.framework, case.call, case.arguments, case.predictions, case.targets)
        if not agrees(emulated(case), None if isinstance(answer, Exception) else answer, case):
            wrong.append((case.name, case.arguments, _told(answer)))
    assert wrong == []


def _told(answer: Any) -> str:
    return repr(answer).split("\n")[0][:200]
