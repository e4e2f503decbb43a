"""What could tell the arm leaves the door in a box that only the vault opens; words of unblinded roles wait."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from armlet.allocation.boxes import find_unopened, open_boxes, open_guesses, open_held
from armlet.conduct import commands as c
from armlet.conduct.commands import By
from armlet.conduct.decide import Accepted, Refused
from armlet.conduct.sealing import as_shown
from armlet.conduct.state import fold
from armlet.errors import SealBroken
from armlet.ledger import events as e
from armlet.ledger.box import OpeningKey
from armlet.ledger.entry import encode
from armlet.ledger.event import HELD
from armlet.protocol.model import Protocol, Role
from armlet.units import Quantity

KEY = OpeningKey(bytes(range(32)))
MONTH_3 = date(2021, 7, 15)
RESULT = c.RecordResult("P1", "month_3", "exercise_test", "fev1", "2.0", "L", "0 min", "1 min")


@pytest.fixture
def telling(breeze: Protocol) -> Protocol:
    """The neutral trial, with a measure that could tell the arm after baseline."""
    measures = tuple(one.model_copy(update={"tells_arm": one.id == "fev1"}) for one in breeze.measures)
    return breeze.model_copy(update={"measures": measures})


@pytest.fixture
def life(make_life: Callable[[Protocol], Any], telling: Protocol) -> Any:
    life = make_life(telling)
    life.opens()
    life.does(c.PublishSealingKey(KEY.public()))
    life.gives()
    life.holds("month_3", MONTH_3)
    return life


def entries(life: Any) -> list[Any]:
    return list(life.store.read())


def strand(life: Any) -> bytes:
    return b"\n".join(encode(one) for one in entries(life))


def test_a_telling_result_is_answered_and_kept_as_a_box_and_the_key_gives_it_back(life: Any) -> None:
    (sealed,) = life.does(RESULT)
    assert isinstance(sealed, e.ResultSealed)
    assert sealed == entries(life)[-1].event
    assert (sealed.measure, sealed.sample) == ("fev1", "0 min")
    assert b'"value":"2.0"' not in strand(life)

    opened = open_boxes(entries(life), KEY)
    assert opened == {
        entries(life)[-1].seq: e.ResultRecorded(
            participant="P1", visit="month_3", activity="exercise_test", measure="fev1", sample="0 min",
            actual="1 min", value="2.0", unit="L",
        )
    }  # fmt: skip
    key = ("month_3", "exercise_test", "fev1", "0 min")
    before, after = (fold(as_shown(entries(life), of)).participants["P1"].results[key] for of in ({}, opened))
    assert (before.is_sealed, before.quantity, before.actual) == (True, None, "")
    assert (after.is_sealed, after.quantity, after.actual) == (False, Quantity.parse("2.0 L"), "1 min")


def test_a_correction_of_a_sealed_result_is_sealed_with_its_reason(life: Any) -> None:
    life.does(RESULT)
    of = entries(life)[-1].seq
    (corrected,) = life.does(c.CorrectResult(of, "2.4", "L", "The patient coughed."))
    assert isinstance(corrected, e.SealedResultCorrected)
    assert b"coughed" not in strand(life)
    state = fold(as_shown(entries(life), open_boxes(entries(life), KEY)))
    result = state.participants["P1"].results["month_3", "exercise_test", "fev1", "0 min"]
    assert (result.quantity, result.corrected, result.entry) == (Quantity.parse("2.4 L"), True, of + 1)


def test_what_is_implausible_is_refused_before_it_is_sealed(life: Any) -> None:
    life.refuses(replace(RESULT, value="-3"), "implausible", "is outside what is plausible")
    life.refuses(replace(RESULT, unit="kg"), "unit", "Expected a unit such as L")


def test_a_missing_value_and_a_baseline_stay_open(life: Any) -> None:
    (event,) = life.does(c.RecordMissing("P1", "month_3", "exercise_test", "fev1", e.MissingReason.LOST, "0 min"))
    assert isinstance(event, e.ResultMissing)


def test_without_a_published_key_a_telling_result_is_refused_and_others_are_not(
    make_life: Callable[[Protocol], Any], telling: Protocol
) -> None:
    life = make_life(telling)
    life.gives()
    life.holds("month_3", MONTH_3)
    life.refuses(RESULT, "no-sealing-key", "the trial has published no sealing key")


def test_a_sealing_key_is_published_once_and_before_the_first_consent(life: Any) -> None:
    publish = c.PublishSealingKey("0" * 64)
    life.refuses(publish, "already-published", "a sealing key is published already")
    life.refuses(publish, "after-consent", "somebody has consented already")


def test_the_same_asked_again_is_answered_alike_and_its_digest_tells_no_value(life: Any) -> None:
    by = replace(life.by(RESULT), key="K1")
    first, again = life.door.ask(RESULT, by), life.door.ask(RESULT, by)
    assert isinstance(first, Accepted)
    assert again == first
    asked = entries(life)[-1].entry.asked
    from armlet.conduct.door import digest_of_wish

    assert asked not in {digest_of_wish(replace(RESULT, value=str(value / 10)), by) for value in range(100)}


def test_a_box_that_was_moved_or_is_opened_with_another_key_is_a_broken_seal(life: Any) -> None:
    life.does(RESULT, replace(RESULT, sample="5 min"))
    first, second = entries(life)[-2:]
    moved = replace(second, entry=second.entry.model_copy(update={
        "event": second.event.model_copy(update={"box": first.event.box})}))  # fmt: skip
    assert list(find_unopened(entries(life), KEY)) == []
    altered = [*entries(life)[:-1], moved]
    with pytest.raises(SealBroken, match=f"entry {second.seq}"):
        open_boxes(altered, KEY)
    assert [seq for seq, _ in find_unopened(altered, KEY)] == [second.seq]
    assert [seq for seq, _ in find_unopened(entries(life), OpeningKey(bytes(32)))] == [first.seq, second.seq]
    with pytest.raises(SealBroken, match="the vault has no key"):
        open_boxes(entries(life), None)


def test_two_values_have_boxes_of_one_length(life: Any) -> None:
    life.does(RESULT, replace(RESULT, sample="5 min", value="2.123456", actual="6.5 min"))
    assert len({len(one.event.box) for one in entries(life)[-2:]}) == 1


# --- Guesses --------------------------------------------------------------------------------------------------------


def guess(life: Any, **changed: Any) -> c.GiveGuess:
    arm = life.protocol.arms[0].id
    asked = c.GiveGuess("P1", Role.PARTICIPANT, e.GuessOccasion.END, arm, c.Certainty.STRONGLY, "Felt warm.")
    return replace(asked, **changed)


def test_a_guess_stands_in_a_box_once_for_a_person_a_role_and_an_occasion(life: Any) -> None:
    (event,) = life.does(guess(life))
    assert isinstance(event, e.GuessGiven)
    assert b"Felt warm" not in strand(life)
    (told,) = open_guesses(entries(life), KEY)
    assert (told.guess, told.certainty, told.because) == (life.protocol.arms[0].id, "strongly believes", "Felt warm.")
    life.refuses(guess(life), "guess-twice", "was asked already (end)")
    life.does(guess(life, occasion=e.GuessOccasion.EARLY))


def test_a_guess_names_an_arm_and_how_sure_or_neither(life: Any) -> None:
    life.refuses(guess(life, guess="blue"), "no-such-arm", "a guess is one of")
    life.refuses(guess(life, certainty=None), "certainty", "says how sure they are")
    life.refuses(guess(life, guess=c.DOES_NOT_KNOW), "certainty", "who does not know does not")
    life.refuses(guess(life, because="x" * 251), "too-long", "expected at most 250")


def test_people_give_their_own_guess_and_nobody_unblinded_is_asked(life: Any) -> None:
    mine = guess(life, of=Role.INVESTIGATOR, who="Ada Example")
    life.refuses(mine, "whose-guess", "their own guess", role=Role.CARE_PROVIDER)
    life.refuses(replace(mine, who="Bo"), "whose-guess", "their own guess", role=Role.INVESTIGATOR)
    unblinded = min(life.protocol.blinding.unblinded)
    life.refuses(guess(life, of=unblinded, who="Ada Example"), "not-blinded", "is not blinded in this trial")


def test_after_an_unblinding_nobody_is_asked_about_that_participant(life: Any) -> None:
    life.does(c.GrantWarrant("W1", "P1", e.UnblindingCategory.EMERGENCY, "Fever.", "Dr Care"))
    life.refuses(guess(life), "after-unblinding", "may be known to somebody already")


# --- Held words -----------------------------------------------------------------------------------------------------


@pytest.fixture
def held(life: Any) -> Any:
    by = By("Cora Holder", Role.CODE_BREAK_HOLDER, life.now, reason="The product looked cloudy.", confirmed_by="a code")
    life.door.ask(WARRANT, by)
    return life


WARRANT = c.GrantWarrant("W1", "P1", e.UnblindingCategory.EMERGENCY, "Fever after the cells.", "Dr Care")
CHECKER = Role.RANDOMISATION_STATISTICIAN


def test_words_of_an_unblinded_role_are_held_and_the_key_reads_them(held: Any) -> None:
    last = entries(held)[-1]
    assert b"cells." not in encode(last)
    assert b"cloudy" not in encode(last)
    assert (last.event.why, last.entry.reason) == (HELD, HELD)
    assert open_held(last, "breeze", KEY) == {"why": "Fever after the cells.", "reason": "The product looked cloudy."}
    assert held.state.held_words[last.seq].fields == ("why", "reason")


def test_words_of_a_blinded_role_are_not_held(life: Any) -> None:
    life.does(c.MissVisit("P1", "month_9", "Snow."))
    assert entries(life)[-1].entry.held is None


def test_another_unblinded_person_releases_words_and_views_show_them(held: Any) -> None:
    seq = entries(held)[-1].seq
    release = c.ReleaseWords(seq, {"why": "Fever after […]."})
    answer = held.door.ask(release, By("Ruth Checker", CHECKER, held.now))
    assert isinstance(answer, Accepted), answer
    shown = {one.seq: one for one in as_shown(entries(held))}[seq]
    assert (shown.event.why, shown.entry.reason) == ("Fever after […].", HELD)
    held.refuses(release, "released-already", "were released", by=By("Ruth Checker", CHECKER, held.now))


@pytest.mark.parametrize(
    ("name", "texts", "rule"),
    [
        ("Cora  holder", {"why": "x"}, "own-words"),
        ("Ruth Checker", {"what": "x"}, "not-held"),
        ("Ruth Checker", {}, "not-held"),
        ("Ruth Checker", {"why": " "}, "no-words"),
    ],
)
def test_own_words_and_words_that_are_not_held_are_not_released(held: Any, name: str, texts: Any, rule: str) -> None:
    answer = held.door.ask(c.ReleaseWords(entries(held)[-1].seq, texts), By(name, CHECKER, held.now))
    assert isinstance(answer, Refused)
    assert f"conduct/{rule}" in {issue.rule for issue in answer.issues}


def test_an_entry_that_holds_nothing_has_nothing_to_release(life: Any) -> None:
    life.refuses(c.ReleaseWords(1, {"why": "x"}), "not-held", "no words of entry 1 are held")
