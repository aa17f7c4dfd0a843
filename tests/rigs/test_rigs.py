"""A sample of the rigs: faults at full strength are named, clean pairs raise no error, ambiguous ones a question."""

from __future__ import annotations

import numpy as np
import pytest
from clean import ambiguous, clean
from planted import FAULTS, Fault

from ce_core import infer
from ce_core.errors import CepickError
from ce_core.findings import RULES

NAMES = [f"{each.code} {each.name}" for each in FAULTS]
SEEDS = 5
CLEAN = 400
AMBIGUOUS = 60


@pytest.mark.parametrize("fault", FAULTS, ids=NAMES)
def test_a_fault_at_full_strength_is_named(fault: Fault) -> None:
    found = {seed: fault.rig(seed).run() for seed in range(SEEDS)}
    missed = {seed: each for seed, each in found.items() if not fault.names & set(each.codes)}
    assert missed == {}


@pytest.mark.parametrize("fault", FAULTS, ids=NAMES)
def test_recommend_names_it_too_where_nothing_is_asked(fault: Fault) -> None:
    rigs = [rig for seed in range(2 * SEEDS) if not set((rig := fault.rig(seed)).options) - {"dtype"}]
    for rig in rigs[:1]:
        try:
            found = {
                each.code for each in infer(rig.predictions, rig.targets, rig.said, **rig.options).findings
            }
        except CepickError as error:
            found = {error.code}
        assert fault.names & found


@pytest.mark.parametrize("first", range(0, CLEAN, 100))
def test_clean_pairs_raise_no_error_and_are_read_rightly(first: int) -> None:
    wrong = {}
    for seed in range(first, first + 100):
        pair = clean(seed)
        outcome = pair.rig.run()
        found = [*sorted(outcome.errors), *pair.misread(outcome)]
        if found or outcome.refusal:
            wrong[seed, pair.rig.name] = (found, outcome.refusal)
    assert wrong == {}


def test_ambiguous_pairs_are_asked_about() -> None:
    answered = {
        seed: ambiguous(seed).rig.name
        for seed in range(AMBIGUOUS)
        if ambiguous(seed).rig.run().status != "undecided"
    }
    assert answered == {}


def test_every_code_has_a_rig() -> None:
    assert {fault.code for fault in FAULTS} == set(RULES)


def test_a_rig_has_a_name_of_its_own_and_says_how_strong_it_is() -> None:
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)
    for fault in FAULTS:
        assert fault.measure
        assert fault.rows
        assert bool(fault.also) == bool(fault.why_also)


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("fault", FAULTS[::7], ids=lambda fault: fault.name)
def test_the_same_seed_makes_the_same_rig(fault: Fault, seed: int) -> None:
    one, two = fault.rig(seed), fault.rig(seed)
    for first, second in ((one.predictions, two.predictions), (one.targets, two.targets)):
        np.testing.assert_array_equal(getattr(first, "array", first), getattr(second, "array", second))
    assert one.said == two.said
