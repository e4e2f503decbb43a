"""The expiry of a preparation: a moment in UTC, shown with the zone and offset of the place where it is read.

Shelf life is elapsed time, so it is added in UTC: added to a clock on the wall it would be an hour wrong in the two
nights of a year when the clock is changed. The period of use is half-open: at the moment of the expiry it is over.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from fractions import Fraction
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from armlet.errors import InputError
from armlet.issues import Issue, error, warning
from armlet.protocol.product import Administration
from armlet.studytime import as_utc
from armlet.units import Quantity, UnitError

_MICROSECONDS: Final = 1_000_000


def expiry_of(filled: datetime, shelf_life: Quantity) -> datetime:
    """The moment, in UTC, at which a preparation filled then is expired. To the microsecond, rounded down.

    Raises ValueError for a time without a zone, and UnitError or ValueError for a shelf life that is no time above 0.
    """
    seconds = Fraction(shelf_life.to("s").value)
    if seconds <= 0:
        raise ValueError(f"a shelf life of {shelf_life} is none; expected a time above 0, such as 8 h")
    return as_utc(filled) + timedelta(microseconds=int(seconds * _MICROSECONDS))


def is_expired(expires: datetime, now: datetime) -> bool:
    """Whether the period of use is over; at the moment of the expiry it is. Raises ValueError without zones."""
    return as_utc(now) >= as_utc(expires)


def in_zone(moment: datetime, zone: str) -> str:
    """``2021-03-28 06:30 +02:00 Europe/Paris``: as the clock there shows it, with what makes it unambiguous.

    Raises InputError for a zone that the time zone database does not know.
    """
    return f"{as_utc(moment).astimezone(_zone(zone)).isoformat(' ', 'minutes')[:-6]} {_offset(moment, zone)} {zone}"


def _offset(moment: datetime, zone: str) -> str:
    return as_utc(moment).astimezone(_zone(zone)).isoformat(" ", "minutes")[-6:]


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        message = f"the time zone {name!r} is not known."
        raise InputError([error("product/zone", "zone", message, "Write it as Continent/City.")]) from None


def check_period_of_use(
    rule: Administration | None, expires: datetime, start: datetime, end: datetime | None
) -> tuple[Issue, ...]:
    """What is wrong with an infusion from `start` to `end` (None: not ended, or not planned) of this expiry.

    Nothing may start at or after the expiry. Where the protocol wants the end before it, an unknown end is a warning.
    """
    if end is not None and as_utc(end) < as_utc(start):
        return (error("product/infusion-ends-first", "period of use", f"it ends at {end} and starts at {start}."),)
    if is_expired(expires, start):
        message = f"the preparation expired at {as_utc(expires).isoformat()}; it is {as_utc(start).isoformat()}."
        return (error("product/expired", "period of use", message, "Do not give it."),)
    if rule is None:
        message = "the protocol does not say whether an infusion must start or end before the expiry."
        return (
            warning("product/expiry-unspecified", "period of use", message, "Add `administration` to the product."),
        )
    if rule.before_expiry == "start":
        return ()
    if end is None:
        message = f"the infusion must end before {as_utc(expires).isoformat()}, and its end is not known."
        return (warning("product/end-unknown", "period of use", message, "Say how long it takes."),)
    if is_expired(expires, end):
        message = f"the infusion ends at {as_utc(end).isoformat()}; it must end before {as_utc(expires).isoformat()}."
        return (
            error("product/expires-during-infusion", "period of use", message, "Prepare another, or ask the sponsor."),
        )
    return ()


def latest_start(expires: datetime, volume: Quantity, rate: Quantity) -> datetime:
    """The moment before which an infusion of this volume at this rate must start to end before the expiry.

    Raises UnitError or ValueError where volume and rate are no amounts above 0.
    """
    volume.to("mL"), rate.to("mL/s")
    if rate.value == 0:
        raise UnitError(f"an infusion at {rate} never ends.")
    seconds = volume.exact() / rate.exact()
    if seconds <= 0:
        raise ValueError(f"{volume} at {rate} is no infusion")
    return as_utc(expires) - timedelta(microseconds=-int(-seconds * _MICROSECONDS // 1))
