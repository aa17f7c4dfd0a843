"""Errors that know the place in the suite's file that they are about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ce_core.errors import CepickError

from .spec import Where


class PlacedError(CepickError):
    """A mistake of the user's, and the limit, baseline or slices in the file that it belongs to."""

    def __init__(self, message: str, *, code: str | None, where: Where) -> None:
        super().__init__(message, code=code)
        self.where = where


@contextmanager
def placed(where: Where) -> Iterator[None]:
    """Let an error that is raised inside say where in the file it belongs, unless it knows better."""
    try:
        yield
    except PlacedError:
        raise
    except CepickError as error:
        raise PlacedError(str(error), code=error.code, where=where) from None
