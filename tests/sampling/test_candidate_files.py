"""Candidates and vocabularies from files."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from ce_core.errors import CepickError
from ce_core.sampling import LogUniform, Uniform, read_candidates, read_unigrams

LABELS = [3, 0]
FULL = {
    "sampled": [4, 1, 2],
    "true_expected_count": [[0.2], [0.6]],
    "sampled_expected_count": [0.1, 0.4, 0.3],
}


@pytest.fixture
def saved(tmp_path):
    def save(**arrays):
        path = tmp_path / "candidates.npz"
        np.savez(path, **arrays)
        return str(path)

    return save


def test_a_full_file_needs_no_sampler(saved):
    found = read_candidates(saved(**FULL), LABELS)
    assert_array_equal(found.sampled, FULL["sampled"])
    assert_array_equal(found.true_expected_count, FULL["true_expected_count"])
    assert_array_equal(found.sampled_expected_count, FULL["sampled_expected_count"])


def test_counts_of_one_true_class_may_lack_their_second_axis(saved):
    found = read_candidates(saved(**FULL | {"true_expected_count": [0.2, 0.6]}), LABELS)
    assert_array_equal(found.true_expected_count, FULL["true_expected_count"])


def test_labels_of_several_true_classes_need_as_many_counts(saved):
    labels = [[3, 1], [0, 2]]
    found = read_candidates(saved(**FULL | {"true_expected_count": np.ones((2, 2))}), labels)
    assert found.num_true == 2
    with pytest.raises(CepickError, match=r"true_expected_count of shape \(2, 1\) does not fit labels"):
        read_candidates(saved(**FULL), labels)


@pytest.mark.parametrize("form", ["npz", "key", "other name", "npy", "csv"])
@pytest.mark.parametrize("options", [{"unique": False}, {"num_tries": 5}, {}], ids=str)
def test_ids_alone_get_their_counts_from_the_sampler(tmp_path, saved, form, options):
    ids = [4, 1, 2]
    if form in ("npz", "key", "other name"):
        path = saved(**{"ids" if form == "other name" else "sampled": ids}) + ":sampled" * (form == "key")
    elif form == "npy":
        path = str(tmp_path / "ids.npy")
        np.save(path, ids)
    else:
        path = str(tmp_path / "ids.csv")
        (tmp_path / "ids.csv").write_text("4\n1\n2\n")
    sampler = LogUniform(classes=9)
    found, wanted = (
        read_candidates(path, LABELS, sampler=sampler, **options),
        sampler.candidates(ids, LABELS, **options),
    )
    assert_array_equal(found.sampled, wanted.sampled)
    assert_array_equal(found.true_expected_count, wanted.true_expected_count)
    assert_array_equal(found.sampled_expected_count, wanted.sampled_expected_count)


MISTAKES = {
    "no counts and no sampler": ({"sampled": [1]}, {}, "holds no expected counts; name the sampler"),
    "one count alone": (
        {"sampled": [1], "true_expected_count": [1.0, 1.0]}, {},
        "has true_expected_count and no sampled_expected_count; save both"),
    "counts alone": (
        {"true_expected_count": [1.0], "sampled_expected_count": [1.0]}, {},
        "has true_expected_count and no sampled; save"),
    "counts of other labels": (FULL | {"true_expected_count": [[1.0]]}, {}, r"of shape \(1, 1\) does not fit"),
    "counts of other candidates": (
        FULL | {"sampled_expected_count": [1.0]}, {}, r"sampled_expected_count: shape \(1,\) does not equal"),
    "a class twice": ({"sampled": [1, 1]}, {"sampler": Uniform(classes=5)}, "sampled: holds a class twice"),
    "a class that is none": (
        {"sampled": [7]}, {"sampler": Uniform(classes=5)}, r"sampled: 7 at row 0 is outside \[0, 5\)"),
    "fractions": ({"sampled": [1.5]}, {"sampler": Uniform(classes=5)}, "sampled: 1.5 at row 0 is not a class"),
    "text": ({"sampled": ["a"]}, {"sampler": Uniform(classes=5)}, "holds text"),
    "two arrays of other names": ({"a": [1], "b": [2]}, {"sampler": Uniform(classes=5)}, "holds 2 arrays"),
}  # fmt: skip


@pytest.mark.parametrize(("arrays", "options", "message"), MISTAKES.values(), ids=MISTAKES.keys())
def test_a_file_that_does_not_serve_is_refused_in_one_line(saved, arrays, options, message):
    path = saved(**arrays)
    with pytest.raises(CepickError, match=message) as caught:
        read_candidates(path, LABELS, **options)
    assert str(caught.value).startswith(path)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_or_damaged_is_refused(tmp_path):
    with pytest.raises(CepickError, match="no such file"):
        read_candidates(str(tmp_path / "none.npz"), LABELS)
    (tmp_path / "bad.npz").write_bytes(b"not an archive")
    with pytest.raises(CepickError, match=r"bad.npz: is truncated or corrupt"):
        read_candidates(str(tmp_path / "bad.npz"), LABELS)


def test_the_last_field_of_a_line_is_the_count(tmp_path):
    path = tmp_path / "vocabulary.csv"
    path.write_text('the,500\n\n of , 3e2 \n7\n"a,b",0.5\r\n')
    assert_array_equal(read_unigrams(str(path)), [500, 300, 7, 0.5])


def test_a_line_without_a_count_is_named(tmp_path):
    path = tmp_path / "vocabulary.csv"
    path.write_text("the,500\nof\n")
    with pytest.raises(CepickError, match="line 2 ends with 'of', not a number"):
        read_unigrams(str(path))
