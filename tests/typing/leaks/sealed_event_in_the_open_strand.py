"""A sealed event in the open strand: in an entry, in a decision, in a store."""

from datetime import datetime

from armlet.allocation.sealed_strand import SealedEntry
from armlet.conduct.decide import Accepted
from armlet.ledger.entry import Entry
from armlet.ledger.sealed import ArmAssigned
from armlet.ledger.stores import Store
from armlet.protocol.model import Role


def write(assigned: ArmAssigned, sealed: SealedEntry, store: Store, now: datetime) -> Accepted:
    Entry(
        seq=1,
        occurred=now,
        recorded=now,
        actor="Ada",
        role=Role.INVESTIGATOR,
        protocol="",
        event=assigned,  # expect: arg-type
        previous="",
    )
    store.append([sealed], expected_seq=0)  # expect: list-item
    return Accepted((assigned,))  # expect: arg-type
