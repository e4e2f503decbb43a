"""The page with which a draft is confirmed, in a real browser: a click lights the words up, answers come out as YAML."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from runpy import run_path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from armlet.protocol.load import read_protocol
from armlet.report.review import render_review

REVIEWED = Path(__file__).parents[1] / "unit" / "report" / "reviewed.py"
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
LIT = "() => [...document.querySelectorAll('mark.lit')].map(one => one.textContent)"


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
def draft(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The page of a hostile record as a file, and its protocol.yaml."""
    reviewed = run_path(str(REVIEWED))
    content = reviewed["content_of"](reviewed["record_bytes"]())
    file = tmp_path_factory.mktemp("review") / "review.html"
    file.write_text(render_review(content), "utf-8")
    return file, content.draft.protocol_yaml


def opened(browser: Browser, file: Path, width: int, *, script: bool = True) -> tuple[Page, list[str]]:
    """The page at that width, and everything that it complained about or asked for beside itself."""
    context = browser.new_context(viewport={"width": width, "height": 900}, java_script_enabled=script)
    page = context.new_page()
    amiss: list[str] = []
    page.on("console", lambda message: amiss.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: amiss.append(f"error: {error}"))
    page.on("dialog", lambda dialog: amiss.append(f"dialog: {dialog.message}"))
    page.on("request", lambda request: amiss.append(request.url) if request.url != file.as_uri() else None)
    page.goto(file.as_uri())
    return page, amiss


@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_loads_without_complaint_and_fits_the_screen(
    browser: Browser, draft: tuple[Path, str], width: int
) -> None:
    page, amiss = opened(browser, draft[0], width)
    page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    assert amiss == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    outside = "width => [...document.querySelectorAll('main *, header *')]"
    outside += ".filter(it => it.getBoundingClientRect().right > width + 1).map(it => it.textContent)"
    assert page.evaluate(outside, width) == []
    page.context.close()


def test_a_click_on_a_fact_lights_up_its_words_beside_it(browser: Browser, draft: tuple[Path, str]) -> None:
    page, amiss = opened(browser, draft[0], 1280)
    link = page.locator("#q-age_limits a.to-words").last
    link.scroll_into_view_if_needed()
    before = page.evaluate("scrollY")
    link.click()
    assert page.evaluate(LIT) == ["18 Years", "70 Years"]
    seen = page.locator("mark.lit").last.bounding_box()
    assert seen is not None
    assert 0 < seen["y"] < 900
    assert page.evaluate("scrollY") == before
    page.locator("#q-sample_size a.to-words").first.click()
    assert page.evaluate(LIT) == ["12", "ESTIMATED"]
    assert amiss == []
    page.context.close()


def test_a_keyboard_does_what_a_click_does(browser: Browser, draft: tuple[Path, str]) -> None:
    page, _ = opened(browser, draft[0], 1280)
    page.locator("#q-sample_size a.to-words").first.focus()
    page.keyboard.press("Enter")
    assert page.evaluate(LIT) == ["12", "ESTIMATED"]
    page.locator("#q-sample_size .tick input").focus()
    page.keyboard.press("Space")
    assert page.locator("#q-sample_size .tick input").is_checked()
    page.context.close()


def test_on_a_telephone_one_comes_back_to_where_one_was(browser: Browser, draft: tuple[Path, str]) -> None:
    page, _ = opened(browser, draft[0], 390)
    link = page.locator("#q-sample_size a.to-words").first
    link.scroll_into_view_if_needed()
    link.click()
    words = page.locator("mark.lit").first.bounding_box()
    assert words is not None
    assert -1 < words["y"] < 900
    page.locator("#back").click()
    again = link.bounding_box()
    assert again is not None
    assert 0 < again["y"] < 900
    assert not page.locator("#back").is_visible()
    page.context.close()


