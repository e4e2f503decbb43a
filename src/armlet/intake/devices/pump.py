"""What a pump delivered, in a plain table of this program: no maker's export, but what one can be turned into.

The header is ``kind,start,end,units_per_hour,percent,units``. Kinds: ``basal`` (a segment of the programme, units an hour),
``temporary`` (units an hour, or per cent of the programme), ``suspended``, ``bolus`` and ``extended`` (the units delivered;
an extended one has an end), ``priming`` (left out). Each day from the first to the last event becomes one reading, its
total; a day with an hour or more without any record, or with a bolus of which it is not known how much was delivered, is
a reading without a number, and so is spoilt and no low day. The first and the last day are hardly ever whole. Moments are
those of the pump's clock: where it was changed, an hour of basal insulin is counted once too often or too seldom.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Final

from armlet.derivation.derived import Reason
from armlet.derivation.insulin_delivery import Basal, Bolus, DeliveryRules, Event, Suspension, Temporary, delivered
from armlet.errors import InputError
from armlet.intake.devices import Beyond, Device, Kind, Reading, read_moment
from armlet.intake.table import Row, read_table
from armlet.issues import error
from armlet.units import UnitError, format_decimal, parse_decimal

_COLUMNS: Final = ("kind", "start", "end", "units_per_hour", "percent", "units")
_RULES: Final = DeliveryRules(longest_gap=timedelta(hours=1), longest_segment=timedelta(days=1))
_NOON: Final = time(12)


def read(text: str, name: str, moment: str) -> list[Reading]:
    """The total of each day. Raises InputError where the table is none."""
    events: list[Event] = []
    for row in read_table(text, ",", _COLUMNS, name):
        try:
            events.append(_event(row, f"{name}:{row.line}", moment or "%Y-%m-%dT%H:%M:%S"))
        except UnitError as problem:
            raise _refused(f"{name}:{row.line}", str(problem)) from None
    if not events:
        return []
    day = min(one.start for one in events).date()
    last = max(one.end or one.start for one in events).date()
    found: list[Reading] = []
    while day <= last:
        start = datetime.combine(day, time())
        total = delivered(events, (start, start + timedelta(days=1)), _RULES)
        found.append(_reading(len(found) + 1, datetime.combine(day, _NOON), total))
        day += timedelta(days=1)
    return found


def _reading(line: int, at: datetime, total: Decimal | Reason) -> Reading:
    if isinstance(total, Reason):
        return Reading(line, Kind.INSULIN, at, "", "[IU]", Beyond.UNSAID)
    return Reading(line, Kind.INSULIN, at, format_decimal(total.quantize(Decimal("0.000001"))), "[IU]")


def _event(row: Row, where: str, spelling: str) -> Event:
    """Raises UnitError and InputError."""
    cells = row.cells
    start = read_moment(cells["start"], spelling, where)
    end = read_moment(cells["end"], spelling, where) if cells["end"] else None
    rate, percent, units = (parse_decimal(cells[key]) if cells[key] else None for key in _COLUMNS[3:])
    match cells["kind"], end:
        case "basal", datetime() if rate is not None:
            return Basal(start, end, rate)
        case "temporary", datetime():
            return Temporary(start, end, rate, percent)
        case "suspended", datetime():
            return Suspension(start, end)
        case "bolus" | "priming", None:
            return Bolus(start, units, is_priming=cells["kind"] == "priming")
        case "extended", datetime():
            return Bolus(start, units, end)
        case _:
            raise _refused(where, f"{cells['kind'][:20]!r} with these cells is no event of a pump.")


def _refused(where: str, message: str) -> InputError:
    return InputError([error("import/pump", where, message, "See `armlet import` about pumps.")])


METHOD = Device("pump", "what a pump delivered, as a plain table", read)
