"""CE501: a model that is no better than the class frequencies is named, one that knows anything is not."""

from __future__ import annotations

import numpy as np
import pytest
from rigs import SHAPES, Rig
from sklearn.datasets import load_digits
from worth_models import ENCODINGS, EXCLUSIVE_FORMS, exclusive, independent, untrained

from ce_core import Evaluation


def told(answer: Evaluation) -> str:
    (found,) = (each for each in answer.findings if each.code == "CE501")
    return found.message + " | " + found.because


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("outputs", EXCLUSIVE_FORMS)
@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(("rows", "classes"), [(600, 2), (600, 10), (900, 100)])
def test_an_untrained_model_is_named(
    shape: str, outputs: str, encoding: str, rows: int, classes: int
) -> None:
    rig = untrained(exclusive(rows, classes, shape=shape, outputs=outputs, encoding=encoding))
    assert rig.worth == ["CE501"]


@pytest.mark.parametrize("labels", [1, 5])
@pytest.mark.parametrize("outputs", ["logits", "probabilities"])
@pytest.mark.parametrize("base", [0.0, -3.0])
@pytest.mark.parametrize("soft", [False, True], ids=["hard", "soft"])
def test_an_untrained_model_of_outcomes_is_named(labels: int, outputs: str, base: float, soft: bool) -> None:
    rig = untrained(independent(1000, labels, base=base, outputs=outputs, soft=soft))
    assert "CE501" in rig.codes


@pytest.mark.parametrize(("classes", "stuck"), [(2, "0.6931"), (10, "2.3026")])
def test_a_loss_stuck_at_ln_k_says_so_in_these_words(classes: int, stuck: str) -> None:
    text = told(untrained(exclusive(1000, classes, spread=0.5), spread=0.1).run())
    assert f"stuck at ln {classes} = {stuck}" in text


def test_one_outcome_is_stuck_at_ln_2() -> None:
    text = told(untrained(independent(1000, base=0.0), spread=0.1).run())
    assert "stuck at ln 2 = 0.6931" in text


def test_both_losses_are_given_and_the_frequencies_leave_out_the_own_row() -> None:
    rig = untrained(exclusive(500, 3))
    answer = rig.run()
    counts = np.bincount(rig.targets, minlength=3)
    prior = -np.log((counts[rig.targets] - 0.5) / (499 + 1.5)).mean()
    assert f"{answer.value:.4f} nats against {prior:.4f}" in told(answer)
    (found,) = answer.findings
    assert found.effect is not None
    assert found.effect.loss == pytest.approx(answer.value, rel=1e-9)
    assert found.effect.without == pytest.approx(prior, rel=1e-12)


def test_a_model_that_has_learnt_the_frequencies_alone_is_named() -> None:
    prior = np.array([0.0, -1.0, -2.0, -3.0])
    rig = exclusive(3000, 4, prior=prior, spread=0.5)
    rng = np.random.default_rng(3)
    assert rig.but(predictions=prior + rng.normal(0, 0.05, (3000, 4))).worth == ["CE501"]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("rows", [1, 2, 5, 10])
@pytest.mark.parametrize("classes", [2, 10, 1000])
def test_few_rows_cannot_tell(rows: int, classes: int, seed: int) -> None:
    assert "CE501" not in untrained(exclusive(rows, classes, seed=seed), seed=seed + 9).codes


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(("rows", "classes", "spread"), [(60, 10, 0.6), (300, 2, 0.8), (3000, 3, 0.35)])
def test_a_mediocre_model_is_not_named(seed: int, rows: int, classes: int, spread: float) -> None:
    assert "CE501" not in exclusive(rows, classes, spread=spread, seed=seed).codes


@pytest.mark.parametrize("seed", range(4))
def test_a_model_that_is_sure_of_too_much_is_not_said_to_know_nothing(seed: int) -> None:
    rig = exclusive(1500, 5, spread=1.0, temperature=0.15, seed=seed)
    answer = rig.run()
    assert answer.value is not None
    assert answer.value > np.log(5)
    assert [each.code for each in answer.findings] == ["CE503"]


@pytest.mark.parametrize("weight", [30.0, 300.0])
def test_a_model_of_a_rare_outcome_trained_with_a_positive_weight_knows_something(weight: float) -> None:
    rig = independent(6000, base=-6.0, spread=1.5, shift=np.log(weight))
    answer = rig.run()
    assert answer.diagnostics.prior_entropy is not None
    assert answer.value is not None
    assert answer.value > 2 * answer.diagnostics.prior_entropy
    assert "CE501" not in {each.code for each in answer.findings}
    assert "CE505" in {each.code for each in answer.findings}


def test_labels_of_a_single_class_have_nothing_to_know() -> None:
    rig = exclusive(400, 4)
    assert "CE501" not in rig.but(targets=0 * rig.targets + 2).codes


@pytest.mark.parametrize("seed", range(5))
def test_an_untrained_network_on_real_images_is_named(seed: int) -> None:
    data = load_digits()
    rng = np.random.default_rng(seed)
    hidden = np.maximum(data.data / 16 @ rng.normal(0, 0.18, (64, 32)), 0)
    rig = Rig(predictions=hidden @ rng.normal(0, 0.1, (32, 10)), targets=data.target)
    assert rig.worth == ["CE501"]


def test_what_explains_the_loss_is_told_instead() -> None:
    rig = untrained(exclusive(600, 4, outputs="probabilities"))
    assert rig.saying(outputs="logits").worth == ["CE102"]
