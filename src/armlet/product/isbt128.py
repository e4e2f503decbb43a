"""Identifiers of ISBT 128, parsed and computed: donation numbers, check characters, product codes, dates, messages.

Only structures are known here. The standard's product and facility tables need a licence and are not part of this
program: what a code *means* is for those who hold it. Texts are taken as a scanner gives them; lower case, blanks and
look-alikes are refused, never mended.

Sources: the field structures and check character of ICCBBA ST-001, with its worked values as published by it and by the
UK blood services. A common slip, ``37 - sum`` for ``38 - sum``, gives other characters; the published values are tests.
"""

from __future__ import annotations

import re
from calendar import isleap
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Literal

from armlet.errors import InputError
from armlet.issues import error

_VALUES: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*"
_DIN: Final = re.compile(r"([A-NP-Z1-9][A-NP-Z0-9]{2}\d{2})(\d{2})(\d{6})", re.ASCII)
_DIN_FIELD: Final = re.compile(r"=([A-NP-Z1-9][A-NP-Z0-9]{2}\d{2}\d{8})(\d{2})", re.ASCII)
_PRODUCT: Final = re.compile(r"=<([A-Z])([A-Z0-9]{4})([A-Z0-9])([A-Z0-9])([a-z0-9])", re.ASCII)
_CHAIN: Final = re.compile(r"&/CH([A-NP-Z1-9][A-NP-Z0-9]{2}\d{2}\d{2}[A-Z0-9]{6})", re.ASCII)
_SHORT_DATE: Final = re.compile(r"([=&])([>*}])(\d)(\d{2})(\d{3})(?:(\d{2})(\d{2}))?", re.ASCII)
_COMPOUND: Final = re.compile(r"=\+(\d{2})(\d{3})", re.ASCII)
_SEC_DONATION: Final = re.compile(r"([A-Z]{2})([A-Z0-9]{6})([A-Z0-9]{13})", re.ASCII)
_SEC_PRODUCT: Final = re.compile(r"([AEB])([A-Z0-9]{7})([A-Z0-9]{3})(\d{4})(\d{2})(\d{2})", re.ASCII)


def _refuse(what: str, text: str, expected: str) -> InputError:
    message = f"{text[:60]!r} is no {what}; expected {expected}."
    return InputError([error("product/isbt128", what, message, "Scan it again.")])


# --- Donation numbers -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class DonationNumber:
    """A donation identification number: 13 characters, unique for a hundred years.

    Flags belong to the container and not to the number: two containers of one donation have one number.
    """

    facility: str
    year: str
    sequence: str

    def __str__(self) -> str:
        return f"{self.facility}{self.year}{self.sequence}"

    def eye_readable(self) -> str:
        """``A9999 21 123456 3``: in its groups, with the check character for the keyboard."""
        return f"{self.facility} {self.year} {self.sequence} {check_character(str(self))}"


def parse_donation_number(text: str) -> DonationNumber:
    """From its 13 characters, without flags and check character. Raises InputError."""
    match = _DIN.fullmatch(text)
    if match is None:
        raise _refuse("donation number", text, "13 characters such as A999921123456, capitals, no letter O in front")
    return DonationNumber(*match.groups())


def parse_typed_number(text: str) -> DonationNumber:
    """From what somebody typed from a label: 13 characters and the check character, blanks between the groups.

    Raises InputError, also where the check character is another: then a character was mistyped.
    """
    joined = text.replace(" ", "")
    number = parse_donation_number(joined[:13])
    expected = check_character(str(number))
    if joined[13:] != expected:
        raise _refuse("typed donation number", text, "the check character of the label; a character is mistyped")
    return number


def check_character(number: str) -> str:
    """The check character of a donation number for the keyboard (mod 37,2): a digit, a capital or ``*``."""
    return _VALUES[_check_value(number)]


def _check_value(number: str) -> int:
    total = 0
    for character in str(parse_donation_number(number)):
        total = 2 * (total + _VALUES.index(character)) % 37
    return (38 - total) % 37


