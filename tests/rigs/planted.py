"""Every fault of the catalogue, planted at several strengths: a table with a row for each way to make it.

The last of a row's strengths is its full one: there, with the number of rows that is stated, the fault must be named in
at least 99 % of rigs. The weaker ones give the curve of its power.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import fault_predictions as predictions
import fault_readings as readings
import fault_targets as targets
import fault_worth as worth
import numpy as np
from planting import Rng
from rig import Rig

Plant = Callable[[Rng, float], Rig]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One way to make a fault, and the code that must name it."""

    code: str
    name: str
    strengths: tuple[float, ...]
    measure: str
    """What a strength counts."""
    rows: str
    """How many rows the rigs have."""
    plant: Plant
    also: tuple[str, ...] = ()
    """Codes that name the same cause as well."""
    why_also: str = ""

    @property
    def full(self) -> float:
        return self.strengths[-1]

    @property
    def names(self) -> frozenset[str]:
        return frozenset((self.code, *self.also))

    def rig(self, seed: int, strength: float | None = None) -> Rig:
        """Return the rig of a seed: the same one each time."""
        level = self.full if strength is None else strength
        rng = np.random.default_rng([seed, *self.name.encode(), *str(level).encode()])
        return self.plant(rng, level)


def _fault(
    code: str, plant: Plant, measure: str, strengths: tuple[float, ...], rows: str = "", **more: Any
) -> Fault:
    name = plant.__name__.strip("_").replace("_", " ")
    stated = rows or f"{strengths[-1]:,g}"  # the strength is the number of rows
    return Fault(code=code, name=name, strengths=strengths, measure=measure, rows=stated, plant=plant, **more)


