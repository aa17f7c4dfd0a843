"""The words that pages, plain text and Markdown share: numbers, properties, flags, rows."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from ce_core.task import Evidence
from ce_core.task.words import PROPERTIES, Value

SURE = 0.995
"""A confidence from here on is not worth telling."""

DOUBTFUL = 0.9
"""A confidence below this is worth a colour."""

DIVISORS = {
    "weights": "the sum of the weights of the counted examples",
    "batch": "every position, ignored ones too",
    "valid": "the counted positions",
    "nonzero_weights": "the positions whose weight is not 0",
    "elements": "the counted positions times the classes",
    "sequences": "each sequence's own length, then the number of sequences",
}
"""What a mean divides by, for each value of --mean-over."""


def measured(value: str, unit: str | None) -> str:
    """Return a number with its unit, where it has one.

    >>> measured("0.3274", "nats"), measured("0.3274", None)
    ('0.3274 nats', '0.3274')
    """
    return value if unit is None else f"{value} {unit}"


def modifiers(answer: Any) -> list[str]:
    """Return what a loss was computed with, each in a few words: its own options, smoothing, a clip."""
    found = [f"{name} {option(each)}" for name, each in answer.loss_options.items()]
    if answer.label_smoothing:
        how = {"others": " on the other classes", "torch": " as in torch"}.get(answer.smoothing or "", "")
        found.append(f"label smoothing {answer.label_smoothing:g}{how}")
    if answer.clip_policy is not None:
        from ce_core.compute.clips import POLICIES

        found.append(f"clip {answer.clip_policy} ({POLICIES[answer.clip_policy].says})")
    elif answer.clip is not None:
        found.append(f"clipped at {answer.clip:g}")
    return found


def option(value: Any) -> str:
    """Return the value of a loss's option.

    >>> option(None), option(0.25), option((1.0, 2.5)), option(True)
    ('none', '0.25', '1, 2.5', 'true')
    """
    if isinstance(value, (tuple, list)):
        return ", ".join(map(option, value))
    if value is None or isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, (int, float)) else str(value)


def number(value: float | None, digits: int = 4) -> str:
    """Return a number as a person reads it: so many decimals below 10, so many digits from there on.

    >>> [number(each) for each in (0.327412, 2.302585, 11.25, 123456.7, 0.0, 1.3e-5)]
    ['0.3274', '2.3026', '11.25', '123,457', '0', '1.3e-05']
    >>> number(None), number(float("inf")), number(0.32741234, digits=6)
    ('–', 'inf', '0.327412')
    """
    if value is None:
        return "–"
    if not math.isfinite(value) or value == 0:
        return "0" if value == 0 else str(value)
    size = math.floor(math.log10(abs(value)))
    if size < -3 or size > 14:
        return f"{value:.{digits - 1}g}"
    return f"{value:,.{digits if size < 1 else max(0, digits - 1 - size)}f}"


def loss(value: float | None) -> str:
    """Return a loss for a column: four decimals, or its first digits where it is smaller than that.

    >>> loss(18.0263), loss(0.1), loss(3.2e-9), loss(0.0), loss(float("inf"))
    ('18.0263', '0.1000', '3.2e-09', '0.0000', 'inf')
    """
    if value is None:
        return "–"
    if not math.isfinite(value) or value >= 1e6:
        return f"{value:g}"
    return f"{value:.1e}" if 0 < abs(value) < 5e-5 else f"{value:.4f}"


def whole(value: float) -> str:
    """Return a count with separators; a sum of weights keeps its decimals.

    >>> whole(1079), whole(10.5)
    ('1,079', '10.5')
    """
    return f"{int(value):,}" if float(value).is_integer() else f"{value:,.1f}"


def percent(share: float | None) -> str:
    """Return a share in percent; only what is whole says 0 or 100.

    >>> percent(0.94069), percent(1.0), percent(0.99996), percent(None)
    ('94.1 %', '100 %', '99.996 %', '–')
    """
    if share is None:
        return "–"
    if not math.isfinite(share) or share in (0, 1):
        return f"{100 * share:.0f} %" if math.isfinite(share) else str(share)
    for decimals in (1, 2, 3, 4):
        text = f"{100 * share:.{decimals}f}"
        if float(text) not in (0, 100):
            return f"{text} %"
    return f"{100 * share:.8g} %"


def shape(axes: Iterable[int]) -> str:
    """Return a shape as it is written everywhere.

    >>> shape((8, 10))
    '[8, 10]'
    """
    return f"[{', '.join(map(str, axes))}]"


def value(of: Value) -> str:
    """Return a property's value in the words of task files.

    >>> value(True), value((1, 2)), value("logits")
    ('true', '1,2', 'logits')
    """
    if isinstance(of, bool):
        return str(of).lower()
    if isinstance(of, tuple):
        return ",".join(map(str, of))
    return f"{of:g}" if isinstance(of, float) else str(of)


def row(of: Any) -> str:
    """Return a row's position.

    >>> row(7), row((3, 12)), row(None)
    ('7', '[3, 12]', '–')
    """
    return "–" if of is None else shape(of) if isinstance(of, tuple) else str(of)


def label(of: Any) -> str:
    """Return a label or prediction of the worst examples: a class, a name, a number, or a set of labels.

    >>> label(3), label("cat"), label((0, 2)), label(0.25), label(())
    ('3', 'cat', '{0, 2}', '0.2500', 'none')
    """
    if isinstance(of, tuple):
        return "{" + ", ".join(map(str, of)) + "}" if of else "none"
    if isinstance(of, float) and not of.is_integer():
        return number(of)
    return "–" if of is None else str(int(of)) if isinstance(of, float) else str(of)


def klass(name: str | None, number: int) -> str:
    """Return a class by its name, where it has one.

    >>> klass("cat", 3), klass(None, 3)
    ('cat', '3')
    """
    return str(number) if name is None else name


def overrides(evidence: Evidence) -> str:
    """Return the flags that say otherwise than a piece of evidence.

    >>> overrides(Evidence(property="outputs", value="logits", source="predictions", because=""))
    '--probabilities, --log-probabilities'
    >>> overrides(Evidence(property="classes", value=10, source="predictions", because=""))
    '--classes N'
    """
    prop = PROPERTIES[evidence.property]
    if prop.flags or prop.type == "bool":
        return ", ".join(prop.flag(other) for other in prop.answers if other != evidence.value)
    word = {"choice": "NAME", "choices": "NAMES", "integer": "N", "axis": "AXIS", "ratio": "RATIO"}[prop.type]
    return f"--{prop.name.replace('_', '-')} {word}"


def is_inferred(evidence: Evidence) -> bool:
    """Tell whether the arrays showed it, rather than a person or what a person said."""
    return evidence.source != "said"


def reason(evidence: Evidence) -> str:
    """Return why a property has its value, with a doubt where there is one.

    >>> reason(Evidence(property="label_base", value=0, source="both", because="1 to 3", confidence=0.6, runner_up=1))
    '1 to 3 (60 % sure, else 1)'
    """
    if evidence.confidence >= SURE:
        return evidence.because
    otherwise = "" if evidence.runner_up is None else f", else {value(evidence.runner_up)}"
    return f"{evidence.because} ({100 * evidence.confidence:.3g} % sure{otherwise})"


def sentence(text: str) -> str:
    """Return text with a capital first letter, unless its first word is a name in code.

    >>> sentence("there are two outcomes"), sentence("sigmoid_focal is one")
    ('There are two outcomes', 'sigmoid_focal is one')
    """
    first = text.split(" ", 1)[0]
    return text if any(mark in first for mark in "_.()=-") else text[:1].upper() + text[1:]


def line(text: str) -> str:
    r"""Return text on one line.

    >>> line("digits\n  of   2")
    'digits of 2'
    """
    return " ".join(text.split())


def plural(count: int, one: str, many: str | None = None) -> str:
    """Return a count with its noun.

    >>> plural(1, "class", "classes"), plural(2, "class", "classes")
    ('1 class', '2 classes')
    """
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def places(finding: Any) -> str:
    """Return where a finding was made: how often, and the first rows or lines; empty where it is everywhere."""
    parts = []
    if finding.count is not None:
        parts.append(f"{finding.count:,} found")
    if finding.lines:
        parts.append(f"{'line' if len(finding.lines) == 1 else 'lines'} {', '.join(map(str, finding.lines))}")
    elif finding.rows:
        shown = ", ".join(map(row, finding.rows))
        parts.append(f"{'row' if len(finding.rows) == 1 else 'rows'} {shown}")
    more = finding.count is not None and finding.count > len(finding.lines or finding.rows) > 0
    return ": ".join(parts) + (", …" if more else "")
