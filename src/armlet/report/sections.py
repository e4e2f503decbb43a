"""The sections of a page that need no arm to be made; each is asked for the people to count and what is hidden."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from armlet.conduct.state import Phase
from armlet.protocol.hidden import Hidden
from armlet.protocol.model import Activity, ActivityKind, Endpoint
from armlet.protocol.prose import listed
from armlet.report.content import BlindedContent
from armlet.report.curves import draw_curves
from armlet.report.document import Block, Facts, Figure, Heading, Items, Section, Text
from armlet.report.figures import draw_trajectories
from armlet.report.groups import Group
from armlet.report.numbers import capital, day, phase, plural
from armlet.report.swimmer import draw_swimmer
from armlet.report.tables import (
    assumptions_table,
    baseline_table,
    course_table,
    deaths,
    deviations_table,
    eligibility_table,
    missing_table,
    safety_table,
    serious_table,
    values_table,
    visits_table,
)
from armlet.report.waterfall import draw_waterfall

PHASES = {
    Phase.NOT_OPENED: "not yet open",
    Phase.PREPARING: "not yet recruiting",
    Phase.RECRUITING: "recruiting",
    Phase.SUSPENDED: "suspended",
    Phase.TERMINATED: "stopped early",
    Phase.COMPLETED: "completed",
}


def identity(content: BlindedContent) -> tuple[tuple[str, str], ...]:
    """Who and what the trial is, for the head of the page."""
    protocol = content.protocol
    sites = (", ".join(filter(None, (site.name, site.city, site.country))) for site in protocol.organisation.sites)
    return (
        ("Identifiers", "; ".join(f"{item.id} ({item.given_by})" for item in protocol.identifiers)),
        ("Sponsor", protocol.organisation.sponsor),
        ("Sites", "; ".join(sites)),
        ("Status", status(content)),
        ("As of", day(content.as_of)),
    )


def status(content: BlindedContent) -> str:
    """Where the trial stands, in one line."""
    state = content.state
    words = PHASES[state.phase]
    if state.stopped is not None and state.stopped_on is not None:
        return f"{words} on {day(state.stopped_on)} ({state.stopped.because.value}: {state.stopped.why})"
    if state.stopped_on is not None:
        return f"{words} on {day(state.stopped_on)}"
    return words


def trial_section(content: BlindedContent, *more: Block) -> Section:
    """What the trial wants to know, how it is built, and when it took place."""
    protocol, design = content.protocol, content.protocol.design
    arms = "one arm" if len(protocol.arms) == 1 else f"{len(protocol.arms)} arms"
    chance = "randomised" if design.allocation == "randomised" else "nobody allocated by chance"
    built = f"{phase(design.phase)}; {arms}, {design.model}; {chance}; purpose: {design.purpose}"
    facts = Facts(
        (
            ("Design", capital(built)),
            ("Condition", protocol.population.condition),
            ("Participants planned", str(design.participants)),
            ("Enrolled", _span([one.enrolled for one in content.state.enrolled()], len(content.state.enrolled()))),
            ("Visits held", _span([held.on for one in content.state.enrolled() for held in one.held.values()])),
            ("Status", status(content)),
            ("Data", _lock(content)),
            ("Allocations revealed before the lock", str(_revealed(content)) if len(protocol.arms) > 1 else ""),
        )
    )
    return Section("trial", "The trial", (Text((protocol.aim,)), facts, *more))


def _span(days: Sequence[date | None], count: int | None = None) -> str:
    known = [one for one in days if one is not None]
    if not known:
        return "none so far"
    number = f"{count}, " if count is not None else ""
    return f"{number}from {day(min(known))} to {day(max(known))}"


def _lock(content: BlindedContent) -> str:
    locked = content.state.locked
    return "not locked" if locked is None else f"locked, agreed by {listed(locked.agreed_by)}"


def _revealed(content: BlindedContent) -> int:
    return sum(warrant.participant is not None for warrant in content.state.warrants.values())


def eligibility_section(content: BlindedContent) -> Section:
    """Who was found eligible, criterion by criterion."""
    return Section("eligibility", "Eligibility", (eligibility_table(content),))


def baseline_section(content: BlindedContent, groups: Sequence[Group]) -> Section:
    """What the participants were like before the intervention."""
    if not content.state.enrolled():
        return Section("baseline", "Baseline", (Text(("Nobody is enrolled yet.",)),))
    return Section("baseline", "Baseline", (baseline_table(content, groups),))


# --- Endpoints ------------------------------------------------------------------------------------------------------


def flow_section(content: BlindedContent, groups: Sequence[Group], flow: Figure) -> Section:
    """How many went which way, and the time of each of them."""
    swimmer = draw_swimmer(content, groups)
    return Section("flow", "Participant flow", (flow, swimmer) if swimmer is not None else (flow,))


def endpoints_section(
    content: BlindedContent, groups: Sequence[Group], hidden: Hidden, *, intervals: bool = False
) -> Section:
    """Everybody's course for each endpoint, and the curves of each test below the first endpoint made from it."""
    blocks: list[Block] = []
    drawn: set[str] = set()
    for endpoint in content.protocol.endpoints:
        blocks += _endpoint(content, endpoint, groups, hidden, intervals=intervals)
        test = _test_of(content, endpoint)
        if test is not None and test.id not in drawn:
            drawn.add(test.id)
            blocks += _curves(content, test, groups, hidden)
    return Section("endpoints", "Endpoints, person by person", tuple(blocks))


