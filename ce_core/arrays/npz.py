"""Read one array of a `.npz` archive."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np

from ce_core.arrays.convert import to_source
from ce_core.arrays.npy import read_header
from ce_core.arrays.paths import open_binary
from ce_core.arrays.source import Source
from ce_core.errors import CepickError, nearest

if TYPE_CHECKING:
    import zipfile

MEMBER = ".npy"
#: More bytes than NumPy accepts as the header of an array.
HEADER_LIMIT = 1 << 15


def read_npz(file: str, name: str, dtype: str | None = None, key: str | None = None) -> Source:
    """Read the array that a key names; without a key, the only array that there is.

    dtype is None, or "bfloat16" for raw 2-byte values.
    """
    import zipfile

    with open_binary(file) as stream:
        try:
            with zipfile.ZipFile(stream) as archive:
                return to_source(_read_member(archive, _choose(archive, file, key), name, dtype), name, dtype)
        except (CepickError, OSError, MemoryError):
            raise
        except (NotImplementedError, RuntimeError):
            message = f"{name}: is packed or encrypted in a way that cannot be read; save it with numpy.savez"
            raise CepickError(message) from None
        except Exception:  # A damaged archive also raises errors of zlib, struct, lzma and others.
            raise CepickError(f"{name}: is truncated or corrupt; save it again with numpy.savez") from None


def _choose(archive: zipfile.ZipFile, file: str, key: str | None) -> zipfile.ZipInfo:
    members = {
        info.filename.removesuffix(MEMBER): info
        for info in archive.infolist()
        if info.filename.endswith(MEMBER)
    }
    keys = ", ".join(members)
    if not members:
        raise CepickError(f"{file}: holds no array; save it with numpy.savez")
    if key is None:
        if len(members) > 1:
            raise CepickError(
                f"{file}: holds {len(members)} arrays ({keys}); name one, as in {file}:{next(iter(members))}"
            )
        return next(iter(members.values()))
    if key not in members:
        near = nearest(key, members)
        remedy = f"did you mean {file}:{near}?" if near else "name one of these"
        raise CepickError(f"{file}: has no array {key!r}, only {keys}; {remedy}")
    return members[key]


def _read_member(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str, dtype: str | None
) -> np.ndarray:
    with archive.open(member) as stream:
        header = read_header(io.BytesIO(stream.read(HEADER_LIMIT)), name, dtype, member.file_size)
    # Read to the end, past the values: only there does zipfile compare the checksum.
    content = archive.read(member)
    if len(content) < header.offset + header.size:
        raise EOFError
    return header.lay_over(content, header.offset)
