"""Every famous number is what the calls that it names print: each claim is run, or says that it is unverified."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from ce_core.matching import famous_words
from ce_core.matching.famous_plateaus import without_classes
from ce_core.matching.famous_points import of_classes

K, N = 10, 4
F32 = np.float32
INDEX = np.arange(N)
ROWS = np.eye(K, dtype=F32)
RIGHT, WRONG = ROWS[INDEX], ROWS[(INDEX + 1) % K]
UNIFORM = np.full((N, K), 1 / K, dtype=F32)
ONES, ZEROS = np.ones((N, 1), dtype=F32), np.zeros((N, 1), dtype=F32)
HALF = np.full((N, 1), 0.5, dtype=F32)
MASKED = np.array([[1.0, -np.inf, 0.0]], dtype=F32)

Run = Callable[[SimpleNamespace], Any]


def softmax(x: np.ndarray) -> np.ndarray:
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return (e / e.sum(axis=1, keepdims=True)).astype(F32)


def sigmoid(x: np.ndarray) -> np.ndarray:
    return (1 / (1 + np.exp(-x))).astype(F32)


@pytest.fixture(scope="module")
def fw(
    torch: Any, tf: Any, keras: Any, jnp: Any, optax: Any, sklearn: Any, xgboost: Any, lightgbm: Any
) -> SimpleNamespace:
    """Return every framework, with short hands for what the runs need of each."""
    import jax
    import sklearn.metrics

    return SimpleNamespace(
        torch=torch,
        F=torch.nn.functional,
        t=lambda array: torch.from_numpy(np.asarray(array)),
        tf=tf,
        v1=tf.compat.v1.losses,
        keras=keras.losses,
        jax=jax,
        jnp=jnp,
        optax=optax,
        metrics=sklearn.metrics,
        xgboost=xgboost,
        lightgbm=lightgbm,
    )


TORCH, TORCH_NLL = "torch.nn.functional.cross_entropy", "torch.nn.functional.nll_loss"
TORCH_BCE, TORCH_LOGITS = (
    "torch.nn.functional.binary_cross_entropy",
    "torch.nn.functional.binary_cross_entropy_with_logits",
)
KERAS, KERAS_ROWS, KERAS_BCE = (
    "keras.losses.SparseCategoricalCrossentropy",
    "keras.losses.CategoricalCrossentropy",
    "keras.losses.BinaryCrossentropy",
)
TF, TF_ROWS = "tf.nn.sparse_softmax_cross_entropy_with_logits", "tf.nn.softmax_cross_entropy_with_logits"
OPTAX = "optax.softmax_cross_entropy_with_integer_labels"
TF_LOG, SKLEARN = "tf.compat.v1.losses.log_loss", "sklearn.metrics.log_loss"


def of_softmax(logits: np.ndarray, labels: np.ndarray = INDEX) -> dict[str, Run]:
    """Return what each framework's softmax cross-entropy makes of logits and labels."""
    return {
        TORCH: lambda fw: fw.F.cross_entropy(fw.t(logits), fw.t(labels)),
        f"{KERAS}(from_logits=True)": lambda fw: fw.keras.SparseCategoricalCrossentropy(from_logits=True)(
            labels, logits
        ),
        TF: lambda fw: fw.tf.reduce_mean(
            fw.tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
        ),
        OPTAX: lambda fw: fw.optax.softmax_cross_entropy_with_integer_labels(
            fw.jnp.asarray(logits), fw.jnp.asarray(labels)
        ).mean(),
    }


def of_sigmoid(logits: np.ndarray, targets: np.ndarray) -> dict[str, Run]:
    return {
        TORCH_LOGITS: lambda fw: fw.F.binary_cross_entropy_with_logits(fw.t(logits), fw.t(targets)),
        f"{KERAS_BCE}(from_logits=True)": lambda fw: fw.keras.BinaryCrossentropy(from_logits=True)(
            targets, logits
        ),
        "tf.nn.sigmoid_cross_entropy_with_logits": lambda fw: fw.tf.reduce_mean(
            fw.tf.nn.sigmoid_cross_entropy_with_logits(labels=targets, logits=logits)
        ),
        "optax.sigmoid_binary_cross_entropy": lambda fw: fw.optax.sigmoid_binary_cross_entropy(
            fw.jnp.asarray(logits), fw.jnp.asarray(targets)
        ).mean(),
    }


