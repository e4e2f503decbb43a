"""A pump's table becomes the total of each day, and a day that is not known a reading without a number."""

from __future__ import annotations

import pytest

from armlet.errors import InputError
from armlet.intake.devices import Beyond, find_devices

HEADER = "kind,start,end,units_per_hour,percent,units\n"
TABLE = HEADER + (
    "basal,2021-03-01T00:00:00,2021-03-02T00:00:00,1.0,,\n"
    "temporary,2021-03-01T00:00:00,2021-03-01T04:00:00,,50,\n"
    "suspended,2021-03-01T10:00:00,2021-03-01T12:00:00,,,\n"
    "bolus,2021-03-01T08:00:00,,,,4.5\n"
    "extended,2021-03-01T23:00:00,2021-03-02T01:00:00,,,2\n"
    "priming,2021-03-01T07:00:00,,,,10\n"
    "basal,2021-03-02T00:00:00,2021-03-02T18:00:00,1.0,,\n"
)


def test_each_day_is_its_total_and_a_day_that_breaks_off_has_no_number() -> None:
    found = find_devices()["pump"].read(TABLE, "pump.csv", "")

    assert [(f"{one.at:%d %H}", one.value, one.unit, one.beyond) for one in found] == [
        ("01 12", "25.500000", "[IU]", None),  # 24 - 2 - 2 + 4.5 + 1
        ("02 12", "", "[IU]", Beyond.UNSAID),
    ]
    assert find_devices()["pump"].read(HEADER, "pump.csv", "") == []


@pytest.mark.parametrize(
    "line",
    [
        "basal,2021-03-01T00:00:00,,1.0,,",
        "basal,2021-03-01T00:00:00,2021-03-02T00:00:00,,,",
        "meal,2021-03-01T00:00:00,,,,4",
        "bolus,2021-03-01T00:00:00,,,,four",
        "bolus,1 March,,,,4",
    ],
)
def test_a_line_that_is_no_event_is_refused_with_its_place(line: str) -> None:
    with pytest.raises(InputError) as problem:
        find_devices()["pump"].read(HEADER + line + "\n", "pump.csv", "")
    assert problem.value.issues[0].where == "pump.csv:2"
