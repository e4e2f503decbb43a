"""An adverse event without a term or an organ system, with one that the registry does not know, or listed twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from armlet.registry.results.walk import EVENTS, plain_words
from armlet.registry.review import Finding, ReviewRule, Submission, amiss, doubtful

ORGAN_SYSTEMS: Final = (
    "Blood and lymphatic system disorders",
    "Cardiac disorders",
    "Congenital, familial and genetic disorders",
    "Ear and labyrinth disorders",
    "Endocrine disorders",
    "Eye disorders",
    "Gastrointestinal disorders",
    "General disorders",
    "Hepatobiliary disorders",
    "Immune system disorders",
    "Infections and infestations",
    "Injury, poisoning and procedural complications",
    "Investigations",
    "Metabolism and nutrition disorders",
    "Musculoskeletal and connective tissue disorders",
    "Neoplasms benign, malignant and unspecified (incl cysts and polyps)",
    "Nervous system disorders",
    "Pregnancy, puerperium and perinatal conditions",
    "Product Issues",
    "Psychiatric disorders",
    "Renal and urinary disorders",
    "Reproductive system and breast disorders",
    "Respiratory, thoracic and mediastinal disorders",
    "Skin and subcutaneous tissue disorders",
    "Social circumstances",
    "Surgical and medical procedures",
    "Vascular disorders",
)
"""The registry's pick-list of organ systems, as its public records spell them (2026)."""

_KNOWN: Final = frozenset(plain_words(name) for name in ORGAN_SYSTEMS)


def _find(submission: Submission) -> Iterator[Finding]:
    module = submission.results.adverse_events_module
    for name, events in (("seriousEvents", module.serious_events), ("otherEvents", module.other_events)):
        path = f"{EVENTS}.{name}"
        seen: Counter[tuple[str, str]] = Counter()
        for index, event in enumerate(events):
            if not event.term:
                yield amiss(f"{path}[{index}].term", "the adverse event has no term.", "Name it.")
            if not event.organ_system:
                message = f'"{event.term}" has no organ system.'
                yield amiss(f"{path}[{index}].organSystem", message, "Choose one of the 27 of the registry's list.")
            elif plain_words(event.organ_system) not in _KNOWN:
                message = (
                    f'"{event.term}" has the organ system {event.organ_system!r}, which the registry does not know.'
                )
                yield amiss(f"{path}[{index}].organSystem", message, "Use one of the 27 of the registry's list.")
            seen[plain_words(event.term), plain_words(event.organ_system)] += 1
        for (term, _), count in seen.items():
            if count > 1:
                yield doubtful(path, f"the term {term!r} stands here {count} times.", "Put the rows together.")


METHOD = ReviewRule(
    rule="events/terms",
    says="Every adverse event has a term and an organ system of the registry's list, and stands in its table once.",
    source="RRSUploadSchema.xsd (2017-04-18), organSystemName; Results Data Element Definitions, section 4",
    checked="text",
    mend="the ledger: adverse events",
    find=_find,
)