def log_loss(probabilities: np.ndarray) -> Run:
    return lambda fw: fw.metrics.log_loss(INDEX, probabilities, labels=range(K))


def boosted(objective: str, metric: str, labels: list[int], margin: Any, **more: Any) -> Run:
    def run(fw: SimpleNamespace) -> float:
        data = fw.xgboost.DMatrix(np.zeros((len(labels), 1)), label=labels, base_margin=np.asarray(margin))
        settings = {"verbosity": 0, "objective": objective, "eval_metric": metric, **more}
        return float(fw.xgboost.train(settings, data, 0).eval(data).rsplit(":", 1)[1])

    return run


def light(objective: str, labels: list[int], scores: Any, **more: Any) -> Run:
    def run(fw: SimpleNamespace) -> float:
        settings = {"verbosity": -1, "boost_from_average": False, "objective": objective, **more}
        data = fw.lightgbm.Dataset(
            np.zeros((len(labels), 1)), label=labels, init_score=np.asarray(scores), params=settings
        )
        return float(fw.lightgbm.Booster(settings, data).eval_train()[0][2])

    return run


ONCE_RIGHT, ONCE_WRONG = softmax(RIGHT), softmax(WRONG)
CERTAIN = sigmoid(np.array([[1.0]], dtype=F32)), sigmoid(np.array([[0.0]], dtype=F32))
NOTHING = np.full((N, K), 0.0, dtype=F32)
BALANCED = np.array([[1.0], [0.0]], dtype=F32)


def _smoothed(smoothing: float) -> dict[str, Run]:
    row = (RIGHT * F32(1 - smoothing) + F32(smoothing / K)).astype(F32)
    logits = np.log(row)
    return {
        TORCH: lambda fw: fw.F.cross_entropy(fw.t(logits), fw.t(INDEX), label_smoothing=smoothing),
        KERAS_ROWS: lambda fw: fw.keras.CategoricalCrossentropy(label_smoothing=smoothing)(RIGHT, row),
        "optax.softmax_cross_entropy(optax.smooth_labels(…))": lambda fw: fw.optax.softmax_cross_entropy(
            fw.jnp.asarray(logits), fw.optax.smooth_labels(fw.jnp.asarray(RIGHT), smoothing)
        ).mean(),
    }


