"""The reports of whoever monitors the product: what they looked at, and what they found."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from armlet.issues import Issue
from armlet.laboratory.answer import refuse
from armlet.laboratory.state import ProductState
from armlet.ledger import product_events as p


def check_visit(state: ProductState, record: p.MonitoringVisitFiled, at: datetime) -> Iterator[Issue]:
    """A number that no other report has, and days that have been."""
    if record.visit in state.visits:
        message = "there is a report with this number; a report that is filed is not written over."
        yield refuse("visit-filed", record.visit, message, "Take the next number.")
    if not record.began <= record.ended <= at.date():
        message = f"the visit was from {record.began} to {record.ended}, and is filed on {at.date()}."
        yield refuse("visit-days", record.visit, message, "Check the days: it ends when it is over, and is filed then.")
