"""How fast a pass is, beside the frameworks and beside what the machine can do at best, in turn within one run.

    python benchmarks/speed.py [--runs 5] [--threads 2] [--only WORD] [--write]

Logits are of the kind that trained models give: the true class 3 to 10 above the rest. Times are the least of the runs;
each round runs everything once, so that all share what else the machine does. --write makes docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import gc
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ce_core.compute.threads import usable_cores

ROOT = Path(__file__).parents[1]
OURS, EVAL, LIMIT, ONE = "loss alone", "full eval", "exp + read", "loss alone, 1 thread"
EVAL_ONE, SUSPECT = "full eval, 1 thread", "statistical findings"
OTHERS = ("torch", "optax (jit)", "scikit-learn", "SciPy")


@dataclass(frozen=True, kw_only=True)
class Case:
    rows: int
    columns: int
    loss: str = "softmax"
    targets: str = "index"
    dtype: str = "float32"
    """What of the wants is held against it."""
    wanted: float | None = None
    most_eval: float | None = None

    @property
    def name(self) -> str:
        size = f"{self.rows:,}" if self.columns == 1 else f"{self.rows:,} × {self.columns:,}"
        return f"{size} {self.loss}, {self.targets}, {self.dtype}"


CASES = (
    Case(rows=50_000, columns=1000, wanted=2.5, most_eval=2),
    Case(rows=4096, columns=50_257, wanted=2.5, most_eval=2),
    Case(rows=5_000_000, columns=10, wanted=5, most_eval=4),
    Case(rows=20_000_000, columns=2, wanted=5, most_eval=4),
    Case(rows=20_000_000, columns=1, loss="sigmoid", targets="hard", wanted=3, most_eval=4),
    Case(rows=500_000, columns=80, loss="sigmoid", targets="hard", wanted=3),
    Case(rows=50_000, columns=1000, targets="soft"),
    Case(rows=2_000_000, columns=10, targets="soft"),
    Case(rows=500_000, columns=80, loss="sigmoid", targets="soft"),
    Case(rows=50_000, columns=1000, dtype="float16"),
    Case(rows=5_000_000, columns=10, dtype="float16"),
    Case(rows=25_000, columns=1000, dtype="float64"),
    Case(rows=2_000_000, columns=10, dtype="float64"),
)


def arrays(case: Case) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    shape = (case.rows, case.columns)
    logits = rng.standard_normal(shape, dtype=np.float32)
    if case.loss == "sigmoid":
        targets = (rng.random(shape, dtype=np.float32) < 0.3).astype(np.float32)
        logits += (2 * targets - 1) * rng.uniform(3, 10, (case.rows, 1)).astype(np.float32)
        if case.targets == "soft":
            targets = 0.95 * targets + np.float32(0.025)
        if case.columns == 1:
            logits, targets = logits[:, 0], targets[:, 0]
        return logits.astype(case.dtype), targets
    labels = rng.integers(0, case.columns, case.rows)
    logits[np.arange(case.rows), labels] += rng.uniform(3, 10, case.rows).astype(np.float32)
    if case.targets == "index":
        return logits.astype(case.dtype), labels
    soft = np.full(shape, 0.1 / case.columns, dtype=np.float32)
    soft[np.arange(case.rows), labels] += np.float32(0.9)
    return logits.astype(case.dtype), soft


def contenders(
    case: Case, logits: np.ndarray, targets: np.ndarray, threads: int, slow: bool
) -> Iterator[tuple[str, Callable[[], Any]]]:
    from ce_core import evaluate, loss_of

    loss = {"sigmoid": "sigmoid_cross_entropy", "index": "sparse_softmax_cross_entropy"}.get(
        "sigmoid" if case.loss == "sigmoid" else case.targets, "softmax_cross_entropy"
    )
    yield OURS, lambda: loss_of(logits, targets, loss, threads=threads)
    yield ONE, lambda: loss_of(logits, targets, loss, threads=1)
    yield EVAL, lambda: evaluate(logits, targets, loss=loss, threads=threads)
    yield EVAL_ONE, lambda: evaluate(logits, targets, loss=loss, threads=1)
    yield LIMIT, _limit(logits, threads)
    yield from _torch(case, logits, targets, threads)
    yield from _optax(case, logits, targets)
    if slow:
        yield from _slow(case, logits, targets)


def _limit(logits: np.ndarray, threads: int) -> Callable[[], Any]:
    """Return one exponential of every logit, in blocks that fit the cache, which reads them as well."""
    from concurrent.futures import ThreadPoolExecutor

    flat = logits.reshape(-1)
    step = 1 << 17
    pool = ThreadPoolExecutor(threads)
    share = -(-flat.size // threads)

    def some(start: int) -> None:
        work = np.empty(step, flat.dtype)
        with np.errstate(over="ignore"):  # a float16 ends at exp(11)
            for at in range(start, min(start + share, flat.size), step):
                part = flat[at : min(at + step, start + share)]
                np.exp(part, out=work[: len(part)])

    return lambda: list(pool.map(some, range(0, flat.size, share)))


def _torch(case: Case, logits: np.ndarray, targets: np.ndarray, threads: int) -> Iterator[Any]:
    try:
        import torch
    except ImportError:
        return
    torch.set_num_threads(threads)
    x, y = torch.from_numpy(logits), torch.from_numpy(targets)
    if y.is_floating_point():
        y = y.to(x.dtype)
    functional = torch.nn.functional
    function = (
        functional.binary_cross_entropy_with_logits if case.loss == "sigmoid" else functional.cross_entropy
    )

    def run() -> Any:
        with torch.inference_mode():
            return float(function(x, y))

    yield "torch", run


def _optax(case: Case, logits: np.ndarray, targets: np.ndarray) -> Iterator[Any]:
    try:
        import jax
        import optax
    except ImportError:
        return
    jax.config.update("jax_enable_x64", case.dtype == "float64")
    each = (
        optax.sigmoid_binary_cross_entropy
        if case.loss == "sigmoid"
        else optax.softmax_cross_entropy_with_integer_labels
        if case.targets == "index"
        else optax.softmax_cross_entropy
    )
    function = jax.jit(lambda x, y: each(x, y).mean())
    x, y = jax.numpy.asarray(logits), jax.numpy.asarray(targets)
    yield "optax (jit)", lambda: function(x, y).block_until_ready()


def _slow(case: Case, logits: np.ndarray, targets: np.ndarray) -> Iterator[Any]:
    from scipy.special import expit, log_softmax
    from sklearn.metrics import log_loss

    if case.loss == "softmax" and case.targets == "index":
        yield "SciPy", lambda: -log_softmax(logits, axis=1)[np.arange(len(targets)), targets].mean()
        if logits.dtype != np.float16:
            shares = np.exp(log_softmax(logits, axis=1))
            classes = np.arange(case.columns)
            yield "scikit-learn", lambda: log_loss(targets, shares, labels=classes)
    elif case.columns == 1 and case.targets == "hard":
        odds = expit(logits)
        yield "scikit-learn", lambda: log_loss(targets, odds)


class Aside:
    """Time the statistical findings of an evaluation, which work on a sample, apart from its pass and diagnostics."""

    def __init__(self) -> None:
        from ce_core.compute import run

        self.seconds = 0.0
        self._suspected = run._suspected
        run._suspected = self._timed

    def _timed(self, case: Any) -> Any:
        start = time.perf_counter()
        found = self._suspected(case)
        self.seconds = time.perf_counter() - start
        return found


def measure(case: Case, runs: int, threads: int, aside: Aside) -> dict[str, float]:
    """Return the least seconds of each contender, an evaluation without its statistical findings, and these."""
    logits, targets = arrays(case)
    best: dict[str, float] = {}
    functions = list(contenders(case, logits, targets, threads, slow=logits.size <= 1 << 26))
    for number in range(runs + 1):
        for name, function in functions:
            if number > 2 and name in OTHERS[2:]:
                continue
            aside.seconds = 0.0
            start = time.perf_counter()
            function()
            spent = {name: time.perf_counter() - start - aside.seconds}
            if name == EVAL:
                spent[SUSPECT] = aside.seconds
            if number:  # the first round warms the caches, and compiles
                best |= {each: min(best.get(each, least), least) for each, least in spent.items()}
    del logits, targets, functions
    gc.collect()
    return best


def read_bandwidth() -> float:
    """Return how many GB a second one thread reads."""
    values = np.ones(1 << 26, np.float32)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        values.max()
        times.append(time.perf_counter() - start)
    return values.nbytes / min(times) / 1e9


def row(case: Case, best: dict[str, float]) -> list[str]:
    ours = best[OURS]

    def times(name: str, invert: bool = False) -> str:
        if name not in best:
            return "–"
        return f"{best[name] / ours:.1f}" if not invert else f"{ours / best[name]:.1f}"

    wanted = "" if case.wanted is None else f" (want {case.wanted:g})"
    most = "" if case.most_eval is None else f" (want ≤ {case.most_eval:g})"
    return [
        case.name,
        times("torch") + wanted,
        times("optax (jit)"),
        times("scikit-learn"),
        times("SciPy"),
        times(LIMIT, invert=True),
        times(EVAL) + most,
        f"{best[ONE] / ours:.2f}",
        f"{best[EVAL_ONE] / best[EVAL]:.2f}",
        f"{ours * 1e3:.0f}",
        f"{best[SUSPECT] * 1e3:.0f}",
    ]


HEAD = [
    "arrays",
    "torch ÷ ours",
    "optax ÷ ours",
    "scikit-learn ÷ ours",
    "SciPy ÷ ours",
    "ours ÷ limit",
    "full eval ÷ ours",
    "ours, 1 → n threads",
    "full eval, 1 → n threads",
    "ours, ms",
    "statistical findings, ms",
]


def table(rows: list[list[str]]) -> str:
    lines = [HEAD, ["---", *["---:"] * (len(HEAD) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def page(rows: list[list[str]], threads: int, bandwidth: float) -> str:
    from importlib.metadata import version

    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    versions = ", ".join(
        f"{name} {version(name)}" for name in ("numpy", "torch", "jax", "optax", "scikit-learn")
    )
    notes = ROOT / "benchmarks" / "notes.md"
    machine = f"{os.cpu_count()} cores, {_processor()}, {bandwidth:.0f} GB/s read by one thread"
    return f"""# Benchmarks

