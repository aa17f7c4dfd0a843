"""Arrays and arguments that suit a row of the table, and edge cases that it must meet as its framework does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ce_core.frameworks import Call, calls_of

N, K = 7, 4
DTYPES = ("float64", "float32")
BOOSTERS = frozenset({"xgboost", "lightgbm", "catboost"})
"""Frameworks whose scores come from trees, and so are finite; what they make of NaN is nobody's definition."""


@dataclass(frozen=True, kw_only=True)
class Case:
    """One call on two arrays."""

    name: str
    framework: str
    call: str
    arguments: dict[str, Any] = field(default_factory=dict)
    predictions: Any
    targets: Any

    def __str__(self) -> str:
        return self.name


def rows_of(framework: str) -> list[Call]:
    """Return the framework's rows whose value is that of a loss, each function and loss once."""
    found: dict[Any, Call] = {}
    for row in calls_of(framework):
        if row.value in {"loss", "root", "d2"} and row.outputs != "features" and row.verified:
            found.setdefault((row.call, row.loss, row.units), row)
    return list(found.values())


def cases(row: Call, *, seed: int = 0) -> Iterator[Case]:
    """Yield the cases of a row: plain arrays, every argument, and the edges, in each dtype."""
    for dtype in DTYPES:
        for form in _forms(row):
            rng = np.random.default_rng([seed, len(row.call), len(row.loss)])
            for name, arguments, predictions, targets in _made(row, form, rng):
                yield _case(row, f"{name}-{dtype}", arguments, predictions, targets, dtype)


def _case(
    row: Call, name: str, arguments: dict[str, Any], predictions: Any, targets: Any, dtype: str
) -> Case:
    given = dict(arguments)
    if row.framework == "keras" and not name.startswith("function") and dtype != "float32":
        given["dtype"] = dtype
    call = row.forms[0].spellings[0] if name.startswith("function") else row.call
    whole = targets.dtype.kind in "iu"
    dtypes = row.target_dtypes
    if whole and row.target_form in {"index", "index_lists"}:
        wanted = "int64" if {"any", "integer", "int64"} & set(dtypes) else dtypes[0]
        targets = targets if name.startswith("dtype") else targets.astype(wanted)
    elif not name.startswith("dtype"):
        targets = targets.astype(
            "int64" if row.framework == "sklearn" and row.target_form != "values" else dtype
        )
    return Case(
        name=f"{row.call}-{row.loss}-{row.units or 'any'}-{name}",
        framework=row.framework,
        call=call,
        arguments=given,
        predictions=predictions.astype(dtype),
        targets=targets,
    )


def _forms(row: Call) -> tuple[str, ...]:
    if row.target_form == "rows":
        return ("rows",)
    return (row.target_form,)


def _made(row: Call, form: str, rng: np.random.Generator) -> Iterator[tuple[str, dict[str, Any], Any, Any]]:
    """Yield (name, arguments, predictions, targets) in float64."""
    selected = {
        name: value for name, value in row.selects.items() if row.arguments[name].sets != "target_form"
    }
    selected |= {
        name: value for name, value in row.selects.items() if row.arguments[name].sets == "target_form"
    }
    selected |= _needed(row)
    predictions, targets = _plain(row, form, rng)
    yield "plain", selected, predictions, targets
    if row.forms and row.framework == "keras":
        yield "function", selected | ({"q": 0.5} if "q" in row.arguments else {}), predictions, targets
    for name, argument in row.arguments.items():
        if name in selected and argument.sets != "labels":
            continue
        if argument.sets == "sample_weights" and row.call == "lightgbm.cross_entropy_lambda":
            continue  # with weights it is another loss
        for place, value in enumerate(_values(row, argument.sets, predictions, targets, rng)):
            yield f"{name}{place}", selected | {name: value}, predictions, targets
    yield from _together(row, selected, predictions, targets, rng)
    for name, edge_predictions, edge_targets in _edges(row, form, predictions, targets):
        yield f"edge-{name}", selected, edge_predictions, edge_targets
    yield from _ignoring(row, selected, predictions, targets)
    if form == "index":
        for dtype in ("int32", "float64") if row.framework == "onnx" else ("int32", "uint8", "float64"):
            yield f"dtype-{dtype}", selected, predictions, targets.astype(dtype)
    elif form in {"rows", "scalar"} and row.framework != "sklearn":
        yield "dtype-int64", selected, predictions, np.round(targets).astype("int64")
        yield "dtype-float64", selected, predictions, targets
        yield "dtype-float32", selected, predictions, targets.astype("float32")


