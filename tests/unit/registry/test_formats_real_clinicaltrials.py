"""Public records of ClinicalTrials.gov in its former formats: none gives a traceback, none loses a line in silence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from pydantic import JsonValue

from armlet.errors import InputError
from armlet.registry.accounting import Reading
from armlet.registry.read import read_record

RECORDS = Path(__file__).parents[3] / ".." / "shared" / "records"
LEGACY, CLASSIC, HISTORY = (RECORDS / name for name in ("legacyxml", "v1json_fullstudies", "history_versions"))
pytestmark = pytest.mark.skipif(not LEGACY.exists(), reason="the public records (../shared/records) are not here")
_NOT_RECORDS = {"Invalid-nct-id.html", "empty_search.xml", ".DS_Store"}
_LARGE = 150_000


def sample(folder: Path, every: int) -> list[Path]:
    """Each n-th record of a folder, the large ones left out, so that the whole takes seconds."""
    paths = sorted(path for path in folder.glob("*.*") if path.name not in _NOT_RECORDS)
    return [path for path in paths if path.stat().st_size < _LARGE][::every]


SAMPLE = [*sample(LEGACY, 5), *sample(CLASSIC, 1), *sample(HISTORY, 4)]


@cache
def reading_of(path: Path) -> Reading:
    return read_record(path.read_bytes(), path.name)


def test_the_sample_has_each_of_the_formats() -> None:
    assert {reading_of(path).format for path in SAMPLE} == {"legacy_xml", "v1_json", "history_page"}
    assert len(SAMPLE) > 50


@pytest.mark.parametrize("path", SAMPLE, ids=lambda path: path.name)
def test_a_record_is_read_to_its_last_line(path: Path) -> None:
    reading = reading_of(path)
    lines = re.split(r"\r\n|\n|\r", path.read_text(encoding="utf-8-sig"))
    assert reading.unrecognised == ()
    assert reading.total == reading.accounted
    assert reading.record.protocol_section.identification_module.brief_title
    for fact in (*reading.facts, *reading.provenance):
        assert fact.quote in lines[fact.line - 1], (fact.path, fact.line)


@pytest.mark.parametrize("path", SAMPLE, ids=lambda path: path.name)
def test_every_fact_stands_in_the_record_at_its_path(path: Path) -> None:
    reading = reading_of(path)
    known = {found for found, _ in flat(reading.record.as_json())}
    assert {fact.path for fact in reading.facts} <= known


@pytest.mark.parametrize("path", sample(LEGACY, 5), ids=lambda path: path.name)
def test_no_address_or_telephone_number_of_a_contact_is_kept(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    outside = re.sub(r"<(email|phone)>[^<]*</\1>", "", text)
    private = set(re.findall(r"<(?:email|phone)>([^<]{6,})</", text))
    kept = str(reading_of(path).as_json())
    assert [words for words in private if words in kept and words not in outside] == []


@pytest.mark.parametrize(
    ("name", "rule", "says"),
    [
        ("Invalid-nct-id.html", "read/not-a-record", "web page in HTML"),
        ("empty_search.xml", "read/not-a-record", "rss"),
    ],
)
def test_what_is_no_record_is_refused_with_the_reason(name: str, rule: str, says: str) -> None:
    with pytest.raises(InputError) as caught:
        read_record((LEGACY / name).read_bytes(), name)
    (issue,) = caught.value.issues
    assert issue.rule == rule
    assert says in issue.message


def test_a_file_whose_name_is_not_its_record_is_read_by_its_content() -> None:
    reading = reading_of(LEGACY / "NCT02028676_modified.xml")
    assert reading.record.protocol_section.identification_module.nct_id == "NCT02028676"


def flat(value: JsonValue, path: str = "") -> Iterator[tuple[str, JsonValue]]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield from flat(member, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from flat(member, f"{path}[{index}]")
    else:
        yield path, value


def as_plain_words(value: JsonValue) -> JsonValue:
    """Text without marks of points, escapes of Markdown and line breaks, in which the formats differ by nature."""
    return re.sub(r"[\s*\\•-]+", " ", value).strip() if isinstance(value, str) else value


def differing(one: Path, other: Path, apart: str = "^$") -> set[str]:
    """Paths below ``protocolSection`` at which two records say different things, numbers in lists left out."""
    records = [dict(flat(reading_of(path).record.as_json())) for path in (one, other)]
    found = {path for path in {*records[0], *records[1]} if path.startswith("protocolSection.")}
    unlike = {path for path in found if as_plain_words(records[0].get(path)) != as_plain_words(records[1].get(path))}
    names = {re.sub(r"\[\d+\]", "", path).removeprefix("protocolSection.") for path in unlike}
    return {name for name in names if not re.search(apart, name)}


def test_the_same_trial_in_xml_of_2020_and_in_v2_json_of_2023_differs_only_by_what_changed_or_is_not_in_the_xml() -> (
    None
):
    """The trial went on between the two: it closed, got results, a new official, new outcomes and publications."""
    never_in_the_xml = {
        "identificationModule.organization.class",
        "identificationModule.secondaryIdInfos.domain",
        "identificationModule.secondaryIdInfos.type",
        "sponsorCollaboratorsModule.collaborators.class",  # the XML has four classes, the API nine
        "contactsLocationsModule.locations.geoPoint.lat",
        "contactsLocationsModule.locations.geoPoint.lon",
    }
    changed_since = {
        "contactsLocationsModule.overallOfficials.name",
        "outcomesModule.primaryOutcomes.description",
        "outcomesModule.primaryOutcomes.timeFrame",
        "outcomesModule.secondaryOutcomes.description",
        "outcomesModule.secondaryOutcomes.measure",
        "outcomesModule.secondaryOutcomes.timeFrame",
        "referencesModule.references.citation",
        "referencesModule.references.pmid",
        "referencesModule.references.type",
        "statusModule.lastUpdatePostDateStruct.date",
        "statusModule.lastUpdateSubmitDate",
        "statusModule.primaryCompletionDateStruct.date",
        "statusModule.primaryCompletionDateStruct.type",
        "statusModule.resultsFirstPostDateStruct.date",
        "statusModule.resultsFirstPostDateStruct.type",
        "statusModule.resultsFirstSubmitDate",
        "statusModule.resultsFirstSubmitQcDate",
        "statusModule.statusVerifiedDate",
    }
    places = r"locations\.(city|zip|facility|state|country|status)$"  # sites came and went, so their numbers shifted
    xml, v2 = LEGACY / "NCT02513394.xml", RECORDS / "v2json" / "NCT02513394.json"
    assert differing(xml, v2, places) - never_in_the_xml == changed_since


@pytest.mark.parametrize(
    ("number", "changed_since"),
    [
        ("NCT00023673", {"armsInterventionsModule.interventions.armGroupLabels"}),  # the same labels in another order
        (
            "NCT02028676",
            {
                "contactsLocationsModule.overallOfficials.affiliation",
                "descriptionModule.briefSummary",  # the JSON lost the numbers of its points
                "eligibilityModule.eligibilityCriteria",  # the same
                "referencesModule.references.citation",
                "referencesModule.references.pmid",
                "referencesModule.references.type",
            },
        ),
    ],
)
def test_the_same_trial_in_xml_and_in_classic_json(number: str, changed_since: set[str]) -> None:
    never_in_the_xml = {
        "identificationModule.organization.class",
        "identificationModule.secondaryIdInfos.domain",
        "identificationModule.secondaryIdInfos.type",
        "sponsorCollaboratorsModule.collaborators.class",
        "sponsorCollaboratorsModule.leadSponsor.class",
    }
    found = differing(LEGACY / f"{number}.xml", CLASSIC / f"{number}.json")
    assert found - never_in_the_xml == changed_since


def test_the_page_and_the_xml_of_one_archived_version_agree_in_all_that_both_have() -> None:
    """Pages left out places, people, keywords, dates of submission and, after 2009, the size of the trial."""
    only_in_the_xml = (
        r"locations|overallOfficials|keywords|interventionNames|armGroupLabels|statusVerifiedDate|SubmitDate|oversight|"
        r"enrollmentInfo|acronym|responsibleParty|whyStopped|delayedPosting|nctId$"
    )
    for xml in sorted(HISTORY.glob("*.xml")):
        assert differing(xml, xml.with_suffix(".html"), only_in_the_xml) == set(), xml.name


def test_the_history_of_a_record_names_each_of_its_stored_versions() -> None:
    for page in sorted(HISTORY.glob("*_HISTORY.html")):
        number = page.name.partition("_")[0]
        listed = {fact.value for fact in reading_of(page).provenance if fact.path.endswith(".date")}
        stored = {path.stem.partition("_")[2] for path in HISTORY.glob(f"{number}_2*.xml")}
        assert {f"{date[:4]}-{date[4:6]}-{date[6:]}" for date in stored} <= listed
        assert reading_of(page).as_of == max(str(date) for date in listed)


def test_the_versions_of_a_record_are_dated_and_show_how_it_was_amended() -> None:
    versions = [reading_of(path) for path in sorted(HISTORY.glob("NCT01111552_2*.html"))]
    dates = [version.as_of for version in versions]
    assert dates == sorted(str(date) for date in dates)
    statuses = [str(version.record.protocol_section.status_module.overall_status) for version in versions]
    assert list(dict.fromkeys(statuses)) == ["NOT_YET_RECRUITING", "RECRUITING", "TERMINATED"]