RUNS: dict[tuple[Any, ...], dict[str, Run]] = {
    ("uniform",): of_softmax(NOTHING),
    ("floor of softmax twice",): of_softmax(RIGHT),
    ("ceiling of softmax twice",): of_softmax(WRONG),
    ("floor of softmax three times",): of_softmax(ONCE_RIGHT),
    ("ceiling of softmax three times",): of_softmax(ONCE_WRONG),
    ("coin toss",): of_sigmoid(ZEROS, ONES),
    ("floor of positives under sigmoid twice",): of_sigmoid(ONES, ONES),
    ("ceiling of negatives under sigmoid twice",): of_sigmoid(ONES, ZEROS),
    ("floor of negatives under sigmoid twice",): of_sigmoid(ZEROS, ZEROS),
    ("floor of balanced outcomes under sigmoid twice",): of_sigmoid(BALANCED, BALANCED),
    ("floor of positives under sigmoid three times",): of_sigmoid(CERTAIN[0], np.ones((1, 1), F32)),
    ("floor of negatives under sigmoid three times",): of_sigmoid(CERTAIN[1], np.zeros((1, 1), F32)),
    ("ceiling of negatives under sigmoid three times",): of_sigmoid(CERTAIN[0], np.zeros((1, 1), F32)),
    ("ceiling of positives under sigmoid three times",): of_sigmoid(CERTAIN[1], np.ones((1, 1), F32)),
    **{
        ("floor of label smoothing", each): _smoothed(each)
        for each in (0.1, 0.05, 0.2, 0.01, 0.3, 0.15, 0.02)
    },
    **{
        ("uniform, summed over a batch", batch): {
            f"{TORCH}(reduction='sum')": lambda fw, batch=batch: fw.F.cross_entropy(
                fw.torch.zeros(batch, K), fw.torch.zeros(batch, dtype=fw.torch.long), reduction="sum"
            )
        }
        for batch in (8, 16, 32, 64, 100, 128, 256, 512, 1024, 2048, 4096)
    },
    ("base rate under a sigmoid",): {
        TORCH_BCE: lambda fw: fw.F.binary_cross_entropy(fw.t(UNIFORM), fw.t(RIGHT)),
        KERAS_BCE: lambda fw: fw.keras.BinaryCrossentropy()(RIGHT, UNIFORM),
    },
    ("brier of uniform",): {
        "sklearn.metrics.brier_score_loss": lambda fw: fw.metrics.brier_score_loss(
            INDEX, UNIFORM, labels=range(K)
        )
    },
    ("mean_squared_error of uniform",): {
        "torch.nn.functional.mse_loss": lambda fw: fw.F.mse_loss(fw.t(UNIFORM), fw.t(RIGHT))
    },
    ("kl_divergence of uniform",): {
        "torch.nn.functional.kl_div": lambda fw: fw.F.kl_div(
            fw.torch.log(fw.t(UNIFORM)), fw.t(RIGHT), reduction="mean"
        )
    },
    ("softmax_focal of uniform",): {
        "keras.losses.CategoricalFocalCrossentropy": lambda fw: fw.keras.CategoricalFocalCrossentropy()(
            RIGHT, UNIFORM
        )
    },
    ("generalized_cross_entropy of uniform",): {
        "keras.losses.CategoricalGeneralizedCrossEntropy": lambda fw: (
            fw.keras.CategoricalGeneralizedCrossEntropy()(INDEX, UNIFORM)
        )
    },
    ("poly1_cross_entropy of uniform",): {
        "optax.losses.poly_loss_cross_entropy": lambda fw: fw.optax.losses.poly_loss_cross_entropy(
            fw.jnp.asarray(NOTHING), fw.jnp.asarray(RIGHT)
        ).mean()
    },
    ("multi_margin of uniform",): {
        "torch.nn.functional.multi_margin_loss": lambda fw: fw.F.multi_margin_loss(fw.t(NOTHING), fw.t(INDEX))
    },
    ("brier of a coin toss",): {
        "sklearn.metrics.brier_score_loss": lambda fw: fw.metrics.brier_score_loss([0, 1, 1], [0.5] * 3),
        "torch.nn.functional.mse_loss": lambda fw: fw.F.mse_loss(fw.t(HALF), fw.t(ONES)),
    },
    ("focal loss of a coin toss", "4"): {
        "keras.losses.BinaryFocalCrossentropy": lambda fw: fw.keras.BinaryFocalCrossentropy()(ONES, HALF)
    },
    ("focal loss of a coin toss", "16"): {
        "optax.sigmoid_focal_loss": lambda fw: fw.optax.sigmoid_focal_loss(
            fw.jnp.asarray(ZEROS), fw.jnp.asarray(ONES), alpha=0.25, gamma=2
        ).mean(),
        "keras.losses.BinaryFocalCrossentropy": lambda fw: fw.keras.BinaryFocalCrossentropy(
            apply_class_balancing=True
        )(ONES, HALF),
    },
    ("focal loss of a coin toss", "3/16"): {
        "optax.sigmoid_focal_loss": lambda fw: fw.optax.sigmoid_focal_loss(
            fw.jnp.asarray(ZEROS), fw.jnp.asarray(ZEROS), alpha=0.25, gamma=2
        ).mean()
    },
    ("hinge of equal scores",): {
        "keras.losses.Hinge": lambda fw: fw.keras.Hinge()(ONES, ZEROS),
        "keras.losses.CategoricalHinge": lambda fw: fw.keras.CategoricalHinge()(RIGHT, NOTHING),
    },
    ("plateau of a clip", "1e-7"): {
        KERAS: lambda fw: fw.keras.SparseCategoricalCrossentropy()(INDEX, WRONG),
        KERAS_ROWS: lambda fw: fw.keras.CategoricalCrossentropy()(RIGHT, WRONG),
        KERAS_BCE: lambda fw: fw.keras.BinaryCrossentropy()(ONES, ZEROS),
        TF_LOG: lambda fw: fw.v1.log_loss(ONES, ZEROS),
    },
    ("plateau of a clip", "2^-23"): {
        SKLEARN: log_loss(WRONG),
        KERAS_BCE: lambda fw: fw.keras.BinaryCrossentropy()(ZEROS, ONES),
    },
    ("plateau of a clip", "2^-52"): {SKLEARN: log_loss(WRONG.astype(float))},
    ("plateau of a clip", "2^-10 in float16"): {SKLEARN: log_loss(WRONG.astype(np.float16))},
    ("plateau of a clip", "1e-15"): {
        "LightGBM multi_logloss": light("multiclass", [1], [[900.0, 0.0, 0.0]], num_class=3)
    },
    ("plateau of a clip", "1e-12"): {
        "LightGBM cross_entropy": light("cross_entropy", [1, 1], [-900.0, -900.0])
    },
    ("plateau of a clip", "1e-16"): {
        "XGBoost logloss": boosted("binary:logistic", "logloss", [1, 1], [-900.0, -900.0]),
        "XGBoost mlogloss": boosted("multi:softprob", "mlogloss", [1], [[900.0, 0.0, 0.0]], num_class=3),
    },
    ("plateau of a clip", "torch"): {
        TORCH_BCE: lambda fw: fw.F.binary_cross_entropy(fw.t(ZEROS), fw.t(ONES))
    },
    ("perfect under a clip", "2^-23"): {
        KERAS_ROWS: lambda fw: fw.keras.CategoricalCrossentropy()(RIGHT, RIGHT),
        KERAS_BCE: lambda fw: fw.keras.BinaryCrossentropy()(ONES, ONES),
        SKLEARN: log_loss(RIGHT),
    },
    ("perfect under a clip", "2^-52"): {SKLEARN: log_loss(RIGHT.astype(float))},
    ("perfect under a clip", "-2^-23"): {TF_LOG: lambda fw: fw.v1.log_loss(ONES, ONES)},
}

