"""The one error class that a user ever meets."""

from __future__ import annotations

from collections.abc import Iterable


class CepickError(ValueError):
    """Report a mistake of the user's in one line: what, where and what to do.

    ``code`` is the finding's code (such as ``CE301``) where the mistake has one.
    """

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.code = code


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that is closest to a misspelt one, or None.

    >>> nearest("sofmax", ["softmax", "sigmoid"])
    'softmax'
    """
    import difflib

    found = difflib.get_close_matches(name, list(known), n=1, cutoff=0.6)
    return found[0] if found else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return ``"did you mean 'x'?"`` for the nearest known name, or the list of all of them.

    >>> did_you_mean("sofmax", ["softmax", "sigmoid"])
    "did you mean 'softmax'?"
    >>> did_you_mean("zzz", ["softmax", "sigmoid"])
    'choose from softmax, sigmoid'
    """
    names = list(known)
    close = nearest(name, names)
    return f"did you mean {close!r}?" if close else f"choose from {', '.join(names)}"
