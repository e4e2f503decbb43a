"""The tables that need no arm to be made: each is asked for the people it is to count."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from armlet.conduct.state import Participant, TrialState
from armlet.derivation.baseline import Change
from armlet.derivation.derived import SEALED, Derived
from armlet.ledger.events import Seriousness
from armlet.projections.eligibility import CriterionRow, tabulate_eligibility
from armlet.projections.safety import count_terms, list_events
from armlet.protocol.criteria import CriterionKind, Measure, MeasureKind
from armlet.protocol.hidden import Hidden
from armlet.protocol.model import ActivityKind, Endpoint, Protocol
from armlet.protocol.prose import Assumption, assumptions
from armlet.report.content import BlindedContent
from armlet.report.document import Column, Row, Table
from armlet.report.figures import endpoint_visits, short_name, titled_with_unit
from armlet.report.groups import Group, people
from armlet.report.numbers import DASH, SPACE, capital, day, decimals_for, number, of, raised, span
from armlet.report.sheets import slug
from armlet.report.summaries import Summary
from armlet.units import Quantity, UnitError

RECORDED = "recorded"
NOT_SHOWN = "Recorded: the value is recorded, not shown before the lock."
NONE = "none"
SEXES = {"female", "male"}
"""A coded measure with both of these codes is the participant's sex."""


# --- Eligibility ----------------------------------------------------------------------------------------------------


def eligibility_table(content: BlindedContent) -> Table:
    """Each criterion in its own words, and how many of the screened met it."""
    rows = tabulate_eligibility(content.protocol, content.state)
    screened = sum(bool(one.criteria) for one in content.state.participants.values())
    columns = (Column("Criterion", numeric=False), Column("Met"), Column("Not met"), Column("Unknown"))
    return Table(
        f"Eligibility of the {screened} people assessed, criterion by criterion, as assessed last",
        columns,
        (
            *_criteria("Inclusion criteria", rows, CriterionKind.INCLUSION),
            *_criteria("Exclusion criteria", rows, CriterionKind.EXCLUSION),
        ),
        name="eligibility",
        note="An inclusion criterion has to be met. An exclusion criterion that is met keeps the person out. Unknown "
        "never lets anybody in.",
    )


def _criteria(title: str, rows: Sequence[CriterionRow], kind: CriterionKind) -> Iterator[Row]:
    chosen = [row for row in rows if row.kind is kind]
    if chosen:
        yield Row((title,))
    for row in chosen:
        yield Row((capital(row.says), str(row.met), str(row.not_met), str(row.unknown)))


# --- Baseline -------------------------------------------------------------------------------------------------------


def baseline_table(content: BlindedContent, groups: Sequence[Group]) -> Table:
    """What people were like before the intervention: number, mean, spread, median and range by group. No p-values."""
    state, chance = content.state, len(groups) > 1 and content.allocated_word == "randomised"
    columns = tuple(Column(f"{capital(group.name)} (n = {len(group.members)})") for group in groups)
    rows = [
        *(row for measure in content.protocol.measures for row in _screening_rows(measure, state, groups)),
        *(row for measure in _weighed_at_baseline(content.protocol) for row in _result_rows(content, measure, groups)),
    ]
    endpoints = [row for endpoint in content.protocol.endpoints for row in _endpoint_rows(content, endpoint, groups)]
    return Table(
        "Participants at baseline",
        (Column("Measure", numeric=False), *columns),
        (*rows, *([Row(("Endpoints at baseline",))] if endpoints else []), *endpoints),
        note=f"SD: standard deviation. Range: lowest to highest. {DASH}: one value has no spread."
        + (" Differences between arms at baseline are due to chance, so there are no p-values." if chance else ""),
        name="baseline",
    )


def _screening_rows(measure: Measure, state: TrialState, groups: Sequence[Group]) -> list[Row]:
    """Rows for a measure answered at screening: sex by code, quantities by their median; nothing for others."""
    if measure.kind is MeasureKind.CODE and set(measure.codes) >= SEXES:
        return _coded_rows(measure, state, groups)
    if measure.kind is not MeasureKind.QUANTITY or measure.unit is None:
        return []
    values = [[_answer(one, measure) for one in people(group, state)] for group in groups]
    return _quantity_row(titled_with_unit(measure.label, measure.unit), values)


