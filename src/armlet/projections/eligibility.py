"""The criteria and how many participants met each, as screened last."""

from __future__ import annotations

from dataclasses import dataclass

from armlet.conduct.state import TrialState
from armlet.protocol.criteria import CriterionKind
from armlet.protocol.model import Protocol


@dataclass(frozen=True, slots=True)
class CriterionRow:
    """One criterion, and the verdicts of everybody who was screened."""

    id: str
    kind: CriterionKind
    says: str
    met: int
    not_met: int
    unknown: int


def tabulate_eligibility(protocol: Protocol, state: TrialState) -> tuple[CriterionRow, ...]:
    """One row for each criterion in the protocol's order."""
    rows = []
    for criterion in protocol.criteria:
        verdicts = [one.criteria.get(criterion.id) for one in state.participants.values() if one.criteria]
        counts = (verdicts.count("met"), verdicts.count("not met"), verdicts.count("unknown"))
        rows.append(CriterionRow(criterion.id, criterion.kind, criterion.says, *counts))
    return tuple(rows)
