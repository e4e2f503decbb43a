"""The protocol in plain words, computed from it: what the sponsor signs and a nurse reads.

A criterion is put into words from its rule, not from what it says of itself, so that the two can be compared side by
side. Nothing is summarised away: what rests on an assumption is listed with who must confirm it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from armlet.document import Document, Path_
from armlet.protocol.criteria import (
    All,
    AnyOf,
    Compare,
    CompareTo,
    Comparison,
    Criterion,
    CriterionKind,
    Judgement,
    Measure,
    MeasureIs,
    MeasureKind,
    Not,
    Rule,
    Unless,
    Within,
)
from armlet.protocol.data_management import DataManagement, EditCheck
from armlet.protocol.estimand_prose import beside_in_words, estimand_in_words, event_in_words, set_in_words
from armlet.protocol.factors import levels_of
from armlet.protocol.intercurrent import IntercurrentEvent
from armlet.protocol.model import (
    Activity,
    Allocation,
    Analysis,
    AnalysisSet,
    Arm,
    Blinding,
    Dose,
    Endpoint,
    Factor,
    Intervention,
    OpenQuestion,
    Product,
    Protocol,
    ReleaseTest,
    Role,
    Settings,
    Sham,
    Visit,
)
from armlet.protocol.product import (
    Administration,
    Culture,
    Donors,
    OutOfSpecification,
    ProductFailure,
    Storage,
    Without,
)
from armlet.protocol.prose_conduct import consenting_in_words, course_in_words
from armlet.protocol.safety_prose import tell_safety
from armlet.protocol.source import Source, Sourced
from armlet.studytime import Duration, PartialDate
from armlet.units import Quantity, format_decimal

COMPARED: Final = {
    Comparison.LESS: "below",
    Comparison.AT_MOST: "at most",
    Comparison.EQUAL: "exactly",
    Comparison.AT_LEAST: "at least",
    Comparison.MORE: "above",
    Comparison.IN: "one of",
}
_UNTOLD: Final = {"id", "label", "source"}
"""Fields that are told apart from the values of a part."""
_TIME_WORDS: Final = {
    "a": "year", "mo": "month", "wk": "week", "d": "day", "h": "hour", "min": "minute", "s": "second",
}  # fmt: skip


# --- Single things --------------------------------------------------------------------------------------------------


def unit_in_words(unit: str) -> str:
    """A UCUM unit as people write it: ``mmHg``, ``IU/kg/d``, ``× 10^6/kg``, ``years``; a plain number has none."""
    if unit == "1":
        return ""
    if unit in _TIME_WORDS:
        return f"{_TIME_WORDS[unit]}s"
    written = unit.replace("m[Hg]", "mHg").replace("[lb_av]", "lb").replace("[in_i]", "in").replace("Cel", "°C")
    written = re.sub(r"10\*(\d+)", r"× 10^\1", written)
    return re.sub(r"[\[\]]", "", written)


def quantity_in_words(quantity: Quantity) -> str:
    """``30.1 kg/m2``, ``18 years``, ``7 × 10^6/kg``: the number as typed and a unit that people say."""
    number = format_decimal(quantity.value)
    if quantity.unit in _TIME_WORDS:
        return f"{number} {_TIME_WORDS[quantity.unit]}{'' if quantity.value == 1 else 's'}"
    return f"{number} {unit_in_words(quantity.unit)}".strip()


def with_article(role: str) -> str:
    """``an investigator``, ``a treating physician``."""
    words = role.replace("_", " ")
    return f"{'an' if words[:1].lower() in 'aeiou' else 'a'} {words}"


def listed(parts: Iterable[str], last: str = "and") -> str:
    """``a, b and c``; the word ``none`` where there is nothing."""
    items = list(parts)
    if len(items) < 2:
        return items[0] if items else "none"
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def source_in_words(source: Source) -> str:
    """The record's own words and where they stand, and what was assumed beyond them."""
    parts = [f"the record says “{stated.words}” ({stated.where})" for stated in source.stated]
    if source.assumed is not None:
        parts.append(f"assumed, because {source.assumed.because}; to be confirmed by {source.assumed.confirm}")
    return "; ".join(parts)


# --- Rules ----------------------------------------------------------------------------------------------------------


def label_of(measure_id: str, protocol: Protocol) -> str:
    """The label of a measure; its id where the protocol does not define it."""
    return next((measure.label for measure in protocol.measures if measure.id == measure_id), measure_id)


