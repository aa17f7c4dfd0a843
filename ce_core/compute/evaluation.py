"""What `evaluate` answers, as frozen data."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import field, fields, is_dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from ce_core.findings import Finding
from ce_core.read.settings import Base, MeanOver, Reduction, Smoothing
from ce_core.records import dataclass
from ce_core.task import Evidence, Task

if TYPE_CHECKING:
    from ce_core.decide.recommendation import Status
    from ce_core.emulate import Emulated, Rosetta

    from .examples import Examples

Row = int | tuple[int, ...]


def jsonable(value: Any) -> Any:
    """Return a value as strict JSON has it: a number that is not finite becomes "inf", "-inf" or "nan".

    >>> jsonable((1.0, float("inf"))), jsonable(float("nan"))
    ([1.0, 'inf'], 'nan')
    """
    if is_dataclass(value) and not isinstance(value, type):
        return {
            each.metadata.get("key", each.name): jsonable(getattr(value, each.name)) for each in fields(value)
        }
    if isinstance(value, Mapping):
        return {str(key): jsonable(each) for key, each in value.items()}
    if isinstance(value, (tuple, list, np.ndarray)):
        return [jsonable(each) for each in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
    return value


@dataclass(frozen=True, kw_only=True)
class Quantiles:
    """How the losses of the counted examples are spread."""

    p50: float
    p90: float
    p99: float
    max: float
    exact: bool
    """False where a sketch stands for the losses (relative error at most 0.5 %)."""


@dataclass(frozen=True, kw_only=True)
class ReliabilityBin:
    """One bin of the reliability table: low < confidence <= high, the first bin with its low end."""

    low: float
    high: float
    count: int
    confidence: float | None
    accuracy: float | None


@dataclass(frozen=True, kw_only=True)
class ClassRow:
    """How one class (or label) fares."""

    klass: int = field(metadata={"key": "class"})
    name: str | None
    support: float
    """The number of its examples (their weight, where targets are soft or sample weights are given)."""
    loss: float | None
    """The mean loss of its examples."""
    recall: float | None
    """The share of its examples that are predicted as it."""
    mean_probability: float | None
    """The mean probability given to the class where it is true."""


@dataclass(frozen=True, kw_only=True)
class ClassRest:
    """The classes beyond the hundred that are listed, summed."""

    classes: int
    support: float
    loss: float | None


@dataclass(frozen=True, kw_only=True)
class LossBin:
    """One bin of the histogram of the losses: low <= loss < high; two bins are a factor of 2."""

    low: float
    high: float
    count: int
    """The number of its examples, whatever they weigh."""


@dataclass(frozen=True, kw_only=True)
class Confusion:
    """How often one class is taken for another."""

    klass: int = field(metadata={"key": "class"})
    """The true class."""
    name: str | None
    predicted: int
    predicted_name: str | None
    count: float
    """The number of such examples (their weight, where sample weights are given)."""
    share: float
    """Its share of all wrong predictions."""


@dataclass(frozen=True, kw_only=True)
class WorstRow:
    """One of the examples with the greatest loss."""

    row: Row
    line: int | None
    """Its line in a CSV."""
    label: int | float | str | tuple[int | str, ...] | None
    """The class, or its name where the classes have one; of several labels those that are true."""
    prediction: int | float | str | tuple[int | str, ...] | None
    probability: float | None
    """The probability that the predictions give to what is true."""
    loss: float


@dataclass(frozen=True, kw_only=True)
class Weights:
    """The weights of the counted examples, and the mean under each divisor."""

    sum: float
    effective_sample_size: float
    means: Mapping[str, float | None]


@dataclass(frozen=True, kw_only=True)
class Temperature:
    """The temperature that makes the mean loss of logits / T least, and the loss there."""

    optimum: float
    loss: float
    """The mean loss at the optimum; found on a sample, the mean less what the optimum saves there."""
    sample: int | None = None
    """How many examples it was found on, where those are not all."""


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A sampled loss over several draws, beside the full softmax loss that it stands for in training.

    All under the reduction of the evaluation (the mean, where there is none), and in its unit.
    """

    value: float
    """Of the first draw: what one step of training would print."""
    mean: float
    """The mean over the draws."""
    standard_deviation: float | None
    """Over the draws (divisor repeats - 1); None for one draw."""
    exact: float
    """The full softmax loss."""
    bias: float
    """``mean - exact``."""
    repeats: int
    sampler: str | None
    """None where the candidates came with their expected counts."""
    num_sampled: int
    num_true: int
    unique: bool
    """Whether no class was drawn twice."""
    accidental_hits: Literal["removed", "kept"]
    """What was done with a candidate that is a true class of the example."""
    seed: int | None
    """None where the candidates were not drawn here."""
    candidates: str | None
    """The file that holds them."""
    statement: str
    """What the sampled loss is good for."""


