"""Rigs of random tasks, whose number is computed apart, are traced to what was drawn."""

from __future__ import annotations

import numpy as np
import pytest
from drawn import Rig, as_logged, draw, is_the_one

from ce_core import match


@pytest.mark.parametrize("seed", range(30))
def test_the_true_definition_is_among_the_matches(seed: int) -> None:
    rig: Rig = draw(np.random.default_rng(seed + 1000))
    found = match(rig.predictions, rig.targets, value=as_logged(rig.value, 6), **rig.options)
    every = [each for group in found.matches for each in (group, *group.same)]
    assert any(is_the_one(each, rig) for each in every), (rig.name, [each.says for each in found.matches])


@pytest.mark.parametrize("seed", range(8))
def test_the_plain_mean_is_always_first(seed: int) -> None:
    rig: Rig = draw(np.random.default_rng(seed), deviations=0)
    found = match(rig.predictions, rig.targets, value=as_logged(rig.value, 4), **rig.options)
    assert found.matches[0].variant == {}


def test_two_halves_settle_what_one_number_leaves_open() -> None:
    rng = np.random.default_rng(5)
    alone = several = 0
    for _ in range(7):
        rig = draw(rng, deviations=1)
        if not rig.values:
            continue
        half, rows = len(rig.targets) // 2, len(rig.targets)
        texts = [as_logged(value, 4) for value in rig.values]
        runs = [f"{texts[0]}@0:{half}", f"{texts[1]}@{half}:{rows}"]
        one = match(rig.predictions, rig.targets, value=runs[:1], **rig.options)
        both = match(rig.predictions, rig.targets, value=runs, **rig.options)
        assert len(both.matches) + both.left_out <= len(one.matches) + one.left_out
        assert both.expected_by_chance <= one.expected_by_chance
        several += 1
        alone += len(both.matches) == 1
    assert alone >= 0.9 * several > 0