def rule_in_words(rule: Rule, protocol: Protocol) -> str:
    """What a rule asks for, in words computed from its nodes alone."""
    match rule:
        case MeasureIs():
            return label_of(rule.measure, protocol)
        case Compare():
            return _comparison_in_words(rule.compare, protocol)
        case Within():
            span = rule.within.at_most.in_words()
            return f"{label_of(rule.within.measure, protocol)} at most {span} before the reference date"
        case All():
            return " and ".join(_part_in_words(part, rule, protocol) for part in rule.all)
        case AnyOf():
            return " or ".join(_part_in_words(part, rule, protocol) for part in rule.any)
        case Not():
            return f"not {_part_in_words(rule.not_, rule, protocol)}"
        case Unless():
            when = _part_in_words(rule.unless.when, rule, protocol)
            return f"{when}, unless {_part_in_words(rule.unless.except_, rule, protocol)}"
        case Judgement():
            question = rule.judgement.question
            return f"{with_article(rule.judgement.by)} answers yes to “{question}”"


def _part_in_words(part: Rule, whole: Rule, protocol: Protocol) -> str:
    words = rule_in_words(part, protocol)
    is_joined = isinstance(part, All | AnyOf | Unless) and not _has_one_part(part)
    return f"({words})" if is_joined and type(part) is not type(whole) else words


def _has_one_part(rule: Rule) -> bool:
    return (isinstance(rule, All) and len(rule.all) == 1) or (isinstance(rule, AnyOf) and len(rule.any) == 1)


def codes_of(node: CompareTo) -> tuple[str, ...]:
    """The codes that a comparison asks for, whether it names one or several."""
    return (*((node.code,) if node.code is not None else ()), *node.codes)


def _comparison_in_words(node: CompareTo, protocol: Protocol) -> str:
    label = label_of(node.measure, protocol)
    if node.value is not None:
        return f"{label} {COMPARED[node.is_]} {quantity_in_words(node.value)}"
    return f"{label} is {listed(codes_of(node), 'or')}"


# --- Assumptions ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Assumption:
    """Something the record leaves unsaid: where it stands, what it is about, why it was chosen, who must confirm it.

    `assumed` says in plain words what is assumed, with its values and units; it may hold what the record does state of
    the same part, for a source is given for a part as a whole. `answer` is set where an open question was answered, and
    None where a statement of the protocol is assumed.
    """

    path: str
    what: str
    because: str
    confirm: str
    assumed: str
    answer: str | None = None


def assumptions(protocol: Protocol) -> tuple[Assumption, ...]:
    """Every assumed source and every answered question, in the protocol's order; found by walking the whole of it."""
    return tuple(_assumed_in(protocol, "", protocol))


def _assumed_in(part: Document, path: str, protocol: Protocol) -> Iterator[Assumption]:
    if isinstance(part, Sourced) and part.source.assumed is not None:
        why = part.source.assumed
        yield Assumption(path, _what(part), why.because, why.confirm, _values_in_words(part, protocol))
    if isinstance(part, OpenQuestion) and part.answer is not None:
        yield Assumption(path, part.about, part.because, part.confirm or part.who, part.answer, part.answer)
    for name in type(part).model_fields:
        value: object = getattr(part, name)
        for index, child in enumerate(value if isinstance(value, tuple) else (value,)):
            if isinstance(child, Document):
                step = f"{name}.{getattr(child, 'id', index)}" if isinstance(value, tuple) else name
                yield from _assumed_in(child, f"{path}.{step}".removeprefix("."), protocol)


@dataclass(frozen=True, slots=True)
class Statement:
    """A part of the protocol that says where it comes from: its place, its name, what it says in plain words.

    `path` is the path in the document, with the places in lists as numbers, as `Lines` knows it. `says` has a line for
    each field where a part is told field by field.
    """

    path: Path_
    what: str
    says: str
    source: Source


def statements(protocol: Protocol) -> tuple[Statement, ...]:
    """Every part that carries a source, in the protocol's order; found by walking the whole of it."""
    return tuple(_stated_in(protocol, (), protocol))


