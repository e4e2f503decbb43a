"""Which role may ask for what, and which viewpoint it has: not listed is refused, not named is blinded.

Decision record 0003 tells why the viewpoint is a type at the door and not a question asked on every page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from armlet.conduct import commands as c
from armlet.protocol.model import Protocol, Role

_SITE: Final = frozenset({Role.INVESTIGATOR, Role.SITE_COORDINATOR})
_BEDSIDE: Final = _SITE | {Role.CARE_PROVIDER, Role.OUTCOME_ASSESSOR}
_TRIAL: Final = frozenset({Role.SPONSOR})
_PREPARATION: Final = frozenset({Role.UNBLINDED_PHARMACIST, Role.CELL_LABORATORY})

MAY: Final[dict[type[c.Command], frozenset[Role]]] = {
    c.OpenTrial: _TRIAL | {Role.DATA_MANAGER},
    c.CommitAllocation: frozenset({Role.RANDOMISATION_STATISTICIAN}),
    c.PublishSealingKey: frozenset({Role.RANDOMISATION_STATISTICIAN}),
    c.ReleaseWords: frozenset({Role.UNBLINDED_MONITOR, Role.RANDOMISATION_STATISTICIAN}),
    c.Suspend: _TRIAL | {Role.INVESTIGATOR, Role.SAFETY_BOARD},
    c.Resume: _TRIAL,
    c.Terminate: _TRIAL,
    c.Complete: _TRIAL,
    c.Lock: frozenset({Role.DATA_MANAGER}),
    c.GrantWarrant: frozenset({Role.CODE_BREAK_HOLDER, Role.SAFETY_UNIT, Role.RANDOMISATION_STATISTICIAN}),
    c.Redact: frozenset({Role.DATA_MANAGER}),
    c.RecordRead: frozenset({Role.CODE_BREAK_HOLDER, Role.SAFETY_UNIT, Role.RANDOMISATION_STATISTICIAN}),
    c.ReportUnblinding: frozenset(Role),
    c.Identify: _SITE,
    c.GiveConsent: _SITE,
    c.Screen: frozenset({Role.INVESTIGATOR}),
    c.Rescreen: frozenset({Role.INVESTIGATOR}),
    c.Enrol: frozenset({Role.INVESTIGATOR}),
    c.CertifyProduct: _PREPARATION,
    c.RequestRandomisation: _SITE,
    c.ConfirmRandomisation: frozenset({Role.RANDOMISATION_STATISTICIAN}),
    c.MovePreparation: _PREPARATION,
    c.ReleasePreparation: _PREPARATION,
    c.Administer: frozenset({Role.CARE_PROVIDER, Role.INVESTIGATOR}),
    c.CancelAdministration: _PREPARATION | {Role.INVESTIGATOR},
    c.HoldVisit: _BEDSIDE,
    c.MissVisit: _BEDSIDE,
    c.HoldUnscheduledVisit: _BEDSIDE,
    c.DoActivity: _BEDSIDE,
    c.RecordResult: _BEDSIDE,
    c.RecordMissing: _BEDSIDE,
    c.CorrectResult: _BEDSIDE,
    c.GiveGuess: _BEDSIDE | {Role.TREATING_PHYSICIAN, Role.MONITOR, Role.DATA_MANAGER},
    c.ReportAdverseEvent: _BEDSIDE,
    c.RecordDeviation: _BEDSIDE | {Role.MONITOR},
    c.Withdraw: _SITE,
    c.LoseToFollowUp: _SITE,
    c.EndFollowUp: _SITE,
}


def is_permitted(role: Role, command: c.Command) -> bool:
    """Whether the role may ask for this kind of thing at all."""
    return role in MAY.get(type(command), frozenset())


@dataclass(frozen=True, slots=True)
class BlindedViewpoint:
    """Sees projections, which have no arm."""

    role: Role


@dataclass(frozen=True, slots=True)
class UnblindedViewpoint:
    """May be shown what the vault holds, under a warrant."""

    role: Role


Viewpoint = BlindedViewpoint | UnblindedViewpoint


def viewpoint(protocol: Protocol, role: Role) -> Viewpoint:
    """The viewpoint that the protocol gives a role; one that it does not name is blinded."""
    if role in protocol.blinding.unblinded:
        return UnblindedViewpoint(role)
    return BlindedViewpoint(role)
