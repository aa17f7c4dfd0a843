"""Pick the right classification loss, and prove it on your arrays.

>>> from ce_core import evaluate, recommend
>>> recommend(outcomes="binary", outputs="logits").loss
'sigmoid_cross_entropy'
>>> round(evaluate([[2.0, 0.0], [0.0, 1.0]], [0, 1]).value, 4)
0.2201
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ._version import VERSION as __version__

if TYPE_CHECKING:
    from .errors import CepickError
    from .evaluate import evaluate, infer
    from .evaluation import Diagnostics, Evaluation
    from .explain import explain
    from .findings import Finding
    from .infer import Inference
    from .recommend import recommend
    from .recommendation import Recommendation
    from .task import Evidence, Task

_HOME = {
    "CepickError": "errors",
    "Diagnostics": "evaluation",
    "Evaluation": "evaluation",
    "Evidence": "task",
    "Finding": "findings",
    "Inference": "infer",
    "Recommendation": "recommendation",
    "Task": "task",
    "evaluate": "evaluate",
    "explain": "explain",
    "infer": "evaluate",
    "recommend": "recommend",
}

__all__ = [
    "CepickError",
    "Diagnostics",
    "Evaluation",
    "Evidence",
    "Finding",
    "Inference",
    "Recommendation",
    "Task",
    "__version__",
    "evaluate",
    "explain",
    "infer",
    "recommend",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that the command line starts fast."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f".{_HOME[name]}", __name__), name)
    globals()[name] = value
    return value


class _Package(ModuleType):
    """The package, whose public functions are not hidden by the modules of the same names.

    Importing ``ce_core.infer`` would bind the module where ``from ce_core import infer`` expects the function.
    """

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _HOME and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