def _stated_in(part: Document, path: Path_, protocol: Protocol) -> Iterator[Statement]:
    if isinstance(part, Sourced):
        says, fields = _values_in_words(part, protocol), _told_fields(part)
        by_line = "\n".join(fields) if says == "; ".join(fields) else says
        yield Statement(path, _what(part), by_line, part.source)
    for name in type(part).model_fields:
        value: object = getattr(part, name)
        if isinstance(value, Document):
            yield from _stated_in(value, (*path, name), protocol)
        for index, child in enumerate(value if isinstance(value, tuple) else ()):
            if isinstance(child, Document):
                yield from _stated_in(child, (*path, name, index), protocol)


def _what(part: Document) -> str:
    """What people call this part: its label, what it says, or the name of its kind."""
    for name in ("label", "says"):
        value: object = getattr(part, name, None)
        if isinstance(value, str):
            return value
    return re.sub(r"(?<!^)([A-Z])", r" \1", type(part).__name__).lower()


def _values_in_words(part: Document, protocol: Protocol) -> str:
    """What a part of the protocol says, its name and its source left out."""
    match part:
        case ReleaseTest():
            return f"{part.label} {_release_limit(part)}" if part.limit is not None else _release_limit(part)
        case Dose():
            return ". ".join(_dose_lines(part))
        case Sham():
            return f"{part.content}; volume: {part.volume}"
        case Donors() | Culture() | Storage() | Administration() | ProductFailure() | OutOfSpecification() | Without():
            return _product_part(part)
        case Product():
            return f"{_making(part)}. {_keeping(part)}"
        case Visit():
            done = listed(_activity_labels(part, protocol))
            return f"{_when(part)}, {_reach(part)}; activities: {done}"
        case Activity():
            return f"{part.kind.value}: measures {_measuring(part, protocol)}"
        case EditCheck():
            return _check_in_words(part, protocol)
        case DataManagement():
            return _keeping_data(part, protocol)
        case Criterion():
            return rule_in_words(part.rule, protocol)
        case Endpoint():
            return f"{_deriving(part, protocol)}. Unit: {unit_in_words(part.unit) or 'plain numbers'}"
        case AnalysisSet():
            return set_in_words(part)
        case IntercurrentEvent():
            return event_in_words(part, protocol)
        case Analysis():
            return _analysing(part, protocol)
        case Blinding() if protocol.is_open_label:
            return "nobody is blinded"
        case Allocation():
            return f"{part.method.replace('_', ' ')}, {_ratio(protocol)}{_after(part, protocol)}"
        case _:
            return _fields_in_words(part) or "as written there"


def _fields_in_words(part: Document) -> str:
    """``sponsor: …; sites: …``: every field that has a value in few words, by its name in the protocol."""
    return "; ".join(_told_fields(part))


def _told_fields(part: Document) -> list[str]:
    told = ((name, _in_few_words(getattr(part, name))) for name in type(part).model_fields if name not in _UNTOLD)
    return [f"{name.rstrip('_').replace('_', ' ')}: {words}" for name, words in told if words]


def _in_few_words(value: object) -> str:
    """A scalar, or a list of scalars and of named parts, in words; nothing for what is absent or cannot be so told."""
    match value:
        case bool():
            return "yes" if value else "no"
        case Role():
            return value.value.replace("_", " ")
        case str():
            return value
        case int() | PartialDate():
            return str(value)
        case Quantity():
            return quantity_in_words(value)
        case Duration():
            return value.in_words()
        case tuple() if value:
            return listed(filter(None, map(_in_few_words, value)))
        case Document():
            return str(getattr(value, "label", None) or getattr(value, "name", None) or "")
        case _:
            return ""


# --- The whole ------------------------------------------------------------------------------------------------------


def render_protocol(protocol: Protocol) -> str:
    """The whole protocol as Markdown in plain words."""
    sections: tuple[tuple[str, Callable[[Protocol], list[str]]], ...] = (
        ("Identity", _identity),
        ("Aim", lambda it: [it.aim]),
        ("Design", _design),
        ("Arms and interventions", _arms),
        ("Blinding", _blinding),
        ("Allocation", _allocation),
        ("Product", _products),
        ("Population", _population),
        ("Inclusion criteria", lambda it: _criteria(it, CriterionKind.INCLUSION)),
        ("Exclusion criteria", lambda it: _criteria(it, CriterionKind.EXCLUSION)),
        ("Measures", _measures),
        ("Consent", _consents),
        ("Schedule", _schedule),
        ("Activities", lambda it: [_activity(activity, it) for activity in it.activities]),
        ("Endpoints", lambda it: [_endpoint(endpoint, it) for endpoint in it.endpoints]),
        ("Analysis sets and analyses", _analyses),
        ("Safety", _safety),
        ("Data management", _data_management),
        ("Assumptions", _assumptions),
        ("Open questions", _open_questions),
    )
    if protocol.course is not None:
        sections = (*sections[:-2], ("Course of the trial", _course), *sections[-2:])
    told = [(title, write(protocol)) for title, write in sections]
    shown = [(title, lines) for title, lines in told if lines or title != "Data management"]
    blocks = [f"# {protocol.title}", *(f"## {title}\n\n{_block(lines)}" for title, lines in shown)]
    return "\n\n".join(blocks) + "\n"


