"""The sealed sheets for when the server is down: one for each slot still free, and how a used one is entered afterwards.

A sheet says what the server would have drawn, so that entering it is drawing it: the slot comes from the seed, never from
the paper. There are sheets only where there is one list: with factors nobody knows beforehand who comes next.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from html import escape

from armlet.allocation.allocator import VaultAllocator, number_preparation, refuse_quarantined, slot_of
from armlet.allocation.commitment import list_arms
from armlet.allocation.scheme import planned_slots
from armlet.allocation.vault import Vault, VaultMoved, Writer
from armlet.conduct.state import TrialState
from armlet.errors import InputError, RefusedError
from armlet.issues import Issue, error


@dataclass(frozen=True, slots=True)
class Sheet:
    """One slot on paper: its number, the preparation that it means, and the arm."""

    number: int
    preparation: str
    arm: str

    def __repr__(self) -> str:
        return f"Sheet({self.number}, not shown)"


def list_sheets(vault: Vault, slots: int) -> tuple[Sheet, ...]:
    """A sheet for each slot not yet used, up to `slots` (or the planned number, where the method has one).

    Raises InputError for a scheme with factors, RefusedError for a vault that was restored and is not reconciled.
    """
    refuse_quarantined(vault)
    scheme, used = replace(vault.scheme(), people=()), vault.last_slot()
    if scheme.factors:
        message = "the arms are balanced over factors: what comes next depends on who comes, and no sheet can say it."
        fix = "Allocate when the server is back, or by telephone through whoever holds the vault."
        raise InputError([error("vault/no-sheets", "the vault", message, fix)])
    arms = list_arms(scheme, bytes.fromhex(vault.opening().seed), planned_slots(scheme) or slots)
    numbered = enumerate(arms[used:], start=used + 1)
    return tuple(Sheet(number, number_preparation(number), scheme.arms[arm]) for number, arm in numbered)


def render_sheets(trial: str, sheets: tuple[Sheet, ...], *, simulated: bool) -> str:
    """The sheets as a page of HTML for printing, one on each leaf: outside the number, inside, folded, the arm."""
    mark = "<p class='mark'>SIMULATED</p>" if simulated else ""
    leaves = "".join(
        f"<section>{mark}<h1>{escape(trial)}: sheet {sheet.number}</h1>"
        "<p>Open only when the server cannot be reached, and only if every sheet with a lower number was used.</p>"
        "<p>Opened for participant ____________ by ____________ on ____________ at ______ because ____________</p>"
        "<hr><p class='inside'>Fold this half inside and seal.</p>"
        f"<p class='inside'>Preparation <b>{escape(sheet.preparation)}</b>. Arm <b>{escape(sheet.arm)}</b>.</p></section>"
        for sheet in sheets
    )
    style = (
        "body{font:16px sans-serif}section{break-after:page;padding:2cm}hr{border-top:1px dashed;margin:4cm 0 1cm}"
        ".inside{margin:1cm 0}.mark{font-weight:bold}"
    )
    head = f"<title>Sealed sheets</title><style>{style}</style>"
    return f"<!doctype html><html lang='en'><head><meta charset='utf-8'>{head}</head><body>{leaves}</body></html>\n"


def enter_sheet(vault: Vault, writer: Writer, state: TrialState, sheet: int, participant: str) -> str:
    """Enters a used sheet: the participant gets its slot, drawn from the seed. The number of the preparation.

    Raises RefusedError, with nothing written, for a sheet used out of order, a participant who has another slot, and one
    for whom the ledger has no request. A sheet that was entered already is answered again.
    """
    allocator = VaultAllocator(vault, lambda: writer)
    while True:
        vault.look_again()
        refusals = tuple(_refuse(vault, state, sheet, participant))
        if refusals:
            raise RefusedError(refusals)
        try:
            return allocator.take_next(participant, state.participants[participant].request, {})
        except VaultMoved:
            continue


def _refuse(vault: Vault, state: TrialState, sheet: int, participant: str) -> Iterator[Issue]:
    assigned, following = vault.assignments(), vault.last_slot() + 1
    has_slot = [one.slot for one in assigned if one.participant == participant]
    if has_slot == [sheet]:
        return
    if has_slot:
        message = f"has slot {has_slot[0]} already; sheet {sheet} was opened for nothing."
        fix = "Keep the sheet, report a deviation, and tell the randomisation statistician: its slot is known now."
        yield error("vault/allocated-twice", participant, message, fix)
    if sheet != following:
        message = f"sheet {sheet} was used, and the next slot is {following}: used out of order."
        fix = f"Enter sheet {following} first, if it was used; else report a deviation. No sheet is entered as another."
        yield error("vault/out-of-order", participant, message, fix)
    known = max((slot_of(one.preparation) or 0 for one in state.randomised()), default=0)
    if known >= following:
        message = f"the ledger has {number_preparation(known)}, the vault ends at slot {following - 1}: an older copy."
        yield error("vault/older-copy", "the vault", message, "Reconcile it first: `armlet vault reconcile --help`.")
    one = state.participants.get(participant)
    if one is None or not one.request:
        message = "the ledger has no request for an allocation."
        yield error("vault/no-request", participant, message, "Record the request first, with the time of the sheet.")