@dataclass(frozen=True, kw_only=True)
class Diagnostics:
    """The numbers beside the loss; None where one has no meaning for the task.

    Losses and entropies are in the unit of the evaluation (nats, or bits where asked). Sample weights weigh
    every mean here; class weights and positive weights are part of the loss, not of the other figures.
    """

    count: int
    ignored: int
    unit: Base = "nats"
    mean: float | None = None
    """The mean loss over the counted examples, divided by the sum of their weights."""
    standard_error: float | None = None
    """Of that mean, as the ratio of two sums over examples drawn independently."""
    quantiles: Quantiles | None = None
    uniform: float | None = None
    """The loss of giving every class the same probability: ln K."""
    prior_entropy: float | None = None
    """The entropy of the class frequencies: the loss of always answering with them."""
    best_constant: float | None = None
    """The least loss of always giving the same answer, under the same weights, smoothing and pos_weight."""
    d2: float | None = None
    """1 - loss / (loss of the best constant answer)."""
    target_entropy: float | None = None
    """The mean entropy of soft targets: the least loss there can be."""
    kl: float | None = None
    """The loss less the entropy of the targets."""
    perplexity: float | None = None
    """The exponential of the mean loss in nats, of exclusive classes."""
    bits: float | None = None
    """The mean loss in bits."""
    accuracy: float | None = None
    """The share of examples (of single outcomes, where they are independent) predicted right."""
    top5_accuracy: float | None = None
    """The share of examples with fewer than five classes above the true one, where there are six or more."""
    subset_accuracy: float | None = None
    """The share of examples with every label right."""
    brier: float | None = None
    """The mean squared distance of the probabilities from the targets, summed over classes (0 to 2); over one
    column, or averaged over labels, where outcomes are independent (0 to 1)."""
    ece: float | None = None
    """Expected calibration error: 15 bins of equal width over the confidence of the predicted class (over the
    probability of every outcome, where outcomes are independent)."""
    mce: float | None = None
    """The largest gap of those bins."""
    mean_confidence: float | None = None
    """The mean probability of what is predicted."""
    temperature: Temperature | None = None
    clipped_share: float | None = None
    """The share of the summed loss of the examples that give at most the clip to what is true."""
    zero_probabilities: int | None = None
    """How many examples give probability 0 to what is true."""
    reliability: tuple[ReliabilityBin, ...] = ()
    per_class: tuple[ClassRow, ...] = ()
    per_class_rest: ClassRest | None = None
    loss_histogram: tuple[LossBin, ...] = ()
    """The losses of the counted examples, from the bin of the least to that of the greatest."""
    confusions: tuple[Confusion, ...] = ()
    """The pairs of classes with the most wrong predictions, where one class is true of each example: at most 20."""
    confusions_sample: int | None = None
    """How many examples they are counted among, where those are not all: of over a thousand classes and two
    million examples, about two million."""
    worst: tuple[WorstRow, ...] = ()
    weights: Weights | None = None


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """The value of a loss on two arrays, what was inferred, what was found, and the numbers beside it."""

    status: Status
    loss: str | None
    value: float | None
    reduction: Reduction
    mean_over: MeanOver
    unit: Base | None
    """None of a loss that is no logarithm."""
    count: int
    ignored: int
    task: Task
    predictions: str
    """What the first array is called: its path, or "predictions"."""
    targets: str
    shapes: tuple[tuple[int, ...], tuple[int, ...]]
    dtypes: tuple[str, str]
    clip: float | None = None
    clip_policy: str | None = None
    """The framework whose way to clip was asked for by name; ``clip`` is then the number that it uses, if any."""
    label_smoothing: float = 0.0
    smoothing: Smoothing | None = None
    """Where the smoothed mass goes, where there is any."""
    loss_options: Mapping[str, Any] = field(default_factory=dict)
    """Every option of the loss, as it was computed."""
    also_fit: tuple[str, ...] = ()
    question: str | None = None
    asks: str | None = None
    instead: str | None = None
    evidence: tuple[Evidence, ...] = ()
    notes: tuple[str, ...] = ()
    """What was done on the way that a reader should know, such as how text labels were mapped."""
    findings: tuple[Finding, ...] = ()
    diagnostics: Diagnostics
    """Of a sampled loss, the numbers beside the full softmax loss."""
    estimate: Estimate | None = None
    """Of a sampled loss, how it compares with the full softmax loss."""
    emulation: Emulated | None = None
    """Where a framework's call was asked for, what it prints, and why that is not the exact loss."""
    rosetta: Rosetta | None = None
    """Where it was asked for, what every framework prints on these arrays."""
    losses: np.ndarray | None = field(default=None, repr=False, compare=False)
    """One loss per example in the targets' positions (0 where ignored), with ``reduction="none"`` or ``keep=True``."""
    examples: Examples | None = field(default=None, repr=False, compare=False)
    """What each example adds to the loss and the accuracy, with ``keep="examples"``."""

    @property
    def failed(self) -> bool:
        """Tell whether a command should end with exit code 1.

        So it does where an error is found, where nothing could be decided, and where the framework whose call
        was asked for refuses the arrays.
        """
        refused = self.emulation is not None and self.emulation.raises is not None
        return (
            refused or self.status == "undecided" or any(each.severity == "error" for each in self.findings)
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the evaluation as its JSON (``cepick.evaluation/1``)."""
        plain: dict[str, Any] = jsonable(
            {
                "schema": "cepick.evaluation/1",
                "status": self.status,
                "loss": self.loss,
                "also_fit": self.also_fit,
                "question": self.question,
                "asks": self.asks,
                "instead": self.instead,
                "value": self.value,
                "unit": self.unit,
                "reduction": self.reduction,
                "mean_over": self.mean_over,
                "clip": self.clip,
                "clip_policy": self.clip_policy,
                "label_smoothing": self.label_smoothing,
                "smoothing": self.smoothing,
                "loss_options": self.loss_options,
                "count": self.count,
                "ignored": self.ignored,
                "predictions": {"name": self.predictions, "shape": self.shapes[0], "dtype": self.dtypes[0]},
                "targets": {"name": self.targets, "shape": self.shapes[1], "dtype": self.dtypes[1]},
                "task": self.task.to_dict(),
                "evidence": [each.to_dict() for each in self.evidence],
                "notes": self.notes,
                "findings": [each.to_dict() for each in self.findings],
                "diagnostics": self.diagnostics,
                "estimate": self.estimate,
                "emulation": None if self.emulation is None else self.emulation.to_dict(),
                "rosetta": None if self.rosetta is None else self.rosetta.to_dict(),
            }
        )
        return plain

    def _repr_html_(self) -> str:
        from ce_core.notebook import evaluation_html

        return evaluation_html(self)
