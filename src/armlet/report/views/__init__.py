"""One module for each thing that somebody may look at in a trial; each offers one ``METHOD``, and none imports another.

A view is made from what has no arm in it. Who is served stands in one place (`is_served`): nobody but those named there.
To add a view, add a module: `armlet view`, the rehearsal and the test that swaps the arms find it by themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from armlet.conduct.role_matrix import Act, Condition
from armlet.conduct.roles import may
from armlet.protocol.model import Protocol, Role
from armlet.report.content import BlindedContent


@dataclass(frozen=True)
class View:
    """Something to look at: `object` is the row of the role matrix that says who may, `file` where it is written.

    `needs_whole`: whoever may see the object in part only is not served. `is_of_today`: shows the trial as it
    stands; every other view of a locked trial shows it as it was locked. `narrows`: it shows a role whose right is narrowed
    in words only so much.
    """

    id: str
    object: str
    label: str
    file: str
    render: Callable[[BlindedContent, Role], bytes]
    needs_whole: bool = False
    is_of_today: bool = False
    narrows: bool = False


def find_views() -> Mapping[str, View]:
    """Every view by its id, in alphabetical order."""
    from armlet.plugins import find_methods
    from armlet.report import views

    found = [view for view in find_methods(views).values() if isinstance(view, View)]
    return {view.id: view for view in found}


def render_view(view: View, locked: BlindedContent, today: BlindedContent, role: Role) -> bytes:
    """The bytes of a view for a role: of the trial as it was locked, or as it stands, whichever the view shows."""
    return view.render(today if view.is_of_today else locked, role)


def is_served(protocol: Protocol, role: Role, view: View, *, locked: bool = False) -> bool:
    """Whether the role may see this view in a trial under this protocol, by the role matrix.

    A view shows everybody's: whose right is narrowed to their own, to their lots, to a session or by words is not served.
    """
    permission = may(protocol, role, view.object, Act.READ, locked=locked)
    if not permission.granted or (permission.only and not view.narrows) or _NARROWER & set(permission.conditions):
        return False
    return not (view.needs_whole and Condition.BLINDED_FORM in permission.conditions)


_NARROWER: Final = frozenset({Condition.OWN, Condition.OWN_LOTS, Condition.CLOSED_SESSION, Condition.UNDER_WARRANT})