def _answer(one: Participant, measure: Measure) -> Decimal | None:
    raw = one.answers.get(measure.id)
    if not isinstance(raw, str) or measure.unit is None:
        return None
    try:
        return Quantity.parse(raw).to(measure.unit, measure.molar_mass).value
    except UnitError:
        return None


def _coded_rows(measure: Measure, state: TrialState, groups: Sequence[Group]) -> list[Row]:
    counts = [Counter(one.answers.get(measure.id) for one in people(group, state)) for group in groups]
    shown = [code for code in measure.codes if any(count[code] for count in counts)]
    return [
        Row(
            (
                f"{capital(measure.label)}: {code}",
                *(of(count[code], len(group.members)) for count, group in zip(counts, groups, strict=True)),
            )
        )
        for code in shown
    ]


def _quantity_row(title: str, values: Sequence[Sequence[Decimal | None]]) -> list[Row]:
    """A subheading and the rows of a summary, with one list of values a group; none where nobody has a value."""
    known = [value for group in values for value in group if value is not None]
    if not known:
        return []
    decimals = decimals_for(known)
    summaries = [Summary.of([value for value in group if value is not None]) for group in values]
    return [
        Row((capital(title),)),
        Row(("Number with a value", *(str(one.n if one is not None else 0) for one in summaries)), minor=True),
        Row(("Mean (SD)", *(mean_and_sd(one, decimals) for one in summaries)), minor=True),
        Row(("Median [range]", *(_middle(one, decimals) for one in summaries)), minor=True),
    ]


def mean_and_sd(summary: Summary | None, decimals: int) -> str:
    """``1.95 (0.07)``, with one decimal more than the values have where those are whole."""
    if summary is None:
        return NONE
    more = decimals or 1
    spread = DASH if summary.sd is None else number(summary.sd, more)
    return f"{number(summary.mean, more)} ({spread})".replace(" ", SPACE)


def _middle(summary: Summary | None, decimals: int) -> str:
    if summary is None:
        return NONE
    whole = summary.median == summary.median.to_integral_value()
    shown = number(summary.median, decimals if whole or decimals else 1)
    low, high = number(summary.lowest, decimals), number(summary.highest, decimals)
    return f"{shown} [{span(low, high)}]".replace(" ", SPACE)


def _weighed_at_baseline(protocol: Protocol) -> list[Measure]:
    """Single measures taken at a baseline visit that no endpoint is made of by itself and screening did not ask for."""
    baselines = {endpoint.baseline for endpoint in protocol.endpoints}
    asked = {name for visit in protocol.visits if visit.id in baselines for name in visit.activities}
    own = {endpoint.settings.get("measure") for endpoint in protocol.endpoints}
    names = [
        name
        for activity in protocol.activities
        if activity.id in asked and activity.kind is ActivityKind.SINGLE
        for name in activity.measures
        if name not in own
    ]
    return [one for one in map(protocol.measure, dict.fromkeys(names)) if one.kind is MeasureKind.QUANTITY]


def _result_rows(content: BlindedContent, measure: Measure, groups: Sequence[Group]) -> list[Row]:
    if measure.unit is None or any(measure.id in one.answers for one in content.state.enrolled()):
        return []
    baselines = {endpoint.baseline for endpoint in content.protocol.endpoints}
    values = [[_result(one, measure, baselines) for one in people(group, content.state)] for group in groups]
    return _quantity_row(titled_with_unit(measure.label, measure.unit), values)


def _result(one: Participant, measure: Measure, visits: set[str]) -> Decimal | None:
    for item in one.results.values():
        if item.measure == measure.id and item.visit in visits and item.quantity is not None and measure.unit:
            try:
                return item.quantity.to(measure.unit, measure.molar_mass).value
            except UnitError:
                return None
    return None


def _endpoint_rows(content: BlindedContent, endpoint: Endpoint, groups: Sequence[Group]) -> list[Row]:
    values = [
        [
            _derived(content, endpoint, name, endpoint.baseline)
            for name in group.members
            if name in content.dataset.participants
        ]
        for group in groups
    ]
    return _quantity_row(titled_with_unit(short_name(endpoint), endpoint.unit), values)


