"""From the observations of a trial to its blinded data set: every endpoint of every participant at every visit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType

from armlet.conduct.observation import Observation
from armlet.derivation.baseline import ChangeOrNot, derive_change
from armlet.derivation.composed import ComposedMethod, Known, Part, Values, check_parts, in_order
from armlet.derivation.dataset import BlindedDataset
from armlet.derivation.derived import SEALED, Answer, Derived, DerivedOrNot, NotDerived, Reason
from armlet.derivation.followed import Followed
from armlet.derivation.methods import Method
from armlet.errors import InputError
from armlet.issues import Issue, error
from armlet.plugins import find_methods
from armlet.protocol.model import Endpoint, Protocol
from armlet.units import UnitError, parse_unit

AnyMethod = Method[object] | ComposedMethod[object]
OfVisit = Mapping[tuple[str, str], Sequence[Observation]]
Held = Mapping[tuple[str, str], date]
Absent = Mapping[tuple[str, str], str]


@dataclass(frozen=True, slots=True)
class PreparedEndpoint:
    """An endpoint whose settings have been read: `derive` answers for the observations of one participant's visit.

    An endpoint made from others has `parts` and `derive_from`, which answers from their values; its `derive` only says so.
    """

    endpoint: Endpoint
    derive: Callable[[Sequence[Observation]], Answer]
    parts: tuple[Part, ...] = ()
    derive_from: Callable[[Known], Answer] | None = None

    def visits(self) -> tuple[str, ...]:
        """The visits that a value is asked for at: the baseline first, each once."""
        return tuple(dict.fromkeys((self.endpoint.baseline, *self.endpoint.visits)))


@dataclass(frozen=True, slots=True)
class ValuesOfEndpoint:
    """One endpoint of one participant: its value at each visit asked for, the baseline first, and each later change."""

    derived: tuple[DerivedOrNot, ...]
    changes: tuple[ChangeOrNot, ...]


def derive_dataset(
    protocol: Protocol,
    observations: Sequence[Observation],
    participants: Sequence[str],
    sets: Mapping[str, Sequence[str]],
    held: Held,
    simulated: bool,
    absent: Absent = MappingProxyType({}),
    followed: Mapping[str, Followed] = MappingProxyType({}),
) -> BlindedDataset:
    """The data set of these participants, in the order of enrolment; other people's observations are left out.

    `held` has the day of each visit that took place, by participant and visit; `absent` says why others did not, where
    that is known. Raises InputError with every bad setting
    of every endpoint; what is missing in people's data becomes NotDerived.
    """
    of_visit = _by_visit(observations)
    endpoints = prepare_endpoints(protocol)
    of_participant = {
        one: _derive_participant(protocol, endpoints, one, of_visit, (held, absent)) for one in participants
    }
    return gather(protocol, of_participant, sets, simulated, followed)


def derive_participant(
    protocol: Protocol,
    endpoints: Sequence[PreparedEndpoint],
    participant: str,
    observations: Iterable[Observation],
    visits: tuple[Held, Absent],
) -> Sequence[ValuesOfEndpoint]:
    """The values of one participant alone, endpoint by endpoint, from this participant's observations.

    `visits` are the days of those held, and why others were not.
    """
    return _derive_participant(protocol, endpoints, participant, _by_visit(observations), visits)


def gather(
    protocol: Protocol,
    of_participant: Mapping[str, Sequence[ValuesOfEndpoint]],
    sets: Mapping[str, Sequence[str]],
    simulated: bool,
    followed: Mapping[str, Followed] = MappingProxyType({}),
) -> BlindedDataset:
    """The data set of participants whose values were derived one by one, in the order given.

    A set that the protocol leaves to the blind review and that `sets` lacks is one that nobody has assigned yet.
    """
    by_endpoint = [values for endpoint in zip(*of_participant.values(), strict=True) for values in endpoint]
    return BlindedDataset(
        trial=protocol.id,
        protocol=protocol.digest(),
        simulated=simulated,
        participants=tuple(of_participant),
        derived=tuple(value for values in by_endpoint for value in values.derived),
        changes=tuple(change for values in by_endpoint for change in values.changes),
        sets={**{one.id: () for one in protocol.sets}, **{name: tuple(members) for name, members in sets.items()}},
        followed=followed,
        unassigned=frozenset(one.id for one in protocol.sets if one.id not in sets),
    )


def prepare_endpoints(protocol: Protocol) -> tuple[PreparedEndpoint, ...]:
    """Every endpoint with its settings read. Raises InputError with all that is amiss in all of them."""
    issues: list[Issue] = []
    prepared: list[PreparedEndpoint] = []
    methods = load_methods()
    for endpoint in protocol.endpoints:
        try:
            prepared.append(prepare_endpoint(protocol, endpoint, methods))
        except InputError as problem:
            issues.extend(problem.issues)
    issues.extend(_circle_issues(prepared))
    if issues:
        raise InputError(issues)
    return tuple(prepared)


def prepare_endpoint(
    protocol: Protocol, endpoint: Endpoint, methods: Mapping[str, AnyMethod] | None = None
) -> PreparedEndpoint:
    """One endpoint with its settings read; `methods` are those of the folder, where they were found already.

    Raises InputError: method or unit unknown, visits unknown, settings unfit. The issues' `where` starts with
    ``endpoints/<id>``.
    """
    place = f"endpoints/{endpoint.id}"
    issues = [*_unit_issues(endpoint, place), *_visit_issues(protocol, endpoint, place)]
    methods = load_methods() if methods is None else methods
    method = methods.get(endpoint.method)
    if method is None:
        message = f"the method {endpoint.method!r} is not known."
        issues.append(error("derivation/method", f"{place}/method", message, f"Use one of {', '.join(methods)}."))
        raise InputError(issues)
    try:
        settings = method.parse(endpoint.settings, protocol)
    except InputError as problem:
        issues.extend(replace(issue, where=f"{place}/{issue.where}") for issue in problem.issues)
        raise InputError(issues) from None
    if isinstance(method, ComposedMethod):
        issues.extend(check_parts(method.parts(settings), endpoint, protocol, place))
    if issues:
        raise InputError(issues)
    return _prepared(method, endpoint, settings, protocol)


def _prepared(method: AnyMethod, endpoint: Endpoint, settings: object, protocol: Protocol) -> PreparedEndpoint:
    if isinstance(method, Method):
        return PreparedEndpoint(endpoint, lambda items: method.derive(items, endpoint, settings, protocol))
    parts = tuple(method.parts(settings))
    because = f"made from the endpoints {', '.join(part.endpoint for part in parts)}, not from results"
    return PreparedEndpoint(
        endpoint,
        lambda _items: Reason(because),
        parts,
        lambda known: method.derive_from(known, endpoint, settings, protocol),
    )


def _needs(prepared: Iterable[PreparedEndpoint]) -> dict[str, tuple[str, ...]]:
    return {one.endpoint.id: tuple(part.endpoint for part in one.parts) for one in prepared}


def _circle_issues(prepared: Sequence[PreparedEndpoint]) -> Iterable[Issue]:
    found = in_order(_needs(prepared))
    if isinstance(found, tuple):
        message = f"endpoints are made from each other in a circle: {' from '.join(found)}."
        yield error(
            "derivation/circle", f"endpoints/{found[0]}/settings", message, "Name a part that needs none of them."
        )


def load_methods() -> dict[str, AnyMethod]:
    """Every method of the folder, by name."""
    from armlet.derivation import methods

    found = find_methods(methods)
    return {name: method for name, method in found.items() if isinstance(method, Method | ComposedMethod)}


def _unit_issues(endpoint: Endpoint, place: str) -> Iterable[Issue]:
    try:
        parse_unit(endpoint.unit)
    except UnitError as problem:
        yield error("derivation/unit", f"{place}/unit", str(problem), "")


def _visit_issues(protocol: Protocol, endpoint: Endpoint, place: str) -> Iterable[Issue]:
    known = {visit.id for visit in protocol.visits}
    named = (("baseline", endpoint.baseline), *(("visits", visit) for visit in endpoint.visits))
    for field, visit in named:
        if visit not in known:
            message = f"the protocol has no visit {visit!r}."
            yield error("derivation/visit", f"{place}/{field}", message, "Name a visit of the schedule.")


def needs_measures(endpoint: Endpoint) -> frozenset[str]:
    """The texts in an endpoint's settings, among which are all the measures that its values are made from."""
    listed = (value if isinstance(value, list) else [value] for value in endpoint.settings.values())
    return frozenset(value for values in listed for value in values if isinstance(value, str))