Made by `python benchmarks/speed.py --write`: everything in turn within one run, the least time of each, {threads}
threads. "Ours" is the loss alone (`ce_core.loss_of`), "full eval" is `evaluate` with every default diagnostic, its
search for a temperature and its checks, but for the statistical findings: these read a sample of bounded size in other
ways, whatever the size of the arrays, and have a column of their own. The limit is one exponential of every logit,
which reads them as well. Of torch, optax, scikit-learn and SciPy a ratio above 1 means that ours is faster. Logits are
those of a trained model: the true class 3 to 10 above the rest.

Machine: {machine}; {load} processes at work at the end of the run, on average.
{versions}; Python {platform.python_version()}.

{table(rows)}

{notes.read_text() if notes.exists() else ""}"""


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--threads", type=int, default=usable_cores())
    parser.add_argument("--only", default="", help="only the cases whose name holds this")
    parser.add_argument("--write", action="store_true", help="make docs/benchmarks.md")
    asked = parser.parse_args()
    bandwidth, aside = read_bandwidth(), Aside()
    rows = []
    print(f"read {bandwidth:.0f} GB/s, {asked.threads} threads\n" + table([]), flush=True)
    for case in CASES:
        if asked.only not in case.name:
            continue
        rows.append(row(case, measure(case, asked.runs, asked.threads, aside)))
        print("| " + " | ".join(rows[-1]) + " |", flush=True)
    if asked.write:
        target = ROOT / "docs" / "benchmarks.md"
        target.parent.mkdir(exist_ok=True)
        target.write_text(page(rows, asked.threads, bandwidth))
    return 0


if __name__ == "__main__":
    sys.exit(main())