_FOCAL = {math.log(2) / 4: "4", math.log(2) / 16: "16", 3 * math.log(2) / 16: "3/16"}
_PERFECT = {2.0**-23: "2^-23", 2.0**-52: "2^-52", -(2.0**-23): "-2^-23"}


def key_of(point: Any) -> tuple[Any, ...]:
    """Return what tells a famous number from others of its name."""
    more = {
        "plateau of a clip": point.variant.get("clip"),
        "floor of label smoothing": point.variant.get("smoothing"),
        "uniform, summed over a batch": point.variant.get("batch"),
        "focal loss of a coin toss": _FOCAL.get(point.value),
        "perfect under a clip": _PERFECT.get(point.value),
    }.get(point.name)
    return (point.name,) if more is None else (point.name, more)


def claims() -> Iterator[tuple[Any, str]]:
    for point in (*without_classes(), *of_classes(K)):
        for call in point.framework:
            if not call.endswith("(unverified)"):
                yield point, call


CLAIMS = {(key_of(point), call): point.value for point, call in claims()}


def test_every_number_that_names_a_call_is_run_and_nothing_else_is() -> None:
    assert set(CLAIMS) == {(key, call) for key, runs in RUNS.items() for call in runs}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("key", "call"), CLAIMS, ids=lambda each: each if isinstance(each, str) else "-".join(map(str, each))
)
def test_a_call_prints_the_famous_number_to_five_digits(
    fw: SimpleNamespace, key: tuple[Any, ...], call: str
) -> None:
    printed = float(RUNS[key][call](fw))
    assert f"{printed:.4e}" == f"{CLAIMS[key, call]:.4e}"


