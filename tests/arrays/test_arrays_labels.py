from __future__ import annotations

import numpy as np
import pytest

from ce_core.arrays import Source, encode_labels
from ce_core.errors import CepickError

MATCHED = {
    "header": (["dog", "cat"], ("dog", "cat", "emu"), [0, 1], ("dog", "cat", "emu"), "header's class names"),
    "sorted": (["dog", "cat"], None, [1, 0], ("cat", "dog"), "in their sorted order"),
    "unrelated": (
        ["dog", "cat"],
        ("logit_0", "logit_1"),
        [1, 0],
        ("cat", "dog"),
        "none of them is in the header",
    ),
    "prefix": (
        ["dog", "cat"],
        ("prob_dog", "prob_cat"),
        [0, 1],
        ("dog", "cat"),
        "without their prefix 'prob_'",
    ),
    "prefix-to-separator": (["cow", "cat"], ("p_cow", "p_cat"), [0, 1], ("cow", "cat"), "prefix 'p_'"),
    "whole-before-prefix": (["a_x", "a_y"], ("a_y", "a_x"), [1, 0], ("a_y", "a_x"), "header's class names"),
    "positive": (["ham", "spam"], ("spam",), [0, 1], ("ham", "spam"), "the score of 'spam', which is 1"),
    "positive-sorts-first": (["ham", "spam"], ("ham",), [1, 0], ("spam", "ham"), "the score of 'ham'"),
    "positive-prefix": (["ham", "spam"], ("p_ham",), [1, 0], ("spam", "ham"), "the score of 'ham'"),
    "positive-alone": (["spam", "spam"], ("spam",), [1, 1], ("not spam", "spam"), "the score of 'spam'"),
    "score": (["ham", "spam"], ("score",), [0, 1], ("ham", "spam"), "in their sorted order"),
    "two-axes": ([["b", "a"], ["a", "a"]], None, [[1, 0], [0, 0]], ("a", "b"), "in their sorted order"),
    "no-axis": ("b", ("a", "b"), 1, ("a", "b"), "header's class names"),
}


@pytest.mark.parametrize(("values", "names", "indices", "order", "how"), MATCHED.values(), ids=MATCHED)
def test_labels_are_matched_and_the_sentence_says_how(
    values: list[str], names: tuple[str, ...] | None, indices: list[int], order: tuple[str, ...], how: str
) -> None:
    found, found_order, sentence = encode_labels(np.array(values), names)
    assert (found.tolist(), found_order) == (indices, order)
    assert found.dtype == np.int64
    assert how in sentence


@pytest.mark.parametrize("names", [None, ("x", "y", "z"), ("c_x", "c_y", "c_z"), ("q", "r", "s")])
def test_the_index_of_a_label_leads_back_to_it(names: tuple[str, ...] | None) -> None:
    labels = np.array(list("zxyyxz"))
    indices, order, _ = encode_labels(labels, names)
    assert [order[index] for index in indices] == labels.tolist()


@pytest.mark.parametrize("names", [("cat", "dog"), ("p_cat", "p_dog")], ids=["plain", "prefix"])
def test_a_label_that_the_header_lacks_is_named_with_its_line(names: tuple[str, ...]) -> None:
    values = np.array(["cat", "dgo", "dog", "dgo"])
    source = Source(array=values, name="y.csv", precision="text", first_line=2)
    with pytest.raises(CepickError) as caught:
        encode_labels(values, names, source)
    says = "the label 'dgo' is not among the class names; did you mean 'dog'?"
    assert str(caught.value) == f"y.csv: line 3: {says}"


def test_without_a_line_the_row_is_named() -> None:
    with pytest.raises(CepickError, match=r"^targets: row 1 \(counted from 0\): the label 'emu'"):
        encode_labels(np.array(["cat", "emu"]), ("cat", "dog"))
