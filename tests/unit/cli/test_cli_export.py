"""`armlet export`: both trials of the repository out as a registry's results, and back in with the same numbers.

The numbers are checked against what `armlet analyse` and the tables say, by arithmetic of this test's own.
"""

from __future__ import annotations

import csv
import json
import shutil
import statistics
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from armlet.cli.main import run
from armlet.errors import InputError
from armlet.export.format import export_formats, write_files
from armlet.registry.read import read_record
from armlet.registry.record import Record
from armlet.registry.results.reading import read_results
from armlet.registry.results.rows import OutcomeMeasure, ResultsSection
from tests.rehearsed import Rehearsals

ROOT = Path(__file__).parents[3]
OPENAPI = ROOT / ".." / "shared" / "standards" / "ctgov" / "ctg-oas-v2.yaml"
TRIALS = ("nct02057211", "nct02893306")
Call = Callable[..., Any]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory, rehearsals: Rehearsals) -> Mapping[str, tuple[Path, Path]]:
    """Each trial rehearsed, and exported beside it."""
    made = {}
    for trial in TRIALS:
        lived = tmp_path_factory.mktemp("lived") / trial
        rehearsals.copy(trial, (), lived)
        out = lived.parent / "ctgov"
        assert run(["export", str(lived), "--format", "ctgov", "--out", str(out)]) == 1  # nobody to ask is known
        made[trial] = (lived, out)
    return made


ANSWERED = """\
responsible_party: sponsor
fda_regulated_drug: false
fda_regulated_device: true
contact: {title: Trial office, phone: "+00 000 0000"}
publishing: {investigators_are_employees: false, restriction: "more than 60 days, at most 180"}
adverse_events:
  assessment: non-systematic
  vocabulary: Dictionary 1.0
  organ_systems:
    headache: Nervous system disorders
    hypoglycaemia: Metabolism and nutrition disorders
    nasopharyngitis: Infections and infestations
"""


def test_with_every_question_answered_a_reviewer_finds_no_error(
    folders: Mapping[str, tuple[Path, Path]], tmp_path: Path, armlet: Call
) -> None:
    lived, _ = folders["nct02057211"]
    (tmp_path / "answers.yaml").write_text(ANSWERED, "utf-8")

    called = armlet(
        "export",
        lived,
        "--format",
        "ctgov",
        "--out",
        tmp_path / "out",
        "--answers",
        tmp_path / "answers.yaml",
        "--json",
    )

    assert called.code == 0
    rules = [issue["rule"] for issue in called.document()["issues"] if issue["severity"] != "note"]
    assert rules == ["results-form/documents"]
    section = json.loads(study(tmp_path / "out").read_text("utf-8"))
    more, events = section["resultsSection"]["moreInfoModule"], section["resultsSection"]["adverseEventsModule"]
    assert more["certainAgreement"] == {
        "piSponsorEmployee": False,
        "restrictionType": "GT60",
        "restrictiveAgreement": True,
    }
    assert (more["pointOfContact"]["title"], more["pointOfContact"]["phone"]) == ("Trial office", "+00 000 0000")
    assert {(event["term"], event["organSystem"]) for event in events["otherEvents"]} == {
        ("headache", "Nervous system disorders"),
        ("hypoglycaemia", "Metabolism and nutrition disorders"),
        ("nasopharyngitis", "Infections and infestations"),
    }
    assert {event["assessmentType"] for event in events["otherEvents"]} == {"NON_SYSTEMATIC_ASSESSMENT"}
    assert {event["sourceVocabulary"] for event in events["seriousEvents"]} == {"Dictionary 1.0"}
    assert section["protocolSection"]["oversightModule"] == {"isFdaRegulatedDrug": False, "isFdaRegulatedDevice": True}


