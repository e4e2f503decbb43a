"""The protocol and the analysis plan as documents to attach to results: Markdown and HTML, with names and contacts out.

Both are written from the version of the protocol that is in force, so they say what was planned and no result. What was
taken out is listed beside them, by kind and place and never by the words themselves.
"""

from __future__ import annotations

from armlet.export.attached.pages import as_html
from armlet.export.attached.plan import render_plan
from armlet.export.attached.redacting import Removed, names_of, redact
from armlet.export.format import Exported, ExportFormat
from armlet.export.results_form.locked import LockedTrial
from armlet.protocol.prose import render_protocol

SIMULATED_MARK = "SIMULATED-"


def export(trial: LockedTrial) -> Exported:
    """Two documents, each in two spellings, and the list of what was taken out."""
    name = f"{SIMULATED_MARK if trial.data.state.simulated else ''}{trial.protocol.id}"
    documents = {"protocol": render_protocol(trial.protocol), "analysis-plan": render_plan(trial.protocol)}
    files: dict[str, bytes] = {}
    lists: list[str] = []
    for kind, text in documents.items():
        redacted, removed = redact(text, names_of(trial))
        title, _, rest = redacted.partition("\n")
        headed = f"{title}\n\n{_head(trial)}\n{rest}"
        files[f"{name}-{kind}.md"] = headed.encode()
        files[f"{name}-{kind}.html"] = as_html(headed, f"{name} {kind}").encode()
        lists += _listed(kind, removed)
    files[f"{name}-redacted.md"] = _redactions(trial, lists).encode()
    return Exported(files, ())


def _head(trial: LockedTrial) -> str:
    """Which version, of which day: a reader of the registry wants both on the first page."""
    adopted = trial.data.state.course.amendments
    day = adopted[-1].on if adopted else trial.data.state.opened
    lines = [
        trial.marked(""),
        f"Version {trial.protocol.version}, in force since {day.isoformat() if day else 'a day that is not known'}.",
        f"Digest of the protocol: `{trial.protocol.digest()}`.",
    ]
    return "\n\n".join(line for line in lines if line)


def _listed(kind: str, removed: tuple[Removed, ...]) -> list[str]:
    return [f"- {kind}, section {one.section}: {one.what}, {one.times} times" for one in removed]


def _redactions(trial: LockedTrial, lists: list[str]) -> str:
    head = [f"# What was taken out of the documents of {trial.protocol.id}", trial.marked("")]
    rest = [
        "Taken out are names that protocol and ledger hold, addresses of mail, and numbers of telephones.",
        "Names that stand in neither are not known to the program: let somebody read the documents.",
        "\n".join(lists) or "Nothing.",
    ]
    return "\n\n".join(part for part in (*head, *rest) if part) + "\n"


METHOD = ExportFormat(
    description="protocol and analysis plan to attach to results, with names and contacts out: Markdown and HTML",
    export=export,
)
