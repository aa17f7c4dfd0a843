"""The catalogue of findings: a code, a slug and a severity each, never renumbered, never reused."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from math import isfinite
from typing import Any, Literal

from ce_core.records import dataclass

from .errors import CepickError, did_you_mean

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One row of the catalogue: what a finding's code stands for."""

    code: str
    slug: str
    severity: Severity
    signature: str
    """What the arrays show when the finding is made, in a line."""


@dataclass(frozen=True, kw_only=True)
class Effect:
    """What a fault does to the loss: the mean as the arrays stand, and without the fault. In nats, unweighted."""

    loss: float | None
    without: float | None
    """The mean loss under the reading that the finding names."""
    p: float | None = None
    """The chance of a difference this large where there is none, before correcting for ``tried``; None where it is
    no matter of chance."""
    count: int | None = None
    """How many observations were compared."""
    noun: str = "row"
    """What one observation is."""
    tried: int = 1
    """How many other readings were tried."""
    sample: bool = False
    """Whether the observations are a sample of the arrays'."""

    def to_dict(self) -> dict[str, Any]:
        """Return the effect as strict JSON has it: a loss that is not finite becomes "inf" or "nan".

        >>> Effect(loss=float("inf"), without=0.5).to_dict()["loss"]
        'inf'
        """
        plain = asdict(self)
        return {
            key: str(value) if isinstance(value, float) and not isfinite(value) else value
            for key, value in plain.items()
        }


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Something found in the arrays: what, the numbers that show it, and what to do."""

    code: str
    message: str
    because: str
    remedy: str
    count: int | None = None
    rows: tuple[int | tuple[int, ...], ...] = ()
    lines: tuple[int, ...] = ()
    effect: Effect | None = None

    @property
    def slug(self) -> str:
        """Return the finding's name, such as ``double-softmax``."""
        return RULES[self.code].slug

    @property
    def severity(self) -> Severity:
        """Return ``error``, ``warning`` or ``note``."""
        return RULES[self.code].severity

    @property
    def frameworks(self) -> dict[str, str]:
        """Return by framework what it does with such arrays; read from a file when it is asked for."""
        from .lookup import finding_texts

        return finding_texts.frameworks(self.code)

    @property
    def repair(self) -> dict[str, str]:
        """Return by framework the code that repairs it; read from a file when it is asked for."""
        from .lookup import finding_texts

        return finding_texts.repair(self.code)

    def to_dict(self) -> dict[str, Any]:
        """Return the finding as JSON shows it."""
        return {
            "code": self.code,
            "slug": self.slug,
            "severity": self.severity,
            "message": self.message,
            "because": self.because,
            "remedy": self.remedy,
            "count": self.count,
            "rows": [list(row) if isinstance(row, tuple) else row for row in self.rows],
            "lines": list(self.lines),
            "effect": None if self.effect is None else self.effect.to_dict(),
            "frameworks": self.frameworks,
            "repair": self.repair,
        }


def _rule(code: str, slug: str, severity: Severity, signature: str) -> Rule:
    return Rule(code=code, slug=slug, severity=severity, signature=signature)


