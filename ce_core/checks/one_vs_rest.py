"""A check of exclusive classes whose outputs are independent of each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from ce_core.findings import Finding
from ce_core.probe import Sample
from ce_core.probe.losses import mean_losses, scores_of

from .case import Case, plural

LEAST_ROWS = 20
"""Independent labels, one true on average, hold exactly one 1 in each of so many rows in one of a million draws."""
_BEFORE = frozenset({"CE102", "CE103", "CE111"})
"""The findings after which the numbers are not what the loss takes them for."""


def exclusive_under_sigmoid(case: Case) -> Iterator[Finding]:
    """CE306: every row of targets is one-hot, and the outputs are independent."""
    facts, layout, said = case.view.target_facts, case.view.layout, case.view.said
    if layout.form != "rows" or layout.units < 2 or not facts.hard or case.found & _BEFORE:
        return
    if facts.rows < LEAST_ROWS or facts.one_hot_rows != facts.rows or case.view.ignored:
        return
    confirmed = said.exclusive is False or said.encoding in {"multi_hot", "scalar"}
    if confirmed or case.view.rows_are_distributions or case.competes != "sigmoid":
        return
    sample = case.sample
    if sample is None or sample.elements is not None or sample.outputs == "log_probabilities":
        return
    if not case.asked and sample.outputs != "probabilities":
        return
    sigmoid, softmax = _both(sample)
    labels, rows = _right(sample)
    yield case.finding(
        "CE306",
        f"every row of the targets holds exactly one 1, and the outputs are independent: {sigmoid:.6g} nats under a "
        f"sigmoid (the mean over {layout.units} labels), {softmax:.6g} under a softmax",
        because=f"of {plural(facts.rows, 'row')} each holds one 1, which labels that may be true together hardly do; "
        f"a sigmoid loss counts {100 * labels:.3g} % of the labels as right, while the highest output is the true "
        f"class in {100 * rows:.3g} % of the rows"
        + ("; the softmax loss is of the probabilities divided by their sum" if _divides(sample) else "")
        + f"{'' if sample.is_whole else ' (on a sample)'}",
        remedy="if exactly one class is true for each example, train and evaluate with a softmax: --loss "
        "softmax_cross_entropy on logits; if this is one-vs-rest on purpose, say --multilabel",
        count=facts.rows,
    )


def _divides(sample: Sample) -> bool:
    return sample.outputs == "probabilities"


def _both(sample: Sample) -> tuple[float, float]:
    """Return the mean loss of the sample's numbers under a sigmoid for each label, and under a softmax over them."""
    labels = sample.targets
    independent = scores_of(sample.predictions, sample.outputs, exclusive=False)
    competing = scores_of(sample.predictions, sample.outputs, exclusive=True)
    return (
        float(mean_losses(independent, labels, exclusive=False).mean()),
        float(mean_losses(competing, labels, exclusive=True).mean()),
    )


def _right(sample: Sample) -> tuple[float, float]:
    """Return the share of labels that are right at one half, and of rows whose highest output is the true class."""
    threshold = 0.5 if sample.outputs == "probabilities" else 0.0
    labels = (sample.predictions > threshold) == (sample.targets == 1)
    rows = sample.predictions.argmax(axis=1) == sample.targets.argmax(axis=1)
    return float(np.mean(labels)), float(np.mean(rows))


ONE_VS_REST_CHECKS: tuple[Callable[[Case], Iterator[Finding]], ...] = (exclusive_under_sigmoid,)
