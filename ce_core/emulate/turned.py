"""The arrays of a rosetta, turned into what each call wants, and the line that the call makes."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ce_core import kernels
from ce_core.emulate.candidates import Candidate
from ce_core.emulate.results import Difference, Emulated, Member, Spelled, Value
from ce_core.emulate.run import emulate
from ce_core.errors import CepickError
from ce_core.frameworks import title

AnyArray = npt.NDArray[Any]

MOST = 1 << 26
"""How many numbers an array that is made here may hold; one-hot rows of more are left to who has them."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One call of a rosetta and its number."""

    member: Member
    value: float | None
    raises: str | None
    exact: float | None
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class Given:
    """What a rosetta is asked about."""

    predictions: AnyArray
    targets: AnyArray
    given: str
    form: str
    weights: Mapping[str, AnyArray | None]
    smooth: float
    ignore_index: int | None
    made: dict[Any, AnyArray] = field(default_factory=dict)
    """Arrays that are made once for several calls."""

    def line(self, candidate: Candidate) -> Line | None:
        """Return the line of a call, or None where it does not fit these arrays."""
        if candidate.row.target_form != self.form and self.predictions.size > MOST:
            return None
        try:
            return self._line(candidate)
        except CepickError:
            return None

    def _line(self, candidate: Candidate) -> Line | None:
        row = candidate.row
        several = self.predictions.ndim > 1 and self.predictions.shape[-1] > 1
        turn = candidate.outputs == self.given or candidate.mistake is not None
        if not turn and (self.given, candidate.outputs, self.form == "scalar") not in _TURNS:
            return None
        if self.form == "scalar" and row.units is not None and (row.units == "several") != several:
            return None
        predictions, targets, weights = self._kept(candidate)
        turned, outputs = self._predictions(predictions, candidate)
        truth, spelled = self._targets(targets, turned, candidate)
        arguments = dict(candidate.arguments)
        labels = next((name for name, each in row.arguments.items() if each.sets == "labels"), None)
        if labels is not None:
            arguments[labels] = list(range(turned.shape[-1])) if self.form != "scalar" else [0, 1]
        if self.form == "scalar" and labels is not None and turned.ndim > 1:
            return None
        answer = emulate(
            Spelled(name=row.call, arguments=arguments),
            turned,
            truth,
            **{name: weights[name] for name in candidate.arrays},
        )
        if answer.call.loss != row.loss or (candidate.mistake is not None and answer.raises is not None):
            return None
        by_hand = _by_hand(answer, targets, weights) if candidate.reduced_by_hand else None
        text = answer.text if by_hand is None else by_hand[2].format(answer.text)
        value, exact = (answer.value, answer.exact) if by_hand is None else by_hand[:2]
        names = [outputs, *([spelled] if spelled != "targets" else [])]
        turns = outputs != self.given or spelled != "targets"
        return Line(
            member=Member(
                framework=row.framework,
                title=title(row.framework),
                text=f"{text} on {', '.join(names)}" if turns else text,
                verified=row.verified,
                mistake=candidate.mistake,
            ),
            value=_number(value),
            raises=answer.raises,
            exact=_number(exact),
            differences=_unweighed(answer.differences)
            if by_hand is not None and by_hand[3]
            else answer.differences,
        )

    def _kept(self, candidate: Candidate) -> tuple[AnyArray, AnyArray, dict[str, AnyArray | None]]:
        """Return the arrays with one axis of examples, without the ignored ones where the call leaves them out."""
        predictions, targets = self.predictions, self.targets
        weights = dict(self.weights)
        if self.form != "scalar":
            predictions = predictions.reshape(-1, predictions.shape[-1])
            targets = targets.reshape(-1) if self.form == "index" else targets.reshape(-1, targets.shape[-1])
            own = weights["sample_weights"]
            if own is not None and own.shape == self.predictions.shape[:-1]:
                weights["sample_weights"] = own.reshape(-1)
        if candidate.left_out:
            keep = targets != self.ignore_index
            predictions, targets = predictions[keep], targets[keep]
            own = weights["sample_weights"]
            weights["sample_weights"] = own if own is None or own.shape != keep.shape else own[keep]
        return predictions, targets, weights

    def _predictions(self, predictions: AnyArray, candidate: Candidate) -> tuple[AnyArray, str]:
        if candidate.mistake is not None or candidate.outputs == self.given:
            return predictions, self.given
        name, turn = _TURNS[self.given, candidate.outputs, self.form == "scalar"]
        dtype = predictions.dtype if predictions.dtype.kind == "f" else np.dtype(np.float64)
        with np.errstate(divide="ignore", invalid="ignore", under="ignore", over="ignore"):  # log 0, exp −∞
            key = (name, candidate.left_out)
            if key not in self.made:
                self.made[key] = turn(predictions).astype(dtype)
            return self.made[key], name

    def _targets(
        self, targets: AnyArray, predictions: AnyArray, candidate: Candidate
    ) -> tuple[AnyArray, str]:
        row, classes = candidate.row, predictions.shape[-1]
        floating = predictions.dtype if predictions.dtype.kind == "f" else np.dtype(np.float64)
        name = "targets"
        if self.form == "index" and row.target_form != "index":
            if targets.size and not ((targets >= 0) & (targets < classes)).all():
                raise CepickError("targets: a label out of range has no one-hot row; leave it out")
            key = ("one_hot(targets)", candidate.left_out, floating)
            if key not in self.made:
                self.made[key] = np.eye(classes, dtype=floating)[targets.astype(np.intp)]
            targets, name = self.made[key], "one_hot(targets)"
        if row.target_form == "index":
            taken = next((each for each in row.target_dtypes if each.startswith(("int", "uint"))), "int64")
            return targets.astype("int64" if taken == "integer" else taken), name
        targets = targets.astype(np.intp if row.framework == "sklearn" else floating, copy=False)
        if candidate.smoothed_by_hand:
            share = 2 if self.form == "scalar" else classes
            targets = (targets * (1 - self.smooth) + self.smooth / share).astype(floating)
            name = f"smoothed({name})"
        return targets, name


