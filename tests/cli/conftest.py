from __future__ import annotations

import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from dataclasses import dataclass
from fcntl import ioctl
from pathlib import Path

import numpy as np
import pytest

from cepick.__main__ import main

_PATIENCE = 60.0


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a command ended, and what it wrote."""

    code: int
    out: str
    err: str = ""


@pytest.fixture
def cepick(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ended]:
    """Run a command line in this process."""

    def run(*arguments: str | Path) -> Ended:
        code = main([str(each) for each in arguments])
        written = capsys.readouterr()
        return Ended(code=code, out=written.out, err=written.err)

    return run


@pytest.fixture
def process() -> Callable[..., Ended]:
    """Run a command line in a process of its own, with pipes."""

    def run(*arguments: str | Path, stdin: str | None = None, **environment: str) -> Ended:
        done = subprocess.run(
            [sys.executable, "-m", "cepick", *map(str, arguments)],
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            text=True,
            encoding="utf-8",
            env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
            timeout=_PATIENCE,
            check=False,
        )
        return Ended(code=done.returncode, out=done.stdout, err=done.stderr)

    return run


@pytest.fixture
def terminal() -> Callable[..., Ended]:
    """Run a command line on a terminal of some width; each key is typed once a prompt waits for it."""

    def run(
        *arguments: str | Path, keys: tuple[str, ...] = (), columns: int = 80, **environment: str
    ) -> Ended:
        leader, follower = pty.openpty()
        ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        cleared = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "COLUMNS"}}
        child = subprocess.Popen(
            [sys.executable, "-m", "cepick", *map(str, arguments)],
            stdin=follower,
            stdout=follower,
            stderr=follower,
            env={**cleared, "TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8", **environment},
            start_new_session=True,
            # Ctrl-C is a signal only from the terminal that a process calls its own.
            preexec_fn=lambda: ioctl(0, termios.TIOCSCTTY, 0) and None,
        )
        os.close(follower)
        waiting = list(keys)
        written = b""
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            if not select.select([leader], [], [], 0.2)[0]:
                continue
            try:
                part = os.read(leader, 65536)
            except OSError:
                part = b""
            if not part:
                break
            written += part
            if waiting and written.endswith(b"> "):
                os.write(leader, waiting.pop(0).encode())
        os.close(leader)
        try:
            code = child.wait(timeout=5)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
            raise
        return Ended(code=code, out=written.decode().replace("\r\n", "\n"))

    return run


@pytest.fixture
def arrays(tmp_path: Path) -> tuple[Path, Path]:
    """Return the files of three rows of logits and their labels."""
    predictions, targets = tmp_path / "logits.npy", tmp_path / "labels.npy"
    np.save(predictions, np.array([[4.0, 0.0, -1.0], [0.5, 1.0, -2.0], [3.0, -2.0, 5.0]], dtype=np.float32))
    np.save(targets, np.array([0, 1, 2]))
    return predictions, targets
