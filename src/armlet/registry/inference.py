"""What records of every layout leave unsaid and a reader may derive or propose: always for a person to confirm.

Here too is what several layouts of other registries share: outcomes and criteria told in prose, and the application
form of EudraCT, which is met as text and as JSON.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from armlet.registry.accounting import CONTACT_SHOWN, CRITERIA, Account, Certainty, Line, Words
from armlet.registry.criteria_text import CriterionKind, read_criteria, split_at_headings
from armlet.registry.record import Status
from armlet.registry.vocabulary import Masking, read_masking, read_moment, standard_ages
from armlet.studytime import PartialDate

IDENTITY: Final = "protocolSection.identificationModule"
INTERVENTIONS: Final = "protocolSection.armsInterventionsModule.interventions"
LOCATIONS: Final = "protocolSection.contactsLocationsModule.locations"
OUTCOMES: Final = "protocolSection.outcomesModule"
DESIGN: Final = "protocolSection.designModule"
STATUS: Final = "protocolSection.statusModule"
SPONSORS: Final = "protocolSection.sponsorCollaboratorsModule"
ELIGIBILITY: Final = "protocolSection.eligibilityModule"
_INSTITUTION: Final = re.compile(r"universi|hospital|institut|clinic|college|klinik|foundation", re.IGNORECASE)


def infer_study_type(account: Account) -> None:
    """An intervention model makes the study an interventional one."""
    model = f"{DESIGN}.designInfo.interventionModel"
    if account.has(model):
        because = "the page states an intervention model, which only interventional studies have"
        account.infer(f"{DESIGN}.studyType", "INTERVENTIONAL", because, account.line_of(model), Certainty.DERIVED)


def infer_allocation(account: Account) -> None:
    """A single group has nothing to allocate."""
    model = f"{DESIGN}.designInfo.interventionModel"
    if account.value(model) == "SINGLE_GROUP":
        because = "the intervention model is a single group, so allocation does not apply"
        account.infer(f"{DESIGN}.designInfo.allocation", "NA", because, account.line_of(model), Certainty.DERIVED)


def infer_standard_ages(account: Account) -> None:
    """The age groups follow from the limits, where the page states at least one limit and no groups."""
    low, high = f"{ELIGIBILITY}.minimumAge", f"{ELIGIBILITY}.maximumAge"
    stated = [path for path in (low, high) if account.has(path)]
    if not stated or account.has(f"{ELIGIBILITY}.stdAges[0]"):
        return
    groups = standard_ages(account.value(low) or None, account.value(high) or None)
    for index, group in enumerate(groups):
        because = "the age limits reach into this age group of the registry"
        line = account.line_of(stated[0])
        account.infer(f"{ELIGIBILITY}.stdAges[{index}]", group.value, because, line, Certainty.DERIVED)


def propose_agency_class(account: Account, sponsor: str) -> None:
    """A university or a hospital is of the class OTHER; nothing is proposed for a name that does not tell."""
    name = account.value(f"{sponsor}.name")
    if _INSTITUTION.search(name):
        because = f"{name} reads like a university, a hospital or an institute, which the registry classes as OTHER"
        account.propose(f"{sponsor}.class", "OTHER", because, account.line_of(f"{sponsor}.name"))


def state_masking(account: Account, masking: Masking, line: int, quote: str) -> None:
    """Masking level and roles; a level that disagrees with the number of roles is kept and reported."""
    path = f"{DESIGN}.designInfo.maskingInfo"
    account.state(f"{path}.masking", masking.level.value, line, quote)
    for index, (role, words) in enumerate(masking.roles):
        account.state(f"{path}.whoMasked[{index}]", role.value, line, words)
    if not masking.consistent:
        message = f"masking is {masking.level.value}, but {len(masking.roles)} roles are named as masked."
        account.warn("read/masking-count", line, message, "Confirm who is blinded; older records counted differently.")


def check_polarity(account: Account, criteria: str) -> None:
    """Criteria that no heading sorts are reported; nobody guesses whether they let in or keep out."""
    unsorted = read_criteria(criteria).unsorted
    if unsorted:
        first = unsorted[0] if len(unsorted[0]) <= 80 else f"{unsorted[0][:80]}…"
        message = f"{len(unsorted)} criteria stand under no inclusion or exclusion heading, first {first!r}."
        fix = "Say of each whether it includes or excludes."
        line = account.line_of(f"{ELIGIBILITY}.eligibilityCriteria")
        account.warn("read/criteria-polarity", line, message, fix)


def infer_date_type(account: Account, path: str) -> None:
    """A date after that of the content is a planned one; one before it is only probably the actual one."""
    if account.as_of is None or not account.has(f"{path}.date") or account.has(f"{path}.type"):
        return
    as_of, line = PartialDate.parse(account.as_of), account.line_of(f"{path}.date")
    date = PartialDate.parse(account.value(f"{path}.date"))
    if date.earliest() > as_of.latest():
        because = f"it lies after the last update of the record ({as_of})"
        account.infer(f"{path}.type", "ESTIMATED", because, line, Certainty.DERIVED)
    elif date.latest() < as_of.earliest():
        because = f"it lies before the last update of the record ({as_of}), but the record does not say so"
        account.propose(f"{path}.type", "ACTUAL", because, line)


_ITEM: Final = re.compile(r"(?:\(?\d{1,2}[.)/]|[-*•·–▪◦])\s*(?=\S)")


def state_outcomes(
    account: Account, path: str, measures: Sequence[Words], frames: Sequence[Words] = (), first: int = 0
) -> int:
    """Outcomes that a registry tells in one text, and when they are measured; answers how many there are by now.

    Where every line of the text is an item of a list, each is an outcome; any other text of several lines stays one
    outcome, for a person to part. A time frame is stored only where there is a single outcome to which it can belong.
    """
    if not measures:
        return first
    listed = len(measures) > 1 and all(_ITEM.match(part.text) for part in measures)
    groups = [[part] for part in measures] if listed else [list(measures)]
    for index, group in enumerate(groups, start=first):
        _state_prose(account, f"{path}[{index}].measure", group, unmarked=listed)
    if not listed and len(measures) > 1:
        because = "the registry tells it in several lines; it may be several outcomes"
        account.doubt(f"{path}[{first}].measure", because, measures[0].line)
    _state_frames(account, path, frames, range(first, first + len(groups)))
    return first + len(groups)


def _state_frames(account: Account, path: str, frames: Sequence[Words], outcomes: range) -> None:
    if frames and len(outcomes) == 1:
        _state_prose(account, f"{path}[{outcomes[0]}].timeFrame", frames)
    for part in frames if len(outcomes) > 1 else ():
        account.remember(f"{path} (time frame of {len(outcomes)} outcomes)", part.text, part.line, part.quote)
        because = "the registry gives one time frame for all of these outcomes"
        account.propose(f"{path}[{outcomes[0]}].timeFrame", part.text, because, part.line)


def _state_prose(account: Account, path: str, parts: Sequence[Words], *, unmarked: bool = False) -> None:
    texts = [_ITEM.sub("", part.text, count=1) if unmarked else part.text for part in parts]
    account.set_text(path, "\n".join(texts))
    for part, text in zip(parts, texts, strict=True):
        account.quote_part(path, text, part.line, part.quote)


def state_text(account: Account, path: str, parts: Sequence[Words]) -> None:
    """A text of several lines, kept line by line; nothing where there is none."""
    if parts:
        _state_prose(account, path, parts)


def state_criteria(account: Account, inclusion: Sequence[Words], exclusion: Sequence[Words]) -> None:
    """Criteria of which the registry keeps both kinds apart, as one text with the two headings."""
    blocks = []
    for kind, parts in ((CriterionKind.INCLUSION, inclusion), (CriterionKind.EXCLUSION, exclusion)):
        if parts:
            heading = [] if _opens_with(kind, parts[0].text) else [f"{kind.value.capitalize()} Criteria:\n"]
            blocks.append("\n".join([*heading, *(part.text for part in parts)]))
        for part in parts:
            account.quote_part(CRITERIA, part.text, part.line, part.quote)
    if blocks:
        text = "\n\n".join(blocks)
        account.set_text(CRITERIA, text)
        check_polarity(account, text)


def _opens_with(kind: CriterionKind, words: str) -> bool:
    pieces = split_at_headings(words)
    return bool(pieces) and pieces[0].kind is kind
