"""C-peptide during a mixed-meal test, after a diagnosis of type 1 diabetes."""

from __future__ import annotations

from collections.abc import Mapping

from armlet.simulation.models import Model, Moment
from armlet.simulation.natural_history import concentration
from armlet.simulation.subject import Subject


def _value(subject: Subject, moment: Moment, _settings: Mapping[str, object]) -> float:
    return concentration(subject, moment.months, moment.visit, moment.at)


METHOD = Model(
    "c_peptide_after_diagnosis", "aggregates of control arms of six trials (see the data file)", "nmol/L", _value
)
