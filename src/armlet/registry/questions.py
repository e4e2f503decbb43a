"""The questions that a draft asks, in order of weight, and the rules that find them in a record.

The texts stand in ``data/questions.yaml`` and know no trial; the record's own words are put in when a question is asked.
Here are the rules that need the record alone. What a draft has to put a stand-in for is asked where that is done.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Final

from armlet.document import Document, load_document, read_yaml
from armlet.protocol.model import OpenQuestion
from armlet.registry.accounting import CRITERIA, Certainty, Inferred, Reading
from armlet.registry.criteria_text import CriterionKind, read_criteria
from armlet.registry.record import DesignMasking, PrimaryPurpose, ProtocolSection, Status, WhoMasked

LONGEST_ID: Final = 60
_LONGEST_QUOTE: Final = 300


class Template(Document):
    """One generic question; `weight` is 1 (what the trial means, whom it could harm) to 3 (what the record needs).

    `places` are where the record speaks of it, as paths of the v2 shape without ``protocolSection``, beyond the words
    that the parts of the draft quote which name the question.
    """

    id: str
    weight: int
    about: str
    why: str
    who: str
    options: tuple[str, ...] = ()
    default: str | None = None
    places: tuple[str, ...] = ()


class _Templates(Document):
    questions: tuple[Template, ...]


@cache
def load_templates() -> dict[str, Template]:
    """Every generic question by its id, the weightiest first."""
    name = "data/questions.yaml"
    plain, lines = read_yaml(files("armlet.registry").joinpath(name).read_text(encoding="utf-8"), name)
    found = load_document(_Templates, {"questions": plain}, lines, "questions")
    return {template.id: template for template in found.questions}


class Asked:
    """The questions of one draft so far."""

    def __init__(self) -> None:
        self._asked: dict[str, tuple[Template, OpenQuestion]] = {}

    def ask(self, template: str, subject: str = "", **words: str) -> str:
        """Asks, and gives the question's id: the template's, with the id of its subject where it can be asked twice.

        Asked again in the same words it is the same question.
        """
        chosen = load_templates()[template]
        values = {name: shorten(text) for name, text in words.items()}
        wanted = "_".join(part for part in (template, subject) if part)
        about, why = chosen.about.format(**values), chosen.why.format(**values)
        name, count = wanted[:LONGEST_ID], 1
        while name in self._asked and (self._asked[name][1].about, self._asked[name][1].why) != (about, why):
            count += 1
            name = f"{wanted[: LONGEST_ID - 4]}_{count}"
        question = OpenQuestion(
            id=name, about=about, why=why, who=chosen.who, options=chosen.options, default=chosen.default
        )
        self._asked.setdefault(name, (chosen, question))
        return name

    def who(self, question: str) -> str:
        """Who answers the question of that id."""
        return self._asked[question][1].who

    def weight(self, question: str) -> int:
        """1 to 3, as its template has it."""
        return self._asked[question][0].weight

    def places(self, question: str) -> tuple[str, ...]:
        """Where the record speaks of it, as its template has it."""
        return self._asked[question][0].places

    def questions(self) -> tuple[OpenQuestion, ...]:
        """Every question, the weightiest first; those of one template in the order in which they were asked."""
        order = {name: place for place, name in enumerate(load_templates())}
        ordered = sorted(self._asked.values(), key=lambda pair: order[pair[0].id])
        return tuple(question for _, question in ordered)


def shorten(text: str, longest: int = _LONGEST_QUOTE) -> str:
    """The text on one line, cut at a word with an ellipsis where it is very long; only questions are ever cut."""
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[:longest].rpartition(' ')[0] or line[:longest]} …"


def ask_about_record(reading: Reading, asked: Asked) -> None:
    """Asks all that the record itself leaves open or contradicts, whatever is drafted from it."""
    for rule in RULES:
        rule(reading, asked)


def _section(reading: Reading) -> ProtocolSection:
    return reading.record.protocol_section


# --- Rules: what the trial means --------------------------------------------------------------------------------------

_AT_ENTRY: Final = re.compile(r"\bat (?:the time of )?(?:enrol\w*|inclusion|screening|entry|study entry)\b", re.I)
_BEFORE: Final = re.compile(
    r"\b(?:(?:before|prior to)\s+(?:the\s+|first\s+)*(?:\w+/)?(?:sham\s+)?"
    r"(?:transplant|treat|intervention|infus|administ|dos|surg|therap|inject)\w*|at time (?:0|zero)|time 0|day 0)",
    re.IGNORECASE,
)


def ask_two_baselines(reading: Reading, asked: Asked) -> None:
    """An outcome that is compared with a value at entry and also with one just before the intervention."""
    outcomes = _section(reading).outcomes_module
    for outcome in (*outcomes.primary_outcomes, *outcomes.secondary_outcomes):
        text = " ".join(part for part in (outcome.measure, outcome.description, outcome.time_frame) if part)
        found = [match[0] for pattern in (_AT_ENTRY, _BEFORE) if (match := pattern.search(text))]
        if len(found) == 2:
            asked.ask("baseline_definition", words=f'"{found[0]}" and "{found[1]}"')


def ask_contradictions(reading: Reading, asked: Asked) -> None:
    """What the reader found said in two ways: the first is kept in the record, and a person is asked."""
    for issue in reading.issues:
        if issue.rule in {"read/contradiction", "read/masking-count"}:
            subject = re.sub(r"\W+", "_", issue.where.rpartition(":")[2]).strip("_").lower()
            asked.ask("contradiction", f"line_{subject}", words=issue.message)


_WHO_LABEL: Final = re.compile(
    r"\b(?:participants|patients|subjects|population|study population)\s*:\s*([^.]+)", re.IGNORECASE
)
_SMALL: Final = frozenset(
    {"a", "an", "and", "at", "by", "for", "from", "in", "of", "on", "or", "the", "to", "under", "who", "with", "years"}
)
_SEX_OR_AGE: Final = re.compile(
    r"\b(?:fe)?males?\b|\b(?:wo)?m[ae]n\b|\byears?\b|\byears old\b|^\W*\d+\W*$", re.IGNORECASE
)


def find_described_criteria(reading: Reading) -> tuple[str, ...]:
    """What a description says of the participants in a labelled list and no criterion has most of its words for."""
    section = _section(reading)
    known = f"{section.eligibility_module.eligibility_criteria or ''} {' '.join(section.conditions_module.conditions)}"
    known_words = _content_words(known)
    found = []
    for match in _WHO_LABEL.finditer(section.description_module.detailed_description or ""):
        for part in re.split(r"[,;]", match[1]):
            words = _content_words(part)
            is_other = words and len(words & known_words) * 2 < len(words)
            if is_other and not _SEX_OR_AGE.search(part):
                found.append(part.strip())
    return tuple(dict.fromkeys(found))


def _content_words(text: str) -> set[str]:
    return {word for word in re.findall(r"[a-z0-9]+", text.casefold()) if word not in _SMALL}


def ask_described_criteria(reading: Reading, asked: Asked) -> None:
    """Who may take part, said in the description only."""
    found = find_described_criteria(reading)
    if found:
        asked.ask("eligibility_in_description", words=", ".join(f'"{part}"' for part in found))


def ask_unsorted_criteria(reading: Reading, asked: Asked) -> None:
    """Criteria under no heading: nobody guesses whether they include."""
    unsorted = read_criteria(_section(reading).eligibility_module.eligibility_criteria or "").unsorted
    if unsorted:
        asked.ask("criteria_without_heading", words=", ".join(f'"{text}"' for text in unsorted))


_MASKED_WORDS: Final = {
    WhoMasked.PARTICIPANT: "the participant",
    WhoMasked.CARE_PROVIDER: "the care provider",
    WhoMasked.INVESTIGATOR: "the investigator",
    WhoMasked.OUTCOMES_ASSESSOR: "the outcome assessor",
}


def ask_who_is_blinded(reading: Reading, asked: Asked) -> None:
    """A blinded trial whose record names some of the registry's four roles and not the others."""
    masking = _section(reading).design_module.design_info.masking_info
    missing = [words for role, words in _MASKED_WORDS.items() if role not in masking.who_masked]
    if masking.who_masked and missing:
        named = [_MASKED_WORDS[role] for role in masking.who_masked]
        asked.ask("who_is_blinded", words=", ".join(named), missing=", ".join(missing))
    elif masking.masking is None:
        asked.ask("blinding", words="nothing")
    elif masking.masking is not DesignMasking.NONE and not masking.who_masked:
        asked.ask("blinding", words=f"{masking.masking.value.lower()}, and no role")