LABELS_OUT = np.full(N, K)
IGNORED = np.full(N, -100)


def _xla(fw: SimpleNamespace) -> Any:
    def run(labels: Any, logits: Any) -> Any:
        return fw.tf.reduce_mean(
            fw.tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
        )

    return fw.tf.function(run, jit_compile=True)(fw.tf.constant(LABELS_OUT), fw.tf.constant(NOTHING))


def _by_hand(p: np.ndarray, y: np.ndarray) -> float:
    return float(-(y * np.log(p) + (1 - y) * np.log(1 - p)).mean())


ONE_UNIT = np.random.default_rng(0).normal(size=(N, 1)).astype(F32)
FIRST = np.zeros(N, dtype=np.int64)
SATURATED = (20 * ROWS[INDEX]).astype(F32)
INFINITE = np.where(ROWS[INDEX] == 1, F32(np.inf), NOTHING)

WORDS: dict[tuple[str, str], tuple[str, dict[str, Run]]] = {
    ("ZERO", "one unit under softmax"): (
        "0.0",
        {
            TORCH: lambda fw: fw.F.cross_entropy(fw.t(ONE_UNIT), fw.t(FIRST)),
            TF_ROWS: lambda fw: fw.tf.reduce_mean(
                fw.tf.nn.softmax_cross_entropy_with_logits(labels=ONES, logits=ONE_UNIT)
            ),
            f"{KERAS}(from_logits=True)": lambda fw: fw.keras.SparseCategoricalCrossentropy(from_logits=True)(
                FIRST, ONE_UNIT
            ),
        },
    ),
    ("ZERO", "every label ignored"): (
        "0.0",
        {
            f"{KERAS}(ignore_class=…)": lambda fw: fw.keras.SparseCategoricalCrossentropy(ignore_class=0)(
                FIRST, WRONG
            ),
            f"{TORCH}(reduction='sum')": lambda fw: fw.F.cross_entropy(
                fw.t(NOTHING), fw.t(IGNORED), reduction="sum"
            ),
        },
    ),
    ("ZERO", "labels out of range"): (
        "0.0",
        {
            "optax.softmax_cross_entropy(jax.nn.one_hot(labels))": lambda fw: fw.optax.softmax_cross_entropy(
                fw.jnp.asarray(NOTHING), fw.jax.nn.one_hot(fw.jnp.asarray(LABELS_OUT), K)
            ).mean(),
            f"{TF_ROWS}(tf.one_hot(labels))": lambda fw: fw.tf.reduce_mean(
                fw.tf.nn.softmax_cross_entropy_with_logits(
                    labels=fw.tf.one_hot(LABELS_OUT, K), logits=NOTHING
                )
            ),
        },
    ),
    ("ZERO", "no weight"): (
        "0.0",
        {
            "tf.compat.v1.losses.sparse_softmax_cross_entropy(weights=0)": (
                lambda fw: fw.v1.sparse_softmax_cross_entropy(INDEX, NOTHING, weights=0.0)
            ),
            f"{KERAS}(sample_weight=0)": lambda fw: fw.keras.SparseCategoricalCrossentropy()(
                INDEX, UNIFORM, sample_weight=np.zeros(N)
            ),
        },
    ),
    ("ZERO", "float32 saturation"): (
        "0.0",
        {call: run for call, run in of_softmax(SATURATED).items() if not call.startswith("keras")},
    ),
    ("NAN", "every label ignored"): (
        "nan",
        {
            TORCH: lambda fw: fw.F.cross_entropy(fw.t(NOTHING), fw.t(IGNORED)),
            TORCH_NLL: lambda fw: fw.F.nll_loss(fw.t(NOTHING), fw.t(IGNORED)),
        },
    ),
    ("NAN", "not finite"): (
        "nan",
        {call: run for call, run in of_softmax(INFINITE).items() if call in (TORCH, OPTAX)},
    ),
    ("NAN", "0 times infinity"): (
        "nan",
        {
            f"{TORCH}(one-hot targets)": lambda fw: fw.F.cross_entropy(
                fw.t(MASKED), fw.t(np.eye(3, dtype=F32)[:1])
            ),
            "optax.softmax_cross_entropy": lambda fw: fw.optax.softmax_cross_entropy(
                fw.jnp.asarray(MASKED), fw.jnp.asarray(np.eye(3)[:1])
            ).mean(),
        },
    ),
    ("NAN", "labels out of range"): (
        "nan",
        {OPTAX: of_softmax(NOTHING, LABELS_OUT)[OPTAX], f"{TF} under XLA": _xla},
    ),
    ("NAN", "no weight"): (
        "nan",
        {
            f"{TORCH}(weight=…)": lambda fw: fw.F.cross_entropy(
                fw.t(NOTHING), fw.t(FIRST), weight=fw.t(np.arange(K, dtype=F32))
            )
        },
    ),
    ("NAN", "log of a negative number"): (
        "nan",
        {
            "y * log(p) + (1 - y) * log(1 - p), written by hand": lambda fw: _by_hand(
                np.array([2.0]), np.array([1.0])
            )
        },
    ),
    ("INFINITE", "probability 0"): (
        "inf",
        {
            TORCH_NLL: lambda fw: fw.F.nll_loss(fw.torch.log(fw.t(WRONG)), fw.t(INDEX)),
            "-log(softmax(x)), written by hand": lambda fw: (
                -np.log(softmax(np.array([[0.0, 110.0]], dtype=F32))[0, 0])
            ),
        },
    ),
    ("INFINITE", "masked target"): (
        "inf",
        {call: run for call, run in of_softmax(MASKED, np.array([1])).items() if call in (TORCH, OPTAX)},
    ),
    ("INFINITE", "smoothing over a masked class"): (
        "inf",
        {
            f"{TORCH}(label_smoothing=…)": lambda fw: fw.F.cross_entropy(
                fw.t(MASKED), fw.t(np.array([0])), label_smoothing=0.1
            )
        },
    ),
    ("INFINITE", "16-bit overflow"): (
        "inf",
        {
            TORCH: lambda fw: fw.F.cross_entropy(
                fw.t(np.array([[6e4, -6e4]], dtype=np.float16)), fw.t(np.array([1]))
            )
        },
    ),
    ("MINUS_INFINITE", "NLL on logits of +inf"): (
        "-inf",
        {TORCH_NLL: lambda fw: fw.F.nll_loss(fw.t(INFINITE), fw.t(INDEX))},
    ),
}


