"""The upload document: valid by the registry's schemas, by its pick-lists, and equal to the record when it is read back.

The schemas and the public records lie beside the repository; what needs them is skipped where they are absent.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from armlet.cli.main import run
from armlet.document import read_yaml
from armlet.export.prs import picklists
from armlet.export.prs.node import Node, element, holds_forbidden, render
from armlet.export.prs.write import render_prs, write_prs
from armlet.issues import Severity
from armlet.registry.read import read_record
from armlet.registry.record import Record
from armlet.registry.results.reading import read_results
from armlet.registry.review import Submission, review
from tests.rehearsed import Rehearsals

ROOT: Final = Path(__file__).parents[3]
SHARED: Final = ROOT / ".." / "shared"
RECORDS: Final = SHARED / "records" / "v2json"
PARSER: Final = etree.XMLParser(resolve_entities=False, no_network=True)
Json = Any


@cache
def schema() -> etree.XMLSchema:
    path = SHARED / "standards" / "prs" / "ProtocolRecordSchema.xsd"
    if not path.is_file():
        pytest.skip("the registry's upload schemas (../shared/standards/prs) are not here")
    return etree.XMLSchema(etree.parse(str(path)))


def errors_of(xml: bytes) -> list[str]:
    found = schema()
    found.validate(etree.fromstring(xml, PARSER))
    return [f"line {one.line}: {one.message}" for one in found.error_log]


@cache
def public() -> dict[str, tuple[Record, Json]]:
    """Every public record with results: the record as read, and its results as they stand in the file."""
    if not RECORDS.is_dir():
        pytest.skip("the public records (../shared/records/v2json) are not here")
    found = {}
    for path in sorted(RECORDS.glob("*.json")):
        plain = json.loads(path.read_text("utf-8"))
        alone = json.dumps({"protocolSection": plain["protocolSection"]}).encode()
        found[path.stem] = (read_record(alone, path.name).record, plain.get("resultsSection"))
    return found


@cache
def with_results() -> list[tuple[str, bytes, Json]]:
    return [
        (name, write_prs(record, read_results(section).section).xml, section)
        for name, (record, section) in public().items()
        if section is not None
    ]


def example() -> Record:
    plain, _ = read_yaml((ROOT / "tests/spec/results/base.yaml").read_text("utf-8"), "base.yaml")
    return Record.model_validate_json(json.dumps(plain))


# --- Read back --------------------------------------------------------------------------------------------------------
# Written without the program: the schema's names on the left, the API's on the right.


def words(node: etree._Element | None, name: str) -> str | None:
    found = None if node is None else node.find(name)
    return None if found is None or found.text is None else found.text


def number(node: etree._Element, name: str) -> int | None:
    found = words(node, name)
    return None if found is None else int(found)


def kept(**values: Json) -> dict[str, Json]:
    return {name: value for name, value in values.items() if value not in (None, [], {})}


def truth(text: str | None) -> bool | None:
    return None if text is None else {"yes": True, "no": False}[text]


def member(listed: Any, text: str | None) -> str | None:
    """The API's name of what the pick-list spells so."""
    return None if text is None else str({value: one.value for one, value in listed.items()}[text])


