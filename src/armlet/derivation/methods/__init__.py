"""One module for each way to derive an endpoint; each offers one ``METHOD``, and no module imports another.

Here stands what a ``METHOD`` is, and how its settings are read from a protocol. A method sees the results of one
participant at one visit and knows nothing of other people; one that is made from other endpoints is a ``ComposedMethod``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Generic, TypeVar

from armlet.conduct.observation import Observation
from armlet.derivation.derived import Answer
from armlet.errors import InputError
from armlet.issues import Issue, error
from armlet.protocol.criteria import MeasureKind
from armlet.protocol.model import ActivityKind, Endpoint, Protocol
from armlet.units import Quantity, UnitError, format_decimal, parse_decimal

SettingsT = TypeVar("SettingsT")
ChoiceT = TypeVar("ChoiceT", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of a method, as the reference tells it: what it means, what it is when left out ("" : must be given).

    `source` says whose rule the default is, "" where there is nothing to choose.
    """

    name: str
    says: str
    default: str = ""
    source: str = ""


@dataclass(frozen=True)
class Method(Generic[SettingsT]):
    """One way to derive an endpoint. `source` says where the method is written down, `settings` what may be set.

    `parse` reads the protocol's raw settings and raises InputError with every bad one at once. `derive` answers for one
    participant at one visit, whose observations it is given (of all measures, in any order); it never raises for what
    people's data lack or contradict: it gives a Reason.
    """

    name: str
    label: str
    source: str
    parse: Callable[[Mapping[str, object], Protocol], SettingsT]
    derive: Callable[[Sequence[Observation], Endpoint, SettingsT, Protocol], Answer]
    settings: tuple[Setting, ...] = ()


