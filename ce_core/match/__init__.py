"""Tracing a logged number: which definition of the loss, or which mistake, gives it on these arrays.

The package is callable: ``from ce_core import match`` gives the same thing whether or not its modules were imported
before, and ``match(...)`` is `ce_core.match.trace.match`.

>>> from ce_core import match
>>> match([[2.0, 0.0], [0.0, 1.0]], [0, 1], value="0.2201").matches[0].loss
'sparse_softmax_cross_entropy'
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any


class _Callable(ModuleType):
    """A package that has a function's name, and is one."""

    def __call__(self, *args: Any, **options: Any) -> Any:
        """Trace a logged number: see `ce_core.match.trace.match`."""
        from .trace import match

        return match(*args, **options)


sys.modules[__name__].__class__ = _Callable
match = sys.modules[__name__]
"""The package itself, so that ``ce_core.match`` is one thing however it was reached."""
