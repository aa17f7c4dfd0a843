"""Reading the task off two arrays: every property with its evidence, nothing guessed silently."""

from __future__ import annotations

from math import isfinite, log
from typing import TYPE_CHECKING, Any, Literal

from ce_core.arrays import Source
from ce_core.errors import CepickError
from ce_core.losses import Loss
from ce_core.records import dataclass
from ce_core.task import Evidence, Task
from ce_core.task import Source as EvidenceSource

from .facts import SUM_TOLERANCE, PredictionFacts, TargetFacts, sixteen_bit_tolerance
from .layout import Layout
from .wording import plural

if TYPE_CHECKING:
    from .one_vs_rest import OneVsRest
    from .readings import Readings

SENTINELS = (-100, -1, 255)
"""The labels that people use to mark positions to leave out (a label equal to K is one, too)."""

_FLOAT_TOLERANCE = 1e-5
_MOST_TOLERANCE = 0.5
"""However few the decimals: a row that is off by more is no distribution."""
_NEARLY, _NEARLY_SURE = 0.02, 0.99
"""How far from 1 rows may sum that were clipped or rounded, and how sure it must be that they sum to it at all."""
_SURE = 0.999
"""How sure the targets must be of exclusive classes to stand against predictions that show none."""


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
    readings: Readings | None = None
    """Values in [0, 1] that do not sum to 1: read as logits and as probabilities."""
    one_vs_rest: OneVsRest | None = None
    """Values in [0, 1] that do not sum to 1, beside targets of which one is true each: the readings of these."""
    labelled: bool = True
    """Whether the targets are labels or shares, from which a task can be read."""

    @property
    def tolerance(self) -> float:
        """Return how far a row of probabilities may be from summing to 1 by the precision of its values."""
        units = self.layout.units
        rounded = _FLOAT_TOLERANCE + rounding_of_decimals(self.predictions, units)
        return min(max(rounded, sixteen_bit_tolerance(units, **self._sixteen_bits)), _MOST_TOLERANCE)

    @property
    def _sixteen_bits(self) -> dict[str, bool]:
        facts, precision = self.prediction_facts, self.predictions.precision
        return {
            "float16": precision == "float16" or facts.float16_like,
            "bfloat16": precision == "bfloat16" or facts.bfloat16_like,
        }

    @property
    def precision(self) -> str:
        """Return the precision that the predictions really have, in words."""
        source = self.predictions
        if source.precision == "decimals":
            return plural(source.decimals or 0, "decimal")
        found = [name for name, like in self._sixteen_bits.items() if like]
        if source.precision in {"float32", "float64"} and found:
            return f"{found[-1]} values kept as {source.precision}"
        return source.precision

    @property
    def unreadable_labels(self) -> bool:
        """Tell whether class indices are there that name no column."""
        facts = self.target_facts
        return self.layout.form == "index" and bool(facts.outside_count or facts.nan or not facts.integral)

    @property
    def in_unit_interval(self) -> bool:
        """Tell whether every prediction is in [0, 1] but for rounding."""
        facts = self.prediction_facts
        beyond = max(_FLOAT_TOLERANCE, sixteen_bit_tolerance(1, **self._sixteen_bits))
        return facts.low >= -beyond and facts.high <= 1 + beyond

    @property
    def shares(self) -> bool:
        """Tell whether rows of targets are shares that add up to another total than 1."""
        facts = self.target_facts
        exclusive = (
            implied(self.said).get("exclusive", self.said.exclusive)
            or self.rows_are_distributions
            or self.rows_are_log_distributions
        )
        positive = facts.low >= 0 and not facts.in_unit_interval and not facts.integral
        return self.layout.form == "rows" and self.layout.units > 1 and bool(exclusive) and positive

    @property
    def rows_are_distributions(self) -> bool:
        """Tell whether every row of predictions is a probability distribution but for rounding."""
        facts = self.prediction_facts
        several = self.layout.units > 1 and facts.whole > 0
        return several and self.in_unit_interval and facts.sum_error <= self.tolerance

    @property
    def rows_are_nearly_distributions(self) -> bool:
        """Tell whether rows sum to 1 but for what clipping or rounding adds, and by no chance.

        A clip at 1e-7 adds up to 0.005 to the sum of 50,000 probabilities.
        """
        facts = self.prediction_facts
        if self.layout.units < 2 or not facts.whole or not self.in_unit_interval:
            return False
        return facts.sum_error <= _NEARLY and no_chance(facts.sum_error, facts.whole) >= _NEARLY_SURE

    @property
    def rows_add_up(self) -> bool:
        """Tell whether rows of predictions are distributions in some form: their classes exclude each other."""
        return (
            self.rows_are_distributions
            or self.rows_are_log_distributions
            or self.rows_are_nearly_distributions
        )

    def outputs_as_read(
        self, task: Task, asked: Loss | None = None
    ) -> tuple[Literal["logits", "probabilities", "log_probabilities"] | None, bool]:
        """Return what the predictions are, whatever they were said to be, and whether their columns compete.

        None where the arrays do not tell, and nothing was said. A sigmoid loss that was asked for says that the columns
        of one-hot rows are independent, and what it takes.
        """
        facts = self.prediction_facts
        exclusive = self.layout.units > 1 and task.exclusive is not False
        independent = self._independent_under(asked)
        if not facts.whole or (self.layout.units > 1 and task.exclusive is None and not independent):
            return None, exclusive
        exclusive = exclusive and not independent
        if exclusive and (self.rows_are_distributions or self.rows_are_nearly_distributions):
            return "probabilities", exclusive
        if exclusive and self.rows_are_log_distributions:
            return "log_probabilities", exclusive
        if not self.in_unit_interval:
            return "logits", exclusive
        read = self.readings
        if not exclusive and read is not None and (read.probabilities() or read.other_outcome()):
            return "probabilities", exclusive
        if not exclusive and one_vs_rest(self):
            return "probabilities", exclusive
        said = None if exclusive and task.outputs != "logits" else task.outputs
        if said is None and independent and asked is not None:
            said = "probabilities" if asked.given == "probabilities" else "logits"
        return said, exclusive

    def _independent_under(self, asked: Loss | None) -> bool:
        """Tell whether a loss takes the columns to be independent, and nothing shows that they compete."""
        rows = self.layout.form == "rows" and self.layout.units > 1
        return asked is not None and asked.competes == "sigmoid" and rows and not self.rows_add_up

    @property
    def rows_are_log_distributions(self) -> bool:
        """Tell whether every row of predictions is the logarithm of a distribution but for rounding."""
        facts, units = self.prediction_facts, self.layout.units
        # Rounding a logarithm to a share of itself moves the sum by that share of the row's entropy.
        coarse = [2.0**-9 * self._sixteen_bits["float16"], 2.0**-7 * self._sixteen_bits["bfloat16"]]
        tolerance = max(2 * self.tolerance, 2e-4, *(share * (1 + log(units)) for share in coarse))
        several = units > 1 and facts.whole > 0 and facts.low < 0
        return several and facts.high <= tolerance and facts.log_sum_error <= tolerance


