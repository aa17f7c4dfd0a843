"""Losses and associations of bounded scores."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest

from ce_core.probe.losses import mean_losses
from ce_core.probe.terms import bounded_scores, terms

rng = np.random.default_rng(0)
SCORES = rng.normal(0, 2, (5, 3))
LABELS = np.array([0, 2, 1, 1, 0])
SHARES = rng.dirichlet(np.ones(3), 5)
HARD = (rng.random((5, 3)) < 0.5).astype(float)
ELEMENTS = np.array([[1, 1, 0], [1, 0, 1], [1, 1, 1], [0, 1, 1], [1, 1, 1]], dtype=float)

FORMS = {
    "labels": (LABELS, True, None),
    "shares": (SHARES, True, None),
    "outcomes": (HARD, False, None),
    "some outcomes": (HARD, False, ELEMENTS),
}


@pytest.mark.parametrize(("targets", "exclusive", "elements"), FORMS.values(), ids=FORMS)
def test_the_losses_are_those_of_the_kernels(
    targets: np.ndarray, exclusive: bool, elements: np.ndarray | None
) -> None:
    found = terms(
        bounded_scores(SCORES, exclusive=exclusive), targets, exclusive=exclusive, elements=elements
    )
    exact = mean_losses(SCORES, targets, exclusive=exclusive, elements=elements)
    np.testing.assert_allclose(found.losses, exact, rtol=1e-12)


@pytest.mark.parametrize(("targets", "exclusive"), [(LABELS, True), (SHARES, True), (HARD, False)])
def test_the_association_is_0_over_all_deals_of_the_targets(targets: np.ndarray, exclusive: bool) -> None:
    scores = bounded_scores(SCORES, exclusive=exclusive)
    means = [
        terms(scores, targets[list(order)], exclusive=exclusive).association.mean()
        for order in permutations(range(5))
    ]
    assert np.ptp(means) > 0.1
    assert np.mean(means) == pytest.approx(0, abs=1e-14)


def test_labels_and_one_hot_rows_have_the_same_terms() -> None:
    scores = bounded_scores(SCORES, exclusive=True)
    where = np.array([True, True, False, True, True])
    one = terms(scores, LABELS, exclusive=True, where=where)
    other = terms(scores, np.eye(3)[LABELS], exclusive=True, where=where)
    np.testing.assert_allclose(one.losses, other.losses, rtol=1e-14)
    np.testing.assert_allclose(one.association, other.association, atol=1e-14)


@pytest.mark.parametrize("scale", [1e2, 1e5, 1e300])
def test_no_score_costs_more_than_the_bound(scale: float) -> None:
    scores = bounded_scores(np.array([[0.0, -scale, -np.inf]]), exclusive=True)
    assert scores.tolist() == [pytest.approx([0, -20 - np.log(3), -20 - np.log(3)])]
    assert bounded_scores(np.array([[scale, -scale]]), exclusive=False).tolist() == [[20, -20]]
