"""The catalogue of findings: codes and slugs are never renumbered, and this version says which it looks for."""

from __future__ import annotations

import json
import re

import pytest

from ce_core.errors import CepickError
from ce_core.findings import RULES, SEVERITIES, Effect, Finding, in_order, rule
from ce_core.lookup import finding_texts

CATALOGUE = {
    "CE101": ("not-finite", "error"),
    "CE102": ("probabilities-as-logits", "error"),
    "CE103": ("logits-as-probabilities", "error"),
    "CE104": ("double-softmax", "error"),
    "CE105": ("double-sigmoid", "error"),
    "CE106": ("log-probabilities-as-probabilities", "error"),
    "CE107": ("one-unit-softmax", "error"),
    "CE108": ("zero-probability", "error"),
    "CE109": ("half-precision", "warning"),
    "CE110": ("constant-predictions", "warning"),
    "CE111": ("not-log-probabilities", "error"),
    "CE201": ("label-out-of-range", "error"),
    "CE202": ("one-based-labels", "error"),
    "CE203": ("undeclared-sentinel", "warning"),
    "CE204": ("signed-labels", "error"),
    "CE205": ("rows-not-distributions", "error"),
    "CE206": ("targets-outside-unit-interval", "error"),
    "CE207": ("all-ignored", "error"),
    "CE208": ("unlabelled-rows", "warning"),
    "CE209": ("continuous-targets", "error"),
    "CE210": ("class-imbalance", "note"),
    "CE211": ("absent-class", "note"),
    "CE212": ("float-labels", "note"),
    "CE301": ("shape-mismatch", "error"),
    "CE302": ("broadcast-trap", "note"),
    "CE303": ("class-axis", "error"),
    "CE304": ("swapped-arguments", "error"),
    "CE305": ("multi-label-under-softmax", "error"),
    "CE306": ("exclusive-under-sigmoid", "note"),
    "CE307": ("shifted-rows", "error"),
    "CE308": ("permuted-classes", "error"),
    "CE309": ("flipped-sign", "error"),
    "CE401": ("clipping-decides", "warning"),
    "CE402": ("infinite-loss", "error"),
    "CE501": ("no-better-than-prior", "warning"),
    "CE502": ("too-good", "warning"),
    "CE503": ("miscalibrated", "note"),
    "CE504": ("weighted-mean-differs", "warning"),
    "CE505": ("prior-shift", "note"),
}


def finding(code: str, **changes: object) -> Finding:
    values: dict[str, object] = {"code": code, "message": "m", "because": "b", "remedy": "r"}
    return Finding(**(values | changes))  # type: ignore[arg-type]


def test_a_code_keeps_its_slug_and_severity() -> None:
    """A code and a slug that were given once are for ever: add to this list, never change it."""
    assert {code: (each.slug, each.severity) for code, each in RULES.items()} == CATALOGUE


def test_no_slug_stands_for_two_codes() -> None:
    assert len({each.slug for each in RULES.values()}) == len(RULES)


@pytest.mark.parametrize("code", RULES)
def test_a_rule_is_well_formed(code: str) -> None:
    each = RULES[code]
    assert each.code == code
    assert re.fullmatch(r"CE[1-5]\d\d", code)
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", each.slug)
    assert each.severity in SEVERITIES
    assert each.signature
    assert not each.signature.endswith(".")


@pytest.mark.parametrize("name", ["CE104", "ce104", "double-softmax", "double_softmax", "Double-Softmax"])
def test_a_rule_is_found_by_code_or_slug(name: str) -> None:
    assert rule(name) is RULES["CE104"]


@pytest.mark.parametrize(
    ("name", "says"),
    [("double-sofmax", "did you mean 'double-softmax'?"), ("CE1O4", "did you mean 'CE104'?")],
)
def test_an_unknown_finding_is_told_with_the_nearest_one(name: str, says: str) -> None:
    with pytest.raises(CepickError) as raised:
        rule(name)
    assert str(raised.value) == f"{name}: no such finding; {says}"


def test_findings_come_with_the_most_severe_first_and_by_code() -> None:
    codes = [each.code for each in in_order(map(finding, ["CE302", "CE203", "CE402", "CE503", "CE101"]))]
    assert codes == ["CE101", "CE402", "CE203", "CE302", "CE503"]


def test_a_finding_shows_as_json() -> None:
    shown = finding("CE201", count=2, rows=(3, (1, 4)), lines=(5,)).to_dict()
    assert json.loads(json.dumps(shown)) == {
        "code": "CE201",
        "slug": "label-out-of-range",
        "severity": "error",
        "message": "m",
        "because": "b",
        "remedy": "r",
        "count": 2,
        "rows": [3, [1, 4]],
        "lines": [5],
        "effect": None,
        "frameworks": finding_texts.frameworks("CE201"),
        "repair": finding_texts.repair("CE201"),
    }
    assert shown["frameworks"]["torch"].endswith("(unverified)")
    assert "torch.nn.functional.cross_entropy" in shown["repair"]["torch"]


def test_the_effect_of_a_finding_is_strict_json() -> None:
    effect = Effect(loss=float("inf"), without=0.25, p=None, count=3)
    shown = finding("CE402", effect=effect).to_dict()["effect"]
    assert (shown["loss"], shown["without"]) == ("inf", 0.25)
    assert json.loads(json.dumps(shown, allow_nan=False)) == shown