_TABLE = (
    _rule(
        "CE101",
        "not-finite",
        "error",
        "NaN or +inf in the predictions, NaN in the targets, or a row of nothing but -inf",
    ),
    _rule(
        "CE102",
        "probabilities-as-logits",
        "error",
        "a loss on logits is asked for, and the rows are probabilities",
    ),
    _rule(
        "CE103",
        "logits-as-probabilities",
        "error",
        "a loss on probabilities is asked for, and the values are not probabilities",
    ),
    _rule("CE104", "double-softmax", "error", "the predictions went through softmax twice"),
    _rule("CE105", "double-sigmoid", "error", "the predictions went through sigmoid twice"),
    _rule(
        "CE106",
        "log-probabilities-as-probabilities",
        "error",
        "log-probabilities where probabilities are said",
    ),
    _rule(
        "CE107",
        "one-unit-softmax",
        "error",
        "a softmax over a single column: always 1, and the loss always 0",
    ),
    _rule(
        "CE108",
        "zero-probability",
        "error",
        "a probability of exactly 0 for what is true: the loss is infinite",
    ),
    _rule(
        "CE109",
        "half-precision",
        "warning",
        "16-bit outputs that overflow, or are too coarse for this loss",
    ),
    _rule("CE110", "constant-predictions", "warning", "every row of the predictions is the same"),
    _rule(
        "CE111",
        "not-log-probabilities",
        "error",
        "a negative log-likelihood is asked for, and the values are not log-probabilities",
    ),
    _rule(
        "CE201",
        "label-out-of-range",
        "error",
        "a label below 0, or not below the number of classes",
    ),
    _rule("CE202", "one-based-labels", "error", "labels run from 1 to K instead of 0 to K-1"),
    _rule(
        "CE203",
        "undeclared-sentinel",
        "warning",
        "labels out of range that all are a usual mark for padding",
    ),
    _rule(
        "CE204",
        "signed-labels",
        "error",
        "labels are -1 and +1, and the loss is a cross-entropy",
    ),
    _rule(
        "CE205",
        "rows-not-distributions",
        "error",
        "soft targets over exclusive classes do not sum to 1",
    ),
    _rule("CE206", "targets-outside-unit-interval", "error", "targets below 0 or above 1"),
    _rule("CE207", "all-ignored", "error", "no example is left to count, or none of a sequence"),
    _rule("CE208", "unlabelled-rows", "warning", "target rows of nothing but zeros"),
    _rule("CE209", "continuous-targets", "error", "targets are quantities: a regression"),
    _rule("CE210", "class-imbalance", "note", "the rarest class is under a tenth of the commonest"),
    _rule("CE211", "absent-class", "note", "classes that never occur in the targets"),
    _rule("CE212", "float-labels", "note", "class indices stored as floating-point numbers"),
    _rule("CE301", "shape-mismatch", "error", "no reading of the two shapes pairs them"),
    _rule(
        "CE302",
        "broadcast-trap",
        "note",
        "[N] against [N, 1]: broadcasting makes N x N of them",
    ),
    _rule("CE303", "class-axis", "error", "the classes do not lie along the axis that was said"),
    _rule(
        "CE304",
        "swapped-arguments",
        "error",
        "the first array holds the targets, the second the predictions",
    ),
    _rule(
        "CE305",
        "multi-label-under-softmax",
        "error",
        "rows with several ones, under an exclusive loss",
    ),
    _rule(
        "CE306",
        "exclusive-under-sigmoid",
        "note",
        "every row is one-hot, and the outputs are independent",
    ),
    _rule(
        "CE307",
        "shifted-rows",
        "error",
        "the labels fit better one row, or one time step, away",
    ),
    _rule(
        "CE308",
        "permuted-classes",
        "error",
        "the labels fit better with the classes in another order",
    ),
    _rule("CE309", "flipped-sign", "error", "the predictions fit better with their sign flipped"),
    _rule("CE401", "clipping-decides", "warning", "clipped examples carry over 10 % of the mean"),
    _rule("CE402", "infinite-loss", "error", "a logit of -inf where the target has weight"),
    _rule(
        "CE501",
        "no-better-than-prior",
        "warning",
        "no better than always answering with the class frequencies",
    ),
    _rule("CE502", "too-good", "warning", "the predictions equal the labels"),
    _rule("CE503", "miscalibrated", "note", "another temperature lowers the loss significantly"),
    _rule(
        "CE504",
        "weighted-mean-differs",
        "warning",
        "the ways to divide a weighted mean differ by more than 1 %",
    ),
    _rule(
        "CE505",
        "prior-shift",
        "note",
        "the mean prediction is off the base rate, as a positive weight leaves it",
    ),
)

RULES: dict[str, Rule] = {rule.code: rule for rule in _TABLE}
"""Every finding by its code."""

_BY_SLUG = {rule.slug: rule for rule in _TABLE}


def rule(name: str) -> Rule:
    """Return a rule by its code or slug.

    >>> rule("ce104").slug, rule("double-softmax").code
    ('double-softmax', 'CE104')
    """
    found = RULES.get(name.upper()) or _BY_SLUG.get(name.lower().replace("_", "-"))
    if found is None:
        raise CepickError(f"{name}: no such finding; {did_you_mean(name, [*RULES, *_BY_SLUG])}")
    return found


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings with the most severe first, and by code within a severity."""
    return tuple(sorted(findings, key=lambda each: (SEVERITIES.index(each.severity), each.code)))