def test_every_cause_that_names_a_call_is_run() -> None:
    claimed = {
        (table, cause.name, call)
        for table in ("ZERO", "NAN", "INFINITE", "MINUS_INFINITE")
        for cause in getattr(famous_words, table)
        for call in cause.framework
        if not call.endswith("(unverified)")
    }
    assert claimed == {(*key, call) for key, (_, runs) in WORDS.items() for call in runs}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("key", "call"), [(key, call) for key, (_, runs) in WORDS.items() for call in runs], ids=str
)
def test_a_cause_gives_what_it_is_said_to_give(fw: SimpleNamespace, key: tuple[str, str], call: str) -> None:
    printed, runs = WORDS[key]
    assert str(float(runs[call](fw))).lstrip("-" if printed == "0.0" else "") == printed


def test_a_negative_log_likelihood_on_probabilities_is_minus_their_mean_and_on_logits_without_floor(
    fw: SimpleNamespace,
) -> None:
    nll = fw.F.nll_loss
    assert nll(fw.t(UNIFORM), fw.t(INDEX)).item() == pytest.approx(-1 / K)
    assert nll(fw.t(RIGHT), fw.t(INDEX)).item() == -1
    assert nll(fw.t(25 * RIGHT), fw.t(INDEX)).item() == -25