def _derived(content: BlindedContent, endpoint: Endpoint, name: str, visit: str) -> Decimal | None:
    value = content.dataset.value(endpoint.id, name, visit)
    return value.value if isinstance(value, Derived) else None


# --- Values ---------------------------------------------------------------------------------------------------------


def values_table(content: BlindedContent, endpoint: Endpoint, groups: Sequence[Group], hidden: Hidden) -> Table:
    """Everybody's value of an endpoint by visit, or why there is none."""
    visits = [content.protocol.visit(visit) for visit in endpoint_visits(endpoint)]
    values = [value.value for value in content.dataset.derived if isinstance(value, Derived)
              and value.endpoint == endpoint.id and not hidden.hides_endpoint(endpoint.id, value.visit)]  # fmt: skip
    decimals = decimals_for(values) if values else 0
    rows: list[Row] = []
    for group in groups:
        if len(groups) > 1:
            rows.append(Row((capital(group.name),)))
        for name in group.members:
            cells = (_value_cell(content, endpoint, hidden, (name, visit.id), decimals) for visit in visits)
            rows.append(Row((name, *cells)))
    columns = (Column("Participant", numeric=False), *(Column(capital(visit.label)) for visit in visits))
    title = titled_with_unit(short_name(endpoint), endpoint.unit)
    note = NOT_SHOWN if any(hidden.hides_endpoint(endpoint.id, visit.id) for visit in visits) else ""
    caption, name = f"{capital(title)}, participant by participant", f"values-{slug(endpoint.id)}"
    return Table(caption, columns, tuple(rows), note=note, dense=True, name=name)


def _value_cell(
    content: BlindedContent, endpoint: Endpoint, hidden: Hidden, place: tuple[str, str], decimals: int
) -> str:
    value = content.dataset.value(endpoint.id, *place)
    if hidden.hides_endpoint(endpoint.id, place[1]):
        return RECORDED if isinstance(value, Derived) or value.because == SEALED else "no value"
    if not isinstance(value, Derived):
        return value.because
    return f"{number(value.value, decimals)}{' (below the limit)' if value.below_limit else ''}"


def course_table(content: BlindedContent, endpoint: Endpoint, groups: Sequence[Group], hidden: Hidden) -> Table | None:
    """Number, mean and spread of an endpoint and of its change by visit and group; None where all of it is hidden.

    The change is of those who have both values; it is not the difference of the two means where others have only one.
    """
    visits = [visit for visit in endpoint_visits(endpoint) if not hidden.hides_endpoint(endpoint.id, visit)]
    if len(visits) < 2:
        return None
    decimals = decimals_for(_known(content, endpoint, groups, visits) or [Decimal(0)])
    rows = [
        Row(
            (
                capital(content.protocol.visit(visit).label),
                *(cell for group in groups for cell in _course_cells(content, endpoint, (group, visit), decimals)),
            )
        )
        for visit in visits
    ]
    titles = ("n", "Mean (SD)", "n with a change", "Change: mean (SD)")
    columns = (Column("Visit", numeric=False), *(Column(title) for _ in groups for title in titles))
    spans = (("", 1), *((f"{capital(group.name)} (n = {len(group.members)})", 4) for group in groups))
    title = titled_with_unit(short_name(endpoint), endpoint.unit)
    note = f"The change is from {content.protocol.visit(endpoint.baseline).label}, of those who have both values."
    return Table(
        f"{capital(title)}, by visit", columns, tuple(rows), note=note, dense=True, name=f"visits-{slug(endpoint.id)}",
        spans=spans if len(groups) > 1 else (),
    )  # fmt: skip


def _known(
    content: BlindedContent, endpoint: Endpoint, groups: Sequence[Group], visits: Sequence[str]
) -> list[Decimal]:
    found = (
        _derived(content, endpoint, name, visit)
        for group in groups
        for name in _there(content, group)
        for visit in visits
    )
    return [value for value in found if value is not None]


def _there(content: BlindedContent, group: Group) -> list[str]:
    return [name for name in group.members if name in content.dataset.participants]


