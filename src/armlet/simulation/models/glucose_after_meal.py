"""Glucose during a mixed-meal test, in type 1 diabetes."""

from __future__ import annotations

from collections.abc import Mapping

from armlet.simulation.models import Model, Moment
from armlet.simulation.natural_history import glucose
from armlet.simulation.subject import Subject


def _value(subject: Subject, moment: Moment, _settings: Mapping[str, object]) -> float:
    return glucose(subject, moment.visit, moment.at)


METHOD = Model("glucose_after_meal", "aggregates of control arms of six trials (see the data file)", "mg/dL", _value)
