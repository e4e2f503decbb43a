"""One module for each thing that somebody may look at in a trial; each offers one ``METHOD``, and none imports another.

A view is made from what has no arm in it. Who is served stands in one place (`is_served`): nobody but those named there.
To add a view, add a module: `armlet view`, the rehearsal and the test that swaps the arms find it by themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from armlet.protocol.model import Protocol, Role
from armlet.report.content import BlindedContent


@dataclass(frozen=True)
class View:
    """Something to look at: `object` is the row of the role matrix that says who may, `file` where it is written.

    `needs_whole`: whoever may see the object in part only is not served. `is_of_today`: shows the trial as it
    stands; every other view of a locked trial shows it as it was locked.
    """

    id: str
    object: str
    label: str
    file: str
    render: Callable[[BlindedContent, Role], bytes]
    needs_whole: bool = False
    is_of_today: bool = False


def find_views() -> Mapping[str, View]:
    """Every view by its id, in alphabetical order."""
    from armlet.plugins import find_methods
    from armlet.report import views

    found = [view for view in find_methods(views).values() if isinstance(view, View)]
    return {view.id: view for view in found}


def render_view(view: View, locked: BlindedContent, today: BlindedContent, role: Role) -> bytes:
    """The bytes of a view for a role: of the trial as it was locked, or as it stands, whichever the view shows."""
    return view.render(today if view.is_of_today else locked, role)


# --- Who is served (a stand-in for the role matrix; replaced from here to the end) ------------------------------------

_MONITORS: Final = frozenset({Role.MONITOR, Role.DATA_MANAGER})
_SITE: Final = frozenset({Role.INVESTIGATOR, Role.SITE_COORDINATOR})
_TEAM: Final = _SITE | _MONITORS | {Role.TRIAL_STATISTICIAN, Role.SPONSOR, Role.INSPECTOR}
_WHOLE: Final[Mapping[str, frozenset[Role]]] = {
    "randomisation_status": _TEAM | {
        Role.CARE_PROVIDER, Role.CELL_LABORATORY, Role.UNBLINDED_PHARMACIST, Role.RANDOMISATION_STATISTICIAN,
        Role.SAFETY_BOARD, Role.UNBLINDED_MONITOR, Role.CODE_BREAK_HOLDER,
    },
    "ready_for_infusion": _TEAM | {
        Role.CARE_PROVIDER, Role.CELL_LABORATORY, Role.UNBLINDED_PHARMACIST, Role.SAFETY_BOARD, Role.UNBLINDED_MONITOR,
        Role.CODE_BREAK_HOLDER,
    },
    "other_results": _TEAM | {Role.CARE_PROVIDER, Role.OUTCOME_ASSESSOR, Role.CODE_BREAK_HOLDER},
    "adverse_events": _TEAM | {Role.CARE_PROVIDER, Role.CODE_BREAK_HOLDER},
    "exports": frozenset({Role.INSPECTOR}),
    "audit_trail": frozenset({Role.INSPECTOR}),
    "protocol": _TEAM,
    "accounts": frozenset({Role.INVESTIGATOR, Role.SPONSOR, Role.SYSTEM_ADMINISTRATOR, Role.INSPECTOR}),
    "who_looked": frozenset(
        {Role.RANDOMISATION_STATISTICIAN, Role.SAFETY_BOARD, Role.CODE_BREAK_HOLDER, Role.INSPECTOR}
    ),
}  # fmt: skip
_IN_PART: Final[Mapping[str, frozenset[Role]]] = {
    "randomisation_status": frozenset({Role.SYSTEM_ADMINISTRATOR}),
    "exports": _TEAM,
    "audit_trail": _TEAM | {Role.CARE_PROVIDER, Role.OUTCOME_ASSESSOR, Role.SYSTEM_ADMINISTRATOR},
    "who_looked": frozenset({Role.SPONSOR}),
}


def is_served(protocol: Protocol, role: Role, view: View) -> bool:
    """Whether the role may see this view in a trial under this protocol. Who is not named is not served."""
    if role in _WHOLE.get(view.object, frozenset()):
        return True
    return not view.needs_whole and role in _IN_PART.get(view.object, frozenset())
