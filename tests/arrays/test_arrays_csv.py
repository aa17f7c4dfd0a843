from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ce_core.arrays import Source, read_array, write_array
from ce_core.errors import CepickError


def read(folder: Path, content: str | bytes, name: str = "x.csv") -> Source:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_array(str(path))


PLAIN = [[0.25, 0.75], [0.5, 0.5]]
LAYOUTS = {
    "comma": "0.25,0.75\n0.5,0.5\n",
    "semicolon": "0.25;0.75\n0.5;0.5\n",
    "tab": "0.25\t0.75\n0.5\t0.5\n",
    "bar": "0.25|0.75\n0.5|0.5\n",
    "space": "0.25 0.75\n0.5 0.5\n",
    "aligned": "  0.25  0.75\n   0.5   0.5\n",
    "comma-and-space": "0.25, 0.75\n0.5, 0.5\n",
    "header": "cat,dog\n0.25,0.75\n0.5,0.5\n",
    "windows": "cat,dog\r\n0.25,0.75\r\n0.5,0.5\r\n",
    "old-mac": "cat,dog\r0.25,0.75\r0.5,0.5\r",
    "byte-order-mark": "\ufeffcat,dog\n0.25,0.75\n0.5,0.5\n",
    "no-last-newline": "cat,dog\n0.25,0.75\n0.5,0.5",
    "blank-lines": "\n\ncat,dog\n\n0.25,0.75\n  \n0.5,0.5\n\n",
    "quotes": '"cat","dog"\n"0.25","0.75"\n0.5,0.5\n',
    "quoted-delimiter": '"cat, black",dog\n0.25,0.75\n0.5,0.5\n',
    "quoted-newline": '"cat\nblack",dog\n0.25,0.75\n0.5,0.5\n',
    "quoted-spaces": '"cat" "dog"\n 0.25  0.75\n0.5 0.5 \n',
    "exponents": "2.5e-1,7.5E-01\n5e-1,+.5\n",
    "savetxt-header": "# cat dog\n0.25 0.75\n0.5 0.5\n",
    "comments": "# made by a script\n# cat,dog\n0.25,0.75\n0.5,0.5\n",
    "header-of-numbers": "0,1\n0.25,0.75\n0.5,0.5\n",
    "pandas-index": ",cat,dog\n0,0.25,0.75\n1,0.5,0.5\n",
    "pandas-index-of-numbers": ",0,1\n0,0.25,0.75\n1,0.5,0.5\n",
    "pandas-index-twice": "Unnamed: 0,cat,dog\n0,0.25,0.75\n1,0.5,0.5\n",
    "r-row-names": '"","cat","dog"\n"1",0.25,0.75\n"2",0.5,0.5\n',
    "id": "id,cat,dog\n7,0.25,0.75\n3,0.5,0.5\n",
    "text-id": "Index,cat,dog\na.png,0.25,0.75\nb.png,0.5,0.5\n",
}


@pytest.mark.parametrize("content", LAYOUTS.values(), ids=LAYOUTS)
@pytest.mark.parametrize("name", ["x.csv", "x.tsv"])
def test_a_table_reads_the_same_in_every_layout(tmp_path: Path, content: str, name: str) -> None:
    source = read(tmp_path, content, name)
    assert source.array.tolist() == PLAIN
    assert (source.precision, source.array.dtype) == ("decimals", np.float64)


@pytest.mark.parametrize(
    ("layout", "columns"),
    [
        ("comma", None),
        ("comments", ("cat", "dog")),
        ("savetxt-header", ("cat", "dog")),
        ("byte-order-mark", ("cat", "dog")),
        ("quoted-delimiter", ("cat, black", "dog")),
        ("quoted-newline", ("cat black", "dog")),
        ("quoted-spaces", ("cat", "dog")),
        ("header-of-numbers", ("0", "1")),
        ("pandas-index", ("cat", "dog")),
        ("id", ("cat", "dog")),
    ],
)
def test_the_header_names_the_classes(tmp_path: Path, layout: str, columns: tuple[str, ...] | None) -> None:
    assert read(tmp_path, LAYOUTS[layout]).columns == columns