FAULTS: tuple[Fault, ...] = (
    _fault("CE101", predictions.not_finite, "cells", (1,), "60"),
    _fault("CE101", predictions.nan_targets, "cells", (1,), "60"),
    _fault("CE101", predictions.rows_of_minus_infinity, "rows of -inf", (1,), "60"),
    _fault("CE102", predictions.probabilities_as_logits, "rows", (3, 30)),
    _fault("CE102", predictions.sigmoid_as_logits, "rows", (10, 30, 100, 200)),
    _fault("CE103", predictions.logits_as_probabilities, "factor of the logits", (0.01, 1), "30"),
    _fault("CE103", predictions.sigmoid_of_exclusive, "share of rows", (0.01, 0.1, 1), "30"),
    _fault("CE103", predictions.sigmoid_logits_as_probabilities, "factor of the logits", (1,), "30"),
    _fault("CE104", predictions.double_softmax, "rows", (10, 30, 100, 200)),
    _fault("CE104", predictions.double_log_softmax, "rows", (10, 30, 100, 200)),
    _fault("CE105", predictions.double_sigmoid, "rows", (10, 30, 100, 200)),
    _fault("CE106", predictions.log_probabilities_as_probabilities, "rows", (3, 30)),
    _fault("CE107", predictions.one_unit_softmax, "rows", (30,)),
    _fault("CE107", predictions.ones_from_softmax, "rows", (30,)),
    _fault("CE108", predictions.zero_probability, "rows with a 0", (1,), "100"),
    _fault("CE109", predictions.coarse_logits, "unit in the last place", (2.0**-6, 0.125, 0.5), "200"),
    _fault("CE109", predictions.saturated, "share of rows", (0.1, 0.5, 0.9, 1), "200"),
    _fault("CE110", predictions.constant, "1 - spread", (0.99, 0.999999, 1), "60"),
    _fault("CE111", predictions.not_log_probabilities, "rows", (3, 30)),
    _fault("CE201", targets.out_of_range, "labels", (2, 10), "100"),
    _fault("CE202", targets.one_based, "rows", (30, 100, 300)),
    _fault("CE203", targets.sentinel, "share of rows", (0.01, 0.05), "120"),
    _fault("CE204", targets.signed, "rows", (30,)),
    _fault("CE204", targets.signed_indices, "rows", (30,)),
    _fault("CE205", targets.unequal_rows, "row sums are off by", (0.01, 0.05, 0.2), "60"),
    _fault("CE206", targets.bytes_for_shares, "rows", (30,)),
    _fault("CE207", targets.everything_ignored, "share of rows", (1,), "60"),
    _fault("CE207", targets.ignored_sequences, "sequences", (1,), "30 sequences of 16"),
    _fault("CE208", targets.unlabelled, "share of rows", (0.01, 0.05, 0.2), "100"),
    _fault("CE209", targets.quantities, "rows", (30,)),
    _fault("CE210", targets.imbalance, "commonest to rarest", (5, 12, 30), "3,000"),
    _fault("CE211", targets.absent, "classes of 10", (1,), "300"),
    _fault("CE212", targets.float_labels, "rows", (30,)),
    _fault("CE301", readings.mismatch, "rows missing", (1, 10), "60"),
    _fault("CE302", readings.broadcast, "rows", (30,)),
    _fault("CE303", readings.class_axis_of_square, "sequences", (5, 10, 30, 60), "as many, of 4 to 12 steps"),
    _fault("CE303", readings.class_axis_of_rows, "images", (5, 20, 60), "as many, of 5 x 6"),
    _fault("CE303", readings.class_axis_of_labels, "sequences", (30,), "as many, of 7 steps"),
    _fault("CE303", readings.transposed, "rows", (30, 100, 300)),
    _fault("CE304", readings.swapped_rows, "rows", (30,)),
    _fault("CE304", readings.swapped_indices, "rows", (30,)),
    _fault("CE304", readings.swapped_outcomes, "rows", (10, 30, 60)),
    _fault("CE305", readings.several_under_softmax, "share of rows", (0.02, 0.2, 1), "60"),
    _fault("CE306", readings.exclusive_under_sigmoid, "rows", (30,)),
    _fault("CE307", readings.shifted_rows, "share of rows", (0.1, 0.25, 0.5, 1), "120"),
    _fault(
        "CE307",
        readings.shifted_rows_of_the_weak,
        "logit of the true class above others",
        (0.25, 0.5, 1, 2),
        "300",
    ),
    _fault("CE307", readings.shifted_outcomes, "rows", (30, 100, 300)),
    _fault("CE307", readings.shifted_steps, "sequences", (5, 10, 30, 60), "as many, of 16 steps"),
    _fault("CE307", readings.shifted_frames, "sequences", (3, 10, 30), "as many, of 20 steps"),
    _fault("CE308", readings.permuted, "classes of 10", (2, 3, 5, 10), "400"),
    _fault("CE308", readings.permuted_names, "classes", (12, 20, 50), "600"),
    _fault("CE308", readings.shifted_classes, "rows", (30, 100, 300)),
    _fault("CE308", readings.permuted_labels, "rows", (30, 100, 300)),
    _fault(
        "CE308",
        readings.permuted_two,
        "rows",
        (30, 100),
        also=("CE309",),
        why_also="of two classes the other order and the other sign are one and the same",
    ),
    _fault("CE309", readings.flipped, "rows", (30, 100, 200)),
    _fault("CE309", readings.flipped_logs, "rows", (30, 100, 200)),
    _fault("CE309", readings.flipped_outcome, "rows", (30, 100, 200)),
    _fault("CE309", readings.flipped_labels, "rows", (30, 100, 200)),
    _fault("CE401", worth.clip_decides, "share of rows", (0.0025, 0.01, 0.05), "400"),
    _fault("CE402", worth.infinite_loss, "rows", (1,), "60"),
    _fault("CE501", worth.no_better, "share of rows", (0.25, 0.5, 0.75, 1), "600, or as many as there are"),
    _fault("CE501", worth.untrained, "rows", (30, 100, 500, 2000)),
    _fault("CE502", worth.too_good, "share of rows", (0.9, 0.99, 1), "100"),
    _fault("CE503", worth.miscalibrated, "factor of the logits", (1.2, 1.5, 2, 3), "1,000"),
    _fault("CE504", worth.divisors, "largest to smallest weight", (1.01, 1.1, 10), "100"),
    _fault("CE505", worth.prior_shift, "positive weight", (1.5, 2, 5, 10), "1,000"),
    _fault("CE505", worth.prior_shift_of_labels, "positive weight", (1.5, 2, 5, 10), "1,000"),
)
"""Every fault; the code is that of the finding which must name it."""
