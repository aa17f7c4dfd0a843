"""The scorecard of the findings and of the inference: power, false alarms, and other libraries on the same pairs.

    python benchmarks/scorecard.py [--pairs 4000] [--seeds 200] [--write] [--misses FILE.json]

Runs every rig of ``tests/rigs`` in two processes, prints the page, and with ``--write`` writes it to docs/scorecard.md.
The figures are of the seeds alone: the same code on the same versions prints the same page.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter
from dataclasses import asdict, dataclass, field
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from typing import Any

os.environ["OMP_NUM_THREADS"] = "1"  # two processes share two cores

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / "tests" / "rigs"), str(Path(__file__).parent)]

import numpy as np  # noqa: E402
from clean import ambiguous, clean  # noqa: E402
from clean_arrays import Clean  # noqa: E402
from peer_rules import PEERS, Rows  # noqa: E402
from planted import FAULTS  # noqa: E402
from rig import Outcome, Rig  # noqa: E402

from ce_core.findings import RULES  # noqa: E402

WEAKER = 4
"""At a strength below the full one there are so many times fewer seeds."""
CHUNK = 50
KEPT = 40
"""How many misses of a kind are kept as examples."""


@dataclass(kw_only=True)
class Power:
    """What came of the rigs of one fault at one strength."""

    fault: str
    strength: float
    rigs: int = 0
    named: int = 0
    beside: Counter[str] = field(default_factory=Counter)
    """Errors that were named beside it."""
    missed: list[tuple[int, str, list[str], str | None]] = field(default_factory=list)

    def add(self, other: Power) -> None:
        self.rigs += other.rigs
        self.named += other.named
        self.beside += other.beside
        self.missed += other.missed


@dataclass(kw_only=True)
class Alarms:
    """What came of clean pairs, and what each rule took them for."""

    pairs: int = 0
    by_family: Counter[str] = field(default_factory=Counter)
    false: Counter[str] = field(default_factory=Counter)
    """False alarms by code."""
    pairs_with: Counter[str] = field(default_factory=Counter)
    """Pairs with a false alarm, by severity."""
    refused: int = 0
    told: Counter[str] = field(default_factory=Counter)
    read: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """(rule, encoding, right | wrong | none) of the decidable pairs."""
    open_wrong: int = 0
    ambiguous: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(family, status)."""
    examples: list[tuple[int, str, list[str], list[str]]] = field(default_factory=list)

    def add(self, other: Alarms) -> None:
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)


# --- Running -----------------------------------------------------------------------------------------------------


def run_fault(index: int, strength: float, seeds: range) -> Power:
    """Plant one fault at one strength with some seeds."""
    fault = FAULTS[index]
    power = Power(fault=fault.name, strength=strength)
    for seed in seeds:
        rig = fault.rig(seed, strength)
        found = rig.run()
        power.rigs += 1
        if fault.names & set(found.codes):
            power.named += 1
        elif len(power.missed) < KEPT:
            power.missed.append((seed, rig.name, list(found.codes), found.refusal))
        power.beside.update(found.errors - fault.names)
    return power


def run_clean(seeds: range) -> Alarms:
    """Evaluate clean pairs, and hand those that are decidable to every rule."""
    alarms = Alarms()
    for seed in seeds:
        pair = clean(seed)
        outcome = pair.rig.run()
        alarms.pairs += 1
        alarms.by_family[pair.family] += 1
        false = sorted({code for code in outcome.codes if code not in pair.may} | untrue_notes(pair, outcome))
        alarms.false.update(false)
        alarms.pairs_with.update({RULES[code].severity for code in false})
        alarms.refused += bool(outcome.refusal)
        wrong = pair.misread(outcome)
        if nothing_said(pair.rig):
            alarms.told[pair.told] += 1
            if pair.told == "decidable":
                alarms.read.update(readings(pair, outcome, wrong))
            alarms.open_wrong += bool(pair.told == "open" and wrong)
        if false or wrong or outcome.refusal:
            alarms.examples.append((seed, pair.rig.name, false, [*wrong, *filter(None, [outcome.refusal])]))
    return alarms


def run_ambiguous(seeds: range) -> Alarms:
    """Evaluate pairs that should be asked about."""
    alarms = Alarms()
    for seed in seeds:
        pair = ambiguous(seed)
        outcome = pair.rig.run()
        alarms.ambiguous[pair.family, outcome.status] += 1
        if outcome.status != "undecided":
            alarms.examples.append((seed, pair.rig.name, list(outcome.codes), [outcome.status]))
    return alarms


def untrue_notes(pair: Clean, outcome: Outcome) -> set[str]:
    """Return the notes about class indices that these arrays do not bear out."""
    rig = pair.rig
    values, labels = _array(rig.predictions), np.asarray(rig.targets)
    if labels.ndim != values.ndim - 1 or pair.expected["encoding"] != "index" or "padded" in pair.family:
        return set()
    counts = np.bincount(labels.astype(np.int64).ravel(), minlength=pair.expected["units"])
    there = counts[counts > 0]
    true = {
        "CE210": 10 * there.min() < there.max(),
        "CE211": bool((counts == 0).any()),
        "CE212": np.issubdtype(labels.dtype, np.floating),
    }
    return {code for code, holds in true.items() if code in outcome.codes and not holds}


