"""Which row of the table a call on these arrays is, and where the value of each argument comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ce_core.emulate.parse import rows_of
from ce_core.emulate.results import Setting, Spelled
from ce_core.errors import CepickError
from ce_core.frameworks import Call

AnyArray = npt.NDArray[Any]


def resolve(
    spelled: Spelled, predictions: AnyArray, targets: AnyArray, arrays: Mapping[str, Any]
) -> tuple[Call, dict[str, Setting]]:
    """Return the row that serves this call, and its settings by what they set.

    A function that serves several losses has several rows: the arguments choose among them, then the shapes.
    ``arrays`` (class_weights, sample_weights, pos_weight …) go to the arguments that set them.

    Raises:
        CepickError: for arguments that no row of the function takes together, and for an array that has no
            argument to go to.
    """
    rows = [row for row in rows_of(spelled.name) if all(name in row.arguments for name in spelled.arguments)]
    rows = [row for each in rows if (row := _selected(each, spelled)) is not None]
    if not rows:
        said = ", ".join(f"{name}={value!r}" for name, value in spelled.arguments.items())
        raise CepickError(f"{spelled.name}: no known use of it takes {said} together; leave one out")
    fitting = [row for row in rows if _shapes_fit(row, predictions, targets)] or rows
    weighted = [row for row in fitting if row.loss == "weighted_sigmoid_cross_entropy"]
    positive = arrays.get("pos_weight") is not None or "pos_weight" in spelled.arguments
    plain = [row for row in fitting if row not in weighted]
    row = _by_numbers((weighted if positive else plain) or fitting, spelled)
    return row, _settings(row, spelled, arrays, targets)


def _selected(row: Call, spelled: Spelled) -> Call | None:
    """Return the row where the arguments come to it, or None where they come to another row."""
    values = {name: spelled.arguments.get(name, row.arguments[name].default) for name in row.selects}
    wrong = [name for name, value in row.selects.items() if values[name] != value]
    wrong = [name for name in wrong if values[name] is not None]  # left open: the arrays decide
    if not wrong:
        return row
    if [row.arguments[name].sets for name in wrong] == ["from_logits"] and row.outputs == "logits":
        return _of_probabilities(row, wrong[0])
    return None


def _of_probabilities(row: Call, flag: str) -> Call | None:
    """Return a Keras focal loss as it is without from_logits, where no row of its own says so."""
    if row.framework != "keras" or not row.loss.endswith("_focal"):
        return None
    clip = "keras_clip" if row.clip_policy == "none" else row.clip_policy
    return replace(
        row,
        outputs="probabilities",
        selects={flag: False},
        clip_policy=clip,
        clip_epsilon=row.clip_epsilon or 1e-7,
    )


def _by_numbers(rows: list[Call], spelled: Spelled) -> Call:
    """Return the Dice row where the two weights of the Tversky loss are equal halves, else the Tversky row."""
    if {row.loss for row in rows} == {"dice", "tversky"}:
        said = {
            each: spelled.arguments.get(name, argument.default)
            for name, argument in rows[0].arguments.items()
            if (each := argument.sets) in {"alpha", "beta"}
        }
        wanted = "dice" if said.get("alpha") == said.get("beta") == 0.5 else "tversky"
        rows = [row for row in rows if row.loss == wanted]
    return rows[0]


def _shapes_fit(row: Call, predictions: AnyArray, targets: AnyArray) -> bool:
    """Tell whether arrays of these shapes are handed over as the row says."""
    form, rank = row.target_form, predictions.ndim
    if row.outputs == "features":
        return True
    if form == "index":
        fewer = targets.ndim == rank - 1
        return (fewer or targets.shape == (*predictions.shape[:-1], 1)) and row.units != "one"
    if form in {"rows", "index_lists"}:
        return targets.ndim == rank and rank > 0
    if targets.size != predictions.size:
        return False
    return row.units is None or (row.units == "several") == (rank > 1 and predictions.shape[-1] > 1)


def _settings(
    row: Call, spelled: Spelled, arrays: Mapping[str, Any], targets: AnyArray
) -> dict[str, Setting]:
    found = {
        argument.sets: Setting(
            name=name,
            sets=argument.sets,
            value=spelled.arguments.get(name, argument.default),
            source="said" if name in spelled.arguments else "default",
        )
        for name, argument in row.arguments.items()
        if argument.sets != "none"
    }
    for given, value in arrays.items():
        if value is not None:
            setting = _from_array(row, found, given, np.asarray(value), targets)
            before = found[setting.sets]
            if before.source == "said":
                raise CepickError(f"{row.call}: {setting.name} and {given} are the same; give one")
            if before.source != "default":
                both = f"{before.source} * {setting.source}"
                setting = replace(setting, value=before.value * setting.value, source=both)
            found[setting.sets] = setting
    return found


_GOES_TO = {
    "class_weights": ("class_weights", "sample_weights", "element_weights"),
    "sample_weights": ("sample_weights", "element_weights"),
    "pos_weight": ("pos_weight",),
    "bias": ("bias",),
}


def _from_array(
    row: Call, settings: Mapping[str, Setting], given: str, value: AnyArray, targets: AnyArray
) -> Setting:
    """Return the setting that an array goes to: the argument of its own kind, or weights for each example."""
    sets = next((each for each in _GOES_TO[given] if each in settings), None)
    if sets is None:
        what = given.replace("_", " ")
        raise CepickError(f"{row.call}: takes no {what}; weight its losses and reduce them yourself")
    if given == "class_weights" and sets != "class_weights":
        return replace(
            settings[sets], value=_of_examples(row, value, targets), source="class_weights[targets]"
        )
    return replace(settings[sets], value=value, source=given)


def _of_examples(row: Call, weights: AnyArray, targets: AnyArray) -> AnyArray:
    """Return the weight of each example's class: what Keras's fit(class_weight=…) makes of them."""
    if row.target_form == "rows":
        if not targets.ndim or weights.shape != targets.shape[-1:]:
            raise CepickError(
                f"class_weights: shape {weights.shape} does not fit targets of shape {targets.shape}; give one for "
                "each class",
                code="CE301",
            )
        return np.asarray(targets @ weights)
    if targets.ndim > 1 and row.target_form != "index":
        raise CepickError(f"{row.call}: takes no weight for each label; weight its losses yourself")
    finite = (
        np.nan_to_num(targets, nan=-1.0, posinf=-1.0, neginf=-1.0) if targets.dtype.kind == "f" else targets
    )
    labels = finite.astype(np.intp)
    ignored = (labels < 0) | (labels >= len(weights))
    return np.where(ignored, 1.0, weights[np.where(ignored, 0, labels)])
