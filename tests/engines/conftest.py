"""One cluster for the tests of a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from dask_processes import Cluster, running


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with running("one", "two") as found:
        yield found
