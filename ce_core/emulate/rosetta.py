"""One data set, many numbers: what each framework's fitting call prints, grouped by value, with the cause."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ce_core.arrays import from_object
from ce_core.emulate.candidates import Modifiers, candidates
from ce_core.emulate.results import Difference, Group, Member, Rosetta
from ce_core.emulate.turned import Given, Line
from ce_core.errors import CepickError

GIVEN = ("logits", "probabilities", "log_probabilities")
FORMS = ("index", "rows", "scalar")


_MISTAKES = {
    "logits-as-probabilities": "logits are read as probabilities",
    "probabilities-as-logits": "probabilities are read as logits, and a softmax or sigmoid is taken of them again",
    "log-probabilities-as-probabilities": "log-probabilities are read as probabilities",
}


def rosetta(
    predictions: Any,
    targets: Any,
    *,
    given: str,
    target_form: str,
    class_weights: Any = None,
    sample_weights: Any = None,
    label_smoothing: float = 0.0,
    ignore_index: int | None = None,
    pos_weight: Any = None,
) -> Rosetta:
    """Set side by side what the fitting calls of all frameworks print for the same arrays.

    Use it when two programs give two losses for one model. ``given`` says what the predictions are (logits,
    probabilities or log_probabilities), ``target_form`` what the targets are: ``index`` (class indices), ``rows``
    (one-hot or soft rows) or ``scalar`` (a number for each outcome). A function that wants indices as one-hot rows,
    or logits as probabilities, is called on them turned, and its text says so. Where a framework's function
    gives losses only, or takes no such weights, their weighted mean is taken by hand. Values within 1e-6 of each
    other, relatively, are one group.

    Shapes: the classes on the last axis; weights of examples of the targets' leading shape.

    Units: nats, except for the group that shows what the loss is in bits.

    Raises:
        CepickError: for another word, or arrays that do not pair.

    Source: `emulate`, and with it the rows of ``configs/frameworks``.

    >>> logits, labels = [[2.0, 0.0, -1.0], [0.5, 1.0, 0.0], [3.0, -2.0, 0.0]], [0, 2, 1]
    >>> table = rosetta(logits, labels, given="logits", target_form="index", class_weights=[1, 2, 10])
    >>> [round(group.value, 4) for group in table.groups[:2]]
    [2.0833, 9.0275]
    >>> table.groups[1].causes[0].cause
    'divisor'
    """
    for word, known, name in ((given, GIVEN, "given"), (target_form, FORMS, "target_form")):
        if word not in known:
            raise CepickError(f"{name}: {word!r} is not known; choose from {', '.join(known)}")
    values, truth = from_object(predictions, "predictions").whole, from_object(targets, "targets").whole
    arrays = Given(
        predictions=values,
        targets=truth,
        given=given,
        form=target_form,
        weights={
            name: None if array is None else np.asarray(from_object(array, name).array)
            for name, array in (
                ("class_weights", class_weights),
                ("sample_weights", sample_weights),
                ("pos_weight", pos_weight),
            )
        },
        smooth=label_smoothing,
        ignore_index=ignore_index,
    )
    modifiers = Modifiers(
        class_weights=class_weights is not None,
        sample_weights=sample_weights is not None,
        pos_weight=pos_weight is not None,
        label_smoothing=label_smoothing,
        ignore_index=ignore_index,
        soft=target_form != "index" and not np.isin(truth, (0, 1)).all(),
    )
    lines = (arrays.line(each) for each in candidates(given, target_form, modifiers))
    found = [line for line in lines if line is not None]
    exact = next(
        (line.exact for line in found if line.member.mistake is None and line.exact is not None), None
    )
    return Rosetta(exact=exact, groups=_grouped(found, exact))


def _grouped(lines: list[Line], exact: float | None) -> tuple[Group, ...]:
    """Return the lines by value: the exact loss first, then as they come, then mistakes, then what raises."""
    groups: list[list[Line]] = []
    seen: set[str] = set()
    for line in lines:
        if line.member.text in seen:
            continue
        seen.add(line.member.text)
        home = next((group for group in groups if _alike(group[0], line)), None)
        if home is None:
            groups.append([line])
        else:
            home.append(line)
    if exact is not None and math.isfinite(exact):
        groups.append([_in_bits(exact)])

    def order(group: list[Line]) -> tuple[bool, bool, bool]:
        first = group[0]
        true = exact is not None and first.value is not None and _close(first.value, exact)
        return (first.raises is not None, first.member.mistake is not None, not true)

    return tuple(
        Group(
            value=group[0].value,
            raises=group[0].raises,
            causes=_causes(group, exact),
            members=tuple(line.member for line in group),
        )
        for group in sorted(groups, key=order)
    )


def _alike(one: Line, other: Line) -> bool:
    if one.raises is not None or other.raises is not None:
        return one.raises == other.raises and one.member.framework == other.member.framework
    if (one.member.mistake is None) != (other.member.mistake is None):
        return False
    return one.value is not None and other.value is not None and _close(one.value, other.value)


def _close(one: float, other: float) -> bool:
    """Tell whether two values are the same number to 1e-6."""
    if math.isnan(one) or math.isnan(other):
        return math.isnan(one) and math.isnan(other)
    return math.isclose(one, other, rel_tol=1e-6)


def _causes(group: list[Line], exact: float | None) -> tuple[Difference, ...]:
    """Return each cause once, of the first member that names it; a mistake is the first of them."""
    first = group[0]
    if first.value is not None and exact is not None and _close(first.value, exact):
        return ()
    causes = [each for line in group for each in line.differences if _tells(each, line)]
    mistake = first.member.mistake
    if mistake in _MISTAKES and first.value is not None and exact is not None:
        amount = first.value - exact
        causes.insert(0, Difference(cause=str(mistake), text=_MISTAKES[str(mistake)], amount=amount))
    return tuple({each.cause: each for each in reversed(causes)}.values())[::-1]


def _tells(difference: Difference, line: Line) -> bool:
    return line.value is None or not abs(difference.amount) <= 1e-6 * abs(line.value)


def _in_bits(exact: float) -> Line:
    member = Member(
        framework="any",
        title="any framework",
        text="the loss divided by ln 2",
        verified=True,
        mistake="wrong-base",
    )
    cause = Difference(
        cause="base", text="the loss is in bits, not in nats", amount=exact / math.log(2) - exact
    )
    return Line(member=member, value=exact / math.log(2), raises=None, exact=exact, differences=(cause,))
