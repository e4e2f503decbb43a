"""The closed report to the safety board: everybody under labels that were drawn for this one report.

With labels that stay, one unblinding would open every report there ever was; with labels drawn anew, and each draw fair,
two reports cannot be joined by them. (Labels forced to differ from the last report's would be joined at a glance.) The
draw is kept in the sealed strand, where the statistician of the board can look it up when the board asks for arms.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from armlet.allocation.belonging import check_belongs
from armlet.allocation.stopping import LabelledLook, look_by_label
from armlet.allocation.vault import Vault, Writer
from armlet.conduct.safety.stopping import label_of
from armlet.conduct.state import TrialState
from armlet.derivation.dataset import BlindedDataset
from armlet.errors import InputError, RefusedError
from armlet.issues import error
from armlet.ledger.events import UnblindingCategory
from armlet.ledger.sealed import ArmRead, BoardLabelsDrawn
from armlet.projections.board import CLOSED, BoardTable, count_columns
from armlet.protocol.model import Protocol

LABELS: Final = "XYZUVW"
"""Letters that stand for arms; none of them is the first letter that anybody would give to an arm."""
CHANCE_BYTES: Final = 32


def draw_labels(vault: Vault, writer: Writer, report: str, chance: bytes) -> BoardLabelsDrawn:
    """The labels of a report: drawn and written once, and the same when the report is asked for again.

    `chance` is 32 bytes of the operating system's. Raises InputError for more arms than there are letters.
    """
    for drawn in vault.events(BoardLabelsDrawn):
        if drawn.report == report:
            return drawn
    arms = list(vault.opening().arms)
    if len(arms) > len(LABELS):
        message = f"there are {len(arms)} arms and {len(LABELS)} labels."
        raise InputError([error("unblinding/labels", "the vault", message, "Report some arms together.")])
    labels = dict(zip(_shuffle(arms, chance), LABELS, strict=False))
    drawn = BoardLabelsDrawn(report=report, labels={arm: labels[arm] for arm in arms})
    vault.write(writer, drawn)
    return drawn


def _shuffle(arms: list[str], chance: bytes) -> list[str]:
    """One of all orders, each as likely: the number is so large that the rest of the division has no weight."""
    rank, left, order = int.from_bytes(chance, "big"), list(arms), list[str]()
    while left:
        rank, place = divmod(rank, len(left))
        order.append(left.pop(place))
    return order


def count_closed(
    vault: Vault,
    writer: Writer,
    protocol: Protocol,
    state: TrialState,
    report: str,
    chance: bytes,
    dataset: BlindedDataset | None = None,
) -> BoardTable:
    """The table of the closed session, under the warrant whose number is the report's; the reading is written first.

    `dataset` brings the primary endpoint, where the board's charter asks for it. Raises RefusedError without a warrant.
    """
    warrant = state.warrants.get(report)
    if warrant is None or warrant.category is not UnblindingCategory.SAFETY_BOARD:
        message = f"no report {report!r} to the safety board was granted."
        raise RefusedError([error("unblinding/no-warrant", "the vault", message, "Ask for one first.")])
    check_belongs(vault, state)
    labels = draw_labels(vault, writer, report, chance).labels
    vault.note(writer, ArmRead(participant=None, warrant=report, by=warrant.to))
    columns: dict[str, list[str]] = {label: [] for label in sorted(labels.values(), key=LABELS.index)}
    for assigned in sorted(vault.assignments(), key=lambda one: one.participant):
        columns[labels[assigned.arm]].append(assigned.participant)
    table = count_columns(protocol, state, columns, CLOSED, dataset)
    looks = look_by_label(protocol, state, columns, writer.at.date())
    return replace(table, rows=(*table.rows, *_stopping_rows(protocol, looks, tuple(columns))))


def _stopping_rows(
    protocol: Protocol, looks: tuple[LabelledLook, ...], labels: tuple[str, ...]
) -> list[tuple[str, tuple[str, ...]]]:
    """Two rows a rule: what was counted, and whether the boundary was reached at any look."""
    rows = []
    for rule in dict.fromkeys(look.rule for look in looks):
        by_label = {look.label: look for look in looks if look.rule == rule}
        counted = tuple(_counted(by_label[label]) for label in labels)
        reached = tuple("REACHED" if by_label[label].stops else "no" for label in labels)
        name = label_of(protocol, rule)
        rows += [(f"stopping rule, {name}", counted), (f"stopping rule, {name}: reached", reached)]
    return rows


def _counted(look: LabelledLook) -> str:
    bound = "-" if look.bound is None else str(look.bound)
    return f"{look.events} of {look.participants} who can be counted; stops at {bound}"