def _by_visit(observations: Iterable[Observation]) -> OfVisit:
    of_visit = defaultdict[tuple[str, str], list[Observation]](list)
    for item in observations:
        of_visit[item.participant, item.visit].append(item)
    return of_visit


def _derive_participant(
    protocol: Protocol,
    endpoints: Sequence[PreparedEndpoint],
    participant: str,
    of_visit: OfVisit,
    visits: tuple[Held, Absent],
) -> list[ValuesOfEndpoint]:
    """Each endpoint after those that it is made from; the answers in the order of `endpoints`."""
    by_name = {one.endpoint.id: one for one in endpoints}
    values: dict[tuple[str, str], DerivedOrNot] = {}
    made: dict[str, ValuesOfEndpoint] = {}
    for name in in_order(_needs(endpoints)):
        made[name] = _derive_endpoint(by_name[name], participant, protocol, (of_visit, values), visits)
        values.update({(name, item.visit): item for item in made[name].derived})
    return [made[one.endpoint.id] for one in endpoints]


def _derive_endpoint(
    prepared: PreparedEndpoint,
    participant: str,
    protocol: Protocol,
    given: tuple[OfVisit, Values],
    visits: tuple[Held, Absent],
) -> ValuesOfEndpoint:
    values = {
        visit: _derive_one(prepared, (participant, visit), protocol, given, visits) for visit in prepared.visits()
    }
    baseline = values[prepared.endpoint.baseline]
    later = (value for visit, value in values.items() if visit != prepared.endpoint.baseline)
    return ValuesOfEndpoint(tuple(values.values()), tuple(derive_change(value, baseline) for value in later))


def _derive_one(
    prepared: PreparedEndpoint,
    key: tuple[str, str],
    protocol: Protocol,
    given: tuple[OfVisit, Values],
    visits: tuple[Held, Absent],
) -> DerivedOrNot:
    endpoint, (participant, visit), (held, absent), (of_visit, values) = prepared.endpoint, key, visits, given
    on = held.get(key)
    if on is None:
        why = f": {absent[key]}" if key in absent else ""
        return NotDerived(endpoint.id, participant, visit, f"visit {protocol.visit(visit).label} not held{why}")
    items = of_visit.get(key, ())
    if any(item.is_sealed and item.measure in needs_measures(endpoint) for item in items):
        return NotDerived(endpoint.id, participant, visit, SEALED)
    if prepared.derive_from is None:
        answer = prepared.derive(items)
    else:
        answer = prepared.derive_from(Known(visit, endpoint.baseline, values))
    if isinstance(answer, Reason):
        return NotDerived(endpoint.id, participant, visit, answer.because)
    return Derived(
        endpoint.id,
        participant,
        visit,
        answer.value,
        endpoint.unit,
        on,
        answer.entries,
        answer.notes,
        answer.below_limit,
    )
