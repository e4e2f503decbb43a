"""How invented people's measurements come about: one model a module, each with a source or said to be an assumption."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from armlet.errors import InputError
from armlet.issues import error
from armlet.plugins import find_methods
from armlet.simulation.subject import Subject


@dataclass(frozen=True, slots=True)
class Moment:
    """When a value arises: months since the intervention (0 before it), the visit, and the minute or day of the sample."""

    months: float
    visit: str
    at: float


@dataclass(frozen=True, slots=True)
class Model:
    """A model of one measure: `value` gives it in `unit` (None: the unit that the settings speak of)."""

    name: str
    source: str
    unit: str | None
    value: Callable[[Subject, Moment, Mapping[str, object]], float]


@lru_cache(maxsize=64)
def load_model(name: str) -> Model:
    """The model of that name. Raises InputError listing those there are."""
    found = {key: model for key, model in find_methods(sys.modules[__name__]).items() if isinstance(model, Model)}
    if name not in found:
        message = f"there is no model {name!r}."
        raise InputError([error("scenario/unknown-model", "models", message, f"Use one of {', '.join(found)}.")])
    return found[name]


def number(settings: Mapping[str, object], name: str, default: float) -> float:
    """A setting as a number. Raises InputError where it is none."""
    value = settings.get(name, default)
    try:
        return float(str(value))
    except ValueError:
        message = f"the setting {name!r} is {value!r}; expected a number."
        raise InputError([error("scenario/setting", "models", message, "Correct the scenario.")]) from None
