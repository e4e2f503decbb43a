"""Users and places: who entered data, without anybody's name, in which role and where."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from armlet.export.prs.node import Node
from armlet.export.results_form.locked import LockedTrial

SPONSOR_PLACE: Final = "LOC.SPONSOR"
"""Where entries stand that belong to no site. Not in the form of a site's, whose names are in small letters."""
_TYPES: Final = {"investigator": "Investigator", "sponsor": "Sponsor"}


def list_authors(trial: LockedTrial) -> dict[tuple[str, str], str]:
    """The user's id of everybody who wrote an entry in a role, numbered by their first entry."""
    pairs = dict.fromkeys((one.entry.actor, one.entry.role.value) for one in trial.data.entries)
    return {pair: f"USR.{number:03d}" for number, pair in enumerate(pairs, start=1)}


def admin_data(trial: LockedTrial, authors: Mapping[tuple[str, str], str]) -> Node:
    """The users by number, with their role, and the places."""
    users = [
        Node(
            "User",
            children=(Node("DisplayName", f"{oid} ({role.replace('_', ' ')})"),),
            attributes=(("OID", oid), ("UserType", _TYPES.get(role, "Other"))),
        )
        for (_, role), oid in authors.items()
    ]
    places = [(place_of(site.id), site.name, "Site") for site in trial.protocol.organisation.sites]
    places.append((SPONSOR_PLACE, trial.protocol.organisation.sponsor, "Sponsor"))
    return Node(
        "AdminData",
        children=(*users, *(_place(trial, *place) for place in places)),
        attributes=(("StudyOID", study_oid(trial)),),
    )


def _place(trial: LockedTrial, oid: str, name: str, kind: str) -> Node:
    effective = (trial.data.state.opened or trial.data.as_of).isoformat()
    reference = Node(
        "MetaDataVersionRef",
        attributes=(
            ("StudyOID", study_oid(trial)),
            ("MetaDataVersionOID", version_oid(trial)),
            ("EffectiveDate", effective),
        ),
    )
    return Node("Location", children=(reference,), attributes=(("OID", oid), ("Name", name), ("LocationType", kind)))


def place_of(site: str) -> str:
    """The id of a site's place."""
    return f"LOC.{site}"


def study_oid(trial: LockedTrial) -> str:
    """The id of the trial, which says so where it is simulated."""
    return f"{'SIMULATED.' if trial.data.state.simulated else ''}{trial.protocol.id}"


def version_oid(trial: LockedTrial) -> str:
    """The id of the metadata: that of the protocol's version."""
    return f"MDV.{trial.protocol.version}"
