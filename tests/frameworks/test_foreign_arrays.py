from __future__ import annotations

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from ce_core.arrays import from_object, read_array
from ce_core.errors import CepickError

#: Exact in bfloat16, so that widening must give them back.
ROWS = [[0.25, 0.75], [1.0, -2.5]]


@pytest.mark.parametrize("precision", ["float16", "bfloat16", "float32", "float64"])
def test_a_torch_tensor_is_taken_as_it_is(torch: ModuleType, precision: str) -> None:
    tensor = torch.tensor(ROWS, dtype=getattr(torch, precision), requires_grad=True)
    source = from_object(tensor, "predictions")
    assert (source.array.tolist(), source.precision) == (ROWS, precision)
    assert source.array.dtype == (np.float32 if precision == "bfloat16" else precision)


def test_a_torch_tensor_shares_its_memory(torch: ModuleType) -> None:
    tensor = torch.zeros(3)
    assert np.shares_memory(from_object(tensor, "predictions").array, tensor.numpy())


def test_other_torch_tensors_are_taken_too(torch: ModuleType) -> None:
    assert from_object(torch.tensor([1, 0]), "targets").precision == "integer"
    assert from_object(torch.tensor([True]), "targets").precision == "bool"
    assert from_object(torch.tensor(ROWS).t(), "predictions").array.tolist() == np.transpose(ROWS).tolist()
    assert from_object(torch.eye(2).to_sparse(), "targets").array.tolist() == np.eye(2).tolist()
    assert from_object([torch.tensor(row) for row in ROWS], "predictions").array.tolist() == ROWS
    assert from_object(torch.nn.Parameter(torch.tensor(ROWS)), "predictions").array.tolist() == ROWS


def test_a_torch_tensor_without_values_is_one_clear_line(torch: ModuleType) -> None:
    with pytest.raises(CepickError, match=r"^predictions: a Tensor cannot be read as an array"):
        from_object(torch.zeros(2, device="meta"), "predictions")


@pytest.mark.parametrize("precision", ["float16", "bfloat16", "float32"])
def test_a_jax_array_is_taken_as_it_is(jnp: ModuleType, precision: str) -> None:
    source = from_object(jnp.array(ROWS, dtype=precision), "predictions")
    assert (source.array.tolist(), source.precision) == (ROWS, precision)


def test_a_type_that_numpy_lacks_says_what_to_convert_it_to() -> None:
    ml_dtypes = pytest.importorskip("ml_dtypes")
    with pytest.raises(
        CepickError, match="holds float8_e4m3fn, which NumPy itself does not have; convert it"
    ):
        from_object(np.array([1.0], ml_dtypes.float8_e4m3fn), "predictions")


def test_a_saved_bfloat16_array_is_raw_until_it_is_asked_for(tmp_path: Path) -> None:
    ml_dtypes = pytest.importorskip("ml_dtypes")
    path = f"{tmp_path}/x.npy"
    np.save(path, np.array(ROWS, ml_dtypes.bfloat16))
    with pytest.raises(CepickError, match="pass --dtype bfloat16"):
        read_array(path)
    source = read_array(path, dtype="bfloat16")
    assert (source.array.tolist(), source.precision) == (ROWS, "bfloat16")


@pytest.mark.parametrize("precision", ["float16", "bfloat16", "float32"])
def test_a_tensorflow_tensor_is_taken_as_it_is(tf: ModuleType, precision: str) -> None:
    for obj in (tf.constant(ROWS, dtype=precision), tf.Variable(ROWS, dtype=precision)):
        source = from_object(obj, "predictions")
        assert (source.array.tolist(), source.precision) == (ROWS, precision)


def test_tensorflow_text_is_text_and_ragged_rows_are_refused(tf: ModuleType) -> None:
    assert from_object(tf.constant(["cat", "kö"]), "targets").array.tolist() == ["cat", "kö"]
    with pytest.raises(CepickError, match=r"^predictions: "):
        from_object(tf.ragged.constant([[1, 2], [3]]), "predictions")


def test_a_data_frame_brings_its_class_names() -> None:
    pd = pytest.importorskip("pandas")
    source = from_object(pd.DataFrame(ROWS, columns=["cat", "dog"]), "predictions")
    assert (source.array.tolist(), source.columns, source.precision) == (ROWS, ("cat", "dog"), "float64")
    assert from_object(pd.DataFrame(ROWS), "predictions").columns is None
    nullable = pd.DataFrame(ROWS, columns=["cat", "dog"]).convert_dtypes()
    assert from_object(nullable, "predictions").array.tolist() == ROWS


@pytest.mark.parametrize("dtype", ["object", "category", "string"])
def test_a_series_of_class_names_is_text(dtype: str) -> None:
    pd = pytest.importorskip("pandas")
    source = from_object(pd.Series(["dog", "cat"], dtype=dtype), "targets")
    assert (source.array.tolist(), source.precision, source.columns) == (["dog", "cat"], "text", None)


@pytest.mark.parametrize(
    ("values", "dtype", "precision"),
    [
        ([1, 0], "int64", "integer"),
        ([1, 0], "Int64", "integer"),
        ([1, 0], "category", "integer"),
        ([0.5], "Float64", "float64"),
    ],
)
def test_a_series_of_numbers_is_numbers(values: list[float], dtype: str, precision: str) -> None:
    pd = pytest.importorskip("pandas")
    source = from_object(pd.Series(values, dtype=dtype), "targets")
    assert (source.array.tolist(), source.precision) == (values, precision)


def test_missing_values_of_pandas_are_one_clear_line() -> None:
    pd = pytest.importorskip("pandas")
    gaps = pd.Series(["cat", None], dtype="category")
    for series in (pd.Series(["cat", None], dtype=object), gaps):
        with pytest.raises(CepickError, match=r"^targets: holds missing values among its values"):
            from_object(series, "targets")
    with pytest.raises(CepickError, match=r"^predictions: holds str objects among its values"):
        from_object(pd.DataFrame({"p": [0.5], "label": ["cat"]}), "predictions")


def test_a_sparse_matrix_of_scipy_is_taken() -> None:
    sparse = pytest.importorskip("scipy.sparse")
    assert from_object(sparse.csr_matrix(np.eye(2)), "targets").array.tolist() == np.eye(2).tolist()
