"""Pages of the archive for a trial that never was: one version, and the list of versions."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from armlet.errors import InputError
from armlet.registry.accounting import Reading
from armlet.registry.draft import find_obstacles
from armlet.registry.read import read_record
from armlet.registry.record import (
    ArmGroupType,
    DateType,
    DesignAllocation,
    DesignMasking,
    InterventionType,
    Phase,
    PrimaryPurpose,
    Status,
    WhoMasked,
)

VERSION = """\
<html>
<head>
<title>NCT09999961 on 2012_03_13: Archive</title>
</head>
<body class="received">
<div><a href="/archive/NCT09999961">&#8592; History of this study</a></div><h1>View of NCT09999961 on
  2012_03_13</h1>
<table class="info">
<tr>
<th nowrap>ClinicalTrials Identifier:</th><td>NCT09999961</td>
</tr>
<tr>
<th>Updated:</th><td>2012_03_13</td>
</tr>
<tr>
<th class="section" colspan="2">
<h2>Descriptive Information</h2>
</th>
</tr>
<tr>
<th>Brief title</th><td>
<p>Wind &amp; Weather for Kites</p>
</td>
</tr>
<tr>
<th>Official title</th><td>
<p></p>
</td>
</tr>
<tr>
<th>Brief summary</th>
</tr>
<tr>
<td colspan="2" class="bigdent">
<p>Kites fly. &nbsp;Nobody knows why:<br>&bull;	wind<br>
<br>
<br>The end.</p>
</td>
</tr>
<tr>
<th>Phase</th><td>Phase 2/Phase 3</td>
</tr>
<tr>
<th>Study type</th><td>Interventional</td>
</tr>
<tr>
<th>Study design</th><td>Treatment</td>
</tr>
<tr>
<th>Study design</th><td>Non-Randomized</td>
</tr>
<tr>
<th>Study design</th><td>Single Blind (Subject)</td>
</tr>
<tr>
<th>Study design</th><td>Safety Study</td>
</tr>
<tr>
<th>Primary outcome</th><td>Measure: Height<br>Time Frame: 1 hour<br>Safety Issue? No<br>Description: <p>In metres.</p>
</td>
</tr>
<tr>
<th>Condition</th><td>
         Calm
      </td>
</tr>
<tr>
<th>Arm/Group</th><td>
<div>Arm Label: Long tail
            &nbsp; &nbsp;
        Active Comparator</div>
<p>Tail of 3 m</p>
</td>
</tr>
<tr>
<th>Intervention</th><td>
<div>Device: kite
            &nbsp; &nbsp;
            Arm Label: Long tail</div>
<p></p>
</td>
</tr>
<tr>
<th>Reference</th><td>
<div>Citation: Breeze B. Kites. 1999.</div>
<div>MEDLINE: 123</div>
</td>
</tr>
<tr>
<th>Status</th><td>Suspended</td>
</tr>
<tr>
<th>Last follow-up date</th><td>
         2013-12

      (Anticipated)
  </td>
