"""What each estimator says of itself, for whoever chooses one: its source, its settings with defaults, what it needs."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterator
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from enum import StrEnum
from typing import Any, get_args, get_type_hints

from armlet.analysis import methods
from armlet.analysis.catalogue import load_method, method_names
from armlet.analysis.method import Method


@dataclass(frozen=True, slots=True)
class SettingDescription:
    """One setting: its name, what it may be, and the default in words; None where it must be given."""

    name: str
    expected: str
    default: str | None


@dataclass(frozen=True, slots=True)
class MethodDescription:
    """An estimator in words; `about` and `estimates` are Markdown."""

    name: str
    label: str
    source: str
    about: str
    estimates: str
    settings_in_words: str
    settings: tuple[SettingDescription, ...]
    compares_arms: bool
    also_one_arm: bool
    replays_allocation: bool

    @property
    def needs(self) -> str:
        """What it needs beside outcomes."""
        arms = "two arms, one of them the reference" if self.compares_arms else "one arm"
        arms += ", or one arm alone" if self.also_one_arm else ""
        return arms + ("; how the arms were allocated, and everybody's slot" if self.replays_allocation else "")

    def as_json(self) -> dict[str, object]:
        """A JSON object; a default of null is a setting that must be given or is none."""
        return {
            "name": self.name,
            "label": self.label,
            "source": self.source,
            "needs": self.needs,
            "about": self.about,
            "settings": [{"name": one.name, "expected": one.expected, "default": one.default} for one in self.settings],
        }


def describe_methods() -> tuple[MethodDescription, ...]:
    """Every estimator of the catalogue, in alphabetical order."""
    return tuple(describe_method(name) for name in method_names())


def describe_method(name: str) -> MethodDescription:
    """One estimator. Raises InputError where there is none of that name."""
    method = load_method(name)
    module = importlib.import_module(f"{methods.__name__}.{name}")
    kind = _settings_of(method)
    words = inspect.getdoc(kind) if kind is not None else ""
    return MethodDescription(
        name=method.name,
        label=method.label,
        source=method.source,
        about=as_markdown(inspect.getdoc(module) or ""),
        estimates=as_markdown(inspect.getdoc(method.estimate) or ""),
        settings_in_words="" if (words or "").startswith("Settings(") else as_markdown(words or ""),
        settings=_settings(kind) if kind is not None else (),
        compares_arms=method.compares_arms,
        also_one_arm=method.also_one_arm,
        replays_allocation=method.replays_allocation,
    )


def _settings_of(method: Method[object]) -> type[Any] | None:
    """The class that `parse` answers with; None where it is no dataclass."""
    kind = get_type_hints(method.parse).get("return")
    return kind if isinstance(kind, type) and is_dataclass(kind) else None


def _settings(kind: type[Any]) -> tuple[SettingDescription, ...]:
    return tuple(_each_setting(kind, None))


def _each_setting(kind: type[Any], given: object) -> Iterator[SettingDescription]:
    """The fields, those of a field that is a group of settings in its place; `given` is the group with its defaults."""
    hints = get_type_hints(kind)
    for one in fields(kind):
        hint, value = hints[one.name], _default(one) if given is None else getattr(given, one.name)
        if isinstance(hint, type) and is_dataclass(hint):
            yield from _each_setting(hint, value)
        else:
            yield SettingDescription(one.name, _expected(hint), _in_words(value))


def _expected(hint: Any) -> str:
    inner = [one for one in get_args(hint) if one is not type(None)]
    if inner and not isinstance(hint, type):
        return " or ".join(_expected(one) for one in inner)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return ", ".join(member.value for member in hint)
    return {float: "a number", int: "a whole number", str: "text", bool: "true or false"}.get(hint, "as described")


def _default(one: Field[Any]) -> object:
    if one.default is MISSING and one.default_factory is not MISSING:
        return one.default_factory()
    return one.default if one.default is not MISSING else None


def _in_words(value: object) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None or value == () else str(value)


def as_markdown(docstring: str) -> str:
    """A docstring as Markdown: paragraphs on one line each, and ``code`` in single marks."""
    paragraphs = re.split(r"\n\s*\n", docstring.replace("``", "`"))
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
