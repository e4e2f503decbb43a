"""The statistical analysis plan in plain words: endpoints, sets, analyses and intercurrent events of the protocol."""

from __future__ import annotations

from collections.abc import Iterator

from armlet.protocol.estimand_prose import beside_in_words, event_in_words, set_in_words, treated_in_words
from armlet.protocol.model import Analysis, Protocol
from armlet.protocol.prose import listed, unit_in_words


def render_plan(protocol: Protocol) -> str:
    """The plan as Markdown. It says what is computed and for whom, and which of it is primary."""
    return "\n".join(_lines(protocol)) + "\n"


def _lines(protocol: Protocol) -> Iterator[str]:
    yield f"# Statistical analysis plan: {protocol.title}"
    yield "\n## Endpoints\n"
    for one in protocol.endpoints:
        visits = listed(protocol.visit(name).label for name in one.visits)
        yield f"### {one.label} ({one.level})\n"
        yield f"- Objective: {one.objective}"
        yield f"- Unit: {unit_in_words(one.unit) or 'plain number'}"
        yield f"- Time frame: {one.time_frame}"
        yield f"- Visits: {visits}; changes are counted from {protocol.visit(one.baseline).label}"
        yield f"- Derived by {_spoken(one.method)}{_settings(one.settings)}\n"
    yield "## Analysis sets\n"
    yield from (f"- **{one.label}**: {set_in_words(one)}" for one in protocol.sets)
    if protocol.intercurrent_events:
        yield "\n## Intercurrent events\n"
        yield from (f"- **{one.label}**: {event_in_words(one, protocol)}" for one in protocol.intercurrent_events)
    yield "\n## Allocation that the analyses replay\n"
    ratio = " : ".join(f"{count} {protocol.arm(arm).label}" for arm, count in protocol.allocation.ratio.items())
    yield f"{_spoken(protocol.allocation.method).capitalize()}, {ratio}."
    yield "\n## Analyses\n"
    for analysis in protocol.analyses:
        yield from _analysis(protocol, analysis)


def _analysis(protocol: Protocol, one: Analysis) -> Iterator[str]:
    sets = {each.id: each.label for each in protocol.sets}
    yield f"### {one.label} ({one.role})\n"
    yield f"- Endpoint: {protocol.endpoint(one.endpoint).label}"
    yield f"- At {listed(protocol.visit(name).label for name in one.visits)}, in {sets.get(one.set, one.set)}"
    yield f"- By {_spoken(one.method)}{_settings(one.settings)}{beside_in_words(one)}"
    yield from (f"- Summary: {words}" for words in (one.summary,) if words)
    yield from (f"- Intercurrent events, {words}" for words in treated_in_words(one, protocol))
    yield ""


def _spoken(name: str) -> str:
    return name.replace("_", " ")


def _settings(settings: object) -> str:
    told = settings if isinstance(settings, dict) else {}
    return f" ({'; '.join(f'{_spoken(str(name))}: {value}' for name, value in told.items())})" if told else ""
