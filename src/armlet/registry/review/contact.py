"""Nobody to ask: the point of contact lacks a title, an organisation, or a way to reach it."""

from __future__ import annotations

from collections.abc import Iterator

from armlet.registry.results.walk import MORE
from armlet.registry.review import Finding, ReviewRule, Submission, amiss


def _find(submission: Submission) -> Iterator[Finding]:
    contact = submission.results.more_info_module.point_of_contact
    path = f"{MORE}.pointOfContact"
    if not contact.title:
        yield amiss(f"{path}.title", "there is nobody to ask.", "Name a person or, better, a position.")
    if not contact.organization:
        yield amiss(f"{path}.organization", "the contact has no organisation.", "Name it.")
    if not contact.phone and not contact.email:
        yield amiss(f"{path}.phone", "the contact has neither telephone nor e-mail.", "Give one of the two.")


METHOD = ReviewRule(
    rule="more/contact",
    says="The point of contact has a name or position, an organisation, and a telephone number or e-mail address.",
    source="Basic Results Data Element Definitions (9 January 2009), section 1",
    checked="text",
    mend="organisation.responsible_party",
    find=_find,
)