@dataclass(frozen=True, slots=True)
class ScannedNumber:
    """The donation number field as scanned: the number and its two flag characters.

    `flags` are ``00`` where none are used; 01 to 19 may count containers of a set, 20 to 59 are the facility's own, 60 to
    96 hold the check value.
    """

    number: DonationNumber
    flags: str


def parse_scanned_number(text: str) -> ScannedNumber:
    """From data structure 001, ``=A99992112345600``. Raises InputError, also for flags that hold a wrong check value."""
    match = _DIN_FIELD.fullmatch(text)
    if match is None:
        raise _refuse("scanned donation number", text, "= , 13 characters and two flags, such as =A99992112345600")
    number, flags = parse_donation_number(match[1]), match[2]
    if int(flags) > 96:
        raise _refuse("scanned donation number", text, "flags from 00 to 96")
    if int(flags) >= 60 and flags != check_flags(str(number)):
        raise _refuse("scanned donation number", text, f"the flags {check_flags(str(number))} that check it")
    return ScannedNumber(number, flags)


def check_flags(number: str) -> str:
    """The flags of type 3 of a donation number: 60 and its check value."""
    return str(60 + _check_value(number))


def is_same_donation(one: str, other: str) -> bool:
    """Whether two numbers, scanned (with flags) or not, are of one donation: on 13 characters. Raises InputError."""
    return _number_of(one) == _number_of(other)


def _number_of(text: str) -> DonationNumber:
    return parse_scanned_number(text).number if text.startswith("=") else parse_donation_number(text)


# --- Product codes, chain of identity -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ProductCode:
    """A product code: what the product is (5 characters), the kind of collection, and its division."""

    description: str
    collection: str
    division: str
    subdivision: str

    @property
    def family(self) -> Literal["cellular therapy", "clinical trial", "blood", "tissue", "national or local", "other"]:
        """What its first letter says; the tables that say more are licensed and not here."""
        families: dict[str, Literal["cellular therapy", "clinical trial", "blood", "tissue", "national or local"]] = {
            "S": "cellular therapy", "Y": "clinical trial", "E": "blood", "F": "blood", "T": "tissue",
            "A": "national or local", "B": "national or local", "C": "national or local", "D": "national or local",
        }  # fmt: skip
        return families.get(self.description[0], "other")


def parse_product_code(text: str) -> ProductCode:
    """From data structure 003, ``=<Y0000X00`` in shape. Raises InputError."""
    match = _PRODUCT.fullmatch(text)
    if match is None:
        raise _refuse("product code", text, "=< and 8 characters, the last of them a small letter or a digit")
    if match[1] == "Y" and not re.fullmatch(r"[A-Z]\d{3}", match[2], re.ASCII):
        raise _refuse("product code", text, "a clinical trial code from YA000 to YZ999")
    return ProductCode(match[1] + match[2], match[3], match[4], match[5])


def parse_chain_of_identity(text: str) -> str:
    """The 13 characters of a chain of identity identifier, from data structure 040. Raises InputError."""
    match = _CHAIN.fullmatch(text)
    if match is None:
        raise _refuse("chain of identity", text, "&/CH and 13 characters")
    return match[1]


# --- Dates ----------------------------------------------------------------------------------------------------------

DateKind = Literal["expiry", "collection", "production"]
_KINDS: Final[dict[str, DateKind]] = {">": "expiry", "*": "collection", "}": "production"}
_SIGNS: Final = {kind: sign for sign, kind in _KINDS.items()}
_LAST_MINUTE: Final = time(23, 59)


@dataclass(frozen=True, slots=True)
class CodedDate:
    """A date of ISBT 128. It has no zone: whoever stores it must store the zone beside it.

    `at` is the time of day, None where the structure has a day only; an expiry without a time is at 23:59.
    """

    kind: DateKind
    day: date
    at: time | None

    def local(self) -> datetime:
        """The moment on the clock of the place where the label was made, without a zone."""
        return datetime.combine(self.day, self.at or _LAST_MINUTE)


