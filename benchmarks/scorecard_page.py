"""The scorecard's page: Markdown, from the figures of a run."""

from __future__ import annotations

import importlib.util
import platform
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

from peer_rules import ENCODINGS, PEERS
from planted import FAULTS
from scipy.stats import beta

from ce_core.findings import RULES, SEVERITIES

if TYPE_CHECKING:
    from scorecard import Alarms, Power

NAMED, ALARMED, READ = 0.99, 0.001, 0.99
VERSIONS = ("cepick", "numpy", "scikit-learn", "keras", "transformers", "torch")


def wants(powers: list[Power], alarms: Alarms) -> dict[str, bool]:
    """Return what was wanted, and whether it is met."""
    full = _full(powers)
    planted = [each for each in FAULTS if each.name in full]
    right, total = _read(alarms, "cepick, all of it")
    asked = sum(count for (_, status), count in alarms.ambiguous.items() if status == "undecided")
    return {
        "every fault named in at least 99 % of the rigs at full strength": all(
            full[each.name].named >= NAMED * full[each.name].rigs for each in planted
        ),
        "an error in at most 0.1 % of the clean pairs": alarms.pairs_with["error"] <= ALARMED * alarms.pairs,
        "inference right in at least 99 % of the decidable pairs": right >= READ * total,
        "every ambiguous pair undecided": asked == sum(alarms.ambiguous.values()),
    }


def upper(count: int, total: int) -> float:
    """Return the exact 95 % upper bound of a share (Clopper and Pearson 1934, one-sided)."""
    return 1.0 if count >= total else float(beta.ppf(0.95, count + 1, total - count))


def lower(count: int, total: int) -> float:
    """Return the exact 95 % lower bound of a share."""
    return 0.0 if not count else float(beta.ppf(0.05, count, total - count + 1))


def page(powers: list[Power], alarms: Alarms) -> str:
    """Return the whole page."""
    parts = [
        "# Scorecard",
        "Written by `python benchmarks/scorecard.py --write`, from a run of this version's code: change nothing by "
        "hand. The rigs are in `tests/rigs/`; every figure but a time is of numbered seeds, and the same "
        "versions give it again.",
        _versions(),
        *_wants(powers, alarms),
        *_power(powers),
        *_alarms(alarms),
        *_inference(alarms),
        *_match(),
    ]
    return "\n\n".join(parts) + "\n"


def _versions() -> str:
    found = [f"Python {platform.python_version()}"]
    for name in VERSIONS:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            found.append(f"{name} not installed")
    return "Versions: " + ", ".join(found) + "."


def _wants(powers: list[Power], alarms: Alarms) -> list[str]:
    rows = [(want, "yes" if met else "**no**") for want, met in wants(powers, alarms).items()]
    return ["## What is wanted", _table(("wanted", "met"), rows)]


def _full(powers: list[Power]) -> dict[str, Power]:
    at = {each.name: each.full for each in FAULTS}
    return {each.fault: each for each in powers if each.strength == at[each.fault]}


def _power(powers: list[Power]) -> list[str]:
    full = _full(powers)
    weaker: dict[str, list[Power]] = {}
    for each in powers:
        if each is not full.get(each.fault):
            weaker.setdefault(each.fault, []).append(each)
    rows = []
    for fault in FAULTS:
        if fault.name not in full:
            continue
        found = full[fault.name]
        share = found.named / found.rigs
        shown = f"{share:.1%}" if share >= NAMED else f"**{share:.1%}**"
        curve = ", ".join(
            f"{each.strength:g}: {each.named / each.rigs:.0%}" for each in weaker.get(fault.name, [])
        )
        beside = ", ".join(f"{code} {count / found.rigs:.0%}" for code, count in sorted(found.beside.items()))
        rows.append(
            (
                " or ".join(sorted(fault.names)),
                fault.name,
                f"{fault.measure} {fault.full:g}",
                fault.rows,
                f"{found.rigs:,}",
                shown,
                f"{lower(found.named, found.rigs):.1%}",
                curve,
                beside,
            )
        )
    both = [
        f"- {each.name}: {' or '.join(sorted(each.names))}: {each.why_also}." for each in FAULTS if each.also
    ]
    return [
        "## Power: are faults named?",
        "Each rig is a model's arrays with one fault: a model trained on scikit-learn's data sets and read on held-out "
        "rows, or a synthetic one. At full strength, with the number of rows stated, the code must be among the "
        "findings; weaker rigs give the curve (strength: share named). *At least* is the exact 95 % lower bound. "
        "*Errors beside*: other error-level findings on the same rig, as shares of the rigs.",
        _table(
            (
                "code",
                "fault",
                "full strength",
                "rows",
                "rigs",
                "named",
                "at least",
                "weaker",
                "errors beside",
            ),
            rows,
        ),
        "Where two codes name the same cause by construction, either counts:\n\n" + "\n".join(both),
    ]


