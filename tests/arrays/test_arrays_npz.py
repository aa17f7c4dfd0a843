from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from ce_core.arrays import read_array, read_pair
from ce_core.errors import CepickError


@pytest.fixture
def both(tmp_path: Path) -> str:
    path = tmp_path / "both.npz"
    np.savez(path, logits=np.arange(6.0, dtype=np.float32).reshape(2, 3, order="F"), labels=np.array([2, 0]))
    return str(path)


def test_two_keys_of_one_archive_are_a_pair(both: str) -> None:
    logits, labels = read_pair(f"{both}:logits", f"{both}:labels")
    assert (logits.name, logits.precision, logits.array.shape) == (f"{both}:logits", "float32", (2, 3))
    np.testing.assert_array_equal(logits.array, np.arange(6.0).reshape(2, 3, order="F"))
    assert labels.array.tolist() == [2, 0]


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed], ids=["stored", "compressed"])
def test_the_only_array_needs_no_key(tmp_path: Path, save: object) -> None:
    save(tmp_path / "one.npz", np.array([1, 2]))  # type: ignore[operator]
    source = read_array(str(tmp_path / "one.npz"))
    assert source.array.tolist() == [1, 2]
    assert source.name == str(tmp_path / "one.npz")


def test_a_fortran_ordered_array_comes_out_right(tmp_path: Path) -> None:
    array = np.asfortranarray(np.arange(6).reshape(2, 3))
    np.savez(tmp_path / "f.npz", array)
    np.testing.assert_array_equal(read_array(str(tmp_path / "f.npz")).array, array)


@pytest.mark.parametrize(
    ("key", "says"),
    [
        (":logit", "did you mean .*both.npz:logits"),
        (":zzzzz", "has no array 'zzzzz', only logits, labels"),
        ("", "holds 2 arrays \\(logits, labels\\); name one, as in .*both.npz:logits"),
    ],
    ids=["near", "far", "none"],
)
def test_a_missing_key_lists_the_keys(both: str, key: str, says: str) -> None:
    with pytest.raises(CepickError, match=says):
        read_array(both + key)


def archive_of(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)
    return stream.getvalue()


def npy_bytes(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, allow_pickle=True)
    return stream.getvalue()


WHOLE = archive_of(x=npy_bytes(np.arange(200.0)))
FLIPPED = bytearray(WHOLE)
FLIPPED[900] ^= 0xFF
BAD_ARCHIVES = {
    "not-a-zip": (b"hello", "truncated or corrupt"),
    "cut": (WHOLE[: len(WHOLE) // 2], "truncated or corrupt"),
    "one-bit-flipped": (bytes(FLIPPED), "truncated or corrupt"),
    "no-arrays": (archive_of(), "holds no array"),
    "inner-cut": (archive_of(x=npy_bytes(np.arange(200.0))[:-8]), "is truncated"),
    "inner-not-npy": (archive_of(x=b"hello"), "is not a whole .npy"),
    "inner-pickle": (archive_of(x=npy_bytes(np.array([{}], object))), "Python objects (pickle)"),
    "inner-no-rows": (archive_of(x=npy_bytes(np.zeros((0, 2)))), "has 0 rows"),
}


@pytest.mark.parametrize(("content", "says"), BAD_ARCHIVES.values(), ids=BAD_ARCHIVES)
def test_a_bad_npz_is_one_clear_line(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "x.npz"
    path.write_bytes(content)
    with pytest.raises(CepickError) as caught:
        read_array(str(path))
    assert str(caught.value).startswith(f"{path}: ")
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_encrypted_archive_is_refused(tmp_path: Path) -> None:
    content = bytearray(archive_of(x=npy_bytes(np.arange(3))))
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + flags] |= 1
    path = tmp_path / "x.npz"
    path.write_bytes(content)
    with pytest.raises(CepickError, match="packed or encrypted"):
        read_array(str(path))


def test_bfloat16_works_inside_an_archive(tmp_path: Path) -> None:
    np.savez(tmp_path / "b.npz", np.array([0x3F80, 0xC020], np.uint16))
    source = read_array(str(tmp_path / "b.npz"), dtype="bfloat16")
    assert (source.array.tolist(), source.precision) == ([1.0, -2.5], "bfloat16")
