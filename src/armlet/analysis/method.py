"""What every module of `methods/` offers as its ``METHOD``, and how its settings are read from a protocol."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from armlet.analysis.cases import Cases
from armlet.analysis.estimates import Result
from armlet.errors import InputError
from armlet.issues import Issue, error

SettingsT = TypeVar("SettingsT")
ChoiceT = TypeVar("ChoiceT", bound=StrEnum)


def no_difference(_settings: object) -> float | None:
    """What a difference between arms is where no arm does anything."""
    return 0.0


@dataclass(frozen=True)
class Method(Generic[SettingsT]):
    """One way to estimate: `parse` reads the protocol's raw settings, `estimate` answers for one set of cases.

    `parse` raises InputError with every bad setting at once. `estimate` never raises for what people's data lack:
    it returns NotEstimable. `source` says where the method is written down.
    """

    name: str
    label: str
    source: str
    parse: Callable[[Mapping[str, object]], SettingsT]
    estimate: Callable[[Cases, SettingsT, str], Result]
    replays_allocation: bool = False
    """Whether chances come from the trial's own scheme, so that what it balances over is accounted for."""
    compares_arms: bool = False
    """Whether two arms are compared, one of them the reference; otherwise one arm alone is looked at."""
    also_one_arm: bool = False
    """Whether a method that compares arms can be asked for one arm alone as well."""
    without_effect: Callable[[SettingsT], float | None] = no_difference
    """Of a comparison, what is estimated where no arm does anything: 1 of a ratio; None where one arm alone is asked for."""
    ranks_failures: bool = False
    """Whether people whose outcome counts as worse than every measured one have a part in the estimate as they are."""
    models_missing: bool = False
    """Whether people without an outcome have a part in the estimate all the same, by a model of what is missing."""
    takes_course: bool = False
    """Whether the values of all visits have a part in the estimate at one, so that each has to be one of its own."""
    models_limits: bool = False
    """Whether an outcome that is known only to be at most its value has a part in the estimate as such."""
    takes_covariates: bool = False
    """Whether the covariates of the analysis have a part in the estimate."""
    names_covariates: bool = False
    """Whether its setting `covariates` names those it takes, so that the two must agree."""

    def run(self, cases: Cases, settings: Mapping[str, object], label: str) -> Result:
        """Parse and estimate in one step."""
        return self.estimate(cases, self.parse(settings), label)


def _typed_number(value: object) -> object:
    """A protocol keeps decimals as the text that was typed; here they become floats, since analysis begins."""
    return float(value) if isinstance(value, str) and re.fullmatch(r"[+-]?\d+\.\d+", value, re.ASCII) else value


def _fits(record: Mapping[str, object], shapes: tuple[tuple[str, ...], ...]) -> bool:
    return any(set(record) == set(shape) for shape in shapes)


