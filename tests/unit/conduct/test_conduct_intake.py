"""A file of a laboratory: planned in a dry run, recorded as one act, never over what is there, and sealed where it tells."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from armlet.allocation.boxes import find_unopened, open_boxes, open_imports
from armlet.cli.main import run
from armlet.conduct import commands as c
from armlet.conduct.intake.commands import ImportedRow, ImportResults
from armlet.document import digest
from armlet.errors import InputError
from armlet.export.package import OPEN, load_data, write_ledger
from armlet.intake.mapping import load_mapping
from armlet.intake.table import decode, read_table
from armlet.ledger import events as e
from armlet.ledger.box import OpeningKey
from armlet.ledger.intake_events import ResultsImported
from armlet.protocol.load import read_protocol
from armlet.protocol.model import Protocol, Role

KEY = OpeningKey(bytes(range(32)))
MONTH_3 = date(2021, 7, 15)
BASE = Path(__file__).parents[2] / "spec" / "checks" / "base.yaml"
TELLING = BASE.read_text("utf-8").replace("  - id: fev1\n    label", "  - id: fev1\n    tells_arm: true\n    label")
MAPPING = """\
mapping: 1
id: breath_lab
version: "1"
trial: breeze
file: {delimiter: ";", encoding: iso-8859-1, decimal: ","}
participant: {column: Subject}
visit: {column: Visit, codes: {V0: screening, V3: month_3}}
day: {column: Taken, format: "%d.%m.%Y"}
measure:
  column: Test
  codes:
    FEV1: {activity: exercise_test, measure: fev1, unit: L}
    WGT: {activity: scales, measure: weight, unit: kg}