def rounding_of_decimals(source: Source, units: int) -> float:
    """Return how far a row of numbers written with a CSV's decimals may be from its sum."""
    return 0.505 * units * 10.0 ** -(source.decimals or 0) if source.precision == "decimals" else 0.0


@dataclass(frozen=True, kw_only=True)
class Inference:
    """The task that two arrays show, with the evidence for each property."""

    task: Task
    evidence: tuple[Evidence, ...]
    layout: Layout
    findings: tuple[Any, ...] = ()
    question: str | None = None
    """What the arrays cannot tell, and the flag that settles it."""
    notes: tuple[str, ...] = ()
    """What a reader should know beside, such as which findings were left out."""

    def to_dict(self) -> dict[str, Any]:
        """Return the inference as plain data."""
        return {
            "task": self.task.to_dict(),
            "evidence": [each.to_dict() for each in self.evidence],
            "question": self.question,
            "findings": [each.to_dict() for each in self.findings],
            "notes": list(self.notes),
        }

    def _repr_html_(self) -> str:
        from ce_core.notebook import inference_html

        return inference_html(self)


class _Known:
    """The properties gathered so far. What was said is there from the beginning, and stays."""

    def __init__(self, said: dict[str, Any]) -> None:
        self.values = dict(said)
        self.evidence = [
            Evidence(property=name, value=value, source="said", because="said")
            for name, value in said.items()
        ]

    def learn(
        self,
        name: str,
        value: Any,
        source: EvidenceSource,
        because: str,
        confidence: float = 1.0,
        *,
        otherwise: Any = None,
    ) -> None:
        """Learn a property that was not said; ``otherwise`` is its value if this one is wrong."""
        if self.values.get(name) is None:
            self.values[name] = value
            self.evidence.append(
                Evidence(
                    property=name,
                    value=value,
                    source=source,
                    because=because,
                    confidence=confidence,
                    runner_up=otherwise if confidence < 1 else None,
                )
            )

    def confidence(self, name: str) -> float:
        """Return how sure a property is; what follows from it is no surer."""
        return next((each.confidence for each in self.evidence if each.property == name), 1.0)