class SettingsReader:
    """Reads one method's settings, collecting every issue; `finish` raises them together.

    A bad value yields the default, so that reading can go on to the next setting.
    """

    def __init__(self, method: str, settings: Mapping[str, object], known: tuple[str, ...]) -> None:
        self._method = method
        self._settings = settings
        self._issues: list[Issue] = [self._unknown(name, known) for name in settings if name not in known]

    def choice(self, name: str, default: ChoiceT) -> ChoiceT:
        """One of the words of an enumeration."""
        kind = type(default)
        value = self._settings.get(name, default)
        if isinstance(value, str) and value in {member.value for member in kind}:
            return kind(value)
        self._bad(name, value, "one of " + ", ".join(member.value for member in kind))
        return default

    def fraction(self, name: str, default: float) -> float:
        """A number strictly between 0 and 1, such as a confidence level."""
        value = _typed_number(self._settings.get(name, default))
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1:
            return float(value)
        self._bad(name, value, "a number between 0 and 1, for example 0.95")
        return default

    def whole(self, name: str, default: int, least: int) -> int:
        """A whole number of at least `least`."""
        value = self._settings.get(name, default)
        if isinstance(value, int) and not isinstance(value, bool) and value >= least:
            return value
        self._bad(name, value, f"a whole number of at least {least}")
        return default

    def number(self, name: str, default: float) -> float:
        """Any finite number."""
        value = _typed_number(self._settings.get(name, default))
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            return float(value)
        self._bad(name, value, "a number")
        return default

    def numbers(self, name: str, default: tuple[float, ...]) -> tuple[float, ...]:
        """A list of as many numbers as the default has."""
        value = self._settings.get(name, list(default))
        listed = [_typed_number(one) for one in value] if isinstance(value, list | tuple) else []
        found = tuple(float(one) for one in listed if isinstance(one, int | float) and not isinstance(one, bool))
        if len(found) == len(listed) == len(default) and all(map(math.isfinite, found)):
            return found
        self._bad(name, value, f"a list of {len(default)} numbers")
        return default

    def records(self, name: str, shapes: tuple[tuple[str, ...], ...]) -> tuple[Mapping[str, float], ...]:
        """A list of records with the keys of one of the shapes, all numbers, and each with the words of its `source`."""
        value, found = self._settings.get(name, []), list[Mapping[str, float]]()
        expected = "a list of records with source and " + " or ".join(", ".join(shape) for shape in shapes)
        for one in value if isinstance(value, list | tuple) else [None]:
            record = dict(one) if isinstance(one, Mapping) else {}
            source = record.pop("source", None)
            listed = {key: _typed_number(number) for key, number in record.items()}
            numbers = {
                key: float(number)
                for key, number in listed.items()
                if isinstance(number, int | float) and not isinstance(number, bool) and math.isfinite(number)
            }
            if isinstance(source, str) and source.strip() and len(numbers) == len(record) and _fits(record, shapes):
                found.append(numbers)
            else:
                self._bad(name, one if one is not None else value, expected)
        return tuple(found)

    def refuse(self, name: str, expected: str) -> None:
        """Notes that what is there does not fit, where reading alone cannot tell."""
        self._bad(name, self._settings.get(name), expected)

    def text(self, name: str) -> str | None:
        """Words, or None where the setting is left out."""
        value = self._settings.get(name)
        if value is None or isinstance(value, str):
            return value
        self._bad(name, value, "text")
        return None

    def words(self, name: str) -> tuple[str, ...]:
        """A list of names, or nothing where the setting is left out."""
        value = self._settings.get(name, ())
        if isinstance(value, list | tuple) and all(isinstance(one, str) for one in value):
            return tuple(str(one) for one in value)
        self._bad(name, value, "a list of names")
        return ()

    def flag(self, name: str, *, default: bool) -> bool:
        """Yes or no."""
        value = self._settings.get(name, default)
        if isinstance(value, bool):
            return value
        self._bad(name, value, "true or false")
        return default

    def one_number_of(self, name: str, keys: tuple[str, ...]) -> tuple[str, float] | None:
        """A mapping with exactly one of these keys and a number, such as ``{at_least: 0.2}``; None where left out."""
        value = self._settings.get(name)
        if value is None:
            return None
        if isinstance(value, Mapping) and len(value) == 1:
            ((key, typed),) = value.items()
            number = _typed_number(typed)
            if key in keys and isinstance(number, int | float) and not isinstance(number, bool):
                return str(key), float(number)
        self._bad(name, value, f"one of {', '.join(keys)} with a number, for example {{{keys[0]}: 0.2}}")
        return None

    def finish(self) -> None:
        """Raises InputError with all that was found."""
        if self._issues:
            raise InputError(self._issues)

    def _unknown(self, name: str, known: tuple[str, ...]) -> Issue:
        where = f"analysis/{self._method}/{name}"
        listed = ", ".join(known)
        return error("analysis/setting-unknown", where, f'"{name}" is not a setting of this method.', f"Use: {listed}.")

    def _bad(self, name: str, value: object, expected: str) -> None:
        where = f"analysis/{self._method}/{name}"
        message = f"expected {expected}; got {value!r}."
        self._issues.append(error("analysis/setting-value", where, message, "Correct the protocol's analysis."))
