"""LibreView (Abbott FreeStyle Libre): glucose of the sensor, and insulin that was entered.

The header was verified in public notes on the export (gist.github.com/justinphelps/55caff791669a6130dd61a48771098eb) and
in programs that read it: a first line with who made the export, then 19 columns, of which the glucose columns name mg/dL
or mmol/L. Record type 0 is the history every 15 minutes, 1 a scan, 4 insulin. The long-acting column has two spellings.
Only the history is read as glucose: a scan would count a time twice. How moments are written differs by account.
"""

from __future__ import annotations

from typing import Final

from armlet.errors import InputError
from armlet.intake.devices import Beyond, Device, Kind, Reading, read_moment
from armlet.intake.table import Row, read_table
from armlet.issues import error

_MOMENT: Final = "Device Timestamp"
_TYPE: Final = "Record Type"
_GLUCOSE: Final = {"Historic Glucose mg/dL": "mg/dL", "Historic Glucose mmol/L": "mmol/L"}
_DOSES: Final = ("Rapid-Acting Insulin (units)", "Long-Acting Insulin (units)", "Long-Acting Insulin Value (units)")
_UNSAID: Final = ("Non-numeric Rapid-Acting Insulin", "Non-numeric Long-Acting Insulin")
_USUAL: Final = "%d-%m-%Y %H:%M"
_BEYOND: Final = {"LO": Beyond.LOW, "HI": Beyond.HIGH}


def read(text: str, name: str, moment: str) -> list[Reading]:
    """The readings of an export. Raises InputError where it is none."""
    place = _find_header(text, name)
    rows = read_table(text, ",", (_MOMENT, _TYPE), name, skip=place)
    header = set(rows[0].cells) if rows else set()
    columns = [column for column in _GLUCOSE if column in header]
    if rows and len(columns) != 1:
        message = f"{len(columns)} columns are the history of glucose; expected one, in mg/dL or mmol/L."
        raise InputError([error("import/column", name, message, "Export the file again.")])
    found: list[Reading] = []
    for row in rows:
        at = read_moment(row.cells[_MOMENT], moment or _USUAL, f"{name}:{row.line}")
        if row.cells[_TYPE] == "0" and (text_ := row.cells[columns[0]]):
            beyond = _BEYOND.get(text_.upper())
            number = "" if beyond else text_.replace(",", ".")
            found.append(Reading(row.line, Kind.GLUCOSE, at, number, _GLUCOSE[columns[0]], beyond))
        elif row.cells[_TYPE] == "4":
            found += [Reading(row.line, Kind.INSULIN, at, dose, "[IU]") for dose in _doses(row)]
            if any(row.cells.get(column) for column in _UNSAID):
                found.append(Reading(row.line, Kind.INSULIN, at, "", "[IU]", Beyond.UNSAID))
    return found


def _doses(row: Row) -> list[str]:
    return [row.cells[column].replace(",", ".") for column in _DOSES if row.cells.get(column)]


def _find_header(text: str, name: str) -> int:
    """How many lines stand before the header."""
    for place, line in enumerate(text.splitlines()[:10]):
        if _MOMENT in line and _TYPE in line:
            return place
    message = f"there is no line with {_MOMENT!r} and {_TYPE!r} among the first ten."
    raise InputError([error("import/column", name, message, "Is it an export of LibreView?")])


METHOD = Device("libreview", "LibreView (FreeStyle Libre), CSV", read)