def read_task(view: View) -> tuple[Task, tuple[Evidence, ...], str | None]:
    """Return the task that the arrays show, the evidence, and what they leave open (or None)."""
    known = _Known(dict(view.said.known()))
    if not view.labelled:
        return _task(view, known), tuple(known.evidence), None
    for name, value in implied(view.said).items():
        known.learn(name, value, "said", _implied_by(view.said, name))
    _check_certain(view, known)
    known.learn("kind", "classification", "both", "predictions and labels of classes")
    _columns(view, known)
    (_index_targets if view.layout.form == "index" else _row_targets)(view, known)
    open_question = _outputs(view, known)
    if known.values.get("outcomes") is None and view.layout.units == 1:
        known.learn("outcomes", "binary", "predictions", "one number for each example")
    return _task(view, known), tuple(known.evidence), open_question


def _task(view: View, known: _Known) -> Task:
    try:
        return Task(**known.values)
    except CepickError as error:
        said = ", ".join(f"{name} {value!r}" for name, value in view.said.known())
        raise CepickError(
            f"{view.predictions.name}: what was said ({said or 'nothing'}) does not go with the arrays: {error}"
        ) from None


_IMPLIES: dict[tuple[str, Any], dict[str, Any]] = {
    ("encoding", "one_hot"): {"exclusive": True, "targets": "hard"},
    ("encoding", "distribution"): {"exclusive": True, "targets": "soft"},
    ("encoding", "multi_hot"): {"exclusive": False, "targets": "hard"},
    ("kind", "distillation"): {"targets": "soft"},
    ("outputs", "log_probabilities"): {"exclusive": True},
}
"""What is said says more; the values of the arrays do not count against it."""


def implied(said: Task) -> dict[str, Any]:
    """Return what follows from what was said of the targets.

    >>> implied(Task(encoding="multi_hot"))
    {'exclusive': False, 'targets': 'hard'}
    """
    found: dict[str, Any] = {}
    for (name, value), more in _IMPLIES.items():
        if getattr(said, name) == value:
            found.update({each: what for each, what in more.items() if getattr(said, each) is None})
    if said.encoding == "scalar" and said.exclusive is None and said.outcomes != "binary":
        found["exclusive"] = False
    return found


