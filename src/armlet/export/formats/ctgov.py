"""The study with its results for ClinicalTrials.gov: as its v2 API spells it, as its upload document, and what to mend.

Five files: ``…-study.json``, ``…-prs.xml`` (which replaces the whole record in the registry's system), ``…-notes.md``,
``…-review.md``, the list of what a reviewer of the registry would send back, and ``…-answers.yaml``, in which people fill
in what no trial holds.
"""

from __future__ import annotations

import json
from typing import Final

from armlet.export.format import Exported, ExportFormat
from armlet.export.prs.write import write_prs
from armlet.export.results_form.adverse_events import spell_terms
from armlet.export.results_form.answers import render_answers
from armlet.export.results_form.compose import FilledForm, fill_form
from armlet.export.results_form.locked import SIMULATED, LockedTrial
from armlet.export.results_form.notes import render_notes
from armlet.export.results_form.review import render_review
from armlet.registry.review import Submission, review

SIMULATED_MARK: Final = "SIMULATED-"


def export(trial: LockedTrial) -> Exported:
    """The study record, its upload document, and the notes that say what is to be filled in and looked at."""
    form = fill_form(trial)
    is_simulated = trial.data.state.simulated
    name = f"{SIMULATED_MARK if is_simulated else ''}{trial.protocol.id}"
    upload = write_prs(form.record, form.results)
    submission = Submission(form.record.protocol_section, form.results, frozenset(trial.data.state.participants))
    found = (*review(submission), *upload.issues)
    files = {
        f"{name}-study.json": _as_json(form),
        f"{name}-prs.xml": upload.xml,
        f"{name}-notes.md": render_notes(trial, form, f"{name}-study.json").encode(),
        f"{name}-review.md": render_review(name, found, SIMULATED if is_simulated else "").encode(),
        f"{name}-answers.yaml": _to_answer(trial, name).encode(),
    }
    return Exported(files, form.issues, found)


def _to_answer(trial: LockedTrial, name: str) -> str:
    head = trial.marked(f"What the results form asks and the trial does not hold ({trial.protocol.id}).")
    how = f"Fill it in and export again with: --answers {name}-answers.yaml"
    return render_answers(trial.answers, frozenset(spell_terms(trial).values()), f"{head}\n{how}")


def _as_json(form: FilledForm) -> bytes:
    return (json.dumps(form.record.as_json(), indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


METHOD = ExportFormat(
    description="the study with its results for ClinicalTrials.gov: v2 JSON, upload XML (PRS), notes, review, answers",
    export=export,
)
