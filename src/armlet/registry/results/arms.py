"""Which groups of the sections are the same arm: the registry gives each section ids of its own, and only titles agree.

Two groups are the same arm when their titles are the same but for case and blanks. Nothing is guessed beyond that: a
title that stands in one section only, or twice in one section, is listed as not matched.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from armlet.registry.results.rows import EventGroup, Group, ResultsSection
from armlet.registry.results.walk import arm_key

FLOW, BASELINE, EVENTS = "participantFlowModule", "baselineCharacteristicsModule", "adverseEventsModule"


@dataclass(frozen=True, slots=True)
class GroupPlace:
    """One group of one section; of an outcome, `section` is ``outcomeMeasures[3]``."""

    section: str
    id: str
    title: str


@dataclass(frozen=True, slots=True)
class ArmAcross:
    """One arm with its id in each section that has it."""

    title: str
    ids: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A group that is no arm of another section, and why."""

    place: GroupPlace
    because: str


@dataclass(frozen=True, slots=True)
class MatchedArms:
    """The arms found by title, in the order in which they first stand, and the groups that match nothing."""

    arms: tuple[ArmAcross, ...]
    unmatched: tuple[Unmatched, ...]


def match_arms(section: ResultsSection) -> MatchedArms:
    """The arms of the results, matched across sections by title."""
    by_title: dict[str, list[GroupPlace]] = defaultdict(list)
    for place in group_places(section):
        by_title[arm_key(place.title)].append(place)
    arms: list[ArmAcross] = []
    unmatched: list[Unmatched] = []
    for title, places in by_title.items():
        why = _why_not(title, places)
        if why:
            unmatched += [Unmatched(place, why) for place in places]
        else:
            arms.append(ArmAcross(places[0].title, {place.section: place.id for place in places}))
    return MatchedArms(tuple(arms), tuple(unmatched))


def group_places(section: ResultsSection) -> Iterator[GroupPlace]:
    """Every group of every section, in the order of the sections."""
    outcomes = section.outcome_measures_module.outcome_measures
    groups: dict[str, Sequence[Group | EventGroup]] = {
        FLOW: section.participant_flow_module.groups,
        BASELINE: section.baseline_characteristics_module.groups,
        **{f"outcomeMeasures[{number}]": outcome.groups for number, outcome in enumerate(outcomes)},
        EVENTS: section.adverse_events_module.event_groups,
    }
    for name, found in groups.items():
        yield from (GroupPlace(name, group.id or "", group.title or "") for group in found)


def _why_not(title: str, places: list[GroupPlace]) -> str:
    if not title:
        return "it has no title"
    twice = [name for name, count in Counter(place.section for place in places).items() if count > 1]
    if twice:
        return f"the title stands more than once in {', '.join(twice)}"
    return f"the title stands in {places[0].section} only" if len(places) == 1 else ""
