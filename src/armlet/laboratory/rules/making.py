"""Culture, passages, filling, splitting and pooling."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from armlet.issues import Issue, Severity
from armlet.laboratory.answer import refuse
from armlet.laboratory.gate import OpenSide
from armlet.laboratory.rules.donors import check_consent, check_supplies
from armlet.laboratory.rules.people import check_second
from armlet.laboratory.rules.volumes import check_amount, check_balance, check_filled, check_taken
from armlet.laboratory.state import Donor, Node, ProductState
from armlet.ledger import product_events as p
from armlet.product.culture import CultureAssessed, assess_culture
from armlet.protocol.model import Product


def check_goes_on(side: OpenSide, where: str, what: str) -> Iterator[Issue]:
    """The trial recruits: while it is suspended, and after it ended, nothing is begun or released."""
    if not side.goes_on:
        yield refuse("suspended", where, f"the trial is {side.phase.value}; {what}.", "Wait until it is resumed.")


def check_started(
    state: ProductState, side: OpenSide, product: Product, record: p.CultureStarted, actor: str, at: datetime
) -> Iterator[Issue]:
    """From received, usable containers of consenting donors, of one person where everybody gets their own cells."""
    yield from check_goes_on(side, record.culture, "no culture is started")
    if record.culture in state.cultures:
        yield refuse("culture-known", record.culture, "there is a culture of this number.", "Give a new number.")
    yield from check_taken(state, record.taken, at)
    yield from _check_donors(state, product, record.culture, [("container", one.container) for one in record.taken])
    yield from check_amount(record.culture, "what was seeded", record.seeded, "10*6")
    yield from check_second(record.culture, actor, record.verified_by, "starting a culture")
    yield from check_supplies(state, record.supplies, at)


def _check_donors(state: ProductState, product: Product, where: str, sources: Iterable[Node]) -> Iterator[Issue]:
    donors = {one.id: one for source in sources for one in _donors_of(state, source)}
    if not donors:
        yield refuse("no-origin", where, "nothing leads back to a donor.", "Name what it is made from.")
    for donor in donors.values():
        yield from check_consent(donor)
    if len(donors) > 1 and product.donor == "participant":
        names = ", ".join(sorted(donors))
        yield refuse("mixed-donors", where, f"cells of several people: {names}.", "Everybody gets their own cells.")


def _donors_of(state: ProductState, source: Node) -> list[Donor]:
    found = state.find_container(source[1]) if source[0] == "container" else None
    return state.donors_behind(("container", found.id) if found is not None else source)


def check_passaged(
    state: ProductState, product: Product, record: p.CulturePassaged, actor: str, at: datetime
) -> Iterator[Issue]:
    """The next passage of a running culture, within the limits of the protocol on passages and doublings."""
    yield from check_running(state, record.culture)
    yield from check_second(record.culture, actor, record.verified_by, "a passage")
    yield from check_supplies(state, record.supplies, at)
    culture = state.cultures.get(record.culture)
    if culture is None:
        return
    found = assess_culture([*culture.passages, culture.next_passage(record, at)], product.culture)
    for issue in found.issues if isinstance(found, CultureAssessed) else found:
        if issue.severity is Severity.ERROR:
            yield refuse(issue.rule.removeprefix("product/"), record.culture, issue.message, issue.fix)


def check_running(state: ProductState, culture: str) -> Iterator[Issue]:
    """There is such a culture and it goes on."""
    if culture not in state.cultures:
        yield refuse("no-culture", culture, "no culture has this number.", "Check the number.")
    elif state.cultures[culture].ended:
        yield refuse("culture-ended", culture, "it was filled or given up.", "Check the number.")


def check_lot_filled(
    state: ProductState, product: Product, record: p.LotFilled, actor: str, at: datetime
) -> Iterator[Issue]:
    """Every millilitre of the harvest is accounted for; a lot of cells comes from cultures, a vehicle from supplies."""
    if record.lot in state.lots:
        yield refuse("lot-known", record.lot, "there is a lot of this number.", "Give a new number.")
    for culture in record.cultures:
        yield from check_running(state, culture)
    if len(set(record.cultures)) != len(record.cultures):
        yield refuse("culture-twice", record.lot, "a culture is named twice.", "Name each once.")
    yield from _check_origin(state, product, record)
    yield from check_filled(state, record.containers)
    for what, amount in (("the harvest", record.harvest), ("what was tested", record.tested), ("waste", record.wasted)):
        yield from check_amount(
            record.lot, what, amount, "mL", may_be_none=record.of == "decoy" or what != "the harvest"
        )
    filled = [portion.volume for portion in record.containers]
    yield from check_balance(record.lot, [record.harvest], [*filled, record.tested, record.wasted])
    if record.expires <= at:
        yield refuse("expired", record.lot, f"it expired at {record.expires.isoformat()}.", "Check the expiry.")
    yield from check_second(record.lot, actor, record.verified_by, "filling a lot")
    yield from check_supplies(state, record.supplies, at)


def _check_origin(state: ProductState, product: Product, record: p.LotFilled) -> Iterator[Issue]:
    has_cells = record.of in {"bank", "product"}
    if has_cells and not record.cultures:
        yield refuse("no-origin", record.lot, "a lot of cells comes from a culture.", "Name the culture.")
    if not has_cells and record.cultures:
        yield refuse("cells-in-vehicle", record.lot, f"a {record.of} holds no cells.", "Say what the lot is of.")
    if record.of == "vehicle" and not record.supplies:
        yield refuse("no-origin", record.lot, "a vehicle is made from supplies.", "Name their numbers.")
    if record.of == "decoy" and record.containers:
        yield refuse("decoy", record.lot, "a decoy is paper and fills no container.", "Take the containers out.")
    if has_cells and record.cultures and all(one in state.cultures for one in record.cultures):
        yield from _check_donors(state, product, record.lot, [("culture", one) for one in record.cultures])


def check_repacked(state: ProductState, record: p.Repacked, actor: str, at: datetime) -> Iterator[Issue]:
    """Nothing lost, nothing of two lots or two people in one container, and no number used again (so no circle)."""
    where = record.into[0].container
    yield from check_taken(state, record.taken, at)
    yield from check_filled(state, record.into)
    yield from check_amount(where, "waste", record.wasted, "mL", may_be_none=True)
    into = [portion.volume for portion in record.into]
    yield from check_balance(where, [portion.volume for portion in record.taken], [*into, record.wasted])
    found = [one for one in (state.find_container(portion.container) for portion in record.taken) if one is not None]
    origins = sorted({one.lot or one.donation for one in found})
    if len(origins) > 1:
        message = f"they are of different lots: {', '.join(origins)}."
        yield refuse("mixed-lots", where, message, "Pool containers of one lot only.")
    if any(one.preparation for one in found):
        yield refuse("issued", where, "one of them belongs to a preparation.", "Use another.")
    yield from check_second(where, actor, record.verified_by, "splitting or pooling")
