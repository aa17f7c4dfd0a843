"""CSVs far larger than the memory that may be used: numbers, labels, quotes, packed, and on standard input."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ce_core import evaluate

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a limit of Linux")

REPEATS = 60
LIMIT = 64 << 20
"""Bytes beyond those in use before the first array is read; the smallest of the files has twice as many."""

LIMITED = """
import resource, sys
from ce_core import evaluate
import ce_core.compute.evaluate, ce_core.arrays.streamed_csv
limit = int(sys.argv[2])
def held(name):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(name)) * 1024
resource.setrlimit(resource.RLIMIT_DATA, (held("VmData") + limit,) * 2)
answer = evaluate(sys.argv[1], target_column="label", threads=2)
print(repr(answer.value), answer.count)
"""

NAMES = ("cat", "dog", "golden retriever", "größe", "e.coli", *(f"class {at}" for at in range(35)))
KINDS = {
    "six decimals and indices": ("%.6f", "%d"),
    "17 digits and labels": ("%r", "%s"),
    "savetxt and quoted labels": ("%.18e", '"%s"'),
}


def block(kind: str) -> tuple[str, bytes]:
    """Return a header, and lines that are written over and over."""
    number, label = KINDS[kind]
    rng = np.random.default_rng(0)
    labels = rng.integers(0, len(NAMES), 4_000)
    values = rng.normal(0, 2, (len(labels), len(NAMES)))
    values[np.arange(len(labels)), labels] += 3
    names = [str(at) if label == "%d" else NAMES[at] for at in range(len(NAMES))]
    form = ",".join([number] * len(NAMES)) + "," + label.replace("%d", "%s") + "\n"
    lines = "".join(form % (*row, names[at]) for row, at in zip(values.tolist(), labels, strict=True))
    return ",".join([*(f"c{name}" for name in names), "label"]) + "\n", lines.encode()


def run(path: str, *, stdin: Path | None = None) -> tuple[float, int]:
    """Return the value and the count of a file that is evaluated under the limit."""
    with stdin.open("rb") if stdin else open("/dev/null", "rb") as stream:
        done = subprocess.run(
            [sys.executable, "-c", LIMITED, path, str(LIMIT)], stdin=stream, capture_output=True, text=True
        )
    assert done.returncode == 0, done.stderr
    value, count = done.stdout.split()
    return float(value), int(count)


@pytest.mark.parametrize("kind", KINDS)
def test_a_csv_is_evaluated_in_a_fraction_of_its_size(tmp_path: Path, kind: str) -> None:
    head, lines = block(kind)
    once = tmp_path / "once.csv"
    once.write_bytes(head.encode() + lines)
    expected = evaluate(str(once), target_column="label")
    path = tmp_path / "large.csv"
    with path.open("wb") as stream:
        stream.write(head.encode())
        for _ in range(REPEATS):
            stream.write(lines)
    value, count = run(str(path))
    assert path.stat().st_size > 0
    assert count == REPEATS * expected.count
    assert value == pytest.approx(expected.value, rel=1e-12)
