"""A framework's own call in place of a loss, and all frameworks side by side, on the arrays of an evaluation."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ce_core.errors import CepickError
from ce_core.findings import Finding, in_order
from ce_core.losses import LOSSES
from ce_core.read.prepare import Prepared
from ce_core.task import Task

from .clips import POLICIES
from .evaluation import Evaluation

if TYPE_CHECKING:
    from ce_core.emulate import Emulated, Rosetta, Spelled

_IN_THE_CALL = ("label_smoothing", "ignore_index")
"""What an evaluation may be told beside a call, and is told to the function by its own argument."""

_ALSO_CLIPPED = {"keras_clip_then_softmax": POLICIES["keras"]}
"""What a clip is nearest to that is no policy of its own."""

_ARRAYS = ("class_weights", "sample_weights", "pos_weight")


def framework_call(loss: str) -> Spelled | None:
    """Return a framework's call as data, or None where the text is the id of a loss.

    >>> framework_call("sigmoid-focal(gamma=1)") is None
    True
    >>> framework_call("nn.CrossEntropyLoss(label_smoothing=0.1)").arguments
    {'label_smoothing': 0.1}
    """
    name = loss.partition("(")[0].strip()
    if name.lower().replace("-", "_").replace(" ", "_") in LOSSES:
        return None
    from ce_core.emulate import parse_call
    from ce_core.frameworks import find_call, renamed

    if not find_call(name) and renamed(name) is None:
        return None
    return parse_call(loss)


def with_arguments(call: Spelled, **said: Any) -> Spelled:
    """Return a call with what was said beside it (label_smoothing, ignore_index) among its arguments."""
    from ce_core.emulate.parse import rows_of

    added = {}
    for sets, value in said.items():
        if value is None or (sets == "label_smoothing" and not value):
            continue
        names = {
            name
            for row in rows_of(call.name)
            for name, argument in row.arguments.items()
            if argument.sets == sets
        }
        if not names:
            raise CepickError(f"{call.name}: takes no {sets}; leave it out, or name a loss of cepick's")
        name = min(names)
        if call.arguments.get(name, value) != value:
            raise CepickError(
                f"{call.name}: {name} is {call.arguments[name]!r} in the call and {value!r} beside it"
            )
        added[name] = value
    return replace(call, arguments=call.arguments | added)


def with_framework(call: Spelled, said: Task) -> Task:
    """Return the task with the framework of a call, where it decides how arrays are read: PyTorch's class axis."""
    from ce_core.emulate.parse import rows_of

    of_torch = {row.framework for row in rows_of(call.name)} == {"torch"}
    return said.but(framework="torch") if of_torch and said.framework is None else said


def evaluate_call(
    call: Spelled,
    prepared: Prepared,
    evaluate: Callable[..., Evaluation],
    *,
    weights: dict[str, Any],
    **options: Any,
) -> Evaluation:
    """Return the evaluation of the exact loss that a call is of, with the number that the framework prints."""
    from ce_core.emulate import emulate

    said = prepared.said
    call = with_arguments(
        call, label_smoothing=options.pop("label_smoothing"), ignore_index=said.ignore_index
    )
    mask = options.get("mask")
    found = emulate(
        call,
        prepared.predictions.whole,
        prepared.targets.whole,
        mask=None if mask is None else mask.whole,
        **{name: None if each is None else each.whole for name, each in weights.items()},
    )

    def with_clip(clip: str | None, **files: Any) -> Evaluation:
        return evaluate(
            prepared.predictions,
            prepared.targets,
            task=_told(found, prepared),
            loss=_exact_loss(found),
            class_names=prepared.names,
            clip=clip,
            **_modifiers(found, weights),
            **(options | files),
        )

    exact = with_clip(None)
    exact = replace(exact, findings=in_order((*exact.findings, *_clipped_findings(found, exact, with_clip))))
    losses = found.value if isinstance(found.value, np.ndarray) else None
    unreduced = losses is not None and any(
        each.sets == "reduction" and each.source == "said" for each in found.arguments
    )
    notes = [*prepared.notes, *exact.notes]
    if losses is not None and not unreduced:
        notes.append(f"{found.call.call} gives a loss for each example; the value is their mean")
    return replace(
        exact,
        value=None if unreduced else _mean(found),
        losses=exact.losses if losses is None else losses,
        reduction=_reduction(found, unreduced),
        notes=tuple(dict.fromkeys(notes)),
        emulation=found,
    )


