"""A cell, denominator or analysis of a group that its table does not have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from armlet.registry.results.rows import EventGroup, Group
from armlet.registry.results.walk import cells, groups_of, periods, tables
from armlet.registry.review import Finding, ReviewRule, Submission, amiss

Named = tuple[str, str | None]


def _find(submission: Submission) -> Iterator[Finding]:
    results = submission.results
    flow, events = results.participant_flow_module, results.adverse_events_module
    for path, period in periods(results):
        yield from _strangers(
            flow.groups, [(path, one.group_id) for part in period.milestones for one in part.achievements]
        )
        yield from _strangers(
            flow.groups, [(path, one.group_id) for part in period.drop_withdraws for one in part.reasons]
        )
    for path, table in tables(results):
        groups = groups_of(results, table)
        yield from _strangers(groups, [(at, cell.group_id) for at, _, cell in cells(path, table)])
        yield from _strangers(groups, [(path, one.group_id) for denom in table.denoms for one in denom.counts])
    for path, table in tables(results):
        for index, analysis in enumerate(getattr(table, "analyses", ())):
            here = f"{path}.analyses[{index}].groupIds"
            yield from _strangers(groups_of(results, table), [(here, group) for group in analysis.group_ids])
    for name, listed in (("seriousEvents", events.serious_events), ("otherEvents", events.other_events)):
        stats = [
            (f"adverseEventsModule.{name}[{index}].stats[{place}]", one.group_id)
            for index, event in enumerate(listed)
            for place, one in enumerate(event.stats)
        ]
        yield from _strangers(events.event_groups, stats)


def _strangers(groups: Sequence[Group | EventGroup], used: Sequence[Named]) -> Iterator[Finding]:
    known = {group.id for group in groups}
    for path, group_id in used:
        if group_id not in known:
            expected = ", ".join(str(group.id) for group in groups) or "none"
            message = f"{group_id!r} is no group of this table; expected one of: {expected}."
            yield amiss(path, message, "Use the id of a group, or add the group.")


METHOD = ReviewRule(
    rule="groups/reference",
    says="Every number belongs to a group of its table.",
    source="RRSUploadSchema.xsd (2017-04-18), note 2: every IDREF matches an ID",
    checked="text",
    mend="arms[].id",
    find=_find,
)