def _course_cells(content: BlindedContent, endpoint: Endpoint, of: tuple[Group, str], decimals: int) -> Iterator[str]:
    """How many have a value, mean and SD, how many have a change, its mean and SD."""
    group, visit = of
    people_there = _there(content, group)
    seen = [value for name in people_there if (value := _derived(content, endpoint, name, visit)) is not None]
    yield str(len(seen))
    yield mean_and_sd(Summary.of(seen), decimals)
    if visit == endpoint.baseline:
        yield from (DASH, DASH)
        return
    changes = [content.dataset.change(endpoint.id, name, visit) for name in people_there]
    known = [change.change for change in changes if isinstance(change, Change)]
    yield str(len(known))
    yield mean_and_sd(Summary.of(known), decimals)


# --- What is missing ------------------------------------------------------------------------------------------------


def visits_table(content: BlindedContent) -> Table:
    """Every visit of the schedule: how many held, held outside the window, missed and why, or still open."""
    enrolled = content.state.enrolled()
    rows = []
    for visit in content.protocol.visits:
        held = [one.held[visit.id] for one in enrolled if visit.id in one.held]
        missed = Counter(one.missed[visit.id].why for one in enrolled if visit.id in one.missed)
        off = sum(item.days_off != 0 for item in held)
        left = len(enrolled) - len(held) - missed.total()
        counts = (len(held), off, missed.total(), left)
        why = "; ".join(f"{words} ({count})" for words, count in missed.most_common()) or DASH
        rows.append(Row((capital(visit.label), *map(str, counts), why)))
    titles = ("Held", "of which off the window", "Missed", "Neither held nor missed")
    columns = (Column("Visit", numeric=False), *map(Column, titles), Column("Why missed", numeric=False))
    note = "Neither held nor missed: still to come, or after the end of follow-up."
    return Table(f"Visits of the {len(enrolled)} enrolled", columns, tuple(rows), note=note, name="visits")


def missing_table(content: BlindedContent) -> Table | None:
    """Values that were asked for at visits held and are not there, by visit, measure and reason."""
    counted = Counter[tuple[int, str, str, str]]()
    whose: dict[tuple[int, str, str, str], set[str]] = {}
    order = {visit.id: place for place, visit in enumerate(content.protocol.visits)}
    for item in content.observations:
        if item.missing is not None:
            key = (order[item.visit], content.protocol.activity(item.activity).label, item.measure, item.missing.value)
            counted[key] += 1
            whose.setdefault(key, set()).add(item.participant)
    rows = [
        Row(
            (
                capital(content.protocol.visits[key[0]].label),
                f"{capital(key[1])}: {content.protocol.measure(key[2]).label}",
                key[3],
                str(counted[key]),
                str(len(whose[key])),
            )
        )
        for key in sorted(counted)
    ]
    titles = (Column("Visit", numeric=False), Column("What", numeric=False), Column("Why", numeric=False))
    columns = (*titles, Column("Values"), Column("Participants"))
    return Table("Values missing at visits that were held", columns, tuple(rows)) if rows else None


# --- Safety ---------------------------------------------------------------------------------------------------------


def safety_table(content: BlindedContent, groups: Sequence[Group]) -> Table:
    """Adverse events by term and group: people with it of those at risk, events, worst grade, serious events."""
    rows = [
        Row(("Any adverse event", *_any(content.state, groups, serious=False))),
        Row(("Any serious adverse event", *_any(content.state, groups, serious=True))),
        Row(("By term",)),
    ]
    rows += [Row((capital(term), *_term(content.state, groups, term))) for term in _terms(content.state, groups)]
    four = ("People", "Events", "Worst grade", "Serious events")
    several = len(groups) > 1
    spans = (
        (("", 1), *((f"{capital(group.name)} (n = {len(group.members)})", 4) for group in groups)) if several else ()
    )
    columns = (Column("Adverse event", numeric=False), *(Column(title) for _ in groups for title in four))
    note = (
        f"Grades by {content.protocol.safety.scale}. At risk is everybody {'in the arm' if several else 'enrolled'}, "
        "from enrolment on. Terms are the reporters' own words."
    )
    return Table("Adverse events", columns, tuple(rows[: 2 if len(rows) == 3 else None]), note=note, spans=spans)


def _any(state: TrialState, groups: Sequence[Group], *, serious: bool) -> Iterator[str]:
    for group in groups:
        events = [event for event in list_events(state, set(group.members)) if event.serious or not serious]
        worst = max((event.grade for event in events if event.grade is not None), default=None)
        yield of(len({event.participant for event in events}), len(group.members))
        yield str(len(events))
        yield _grade(worst, bool(events))
        yield str(sum(bool(event.serious) for event in events))


