"""Real records of other registries: each is read to the last line, or refused with the reason."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Final

import pytest

from armlet.errors import InputError
from armlet.registry.accounting import Reading
from armlet.registry.criteria_text import read_criteria
from armlet.registry.read import read_record
from armlet.registry.record import DateType, DesignMasking, Phase, SecondaryIdType, StandardAge, Status, StudyType

RECORDS: Final = Path(__file__).parents[3] / ".." / "shared" / "records"
pytestmark = pytest.mark.skipif(not RECORDS.exists(), reason="the real records (../shared/records) are not here")
FOLDERS: Final = {"euctr_txt": "euctr_text", "euctr_json": "euctr_json", "ctis_json": "ctis_json"} | {
    "isrctn_json": "isrctn_json"
}
READ: Final = [(path, form) for folder, form in FOLDERS.items() for path in sorted((RECORDS / folder).glob("*"))]
TABLES: Final = sorted((RECORDS / "ctg_csv").glob("*.csv"))
MAIL: Final = re.compile(r"[\w.+-]+@[\w-]+\.\w+")


def read(path: Path) -> Reading:
    return read_record(path.read_bytes(), path.name)


@pytest.mark.parametrize(("path", "form"), READ, ids=lambda value: value.name if isinstance(value, Path) else "")
def test_a_real_record_is_read_to_its_last_line(path: Path, form: str) -> None:
    reading = read(path)
    assert reading.format == form
    assert reading.unrecognised == ()
    assert reading.accounted == reading.total
    section = reading.record.protocol_section
    assert section.design_module.study_type is StudyType.INTERVENTIONAL
    assert section.identification_module.official_title
    assert section.outcomes_module.primary_outcomes
    assert section.arms_interventions_module.interventions
    found = read_criteria(section.eligibility_module.eligibility_criteria or "")
    assert found.criteria
    assert found.unsorted == ()
    lines = re.split(r"\r\n|\n|\r", path.read_text("utf-8-sig"))
    for fact in reading.facts:
        assert fact.quote in lines[fact.line - 1] or "not kept" in fact.quote


@pytest.mark.parametrize(("path", "form"), READ, ids=lambda value: value.name if isinstance(value, Path) else "")
def test_no_mail_address_and_no_contact_of_a_real_record_is_kept(path: Path, form: str) -> None:
    shown = str(read(path).as_json())
    assert MAIL.search(shown) is None
    text = path.read_text("utf-8-sig")
    for name in re.findall(r'"(?:lastName|functionalName|functionalContactName)": "([^"]+)"', text):
        assert name not in shown
    for name in re.findall(r"Functional name of contact point: (.+)", text):
        assert name not in shown


def test_the_same_trial_in_six_member_states_is_the_same_record_but_for_its_country() -> None:
    countries: set[str | None] = set()
    for path in sorted((RECORDS / "euctr_txt").glob("*-??.txt")):
        section = read(path).record.protocol_section
        (number,) = section.identification_module.secondary_id_infos
        assert (number.id, number.type) == ("2021-002179-21", SecondaryIdType.EUDRACT_NUMBER)
        assert section.identification_module.org_study_id_info.id == "AB21004"
        assert section.design_module.phases == (Phase.PHASE3,)
        assert section.design_module.design_info.masking_info.masking is DesignMasking.DOUBLE
        assert section.eligibility_module.std_ages == (StandardAge.ADULT, StandardAge.OLDER_ADULT)
        assert section.status_module.overall_status is None
        countries.update(place.country for place in section.contacts_locations_module.locations)
    assert countries == {"Spain", "France", "Greece", "Hungary", "Poland", "Portugal"}


def test_words_of_other_languages_are_provenance() -> None:
    reading = read(RECORDS / "euctr_txt" / "2021-002179-21-GR.txt")
    greek = [fact for fact in reading.provenance if fact.path.endswith("(el)")]
    assert {fact.path.split()[0] for fact in greek} >= {"A.3", "A.3.1", "E.1.1", "E.3", "E.4", "E.5.1", "E.5.2"}
    assert not any(re.search(r"[α-ω]{4}", str(fact.value)) for fact in reading.facts)


def test_numbered_criteria_keep_the_points_below_them() -> None:
    text = read(RECORDS / "euctr_txt" / "2021-002179-21-PL.txt").record.protocol_section.eligibility_module
    (biomarker,) = [
        item.text
        for item in read_criteria(text.eligibility_criteria or "").criteria
        if "biomarker profile" in item.text
    ]
    assert biomarker.count("\n- ") == 2


def test_a_eudract_record_with_results_has_its_arms_and_its_end() -> None:
    section = read(RECORDS / "euctr_json" / "2016-004489-24-DE.json").record.protocol_section
    assert section.identification_module.nct_id == "NCT03461406"
    assert section.status_module.overall_status is Status.COMPLETED
    assert str(section.status_module.completion_date_struct.date) == "2022-05-20"
    assert len(section.arms_interventions_module.arm_groups) == 2
    assert section.design_module.enrollment_info.count == 172


def test_ctis_in_both_shapes() -> None:
    earlier = read(RECORDS / "ctis_json" / "2022-500244-37-00.json").record.protocol_section
    later = read(RECORDS / "ctis_json" / "2023-505613-24-00.json").record.protocol_section
    assert (len(earlier.outcomes_module.secondary_outcomes), len(later.outcomes_module.primary_outcomes)) == (8, 14)
    assert (earlier.status_module.overall_status, later.status_module.overall_status) == (None, Status.RECRUITING)
    assert later.identification_module.nct_id == "NCT04665037"
    assert (str(later.status_module.start_date_struct.date), later.status_module.start_date_struct.type) == (
        "2021-04-28",
        DateType.ACTUAL,
    )
    assert len(read_criteria(earlier.eligibility_module.eligibility_criteria or "").criteria) == 7 + 11


def test_a_stopped_isrctn_trial_says_why_and_how_many_it_had() -> None:
    section = read(RECORDS / "isrctn_json" / "12949496.json").record.protocol_section
    assert section.status_module.overall_status is Status.TERMINATED
    assert section.status_module.why_stopped == "Participant recruitment issue"
    assert (section.design_module.enrollment_info.count, section.design_module.enrollment_info.type) == (
        9,
        DateType.ACTUAL,
    )
    assert [place.city for place in section.contacts_locations_module.locations] == ["Dublin", "Cork"]


def test_the_head_of_an_ictrp_export_is_refused_as_holding_no_trial() -> None:
    for path in sorted((RECORDS / "ictrp").glob("*")):
        with pytest.raises(InputError) as caught:
            read(path)
        assert [issue.rule for issue in caught.value.issues] == ["read/no-record"]


@pytest.mark.parametrize(("name", "count"), [("a", 10), ("b", 10), ("d", 100), ("old_SearchResults", 100)])
def test_a_real_table_is_refused_with_the_number_of_its_studies(name: str, count: int) -> None:
    with pytest.raises(InputError) as caught:
        read(RECORDS / "ctg_csv" / f"{name}.csv")
    (issue,) = caught.value.issues
    assert issue.rule == "read/several-records"
    assert f"{count} records" in issue.message


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_each_row_of_a_real_table_is_read_when_it_stands_alone(path: Path) -> None:
    header, *rows = csv.reader(io.StringIO(path.read_text("utf-8-sig"), newline=""))
    for row in rows:
        alone = io.StringIO()
        csv.writer(alone).writerows([header, row])
        reading = read_record(alone.getvalue().encode(), path.name)
        assert reading.format == "ctg_csv"
        assert reading.unrecognised == ()
        section = reading.record.protocol_section
        assert section.identification_module.nct_id == row[header.index("NCT Number")]
        assert section.status_module.overall_status is not None
        assert section.design_module.study_type is not None
        is_trial = row[header.index("Study Type")].casefold() == "interventional"
        assert is_trial == ("read/not-interventional" not in {issue.rule for issue in reading.issues})
