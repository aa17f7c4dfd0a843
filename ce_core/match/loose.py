"""Definitions that are no sum over examples: mistakes of axes and shapes, on the arrays as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ce_core.read.counting import Block

from .combine import Definition
from .opened import Opened
from .pieces import FloatArray, sigmoid, softplus
from .space import Reading

MOST = 1 << 23
"""Of arrays with more predictions, mistakes of axes are left out: they need all of the predictions at once."""

_AXIS = "take the softmax along the classes: dim=-1, or the axis that holds them"
_SHAPES = "give both arrays the same shape, such as predictions.squeeze(-1)"


@dataclass(frozen=True, kw_only=True, eq=False)
class Loose:
    """Definitions with a value each, in the place of a table of sums."""

    definitions: tuple[Definition, ...]

    @property
    def costs(self) -> FloatArray:
        """Return how unlikely each is, in bits."""
        return np.array([each.cost for each in self.definitions])

    @property
    def values(self) -> FloatArray:
        """Return their values, [pairs of arrays, definitions]."""
        return np.array([each.values for each in self.definitions]).T

    def definition(self, number: int) -> Definition:
        """Return a definition by its number."""
        return self.definitions[number]


def loose(every: Sequence[Opened]) -> Loose | None:
    """Return the mistakes of axes and shapes that these arrays allow, or None where there are none."""
    found = [dict(_numbers(each)) for each in every]
    names = [name for name in found[0] if all(name in each for each in found)]
    if not names:
        return None
    return Loose(
        definitions=tuple(
            Definition(
                reading=_READINGS[name],
                choices=(),
                cost=_cost(every[0], name),
                values=tuple(each[name] for each in found),
            )
            for name in names
        )
    )


def _cost(opened: Opened, name: str) -> float:
    likely = name.startswith("broadcast") and opened.prepared.layout.squeezed
    return _READINGS[name].cost - (3.0 if likely else 0.0)


def too_large(opened: Opened) -> bool:
    """Tell whether the arrays have more predictions than are held at once."""
    return opened.prepared.layout.rows * opened.columns > MOST


def _numbers(opened: Opened) -> Iterator[tuple[str, float]]:
    if too_large(opened):
        return
    with np.errstate(all="ignore"):  # what a wrong definition makes of infinities is its value
        if opened.columns == 1:
            yield from _broadcast(opened)
        elif opened.exclusive:
            yield from _axes(opened)


def _broadcast(opened: Opened) -> Iterator[tuple[str, float]]:
    """Yield the means over all pairs of a prediction and a target, which are linear in the target or square."""
    blocks = [opened.prepared.counting.block(span) for span in opened.prepared.spans()]
    x = np.concatenate([each.predictions[:, 0] for each in blocks]).astype(np.float64)
    y = np.concatenate([each.targets.reshape(len(each.targets)) for each in blocks]).astype(np.float64)
    if not x.size:
        return
    share, squares = float(y.mean()), float((y * y).mean())
    p = x if opened.given == "probabilities" else sigmoid(x)
    if opened.given == "probabilities":
        one, other = -np.log(p), -np.log1p(-p)
        yield "broadcast bce", float(share * one.mean() + (1 - share) * other.mean())
    else:
        yield "broadcast bce", float(softplus(x).mean() - x.mean() * share)
        yield "broadcast mse x", float((x * x).mean() - 2 * x.mean() * share + squares)
    yield "broadcast mse", float((p * p).mean() - 2 * p.mean() * share + squares)


def _axes(opened: Opened) -> Iterator[tuple[str, float]]:
    """Yield the means with the softmax along another axis, and with another axis read as the classes."""
    counting = opened.prepared.counting
    values = np.asarray(counting.predictions, dtype=np.float64)
    spans = [opened.prepared.counting.whole(span) for span in opened.prepared.spans()]
    counted = np.concatenate([kept for _, kept in spans])
    targets = np.concatenate([block.targets for block, _ in spans])
    if targets.ndim == 1:
        counted = counted & (targets >= 0) & (targets < opened.columns) & (targets == np.floor(targets))
    weights = _weights(opened, spans, targets) * counted
    rank = values.ndim - 1

    def mean(costs: FloatArray) -> float:
        flat = costs.reshape(-1, opened.columns)
        if targets.ndim == 1:
            labels = np.where(counted, targets, 0).astype(np.intp)
            losses = np.take_along_axis(flat, labels[:, None], axis=1)[:, 0]
        else:
            losses = (targets * flat).sum(axis=1)
        return float((losses * weights)[counted].sum() / weights[counted].sum())

    logits = np.log(values) if opened.given == "probabilities" else values
    for axis in range(rank):
        if values.shape[axis] < 2:
            continue
        name = _AXES.get((axis, rank), "")
        shares = _softmax(logits, axis)
        if name:
            yield f"{name} log", mean(-np.log(shares))
            yield f"{name} twice", mean(-np.log(_softmax(shares, -1)))
            yield f"{name} nll", mean(-shares)
        if values.shape[axis] == values.shape[-1] and axis == rank - 1:
            turned = np.swapaxes(logits, axis, -1)
            yield "turned", mean(-np.log(_softmax(turned, -1)))
            yield "turned twice", mean(-np.log(_softmax(_softmax(turned, -1), -1)))


_AXES = {(0, 1): "batch", (0, 2): "batch", (1, 2): "time"}


def _weights(opened: Opened, spans: list[tuple[Block, np.ndarray]], targets: np.ndarray) -> FloatArray:
    found = np.ones(len(targets))
    if opened.class_weights is not None:
        if targets.ndim == 1:
            valid = (targets >= 0) & (targets < opened.columns)
            found = opened.class_weights[np.where(valid, targets, 0).astype(np.intp)]
        else:
            found = targets @ opened.class_weights
    samples = [block.weights for block, _ in spans if block.weights is not None]
    return found * np.concatenate(samples) if samples else found


def _softmax(values: FloatArray, axis: int) -> FloatArray:
    exponentials = np.exp(values - values.max(axis=axis, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(axis=axis, keepdims=True))


def _reading(
    key: str,
    cost: float,
    says: str,
    why: str,
    repair: str,
    mistake: str,
    loss: str,
    calls: tuple[str, ...],
    word: str,
) -> Reading:
    return Reading(
        key=key,
        head="whole",
        source="",
        loss=loss,
        cost=cost,
        mistake=mistake,
        says=says,
        why=why,
        repair=repair,
        framework=calls,
        variant={"alignment": word},
    )


def _of_axis(name: str, text: str, dim: str) -> tuple[Reading, ...]:
    why = f"the softmax was taken over {text} instead of the classes"
    word = f"softmax over {text}"
    return (
        _reading(
            f"{name} log",
            6.0,
            f"cross-entropy of a softmax over {text}",
            why,
            _AXIS,
            "class-axis",
            "softmax_cross_entropy",
            (f"torch.nn.functional.log_softmax(dim={dim}), then torch.nn.NLLLoss",),
            word,
        ),
        _reading(
            f"{name} twice",
            6.5,
            f"softmax cross-entropy of a softmax over {text}",
            f"{why}, and again in the loss",
            _AXIS,
            "class-axis",
            "softmax_cross_entropy",
            (f"torch.softmax(dim={dim}), then torch.nn.CrossEntropyLoss",),
            word,
        ),
        _reading(
            f"{name} nll",
            7.5,
            f"NLL of a softmax over {text}",
            f"{why}, and its logarithm was not",
            _AXIS,
            "class-axis",
            "nll",
            (f"torch.softmax(dim={dim}), then torch.nn.NLLLoss",),
            word,
        ),
    )


_TURNED = (
    "another axis of the same size was read as the classes: torch takes axis 1",
    "move the class axis to where the loss expects it: axis 1 for torch, the last one elsewhere",
)
_READINGS: dict[str, Reading] = {
    each.key: each
    for each in (
        *_of_axis("batch", "the batch", "0"),
        *_of_axis("time", "the time steps", "1"),
        _reading(
            "turned",
            4.5,
            "softmax cross-entropy along another axis",
            *_TURNED,
            "class-axis",
            "softmax_cross_entropy",
            ("torch.nn.CrossEntropyLoss",),
            "class axis",
        ),
        _reading(
            "turned twice",
            7.5,
            "softmax cross-entropy of the softmax along another axis",
            *_TURNED,
            "class-axis",
            "softmax_cross_entropy",
            ("torch.nn.CrossEntropyLoss",),
            "class axis",
        ),
        *(
            _reading(
                f"broadcast {part}",
                6.5,
                f"{text} over all N × N pairs",
                "[N] met [N, 1], and broadcasting paired every prediction with every target",
                _SHAPES,
                "broadcast-trap",
                loss,
                calls,
                "N × N broadcast",
            )
            for part, text, loss, calls in (
                (
                    "bce",
                    "binary cross-entropy",
                    "binary_cross_entropy",
                    ("optax.sigmoid_binary_cross_entropy",),
                ),
                ("mse", "mean squared error", "mean_squared_error", ("torch.nn.functional.mse_loss",)),
                (
                    "mse x",
                    "mean squared error of the logits",
                    "mean_squared_error",
                    ("torch.nn.functional.mse_loss",),
                ),
            )
        ),
    )
}
