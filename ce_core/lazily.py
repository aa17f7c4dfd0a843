"""Packages that import a module when one of its names is first used: a command starts with what it needs.

Within a module, an import in a function does the same where only some arrays or answers need it. What is needed for
annotations only stands under ``if TYPE_CHECKING``. `tests/cli/test_startup.py` says what each command may import.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any


def lazily(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """Return the ``__getattr__`` of a package, which finds each name in the module of ``homes``.

    >>> lazily("ce_core", {"CepickError": "errors"})("CepickError").__name__
    'CepickError'
    >>> lazily("ce_core", {"CepickError": "errors"})("Error")
    Traceback (most recent call last):
    ...
    AttributeError: module 'ce_core' has no attribute 'Error'
    """

    def find(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        from importlib import import_module

        value = getattr(import_module(f".{homes[name]}", package), name)
        setattr(sys.modules[package], name, value)  # found without this function from now on
        return value

    return find