def _endpoint(
    content: BlindedContent, endpoint: Endpoint, groups: Sequence[Group], hidden: Hidden, *, intervals: bool
) -> list[Block]:
    behind = values_table(content, endpoint, groups, hidden)
    figure = draw_trajectories(content, endpoint, groups, hidden, behind, intervals=intervals)
    words = f"{capital(endpoint.level)} endpoint: {endpoint.objective.rstrip('.')}. Time frame: {endpoint.time_frame}."
    shown: Block = figure if figure is not None else behind
    course = course_table(content, endpoint, groups, hidden)
    return [Heading(capital(endpoint.label)), Text((words,)), shown, *([course] if course is not None else [])]


def waterfalls(content: BlindedContent, groups: Sequence[Group], hidden: Hidden) -> list[Block]:
    """The waterfall of each primary analysis at each of its visits; without one, of each primary endpoint at its last."""
    places = [
        (one.endpoint, visit) for one in content.protocol.analyses if one.role == "primary" for visit in one.visits
    ]
    primary = [one for one in content.protocol.endpoints if one.level == "primary"]
    places = places or [(one.id, one.visits[-1]) for one in primary if one.visits]
    blocks: list[Block] = []
    for endpoint, visit in dict.fromkeys(places):
        drawn = draw_waterfall(content, content.protocol.endpoint(endpoint), visit, groups, hidden)
        blocks += [drawn] if drawn is not None else []
    return blocks


def _test_of(content: BlindedContent, endpoint: Endpoint) -> Activity | None:
    name = endpoint.settings.get("activity")
    found = [activity for activity in content.protocol.activities if activity.id == name]
    return found[0] if found and found[0].kind is ActivityKind.TIMED_SAMPLES else None


def _curves(content: BlindedContent, test: Activity, groups: Sequence[Group], hidden: Hidden) -> Iterator[Figure]:
    for measure in test.measures:
        figure = draw_curves(content, test, measure, groups, hidden)
        if figure is not None:
            yield figure


# --- Conduct, safety, records ---------------------------------------------------------------------------------------


def missing_section(content: BlindedContent) -> Section:
    """Visits and values that are not there, and why."""
    table = missing_table(content)
    last: Block = table if table is not None else Text(("No value is missing at the visits that were held.",))
    return Section("missing", "Missed visits and missing values", (visits_table(content), last))


def safety_section(
    content: BlindedContent, groups: Sequence[Group], arm_of: dict[str, str] | None = None, *more: Block
) -> Section:
    """Adverse events, serious ones one by one, and deaths."""
    serious = serious_table(content, arm_of)
    blocks: list[Block] = [safety_table(content, groups)]
    blocks.append(serious if serious is not None else Text(("No serious adverse event was reported.",)))
    died = deaths(content.state, (one.id for one in content.state.enrolled()))
    blocks.append(Text((f"Deaths from any cause: {died}.",)))
    return Section("safety", "Safety", (*blocks, *more))


def deviations_section(content: BlindedContent) -> Section:
    """What was not done as the protocol says."""
    table = deviations_table(content)
    block: Block = table if table is not None else Text(("No deviation is recorded.",))
    return Section("deviations", "Deviations", (block,))


def assumptions_section(content: BlindedContent, left_out: Sequence[str] = ()) -> Section:
    """What nobody has confirmed yet, and what nobody has answered."""
    table, hidden = assumptions_table(content.protocol, left_out)
    blocks: list[Block] = [table] if table is not None else [Text(("Nothing is assumed.",))]
    if hidden:
        parts = listed(left_out)
        words = f"{plural(hidden, 'more assumption')} about {parts}, or naming an arm, stand in the protocol itself."
        blocks.append(Text((words,)))
    blocks.append(Heading("Open questions"))
    open_ones = [one for one in content.protocol.questions if one.answer is None]
    asked = tuple(f"{one.about} {one.why} To be answered by {one.who}." for one in open_ones)
    blocks.append(Items(asked) if asked else Text(("No question is open, though answers may be assumed.",)))
    return Section("assumptions", "Assumptions and open questions", tuple(blocks))


def records_section(content: BlindedContent) -> Section:
    """Which protocol and which ledger this page was computed from, and how to check it."""
    facts = Facts(
        (
            ("Protocol", f"{content.protocol.id}, version {content.protocol.version}"),
            ("Digest of the protocol", content.protocol.digest()),
            ("Ledger", f"{content.head.seq} entries in the open strand"),
            ("Digest of its last entry", content.head.digest),
        )
    )
    how = (
        "Everything on this page is computed from that protocol and that ledger. To check that the ledger is whole, run "
        "armlet verify FOLDER on the folder that holds it and compare the number of entries and the digest with these: "
        "a changed, moved, added or cut entry gives another digest."
    )
    notes: tuple[Block, ...] = (Heading("Notes"), Items(content.notes)) if content.notes else ()
    return Section("records", "Records", (facts, Text((how,)), *notes))
