"""How well a logged number is traced, by how many of its digits are known, and how long that takes.

    python benchmarks/match.py [--rigs 300] [--seed 0]

Every rig is a random task with a number that plain NumPy code apart from cepick, or a real framework where one is
installed, computes under some definition or mistake; the number is then written with 3 to 7 digits, as float32, and
traced. Wants: the true definition among the matches 100 %; first 95 % at 5 digits; alone 95 % at 6 digits, or at 4 with
the numbers of two batches. Definitions that are the same number on the rig's arrays are one.
"""

from __future__ import annotations

import argparse
import collections
import math
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "match"))

from drawn import Rig, as_logged, draw, is_the_one

from ce_core import match
from ce_core.matching.number import read_number
from ce_core.matching.opened import open_arrays, run_of
from ce_core.matching.rank import named, tried
from ce_core.matching.trace import explore, tolerance_of
from ce_core.task import Task

DIGITS = (3, 4, 5, 6, 7)
Counts = collections.Counter


def groups_of(spaces: list[Any], texts: list[str]) -> tuple[list[list[Any]], float]:
    """Return the groups of matches for some numbers, and how many were to be expected by chance."""
    logged = [read_number(text) for text in texts]
    numbers = np.array([each.value for each in logged])
    found = tried(spaces, numbers, np.array([tolerance_of(each) for each in logged]))
    return [[group, *group.same] for group in named(found).groups], found.expected()


def score(counts: Counts[Any], key: Any, groups: list[list[Any]], is_true: Callable[[Any], bool]) -> None:
    where = [at for at, group in enumerate(groups) if any(map(is_true, group))]
    counts[key, "rigs"] += 1
    counts[key, "among"] += bool(where)
    counts[key, "first"] += where[:1] == [0]
    counts[key, "alone"] += where == [0] and len(groups) == 1


def trace_rig(counts: Counts[Any], rig: Rig, rng: np.random.Generator) -> None:
    """Trace the number of a rig with each number of digits, a random number, and those of two halves."""
    options = dict(rig.options)
    task = Task(ignore_index=options.pop("ignore_index", None))
    whole = open_arrays(rig.predictions, rig.targets, task=task, options=options)
    spaces = explore([whole])
    for digits in DIGITS:
        groups, expected = groups_of(spaces, [as_logged(rig.value, digits)])
        score(counts, digits, groups, lambda each: is_the_one(each, rig))
        counts[digits, "expected"] += expected
        other = rig.value * math.exp(rng.uniform(-1, 1))
        counts[digits, "false"] += bool(groups_of(spaces, [as_logged(other, digits)])[0])
    if not rig.values:
        return
    half, rows = len(rig.targets) // 2, len(rig.targets)
    parts = [run_of(whole, run, "half", options=options) for run in ((0, half), (half, rows))]
    groups, _ = groups_of(explore(parts, 0), [as_logged(value, 4) for value in rig.values])
    score(counts, "two", groups, lambda each: is_the_one(each, rig))


def framework_rigs(
    rng: np.random.Generator,
) -> Iterator[tuple[str, Any, Any, dict[str, Any], float, str | None]]:
    """Yield numbers that real frameworks compute: name, arrays, what is said, the number, and the mistake."""
    count, columns = int(rng.integers(100, 2000)), int(rng.choice([3, 5, 10, 30]))
    labels = rng.integers(0, columns, count)
    logits = rng.normal(0, 1.5, (count, columns)).astype(np.float32)
    logits[range(count), labels] += np.float32(rng.uniform(0.5, 3))
    weights = rng.uniform(0.3, 3, columns).astype(np.float32)
    weighing = {"class_weights": weights}
    for yielded in (
        _torch_rigs(logits, labels, weights, weighing),
        _keras_rigs(logits, labels, weights, weighing),
    ):
        for name, said, value, mistake in yielded:
            yield name, logits, labels, said, value, mistake