def test_the_file_to_fill_in_is_read_back_as_it_stands(
    folders: Mapping[str, tuple[Path, Path]], tmp_path: Path, armlet: Call
) -> None:
    lived, out = folders["nct02057211"]
    (to_fill,) = out.glob("SIMULATED-*-answers.yaml")
    assert "    nasopharyngitis: null" in to_fill.read_text("utf-8").replace('"', "")

    called = armlet("export", lived, "--format", "ctgov", "--out", tmp_path / "out", "--answers", to_fill)

    assert called.code == 1
    assert (tmp_path / "out" / to_fill.name).read_bytes() == to_fill.read_bytes()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("adverse_events:\n  organ_systems:\n    hedache: Nervous system disorders\n", "no adverse event has the term"),
        ("contact:\n  fax: 1\n", "answers.yaml:2"),
        ("publishing:\n  restriction: for ever\n", "answers.yaml:2"),
    ],
)
def test_answers_that_cannot_be_used_are_refused_and_nothing_is_written(
    folders: Mapping[str, tuple[Path, Path]], tmp_path: Path, armlet: Call, text: str, says: str
) -> None:
    (tmp_path / "answers.yaml").write_text(text, "utf-8")

    called = armlet(
        "export", folders["nct02057211"][0], "--format", "ctgov", "--out", tmp_path / "out",
        "--answers", tmp_path / "answers.yaml",
    )  # fmt: skip

    assert called.code == 1
    assert says in called.err
    assert not (tmp_path / "out").exists()


def study(folder: Path) -> Path:
    (path,) = folder.glob("*-study.json")
    return path


def read_back(folder: Path) -> tuple[Record, ResultsSection]:
    reading = read_record(study(folder).read_bytes(), "study.json")
    assert [line.text for line in reading.unrecognised] == []
    results = reading.record.results_section
    assert results is not None
    read = read_results(results)
    assert read.kept == ()
    return reading.record, read.section


def analysed(armlet: Call, folder: Path) -> Any:
    called = armlet("analyse", folder, "--json")
    assert called.code == 0
    return called.document()


def is_rounded(text: str | None, value: float) -> bool:
    """Whether the text is the value, rounded to as many decimals as it shows."""
    if text is None:
        return False
    decimals = len(text.partition(".")[2])
    return abs(float(text) - value) <= 0.5 * 10.0**-decimals + 1e-9


def outcome_of(results: ResultsSection, protocol_label: str) -> OutcomeMeasure:
    """The outcome of an endpoint: titled by its label, or saying that it was measured as it."""
    label = f"{protocol_label[0].upper()}{protocol_label[1:]}"
    (found,) = (
        one
        for one in results.outcome_measures_module.outcome_measures
        if one.title == label or f"Measured as: {protocol_label}." in str(one.description)
    )
    return found


# --- The circle -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trial", TRIALS)
def test_every_estimate_comes_back_with_its_value_interval_p_and_n(
    trial: str, folders: Mapping[str, tuple[Path, Path]], armlet: Call
) -> None:
    lived, out = folders[trial]
    _, results = read_back(out)
    by_endpoint: dict[str, list[Any]] = {}
    for one in analysed(armlet, lived)["estimates"]:
        by_endpoint.setdefault(one["endpoint_label"], []).append(one)

    for label, estimates in by_endpoint.items():
        told = outcome_of(results, label).analyses
        assert len(told) == len(estimates)
        for row, one in zip(told, estimates, strict=True):
            assert one["estimable"]
            assert one["label"] in str(row.group_description)
            assert is_rounded(row.param_value, one["value"])
            if one["interval"] is None:
                assert (row.ci_lower_limit, row.ci_upper_limit, row.ci_pct_value) == (None, None, None)
            else:
                assert is_rounded(row.ci_lower_limit, one["interval"]["lower"])
                assert is_rounded(row.ci_upper_limit, one["interval"]["upper"])
                assert row.ci_pct_value == "95"
            if one["p"] is None:
                assert row.p_value is None
            else:
                assert is_rounded(row.p_value, one["p"]["value"])
            assert len(row.group_ids) == len(one["n_used"])
            assert all(f"{count} in " in str(row.group_description) for count in one["n_used"].values())
            largest = max(
                abs(number)
                for number in (
                    one["value"],
                    *((one["interval"][end] for end in ("lower", "upper")) if one["interval"] else ()),
                )
            )
            assert abs(float(row.param_value or 0) - one["value"]) <= largest * 0.0005


