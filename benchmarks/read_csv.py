"""How fast a CSV is read, beside pandas' C reader and numpy.loadtxt, in turn within one run.

    python benchmarks/read_csv.py [--rows 1000000] [--classes 10] [--runs 5] [--folder /tmp] [--write]

Want: no slower than pandas on 1,000,000 x 10 (the ratio of the medians at most 1). The file is read to one float64
array each time, and labels to class indices. pandas is needed by this benchmark only. --write puts the table into
docs/csv.md, into the section of this version of pandas.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas

from ce_core.arrays import encode_labels, read_array, read_pair

ROOT = Path(__file__).parents[1]
NAMES = ("setosa", "versicolor", "virginica", "cat", "dog", "fish", "bird", "horse", "ship", "truck")


def formatted(form: str) -> Callable[[np.ndarray], list[str]]:
    """Return what writes rows of numbers in one form."""
    return lambda rows: [",".join([form] * rows.shape[1]) % tuple(row) for row in rows.tolist()]


def probabilities(rows: np.ndarray) -> list[str]:
    return formatted("%g")(np.exp(rows) / np.exp(rows).sum(axis=1, keepdims=True))


def float32(rows: np.ndarray) -> list[str]:
    return [",".join(map(str, row)) for row in rows.astype(np.float32)]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One way to write a file: the numbers, and what stands behind them in row number so many."""

    name: str
    lines: Callable[[np.ndarray], list[str]]
    label: Callable[[int], str] | None = None


KINDS = [
    Kind(name="six decimals", lines=formatted("%.6f")),
    Kind(name="`repr` of float64, as pandas writes", lines=formatted("%r")),
    Kind(name="`%.18e`, as numpy.savetxt writes", lines=formatted("%.18e")),
    Kind(name="float32, shortest", lines=float32),
    Kind(name="`%g` of probabilities", lines=probabilities),
    Kind(name="six decimals, class indices", lines=formatted("%.6f"), label=lambda at: str(at % 10)),
    Kind(name="six decimals, labels", lines=formatted("%.6f"), label=lambda at: NAMES[at % 10]),
    Kind(name="six decimals, quoted labels", lines=formatted("%.6f"), label=lambda at: f'"{NAMES[at % 10]}"'),
    Kind(name="`repr`, labels", lines=formatted("%r"), label=lambda at: NAMES[at % 10]),
]


def write(kind: Kind, path: Path, rows: int, classes: int) -> None:
    """Write a file of one kind."""
    rng = np.random.default_rng(0)
    head = [f"c{at}" for at in range(classes)] + (["label"] if kind.label else [])
    with path.open("w") as file:
        file.write(",".join(head) + "\n")
        for start in range(0, rows, 10_000):
            lines = kind.lines(rng.normal(0, 3, (min(10_000, rows - start), classes)))
            if kind.label:
                lines = [f"{line},{kind.label(start + at)}" for at, line in enumerate(lines)]
            file.write("\n".join([*lines, ""]))


def by_cepick(path: Path, labelled: bool) -> np.ndarray:
    if not labelled:
        return read_array(str(path)).whole
    scores, targets = read_pair(str(path), target_column="label")
    found = scores.whole
    if targets.precision == "text":
        np.asarray(encode_labels(targets.array, None)[0])
    else:
        np.asarray(targets.array)
    return found


def by_pandas(path: Path, labelled: bool) -> np.ndarray:
    table = pandas.read_csv(path, engine="c")
    if labelled:
        labels = table.pop("label")
        if labels.dtype.kind not in "iu":
            pandas.factorize(labels)
    return np.asarray(table.to_numpy())


def by_loadtxt(path: Path, classes: int) -> np.ndarray:
    return np.loadtxt(path, delimiter=",", skiprows=1, usecols=range(classes), encoding="utf-8")


def timed(read: Callable[[], Any]) -> tuple[float, float, Any]:
    """Return the seconds by the clock and by all processors, and what was read."""
    start, used = time.perf_counter(), time.process_time()
    found = read()
    return time.perf_counter() - start, time.process_time() - used, found


