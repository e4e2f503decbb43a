"""Glycated haemoglobin after a diagnosis of type 1 diabetes."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from armlet.simulation.models import Model, Moment
from armlet.simulation.natural_history import hba1c_percent
from armlet.simulation.subject import Subject
from armlet.units import ngsp_from_ifcc


def _value(subject: Subject, moment: Moment, _settings: Mapping[str, object]) -> float:
    """In mmol/mol: the NGSP master equation, inverted through two of its own points."""
    at_0, at_100 = float(ngsp_from_ifcc(Decimal(0))), float(ngsp_from_ifcc(Decimal(100)))
    return (hba1c_percent(subject, moment.months, moment.visit) - at_0) * 100 / (at_100 - at_0)


METHOD = Model(
    "hba1c_after_diagnosis", "aggregates of control arms of six trials (see the data file)", "mmol/mol", _value
)