def _needed(row: Call) -> dict[str, Any]:
    """Return the arguments without which the call of this row is another one, or cannot be made."""
    if row.framework == "catboost" and row.loss == "sigmoid_focal":
        return {"focal_alpha": 0.3, "focal_gamma": 2.0}
    if row.call == "sklearn.metrics.hinge_loss":
        return {"labels": [0, 1, 2, 3]} if row.loss == "categorical_hinge" else {}
    named = {argument.sets: name for name, argument in row.arguments.items()}
    if row.loss == "tversky":
        return {named["alpha"]: 0.3, named["beta"]: 0.7}
    if row.loss == "weighted_sigmoid_cross_entropy":
        return {named["pos_weight"]: 2.5}
    return {}


def _softmax(logits: Any) -> Any:
    exponentials = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


def _plain(row: Call, form: str, rng: np.random.Generator) -> tuple[Any, Any]:
    several = (
        form in {"index", "rows", "index_lists"} or row.units == "several" or "multi_hot" in row.encoding
    )
    shape = (N, K) if several else (N,)
    logits = rng.normal(size=shape) * 2
    exclusive = form in {"index", "rows"}
    probabilities = _softmax(logits) if exclusive else 1 / (1 + np.exp(-logits))
    predictions = {
        "logits": logits,
        "probabilities": probabilities,
        "log_probabilities": np.log(probabilities),
    }.get(row.outputs or "", logits)
    index = rng.permutation(np.arange(N) % K)
    soft = "soft" in row.targets
    targets = {
        "index": lambda: index,
        "rows": lambda: rng.dirichlet(np.ones(K), size=N) if soft else np.eye(K)[index],
        "scalar": lambda: (
            rng.uniform(size=shape)
            if soft
            else (rng.permutation(np.arange(logits.size)) % 3 == 0).reshape(shape).astype(float)
        ),
        "signed": lambda: np.where(rng.permutation(np.arange(logits.size)) % 3 == 0, 1.0, -1.0).reshape(
            shape
        ),
        "values": lambda: rng.normal(size=shape),
        "index_lists": lambda: np.array(
            [
                [0, 3, -1, 1],
                [1, -1, 2, 0],
                [-1, 0, 0, 0],
                [3, 2, 1, 0],
                [2, 2, -1, -1],
                [1, 3, 0, -1],
                [0, -1, -1, -1],
            ]
        ),
    }[form]()
    if row.call.endswith("with_log_targets"):
        targets = np.log(targets)
    return predictions, targets


_NUMBERS: dict[str, tuple[Any, ...]] = {
    "label_smoothing": (0.1, 1.0),
    "alpha": (0.3,),
    "beta": (0.8,),
    "gamma": (0.0, 0.5, 3.0),
    "epsilon": (-0.5, 1.5),
    "q": (0.7,),
    "p": (1, 2),
    "margin": (0.5,),
    "scale": (1.0, 2.5),
    "smooth": (0.0, 0.5),
    "balance": (True,),
    "clip_epsilon": (1e-3,),
    "half": (True, False, "auto"),
    "log_targets": (),
    "normalizer": (5,),
    "class_axis": (-1,),
}