def _implied_by(said: Task, name: str) -> str:
    """Return what was said that a property follows from."""
    for (prop, value), more in _IMPLIES.items():
        if name in more and getattr(said, prop) == value:
            return f"follows from {prop} {value!r}"
    return "follows from encoding 'scalar'"


def _check_certain(view: View, known: _Known) -> None:
    """Refuse fractions among targets that were said to be certain."""
    facts = view.target_facts
    rows = view.layout.form == "rows" and facts.rows and facts.fraction and facts.in_unit_interval
    if not rows or known.values.get("targets") != "hard":
        return
    row, value = facts.fraction or (0, 0.0)
    said = f"encoding {view.said.encoding!r}" if view.said.targets is None else "targets 'hard'"
    instead = "encoding 'scalar'" if known.values.get("exclusive") is False else "encoding 'distribution'"
    raise CepickError(
        f"{view.targets.name}: {_row_name(view, row)} holds {value:g}, and {said} was said, which is 0 and 1 only; "
        f"leave it out, or say {instead if view.said.targets is None else 'that they are soft'}"
    )


def _columns(view: View, known: _Known) -> None:
    layout = view.layout
    shape = list(layout.predictions)
    known.learn("units", layout.units, "predictions", f"shape {shape} has {_columns_text(layout)}")
    if layout.class_axes:
        axes: Any = layout.class_axes if len(layout.class_axes) > 1 else layout.class_axes[0]
        known.learn(
            "class_axis",
            axes,
            "both",
            _axis_text(view),
            0.6 if layout.other_axis is not None else 1.0,
            otherwise=layout.other_axis,
        )
    if view.ignored:
        known.learn("masked", True, "said", "an ignored label, a mask or lengths leave positions out")
    if view.sentinel is not None:
        text = f"label {view.sentinel} marks positions to leave out"
        known.learn("masked", True, "targets", text, 0.9, otherwise=False)


def _axis_text(view: View) -> str:
    """Return why the classes lie where they were taken to lie."""
    layout = view.layout
    axes, rank = layout.class_axes, len(layout.predictions)
    where = "the last axis" if axes == (rank - 1,) else f"axis {', '.join(map(str, axes))}"
    if layout.form == "rows":
        text = (
            f"both arrays have shape {list(layout.predictions)}: the classes are taken to lie along {where}"
        )
    else:
        text = f"targets of shape {list(layout.targets)} leave {where} of {list(layout.predictions)} for the classes"
    if layout.settled:
        text += f"; {layout.settled}"
    if layout.other_axis is not None:
        text += f"; axis {layout.other_axis} would fit as well: --class-axis {layout.other_axis} takes that"
    return text


def _columns_text(layout: Layout) -> str:
    if layout.units == 1:
        return "one number for each example"
    return f"{plural(layout.units, 'column')} for each example"


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
    if facts.rows and facts.low >= 0 and facts.high < units:
        text = f"labels run from {facts.low:g} to {facts.high:g}"
        known.learn("label_base", 0, "targets", text, 0.9 if facts.low > 0 else 1.0, otherwise=1)
    columns = plural(units, "column")
    known.learn("classes", units, "predictions", columns)
    known.learn("outcomes", "binary" if units <= 2 else "multiclass", "predictions", columns, 1.0)


def _row_targets(view: View, known: _Known) -> None:
    if view.layout.units == 1:
        _scalar_targets(view, known)
        return
    facts, units = view.target_facts, view.layout.units
    if not facts.rows:
        return
    if not view.shares:
        _target_range(facts, known)
    if facts.hard:
        known.learn("targets", "hard", "targets", "every target is 0 or 1")
        _hard_rows(view, known)
    elif facts.fraction and (facts.in_unit_interval or view.shares):
        _soft_rows(view, known)
    if known.values.get("exclusive") is not None:
        known.learn("classes", units, "predictions", f"{units} columns")
        kinds = ("binary", "multiclass") if known.values["exclusive"] else ("multiclass", "binary")
        sure = known.confidence("exclusive") if units == 2 else 1.0
        kind, other = kinds if units == 2 else ("multiclass", None)
        known.learn("outcomes", kind, "predictions", f"{units} columns", sure, otherwise=other)


