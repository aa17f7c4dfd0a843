"""A local cluster that is started and closed, and what the engines refuse in one line."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dask_processes import free_port, running

from ce_core import CepickError, evaluate

ROWS = 2000
RNG = np.random.default_rng(1)
LABELS = RNG.integers(0, 4, ROWS)
LOGITS = (3 * np.eye(4)[LABELS] + RNG.normal(0, 1, (ROWS, 4))).astype(np.float32)

CEPICK = [sys.executable, "-m", "cepick", "eval"]


@pytest.fixture
def arrays(tmp_path: Path) -> tuple[str, str]:
    np.save(tmp_path / "x.npy", LOGITS)
    np.save(tmp_path / "y.npy", LABELS)
    return str(tmp_path / "x.npy"), str(tmp_path / "y.npy")


def cepick(*words: str) -> tuple[subprocess.CompletedProcess[str], float]:
    start = time.monotonic()
    run = subprocess.run([*CEPICK, *words], capture_output=True, text=True, check=False, timeout=120)
    return run, time.monotonic() - start


def _processes_that_name(word: str) -> list[int]:
    found = []
    for each in Path("/proc").iterdir():
        try:
            if each.name.isdigit() and word in (each / "environ").read_bytes().decode(errors="replace"):
                found.append(int(each.name))
        except OSError:  # it ended, or is another's
            continue
    return found


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc")
def test_a_local_cluster_is_started_and_closed(
    arrays: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, _ = cepick(*arrays)
    monkeypatch.setenv("CEPICK_TEST_MARK", mark := f"mark-{free_port()}-{time.monotonic_ns()}")
    command = [*CEPICK, *arrays, "--engine", "dask", "--threads", "2", "--block", "256"]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    most = 0
    while run.poll() is None:
        most = max(most, len(_processes_that_name(mark)))
        time.sleep(0.02)
    out, err = run.communicate()
    assert (run.returncode, err) == (0, "")
    for one, other in zip(here.stdout.split(), out.split(), strict=True):
        assert one == other or float(one) == pytest.approx(float(other), rel=1e-12)
    assert most >= 3  # itself and two workers
    end = time.monotonic() + 5
    while _processes_that_name(mark) and time.monotonic() < end:
        time.sleep(0.05)
    assert not _processes_that_name(mark)


def test_a_scheduler_that_does_not_answer_is_one_line_at_once(arrays: tuple[str, str]) -> None:
    address = f"tcp://127.0.0.1:{free_port()}"
    run, seconds = cepick(*arrays, "--engine", "dask", "--scheduler", address)
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr == (
        f"cepick: error: --scheduler: {address} does not answer; start one with 'dask scheduler', and pass its "
        "address, such as tcp://host:8786\n"
    )
    assert seconds < 8


def test_who_answers_and_is_no_scheduler_is_one_line(arrays: tuple[str, str]) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        run, seconds = cepick(
            *arrays, "--engine", "dask", "--scheduler", f"127.0.0.1:{silent.getsockname()[1]}"
        )
    assert (run.returncode, run.stdout, run.stderr.count("\n")) == (2, "", 1)
    assert "is no Dask scheduler" in run.stderr
    assert seconds < 15


@pytest.mark.parametrize("address", ["nonsense", "tcp://host", "s3://bucket/1:2", "tcp://host:99999"])
def test_what_is_no_address_is_refused(address: str, arrays: tuple[str, str]) -> None:
    with pytest.raises(CepickError, match=f"^scheduler: {re.escape(address)} is no address of a scheduler"):
        evaluate(*arrays, engine="dask", scheduler=address)


def test_a_scheduler_without_workers_is_one_line(
    arrays: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from ce_core.engines import dask_cluster

    monkeypatch.setattr(dask_cluster, "WORKERS", 0.5)
    with running() as alone, pytest.raises(CepickError, match=r"has no worker; start some with 'dask worker"):
        evaluate(*arrays, engine="dask", scheduler=alone.address)


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "losses": ({"losses_to": "l.npy"}, "losses_to: is not computed by the engine 'dask'"),
    "probabilities": (
        {"probabilities_to": "p.npy"},
        "probabilities_to: is not computed by the engine 'dask'",
    ),
    "kept": ({"keep": True}, "keep: is not computed by the engine 'dask'"),
    "no reduction": ({"reduction": "none"}, "reduction: is not computed by the engine 'dask'"),
    "frameworks": ({"frameworks": True}, "frameworks: is not computed by the engine 'dask'"),
    "head": ({"head": np.eye(4)}, "head: is not computed by the engine 'dask'"),
    "a call": ({"loss": "torch.nn.CrossEntropyLoss(reduction='sum')"}, "loss: a framework's call"),
    "weights in memory": ({"sample_weights": np.ones(ROWS)}, "sample_weights: is in memory here"),
    "classes first": ({"class_axis": 0}, "lie along the first axis"),
}


@pytest.mark.parametrize(("options", "says"), REFUSED.values(), ids=REFUSED)
def test_what_the_workers_cannot_do_is_refused(
    options: dict[str, Any],
    says: str,
    arrays: tuple[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    if "class_axis" in options:
        np.save(tmp_path / "x.npy", np.ascontiguousarray(LOGITS.T))
    with pytest.raises(CepickError, match=says) as caught:
        evaluate(*arrays, engine="dask", **options)
    assert "\n" not in str(caught.value)


def test_arrays_in_memory_are_refused() -> None:
    with pytest.raises(
        CepickError, match=r"^predictions: is in memory here, and the workers of Dask open files"
    ):
        evaluate(LOGITS, LABELS, engine="dask")


def test_standard_input_is_refused() -> None:
    with pytest.raises(CepickError, match=r"^-: standard input cannot be read by others; pass a path"):
        evaluate("-", None, engine="dask")


def test_an_engine_that_there_is_not_is_refused(arrays: tuple[str, str]) -> None:
    with pytest.raises(CepickError, match=r"^engine: 'dsk' is not one of its values; did you mean 'dask'"):
        evaluate(*arrays, engine="dsk")
    with pytest.raises(CepickError, match=r"^scheduler: goes with the engine 'dask'"):
        evaluate(*arrays, scheduler="tcp://127.0.0.1:8786")


def test_missing_dask_is_named_with_the_extra_that_brings_it(
    arrays: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(CepickError, match=re.escape("run: pip install 'cepick[dask]'")):
        evaluate(*arrays, engine="dask")


def test_threads_import_no_dask(arrays: tuple[str, str]) -> None:
    code = (
        "import sys; from ce_core import evaluate; evaluate(*sys.argv[1:]); "
        "print([each for each in ('dask', 'distributed', 'ce_core.engines.dask_engine') if each in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code, *arrays], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"
