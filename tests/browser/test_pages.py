"""HTML pages in a real browser: they render, complain of nothing, load nothing, fit a phone, turn dark, and print.

Without a browser these tests are skipped, unless ``CEPICK_BROWSER_REQUIRED`` says that there must be one.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cepick.render import render

sys.path.insert(0, str(Path(__file__).parent))
import chromium
import made_pages as made

PROGRAM = chromium.find()
if PROGRAM is None and not os.environ.get("CEPICK_BROWSER_REQUIRED"):
    pytest.skip("no browser is installed (Debian: apt-get install chromium)", allow_module_level=True)

PAGES: dict[str, tuple[str, Callable[[], Any]]] = {
    "digits": ("evaluation", made.digits),
    "error": ("evaluation", made.twice_softmaxed),
    "many classes": ("evaluation", made.many_classes),
    "comparison": ("comparison", made.comparison),
    "check": ("check", made.report),
    "hostile": ("evaluation", made.hostile),
    "hostile comparison": ("comparison", lambda: made.comparison(made.HOSTILE)),
    "hostile check": ("check", made.hostile_report),
}
HEADINGS = {
    "digits": [
        "Findings",
        "Is it any good?",
        "Reliability",
        "Losses",
        "Classes",
        "Confusions",
        "Worst examples",
        "How it was read",
        "How to reproduce it",
    ],
    "comparison": [
        "Metrics",
        "Where they differ",
        "Example by example",
        "Classes",
        "Slices",
        "Where B is much worse",
        "Findings",
        "Each model by itself",
        "Notes",
        "How to reproduce it",
    ],
    "check": ["Checks", "Each check", "How to reproduce it"],
}
TITLES = {
    "digits": "sparse_softmax_cross_entropy 0.3274 nats · digits_logits.npy",
    "comparison": "B is worse: its loss is significantly higher, by 10.3 % · logits.npy against digits_logits.npy",
    "check": "2 of 5 checks failed, 1 could not run · cepick.yaml",
}
every = pytest.mark.parametrize("name", PAGES)


@pytest.fixture(scope="module")
def browser() -> Iterator[chromium.Browser]:
    assert PROGRAM is not None, "CEPICK_BROWSER_REQUIRED is set, and no browser is installed"
    with chromium.running(PROGRAM) as running:
        yield running


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("pages")
    written = {}
    for name, (kind, answer) in PAGES.items():
        written[name] = folder / f"{name}.html"
        written[name].write_text(render(kind, answer(), form="html"), encoding="utf-8")
    return written


@every
def test_it_renders_without_a_complaint_or_a_request(
    browser: chromium.Browser, files: dict[str, Path], name: str
) -> None:
    browser.open(files[name])
    browser.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert browser.complaints() == []
    assert browser.requests() == [files[name].as_uri()]
    assert browser.evaluate("document.compatMode") == "CSS1Compat"
    assert browser.evaluate("document.scripts.length") == 0
    # Nothing of a page stands outside of what it was put in, whatever a name holds.
    assert browser.evaluate("[...document.body.children].map(each => each.localName).join()") == (
        "header,main,footer"
    )
    drawn = browser.evaluate(
        "[...document.querySelectorAll('svg')].map(each => each.getBoundingClientRect().height)"
    )
    assert drawn
    assert min(drawn) > 40
    assert browser.evaluate(
        "[...document.querySelectorAll('svg')].every(each => each.querySelectorAll('path').length > 0)"
    )


@pytest.mark.parametrize("name", HEADINGS)
def test_its_title_and_every_section_are_there(
    browser: chromium.Browser, files: dict[str, Path], name: str
) -> None:
    browser.open(files[name])
    assert browser.evaluate("document.title") == TITLES[name]
    found = browser.evaluate(
        "[...document.querySelectorAll('h2')].filter(each => each.checkVisibility()).map(each => each.textContent)"
    )
    assert found == HEADINGS[name]


@every
@pytest.mark.parametrize("unfolded", [False, True], ids=["folded", "unfolded"])
def test_nothing_is_wider_than_a_phone(
    browser: chromium.Browser, files: dict[str, Path], name: str, unfolded: bool
) -> None:
    browser.open(files[name], width=375, height=812)
    if unfolded:
        browser.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert browser.evaluate("document.documentElement.scrollWidth") == 375
    # Tables and code may be wider inside of the box that they scroll in.
    wide = browser.evaluate(
        """[...document.body.querySelectorAll('*')]
        .filter(each => each.getBoundingClientRect().right > 375.5 && !each.closest('.scroll, pre, svg'))
        .map(each => each.outerHTML.slice(0, 200))"""
    )
    assert wide == []


@pytest.mark.parametrize("name", ["digits", "comparison", "check"])
def test_text_of_plots_is_legible_on_a_phone_and_inside_of_them(
    browser: chromium.Browser, files: dict[str, Path], name: str
) -> None:
    browser.open(files[name], width=375, height=812)
    browser.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    sizes = browser.evaluate(
        """[...document.querySelectorAll('svg text')]
        .map(each => parseFloat(getComputedStyle(each).fontSize) * each.getScreenCTM().a)"""
    )
    assert min(sizes) >= 8.5  # CSS pixels
    cut = browser.evaluate(
        """[...document.querySelectorAll('svg')].flatMap(svg => {
            const box = svg.getBoundingClientRect();
            return [...svg.querySelectorAll('text')].filter(text => {
                const own = text.getBoundingClientRect();
                return own.left < box.left - 1 || own.right > box.right + 1 || own.top < box.top - 1
                    || own.bottom > box.bottom + 1;
            }).map(text => text.textContent);
        })"""
    )
    assert cut == []


COLOURS = """[...document.querySelectorAll('body, h1, .muted, th, svg text, svg path, svg use, .bar')]
.map(each => { const style = getComputedStyle(each);
               return [style.color, style.backgroundColor, style.fill, style.stroke].join(' '); })"""


@pytest.mark.parametrize("name", ["digits", "comparison", "check"])
def test_it_turns_dark(browser: chromium.Browser, files: dict[str, Path], name: str) -> None:
    browser.open(files[name])
    light = browser.evaluate(COLOURS)
    browser.open(files[name], dark=True)
    dark = browser.evaluate(COLOURS)
    assert len(light) == len(dark)
    assert all(one != other for one, other in zip(light, dark, strict=True))
    ground = browser.evaluate("getComputedStyle(document.body).backgroundColor")
    assert max(map(int, re.findall(r"\d+", ground))) < 64
    # What is written in a plot is lighter than its ground by far.
    inks = browser.evaluate(
        "[...document.querySelectorAll('svg text')].map(each => getComputedStyle(each).fill)"
    )
    assert inks
    assert min(max(map(int, re.findall(r"\d+", each))) for each in inks) > 128


@every
def test_it_prints(browser: chromium.Browser, files: dict[str, Path], name: str) -> None:
    browser.open(files[name], dark=True)
    printed = browser.pdf()
    assert printed.startswith(b"%PDF-")
    assert 2 <= _pages(printed) <= 12


def test_paper_is_white_and_shows_what_the_screen_shows(
    browser: chromium.Browser, files: dict[str, Path]
) -> None:
    browser.open(files["digits"], dark=True)
    folded = browser.pdf()
    browser.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    assert _pages(browser.pdf()) > _pages(folded)
    browser.call("Emulation.setEmulatedMedia", media="print", features=[])
    try:
        assert browser.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert not browser.evaluate("document.querySelector('nav').checkVisibility()")
        assert browser.evaluate("document.querySelector('svg').checkVisibility()")
    finally:
        browser.call("Emulation.setEmulatedMedia", media="")


def _pages(printed: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", printed))


def test_names_are_shown_as_they_are_written(browser: chromium.Browser, files: dict[str, Path]) -> None:
    browser.open(files["hostile"])
    browser.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    shown = browser.evaluate("document.body.innerText")
    assert "<script>alert(1)</script>" in shown
    assert "</style></svg></title><img src=x onerror=alert(1)>" in shown
    assert "\\u202eright to left\\u202c" in shown
    assert browser.evaluate("document.images.length") == 0
    assert browser.evaluate("document.title").endswith(".npy")


def test_the_browser_would_tell(browser: chromium.Browser, tmp_path: Path) -> None:
    """What these tests look for is seen where it is: a complaint, a request, a page that is too wide."""
    path = tmp_path / "bad.html"
    path.write_text(
        "<!DOCTYPE html><meta charset=utf-8><meta name=viewport content='width=device-width, initial-scale=1'>"
        "<script>console.error('oh'); throw new Error('no')</script>"
        f"<img src='{(tmp_path / 'gone.png').as_uri()}'><div style='width:900px'>wide</div>",
        encoding="utf-8",
    )
    browser.open(path, width=375, height=812)
    assert len(browser.complaints()) >= 2
    assert len(browser.requests()) == 2
    assert browser.evaluate("document.documentElement.scrollWidth") > 375
