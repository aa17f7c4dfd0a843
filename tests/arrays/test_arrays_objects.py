from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ce_core.arrays import Source, from_object, read_array
from ce_core.errors import CepickError


class FakeTensor:
    """Stand in for a PyTorch tensor: NumPy can see it only when detached, on the CPU and not bfloat16."""

    def __init__(self, values: Any, dtype: str = "torch.float32", ready: tuple[str, ...] = ()) -> None:
        self.values, self.dtype, self.ready = values, dtype, ready

    def detach(self) -> FakeTensor:
        return FakeTensor(self.values, self.dtype, (*self.ready, "detach"))

    def cpu(self) -> FakeTensor:
        return FakeTensor(self.values, self.dtype, (*self.ready, "cpu"))

    def float(self) -> FakeTensor:
        return FakeTensor(np.asarray(self.values, np.float32), "torch.float32", self.ready)

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        if {"detach", "cpu"} - set(self.ready) or "bfloat16" in self.dtype:
            raise TypeError("can't convert")
        return np.asarray(self.values)


class FakeFrame:
    """Stand in for a data frame."""

    def __init__(self, columns: list[Any], values: Any) -> None:
        self.columns, self.values = columns, values

    def to_numpy(self) -> np.ndarray:
        return np.asarray(self.values)

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        return np.asarray(self.values)


class FakeSparse:
    """Stand in for a sparse matrix of SciPy."""

    def toarray(self) -> np.ndarray:
        return np.eye(2)


class Broken:
    """Stand in for an array that cannot be had, such as one of a graph or of a GPU."""

    def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
        raise TypeError("Implicit conversion is not allowed.\nMore lines follow.")


ROWS = [[0.25, 0.75], [1.0, 0.0]]
TAKEN = {
    "array": (np.array(ROWS, np.float16), "float16"),
    "lists": (ROWS, "float64"),
    "tuples": (tuple(map(tuple, ROWS)), "float64"),
    "tensor": (FakeTensor(np.array(ROWS, np.float32)), "float32"),
    "bfloat16-tensor": (FakeTensor(ROWS, "torch.bfloat16"), "bfloat16"),
    "list-of-tensors": ([FakeTensor(np.array(row)) for row in ROWS], "float64"),
    "list-of-bfloat16-tensors": ([FakeTensor(row, "torch.bfloat16") for row in ROWS], "bfloat16"),
    "frame": (FakeFrame(["a", "b"], ROWS), "float64"),
    "frame-of-objects": (FakeFrame(["a", "b"], np.array(ROWS, object)), "float64"),
    "big-endian": (np.array(ROWS, ">f4"), "float32"),
    "matrix-of-fortran": (np.asfortranarray(ROWS), "float64"),
}


@pytest.mark.parametrize(("obj", "precision"), TAKEN.values(), ids=TAKEN)
def test_arrays_are_taken_as_they_are(obj: object, precision: str) -> None:
    source = from_object(obj, "predictions")
    assert source.array.tolist() == ROWS
    assert (source.name, source.precision, type(source.array)) == ("predictions", precision, np.ndarray)
    assert source.array.dtype.isnative


def test_an_array_is_not_copied() -> None:
    array = np.zeros(3)
    assert np.shares_memory(from_object(array, "predictions").array, array)


@pytest.mark.parametrize(
    ("obj", "values", "precision"),
    [
        (3, 3, "integer"),
        (0.5, 0.5, "float64"),
        (np.float32(0.5), 0.5, "float32"),
        ([True, False], [True, False], "bool"),
        (["cat", "dog"], ["cat", "dog"], "text"),
        ([b"cat", b"dog"], ["cat", "dog"], "text"),
        (np.array(["cat", "dog"], object), ["cat", "dog"], "text"),
        (np.array([b"cat"], object), ["cat"], "text"),
        (np.array([1, 0], object), [1, 0], "integer"),
        (FakeSparse(), [[1.0, 0.0], [0.0, 1.0]], "float64"),
    ],
    ids=[
        "int",
        "float",
        "scalar",
        "bools",
        "text",
        "bytes",
        "text-objects",
        "byte-objects",
        "int-objects",
        "sparse",
    ],
)
def test_labels_and_scalars_are_taken_too(obj: object, values: object, precision: str) -> None:
    source = from_object(obj, "targets")
    assert (source.array.tolist(), source.precision) == (values, precision)


@pytest.mark.parametrize(
    ("columns", "names"),
    [(["a", "b"], ("a", "b")), ([3, 5], ("3", "5")), ([0, 1], None)],
    ids=["names", "numbers", "only-numbered"],
)
def test_the_columns_of_a_frame_are_class_names(columns: list[Any], names: tuple[str, ...] | None) -> None:
    assert from_object(FakeFrame(columns, ROWS), "predictions").columns == names


@pytest.mark.parametrize("kind", [str, Path])
def test_a_path_is_read_as_a_file(tmp_path: Path, kind: Any) -> None:
    np.save(tmp_path / "x.npy", np.array([1, 2]))
    source = from_object(kind(tmp_path / "x.npy"), "targets")
    assert source.array.tolist() == [1, 2]
    assert source.name == str(tmp_path / "x.npy")


def test_a_source_is_left_as_it_is() -> None:
    source = Source(array=np.zeros(1), name="x", precision="float64")
    assert from_object(source, "predictions") is source


REFUSED = {
    "none": (None, "is a NoneType, not an array"),
    "dict": ({"a": 1}, "is a dict, not an array"),
    "set": ({1, 2}, "is a set, not an array"),
    "bytes": (b"abc", "is a bytes, not an array"),
    "ragged": ([[1, 2], [3]], "has rows of different lengths"),
    "masked": (np.ma.masked_array([1, 2], [0, 1]), "is a masked array; pass its .data, and the mask"),
    "generator": ((i for i in range(2)), "holds generator objects"),
    "broken": (Broken(), "a Broken cannot be read as an array (Implicit conversion is not allowed)"),
    "missing": (np.array([1.0, None], object), "holds missing values"),
    "mixed": (np.array([1.0, "cat"], object), "holds str objects"),
    "decimals": ([Decimal("0.5")], "holds Decimal objects"),
    "complex": ([1j], "holds complex numbers"),
    "dates": (np.array(["2020-01-01"], "M8[D]"), "holds dates"),
    "structured": (np.zeros(2, [("a", "f4")]), "has named fields (a)"),
    "no-rows": ([], "has 0 rows"),
    "no-classes": (np.zeros((2, 0)), "has 0 classes"),
}


@pytest.mark.parametrize(("obj", "says"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_array_is_one_clear_line(obj: object, says: str) -> None:
    with pytest.raises(CepickError) as caught:
        from_object(obj, "predictions")
    assert str(caught.value).startswith(f"predictions: {says}")
    assert "\n" not in str(caught.value)
    assert "; " in str(caught.value)


def test_fractions_are_numbers() -> None:
    assert from_object([Fraction(1, 4)], "targets").array.tolist() == [0.25]


def test_reading_a_file_and_its_array_agree(tmp_path: Path) -> None:
    array = np.arange(4, dtype=np.float32)
    np.save(tmp_path / "x.npy", array)
    np.testing.assert_array_equal(read_array(str(tmp_path / "x.npy")).array, from_object(array, "x").array)