class SettingsReader:
    """Reads one method's settings against the protocol, collecting every issue; `finish` raises them together.

    A bad value yields a stand-in, so that reading can go on; nothing read may be used before `finish`. `where` of an
    issue is ``settings/<name>``; whoever knows the endpoint puts its place in front.
    """

    def __init__(
        self, settings: Mapping[str, object], protocol: Protocol, known: tuple[str, ...] | tuple[Setting, ...]
    ) -> None:
        names = tuple(one.name if isinstance(one, Setting) else one for one in known)
        self._settings = settings
        self._protocol = protocol
        self._issues: list[Issue] = [_unknown(name, names) for name in settings if name not in names]

    def activity(self, *kinds: ActivityKind) -> str:
        """The setting `activity`: the id of an activity of one of these kinds."""
        name = self._settings.get("activity")
        found = {activity.id: activity for activity in self._protocol.activities}
        if not isinstance(name, str) or name not in found:
            self._bad("activity", name, f"an activity of the protocol ({', '.join(found)})")
            return ""
        if found[name].kind not in kinds:
            expected = " or ".join(f'"{kind.value}"' for kind in kinds)
            self._bad("activity", name, f'an activity of the kind {expected}, not "{found[name].kind.value}"')
        return name

    def measure(self, activity: str) -> str:
        """The setting `measure`: the id of a quantity that the activity yields."""
        return self.measure_beside("measure", activity)

    def measures(self, name: str, activity: str) -> tuple[str, ...]:
        """A list of quantities that the activity yields, each once."""
        of_activity = {item.id: item.measures for item in self._protocol.activities}.get(activity, ())
        value = self._settings.get(name)
        listed = [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
        kinds = {measure.id: measure.kind for measure in self._protocol.measures}
        fit = [one for one in listed if one in of_activity and kinds.get(one) is MeasureKind.QUANTITY]
        if not fit or fit != value or len(set(fit)) < len(fit):
            self._bad(name, value, f'a list of quantities of "{activity}", each once ({", ".join(of_activity)})')
        return tuple(dict.fromkeys(fit))

    def measure_of_visit(self, setting: str) -> str:
        """The id of a quantity that any activity may yield."""
        return self._quantity(setting)

    def measure_beside(self, setting: str, activity: str) -> str:
        """The id of another quantity that the activity yields."""
        of_activity = {item.id: item.measures for item in self._protocol.activities}.get(activity)
        name = self._quantity(setting)
        if name and of_activity is not None and name not in of_activity:
            self._bad(setting, name, f'a measure of the activity "{activity}" ({", ".join(of_activity)})')
        return name

    def gives(self, *names: str) -> bool:
        """Whether the protocol gives any of these settings."""
        return any(name in self._settings for name in names)

    def unit_of(self, measure: str) -> str:
        """The unit that the protocol gives a measure, "" where it gives none."""
        return next((one.unit or "" for one in self._protocol.measures if one.id == measure), "")

    def amount(self, name: str, unit: str, measure: str = "") -> Quantity | None:
        """An amount that could be written in `unit`, with the molar mass of `measure` where it has one; None is amiss."""
        value = self._settings.get(name)
        molar_mass = next((one.molar_mass for one in self._protocol.measures if one.id == measure), None)
        try:
            amount = Quantity.parse(value if isinstance(value, str) else "")
            amount.to(unit, molar_mass)
        except UnitError:
            self._bad(name, value, f'an amount that can be expressed in {unit}, with its unit, as in "1 {unit}"')
            return None
        return amount

    def _quantity(self, setting: str) -> str:
        name = self._settings.get(setting)
        kinds = {measure.id: measure.kind for measure in self._protocol.measures}
        if isinstance(name, str) and kinds.get(name) is MeasureKind.QUANTITY:
            return name
        quantities = ", ".join(known for known, kind in kinds.items() if kind is MeasureKind.QUANTITY)
        self._bad(setting, name, f"a measure of the kind quantity ({quantities})")
        return ""

    def choice(self, name: str, default: ChoiceT) -> ChoiceT:
        """One of the words of an enumeration."""
        kind = type(default)
        value = self._settings.get(name, default)
        if isinstance(value, str) and value in {member.value for member in kind}:
            return kind(value)
        self._bad(name, value, "one of " + ", ".join(f'"{member.value}"' for member in kind))
        return default

    def minutes(self, name: str, default: Decimal | None = None) -> Decimal:
        """A length or moment of time with its unit, in minutes; must be given where there is no default."""
        value = self._settings.get(name)
        if name not in self._settings and default is not None:
            return default
        try:
            return Quantity.parse(value if isinstance(value, str) else "").to("min").value
        except UnitError:
            self._bad(name, value, 'a time with its unit, for example "120 min"')
            return Decimal(0)

    def grid(self, activity: str) -> tuple[Decimal, ...]:
        """The nominal sample times of an activity in minutes, ascending; empty (an issue) where it has none."""
        at = {item.id: item.at for item in self._protocol.activities}.get(activity)
        if at is None:
            return ()
        try:
            times = grid_minutes(at)
        except UnitError as problem:
            self.add("activity", f'the sample times of "{activity}" are not times: {problem}', "Give them in min.")
            return ()
        if not times:
            self.add("activity", f'the activity "{activity}" has no sample times (at).', "List its nominal times.")
        return times

    def on_grid(self, name: str, minute: Decimal, grid: tuple[Decimal, ...]) -> None:
        """Requires that a moment is one of the nominal sample times."""
        if grid and minute not in grid and name in self._settings:
            listed = ", ".join(format_decimal(time) for time in grid)
            self._bad(name, self._settings[name], f"one of the activity's sample times ({listed} min)")

    def whole(self, name: str) -> int | None:
        """A whole number of at least 1, or None where the setting is left out."""
        value = self._settings.get(name)
        if value is None:
            return None
        if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
            return value
        self._bad(name, value, "a whole number of at least 1")
        return None

    def text(self, name: str) -> str:
        """Words that must be given."""
        value = self._settings.get(name)
        if isinstance(value, str) and value.strip():
            return value
        self._bad(name, value, "words")
        return ""

    def texts(self, name: str) -> Mapping[str, str]:
        """Words for each of several names, such as ``{month_6: RIA}``."""
        value = self._settings.get(name)
        if not isinstance(value, dict) or not value or not all(isinstance(one, str) for one in value.values()):
            self._bad(name, value, "a list of names, each with words, such as {month_6: RIA}")
            return {}
        return {str(key): str(one) for key, one in value.items()}

    def number(self, name: str, default: Decimal | None = None) -> Decimal:
        """A plain number, exactly as typed; must be given without a default."""
        if name not in self._settings and default is not None:
            return default
        return self._number(name, self._settings.get(name))

    def numbers(self, name: str) -> Mapping[str, Decimal]:
        """A number for each of several names, such as ``{month_6: 6}``."""
        value = self._settings.get(name)
        if not isinstance(value, dict) or not value:
            self._bad(name, value, "a list of names, each with a number, such as {month_6: 6}")
            return {}
        return {str(key): self._number(name, one) for key, one in value.items()}

    def quantity(self, name: str, unit: str, default: Quantity | None = None) -> Quantity:
        """An amount with its unit that can be written in `unit`; must be given without a default."""
        if name not in self._settings and default is not None:
            return default
        value = self._settings.get(name)
        try:
            found = Quantity.parse(value if isinstance(value, str) else "")
            found.to(unit)
        except UnitError:
            self._bad(name, value, f'an amount with its unit, for example "10 {unit}"')
            return Quantity(Decimal(1), unit)
        return found

    def _number(self, name: str, value: object) -> Decimal:
        is_typed = isinstance(value, int | str) and not isinstance(value, bool)
        try:
            return parse_decimal(str(value) if is_typed else "")
        except UnitError:
            self._bad(name, value, "a number, such as 0.812")
            return Decimal(1)

    def add(self, name: str, message: str, fix: str) -> None:
        """An issue that the method itself has found."""
        self._issues.append(error("derivation/setting-value", f"settings/{name}", message, fix))

    def is_sound(self, *names: str) -> bool:
        """Whether nothing is amiss so far with these settings."""
        return not {issue.where for issue in self._issues} & {f"settings/{name}" for name in names}

    def finish(self) -> None:
        """Raises InputError with all that was found."""
        if self._issues:
            raise InputError(self._issues)

    def _bad(self, name: str, value: object, expected: str) -> None:
        if value is None and name not in self._settings:
            message = f"{name!r} is missing; expected {expected}."
            self._issues.append(error("derivation/setting-missing", f"settings/{name}", message, "Add it."))
            return
        self.add(name, f"expected {expected}; got {value!r}.", "Correct the endpoint's settings.")


def grid_minutes(at: Sequence[Quantity]) -> tuple[Decimal, ...]:
    """Nominal sample times in minutes, ascending. Raises UnitError for what is no time."""
    return tuple(sorted(time.to("min").value for time in at))


def _unknown(name: str, known: tuple[str, ...]) -> Issue:
    message = f'"{name}" is not a setting of this method.'
    return error("derivation/setting-unknown", f"settings/{name}", message, f"Use: {', '.join(known)}.")