def _alarms(alarms: Alarms) -> list[str]:
    by_severity = [
        (
            severity,
            f"{alarms.pairs_with[severity]:,}",
            f"{alarms.pairs_with[severity] / max(1, alarms.pairs):.3%}",
            f"{upper(alarms.pairs_with[severity], alarms.pairs):.3%}",
        )
        for severity in SEVERITIES
    ]
    by_code = [
        (code, RULES[code].slug, RULES[code].severity, f"{count:,}", f"{count / alarms.pairs:.3%}")
        for code, count in sorted(alarms.false.items())
    ]
    families = ", ".join(f"{name} {count:,}" for name, count in sorted(alarms.by_family.items()))
    codes = (
        _table(("code", "slug", "severity", "pairs", "share"), by_code)
        if by_code
        else "No code was named falsely."
    )
    return [
        "## False alarms: are clean arrays left alone?",
        f"{alarms.pairs:,} clean pairs: {families}. {alarms.refused:,} could not be evaluated. A finding is false "
        "unless it is true of the pair by construction: an untrained model is no better than the class frequencies "
        "(CE501), a perfect one equals the labels (CE502), 16 bits or 4 decimals may be too few (CE109), and a model "
        "may be off its temperature or base rate (CE503, CE505; false on models whose labels are drawn from their own "
        "probabilities). Notes about class indices (CE210, CE211, CE212) are held against the labels. *At most* is the "
        "exact 95 % upper bound.",
        _table(("severity", "pairs with a false alarm", "share", "at most"), by_severity),
        codes,
    ]


def _read(alarms: Alarms, rule: str, encodings: Iterable[str] = ENCODINGS) -> tuple[int, int]:
    right = sum(alarms.read[rule, encoding, "right"] for encoding in encodings)
    total = sum(
        alarms.read[rule, encoding, told] for encoding in encodings for told in ("right", "wrong", "none")
    )
    return right, total


def _inference(alarms: Alarms) -> list[str]:
    rules = [
        ("cepick, all of it", "executed"),
        ("cepick", "executed"),
        *((peer.name, peer.how) for peer in PEERS),
    ]
    rows = []
    for rule, how in rules:
        right, total = _read(alarms, rule)
        none = sum(alarms.read[rule, encoding, "none"] for encoding in ENCODINGS)
        shares = []
        for encoding in ENCODINGS:
            some, of = _read(alarms, rule, (encoding,))
            shares.append(f"{some / of:.1%}" if of else "")
        rows.append((rule, how, f"{right / max(1, total):.1%}", f"{none / max(1, total):.1%}", *shares))
    counts = ["pairs", "", f"{_read(alarms, 'cepick')[1]:,}", ""]
    counts += [f"{_read(alarms, 'cepick', (encoding,))[1]:,}" for encoding in ENCODINGS]
    asked = [
        (family, f"{count:,}", f"{alarms.ambiguous[family, 'undecided'] / count:.1%}")
        for family in sorted({family for family, _ in alarms.ambiguous})
        if (count := sum(n for (name, _), n in alarms.ambiguous.items() if name == family))
    ]
    answers = "\n".join(f"- {peer.name} ({peer.how}): {peer.counts}." for peer in PEERS)
    return [
        "## Inference: are arrays taken for what they are?",
        "Of the clean pairs those of which nothing is said but the class axis or a padding label. A pair is decidable "
        "unless its values are in [0, 1] and sigmoid outputs cannot be told from small logits by how they fit: fewer "
        "than 100 rows or 10 of each outcome, an untrained model, or logits that happen to be there. *cepick, all of "
        "it* must find logits, probabilities or log-probabilities, exclusive or not, the encoding, hard or soft, and "
        "the columns. *cepick* answers what the others are asked: which cross-entropy, whatever the outputs are.",
        _table(("rule", "", "right", "no answer", *ENCODINGS), [*rows, tuple(counts)]),
        f"Of {alarms.told['open']:,} pairs that are not decidable, where asking is right, {alarms.open_wrong:,} "
        "were read wrongly.",
        "What counts as right. Every rule is handed the pair at its most convenient: positions flattened to rows, the "
        "classes last, one outcome as a column, padding left out.\n\n" + answers,
        "Pairs built to be ambiguous, which should be asked about (no other rule ever asks):",
        _table(("pairs", "number", "undecided"), asked),
    ]


def _match() -> list[str]:
    """Return the section of the benchmark of `cepick match`, where that is there."""
    if importlib.util.find_spec("match") is None:
        return []
    from match import section

    return [str(section()).strip()]


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