def ask_medical_responsibility(reading: Reading, asked: Asked) -> None:
    """People who lead the trial, with a doctorate and no medical degree among their letters."""
    officials = _section(reading).contacts_locations_module.overall_officials
    names = [official.name for official in officials if official.name]
    has_degree = any(re.search(r"\bM\.?D\b|\bMB\b|\bMBBS\b|\bD\.?O\b|\bDr\.? ?med\b", name) for name in names)
    if names and not has_degree and any(re.search(r"\bPh\.?D\b|\bMSc\b|\bDrPH\b|\bRN\b", name) for name in names):
        asked.ask("medical_responsibility", words="; ".join(names))


_INSULIN_SECRETION: Final = re.compile(
    r"\b(?:reserve|secretion)\b.*\binsulin\b|\binsulin\b.*\b(?:reserve|secretion)\b", re.IGNORECASE
)
_C_PEPTIDE: Final = re.compile(r"C-?\s?peptide", re.IGNORECASE)


def is_insulin_secretion(text: str) -> bool:
    """Whether a text speaks of insulin that is made, without saying by which analyte it is known."""
    return bool(_INSULIN_SECRETION.search(text)) and not _C_PEPTIDE.search(text)


def ask_analyte(reading: Reading, asked: Asked) -> None:
    """A reserve or secretion of insulin in a criterion or an outcome: injected insulin is measured along with it."""
    section = _section(reading)
    outcomes = section.outcomes_module
    texts = [item.text for item in read_criteria(section.eligibility_module.eligibility_criteria or "").criteria]
    texts += [item.measure or "" for item in (*outcomes.primary_outcomes, *outcomes.secondary_outcomes)]
    found = [text for text in texts if is_insulin_secretion(text)]
    if found:
        asked.ask("analyte", words='" and "'.join(found))


