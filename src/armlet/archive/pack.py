"""The inspection pack: who worked in which role from when to when, who may see what, who looked, and the audit trail.

It has no arm. Training is what the ledger knows of it: the delegation of a role, with its beginning and its end.
"""

from __future__ import annotations

from collections.abc import Iterator

from armlet.archive.contents import content_of
from armlet.archive.trail import signatures_csv, trail_csv, trail_page
from armlet.conduct.role_matrix import Act, load_matrix
from armlet.conduct.roles import is_blinded, may
from armlet.export.package import TrialData
from armlet.projections.inspection import list_periods, who_looked
from armlet.projections.tables import as_csv
from armlet.protocol.model import Role

_PEOPLE = ("person", "role", "site", "from", "to")
_RIGHTS = ("object", "what", "role", "blinded", "read", "write", "act", "conditions", "only")
_LOOKS = ("entry", "occurred", "actor", "role", "event", "participant", "what", "reason")


def pack_files(data: TrialData) -> dict[str, bytes]:
    """Every file of the pack by name."""
    simulated, entries = data.state.simulated, data.entries
    return {
        "delegations.csv": as_csv(_PEOPLE, _people(data), simulated=simulated).encode(),
        "who_may_see_what.csv": as_csv(_RIGHTS, _rights(data), simulated=simulated).encode(),
        "who_looked.csv": as_csv(_LOOKS, _looks(data), simulated=simulated).encode(),
        "audit_trail.csv": trail_csv(entries, simulated=simulated),
        "audit_trail.html": trail_page(content_of(data), "Audit trail"),
        "signatures.csv": signatures_csv(entries, simulated=simulated),
    }


def _people(data: TrialData) -> Iterator[dict[str, object]]:
    for one in list_periods(data.entries):
        ended = one.ended.isoformat() if one.ended is not None else None
        yield {
            "person": one.person,
            "role": one.role.value,
            "site": one.site,
            "from": one.began.isoformat(),
            "to": ended,
        }


def _rights(data: TrialData) -> Iterator[dict[str, object]]:
    """The matrix under this protocol, as the trial stands: one row for each object and role that has any right."""
    locked = data.state.locked is not None
    for thing, row in load_matrix().items():
        for role in Role:
            rights = {act: may(data.protocol, role, thing, act, locked=locked) for act in Act}
            if any(one.granted for one in rights.values()):
                read = rights[Act.READ]
                yield {
                    "object": thing,
                    "what": row.what,
                    "role": role.value,
                    "blinded": "yes" if is_blinded(data.protocol, role) else "no",
                    **{act.value: "yes" if one.granted else "no" for act, one in rights.items()},
                    "conditions": "; ".join(one.value.replace("_", " ") for one in read.conditions),
                    "only": read.only,
                }


def _looks(data: TrialData) -> Iterator[dict[str, object]]:
    for one in who_looked(data.entries):
        yield {
            "entry": one.entry, "occurred": one.occurred.isoformat(), "actor": one.actor, "role": one.role,
            "event": one.event, "participant": one.participant, "what": one.what, "reason": one.reason,
        }  # fmt: skip
