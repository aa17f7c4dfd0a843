"""More files than a process may have open."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ce_core import evaluate

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits of Linux")

FILES, ROWS = 150, 20

LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
from ce_core import evaluate
print(repr(evaluate(*sys.argv[1:]).value))
"""


def test_more_files_are_read_than_may_be_open(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (FILES * ROWS, 3)).astype(np.float32)
    labels = rng.integers(0, 3, FILES * ROWS)
    for at in range(FILES):
        np.save(tmp_path / f"x{at}.npy", logits[at * ROWS : (at + 1) * ROWS])
        np.save(tmp_path / f"y{at}.npy", labels[at * ROWS : (at + 1) * ROWS])
    arrays = f"{tmp_path}/x*.npy", f"{tmp_path}/y*.npy"
    run = subprocess.run(
        [sys.executable, "-c", LIMITED, *arrays], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert float(run.stdout) == pytest.approx(evaluate(logits, labels).value, rel=1e-12)
    assert evaluate(*arrays, engine="dask", threads=1).value == pytest.approx(float(run.stdout), rel=1e-12)