def measure(kind: Kind, given: argparse.Namespace) -> list[str]:
    """Return a row of the table."""
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        path, labelled = Path(folder, "x.csv"), kind.label is not None
        write(kind, path, given.rows, given.classes)
        readers = {"cepick": by_cepick, "pandas": by_pandas}
        spent: dict[str, list[float]] = {name: [] for name in readers}
        used: dict[str, list[float]] = {name: [] for name in readers}
        arrays = {}
        for run in range(given.runs + 1):
            for name, read in readers.items():
                seconds, processors, arrays[name] = timed(lambda read=read: read(path, labelled))
                if run:  # the first round warms the caches
                    spent[name].append(seconds)
                    used[name].append(processors)
        slow, _, exact = timed(lambda: by_loadtxt(path, given.classes))
        ours, theirs = (statistics.median(spent[name]) for name in readers)
        ratios = [one / other for one, other in zip(spent["cepick"], spent["pandas"], strict=True)]
        work = statistics.median(used["cepick"]) / statistics.median(used["pandas"])
        equal = [
            f"{np.mean(np.ascontiguousarray(found).view(np.int64) == exact.view(np.int64)):.0%}"
            for found in arrays.values()
        ]
        size = path.stat().st_size / 1e6
    return [
        kind.name,
        f"{size:.0f}",
        f"{ours:.2f}",
        f"{theirs:.2f}",
        f"{slow:.1f}",
        f"{ours / theirs:.2f} ({min(ratios):.2f} to {max(ratios):.2f})",
        f"{work:.2f}",
        *equal,
    ]


HEADS = (
    "numbers",
    "MB",
    "cepick, s",
    "pandas, s",
    "loadtxt, s",
    "cepick ÷ pandas",
    "by processor time",
    "cepick = float()",
    "pandas = float()",
)


def table(rows: list[list[str]]) -> str:
    """Return the rows as Markdown."""
    lines = [HEADS, ["---", *["---:"] * (len(HEADS) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def section(rows: list[list[str]], given: argparse.Namespace) -> str:
    """Return the section of docs/csv.md about this version of pandas."""
    return f"""pandas {pandas.__version__}

{given.rows:,} rows of {given.classes} normal numbers, {given.runs} rounds. {os.cpu_count()} cores,
{os.getloadavg()[0]:.1f} processes at work at the end of the run, on average. numpy {np.__version__}, Python
{platform.python_version()}.

{table(rows)}
"""


def put(rows: list[list[str]], given: argparse.Namespace) -> None:
    """Write a section of docs/csv.md, and leave those of other versions."""
    target = ROOT / "docs" / "csv.md"
    old = target.read_text(encoding="utf-8").split("\n## ")[1:] if target.exists() else []
    others = [each for each in old if each.startswith("pandas ")]
    kept = [each for each in others if not each.startswith(f"pandas {pandas.__version__}\n")]
    notes = (ROOT / "benchmarks" / "csv_notes.md").read_text(encoding="utf-8")
    sections = sorted([*kept, section(rows, given)], reverse=True)
    target.write_text(
        "\n## ".join([notes, *(each.rstrip("\n") + "\n" for each in sections)]), encoding="utf-8"
    )


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--classes", type=int, default=10)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--folder")
    parser.add_argument("--only", help="a word of the kinds to run")
    parser.add_argument("--write", action="store_true", help="put the table into docs/csv.md")
    given = parser.parse_args()
    rows = []
    for kind in KINDS:
        if not given.only or given.only in kind.name:
            rows.append(measure(kind, given))
            print(*(f"{head}: {cell};" for head, cell in zip(HEADS, rows[-1], strict=True)), flush=True)
    if given.write:
        put(rows, given)
    first = rows[0]
    return 0 if float(first[2]) <= float(first[3]) else 1


if __name__ == "__main__":
    raise SystemExit(main())