# --- Rules: how it is carried out -------------------------------------------------------------------------------------


def ask_spelling(reading: Reading, asked: Asked) -> None:
    """Words that the reader offers corrected; nothing is corrected."""
    for offer in reading.offers:
        subject = re.sub(r"[^a-z0-9]+", "_", offer.as_written.casefold()).strip("_")
        asked.ask("spelling", subject, words=offer.as_written, offered=offer.offered, because=offer.because)


def ask_contraception(reading: Reading, asked: Asked) -> None:
    """Pregnancy keeps people out, and nothing is said of becoming pregnant during the trial."""
    text = (_section(reading).eligibility_module.eligibility_criteria or "").casefold()
    if "pregnan" in text and not re.search(r"contracepti|birth control|child-?\s?bearing", text):
        asked.ask("contraception_not_mentioned")


def ask_age_limits(reading: Reading, asked: Asked) -> None:
    """A highest age that can be read in two ways, or none at all."""
    eligibility = _section(reading).eligibility_module
    if eligibility.maximum_age:
        asked.ask("age_limits")
    elif eligibility.minimum_age:
        asked.ask("no_maximum_age")


def ask_sample_size(reading: Reading, asked: Asked) -> None:
    """A number without its reason."""
    count = _section(reading).design_module.enrollment_info.count
    if count:
        asked.ask("sample_size", words=str(count))


def ask_always(_: Reading, asked: Asked) -> None:
    """What no registry has a field for and no trial can do without."""
    for template in ("stopping_rule", "safety_board", "intercurrent_events", "missing_data", "adverse_event_scale"):
        asked.ask(template)


def ask_outcomes(reading: Reading, asked: Asked) -> None:
    """No outcome, none but the primary, or several primary ones."""
    outcomes = _section(reading).outcomes_module
    if not outcomes.primary_outcomes:
        asked.ask("outcomes")
    elif not outcomes.secondary_outcomes:
        asked.ask("secondary_outcomes")
    if len(outcomes.primary_outcomes) > 1:
        asked.ask("several_primary", count=str(len(outcomes.primary_outcomes)))


def ask_after_the_stop(reading: Reading, asked: Asked) -> None:
    """A trial that was stopped before its end."""
    status = _section(reading).status_module.overall_status
    if status in {Status.TERMINATED, Status.SUSPENDED, Status.WITHDRAWN}:
        asked.ask("after_the_stop", words=status.value.lower())


# --- Rules: what the record itself needs ------------------------------------------------------------------------------


def ask_purpose(reading: Reading, asked: Asked) -> None:
    """Prevention, among people who must have had the diagnosis already."""
    section = _section(reading)
    criteria = read_criteria(section.eligibility_module.eligibility_criteria or "").criteria
    included = " ".join(item.text for item in criteria if item.kind is CriterionKind.INCLUSION)
    is_prevention = section.design_module.design_info.primary_purpose is PrimaryPurpose.PREVENTION
    if is_prevention and re.search(r"\bdiagnos", included, re.IGNORECASE):
        asked.ask("purpose")


