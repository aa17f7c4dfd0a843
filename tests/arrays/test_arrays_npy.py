from __future__ import annotations

import io
import mmap
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ce_core.arrays import read_array, read_pair
from ce_core.errors import CepickError


def npy_bytes(array: np.ndarray, **options: bool) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, **options)
    return stream.getvalue()


def raw_npy(header: str, values: bytes = b"") -> bytes:
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + values


def bfloat16_bits(values: list[float]) -> np.ndarray:
    """Return the upper halves of float32 values that have nothing in the lower halves."""
    bits = np.array(values, np.float32).view(np.uint32)
    assert not (bits & 0xFFFF).any()
    return (bits >> 16).astype(np.uint16)


def save(folder: Path, array: np.ndarray, name: str = "x.npy") -> str:
    np.save(folder / name, array)
    return str(folder / name)


def root(array: np.ndarray) -> object:
    base: object = array
    while isinstance(base, np.ndarray) and base.base is not None:
        base = base.base
    return base.obj if isinstance(base, memoryview) else base


@pytest.mark.parametrize("order", ["C", "F"])
def test_a_npy_file_is_mapped_and_read_only(tmp_path: Path, order: str) -> None:
    array = np.asarray(np.arange(12, dtype=np.float32).reshape(3, 4), order=order)  # type: ignore[call-overload]
    read = read_array(save(tmp_path, array)).array
    assert isinstance(root(read), mmap.mmap)
    assert not read.flags.writeable
    np.testing.assert_array_equal(read, array)


@pytest.mark.parametrize(
    ("dtype", "precision"),
    [
        ("f2", "float16"),
        ("f4", "float32"),
        ("f8", "float64"),
        (">f4", "float32"),
        (">i8", "integer"),
        ("u1", "integer"),
        ("i4", "integer"),
        ("?", "bool"),
        ("U3", "text"),
        (">U3", "text"),
    ],
)
def test_the_precision_is_that_of_the_file_and_the_byte_order_is_native(
    tmp_path: Path, dtype: str, precision: str
) -> None:
    array = np.array([0, 1, 1]).astype(dtype)
    source = read_array(save(tmp_path, array))
    assert source.precision == precision
    assert source.array.dtype.isnative
    assert source.decimals is source.columns is source.line_of(0) is None
    np.testing.assert_array_equal(source.array, array)


@settings(deadline=None)
@given(
    array=hnp.arrays(
        dtype=hnp.floating_dtypes() | hnp.integer_dtypes() | hnp.boolean_dtypes(),
        shape=hnp.array_shapes(min_dims=0, max_dims=4, max_side=4),
    ),
    fortran=st.booleans(),
)
def test_what_numpy_saves_is_what_is_read(
    tmp_path_factory: pytest.TempPathFactory, array: np.ndarray, fortran: bool
) -> None:
    laid_out = np.asfortranarray(array).reshape(array.shape) if fortran else array
    read = read_array(save(tmp_path_factory.mktemp("npy"), laid_out)).array
    assert read.shape == array.shape
    np.testing.assert_array_equal(read, array)


def test_a_single_label_has_no_axis(tmp_path: Path) -> None:
    assert read_array(save(tmp_path, np.array(3))).array.shape == ()


def test_bytes_become_text(tmp_path: Path) -> None:
    source = read_array(save(tmp_path, np.array([b"cat", b"k\xc3\xb6"])))
    assert (source.array.tolist(), source.precision) == (["cat", "kö"], "text")


def test_a_long_double_is_read_as_float64_and_said_so(tmp_path: Path) -> None:
    source = read_array(save(tmp_path, np.array([0.5], np.longdouble)))
    assert source.array.dtype == np.float64
    assert "float64" in source.note[0]


BFLOAT16_VALUES = [1.0, -2.5, 0.0078125, float("inf")]


@pytest.mark.parametrize("raw", ["<u2", ">u2", "<i2", "V2"])
def test_raw_two_byte_values_are_bfloat16_when_asked_for(tmp_path: Path, raw: str) -> None:
    bits = bfloat16_bits(BFLOAT16_VALUES)
    array = bits.view(raw) if raw == "V2" else bits.view(np.dtype(raw).newbyteorder("=")).astype(raw)
    source = read_array(save(tmp_path, array.reshape(2, 2)), dtype="bfloat16")
    assert (source.precision, source.array.dtype) == ("bfloat16", np.float32)
    np.testing.assert_array_equal(source.array.ravel(), BFLOAT16_VALUES)


def test_integer_targets_beside_bfloat16_predictions_stay_integers(tmp_path: Path) -> None:
    scores = save(tmp_path, bfloat16_bits(BFLOAT16_VALUES), "p.npy")
    labels = save(tmp_path, np.array([1, 2, 0, 3], np.uint16), "y.npy")
    soft = save(tmp_path, bfloat16_bits([0.5, 0.25, 1.0, 0.0]).view("V2"), "soft.npy")
    assert read_pair(scores, labels, dtype="bfloat16")[1].array.tolist() == [1, 2, 0, 3]
    assert read_pair(scores, soft, dtype="bfloat16")[1].array.tolist() == [0.5, 0.25, 1.0, 0.0]


def test_bytes_after_the_array_are_left_out_and_said_so(tmp_path: Path) -> None:
    path = tmp_path / "two.npy"
    path.write_bytes(npy_bytes(np.arange(3)) + npy_bytes(np.arange(4)))
    source = read_array(str(path))
    assert source.array.tolist() == [0, 1, 2]
    assert "left out" in source.note[0]