@pytest.mark.parametrize("layout", ["pandas-index", "r-row-names", "id", "text-id", "header-of-numbers"])
def test_what_is_left_out_or_assumed_is_said(tmp_path: Path, layout: str) -> None:
    (note,) = read(tmp_path, LAYOUTS[layout]).note
    assert note.startswith(f"{tmp_path / 'x.csv'}: ")


@pytest.mark.parametrize(
    ("layout", "lines"),
    [
        ("comma", [1, 2]),
        ("header", [2, 3]),
        ("old-mac", [2, 3]),
        ("blank-lines", [5, 7]),
        ("quoted-newline", [3, 4]),
        ("comments", [3, 4]),
    ],
)
def test_every_row_knows_its_line(tmp_path: Path, layout: str, lines: list[int]) -> None:
    source = read(tmp_path, LAYOUTS[layout])
    assert [source.line_of(row) for row in range(2)] == lines
    assert (source.lines is None) == (lines[1] == lines[0] + 1)


@pytest.mark.parametrize(
    ("content", "values"),
    [
        ("2\n0\n1\n", [2, 0, 1]),
        ("label\n2\n0\n", [2, 0]),
        ("label\ncat\ndog\n", ["cat", "dog"]),
        ("cat\ndog\n", ["cat", "dog"]),
        ("golden retriever\ntabby cat\n", ["golden retriever", "tabby cat"]),
        ("class 1\nclass 2\n", ["class 1", "class 2"]),
        ("0\ncat\ndog\n", ["cat", "dog"]),
        ("cat\n", ["cat"]),
        ("3\n", [3]),
        ("id,label\n1,cat\n2,dog\n", ["cat", "dog"]),
        ("id,label\na,cat\nb,dog\n", ["cat", "dog"]),
        ("file,label\na.png,1\nb.png,0\n", [1, 0]),
        ("-100\n0\n", [-100, 0]),
    ],
    ids=lambda value: repr(value) if isinstance(value, str) else "",
)
def test_one_column_has_one_axis(tmp_path: Path, content: str, values: list[object]) -> None:
    source = read(tmp_path, content)
    assert source.array.tolist() == values
    assert source.precision == ("text" if isinstance(values[0], str) else "integer")


@pytest.mark.parametrize(
    ("content", "shape"),
    [
        ("0,1,2\n3,4,5\n", (2, 3)),
        ("0,1,2\n0,1,0\n1,0,0\n", (2, 3)),
        ("0,1\n1,0\n", (2, 2)),
        ("0,1\n0.3,0.7\n1,0\n", (3, 2)),
        ("1,0\n0.3,0.7\n", (2, 2)),
    ],
    ids=["integers", "one-hot-under-0-1-2", "one-hot", "%g", "no-count"],
)
def test_a_first_row_of_integers_is_a_header_only_where_it_cannot_be_data(
    tmp_path: Path, content: str, shape: tuple[int, int]
) -> None:
    assert read(tmp_path, content).array.shape == shape


def test_integers_stay_integers_and_point_zero_makes_a_number(tmp_path: Path) -> None:
    assert read(tmp_path, "1\n0\n").array.dtype == np.int64
    assert read(tmp_path, "1.0\n0\n").array.dtype == np.float64
    assert read(tmp_path, "99999999999999999999\n1\n").array.dtype == np.float64


def test_special_values_are_numbers(tmp_path: Path) -> None:
    values = read(tmp_path, "a,b\n-inf,nan\nInf,1e-310\n").array
    np.testing.assert_array_equal(values, [[-np.inf, np.nan], [np.inf, 1e-310]])


@pytest.mark.parametrize("name", ["x.csv.gz", "x.TSV.GZ"])
def test_a_gzipped_table_is_read(tmp_path: Path, name: str) -> None:
    assert read(tmp_path, gzip.compress(b"0.25\t0.75\n0.5\t0.5\n"), name).array.tolist() == PLAIN


