"""How fast a CSV of numbers is read, beside pandas' C reader and numpy.loadtxt, in turn within one run.

    python benchmarks/read_csv.py [--rows 1000000] [--classes 10] [--runs 5] [--folder /tmp]

Want: no slower than pandas on 1,000,000 x 10 of six decimals (the ratio of the medians at most 1). The file is read to
one float64 array each time, and the values are those of Python's float(). pandas is needed by this benchmark only.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas

from ce_core.arrays import read_array

KINDS: dict[str, Callable[[np.ndarray], list[str]]] = {
    "six decimals": lambda rows: [",".join(["%.6f"] * rows.shape[1]) % tuple(row) for row in rows],
    "repr, as pandas writes": lambda rows: [",".join(map(repr, row)) for row in rows.tolist()],
    "%.18e, as numpy.savetxt writes": lambda rows: [
        ",".join(["%.18e"] * rows.shape[1]) % tuple(row) for row in rows
    ],
    "%g probabilities": lambda rows: [
        ",".join(["%g"] * rows.shape[1]) % tuple(row)
        for row in np.exp(rows) / np.exp(rows).sum(axis=1, keepdims=True)
    ],
}


def timed(read: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    found = read()
    return time.perf_counter() - start, found


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--classes", type=int, default=10)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--folder")
    parser.add_argument("--only", help="a word of the kinds to run")
    given = parser.parse_args()
    met = True
    head = ("kind", "MB", "cepick s", "pandas s", "ratio", "loadtxt s", "equal to float()")
    print(f"{head[0]:32}{head[1]:>6}{head[2]:>10}{head[3]:>10}{head[4]:>7}{head[5]:>11}{head[6]:>18}")
    for number, (kind, lines_of) in enumerate(KINDS.items()):
        if given.only and given.only not in kind:
            continue
        with tempfile.TemporaryDirectory(dir=given.folder) as folder:
            path = Path(folder, "x.csv")
            rng = np.random.default_rng(number)
            with path.open("w") as file:
                file.write(",".join(f"c{at}" for at in range(given.classes)) + "\n")
                for start in range(0, given.rows, 10_000):
                    rows = rng.normal(0, 3, (min(10_000, given.rows - start), given.classes))
                    file.write("\n".join([*lines_of(rows), ""]))
            readers = {
                "cepick": lambda path=path: read_array(str(path)).whole,
                "pandas": lambda path=path: pandas.read_csv(path, engine="c").to_numpy(),
            }
            times: dict[str, list[float]] = {name: [] for name in readers}
            for run in range(given.runs + 1):
                for name, read in readers.items():
                    spent, found = timed(read)
                    if name == "cepick":
                        ours = found
                    if run:  # the first round warms the caches
                        times[name].append(spent)
            slow, theirs = timed(lambda path=path: np.loadtxt(path, delimiter=",", skiprows=1))
            cepick, other = (statistics.median(times[name]) for name in readers)
            equal = f"{np.mean(ours.view(np.int64) == theirs.view(np.int64)):.0%}"
            size = path.stat().st_size / 1e6
            met = met and (number > 0 or cepick <= other)
            print(
                f"{kind:32}{size:6.0f}{cepick:10.2f}{other:10.2f}{cepick / other:7.2f}{slow:11.2f}{equal:>18}",
                flush=True,
            )
    return 0 if met else 1


if __name__ == "__main__":
    raise SystemExit(main())
