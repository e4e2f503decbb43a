"""What the results form is filled in from: a locked trial with everybody's arm, its results, and the registered record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from armlet.allocation.unblinded import UnblindedDataset
from armlet.analysis.plan import PlannedResult
from armlet.conduct.state import Participant
from armlet.export.package import TrialData
from armlet.export.results_form.answers import Answers
from armlet.export.results_form.numbers import Average
from armlet.protocol.model import Arm, Intervention, Protocol
from armlet.protocol.prose import quantity_in_words
from armlet.registry.record import Record
from armlet.registry.results.rows import Denom, DenomCount, Group

SIMULATED: Final = "SIMULATED, INVENTED PEOPLE, NOT TO BE POSTED"
PARTICIPANTS: Final = "Participants"


@dataclass(frozen=True, slots=True)
class Column:
    """One arm as a column of the form's tables, with its people in the order of enrolment."""

    arm: Arm
    place: int
    title: str
    description: str
    people: tuple[Participant, ...] = field(repr=False)

    def id(self, module: str) -> str:
        """The column's id in one module of the form: ``FG000``, ``BG000``, ``OG000``, ``EG000``."""
        return f"{module}{self.place:03d}"

    def group(self, module: str) -> Group:
        """The column's heading in one module."""
        return Group(id=self.id(module), title=self.title, description=self.description or None)


@dataclass(frozen=True, slots=True)
class LockedTrial:
    """A locked trial, unblinded. `registered` is the record as it was registered, an empty one where none is known.

    `average` chooses how measured values are summed up everywhere: mean with standard deviation, or median with range.
    `answers` is what people have said that no trial holds.
    """

    data: TrialData = field(repr=False)
    unblinded: UnblindedDataset
    results: tuple[PlannedResult, ...] = field(repr=False)
    registered: Record = field(default_factory=Record, repr=False)
    average: Average = Average.MEAN
    answers: Answers = field(default_factory=Answers, repr=False)

    @property
    def protocol(self) -> Protocol:
        """The protocol that the ledger names."""
        return self.data.protocol

    def columns(self) -> tuple[Column, ...]:
        """The arms in the protocol's order; whoever was never allocated is in none of them."""
        return tuple(self._column(place, arm) for place, arm in enumerate(self.protocol.arms))

    def _column(self, place: int, arm: Arm) -> Column:
        people = tuple(one for one in self.data.state.enrolled() if self.unblinded.arm_of(one.id) == arm.id)
        return Column(arm, place, arm.label, describe_arm(self.protocol, arm), people)

    def marked(self, text: str) -> str:
        """The text, behind the mark of a simulated trial where it is one."""
        return f"{SIMULATED}. {text}".strip() if self.data.state.simulated else text


def describe_arm(protocol: Protocol, arm: Arm) -> str:
    """What was done in an arm, in enough detail to be understood: its description, interventions, dose and route."""
    given = [one for one in protocol.interventions if one.id in arm.interventions]
    parts = [arm.description]
    for one in given:
        parts += [one.description, *_describe_product(protocol, one)]
        if one.label != arm.label:
            parts.append(f"Intervention: {one.label}")
    return " ".join(sentence(part) for part in parts if part)


def _describe_product(protocol: Protocol, intervention: Intervention) -> Iterator[str]:
    """The product with its dose, way and vehicle; of a sham, what it holds."""
    for product in protocol.products:
        dose, sham = product.dose, product.sham
        if product.id == intervention.product and not intervention.sham:
            limits = f"{quantity_in_words(dose.lowest)} to {quantity_in_words(dose.highest)}"
            yield f"Product: {product.label}, {limits} ({dose.basis} cells), {product.route}, in {product.vehicle}"
        elif intervention.sham and sham is not None:
            yield f"Sham: {sham.content}"


def sentence(text: str) -> str:
    """The text with a capital at its start and one full stop at its end; nothing stays nothing."""
    return f"{text[:1].upper()}{text[1:].rstrip('.')}." if text else ""


def plain_reason(reason: str, visit: str) -> str:
    """Why a value is missing, without the visit's name where it stands beside it."""
    return reason.removeprefix(f"visit {visit} not held: ").rstrip(".")


def denominators(module: str, counts: Sequence[tuple[Column, int]]) -> Denom:
    """How many participants of each column a table or a row stands on."""
    each = tuple(DenomCount(group_id=column.id(module), value=str(count)) for column, count in counts)
    return Denom(units=PARTICIPANTS, counts=each)
