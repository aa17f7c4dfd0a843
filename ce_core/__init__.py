"""Pick the right classification loss, and prove it on your arrays.

>>> from ce_core import evaluate, recommend
>>> recommend(outcomes="binary", outputs="logits").loss
'sigmoid_cross_entropy'
>>> round(evaluate([[2.0, 0.0], [0.0, 1.0]], [0, 1]).value, 4)
0.2201
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._version import __version__
from .lazily import lazily

if TYPE_CHECKING:
    from .comparing.answer import Comparison
    from .comparing.compare import compare
    from .compute.alone import loss_of
    from .compute.evaluate import evaluate, infer
    from .compute.evaluation import Diagnostics, Evaluation
    from .decide.recommend import recommend
    from .decide.recommendation import Recommendation
    from .errors import CepickError
    from .findings import Finding
    from .lookup.explain import explain
    from .matching.answer import Match
    from .matching.trace import match
    from .read.infer import Inference
    from .suite.check import check
    from .suite.report import CheckReport
    from .task import Evidence, Task

_HOME = {
    "CepickError": "errors",
    "Comparison": "comparing.answer",
    "CheckReport": "suite.report",
    "check": "suite.check",
    "Diagnostics": "compute.evaluation",
    "Evaluation": "compute.evaluation",
    "Evidence": "task",
    "Finding": "findings",
    "Inference": "read.infer",
    "Match": "matching.answer",
    "Recommendation": "decide.recommendation",
    "Task": "task",
    "compare": "comparing.compare",
    "evaluate": "compute.evaluate",
    "explain": "lookup.explain",
    "infer": "compute.evaluate",
    "loss_of": "compute.alone",
    "match": "matching.trace",
    "recommend": "decide.recommend",
}

__all__ = [
    "CepickError",
    "CheckReport",
    "Comparison",
    "Diagnostics",
    "Evaluation",
    "Evidence",
    "Finding",
    "Inference",
    "Match",
    "Recommendation",
    "Task",
    "__version__",
    "check",
    "compare",
    "evaluate",
    "explain",
    "infer",
    "loss_of",
    "match",
    "recommend",
]


__getattr__ = lazily(__name__, _HOME)