def _block(lines: list[str]) -> str:
    return "\n".join(line for line in lines if line) or "None."


def _fact(name: str, value: object) -> str:
    """One line of a list; nothing where there is nothing to say."""
    return f"- {name}: {value}" if value not in {None, ""} else ""


def _backed(text: str, source: Source) -> str:
    return f"{text}\n  - Source: {source_in_words(source)}."


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    lines = [head, tuple("---" for _ in head), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) + " |" for row in lines]


def _identity(protocol: Protocol) -> list[str]:
    organisation = protocol.organisation
    return [
        _fact("Official title", protocol.official_title),
        _fact("Acronym", protocol.acronym),
        f"- Protocol: {protocol.id}, version {protocol.version}",
        *(f"- Known as {item.id} by {item.given_by}" for item in protocol.identifiers),
        *_registry(protocol),
        _backed(f"- Sponsor: {organisation.sponsor}", organisation.source),
        _fact("With", ", ".join(organisation.collaborators)),
        _fact("Responsible party", organisation.responsible_party),
        *(
            f"- {person.role.capitalize()}: {', '.join(filter(None, (person.name, person.title, person.affiliation)))}"
            for person in organisation.people
        ),
        *(
            f"- Site {site.id}: {', '.join(filter(None, (site.name, site.postcode, site.city, site.country)))}"
            for site in organisation.sites
        ),
    ]


def _registry(protocol: Protocol) -> list[str]:
    registry = protocol.registry
    dates: tuple[tuple[str, PartialDate | None], ...] = (
        ("First posted", registry.first_posted),
        ("Last updated", registry.last_updated),
        ("Last verified", registry.last_verified),
        ("Start", registry.start),
        ("Primary completion", registry.primary_completion),
        ("Completion", registry.completion),
    )
    enrolment = "" if registry.enrolment is None else f"{registry.enrolment} ({registry.enrolment_is or 'not said'})"
    return [
        _backed(f"- Registry status on {registry.as_of}: {registry.status}", registry.source),
        _fact("Why stopped", registry.why_stopped),
        *(_fact(name, date) for name, date in dates),
        _fact("Enrolment according to the registry", enrolment),
        "" if registry.results_posted is None else f"- Results posted: {'yes' if registry.results_posted else 'no'}",
    ]


def _design(protocol: Protocol) -> list[str]:
    design = protocol.design
    return [
        f"- {design.phase}; {design.allocation}; {design.model}; purpose: {design.purpose}",
        _backed(f"- Planned number of participants: {design.participants}", design.source),
        _fact("Keywords", ", ".join(design.keywords)),
    ]


def _arms(protocol: Protocol) -> list[str]:
    return [*(_arm(arm, protocol) for arm in protocol.arms), *(_intervention(item) for item in protocol.interventions)]


def _arm(arm: Arm, protocol: Protocol) -> str:
    labels = {item.id: item.label for item in protocol.interventions}
    given = listed(labels.get(name, name) for name in arm.interventions)
    reference = "; the arm that others are compared with" if arm.reference else ""
    text = f"- Arm **{arm.label}** ({arm.type.value}{reference}): {given}. {arm.description}".rstrip()
    return _backed(text, arm.source)


def _intervention(item: Intervention) -> str:
    also = f", also called {listed(item.other_names)}" if item.other_names else ""
    product = f"; the product {item.product} is given" if item.product else ""
    sham = "; it imitates another intervention" if item.sham else ""
    text = f"- Intervention **{item.label}** ({item.type}{also}{product}{sham}). {item.description}".rstrip()
    return _backed(text, item.source)


