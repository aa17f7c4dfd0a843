"""What tells a problem apart from others, and stays the same from run to run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ce_core.suite.report import CheckResult, Problem

Told = tuple["CheckResult", "Problem"]


def with_fingerprints(pairs: Iterable[Told]) -> Iterator[tuple[CheckResult, Problem, str]]:
    """Yield problems with their fingerprints: of the check, the rule, and what of the check it is about.

    Numbers, sentences and lines of the file are not in it, which change without the problem being another. Those that
    are alike in all of it are counted.
    """
    seen: Counter[tuple[str, ...]] = Counter()
    for result, problem in pairs:
        about = (result.name, problem.rule, problem.path or "", problem.slice or "", problem.file)
        seen[about] += 1
        yield result, problem, _digest(*about, str(seen[about]))


def _digest(*parts: str) -> str:
    # The lengths keep "a", "bc" and "ab", "c" apart.
    text = "".join(f"{len(part)}:{part}" for part in parts)
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
