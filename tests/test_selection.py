"""Which findings are told: those selected but those ignored, and what was left out is noted and does not count."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ce_core import evaluate, infer
from ce_core.errors import CepickError
from ce_core.findings import RULES
from ce_core.selection import Selection

LOGITS = np.array([[2.0, 0.0, -1.0], [0.5, 1.0, 0.0], [3.0, -2.0, 0.0]])
ONE_BASED = [1, 3, 2]
COLUMN, BINARY = np.array([[2.0], [-1.0], [0.5]]), [1, 0, 1]


@pytest.mark.parametrize(
    ("select", "ignore", "codes"),
    [
        (None, None, set(RULES)),
        ("CE104", None, {"CE104"}),
        ("ce104, double_sigmoid", None, {"CE104", "CE105"}),
        (["CE40", "Too-Good"], None, {"CE401", "CE402", "CE502"}),
        (None, "CE", set()),
        (["CE4"], ["CE402"], {"CE401"}),
        ("CE402", "CE4", set()),
        ([], None, set()),
        (None, [], set(RULES)),
    ],
    ids=[
        "all",
        "a code",
        "a code and a slug",
        "a beginning and a slug",
        "all but all",
        "all of a hundred but one",
        "one but all of its hundred",
        "none",
        "all but none",
    ],
)
def test_codes_slugs_and_beginnings_name_findings(select: Any, ignore: Any, codes: set[str]) -> None:
    assert Selection.of(select, ignore).codes == codes


@pytest.mark.parametrize("hundred", ["CE1", "CE2", "CE3", "CE4", "CE5"])
def test_a_beginning_names_every_code_that_begins_so(hundred: str) -> None:
    assert Selection.of(hundred).codes == {code for code in RULES if code.startswith(hundred)}


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("CE1O4", "did you mean 'CE104'?"),
        ("double-sofmax", "did you mean 'double-softmax'?"),
        ("CE9", "is no finding"),
        ("CE1044", "did you mean 'CE104'?"),
        ("", "write a code"),
        ("CE104,", "'' is no finding"),
        ("zzz", "write a code, its beginning or a slug"),
    ],
)
@pytest.mark.parametrize("argument", ["select", "ignore"])
def test_an_unknown_name_is_an_error_with_the_nearest(argument: str, name: str, says: str) -> None:
    with pytest.raises(CepickError) as caught:
        evaluate(LOGITS, ONE_BASED, **{argument: name})
    assert str(caught.value).startswith(f"{argument}: ")
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("wrong", [3, [104], {"CE104": 1}.items()], ids=["number", "list", "pairs"])
def test_what_is_no_text_is_an_error(wrong: Any) -> None:
    with pytest.raises(CepickError, match="is no name of a finding"):
        infer(LOGITS, ONE_BASED, ignore=wrong)


def test_what_is_ignored_is_not_told_does_not_count_and_is_noted() -> None:
    told = evaluate(LOGITS, ONE_BASED)
    assert "CE202" in [each.code for each in told.findings]
    assert told.failed
    assert not any("ignored" in note for note in told.notes)
    quiet = evaluate(LOGITS, ONE_BASED, ignore="one-based-labels")
    assert not quiet.failed
    assert [each.code for each in quiet.findings] == [
        each.code for each in told.findings if each.code != "CE202"
    ]
    assert quiet.notes == (*told.notes, "1 finding ignored: CE202")
    assert "1 finding ignored: CE202" in quiet.to_dict()["notes"]
    assert quiet.value == told.value is None


def test_what_is_not_found_is_not_noted() -> None:
    assert evaluate(LOGITS, [0, 2, 1], ignore="CE202").notes == evaluate(LOGITS, [0, 2, 1]).notes


@pytest.mark.parametrize("ask", [evaluate, infer])
def test_the_same_holds_for_every_way_to_ask(ask: Any) -> None:
    codes = [each.code for each in ask(COLUMN, BINARY).findings]
    assert "CE302" in codes
    left = ask(COLUMN, BINARY, ignore=["CE302"])
    assert [each.code for each in left.findings] == [code for code in codes if code != "CE302"]
    assert left.notes[-1] == "1 finding ignored: CE302"
    assert [each.code for each in ask(COLUMN, BINARY, select="CE3").findings] == [
        code for code in codes if code.startswith("CE3")
    ]


def test_a_framework_s_call_and_a_head_take_them_too() -> None:
    call = evaluate(COLUMN, BINARY, loss="torch.nn.BCEWithLogitsLoss", ignore="CE3")
    assert [each.code for each in call.findings if each.code.startswith("CE3")] == []
    head = {"head": np.eye(3), "loss": "linear_softmax_cross_entropy"}
    told = evaluate(LOGITS, ONE_BASED, **head)
    assert told.findings
    quiet = evaluate(LOGITS, ONE_BASED, **head, ignore="CE")
    assert quiet.findings == ()
    assert quiet.notes[-1].startswith(f"{len(told.findings)} finding")
