"""Arrays from files and from Python objects, each as a `Source` that knows its name and precision."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ce_core.lazily import lazily

if TYPE_CHECKING:
    from ce_core.arrays.files import read_array, read_pair
    from ce_core.arrays.labels import encode_labels
    from ce_core.arrays.objects import from_object
    from ce_core.arrays.source import Source
    from ce_core.arrays.stored import Stored
    from ce_core.arrays.write import check_apart, check_output, write_array, write_csv

_HOME = {
    "Source": "source",
    "Stored": "stored",
    "check_apart": "write",
    "check_output": "write",
    "encode_labels": "labels",
    "from_object": "objects",
    "read_array": "files",
    "read_pair": "files",
    "write_array": "write",
    "write_csv": "write",
}

__all__ = [
    "Source",
    "Stored",
    "check_apart",
    "check_output",
    "encode_labels",
    "from_object",
    "read_array",
    "read_pair",
    "write_array",
    "write_csv",
]

__getattr__ = lazily(__name__, _HOME)
