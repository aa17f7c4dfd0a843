"""Reading the task off two arrays: every property with its evidence, nothing guessed silently."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .arrays import Source
from .facts import PredictionFacts, TargetFacts
from .layout import Layout
from .significance import Paired
from .task import Evidence, Task
from .task import Source as EvidenceSource

SENTINELS = (-100, -1, 255)
"""The labels that people use to mark positions to leave out (a label equal to K is one, too)."""

_PRECISION_TOLERANCE = {"float16": 2e-3, "bfloat16": 1e-2}
_FLOAT_TOLERANCE = 1e-5


@dataclass(frozen=True, kw_only=True)
class View:
    """Everything that is known of two paired arrays: what inference and the checks look at."""

    predictions: Source
    targets: Source
    layout: Layout
    said: Task
    prediction_facts: PredictionFacts
    target_facts: TargetFacts
    ignored: bool = False
    """Whether something said (a label, a mask, lengths) leaves positions out."""
    sentinel: int | None = None
    """The label out of range that is taken as a mark to leave out, though nobody said so."""
    sentinel_count: int = 0
    sentinel_rows: tuple[int, ...] = ()
    has_zero_label: bool = False
    """Of class indices, whether 0 occurs."""
    probe: Paired | None = None
    """Values in [0, 1] that do not sum to 1: their loss read as logits against that read as probabilities."""

    @property
    def tolerance(self) -> float:
        """Return how far a row of probabilities may be from summing to 1 by the precision of its values."""
        source, units = self.predictions, self.layout.units
        if source.precision == "decimals":
            rounded = 0.5 * 10.0 ** -(source.decimals or 0)
            return max(_FLOAT_TOLERANCE * 1e-3, 1.01 * units * rounded)
        precision = source.precision
        if precision == "float32" and self.prediction_facts.float16_like:
            precision = "float16"
        elif precision == "float32" and self.prediction_facts.bfloat16_like:
            precision = "bfloat16"
        return _PRECISION_TOLERANCE.get(precision, _FLOAT_TOLERANCE)

    @property
    def in_unit_interval(self) -> bool:
        """Tell whether every prediction is in [0, 1] but for rounding."""
        facts = self.prediction_facts
        return facts.low >= -self.tolerance and facts.high <= 1 + self.tolerance

    @property
    def rows_are_distributions(self) -> bool:
        """Tell whether every row of predictions is a probability distribution but for rounding."""
        facts = self.prediction_facts
        return self.layout.units > 1 and self.in_unit_interval and facts.sum_error <= self.tolerance

    @property
    def rows_are_log_distributions(self) -> bool:
        """Tell whether every row of predictions is the logarithm of a distribution but for rounding."""
        facts = self.prediction_facts
        tolerance = max(self.tolerance, 1e-4)
        return (
            self.layout.units > 1
            and facts.high <= tolerance
            and facts.low < 0
            and facts.log_sum_error <= tolerance * 2
        )


@dataclass(frozen=True, kw_only=True)
class Inference:
    """The task that two arrays show, with the evidence for each property."""

    task: Task
    evidence: tuple[Evidence, ...]
    layout: Layout
    findings: tuple[Any, ...] = ()
    question: str | None = None
    """What the arrays cannot tell, and the flag that settles it."""

    def to_dict(self) -> dict[str, Any]:
        """Return the inference as plain data."""
        return {
            "task": self.task.to_dict(),
            "evidence": [each.to_dict() for each in self.evidence],
            "question": self.question,
            "findings": [each.to_dict() for each in self.findings],
        }

    def _repr_html_(self) -> str:
        from .notebook import inference_html

        return inference_html(self)


@dataclass
class _Known:
    """The properties gathered so far. What was said is there from the beginning, and stays."""

    values: dict[str, Any]
    evidence: list[Evidence] = field(default_factory=list)

    def learn(
        self, name: str, value: Any, source: EvidenceSource, because: str, confidence: float = 1.0
    ) -> None:
        if self.values.get(name) is None:
            self.values[name] = value
            self.evidence.append(
                Evidence(property=name, value=value, source=source, because=because, confidence=confidence)
            )


def read_task(view: View) -> tuple[Task, tuple[Evidence, ...], str | None]:
    """Return the task that the arrays show, the evidence, and what they leave open (or None)."""
    said = dict(view.said.known())
    known = _Known(
        values=dict(said),
        evidence=[
            Evidence(property=name, value=value, source="said", because="said")
            for name, value in said.items()
        ],
    )
    known.learn("kind", "classification", "both", "predictions and labels of classes")
    _columns(view, known)
    (_index_targets if view.layout.form == "index" else _row_targets)(view, known)
    open_question = _outputs(view, known)
    if known.values.get("outcomes") is None and view.layout.units == 1:
        known.learn("outcomes", "binary", "predictions", "one number for each example")
    return Task(**known.values), tuple(known.evidence), open_question


def _columns(view: View, known: _Known) -> None:
    layout = view.layout
    shape = list(layout.predictions)
    known.learn("units", layout.units, "predictions", f"shape {shape} has {_columns_text(layout)}")
    if layout.class_axes:
        axes: Any = layout.class_axes if len(layout.class_axes) > 1 else layout.class_axes[0]
        last = layout.class_axes == (len(layout.predictions) - 1,)
        doubt = (
            ""
            if layout.other_axis is None
            else f"; axis {layout.other_axis} would fit as well: --class-axis {layout.other_axis} takes that"
        )
        known.learn(
            "class_axis",
            axes,
            "both",
            f"targets of shape {list(layout.targets)} leave {'the last axis' if last else f'axis {axes}'} "
            f"of {shape} for the classes{doubt}",
            0.6 if layout.other_axis is not None else 1.0,
        )
    if view.ignored:
        known.learn("masked", True, "said", "an ignored label, a mask or lengths leave positions out")
    if view.sentinel is not None:
        known.learn("masked", True, "targets", f"label {view.sentinel} marks positions to leave out", 0.9)


def _columns_text(layout: Layout) -> str:
    if layout.units == 1:
        return "one number for each example"
    return f"{layout.units} columns for each example"


def _index_targets(view: View, known: _Known) -> None:
    facts, units = view.target_facts, view.layout.units
    shape = list(view.layout.targets)
    known.learn("exclusive", True, "targets", "each example has one class index")
    known.learn(
        "encoding",
        "index",
        "both",
        f"targets of shape {shape} hold one whole number for each of the {view.layout.rows} predictions",
    )
    known.learn("targets", "hard", "targets", "class indices are certain")
    if facts.rows and 0 <= facts.low and facts.high < units:
        known.learn("label_base", 0, "targets", f"labels run from {facts.low:g} to {facts.high:g}", 0.9)
    known.learn("classes", units, "predictions", f"{units} columns")
    known.learn("outcomes", "binary" if units <= 2 else "multiclass", "predictions", f"{units} columns", 1.0)


def _row_targets(view: View, known: _Known) -> None:
    if view.layout.units == 1:
        _scalar_targets(view, known)
        return
    facts, units = view.target_facts, view.layout.units
    if not facts.rows:
        return
    _target_range(facts, known)
    exclusive = known.values.get("exclusive")
    if facts.hard:
        known.learn("targets", "hard", "targets", "every target is 0 or 1")
        _hard_rows(view, known)
    elif facts.low >= 0 and facts.high <= 1:
        known.learn(
            "targets",
            "soft",
            "targets",
            f"row {facts.fraction[0]} holds {facts.fraction[1]:g}" if facts.fraction else "fractions",
        )
        if facts.off_sum_count == 0:
            known.learn(
                "exclusive", True, "targets", f"every row sums to 1 (largest error {facts.sum_error:.2g})"
            )
        elif view.rows_are_distributions or view.rows_are_log_distributions:
            known.learn("exclusive", True, "predictions", "every row of predictions sums to 1", 0.9)
        else:
            known.learn(
                "exclusive",
                False,
                "targets",
                f"{facts.off_sum_count} rows do not sum to 1: labels of their own",
            )
        exclusive = known.values.get("exclusive")
        known.learn(
            "encoding",
            "distribution" if exclusive else "scalar",
            "targets",
            "a row of probabilities" if exclusive else "one probability for each label",
        )
    if known.values.get("exclusive") is not None:
        known.learn("classes", units, "predictions", f"{units} columns")
        binary = units == 2 and known.values["exclusive"]
        known.learn("outcomes", "binary" if binary else "multiclass", "predictions", f"{units} columns")


def _hard_rows(view: View, known: _Known) -> None:
    facts, units = view.target_facts, view.layout.units
    rows = facts.rows - len(facts.nan_rows)
    if facts.one_hot_rows == rows:
        # Independent labels with one true per row on average give exactly one about 37 % of the time.
        chance = 0.5**rows if units == 2 else 0.5 ** min(rows, 60)
        agreeing = view.rows_are_distributions or view.rows_are_log_distributions
        confidence = 1.0 if agreeing else round(1 - chance, 6)
        known.learn(
            "exclusive",
            True,
            "both" if agreeing else "targets",
            f"each of {rows} rows holds one 1",
            confidence,
        )
    else:
        several, zero = facts.several_rows, facts.zero_rows
        parts = [f"{several} rows hold several ones"] if several else []
        parts += [f"{zero} rows hold none"] if zero else []
        known.learn("exclusive", False, "targets", " and ".join(parts) or "rows of zeros and ones")
    one_hot = known.values["exclusive"]
    if one_hot and facts.several_rows:
        return
    known.learn(
        "encoding",
        "one_hot" if one_hot else "multi_hot",
        "targets",
        "rows of zeros with a single 1" if one_hot else "rows of zeros and ones",
    )


def _scalar_targets(view: View, known: _Known) -> None:
    facts = view.target_facts
    if not facts.rows:
        return
    known.learn("outcomes", "binary", "predictions", "one number for each example")
    known.learn("classes", 2, "predictions", "two outcomes")
    _target_range(facts, known)
    if facts.hard:
        known.learn("targets", "hard", "targets", "every target is 0 or 1")
    elif facts.low >= 0 and facts.high <= 1 and facts.fraction:
        row, value = facts.fraction
        known.learn("targets", "soft", "targets", f"row {row} holds {value:g}")
    known.learn("encoding", "scalar", "targets", "one number for each example")


def _target_range(facts: TargetFacts, known: _Known) -> None:
    span = f"from {facts.low:g} to {facts.high:g}"
    if facts.low >= 0 and facts.high <= 1:
        known.learn("target_range", "unit_interval", "targets", span)
    elif facts.distinct is not None and set(facts.distinct) == {-1.0, 1.0}:
        known.learn("target_range", "signed", "targets", "the targets are -1 and +1")
    elif facts.integral and facts.low >= 0 and facts.high <= 255 and facts.high > 100:
        known.learn("target_range", "byte", "targets", f"whole numbers {span}", 0.8)
    else:
        known.learn("target_range", "real", "targets", span, 0.9)


def _outputs(view: View, known: _Known) -> str | None:
    """Settle what the model puts out, or return the question that the arrays leave open."""
    facts, tolerance = view.prediction_facts, view.tolerance
    if not facts.rows or known.values.get("outputs") is not None:
        return None
    exclusive = known.values.get("exclusive")
    if view.rows_are_distributions and exclusive is not False:
        known.learn(
            "outputs",
            "probabilities",
            "predictions",
            f"every row is in [0, 1] and sums to 1 (largest error {facts.sum_error:.2g}, allowed {tolerance:.2g})",
        )
    elif view.rows_are_log_distributions and exclusive is not False:
        known.learn(
            "outputs",
            "log_probabilities",
            "predictions",
            f"every value is at most 0 and the exponentials of every row sum to 1 "
            f"(largest |logsumexp| {facts.log_sum_error:.2g})",
        )
    elif not view.in_unit_interval:
        known.learn(
            "outputs",
            "logits",
            "predictions",
            f"values from {facts.low:.6g} to {facts.high:.6g}: outside [0, 1]"
            + ("" if view.layout.units == 1 or exclusive is False else ", and rows are no log-probabilities"),
        )
    elif exclusive is False or view.layout.units == 1:
        return _in_unit_interval(view, known)
    else:
        return (
            "Are the predictions logits, or probabilities of independent outcomes? Every value is in [0, 1] but rows "
            "do not sum to 1: --logits says that no softmax or sigmoid was applied, --probabilities --multilabel "
            "that a sigmoid was."
        )
    return None


def _in_unit_interval(view: View, known: _Known) -> str | None:
    """Tell sigmoid outputs from small logits by which reading fits the targets."""
    facts, probe = view.prediction_facts, view.probe
    span = f"every value is in [0, 1] (from {facts.low:.4g} to {facts.high:.4g})"
    if probe is not None and probe.lower():
        known.learn(
            "outputs",
            "probabilities",
            "both",
            f"{span}, and read as probabilities the loss is {probe.second:.4g} nats, "
            f"read as logits {probe.first:.4g} ({probe.count} values); --logits takes them as logits",
            0.95,
        )
        return None
    return (
        "Are the predictions logits, or probabilities? "
        f"{span[0].upper()}{span[1:]}, as sigmoid outputs and small logits both are: "
        "--probabilities says that a sigmoid was applied, --logits that none was."
    )


def sentinel_among(facts: TargetFacts, classes: int) -> int | None:
    """Return the one label out of range that marks what to leave out, or None where there is none."""
    if facts.distinct is None or len(facts.distinct) != 1 or not facts.integral:
        return None
    label = int(next(iter(facts.distinct)))
    if label == classes and facts.low >= 1:
        return None  # labels from 1 to K: counted from 1, not marked
    return label if label in SENTINELS or label == classes else None
