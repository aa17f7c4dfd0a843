"""Reads the golden values, and compares an emulation with one of them as far as the framework's dtype goes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from ce_core.emulate import Emulated, Spelled, emulate
from ce_core.frameworks import find_call

GOLDEN = Path(__file__).parents[1] / "golden"
RELATIVE = {"float64": 1e-12, "float32": 1e-6}
UNITS = 4
"""How many units in the last place of the largest prediction a value may be off."""


@dataclass(frozen=True, kw_only=True)
class Golden:
    """One call and what the framework printed."""

    framework: str
    name: str
    call: str
    arguments: dict[str, Any]
    predictions: Any
    targets: Any
    value: Any
    raises: str | None


@cache
def golden(framework: str) -> tuple[Golden, ...]:
    """Return the golden cases of a framework."""
    document = json.loads((GOLDEN / f"{framework}.json").read_text(encoding="utf-8"))
    arrays = [_numbers(each["values"]).astype(each["dtype"]) for each in document["arrays"]]
    return tuple(
        Golden(
            framework=framework,
            name=case["name"],
            call=case["call"],
            arguments=case["arguments"],
            predictions=arrays[case["predictions"]],
            targets=arrays[case["targets"]],
            value=_numbers(case["value"]) if "value" in case else None,
            raises=case.get("raises"),
        )
        for case in document["cases"]
    )


def frameworks_with_golden() -> list[str]:
    return sorted(path.stem for path in GOLDEN.glob("*.json"))


def emulated(case: Any) -> Emulated:
    return emulate(Spelled(name=case.call, arguments=case.arguments), case.predictions, case.targets)


def agrees(found: Emulated, value: Any, case: Any) -> bool:
    """Tell whether a value, or an error where it is None, is what was emulated."""
    if value is None:
        return found.value is None and found.raises is not None
    if found.value is None or np.shape(found.value) != np.shape(value):
        return False
    dtype = _dtype(case)
    finite = np.abs(case.predictions[np.isfinite(case.predictions)]).max(initial=1.0)
    return bool(
        np.allclose(
            np.asarray(value, dtype=np.float64),
            found.value,
            rtol=RELATIVE[dtype],
            atol=UNITS * float(np.finfo(dtype).eps * max(1.0, finite)),
            equal_nan=True,
        )
    )


def _dtype(case: Any) -> str:
    narrow = "float32" in {case.predictions.dtype.name, case.targets.dtype.name}
    return "float32" if narrow or find_call(case.call)[0].computes_in is not None else "float64"


def _numbers(values: Any) -> Any:
    """Return an array; words stand for the numbers that are not finite."""
    array = np.asarray(values)
    return array.astype(np.float64) if array.dtype.kind == "U" else array
