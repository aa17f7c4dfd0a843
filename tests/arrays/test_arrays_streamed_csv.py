"""A large CSV is read in blocks: the same values, names, lines and errors as where it is read whole."""

from __future__ import annotations

import gzip
import io
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ce_core import CepickError, evaluate
from ce_core.arrays import Source, encode_labels, read_array, read_pair, streamed_csv
from ce_core.arrays.csv_block import of_bytes, parse
from ce_core.arrays.csv_grid import Grid
from ce_core.arrays.decimal_cells import scaled
from ce_core.arrays.stored import Stored
from ce_core.arrays.table import Table, choose_predictions, choose_target, parse_table

SMALL_BLOCK = 300
ROWS = 130
"""More than the rows that show the header."""


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read every CSV in blocks of a few lines."""
    monkeypatch.setattr(streamed_csv, "BLOCK", SMALL_BLOCK)
    monkeypatch.setattr("ce_core.arrays.paths.LARGE", 0)


def both(folder: Path, content: bytes, name: str = "x.csv") -> tuple[Table, Table | None]:
    """Return the table read whole, and read in blocks."""
    path = folder / name
    path.write_bytes(content)
    preferred = "\t" if name.endswith(".tsv") else ","
    return parse_table(content, str(path), preferred), streamed_csv.stream_table(str(path), preferred)


def same_source(one: Source, other: Source) -> None:
    """Compare all that a source says, the values bit for bit."""
    for name in ("name", "precision", "decimals", "columns", "first_line", "note"):
        assert getattr(one, name) == getattr(other, name), name
    first, second = one.whole, other.whole
    assert (first.dtype, first.shape) == (second.dtype, second.shape)
    assert other.array.dtype == first.dtype
    if first.dtype.kind == "f":
        # All NaN are one.
        np.testing.assert_array_equal(first, second)
        there = ~np.isnan(first)
        np.testing.assert_array_equal(first[there].view(np.int64), second[there].view(np.int64))
    else:
        np.testing.assert_array_equal(first, second)
    assert [one.line_of(row) for row in range(len(first))] == [
        other.line_of(row) for row in range(len(first))
    ]
    middle = len(first) // 3
    np.testing.assert_array_equal(other.array[middle : 2 * middle], first[middle : 2 * middle])
    np.testing.assert_array_equal(other.array[[5, 100, 7]], first[[5, 100, 7]])


def same(whole: Table, streamed: Table) -> None:
    """Compare two tables, column by column and as predictions."""
    assert (whole.name, whole.header, whole.start, whole.note) == (
        streamed.name,
        streamed.header,
        streamed.start,
        streamed.note,
    )
    every = range(len(whole.columns))
    for positions in ([*every], *([position] for position in every), [*every][::2]):
        if len(positions) > 1 and any(map(whole.is_text, positions)):
            with pytest.raises(CepickError) as error:
                whole.to_source(positions)
            with pytest.raises(CepickError, match=re.escape(str(error.value))):
                streamed.to_source(positions)
        else:
            same_source(whole.to_source(positions), streamed.to_source(positions))
    for choose in (choose_predictions, choose_target):
        try:
            found = choose(whole)
        except CepickError as error:
            with pytest.raises(CepickError, match=re.escape(str(error))):
                choose(streamed)
        else:
            same_source(found, choose(streamed))


NUMBERS = st.floats(width=64)
WRITTEN = {
    "fixed": st.tuples(st.floats(-1e4, 1e4), st.integers(0, 12)).map(lambda each: f"{each[0]:.{each[1]}f}"),
    "six": st.floats(-99, 99).map(lambda x: f"{x:.6f}"),
    "four": st.floats(0, 1).map(lambda x: f"{x:.4f}"),
    "repr": NUMBERS.map(repr),
    "probability": st.floats(0, 1).map(repr),
    "small": st.floats(1e-6, 1e-2).map(lambda x: f"{x:.24f}"),
    "general": NUMBERS.map(lambda x: f"{x:g}"),
    "exponent": st.tuples(NUMBERS, st.integers(0, 20)).map(lambda each: f"{each[0]:.{each[1]}e}"),
    "savetxt": st.floats(-1e3, 1e3).map(lambda x: f"{x:.18e}"),
    "float32": st.floats(width=32, allow_nan=False, allow_infinity=False).map(lambda x: str(np.float32(x))),
    "subnormal": st.floats(-1e-307, 1e-307).map(repr),
    "halfway": st.tuples(st.integers(2**52, 2**53 - 1), st.sampled_from("ie"), st.integers(-30, 30)).map(
        lambda each: f"{each[0]}.5" if each[1] == "i" else f"{2 * each[0] + 1}e{each[2]}"
    ),
    "beside halfway": st.tuples(
        st.integers(2**52, 2**53 - 1), st.sampled_from(["49", "51", "501", "499"])
    ).map(lambda each: f"{each[0]}.{each[1]}"),
    "any digits": st.tuples(st.integers(0, 10**19), st.integers(-320, 300), st.sampled_from("eE")).map(
        lambda each: f"{each[0]}{each[2]}{each[1]:+03d}"
    ),
    "integer": st.integers(-(10**6), 10**6).map(str),
    "long": st.integers(-(10**20), 10**20).map(str),
    "label": st.integers(0, 9).map(str),
    "odd": st.sampled_from(
        [
            "nan",
            "-inf",
            "inf",
            "NaN",
            "+1.5",
            "-.5",
            "5.",
            "-0",
            "-0.0",
            "+7",
            "1E5",
            "1e+05",
            "1E+05",
            "1e5",
            "-1.5e-7",
            " 1.5",
            "-nan",
            "+inf",
            "Infinity",
            "1.8e308",
            "-1.7976931348623159e308",
            "2.4703282292062327e-324",
            "1.e5",
            ".5e1",
            "9999999999999999999",
            "18446744073709551615",
            "18446744073709551616",
            "1000000000000000000000000",
            "0.30000000000000000000000e+00",
            "0e0",
            "007",
            "1e400",
            "1e-400",
            "9007199254740993",
            "1e23",
            "8.41e21",
            "5e-324",
            "9007199254740992.9999999",
            "0.0000000000000000000000000000001",
            "123456789.123456789012",
            "2.2250738585072011e-308",
            "0.1000000000000000055511151231257827021181583404541",
            "0.000000000000000000000001",
            "00000000000000000000.5",
        ]
    ),
}


TEXT = {
    "names": st.sampled_from(["cat", "dog", "golden retriever", "größe", "猫", "a_b", "inf.", "x1", "1st"]),
    "some numbers": st.sampled_from(["1", "2.5", "many", "more", "none", "few"]),
    "any": st.text(st.characters(exclude_characters='"\r\n\0,;\t| ', exclude_categories=["Cs"]), min_size=1),
    "quoted": st.text(st.sampled_from('ab ,;\n"\t|é'), min_size=1, max_size=6).map(
        lambda text: '"' + text.replace('"', '""') + '"'
    ),
    "around numbers": st.floats(-99, 99).map(lambda x: f'"{x:.6f}"'),
}


@st.composite
def tables(draw: st.DrawFn) -> bytes:
    """Make a CSV of numbers of every kind, with or without a header, blank lines, blanks and comments."""
    width = draw(st.integers(1, 5))
    # One column in four holds text.
    kinds = [draw(st.sampled_from([*WRITTEN] * 4 + [*TEXT] * 5)) for _ in range(width)]
    delimiter = draw(st.sampled_from([",", ",", ",", ";", "\t", "|", " "]))
    pool = [draw(st.lists({**WRITTEN, **TEXT}[kind], min_size=3, max_size=12)) for kind in kinds]
    shuffle = draw(st.randoms(use_true_random=False))
    rows = [[shuffle.choice(cells) for cells in pool] for _ in range(ROWS)]
    if draw(st.booleans()):
        rows.insert(
            0, draw(st.sampled_from([["a", "b", "c", "d", "label"], list("01234"), ["", *"wxyz"]]))[:width]
        )
    if draw(st.integers(0, 3)) == 0 and delimiter != "\t":
        rows = [
            [shuffle.choice(["", "", " ", "  "]) + cell + shuffle.choice(["", " "]) for cell in row]
            for row in rows
        ]
    lines = [delimiter.join(row) for row in rows]
    if draw(st.integers(0, 3)) == 0:
        for _ in range(5):
            lines.insert(shuffle.randrange(len(lines) + 1), shuffle.choice(["", "  "]))
    if draw(st.integers(0, 3)) == 0:
        lines.insert(0, "# made by a script")
    end = draw(st.sampled_from(["\n", "\n", "\r\n"]))
    text = end.join(lines) + draw(st.sampled_from([end, "", end * 3]))
    return text.encode(draw(st.sampled_from(["utf-8", "utf-8", "utf-8-sig"])))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=tables())
def test_a_table_reads_the_same_in_blocks(tmp_path: Path, content: bytes) -> None:
    try:
        whole, streamed = both(tmp_path, content)
    except CepickError as error:
        with pytest.raises(CepickError, match=re.escape(str(error))):
            read_array(str(tmp_path / "x.csv"))
        return
    if streamed is not None:
        same(whole, streamed)


def plain(kind: str, *, width: int = 3, header: bool = True, seed: int = 0) -> bytes:
    """Make the usual kinds of table."""
    rng = np.random.default_rng(seed)
    values = rng.normal(0, 3, (ROWS, width))
    if kind == "pandas":
        rows = [",".join(map(repr, row)) for row in values.tolist()]
    else:
        rows = [",".join(kind % value for value in row) for row in values.tolist()]
    return "\n".join([*([",".join("abcdefgh"[:width])] if header else []), *rows, ""]).encode()


def labelled(kind: str, labels: list[bytes]) -> bytes:
    """Add a column of labels."""
    head, *lines = plain(kind).splitlines()
    return b"\n".join(
        [head + b",label", *(line + b"," + labels[at % len(labels)] for at, line in enumerate(lines)), b""]
    )


USUAL = {
    "six": plain("%.6f"),
    "two": plain("%.2f"),
    "twelve": plain("%.12f"),
    "general": plain("%g"),
    "exponents": plain("%.7e"),
    "savetxt": plain("%.18e"),
    "pandas": plain("pandas"),
    "windows": plain("%.4f").replace(b"\n", b"\r\n"),
    "blanks": plain("%.4f").replace(b",", b", "),
    "spaces": plain("%.4f", header=False).replace(b",", b" "),
    "aligned": plain("%9.4f", header=False).replace(b",", b"  "),
    "tabs": plain("%.4f").replace(b",", b"\t"),
    "bars": plain("%.4f").replace(b",", b"|"),
    "one-column": plain("%.4f", width=1),
    "one-column-with-blank-lines": plain("%.4f", width=1).replace(b"5\n", b"5\n\n"),
    "no-last-line-end": plain("%.4f").rstrip(b"\n"),
    "integers": plain("%.0f").replace(b"-0", b"0"),
    "not-a-number": re.sub(rb"\n-0[.]\d+", b"\nnan", re.sub(rb",2[.]\d+", b",-inf", plain("%.4f"))),
    "named-beyond-ascii": plain("%.4f").replace(b"a,b", "ä,β".encode()),
    "quotes": re.sub(rb"\n(-0[.]\d+)", rb'\n"\1"', plain("%.4f")),
    "quotes-and-lines-of-windows": re.sub(rb"(-0[.]\d+)", rb'"\1"', plain("%.4f")).replace(b"\n", b"\r\n"),
    "quoted-names": plain("%.4f").replace(b"a,b", b'"a","b"'),
    "labels": labelled("%.4f", [b"cat", b"dog", b"a_long_label"]),
    "labels-beside-17-digits": labelled("pandas", [b"cat", b"dog", "größe".encode()]),
    "quoted-labels": labelled("%.4f", [b'"cat"', b'"dog"', b'"golden retriever"']),
    "labels-with-delimiters": labelled("%.4f", [b'"cat, small"', b'"dog"', b'"a ""good"" dog"', b"x"]),
    "labels-of-lines": labelled("%.4f", [b'"cat\nsmall"', b'"\ndog"', b"x"]),
    "numbered-labels": labelled("%g", [b"0", b"1", b"-1"]),
    "labels-like-numbers": labelled("%.4f", [b"1", b"many", b"more"]),
    "labels-alone": b"label\n" + b"cat\ndog\n" * ROWS,
    "labels-without-name": b"cat\ndog\n" * ROWS,
    "many-labels": b"\n".join(b"0.5,1.5,x%d" % at for at in range(3 * ROWS)),
    "identifiers": b"id,a,label\n" + b"\n".join(b"x%d,0.25,%d" % (at, at % 3) for at in range(ROWS)),
}


@pytest.mark.parametrize("content", USUAL.values(), ids=USUAL)
def test_the_usual_kinds_are_read_in_blocks(tmp_path: Path, content: bytes) -> None:
    whole, streamed = both(tmp_path, content)
    assert streamed is not None
    assert len(streamed.file.ends) > 2  # type: ignore[attr-defined]
    same(whole, streamed)


FALLS_BACK = {
    "quotes-within-a-number": plain("%.4f").replace(b"1", b'"1"'),
    "spaces-between-quotes": plain("%.4f", header=False).replace(b",", b" ").replace(b"0.", b'"0".'),
    "text-that-looks-like-numbers": labelled("%.4f", [b"1", b"2", b"three"]),
    "text-far-below-numbers": plain("%.4f") + b"x,y,z\n",
    "empty-labels": labelled("%.4f", [b"cat", b"dog", b""]),
    "empty-quotes": labelled("%.4f", [b"cat", b"dog", b'""']),
    "a-zero-byte": labelled("%.4f", [b"cat", b"d\0g"]),
    "not-utf-8": labelled("%.4f", [b"cat", b"d\xffg"]),
    "a-quote-that-does-not-end": labelled("%.4f", [b"cat", b"dog"]) + b'0.5,0.5,0.5,"cat\n',
    "long-integers": b"\n".join(b"12345678901234567890,0.5" for _ in range(ROWS)),
    "old-mac": plain("%.4f").replace(b"\n", b"\r"),
    "few-rows": b"a,b\n0.5,0.5\n",
}


@pytest.mark.parametrize("content", FALLS_BACK.values(), ids=FALLS_BACK)
def test_what_is_no_plain_table_of_numbers_is_read_whole(tmp_path: Path, content: bytes) -> None:
    try:
        whole, streamed = both(tmp_path, content)
    except CepickError as error:
        with pytest.raises(CepickError, match=re.escape(str(error))):
            read_array(str(tmp_path / "x.csv"))
        return
    assert streamed is None
    found, expected = read_array(str(tmp_path / "x.csv")), choose_target(whole)
    np.testing.assert_array_equal(found.whole, expected.whole)
    assert not isinstance(found.array, Stored)


BROKEN = {
    "ragged": (b"\n0.5,0.5\n", r"line 62: expected 3 columns, found 2; check the line"),
    "longer": (b"\n0.5,0.5,1,2\n", r"line 62: expected 3 columns, found 4; check the line"),
    "empty": (b"\n0.5,,1.0\n", r"line 62, column 'b': the cell is empty"),
    "text": (b"\n0.5,x,1.0\n", r"line 62, column 'b': 'x' is not a number"),
    "two-points": (b"\n0.5,1.2.3,1.0\n", r"line 62, column 'b': '1.2.3' is not a number"),
    "two-signs": (b"\n0.5,1-2,1.0\n", r"line 62, column 'b': '1-2' is not a number"),
    "separators": (b"\n0.5,1_000,1.0\n", r"line 62, column 'b': '1_000' is not a number"),
    "not-utf-8": (b"\n0.5,\xff,1.0\n", r"line 62, byte \d+: is not UTF-8"),
    "zero-byte": (b"\n0.5,\x00,1.0\n", r"line 62: holds a zero byte"),
    "comma-in-point": (b"\n0.5,.,1.0\n", r"line 62, column 'b': '\.' is not a number"),
}


@pytest.mark.parametrize("kind", ["%.4f", "%g", "%.7e"])
@pytest.mark.parametrize(("line", "message"), BROKEN.values(), ids=BROKEN)
def test_errors_are_those_of_the_whole_file(tmp_path: Path, line: bytes, message: str, kind: str) -> None:
    lines = plain(kind).split(b"\n")
    lines.insert(61, line.strip(b"\n"))
    path = tmp_path / "x.csv"
    path.write_bytes(b"\n".join(lines))
    with pytest.raises(CepickError, match=message) as streamed:
        assert read_array(str(path)).whole is not None
    with pytest.raises(CepickError) as whole:
        choose_target(parse_table(path.read_bytes(), str(path), ","))
    assert str(streamed.value) == str(whole.value)


def test_lines_whose_cells_make_up_for_each_other_are_refused_as_they_are_read(tmp_path: Path) -> None:
    lines = plain("%.4f").split(b"\n")
    lines[60:60] = [b"0.5000,0.5000", b"0.5000,0.5000,0.5000,0.5000"]
    path = tmp_path / "x.csv"
    path.write_bytes(b"\n".join(lines))
    with pytest.raises(CepickError, match="line 61: expected 3 columns, found 2; check the line"):
        evaluate(str(path), target_column="c")


def test_blank_lines_keep_the_lines_of_the_rows(tmp_path: Path) -> None:
    lines = plain("%.4f").split(b"\n")
    lines[50:50] = [b"", b"  ", b""]
    whole, streamed = both(tmp_path, b"\n".join(lines))
    assert streamed is not None
    source = streamed.to_source([0])
    assert (source.line_of(48), source.line_of(49)) == (50, 54)
    same(whole, streamed)


@settings(max_examples=300, deadline=None)
@given(digits=st.integers(0, 10**19 - 1), scale=st.integers(-270, 280))
def test_a_scaled_integer_is_the_nearest_float_or_not_sure(digits: int, scale: int) -> None:
    values, unsure = scaled(np.array([digits], dtype=np.uint64), np.array([scale]))
    if unsure is None or not unsure[0]:
        assert values[0] == float(f"{digits}e{-scale}")


def test_the_midpoint_between_two_floats_is_not_sure() -> None:
    digits = np.array([2**53 + 1, 2**54 + 6], dtype=np.uint64)
    unsure = scaled(digits, np.zeros(2, dtype=np.int64))[1]
    assert unsure is not None
    assert unsure.tolist() == [True, True]


@settings(max_examples=200, deadline=None)
@given(cells=st.lists(st.one_of(*WRITTEN.values()), min_size=1, max_size=40))
def test_cells_are_read_as_python_reads_them(cells: list[str]) -> None:
    found = parse(of_bytes("\n".join([*cells, ""]).encode()), Grid(width=1, delimiter=ord(",")), None, ())
    expected = np.array([float(cell) for cell in cells])
    np.testing.assert_array_equal(found[:, 0], expected)
    np.testing.assert_array_equal(np.signbit(found[:, 0]), np.signbit(expected))


def test_predictions_and_the_target_of_one_file(tmp_path: Path) -> None:
    lines = plain("%.6f").splitlines()
    labels = np.arange(ROWS) % 3
    content = [
        lines[0] + b",label",
        *(line + b",%d" % label for line, label in zip(lines[1:], labels, strict=True)),
    ]
    path = tmp_path / "both.csv"
    path.write_bytes(b"\n".join(content))
    predictions, targets = read_pair(str(path))
    assert isinstance(predictions.array, Stored)
    assert isinstance(targets.array, Stored)
    assert (predictions.columns, predictions.decimals, targets.precision) == (("a", "b", "c"), 6, "integer")
    np.testing.assert_array_equal(targets.whole, labels)
    found = evaluate(str(path))
    assert found.value == evaluate(predictions.whole, labels).value


def test_shards_of_csv_are_read_in_blocks(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"p{number}.csv").write_bytes(plain("%.5f", seed=number))
    predictions, _ = read_pair(str(tmp_path / "p*.csv"), str(tmp_path / "p*.csv"), target_column="a")
    whole = [np.loadtxt(tmp_path / f"p{number}.csv", delimiter=",", skiprows=1) for number in range(3)]
    np.testing.assert_array_equal(predictions.whole, np.concatenate(whole)[:, 1:])


def test_a_file_that_changes_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(plain("%.5f"))
    source = read_array(str(path))
    path.write_bytes(plain("%.5f", seed=1)[:1000])
    with pytest.raises(CepickError, match="changed while it was read; read it again"):
        source.array[0:5]


@pytest.mark.parametrize("kind", ["labels", "pandas", "quoted-labels"])
def test_what_comes_only_once_is_read_in_blocks_from_a_temporary_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    path, packed = tmp_path / "x.csv", tmp_path / "x.csv.gz"
    path.write_bytes(USUAL[kind])
    packed.write_bytes(gzip.compress(USUAL[kind]))
    expected, found = read_array(str(path), target_column="b"), read_array(str(packed), target_column="b")
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(USUAL[kind])))
    piped = read_array("-", target_column="b")
    for each in (found, piped):
        assert isinstance(each.array, Stored)
        np.testing.assert_array_equal(each.whole, expected.whole)
        assert (each.decimals, each.first_line) == (expected.decimals, expected.first_line)
    packed.write_bytes(gzip.compress(FALLS_BACK["old-mac"]))
    assert not isinstance(read_array(str(packed)).array, Stored)


def test_labels_of_a_large_file_are_numbered_as_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(USUAL["quoted-labels"])
    targets = read_pair(str(path))[1]
    for names in (None, ("dog", "cat", "golden retriever")):
        there, named, how = encode_labels(targets.array, names, targets)
        here, named_here, how_here = encode_labels(targets.whole, names, targets)
        assert isinstance(there, Stored)
        assert (named, how) == (named_here, how_here)
        np.testing.assert_array_equal(np.asarray(there), here)
    with pytest.raises(CepickError, match="line 2: the label 'cat' is not among the class names"):
        encode_labels(targets.array, ("dog", "golden retriever"), targets)
    assert evaluate(str(path)).value == evaluate(*(each.whole for each in read_pair(str(path)))).value


MEMORY = """
import resource, sys, tracemalloc
import numpy as np
from ce_core.arrays import read_array
from ce_core.arrays.streamed_csv import stream_table
tracemalloc.start()
source = read_array(sys.argv[1])
total = 0.0
for start in range(0, len(source.array), 50_000):
    total += float(source.array.read(start, min(start + 50_000, len(source.array))).sum())
print(total, tracemalloc.get_traced_memory()[1], *source.array.shape)
"""


def test_memory_is_bounded_by_the_blocks(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    values = np.random.default_rng(0).integers(-(10**7), 10**7, (20_000, 10)) / 1e6
    np.savetxt(path, values, fmt="%.6f", delimiter=",")
    path.write_bytes(path.read_bytes() * 20)
    told = subprocess.run(
        [sys.executable, "-c", MEMORY, str(path)], capture_output=True, text=True, check=True
    ).stdout.split()
    assert path.stat().st_size > 35_000_000
    assert float(told[0]) == pytest.approx(20 * values.sum(), rel=1e-9)
    assert int(told[1]) < 30_000_000
    assert told[2:] == ["400000", "10"]
