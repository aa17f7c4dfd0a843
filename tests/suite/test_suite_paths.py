"""The paths that limits may be on are those of the numbers in the JSON, and lead to the same numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from ce_core import evaluate
from ce_core.compute.evaluation import Evaluation
from ce_core.errors import CepickError
from ce_core.suite.paths import check_path, known_paths, values_at

RNG = np.random.default_rng(5)
LOGITS = RNG.normal(size=(60, 7))
LABELS = np.argmax(LOGITS + RNG.normal(size=LOGITS.shape), axis=1)
NAMED = evaluate(LOGITS, LABELS, class_names=list("abcdefg"), sample_weights=np.arange(1.0, 61.0))
UNNAMED = evaluate(LOGITS[:, :3], np.arange(60) % 2)
MANY = evaluate(RNG.normal(size=(300, 150)), np.arange(300) % 150)


def numbers_in(part: Any, path: str = "") -> Iterator[tuple[str, float]]:
    """Yield every number of a JSON document with its path; of a list's parts with the list's path."""
    if isinstance(part, dict):
        for name, each in part.items():
            yield from numbers_in(each, f"{path}.{name}" if path else name)
    elif isinstance(part, list):
        for each in part:
            yield from numbers_in(each, path)
    elif isinstance(part, (int, float)) and not isinstance(part, bool):
        yield path, part


WITHOUT_LIMITS = ("reliability.", "worst.", "per_class.class", "confusions.", "loss_histogram.")


@pytest.mark.parametrize("answer", [NAMED, UNNAMED, MANY], ids=["named", "unnamed", "many classes"])
def test_every_number_of_the_json_has_a_path_that_leads_to_it(answer: Evaluation) -> None:
    seen: dict[str, list[float]] = {}
    for path, number in numbers_in(answer.to_dict()["diagnostics"]):
        if not path.startswith(WITHOUT_LIMITS):
            seen.setdefault(path, []).append(number)
    assert seen.keys() <= set(known_paths())
    for path, numbers in seen.items():
        assert [value for _, value in values_at(answer, path)] == numbers
        assert values_at(answer, f"diagnostics.{path}") == values_at(answer, path)


def test_every_path_can_be_asked_of_every_evaluation() -> None:
    for answer in (NAMED, UNNAMED, MANY):
        for path in known_paths():
            found = values_at(answer, path)
            assert found
            assert all(value is None or isinstance(value, float) for _, value in found)


def test_the_loss_is_the_value_and_not_the_mean() -> None:
    summed = evaluate(LOGITS, LABELS, reduction="sum")
    assert values_at(summed, "loss") == [("loss", summed.value)]
    assert values_at(summed, "mean") != values_at(summed, "loss")
    assert values_at(summed, "count") == [("count", 60.0)]


def test_a_class_is_found_by_its_name_and_else_by_its_index() -> None:
    row = NAMED.diagnostics.per_class[2]
    assert values_at(NAMED, "per_class[c].recall") == [("per_class[c].recall", row.recall)]
    assert values_at(NAMED, "per_class[2].loss") == [("per_class[2].loss", row.loss)]
    swapped = evaluate(LOGITS[:, :2], LABELS % 2, class_names=["1", "0"])
    assert values_at(swapped, "per_class[1].support") == [
        ("per_class[1].support", swapped.diagnostics.per_class[0].support)
    ]
    odd = evaluate(LOGITS[:, :2], LABELS % 2, class_names=["a.b]", "[x"])
    assert [label for label, _ in values_at(odd, "per_class.recall")] == [
        "per_class[a.b]].recall",
        "per_class[[x].recall",
    ]
    for label, value in values_at(odd, "per_class.recall"):
        assert values_at(odd, label) == [(label, value)]


def test_classes_that_never_occur_have_no_recall_to_fail_by() -> None:
    assert [label for label, _ in values_at(UNNAMED, "per_class.recall")] == [
        "per_class[0].recall",
        "per_class[1].recall",
    ]
    assert values_at(UNNAMED, "per_class[2].recall") == [("per_class[2].recall", None)]
    assert values_at(UNNAMED, "per_class.support")[2] == ("per_class[2].support", 0.0)


def test_what_the_arrays_do_not_give_is_none() -> None:
    assert values_at(UNNAMED, "top5_accuracy") == [("top5_accuracy", None)]
    assert values_at(UNNAMED, "estimate.bias") == [("estimate.bias", None)]
    assert values_at(UNNAMED, "per_class_rest.loss") == [("per_class_rest.loss", None)]
    numbers = evaluate(LOGITS[:, 0], LOGITS[:, 1], loss="mean_squared_error")
    assert values_at(numbers, "per_class.recall") == [("per_class.recall", None)]


def test_an_estimate_has_paths() -> None:
    sampled = evaluate(
        RNG.normal(size=(20, 4)),
        np.arange(20) % 10,
        loss="sampled_softmax",
        head=RNG.normal(size=(10, 4)),
        num_sampled=3,
    )
    assert sampled.estimate is not None
    assert values_at(sampled, "estimate.bias") == [("estimate.bias", sampled.estimate.bias)]


def test_an_infinite_loss_is_a_value() -> None:
    endless = evaluate([[1.0, 0.0], [0.0, 1.0]], [1, 1], outputs="probabilities")
    assert values_at(endless, "loss") == [("loss", math.inf)]


REFUSED = {
    "acuracy": "acuracy: no such diagnostic; did you mean 'accuracy'?",
    "quantiles.p95": "quantiles.p95: no such diagnostic; did you mean 'quantiles.p99'?",
    "temperature": "temperature: no such diagnostic; choose from temperature.optimum, temperature.loss, "
    "temperature.sample",
    "weights.means.batches": "weights.means.batches: no such diagnostic; did you mean 'weights.means.batch'?",
    "perclass.recall": "perclass.recall: no such diagnostic; did you mean 'per_class.recall'?",
    "per_class[cat].recal": "per_class[cat].recal: no such figure of a class; did you mean 'recall'?",
    "value": "value: no limit can be on it; the value of the loss is 'loss'",
    "worst.loss": "worst.loss: no limit can be on it; its rows have no limits of their own; the greatest loss is "
    "'quantiles.max'",
    "zzz": "zzz: no such diagnostic; write one of the JSON of 'cepick eval', such as loss, accuracy, ece, "
    "quantiles.p99 or per_class.recall",
    "": ": no such diagnostic; write one of the JSON of 'cepick eval', such as loss, accuracy, ece, quantiles.p99 "
    "or per_class.recall",
}


@pytest.mark.parametrize(("path", "line"), REFUSED.items(), ids=[each or "nothing" for each in REFUSED])
def test_a_path_that_there_is_not_is_one_line(path: str, line: str) -> None:
    with pytest.raises(CepickError) as refused:
        check_path(path)
    assert str(refused.value) == line


@pytest.mark.parametrize(
    ("answer", "path", "line"),
    [
        (
            NAMED,
            "per_class[h].loss",
            "per_class[h].loss: there is no class 'h'; choose from a, b, c, d, e, f, g",
        ),
        (UNNAMED, "per_class[3].loss", "per_class[3].loss: there is no class '3'; choose from 0, 1, 2"),
        (
            MANY,
            "per_class[150].loss",
            "per_class[150].loss: class '150' is not among the 100 that are listed; leave it out",
        ),
        (
            evaluate(LOGITS[:, 0], LOGITS[:, 1], loss="mean_squared_error"),
            "per_class[0].loss",
            "per_class[0].loss: nothing is known of single classes here; leave it out",
        ),
    ],
    ids=["named", "unnamed", "many", "none"],
)
def test_a_class_that_there_is_not_is_one_line(answer: Evaluation, path: str, line: str) -> None:
    with pytest.raises(CepickError) as refused:
        values_at(answer, path)
    assert str(refused.value) == line