class Reader:
    """The results of one document in the API's shape, with the groups' ids of the API in each module."""

    def __init__(self, xml: bytes) -> None:
        root = etree.fromstring(xml, PARSER)
        self.result = root.find("clinical_study").find("{http://clinicaltrials.gov/rrs}result")

    def groups(self, nodes: list[etree._Element], prefix: str) -> tuple[list[Json], dict[str, str]]:
        ids = {node.get("id"): f"{prefix}{index:03d}" for index, node in enumerate(nodes)}
        shown = [
            kept(id=ids[node.get("id")], title=words(node, "title"), description=words(node, "description"))
            for node in nodes
        ]
        return shown, ids

    def section(self) -> Json:
        return kept(
            participantFlowModule=self.flow(),
            baselineCharacteristicsModule=self.baseline(),
            outcomeMeasuresModule=kept(
                outcomeMeasures=[self.outcome(one) for one in self.result.iter("outcomeMeasure")]
            ),
            adverseEventsModule=self.events(),
            moreInfoModule=self.more(),
        )

    def flow(self) -> Json:
        flow = self.result.find("participantFlow")
        groups, ids = self.groups(list(flow.iter("flowGroup")), "FG")
        return kept(
            preAssignmentDetails=words(flow, "preAssignmentDescription"),
            recruitmentDetails=words(flow, "recruitmentDetails"),
            typeUnitsAnalyzed=words(flow, "typeUnitsAnalyzed"),
            groups=groups,
            periods=[self.period(one, ids) for one in flow.iter("period")],
        )

    def period(self, node: etree._Element, ids: dict[str, str]) -> Json:
        started, completed = node.find("startedMilestone"), node.find("completedMilestone")
        between = [self.milestone(one, words(one, "titleOther"), ids) for one in node.iter("milestone")]
        milestones = [self.milestone(started, "STARTED", ids), *between, self.milestone(completed, "COMPLETED", ids)]
        reasons = [
            kept(
                type=words(one, "otherReasonName") or words(one, "reasonType"),
                reasons=[
                    kept(groupId=ids[words(row, "reportingGroupId")], numSubjects=words(row, "subjectsAffected"))
                    for row in one.iter("reasonDetail")
                ],
            )
            for one in node.iter("dropWithdrawReason")
        ]
        return kept(title=words(node, "title"), milestones=milestones, dropWithdraws=reasons)

    def milestone(self, node: etree._Element, kind: str | None, ids: dict[str, str]) -> Json:
        achieved = [
            kept(
                groupId=ids[words(one, "reportingGroupId")],
                comment=words(one, "comment"),
                numSubjects=words(one, "subjectsAchieve"),
                numUnits=words(one, "unitsAchieve"),
            )
            for one in node.iter("milestoneAchievement")
        ]
        return kept(type=kind, comment=words(node, "comment"), achievements=achieved)

    def denoms(self, nodes: list[etree._Element], ids: dict[str, str], of: str, units: str | None) -> list[Json]:
        """Denominators by unit; `of` is the name of the attribute or element that names the group."""
        found = []
        for name, unit in (("subjectsAnalyzed", "Participants"), ("numUnitsAnalyzed", units)):
            counts = [
                {"groupId": ids[node.get("id") if of == "id" else words(node, of)], "value": words(node, name)}
                for node in nodes
                if words(node, name) is not None
            ]
            if counts:
                found.append({"units": unit, "counts": counts})
        return found

    def baseline(self) -> Json:
        node = self.result.find("baseline")
        total = node.find("totalBaselineReportingGroup")
        nodes = [*node.iter("baselineReportingGroup"), *([] if total is None else [total])]
        groups, ids = self.groups(nodes, "BG")
        units = words(node, "typeUnitsAnalyzed")
        measures = []
        for one in node.iter("baselineMeasure"):
            other = words(one, "otherTitle")
            measures.append(
                self.measure(one, ids, units)
                | kept(
                    title=other or words(one, "title"),
                    dispersionType=member(picklists.DISPERSIONS, words(one, "dispersionType")),
                )
            )
        return kept(
            populationDescription=words(node, "populationAnalysisDescription"),
            typeUnitsAnalyzed=units,
            groups=groups,
            denoms=self.denoms(nodes, ids, "id", units),
            measures=measures,
        )

    def measure(self, node: etree._Element, ids: dict[str, str], units: str | None) -> Json:
        return kept(
            description=words(node, "measureDescription"),
            populationDescription=words(node, "populationAnalysisDescription"),
            paramType=member(picklists.PARAMETERS, words(node, "parameterType")),
            unitOfMeasure=words(node, "unitOfMeasure"),
            calculatePct=truth(words(node, "calculatePct")),
            denomUnitsSelected=words(node, "selectedUnitOfAnalysis"),
            classes=[self.row(one, ids, units) for one in node.iter("measureRow")],
        )

    def row(self, node: etree._Element, ids: dict[str, str], units: str | None) -> Json:
        values = list(node.iter("reportedValue"))
        lines: dict[str | None, list[Json]] = {}
        for value in values:
            for entry in value.iter("reportedEntry"):
                cell = kept(
                    groupId=ids[words(value, "reportingGroupId")],
                    value=words(entry, "parameterValue"),
                    spread=words(entry, "dispersionSpread"),
                    lowerLimit=words(entry, "dispersionLowerLimit"),
                    upperLimit=words(entry, "dispersionUpperLimit"),
                    comment=words(entry, "naComment"),
                )
                lines.setdefault(words(entry, "catName"), []).append(cell)
        categories = [kept(title=title, measurements=cells) for title, cells in lines.items()]
        return kept(
            title=words(node, "title"),
            denoms=self.denoms(values, ids, "reportingGroupId", units),
            categories=categories,
        )

    def outcome(self, node: etree._Element) -> Json:
        nodes = list(node.find("outcomeReportingGroups").iter("outcomeReportingGroup"))
        groups, ids = self.groups(nodes, "OG")
        units = words(node, "typeUnitsAnalyzed")
        month = node.find("anticipatedResultPostingDate")
        level = words(node, "ciPctLevel")
        return self.measure(node, ids, units) | kept(
            type=member(picklists.OUTCOME_TYPES, words(node, "measureType")),
            title=words(node, "title"),
            timeFrame=words(node, "timeFrame"),
            typeUnitsAnalyzed=units,
            dispersionType=f"{level}% Confidence Interval" if level else words(node, "dispersionType"),
            anticipatedPostingDate=None if month is None else f"{words(month, 'year')}-{words(month, 'month')}",
            groups=groups,
            denoms=self.denoms(nodes, ids, "id", units),
            analyses=[self.analysis(one, ids) for one in node.iter("measureAnalysis")],
        )

    def analysis(self, node: etree._Element, ids: dict[str, str]) -> Json:
        return kept(
            groupIds=[ids[one.text] for one in node.iter("outcomeReportingGroupId")],
            groupDescription=words(node, "groupDescription"),
            statisticalMethod=words(node, "otherMethodName") or words(node, "statisticalMethod"),
            statisticalComment=words(node, "statisticalTestComment"),
            pValue=words(node, "pValue"),
            pValueComment=words(node, "pValueComment"),
            paramType=words(node, "otherTypeName") or words(node, "parameterType"),
            paramValue=words(node, "parameterValue"),
            dispersionType=member(picklists.ESTIMATE_DISPERSIONS, words(node, "dispersionType")),
            dispersionValue=words(node, "dispersionValue"),
            ciNumSides=member(picklists.SIDES, words(node, "ciNumSides")),
            ciPctValue=words(node, "ciPctValue"),
            ciLowerLimit=words(node, "ciLowerLimit"),
            ciUpperLimit=words(node, "ciUpperLimit"),
            ciUpperLimitComment=words(node, "ciUpperLimitNaComment"),
            estimateComment=words(node, "estimateComment"),
            nonInferiorityType=member(picklists.TESTS, words(node, "statisticalTestType")),
            nonInferiorityComment=words(node, "nonInferiorityTestComment"),
            otherAnalysisDescription=words(node, "otherAnalysis"),
        )

    def events(self) -> Json:
        node = self.result.find("reportedEvents")
        nodes = list(node.iter("interventionGroup"))
        groups, ids = self.groups(nodes, "EG")
        for shown, one in zip(groups, nodes, strict=True):
            more = kept(
                deathsNumAffected=number(one, "numDeaths"),
                deathsNumAtRisk=number(one, "partAtRiskAllCauseMort"),
                seriousNumAffected=number(one, "numSubjectsSeriousEvents"),
                seriousNumAtRisk=number(one, "partAtRiskSeriousEvents"),
                otherNumAffected=number(one, "numSubjectsFrequentEvents"),
                otherNumAtRisk=number(one, "partAtRiskFrequentEvents"),
            )
            shown.update(more)
        return kept(
            frequencyThreshold=words(node, "frequencyReportingThreshold"),
            timeFrame=words(node, "timeFrame"),
            description=words(node, "notes"),
            allCauseMortalityComment=words(node, "allCauseMortComment"),
            eventGroups=groups,
            seriousEvents=[self.event(one, ids) for one in node.iter("seriousEvent")],
            otherEvents=[self.event(one, ids) for one in node.iter("frequentEvent")],
        )

    def event(self, node: etree._Element, ids: dict[str, str]) -> Json:
        return kept(
            term=words(node, "term"),
            organSystem=words(node, "organSystemName"),
            sourceVocabulary=words(node, "sourceVocabulary"),
            assessmentType=member(picklists.ASSESSMENTS, words(node, "assessmentType")),
            notes=words(node, "notes"),
            stats=[
                kept(
                    groupId=ids[words(one, "reportingGroupId")],
                    numEvents=number(one, "numEvents"),
                    numAffected=number(one, "numSubjectsAffected"),
                    numAtRisk=number(one, "numSubjects"),
                )
                for one in node.iter("eventStats")
            ],
        )

    def more(self) -> Json:
        agreement, contact = self.result.find("certainAgreement"), self.result.find("pointOfContact")
        return kept(
            limitationsAndCaveats=kept(description=words(self.result.find("limitationsAndCaveats"), "description")),
            certainAgreement=kept(
                piSponsorEmployee=truth(words(agreement, "piSponsorEmployee")),
                restrictiveAgreement=truth(words(agreement, "restrictiveAgreement")),
                restrictionType=words(agreement, "restrictionType"),
                otherDetails=words(agreement, "otherDetails"),
            ),
            pointOfContact=kept(
                title=words(contact, "title"),
                organization=words(contact, "organizationName"),
                email=words(contact, "email"),
                phone=words(contact, "phoneNumber"),
                phoneExt=words(contact, "phoneExtension"),
            ),
        )