def ask_sites(reading: Reading, asked: Asked) -> None:
    """No hospital in the record."""
    if not _section(reading).contacts_locations_module.locations:
        asked.ask("site")


def ask_responsible_party(reading: Reading, asked: Asked) -> None:
    """No type of responsible party; what the reader proposes is quoted."""
    if _section(reading).sponsor_collaborators_module.responsible_party.type is None:
        path = "protocolSection.sponsorCollaboratorsModule.responsibleParty.type"
        proposed = next((item.because for item in reading.confirm if item.path == path), None)
        asked.ask(
            "responsible_party_type", words=_sentence(proposed) if proposed else "The record has no words for it."
        )


def ask_dates(reading: Reading, asked: Asked) -> None:
    """A status of the past, no day of primary completion, a registration that came late or is not told."""
    status = _section(reading).status_module
    asked.ask("status_today", words=reading.as_of or "no date that the record gives")
    if status.primary_completion_date_struct.date is None:
        asked.ask("primary_completion")
    registered = _registered(reading)
    start = status.start_date_struct.date
    if registered is None:
        asked.ask("registration_date", words="The record does not say when it was first posted.")
    elif start is not None and registered > start.latest():
        asked.ask("registration_date", words=f"It started {start} and was registered {registered.isoformat()}.")


def _registered(reading: Reading) -> date | None:
    status = _section(reading).status_module
    found = status.study_first_submit_date or status.study_first_post_date_struct.date
    return found.earliest() if found is not None else None


_ASKED_ELSEWHERE: Final = ("responsibleParty.type", "agencyClass", ".class", "overallOfficials")


def ask_inferred(reading: Reading, asked: Asked) -> None:
    """What the reader inferred and the record holds: types of arms and interventions, whose number, who is sponsor."""
    inferred = [item for item in reading.confirm if item.stored and item.certainty is Certainty.INFERRED]
    types = []
    for item in inferred:
        short = item.path.removeprefix("protocolSection.")
        if short.startswith("armsInterventionsModule."):
            types.append(item)
        elif short == "identificationModule.orgStudyIdInfo.id":
            asked.ask("identifier_or_acronym", words=str(item.value))
        elif short == "sponsorCollaboratorsModule.leadSponsor.name":
            asked.ask("sponsor", words=f"The record does not say; {item.value} is inferred: {item.because}.")
        elif item.path != CRITERIA and not short.endswith(_ASKED_ELSEWHERE):
            subject = re.sub(r"[^a-z0-9]+", "_", short.rpartition("Module.")[2].casefold()).strip("_")
            asked.ask("confirm_reading", subject, words=str(item.value).rstrip("."), because=_sentence(item.because))
    if types:
        asked.ask("inferred_types", words="; ".join(_inferred_words(types)))


_PLACE: Final = re.compile(r".*\.(armGroups|interventions)\[(\d+)\]\.([A-Za-z]+)(?:\[\d+\])?")
_PARTS: Final = {"armGroups": "arm", "interventions": "intervention"}
_FIELDS: Final = {"label": "name", "armGroupLabels": "arm"}


def _inferred_words(items: list[Inferred]) -> Iterator[str]:
    """``type of arm 1: EXPERIMENTAL``; which arm an intervention belongs to is said once, from its own side."""
    for item in items:
        match = _PLACE.fullmatch(item.path)
        if match is None:
            yield f"{item.path.rpartition('.')[2]}: {item.value}"
        elif match[3] != "interventionNames":
            yield f"{_FIELDS.get(match[3], match[3])} of {_PARTS[match[1]]} {int(match[2]) + 1}: {item.value}"


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:].rstrip('.')}."


RULES: Final[tuple[Callable[[Reading, Asked], None], ...]] = (
    ask_contradictions,
    ask_two_baselines,
    ask_described_criteria,
    ask_unsorted_criteria,
    ask_who_is_blinded,
    ask_medical_responsibility,
    ask_analyte,
    ask_spelling,
    ask_contraception,
    ask_age_limits,
    ask_sample_size,
    ask_always,
    ask_outcomes,
    ask_after_the_stop,
    ask_purpose,
    ask_sites,
    ask_responsible_party,
    ask_dates,
    ask_inferred,
)