def nothing_said(rig: Rig) -> bool:
    """Tell whether the arrays have to show their task: the axis of the classes and a padding label may be said."""
    return {name for name, _ in rig.said.known()} <= {"class_axis", "ignore_index"}


def readings(pair: Clean, outcome: Outcome, wrong: list[str]) -> Counter[tuple[str, str, str]]:
    """Return what each rule took a decidable pair for: right, wrong or none."""
    rows = as_rows(pair)
    counts: Counter[tuple[str, str, str]] = Counter()
    asked = outcome.status == "undecided"
    counts["cepick, all of it", rows.encoding, "none" if asked else "wrong" if wrong else "right"] += 1
    off = [each for each in wrong if not each.startswith(("outputs", "units"))]
    counts["cepick", rows.encoding, "none" if asked else "wrong" if off else "right"] += 1
    for peer in PEERS:
        answer = peer.rule(rows)
        told = "none" if answer is None else "right" if peer.right(rows, answer) else "wrong"
        counts[peer.name, rows.encoding, told] += 1
    return counts


def as_rows(pair: Clean) -> Rows:
    """Return a pair as rows with the classes last, without padding."""
    values, truth = _array(pair.rig.predictions), np.asarray(pair.rig.targets)
    expected, columns = pair.expected, pair.expected["units"]
    encoding, soft = expected["encoding"], expected["targets"] == "soft"
    if encoding == "scalar" or encoding is None:
        encoding = (
            ("one soft outcome" if soft else "one outcome")
            if columns == 1
            else "soft labels"
            if soft
            else "multi_hot"
        )
    if columns > 1 and pair.rig.said.class_axis == 1:
        values = np.moveaxis(values, 1, -1)
        truth = np.moveaxis(truth, 1, -1) if truth.ndim == values.ndim else truth
    values = values.reshape(-1, columns)
    truth = truth.reshape(-1) if encoding == "index" else truth.reshape(-1, columns)
    mark = pair.rig.said.ignore_index
    if mark is not None:
        counted = truth != mark
        values, truth = values[counted], truth[counted]
    return Rows(predictions=values, targets=truth, encoding=encoding)


def _array(predictions: Any) -> np.ndarray:
    found = np.asarray(getattr(predictions, "array", predictions))
    if found.dtype == np.uint16:  # raw bfloat16
        return (found.astype(np.uint32) << 16).view(np.float32)
    return found


def _job(job: tuple[Any, ...]) -> Power | Alarms:
    kind, *arguments = job
    return {"fault": run_fault, "clean": run_clean, "ambiguous": run_ambiguous}[kind](*arguments)


def run_all(pairs: int, seeds: int, codes: set[str]) -> tuple[list[Power], Alarms]:
    """Run every rig in two processes."""
    jobs: list[tuple[Any, ...]] = [
        ("fault", index, strength, range(count))
        for index, fault in enumerate(FAULTS)
        if not codes or fault.code in codes
        for strength in fault.strengths
        if (count := seeds if strength == fault.full else max(1, seeds // WEAKER))
    ]
    jobs += [("clean", range(first, min(pairs, first + CHUNK))) for first in range(0, pairs, CHUNK)]
    some = pairs // 10
    jobs += [("ambiguous", range(first, min(some, first + CHUNK))) for first in range(0, some, CHUNK)]
    powers, alarms = {}, Alarms()
    with get_context("spawn").Pool(2) as pool:
        for done, result in enumerate(pool.imap(_job, jobs), 1):
            if isinstance(result, Power):
                powers[result.fault, result.strength] = result
            else:
                alarms.add(result)
            if sys.stderr.isatty():
                print(f"\r{done} of {len(jobs)}", end="", file=sys.stderr)
    return list(powers.values()), alarms


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--pairs", type=int, default=4000, help="clean pairs, and a tenth as many ambiguous ones"
    )
    parser.add_argument("--seeds", type=int, default=200, help="rigs of each fault at full strength")
    parser.add_argument("--only", default="", help="codes to plant, separated by commas; none: all")
    parser.add_argument("--write", action="store_true", help="write docs/scorecard.md")
    parser.add_argument(
        "--misses", type=Path, help="write every miss and false alarm, with its seed, as JSON"
    )
    given = parser.parse_args()
    missing = [name for name in ("keras", "torch", "transformers") if find_spec(name) is None]
    if missing:
        parser.error(f"{', '.join(missing)} not installed; run: pip install -e '.[test,frameworks]'")
    powers, alarms = run_all(given.pairs, given.seeds, set(filter(None, given.only.split(","))))

    from scorecard_page import page, wants

    text = page(powers, alarms)
    print(text)
    if given.write:
        (ROOT / "docs").mkdir(exist_ok=True)
        (ROOT / "docs" / "scorecard.md").write_text(text, encoding="utf-8")
    if given.misses:
        missed = {
            f"{each.fault} at {each.strength:g}": asdict(each)["missed"] for each in powers if each.missed
        }
        found = {"missed": missed, "clean": alarms.examples}
        given.misses.write_text(json.dumps(found, indent=1), encoding="utf-8")
    return 0 if all(wants(powers, alarms).values()) else 1


if __name__ == "__main__":
    sys.exit(main())