@pytest.mark.parametrize(("name", "columns"), [("x.csv", ("a|b", "c")), ("x.tsv", ("a|b", "c"))])
def test_a_delimiter_inside_a_name_does_not_split_it(
    tmp_path: Path, name: str, columns: tuple[str, ...]
) -> None:
    delimiter = "," if name == "x.csv" else "\t"
    assert read(tmp_path, f"a|b{delimiter}c\n1{delimiter}2\n3{delimiter}4\n", name).columns == columns


@pytest.mark.parametrize(("name", "columns"), [("x.csv", ["cat\tx", "dog"]), ("x.tsv", ["cat", "x,dog"])])
def test_the_extension_decides_between_delimiters_that_fit_equally(
    tmp_path: Path, name: str, columns: list[str]
) -> None:
    path = tmp_path / name
    path.write_text("cat\tx,dog\ncat\tx,dog\n")
    assert [read_array(str(path), target_column=str(position)).array[0] for position in range(2)] == columns


DECIMALS = {
    "fixed": ("0.1234,0.8766\n0.5000,0.5000\n", 4),
    "closing-zeros-dropped": ("0.1234,0.8766\n0.5,0.5\n", 4),
    "with-zero-and-one": ("0.1234,0.8766\n0.0,1.0\n", 4),
    "integers-among-them": ("0.12,0.88\n0,1\n", 2),
    "full": ("0.1234567890123456,0.8765432109876544\n", 16),
    "logits": ("-12.345,3.100\n1.234,0.000\n", 3),
    "exponents": ("1.2346e-01,8.7654e-01\n1.0000e-05,9.9999e-01\n", 5),
    "significant-digits": ("0.123457,0.876543\n0.00123457,0.998765\n", 6),
    "large": ("1.5e10,2.5e10\n", 0),
    "integers": ("0,1\n1,0\n", None),
    "special": ("nan,inf\n0.25,0.75\n", 2),
}


@pytest.mark.parametrize(("content", "decimals"), DECIMALS.values(), ids=DECIMALS)
def test_decimals_are_those_that_the_values_were_rounded_to(
    tmp_path: Path, content: str, decimals: int | None
) -> None:
    assert read(tmp_path, content).decimals == decimals


@settings(deadline=None)
@given(
    array=hnp.arrays(np.float64, hnp.array_shapes(min_dims=1, max_dims=2, max_side=5), elements=st.floats()),
)
def test_numbers_survive_a_csv_to_the_last_bit(
    tmp_path_factory: pytest.TempPathFactory, array: np.ndarray
) -> None:
    path = str(tmp_path_factory.mktemp("csv") / "x.csv")
    write_array(path, array)
    read_back = read_array(path).array
    squeezed = array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array
    np.testing.assert_array_equal(read_back, squeezed)


def refuse(folder: Path, content: str | bytes, name: str = "x.csv") -> str:
    with pytest.raises(CepickError) as caught:
        read(folder, content, name)
    message = str(caught.value)
    prefix = f"{folder / name}: "
    assert message.startswith(prefix)
    assert "\n" not in message
    assert "; " in message
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return message.removeprefix(prefix)