def _blinding(protocol: Protocol) -> list[str]:
    blinding = protocol.blinding
    if protocol.is_open_label:
        return [_backed("- Nobody is blinded: everybody may know the arm.", blinding.source)]
    return [
        f"- Named as blinded: {listed(_roles(blinding.blinded))}",
        f"- May know the arm: {listed(_roles(blinding.unblinded))}",
        _backed("- Every other role is blinded as well.", blinding.source),
    ]


def _roles(roles: Iterable[str]) -> list[str]:
    return [str(role).replace("_", " ") for role in roles]


def _allocation(protocol: Protocol) -> list[str]:
    allocation = protocol.allocation
    done = {activity.id: activity.label for activity in protocol.activities}
    return [
        f"- Method: {allocation.method.replace('_', ' ')}",
        _backed(f"- Ratio: {_ratio(protocol)}", allocation.source),
        _fact("Only after", ", ".join(done.get(name, name) for name in allocation.after)),
        *(["- Late: only when the participant's product is made and released"] if allocation.after_release else []),
        *(_factor(protocol, factor) for factor in allocation.factors or ()),
    ]


def _factor(protocol: Protocol, factor: Factor) -> str:
    return _backed(f"- Balanced over {factor.label}: {listed(levels_of(protocol, factor), 'or')}", factor.source)


def _ratio(protocol: Protocol) -> str:
    labels = {arm.id: arm.label for arm in protocol.arms}
    return " : ".join(f"{count} {labels.get(name, name)}" for name, count in protocol.allocation.ratio.items())


def _after(allocation: Allocation, protocol: Protocol) -> str:
    done = {activity.id: activity.label for activity in protocol.activities}
    return f", after {listed(done.get(name, name) for name in allocation.after)}" if allocation.after else ""


def _products(protocol: Protocol) -> list[str]:
    return [line for product in protocol.products for line in _product(product)]


def _product(product: Product) -> list[str]:
    sham = product.sham
    imitated = "" if sham is None else f"- What imitates it: {sham.content}; volume: {sham.volume}"
    return [
        f"- **{product.label}**: {_making(product)}",
        _backed(f"- {_keeping(product)}", product.source),
        *_dose(product.dose),
        _fact("Release specification, version", product.specification),
        *(_release_test(test) for test in product.release),
        *_making_and_giving(product),
        "" if sham is None else _backed(imitated, sham.source),
    ]


def _making(product: Product) -> str:
    made = f"from {product.donor}; origin: {product.origin}; manipulation: {product.manipulation}"
    return f"{made}; route: {product.route}; vehicle: {product.vehicle}"


def _keeping(product: Product) -> str:
    takes, life = product.preparation_takes.in_words(), quantity_in_words(product.shelf_life)
    return f"Preparation takes {takes}; shelf life {life}"


def _dose(dose: Dose) -> list[str]:
    amount, *others = _dose_lines(dose)
    return [_backed(f"- Dose: {amount}", dose.source), *(f"- {line}" for line in others)]


def _dose_lines(dose: Dose) -> list[str]:
    lowest, highest, target = (quantity_in_words(amount) for amount in (dose.lowest, dose.highest, dose.target))
    step, dead = quantity_in_words(dose.volume_step), quantity_in_words(dose.dead_volume)
    valid, change = dose.weight_valid_for.in_words(), quantity_in_words(dose.weight_change_limit)
    return [
        f"from {lowest} to {highest} ({dose.basis} cells), aiming at {target}",
        f"Volume in steps of {step}; {dead} stays behind",
        f"A weight is valid for {valid} and until it changes by {change}",
        *_dose_details(dose),
    ]


def _dose_details(dose: Dose) -> list[str]:
    """What a dose says beyond its limits; nothing for what it leaves unsaid."""
    told = [
        ("A change of weight is asked about above", dose.weight_query_limit),
        ("Whoever is heavier is dosed as if weighing", dose.weight_cap),
        ("Counts are repeated when they vary by more than", dose.count_variation_limit),
        ("The dose may be uncertain by at most", dose.uncertainty_limit),
        ("It comes in whole bags of cells, each of", dose.bags.cells if dose.bags else None),
    ]
    counted = [f"Cells are counted {dose.counted}"] if dose.counted else []
    return [*counted, *(f"{words} {quantity_in_words(value)}" for words, value in told if value is not None)]


