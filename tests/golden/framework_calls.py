"""Runs a framework's own function on NumPy arrays and returns its number or its error.

Used by the live tests (tests/frameworks/test_emulation.py) and by make_golden.py; imports no framework before it is
asked for one.
"""

from __future__ import annotations

import importlib
import os
import warnings
from collections.abc import Callable
from functools import cache
from types import SimpleNamespace
from typing import Any

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")

Arguments = dict[str, Any]

MODULES = {
    "torch": ("torch",),
    "tensorflow": ("tensorflow",),
    "keras": ("tensorflow", "keras"),
    "jax": ("jax", "optax"),
    "sklearn": ("sklearn",),
    "onnx": ("onnx",),
    "xgboost": ("xgboost",),
    "lightgbm": ("lightgbm",),
    "catboost": ("catboost",),
    "transformers": ("torch", "transformers"),
}
"""What has to be installed to run a framework's functions; the last one is its own package."""


def run(framework: str, call: str, arguments: Arguments, predictions: Any, targets: Any) -> Any:
    """Return the value as a NumPy array, or the error that the framework raises."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return np.asarray(_RUNNERS[framework](call, arguments, predictions, targets))
        except Exception as error:
            return error


@cache
def _function(path: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        root, *names = path.split(".")
        found = importlib.import_module({"tf": "tensorflow"}.get(root, root))
        for name in names:
            if not hasattr(found, name):
                importlib.import_module(".".join([found.__name__, name]))
            found = getattr(found, name)
    return found


def _torch(call: str, arguments: Arguments, predictions: Any, targets: Any) -> Any:
    import torch

    given = {
        name: torch.tensor(value, dtype=torch.from_numpy(predictions).dtype)
        if isinstance(value, list) or name == "pos_weight"
        else value
        for name, value in arguments.items()
    }
    function = _function(call)
    arrays = torch.from_numpy(predictions), torch.from_numpy(targets)
    return (function(**given)(*arrays) if isinstance(function, type) else function(*arrays, **given)).numpy()


def _tensorflow(call: str, arguments: Arguments, predictions: Any, targets: Any) -> Any:
    import tensorflow as tf

    if ".v1.losses." in call:
        given = dict(arguments)
        if given.get("reduction", "none") != "none":
            given["reduction"] = "weighted_" + given["reduction"]
        return _function(call)(tf.constant(targets), tf.constant(predictions), **given).numpy()
    given = {
        name: tf.constant(value, predictions.dtype) if name == "pos_weight" else value
        for name, value in arguments.items()
    }
    return _function(call)(labels=tf.constant(targets), logits=tf.constant(predictions), **given).numpy()


def _keras(call: str, arguments: Arguments, predictions: Any, targets: Any) -> Any:
    function = _function(call)
    weights = arguments.get("sample_weight")
    given = {name: value for name, value in arguments.items() if name != "sample_weight"}
    if not isinstance(function, type):
        import keras

        arrays = keras.ops.convert_to_tensor(targets), keras.ops.convert_to_tensor(predictions)
        return np.asarray(function(*arrays, **given))
    return np.asarray(
        function(**given)(
            targets, predictions, sample_weight=None if weights is None else np.asarray(weights)
        )
    )


def _jax(call: str, arguments: Arguments, predictions: Any, targets: Any) -> Any:
    import jax
    import jax.numpy as jnp

    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    try:
        given = {
            name: jnp.asarray(value) if isinstance(value, list) else value
            for name, value in arguments.items()
        }
        return np.asarray(_function(call)(jnp.asarray(predictions), jnp.asarray(targets), **given))
    finally:
        jax.config.update("jax_enable_x64", before)


def _sklearn(call: str, arguments: Arguments, predictions: Any, targets: Any) -> Any:
    return _function(call)(targets, predictions, **arguments)


def _onnx(call: str, arguments: Arguments, predictions: Any, targets: Any) -> Any:
    from onnx.helper import make_node
    from onnx.reference import ReferenceEvaluator

    given = {name: value for name, value in arguments.items() if name != "weights"}
    inputs = {"x": predictions, "t": targets}
    if "weights" in arguments:
        inputs["w"] = np.asarray(arguments["weights"], dtype=predictions.dtype)
    node = make_node(call.rsplit(".", 1)[-1], list(inputs), ["loss"], **given)
    return ReferenceEvaluator(node).run(None, inputs)[0]


def _xgboost(call: str, arguments: Arguments, predictions: Any, targets: Any) -> Any:
    import xgboost

    metric = {"multi:softprob": "mlogloss", "multi:softmax": "mlogloss", "reg:squarederror": "rmse"}
    settings = {"objective": call.replace("logitraw", "logistic"), "eval_metric": metric.get(call, "logloss")}
    if predictions.ndim > 1:
        settings["num_class"] = predictions.shape[1]
    data = xgboost.DMatrix(
        np.zeros((len(predictions), 1)),
        label=targets,
        weight=arguments.get("weight"),
        base_margin=predictions,
    )
    shown = xgboost.train(settings, data, 0).eval(data)
    return float(shown.rsplit(":", 1)[1])


def _lightgbm(call: str, arguments: Arguments, predictions: Any, targets: Any) -> Any:
    import lightgbm

    settings = {"objective": call.rsplit(".", 1)[-1], "boost_from_average": False, "verbosity": -1}
    if predictions.ndim > 1:
        settings["num_class"] = predictions.shape[1]
    data = lightgbm.Dataset(
        np.arange(len(predictions), dtype=np.float64)[:, None],
        label=targets,
        weight=arguments.get("weight"),
        init_score=predictions,
    )
    return lightgbm.Booster(settings, data).eval_train()[0][2]


def _catboost(call: str, arguments: Arguments, predictions: Any, targets: Any) -> Any:
    from catboost.utils import eval_metric

    name = call.rsplit(".", 1)[-1]
    numbers = ";".join(f"{key}={value}" for key, value in arguments.items() if key != "weight")
    weight = arguments.get("weight")
    labels = targets.argmax(axis=1) if name == "MultiClassOneVsAll" else targets
    return eval_metric(labels, predictions, f"{name}:{numbers}" if numbers else name, weight=weight)[0]


def _transformers(call: str, arguments: Arguments, predictions: Any, targets: Any) -> Any:
    import torch

    function, name = _function(call), call.rsplit(".", 1)[-1]
    logits, labels = torch.from_numpy(predictions), torch.from_numpy(targets)
    given = {key: value for key, value in arguments.items() if key != "problem_type"}
    config = SimpleNamespace(num_labels=logits.shape[-1], problem_type=arguments.get("problem_type"))
    shapes: dict[str, Callable[[], Any]] = {
        "ForSequenceClassificationLoss": lambda: function(labels, logits, config, **given),
        "ForCausalLMLoss": lambda: function(
            logits, None, vocab_size=logits.shape[-1], shift_labels=labels, **given
        ),
        "ForMaskedLMLoss": lambda: function(logits, labels, vocab_size=logits.shape[-1], **given),
        "ForTokenClassification": lambda: function(logits, labels, config, **given),
        "ForSemanticSegmentationLoss": lambda: function(
            logits[:, :, None, None], labels[:, None, None], **given
        ),
        "LabelSmoother": lambda: function(**given)({"logits": logits}, labels),
    }
    return shapes[name]().numpy()


_RUNNERS: dict[str, Callable[[str, Arguments, Any, Any], Any]] = {
    "torch": _torch,
    "tensorflow": _tensorflow,
    "keras": _keras,
    "jax": _jax,
    "sklearn": _sklearn,
    "onnx": _onnx,
    "xgboost": _xgboost,
    "lightgbm": _lightgbm,
    "catboost": _catboost,
    "transformers": _transformers,
}
