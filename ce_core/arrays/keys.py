"""Which of several arrays in one file is meant."""

from __future__ import annotations

from collections.abc import Sequence

from ce_core.errors import CepickError, nearest

_SHOWN = 12


def choose_key(keys: Sequence[str], file: str, key: str | None, noun: str, saver: str) -> str:
    """Return the key that is asked for, or the only one, or raise the line that lists them.

    >>> choose_key(["logits"], "run.safetensors", None, "tensor", "save_file")
    'logits'
    """
    if not keys:
        raise CepickError(f"{file}: holds no {noun}; save it with {saver}")
    shown = ", ".join(keys[:_SHOWN]) + (f" and {len(keys) - _SHOWN} more" if len(keys) > _SHOWN else "")
    if key is None:
        if len(keys) > 1:
            raise CepickError(
                f"{file}: holds {len(keys)} {noun}s ({shown}); name one, as in {file}:{keys[0]}"
            )
        return keys[0]
    if key in keys:
        return key
    near = nearest(key, keys)
    remedy = f"did you mean {file}:{near}?" if near else "name one of these"
    raise CepickError(f"{file}: has no {noun} {key!r}, only {shown}; {remedy}")
