"""The options of each loss: their names, defaults and ranges, and how they are read and checked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from .errors import CepickError, did_you_mean

Kind = Literal["number", "per_class", "word", "flag"]


@dataclass(frozen=True, kw_only=True)
class Option:
    """One option of a loss."""

    name: str
    default: Any
    means: str
    kind: Kind = "number"
    low: float = 0.0
    high: float = math.inf
    open_low: bool = False
    choices: tuple[Any, ...] = ()
    optional: bool = False
    """Whether None stands for leaving it out."""

    @property
    def range(self) -> str:
        """Return in words what the option may be.

        >>> Option(name="q", default=0.5, means="", high=1.0, open_low=True).range
        'a number in (0, 1]'
        """
        if self.choices:
            return " or ".join(str(each) for each in self.choices)
        if self.kind == "flag":
            return "True or False"
        left = "(" if self.open_low or math.isinf(self.low) else "["
        right = ")" if math.isinf(self.high) else "]"
        span = f"a number in {left}{self.low:g}, {self.high:g}{right}"
        several = ", or a list with one for each class" if self.kind == "per_class" else ""
        return span + several + (", or None" if self.optional else "")

    def takes(self, value: Any) -> bool:
        """Tell whether a value is one of the option's."""
        if value is None:
            return self.optional
        if self.choices:
            return not isinstance(value, bool) and value in self.choices
        if self.kind == "flag":
            return isinstance(value, bool)
        if self.kind == "per_class" and isinstance(value, (list, tuple)):
            return bool(value) and all(self._in_range(each) for each in value)
        return self._in_range(value)

    def _in_range(self, value: Any) -> bool:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            return False
        return self.low <= value <= self.high and not (self.open_low and value == self.low)


_GAMMA = Option(name="gamma", default=2.0, means="how much an easy example is played down; 0 is not at all")
_SMOOTH = Option(
    name="smooth", default=0.0, means="what is added to the overlap, so that empty regions cost 0"
)

OPTIONS: dict[str, tuple[Option, ...]] = {
    "sigmoid_focal": (
        _GAMMA,
        Option(
            name="alpha",
            default=None,
            kind="per_class",
            high=1.0,
            optional=True,
            means="the weight of what is true, 1 - alpha that of what is not; torchvision's default is 0.25",
        ),
    ),
    "softmax_focal": (
        _GAMMA,
        Option(
            name="alpha",
            default=None,
            kind="per_class",
            optional=True,
            means="multiplies the loss, class by class where it is a list; Keras' default is 0.25",
        ),
    ),
    "generalized_cross_entropy": (
        Option(
            name="q",
            default=0.5,
            high=1.0,
            open_low=True,
            means="near 0 it is the cross-entropy, at 1 half the absolute error; the paper's is 0.7",
        ),
    ),
    "poly1_cross_entropy": (
        Option(
            name="epsilon",
            default=1.0,
            low=-math.inf,
            means="multiplies what the true class lacks of 1; optax's default is 2",
        ),
    ),
    "kl_divergence": (
        Option(
            name="log_targets", default=False, kind="flag", means="whether the targets are log-probabilities"
        ),
    ),
    "brier": (
        Option(
            name="scale",
            default="sum",
            kind="word",
            choices=("sum", "half"),
            means="sum adds up the classes, 0 to 2; half is half of that, as scikit-learn has it for two outcomes",
        ),
    ),
    "multi_margin": (
        Option(name="p", default=1, choices=(1, 2), means="the power of each shortfall"),
        Option(
            name="margin", default=1.0, low=-math.inf, means="by how much the true class must beat each other"
        ),
    ),
    "dice": (_SMOOTH,),
    "tversky": (
        Option(name="alpha", default=0.5, means="the weight of false positives (Keras: of false negatives)"),
        Option(name="beta", default=0.5, means="the weight of false negatives (Keras: of false positives)"),
        _SMOOTH,
    ),
}
"""The options of each loss that has any."""


def read_loss(text: str, given: Mapping[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
    """Return the id of a loss and its options, from ``id``, or ``id(name=value, …)``, and options given beside it.

    Use it wherever a loss is named by its id. Values are literals, never evaluated. Every option that the loss has is
    in the answer, at its default where nothing was said. A name that is no id is returned as it is, without options.

    Raises:
        CepickError: for an option that the loss does not have, with the nearest one, and a value that it cannot have.

    >>> read_loss("sigmoid-focal(alpha=0.25)")
    ('sigmoid_focal', {'gamma': 2.0, 'alpha': 0.25})
    >>> read_loss("multi_margin", {"p": 2})
    ('multi_margin', {'p': 2, 'margin': 1.0})
    """
    from .losses import LOSSES

    name, bracket, rest = text.strip().partition("(")
    loss = name.strip().lower().replace("-", "_").replace(" ", "_")
    if loss not in LOSSES:
        if given:
            raise CepickError(
                f"loss_options: go with a loss's id, and {text} is a framework's name; write its arguments in brackets"
            )
        return text, {}
    said = _in_brackets(loss, bracket + rest) if bracket else {}
    for option, value in (given or {}).items():
        if option in said and said[option] != value:
            raise CepickError(f"{loss}: {option} is said twice, {said[option]!r} and {value!r}; say it once")
        said[option] = value
    return loss, checked(loss, said)


def checked(loss: str, said: Mapping[str, Any]) -> dict[str, Any]:
    """Return every option of a loss, as said or at its default, or raise for one that cannot be."""
    known = {option.name: option for option in OPTIONS.get(loss, ())}
    for name, value in said.items():
        if name not in known:
            advice = did_you_mean(name, known) if known else "it takes none"
            raise CepickError(f"{loss}: has no option {name!r}; {advice}")
        if not known[name].takes(value):
            raise CepickError(f"{loss}: {name}={value!r} cannot be; give {known[name].range}")
    return {name: said.get(name, option.default) for name, option in known.items()}


def _in_brackets(loss: str, brackets: str) -> dict[str, Any]:
    """Return the options between the brackets, as plain data."""
    from .emulate.parse import keyword_arguments

    return keyword_arguments(loss, brackets)
