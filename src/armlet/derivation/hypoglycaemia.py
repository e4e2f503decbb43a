"""Hypoglycaemia: its three levels, episodes of a sensor, and episodes that a diary and a sensor both tell, counted once.

Level 1 is glucose below 70 mg/dL (3.9 mmol/L) and not below 54 (3.0), level 2 below 54 (3.0), level 3 an episode that needs
the help of another person, at any glucose or none. Levels are a hierarchy: a value never takes an episode down from
level 3. An older wording of level 1 includes 70 and 3.9; here they are not low, as in the ranges of a sensor.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from armlet.derivation.derived import Reason
from armlet.derivation.glucose import EDGES, Beyond, Glucose, Trace, Weighted

SOURCE: Final = (
    "Levels: International Hypoglycaemia Study Group, the edges those of the consensus on time in range. Episodes of a "
    "sensor: at least 15 minutes below, ended by at least 15 minutes at or above the recovery level (the consensus of Danne "
    "T et al., Diabetes Care 2017;40:1631-1640; the time of the start is confirmed by doi 10.1089/dia.2021.0216, that of the "
    "end is remembered and to be looked up). An older text asks for 20 minutes"
)


@dataclass(frozen=True, slots=True)
class EpisodeRule:
    """When an episode starts and ends.

    `gap`: where readings are further apart than this an episode ends with what is known (45 min is the default of the
    R package iglu; the consensus does not say).
    """

    start: timedelta = timedelta(minutes=15)
    end: timedelta = timedelta(minutes=15)
    gap: timedelta = timedelta(minutes=45)


@dataclass(frozen=True, slots=True)
class Episode:
    """One episode. `end` is that of the last low reading; `told_by` the sources that tell it; `level` is 1, 2 or 3.

    `is_open`: its end was not seen.
    """

    start: datetime
    end: datetime
    level: int
    told_by: tuple[str, ...]
    is_open: bool = False


def level_of(value: Decimal | None, unit: str, *, needed_help: bool) -> int | None:
    """The level of one event: 3 where help was needed whatever the glucose, else by the glucose; None where it is no low.

    Without glucose and without help the level is not known: None as well. Raises KeyError for another unit.
    """
    if needed_help:
        return 3
    if value is None:
        return None
    edges = EDGES[unit]
    if value < edges.very_low:
        return 2
    return 1 if value < edges.low else None


def sensor_episodes(trace: Trace, rule: EpisodeRule, *, very_low: bool = False) -> tuple[Episode, ...]:
    """The episodes of a trace, in order: below 70 mg/dL (3.9 mmol/L), or below 54 (3.0) where `very_low`.

    A reading stands for the time to the next, so that three readings 5 minutes apart are 15 minutes and one of a sensor that
    reports each 15 minutes is as well. Both kinds end only after the time at or above 70 (3.9); until then a new fall is the
    same episode. Of episodes below 70 the level is 2 where 15 minutes of it in a row are below 54.
    """
    edges = EDGES[trace.unit]
    limit = edges.very_low if very_low else edges.low
    found: list[Episode] = []
    for stretch in _stretches(trace.readings, rule.gap):
        found += _of_stretch(stretch, (limit, edges.low, edges.very_low), rule)
    return tuple(found)


def _stretches(readings: Sequence[Weighted], gap: timedelta) -> list[list[Weighted]]:
    stretches: list[list[Weighted]] = []
    for one in readings:
        if not stretches or one.reading.at - stretches[-1][-1].reading.at > gap:
            stretches.append([])
        stretches[-1].append(one)
    return stretches


@dataclass(slots=True)
class _Watch:
    """What is known while a stretch is read: how long it has been low, very low and recovered in a row."""

    low_since: datetime | None = None
    low: timedelta = timedelta()
    very_low: timedelta = timedelta()
    recovered: timedelta = timedelta()


def _of_stretch(
    stretch: Sequence[Weighted], limits: tuple[Decimal, Decimal, Decimal], rule: EpisodeRule
) -> list[Episode]:
    limit, recovery, very_low = limits
    found: list[Episode] = []
    current: Episode | None = None
    watch = _Watch()
    for one in stretch:
        at, until = one.reading.at, one.reading.at + one.lasts
        is_low = _is_below(one.reading, limit)
        watch.low = watch.low + one.lasts if is_low else timedelta()
        watch.low_since = (watch.low_since or at) if is_low else None
        watch.very_low = watch.very_low + one.lasts if _is_below(one.reading, very_low) else timedelta()
        watch.recovered = timedelta() if _is_below(one.reading, recovery) else watch.recovered + one.lasts
        if current is None and watch.low_since is not None and watch.low >= rule.start:
            current = Episode(watch.low_since, until, 1, ("sensor",), is_open=True)
        if current is not None and is_low:
            level = 2 if watch.very_low >= rule.start else current.level
            current = replace(current, end=until, level=level)
        if current is not None and watch.recovered >= rule.end:
            found.append(replace(current, is_open=False))
            current = None
    return [*found, current] if current is not None else found


def _is_below(reading: Glucose, limit: Decimal) -> bool:
    return reading.beyond is Beyond.LOW if reading.value is None else reading.value < limit


def told_once(episodes: Sequence[Episode], within: timedelta) -> tuple[Episode, ...] | Reason:
    """Episodes of all sources, those that overlap or lie at most `within` apart joined into one of the highest level.

    How near two reports of one episode lie is a choice that the protocol must state. Episodes of one source are never
    joined with each other: each source tells its own apart.
    """
    if within < timedelta():
        return Reason("the time within which two reports are one cannot be negative")
    joined: list[Episode] = []
    for one in sorted(episodes, key=lambda item: (item.start, item.end)):
        last = joined[-1] if joined else None
        if last is not None and one.start - last.end <= within and not set(one.told_by) & set(last.told_by):
            joined[-1] = _join(last, one)
        else:
            joined.append(one)
    return tuple(joined)


def _join(one: Episode, other: Episode) -> Episode:
    later = max((one, other), key=lambda item: item.end)
    return Episode(
        min(one.start, other.start),
        later.end,
        max(one.level, other.level),
        tuple(sorted({*one.told_by, *other.told_by})),
        later.is_open,
    )
