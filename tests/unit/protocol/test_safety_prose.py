"""What a protocol says on harm: in plain words, one fact changed at a time; and what it cannot say."""

from __future__ import annotations

from pathlib import Path

import pytest

from armlet.errors import InputError
from armlet.protocol.load import read_protocol
from armlet.protocol.prose import assumptions, render_protocol

SPEC = Path(__file__).parents[2] / "spec" / "checks"
SAFETY = (SPEC / "safety.yaml").read_text("utf-8")
BASE = (SPEC / "base.yaml").read_text("utf-8")


def words(safety: str) -> str:
    return render_protocol(read_protocol(BASE.replace("  follow_up: P9M\n", safety), "base.yaml")[0])


@pytest.mark.parametrize(
    ("old", "new", "gone", "come"),
    [
        ("deadlines: eu", "deadlines: uk", "deadlines eu", "by the deadlines uk, in the calendar of Europe/Stockholm"),
        ("Europe/Stockholm", "America/Santiago", "Stockholm", "in the calendar of America/Santiago"),
        ('reference: "3"', 'reference: "4"', "version 3", "reference safety information, version 4"),
        ("the night in the breathing laboratory", "a week at sea", "the night in", "- Not serious by itself: a week at sea"),
        ("bleeding from the nose", "sneezing", "bleeding from", "- Of special interest: sneezing (`bleeding`)"),
        ("quorum: 2", "quorum: 1", "quorum 2", "quorum 1"),
        ("sees: labels", "sees: arms", "sees labels", "sees arms in the closed session"),
        ("answers_within_days: 7", "answers_within_days: 3", "within 7 days", "answers within 3 days"),
        ("prior: [1, 1]", "prior: [0.4, 1.6]", "1 and 1 beforehand", "beta distribution, 0.4 and 1.6 beforehand"),
        ("confidence: 0.90", "confidence: 0.95", "above 0.90", "posterior probability above 0.95"),
        ("overall: 0.05", "overall: 0.10", "probability of 0.05", "with a probability of 0.10 at most"),
        ("harm: {fatal: true}", "harm: {fatal: true}\n        events: 2", "1 of an event that is fatal", "2 of an event"),
        ("from: start, after: -15 min, tolerance: 10 min", "from: start, after: -30 min, tolerance: 5 min", "-15 min",
         "Reading before (`before`): -30 min from the start, give or take 5 min"),
        ("every: 15 min, tolerance: 3 min", "every: 20 min, tolerance: 3 min", "every 15 min", "Then every 20 min"),
        ("limit: 92 %", "limit: 90 %", "saturation < 92 %", "saturation < 90 %"),
        ("by: 30 %", "by: 25 %", "a fall > 30 %", "a fall > 25 % of the first reading"),
        ("symptoms: [hives, chest pain]", "symptoms: [hives, cough]", "chest pain",
         "Asked for at each reading: hives, cough"),
    ],
)  # fmt: skip
def test_a_changed_fact_is_told_and_the_old_one_is_nowhere(old: str, new: str, gone: str, come: str) -> None:
    assert SAFETY.count(old) == 1
    before, after = words(SAFETY), words(SAFETY.replace(old, new))

    assert gone in before
    assert gone not in after
    assert come in after


def test_every_rule_that_is_assumed_is_listed_with_who_confirms_it() -> None:
    protocol = read_protocol(BASE.replace("  follow_up: P9M\n", SAFETY), "base.yaml")[0]

    confirmed = {one.path: one.confirm for one in assumptions(protocol) if one.path.startswith("safety.")}

    assert confirmed["safety.stopping.rules.too_much_harm"] == "the safety board"
    assert confirmed["safety.monitoring.pauses.fever"] == "the sponsor"
    assert len(confirmed) == 11


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("harm: {fatal: true}", "harm: {}", "otherwise nothing counts"),
        ("within: P30D}\n        boundary: {method: pocock", "}\n        boundary: {method: pocock",
         "a boundary needs `within`"),
        ("unacceptable: 0.20", "unacceptable: 1.20", "String should match pattern"),
        ("prior: [1, 1]", "prior: [0, 1]", "both parameters of the prior are above 0"),
        ("every: 15 min", "every: 0 min", "readings are repeated every so many minutes, more than 0"),
        ("after: -15 min", "after: -15 kg", "kg"),
        ("symptom: hives", "label2: hives", "not permitted"),
        ("        sign: saturation\n", "        sign: saturation\n        symptom: hives\n",
         "either a `sign` or a `symptom`"),
        ("        is: \"<\"\n        limit: 92 %\n", "", "needs a `limit` or a `change`"),
        ("        is: \"<\"\n", "", "`limit` and `is` stand together"),
        ("by: 30 %", "by: 30 kPa", "a share of the first reading is in %"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_no_protocol(old: str, new: str, said: str) -> None:
    assert SAFETY.count(old) == 1

    with pytest.raises(InputError) as caught:
        words(SAFETY.replace(old, new))

    assert said in str([str(issue) for issue in caught.value.issues])
