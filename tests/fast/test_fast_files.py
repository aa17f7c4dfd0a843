"""A file far larger than the memory that may be used, and a pass that is interrupted."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from ce_core.arrays.mapped import Mapped, let_go

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits and signals of Linux")

ROWS, COLUMNS = 400_000, 500

LIMITED = """
import resource, sys
from ce_core import evaluate
import ce_core.compute.evaluate
limit = int(sys.argv[3])
def held(name):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(name)) * 1024
resource.setrlimit(resource.RLIMIT_DATA, (held("VmData") + limit,) * 2)
answer = evaluate(sys.argv[1], sys.argv[2], threads=2)
print(repr(answer.value), answer.count, held("VmHWM"))
"""


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Write 800 MB of logits, most of them a hole in the file, and their labels."""
    folder = tmp_path_factory.mktemp("large")
    logits, labels = folder / "x.npy", folder / "y.npy"
    with logits.open("wb") as stream:
        np.lib.format.write_array_header_1_0(
            stream, {"descr": "<f4", "fortran_order": False, "shape": (ROWS, COLUMNS)}
        )
        start = stream.tell()
        stream.write(np.random.default_rng(0).normal(size=(100, COLUMNS)).astype(np.float32).tobytes())
        stream.truncate(start + 4 * ROWS * COLUMNS)
    np.save(labels, (np.arange(ROWS) % COLUMNS).astype(np.uint16))
    return logits, labels


def test_a_file_is_evaluated_in_a_fraction_of_its_size(large: tuple[Path, Path]) -> None:
    limit = 160 << 20
    run = subprocess.run(
        [sys.executable, "-c", LIMITED, *map(str, large), str(limit)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    value, count, resident = run.stdout.split()
    assert int(count) == ROWS
    assert float(value) == pytest.approx(np.log(COLUMNS), rel=1e-3)
    assert int(resident) < 4 * ROWS * COLUMNS / 2


def test_pages_of_a_large_mapped_file_are_let_go_and_read_again(large: tuple[Path, Path]) -> None:
    with large[0].open("rb") as stream:
        mapped = Mapped(
            stream.fileno(), 0, access=Mapped.ACCESS_READ if hasattr(Mapped, "ACCESS_READ") else 1
        )
    values = np.frombuffer(mapped, np.uint8)
    before = values[: 1 << 22].copy()
    let_go(values[: 1 << 22])
    np.testing.assert_array_equal(values[: 1 << 22], before)
    let_go(np.zeros(1 << 20))  # no file: nothing happens


@pytest.mark.parametrize("terminal", [False, True])
def test_an_interruption_ends_it_at_once_with_one_line(large: tuple[Path, Path], terminal: bool) -> None:
    reader, writer = pty.openpty()
    run = subprocess.Popen(
        [sys.executable, "-m", "cepick", "eval", *map(str, large), "--threads", "2"],
        stdout=subprocess.PIPE,
        stderr=writer if terminal else subprocess.PIPE,
    )
    _wait_for_threads(run.pid)
    start = time.monotonic()
    run.send_signal(signal.SIGINT)
    out, err = run.communicate(timeout=60)
    took = time.monotonic() - start
    os.close(writer)
    assert run.returncode == 130
    assert out == b""
    if terminal:
        err = os.read(reader, 1 << 20)
        assert b"cepick: interrupted" in err
    else:
        assert err == b"cepick: interrupted\n"
    assert b"Traceback" not in err
    assert took < 10
    os.close(reader)


def _wait_for_threads(process: int) -> None:
    """Wait until a process has threads of its own at work."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        names = [Path(task, "comm").read_text() for task in Path(f"/proc/{process}/task").iterdir()]
        with open(f"/proc/{process}/maps") as maps:
            mapped = "x.npy" in maps.read()
        if mapped and len(names) > 2:
            return
        time.sleep(0.01)
    pytest.fail("no thread was started")


def test_progress_shows_on_a_terminal_after_a_second_only(large: tuple[Path, Path]) -> None:
    code = (
        "import sys, time; from cepick import progress as p; p.AFTER = 0.0\n"
        "with p.progress() as told:\n"
        "    assert 'rich' not in sys.modules\n"
        "    told(1, 10); time.sleep(0.01); told(5, 10)\n"
        "    assert 'rich' in sys.modules\n"
    )
    reader, writer = pty.openpty()
    run = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=writer, check=False)
    os.close(writer)
    shown = os.read(reader, 1 << 20)
    os.close(reader)
    assert run.returncode == 0, shown
    assert b"evaluating" in shown
    assert b"rows/s" in shown
    assert run.stdout == b""
    silent = subprocess.run(
        [sys.executable, "-m", "cepick", "eval", "examples/digits_logits.npy", "examples/digits_labels.npy"],
        capture_output=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert silent.stderr == b""
