"""The measures that criteria of many trials ask for, and how they are named."""

from __future__ import annotations

import re
from typing import Final

from armlet.protocol.criteria import Compare, CompareTo, Comparison, Measure, MeasureKind
from armlet.units import Quantity

AGE: Final = Measure(id="age", label="age in completed years", kind=MeasureKind.QUANTITY, unit="a", whole="down")
AGE_IN_MONTHS: Final = Measure(
    id="age", label="age in completed months", kind=MeasureKind.QUANTITY, unit="mo", whole="down"
)
SEX: Final = Measure(id="sex", label="sex", kind=MeasureKind.CODE, codes=("female", "male"))
DIAGNOSIS_DATE: Final = Measure(id="diagnosis_date", label="date of the diagnosis", kind=MeasureKind.DATE)
LONGEST_ID: Final = 60


def yes_no(name: str, label: str, concept: str | None = None) -> Measure:
    """A question that is answered with yes or no."""
    return Measure(id=name[:LONGEST_ID], label=label, kind=MeasureKind.YES_NO, concept=concept)


def dated(name: str, label: str) -> Measure:
    """A day on which something happened."""
    return Measure(id=name[:LONGEST_ID], label=label, kind=MeasureKind.DATE)


PREGNANT: Final = yes_no("pregnant", "pregnancy")
NURSING: Final = yes_no("nursing", "nursing")
PLANS_PREGNANCY: Final = yes_no("plans_pregnancy", "plans to become pregnant")
ABLE: Final = yes_no("able_to_become_pregnant", "able to become pregnant")
CONTRACEPTION: Final = yes_no("effective_contraception", "effective contraception for the whole of the trial")
PARTICIPANT_CONSENT: Final = yes_no("informed_consent", "informed consent of the participant")
REPRESENTATIVE_CONSENT: Final = yes_no("representative_consent", "informed consent of the legal representative")
PHYSICIAN_CONSENT: Final = yes_no("treating_physician_consent", "consent of the treating physician")
PREGNANCY_TEST: Final = Measure(
    id="pregnancy_test", label="pregnancy test", kind=MeasureKind.CODE, codes=("negative", "positive"),
    unclear=("indeterminate",),
)  # fmt: skip


def infection_test(name: str) -> Measure:
    """A test for an infection; indeterminate is neither negative nor positive."""
    codes = ("negative", "positive")
    return Measure(
        id=slug(name), label=f"test for {name}", kind=MeasureKind.CODE, codes=codes, unclear=("indeterminate",)
    )


def slug(words: str, longest: int = 40) -> str:
    """An id from the first words of a text; ``item`` where nothing in it can stand in an id."""
    plain = re.sub(r"[^a-z0-9]+", "_", words.casefold().replace("µ", "u")).strip("_")
    plain = re.sub(r"^[0-9_]+", "", plain) or "item"
    if len(plain) <= longest:
        return plain
    return plain[: longest + 1].rpartition("_")[0] or plain[:longest]


def compare_rule(measure: Measure, comparison: Comparison, value: Quantity) -> Compare:
    """The measure stands so to the limit."""
    return Compare(compare=CompareTo.model_validate({"measure": measure.id, "is": comparison, "value": value}))


def code_rule(measure: Measure, *codes: str) -> Compare:
    """The coded measure has this value, or one of these."""
    asked = {"code": codes[0]} if len(codes) == 1 else {"codes": codes}
    comparison = Comparison.EQUAL if len(codes) == 1 else Comparison.IN
    return Compare(compare=CompareTo.model_validate({"measure": measure.id, "is": comparison, **asked}))


def age_rule(comparison: Comparison, limit: Quantity, measure: Measure = AGE) -> Compare:
    """A limit of age, in completed years (or months, with `AGE_IN_MONTHS`)."""
    return compare_rule(measure, comparison, limit)