Numbers = Iterator[tuple[str, dict[str, Any], float, str | None]]


def _torch_rigs(logits: Any, labels: Any, weights: Any, weighing: dict[str, Any]) -> Numbers:
    try:
        import torch
        from torch.nn import functional
    except ImportError:
        return
    x, y, w = torch.from_numpy(logits), torch.from_numpy(labels), torch.from_numpy(weights)
    rows = functional.one_hot(y, logits.shape[1]).float()
    made = (
        ("torch cross_entropy", {}, functional.cross_entropy(x, y), None),
        ("torch softmax, cross_entropy", {}, functional.cross_entropy(x.softmax(1), y), "double-softmax"),
        ("torch weight, index", weighing, functional.cross_entropy(x, y, weight=w), None),
        (
            "torch weight, rows",
            weighing,
            functional.cross_entropy(x, rows, weight=w),
            "weighted-mean-differs",
        ),
        ("torch smoothing", {}, functional.cross_entropy(x, y, label_smoothing=0.1), None),
        (
            "torch smoothing, weight",
            weighing,
            functional.cross_entropy(x, y, weight=w, label_smoothing=0.1),
            None,
        ),
        ("torch sum", {}, functional.cross_entropy(x, y, reduction="sum"), None),
        ("torch nll of softmax", {}, functional.nll_loss(x.softmax(1), y), "not-log-probabilities"),
        ("torch nll of logits", {}, functional.nll_loss(x, y), "not-log-probabilities"),
        (
            "torch BCE, one-hot",
            {},
            functional.binary_cross_entropy_with_logits(x, rows),
            "exclusive-under-sigmoid",
        ),
        ("torch shifted", {}, functional.cross_entropy(x, y.roll(-1)), "shifted-rows"),
        ("torch softmax(dim=0), nll", {}, functional.nll_loss(x.log_softmax(0), y), "class-axis"),
        ("torch multi_margin", {}, functional.multi_margin_loss(x, y), None),
        ("torch weights forgotten", weighing, functional.cross_entropy(x, y), "weights-forgotten"),
        ("torch perplexity", {}, functional.cross_entropy(x, y).exp(), "perplexity-logged"),
    )
    for name, said, value, mistake in made:
        yield name, said, float(value), mistake


def _keras_rigs(logits: Any, labels: Any, weights: Any, weighing: dict[str, Any]) -> Numbers:
    try:
        import keras
    except ImportError:
        return
    losses, ops = keras.losses, keras.ops
    rows = np.eye(logits.shape[1], dtype=np.float32)[labels]
    shares = ops.convert_to_numpy(ops.softmax(logits))
    made = (
        (
            "keras sparse, from_logits",
            {},
            losses.SparseCategoricalCrossentropy(from_logits=True)(labels, logits),
            None,
        ),
        (
            "keras sparse, logits",
            {},
            losses.SparseCategoricalCrossentropy()(labels, logits),
            "logits-as-probabilities",
        ),
        (
            "keras categorical, logits",
            {},
            losses.CategoricalCrossentropy()(rows, logits),
            "logits-as-probabilities",
        ),
        ("keras softmax", {}, losses.CategoricalCrossentropy()(rows, shares), None),
        (
            "keras sample_weight",
            weighing,
            losses.SparseCategoricalCrossentropy(from_logits=True)(
                labels, logits, sample_weight=weights[labels]
            ),
            "weighted-mean-differs",
        ),
        ("keras swapped", {}, losses.CategoricalCrossentropy()(shares, rows), "swapped-arguments"),
        ("keras focal", {}, losses.CategoricalFocalCrossentropy()(rows, shares), None),
        ("keras hinge", {}, losses.CategoricalHinge()(rows, logits), None),
        ("keras MSE", {}, losses.MeanSquaredError()(rows, shares), None),
    )
    for name, said, value, mistake in made:
        yield name, said, float(ops.convert_to_numpy(value)), mistake