@pytest.mark.parametrize("trial", TRIALS)
def test_every_mean_and_deviation_comes_back_from_the_table_of_values(
    trial: str, folders: Mapping[str, tuple[Path, Path]], armlet: Call
) -> None:
    lived, out = folders[trial]
    _, results = read_back(out)
    document = analysed(armlet, lived)
    protocol = json.loads(_shown(armlet, trial))
    visits = {visit["id"]: visit["label"] for visit in protocol["visits"]}
    with (lived / "exports" / "endpoints.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    checked = 0
    for endpoint in protocol["endpoints"]:
        outcome = outcome_of(results, endpoint["label"])
        own = [one for one in document["estimates"] if one["endpoint"] == endpoint["id"]]
        members = set(document["sets"][next((one for one in own if one["role"] == "primary"), own[0])["set"]])
        groups = {group.id: group.title for group in outcome.groups}
        arm_of_title = {arm["label"]: arm["id"] for arm in protocol["arms"]}
        before = visits[endpoint["baseline"]]
        for visit in endpoint["visits"]:
            titles = {"value": visits[visit], "change": f"Change from {before} to {visits[visit]}"}
            for column, title in titles.items():
                (row,) = (one for one in outcome.classes if str(one.title).casefold() == title.casefold())
                for count in row.denoms[0].counts:
                    arm = arm_of_title[str(groups[count.group_id])]
                    values = [
                        float(item[column])
                        for item in rows
                        if (item["endpoint"], item["visit"], item["arm"]) == (endpoint["id"], visit, arm)
                        and item["participant"] in members
                        and item[column]
                    ]
                    assert count.value == str(len(values))
                    (cell,) = (one for one in row.categories[0].measurements if one.group_id == count.group_id)
                    assert is_rounded(cell.value, statistics.fmean(values))
                    assert is_rounded(cell.spread, statistics.stdev(values))
                    checked += 1
    assert checked == {"nct02057211": 96, "nct02893306": 18}[trial]


def _shown(armlet: Call, trial: str) -> str:
    called = armlet("show", ROOT / "trials" / trial, "--json")
    assert called.code == 0
    return str(called.out)


@pytest.mark.parametrize("trial", TRIALS)
def test_the_flow_balances_and_everybody_at_risk_was_assigned(
    trial: str, folders: Mapping[str, tuple[Path, Path]]
) -> None:
    record, results = read_back(folders[trial][1])
    (period,) = results.participant_flow_module.periods
    counted = {one.type: [int(str(each.num_subjects)) for each in one.achievements] for one in period.milestones}
    reasons = [[int(str(each.num_subjects)) for each in one.reasons] for one in period.drop_withdraws]

    for place, started in enumerate(counted["STARTED"]):
        assert started == counted["COMPLETED"][place] + counted["NOT COMPLETED"][place]
        assert counted["NOT COMPLETED"][place] == sum(reason[place] for reason in reasons)
        group = results.adverse_events_module.event_groups[place]
        assert (group.serious_num_at_risk, group.other_num_at_risk, group.deaths_num_at_risk) == (started,) * 3
    assert sum(counted["STARTED"]) == record.protocol_section.design_module.enrollment_info.count == 10
    baseline = results.baseline_characteristics_module.denoms[0].counts
    assert [int(str(one.value)) for one in baseline][: len(counted["STARTED"])] == counted["STARTED"]


def test_the_adverse_events_are_those_of_the_table(folders: Mapping[str, tuple[Path, Path]]) -> None:
    for lived, out in folders.values():
        _, results = read_back(out)
        with (lived / "exports" / "adverse_events.csv").open(encoding="utf-8") as file:
            rows = [row for row in csv.DictReader(file) if row["arm"]]
        events = results.adverse_events_module
        told = sum(
            stats.num_events or 0 for one in (*events.serious_events, *events.other_events) for stats in one.stats
        )
        serious = sum(stats.num_events or 0 for one in events.serious_events for stats in one.stats)

        assert (told, serious) == (len(rows), sum(bool(row["serious"]) for row in rows))


@pytest.mark.skipif(not OPENAPI.exists(), reason="the OpenAPI description (../shared/standards) is not here")
@pytest.mark.parametrize("trial", TRIALS)
def test_the_study_is_valid_by_the_registrys_own_description(
    trial: str, folders: Mapping[str, tuple[Path, Path]]
) -> None:
    import jsonschema
    import yaml

    description = yaml.load(OPENAPI.read_text("utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    schema = {"$ref": "#/components/schemas/Study", "components": description["components"]}
    validator = jsonschema.Draft202012Validator(schema)
    document = json.loads(study(folders[trial][1]).read_text("utf-8"))

    assert [error.message for error in validator.iter_errors(document)] == []
    document["resultsSection"]["participantFlowModule"]["groups"] = "none"
    assert [error.message for error in validator.iter_errors(document)] != []


# --- The verb -------------------------------------------------------------------------------------------------------


def test_every_file_of_a_simulated_trial_says_so_in_its_name_and_in_itself(
    folders: Mapping[str, tuple[Path, Path]],
) -> None:
    for _, out in folders.values():
        files = sorted(out.iterdir())
        assert [path.name.rpartition("-")[2] for path in files] == [
            "answers.yaml", "notes.md", "prs.xml", "review.md", "study.json",
        ]  # fmt: skip
        for path in files:
            assert path.name.startswith("SIMULATED-")
            assert "SIMULATED, INVENTED PEOPLE, NOT TO BE POSTED" in path.read_text("utf-8")


def test_the_answer_lists_files_and_open_items(
    folders: Mapping[str, tuple[Path, Path]], armlet: Call, tmp_path: Path
) -> None:
    lived, _ = folders[TRIALS[0]]
    called = armlet("export", lived, "--format", "ctgov", "--out", tmp_path / "a", "--json")
    again = armlet("export", lived, "--format", "ctgov", "--out", tmp_path / "b", "--average", "median")

    document = called.document()
    assert (called.code, called.err) == (1, "")
    assert {"trial", "simulated", "format", "files", "issues"} == set(document)
    assert all(Path(name).is_file() for name in document["files"])
    assert {"results-form/contact", "results-form/organ-system"} <= {one["rule"] for one in called.issues()}
    assert {"more/contact", "events/terms", "prs/no-place"} <= {one["rule"] for one in called.issues()}
    assert "things are for people to fill in" in again.out
    assert "A reviewer of the registry would find" in again.out
    assert read_back(tmp_path / "b")[1].baseline_characteristics_module.measures[0].param_type == "MEDIAN"


def test_the_same_trial_gives_the_same_bytes(
    folders: Mapping[str, tuple[Path, Path]], armlet: Call, tmp_path: Path
) -> None:
    lived, out = folders[TRIALS[1]]
    armlet("export", lived, "--format", "ctgov", "--out", tmp_path / "again")

    assert {path.name: path.read_bytes() for path in (tmp_path / "again").iterdir()} == {
        path.name: path.read_bytes() for path in out.iterdir()
    }


def test_an_existing_folder_is_refused_and_left_alone(
    folders: Mapping[str, tuple[Path, Path]], armlet: Call, tmp_path: Path
) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "mine.txt").write_text("mine")
    called = armlet("export", folders[TRIALS[0]][0], "--format", "ctgov", "--out", tmp_path / "there", "--json")

    assert (called.code, called.issues()[0]["rule"]) == (1, "export/exists")
    assert [path.name for path in (tmp_path / "there").iterdir()] == ["mine.txt"]


def test_a_trial_that_is_not_locked_is_refused(
    folders: Mapping[str, tuple[Path, Path]], armlet: Call, tmp_path: Path
) -> None:
    lived = tmp_path / "open"
    shutil.copytree(folders[TRIALS[0]][0], lived)
    lines = (lived / "ledger" / "open.jsonl").read_bytes().splitlines(keepends=True)
    lock = next(number for number, line in enumerate(lines) if b'"database locked"' in line)
    kept = lines[:lock]
    (lived / "ledger" / "open.jsonl").write_bytes(b"".join(kept))
    (lived / "ledger" / "head.json").unlink()
    called = armlet("export", lived, "--format", "ctgov", "--out", tmp_path / "out", "--json")

    assert (called.code, called.issues()[0]["rule"]) == (3, "unblinding/before-lock")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("words", "code", "rule"),
    [
        (("--format", "fax"), 2, "export/format-unknown"),
        (("--format", "ctgov", "--record", "nowhere.json"), 1, "export/unreadable"),
        (("--format", "ctgov", "--average", "mode"), 2, "usage"),
    ],
)
def test_a_wrong_call_says_what_would_be_right(
    words: tuple[str, ...], code: int, rule: str, folders: Mapping[str, tuple[Path, Path]], armlet: Call, tmp_path: Path
) -> None:
    called = armlet("export", folders[TRIALS[0]][0], "--out", tmp_path / "out", "--json", *words)

    assert (called.code, called.issues()[0]["rule"]) == (code, rule)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [(), ("--explain", "moreInfoModule", "--out", "there")])