def _making_and_giving(product: Product) -> list[str]:
    parts = (
        product.donors,
        product.culture,
        *(product.storage or ()),
        product.administration,
        product.failure,
        product.out_of_specification,
        *(product.without or ()),
    )
    return [_backed(f"- {_product_part(part)}", part.source) for part in parts if part is not None]


ProductPart = Donors | Culture | Storage | Administration | ProductFailure | OutOfSpecification | Without


def _product_part(part: ProductPart) -> str:
    """One part of the making and giving of a product, in words."""
    match part:
        case Donors():
            return _donors(part)
        case Culture():
            return _culture(part)
        case Storage():
            return _storage(part)
        case Administration():
            return _administration(part)
        case ProductFailure():
            return _failure(part)
        case OutOfSpecification():
            needs = listed(name.replace("_", " ") for name in part.needs)
            return f"A lot out of specification may be given at a physician's request; needed, in this order: {needs}"
        case Without():
            return f"Without {part.part}"


def _donors(donors: Donors) -> str:
    rich = "rich in white cells" if donors.leukocyte_rich else "not rich in white cells"
    more = (
        f"; also tested: {listed(name.replace('_', ' ') for name in donors.also_tested)}" if donors.also_tested else ""
    )
    tissue = donors.tissue.replace("_", " ")
    return f"Donors are judged by the rules {listed(donors.rules)} for {tissue}, {rich}{more}"


def _culture(culture: Culture) -> str:
    slow = culture.slow_growth
    alert = f"; an alert when doubling takes more than {quantity_in_words(slow)} times as long" if slow else ""
    most = quantity_in_words(culture.most_doublings)
    first, highest = culture.first_passage, culture.highest_passage
    return f"Culture: at most {most} doublings, to passage {highest}; the first is passage {first}{alert}"


def _storage(storage: Storage) -> str:
    limits = [
        f"{word} {quantity_in_words(value)}"
        for word, value in (
            ("at least", storage.lowest),
            ("at most", storage.highest),
            ("no longer than", storage.longest),
        )
        if value is not None
    ]
    return f"Storage, {storage.label}: {listed(limits) if limits else 'no limits are laid down'}"


def _administration(giving: Administration) -> str:
    told = [
        ("no faster than", giving.fastest),
        ("endotoxin in the worst hour at most", giving.endotoxin_limit),
        ("DMSO in the frozen product", giving.dmso_fraction),
        ("of density", giving.dmso_density),
        ("DMSO at most", giving.dmso_limit),
    ]
    more = "".join(f"; {words} {quantity_in_words(value)}" for words, value in told if value is not None)
    return f"Administration: its {giving.before_expiry} comes before the expiry{more}"


def _failure(failure: ProductFailure) -> str:
    count = f"; at most {failure.collections} collections in all" if failure.collections else ""
    alike = "; the same steps are imitated for the sham" if failure.imitated else ""
    return f"When a product fails after allocation: {listed(failure.then, 'then')}{count}{alike}. Nobody changes arm"


def _release_test(test: ReleaseTest) -> str:
    return _backed(f"- Release test {test.label}: {_release_limit(test)}", test.source)


def _release_limit(test: ReleaseTest) -> str:
    """``at least 75 %``, with what else must be known of the test."""
    limit = test.limit
    wanted = f"{COMPARED[test.is_]} {quantity_in_words(limit)}" if limit is not None else listed(test.codes, "or")
    notes = [
        "" if test.releasing else "does not decide about release",
        "may come after release" if test.after_release else "",
        f"stands for the others of {test.either!r}: one that passes is enough" if test.either else "",
        "its failure is never waived" if test.final else "",
    ]
    more = "".join(f"; {text}" for text in notes if text)
    return f"{wanted}{more}"


def _population(protocol: Protocol) -> list[str]:
    population = protocol.population
    lowest, highest = population.minimum_age, population.maximum_age
    return [
        _backed(f"- Condition: {population.condition}; sex: {population.sex}", population.source),
        _fact("Minimum age", lowest and quantity_in_words(lowest)),
        _fact("Maximum age", highest and quantity_in_words(highest)),
        f"- Healthy volunteers: {'yes' if population.healthy_volunteers else 'no'}",
    ]


