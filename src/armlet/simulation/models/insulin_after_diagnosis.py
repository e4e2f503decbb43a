"""The daily insulin dose after a diagnosis of type 1 diabetes: an assumption, since no participant-level source was found.

Dose per kilogram = `without` minus `saved` for each nmol/L of C-peptide AUC mean, with a person's own level and a spread
from day to day; times the weight.
"""

from __future__ import annotations

from collections.abc import Mapping

from armlet.simulation.models import Model, Moment, number
from armlet.simulation.natural_history import auc_mean
from armlet.simulation.subject import Subject


def _value(subject: Subject, moment: Moment, settings: Mapping[str, object]) -> float:
    own = subject.streams.of(subject.participant, "insulin level").standard_normal() * number(
        settings, "between_sd", 0.08
    )
    day = subject.streams.of(subject.participant, "insulin day", moment.visit, str(moment.at)).standard_normal()
    saved = number(settings, "saved", 0.35) * min(auc_mean(subject, moment.months), 1.5)
    per_kg = number(settings, "without", 0.7) - saved + own + day * number(settings, "day_sd", 0.04)
    weight = subject.numbers.get(str(settings.get("weight", "")), number(settings, "weight_if_unknown", 70.0))
    return float(max(per_kg, 0.0) * weight)


METHOD = Model("insulin_after_diagnosis", "assumed; no source found", "[IU]/d", _value)
