"""Each framework is imported once: TensorFlow alone takes seconds."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")


def _import(name: str) -> Any:
    """Import a framework, whose own deprecation warnings are no failure of ours, or skip."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip(name)


@pytest.fixture(scope="session")
def torch() -> ModuleType:
    return _import("torch")


@pytest.fixture(scope="session")
def tf() -> ModuleType:
    return _import("tensorflow")


@pytest.fixture(scope="session")
def keras(tf: ModuleType) -> ModuleType:
    return _import("keras")


@pytest.fixture(scope="session")
def jnp() -> Iterator[ModuleType]:
    jax = _import("jax")
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    yield _import("jax.numpy")
    jax.config.update("jax_enable_x64", before)


@pytest.fixture(scope="session")
def optax(jnp: ModuleType) -> ModuleType:
    return _import("optax")


@pytest.fixture(scope="session")
def sklearn() -> ModuleType:
    return _import("sklearn")


@pytest.fixture(scope="session")
def onnx() -> ModuleType:
    return _import("onnx")


@pytest.fixture(scope="session")
def xgboost() -> ModuleType:
    return _import("xgboost")


@pytest.fixture(scope="session")
def lightgbm() -> ModuleType:
    return _import("lightgbm")


@pytest.fixture(scope="session")
def catboost() -> ModuleType:
    return _import("catboost")


@pytest.fixture(scope="session")
def transformers(torch: ModuleType) -> ModuleType:
    return _import("transformers")


@pytest.fixture
def converter(request: pytest.FixtureRequest) -> Callable[[str], Callable[[Any], Any]]:
    """Return the function that turns a NumPy array into a framework's own."""

    def of(framework: str) -> Callable[[Any], Any]:
        if framework == "torch":
            return request.getfixturevalue("torch").from_numpy
        if framework == "tensorflow":
            return request.getfixturevalue("tf").convert_to_tensor
        if framework == "keras":
            return request.getfixturevalue("keras").ops.convert_to_tensor
        if framework == "jax":
            request.getfixturevalue("optax")
            return request.getfixturevalue("jnp").asarray
        request.getfixturevalue(framework)
        if framework == "transformers":
            return request.getfixturevalue("torch").from_numpy
        return lambda array: array

    return of
