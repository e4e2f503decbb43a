"""The protocol in plain words says what the protocol says, and nothing that it no longer says."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from armlet.protocol import Protocol
from armlet.protocol.criteria import Rule
from armlet.protocol.load import read_protocol
from armlet.protocol.prose import (
    Assumption,
    assumptions,
    listed,
    quantity_in_words,
    render_protocol,
    rule_in_words,
    unit_in_words,
    with_article,
)
from armlet.units import Quantity

BASE = (Path(__file__).parents[2] / "spec" / "checks" / "base.yaml").read_text(encoding="utf-8")
RULES: TypeAdapter[Rule] = TypeAdapter(Rule)


@lru_cache(maxsize=1)
def base() -> Protocol:
    return read_protocol(BASE, "base.yaml")[0]


@pytest.mark.parametrize(
    ("old", "new", "gone", "come"),
    [
        (
            "title: Airway cells for people",
            "title: Airway tissue for people",
            "Airway cells for",
            "# Airway tissue for",
        ),
        ("EX-0001", "EX-7777", "EX-0001", "Known as EX-7777 by the sponsor"),
        ("Harbour Hospital", "Mountain Clinic", "Harbour Hospital", "Mountain Clinic, Seaford, Freedonia"),
        ("imitated infusion", "empty infusion", "imitated infusion", "Arm **empty infusion** (SHAM_COMPARATOR"),
        ("permuted_blocks", "big_stick", "permuted blocks", "Method: big stick"),
        ("cells: 1, imitation: 1", "cells: 3, imitation: 2", "1 airway cells", "3 airway cells : 2 imitated infusion"),
        ("highest: 2.5 10*6/kg", "highest: 2.75 10*6/kg", "to 2.5 ×", "from 1.5 × 10^6/kg to 2.75 × 10^6/kg"),
        ("target: 1.9 10*6/kg", "target: 2.1 10*6/kg", "1.9 ×", "aiming at 2.1 × 10^6/kg"),
        ("shelf_life: 6 h", "shelf_life: 8 h", "6 hours", "shelf life 8 hours"),
        ("preparation_takes: P5W", "preparation_takes: P9W", "5 weeks", "takes 9 weeks"),
        ("limit: 75 %", "limit: 71 %", "75 %", "Release test viable cells: at least 71 %"),
        ("value: 35 kg/m2", "value: 33 kg/m2", "35 kg/m2", "**body mass index above 33 kg/m2**"),
        ("at_most: P4W", "at_most: P9W", "at most 4 weeks", "at most 9 weeks before the reference date"),
        ("code: positive}", "code: negative}", "antibody is positive", "**HIV antibody is negative**"),
        ("offset: P9M", "offset: P11M", "9 months after admin", "11 months after administration"),
        ("late: P3W", "late: P4W", "or 3 weeks late", "up to 3 weeks early or 4 weeks late"),
        ("label: month 3", "label: quarter", "month 3", "| quarter | follow-up | 3 months after"),
        ("20 min, 30 min]", "20 min, 35 min]", "and 30 minutes", "20 minutes and 35 minutes"),
        ("at_least: 5", "at_least: 4", "at least 5 count", "over 7 days, of which at least 4 count"),
        ("method: rerandomisation", "method: ancova", "rerandomisation", "by ancova"),
        ("unit: ug/kg/d", "unit: mg/kg/d", "ug/kg/d", "in mg/kg/d"),
        ("scale: CTCAE 5.0", "scale: CTCAE 6.0", "CTCAE 5.0", "graded by CTCAE 6.0"),
        ("answer: either", "answer: left", "| either |", "| left |"),
        ("strategy: treatment policy", "strategy: composite", "treatment policy", "composite (the outcome"),
    ],
)
def test_a_changed_fact_is_rendered_and_the_old_one_is_nowhere(old: str, new: str, gone: str, come: str) -> None:
    assert old in BASE
    assert gone in render_protocol(base())
    text = render_protocol(read_protocol(BASE.replace(old, new), "base.yaml")[0])
    assert gone not in text
    assert come in text


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"measure": "pregnant"}, "pregnancy"),
        ({"compare": {"measure": "age", "is": ">=", "value": "18 a"}}, "age at least 18 years"),
        ({"compare": {"measure": "hiv", "is": "in", "codes": ["positive", "negative"]}},
         "HIV antibody is positive or negative"),
        ({"within": {"measure": "last_attack", "at_most": "P1Y"}},
         "latest severe attack of asthma at most 1 year before the reference date"),
        ({"not": {"any": [{"measure": "pregnant"}, {"measure": "asthma"}]}},
         "not (pregnancy or diagnosis of asthma)"),
        ({"all": [{"measure": "asthma"}, {"any": [{"measure": "pregnant"}, {"measure": "contraception"}]}]},
         "diagnosis of asthma and (pregnancy or effective contraception)"),
        ({"unless": {"when": {"measure": "pregnant"}, "except": {"not": {"measure": "asthma"}}}},
         "pregnancy, unless not diagnosis of asthma"),
        ({"judgement": {"id": "well", "question": "Is the person well?", "by": "treating_physician"}},
         "a treating physician answers yes to “Is the person well?”"),
        ({"measure": "undefined"}, "undefined"),
    ],
)  # fmt: skip
def test_a_rule_is_put_into_words_from_its_nodes(rule: dict[str, object], words: str) -> None:
    assert rule_in_words(RULES.validate_json(json.dumps(rule)), base()) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("18 a", "18 years"),
        ("1 a", "1 year"),
        ("2 10*6/kg", "2 × 10^6/kg"),
        ("120 mm[Hg]", "120 mmHg"),
        ("0.5 [IU]/kg/d", "0.5 IU/kg/d"),
        ("20 1", "20"),
        ("37.5 Cel", "37.5 °C"),
    ],
)
def test_a_quantity_is_written_as_people_say_it(text: str, words: str) -> None:
    assert quantity_in_words(Quantity.parse(text)) == words


def test_small_words() -> None:
    assert (unit_in_words("a"), unit_in_words("1")) == ("years", "")
    assert (listed([]), listed(["a"]), listed(["a", "b", "c"], "or")) == ("none", "a", "a, b or c")
    assert (with_article("investigator"), with_article("care_provider")) == ("an investigator", "a care provider")


def test_every_criterion_stands_beside_the_words_of_its_source() -> None:
    text = render_protocol(base())
    for criterion in base().criteria:
        assert criterion.says in text
        assert all(f"“{stated.words}”" in text for stated in criterion.source.stated)


def test_every_assumption_is_found_wherever_it_stands() -> None:
    found = {item.path: item for item in assumptions(base())}
    assert len(found) == BASE.count("assumed:") + 1
    assert found["products.airway_cells.release.strength"] == Assumption(
        "products.airway_cells.release.strength",
        "cells per volume",
        "invented for the tests",
        "the cell laboratory",
        "cells per volume at most 8 × 10^6/mL",
    )
    assert found["products.airway_cells.sham"].what == "sham"
    assert found["questions.brushing_site"].answer == "either"
    assert found["allocation"].confirm == "the trial statistician"


def test_an_assumption_says_what_is_assumed_with_its_values_and_units() -> None:
    source = "  source: {assumed: {because: unsaid, confirm: the sponsor}}"
    found = {
        item.path: item.assumed
        for item in assumptions(read_protocol(re.sub(r"  source: \{stated.*", source, BASE), "base.yaml")[0])
    }
    products = "products.airway_cells"
    assert found[f"{products}.release.viability"] == "viable cells at least 75 %"
    assert found[f"{products}.release.sterility"] == "no growth; may come after release"
    assert found[f"{products}.sham"] == (
        "saline with the same additives, no cells; volume: the volume that the cells would have had"
    )
    assert found[f"{products}.dose"] == (
        "from 1.5 × 10^6/kg to 2.5 × 10^6/kg (viable cells), aiming at 1.9 × 10^6/kg. "
        "Volume in steps of 0.5 mL; 1.5 mL stays behind. A weight is valid for 10 days and until it changes by 5 %"
    )
    assert found["population"] == (
        "condition: asthma; sex: all; minimum age: 18 years; maximum age: 60 years; healthy volunteers: no"
    )
    assert found["consents.trial_consent"] == "by: participant; version: 1; measure: consented"
    assert found["allocation"].startswith("permuted blocks, 1 ")
    assert found["questions.brushing_site"] == "either"
    assert found["visits.month_9"].startswith(
        "9 months after administration, 3 weeks early to 3 weeks late; activities: "
    )
    assert "as written there" not in found.values()


def test_every_assumption_is_printed_with_who_must_confirm_it() -> None:
    text = render_protocol(base())
    for item in assumptions(base()):
        assert f"| {item.what} | `{item.path}` | {item.assumed} | {item.because} | " in text


def test_an_unanswered_question_is_no_assumption_and_is_printed_as_open() -> None:
    protocol = read_protocol(BASE.replace("    answer: either\n", ""), "base.yaml")[0]
    assert "questions.brushing_site" not in {item.path for item in assumptions(protocol)}
    assert "To be answered by the principal investigator; options: left, right or either; default: either." in (
        render_protocol(protocol)
    )


def test_an_open_label_trial_says_that_nobody_is_blinded() -> None:
    roles = "participant, care_provider, site_coordinator, investigator, treating_physician, outcome_assessor"
    others = "trial_statistician, safety_board, safety_unit, monitor, data_manager, sponsor, system_administrator"
    text = BASE.replace("unblinded: [cell", f"unblinded: [{roles}, {others}, inspector, cell")
    text = text.replace("  blinded: [participant, outcome_assessor]\n", "")
    assert "Nobody is blinded" in render_protocol(read_protocol(text, "base.yaml")[0])
    assert "Nobody is blinded" not in render_protocol(base())


def test_a_bar_in_a_label_does_not_break_the_table() -> None:
    protocol = read_protocol(BASE.replace("label: month 9", 'label: "month | 9"'), "base.yaml")[0]
    assert "| month \\| 9 | follow-up |" in render_protocol(protocol)
