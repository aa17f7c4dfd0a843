"""HTML pages without a browser: what is in them, what may not be, and that names stay text."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ce_core.errors import CepickError
from cepick.render import render
from cepick.render.html.marks import Html, plain, tag
from cepick.render.html.style import CSS, DARK, LIGHT

sys.path.insert(0, str(Path(__file__).parents[1] / "browser"))
import made_pages as made

PAGES: dict[str, tuple[str, Callable[[], Any]]] = {
    "digits": ("evaluation", made.digits),
    "error": ("evaluation", made.twice_softmaxed),
    "many classes": ("evaluation", made.many_classes),
    "labels": ("evaluation", made.labels_of_several),
    "comparison": ("comparison", made.comparison),
    "check": ("check", made.report),
    "hostile": ("evaluation", made.hostile),
    "hostile comparison": ("comparison", lambda: made.comparison(made.HOSTILE)),
    "hostile check": ("check", made.hostile_report),
}
every = pytest.mark.parametrize(("kind", "answer"), PAGES.values(), ids=PAGES)

VOID = {"meta", "link", "br", "wbr"}


class Seen(HTMLParser):
    """A page as a parser reads it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append((self.open[-1] if self.open else "", data))

    def text(self, *inside: str) -> str:
        return " ".join(text for tag, text in self.texts if not inside or tag in inside)

    def values(self, name: str) -> list[str]:
        return [attrs[name] or "" for _, attrs in self.tags if name in attrs]


@cache
def page(kind: str, answer: Callable[[], Any]) -> str:
    return render(kind, answer(), form="html")


@every
def test_a_page_is_whole_and_loads_nothing(kind: str, answer: Callable[[], Any]) -> None:
    written = page(kind, answer)
    written.encode()  # no lone surrogate
    seen = Seen(written)
    assert not seen.open
    assert not {"script", "img", "iframe", "object", "form", "base"} & {name for name, _ in seen.tags}
    assert not [name for _, attrs in seen.tags for name in attrs if name.startswith("on")]
    places = [*seen.values("href"), *seen.values("src")]
    assert all(each.startswith(("#", "data:,")) for each in places)
    assert "default-src 'none'" in seen.values("content")[0]
    styles = " ".join([seen.text("style"), *seen.values("style"), *seen.values("clip-path")])
    assert "@import" not in styles
    assert re.findall(r"url\((?!#)", styles) == []


@every
def test_ids_are_unique_and_every_link_has_its_end(kind: str, answer: Callable[[], Any]) -> None:
    seen = Seen(page(kind, answer))
    ids = seen.values("id")
    assert len(ids) == len(set(ids))
    wanted = [each[1:] for each in seen.values("href") if each.startswith("#")]
    wanted += re.findall(r"url\(#([^)]*)\)", " ".join(seen.values("clip-path")))
    wanted += " ".join(seen.values("aria-labelledby")).split()
    assert wanted
    assert set(wanted) <= set(ids)


@every
def test_plots_take_their_colours_from_the_page(kind: str, answer: Callable[[], Any]) -> None:
    seen = Seen(page(kind, answer))
    inside = [attrs for name, attrs in seen.tags if name in {"path", "use", "text", "g", "rect"}]
    styles = [each["style"] or "" for each in inside if "style" in each]
    assert any("var(--accent)" in each for each in styles)
    assert not [each for each in styles if re.search(r"#[0-9a-f]{3,8}\b|rgb|black|white", each)]
    for name, attrs in seen.tags:
        if name == "text":
            assert "fill: var(--" in (attrs["style"] or "")
            assert "font-family" not in (attrs["style"] or "")


def test_the_same_answer_is_the_same_page() -> None:
    first, second = (render("evaluation", made.digits(), form="html") for _ in range(2))
    assert first == second


SECTIONS = {
    "evaluation": [
        "findings",
        "figures",
        "reliability",
        "losses",
        "classes",
        "confusions",
        "worst",
        "task",
        "reproduce",
    ],
    "comparison": [
        "metrics",
        "intervals",
        "contest",
        "classes",
        "slices",
        "rows",
        "findings",
        "models",
        "notes",
        "reproduce",
    ],
    "check": ["checks", "details", "reproduce"],
}


@pytest.mark.parametrize("name", ["digits", "comparison", "check"])
def test_every_section_is_there(name: str) -> None:
    kind, answer = PAGES[name]
    written = page(kind, answer)
    seen = Seen(written)
    found = [attrs["id"] for tag, attrs in seen.tags if tag == "section" and "id" in attrs]
    assert found == SECTIONS[kind]
    assert all(f'href="#{each}"' in written for each in found)


