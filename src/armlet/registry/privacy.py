"""Strikes out of a reading how people can be reached: mail addresses, and telephone numbers of contacts or named as such.

Names and details of contacts never reach a reading that did not ask for them (each format passes them over); this is
the second net, for addresses that stand in the middle of a text. The names of those who answer for the trial as a
whole (officials, the responsible party) are part of the public record and stay.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Final

from pydantic import JsonValue

from armlet.issues import note
from armlet.registry.accounting import CONTACT_SHOWN, Fact, FactValue, Line, Reading
from armlet.registry.record import Record

MAIL: Final = re.compile(r"[\w.+'%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,5}")
_TELEPHONE: Final = re.compile(
    r"(?P<lead>\b(?i:call|dial|contact|tel|telephone|phone|fax|mobile|hotline)\b[^0-9\n+(]{0,15}(?<![A-Za-z]))"
    r"(?P<number>[+(]{0,2}[0-9][0-9A-Z ()./-]{5,34}[0-9])"
)
"""A telephone number behind a word that says so; some write the last digits as letters."""
_FEWEST_DIALLED: Final = 7
_DATE: Final = re.compile(r"\b(?:19|20)[0-9]{2}-[01][0-9]\b")
_FEWEST_DIGITS: Final = 6
"""What has fewer digits than this is no telephone number that leads to anybody."""

Strike = Callable[[str], str]


def strike_contacts(reading: Reading, hidden: Iterable[str]) -> Reading:
    """The reading without mail addresses and without the telephone numbers among the details that were passed over.

    The issue ``read/contacts-struck`` names the lines. A quote stays verbatim: of one in which something was struck, it
    is the longest stretch without it.
    """
    phones = {detail for detail in hidden if sum(map(str.isdigit, detail)) >= _FEWEST_DIGITS}
    phones = {detail for detail in phones if not re.search(r"[A-Za-z]{4}", detail)}
    text = "\n".join(_texts(reading))
    phones = {detail for detail in phones if detail in text}
    if not phones and "@" not in text and _TELEPHONE.search(text) is None:
        return reading
    found = [
        fact for fact in (*reading.facts, *reading.provenance) if _has_contact(f"{fact.value} {fact.quote}", phones)
    ]
    struck = _struck_everywhere(reading, lambda text: _strike(text, phones))
    if not found:
        return struck
    lines = sorted({fact.line for fact in found})
    shown = ", ".join(map(str, lines[:5])) + (", …" if len(lines) > 5 else "")
    message = f"mail addresses or telephone numbers in the text were struck out (line {shown})."
    issue = note("read/contacts-struck", f"{reading.name}:{lines[0]}", message, "With --contacts they are kept.")
    return replace(struck, issues=(*struck.issues, issue))


def _texts(reading: Reading) -> Iterator[str]:
    """All words of a reading, looked through at once, because few have anything to strike out."""
    for facts in (reading.facts, reading.provenance):
        yield from [fact.quote for fact in facts]
        yield from [str(fact.value) for fact in facts]
    yield from (line.text for line in (*reading.boilerplate, *reading.unrecognised))
    yield from (issue.message for issue in reading.issues)


def _has_contact(text: str, phones: set[str]) -> bool:
    if ("@" in text and MAIL.search(text) is not None) or any(phone in text for phone in phones):
        return True
    return any(_is_dialled(match) for match in _TELEPHONE.finditer(text))


def _is_dialled(match: re.Match[str]) -> bool:
    number = match["number"]
    return sum(map(str.isdigit, number)) >= _FEWEST_DIALLED and _DATE.search(number) is None


def _strike(text: str, phones: set[str]) -> str:
    if not _has_contact(text, phones):
        return text
    text = MAIL.sub(CONTACT_SHOWN, text)
    text = _TELEPHONE.sub(lambda match: match["lead"] + CONTACT_SHOWN if _is_dialled(match) else match[0], text)
    for phone in sorted(phones, key=len, reverse=True):
        text = text.replace(phone, CONTACT_SHOWN)
    return text


def _struck_everywhere(reading: Reading, strike: Strike) -> Reading:
    plain = reading.record.as_json()
    struck = _struck(plain, strike)
    record = reading.record if struck == plain else Record.model_validate_json(json.dumps(struck))
    return replace(
        reading,
        record=record,
        facts=_facts(reading.facts, strike),
        provenance=_facts(reading.provenance, strike),
        boilerplate=_lines(reading.boilerplate, strike),
        unrecognised=_lines(reading.unrecognised, strike),
        page=_lines(reading.page, strike),
        offers=tuple(
            replace(offer, as_written=strike(offer.as_written), offered=strike(offer.offered))
            for offer in reading.offers
        ),
        confirm=tuple(
            replace(item, value=_value(item.value, strike), because=strike(item.because)) for item in reading.confirm
        ),
        issues=tuple(replace(issue, message=strike(issue.message)) for issue in reading.issues),
    )


def _struck(value: JsonValue, strike: Strike) -> JsonValue:
    if isinstance(value, dict):
        return {name: _struck(member, strike) for name, member in value.items()}
    if isinstance(value, list):
        return [_struck(member, strike) for member in value]
    return strike(value) if isinstance(value, str) else value


def _value(value: FactValue, strike: Strike) -> FactValue:
    return strike(value) if isinstance(value, str) else value


def _facts(facts: tuple[Fact, ...], strike: Strike) -> tuple[Fact, ...]:
    return tuple(_fact(fact, strike) for fact in facts)


def _fact(fact: Fact, strike: Strike) -> Fact:
    value, quote = _value(fact.value, strike), strike(fact.quote)
    if value == fact.value and quote == fact.quote:
        return fact
    return fact._replace(value=value, quote=_longest_left(quote))


def _longest_left(struck: str) -> str:
    return max((piece.strip() for piece in struck.split(CONTACT_SHOWN)), key=len)


def _lines(lines: tuple[Line, ...], strike: Strike) -> tuple[Line, ...]:
    return tuple(line._replace(text=strike(line.text)) for line in lines)
