"""The losses of each framework as functions from NumPy arrays to one number, for tables of tests."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pytest


@dataclass(frozen=True)
class Losses:
    """Each method is named after its framework: t, f (TensorFlow), k, j (optax), s (scikit-learn)."""

    request: pytest.FixtureRequest

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self.request.getfixturevalue(name)

    # PyTorch

    @cached_property
    def functional(self) -> Any:
        return self.torch.nn.functional

    def _t(self, function: str, given: Any, targets: Any, **options: Any) -> float:
        tensor = self.torch.tensor
        options = {
            name: tensor(value) if isinstance(value, np.ndarray) else value for name, value in options.items()
        }
        return float(
            getattr(self.functional, function)(
                tensor(np.asarray(given)), tensor(np.asarray(targets)), **options
            )
        )

    def t_softmax(self, logits: Any, targets: Any, **options: Any) -> float:
        return self._t("cross_entropy", logits, targets, **options)

    def t_sigmoid(self, logits: Any, targets: Any, **options: Any) -> float:
        return self._t("binary_cross_entropy_with_logits", logits, targets, **options)

    def t_binary(self, probabilities: Any, targets: Any) -> float:
        return self._t("binary_cross_entropy", probabilities, targets)

    def t_nll(self, log_probabilities: Any, targets: Any) -> float:
        return self._t("nll_loss", log_probabilities, targets)

    # TensorFlow

    def f_index(self, logits: Any, targets: Any) -> float:
        return float(
            np.mean(self.tf.nn.sparse_softmax_cross_entropy_with_logits(labels=targets, logits=logits))
        )

    def f_rows(self, logits: Any, targets: Any) -> float:
        return float(np.mean(self.tf.nn.softmax_cross_entropy_with_logits(labels=targets, logits=logits)))

    def f_sigmoid(self, logits: Any, targets: Any) -> float:
        return float(np.mean(self.tf.nn.sigmoid_cross_entropy_with_logits(labels=targets, logits=logits)))

    def f_log_loss(self, probabilities: Any, targets: Any) -> float:
        return float(self.tf.compat.v1.losses.log_loss(targets, probabilities))

    # Keras

    def _k(self, name: str, targets: Any, given: Any, weights: Any = None, **options: Any) -> float:
        loss = getattr(self.keras.losses, name)(**options)
        return float(loss(np.asarray(targets), np.asarray(given), sample_weight=weights))

    def k_index(
        self, logits: Any, targets: Any, weights: Any = None, *, from_logits: bool = True, **options: Any
    ) -> float:
        name = "SparseCategoricalCrossentropy"
        return self._k(name, targets, logits, weights, from_logits=from_logits, **options)

    def k_rows(self, logits: Any, targets: Any, *, from_logits: bool = True, **options: Any) -> float:
        return self._k("CategoricalCrossentropy", targets, logits, from_logits=from_logits, **options)

    def k_binary(self, logits: Any, targets: Any, *, from_logits: bool = True) -> float:
        return self._k("BinaryCrossentropy", targets, logits, from_logits=from_logits)

    def k_on_jax(self, logits: np.ndarray, label: int) -> float:
        """Return Keras' loss of one row on its JAX backend, in a process of its own."""
        assert self.keras
        assert self.optax
        script = (
            "import keras, numpy as np\n"
            "loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)\n"
            f"print(float(loss(np.array([{label}]), np.array([{logits.tolist()}]))))"
        )
        done = subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "KERAS_BACKEND": "jax"},
            capture_output=True,
            text=True,
            check=True,
        )
        return float(done.stdout)

    # JAX with optax

    def _j(self, name: str, given: Any, targets: Any, **options: Any) -> float:
        losses = getattr(self.optax, name)(self.jnp.asarray(given), self.jnp.asarray(targets), **options)
        return float(losses.mean())

    def j_index(self, logits: Any, targets: Any, **options: Any) -> float:
        return self._j("softmax_cross_entropy_with_integer_labels", logits, targets, **options)

    def j_rows(self, logits: Any, targets: Any, **options: Any) -> float:
        return self._j("softmax_cross_entropy", logits, targets, **options)

    def j_sigmoid(self, logits: Any, targets: Any) -> float:
        return self._j("sigmoid_binary_cross_entropy", logits, targets)

    def j_kl(self, log_probabilities: Any, targets: Any) -> float:
        return self._j("kl_divergence", log_probabilities, targets)

    # scikit-learn

    def s_log_loss(self, probabilities: Any, targets: Any, **options: Any) -> float:
        self.request.getfixturevalue("sklearn")
        from sklearn.metrics import log_loss

        return float(log_loss(targets, probabilities, **options))

    def s_d2(self, probabilities: Any, targets: Any) -> float:
        self.request.getfixturevalue("sklearn")
        from sklearn.metrics import d2_log_loss_score

        return float(d2_log_loss_score(targets, probabilities))

    # Boosting

    def x_fit(self, labels: Any, **options: Any) -> Any:
        """Train one tree on random features."""
        features = np.random.default_rng(0).normal(size=(len(labels), 2))
        data = self.xgboost.DMatrix(features, label=labels)
        return self.xgboost.train({**options, "verbosity": 0}, data, 1)

    def l_fit(self, labels: Any, **options: Any) -> Any:
        """Train one tree on random features."""
        features = np.random.default_rng(0).normal(size=(len(labels), 2))
        data = self.lightgbm.Dataset(features, label=labels)
        return self.lightgbm.train({**options, "verbose": -1, "min_data": 1}, data, 1)