def _values(row: Call, sets: str, predictions: Any, targets: Any, rng: np.random.Generator) -> Iterator[Any]:
    """Yield values of an argument by what it sets."""
    examples, last = len(predictions), predictions.shape[-1]
    if sets in _NUMBERS:
        yield from _NUMBERS[sets]
    elif sets == "reduction":
        yield from (True, False) if row.framework == "sklearn" else row.reductions
    elif sets == "class_weights":
        yield rng.uniform(0.2, 3, size=last).tolist()
        yield [0.0] + [1.0] * (last - 1)
    elif sets == "sample_weights":
        yield rng.uniform(0.2, 3, size=examples).tolist()
        yield [0.0, 2.0] + [1.0] * (examples - 2)
    elif sets == "element_weights":
        yield rng.uniform(0.2, 3, size=_elements(row, predictions)).tolist()
        yield (
            np.where(np.arange(np.prod(_elements(row, predictions))) % 2, 0.0, 2.0)
            .reshape(_elements(row, predictions))
            .tolist()
        )
    elif sets == "pos_weight":
        yield 2.5
        if predictions.ndim > 1:
            yield rng.uniform(0.5, 3, size=last).tolist()
    elif sets == "labels":
        yield [0, 1] if row.units == "one" else list(range(last))
    elif sets == "positive_label":
        yield from (0, 1)
    elif sets == "sum_axes":
        yield from ((0,), (0, 1)[: predictions.ndim]) if row.framework == "keras" else ()


def _elements(row: Call, predictions: Any) -> tuple[int, ...]:
    """Return the shape of weights for each loss."""
    exclusive = row.target_form in {"index", "rows"}
    return predictions.shape[:-1] if exclusive else predictions.shape


def _together(
    row: Call, selected: dict[str, Any], predictions: Any, targets: Any, rng: np.random.Generator
) -> Iterator[tuple[str, dict[str, Any], Any, Any]]:
    """Yield weights with each reduction, and weights with smoothing."""
    named = {argument.sets: name for name, argument in row.arguments.items()}
    weights = next(
        (each for each in ("class_weights", "sample_weights", "element_weights") if each in named), None
    )
    if weights is None:
        return
    values = list(_values(row, weights, predictions, targets, rng))
    reductions = list(_values(row, "reduction", predictions, targets, rng)) if "reduction" in named else []
    for place, value in enumerate(values):
        for reduction in reductions:
            yield (
                f"weights{place}-{reduction}",
                selected | {named[weights]: value, named["reduction"]: reduction},
                predictions,
                targets,
            )
    if "label_smoothing" in named:
        for place, value in enumerate(values):
            for reduction in reductions or [None]:
                said = {} if reduction is None else {named["reduction"]: reduction}
                yield (
                    f"weights{place}-smooth-{reduction}",
                    selected | said | {named[weights]: value, named["label_smoothing"]: 0.1},
                    predictions,
                    targets,
                )


def _edges(row: Call, form: str, predictions: Any, targets: Any) -> Iterator[tuple[str, Any, Any]]:
    """Yield predictions and targets at the ends of what is allowed, and beyond."""
    underflows = (
        row.call == "onnx.SoftmaxCrossEntropyLoss"
    )  # in its reference evaluator; the operator need not
    if row.outputs in {"logits", "scores"} and not underflows:
        yield "large", predictions * 300, targets
    finite = row.framework in BOOSTERS or "Segmentation" in row.call  # which interpolates its logits
    if row.outputs in {"logits", "scores"} and not finite:
        infinite = predictions.copy()
        infinite.reshape(-1)[[1, 6]] = -np.inf
        yield "minus-infinity", infinite, targets
        infinite = predictions.copy()
        infinite.reshape(-1)[2] = np.inf
        yield "infinity", infinite, targets
        unknown = predictions.copy()
        unknown.reshape(-1)[3] = np.nan
        yield "nan", unknown, targets
    if row.outputs == "probabilities":
        ends = predictions.copy()
        if form in {"index", "rows"}:
            ends[0], ends[1], ends[2] = np.eye(K)[1], np.eye(K)[0], np.full(K, 1 / K)
        else:
            ends.reshape(-1)[:4] = [0.0, 1.0, 1.0, 0.0]
        yield "zero-and-one", ends, targets
        yield "tiny", np.minimum(predictions**40, 1), targets
        if row.framework != "sklearn":
            yield "unnormalised", predictions * 0.8, targets
        yield "outside", predictions * 3 - 1, targets
    if row.outputs == "log_probabilities":
        infinite = predictions.copy()
        infinite.reshape(-1)[1] = -np.inf
        yield "minus-infinity", infinite, targets
    if form == "rows" and row.framework != "catboost":  # whose snippet makes class indices of one-hot rows
        zeros = targets.copy()
        zeros[0] = np.eye(K)[1]
        zeros[1] = 0
        yield "unlabelled", predictions, zeros if not row.call.endswith("with_log_targets") else targets
        yield "doubled", predictions, targets * 2
        if row.outputs in {"logits", "log_probabilities"}:
            infinite = predictions.copy()
            infinite[0, 2] = -np.inf
            yield "minus-infinity-without-target", infinite, zeros
    if form == "index":
        for label in (-1, -K - 1, K, -100, 255):
            outside = targets.copy()
            outside[2] = label
            yield f"label{label}", predictions, outside
        if row.framework not in BOOSTERS | {"sklearn"}:
            yield "one-class", predictions[:, :1], targets * 0
        yield "one-row", predictions[:1], targets[:1]
    numbers = row.framework not in BOOSTERS and not (row.framework == "sklearn" and row.units == "several")
    if form == "scalar" and row.loss != "brier" and numbers:
        yield "target-outside", predictions, targets * 3 - 1
    if form == "scalar":
        yield "hard", predictions, np.round(targets)
    yield from _other_ranks(row, form, predictions, targets)
    yield "shapes", predictions, targets[:-1]