sample: {column: Time, codes: {"": "", "0": 0 min, "5": 5 min}}
value: {column: Result, missing: ["", n/a]}
unit: {column: Unit, codes: {Liter: L}}
flag: {column: Flag, amended: [A], leave_out: [X]}
"""
HEADER = "Subject;Visit;Taken;Test;Time;Result;Unit;Flag;Comment"


@dataclass
class Site:
    """A folder of a trial in which month 3 of P1 was held, and the files beside it."""

    folder: Path
    capsys: pytest.CaptureFixture[str]

    def write(self, *rows: str, header: str = HEADER) -> None:
        (self.folder / "lab.csv").write_bytes("\r\n".join([header, *rows, ""]).encode("iso-8859-1"))

    def call(self, *words: object) -> tuple[int, dict[str, Any]]:
        paths = (self.folder, self.folder / "lab.csv", "--mapping", self.folder / "m.yaml", "--by", "Dora Example")
        code = run([str(word) for word in ("import", *paths, *words, "--json")])
        return code, json.loads(self.capsys.readouterr().out)

    def imports(self, *words: object) -> tuple[int, dict[str, Any]]:
        plan = self.call(*words, "--dry-run")[1]["plan"]
        return self.call(*words, "--plan", plan)

    def outcomes(self, *words: object) -> list[tuple[str, str]]:
        return [(line["outcome"], line["rule"]) for line in self.call(*words, "--dry-run")[1]["lines"]]


@pytest.fixture
def site(make_life: Callable[[Protocol], Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Site:
    life = make_life(read_protocol(TELLING, "protocol.yaml")[0])
    life.opens()
    life.does(c.PublishSealingKey(KEY.public()))
    life.gives()
    life.holds("month_3", MONTH_3)
    write_ledger(tmp_path / "breeze", TELLING, tuple(life.store.read()))
    (tmp_path / "breeze" / "ledger" / "head.json").unlink()
    (tmp_path / "breeze" / "m.yaml").write_text(MAPPING)
    return Site(tmp_path / "breeze", capsys)


WEIGHT = "P1;V3;15.07.2021;WGT;;71,5;kg;;fine"
BREATH = "P1;V3;15.07.2021;FEV1;0;2,05;Liter;;"


def test_a_dry_run_says_what_would_be_recorded_and_records_nothing(site: Site) -> None:
    site.write(WEIGHT, BREATH)
    before = (site.folder / OPEN).read_bytes()

    code, found = site.call("--dry-run")

    assert code == 0
    assert found["counts"]["record"] == 2
    assert (site.folder / OPEN).read_bytes() == before


def test_what_was_planned_is_recorded_as_one_act_with_where_it_came_from(site: Site) -> None:
    site.write(WEIGHT)
    code, found = site.imports()
    entries = load_data(site.folder).entries

    assert (code, found["recorded"]) == (0, 1)
    assert isinstance(entries[-2].event, e.ResultRecorded)
    assert (entries[-2].event.value, entries[-2].event.unit) == ("71.5", "kg")
    told = entries[-1].event
    assert isinstance(told, ResultsImported)
    assert (told.mapping, told.rows, told.recorded, told.source, told.plan) == ("breath_lab", 1, 1, None, None)
    assert entries[-1].entry.actor == "Dora Example"
    assert open_imports(entries, KEY) == {entries[-1].seq: digest((site.folder / "lab.csv").read_bytes())}
    assert list(find_unopened(entries, KEY)) == []


def test_a_value_that_tells_the_arm_goes_sealed_and_is_shown_to_nobody(site: Site) -> None:
    site.write(BREATH)
    _, planned = site.call("--dry-run")
    _, done = site.imports()
    entries = load_data(site.folder).entries

    assert planned["lines"][0]["value"] == "sealed"
    assert "2.05" not in json.dumps([planned, done])
    assert isinstance(entries[-2].event, e.ResultSealed)
    assert b"2.05" not in (site.folder / OPEN).read_bytes()
    opened = open_boxes(entries, KEY)[entries[-2].seq]
    assert isinstance(opened, e.ResultRecorded)
    assert opened.value == "2.05"
    assert digest((site.folder / "lab.csv").read_bytes()).encode() not in (site.folder / OPEN).read_bytes()


def test_the_same_file_twice_records_nothing_twice(site: Site) -> None:
    site.write(WEIGHT, BREATH)
    site.imports()
    before = (site.folder / OPEN).read_bytes()

    code, found = site.imports()

    assert (code, found["recorded"]) == (0, 0)
    assert site.outcomes() == [("there already", ""), ("there already, sealed", "")]
    assert (site.folder / OPEN).read_bytes() == before


def test_another_unit_than_the_expected_one_stops_the_whole_file(site: Site) -> None:
    site.write(WEIGHT, BREATH.replace("Liter", "mL"))

    code, found = site.call("--dry-run")

    assert (code, found["issues"][0]["rule"]) == (3, "import/unit")
    assert found["issues"][0]["where"].endswith("lab.csv:3")


def test_an_amended_value_is_a_conflict_and_overwrites_nothing(site: Site) -> None:
    site.write(WEIGHT)
    site.imports()
    site.write(WEIGHT.replace("71,5", "75,1"))

    code, found = site.call("--dry-run")

    assert (code, found["counts"]["conflict"]) == (1, 1)
    assert (found["lines"][0]["recorded"], found["lines"][0]["value"]) == ("71.5 kg", "75.1 kg")
    assert site.imports()[1]["recorded"] == 0


def test_a_conflict_that_is_accepted_with_a_reason_is_a_correction_and_both_values_stay(site: Site) -> None:
    site.write(WEIGHT)
    site.imports()
    first = load_data(site.folder).entries[-2]
    site.write(WEIGHT.replace("71,5", "75,1"))
    site.imports("--accept", 2, "--why", "The scales were read wrongly.")
    entries = load_data(site.folder).entries
    corrected = entries[-2].event

    assert isinstance(corrected, e.ResultCorrected)
    assert (corrected.of, corrected.value, corrected.why) == (first.seq, "75.1", "The scales were read wrongly.")
    assert entries[first.seq - 1].event == first.event


def test_a_sealed_value_that_the_laboratory_amended_is_a_conflict_and_its_correction_is_sealed(site: Site) -> None:
    site.write(BREATH)
    site.imports()
    site.write(BREATH.replace(";Liter;;", ";Liter;A;").replace("2,05", "2,15"))

    assert site.outcomes() == [("conflict", "import/conflict")]
    site.imports("--accept", 2, "--why", "The assay was repeated.")
    corrected = load_data(site.folder).entries[-2].event
    assert isinstance(corrected, e.SealedResultCorrected)
    assert b"2.15" not in (site.folder / OPEN).read_bytes()


def test_the_real_run_needs_the_plan_of_this_file_and_this_ledger(site: Site) -> None:
    site.write(WEIGHT)
    plan = site.call("--dry-run")[1]["plan"]
    site.write(WEIGHT.replace("71,5", "71,6"))

    code, found = site.call("--plan", plan)

    assert (code, found["issues"][0]["rule"]) == (3, "import/other-plan")


@pytest.mark.parametrize(
    ("row", "rule"),
    [
        (WEIGHT.replace("P1", "P9"), "conduct/unknown-participant"),
        (WEIGHT.replace("V3", "V7"), "import/unknown-visit"),
        (WEIGHT.replace("WGT", "HBA1C"), "import/unknown-measure"),
        (WEIGHT.replace("15.07", "16.07"), "import/other-day"),
        (WEIGHT.replace("15.07.2021", "2021-07-15"), "import/day"),
        (WEIGHT.replace("71,5", "71.5"), "import/number"),
        (WEIGHT.replace("71,5", "1e9999"), "import/number"),
        (WEIGHT.replace("71,5", "=1+1"), "import/number"),
        (WEIGHT.replace("71,5", "5,0"), "conduct/implausible"),
        (WEIGHT.replace("WGT;", "WGT;0"), "conduct/unknown-sample"),
        (BREATH.replace(";0;", ";7;"), "import/unknown-sample"),
    ],
)
def test_a_row_that_may_not_be_recorded_says_why_and_the_others_are_counted(site: Site, row: str, rule: str) -> None:
    site.write(row, BREATH.replace(";0;", ";5;"))

    assert site.outcomes() == [("refused", rule), ("record", "")]
    code, found = site.imports()
    told = load_data(site.folder).entries[-1].event
    assert (code, found["recorded"]) == (0, 1)
    assert isinstance(told, ResultsImported)
    assert (told.rows, told.recorded, told.refused) == (2, 1, 1)


def test_two_rows_of_one_value_are_both_refused(site: Site) -> None:
    site.write(WEIGHT, WEIGHT.replace("71,5", "72,0"))

    assert site.outcomes() == [("refused", "import/row-twice")] * 2


def test_a_value_below_the_limit_is_censored_and_no_value_is_no_result(site: Site) -> None:
    site.write(BREATH.replace("2,05", "<0,4"), WEIGHT.replace("71,5", "n/a"), WEIGHT.replace(";kg;;", ";kg;X;"))

    assert site.outcomes() == [("record", ""), ("no value", ""), ("no value", "")]
    site.imports()
    entries = load_data(site.folder).entries
    opened = open_boxes(entries, KEY)[entries[-2].seq]
    assert isinstance(opened, e.ResultRecorded)
    assert (opened.value, opened.below) == ("0.4", True)


def test_a_value_out_of_range_is_recorded_once_somebody_has_checked_it(site: Site) -> None:
    site.write(WEIGHT.replace("71,5", "29,0"))

    code, found = site.imports("--accept", 2, "--why", "Weighed twice.")

    assert (code, found["recorded"]) == (0, 1)
    assert load_data(site.folder).entries[-1].entry.reason == "Weighed twice."


@pytest.mark.parametrize(("option", "rule"), [("--rows", "import/other-rows"), ("--digest", "import/other-digest")])
def test_a_file_that_is_not_what_its_sender_says_is_refused(site: Site, option: str, rule: str) -> None:
    site.write(WEIGHT)

    code, found = site.call(option, "7", "--dry-run")

    assert (code, found["issues"][0]["rule"]) == (3, rule)


def test_whoever_may_not_import_is_refused_by_the_door(make_life: Callable[[Protocol], Any]) -> None:
    life = make_life(read_protocol(TELLING, "protocol.yaml")[0]).opens()
    command = ImportResults("lab", "1", "sha256:" + "0" * 64, "sha256:" + "0" * 64, "sha256:" + "0" * 64, 0)

    for role in set(Role) - {Role.DATA_MANAGER, Role.SITE_COORDINATOR, Role.OUTCOME_ASSESSOR}:
        life.refuses(command, "role", "may not do this", role=role)


def test_rows_that_are_not_accounted_for_or_stand_twice_are_refused_by_the_door(
    make_life: Callable[[Protocol], Any],
) -> None:
    life = make_life(read_protocol(TELLING, "protocol.yaml")[0]).opens()
    none = "sha256:" + "0" * 64
    row = ImportedRow("P1", "month_3", "scales", "weight", "", "70", "kg")
    twice = ImportResults("lab", "1", none, none, none, 2, rows=(row, replace(row, value="71")))

    life.refuses(
        ImportResults("lab", "1", none, none, none, 3, 1), "rows-lost", "3 rows were read, and 1 are accounted for"
    )
    life.refuses(twice, "row-twice", "two rows are of the same value")


# --- Hostile files --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"a,b\n1,\0\n", "import/nul"),
        (b"a,b\n1,\xff\n", "import/encoding"),
        (b"a,c\n1,2\n", "import/column"),
        (b"a,b,a\n1,2,3\n", "import/column"),
        (b"", "import/column"),
        (b"a,b\n1,2,3\n", "import/row-length"),
        (b'a,b\n1,"2\n', "import/not-delimited"),
        (b"a,b\n1," + b"x" * 20_000 + b"\n", "import/long-cell"),
        (b"a,b\n1," + b"x" * 200_000 + b"\n", "import/not-delimited"),
    ],
)
def test_a_file_that_cannot_be_read_is_an_issue_with_its_line(data: bytes, rule: str) -> None:
    with pytest.raises(InputError) as problem:
        read_table(decode(data, "utf-8", "x.csv"), ",", ("a", "b"), "x.csv")
    assert problem.value.issues[0].rule == rule


def test_a_byte_order_mark_and_any_line_end_are_passed_over() -> None:
    rows = read_table(decode(b"\xef\xbb\xbfa;b\r1;2\r", "utf-8", "x.csv"), ";", ("a", "b"), "x.csv")

    assert [(row.line, dict(row.cells)) for row in rows] == [(2, {"a": "1", "b": "2"})]


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("trial: breeze", "trial: other", "mapping/other-trial"),
        ("V3: month_3", "V3: month_99", "mapping/unknown-visit"),
        ("measure: weight, unit: kg", "measure: height, unit: cm", "mapping/unknown-measure"),
        ("measure: weight, unit: kg", "measure: weight, unit: g", "mapping/unit"),
        ("unit: L}", "unit: kg}", "mapping/unit"),
        ('version: "1"', 'versoin: "1"', "mapping/unknown-key"),
    ],
)
def test_a_mapping_that_does_not_fit_the_protocol_is_an_issue(
    tmp_path: Path, breeze: Protocol, old: str, new: str, rule: str
) -> None:
    (tmp_path / "m.yaml").write_text(MAPPING.replace(old, new))

    with pytest.raises(InputError) as problem:
        load_mapping(tmp_path / "m.yaml", breeze)
    assert rule in [issue.rule for issue in problem.value.issues]