def test_where_to_write_or_what_to_explain_is_asked_for_and_not_both(
    words: tuple[str, ...], folders: Mapping[str, tuple[Path, Path]], armlet: Call
) -> None:
    called = armlet("export", folders[TRIALS[0]][0], "--format", "ctgov", "--json", *words)

    assert (called.code, called.issues()[0]["rule"]) == (2, "export/out")


def test_words_without_an_endpoint_are_no_time_frame(
    folders: Mapping[str, tuple[Path, Path]], armlet: Call, tmp_path: Path
) -> None:
    call = ("export", folders[TRIALS[0]][0], "--format", "ctgov", "--out", tmp_path / "out", "--json")

    called = armlet(*call, "--time-frame", "Day 0 to month 24")

    assert (called.code, called.issues()[0]["rule"]) == (2, "export/time-frame")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("trial", TRIALS)
def test_a_field_is_explained_and_nothing_is_written(
    trial: str, folders: Mapping[str, tuple[Path, Path]], armlet: Call
) -> None:
    path = "resultsSection.outcomeMeasuresModule.outcomeMeasures[0].timeFrame"

    called = armlet("export", folders[trial][0], "--format", "ctgov", "--explain", path, "--json")

    assert called.code == 0
    assert called.document()["path"] == path
    origins = called.document()["origins"]
    assert isinstance(origins, list)
    assert any(".time_frame" in one["where"] for one in origins)


