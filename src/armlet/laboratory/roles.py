"""Who may put what into the product strand: the roles that hold its key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from armlet.issues import Issue
from armlet.laboratory.answer import refuse
from armlet.ledger import product_events as p
from armlet.protocol.model import Role

_LABORATORY: Final = frozenset({Role.CELL_LABORATORY})
_PHARMACY: Final = frozenset({Role.UNBLINDED_PHARMACIST})
_BOTH: Final = _LABORATORY | _PHARMACY
_ALSO_MONITOR: Final = _BOTH | {Role.UNBLINDED_MONITOR}

WHO_MAY: Final[Mapping[type[p.ProductRecord], frozenset[Role]]] = MappingProxyType({
    p.ProductStrandOpened: _BOTH,
    p.SupplyReceived: _BOTH,
    p.SupplyRecalled: _BOTH,
    p.DonorRegistered: _LABORATORY,
    p.DonorConsented: _LABORATORY,
    p.DonorConsentWithdrawn: _LABORATORY,
    p.DonorScreened: _LABORATORY,
    p.DonorTested: _LABORATORY,
    p.DonorDetermined: _LABORATORY,
    p.DonorReported: _BOTH,
    p.Collected: _LABORATORY,
    p.HandedOver: _BOTH,
    p.StabilityDecided: _LABORATORY,
    p.CollectionReceived: _LABORATORY,
    p.CultureStarted: _LABORATORY,
    p.CulturePassaged: _LABORATORY,
    p.CultureEnded: _LABORATORY,
    p.LotFilled: _BOTH,
    p.Repacked: _BOTH,
    p.Relabelled: _BOTH,
    p.LotTested: _LABORATORY,
    p.LotCertified: _LABORATORY,
    p.ExceptionEvaluated: _LABORATORY,
    p.ExceptionRequested: _BOTH,
    p.ExceptionExplained: _BOTH,
    p.ExceptionNotified: _BOTH,
    p.PreparationOrdered: _PHARMACY,
    p.PreparationIssued: _BOTH,
    p.SitePrepared: _PHARMACY,
    p.BedsideChecked: _PHARMACY,
    p.ProductInfused: _PHARMACY,
    p.ProductFailed: _BOTH,
    p.LeftOver: _BOTH,
    p.ContainerDestroyed: _BOTH,
    p.StockCounted: _ALSO_MONITOR,
    p.MonitoringVisitFiled: frozenset({Role.UNBLINDED_MONITOR}),
    p.RecallClosed: _BOTH,
})  # fmt: skip


def check_role(record: p.ProductRecord, actor: str, role: Role) -> Iterator[Issue]:
    """A named person in a role that may."""
    if not actor.strip():
        yield refuse("nobody", record.kind, "nobody is named.", "Say who records this.")
    may = WHO_MAY[type(record)]
    if role not in may:
        who = " or ".join(sorted(one.value.replace("_", " ") for one in may))
        message = f"{role.value.replace('_', ' ')} may not record this; {who} may."
        yield refuse("role", record.kind, message, "Ask somebody in that role.")