def test_targets_outside_the_unit_interval_make_a_binary_loss_negative(fw: SimpleNamespace) -> None:
    runs = of_sigmoid(3 * ONES, 255 * ONES)
    for call in (TORCH_LOGITS, "optax.sigmoid_binary_cross_entropy"):
        assert float(runs[call](fw)) < -700


def test_the_scorer_of_scikit_learn_is_the_negative_of_the_loss(fw: SimpleNamespace) -> None:
    from sklearn.dummy import DummyClassifier

    model = DummyClassifier(strategy="uniform").fit(np.zeros((K, 1)), np.arange(K))
    found = fw.metrics.get_scorer("neg_log_loss")(model, np.zeros((K, 1)), np.arange(K))
    assert found == pytest.approx(-math.log(K))


def test_the_repairs_that_name_a_function_repair(fw: SimpleNamespace) -> None:
    one_hot = np.eye(3, dtype=F32)[:1]
    safe = fw.optax.safe_softmax_cross_entropy(fw.jnp.asarray(MASKED), fw.jnp.asarray(one_hot))
    index = fw.F.cross_entropy(fw.t(MASKED), fw.t(np.array([0])))
    large = fw.F.cross_entropy(fw.t(np.where(np.isinf(MASKED), F32(-1e9), MASKED)), fw.t(one_hot))
    expected = math.log1p(math.exp(-1))
    assert [float(safe[0]), float(index), float(large)] == pytest.approx([expected] * 3)


def test_a_float32_softmax_rounds_to_0_once_classes_are_about_104_apart(fw: SimpleNamespace) -> None:
    found = fw.torch.softmax(fw.torch.tensor([[0.0, -103.0], [0.0, -105.0]]), dim=1)
    assert found[1, 1].item() == 0
    assert np.exp(F32(-103.0)) > 0 == np.exp(F32(-105.0))


def test_a_gap_of_17_saturates_a_float32_loss_and_one_of_12_does_not(fw: SimpleNamespace) -> None:
    for gap, saturated in ((17, True), (12, False)):
        logits = np.array([[gap, 0]], dtype=F32)
        for call in (TORCH, TF, OPTAX):
            assert (float(of_softmax(logits, FIRST[:1])[call](fw)) == 0) is saturated, (gap, call)


def test_what_the_words_of_a_match_say_of_keras_and_loaders_holds(fw: SimpleNamespace) -> None:
    import keras

    assert "class_weight" in inspect.signature(keras.Model.fit).parameters
    assert "class_weight" not in inspect.signature(keras.Model.evaluate).parameters
    assert "sample_weight" in inspect.signature(keras.Model.evaluate).parameters
    assert inspect.signature(fw.torch.utils.data.DataLoader).parameters["drop_last"].default is False
    assert inspect.signature(fw.tf.data.Dataset.batch).parameters["drop_remainder"].default is False
    assert inspect.signature(fw.F.cross_entropy).parameters["ignore_index"].default == -100


def test_a_keras_metric_with_ignore_class_divides_by_every_position(fw: SimpleNamespace) -> None:
    import keras

    labels = np.array([1, 2, 0, 0])
    metric = keras.metrics.SparseCategoricalCrossentropy(ignore_class=0)
    metric.update_state(labels, UNIFORM)
    assert float(metric.result()) == pytest.approx(math.log(K) / 2, rel=1e-5)
    loss = fw.keras.SparseCategoricalCrossentropy(ignore_class=0)(labels, UNIFORM)
    assert float(loss) == pytest.approx(math.log(K), rel=1e-5)