def parse_date(text: str) -> CodedDate:
    """From ``=>cyyjjj`` or ``&>cyyjjjhhmm``, and the same for collection (``*``) and production (``}``).

    The century digit is 0 for 2000 and 1 for 2100, 9 for 1900. Raises InputError, also for the 366th day of a year that
    has none.
    """
    match = _SHORT_DATE.fullmatch(text)
    if match is None or (match[1] == "&") != (match[6] is not None):
        raise _refuse("coded date", text, "=>cyyjjj or &>cyyjjjhhmm")
    century, in_century, ordinal = int(match[3]), int(match[4]), int(match[5])
    year = (1000 if century == 9 else 2000 + 100 * century) + (900 if century == 9 else 0) + in_century
    if not 1 <= ordinal <= (366 if isleap(year) else 365):
        raise _refuse("coded date", text, f"a day from 001 to {366 if isleap(year) else 365} of {year}")
    day = date(year, 1, 1) + timedelta(days=ordinal - 1)
    if match[6] is None:
        return CodedDate(_KINDS[match[2]], day, None)
    if int(match[6]) > 23 or int(match[7]) > 59:
        raise _refuse("coded date", text, "an hour to 23 and a minute to 59")
    return CodedDate(_KINDS[match[2]], day, time(int(match[6]), int(match[7])))


def format_date(coded: CodedDate) -> str:
    """The structure with the time where there is one, else the one of the day. Raises InputError before 1900."""
    year = coded.day.year
    if not 1900 <= year < 2900:
        raise _refuse("coded date", str(coded.day), "a year from 1900 to 2899")
    century = 9 if year < 2000 else (year - 2000) // 100
    day = f"{century}{year % 100:02d}{coded.day.timetuple().tm_yday:03d}"
    sign = _SIGNS[coded.kind]
    return f"={sign}{day}" if coded.at is None else f"&{sign}{day}{coded.at:%H%M}"


# --- Compound messages ----------------------------------------------------------------------------------------------


def format_compound(structures: tuple[str, ...], reference: str = "000") -> str:
    """Data structure 023: several structures in one symbol, behind how many there are. Raises InputError."""
    if not 1 <= len(structures) <= 99 or not re.fullmatch(r"\d{3}", reference, re.ASCII):
        raise _refuse("compound message", f"{len(structures)} structures", "1 to 99 structures and three digits")
    text = f"=+{len(structures):02d}{reference}{''.join(structures)}"
    if parse_compound(text) != structures:
        raise _refuse("compound message", text, "structures that each begin with = or & and a sign")
    return text


def parse_compound(text: str) -> tuple[str, ...]:
    """The structures of a compound message, as they stand. Raises InputError where their number is another."""
    match = _COMPOUND.match(text)
    if match is None:
        raise _refuse("compound message", text, "=+, how many structures, three digits, and the structures")
    rest = text[match.end() :]
    found = tuple(part for part in re.split(r"(?=[=&])", rest) if part)
    if "".join(found) != rest or any(part[0] not in "=&" or len(part) < 3 for part in found):
        raise _refuse("compound message", text, "structures that each begin with = or &")
    if not found or len(found) != int(match[1]):
        raise _refuse("compound message", text, f"{int(match[1])} structures, as it says itself; it has {len(found)}")
    return found


# --- The Single European Code ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SingleEuropeanCode:
    """The Single European Code of tissues and cells: who donated where, and which product in which split until when."""

    country: str
    establishment: str
    donation: str
    system: Literal["A", "B", "E"]
    product: str
    split: str
    expires: date


def parse_single_european_code(text: str) -> SingleEuropeanCode:
    """From its 40 characters, a blank allowed between its two halves. Raises InputError."""
    plain = text if " " not in text else text.replace(" ", "", 1)
    first, second = _SEC_DONATION.fullmatch(plain[:21]), _SEC_PRODUCT.fullmatch(plain[21:])
    if first is None or second is None:
        raise _refuse("Single European Code", text, "40 characters: 21 of the donation and 19 of the product")
    try:
        expires = date(int(second[4]), int(second[5]), int(second[6]))
    except ValueError:
        raise _refuse("Single European Code", text, "an expiry that is a day of the calendar") from None
    system: dict[str, Literal["A", "B", "E"]] = {"A": "A", "B": "B", "E": "E"}
    return SingleEuropeanCode(first[1], first[2], first[3], system[second[1]], second[2], second[3], expires)
