"""The page with which a draft is confirmed: everything linked, everything escaped, nobody's telephone number."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from runpy import run_path
from types import SimpleNamespace

import pytest
import yaml

from armlet.protocol.source import Stated
from armlet.registry.read import read_record
from armlet.report.review import render_review
from armlet.report.review_words import Bit, Span, bits_of, field_words, is_contact, lay_marks, read_words, shown

reviewed = SimpleNamespace(**run_path(str(Path(__file__).parent / "reviewed.py")))


@pytest.fixture(scope="module")
def content() -> SimpleNamespace:
    found: SimpleNamespace = reviewed.content_of(reviewed.record_bytes())
    return found


@pytest.fixture(scope="module")
def html(content: SimpleNamespace) -> str:
    return render_review(content)


@pytest.fixture(scope="module")
def page(html: str) -> SimpleNamespace:
    found: SimpleNamespace = reviewed.Taken(html)
    return found


def sources(node: object, path: str = "") -> Iterator[tuple[str, dict[str, object]]]:
    """Every source of a protocol as its YAML has it, with the path of its part."""
    if isinstance(node, dict):
        if isinstance(node.get("source"), dict):
            yield path, node["source"]
        for key, value in node.items():
            if key != "source":
                yield from sources(value, f"{path}.{key}")
    for place, value in enumerate(node if isinstance(node, list) else ()):
        yield from sources(value, f"{path}.{place}")


# --- Questions --------------------------------------------------------------------------------------------------------


def test_every_question_stands_there_in_order_of_weight_with_why_and_who(
    content: SimpleNamespace, page: SimpleNamespace
) -> None:
    asked = page.of_class("question")
    assert [one.attributes["data-id"] for one in asked] == [question.id for question in content.draft.questions]
    assert len(asked) > 20
    ratio = page.by_id["q-allocation_ratio"].text
    assert "In which ratio are participants allotted to the arms?" in ratio
    assert "An uneven ratio costs power" in ratio
    assert "Asked of: statistician" in ratio
    weights = [content.draft.weights[one.attributes["data-id"]] for one in asked]
    assert weights == sorted(weights)
    assert all(any(box.attributes.get("type") == "checkbox" for box in one.walk()) for one in asked)


def test_a_question_names_the_line_of_the_protocol_where_its_answer_goes(
    content: SimpleNamespace, page: SimpleNamespace
) -> None:
    lines = content.draft.protocol_yaml.splitlines()
    for one in page.of_class("question"):
        number = int(re.search(r"protocol\.yaml line (\d+)", one.text)[1])
        above = lines[: number - 1]
        assert lines[number - 1].strip() == "answer: null"
        assert next(line for line in reversed(above) if "- id:" in line).endswith(f" {one.attributes['data-id']}")


def test_a_question_leads_to_the_words_that_it_concerns(page: SimpleNamespace) -> None:
    def words_of(question: str) -> list[str]:
        return [page.by_id[name].text for name in page.by_id[f"q-{question}"].links("to-words")]

    assert words_of("sample_size") == ["12", "ESTIMATED"]
    assert words_of("age_limits") == ["18 Years", "70 Years"]
    assert words_of("spelling_hltv") == ["HLTV infection"]
    nested = "cold feet, shown by\n   1. a thermometer\n   2. a witness"
    judged = next(one for one in page.of_class("question") if '"cold feet' in one.text)
    assert words_of(judged.attributes["data-id"]) == [nested]


def test_what_a_question_waits_for_leads_to_the_part_and_back(page: SimpleNamespace) -> None:
    ratio = page.by_id["q-allocation_ratio"]
    parts = [name for name in ratio.links() if name.startswith("p")]
    assert parts
    for name in parts:
        assert "q-allocation_ratio" in page.by_id[name].links()


def test_the_blocks_of_the_answers_are_the_end_of_the_protocol(content: SimpleNamespace, page: SimpleNamespace) -> None:
    blocks = json.loads(page.by_id["blocks"].text)
    written = "".join(f"{block['before']}\n    answer: null\n" for block in blocks)
    text = content.draft.protocol_yaml
    assert written == text[text.index("\nquestions:\n") + 1 :]


# --- Statements and words ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["record", "page"])
def test_every_stated_fact_is_linked_to_its_words_and_back(name: str) -> None:
    data = reviewed.record_bytes() if name == "record" else reviewed.PAGE.encode()
    content = reviewed.content_of(data)
    page = reviewed.Taken(render_review(content))
    plain = yaml.safe_load(content.draft.protocol_yaml)
    parts = {re.search(r"protocol\.yaml line (\d+)", one.text)[1]: one for one in page.of_class("part")}
    lines = content.trial.lines.by_path
    checked = 0
    for path, source in sources(plain):
        steps = tuple(int(step) if step.isdigit() else step for step in path.split(".")[1:])
        part = parts[str(lines[steps])]
        marks = part.links("to-words")
        linked = [reviewed.bare(page.by_id[mark].text) for mark in marks]
        for stated in source.get("stated", ()):
            if not is_contact(stated["where"]):
                words = reviewed.bare(str(shown(stated["words"])))
                assert any(words in one for one in linked) or joins(words, linked), (path, stated)
                checked += 1
        for mark in marks:
            assert part.attributes["id"] in page.row_of(mark).links()
    assert checked > 15
    assert page.dead_links() == []


def joins(words: str, linked: list[str]) -> bool:
    """Whether the words are those of some marks in a row, or lack the numbers of nested points."""
    return re.sub(r"\d", "", words) in re.sub(r"\d", "", "".join(linked))


def test_what_is_assumed_is_marked_with_its_reason_and_who_confirms(
    content: SimpleNamespace, page: SimpleNamespace
) -> None:
    found = [source for _, source in sources(yaml.safe_load(content.draft.protocol_yaml)) if "assumed" in source]
    boxes = [" ".join(box.text.split()) for box in page.of_class("assumed")]
    assert len(boxes) == len(found) > 10
    for source in found:
        reason = " ".join(source["assumed"]["because"].partition("; see question")[0].split())
        wanted = f"Assumed: {reason}. To be confirmed by: {source['assumed']['confirm']}."
        assert any(box.startswith(wanted) for box in boxes), wanted


def test_a_criterion_shows_the_words_its_rule_and_who_answers(page: SimpleNamespace) -> None:
    criteria = [one for one in page.of_class("part") if page_has(one, "rule")]
    shown_as = {
        next(child.text for child in one.walk() if child.tag == "h4").partition(" ")[2]: one for one in criteria
    }
    body_mass_index = " ".join(shown_as["BMI > 20 kg/m2"].text.split())
    assert "computed body mass index above 20 kg/m2" in body_mass_index
    judged = shown_as["fear of </textarea> moss"].text
    assert "a person judges" in judged
    assert "who judges it, and by what, is not stated in the record" in judged


def page_has(node: SimpleNamespace, css_class: str) -> bool:
    return any(css_class == one.attributes.get("class") for one in node.walk())


def test_doubts_are_listed(page: SimpleNamespace) -> None:
    text = " ".join(page.root.text.split())
    assert "“HLTV”, perhaps HTLV" in text
    assert "questions have no answer yet" in text


def test_unrecognised_lines_are_listed_up_to_a_hundred_and_the_rest_counted() -> None:
    odd = {f"odd{number}": "x" for number in range(130)}
    many = {**reviewed.RECORD["designModule"], **odd}
    page = reviewed.Taken(render_review(reviewed.content_of(reviewed.record_bytes(designModule=many))))
    assert page.root.text.count("protocolSection.designModule.odd") == 100
    assert "And 30 more" in page.root.text


def test_a_record_for_people_is_shown_line_by_line() -> None:
    page = reviewed.Taken(render_review(reviewed.content_of(reviewed.PAGE.encode(), "page.txt")))
    rows = [" ".join(row.text.split()) for row in page.of_class("row")]
    assert len(rows) == 18
    assert rows[1].startswith("2ClinicalTrials.gov Identifier: NCT09999992")
    assert rows[16] == "17(contact details, not kept)"
    assert rows[17] == "18A line that nobody knows not recognised"


# --- Hostile records --------------------------------------------------------------------------------------------------


def test_no_text_of_a_record_becomes_markup(html: str, page: SimpleNamespace) -> None:
    scripts = [node for node in page.root.walk() if node.tag == "script"]
    assert [node.attributes.get("type", "") for node in scripts] == ["application/json", ""]
    assert html.count("<script") == 2
    assert "<script>alert" not in html
    assert not [node for node in page.root.walk() if any(name.startswith("on") for name in node.attributes)]
    assert "Moss Tea: a <script>alert(1)</script> Trial" in page.by_id["p1"].text
    assert "fear of </textarea> moss" in page.root.text


def test_the_policy_lets_only_our_script_run(html: str, page: SimpleNamespace) -> None:
    script = [node for node in page.root.walk() if node.tag == "script"][1].text
    wanted = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = next(node for node in page.root.walk() if "http-equiv" in node.attributes).attributes["content"]
    assert policy == (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{wanted}'; base-uri 'none'; form-action 'none'"
    )
    assert re.findall(r'(?:src|href)="(?!#)[^"]*"', html) == []


def test_characters_that_turn_text_round_are_spelled_out(html: str) -> None:
    assert "\u202e" not in html
    assert "Water ‹U+202E›esrever" in html


@pytest.mark.parametrize(
    "secret", ["moss@bog.example", "+47 12 34 56 78", "555-123-4567", "Nora Secret", "nora@bog", "555 0100"]
)
def test_contacts_are_not_shown(html: str, secret: str) -> None:
    assert secret not in html


def test_the_same_record_gives_the_same_bytes(html: str) -> None:
    assert render_review(reviewed.content_of(reviewed.record_bytes())) == html


def test_a_long_word_stays_whole(html: str) -> None:
    assert "x" * 400 in html


# --- Words among words ------------------------------------------------------------------------------------------------


def test_marks_that_cut_across_each_other_become_one() -> None:
    inside, outer, crossing, far = Span(0, 2, 4), Span(0, 0, 6), Span(0, 5, 9), Span(1, 0, 3)
    whole = Span(0, 0, 9)
    assert lay_marks([inside, outer, crossing, far]) == {inside: inside, outer: whole, crossing: whole, far: far}


def test_marks_nest_in_the_text() -> None:
    assert bits_of("tea for two", {Span(0, 0, 11): 1, Span(0, 8, 11): 2, Span(0, 0, 3): 3}) == (
        Bit(opens=1), Bit(opens=3), Bit(text="tea"), Bit(closes=3), Bit(text=" for "), Bit(opens=2), Bit(text="two"),
        Bit(closes=2), Bit(closes=1),
    )  # fmt: skip
    assert bits_of("tea two", {Span(0, 0, 3): 1}) == (Bit(opens=1), Bit(text="tea"), Bit(closes=1), Bit(text=" two"))


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (
            "cold feet, shown by - a thermometer - a witness",
            "cold feet, shown by\n   1. a thermometer\n   2. a witness",
        ),
        ("BMI > 20 kg/m2", "BMI \\> 20 kg/m2"),
        ("a witness", "a witness"),
        ("HLTV infection", "HLTV infection"),
    ],
)
def test_words_are_found_whatever_bullets_and_escapes_stand_among_them(words: str, found: str) -> None:
    known = read_words(read_record(reviewed.record_bytes(), "x"))
    spans = known.find(Stated(where="eligibilityModule.eligibilityCriteria", words=words))
    assert [known.words_of(span) for span in spans] == [found]


def test_words_that_lie_on_two_lines_are_found_on_both() -> None:
    text = reviewed.PAGE.replace("- cold feet\n", "- feet colder than\n those of most people\n")
    known = read_words(read_record(text.encode(), "x"))
    spans = known.quoted("colder than those of most")
    assert [known.words_of(span) for span in spans] == ["colder than", "those of most"]


def test_fields_are_told_in_words() -> None:
    assert field_words("protocolSection.outcomesModule.primaryOutcomes[1].timeFrame") == "primary outcome 2, time frame"
    assert field_words("protocolSection.statusModule.startDateStruct.date") == "start date, date"
