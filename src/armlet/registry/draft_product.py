"""The product of a draft: living cells, as far as a record describes them; the rest is asked, and harmless until then.

The stand-ins are the emptiest or strictest values there are (no cells, no shelf life, weighed on the same day): a draft
that is run by mistake releases nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from armlet.protocol.model import Dose, Product, Sham
from armlet.protocol.source import Source, Stated
from armlet.registry.draft_design import Given
from armlet.registry.draft_facts import NOT_STATED, Drafting
from armlet.studytime import Duration
from armlet.units import Quantity

_PAIR: Final = re.compile(r"(?<!\s)\s*+([A-Za-z][A-Za-z /]{1,30}?)\s{0,9}:\s*+([^;:]++)(?:;|\Z)")
_KEYS: Final = {
    "origin": ("origin", "source", "tissue", "cell source"),
    "manipulation": ("manipulation", "processing", "culture", "preparation"),
    "route": ("via", "route", "route of administration", "administration"),
    "vehicle": ("vehicle", "excipient", "diluent", "suspended in", "solution"),
    "dose": ("dose", "dose range", "cell dose"),
    "frequency": ("dosage", "frequency", "schedule", "number of doses"),
}
_ROUTES: Final = (
    "intravenous", "intracoronary", "intramyocardial", "intramuscular", "intrathecal", "intra-articular",
    "intraarticular", "intraportal", "intra-arterial", "subcutaneous", "intradermal", "intravitreal", "intralesional",
    "intraperitoneal", "topical",
)  # fmt: skip
_NUMBER: Final = r"(?<!\d)\d++(?:\.\d++)?"
_POWER: Final = r"\s*(?:x|×|\*)\s*10\s*(?:\^|\*|E)?\s*\(?(?P<power{n}>\d{{1,2}}|[⁰¹²³⁴-⁹]{{1,2}})\)?"
_TIMES: Final = rf"(?:{_POWER}|\s*millions?|\s*[eE]\+?(?P<exponent{{n}}>\d{{{{1,2}}}}))"
_DOSE: Final = re.compile(
    rf"(?P<low>{_NUMBER})(?:{_TIMES.format(n=1)})?(?:\s*(?:-|–|to)\s*(?P<high>{_NUMBER}))?{_TIMES.format(n=2)}"
    r"\s*(?:[\w+-]+\s+){0,4}?(?:[\w+-]+)?\s*(?:/|per)\s*(?:kg|kilogram)",
    re.IGNORECASE,
)
_SMALLEST_POWER: Final = 3
_SUPERSCRIPTS: Final = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_NONE: Final = Quantity(Decimal(0), "10*6/kg")


@dataclass(frozen=True, slots=True)
class DoseText:
    """A dose per kilogram as a text gives it; `words` are its own. One number is both limits."""

    lowest: Quantity
    highest: Quantity
    words: str


def read_pairs(description: str) -> dict[str, str]:
    """A description of the shape ``key: value; key: value`` by what its keys mean; empty for any other prose."""
    pairs = [(key, value.rstrip()) for key, value in _PAIR.findall(description)]
    if len(pairs) < 2 or len("".join(f"{key}: {value};" for key, value in pairs)) * 5 < len(description) * 4:
        return {}
    meanings = {word: meaning for meaning, words in _KEYS.items() for word in words}
    return {meanings[key.casefold()]: value for key, value in pairs if key.casefold() in meanings}


def read_dose(text: str) -> DoseText | None:
    """The first dose in cells per kilogram; None where there is none, or its power of ten cannot be told."""
    match = _DOSE.search(text)
    if match is None:
        return None
    power = (match["power2"] or match["exponent2"] or "6").translate(_SUPERSCRIPTS)
    first = (match["power1"] or match["exponent1"] or power).translate(_SUPERSCRIPTS)
    if first != power or int(power) < _SMALLEST_POWER:
        return None
    low, high = match["low"], match["high"] or match["low"]
    unit = f"10*{power}/kg"
    return DoseText(Quantity(Decimal(low), unit), Quantity(Decimal(high), unit), match[0].strip())


def draft_product(drafting: Drafting, given: Given, has_sham: bool, arms: int) -> Product:
    """The product that an intervention is."""
    pairs = read_pairs(given.record.description or "")
    text = _text_of(drafting, given)
    asked = _ask_gaps(drafting, pairs, text)
    donor, donor_asked = _donor(drafting, text)
    if arms > 1 and donor == "participant" and not donor_asked:
        asked.append(drafting.asked.ask("cells_taken"))
    stated = drafting.stated(given.place)
    if pairs:
        stated = tuple(Stated(where=f"{given.place}.description", words=value) for value in pairs.values())
    source = Source(stated=stated, assumed=drafting.assumed(*donor_asked, *asked))
    route = pairs.get("route") or _route(text)
    if route and "route" not in pairs:
        said = [one for one in _statements(drafting, given) if re.search(rf"\b{route}", one.words, re.IGNORECASE)]
        found = Stated(where=said[0].where, words=route) if said else None
        source = source.model_copy(update={"stated": (*source.stated, *([found] if found else []))})
    return Product(
        id=f"product_of_{given.id}"[:60].rstrip("_"),
        source=source,
        label=given.record.other_names[0] if given.record.other_names else given.record.name or given.id,
        donor=donor,
        origin=pairs.get("origin", NOT_STATED),
        manipulation=pairs.get("manipulation", NOT_STATED),
        route=route or NOT_STATED,
        vehicle=pairs.get("vehicle", NOT_STATED),
        preparation_takes=Duration(),
        shelf_life=Quantity(Decimal(0), "h"),
        dose=_draft_dose(drafting, given),
        sham=_draft_sham(drafting) if has_sham else None,
    )


def _text_of(drafting: Drafting, given: Given) -> str:
    """All that the record says about what is given: the intervention, its arms, and the descriptions of the trial."""
    module, described = drafting.section.arms_interventions_module, drafting.section.description_module
    record = given.record
    parts = [record.name, *record.other_names, record.description]
    parts += [group.description for group in module.arm_groups if group.label in record.arm_group_labels]
    parts += [described.brief_summary, described.detailed_description]
    return " \n ".join(part for part in parts if part)


def _ask_gaps(drafting: Drafting, pairs: dict[str, str], text: str) -> list[str]:
    missing = [
        template
        for template, is_there in (
            ("product_origin", "origin" in pairs),
            ("product_manipulation", "manipulation" in pairs),
            ("product_route", "route" in pairs or _route(text)),
            ("product_vehicle", "vehicle" in pairs),
            ("number_of_doses", "frequency" in pairs or re.search(r"\bsingle\b|\bone dose\b|\bonce\b", text, re.I)),
        )
        if not is_there
    ]
    always = ("release_criteria", "fresh_or_frozen", "shelf_life", "preparation_time")
    return [drafting.asked.ask(template) for template in (*missing, *always)]


def _route(text: str) -> str | None:
    return next((route for route in _ROUTES if re.search(rf"\b{route}", text, re.IGNORECASE)), None)


def _donor(drafting: Drafting, text: str) -> tuple[Literal["participant", "another person"], list[str]]:
    """Whose cells, by the words that say so; where they say both or nothing, it is asked."""
    is_own = bool(re.search(r"\bautologous", text, re.IGNORECASE))
    is_other = bool(re.search(r"\ballogene?ic|\bthird.party\b|\bunrelated donor|\bhealthy donor", text, re.IGNORECASE))
    if is_own != is_other:
        if is_other:
            drafting.asked.ask("donor_panel")
        return ("participant" if is_own else "another person"), []
    return "participant", [drafting.asked.ask("product_donor")]


def _draft_dose(drafting: Drafting, given: Given) -> Dose:
    found = _find_dose(drafting, given)
    asked = [drafting.asked.ask(name) for name in ("dose_basis", "dose_weight", "dose_volume")]
    lowest, highest = (found[0].lowest, found[0].highest) if found else (_NONE, _NONE)
    if found is None:
        asked[:0] = [drafting.asked.ask("dose"), drafting.asked.ask("target_dose")]
    elif lowest.compare(highest) == 0:
        asked.insert(0, drafting.asked.ask("dose_range", words=found[0].words))
    else:
        asked.insert(0, drafting.asked.ask("target_dose"))
    source = drafting.source(ask=asked)
    return Dose(
        source=source.model_copy(update={"stated": found[1]}) if found else source,
        basis="viable",
        lowest=lowest,
        highest=highest,
        target=lowest,
        volume_step=Quantity(Decimal("0.1"), "mL"),
        dead_volume=Quantity(Decimal(0), "mL"),
        weight_valid_for=Duration(),
        weight_change_limit=Quantity(Decimal(0), "%"),
    )


def _find_dose(drafting: Drafting, given: Given) -> tuple[DoseText, tuple[Stated, ...]] | None:
    """The dose with the words of every statement that gives it, the intervention's own first."""
    statements = _statements(drafting, given)
    doses = [(dose, Stated(where=one.where, words=dose.words)) for one in statements if (dose := read_dose(one.words))]
    if not doses or doses[0][0].lowest.compare(doses[0][0].highest) > 0:
        return None
    first = doses[0][0]
    same = [stated for dose, stated in doses if (dose.lowest, dose.highest) == (first.lowest, first.highest)]
    return first, tuple(same)


def _statements(drafting: Drafting, given: Given) -> tuple[Stated, ...]:
    described = ("descriptionModule.detailedDescription", "descriptionModule.briefSummary")
    return drafting.stated(given.place, "armsInterventionsModule.armGroups", *described)


def _draft_sham(drafting: Drafting) -> Sham:
    asked = [drafting.asked.ask("sham_content"), drafting.asked.ask("sham_volume")]
    return Sham(
        source=drafting.source(ask=asked),
        content=f"{NOT_STATED}; see question sham_content",
        volume=f"{NOT_STATED}; see question sham_volume",
    )
