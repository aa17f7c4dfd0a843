"""The names, defaults and reductions that the table states, against the frameworks' own signatures."""

from __future__ import annotations

import inspect
import warnings
from typing import Any

import pytest

from ce_core.frameworks import Call, calls_for, frameworks
from ce_core.losses import LOSSES

ROWS = [
    pytest.param(row, id="-".join(filter(None, (name, row.call.rsplit(".", 1)[-1], row.loss, row.units))))
    for name in frameworks()
    for loss in LOSSES
    for row in calls_for(loss, framework=name).get(name, [])
]


@pytest.fixture
def resolve(request: pytest.FixtureRequest) -> Any:
    """Return the object that a dotted spelling names."""

    def of(spelling: str) -> Any:
        if spelling.startswith("F."):
            spelling = "torch.nn.functional." + spelling.removeprefix("F.")
        root, *path = spelling.split(".")
        if root == "sklearn":
            found = pytest.importorskip("sklearn.metrics")
            path = path[1:]
        else:
            found = request.getfixturevalue("tf" if root in {"tf", "tensorflow"} else root)
        for name in path:
            found = getattr(found, name)
        return found

    return of


@pytest.mark.parametrize("row", ROWS)
def test_every_spelling_exists(row: Call, resolve: Any) -> None:
    for spelling in (row.call, *row.aliases):
        if row.legacy and spelling.startswith("tf.losses."):
            continue  # TensorFlow 1's own name; in TensorFlow 2 tf.losses is Keras
        assert callable(resolve(spelling))


@pytest.mark.parametrize("row", ROWS)
def test_the_default_reduction_is_the_signature_s(row: Call, resolve: Any) -> None:
    function = resolve(row.call)
    default = inspect.signature(function).parameters.get("reduction")
    if row.framework == "sklearn":
        assert row.default_reduction == "mean"
        assert ("sum" in row.reductions) == ("normalize" in inspect.signature(function).parameters)
    elif default is None:
        assert row.reductions == ("none",)
    else:
        assert str(default.default).removeprefix("weighted_") == row.default_reduction


@pytest.mark.parametrize("row", [row for row in ROWS if row.values[0].framework == "torch"])
def test_torch_takes_the_reductions_and_the_ignore_index_that_its_row_says(row: Call, resolve: Any) -> None:
    function = resolve(row.call)
    torch = resolve("torch")
    if row.outputs == "features":
        args = (torch.ones(2, 3), torch.ones(4, 3), torch.zeros(2, dtype=torch.long))
    else:
        targets = torch.zeros(2, dtype=torch.long) if row.encoding == ("index",) else torch.full((2, 4), 0.25)
        args = (torch.full((2, 4), 0.5), targets)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "reduction: 'mean' divides", UserWarning)
        for reduction in row.reductions:
            function(*args, reduction=reduction)
    with pytest.raises(ValueError, match=r"[Rr]eduction|is not a valid value"):
        function(*args, reduction="average")
    stated = inspect.signature(function).parameters.get("ignore_index")
    if row.ignore_index is not None:
        assert stated is not None
        assert stated.default in {row.ignore_index, None}


@pytest.mark.parametrize("row", [row for row in ROWS if row.values[0].framework == "keras"])
def test_keras_takes_the_reductions_that_its_row_says(row: Call, resolve: Any) -> None:
    loss = resolve(row.call)
    for reduction in row.reductions:
        loss(reduction=reduction)
    with pytest.raises(ValueError, match="reduction"):
        loss(reduction="average")


@pytest.mark.parametrize("row", [row for row in ROWS if row.values[0].legacy])
def test_tensorflow_1_has_the_reductions_that_its_row_says(row: Call, resolve: Any) -> None:
    reductions = resolve("tf.compat.v1.losses.Reduction")
    assert all(hasattr(reductions, name.upper()) for name in row.reductions)