def without_place(section: Json) -> Json:
    """The results less what the schema has no place for, with cells in the order of the groups.

    NOT COMPLETED is the difference of two others; the reporting status and whether non-inferiority was tested follow from
    the rest. Categories without cells and denominators of a whole baseline measure stand in the rows.
    """
    plain = json.loads(json.dumps(section))
    for period in plain["participantFlowModule"]["periods"]:
        period["milestones"] = [one for one in period["milestones"] if one["type"] != "NOT COMPLETED"]
    measures = plain["baselineCharacteristicsModule"].get("measures", [])
    for row in [row for measure in measures for row in measure.get("classes", [])]:
        row["categories"] = [line for line in row.get("categories", []) if line.get("measurements")]
        if not row["categories"]:
            del row["categories"]
    for outcome in plain["outcomeMeasuresModule"]["outcomeMeasures"]:
        outcome.pop("reportingStatus", None)
        for analysis in outcome.get("analyses", []):
            analysis.pop("testedNonInferiority", None)
    return plain


def in_order(section: Json) -> Json:
    """Cells, denominators and milestones in one order: a record lists some by row and the schema by column."""
    plain = json.loads(json.dumps(section))
    for period in plain["participantFlowModule"]["periods"]:
        period["milestones"].sort(key=lambda one: {"STARTED": 0, "COMPLETED": 2}.get(one["type"], 1))
    tables = [
        *plain["baselineCharacteristicsModule"].get("measures", []),
        *plain["outcomeMeasuresModule"]["outcomeMeasures"],
    ]
    for table in tables:
        for row in table.get("classes", []):
            for line in row.get("categories", []):
                line.get("measurements", []).sort(key=lambda cell: cell["groupId"])
    return plain


