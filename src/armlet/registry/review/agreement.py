"""Whether the sponsor may keep the investigators from publishing, left half answered."""

from __future__ import annotations

from collections.abc import Iterator

from armlet.registry.results.rows import AgreementRestrictionType
from armlet.registry.results.walk import MORE
from armlet.registry.review import Finding, ReviewRule, Submission, amiss


def _find(submission: Submission) -> Iterator[Finding]:
    agreement = submission.results.more_info_module.certain_agreement
    path = f"{MORE}.certainAgreement"
    if agreement.pi_sponsor_employee is None:
        message = "it is not said whether all principal investigators are employees of the sponsor."
        yield amiss(f"{path}.piSponsorEmployee", message, "Answer yes or no.")
    elif not agreement.pi_sponsor_employee and agreement.restrictive_agreement is None:
        message = "it is not said whether an agreement restricts what investigators may publish."
        yield amiss(f"{path}.restrictiveAgreement", message, "Answer yes or no.")
    is_open = agreement.restriction_type is AgreementRestrictionType.OTHER
    if is_open and not agreement.other_details:
        yield amiss(f"{path}.otherDetails", "another restriction is named and not described.", "Describe it.")


METHOD = ReviewRule(
    rule="more/agreement",
    says="The certain agreements are answered, and a restriction of another kind is described.",
    source="Basic Results Data Element Definitions (9 January 2009), section 2",
    checked="text",
    mend="organisation",
    find=_find,
)
