"""Both pages of an invented trial: what must stand on them, and what must not."""

import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import pytest

from armlet.analysis.estimates import NotEstimable
from armlet.protocol.model import Treated
from armlet.report.blinded import render_blinded
from armlet.report.unblinded import render_unblinded
from armlet.units import Quantity

PLANTED = "Zanzibar-arm"


class Reader(HTMLParser):
    """The words of a page, its tags in order, and the text of each table by caption."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        """Everything that is read, blanks made single."""
        return re.sub(r"\s+", " ", "".join(self.words).replace("\u00a0", " "))


@pytest.fixture(scope="module")
def before(invented: SimpleNamespace) -> str:
    return render_blinded(invented.blinded())


@pytest.fixture(scope="module")
def after(invented: SimpleNamespace) -> str:
    return render_unblinded(invented.unblinded())


def row(page: str, first: str) -> str:
    """The cells of the table row that begins with these words, joined by bars."""
    found = re.search(rf"<tr[^>]*><th scope=\"row\">{re.escape(first)}</th>(.*?)</tr>", page, re.S)
    assert found, first
    return "|".join(re.findall(r"<td[^>]*>(.*?)</td>", found[1], re.S)).replace("\u00a0", " ")


# --- Blinding -------------------------------------------------------------------------------------------------------


def test_a_planted_arm_name_is_on_the_page_after_the_lock_and_never_on_the_one_before(
    invented: SimpleNamespace,
) -> None:
    base = invented.protocol()
    cells = base.arms[0].model_copy(update={"label": PLANTED, "description": f"{PLANTED} described"})
    given = base.interventions[0].model_copy(update={"label": f"{PLANTED} given"})
    planted = invented.protocol(arms=(cells, base.arms[1]), interventions=(given, base.interventions[1]))
    content = invented.blinded(planted)
    assert PLANTED not in render_blinded(content)
    assert PLANTED in render_unblinded(invented.unblinded(content))


def test_the_page_before_the_lock_has_no_lot_dose_or_arm(invented: SimpleNamespace, before: str, after: str) -> None:
    for secret in ("LOT-77", "1.9", "imitation", "with cells"):
        assert secret in Reader(after).text, secret
    for secret in ("LOT-77", "imitation", "with cells", "× 10⁶/kg", "permuted blocks"):
        assert secret not in Reader(before).text, secret


def test_values_that_could_tell_the_arm_are_shown_up_to_baseline_only(invented: SimpleNamespace) -> None:
    base = invented.protocol()
    telling = base.endpoints[0].model_copy(update={"tells_arm": True})
    content = invented.blinded(invented.protocol(endpoints=(telling, base.endpoints[1])))
    page = render_blinded(content)
    assert row(page, "P1") == "2.00|recorded|recorded"
    assert row(page, "P3") == "2.20|recorded|no value"
    for late in ("2.32", "2.10", "2.777", "2.555", "2.78", "2.56"):
        assert late not in page, late
    assert "2.78" in render_blinded(invented.blinded())


def test_nothing_drawn_or_written_depends_on_late_values_of_a_telling_measure(invented: SimpleNamespace) -> None:
    base = invented.protocol()
    measures = tuple(one.model_copy(update={"tells_arm": True}) if one.id == "fev1" else one for one in base.measures)
    marked = invented.protocol(measures=measures)
    other = {**invented.FEV1, "P1": ("2.00", "9.99", "8.88"), "P4": ("1.90", "7.77", "6.66")}
    pages = {
        render_blinded(invented.blinded(marked, data=data)) for data in (invented.dataset(), invented.dataset(other))
    }
    assert len(pages) == 1


def test_swapping_the_arms_changes_the_page_after_the_lock(invented: SimpleNamespace, after: str) -> None:
    content = invented.unblinded()
    other = {"cells": "imitation", "imitation": "cells"}
    slots = tuple(replace(slot, arm=other[slot.arm]) for slot in content.unblinded.slots)
    swapped = replace(content, unblinded=replace(content.unblinded, slots=slots))
    assert render_unblinded(swapped) != after


def test_the_blinded_page_is_made_without_loading_the_allocation_or_the_analysis() -> None:
    code = (
        "import sys, armlet.report.blinded; "
        "print([name for name in sys.modules if name.startswith(('armlet.allocation', 'armlet.analysis', 'numpy'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# --- What stands on the pages ---------------------------------------------------------------------------------------


def test_the_flow_counts_everybody_and_every_reason(after: str) -> None:
    text = Reader(after).text
    for counted in (
        "Assessed for eligibility (n = 6)",
        "Not enrolled (n = 2)",
        "no consent: 1",
        "– not met: FEV1 above 1.2 L: 1",
        "– body mass index over 35: 1",
        "Randomised to cells (n = 2)",
        "given in full: 1",
        "not given: logistics: 1",
        "In the primary analysis (n = 1)",
        "left out: visit month 9 not held: 1",
    ):
        assert counted in text, counted


def test_eligibility_is_counted_criterion_by_criterion(before: str) -> None:
    assert row(before, "FEV1 above 1.2 L") == "4|1|0"
    assert row(before, "Body mass index over 35") == "1|4|0"


def summary_of(page: str, title: str) -> list[str]:
    """The rows under the subheading of a measure at baseline: number, mean and SD, median and range."""
    part = page[page.index(f'">{title}</th></tr>') :]
    return [row(part, first) for first in ("Number with a value", "Mean (SD)", "Median [range]")]


def test_baseline_gives_number_mean_spread_median_and_range_by_arm_and_in_total(after: str) -> None:
    """Ages 31 and 34 with cells, 32 and 33 with the imitation; weights 61.5 and 64.5, 62.5 and 63.5 kg."""
    assert summary_of(after, "Age (years)") == [
        "2|2|4",
        "32.5 (2.1)|32.5 (0.7)|32.5 (1.3)",
        "32.5 [31 to 34]|32.5 [32 to 33]|32.5 [31 to 34]",
    ]
    medians = summary_of(after, "Body weight (kg)")[2]
    assert medians == "63.0 [61.5 to 64.5]|63.0 [62.5 to 63.5]|63.0 [61.5 to 64.5]"
    assert row(after, "Sex: female") == "1 of 2 (50 %)|0 of 2 (0 %)|1 of 4 (25 %)"
    fev1 = summary_of(after, "Mean FEV1 in the half hour after exercise (L)")
    assert fev1[1].startswith("1.95 (0.07)|2.00 (0.28)|")
    assert fev1[2].startswith("1.95 [1.90 to 2.00]|")


def test_baseline_before_the_lock_is_of_everybody_only(before: str) -> None:
    assert summary_of(before, "Age (years)") == ["4", "32.5 (1.3)", "32.5 [31 to 34]"]


def test_an_endpoint_is_told_by_visit_with_its_change_of_those_who_have_both_values(before: str, after: str) -> None:
    """At month 9 with cells 2.32 and 1.94, changes +0.32 and +0.04; with the imitation 1.72 alone, change −0.08."""
    part = after[after.index("visits-fev1-after-exercise.csv</a>") :]
    assert row(part, "Screening") == "2|1.95 (0.07)|–|–|2|2.00 (0.28)|–|–"
    assert row(part, "Month 9") == "2|2.13 (0.27)|2|0.18 (0.20)|1|1.72 (–)|1|−0.08 (–)"
    part = before[before.index("visits-fev1-after-exercise.csv</a>") :]
    assert row(part, "Month 9") == "3|1.99 (0.30)|3|0.09 (0.21)"


def test_the_primary_result_has_the_five_attributes_of_its_estimand_beside_it(after: str) -> None:
    answers = {
        first: row(after, first).replace("\n", " ")
        for first in (
            "Treatment", "Population", "Variable", "Intercurrent events and strategies", "Summary of the population",
            "Estimate", "Interval", "p", "Smallest p that these people could have given", "Analysed",
            "Left out, and why", "To bear in mind",
        )
    }  # fmt: skip
    assert answers["Treatment"].startswith("Cells and imitation compared (")
    assert "at month 9; baseline visit: screening" in answers["Variable"]
    assert answers["Summary of the population"] == (
        "Difference in means of the change from baseline, cells minus imitation."
    )
    assert answers["Estimate"] == "0.260 L"
    assert answers["Interval"] == "−0.050 to 0.610 L (95 %)"
    assert answers["p"] == "0.250, two-sided, exact"
    assert answers["Smallest p that these people could have given"] == "0.125"
    assert answers["Analysed"] == "Cells: 2 of 2 in the set Imitation: 1 of 2 in the set"
    assert answers["Left out, and why"] == "Visit month 9 not held: P3"
    assert answers["To bear in mind"].startswith("Read with care.")


def test_the_results_table_tells_estimate_interval_p_its_least_value_and_the_people(after: str) -> None:
    cells = row(
        after, "Difference between the arms at month 9\nre-randomisation test over the trial&#39;s own allocations"
    )
    assert cells.replace("\n", " ") == (
        "0.260 L|\u22120.050 to 0.610 95 %|0.250 two\u2011sided, exact|0.125|cells: 2 imitation: 1"
    )
    assert "Visit month 9 not held: P3" in Reader(after).text
    assert "Read with care. Concerns: all planned analyses." in Reader(after).text


def test_each_strategy_is_named_with_the_events_that_it_treats(invented: SimpleNamespace) -> None:
    planned = invented.planned(invented.estimate())
    analysis = planned.analysis.model_copy(
        update={"intercurrent": (Treated(event="not_given", strategy="hypothetical"),)}
    )
    declared = replace(planned, analysis=analysis)
    quiet = replace(planned, result=replace(planned.result, warnings=()))
    results = (declared, replace(declared, visit="month_3"), quiet)
    text = Reader(render_unblinded(invented.unblinded(results=results))).text
    # Each stands in the table of its result and once more in the notes on all of them.
    assert text.count("Hypothetical, if: the infusion is not given.") == 4
    assert text.count("Treatment policy, if: the infusion is not given.") == 2
    assert text.count("Read with care. Concerns:") == 1


def test_a_value_that_stands_for_an_event_is_told_with_it(invented: SimpleNamespace) -> None:
    planned = invented.planned(invented.estimate())
    treated = Treated(event="not_given", strategy="composite", value=Quantity.parse("0 L"))
    declared = replace(planned, analysis=planned.analysis.model_copy(update={"intercurrent": (treated,)}))
    text = Reader(render_unblinded(invented.unblinded(results=(declared,)))).text
    assert "Composite, if: the infusion is not given (counted as 0 L)." in text


def test_the_flow_names_every_primary_result_with_its_people_and_those_left_out(invented: SimpleNamespace) -> None:
    month_9 = invented.planned(invented.estimate())
    everybody = replace(invented.estimate(), n_used={"cells": 2, "imitation": 2}, left_out=())
    results = (replace(month_9, visit="month_3", result=everybody), month_9)
    text = Reader(render_unblinded(invented.unblinded(results=results))).text
    for counted in (
        "In the primary analysis (n = 2)",
        "In the primary analysis (n = 1 to 2)",
        "month 3: 2",
        "month 9: 1",
        "– left out: visit month 9 not held: 1",
    ):
        assert counted in text, counted


def test_no_text_of_a_drawing_has_more_digits_than_a_reader_can_use(invented: SimpleNamespace) -> None:
    """Every sample of the test is told by its minute and its value: 2.777 L is shown as 2.78 L, as tables show it."""
    page = re.sub(r'href="data:[^"]*"', "", render_unblinded(invented.unblinded()))
    assert "participant P1: 1 min, 2.78\u00a0L" in page
    assert "2.777" not in page


def test_an_assumption_is_printed_with_its_value_and_one_of_the_product_only_after_the_lock(
    before: str, after: str
) -> None:
    place = "Cells per volume\n(products.airway_cells.release.strength)"
    assert row(after, place).startswith("Cells per volume at most 8 × 10⁶/mL|Invented for the tests|")
    assert "Cells per volume" not in before
    assert "Permuted blocks, 1 " in Reader(after).text


def test_the_labels_of_a_forest_are_whole(invented: SimpleNamespace) -> None:
    base = invented.protocol()
    label = "difference in the mean of all values after exercise " * 4
    analysis = base.analyses[0].model_copy(update={"label": label.strip()})
    planned = replace(invented.planned(invented.estimate()), analysis=analysis)
    page = render_unblinded(invented.unblinded(results=(planned, replace(planned, visit="month_3"))))
    drawn = " ".join(re.findall(r'<text[^>]*class="row-name"[^>]*>([^<]*)</text>', page))
    assert drawn.lower().count("difference in the mean of all values after exercise") == 8
    assert "…" not in page


def test_what_is_not_estimable_says_why_in_the_table(invented: SimpleNamespace) -> None:
    result = NotEstimable("main", "rerandomisation", "nobody was seen", {"cells": 0, "imitation": 0})
    page = render_unblinded(invented.unblinded(results=(invented.planned(result),)))
    assert "not estimable: nobody was seen" in page


def test_missed_visits_and_missing_values_have_their_reasons(before: str) -> None:
    visits = before[before.index(">tables/visits.csv</a>") :]
    assert row(visits, "Month 9") == "3|0|1|0|moved house (1)"
    assert row(visits, "Month 3").startswith("4|0|0|0|")
    assert "sample lost" in before


def test_adverse_events_are_counted_by_arm_after_the_lock_and_together_before(before: str, after: str) -> None:
    assert row(before, "Sore throat") == "1 of 4 (25 %)|1|not graded|0"
    assert row(after, "Sore throat") == "0 of 2 (0 %)|0|–|0|1 of 2 (50 %)|1|not graded|0"
    assert row(after, "Any serious adverse event") == "1 of 2 (50 %)|1|3|1|0 of 2 (0 %)|0|–|0"


def test_nought_serious_events_are_no_proof_of_safety(before: str, after: str) -> None:
    """With 0 of 2 the one-sided upper limit is 1 − √0.05 = 0.7764."""
    assert (
        "0 of 2 had a serious adverse event, which is not proof of safety: the upper limit is 77.6 %"
        in Reader(after).text
    )
    assert "proof of safety" not in before


def test_product_deviations_assumptions_and_records_are_there(invented: SimpleNamespace, after: str) -> None:
    text = Reader(after).text
    assert row(after, "PREP-1") == "P1|cells|LOT-77|1.9|31.5|11 April 2021, in full"
    assert row(after, "PREP-4") == "P4|cells|none made|none|none|not given"
    content = invented.blinded()
    for stated in (
        "the diary was kept on paper",
        "Neither nostril is known to be better",
        "the principal investigator",
        content.protocol.digest(),
        content.head.digest,
        f"{content.head.seq} entries",
        "armlet verify FOLDER",
        "A note.",
        "stopped early on 5 April 2022 (funding: the sponsor's funds ran out)",
    ):
        assert stated in text, stated


def test_one_arm_is_never_called_randomised(invented: SimpleNamespace) -> None:
    content = invented.blinded(invented.single_arm())
    after = render_unblinded(invented.unblinded(content, results=()))
    for page in (render_blinded(content), after):
        assert re.search("randomi[sz]", page, re.I) is None
    assert "Intervention (n = 4)" in Reader(after).text


def test_an_open_question_is_asked(invented: SimpleNamespace) -> None:
    question = invented.protocol().questions[0].model_copy(update={"answer": None, "about": "Left or right?"})
    assert "Left or right?" in render_blinded(invented.blinded(invented.protocol(questions=(question,))))


# --- Every page -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["before", "after"])
def test_simulated_stands_in_the_banner_and_in_every_caption(kind: str, request: pytest.FixtureRequest) -> None:
    page = request.getfixturevalue(kind)
    captions = re.findall(r"<(?:caption|figcaption)>(.*?)</(?:caption|figcaption)>", page, re.S)
    assert len(captions) > 8
    assert all('<span class="sim">Simulated</span>' in caption for caption in captions)
    assert "SIMULATED</strong> — invented participants, no real data" in page


def test_a_real_trial_has_no_such_word(invented: SimpleNamespace) -> None:
    content = invented.blinded(state=invented.lived(simulated=False))
    for page in (render_blinded(content), render_unblinded(invented.unblinded(content))):
        body = page[page.index("<body") :]
        assert "simulated" not in body.lower()


@pytest.mark.parametrize("kind", ["before", "after"])
def test_the_page_is_one_file_without_scripts_or_anything_from_elsewhere(
    kind: str, request: pytest.FixtureRequest
) -> None:
    page = request.getfixturevalue(kind)
    reader = Reader(page)
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    assert ("meta", {"http-equiv": "Content-Security-Policy", "content": policy}) in reader.tags
    assert not {"script", "link", "iframe", "img", "object", "form"} & {tag for tag, _ in reader.tags}
    addresses = [value for _, attrs in reader.tags for name, value in attrs.items() if name in {"href", "src"}]
    assert addresses
    own = ("#", "data:text/csv;charset=utf-8,")
    assert all(address is not None and address.startswith(own) for address in addresses)
    assert "url(" not in page
    assert "@import" not in page


@pytest.mark.parametrize("kind", ["before", "after"])
def test_links_headings_and_table_headers_are_in_order(kind: str, request: pytest.FixtureRequest) -> None:
    reader = Reader(request.getfixturevalue(kind))
    ids = [attrs["id"] for _, attrs in reader.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    links = [str(attrs["href"])[1:] for tag, attrs in reader.tags if tag == "a" and "download" not in attrs]
    assert links == [name for name in ids if name != "summary"]
    levels = [int(tag[1]) for tag, _ in reader.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
    assert all("scope" in attrs for tag, attrs in reader.tags if tag == "th")
    assert all(attrs.get("aria-label") or attrs.get("aria-hidden") for tag, attrs in reader.tags if tag == "svg")


@pytest.mark.parametrize("kind", ["before", "after"])
def test_no_gap_shows_as_none_or_nan(kind: str, request: pytest.FixtureRequest) -> None:
    page = re.sub(r"<style>.*?</style>", "", request.getfixturevalue(kind), flags=re.S)
    assert re.findall(r"\b(?:nan|NaN|None|inf|Decimal|undefined)\b", page) == []


@pytest.mark.parametrize("kind", ["before", "after"])
def test_what_people_typed_is_escaped(kind: str, request: pytest.FixtureRequest) -> None:
    page = request.getfixturevalue(kind)
    assert "<img" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;" in page


def test_the_same_content_gives_the_same_bytes_under_another_time_zone_and_hash_seed(after: str, before: str) -> None:
    code = (
        "import sys; from runpy import run_path; m = run_path(sys.argv[1]); "
        "from armlet.report.blinded import render_blinded; from armlet.report.unblinded import render_unblinded; "
        "sys.stdout.buffer.write((render_blinded(m['blinded']()) + render_unblinded(m['unblinded']())).encode())"
    )
    place = Path(__file__).parent / "invented_trial.py"
    for seed, zone in (("1", "Asia/Tokyo"), ("2", "America/Santiago")):
        environment = {"PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": "C"}
        done = subprocess.run(
            [sys.executable, "-c", code, str(place)], env=environment, capture_output=True, check=True
        )
        assert done.stdout == (before + after).encode()


def test_a_changed_fact_changes_the_page_and_the_old_one_is_nowhere(invented: SimpleNamespace, after: str) -> None:
    visits = tuple(
        one.model_copy(update={"label": "week 40"}) if one.id == "month_9" else one
        for one in invented.protocol().visits
    )
    base = invented.protocol()
    analyses = (base.analyses[0].model_copy(update={"label": "difference between the arms"}),)
    design = base.design.model_copy(update={"participants": 77})
    changed = invented.protocol(title="Quite another title", visits=visits, analyses=analyses, design=design)
    data = invented.dataset(
        {**invented.FEV1, "P3": ("2.20", "2.15", "2.19")}, {**invented.RELIEVER, "P3": ("1", "2", "3")}
    )
    estimate = replace(invented.estimate(), left_out=())
    page = render_unblinded(
        invented.unblinded(invented.blinded(changed, data=data), (invented.planned(estimate, changed),))
    )
    assert base.title in after
    assert base.title not in page
    assert "month 9" in after.lower()
    assert "month 9" not in page.lower()
    assert "of 77 planned" in Reader(page).text
    assert "of 12 planned" not in Reader(page).text


def test_a_trial_without_anybody_has_a_page(invented: SimpleNamespace) -> None:
    from armlet.conduct.state import TrialState

    empty = invented.dataset({}, {})
    content = replace(invented.blinded(), state=TrialState(), dataset=replace(empty, participants=()), observations=())
    assert "Nobody is enrolled yet." in render_blinded(content)