# --- Laws -------------------------------------------------------------------------------------------------------------


def test_every_public_record_with_results_gives_a_valid_document() -> None:
    documents = with_results()

    assert len(documents) == 22
    assert {name: errors for name, xml, _ in documents if (errors := errors_of(xml))} == {}


def test_every_public_record_without_results_does_as_well() -> None:
    found = {name: errors_of(render_prs(record)) for name, (record, _) in public().items()}

    assert len(found) > 50
    assert {name: errors for name, errors in found.items() if errors} == {}


def test_read_back_the_results_are_those_of_the_record() -> None:
    for name, xml, section in with_results():
        back = Reader(xml).section()
        expected = in_order(without_place(section))
        for module in expected:
            assert in_order(back)[module] == expected[module], f"{name} {module}"


def test_those_who_did_not_complete_are_the_difference_that_the_registry_takes() -> None:
    for name, _, section in with_results():
        for period in section["participantFlowModule"]["periods"]:
            by_kind = {
                one["type"]: {a["groupId"]: int(a["numSubjects"]) for a in one["achievements"]}
                for one in period["milestones"]
            }
            for group, left in by_kind["NOT COMPLETED"].items():
                assert left == by_kind["STARTED"][group] - by_kind["COMPLETED"][group], name


def test_no_public_record_has_a_value_that_the_pick_lists_do_not_know_but_for_old_ones() -> None:
    unknown: Counter[str] = Counter()
    for record, section in public().values():
        rows = None if section is None else read_results(section).section
        for issue in write_prs(record, rows).issues:
            if issue.rule == "prs/pick-list":
                unknown[
                    re.sub(r"\[\d+\]", "", issue.where).rpartition("/")[2] + " " + issue.message.partition(" is ")[0]
                ] += 1

    assert dict(unknown) == {}


