"""`armlet vault reconcile`: a restored vault is held against the newest ledger and the papers before it gives a slot."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from armlet.cli.inputs import read_bytes
from armlet.cli.output import Output
from armlet.cli.vault_key import open_vault
from armlet.errors import ExitCode, InputError, LedgerBroken, RefusedError, UsageError
from armlet.issues import error

if TYPE_CHECKING:
    from armlet.allocation.reconcile import Plan
    from armlet.cli.keyring import Deeds
    from armlet.conduct.state import TrialState
    from armlet.ledger.sealed import ArmAssigned


def add_reconcile(deeds: Deeds) -> argparse.ArgumentParser:
    """``vault reconcile``."""
    deed = deeds.add_parser("reconcile", help="let a restored vault give slots again, none of them twice")
    deed.add_argument("trial", metavar="TRIAL", type=Path, help="a trial folder")
    deed.add_argument("--ledger", metavar="FILE", type=Path, required=True, help="the newest open strand there is")
    deed.add_argument(
        "--last-preparation", metavar="NUMBER", required=True, help='highest on any label or form: PREP-007, or "none"'
    )
    deed.add_argument(
        "--held", metavar="NUMBER=P", action="append", default=[], help="whose preparation it was, by the papers"
    )
    deed.add_argument("--burn", metavar="N", type=int, default=0, help="so many slots are to be lost, for ever")
    deed.add_argument(
        "--anchor", metavar="FILE", type=Path, action="append", default=[], help="a signed head of the ledger"
    )
    deed.add_argument("--public-key", metavar="FILE", type=Path, help="the key that must have signed the anchors")
    deed.add_argument("--by", metavar="NAME", required=True, help="who reconciles")
    return deed


def reconcile(arguments: argparse.Namespace, out: Output) -> ExitCode:
    """Plans, refuses to lose slots that nobody said, and writes. Raises RefusedError, InputError, LedgerBroken."""
    from armlet.allocation.reconcile import plan_reconciliation
    from armlet.allocation.reconcile import reconcile as write
    from armlet.allocation.vault import Writer
    from armlet.studytime import SystemClock

    last = 0 if arguments.last_preparation == "none" else _read_slot(arguments.last_preparation, "--last-preparation")
    held = _read_held(arguments.held)
    state, vault = _read_state(arguments), open_vault(arguments)
    plan = plan_reconciliation(vault, state, last, held)
    _refuse_unsaid(plan, arguments.burn)
    if plan.events or vault.is_quarantined:
        write(vault, Writer(arguments.by, SystemClock().now()), plan)
    out.answer(_document(plan), lambda: _in_words(plan))
    return ExitCode.DONE


def _read_slot(text: str, option: str) -> int:
    from armlet.allocation.allocator import slot_of

    slot = slot_of(text)
    if slot is None:
        raise UsageError([error("usage", option, f"{text!r} is no preparation's number; expected one like PREP-007.")])
    return slot


def _read_held(pairs: list[str]) -> dict[int, str]:
    held: dict[int, str] = {}
    for pair in pairs:
        number, _, who = pair.partition("=")
        slot = _read_slot(number, "--held")
        if not who or slot in held:
            message = f"{pair!r}: expected each preparation once, with its participant: PREP-009=P09."
            raise UsageError([error("usage", "--held", message)])
        held[slot] = who
    return held


def _read_state(arguments: argparse.Namespace) -> TrialState:
    """The state after the ledger, which must be whole, of the protocol, and hold every anchor."""
    from armlet.cli.verify import read_against
    from armlet.conduct.state import fold
    from armlet.ledger.anchor import check_anchors
    from armlet.ledger.chain import verify
    from armlet.protocol.load import load_trial, load_versions

    against = read_against(None, arguments.anchor, arguments.public_key)
    found = verify(read_bytes(str(arguments.ledger), "vault"), *against.heads)
    breaks = (*found.breaks, *check_anchors(found.entries, against.anchors, against.public))
    if breaks:
        raise LedgerBroken(f"{arguments.ledger}: {breaks[0]}")
    trial = load_trial(arguments.trial)
    versions = {"", *(one.digest() for one in load_versions(trial.folder))}
    state = fold(found.entries)
    if state.protocol_digest not in versions or state.trial != trial.protocol.id:
        message = "this is not the ledger of this trial's protocol."
        raise InputError([error("vault/other-protocol", str(arguments.ledger), message, "Name the two that belong.")])
    return state


def _refuse_unsaid(plan: Plan, burn: int) -> None:
    lost = [one.preparation for one in plan.lost]
    if len(lost) == burn:
        return
    which = f"{len(lost)} ({', '.join(lost)})" if lost else "none"
    message = f"{which} would be lost for ever; --burn says {burn}."
    fix = f"Say whose they were with --held NUMBER=P, or give --burn {len(lost)}." if lost else "Leave out --burn."
    raise RefusedError([error("vault/burn", "the vault", message, fix)])


def _document(plan: Plan) -> dict[str, object]:
    return {
        "last": plan.last,
        "replayed": [_slot(one) for one in plan.replayed],
        "lost": [one.preparation for one in plan.lost],
        "unasked": [_slot(one) for one in plan.unasked],
        "ledger_head": {"seq": plan.head.seq, "digest": plan.head.digest},
    }


def _slot(one: ArmAssigned) -> dict[str, str]:
    return {"participant": one.participant, "preparation": one.preparation, "request": one.request}


def _in_words(plan: Plan) -> str:
    lines = [f"Reconciled with the ledger's entry {plan.head.seq}; the vault gives slots again."]
    lines += [f"  drawn again: {one.preparation} for {one.participant}" for one in plan.replayed]
    lines += [f"  lost for ever: {one.preparation}" for one in plan.lost]
    lines += [
        f"  not in the ledger: {one.preparation} is {one.participant}'s; record request {one.request} again"
        for one in plan.unasked
    ]
    return "\n".join(lines)