def test_the_words_lead_back_to_what_rests_on_them(browser: Browser, draft: tuple[Path, str]) -> None:
    page, _ = opened(browser, draft[0], 1280)
    page.locator(".row", has_text="70 Years").locator("a", has_text=re.compile("^Q")).first.click()
    assert page.locator(".question.lit").get_attribute("id") == "q-age_limits"
    seen = page.locator("#q-age_limits").bounding_box()
    assert seen is not None
    assert 0 <= seen["y"] < 900
    page.context.close()


def test_progress_is_counted_and_outlives_a_reload(browser: Browser, draft: tuple[Path, str]) -> None:
    page, _ = opened(browser, draft[0], 1280)
    count = page.locator(".question").count()
    page.locator("#q-age_limits .tick input").check()
    page.locator("#q-age_limits button.option", has_text="completed years").click()
    assert page.locator(".progress").inner_text() == f"1 of {count} ticked, 1 answered"
    page.reload()
    assert page.locator(".progress").inner_text() == f"1 of {count} ticked, 1 answered"
    page.locator("#only-open").check()
    assert not page.locator("#q-age_limits").is_visible()
    page.locator("#who").select_option("statistician")
    assert page.locator(".question:visible").count() == page.locator(".question[data-who=statistician]").count()
    page.context.close()


def test_answers_come_out_as_the_end_of_the_protocol(browser: Browser, draft: tuple[Path, str]) -> None:
    file, protocol_yaml = draft
    page, _ = opened(browser, file, 1280)
    page.locator("#q-age_limits button.option", has_text="completed years").click()
    page.locator("#q-age_limits input[name=because]").fill('so said "all": # of us\\')
    page.locator("#q-age_limits input[name=confirm]").fill("nobody's \u2028 aunt")
    page.locator("#make").click()
    start = protocol_yaml.index("\nquestions:\n") + 1
    protocol, _ = read_protocol(protocol_yaml[:start] + page.locator("#yaml").input_value(), "answered.yaml")
    answered = [question for question in protocol.questions if question.answer is not None]
    assert [(one.id, one.answer, one.because, one.confirm) for one in answered] == [
        ("age_limits", "completed years", 'so said "all": # of us\\', "nobody's \u2028 aunt")
    ]
    assert len(protocol.questions) == page.locator(".question").count()
    page.context.close()


def test_one_answer_serves_the_questions_like_it(browser: Browser, draft: tuple[Path, str]) -> None:
    page, _ = opened(browser, draft[0], 1280)
    first = page.locator(".question", has=page.locator("button", has_text="like it")).first
    first.locator("button.option").first.click()
    first.locator("button", has_text="like it").click()
    told = re.search(r"Use it for the (\d+) like it", first.inner_text())
    assert told is not None
    assert page.locator(".progress").inner_text().endswith(f", {int(told[1]) + 1} answered")
    page.context.close()


@pytest.mark.parametrize("width", [390, 1280])
def test_without_script_everything_can_be_read(browser: Browser, draft: tuple[Path, str], width: int) -> None:
    page, _ = opened(browser, draft[0], width, script=False)
    for section in ("questions", "criteria", "parts", "doubts", "record"):
        assert page.locator(f"#{section}").is_visible()
    assert page.locator(".question:visible").count() == page.locator(".question").count() > 20
    assert not page.locator("#make").is_visible()
    page.locator("#q-sample_size a.to-words").first.click()
    seen = page.locator("mark:target").bounding_box()
    assert seen is not None
    assert 0 <= seen["y"] < 900
    page.context.close()


def test_it_prints_on_a4_with_room_for_answers(browser: Browser, draft: tuple[Path, str]) -> None:
    page, _ = opened(browser, draft[0], 1280)
    page.emulate_media(media="print")
    assert page.locator(".by-hand").first.is_visible()
    assert not page.locator(".tools").is_visible()
    assert page.locator(".record").evaluate("one => getComputedStyle(one).position") == "static"
    printed = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/MediaBox\s*\[0 0 59[45][.\d]* 84[12][.\d]*\]", printed)) >= 3
    page.context.close()
