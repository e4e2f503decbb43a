"""Two invented records side by side: each kind of difference, both lines, which is newer, and whether it is one trial."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from armlet.registry.accounting import Reading
from armlet.registry.compare import (
    Comparison,
    Difference,
    Kind,
    Nature,
    Sameness,
    Topic,
    compare,
    identify,
    plain_words,
)
from armlet.registry.history import Switch, When, histories
from armlet.registry.read import read_record

Study = dict[str, Any]
STUDY: Study = {
    "protocolSection": {
        "identificationModule": {
            "nctId": "NCT09999941",
            "orgStudyIdInfo": {"id": "HONEY-01"},
            "secondaryIdInfos": [{"id": "2013-009999-41"}],
            "briefTitle": "Honey for the Cough of Children at Night",
        },
        "statusModule": {
            "overallStatus": "RECRUITING",
            "startDateStruct": {"date": "2014-04-12"},
            "lastUpdateSubmitDate": "2014-05-01",
        },
        "designModule": {"studyType": "INTERVENTIONAL", "enrollmentInfo": {"count": 40, "type": "ESTIMATED"}},
        "armsInterventionsModule": {
            "armGroups": [
                {"label": "Honey", "type": "EXPERIMENTAL", "description": "One spoon of honey."},
                {"label": "Syrup", "type": "PLACEBO_COMPARATOR", "description": "One spoon of syrup."},
            ],
        },
        "outcomesModule": {
            "primaryOutcomes": [{"measure": "Nights without cough", "timeFrame": "4 weeks"}],
            "secondaryOutcomes": [{"measure": "Hours slept", "timeFrame": "4 weeks"}],
        },
        "eligibilityModule": {
            "eligibilityCriteria": "Inclusion Criteria:\n\n* cough for \\>= 3 nights\n* age 2 to 12 years",
            "minimumAge": "2 Years",
        },
        "conditionsModule": {"keywords": ["honey", "cough"]},
    }
}


def reading(change: Callable[[Study], None] | None = None, name: str = "a.json") -> Reading:
    study = copy.deepcopy(STUDY)
    if change is not None:
        change(study["protocolSection"])
    return read_record(json.dumps(study, indent=1).encode(), name)


def compared(change: Callable[[Study], None]) -> Comparison:
    return compare(reading(), reading(change, "b.json"))


def only(change: Callable[[Study], None]) -> Difference:
    (difference,) = compared(change).differences
    return difference


def put(path: str, value: object) -> Callable[[Study], None]:
    def change(section: Study) -> None:
        *steps, last = path.split(".")
        at: Any = section
        for step in steps:
            at = at[int(step)] if step.isdigit() else at[step]
        at[int(last) if last.isdigit() else last] = value

    return change


def test_a_record_does_not_differ_from_itself() -> None:
    comparison = compare(reading(), reading())
    assert comparison.differences == ()
    assert comparison.same == 24  # counted by hand: 4 + 3 + 3 + 6 + 4 + 2 + 2
    assert comparison.newer is None
    assert comparison.identity.sameness is Sameness.SAME


def test_a_value_that_differs_is_shown_with_both_lines_and_words() -> None:
    difference = only(put("designModule.enrollmentInfo.count", 60))
    assert (difference.kind, difference.nature, difference.about) == (
        Kind.DIFFERS,
        Nature.SUBSTANCE,
        Topic.ENROLMENT,
    )
    assert difference.a is not None
    assert difference.b is not None
    assert (difference.a.value, difference.a.quote, difference.b.value, difference.b.quote) == (40, "40", 60, "60")
    lines = json.dumps(STUDY, indent=1).splitlines()
    assert '"count": 40' in lines[(difference.a.line or 0) - 1]
    assert difference.b.line == difference.a.line


@pytest.mark.parametrize(
    ("path", "value", "nature"),
    [
        ("statusModule.startDateStruct.date", "2014-04", Nature.PRECISION),
        ("statusModule.startDateStruct.date", "2014-04-13", Nature.SUBSTANCE),
        ("statusModule.startDateStruct.date", "2014-05", Nature.SUBSTANCE),
        ("statusModule.lastUpdateSubmitDate", "2015-01-01", Nature.BOOKKEEPING),
        ("eligibilityModule.minimumAge", "2 Year", Nature.SPELLING),
        ("eligibilityModule.minimumAge", "2 Months", Nature.SUBSTANCE),
        ("identificationModule.briefTitle", "Honey for  the cough\nof children at night.", Nature.SPELLING),
        ("conditionsModule.keywords", ["cough", "honey"], Nature.ORDER),
        (
            "eligibilityModule.eligibilityCriteria",
            "Inclusion Criteria: - cough for ≥3 nights - age 2 to 12 years",
            Nature.SPELLING,
        ),
        (
            "eligibilityModule.eligibilityCriteria",
            "Inclusion Criteria:\n\n* cough for \\> 3 nights\n* age 2 to 12 years",
            Nature.SUBSTANCE,
        ),
    ],
)
def test_precision_spelling_and_order_are_told_from_substance(path: str, value: object, nature: Nature) -> None:
    assert only(put(path, value)).nature is nature


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("2 x 10^7 cells", "2 x 107 cells"),
        ("0.5 mg", "05 mg"),
        ("> 5", ">= 5"),
        ("5 - 10", "5 10"),
        ("not pregnant", "pregnant"),
        ("mg", "\u03bcg"),
        ("1,5", "15"),
    ],
)
def test_what_could_harm_somebody_is_never_taken_for_spelling(a: str, b: str) -> None:
    assert plain_words(a) != plain_words(b)


def test_an_arm_that_moved_in_the_list_is_the_same_arm_in_another_order() -> None:
    difference = only(lambda section: section["armsInterventionsModule"]["armGroups"].reverse())
    assert (difference.nature, difference.path) == (Nature.ORDER, "protocolSection.armsInterventionsModule.armGroups")
    assert difference.a is not None
    assert difference.a.value == ["Honey", "Syrup"]


def test_an_arm_with_another_label_and_the_same_words_is_one_arm_with_another_label() -> None:
    difference = only(put("armsInterventionsModule.armGroups.1.label", "Comparison"))
    assert difference.path == "protocolSection.armsInterventionsModule.armGroups.label"
    assert difference.item == "Syrup / Comparison"


def test_what_only_one_record_has_is_listed_with_its_side() -> None:
    gone = only(lambda section: section["armsInterventionsModule"]["armGroups"].pop())
    assert (gone.kind, gone.item, gone.b) == (Kind.ONLY_A, "Syrup", None)
    new = only(put("statusModule.whyStopped", "no honey"))
    assert (new.kind, new.a) == (Kind.ONLY_B, None)


def test_long_texts_are_compared_word_by_word() -> None:
    text = "Inclusion Criteria:\n\n* cough for \\>= 5 nights\n* age 2 to 12 years"
    (change,) = only(put("eligibilityModule.eligibilityCriteria", text)).words
    assert (change.before, change.a, change.b) == ("* cough for >=", "3", "5")


def test_word_changes_are_the_same_from_either_side() -> None:
    """Break by: comparing from A to B always; the longest common stretch is then another one."""
    a = reading(put("identificationModule.briefTitle", "tide island door east zone"))
    b = reading(put("identificationModule.briefTitle", "door island east tide zone"))
    (there,), (back,) = compare(a, b).differences, compare(b, a).differences
    assert [(change.a, change.b) for change in there.words] == [(change.b, change.a) for change in back.words]


def test_the_later_update_is_the_newer_record() -> None:
    assert compared(put("statusModule.lastUpdateSubmitDate", "2015-01-01")).newer == "b"
    assert compared(put("statusModule.lastUpdateSubmitDate", "2014-04-30")).newer == "a"


@pytest.mark.parametrize(
    ("changes", "sameness"),
    [
        ({"nctId": "NCT09999942"}, Sameness.OTHER),
        ({"nctId": "NCT09999942", "nctIdAliases": ["NCT09999941"]}, Sameness.SAME),
        ({"nctId": None}, Sameness.SAME),
        (
            {"nctId": None, "orgStudyIdInfo": {"id": "X"}, "secondaryIdInfos": [{"id": "2013-009999-41 "}]},
            Sameness.SAME,
        ),
        ({"nctId": None, "orgStudyIdInfo": {"id": "X"}, "secondaryIdInfos": []}, Sameness.LIKELY),
        (
            {"nctId": None, "orgStudyIdInfo": {"id": "X"}, "secondaryIdInfos": [], "briefTitle": "Knees and Stairs"},
            Sameness.OTHER,
        ),
        ({"nctId": None, "orgStudyIdInfo": {"id": "X"}, "secondaryIdInfos": [], "briefTitle": None}, Sameness.UNSURE),
    ],
)
def test_records_of_other_trials_are_told_by_their_numbers_and_else_by_their_titles(
    changes: Study, sameness: Sameness
) -> None:
    other = reading(lambda section: section["identificationModule"].update(changes), "b.json")
    assert identify(reading(), other).sameness is sameness
    assert identify(other, reading()).sameness is sameness


# --- Versions of one record -------------------------------------------------------------------------------------------


def version(date: str, change: Callable[[Study], None] | None = None) -> Reading:
    def dated(section: Study) -> None:
        section["statusModule"]["lastUpdateSubmitDate"] = date
        if change is not None:
            change(section)

    return reading(dated, f"{date}.json")


def test_versions_are_put_in_order_and_each_says_what_it_changed() -> None:
    last = version("2015-06-01", put("statusModule.overallStatus", "COMPLETED"))
    (history,) = histories([last, version("2014-03-01"), version("2014-09-01")])
    assert [(item.date, item.changed()) for item in history.amendments] == [
        ("2014-03-01", {}),
        ("2014-09-01", {}),
        ("2015-06-01", {Topic.STATUS: 1}),
    ]
    assert history.trial == "NCT09999941"


OTHER_MEASURE = [{"measure": "Spoons returned to the clinic", "timeFrame": "1 year"}]


@pytest.mark.parametrize(
    ("date", "outcomes", "expected"),
    [
        ("2014-04-01", OTHER_MEASURE, [(Switch.REMOVED, When.BEFORE_START), (Switch.ADDED, When.BEFORE_START)]),
        ("2014-08-01", OTHER_MEASURE, [(Switch.REMOVED, When.AFTER_START), (Switch.ADDED, When.AFTER_START)]),
        (
            "2014-08-01",
            [{"measure": "Hours slept", "timeFrame": "4 weeks"}],
            [(Switch.REMOVED, When.AFTER_START), (Switch.PROMOTED, When.AFTER_START)],
        ),
        (
            "2014-08-01",
            [{"measure": "Nights without cough", "timeFrame": "8 weeks"}],
            [(Switch.CHANGED, When.AFTER_START)],
        ),
        ("2014-08-01", [{"measure": "nights without  cough", "timeFrame": "4 weeks"}], []),
    ],
)
def test_switched_outcomes_are_named_with_when_it_was(
    date: str, outcomes: list[Study], expected: list[tuple[Switch, When]]
) -> None:
    (history,) = histories([version("2014-03-01"), version(date, put("outcomesModule.primaryOutcomes", outcomes))])
    assert [(item.switch, item.when) for item in history.amendments[1].switches] == expected


def test_an_outcome_that_became_a_secondary_one_is_called_so() -> None:
    def demote(section: Study) -> None:
        module = section["outcomesModule"]
        module["secondaryOutcomes"].append(module["primaryOutcomes"].pop())

    (history,) = histories([version("2014-03-01"), version("2014-08-01", demote)])
    (switch,) = history.amendments[1].switches
    assert str(switch) == "a primary outcome became another one after the start: Nights without cough"


def test_a_month_of_start_leaves_open_whether_a_switch_in_it_was_before() -> None:
    start = put("statusModule.startDateStruct.date", "2014-04")

    def change(section: Study) -> None:
        start(section)
        section["outcomesModule"]["primaryOutcomes"] = OTHER_MEASURE

    (history,) = histories([version("2014-03-01", start), version("2014-04-20", change)])
    assert {item.when for item in history.amendments[1].switches} == {When.UNSURE}


def test_versions_of_several_trials_are_told_apart() -> None:
    other = reading(put("identificationModule", {"nctId": "NCT09999943", "briefTitle": "Knees"}))
    assert [history.trial for history in histories([other, reading()])] == ["NCT09999941", "NCT09999943"]