def test_the_same_record_gives_the_same_bytes() -> None:
    record = example()

    assert render_prs(record) == render_prs(Record.model_validate_json(json.dumps(record.as_json())))


# --- Both trials of the repository ------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["nct02057211", "nct02893306"])
def exported(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, rehearsals: Rehearsals) -> Path:
    """A trial rehearsed and exported; the folder of what was written."""
    lived = tmp_path_factory.mktemp("lived") / "trial"
    rehearsals.copy(request.param, (), lived)
    assert run(["export", str(lived), "--format", "ctgov", "--out", str(lived.parent / "ctgov")]) == 1
    return lived.parent / "ctgov"


def test_the_upload_of_a_rehearsed_trial_is_valid(exported: Path) -> None:
    (xml,) = exported.glob("SIMULATED-*-prs.xml")

    assert errors_of(xml.read_bytes()) == []


def test_the_upload_of_a_rehearsed_trial_holds_the_numbers_of_its_json(exported: Path) -> None:
    (xml,), (study,) = exported.glob("*-prs.xml"), exported.glob("*-study.json")
    section = json.loads(study.read_text("utf-8"))["resultsSection"]
    for reason in section["participantFlowModule"]["periods"][0].get("dropWithdraws", []):
        reason.pop("comment", None)

    assert in_order(Reader(xml.read_bytes()).section()) == in_order(without_place(section))


def test_what_a_reviewer_would_send_back_of_a_rehearsed_trial_is_what_nobody_has_told_it(exported: Path) -> None:
    (study,) = exported.glob("*-study.json")
    record = Record.model_validate_json(study.read_bytes())
    errors = {issue.rule for issue in review(Submission.of(record)) if issue.severity is Severity.ERROR}
    errors |= {issue.rule for issue in write_prs(record).issues if issue.severity is Severity.ERROR}

    assert errors == {"events/terms", "more/agreement", "more/contact"}


# --- One record by hand -----------------------------------------------------------------------------------------------


def test_the_example_is_valid_and_reads_back_equal() -> None:
    record = example()
    xml = render_prs(record)

    assert errors_of(xml) == []
    assert in_order(Reader(xml).section()) == in_order(without_place(record.results_section))


