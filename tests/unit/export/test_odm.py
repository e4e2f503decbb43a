"""ODM by an outside reader: the standard's own schema and odmlib's check of what refers to what."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

from odmlib.loader import ODMLoader
from odmlib.odm_loader import XMLODMLoader
from odmlib.odm_parser import ODMSchemaValidator
from odmlib.oid_generator import create_oid_checker

from armlet.export.format import load_format
from armlet.export.results_form.locked import LockedTrial

ODM = "{http://www.cdisc.org/ns/odm/v1.3}"
Make = Callable[..., LockedTrial]


def written(trial: LockedTrial, folder: Path) -> Path:
    """The one file of the export, on disk."""
    ((name, data),) = load_format("odm").export(trial).files.items()
    path = folder / name
    path.write_bytes(data)
    return path


def values_of(path: Path, participant: str) -> list[tuple[str, str]]:
    """Every item with its value of one participant, as an XML reader finds them."""
    root = ElementTree.parse(path).getroot()
    (subject,) = root.findall(f".//{ODM}SubjectData[@SubjectKey='{participant}']")
    return [(one.get("ItemOID", ""), one.get("Value", "")) for one in subject.iter(f"{ODM}ItemData")]


def test_the_file_is_valid_by_the_published_schema(locked: Make, tmp_path: Path) -> None:
    ODMSchemaValidator(standard="odm", version="1.3.2").validate_file(str(written(locked(), tmp_path)))


def test_everything_that_is_referred_to_is_defined(locked: Make, tmp_path: Path) -> None:
    loader = ODMLoader(XMLODMLoader())
    loader.open_odm_document(str(written(locked(), tmp_path)))

    assert loader.root().verify_oids(create_oid_checker("odm_1_3_2"))


def test_a_value_keeps_its_digits_and_its_unit(locked: Make, tmp_path: Path) -> None:
    path = written(locked(), tmp_path)

    found = values_of(path, "P1")

    assert ("IT.exercise_test_fev1", "2.777") in found
    assert ("IT.exercise_test_fev1_unit", "L") in found
    assert ("IT.exercise_test_fev1_missing", "sample lost") in found
    assert ("IT.participant_arm", "cells") in found


def test_who_was_never_enrolled_is_in_it_without_an_arm(locked: Make, tmp_path: Path) -> None:
    found = dict(values_of(written(locked(), tmp_path), "P5"))

    assert found["IT.participant_verdict"] == "not eligible"
    assert found["IT.screening_sex"] == "male"
    assert "IT.participant_arm" not in found


def test_a_simulated_trial_says_so_in_the_file_and_in_its_name(locked: Make, tmp_path: Path) -> None:
    path = written(locked(), tmp_path)
    text = path.read_text("utf-8")

    assert path.name == "SIMULATED-breeze-odm.xml"
    assert 'Description="SIMULATED, INVENTED PEOPLE' in text
    assert "<StudyName>SIMULATED.breeze</StudyName>" in text


def test_words_of_a_reporter_come_back_as_they_were(locked: Make, tmp_path: Path) -> None:
    trial = locked()
    term = next(one.adverse_events[0].term for one in trial.data.state.participants.values() if one.adverse_events)
    found = [
        value
        for one in trial.data.state.participants
        for item, value in values_of(written(trial, tmp_path), one)
        if item == "IT.adverse_event_term"
    ]

    assert term == "<img src=x onerror=alert(1)>"
    assert term in found


def test_nobody_is_named(locked: Make, tmp_path: Path) -> None:
    text = written(locked(), tmp_path).read_text("utf-8")

    assert re.findall("Nurse|Investigator 1", text) == []