def test_the_record_of_another_trial_is_refused(
    folders: Mapping[str, tuple[Path, Path]], armlet: Call, tmp_path: Path
) -> None:
    other = ROOT / "trials" / TRIALS[1] / "record.json"
    words = ("--format", "ctgov", "--record", other, "--out", tmp_path / "out", "--json")
    called = armlet("export", folders[TRIALS[0]][0], *words)

    assert (called.code, called.issues()[0]["rule"]) == (1, "export/other-record")


def test_a_folder_that_is_no_trial_is_refused(armlet: Call, tmp_path: Path) -> None:
    called = armlet("export", tmp_path, "--format", "ctgov", "--out", tmp_path / "out", "--json")

    assert (called.code, called.issues()[0]["rule"]) == (1, "folder/no-ledger")


def test_the_help_lists_the_formats_and_an_example(armlet: Call) -> None:
    called = armlet("export", "--help")

    assert "armlet export out/NAME --format ctgov" in called.out
    assert all(method.description in called.out for method in export_formats().values())


def test_nothing_is_left_where_the_disk_says_no(tmp_path: Path) -> None:
    target = tmp_path / "out"

    with pytest.raises(InputError) as refused:
        write_files(target, {"a.json": b"{}", "no/such/place.json": b"{}"})

    assert refused.value.issues[0].rule == "export/unwritable"
    assert list(tmp_path.iterdir()) == []
