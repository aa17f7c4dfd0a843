"""`evaluate` against PyTorch's losses: the same arrays, the same number, wherever the definitions agree."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ce_core import evaluate

N, K = 40, 6
SINGLE = 1e-6
"""PyTorch computes in the arrays' precision; these are float64 but for the tests that say otherwise."""


@pytest.fixture(scope="module")
def rng() -> np.random.Generator:
    return np.random.default_rng(31)


@pytest.fixture(scope="module")
def data(rng: np.random.Generator) -> dict[str, np.ndarray]:
    logits = rng.normal(scale=3, size=(N, K))
    labels = rng.integers(0, K, N)
    ignored = labels.copy()
    ignored[::5] = -100
    return {
        "logits": logits,
        "labels": labels,
        "ignored": ignored,
        "soft": rng.dirichlet(np.ones(K), size=N),
        "one_hot": np.eye(K)[labels],
        "weights": rng.random(K) + 0.1,
        "multi_hot": (rng.random((N, K)) < 0.3).astype(float),
        "shares": rng.random((N, K)),
        "positive": rng.random(K) * 4 + 0.5,
    }


def call(torch: Any, loss: str, predictions: np.ndarray, targets: np.ndarray, **options: Any) -> Any:
    """Return what a loss of PyTorch gives, its array options turned into tensors."""
    made = {
        name: torch.from_numpy(value) if isinstance(value, np.ndarray) else value
        for name, value in options.items()
    }
    found = getattr(torch.nn, loss)(**made)(torch.from_numpy(predictions), torch.from_numpy(targets))
    return found.item() if found.ndim == 0 else found.numpy()


REDUCTIONS = ("mean", "sum", "none")


def agree(answer: Any, expected: Any, relative: float = 1e-12) -> None:
    found = answer.losses if answer.value is None else answer.value
    np.testing.assert_allclose(found, expected, rtol=relative)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("targets", ["labels", "ignored", "soft", "one_hot"])
def test_cross_entropy(
    torch: Any, data: dict[str, np.ndarray], reduction: Any, smoothing: float, targets: str
) -> None:
    options = {"ignore_index": -100} if targets == "ignored" else {}
    answer = evaluate(
        data["logits"],
        data[targets],
        outputs="logits",
        reduction=reduction,
        label_smoothing=smoothing,
        **options,
    )
    expected = call(
        torch,
        "CrossEntropyLoss",
        data["logits"],
        data[targets],
        reduction=reduction,
        label_smoothing=smoothing,
    )
    agree(answer, expected)


@pytest.mark.parametrize("targets", ["labels", "ignored"])
def test_weighted_cross_entropy_of_indices_divides_by_the_weights(
    torch: Any, data: dict[str, np.ndarray], targets: str
) -> None:
    answer = evaluate(data["logits"], data[targets], class_weights=data["weights"], ignore_index=-100)
    agree(answer, call(torch, "CrossEntropyLoss", data["logits"], data[targets], weight=data["weights"]))
    total = evaluate(
        data["logits"], data[targets], class_weights=data["weights"], ignore_index=-100, reduction="sum"
    )
    agree(
        total,
        call(
            torch, "CrossEntropyLoss", data["logits"], data[targets], weight=data["weights"], reduction="sum"
        ),
    )


def test_weighted_cross_entropy_of_one_hot_rows_divides_by_the_batch(
    torch: Any, data: dict[str, np.ndarray]
) -> None:
    answer = evaluate(data["logits"], data["one_hot"], class_weights=data["weights"], mean_over="batch")
    agree(answer, call(torch, "CrossEntropyLoss", data["logits"], data["one_hot"], weight=data["weights"]))


@pytest.mark.parametrize("shape", [(3, K, 4), (3, K, 4, 5)], ids=str)
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_cross_entropy_with_the_classes_on_axis_one(
    torch: Any, rng: np.random.Generator, shape: tuple[int, ...], reduction: Any
) -> None:
    logits = rng.normal(size=shape)
    labels = rng.integers(0, K, size=(shape[0], *shape[2:]))
    labels[0, 0] = -100
    answer = evaluate(logits, labels, class_axis=1, ignore_index=-100, reduction=reduction)
    agree(answer, call(torch, "CrossEntropyLoss", logits, labels, reduction=reduction))


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("targets", ["multi_hot", "shares"])
@pytest.mark.parametrize("positive", [False, True], ids=["plain", "positive-weight"])
def test_binary_cross_entropy_with_logits(
    torch: Any, data: dict[str, np.ndarray], reduction: Any, targets: str, positive: bool
) -> None:
    weight = {"pos_weight": data["positive"]} if positive else {}
    expected = call(torch, "BCEWithLogitsLoss", data["logits"], data[targets], reduction=reduction, **weight)
    if reduction == "none":
        expected = expected.mean(axis=1)
    labels = "sum" if reduction == "sum" else "mean"
    answer = evaluate(
        data["logits"],
        data[targets],
        loss="sigmoid_cross_entropy",
        exclusive=False,
        reduction=reduction,
        labels=labels,
        **weight,
    )
    agree(answer, expected)


