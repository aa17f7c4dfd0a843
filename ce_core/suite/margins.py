"""Limits a little wider than what was measured, and why so wide."""

from __future__ import annotations

import math
import re

from ce_core.compute.evaluation import Diagnostics, Evaluation
from ce_core.read.wording import plural
from ce_core.records import dataclass

DEVIATIONS = 3
"""So many standard errors are between what was measured and its limit."""

FIGURES = 3
"""A limit is rounded outward to so many digits."""


@dataclass(frozen=True, kw_only=True)
class Suggested:
    """A limit with what was measured, and where its margin comes from."""

    path: str
    least: float | None = None
    most: float | None = None
    because: str

    @property
    def text(self) -> str:
        """Return the limit as the file has it."""
        ends = (("min", self.least), ("max", self.most))
        said = [f"{end}: {number_text(value)}" for end, value in ends if value is not None]
        return f"{self.path}: {{{', '.join(said)}}}"


def suggestions(evaluation: Evaluation) -> list[Suggested]:
    """Return the limits that an evaluation suggests: on the loss, the accuracy, the calibration and every recall."""
    numbers = evaluation.diagnostics
    accuracy = (
        None if numbers.accuracy is None else _of_share("accuracy", numbers.accuracy, numbers.count, "")
    )
    found = (_of_loss(evaluation), accuracy, _of_ece(numbers), _of_recall(numbers))
    return [each for each in found if each is not None]


def _of_ece(numbers: Diagnostics) -> Suggested | None:
    """Return the limit on the calibration error.

    Each gap is a share of examples less what was expected of it: all of them together vary by 0.5 / √n at most.
    """
    if numbers.ece is None or not numbers.count:
        return None
    most = outward(numbers.ece + DEVIATIONS * 0.5 / math.sqrt(numbers.count), up=True)
    because = f"{numbers.ece:.4g} measured; its standard error is at most 0.5 / √{numbers.count}"
    return Suggested(path="ece", most=most, because=because) if most < 1 else None


def _of_loss(evaluation: Evaluation) -> Suggested | None:
    """Return the limit on the loss, whose standard error is a share of the mean's."""
    value, numbers = evaluation.value, evaluation.diagnostics
    if value is None or not math.isfinite(value):
        return None
    error = numbers.standard_error
    if error is None or not math.isfinite(error):
        margin = 0.05 * abs(value)
        because = f"{value:.6g} measured; its standard error is not known, so 5 % of it"
    else:
        if numbers.mean and math.isfinite(numbers.mean):
            error *= abs(value / numbers.mean)
        margin = DEVIATIONS * error
        because = f"{value:.6g} measured, standard error {error:.2g}"
    return Suggested(path="loss", most=outward(value + margin, up=True), because=because)


def _of_share(path: str, share: float, count: float, of: str) -> Suggested | None:
    """Return the limit on a share of so many examples, or None where it would allow everything."""
    least = outward(_least_share(share, count), up=False)
    if least <= 0:
        return None
    return Suggested(
        path=path, least=least, because=f"{share:.4g} measured{of}, of {plural(round(count), 'example')}"
    )


def _least_share(share: float, count: float) -> float:
    """Return a share less its margin. Two more of either kind keep the standard error of 0 and 1 above 0."""
    smoothed = (share * count + 2) / (count + 4)
    return share - DEVIATIONS * math.sqrt(smoothed * (1 - smoothed) / (count + 4))


def _of_recall(numbers: Diagnostics) -> Suggested | None:
    """Return the limit on the recall of every class: the least of their own limits."""
    rows = [each for each in numbers.per_class if each.recall is not None and each.support > 0]
    if not rows:
        return None
    worst = min(rows, key=lambda each: _least_share(each.recall or 0.0, each.support))
    name = worst.klass if worst.name is None else in_a_comment(worst.name)[:40]
    return _of_share("per_class.recall", worst.recall or 0.0, worst.support, f" of class {name}")


def outward(value: float, *, up: bool, figures: int = FIGURES) -> float:
    """Return a number rounded to a few digits, up or down, and never to the other side.

    >>> outward(0.39341, up=True), outward(0.9048, up=False), outward(-0.0123456, up=False)
    (0.394, 0.904, -0.0124)
    """
    if value == 0 or not math.isfinite(value):
        return value
    digits = figures - 1 - math.floor(math.log10(abs(value)))
    rounded = round(value, digits)
    if (rounded < value) if up else (rounded > value):
        rounded = round(rounded + (1 if up else -1) * 10.0**-digits, digits)
    return rounded


def in_a_comment(text: str) -> str:
    r"""Return a text without anything that would end a comment.

    >>> in_a_comment("two\nlines, and\u2028three")
    'two lines, and three'
    """
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def number_text(value: float) -> str:
    """Return a number as readers of YAML 1.1 and 1.2 take for one: an exponent has a dot before it, and a sign.

    >>> number_text(1e-07), number_text(float("inf")), number_text(0.4)
    ('1.0e-07', '.inf', '0.4')
    """
    if not math.isfinite(value):
        return ".nan" if math.isnan(value) else ".inf" if value > 0 else "-.inf"
    text = repr(value)
    found = re.fullmatch(r"(-?\d+)(\.\d+)?e([+-])(\d+)", text)
    return text if found is None else f"{found[1]}{found[2] or '.0'}e{found[3]}{found[4]}"
