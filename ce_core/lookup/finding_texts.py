"""What is written about each finding: its page, what each framework does with such arrays, and the repair in code."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from ce_core.configs_io import listing, load_yaml
from ce_core.read.wording import plural
from ce_core.records import dataclass

if TYPE_CHECKING:
    from ce_core.findings import Effect, Finding

_FOLDER = "explain/findings"
UNVERIFIED = "(unverified)"
"""What a sentence ends with that no test has run."""

_ALSO_WRITTEN_FOR: dict[str, tuple[str, ...]] = {
    "keras": ("tensorflow",),
    "tensorflow": ("keras",),
    "transformers": ("torch",),
    "fastai": ("torch",),
}
"""Whose code does for a framework that has none of its own; then NumPy's does."""


def entries() -> dict[str, dict[str, Any]]:
    """Return what is written about every finding, by its code."""
    return {code: text for name in listing(_FOLDER) for code, text in load_yaml(f"{_FOLDER}/{name}").items()}


def entry(code: str) -> Mapping[str, Any] | None:
    """Return what is written about one finding, from the file of its hundred, or None."""
    name = f"{code[:3]}xx.yaml"
    if name not in listing(_FOLDER):
        return None
    found: Mapping[str, Any] | None = load_yaml(f"{_FOLDER}/{name}").get(code)
    return found


@dataclass(frozen=True, kw_only=True)
class Claim:
    """A sentence about what a framework does with the arrays of a finding."""

    text: str
    verified: bool = True
    """Whether a test runs the framework and sees it."""

    def __str__(self) -> str:
        return self.text if self.verified else f"{self.text} {UNVERIFIED}"


def claims(code: str) -> dict[str, tuple[Claim, ...]]:
    """Return by framework what it does with arrays that have this fault.

    >>> [claim.verified for claim in claims("CE201")["tensorflow"]]
    [True, False]
    """
    found = (entry(code) or {}).get("frameworks", {})
    return {
        name: tuple(map(_claim, said if isinstance(said, list) else [said])) for name, said in found.items()
    }


def _claim(said: str | Mapping[str, Any]) -> Claim:
    return Claim(text=said) if isinstance(said, str) else Claim(**said)


def frameworks(code: str) -> dict[str, str]:
    """Return by framework what it does with arrays that have this fault, in a line.

    >>> frameworks("CE107")["jax"]
    'a softmax over one column gives a loss of 0, in silence'
    """
    return {name: "; ".join(map(str, said)) for name, said in claims(code).items()}


def repair(code: str) -> dict[str, str]:
    """Return by framework the code that repairs it.

    >>> print(repair("CE107")["keras"])
    loss = keras.losses.BinaryCrossentropy(from_logits=True)(targets, logits[:, 0])
    """
    return dict((entry(code) or {}).get("repair", {}))


@dataclass(frozen=True, kw_only=True)
class Told:
    """What one framework does with the arrays of a finding, and the repair in its code."""

    framework: str
    title: str
    does: str | None
    repair: str | None


def told(finding: Finding, names: Iterable[str]) -> list[Told]:
    """Return what is written of a finding for each of some frameworks."""
    does, code = finding.frameworks, finding.repair
    found = []
    for name in names:
        order = (name, *_ALSO_WRITTEN_FOR.get(name, ()), "numpy")
        own = next((code[each] for each in order if each in code), None)
        if name in does or own:
            found.append(Told(framework=name, title=titled(name), does=does.get(name), repair=own))
    return found


def titled(name: str) -> str:
    """Return the name of a framework, or of NumPy, as people write it.

    >>> titled("torch"), titled("numpy")
    ('PyTorch', 'NumPy')
    """
    if name == "numpy":
        return "NumPy"
    from ce_core.frameworks import title

    return title(name)


def own_frameworks(answer: Any) -> tuple[str, ...]:
    """Return the frameworks that an answer is for: the one that was said, and that of the call that was asked for."""
    call = getattr(answer, "emulation", None)
    names = (answer.task.framework, None if call is None else call.call.framework)
    return tuple(dict.fromkeys(name for name in names if name))


_INSTEAD = {
    "CE501": "by the class frequencies alone",
    "CE503": "at that temperature",
    "CE505": "with the shift taken off",
}
"""Where the other loss of an effect is no other reading of the arrays, what it is."""


def effect_in_words(code: str, effect: Effect) -> str:
    """Return what a fault does to the loss, in a line.

    >>> from ce_core.findings import Effect
    >>> effect_in_words("CE104", Effect(loss=1.93124, without=0.41211, p=1e-31, count=1079, tried=14))
    '1.9312 nats as it stands, 0.4121 read so (p < 1e-30, 1,079 rows, 14 readings tried)'
    >>> effect_in_words("CE108", Effect(loss=math.inf, without=0.0161))
    'inf nats as it stands, 0.0161 without it'
    """
    instead = _INSTEAD.get(code, "read so" if effect.p is not None else "without it")
    parts = [] if effect.loss is None else [f"{_nats(effect.loss)} nats as it stands"]
    if effect.without is not None:
        unit = "" if parts else " nats"
        parts.append(f"{_nats(effect.without)}{unit} {instead}")
    how = []
    if effect.p is not None:
        how.append("p < 1e-30" if effect.p < 1e-30 else f"p = {effect.p:.2g}")
    if effect.count is not None:
        how.append(plural(effect.count, effect.noun) + (" of a sample" if effect.sample else ""))
    if effect.tried > 1:
        how.append(f"{effect.tried:,} readings tried")
    return ", ".join(parts) + (f" ({', '.join(how)})" if how else "")


_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:e[-+]?\d+)?|inf")


def effect_told(finding: Finding) -> str | None:
    """Return what a fault does to the loss, in a line; None where the finding's own sentences have its numbers.

    >>> from ce_core.findings import Effect, Finding
    >>> said = {"code": "CE307", "message": "the labels belong one row later", "remedy": "pair them again"}
    >>> effect = Effect(loss=3.24256, without=0.17212)
    >>> effect_told(Finding(because="the loss is 3.243 nats, and 0.1721 so read", effect=effect, **said)) is None
    True
    >>> effect_told(Finding(because="they go with those of the row above", effect=effect, **said))
    '3.2426 nats as it stands, 0.1721 without it'
    """
    effect = finding.effect
    if effect is None:
        return None
    shown = set(_NUMBER.findall(f"{finding.message} {finding.because}"))
    losses = [loss for loss in (effect.loss, effect.without) if loss is not None]
    if all({f"{loss:.4g}", _nats(loss)} & shown for loss in losses):
        return None
    return effect_in_words(finding.code, effect)


def _nats(loss: float) -> str:
    return f"{loss:.4f}" if not math.isfinite(loss) or abs(loss) >= 5e-4 or loss == 0 else f"{loss:.2g}"