def _terms(state: TrialState, groups: Sequence[Group]) -> list[str]:
    everybody = {name for group in groups for name in group.members}
    return [row.term for row in count_terms(state, everybody)]


def _term(state: TrialState, groups: Sequence[Group], term: str) -> Iterator[str]:
    for group in groups:
        found = next((row for row in count_terms(state, set(group.members)) if row.term == term), None)
        size = len(group.members)
        if found is None:
            yield from (of(0, size), "0", DASH, "0")
        else:
            yield from (of(found.participants, size), str(found.events))
            yield from (_grade(found.worst_grade, has_events=True), str(found.serious))


def _grade(worst: int | None, has_events: bool) -> str:
    if worst is not None:
        return str(worst)
    return "not graded" if has_events else DASH


def serious_table(content: BlindedContent, arm_of: dict[str, str] | None = None) -> Table | None:
    """Every serious adverse event on a line of its own; with the arm where the caller knows it."""
    rows = []
    for event in list_events(content.state):
        if event.serious:
            arm = (arm_of.get(event.participant, "not allocated"),) if arm_of is not None else ()
            ended = day(event.ended) if event.ended else "not ended"
            cells = (capital(event.term), day(event.onset), ended, _grade(event.grade, has_events=True))
            more = (_joined(item.value for item in event.serious), _joined(event.related_to) or "nothing named")
            rows.append(Row((event.participant, *arm, *cells, *more)))
    arm_column = ("Arm",) if arm_of is not None else ()
    titles = ("Participant", *arm_column, "Event", "Onset", "Ended", "Grade", "Serious because", "Related to")
    columns = tuple(Column(title, numeric=False) for title in titles)
    return Table("Serious adverse events, one by one", columns, tuple(rows), dense=True) if rows else None


def _joined(words: Iterable[str]) -> str:
    return ", ".join(words)


def deaths(state: TrialState, members: Iterable[str]) -> int:
    """How many of these people died, as far as adverse events tell."""
    events = list_events(state, set(members))
    return len({event.participant for event in events if Seriousness.DEATH in event.serious})


# --- Deviations, assumptions ----------------------------------------------------------------------------------------


def deviations_table(content: BlindedContent) -> Table | None:
    """Every deviation from the protocol, by day."""
    found = sorted(
        (event.on, one.id, event.what) for one in content.state.participants.values() for event in one.deviations
    )
    rows = tuple(Row((name, day(on), what)) for on, name, what in found)
    columns = tuple(
        Column(title, numeric=False) for title in ("Participant", "Day", "What was not as the protocol says")
    )
    return Table("Deviations from the protocol", columns, rows, dense=True) if rows else None


def assumptions_table(protocol: Protocol, left_out: Sequence[str] = ()) -> tuple[Table | None, int]:
    """Everything that the record leaves unsaid and the protocol assumes; and how many stand in parts left out.

    `left_out` are the first steps of paths (``arms``) that the reader may not or need not see here; with them goes
    whatever names an arm, such as an analysis of one arm.
    """
    found = assumptions(protocol)
    names = [name for arm in protocol.arms for name in (arm.id, arm.label)] if left_out else []
    shown = [item for item in found if item.path.split(".")[0] not in left_out and not _names_any(item, names)]
    rows = tuple(
        Row((_place_of(item), raised(capital(item.assumed)), capital(item.because), item.confirm)) for item in shown
    )
    columns = tuple(
        Column(title, numeric=False)
        for title in ("What, and where in the protocol", "What is assumed", "Because", "To be confirmed by")
    )
    table = Table("What the registry record leaves unsaid and this protocol assumes", columns, rows, dense=True)
    return (table if rows else None), len(found) - len(shown)


def _names_any(item: Assumption, names: Sequence[str]) -> bool:
    said = f"{item.what} {item.assumed} {item.because}"
    return any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", said) for name in names)


def _place_of(item: Assumption) -> str:
    """The question asked, or the part of the protocol with its path."""
    return capital(item.what) if item.answer else f"{capital(item.what)}\n({item.path})"