def _soft_rows(view: View, known: _Known) -> None:
    facts = view.target_facts
    row, value = facts.fraction or (0, 0.0)
    known.learn("targets", "soft", "targets", f"{_row_name(view, row)} holds {value:g}")
    if facts.off_sum_count == 0:
        text = f"every row sums to 1 (largest error {facts.sum_error:.2g})"
        sure = 1.0
        if not view.rows_add_up:
            allowed = SUM_TOLERANCE + rounding_of_decimals(view.targets, view.layout.units)
            sure = no_chance(allowed, facts.rows - facts.missing)
        known.learn("exclusive", True, "targets", text, sure, otherwise=False)
    elif view.rows_add_up:
        text = "every row of predictions sums to 1"
        known.learn("exclusive", True, "predictions", text, 0.9, otherwise=False)
    else:
        known.learn(
            "exclusive",
            False,
            "targets",
            f"{facts.off_sum_count:,} of {facts.rows:,} rows do not sum to 1: each label is on its own",
        )
    _soft_encoding(known)


def _soft_encoding(known: _Known) -> None:
    exclusive = known.values["exclusive"]
    known.learn(
        "encoding",
        "distribution" if exclusive else "scalar",
        "targets",
        "a row of probabilities" if exclusive else "one probability for each label",
        known.confidence("exclusive"),
        otherwise="scalar" if exclusive else "distribution",
    )


def _row_name(view: View, number: int) -> str:
    row = view.layout.row(number)
    return f"row {list(row) if isinstance(row, tuple) else row}"


def _hard_rows(view: View, known: _Known) -> None:
    facts = view.target_facts
    rows = facts.rows - facts.missing
    agreeing = view.rows_add_up
    if facts.one_hot_rows == rows:
        _one_hot_rows(view, known, rows, agreeing)
    elif agreeing and not facts.several_rows and facts.one_hot_rows:
        text = (
            "every row of predictions sums to 1, and no row of targets holds several ones "
            f"({facts.zero_rows:,} hold none)"
        )
        known.learn("exclusive", True, "both", text, 0.9, otherwise=False)
    else:
        counts = {"several ones": facts.several_rows, "none": facts.zero_rows}
        parts = [f"{count:,} of {rows:,} rows hold {what}" for what, count in counts.items() if count]
        known.learn("exclusive", False, "targets", " and ".join(parts) or "rows of zeros and ones")
    if known.values["targets"] == "soft":
        _soft_encoding(known)
    elif not known.values["exclusive"]:
        sure = known.confidence("exclusive")
        known.learn("encoding", "multi_hot", "targets", "rows of zeros and ones", sure, otherwise="one_hot")
    elif facts.several_rows:
        text = "rows of zeros and ones, said to be exclusive"
        known.learn("encoding", "one_hot", "targets", text, 0.5, otherwise="multi_hot")
    else:
        sure = known.confidence("exclusive")
        known.learn(
            "encoding", "one_hot", "targets", "rows of zeros with a single 1", sure, otherwise="multi_hot"
        )


def _one_hot_rows(view: View, known: _Known, rows: int, agreeing: bool) -> None:
    """Learn from rows of a single 1 each, which a few rows of independent labels may be by chance."""
    # Independent labels, one true on average, give exactly one in half of the rows at most.
    sure = 1.0 if agreeing else round(1 - 0.5 ** min(rows, 60), 6)
    text = "the only row holds one 1" if rows == 1 else f"each of {rows:,} rows holds one 1"
    if sure < _SURE:
        if view.in_unit_interval and (view.said.outputs == "probabilities" or _sigmoid_outputs(view)):
            known.learn(
                "exclusive",
                False,
                "predictions",
                f"rows of probabilities do not sum to 1, so they are independent of each other ({text}, "
                "which so few rows may do by chance); --exclusive says that exactly one class is true",
                0.8,
                otherwise=True,
            )
            return
        text += ", which so few rows may do by chance; --multilabel says that several labels may be true"
    elif one_vs_rest(view) and view.said.outputs is None:
        known.learn(
            "exclusive",
            False,
            "both",
            f"the predictions are independent of each other, one sigmoid for each column, though {text}; "
            "--exclusive says that they should not be",
            0.9,
            otherwise=True,
        )
        return
    known.learn("exclusive", True, "both" if agreeing else "targets", text, sure, otherwise=False)


