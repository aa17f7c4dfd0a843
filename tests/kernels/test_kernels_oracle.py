"""The oracle is itself checked, against the textbook formulas in a thousand digits."""

from __future__ import annotations

import mpmath as mp
import pytest
from mpmath_oracle import binary_loss, expected, one_hot, sigmoid_loss, smoothed, softmax_costs


@pytest.mark.parametrize(
    "row",
    [
        [0.0],
        [1.0, 2.0, 3.0],
        [40.0, 0.0],
        [600.0, 0.0, -1e-30],
        [1e8, 1e8, 1e8 - 1],
        [-700.0, 1e-10, 1e-10],
        [float("-inf"), 2.0, -3.0],
    ],
    ids=str,
)
def test_softmax_costs_are_minus_the_logarithm_of_the_softmax(row):
    with mp.workdps(1000):
        total = mp.fsum(mp.exp(mp.mpf(x)) for x in row)
        textbook = [mp.log(total) - mp.mpf(x) for x in row]
    for cost, truth in zip(softmax_costs(row), textbook, strict=True):
        assert cost == truth or abs(cost - truth) <= abs(truth) * mp.mpf("1e-45")


@pytest.mark.parametrize("logit", [-600.0, -30.0, -1e-30, 0.0, 1e-10, 2.5, 40.0, 650.0])
@pytest.mark.parametrize("target", [0.0, 1e-12, 0.3, 1.0])
def test_sigmoid_and_binary_loss_are_the_textbook_formula(logit, target):
    with mp.workdps(1000):
        p = 1 / (1 + mp.exp(-mp.mpf(logit)))
        textbook = -(2 * mp.mpf(target) * mp.log(p) + (1 - mp.mpf(target)) * mp.log(1 - p))
    loss = sigmoid_loss(logit, target, weight=2.0)
    assert abs(loss - textbook) <= abs(textbook) * mp.mpf("1e-45")
    stored = float(p)
    if 0 < stored < 1:
        with mp.workdps(1000):
            q = mp.mpf(stored)
            textbook = -(mp.mpf(target) * mp.log(q) + (1 - mp.mpf(target)) * mp.log(1 - q))
        assert abs(binary_loss(stored, target) - textbook) <= abs(textbook) * mp.mpf("1e-45")


def test_smoothing_moves_its_share_to_every_class():
    assert [float(w) for w in smoothed(one_hot(1, 4), 0.5)] == [0.125, 0.625, 0.125, 0.125]


def test_a_weight_of_zero_cancels_an_infinite_cost():
    assert expected([mp.mpf(0), mp.mpf(2)], [mp.inf, mp.mpf(3)]) == 6
