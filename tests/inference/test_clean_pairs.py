"""Pairs with nothing wrong, over the grid: no error is found in them, and they are taken for what they are."""

from __future__ import annotations

import pytest
from clean_pairs import Pair, clean_pair
from wide_pairs import MAKERS, wide_pair

from ce_core import Evaluation, evaluate

PAIRS = 1500
WIDE = 400
CHUNK = 100


def misread(pair: Pair, answer: Evaluation) -> list[str]:
    """Return what is wrong with the reading of a clean pair."""
    told = ({"CE109"} if pair.rounded else set()) | ({"CE501"} if pair.untrained else set())
    found = [each for each in answer.findings if each.severity != "note" and each.code not in told]
    wrong = [f"{each.code}: {each.message}" for each in found]
    if answer.status == "undecided":
        return wrong if pair.within else [*wrong, f"undecided: {answer.question}"]
    for name, value in pair.expected.items():
        read = getattr(answer.task, name)
        told_by_chance = pair.by_chance and name in {"exclusive", "encoding"}
        if value is not None and read != value and not told_by_chance:
            wrong.append(f"{name}: {read!r} instead of {value!r}")
    wrong += [
        f"{each.property} is {each.confidence} sure and has no runner-up"
        for each in answer.evidence
        if (each.confidence < 1) != (each.runner_up is not None) or each.runner_up == each.value
    ]
    return wrong


@pytest.mark.parametrize("first", range(0, PAIRS, CHUNK))
def test_clean_pairs_raise_no_alarm_and_are_taken_for_what_they_are(first: int) -> None:
    pairs = [clean_pair(seed) for seed in range(first, first + CHUNK)]
    wrong = {
        pair.name: found
        for pair in pairs
        if (found := misread(pair, evaluate(pair.predictions, pair.targets, task=pair.said)))
    }
    assert wrong == {}


@pytest.mark.parametrize("maker", range(len(MAKERS)), ids=[each.__name__ for each in MAKERS])
def test_the_edges_of_the_grid_raise_no_alarm_and_are_taken_for_what_they_are(maker: int) -> None:
    wrong = {}
    for seed in range(maker, WIDE, len(MAKERS)):
        pair = wide_pair(seed)
        found = misread(pair, evaluate(pair.predictions, pair.targets, task=pair.said))
        if found:
            wrong[pair.name] = found
    assert wrong == {}


def test_the_grid_covers_what_it_says() -> None:
    expected = [clean_pair(seed).expected for seed in range(300)]
    seen = {(each["outputs"], each["encoding"], each["units"]) for each in expected}
    assert {outputs for outputs, _, _ in seen} == {"logits", "probabilities", "log_probabilities"}
    assert {encoding for _, encoding, _ in seen} == {
        "index",
        "one_hot",
        "multi_hot",
        "distribution",
        "scalar",
    }
    assert {units for _, _, units in seen} == {1, 2, 3, 10, 1000}
