"""The table of losses: every row is whole, and says what it takes in the words of a task."""

from __future__ import annotations

import pytest

from ce_core.decide.choose import asked_for, refusals
from ce_core.errors import CepickError
from ce_core.losses import CORE, LOSSES, Loss, loss_id, loss_ids
from ce_core.task import Task
from ce_core.task.words import PROPERTIES

ALL = [
    "binary_cross_entropy",
    "categorical_cross_entropy",
    "sparse_categorical_cross_entropy",
    "sigmoid_cross_entropy",
    "softmax_cross_entropy",
    "sparse_softmax_cross_entropy",
    "nll",
    "weighted_sigmoid_cross_entropy",
    "sampled_softmax",
    "nce",
    "linear_softmax_cross_entropy",
    "sigmoid_focal",
    "softmax_focal",
    "generalized_cross_entropy",
    "poly1_cross_entropy",
    "kl_divergence",
    "brier",
    "hinge",
    "squared_hinge",
    "categorical_hinge",
    "multi_margin",
    "multilabel_margin",
    "multilabel_soft_margin",
    "perceptron",
    "sparsemax",
    "dice",
    "tversky",
    "mean_squared_error",
    "mean_pairwise_squared_error",
]

AXES = {
    "binary_cross_entropy": ("probabilities", "sigmoid"),
    "categorical_cross_entropy": ("probabilities", "softmax"),
    "sparse_categorical_cross_entropy": ("probabilities", "softmax"),
    "sigmoid_cross_entropy": ("logits", "sigmoid"),
    "softmax_cross_entropy": ("logits", "softmax"),
    "sparse_softmax_cross_entropy": ("logits", "softmax"),
    "nll": ("log_probabilities", "softmax"),
    "weighted_sigmoid_cross_entropy": ("logits", "sigmoid"),
}


def test_the_table_holds_every_loss_once() -> None:
    assert sorted(LOSSES) == sorted(ALL)
    assert all(name == loss.id for name, loss in LOSSES.items())


def test_every_loss_is_computed_and_the_core_is_the_cross_entropies_of_whole_arrays() -> None:
    assert {name for name, loss in LOSSES.items() if loss.computed} == set(LOSSES)
    assert set(CORE) == set(AXES)


@pytest.mark.parametrize(("name", "axes"), AXES.items())
def test_a_core_loss_fixes_its_value_on_each_axis(name: str, axes: tuple[str, str]) -> None:
    loss = LOSSES[name]
    assert (loss.outputs, loss.competes) == axes
    assert loss.accepts["outputs"] == {axes[0]}


@pytest.mark.parametrize("loss", LOSSES.values(), ids=list(LOSSES))
def test_a_row_is_whole(loss: Loss) -> None:
    assert loss.one_line
    assert loss.formula
    assert loss.target_form
    assert loss.activation
    assert loss.source
    assert not loss.one_line.endswith(".")
    assert set(loss.to_dict()) == {
        "id",
        "one_line",
        "formula",
        "outputs",
        "competes",
        "targets",
        "computed",
        "activation",
        "source",
    }


@pytest.mark.parametrize("loss", LOSSES.values(), ids=list(LOSSES))
def test_a_row_accepts_and_requires_values_that_exist(loss: Loss) -> None:
    for name, accepted in [*loss.accepts.items(), *loss.requires.items()]:
        assert accepted
        assert accepted <= set(PROPERTIES[name].answers) | {True}


@pytest.mark.parametrize("loss", [loss for loss in LOSSES.values() if loss.accepts], ids=lambda loss: loss.id)
def test_every_value_that_is_not_accepted_is_refused_with_a_sentence(loss: Loss) -> None:
    for name, accepted in loss.accepts.items():
        for value in set(PROPERTIES[name].answers) - accepted:
            task = Task(**{name: value})
            reasons = refusals(loss, task)
            assert reasons
            assert all(reason and "None" not in reason for reason in reasons)


def test_a_loss_that_must_be_asked_for_says_so_when_it_was_not() -> None:
    for name in (
        "weighted_sigmoid_cross_entropy",
        "sampled_softmax",
        "nce",
        "kl_divergence",
        "mean_squared_error",
    ):
        assert not asked_for(LOSSES[name], Task())
        assert len(refusals(LOSSES[name], Task())) == 1


@pytest.mark.parametrize(
    ("name", "id"),
    [
        ("sigmoid_cross_entropy", "sigmoid_cross_entropy"),
        ("Sigmoid-Cross-Entropy", "sigmoid_cross_entropy"),
        (" sigmoid cross entropy ", "sigmoid_cross_entropy"),
        ("torch.nn.BCEWithLogitsLoss", "sigmoid_cross_entropy"),
        ("tf.nn.sampled_softmax_loss", "sampled_softmax"),
        ("torch.nn.NLLLoss", "nll"),
        ("optax.softmax_cross_entropy_with_integer_labels", "sparse_softmax_cross_entropy"),
    ],
)
def test_a_loss_is_found_by_its_id_or_by_a_frameworks_spelling(name: str, id: str) -> None:
    assert loss_id(name) == id


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("sigmod_cross_entropy", "no such loss; did you mean 'sigmoid_cross_entropy'?"),
        (
            "torch.nn.CrossEntropyLoss",
            "is sparse_softmax_cross_entropy or softmax_cross_entropy, depending on the arrays that it is given",
        ),
    ],
)
def test_a_name_that_is_no_one_loss_is_told_so(name: str, says: str) -> None:
    with pytest.raises(CepickError) as raised:
        loss_id(name)
    assert says in str(raised.value)


def test_a_function_stands_for_the_losses_of_its_defaults_and_a_positive_weight_is_an_option() -> None:
    assert set(loss_ids("torch.nn.CrossEntropyLoss")) == {
        "softmax_cross_entropy",
        "sparse_softmax_cross_entropy",
    }
    assert loss_ids("keras.losses.BinaryCrossentropy") == ("binary_cross_entropy",)  # from_logits=False
    assert loss_ids("BCEWithLogitsLoss") == ("sigmoid_cross_entropy",)
    assert loss_ids("tf.nn.weighted_cross_entropy_with_logits") == ("weighted_sigmoid_cross_entropy",)