def _sigmoid_outputs(view: View) -> bool:
    """Tell whether values in [0, 1] are significantly better probabilities than logits."""
    return view.readings is not None and view.readings.probabilities()


def one_vs_rest(view: View) -> bool:
    """Tell whether values in [0, 1] are sigmoid outputs of classes of which exactly one is true."""
    nearly = view.rows_are_nearly_distributions
    return not nearly and view.one_vs_rest is not None and view.one_vs_rest.probabilities()


def no_chance(allowed: float, rows: int) -> float:
    """Return how sure it is that rows which sum to 1 do so by no chance.

    A single row of numbers in [0, 1] sums to 1 within a tolerance with a chance of at most twice that.

    >>> no_chance(0.05, 1), no_chance(0.05, 30)
    (0.9, 1.0)
    """
    return round(max(0.5, 1 - min(1.0, 2 * allowed) ** rows), 6)


def _scalar_targets(view: View, known: _Known) -> None:
    facts = view.target_facts
    if not facts.rows:
        return
    known.learn("outcomes", "binary", "predictions", "one number for each example")
    known.learn("classes", 2, "predictions", "two outcomes")
    _target_range(facts, known)
    if facts.hard:
        known.learn("targets", "hard", "targets", "every target is 0 or 1")
    elif facts.in_unit_interval and facts.fraction:
        row, value = facts.fraction
        known.learn("targets", "soft", "targets", f"{_row_name(view, row)} holds {value:g}")
    known.learn("encoding", "scalar", "targets", "one number for each example")


def _target_range(facts: TargetFacts, known: _Known) -> None:
    span = f"from {facts.low:g} to {facts.high:g}"
    if facts.in_unit_interval:
        known.learn("target_range", "unit_interval", "targets", span)
    elif facts.distinct is not None and set(facts.distinct) == {-1.0, 1.0}:
        known.learn("target_range", "signed", "targets", "the targets are -1 and +1")
    elif facts.integral and facts.low >= 0 and facts.high <= 255 and facts.high > 100:
        mask = facts.distinct is not None and set(facts.distinct) == {0.0, 255.0}
        known.learn(
            "target_range", "byte", "targets", f"whole numbers {span}", 1.0 if mask else 0.8, otherwise="real"
        )
    else:
        known.learn("target_range", "real", "targets", span, 0.9, otherwise="unit_interval")


