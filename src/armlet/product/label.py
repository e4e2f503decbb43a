"""Labels as data: what stands on the outer label that everybody sees, and on the inner one for unblinded staff.

The outer label is made without knowing the arm: it names the product and its imitation together, and a code number in
place of lot and donation. So it cannot tell them apart. Lot, donation, cells and DMSO stand on the inner label alone,
which is seen where the preparation is made. Printing is `armlet.report.label`.

What an EU trial label holds is Annex VI of Regulation (EU) 536/2014; the caution of the United States, 21 CFR 312.6,
and the two handling lines were entered from memory: `TO_CONFIRM`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from armlet.errors import InputError
from armlet.issues import error
from armlet.product.expiry import in_zone
from armlet.product.isbt128 import CodedDate, DonationNumber, check_flags, format_compound, format_date
from armlet.protocol.model import Product, Protocol
from armlet.studytime import as_utc
from armlet.units import Quantity, format_decimal

TRIAL_ONLY: Final = "For clinical trial use only"
CAUTION_US: Final = "Caution: New Drug-Limited by Federal (or United States) law to investigational use"
HANDLING: Final = ("Do not irradiate", "Do not use a leukoreducing filter")
TO_CONFIRM: Final = (CAUTION_US, *HANDLING)
LONGEST: Final = 120
"""Characters of one text of a label, so that it stays legible on it."""
LONGEST_WORD: Final = 34
"""Characters without a blank or stroke, where a line of a label cannot be broken."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where and by whom a preparation is given, and whom to call: the same for every participant of a site."""

    site: str
    investigator: str
    contact: str
    zone: str


@dataclass(frozen=True, slots=True)
class Preparation:
    """What the blinded side knows of a preparation: its code number, whose it is, when, how much, until when.

    `statements` are those that every participant's label carries (for autologous use only, not evaluated), whatever
    their arm; a statement on some labels only would tell it.
    """

    code: str
    participant: str
    visit: str
    volume: Quantity
    expires: datetime
    statements: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Content:
    """What only unblinded staff may know of a preparation: an imitation has no lot, donation and cells."""

    lot: str
    donation: DonationNumber | None
    concentration: Quantity | None
    viable_cells: Quantity | None
    dmso: Quantity | None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a label: its name, and what it says."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Label:
    """One label: a heading, its lines in order, statements, and the text of its Data Matrix symbol."""

    heading: str
    lines: tuple[Line, ...]
    statements: tuple[str, ...]
    symbol: str


def outer_label(protocol: Protocol, place: Place, preparation: Preparation) -> Label:
    """The label that everybody sees. Raises InputError for a text that is empty, too long or cannot be printed."""
    product = _product(protocol)
    lines = (
        Line("Trial", f"{protocol.id}, version {protocol.version}"),
        Line("Sponsor", protocol.organisation.sponsor),
        Line("Site, investigator", f"{place.site}; {place.investigator}"),
        Line("Contact, also for emergency unblinding", place.contact),
        Line("Participant", preparation.participant),
        Line("Visit", preparation.visit),
        Line("Code number", preparation.code),
        Line("Content", names_of(protocol, product)),
        Line("Form, route, quantity", f"suspension; {product.route}; {preparation.volume}"),
        Line("Vehicle", product.vehicle),
        Line("Storage", _storage(product)),
        Line("Use before", in_zone(preparation.expires, place.zone)),
    )
    return _checked(Label(TRIAL_ONLY, lines, preparation.statements, _code_symbol(protocol, preparation)))


def inner_label(
    protocol: Protocol, place: Place, preparation: Preparation, content: Content, *, in_united_states: bool = False
) -> Label:
    """The label for the staff who prepare. Raises InputError as `outer_label` does."""
    product = _product(protocol)
    is_imitation = content.viable_cells is None
    lines = (
        Line("Trial", f"{protocol.id}, version {protocol.version}"),
        Line("Participant", preparation.participant),
        Line("Code number", preparation.code),
        Line("Content", "sham" if is_imitation else product.label),
        Line("Lot", content.lot),
        Line("Donation", content.donation.eye_readable() if content.donation else "none"),
        Line("Cells per volume", _or_none(content.concentration)),
        Line("Viable cells", _or_none(content.viable_cells)),
        Line("Volume", str(preparation.volume)),
        Line("DMSO", _or_none(content.dmso)),
        Line("Use before", in_zone(preparation.expires, place.zone)),
    )
    caution = (CAUTION_US,) if in_united_states else ()
    statements = (*preparation.statements, *HANDLING, *caution)
    symbol = _donation_symbol(content.donation, preparation.expires) if content.donation else None
    heading = f"Unblinded staff only. {TRIAL_ONLY}"
    return _checked(Label(heading, lines, statements, symbol or _code_symbol(protocol, preparation)))


def names_of(protocol: Protocol, product: Product) -> str:
    """The name of the product, and where something imitates it the two together, in one order for everybody."""
    return f"{product.label} or sham" if any(item.sham for item in protocol.interventions) else product.label


def _product(protocol: Protocol) -> Product:
    if len(protocol.products) == 1:
        return protocol.products[0]
    message = f"the protocol has {len(protocol.products)} products; a label is for one."
    raise InputError([error("product/label", protocol.id, message, "Print it by hand.")])


def _storage(product: Product) -> str:
    if not product.storage:
        return "see the pharmacy manual"
    last = product.storage[-1]
    ends = [format_decimal(end.to("Cel").value) for end in (last.lowest, last.highest) if end is not None]
    return f"{last.label}, {' to '.join(ends)} °C" if ends else last.label


def _or_none(quantity: Quantity | None) -> str:
    return "none" if quantity is None else str(quantity)


def _code_symbol(protocol: Protocol, preparation: Preparation) -> str:
    """``|`` between trial, participant, code number and expiry in UTC; which none of these can hold."""
    expires = as_utc(preparation.expires).strftime("%Y%m%dT%H%MZ")
    return "|".join((protocol.id, preparation.participant, preparation.code, expires))


def _donation_symbol(donation: DonationNumber, expires: datetime) -> str:
    """A compound message of the donation and the expiry in UTC; the structure of the expiry has no zone of its own."""
    utc = as_utc(expires)
    at = format_date(CodedDate("expiry", utc.date(), utc.time().replace(second=0, microsecond=0)))
    return format_compound((f"={donation}{check_flags(str(donation))}", at))


def _checked(label: Label) -> Label:
    found = []
    for line in label.lines:
        longest = max(map(len, line.text.replace("/", " ").split()), default=0)
        if not 1 <= longest <= LONGEST_WORD or len(line.text) > LONGEST or not line.text.isprintable():
            message = (
                f"{line.name}: {line.text[:40]!r} cannot stand on a label; expected 1 to {LONGEST} characters, "
                f"no word longer than {LONGEST_WORD}."
            )
            found.append(error("product/label", line.name, message, "Shorten it, or fill it in."))
    if not label.symbol.isascii() or not label.symbol.isprintable() or label.symbol.count("|") not in {0, 3}:
        message = "the participant or the code number has a character that a symbol cannot hold."
        found.append(error("product/label", "symbol", message, "Use letters, digits and hyphens."))
    if found:
        raise InputError(found)
    return label
