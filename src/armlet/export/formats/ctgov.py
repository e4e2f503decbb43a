"""The study with its results as the ClinicalTrials.gov v2 API spells it: one JSON document, and notes for people."""

from __future__ import annotations

import json
from typing import Final

from armlet.export.format import Exported, ExportFormat
from armlet.export.results_form.compose import FilledForm, fill_form
from armlet.export.results_form.locked import LockedTrial
from armlet.export.results_form.notes import render_notes

SIMULATED_MARK: Final = "SIMULATED-"


def export(trial: LockedTrial) -> Exported:
    """The study record, and the notes that say what is to be filled in and looked at before anything is posted."""
    form = fill_form(trial)
    mark = SIMULATED_MARK if trial.data.state.simulated else ""
    study, notes = f"{mark}{trial.protocol.id}-study.json", f"{mark}{trial.protocol.id}-notes.md"
    return Exported({study: _as_json(form), notes: render_notes(trial, form, study).encode()}, form.issues)


def _as_json(form: FilledForm) -> bytes:
    return (json.dumps(form.record.as_json(), indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


METHOD = ExportFormat(
    description="the study with its results as the ClinicalTrials.gov v2 API spells it, in JSON", export=export
)