def _other_ranks(row: Call, form: str, predictions: Any, targets: Any) -> Iterator[tuple[str, Any, Any]]:
    """Yield arrays with a token axis, of one example, and, in Keras, of ranks that differ by one."""
    if row.framework == "keras":
        if form in {"scalar", "signed", "values"} and predictions.ndim == 1:
            yield "column", predictions[:, None], targets
            yield "column-of-targets", predictions, targets[:, None]
        if (
            form == "index" and row.loss != "generalized_cross_entropy"
        ):  # which makes it N × N, and is refused
            yield "column-of-targets", predictions, targets[:, None]
    if row.framework in {"torch", "keras", "tensorflow", "jax"} and form in {"index", "rows"}:
        several = np.stack([predictions, predictions[::-1] + 0.01 * (row.outputs == "logits")])
        labels = np.stack([targets, targets[::-1]])
        if row.class_axis == 1:
            several = np.moveaxis(several, -1, 1)
            labels = labels if form == "index" else np.moveaxis(labels, -1, 1)
        yield "tokens", several, labels
    if row.framework == "torch" and form in {"index", "rows"}:
        yield "one-example", predictions[0], np.asarray(targets[0])


def _ignoring(
    row: Call, selected: dict[str, Any], predictions: Any, targets: Any
) -> Iterator[tuple[str, dict[str, Any], Any, Any]]:
    named = {argument.sets: name for name, argument in row.arguments.items()}
    if "ignore_index" not in named or row.target_form != "index":
        return
    name = named["ignore_index"]
    weights = next((each for each in ("class_weights", "sample_weights") if each in named), None)
    rng = np.random.default_rng(5)
    for label in (1, -100, 255):
        some = np.where(np.arange(len(targets)) % 3 == 1, label, targets)
        arguments = selected | {name: label}
        yield f"ignored{label}", arguments, predictions, some
        if weights is not None:
            given = next(_values(row, weights, predictions, targets, rng))
            yield f"ignored{label}-weights", arguments | {named[weights]: given}, predictions, some
        for reduction in row.reductions:
            said = {named["reduction"]: reduction} if "reduction" in named else {}
            yield f"ignored{label}-{reduction}", arguments | said, predictions, some
            yield f"all-ignored{label}-{reduction}", arguments | said, predictions, np.full_like(some, label)
        if "label_smoothing" in named:
            yield f"ignored{label}-smooth", arguments | {named["label_smoothing"]: 0.1}, predictions, some


def renamed(case: Case, name: str) -> Case:
    """Return the case under another name."""
    return replace(case, name=name)
