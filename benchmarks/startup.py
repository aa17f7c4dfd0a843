"""How long cepick takes to start, beside `python -c "import typer, numpy"`, in turn within one run.

    python benchmarks/startup.py [--runs 21]

Wants (the ratio of the medians by the clock): `cepick --help` at most 1.4, a small `cepick eval` at most 2.2.

Every command finds its bytecode, as after an installation or a first start: a run that is not counted makes it. The
last row is a checkout where PYTHONDONTWRITEBYTECODE=1 is set: each start compiles cepick, but not NumPy and typer.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
BASE = "import typer, numpy"
EVAL = ("eval", "examples/digits_logits.npy", "examples/digits_labels.npy")
COMMANDS: dict[tuple[str, ...], float | None] = {
    ("--help",): 1.4,
    EVAL: 2.2,
    (*EVAL, "--format", "json"): 2.2,
    ("eval", "examples/breast_cancer.csv"): 2.2,
    ("recommend", "--multiclass", "--exclusive", "--hard", "--logits"): None,
    ("losses",): None,
    ("explain", "CE101"): None,
    ("match", "--value", "2.3026"): None,
}
"""The commands, and how many times the base each may take."""


@dataclass
class Row:
    """A command, where its bytecode is, and the seconds of its runs: by the clock, and of the processor."""

    name: str
    command: list[str]
    kept: Path
    keeps: bool = True
    wanted: float | None = None
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def run(self) -> tuple[float, float]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        environment |= {"PYTHONPYCACHEPREFIX": str(self.kept), "PYTHONPATH": os.environ.get("PYTHONPATH", "")}
        if not self.keeps:
            environment["PYTHONDONTWRITEBYTECODE"] = "1"
        before, start = _children(), time.perf_counter()
        subprocess.run(
            [sys.executable, *self.command],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        return time.perf_counter() - start, _children() - before

    def time(self) -> None:
        wall, cpu = self.run()
        self.wall.append(wall)
        self.cpu.append(cpu)


def _children() -> float:
    """Return the seconds that the processor has spent on all commands so far."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def rows(folder: Path) -> list[Row]:
    """Return the base and every command, with their bytecode made."""
    kept = folder / "kept"
    made = [Row(name=BASE, command=["-c", BASE], kept=kept)]
    for command, wanted in COMMANDS.items():
        name = "cepick " + " ".join(each.removeprefix("examples/") for each in command)
        made.append(Row(name=name, command=["-m", "cepick", *command], kept=kept, wanted=wanted))
    for each in made:
        each.run()
    bare = folder / "bare"
    shutil.copytree(kept, bare, ignore=shutil.ignore_patterns("cepick", "ce_core"))
    made.append(
        Row(name="cepick eval (not compiled)", command=["-m", "cepick", *EVAL], kept=bare, keeps=False)
    )
    return made


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=21)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder:
        timed = rows(Path(folder))
        for _ in range(runs):
            for each in timed:
                each.time()
    base, met = timed[0], True
    print(f"{'':60}{'by the clock':>20}{'processor':>20}{'ratio of medians':>20}{'wanted':>8}")
    print(
        f"{'milliseconds':60}{'least':>10}{'median':>10}{'least':>10}{'median':>10}{'clock':>10}{'cpu':>10}"
    )
    for each in timed:
        clock, cpu = statistics.median(each.wall), statistics.median(each.cpu)
        ratio = clock / statistics.median(base.wall)
        met = met and (each.wanted is None or ratio <= each.wanted)
        shown = "".join(f"{1000 * value:10.0f}" for value in (min(each.wall), clock, min(each.cpu), cpu))
        print(
            f"{each.name:60}{shown}{ratio:10.2f}{cpu / statistics.median(base.cpu):10.2f}{each.wanted or '':>8}"
        )
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