def _criteria(protocol: Protocol, kind: CriterionKind) -> list[str]:
    lines = []
    for number, criterion in enumerate(protocol.criteria_of(kind), start=1):
        words = rule_in_words(criterion.rule, protocol)
        text = f"{number}. **{words}**\n  - In the protocol's words: {criterion.says} (`{criterion.id}`)"
        lines.append(_backed(text, criterion.source))
    return lines


def _measures(protocol: Protocol) -> list[str]:
    rows = [
        (
            measure.label,
            unit_in_words(measure.unit) if measure.unit else listed(measure.codes, "or") if measure.codes else "-",
            f"{quantity_in_words(measure.plausible.lowest)} to {quantity_in_words(measure.plausible.highest)}, because "
            f"{measure.plausible.because}"
            if measure.plausible
            else "-",
        )
        for measure in protocol.measures
    ]
    return _table(("Measure", "Unit or codes", "Plausible"), rows)


def _consents(protocol: Protocol) -> list[str]:
    return [
        _backed(f"- {form.label}, version {form.version}, given by the {form.by.value.replace('_', ' ')}", form.source)
        for form in protocol.consents
    ] + [_backed(text, source) for text, source in consenting_in_words(protocol)]


def _data_management(protocol: Protocol) -> list[str]:
    lines = [_backed(f"- Check: {_check_in_words(one, protocol)}", one.source) for one in protocol.edit_checks or ()]
    kept = protocol.data_management
    if kept is not None:
        lines.append(_backed(f"- {_keeping_data(kept, protocol)}", kept.source))
    counted = protocol.analysis_visits
    if counted is not None:
        lines.append(_backed(f"- A visit counts in the analysis: {counted.rule}", counted.source))
    return lines


def _keeping_data(kept: DataManagement, protocol: Protocol) -> str:
    critical = listed(label_of(one, protocol) for one in kept.critical or ())
    late = kept.late_correction
    parts = (
        f"Signature policy: version {kept.signature_policy}",
        f"entered twice: {critical}" if critical else "",
        f"a correction is late after {late.in_words()}" if late is not None else "",
        f"the lock waits for: {listed(one.value for one in kept.lock_needs)}" if kept.lock_needs else "",
    )
    return "; ".join(filter(None, parts))


def _check_in_words(check: EditCheck, protocol: Protocol) -> str:
    """What is asked, where, and what should be so; compared values are named as the check names them."""
    at = f" (at {_visit_labels(check.visits, protocol)})" if check.visits else ""
    if check.rule is None:
        needed = listed(label_of(one, protocol) for one in check.required or ())
        return f"{check.asks}{at} Needed: {needed}"
    made = [
        Measure(id=one.id, label=one.id.replace("_", " "), kind=MeasureKind.QUANTITY) for one in check.compared or ()
    ]
    extended = protocol.model_copy(update={"measures": (*protocol.measures, *made)})
    return f"{check.asks}{at} Expected: {rule_in_words(check.rule, extended)}"


def _schedule(protocol: Protocol) -> list[str]:
    rows = [
        (
            visit.label,
            visit.epoch,
            _when(visit),
            _window(visit),
            listed(_activity_labels(visit, protocol)),
        )
        for visit in protocol.visits
    ]
    sources = [f"- {visit.label}: {source_in_words(visit.source)}." for visit in protocol.visits]
    return [*_table(("Visit", "Epoch", "When", "Window", "Activities"), rows), "\n" + "\n".join(sources)]


def _activity_labels(visit: Visit, protocol: Protocol) -> list[str]:
    labels = {activity.id: activity.label for activity in protocol.activities}
    return [labels.get(name, name) for name in visit.activities]


def _when(visit: Visit) -> str:
    if _is_nothing(visit.offset):
        return f"on the day of {visit.anchor.value}"
    side = "before" if min(visit.offset.months, visit.offset.days) < 0 else "after"
    return f"{visit.offset.in_words()} {side} {visit.anchor.value}"


def _window(visit: Visit) -> str:
    sides = [
        f"{span.in_words()} {word}"
        for span, word in ((visit.early, "early"), (visit.late, "late"))
        if not _is_nothing(span)
    ]
    return f"up to {listed(sides, 'or')}" if sides else "that day only"


def _reach(visit: Visit) -> str:
    """``4 weeks early to 4 weeks late``."""
    if _is_nothing(visit.early) and _is_nothing(visit.late):
        return "that day only"
    return f"{visit.early.in_words()} early to {visit.late.in_words()} late"