BAD_TABLES: dict[str, tuple[str | bytes, str]] = {
    "ragged-short": ("a,b,c\n1,2,3\n\n4,5\n", "line 4: expected 3 columns, found 2; check the line"),
    "ragged-long": ("1,2\n4,5,6\n7,8\n", "line 2: expected 2 columns, found 3"),
    "ragged-quoted": ('"a",b\n1,2\n4,5,6\n', "line 3: expected 2 columns, found 3"),
    "ragged-one-column": ("1\n2\n3,4\n5\n", "line 3: expected 1 column, found 2"),
    "text": ("a,b\n0.1,0.9\n0.2,abc\n0.3,0.7\n", "line 3, column 'b': 'abc' is not a number; correct it"),
    "text-no-header": ("0.1,0.9\n0.2,abc\n", "line 2, column 1 (counted from 0): 'abc' is not a number"),
    "missing-value": ("a,b\n1,2\nNA,4\n5,6\n", "line 3, column 'a': 'NA' is not a number"),
    "decimal-comma": ("a;b\n0,5;0,5\n0,1;0,9\n1.0;2\n", "line 2, column 'a': '0,5' is not a number"),
    "thousands": ("a;b\n0.5;1,234.5\n0.1;2\n", "'1,234.5' is not a number; write numbers without separators"),
    "underscore": ("a,b\n0.5,1_0\n0.1,2\n", "line 2, column 'b': '1_0' is not a number"),
    "other-digits": ("a,b\n0.5,٣\n0.1,2\n", "line 2, column 'b': '٣' is not a number"),
    "empty-cell": ("a,b\n1,2\n3,\n", "line 3, column 'b': the cell is empty; fill it in"),
    "empty-text-cell": ("a,b,label\n1,2,cat\n3,4,\n", "line 3, column 'label': the cell is empty"),
    "empty-after-blank-lines": ("a,b\n\n\n1,\n", "line 4, column 'b': the cell is empty"),
    "blank": (" \n\n", "has 0 rows"),
    "only-comments": ("# a b\n", "has 0 rows"),
    "only-a-header": ("a,b\n", "has a header and 0 rows"),
    "only-a-label-header": ("label\n", "has a header and 0 rows"),
    "lone-quotes": ('""\n', "line 1, column 0 (counted from 0): the cell is empty"),
    "lone-blank-quotes": ('" "\n', "has 0 rows"),
    "same-name-twice": ("a,a\n1,2\n", "line 1: two columns are named 'a'"),
    "no-name": ("a,,c\n1,2,3\n", "line 1: column 1 (counted from 0) has no name"),
    "no-two-names": (",b,\n1,2,3\n", "line 1: two columns have no name"),
    "open-quote": ('a,b\n1,2\n"3,4\n', "line 3: the quotes do not pair"),
    "text-after-quote": ('a,b\n1,2\n"3"x,4\n', "line 3: the quotes do not pair"),
    "latin-1": ("a,b\n1,2\nkö,4\n".encode("latin-1"), "line 3, byte 9: is not UTF-8; save it as UTF-8"),
    "utf-16": ("a,b\n1,2\n".encode("utf-16"), "is UTF-16, not UTF-8"),
    "zero-byte": (b"a,b\n1,\x002\n", "line 2: holds a zero byte"),
    "npy": (b"\x93NUMPY\x01\x00", "is not text"),
    "spreadsheet": (b"PK\x03\x04\x00", "is not text"),
    "gzip": (gzip.compress(b"1,2\n"), "is not text"),
    "two-texts": (
        "file,breed,p\na,cat,1\nb,dog,2\n",
        "column 'file' holds text among numbers; remove it, or name",
    ),
    "only-identifiers": ("id,row\n1,1\n2,2\n", "has only identifiers (id, row)"),
}


@pytest.mark.parametrize(("content", "says"), BAD_TABLES.values(), ids=BAD_TABLES)
def test_a_bad_table_is_one_clear_line(tmp_path: Path, content: str | bytes, says: str) -> None:
    assert says in refuse(tmp_path, content)


@settings(deadline=None)
@given(content=st.lists(st.sampled_from([*',;\t| \n"-.01', "\n", "a", "label", "0.5", "nan", "# ", "1_0"])))
def test_no_text_gets_past_the_reader_as_anything_but_an_array_or_one_line(
    tmp_path_factory: pytest.TempPathFactory, content: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("text")
    try:
        source = read(folder, "".join(content))
    except CepickError as error:
        message: str | None = str(error)
    else:
        message = None
    if message is not None:
        assert "\n" not in message
        return
    lines = "".join(content).split("\n")
    assert 0 < len(source.array) <= len(lines)
    assert all(lines[(source.line_of(row) or 0) - 1].strip() for row in range(len(source.array)))


ZIPPED = gzip.compress(b"0.1,0.2\n" * 100)


@pytest.mark.parametrize(
    "content",
    [b"1,2\n", ZIPPED[:-10], ZIPPED[:20] + b"\0\0\0" + ZIPPED[23:], ZIPPED[:-6] + b"\0" + ZIPPED[-5:]],
    ids=["not-gzip", "cut", "damaged", "wrong-checksum"],
)
def test_bad_gzip_is_one_clear_line(tmp_path: Path, content: bytes) -> None:
    assert refuse(tmp_path, content, "x.csv.gz").startswith("is truncated or corrupt gzip")