def _clipped_findings(
    found: Emulated, exact: Evaluation, with_clip: Callable[..., Evaluation]
) -> tuple[Finding, ...]:
    """CE401: what the function's own clip does to the loss, where that is otherwise sound and differs by it."""
    sound = all(each.severity != "error" for each in exact.findings)
    if not sound or all(each.cause != "clip" for each in found.differences):
        return ()
    kinds = {policy.kind: policy for policy in reversed(POLICIES.values())} | _ALSO_CLIPPED
    policy = kinds.get(str(found.call.clip_policy))
    if policy is None or LOSSES[found.loss].given != "probabilities":
        return ()
    clipped = with_clip(policy.name, keep=False, losses_to=None, probabilities_to=None, frameworks=False)
    return tuple(each for each in clipped.findings if each.code == "CE401")


def _mean(found: Emulated) -> float | None:
    """Return the value as one number: the mean of losses that a function leaves as they are."""
    if found.value is None:
        return None
    return float(np.mean(found.value)) if np.size(found.value) else None


def _told(found: Emulated, prepared: Prepared) -> Any:
    """Return the task with the label that the function leaves out, where it occurs."""
    label = next((each.value for each in found.arguments if each.sets == "ignore_index"), None)
    if (
        not isinstance(label, int)
        or prepared.layout.form != "index"
        or prepared.said.ignore_index is not None
    ):
        return prepared.said
    return prepared.said.but(ignore_index=label) if (prepared.targets.whole == label).any() else prepared.said


def _exact_loss(found: Emulated) -> str:
    """Return the loss that a call is of, with the options that its arguments set."""
    from ce_core.loss_options import OPTIONS

    known = {option.name for option in OPTIONS.get(found.loss, ())}
    said = {
        each.sets: each.value for each in found.arguments if each.sets in known and each.value is not None
    }
    if not said:
        return found.loss
    return f"{found.loss}({', '.join(f'{name}={_literal(value)!r}' for name, value in said.items())})"


def _literal(value: Any) -> Any:
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value


def _modifiers(found: Emulated, weights: dict[str, Any]) -> dict[str, Any]:
    """Return what the exact loss is told: the weights beside the call, and those and the smoothing in it."""
    told = {each.sets: each.value for each in found.arguments if each.value is not None}
    modifiers = {name: each if each is not None else told.get(name) for name, each in weights.items()}
    return {**modifiers, "label_smoothing": float(told.get("label_smoothing") or 0.0)}


def _reduction(found: Emulated, several: bool) -> Any:
    """Return how the function joins its losses, in cepick's word."""
    if several:
        return "none"
    word = next((str(each.value).lower() for each in found.arguments if each.sets == "reduction"), "mean")
    return "sum" if word == "sum" else "mean"


def side_by_side(prepared: Prepared, answer: Evaluation) -> Rosetta:
    """Return what every framework's fitting calls print on the arrays of an evaluation."""
    from ce_core.emulate import rosetta

    settings, layout = prepared.settings, prepared.layout
    if prepared.counting.mask is not None or prepared.counting.lengths is not None:
        raise CepickError(
            "frameworks: a mask or lengths cannot be told to every framework; mark labels to ignore"
        )
    if answer.loss is None or answer.task.outputs is None:
        raise CepickError("frameworks: needs a decided loss; say what is open, such as --logits")
    predictions = layout.predictions_view(prepared.predictions.whole)
    targets = layout.targets_view(prepared.targets.whole)
    if layout.form == "rows" and layout.units == 1:
        predictions, targets = predictions[..., 0], targets[..., 0]
    competes = LOSSES[answer.loss].competes == "softmax"
    given = {name: None if (source := getattr(settings, name)) is None else source.whole for name in _ARRAYS}
    return rosetta(
        predictions,
        targets,
        given=answer.task.outputs,
        target_form="index" if layout.form == "index" else "rows" if competes else "scalar",
        label_smoothing=settings.label_smoothing,
        ignore_index=prepared.said.ignore_index if prepared.sentinel is None else prepared.sentinel,
        **given,
    )


def refuse(call: Spelled, options: Iterable[tuple[str, Any, Any]]) -> None:
    """Refuse what only a loss of cepick's can be told: each is a name, its value and the value left out."""
    for name, value, usual in options:
        if value != usual:
            raise CepickError(
                f"{name}: is decided by {call.name} itself; say it in the call where it takes it, or leave it out"
            )