def test_the_names_that_differ_from_the_api_are_those_of_the_schema() -> None:
    plain = {
        "identificationModule": {
            "nctId": "NCT00000000",
            "orgStudyIdInfo": {"id": "EX-0001"},
            "secondaryIdInfos": [{"id": "2020-000000-00", "type": "CTIS"}, {"id": "R01", "type": "AHRQ"}],
            "organization": {"fullName": "Institute for Breathing Research"},
            "briefTitle": "Airway Cells in Asthma",
        },
        "statusModule": {
            "statusVerifiedDate": "2020-01",
            "overallStatus": "ACTIVE_NOT_RECRUITING",
            "startDateStruct": {"date": "2018-02", "type": "ACTUAL"},
            "primaryCompletionDateStruct": {"date": "2020-02-29", "type": "ESTIMATED"},
            "completionDateStruct": {"date": "2020-10", "type": "ESTIMATED"},
        },
        "sponsorCollaboratorsModule": {"leadSponsor": {"name": "Institute for Breathing Research"}},
        "oversightModule": {"isFdaRegulatedDrug": False},
        "designModule": {
            "studyType": "INTERVENTIONAL",
            "phases": ["PHASE1", "PHASE2"],
            "designInfo": {
                "allocation": "RANDOMIZED",
                "interventionModel": "PARALLEL",
                "primaryPurpose": "SUPPORTIVE_CARE",
                "maskingInfo": {"masking": "DOUBLE", "whoMasked": ["PARTICIPANT", "OUTCOMES_ASSESSOR"]},
            },
            "enrollmentInfo": {"count": 9, "type": "ACTUAL"},
        },
        "armsInterventionsModule": {
            "armGroups": [
                {"label": "Airway cells", "type": "EXPERIMENTAL"},
                {"label": "Imitation", "type": "SHAM_COMPARATOR"},
            ],
            "interventions": [{"type": "BIOLOGICAL", "name": "Airway cells", "armGroupLabels": ["Airway cells"]}],
        },
        "eligibilityModule": {
            "eligibilityCriteria": "Inclusion:\n* asthma & cough",
            "sex": "ALL",
            "minimumAge": "18 Years",
        },
    }
    xml = render_prs(Record.model_validate_json(json.dumps({"protocolSection": plain})))
    study = etree.fromstring(xml, PARSER).find("clinical_study")

    assert errors_of(xml) == []
    assert {name: study.findtext(name) for name in _BY_HAND} == _BY_HAND
    assert [one.findtext("id_type") for one in study.iter("secondary_id")] == [
        "EU Trial (CTIS) Number",
        "Other Grant/Funding Number",
    ]


_BY_HAND: Final = {
    "id_info/org_name": "Institute for Breathing Research",
    "id_info/org_study_id": "EX-0001",
    "sponsors/lead_sponsor/agency": "Institute for Breathing Research",
    "oversight_info/fda_regulated_drug": "no",
    "overall_status": "Active, not recruiting",
    "verification_date": "2020-01",
    "start_date": "2018-02",
    "start_date_type": "Actual",
    "last_follow_up_date": "2020-10",
    "last_follow_up_date_type": "Anticipated",
    "primary_compl_date": "2020-02-29",
    "study_design/study_type": "Interventional",
    "study_design/interventional_design/interventional_subtype": "Supportive Care",
    "study_design/interventional_design/phase": "Phase 1/2",
    "study_design/interventional_design/assignment": "Parallel Assignment",
    "study_design/interventional_design/allocation": "Randomized",
    "study_design/interventional_design/no_masking": "no",
    "study_design/interventional_design/masked_subject": "yes",
    "study_design/interventional_design/masked_caregiver": "no",
    "study_design/interventional_design/masked_assessor": "yes",
    "study_design/interventional_design/number_of_arms": "2",
    "enrollment": "9",
    "arm_group/arm_type": "Experimental",
    "intervention/intervention_type": "Biological/Vaccine",
    "eligibility/criteria/textblock": "Inclusion:\n* asthma & cough",
    "eligibility/gender": "All",
    "eligibility/minimum_age": "18 Years",
    "eligibility/maximum_age": "N/A",
}


