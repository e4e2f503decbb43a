"""The change of a titre from baseline in doublings: log2 of the ratio, so that halving is -1 and doubling is 1.

Two assays are not compared: `assays` says for each visit which assay measured, and a change across assays has no value.
`reportable_to` is the top of what the assay reports: a value at or above it (">2000" entered as 2000) is right-censored,
and with it the change is only known to be so much or more, or less, which is said instead of a number. A value below the
limit of detection is censored from the other side and treated alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from armlet.derivation.composed import (
    ComposedMethod,
    Known,
    Part,
    PartsReader,
    entries_of_parts,
    first_reason,
    notes_of_parts,
)
from armlet.derivation.derived import EXACT, Answer, Derived, Reason, Value, finished
from armlet.derivation.methods import Setting
from armlet.protocol.model import Endpoint, Protocol
from armlet.units import Quantity, format_decimal

_SETTINGS: Final = (
    Setting("endpoint", "the titre"),
    Setting("assays", "for each visit the assay that measured"),
    Setting("reportable_to", "the top of what the assay reports", "it has none"),
)


@dataclass(frozen=True, slots=True)
class TitreSettings:
    """The titre, the assay of each visit, and the top of what the assay reports (None: it has none)."""

    endpoint: str
    assays: Mapping[str, str]
    reportable_to: Quantity | None


def parse(settings: Mapping[str, object], protocol: Protocol) -> TitreSettings:
    """Raises InputError with all that is amiss; which assay measured at which visit is never assumed."""
    reader = PartsReader(settings, protocol, _SETTINGS)
    name = reader.endpoint("endpoint", "")
    unit = next((one.unit for one in protocol.endpoints if one.id == name), "1")
    top = reader.quantity("reportable_to", unit) if "reportable_to" in settings else None
    assays = reader.texts("assays")
    unknown = sorted(set(assays) - {visit.id for visit in protocol.visits})
    if unknown:
        reader.add("assays", f"the protocol has no visit {', '.join(unknown)}.", "Name visits of the schedule.")
    reader.finish()
    return TitreSettings(name, assays, top)


def derive_from(known: Known, endpoint: Endpoint, settings: TitreSettings, _protocol: Protocol) -> Answer:
    """log2 of the ratio to baseline, in the unit 1."""
    if endpoint.unit != "1":
        return Reason(f"doublings are in the unit 1; the endpoint is in {endpoint.unit}")
    if known.visit == known.baseline:
        return Reason("a change is against the baseline; there is none at the baseline itself")
    assays = [settings.assays.get(visit, "") for visit in (known.baseline, known.visit)]
    if not all(assays):
        return Reason("the settings do not say by which assay both values were measured")
    if assays[0] != assays[1]:
        return Reason(f"measured by {assays[1]}, and by {assays[0]} at baseline: two assays are not compared")
    now, before = known.here(settings.endpoint), known.at_baseline(settings.endpoint)
    if not (isinstance(now, Derived) and isinstance(before, Derived)):
        return first_reason(now, before) or Reason("no value")
    if now.value <= 0 or before.value <= 0:
        return Reason("a titre of 0 has no logarithm")
    doublings = EXACT.divide(EXACT.ln(EXACT.divide(now.value, before.value)), EXACT.ln(Decimal(2)))
    bound = _bound(now, before, doublings, settings)
    if bound is not None:
        return bound
    return Value(finished(doublings), entries_of_parts(now, before), notes_of_parts(now, before))


def _bound(now: Derived, before: Derived, doublings: Decimal, settings: TitreSettings) -> Reason | None:
    """Why a censored value leaves no number, and what is known instead."""
    higher = _is_at_top(now, settings) or before.below_limit
    lower = _is_at_top(before, settings) or now.below_limit
    if not higher and not lower:
        return None
    what = "beyond what the assay reports or detects"
    if higher and lower:
        return Reason(f"both values are {what}: nothing is known of the change")
    shown = format_decimal(doublings.quantize(Decimal("0.001"), context=EXACT))
    return Reason(f"a value is {what}: the change is {'at least' if higher else 'at most'} about {shown} doublings")


def _is_at_top(value: Derived, settings: TitreSettings) -> bool:
    top = settings.reportable_to
    return top is not None and Quantity(value.value, value.unit).compare(top) >= 0


def _parts(settings: TitreSettings) -> tuple[Part, ...]:
    return (Part(settings.endpoint, "endpoint", at_visit=True, at_baseline=True),)


METHOD: Final = ComposedMethod(
    name="titre_change",
    label="Change of a titre in doublings",
    source="log2 of the ratio to baseline, within one assay; censored values give a bound in words",
    parse=parse,
    parts=_parts,
    derive_from=derive_from,
    settings=_SETTINGS,
)
