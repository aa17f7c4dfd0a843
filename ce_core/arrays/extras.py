"""Libraries that are not always there: which extra of cepick brings each."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from ce_core.errors import CepickError

#: From the module to the extra of cepick that installs it.
EXTRAS = {
    "pyarrow": "arrow",
    "pyarrow.parquet": "arrow",
    "zarr": "zarr",
    "h5py": "hdf5",
    "fsspec": "remote",
    "dask": "dask",
    "distributed": "dask",
    "matplotlib": "report",
    "matplotlib.figure": "report",
}


def require(module: str, name: str, what: str) -> Any:
    """Import a library, or raise the line that says how to install it.

    name: the path or option that needs it. what: what it is needed for.
    """
    try:
        return import_module(module)
    except ImportError:
        raise CepickError(
            f"{name}: {what} takes {module.partition('.')[0]}, which is not installed; "
            f"run: pip install 'cepick[{EXTRAS[module]}]'"
        ) from None