@pytest.mark.parametrize("kind", ["evaluation", "comparison", "check"])
def test_names_stay_text(kind: str) -> None:
    seen = Seen(page(*PAGES[f"hostile {kind}".removesuffix(" evaluation")]))
    shown = seen.text()
    for name in made.HOSTILE if kind != "check" else made.HOSTILE[:2]:
        assert plain(name) in shown
    if kind == "evaluation":
        drawn = seen.text("text")
        assert "<script>" in drawn
        assert "$x^2$" in drawn  # no formula
    assert re.search("[\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", shown) is None


def test_markup_can_only_be_made_by_elements() -> None:
    assert tag("p", "<b>", Html("<i></i>"), title='"<') == '<p title="&quot;&lt;">&lt;b&gt;<i></i></p>'


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("role", ["ink", "muted", "accent", "other", "good", "poor", "bad"])
def test_text_is_legible_in_both_modes(colours: dict[str, str], role: str) -> None:
    for ground in ("page", "panel"):
        light, dark = sorted((_luminance(colours[role]), _luminance(colours[ground])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5  # WCAG 2.2, AA


def test_every_colour_that_is_used_has_a_value() -> None:
    assert set(re.findall(r"var\(--(\w+)\)", CSS)) <= set(LIGHT) == set(DARK)


def test_what_the_page_says_of_the_digits() -> None:
    shown = Seen(page("evaluation", made.digits)).text()
    for says in (
        "0.327390",
        "± 0.049",
        "nats",
        "mean of 1,079 examples",
        "94.1 %",
        "18.0292",
        "true → predicted",
    ):
        assert says in shown
    assert "cepick eval" in shown


def test_what_is_missing_is_left_out() -> None:
    from ce_core.compute.evaluation import Diagnostics

    bare = replace(made.digits(), diagnostics=Diagnostics(count=1, ignored=0), evidence=(), value=None)
    found = Seen(render("evaluation", bare, form="html")).values("id")
    assert found == ["findings", "task", "reproduce"]


def test_a_question_is_asked() -> None:
    open_ = replace(
        made.digits(), status="undecided", loss=None, value=None, question="Logits or what?", asks="outputs"
    )
    seen = Seen(render("evaluation", open_, form="html"))
    assert "Logits or what?" in seen.text()
    assert "--log-probabilities" in seen.text("code")


def test_values_that_are_not_finite_are_shown() -> None:
    made_of = made.digits()
    for value, shown in ((float("nan"), "nan"), (float("inf"), "inf")):
        rows = tuple(replace(each, loss=value) for each in made_of.diagnostics.per_class)
        found = replace(made_of.diagnostics, per_class=rows, mean=value, standard_error=value)
        seen = Seen(render("evaluation", replace(made_of, value=value, diagnostics=found), form="html"))
        assert shown in seen.text("p")


def test_the_command_line_writes_a_page(cepick: Callable[..., Any], arrays: Any, tmp_path: Path) -> None:
    ended = cepick("eval", *arrays, "--format", "html", "--output", tmp_path / "page.html")
    assert (ended.out, ended.err) == ("", "")
    assert (tmp_path / "page.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>\n<html")
    assert cepick("explain", "CE104", "--format", "html").code == 2


def test_a_class_of_a_csv_may_be_called_anything(
    cepick: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "<img src=x onerror=alert(1)>.csv"
    path.write_text('<script>,"</svg>",label\n0.7,0.3,<script>\n0.6,0.4,</svg>\n', encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["/usr/bin/cepick", "eval", str(path), "--format", "html", "-o", "x"])
    ended = cepick("eval", path, "--target-column", "label", "--format", "html")
    seen = Seen(ended.out)
    assert {"script", "img"} & {name for name, _ in seen.tags} == set()
    assert "<script>" in seen.text("bdi")
    assert "</svg>" in seen.text("bdi")
    assert seen.text("code").rstrip().endswith(f"cepick eval '{path}'")  # no --format, no -o


def test_without_matplotlib_the_line_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(CepickError, match=r"--format html: .*pip install 'cepick\[report\]'"):
        render("evaluation", made.digits(), form="html")


def test_no_setting_of_matplotlib_outlasts_a_page() -> None:
    import matplotlib

    before = dict(matplotlib.rcParams)
    render("evaluation", made.digits(), form="html")
    assert dict(matplotlib.rcParams) == before


def test_a_report_of_many_checks_draws_those_that_did_not_pass() -> None:
    one = made.report()
    many = replace(one, results=one.results * 6)
    written = render("check", many, form="html")
    seen = Seen(written)
    assert "plots are drawn for 12 that did not pass" in " ".join(seen.text().split())
    assert len(seen.values("id")) == len(set(seen.values("id")))
    few = render("check", one, form="html")
    assert few.count("<svg") == 4 + 4 + 4 + 3  # labels of several classes have no confusions
    assert written.count("<svg") == 12 * 4 - 4 * 6  # six could not run


def test_reliability_of_labels_says_happened() -> None:
    shown = Seen(page("evaluation", made.labels_of_several)).text()
    assert "how often it happened" in shown
    assert np.isfinite(made.labels_of_several().value or np.nan)
