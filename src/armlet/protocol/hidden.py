"""What is not to be shown before the lock because its value could tell the arm: one rule for pages and tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from armlet.protocol.model import Anchor, Endpoint, Protocol


@dataclass(frozen=True, slots=True)
class Hidden:
    """Which values may not be shown: by endpoint, and by measure, the visits where they are hidden.

    `scheduled` are the visits of the protocol: at one outside the schedule a telling measure is always hidden.
    """

    endpoints: Mapping[str, frozenset[str]] = field(default_factory=dict)
    measures: Mapping[str, frozenset[str]] = field(default_factory=dict)
    scheduled: frozenset[str] = frozenset()

    def hides_endpoint(self, endpoint: str, visit: str) -> bool:
        """Whether the value of this endpoint at this visit is hidden."""
        return visit in self.endpoints.get(endpoint, frozenset())

    def hides_measure(self, measure: str, visit: str) -> bool:
        """Whether results of this measure at this visit are hidden."""
        hidden = self.measures.get(measure)
        return hidden is not None and (visit in hidden or visit not in self.scheduled)


def hidden_before_lock(protocol: Protocol) -> Hidden:
    """What could tell the arm: marked endpoints and measures, and what is made from or into them, after baseline.

    A measure is as telling as the endpoints derived from it, and the other way round; so is an endpoint as one that is
    made from it. A marked measure that no endpoint takes its baseline from is hidden from the first visit on that is
    counted from allocation or administration.
    """
    named = {one.id: _settings_of(one) for one in protocol.endpoints}
    telling, endpoints = _telling(protocol, named)
    marked = [one for one in protocol.endpoints if one.id in endpoints]
    shown = {name: _last_baseline(protocol, name, named) for name in telling}
    shown |= {one.id: _place(protocol, one.baseline) for one in marked}
    before: dict[str, int] = {}
    while before != shown:  # a whole is shown no longer than each part that tells
        before = dict(shown)
        shown |= {one.id: min(shown[name] for name in {one.id, *(named[one.id] & set(shown))}) for one in marked}
    hidden = {name: _after(protocol, last) for name, last in shown.items()}
    scheduled = frozenset(visit.id for visit in protocol.visits)
    return Hidden({one.id: hidden[one.id] for one in marked}, {name: hidden[name] for name in telling}, scheduled)


def _telling(protocol: Protocol, named: Mapping[str, set[str]]) -> tuple[set[str], set[str]]:
    """Every telling measure and every telling endpoint: spread from part to whole and back until nothing is added.

    `named` is what the settings of each endpoint name. It is asked for at every entry of a life, so read only once.
    """
    known = {measure.id for measure in protocol.measures}
    measures = {measure.id for measure in protocol.measures if measure.tells_arm}
    endpoints = {one.id for one in protocol.endpoints if one.tells_arm}
    made_from = {one.id: _made_from(one) for one in protocol.endpoints}
    size = -1
    while size < len(measures) + len(endpoints):
        size = len(measures) + len(endpoints)
        telling = measures | endpoints
        endpoints |= {one for one, names in named.items() if not names.isdisjoint(telling)}
        parts = {name for one in endpoints for name in made_from[one]}
        measures |= parts & known
        endpoints |= parts & {one.id for one in protocol.endpoints}
    return measures, endpoints


def _made_from(endpoint: Endpoint) -> set[str]:
    """The measure or the endpoint that it is made from first of all; not, say, the weight that it is divided by."""
    one = [endpoint.settings.get(key) for key in ("measure", "endpoint")]
    several = [endpoint.settings.get(key) for key in ("measures", "endpoints")]
    listed = (name for names in several if isinstance(names, list | tuple) for name in names)
    return {name for name in (*one, *listed) if isinstance(name, str)}


def _settings_of(endpoint: Endpoint) -> set[str]:
    listed = (value if isinstance(value, list) else [value] for value in endpoint.settings.values())
    return {value for values in listed for value in values if isinstance(value, str)}


def _place(protocol: Protocol, visit: str) -> int:
    return [one.id for one in protocol.visits].index(visit)


def _after(protocol: Protocol, last_shown: int) -> frozenset[str]:
    return frozenset(visit.id for visit in protocol.visits[last_shown + 1 :])


def _last_baseline(protocol: Protocol, measure: str, named: Mapping[str, set[str]]) -> int:
    """The place of the last visit whose results of this measure may be shown; -1 where there is none."""
    baselines = [_place(protocol, one.baseline) for one in protocol.endpoints if measure in named[one.id]]
    if baselines:
        return min(baselines)
    late = {Anchor.RANDOMISATION, Anchor.ADMINISTRATION}
    first = next((place for place, visit in enumerate(protocol.visits) if visit.anchor in late), len(protocol.visits))
    return first - 1
