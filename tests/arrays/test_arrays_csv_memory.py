"""CSVs far larger than the memory that may be used: numbers, labels, quotes, packed, and on standard input."""

from __future__ import annotations

import gzip
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ce_core import evaluate
from ce_core.arrays import encode_labels, read_pair

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a limit of Linux")

LIMITED = """
import resource, sys
import numpy as np
from ce_core import evaluate
from ce_core.arrays import encode_labels, read_pair
import ce_core.arrays.streamed_csv, ce_core.compute.evaluate, csv, gzip, tempfile
def held(name):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(name)) * 1024
resource.setrlimit(resource.RLIMIT_DATA, (held("VmData") + int(sys.argv[2]),) * 2)
"""
READ = """
scores, targets = read_pair(sys.argv[1], target_column="label")
labels = targets.array
if targets.precision == "text":
    labels = encode_labels(labels, scores.columns, targets)[0]
total = 0.0
for start in range(0, len(labels), 10_000):
    total += float((scores.array[start : start + 10_000].sum(axis=1) * labels[start : start + 10_000]).sum())
print(repr(total), len(labels))
"""
EVALUATED = """
answer = evaluate(sys.argv[1], target_column="label", threads=2)
print(repr(answer.value), answer.count)
"""
NAMES = ("cat", "dog", "golden retriever", "größe", "e.coli")
KINDS = {
    "six decimals and indices": ("%.6f", "{index}", 120),
    "17 digits and labels": ("%r", "{name}", 60),
    "quoted labels": ("%.6f", '"{name}' + " of a kind" * 40 + '"', 13),
    "labels with a delimiter": ("%.6f", '"{name}, ' + "or not, " * 200 + '"', 2),
}
LIMIT = 64 << 20
"""Bytes beyond those in use before a file is opened, for two threads and the blocks that they work on.

Read whole, a CSV takes several times its size.
"""


def lines_of(number: str, label: str, rows: int, identifier: str = "") -> tuple[bytes, bytes]:
    """Return a header, and lines that can be written over and over."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, len(NAMES), rows)
    values = rng.normal(0, 2, (rows, len(NAMES)))
    values[np.arange(rows), labels] += 3
    numbers = ",".join([number] * len(NAMES))
    lines = [
        (identifier % at if identifier else "")
        + numbers % tuple(row)
        + ","
        + label.format(index=index, name=NAMES[index])
        for at, (row, index) in enumerate(zip(values.tolist(), labels.tolist(), strict=True))
    ]
    head = [*(["id"] if identifier else []), *(f"c{at}" for at in range(len(NAMES))), "label"]
    return (",".join(head) + "\n").encode(), ("\n".join(lines) + "\n").encode()


def limited(code: str, path: str, limit: int, standard_input: Path | None = None) -> tuple[float, int]:
    """Return the two numbers that code prints which may use so many bytes more than it has when it starts."""
    with (standard_input or Path("/dev/null")).open("rb") as stream:
        done = subprocess.run(
            [sys.executable, "-c", LIMITED + code, path, str(limit)],
            stdin=stream,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    number, count = done.stdout.split()
    return float(number), int(count)


def repeated(path: Path, head: bytes, lines: bytes, times: int) -> Path:
    """Write a file of the same lines so many times."""
    with path.open("wb") as stream:
        stream.write(head)
        for _ in range(times):
            stream.write(lines)
    return path


def total_of(path: Path) -> float:
    scores, targets = read_pair(str(path), target_column="label")
    labels = targets.whole if targets.precision == "integer" else encode_labels(targets.array, None)[0]
    return float((scores.whole.sum(axis=1) * np.asarray(labels)).sum())


@pytest.mark.parametrize("kind", KINDS)
def test_a_csv_is_read_in_a_fraction_of_its_size(tmp_path: Path, kind: str) -> None:
    number, label, times = KINDS[kind]
    head, lines = lines_of(number, label, rows=25_000)
    expected = total_of(repeated(tmp_path / "once.csv", head, lines, 1))
    path = repeated(tmp_path / "large.csv", head, lines, times)
    assert path.stat().st_size > 1.2 * LIMIT
    total, count = limited(READ, str(path), LIMIT)
    assert count == 25_000 * times
    assert total == pytest.approx(times * expected, rel=1e-9)


def test_a_csv_on_standard_input_and_a_packed_one_are_too(tmp_path: Path) -> None:
    times = 20
    head, lines = lines_of("%.6f", "{name}" + " of a kind" * 25, rows=25_000)
    expected = times * total_of(repeated(tmp_path / "once.csv", head, lines, 1))
    path = repeated(tmp_path / "large.csv", head, lines, times)
    packed = tmp_path / "large.csv.gz"
    # A file of several members is one of gzip, too.
    packed.write_bytes(gzip.compress(head) + gzip.compress(lines, 1) * times)
    assert path.stat().st_size > 2 * LIMIT
    assert limited(READ, "-", LIMIT, path)[0] == pytest.approx(expected, rel=1e-9)
    assert limited(READ, str(packed), LIMIT)[0] == pytest.approx(expected, rel=1e-9)


def test_a_csv_is_evaluated_in_less_than_half_its_size(tmp_path: Path) -> None:
    limit, times = 160 << 20, 40
    head, lines = lines_of(
        "%.6f", "{name}", rows=20_000, identifier="s3://bucket/" + "folder/" * 50 + "%06d.jpg,"
    )
    once = evaluate(str(repeated(tmp_path / "once.csv", head, lines, 1)), target_column="label")
    path = repeated(tmp_path / "large.csv", head, lines, times)
    assert path.stat().st_size > 2 * limit
    value, count = limited(EVALUATED, str(path), limit)
    assert count == 20_000 * times
    assert value == pytest.approx(once.value, rel=1e-9)
