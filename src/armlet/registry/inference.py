"""What pages of every layout leave unsaid and a reader may derive or propose: always for a person to confirm."""

from __future__ import annotations

import re
from typing import Final

from armlet.registry.accounting import Account, Certainty
from armlet.registry.criteria_text import read_criteria
from armlet.registry.vocabulary import Masking, standard_ages

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
