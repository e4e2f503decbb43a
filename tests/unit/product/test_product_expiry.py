"""The expiry: elapsed hours across both changes of the clock, and a period of use that is over at its end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from armlet.errors import InputError
from armlet.product.expiry import check_period_of_use, expiry_of, in_zone, is_expired, latest_start
from armlet.protocol.product import Administration
from armlet.protocol.source import Assumed, Source
from armlet.units import Quantity, UnitError

SIX_HOURS = Quantity.parse("6 h")
EXPIRES = datetime(2021, 5, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def rule(before_expiry: str) -> Administration:
    return Administration.model_validate(
        {"source": Source(assumed=Assumed(because="a test", confirm="nobody")), "before_expiry": before_expiry}
    )


@pytest.mark.parametrize(
    ("filled", "in_utc", "shown"),
    [
        ("2017-03-25 23:30", "2017-03-26T04:30:00+00:00", "2017-03-26 06:30 +02:00 Europe/Stockholm"),
        ("2017-10-28 23:30", "2017-10-29T03:30:00+00:00", "2017-10-29 04:30 +01:00 Europe/Stockholm"),
    ],
)
def test_six_hours_are_six_hours_across_a_change_of_the_clock(filled: str, in_utc: str, shown: str) -> None:
    at = datetime.fromisoformat(filled).replace(tzinfo=ZoneInfo("Europe/Stockholm"))
    expires = expiry_of(at, SIX_HOURS)
    assert expires.isoformat() == in_utc
    assert in_zone(expires, "Europe/Stockholm") == shown


def test_a_shelf_life_needs_a_moment_and_a_time() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        expiry_of(datetime(2021, 5, 1), SIX_HOURS)  # noqa: DTZ001
    with pytest.raises(ValueError, match="a shelf life of 0 h is none"):
        expiry_of(EXPIRES, Quantity.parse("0 h"))
    with pytest.raises(UnitError):
        expiry_of(EXPIRES, Quantity.parse("6 mL"))


def test_at_the_moment_of_the_expiry_the_period_of_use_is_over() -> None:
    assert not is_expired(EXPIRES, EXPIRES - timedelta(microseconds=1))
    assert is_expired(EXPIRES, EXPIRES)


def test_an_unknown_zone_is_said() -> None:
    for name in ("Atlantis/Capital", "../etc", ""):
        with pytest.raises(InputError, match="is not known"):
            in_zone(EXPIRES, name)


@pytest.mark.parametrize(
    ("before_expiry", "start", "end", "found"),
    [
        ("start", -1, 30, []),
        ("start", 0, 30, ["error product/expired"]),
        ("end", -30, -1, []),
        ("end", -30, 0, ["error product/expires-during-infusion"]),
        ("end", -30, None, ["warning product/end-unknown"]),
        ("end", -30, -31, ["error product/infusion-ends-first"]),
        (None, -30, -1, ["warning product/expiry-unspecified"]),
        (None, 0, 1, ["error product/expired"]),
    ],
)
def test_an_infusion_is_held_against_the_expiry(
    before_expiry: str | None, start: int, end: int | None, found: list[str]
) -> None:
    chosen = rule(before_expiry) if before_expiry else None
    ends = None if end is None else EXPIRES + end * MINUTE
    issues = check_period_of_use(chosen, EXPIRES, EXPIRES + start * MINUTE, ends)
    assert [f"{issue.severity} {issue.rule}" for issue in issues] == found


def test_the_latest_start_leaves_time_for_the_whole_volume() -> None:
    """35 mL at 5 mL/min take 7 minutes; 35 mL at 3 mL/min take 700 seconds."""
    volume = Quantity.parse("35 mL")
    assert latest_start(EXPIRES, volume, Quantity.parse("5 mL/min")) == EXPIRES - timedelta(minutes=7)
    assert latest_start(EXPIRES, volume, Quantity.parse("3 mL/min")) == EXPIRES - timedelta(seconds=700)
    with pytest.raises(UnitError, match="never ends"):
        latest_start(EXPIRES, volume, Quantity.parse("0 mL/min"))
    with pytest.raises(ValueError, match="is no infusion"):
        latest_start(EXPIRES, Quantity.parse("-35 mL"), Quantity.parse("5 mL/min"))
