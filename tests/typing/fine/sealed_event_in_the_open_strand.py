"""An open event in the open strand."""

from datetime import datetime

from armlet.conduct.decide import Accepted
from armlet.ledger.entry import Entry
from armlet.ledger.events import Randomised
from armlet.ledger.stores import Store
from armlet.protocol.model import Role


def write(randomised: Randomised, store: Store, now: datetime) -> Accepted:
    entry = Entry(
        seq=1,
        occurred=now,
        recorded=now,
        actor="Ada",
        role=Role.INVESTIGATOR,
        protocol="",
        event=randomised,
        previous="",
    )
    store.append([entry], expected_seq=0)
    return Accepted((randomised,))