</tr>
<tr>
<th>Criteria</th>
</tr>
<tr>
<td colspan="2" class="bigdent">
<p>Inclusion Criteria:<br>&bull;	has a kite &ge; 1 m</p>
</td>
</tr>
<tr>
<th>Minimum age</th><td>N/A</td>
</tr>
<tr>
<th>Expected enrollment</th><td>20</td>
</tr>
<tr>
<th>Mood</th><td>windy</td>
</tr>
</table></body>
</html>
"""
HISTORY = """\
<html><head><title>NCTs</title></head><body>
<h1>History of NCT09999961</h1><div class="metadata"><b>Brief title: </b>Wind &amp; Weather<br /><b>Record State: </b>\
RELEASED<br /></div>
<table class="versions"><tr class="header"><th>Updated</th><th colspan="2">View</th><th>Type of info changed</th></tr>
<tr class="version"><th scope="row">2010_04_26</th><td><a href="/x">Study</a></td><td /><td>Nothing (earliest)</td></tr>
<tr class="version"><th scope="row">2012_03_13</th><td><a href="/y">Study</a></td><td><a href="/z">Changes</a></td>\
<td>Protocol, Recruitment</td></tr></table></body></html>
"""


@pytest.fixture(scope="module")
def version() -> Reading:
    return read_record(VERSION.encode(), "page.html")


@pytest.fixture(scope="module")
def history() -> Reading:
    return read_record(HISTORY.encode(), "history.html")


def test_a_version_gives_the_record_as_it_was_on_its_date(version: Reading) -> None:
    section = version.record.protocol_section
    assert (version.format, version.as_of) == ("history_page", "2012-03-13")
    assert section.identification_module.nct_id == "NCT09999961"
    assert section.identification_module.brief_title == "Wind & Weather for Kites"
    assert section.identification_module.official_title is None
    assert section.status_module.overall_status is Status.SUSPENDED
    assert section.status_module.last_update_submit_date is None
    assert str(section.status_module.completion_date_struct.date) == "2013-12"
    assert section.status_module.completion_date_struct.type is DateType.ESTIMATED


def test_the_rows_of_design_are_told_apart(version: Reading) -> None:
    design = version.record.protocol_section.design_module
    assert design.phases == (Phase.PHASE2, Phase.PHASE3)
    assert design.design_info.primary_purpose is PrimaryPurpose.TREATMENT
    assert design.design_info.allocation is DesignAllocation.NON_RANDOMIZED
    assert design.design_info.masking_info.masking is DesignMasking.SINGLE
    assert design.design_info.masking_info.who_masked == (WhoMasked.PARTICIPANT,)
    assert ("design", "Safety Study") in {(fact.path, fact.value) for fact in version.provenance}
    assert design.enrollment_info.count == 20
    (item,) = [item for item in version.confirm if item.path.endswith("enrollmentInfo.type")]
    assert item.value == "ESTIMATED"


def test_arms_interventions_outcomes_and_references(version: Reading) -> None:
    section = version.record.protocol_section
    (arm,) = section.arms_interventions_module.arm_groups
    (kite,) = section.arms_interventions_module.interventions
    (outcome,) = section.outcomes_module.primary_outcomes
    assert (arm.label, arm.type, arm.description) == ("Long tail", ArmGroupType.ACTIVE_COMPARATOR, "Tail of 3 m")
    assert (kite.type, kite.name, kite.arm_group_labels) == (InterventionType.DEVICE, "kite", ("Long tail",))
    assert (outcome.measure, outcome.time_frame, outcome.description) == ("Height", "1 hour", "In metres.")
    assert section.references_module.references[0].citation == "Breeze B. Kites. 1999."
    assert ("reference.medline", "123") in {(fact.path, fact.value) for fact in version.provenance}


def test_text_keeps_its_line_breaks_with_at_most_one_line_left_free(version: Reading) -> None:
    section = version.record.protocol_section
    assert section.description_module.brief_summary == "Kites fly. Nobody knows why:\n• wind\n\nThe end."
    assert section.eligibility_module.eligibility_criteria == "Inclusion Criteria:\n• has a kite ≥ 1 m"


def test_an_unknown_row_is_listed_and_everything_else_accounted_for(version: Reading) -> None:
    assert [line.text for line in version.unrecognised] == ["Mood (windy)"]
    assert version.accounted == version.total - 1
    lines = VERSION.split("\n")
    for fact in (*version.facts, *version.provenance):
        assert fact.quote in lines[fact.line - 1]


def test_a_history_is_a_list_of_dated_amendments_and_no_record(history: Reading) -> None:
    identity = history.record.protocol_section.identification_module
    assert (identity.nct_id, identity.brief_title) == ("NCT09999961", "Wind & Weather")
    assert history.as_of == "2012-03-13"
    assert [(fact.path, fact.value) for fact in history.provenance] == [
        ("recordState", "RELEASED"),
        ("versions[0].date", "2010-04-26"),
        ("versions[0].changed", "Nothing (earliest)"),
        ("versions[1].date", "2012-03-13"),
        ("versions[1].changed", "Protocol, Recruitment"),
    ]
    (issue,) = [issue for issue in history.issues if issue.rule == "read/history"]
    assert "2 versions of NCT09999961 from 2010-04-26 to 2012-03-13" in issue.message
    assert history.unrecognised == ()
    assert history.accounted == history.total


def test_other_pages_are_refused_as_web_pages() -> None:
    with pytest.raises(InputError) as caught:
        read_record(VERSION.replace("View of", "Views of").encode(), "x.html")
    assert "web page in HTML" in caught.value.issues[0].message


@pytest.mark.parametrize("piece", ["<!--", "<", "<td", "<tr>", "<td><br>", "&", "&#", "<!", "<![", "<a b='"])
def test_a_page_of_one_piece_over_and_over_is_read_or_refused(piece: str) -> None:
    """What took the square of its length would hang."""
    page = f"<html><h1>History of NCT09999961</h1>{piece * (300_000 // len(piece))}".encode()
    read_or_refuse(page)


def read_or_refuse(data: bytes) -> None:
    try:
        reading = read_record(data, "x")
    except InputError:
        return
    assert 0 <= reading.accounted <= reading.total
    assert reading.record.as_json() is not None


@given(st.sampled_from([VERSION, HISTORY]), st.floats(0, 1))
@settings(max_examples=60, deadline=None)
def test_a_page_cut_anywhere_is_refused_or_read(page: str, share: float) -> None:
    data = page.encode()
    read_or_refuse(data[: int(len(data) * share)])


@given(st.sampled_from([VERSION, HISTORY]), st.integers(0, 5000), st.integers(0, 255))
@settings(max_examples=200, deadline=None)
def test_a_page_with_one_byte_changed_is_refused_or_read(page: str, where: int, byte: int) -> None:
    data = bytearray(page.encode())
    data[where % len(data)] = byte
    read_or_refuse(bytes(data))


TAGS = ("<tr>", "<th>", "<td>", "</td>", "</tr>", "</table>", "<br>", "<p>", "\n", "&nbsp;")
LABELS = (
    "Phase",
    "Status",
    "Intervention",
    "Arm/Group",
    "Enrollment",
    "Primary outcome",
    "Reference",
    "Updated",
    "Minimum age",
)
WORDS = (
    "Arm Label: A",
    "Drug: x",
    "Drug: ",
    "Measure: ",
    "20 (Actual)",
    "(Actual)",
    "2012_13_40",
    "Study design",
    "old",
)


@given(st.lists(st.sampled_from(TAGS + LABELS + WORDS), max_size=25))
@settings(max_examples=250, deadline=None)
def test_known_pieces_in_any_disorder_are_refused_or_read(pieces: list[str]) -> None:
    read_or_refuse(f"<html><h1>View of NCT09999961 on 2012_03_13</h1>{''.join(pieces)}".encode())


def test_a_list_of_versions_is_refused_as_such_and_not_as_a_record_without_criteria(history: Reading) -> None:
    assert [issue.rule for issue in find_obstacles(history)] == ["new/list-of-versions"]
