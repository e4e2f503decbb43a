"""The pages in a real browser: on a phone, on a screen, and on paper; before the lock, after it, and of a dry run."""

import csv
import io
import re
import shutil
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from runpy import run_path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from armlet.report.blinded import render_blinded
from armlet.report.unblinded import render_unblinded

INVENTED = Path(__file__).parents[1] / "unit" / "report" / "invented_trial.py"
SECTIONS = {
    "before": "trial flow eligibility baseline endpoints missing safety deviations assumptions records",
    "after": "trial flow eligibility baseline results endpoints missing safety product guesses blinding deviations "
    "assumptions records",
}
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.fail("no Chromium was found (chromium, chromium-browser, google-chrome): `make test` installs one")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=found, args=OPTIONS)
        yield started
        started.close()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The pages as files."""
    invented = run_path(str(INVENTED))
    folder = tmp_path_factory.mktemp("report")
    after = invented["unblinded"]()
    dry = replace(after, unblinded=replace(after.unblinded, dummy=True))
    pages = {
        "before": render_blinded(invented["blinded"]()),
        "after": render_unblinded(after),
        "dry": render_unblinded(dry),
    }
    for name, html in pages.items():
        (folder / f"{name}.html").write_text(html, "utf-8")
    return {name: folder / f"{name}.html" for name in pages}


def opened(browser: Browser, file: Path, width: int) -> tuple[Page, list[str]]:
    """The page at that width, and everything that it complained about or asked for beside itself."""
    page = browser.new_page(viewport={"width": width, "height": 900})
    amiss: list[str] = []
    page.on("console", lambda message: amiss.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: amiss.append(f"error: {error}"))
    page.on("request", lambda request: amiss.append(request.url) if request.url != file.as_uri() else None)
    page.goto(file.as_uri())
    return page, amiss


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", ["before", "after", "dry"])
def test_the_page_loads_without_complaint_and_fits_the_screen(
    browser: Browser, files: dict[str, Path], name: str, width: int
) -> None:
    page, amiss = opened(browser, files[name], width)
    assert amiss == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    outside = page.evaluate(
        """width => [...document.querySelectorAll('body *')]
        .filter(it => !it.closest('.scroll') && it.getBoundingClientRect().right > width + 1).length""",
        width,
    )
    assert outside == 0
    page.close()


@pytest.mark.parametrize("name", ["before", "after"])
def test_every_section_is_seen_and_the_banner_stays_while_scrolling(
    browser: Browser, files: dict[str, Path], name: str
) -> None:
    page, _ = opened(browser, files[name], 1280)
    assert (
        page.locator("main h2[id]:not(#summary)").evaluate_all("all => all.map(one => one.id)")
        == SECTIONS[name].split()
    )
    for section in SECTIONS[name].split():
        page.locator(f"nav a[href='#{section}']").click()
        banner = page.locator(".banner").bounding_box()
        heading = page.locator(f"#{section}").bounding_box()
        assert banner is not None
        assert heading is not None
        assert -1 <= banner["y"] <= 1
        assert heading["y"] >= banner["height"] - 1
    page.close()


def test_drawings_are_drawn_and_their_text_stays_inside(browser: Browser, files: dict[str, Path]) -> None:
    page, _ = opened(browser, files["after"], 1280)
    page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    sizes = page.locator("figure svg[role=img]").evaluate_all("all => all.map(it => it.getBoundingClientRect().height)")
    assert len(sizes) >= 8
    assert min(sizes) > 100
    spilled = page.evaluate(
        """() => [...document.querySelectorAll('figure svg[role=img]')].flatMap(drawing => {
          const frame = drawing.getBoundingClientRect();
          return [...drawing.querySelectorAll('text')].filter(it => {
            const box = it.getBoundingClientRect();
            return box.left < frame.left - 1 || box.right > frame.right + 1 || box.bottom > frame.bottom + 1;
          }).map(it => it.textContent);
        })"""
    )
    assert spilled == []
    page.close()


@pytest.mark.parametrize("name", ["before", "after"])
def test_words_of_a_drawing_do_not_lie_on_each_other(browser: Browser, files: dict[str, Path], name: str) -> None:
    page, _ = opened(browser, files[name], 1280)
    covered = page.evaluate(
        """() => [...document.querySelectorAll('figure svg[role=img]')].flatMap(drawing => {
          const words = [...drawing.querySelectorAll('text')].map(it => [it, it.getBoundingClientRect()]);
          return words.flatMap(([one, box], place) => words.slice(place + 1).filter(([other, next]) =>
            Math.min(box.right, next.right) - Math.max(box.left, next.left) > 3 &&
            Math.min(box.bottom, next.bottom) - Math.max(box.top, next.top) > 5
          ).map(([other]) => `${one.textContent} / ${other.textContent}`));
        })"""
    )
    assert covered == []
    page.close()


def test_the_data_of_a_figure_are_saved_from_the_page_alone(
    browser: Browser, files: dict[str, Path], tmp_path: Path
) -> None:
    page, amiss = opened(browser, files["dry"], 1280)
    link = page.locator("a[download='swimmer.csv']")
    assert link.inner_text() == "figures/swimmer.csv"
    with page.expect_download() as started:
        link.click()
    started.value.save_as(tmp_path / "swimmer.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "swimmer.csv").read_text("utf-8"))))
    assert {row["data"] for row in rows} == {"DUMMY ARMS \u2013 DRY RUN; SIMULATED"}
    assert {row["participant"] for row in rows} == {"P1", "P2", "P3", "P4"}
    assert [one for one in amiss if not one.startswith("data:text/csv")] == []
    page.close()


def test_a_table_is_copied_as_columns(browser: Browser, files: dict[str, Path]) -> None:
    page, _ = opened(browser, files["after"], 1280)
    copied = page.evaluate(
        """() => {
          const table = [...document.querySelectorAll('table')].find(it => it.innerText.includes('Age (years)'));
          getSelection().selectAllChildren(table);
          return getSelection().toString();
        }"""
    )
    lines = [line.replace("\u00a0", " ").strip() for line in copied.splitlines()]
    assert "Mean (SD)\t32.5 (2.1)\t32.5 (0.7)\t32.5 (1.3)" in lines
    page.close()


def test_the_words_of_the_flow_stay_in_their_boxes(browser: Browser, files: dict[str, Path]) -> None:
    page, _ = opened(browser, files["after"], 1280)
    spilled = page.evaluate(
        """() => {
          const boxes = [...document.querySelectorAll('svg.flow rect')].map(it => it.getBoundingClientRect());
          return [...document.querySelectorAll('svg.flow text')].filter(it => {
            const words = it.getBoundingClientRect();
            return !boxes.some(box => words.left >= box.left && words.right <= box.right
              && words.top >= box.top - 1 && words.bottom <= box.bottom + 1);
          }).map(it => it.textContent);
        }"""
    )
    assert spilled == []
    page.close()


@pytest.mark.parametrize(("width", "shown"), [(390, True), (1280, False)])
def test_a_drawing_wider_than_the_screen_says_that_it_scrolls(
    browser: Browser, files: dict[str, Path], width: int, shown: bool
) -> None:
    page, _ = opened(browser, files["after"], width)
    told = page.locator(".scroll.wide").evaluate_all(
        """all => all.map(it => [it.scrollWidth > it.clientWidth, getComputedStyle(it, '::before').content])"""
    )
    assert len(told) >= 2
    for is_wider, hint in told:
        assert is_wider is shown
        assert ("scroll →" in hint) is shown
    page.close()


@pytest.mark.parametrize("name", ["before", "after"])
def test_simulated_is_printed_on_every_sheet(
    browser: Browser, files: dict[str, Path], name: str, tmp_path: Path
) -> None:
    page, _ = opened(browser, files[name], 1280)
    page.emulate_media(media="print")
    style = "one => [getComputedStyle(one).position, getComputedStyle(one).display]"
    assert page.locator(".banner").evaluate(style) == ["fixed", "block"]
    printed = page.pdf(path=tmp_path / "page.pdf", prefer_css_page_size=True)
    page.close()
    sheets = len(re.findall(rb"/Type\s*/Page\b", printed))
    strips = sum(b" 1 .9137 .6588 rg" in drawn and b".7882 .5922 0 rg" in drawn for drawn in streams(printed))
    assert sheets >= 3
    assert strips == sheets


def streams(pdf: bytes) -> Iterator[bytes]:
    """What is drawn in a PDF file: the banner is told by the colours of its strip and of its edge."""
    for found in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.S):
        try:
            yield zlib.decompress(found[1])
        except zlib.error:
            continue
