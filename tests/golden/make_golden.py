"""Writes the golden values: what each framework itself prints for the cases of golden_cases.py.

Run it where the frameworks are installed: ``python tests/golden/make_golden.py [FRAMEWORK…]``. One file for each
framework that can be imported; the others keep theirs.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parents[1]))

from framework_calls import MODULES, run  # noqa: E402
from golden_cases import Case, cases, rows_of  # noqa: E402

PACKAGES = {
    "torch": ("torch",),
    "tensorflow": ("tensorflow",),
    "keras": ("keras", "tensorflow"),
    "jax": ("jax", "optax"),
    "sklearn": ("scikit-learn",),
    "onnx": ("onnx",),
    "xgboost": ("xgboost",),
    "lightgbm": ("lightgbm",),
    "catboost": ("catboost",),
    "transformers": ("transformers", "torch"),
}


def main(names: list[str]) -> None:
    for framework in names or list(PACKAGES):
        if any(importlib.util.find_spec(module) is None for module in MODULES[framework]):
            print(f"{framework}: not installed; left as it is")
            continue
        found = [case for row in rows_of(framework) for case in cases(row)]
        arrays: dict[str, int] = {}
        golden = [_golden(case, arrays) for case in found]
        versions = json.dumps({each: _version(each) for each in PACKAGES[framework]})
        parts = (",\n".join(arrays), ",\n".join(json.dumps(each) for each in golden))
        text = f'{{"versions": {versions},\n"arrays": [\n{parts[0]}\n],\n"cases": [\n{parts[1]}\n]}}\n'
        (HERE / f"{framework}.json").write_text(text, encoding="utf-8")
        print(f"{framework}: {len(found)} cases")


def _version(package: str) -> str:
    for name in (package, f"{package}-cpu"):
        try:
            return importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return "unknown"


def _golden(case: Case, arrays: dict[str, int]) -> dict[str, Any]:
    """Return a case with its answer; arrays are kept once, and cases name them by their number."""
    answer = run(case.framework, case.call, case.arguments, case.predictions, case.targets)
    given = {
        "name": case.name,
        "call": case.call,
        "arguments": case.arguments,
        "predictions": arrays.setdefault(_array(case.predictions), len(arrays)),
        "targets": arrays.setdefault(_array(case.targets), len(arrays)),
    }
    if isinstance(answer, Exception):
        return given | {"raises": type(answer).__name__}
    return given | {"value": _plain(answer)}


def _array(values: Any) -> str:
    return json.dumps({"dtype": str(values.dtype), "values": _plain(values)})


def _plain(values: Any) -> Any:
    """Return numbers that read back as the same ones; those that are not finite as words."""
    array = np.asarray(values)
    if array.dtype.kind == "f" and array.dtype.itemsize < 8:
        array = np.vectorize(lambda number: float(str(number)), otypes=[float])(array)
    return _worded(array.tolist())


def _worded(values: Any) -> Any:
    if isinstance(values, list):
        return [_worded(each) for each in values]
    return str(values) if isinstance(values, float) and not math.isfinite(values) else values


if __name__ == "__main__":
    main(sys.argv[1:])