def trace_frameworks(rounds: int, seed: int) -> tuple[Counts[Any], list[str]]:
    """Trace what real frameworks print, with 5 digits."""
    counts: Counts[Any] = Counter()
    missed = []
    rng = np.random.default_rng(seed)
    for _ in range(rounds):
        for name, logits, labels, said, value, mistake in framework_rigs(rng):
            found = match(logits, labels, value=as_logged(value, 5), **said)
            groups = [[group, *group.same] for group in found.matches]
            before = counts["frameworks", "first"]
            score(counts, "frameworks", groups, lambda each, mistake=mistake: each.mistake == mistake)
            if counts["frameworks", "first"] == before:
                missed.append(f"{name} ({as_logged(value, 5)})")
    return counts, missed


Counter = collections.Counter


def time_a_thousand() -> tuple[float, int]:
    """Return the best time of three to trace a number on 50,000 x 100 float32, and how many definitions that tried."""
    rng = np.random.default_rng(0)
    logits = rng.normal(size=(50_000, 100)).astype(np.float32)
    labels = rng.integers(0, 100, 50_000)
    best, count = math.inf, 0
    for _ in range(3):
        start = time.perf_counter()
        count = match(logits, labels, value="5.0927").tried
        best = min(best, time.perf_counter() - start)
    return best, count


def section(rigs: int = 300, seed: int = 0, rounds: int = 4) -> str:
    """Return the section of the scorecard, in Markdown."""
    counts: Counts[Any] = Counter()
    rng = np.random.default_rng(seed)
    for _ in range(rigs):
        trace_rig(counts, draw(rng), rng)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        real, missed = trace_frameworks(rounds, seed)
    seconds, count = time_a_thousand()

    def share(key: Any, what: str, of: Counts[Any] = counts) -> str:
        total = of[key, "rigs"]
        return f"{100 * of[key, what] / total:.1f} %" if total else "-"

    lines = [
        "## Tracing a logged number",
        "",
        f"{counts[DIGITS[0], 'rigs']} random tasks (seed {seed}), the number computed by code apart from cepick under "
        "a definition or mistake drawn at random.",
        "",
        "| digits | the true one among the matches | first | alone up to ties | by chance | a random number matched |",
        "|---|---|---|---|---|---|",
    ]
    for digits in DIGITS:
        expected = counts[digits, "expected"] / max(1, counts[digits, "rigs"])
        shown = (share(digits, each) for each in ("among", "first", "alone"))
        lines.append(f"| {digits} | {' | '.join(shown)} | {expected:.2g} | {share(digits, 'false')} |")
    shown = (share("two", each) for each in ("among", "first", "alone"))
    lines.append(f"| 4, of two halves | {' | '.join(shown)} | | |")
    lines += [
        "",
        "Wants: among the matches 100 %, first 95 % at 5 digits, alone 95 % at 6, or at 4 with the numbers of two "
        "batches. Definitions of one reading whose numbers differ by less than 1e-6, which float32 rounding may "
        "change, are one, and so are those that differ only in a clip or in how batches are joined, by less than "
        "1e-5. At few digits a definition is only named where it explains the number better than chance does: the "
        "unlikely ones are counted, and left out. By chance: how many definitions a number from elsewhere, but about "
        "as large, is expected to match; a random number is the true one times a factor from 1/e to e.",
        "",
        f"Numbers that PyTorch and Keras compute, 5 digits: {real['frameworks', 'rigs']} traced, the mistake first in "
        f"{share('frameworks', 'first', real)}, among the matches in {share('frameworks', 'among', real)}."
        + (f" Not first: {', '.join(dict.fromkeys(missed))}." if missed else ""),
        "",
        f"50,000 × 100 float32, {count:,} distinct values: {seconds:.2f} s (wants 2 s for 1,000).",
        "",
    ]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rigs", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    print(section(asked.rigs, asked.seed))
    return 0


if __name__ == "__main__":
    sys.exit(main())