def rules_of(record: Record) -> dict[str, str]:
    return {issue.where: issue.rule for issue in write_prs(record).issues}


def test_a_value_outside_its_pick_list_is_found_though_the_schema_takes_it() -> None:
    record = Record.model_validate_json(
        json.dumps(
            {
                "protocolSection": {
                    "designModule": {"studyType": "INTERVENTIONAL", "designInfo": {"primaryPurpose": "ECT"}}
                }
            }
        )
    )

    where = "/prs:study_collection/clinical_study[1]/study_design[1]/interventional_design[1]/interventional_subtype[1]"
    assert rules_of(record)[where] == "prs/pick-list"
    assert errors_of(render_prs(record)) == []


def test_what_the_schema_wants_and_the_record_lacks_stands_empty_and_is_listed() -> None:
    record = Record.model_validate_json(
        json.dumps({"protocolSection": {"designModule": {"studyType": "INTERVENTIONAL"}}})
    )
    empty = {where.rpartition("/")[2] for where, rule in rules_of(record).items() if rule == "prs/empty"}

    assert empty == {"org_name[1]", "org_study_id[1]", "interventional_subtype[1]", "phase[1]", "allocation[1]"}


def test_a_cell_of_no_group_is_found() -> None:
    plain = json.loads(json.dumps(example().as_json()).replace('"OG001", "value": "0.12"', '"OG077", "value": "0.12"'))
    rules = Counter(rules_of(Record.model_validate_json(json.dumps(plain))).values())

    assert "prs/reference" not in rules  # a cell of no column has no row to stand in: the review says so
    plain["resultsSection"]["outcomeMeasuresModule"]["outcomeMeasures"][0]["analyses"][0]["groupIds"] = [
        "OG000",
        "OG077",
    ]
    assert "prs/reference" in rules_of(Record.model_validate_json(json.dumps(plain))).values()


def test_what_has_no_place_is_listed() -> None:
    plain = example().as_json()
    period = plain["resultsSection"]["participantFlowModule"]["periods"][0]
    period["milestones"][2]["comment"] = "Moved away."
    period["dropWithdraws"][0]["comment"] = "Moved away."
    plain["resultsSection"]["outcomeMeasuresModule"]["outcomeMeasures"][0]["analyses"][0]["ciLowerLimitComment"] = "few"
    found = write_prs(Record.model_validate_json(json.dumps(plain))).issues

    assert [issue.where.removeprefix("resultsSection.") for issue in found if issue.rule == "prs/no-place"] == [
        "protocolSection.identificationModule.nctId",
        "participantFlowModule.periods[0].milestones",
        "participantFlowModule.periods[0].dropWithdraws",
        "outcomeMeasuresModule.outcomeMeasures[0].analyses[0].ciLowerLimitComment",
    ]


# --- Writing ----------------------------------------------------------------------------------------------------------


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_every_text_that_xml_can_hold_is_read_back(text: str) -> None:
    xml = render(element("a", Node("b", text), x=text.replace("\n", " ").replace("\t", " ")))
    root = etree.fromstring(xml, PARSER)

    if holds_forbidden(text):
        assert "\ufffd" in (root.findtext("b") or "")
    else:
        assert (root.findtext("b") or "") == text


def test_a_text_cannot_become_markup() -> None:
    root = etree.fromstring(render(element("a", Node("b", "</b><c>&amp;"), x='" y="')), PARSER)

    assert (root.findtext("b"), dict(root.attrib), len(root)) == ("</b><c>&amp;", {"x": '" y="'}, 1)


@pytest.mark.parametrize("name", [name for name in picklists.LISTS if "/" in name])
def test_every_pick_list_has_values(name: str) -> None:
    assert all(value.strip() for value in picklists.LISTS[name])
