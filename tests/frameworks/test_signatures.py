"""The names, defaults and reductions that the table states, against the frameworks' own signatures."""

from __future__ import annotations

import inspect
import warnings
from typing import Any

import pytest

from ce_core.frameworks import Argument, Call, Form, calls_of, every_framework, frameworks

ROWS = [
    pytest.param(row, id="-".join(filter(None, (name, row.call.rsplit(".", 1)[-1], row.loss, row.units))))
    for name in frameworks()
    for row in calls_of(name)
]


@pytest.fixture
def resolve(request: pytest.FixtureRequest) -> Any:
    """Return the object that a dotted spelling names."""

    def of(spelling: str) -> Any:
        if spelling.startswith("F."):
            spelling = "torch.nn.functional." + spelling.removeprefix("F.")
        root, *path = spelling.split(".")
        if root == "transformers":
            request.getfixturevalue("transformers")
            found, path = pytest.importorskip(".".join(spelling.split(".")[:-1])), path[-1:]
        elif root == "sklearn":
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
        if row.legacy and spelling.startswith(("tf.losses.", "tf.contrib.")):
            continue  # TensorFlow 1's own names; in TensorFlow 2 tf.losses is Keras, and tf.contrib is gone
        assert callable(resolve(spelling))


@pytest.mark.parametrize("row", ROWS)
def test_the_default_reduction_is_the_signature_s(row: Call, resolve: Any) -> None:
    function = resolve(row.call)
    default = inspect.signature(function).parameters.get("reduction")
    if row.framework == "sklearn":
        assert row.default_reduction == "mean"
        assert ("sum" in row.reductions) == ("normalize" in inspect.signature(function).parameters)
    elif row.value != "loss" or default is None:
        assert row.reductions in {("none",), (row.default_reduction,)}
    else:
        assert str(default.default).removeprefix("weighted_") == row.default_reduction


TORCH = [row for row in ROWS if row.values[0].framework == "torch" and row.values[0].value == "loss"]


@pytest.mark.parametrize("row", TORCH)
def test_torch_takes_the_reductions_and_the_ignore_index_that_its_row_says(row: Call, resolve: Any) -> None:
    function = resolve(row.call)
    torch = resolve("torch")
    if row.outputs == "features":
        args = (torch.ones(2, 3), torch.ones(4, 3), torch.zeros(2, dtype=torch.long))
    else:
        targets = torch.zeros(2, dtype=torch.long) if row.encoding == ("index",) else torch.full((2, 4), 0.25)
        if row.encoding == ("index_lists",):
            targets = torch.tensor([[0, 2, -1, -1], [1, -1, -1, -1]])
        args = (torch.full((2, 4), 0.5), targets)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "reduction: 'mean' divides", UserWarning)
        for reduction in row.reductions:
            function(*args, reduction=reduction)
    with pytest.raises(ValueError, match=r"[Rr]eduction|is not (a )?valid"):
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


ARGUMENTS = [
    pytest.param(row, name, argument, id=f"{row.call}-{row.loss}-{row.units}-{name}")
    for framework in every_framework()
    if framework in {*frameworks(), "transformers"}
    for row in calls_of(framework)
    for name, argument in row.arguments.items()
]
LATER = {"sample_weight"}
"""What Keras takes in the call, after the constructor; and what sits in a config."""


@pytest.mark.parametrize(("row", "name", "argument"), ARGUMENTS)
def test_an_argument_exists_with_the_default_that_the_table_says(
    row: Call, name: str, argument: Argument, resolve: Any
) -> None:
    stated = inspect.signature(resolve(row.call)).parameters
    if (row.framework == "keras" and name in LATER) or name == "problem_type":
        return
    if row.framework == "transformers" and name not in stated:
        assert any(one.kind is one.VAR_KEYWORD for one in stated.values())
        return
    default = stated[name].default
    if default is inspect.Parameter.empty:
        assert argument.default is None
    elif name == "reduction":
        assert str(default).removeprefix("weighted_") == argument.default
    else:
        assert default == argument.default


FORMS = [
    pytest.param(row, form, id=f"{form.spellings[0]}-{row.loss}-{row.units}")
    for framework in every_framework()
    for row in calls_of(framework)
    if row.verified  # what is not verified is not installed anywhere
    for form in row.forms
]


@pytest.mark.parametrize(("row", "form"), FORMS)
def test_a_form_takes_the_row_s_arguments_but_those_that_it_lacks(
    row: Call, form: Form, resolve: Any
) -> None:
    for spelling in form.spellings:
        stated = inspect.signature(resolve(spelling)).parameters
        for name, argument in row.arguments.items():
            if row.framework == "keras" and name in LATER:
                continue
            assert (name in stated) == (name not in form.lacks)
            if name in stated and stated[name].default is not inspect.Parameter.empty and name != "reduction":
                assert stated[name].default == argument.default
