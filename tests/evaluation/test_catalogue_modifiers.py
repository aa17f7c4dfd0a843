"""Options, clip policies and smoothing conventions; and each modifier that has no meaning for a loss, refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ce_core import evaluate
from ce_core.compute.clips import NAMES, POLICIES
from ce_core.errors import CepickError
from ce_core.loss_options import OPTIONS, read_loss
from ce_core.losses import LOSSES

LOGITS = np.array([[2.0, 0.0, -1.0], [0.5, 1.0, 0.0], [3.0, -2.0, 0.0]])
LABELS = np.array([0, 2, 1])
WEIGHTS = [1.0, 2.0, 10.0]
PROBABILITIES = np.array([[0.0, 1.0], [0.25, 0.75], [1.0, 0.0]])
TRUE = np.array([0, 1, 0])


def log_softmax(logits: np.ndarray) -> np.ndarray:
    return np.asarray(logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True)))


# Options


def test_every_option_of_a_loss_has_a_default_that_it_takes_and_a_meaning() -> None:
    for loss, options in OPTIONS.items():
        assert loss in LOSSES
        for option in options:
            assert option.takes(option.default)
            assert option.means
            assert option.range


@pytest.mark.parametrize(
    ("text", "given", "options"),
    [
        ("sigmoid_focal", None, {"gamma": 2.0, "alpha": None}),
        ("sigmoid-focal(gamma=1)", None, {"gamma": 1, "alpha": None}),
        ("sigmoid_focal(gamma=1)", {"alpha": 0.25}, {"gamma": 1, "alpha": 0.25}),
        ("softmax_focal(alpha=[1, 2, 0.5])", None, {"gamma": 2.0, "alpha": [1, 2, 0.5]}),
        ("brier(scale='half')", None, {"scale": "half"}),
        ("multi_margin(p=2, margin=-0.5)", None, {"p": 2, "margin": -0.5}),
        ("hinge()", None, {}),
    ],
)
def test_options_are_read_from_brackets_or_beside_the_loss(
    text: str, given: dict[str, Any] | None, options: dict[str, Any]
) -> None:
    assert read_loss(text, given) == (text.partition("(")[0].replace("-", "_"), options)


@pytest.mark.parametrize(
    ("text", "given", "says"),
    [
        ("sigmoid_focal(gama=2)", None, "sigmoid_focal: has no option 'gama'; did you mean 'gamma'?"),
        ("hinge(margin=2)", None, "hinge: has no option 'margin'; it takes none"),
        ("sigmoid_focal(gamma=-1)", None, "gamma=-1 cannot be; give a number in [0, inf)"),
        ("sigmoid_focal(alpha=1.5)", None, "alpha=1.5 cannot be; give a number in [0, 1]"),
        ("generalized_cross_entropy(q=0)", None, "q=0 cannot be; give a number in (0, 1]"),
        ("brier(scale='both')", None, "scale='both' cannot be; give sum or half"),
        ("multi_margin(p=3)", None, "p=3 cannot be; give 1 or 2"),
        ("kl_divergence(log_targets=1)", None, "log_targets=1 cannot be; give True or False"),
        ("sigmoid_focal(gamma=True)", None, "gamma=True cannot be"),
        ("sigmoid_focal(gamma=float('nan'))", None, "is not a literal"),
        ("sigmoid_focal(gamma=__import__('os'))", None, "is not a literal"),
        ("sigmoid_focal(2)", None, "has no keyword"),
        ("sigmoid_focal(gamma=2", None, "is no list of arguments"),
        ("sigmoid_focal(gamma=2)", {"gamma": 3}, "gamma is said twice, 2 and 3"),
        ("sigmoid_focl(gamma=2)", None, "no such loss; did you mean 'sigmoid_focal'?"),
        (None, {"gamma": 3}, "loss_options: go with a loss, and none was asked for"),
        ("torch.nn.MSELoss", {"gamma": 3}, "is a framework's name"),
    ],
)
def test_an_option_that_cannot_be_is_refused_in_one_line(
    text: str | None, given: dict[str, Any] | None, says: str
) -> None:
    with pytest.raises(CepickError) as raised:
        evaluate([0.5, -1.0], [1, 0], loss=text, loss_options=given)
    assert says in str(raised.value)
    assert "\n" not in str(raised.value)


def test_the_options_used_are_in_the_answer_and_its_json() -> None:
    answer = evaluate(LOGITS, LABELS, loss="softmax_focal(alpha=[1, 2, 0.5])")
    assert answer.to_dict()["loss_options"] == {"gamma": 2.0, "alpha": [1, 2, 0.5]}
    assert evaluate(LOGITS, LABELS).to_dict()["loss_options"] == {}
    assert evaluate([0.5, -1.0], [1, 0], loss="hinge").to_dict()["unit"] is None


# Clips


def _clipped(p: float, name: str, dtype: type) -> float:
    """Return -log p under a policy, written out for rows of two classes that sum to 1."""
    one = dtype(1)
    low = {
        "keras": 1e-7,
        "keras-binary": 1e-7,
        "sklearn-1e-15": 1e-15,
        "sklearn": np.finfo(dtype).eps,
    }.get(name)
    if low is not None:
        return float(-np.log(np.float64(np.clip(dtype(p), dtype(low), one - dtype(low)))))
    added = {"tf1": 1e-7, "mxnet": 1e-12}.get(name)
    if added is not None:
        return float(-np.log(np.float64(dtype(p) + dtype(added))))
    return float(100.0 if p == 0 else min(100.0, -np.log(p)))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", POLICIES)
@pytest.mark.parametrize("rows", [False, True], ids=["index", "one_hot"])
def test_a_clip_by_name_is_the_frameworks(name: str, dtype: type, rows: bool) -> None:
    targets = np.eye(2)[TRUE] if rows else TRUE
    answer = evaluate(
        PROBABILITIES.astype(dtype), targets, outputs="probabilities", exclusive=True, clip=name, keep=True
    )
    expected = [_clipped(p, name, dtype) for p in PROBABILITIES[np.arange(3), TRUE]]
    np.testing.assert_allclose(answer.losses, expected, rtol=1e-12, atol=1e-14)
    assert (answer.clip_policy, answer.clip) == (name, POLICIES[name].epsilon)
    assert answer.diagnostics.clipped_share is not None
    assert [each.code for each in answer.findings] == ["CE401"]


@pytest.mark.parametrize("name", [name for name in POLICIES if name != "keras"])
def test_a_clip_by_name_is_of_both_outcomes_of_one_column(name: str) -> None:
    answer = evaluate([0.0, 0.0, 0.75, 1.0], [1, 0, 0, 0], loss="binary_cross_entropy", clip=name, keep=True)
    expected = [_clipped(p, name, np.float64) for p in (0.0, 1.0, 0.25, 0.0)]
    np.testing.assert_allclose(answer.losses, expected, rtol=1e-9, atol=1e-14)


def test_keras_divides_rows_by_their_sum_before_it_clips() -> None:
    rows = np.array([[0.2, 0.2], [0.0, 0.5]])
    answer = evaluate(rows, [0, 0], loss="sparse_categorical_cross_entropy", clip="keras", keep=True)
    np.testing.assert_allclose(answer.losses, [np.log(2), -np.log(1e-7)], rtol=1e-12)


def test_a_smoothed_target_has_the_clipped_cost_of_every_class() -> None:
    answer = evaluate(
        PROBABILITIES, TRUE, outputs="probabilities", clip="torch", label_smoothing=0.2, keep=True
    )
    np.testing.assert_allclose(answer.losses, [90, 0.9 * -np.log(0.75) + 0.1 * -np.log(0.25), 10], rtol=1e-12)


def test_no_clip_by_name_is_no_clip() -> None:
    answer = evaluate(PROBABILITIES, TRUE, outputs="probabilities", clip="none")
    assert answer.value == np.inf
    assert (answer.clip, answer.clip_policy) == (None, None)
    (finding,) = answer.findings
    assert finding.code == "CE108"
    shown = [name for name in NAMES if f" {name}: " in finding.because]
    assert shown == ["keras", "tf1", "sklearn", "sklearn-1e-15", "torch", "mxnet"]
    for name in shown:
        value = evaluate(PROBABILITIES, TRUE, outputs="probabilities", clip=name).value
        assert f" {name}: {value:.6g}" in finding.because


# Smoothing


def test_smoothed_mass_on_the_others_is_an_even_share_of_each_wrong_class() -> None:
    costs = -log_softmax(LOGITS)
    rows = np.full((3, 3), 0.1 / 2)
    rows[np.arange(3), LABELS] = 0.9
    for targets in (LABELS, np.eye(3)[LABELS]):
        answer = evaluate(LOGITS, targets, label_smoothing=0.1, smoothing="others", keep=True)
        np.testing.assert_allclose(answer.losses, (rows * costs).sum(axis=1), rtol=1e-13)
        assert answer.diagnostics.target_entropy == pytest.approx(
            -(rows * np.log(rows)).sum(axis=1).mean(), rel=1e-12
        )
        assert answer.to_dict()["smoothing"] == "others"
    assert evaluate(LOGITS, LABELS).to_dict()["smoothing"] is None


def test_torch_weighs_the_smoothed_mass_by_each_class_and_divides_by_the_labels_weights() -> None:
    options: dict[str, Any] = {"class_weights": WEIGHTS, "label_smoothing": 0.1}
    weights, costs = np.array(WEIGHTS), -log_softmax(LOGITS)
    own = weights[LABELS]
    total = 0.9 * own @ costs[np.arange(3), LABELS] + 0.1 / 3 * (costs @ weights).sum()
    for targets in (LABELS, np.eye(3)[LABELS]):
        answer = evaluate(LOGITS, targets, smoothing="torch", **options)
        assert answer.value == pytest.approx(total / own.sum(), rel=1e-13)
        assert answer.value == pytest.approx(2.1218, abs=5e-5)  # torch 2.13, index targets
        assert (answer.diagnostics.d2, answer.diagnostics.kl) == (None, None)
    batch = evaluate(LOGITS, LABELS, smoothing="torch", mean_over="batch", **options)
    assert batch.value == pytest.approx(9.1944, abs=5e-5)  # torch 2.13, one-hot targets
    assert evaluate(LOGITS, LABELS, **options).value != pytest.approx(total / own.sum())


def test_torch_smoothing_costs_where_the_examples_own_class_has_no_weight() -> None:
    answer = evaluate(
        LOGITS, LABELS, class_weights=[1, 0, 0], label_smoothing=0.3, smoothing="torch", reduction="sum"
    )
    costs = -log_softmax(LOGITS)[:, 0]
    assert answer.value == pytest.approx(0.7 * costs[0] + 0.1 * costs.sum(), rel=1e-13)


@pytest.mark.parametrize("smoothing", ["uniform", "torch"])
def test_without_class_weights_torch_smooths_evenly(smoothing: Any) -> None:
    costs = -log_softmax(LOGITS)
    expected = (0.9 * costs[np.arange(3), LABELS] + 0.1 * costs.mean(axis=1)).mean()
    answer = evaluate(LOGITS, LABELS, label_smoothing=0.1, smoothing=smoothing)
    assert answer.value == pytest.approx(expected, rel=1e-13)
    assert answer.diagnostics.d2 is not None


def test_a_focal_loss_takes_smoothed_targets() -> None:
    rows = np.eye(3)[LABELS] * 0.9 + 0.1 / 3
    smoothed = evaluate(LOGITS, LABELS, loss="softmax_focal", label_smoothing=0.1)
    assert smoothed.value == pytest.approx(evaluate(LOGITS, rows, loss="softmax_focal").value, rel=1e-13)
    one = evaluate([0.5, -1.0], [1, 0], loss="sigmoid_focal", label_smoothing=0.2).value
    assert one == pytest.approx(evaluate([0.5, -1.0], [0.9, 0.1], loss="sigmoid_focal").value, rel=1e-13)


# What has no meaning

COLUMN = ([0.5, -1.0], [1, 0])
ROWS = ([[0.5, 0.1], [0.9, 0.2]], [[1, 0], [0, 1]])
REFUSED: dict[str, tuple[Any, Any, dict[str, Any], str]] = {
    "smoothed hinge": (
        *COLUMN,
        {"loss": "hinge", "label_smoothing": 0.1},
        "label_smoothing: has no meaning for hinge",
    ),
    "smoothed brier": (LOGITS, LABELS, {"loss": "brier", "label_smoothing": 0.1}, "has no meaning for brier"),
    "others, one outcome": (
        *COLUMN,
        {"loss": "sigmoid_cross_entropy", "label_smoothing": 0.1, "smoothing": "others"},
        "single outcomes, smoothed by half",
    ),
    "too much on the others": (
        LOGITS,
        LABELS,
        {"label_smoothing": 0.7, "smoothing": "others"},
        "at most 0.6667",
    ),
    "torch of focal": (
        LOGITS,
        LABELS,
        {"loss": "softmax_focal", "label_smoothing": 0.1, "smoothing": "torch"},
        "use 'uniform'",
    ),
    "another smoothing": (
        LOGITS,
        LABELS,
        {"smoothing": "half"},
        "smoothing: 'half' is not one of its values",
    ),
    "clipped logits": (LOGITS, LABELS, {"clip": "keras"}, "clip: applies to probabilities"),
    "clipped brier": (*ROWS, {"loss": "brier", "clip": 1e-7}, "clip: is of a logarithm"),
    "keras on outcomes": (*COLUMN, {"loss": "binary_cross_entropy", "clip": "keras"}, "use 'keras-binary'"),
    "another clip": (*COLUMN, {"clip": "kears"}, "did you mean 'keras'?"),
    "bits of a hinge": (*COLUMN, {"loss": "hinge", "base": "bits"}, "base: hinge is no logarithm"),
    "classes of dice": (
        *ROWS,
        {"loss": "dice", "class_weights": [1, 2]},
        "class_weights: dice has no classes",
    ),
    "sum of labels": (LOGITS, LABELS, {"loss": "multi_margin", "labels": "sum"}, "labels: 'sum' adds up"),
    "lengths of dice": (
        np.zeros((2, 3, 1)),
        np.zeros((2, 3, 1)),
        {"loss": "dice", "lengths": [1, 2]},
        "lengths: dice takes",
    ),
    "pairs with gaps": (
        *ROWS,
        {"loss": "mean_pairwise_squared_error", "mask": [[1, 0], [1, 1]]},
        "takes each example as a whole",
    ),
    "pairs ignored": (
        *ROWS,
        {"loss": "mean_pairwise_squared_error", "ignore_index": 1},
        "ignore_index: has no meaning",
    ),
    "positive hinge": (*COLUMN, {"loss": "hinge", "pos_weight": 2}, "pos_weight: goes with"),
    "soft hinge": ([0.5, 1.0], [0.5, 1.0], {"loss": "hinge"}, "hinge takes -1 and +1, or 0 and 1"),
    "counted hinge": ([0.5, 1.0], [1, 2], {"loss": "hinge"}, "hinge takes -1 and +1, or 0 and 1"),
    "indices under a hinge": (LOGITS, LABELS, {"loss": "hinge"}, "takes one target for each prediction"),
    "indices in a regression": (
        LOGITS,
        LABELS,
        {"loss": "mean_squared_error"},
        "pass targets of the predictions' shape",
    ),
    "two true classes": (
        LOGITS,
        [[1, 1, 0], [1, 0, 0], [0, 0, 1]],
        {"loss": "multi_margin"},
        "takes one true class",
    ),
    "indices under kl": (
        LOGITS,
        LABELS,
        {"loss": "kl_divergence"},
        "use --loss sparse_softmax_cross_entropy",
    ),
    "another shape": (np.ones((2, 3)), np.ones((3, 2)), {"loss": "dice"}, "is not that of predictions"),
    "a label too many": (
        LOGITS,
        [[0, 3], [1, -1], [2, -1]],
        {"loss": "multilabel_margin"},
        "neither a label from 0 to 2",
    ),
    "probabilities of scores": (
        *COLUMN,
        {"loss": "hinge", "probabilities_to": "p.npy"},
        "which are no probabilities",
    ),
}


@pytest.mark.parametrize(("predictions", "targets", "options", "says"), REFUSED.values(), ids=REFUSED)
def test_what_has_no_meaning_for_a_loss_is_refused_in_one_line(
    predictions: Any, targets: Any, options: dict[str, Any], says: str
) -> None:
    with pytest.raises(CepickError) as raised:
        evaluate(predictions, targets, **options)
    assert says in str(raised.value)
    assert "\n" not in str(raised.value)


# Findings


def codes(predictions: Any, targets: Any, **options: Any) -> list[str]:
    return [each.code for each in evaluate(predictions, targets, **options).findings]


def test_a_finding_goes_by_what_the_loss_takes() -> None:
    rng = np.random.default_rng(4)
    scores, signs = rng.normal(size=60), rng.choice([-1, 1], 60)
    assert codes(scores, signs, loss="sigmoid_focal") == ["CE204"]
    for loss in ("hinge", "squared_hinge", "perceptron", "sparsemax"):
        assert codes(scores, signs, loss=loss) == []
    assert codes(scores, rng.integers(1, 3, 60), loss="mean_squared_error") == []
    assert codes(scores, 10 * scores, loss="mean_squared_error") == []
    rows = rng.dirichlet(np.ones(4), size=60)
    labels = rng.integers(0, 4, 60)
    assert codes(rows, labels, loss="softmax_focal") == ["CE102"]
    assert codes(rows, labels, loss="categorical_hinge") == []
    logits = 3 * rng.normal(size=(60, 4))
    for loss in ("brier", "generalized_cross_entropy"):
        (finding,) = evaluate(logits, labels, loss=loss).findings
        assert (finding.code, "apply softmax first" in finding.remedy) == ("CE103", True)
    assert codes(logits, np.eye(4)[labels], loss="dice") == ["CE103"]
    masks = 255 * (rng.random((3, 30)) < 0.5)
    assert codes(rng.random((3, 30)), masks, loss="dice") == ["CE206"]
    assert codes(logits, rows, loss="kl_divergence", outputs="probabilities") == ["CE103"]
    assert codes(logits, rows, loss="kl_divergence", outputs="log_probabilities") == ["CE111"]


def test_kl_of_rows_that_may_be_anything_asks_what_they_are() -> None:
    rng = np.random.default_rng(0)
    values, teacher = rng.random((20, 3)), rng.dirichlet(np.ones(3), size=20)
    with pytest.raises(CepickError, match="say --logits, --probabilities or --log-probabilities"):
        evaluate(values, teacher, loss="kl_divergence")
    assert evaluate(values, teacher, loss="kl_divergence", outputs="logits").value is not None
