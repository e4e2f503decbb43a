"""Dexcom Clarity: glucose of the sensor (event type EGV), and insulin that was entered.

The header was verified on a page of the University of Michigan that shows an export (answers 100073 of its Depression
Center) and in programs that read it: 14 columns, after which rows about the person, the device and its alerts stand
among the readings; only readings are read. The column of glucose names mg/dL or mmol/L. Out of range stands Low or High.
"""

from __future__ import annotations

from typing import Final

from armlet.errors import InputError
from armlet.intake.devices import Beyond, Device, Kind, Reading, read_moment
from armlet.intake.table import read_table
from armlet.issues import error

_MOMENT: Final = "Timestamp (YYYY-MM-DDThh:mm:ss)"
_TYPE: Final = "Event Type"
_GLUCOSE: Final = {"Glucose Value (mg/dL)": "mg/dL", "Glucose Value (mmol/L)": "mmol/L"}
_INSULIN: Final = "Insulin Value (u)"
_USUAL: Final = "%Y-%m-%dT%H:%M:%S"
_BEYOND: Final = {"LOW": Beyond.LOW, "HIGH": Beyond.HIGH}


def read(text: str, name: str, moment: str) -> list[Reading]:
    """The readings of an export. Raises InputError where it is none."""
    rows = read_table(text, ",", (_MOMENT, _TYPE, _INSULIN), name)
    columns = [column for column in _GLUCOSE if rows and column in rows[0].cells]
    if rows and len(columns) != 1:
        message = f"{len(columns)} columns are the glucose; expected one, in mg/dL or mmol/L."
        raise InputError([error("import/column", name, message, "Export the file again.")])
    found: list[Reading] = []
    for row in rows:
        kind, where = row.cells[_TYPE].upper(), f"{name}:{row.line}"
        if kind not in {"EGV", "INSULIN"}:
            continue
        written = row.cells[_MOMENT]
        at = read_moment(written, moment, where) if moment else read_moment(written.replace(" ", "T"), _USUAL, where)
        if kind == "INSULIN":
            dose = row.cells[_INSULIN].replace(",", ".")
            found.append(Reading(row.line, Kind.INSULIN, at, dose, "[IU]", None if dose else Beyond.UNSAID))
            continue
        value = row.cells[columns[0]]
        beyond = _BEYOND.get(value.upper())
        found.append(
            Reading(row.line, Kind.GLUCOSE, at, "" if beyond else value.replace(",", "."), _GLUCOSE[columns[0]], beyond)
        )
    return found


METHOD = Device("clarity", "Dexcom Clarity, CSV", read)