WHOLE = npy_bytes(np.arange(6.0).reshape(2, 3))
BAD_FILES = {
    "empty": (b"", "is empty"),
    "no-magic": (b"0.1,0.2\n", "is not a whole .npy"),
    "cut-in-magic": (WHOLE[:5], "is not a whole .npy"),
    "cut-in-header": (WHOLE[:40], "is not a whole .npy"),
    "cut-in-values": (WHOLE[:-1], "is truncated: 47 bytes of values where shape (2, 3) of float64 takes 48"),
    "no-values": (WHOLE[:128], "is truncated: 0 bytes"),
    "unknown-version": (WHOLE[:6] + b"\x09\x00" + WHOLE[8:], "is not a whole .npy"),
    "header-is-code": (raw_npy("__import__('os')\n"), "is not a whole .npy"),
    "header-not-closed": (raw_npy("{'descr': ('<f8'\n"), "is not a whole .npy"),
    "header-without-keys": (raw_npy("{}\n"), "is not a whole .npy"),
    "negative-shape": (
        raw_npy("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}\n"),
        "is not a whole .npy",
    ),
    "huge-shape": (
        raw_npy(
            "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999, 9999999999)}\n", b"12345678"
        ),
        "is truncated",
    ),
    "pickle": (npy_bytes(np.array([{}, 1], object), allow_pickle=True), "Python objects (pickle)"),
    "structured": (npy_bytes(np.zeros(2, [("a", "f4"), ("b", "i8")])), "has named fields (a, b)"),
    "object-field": (
        raw_npy("{'descr': [('a', '|O')], 'fortran_order': False, 'shape': (1,)}\n"),
        "named fields",
    ),
    "complex": (npy_bytes(np.array([1j])), "complex numbers"),
    "dates": (npy_bytes(np.array(["2020-01-01"], "M8[D]")), "dates"),
    "durations": (npy_bytes(np.array([1], "m8[s]")), "time differences"),
    "raw-two-bytes": (npy_bytes(np.zeros(2, "V2")), "pass --dtype bfloat16"),
    "raw-three-bytes": (npy_bytes(np.zeros(2, "V3")), "raw 3-byte values"),
    "not-unicode": (npy_bytes(np.array(["a"])).replace(b"a\0\0\0", b"\0\0\0\x7f"), "text that is no Unicode"),
    "half-a-character": (
        npy_bytes(np.array(["a"])).replace(b"a\0\0\0", b"\0\xd8\0\0"),
        "text that is no Unicode",
    ),
    "not-utf-8": (npy_bytes(np.array([b"\xff"])), "not UTF-8"),
    "no-rows": (npy_bytes(np.zeros((0, 3))), "has 0 rows (shape (0, 3))"),
    "no-labels": (npy_bytes(np.zeros(0)), "has 0 rows (shape (0,))"),
    "no-classes": (npy_bytes(np.zeros((3, 0))), "has 0 classes (shape (3, 0))"),
    "no-steps": (npy_bytes(np.zeros((3, 0, 2))), "has 0 values along axis 1"),
}


@pytest.mark.parametrize(("content", "says"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_bad_npy_is_one_clear_line(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "x.npy"
    path.write_bytes(content)
    with pytest.raises(CepickError) as caught:
        read_array(str(path))
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert says in message
    assert "; " in message
    assert "\n" not in message
    assert caught.value.__cause__ is None


@settings(deadline=None)
@given(edits=st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.integers(0, 255)), min_size=1, max_size=4))
def test_no_damage_gets_past_the_reader_as_anything_but_an_array_or_one_line(
    tmp_path_factory: pytest.TempPathFactory, edits: list[tuple[int, int]]
) -> None:
    content = bytearray(WHOLE)
    for position, value in edits:
        content[position] = value
    path = tmp_path_factory.mktemp("damaged") / "x.npy"
    path.write_bytes(content)
    try:
        outcome = str(read_array(str(path)).array.size)
    except CepickError as error:
        outcome = str(error)
    assert outcome != "0"
    assert "\n" not in outcome


@pytest.mark.parametrize(
    ("array", "dtype", "says"),
    [
        (np.zeros(2, np.float32), "bfloat16", "holds float32, not raw 2-byte values"),
        (np.zeros(2, np.int64), "bfloat16", "holds int64, not raw 2-byte values"),
        (np.zeros(2, np.uint16), "float8", "'float8' cannot be asked for"),
    ],
    ids=["float32", "int64", "float8"],
)
def test_a_dtype_that_does_not_fit_is_refused(
    tmp_path: Path, array: np.ndarray, dtype: str, says: str
) -> None:
    with pytest.raises(CepickError, match=says):
        read_array(save(tmp_path, array), dtype=dtype)


def test_text_is_refused_where_predictions_are_needed(tmp_path: Path) -> None:
    words = save(tmp_path, np.array(["cat", "dog"]))
    with pytest.raises(CepickError, match="holds text \\('cat'\\) where numbers are needed"):
        read_pair(words, words)


def test_a_npy_has_no_columns_to_choose_from(tmp_path: Path) -> None:
    path = save(tmp_path, np.zeros(2))
    with pytest.raises(CepickError, match="no columns to choose 'label' from"):
        read_pair(path, path, target_column="label")


def test_predictions_alone_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CepickError, match="the targets are missing"):
        read_pair(save(tmp_path, np.zeros(2)))
