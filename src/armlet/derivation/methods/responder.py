"""Whether somebody responded: 1 or 0 by one of several published or chosen rules, from another endpoint's value.

The rules: `no decrease` from baseline; `loss below` so many per cent of the baseline; `gain of at least` so many per cent;
`within` so many per cent of the baseline, up or down (as for the error of an assay); `at least` or `at most` a limit.
Limits belong to the answer as their words say: at least 0.2 is met by 0.2, a loss of 40 % is not below 40 %. No rule has
a number of its own: the protocol gives `percent` or `limit`, and its source. Comparisons are in decimals, on the values
as derived, before any rounding.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
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
from armlet.derivation.derived import EXACT, Answer, Derived, Reason
from armlet.derivation.methods import Setting
from armlet.derivation.truth import as_value
from armlet.protocol.model import Endpoint, Protocol
from armlet.units import Quantity, format_decimal

_SETTINGS: Final = (
    Setting("endpoint", "the endpoint that is judged"),
    Setting("rule", "`no decrease`, `loss below`, `gain of at least`, `within`, `at least` or `at most`"),
    Setting(
        "percent",
        "of the baseline, for `loss below`, `gain of at least` and `within`",
        "for these rules it must be given",
    ),
    Setting("limit", "for `at least` and `at most`, itself belonging", "for these rules it must be given"),
)


class Rule(StrEnum):
    """What makes a responder."""

    UNSAID = "unsaid"
    NO_DECREASE = "no decrease"
    LOSS_BELOW = "loss below"
    GAIN = "gain of at least"
    WITHIN = "within"
    AT_LEAST = "at least"
    AT_MOST = "at most"


_BY_PERCENT: Final = frozenset({Rule.LOSS_BELOW, Rule.GAIN, Rule.WITHIN})
_BY_LIMIT: Final = frozenset({Rule.AT_LEAST, Rule.AT_MOST})


@dataclass(frozen=True, slots=True)
class ResponderSettings:
    """The endpoint, the rule, and its number; `percent` of the baseline, `limit` in the unit of the endpoint."""

    endpoint: str
    rule: Rule
    percent: Decimal
    limit: Quantity | None


def parse(settings: Mapping[str, object], protocol: Protocol) -> ResponderSettings:
    """Raises InputError with all that is amiss: a rule without its number, and a number without its rule."""
    reader = PartsReader(settings, protocol, _SETTINGS)
    name, rule = reader.endpoint("endpoint", ""), reader.choice("rule", Rule.UNSAID)
    if rule is Rule.UNSAID:
        listed = ", ".join(f'"{one.value}"' for one in Rule if one is not Rule.UNSAID)
        reader.add("rule", "it is not said what makes a responder.", f"Use one of {listed}.")
    percent, limit = Decimal(0), None
    if rule in _BY_PERCENT:
        percent = reader.number("percent")
        if percent < 0:
            reader.add("percent", f"a part cannot be negative; got {percent}.", "For example 10.")
    elif "percent" in settings:
        reader.add("percent", f'the rule "{rule.value}" takes no percentage.', "Leave it out.")
    if rule in _BY_LIMIT:
        unit = next((one.unit for one in protocol.endpoints if one.id == name), "1")
        limit = reader.quantity("limit", unit)
    elif "limit" in settings:
        reader.add("limit", f'the rule "{rule.value}" takes no limit.', "Leave it out.")
    reader.finish()
    return ResponderSettings(name, rule, percent, limit)


def derive_from(known: Known, endpoint: Endpoint, settings: ResponderSettings, _protocol: Protocol) -> Answer:
    """1 or 0; a Reason at the baseline itself for a rule that is against it, and for a part of nothing."""
    if endpoint.unit != "1":
        return Reason(f"an answer of yes or no is in the unit 1; the endpoint is in {endpoint.unit}")
    found = known.here(settings.endpoint)
    if settings.limit is not None:
        if isinstance(found, Reason):
            return found
        return _against_limit(found, settings.limit, settings.rule)
    if known.visit == known.baseline:
        return Reason("the rule is against the baseline; there is no answer at the baseline itself")
    before = known.at_baseline(settings.endpoint)
    if not (isinstance(found, Derived) and isinstance(before, Derived)):
        return first_reason(found, before) or Reason("no value")
    return _against_baseline(found, before, settings)


def _against_limit(found: Derived, limit: Quantity, rule: Rule) -> Answer:
    order = Quantity(found.value, found.unit).compare(limit)
    holds = order >= 0 if rule is Rule.AT_LEAST else order <= 0
    return as_value(holds=holds, entries=found.entries, notes=notes_of_parts(found))


def _against_baseline(found: Derived, before: Derived, settings: ResponderSettings) -> Answer:
    if settings.rule is not Rule.NO_DECREASE and (before.value <= 0 or before.below_limit):
        return Reason("the baseline is zero or below what could be measured: there is no part of it")
    share = EXACT.divide(settings.percent, Decimal(100))
    low = EXACT.multiply(before.value, EXACT.subtract(Decimal(1), share))
    high = EXACT.multiply(before.value, EXACT.add(Decimal(1), share))
    holds = {
        Rule.NO_DECREASE: found.value >= before.value,
        Rule.LOSS_BELOW: found.value > low,
        Rule.GAIN: found.value >= high,
        Rule.WITHIN: low <= found.value <= high,
    }[settings.rule]
    against = f"{_shown(found.value)} against {_shown(before.value)} {before.unit} at baseline"
    unsure = (
        ["both are below what could be measured: whether it fell is not known"]
        if found.below_limit and before.below_limit
        else []
    )
    notes = (against, *unsure, *notes_of_parts(found, before))
    return as_value(holds=holds, entries=entries_of_parts(found, before), notes=notes)


def _shown(value: Decimal) -> str:
    return format_decimal(value.normalize(EXACT) if len(value.as_tuple().digits) <= 9 else _nine(value))


def _nine(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.000000001"), context=EXACT)


def _parts(settings: ResponderSettings) -> tuple[Part, ...]:
    return (Part(settings.endpoint, "endpoint", at_visit=True, at_baseline=settings.rule not in _BY_LIMIT),)


METHOD: Final = ComposedMethod(
    name="responder",
    label="Responder",
    source=(
        "No decrease: Beam CA et al. 2014 (PMC4141373); gain of at least 10 %: Stem Cell Res Ther 2021 (doi "
        "10.1186/s13287-021-02417-3); peak at least 0.2 nmol/L: the trial PROTECT; IDAA1C at most 9: Mortensen 2009; a loss "
        "below 40 % (AbATE) and a band of the assay error (TrialNet) are remembered and must be looked up; the protocol "
        "names the rule and its number"
    ),
    parse=parse,
    parts=_parts,
    derive_from=derive_from,
    settings=_SETTINGS,
)