def _is_nothing(span: Duration) -> bool:
    return span.months == 0 and span.days == 0


def _activity(activity: Activity, protocol: Protocol) -> str:
    text = f"- **{activity.label}** ({activity.kind.value}): measures {_measuring(activity, protocol)}"
    return _backed(text, activity.source)


def _measuring(activity: Activity, protocol: Protocol) -> str:
    measured = listed(label_of(name, protocol) for name in activity.measures)
    at = f"; at {listed(quantity_in_words(time) for time in activity.at)}" if activity.at else ""
    days = f"; over {activity.days} days" if activity.days else ""
    least = f", of which at least {activity.at_least} count" if activity.at_least else ""
    sample = "; takes a sample" if activity.sample else ""
    return f"{measured}{at}{days}{least}{sample}"


def _visit_labels(names: Iterable[str], protocol: Protocol) -> str:
    labels = {visit.id: visit.label for visit in protocol.visits}
    return listed(labels.get(name, name) for name in names)


def _settings(settings: Settings) -> str:
    return "".join(f"; {name.replace('_', ' ')}: {value}" for name, value in settings.items())


def _endpoint(endpoint: Endpoint, protocol: Protocol) -> str:
    text = (
        f"- **{endpoint.label}** ({endpoint.level}, in {unit_in_words(endpoint.unit) or 'plain numbers'}): "
        f"{endpoint.objective}. Time frame: {endpoint.time_frame}. {_deriving(endpoint, protocol)}."
        f"{' Its value could tell the arm.' if endpoint.tells_arm else ''}"
    )
    return _backed(text, endpoint.source)


def _deriving(endpoint: Endpoint, protocol: Protocol) -> str:
    return (
        f"Visits: {_visit_labels(endpoint.visits, protocol)}; "
        f"baseline: {_visit_labels((endpoint.baseline,), protocol)}. "
        f"Derived by {endpoint.method.replace('_', ' ')}{_settings(endpoint.settings)}"
    )


def _analyses(protocol: Protocol) -> list[str]:
    sets = [_backed(f"- Set **{item.label}**: {set_in_words(item)}", item.source) for item in protocol.sets]
    events = [
        _backed(f"- Intercurrent event **{item.label}**: {event_in_words(item, protocol)}", item.source)
        for item in protocol.intercurrent_events or ()
    ]
    return [*sets, *events, *(_analysis(analysis, protocol) for analysis in protocol.analyses)]


def _analysis(analysis: Analysis, protocol: Protocol) -> str:
    attributes = "".join(f"\n  - Estimand, {attribute}" for attribute in estimand_in_words(analysis, protocol))
    text = f"- Analysis **{analysis.label}** ({analysis.role}): by {_estimating(analysis)}{attributes}"
    return _backed(text, analysis.source)


def _estimating(analysis: Analysis) -> str:
    return f"{analysis.method.replace('_', ' ')}{_settings(analysis.settings)}{beside_in_words(analysis)}"


def _analysing(analysis: Analysis, protocol: Protocol) -> str:
    return f"by {_estimating(analysis)}; {'; '.join(estimand_in_words(analysis, protocol))}"


def _safety(protocol: Protocol) -> list[str]:
    safety = protocol.safety
    return [
        f"- Adverse events are graded by {safety.scale}; an event may be related to {listed(safety.related_to, 'or')}",
        _backed(f"- Followed up for {safety.follow_up.in_words()}", safety.source),
        *(text if source is None else _backed(text, source) for text, source in tell_safety(safety)),
    ]


def _course(protocol: Protocol) -> list[str]:
    return [_backed(text, source) for text, source in course_in_words(protocol)]


def _assumptions(protocol: Protocol) -> list[str]:
    rows = [(item.what, f"`{item.path}`", item.assumed, item.because, item.confirm) for item in assumptions(protocol)]
    return _table(("What", "Where", "Assumed", "Because", "To be confirmed by"), rows) if rows else []


def _open_questions(protocol: Protocol) -> list[str]:
    return [_open_question(question) for question in protocol.questions if question.answer is None]


def _open_question(question: OpenQuestion) -> str:
    options = f"; options: {listed(question.options, 'or')}" if question.options else ""
    default = f"; default: {question.default}" if question.default else ""
    return f"- {question.about} {question.why} To be answered by {question.who}{options}{default}."
