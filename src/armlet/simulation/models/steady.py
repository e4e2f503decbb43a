"""A measure that stays about where it is: a person's own level, a drift by the month, and a spread from time to time."""

from __future__ import annotations

from collections.abc import Mapping

from armlet.simulation.models import Model, Moment, number
from armlet.simulation.subject import Subject


def _value(subject: Subject, moment: Moment, settings: Mapping[str, object]) -> float:
    drawn = subject.numbers.get(str(settings.get("person", "")))
    rng = subject.streams.of(subject.participant, "level", str(settings.get("name", "")))
    level = (
        drawn
        if drawn is not None
        else number(settings, "mean", 1.0) + number(settings, "between_sd", 0.1) * rng.standard_normal()
    )
    when = subject.streams.of(subject.participant, "time", str(settings.get("name", "")), moment.visit, str(moment.at))
    drift = number(settings, "each_month", 0.0) * moment.months
    value = level + drift + number(settings, "within_sd", 0.0) * when.standard_normal()
    return float(min(max(value, number(settings, "lowest", 0.0)), number(settings, "highest", 1e9)))


METHOD = Model("steady", "assumed", None, _value)
