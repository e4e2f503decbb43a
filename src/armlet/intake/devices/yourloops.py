"""YourLoops (built on Tidepool): the file cbg.csv, glucose of the sensor in UTC with the distance of the local clock.

The header was verified in the vignette of the R package aidR (CRAN, "YourLoops export format"): timestamp (UTC),
timezoneOffSet (minutes), value, units, cgmModel; it is in English whatever the language of the account.
"""

from __future__ import annotations

from datetime import UTC
from typing import Final

from armlet.errors import InputError
from armlet.intake.devices import Device, Kind, Reading, read_moment
from armlet.intake.table import read_table
from armlet.issues import error

_UNITS: Final = {"mg/dL": "mg/dL", "mmol/L": "mmol/L"}


def read(text: str, name: str, moment: str) -> list[Reading]:
    """The readings of an export. Raises InputError where it is none."""
    found: list[Reading] = []
    for row in read_table(text, ",", ("timestamp", "value", "units"), name):
        where = f"{name}:{row.line}"
        if row.cells["units"] not in _UNITS:
            message = f"the unit is {row.cells['units'][:20]!r}; expected mg/dL or mmol/L."
            raise InputError([error("import/unit", where, message, "Export the file again.")])
        at = read_moment(row.cells["timestamp"], moment or "%Y-%m-%dT%H:%M:%SZ", where).replace(tzinfo=UTC)
        found.append(
            Reading(row.line, Kind.GLUCOSE, at, row.cells["value"].replace(",", "."), _UNITS[row.cells["units"]])
        )
    return found


METHOD = Device("yourloops", "YourLoops (built on Tidepool), cbg.csv", read)