def test_binary_cross_entropy_with_element_weights_divides_by_the_elements(
    torch: Any, data: dict[str, np.ndarray]
) -> None:
    expected = call(torch, "BCEWithLogitsLoss", data["logits"], data["multi_hot"], weight=data["weights"])
    answer = evaluate(
        data["logits"],
        data["multi_hot"],
        exclusive=False,
        class_weights=data["weights"],
        mean_over="elements",
    )
    agree(answer, expected)


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_binary_cross_entropy_of_one_column(torch: Any, data: dict[str, np.ndarray], reduction: Any) -> None:
    logits, truth = data["logits"][:, 0].copy(), data["multi_hot"][:, 0].copy()
    probabilities = 1 / (1 + np.exp(-logits))
    for predictions, name, loss in (
        (logits, "BCEWithLogitsLoss", "sigmoid_cross_entropy"),
        (probabilities, "BCELoss", "binary_cross_entropy"),
    ):
        answer = evaluate(predictions, truth, loss=loss, reduction=reduction)
        agree(answer, call(torch, name, predictions, truth, reduction=reduction), 1e-10)


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_nll(torch: Any, data: dict[str, np.ndarray], reduction: Any) -> None:
    log_probabilities = torch.log_softmax(torch.from_numpy(data["logits"]), dim=1).numpy()
    answer = evaluate(log_probabilities, data["ignored"], loss="nll", ignore_index=-100, reduction=reduction)
    agree(answer, call(torch, "NLLLoss", log_probabilities, data["ignored"], reduction=reduction))
    weighted = evaluate(
        log_probabilities,
        data["ignored"],
        loss="nll",
        ignore_index=-100,
        class_weights=data["weights"],
    )
    agree(weighted, call(torch, "NLLLoss", log_probabilities, data["ignored"], weight=data["weights"]))


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_tensors_that_require_gradients_are_taken_as_they_are(
    torch: Any, data: dict[str, np.ndarray], reduction: Any
) -> None:
    logits = torch.from_numpy(data["logits"]).float().requires_grad_()
    labels = torch.from_numpy(data["labels"])
    expected = torch.nn.functional.cross_entropy(logits, labels, reduction=reduction).item()
    answer = evaluate(logits, labels, reduction=reduction)
    assert answer.value == pytest.approx(expected, rel=SINGLE)
    assert logits.grad is None


def test_bfloat16_tensors_keep_their_values_and_their_name(torch: Any, data: dict[str, np.ndarray]) -> None:
    logits = torch.from_numpy(data["logits"]).bfloat16()
    labels = torch.from_numpy(data["labels"])
    answer = evaluate(logits, labels)
    assert answer.dtypes[0] == "bfloat16"
    exact = torch.nn.functional.cross_entropy(logits.double(), labels).item()
    assert answer.value == pytest.approx(exact, rel=1e-12)


def test_the_temperature_is_that_of_an_optimiser(torch: Any, rng: np.random.Generator) -> None:
    logits = 2 * rng.normal(scale=2, size=(500, K))
    labels = (logits / 2 + rng.gumbel(size=logits.shape)).argmax(axis=1)
    inverse = torch.ones(1, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([inverse], max_iter=100, tolerance_grad=1e-12, tolerance_change=1e-14)
    x, y = torch.from_numpy(logits), torch.from_numpy(labels)

    def closure() -> Any:
        optimiser.zero_grad()
        loss = torch.nn.functional.cross_entropy(x * inverse, y)
        loss.backward()
        return loss

    optimiser.step(closure)
    found = evaluate(logits, labels).diagnostics.temperature
    assert found is not None
    assert found.optimum == pytest.approx(1 / inverse.item(), rel=1e-6)
    assert found.loss == pytest.approx(closure().item(), rel=1e-12)


def test_a_data_frame_names_its_classes() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame([[2.0, 0.0], [0.5, 1.0]], columns=["cat", "dog"])
    answer = evaluate(frame, pandas.Series(["cat", "cat"]))
    assert [row.name for row in answer.diagnostics.per_class] == ["cat", "dog"]
    assert answer.value == evaluate([[2.0, 0.0], [0.5, 1.0]], [0, 0]).value


@pytest.mark.parametrize("framework", ["tensorflow", "jax"])
def test_tensors_of_other_frameworks_give_the_same_number(
    framework: str, converter: Any, data: dict[str, np.ndarray]
) -> None:
    of = converter(framework)
    expected = evaluate(data["logits"], data["labels"]).value
    answer = evaluate(of(data["logits"]), of(data["labels"]))
    assert answer.value == pytest.approx(expected, rel=1e-12)
