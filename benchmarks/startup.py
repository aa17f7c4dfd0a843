"""How long cepick takes to start, beside `python -c "import typer, numpy"`, in turn within one run.

    python benchmarks/startup.py [--runs 15]

Wants (the ratio of the medians): `cepick --help` at most 1.4, a small `cepick eval` at most 2.2.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
BASE = [sys.executable, "-c", "import typer, numpy"]
CEPICK = [sys.executable, "-m", "cepick"]
COMMANDS = {
    "import typer, numpy": (BASE, None),
    "cepick --help": ([*CEPICK, "--help"], 1.4),
    "cepick recommend --binary --logits": ([*CEPICK, "recommend", "--binary", "--logits"], None),
    "cepick eval digits_logits.npy digits_labels.npy": (
        [*CEPICK, "eval", "examples/digits_logits.npy", "examples/digits_labels.npy"],
        2.2,
    ),
    "cepick eval breast_cancer.csv": ([*CEPICK, "eval", "examples/breast_cancer.csv"], 2.2),
}


def seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return time.perf_counter() - start


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    times: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for number in range(runs + 1):
        for name, (command, _) in COMMANDS.items():
            spent = seconds(command)
            if number:  # the first round warms the caches
                times[name].append(spent)
    base = statistics.median(times["import typer, numpy"])
    met = True
    print(f"{'command':52}{'median ms':>10}{'ratio':>8}{'wanted':>8}")
    for name, (_, wanted) in COMMANDS.items():
        median = statistics.median(times[name])
        met = met and (wanted is None or median / base <= wanted)
        print(f"{name:52}{median * 1000:10.0f}{median / base:8.2f}{wanted or '':>8}")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