_TURNS: dict[tuple[str, str, bool], tuple[str, Callable[[AnyArray], AnyArray]]] = {
    ("logits", "probabilities", False): ("softmax(logits)", kernels.softmax),
    ("logits", "probabilities", True): ("sigmoid(logits)", kernels.sigmoid),
    ("logits", "log_probabilities", False): ("log_softmax(logits)", kernels.log_softmax),
    ("probabilities", "log_probabilities", False): ("log(probabilities)", np.log),
    ("log_probabilities", "logits", False): ("log_probabilities", np.asarray),
    ("log_probabilities", "probabilities", False): ("exp(log_probabilities)", np.exp),
}
"""What predictions are turned into: by what they are, what is wanted, and whether outcomes are independent."""


def _by_hand(
    answer: Emulated, targets: AnyArray, weights: Mapping[str, AnyArray | None]
) -> tuple[Value | None, Value | None, str, bool]:
    """Return the weighted mean of a function's losses and of the exact ones, and how that is written."""
    own, of_classes = weights["sample_weights"], weights["class_weights"]
    names = []
    factor: AnyArray = np.ones(())
    if own is not None:
        factor, names = np.asarray(own, dtype=np.float64), ["sample_weights"]
    if of_classes is not None:
        if targets.dtype.kind == "f" and targets.ndim > 1:
            per_class = targets @ of_classes
        elif targets.ndim > 1:
            raise CepickError("class_weights: one number for each label is no weight of an example")
        else:
            per_class = np.asarray(of_classes)[targets.astype(np.intp)]
        factor, names = factor * per_class, ["class_weights[targets]", *names]
    text = "mean of {}" if not names else f"Σ w · {{}} / Σ w, w = {' * '.join(names)}"
    return _weighted(answer.value, factor), _weighted(answer.exact, factor), text, bool(names)


def _weighted(losses: Value | None, weights: AnyArray) -> Value | None:
    if losses is None:
        return None
    array = np.asarray(losses)
    if weights.ndim and weights.shape != array.shape[: weights.ndim]:
        raise CepickError(f"weights: shape {weights.shape} does not fit losses of shape {array.shape}")
    spread = np.broadcast_to(weights.reshape(weights.shape + (1,) * (array.ndim - weights.ndim)), array.shape)
    with np.errstate(invalid="ignore", divide="ignore"):  # infinite losses; weights that are all 0
        return float(np.sum(spread * array) / np.sum(spread))


def _unweighed(differences: tuple[Difference, ...]) -> tuple[Difference, ...]:
    """Return the differences without their amounts, which are those of the plain mean."""
    return tuple(replace(each, amount=math.nan) for each in differences)


def _number(value: Value | None) -> float | None:
    if value is None:
        return None
    return float(value) if np.ndim(value) == 0 else float(np.mean(value))
