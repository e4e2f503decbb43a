"""Tabulation data: what stands in the rows, and a description that the standard's schema accepts."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from odmlib.odm_parser import ODMSchemaValidator

from armlet.export.format import load_format
from armlet.export.results_form.locked import LockedTrial

Make = Callable[..., LockedTrial]
DEFINE = "SIMULATED-define.xml"
NS = {"odm": "http://www.cdisc.org/ns/odm/v1.3", "def": "http://www.cdisc.org/ns/def/v2.1"}


def rows(trial: LockedTrial, name: str) -> list[dict[str, Any]]:
    """The rows of a data set, by column."""
    document = json.loads(load_format("sdtm").export(trial).files[f"SIMULATED-{name}.json"])
    names = [column["name"] for column in document["columns"]]
    assert document["records"] == len(document["rows"])
    return [dict(zip(names, row, strict=True)) for row in document["rows"]]


def test_the_description_is_valid_by_the_published_schema(locked: Make, tmp_path: Path) -> None:
    path = tmp_path / DEFINE
    path.write_bytes(load_format("sdtm").export(locked()).files[DEFINE])

    ODMSchemaValidator(standard="define", version="2.1").validate_file(str(path))


def test_every_column_of_every_data_set_is_described_and_every_file_is_there(locked: Make) -> None:
    files = load_format("sdtm").export(locked()).files
    root = ElementTree.fromstring(files[DEFINE])
    described = {item.get("OID") for item in root.iterfind(".//odm:ItemDef", NS)}
    referred = {item.get("ItemOID") for item in root.iterfind(".//odm:ItemRef", NS)}
    leaves = {leaf.get("{http://www.w3.org/1999/xlink}href") for leaf in root.iterfind(".//def:leaf", NS)}
    written = {
        column["itemOID"] for name, data in files.items() if name != DEFINE for column in json.loads(data)["columns"]
    }

    assert described == referred == written
    assert leaves == set(files) - {DEFINE}


def test_who_was_given_something_has_an_arm_and_who_was_not_has_a_reason(locked: Make) -> None:
    people = {row["SUBJID"]: row for row in rows(locked(), "dm")}

    assert (people["P1"]["ARMCD"], people["P1"]["ACTARMCD"], people["P1"]["ARMNRS"]) == ("cells", "cells", None)
    assert (people["P4"]["ARMCD"], people["P4"]["ACTARMCD"]) == ("cells", None)
    assert people["P4"]["ARMNRS"] == "ASSIGNED, NOT TREATED"
    assert (people["P5"]["ARMCD"], people["P5"]["ARMNRS"], people["P5"]["SEX"]) == (None, "SCREEN FAILURE", "M")


def test_exposure_has_a_row_for_each_administration_and_none_for_who_was_not_given_anything(locked: Make) -> None:
    assert [row["USUBJID"] for row in rows(locked(), "ex")] == [
        "SIMULATED-breeze-P1",
        "SIMULATED-breeze-P2",
        "SIMULATED-breeze-P3",
    ]


def test_a_result_keeps_its_digits_and_a_missing_one_its_reason(locked: Make) -> None:
    found = [row for row in rows(locked(), "xr") if row["USUBJID"].endswith("P1") and row["VISIT"] == "month 3"]

    assert [(row["XRORRES"], row["XRORRESU"], row["XRSTAT"], row["XRREASND"]) for row in found] == [
        ("2.777", "L", None, None),
        ("2.555", "L", None, None),
        (None, None, "NOT DONE", "sample lost"),
    ]


def test_a_missed_visit_did_not_occur_and_says_why(locked: Make) -> None:
    (missed,) = [row for row in rows(locked(), "sv") if row["SVOCCUR"] == "N"]

    assert (missed["USUBJID"], missed["SVREASOC"], missed["SVSTDTC"]) == ("SIMULATED-breeze-P3", "moved house", None)


def test_every_row_says_that_people_are_invented_and_nothing_is_coded(locked: Make) -> None:
    trial = locked()

    assert {row["STUDYID"] for name in ("dm", "ae", "xr", "ts") for row in rows(trial, name)} == {"SIMULATED-breeze"}
    assert "AEDECOD" not in rows(trial, "ae")[0]