def _outputs(view: View, known: _Known) -> str | None:
    """Settle what the model puts out, or return the question that the arrays leave open."""
    facts = view.prediction_facts
    if not facts.rows or known.values.get("outputs") is not None:
        return None
    if not facts.whole:
        return "Are the predictions logits, or probabilities? No row of them is finite: --logits or --probabilities."
    exclusive = known.values.get("exclusive")
    if view.rows_are_distributions:
        known.learn(
            "outputs",
            "probabilities",
            "predictions",
            f"every row is in [0, 1] and sums to 1 "
            f"(largest error {facts.sum_error:.2g}, {view.tolerance:.2g} allowed for {view.precision})",
            no_chance(view.tolerance, facts.whole),
            otherwise="logits",
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
        span = f"values from {facts.low:.6g} to {facts.high:.6g}: outside [0, 1]"
        rows = "" if view.layout.units == 1 or exclusive is False else ", and rows are no log-probabilities"
        known.learn("outputs", "logits", "predictions", span + rows)
    elif exclusive is not False and view.rows_are_nearly_distributions:
        known.learn(
            "outputs",
            "probabilities",
            "predictions",
            f"every row is in [0, 1] and sums to 1 within {facts.sum_error:.2g}: more than rounding to "
            f"{view.precision} explains, as a clip or numbers cut short leave it; --logits takes them as logits",
            no_chance(facts.sum_error, facts.whole),
            otherwise="logits",
        )
    elif one_vs_rest(view) and view.one_vs_rest is not None:
        known.learn(
            "outputs",
            "probabilities",
            "both",
            f"every value is in [0, 1] (from {facts.low:.4g} to {facts.high:.4g}); {view.one_vs_rest.told}: each "
            "column went through a sigmoid; --logits takes them as logits",
            0.9,
            otherwise="logits",
        )
    elif exclusive is False or view.layout.units == 1:
        return _in_unit_interval(view, known)
    else:
        rows = (
            ""
            if view.layout.form == "rows"
            else ", with a row of zeros and ones for each example as targets,"
        )
        return (
            "Are the predictions logits, or probabilities of independent outcomes? Every value is in [0, 1] "
            f"(from {facts.low:.4g} to {facts.high:.4g}), but rows do not sum to 1: --logits says that no softmax "
            f"or sigmoid was applied, --probabilities --multilabel{rows} that a sigmoid was."
        )
    return None


_NEAR_BOTH_ENDS = 0.05


def _in_unit_interval(view: View, known: _Known) -> str | None:
    """Tell sigmoid outputs from small logits by which reading fits the targets."""
    facts = view.prediction_facts
    span = f"every value is in [0, 1] (from {facts.low:.4g} to {facts.high:.4g})"
    if view.readings is not None and _sigmoid_outputs(view):
        losses = view.readings.losses
        fill = facts.low < _NEAR_BOTH_ENDS and facts.high > 1 - _NEAR_BOTH_ENDS
        known.learn(
            "outputs",
            "probabilities",
            "both",
            f"{span}, and read as probabilities the loss is {losses.second:.4g} nats, "
            f"read as logits {losses.first:.4g} ({view.readings.counted}); --logits takes them as logits",
            0.95 if fill else 0.8,
            otherwise="logits",
        )
        return None
    return (
        "Are the predictions logits, or probabilities? "
        f"{span[0].upper()}{span[1:]}, as sigmoid outputs and small logits both are: "
        "--probabilities says that a sigmoid was applied, --logits that none was."
    )


def sentinel_among(facts: TargetFacts, classes: int, label_base: int = 0) -> int | None:
    """Return the one label out of range that marks what to leave out, or None where there is none.

    The facts count labels from 0; the label returned is the one that the array holds.
    """
    if facts.distinct is None or len(facts.distinct) != 1 or not facts.integral:
        return None
    if not isfinite(value := next(iter(facts.distinct))):
        return None
    found = int(value)
    label = found + label_base
    if found == classes and (facts.low >= 1 or classes == 1):
        return None  # labels from 1 to K, or one column's yes: not marked
    return label if label in SENTINELS or found == classes else None


def sentinel_among_rows(values: set[float]) -> int | None:
    """Return the one value beside 0 and 1 that marks what to leave out, or None where there is none.

    >>> sentinel_among_rows({0.0, 1.0, -1.0}), sentinel_among_rows({1.0, -1.0}), sentinel_among_rows({0.0, 255.0})
    (-1, None, None)
    """
    others = values - {0.0, 1.0}
    if len(others) != 1 or len(values) == 1:
        return None
    label = next(iter(others))
    signed, byte = values == {-1.0, 1.0}, values == {0.0, 255.0}
    return int(label) if label in SENTINELS and not signed and not byte else None
