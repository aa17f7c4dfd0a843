"""The assignment of least cost, against scipy's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from ce_core.probe.assignment import assign


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize("ties", [False, True], ids=["all different", "many equal"])
def test_the_cost_is_the_least(seed: int, ties: bool) -> None:
    rng = np.random.default_rng(seed)
    rows = int(rng.integers(1, 14))
    columns = rows + int(rng.integers(0, 6))
    costs = rng.integers(0, 4, (rows, columns)).astype(float) if ties else rng.normal(size=(rows, columns))
    found = assign(costs)
    assert len(set(found.tolist())) == rows
    assert costs[np.arange(rows), found].sum() == pytest.approx(costs[linear_sum_assignment(costs)].sum())


def test_a_permutation_is_found_among_256() -> None:
    rng = np.random.default_rng(0)
    order = rng.permutation(256)
    costs = rng.normal(size=(256, 256))
    costs[np.arange(256), order] -= 9
    np.testing.assert_array_equal(assign(costs), order)
