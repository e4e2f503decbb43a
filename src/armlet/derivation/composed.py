"""Endpoints made from other endpoints: what such a method is, what it is given, and the order in which all are derived.

A composed method sees the values of one participant that were derived before, at any visit, each with the entries that
it stands on; it sees no result and no other person. What is missing in a part is missing in the whole, with the reason
of the part; a part that is sealed seals the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from armlet.derivation.derived import SEALED, Answer, Derived, DerivedOrNot, Reason
from armlet.derivation.methods import Setting, SettingsReader
from armlet.issues import Issue, error
from armlet.protocol.model import Endpoint, Protocol
from armlet.units import UnitError, parse_unit

SettingsT = TypeVar("SettingsT")
Values = Mapping[tuple[str, str], DerivedOrNot]
"""The values of one participant so far, by endpoint and visit."""


@dataclass(frozen=True, slots=True)
class Part:
    """An endpoint that another is made from. `at_visit`: its value at the same visit; `at_baseline`: that at baseline."""

    endpoint: str
    setting: str
    at_visit: bool = True
    at_baseline: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """What a composed method is given: the values of one participant, and the visit that it is asked about."""

    visit: str
    baseline: str
    values: Values

    def here(self, endpoint: str) -> Derived | Reason:
        """The value of a part at the same visit, or why there is none."""
        return self._at(endpoint, self.visit)

    def at_baseline(self, endpoint: str) -> Derived | Reason:
        """The value of a part at the baseline visit of the whole, or why there is none."""
        return self._at(endpoint, self.baseline)

    def course(self, endpoint: str) -> tuple[DerivedOrNot, ...]:
        """Every answer of a part, of all its visits."""
        return tuple(item for (name, _), item in self.values.items() if name == endpoint)

    def _at(self, endpoint: str, visit: str) -> Derived | Reason:
        found = self.values.get((endpoint, visit))
        if found is None:
            return Reason(f"{endpoint} is not asked for at {visit}")
        if isinstance(found, Derived):
            return found
        return Reason(found.because if found.because == SEALED else f"{endpoint} at {visit}: {found.because}")


@dataclass(frozen=True)
class ComposedMethod(Generic[SettingsT]):
    """One way to make an endpoint from others. `source` says where it is written down, `settings` what may be set.

    `parse` reads the protocol's raw settings and raises InputError with every bad one at once. `parts` names the
    endpoints that are needed and where. `derive_from` answers for one participant at one visit; it never raises for what
    people's data lack: it gives a Reason.
    """

    name: str
    label: str
    source: str
    parse: Callable[[Mapping[str, object], Protocol], SettingsT]
    parts: Callable[[SettingsT], Sequence[Part]]
    derive_from: Callable[[Known, Endpoint, SettingsT, Protocol], Answer]
    settings: tuple[Setting, ...] = ()


class PartsReader(SettingsReader):
    """Reads the settings of a composed method: those of every method, and the names of other endpoints."""

    def __init__(self, settings: Mapping[str, object], protocol: Protocol, known: tuple[Setting, ...]) -> None:
        super().__init__(settings, protocol, known)
        self._endpoints = {one.id: one for one in protocol.endpoints}

    def endpoint(self, name: str, unit: str) -> str:
        """The id of an endpoint in this unit (written as people like), or in any unit where it is ""."""
        value = self._settings.get(name)
        found = self._endpoints.get(value) if isinstance(value, str) else None
        if found is None:
            self._bad(name, value, f"an endpoint of the protocol ({', '.join(self._endpoints)})")
            return ""
        if unit and not _is_in(found, unit):
            self._bad(name, value, f"an endpoint in {unit}; {found.id!r} is in {found.unit}")
        return found.id

    def endpoints(self, name: str, unit: str) -> tuple[str, ...]:
        """A list of endpoints in this unit, at least one, each once."""
        value = self._settings.get(name)
        known = {one.id for one in self._endpoints.values() if _is_in(one, unit)}
        listed = [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
        if not listed or listed != value or set(listed) - known or len(set(listed)) < len(listed):
            self._bad(name, value, f"a list of endpoints in the unit {unit}, each once ({', '.join(sorted(known))})")
        return tuple(dict.fromkeys(one for one in listed if one in known))


def _is_in(endpoint: Endpoint, unit: str) -> bool:
    """Whether the endpoint is in this unit; no where its unit is amiss, which is an issue of its own."""
    try:
        return parse_unit(endpoint.unit) == parse_unit(unit)
    except UnitError:
        return False


def first_reason(*found: Derived | Reason) -> Reason | None:
    """Why the whole cannot be made: the seal before all else, then every reason that the parts give; or None."""
    reasons = dict.fromkeys(item.because for item in found if isinstance(item, Reason))
    if not reasons:
        return None
    return Reason(SEALED if SEALED in reasons else "; ".join(reasons))


def entries_of_parts(*parts: Derived) -> tuple[int, ...]:
    """The ledger entries that the parts stand on, ascending."""
    return tuple(sorted({entry for part in parts for entry in part.entries}))


def notes_of_parts(*parts: Derived) -> tuple[str, ...]:
    """What a reader must know of the parts, each note after the name of its endpoint and visit."""
    return tuple(dict.fromkeys(f"{part.endpoint} at {part.visit}: {note}" for part in parts for note in part.notes))


# --- The order ------------------------------------------------------------------------------------------------------


def check_parts(parts: Iterable[Part], endpoint: Endpoint, protocol: Protocol, place: str) -> Iterator[Issue]:
    """Parts that are not asked for at the visits where the whole needs them."""
    known = {one.id: one for one in protocol.endpoints}
    for part in parts:
        asked = {known[part.endpoint].baseline, *known[part.endpoint].visits}
        needed = {*endpoint.visits} if part.at_visit else set[str]()
        needed |= {endpoint.baseline} if part.at_baseline else set()
        lacking = sorted(needed - asked)
        if lacking:
            message = f'"{part.endpoint}" is not asked for at {", ".join(lacking)}.'
            fix = f'Add these visits to "{part.endpoint}", or leave them out of "{endpoint.id}".'
            yield error("derivation/part-not-asked", f"{place}/settings/{part.setting}", message, fix)


def in_order(needs: Mapping[str, Sequence[str]]) -> list[str] | tuple[str, ...]:
    """The endpoints so that each comes after those it is made from; or, as a tuple, a circle of them.

    `needs` has every endpoint in the protocol's order, which is kept where the parts allow it.
    """
    done: list[str] = []
    for name in needs:
        circle = _visit(name, needs, done, ())
        if circle:
            return circle
    return done


def _visit(name: str, needs: Mapping[str, Sequence[str]], done: list[str], path: tuple[str, ...]) -> tuple[str, ...]:
    if name in done:
        return ()
    if name in path:
        return (*path[path.index(name) :], name)
    for part in needs.get(name, ()):
        circle = _visit(part, needs, done, (*path, name))
        if circle:
            return circle
    done.append(name)
    return ()
