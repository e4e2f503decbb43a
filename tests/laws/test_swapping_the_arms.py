"""Noninterference: give everybody the other arm, and every byte that a blinded role can get stays the same.

The swap is real: the same draws, over the arms in another order, give each participant another arm, and the trial is
lived again from its first day. Nothing that the scenario assumes of the body depends on the arm here (no effect), since
biology that shows is not a leak of the program.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final, get_args, get_origin, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from armlet.allocation.pharmacy import Batch, Prepared
from armlet.allocation.vault import Vault, Writer, replay_draws
from armlet.cli import main
from armlet.cli.rehearse import write_blinded
from armlet.cli.view import content_of
from armlet.conduct.commands import By, Command, ConfirmRandomisation, Enrol
from armlet.conduct.decide import Decision, Refused, decide
from armlet.conduct.roles import MAY
from armlet.conduct.state import TrialState
from armlet.errors import ExitCode
from armlet.export.format import export_formats
from armlet.export.package import compute, until, write_ledger
from armlet.ledger.events import RandomisationRequested
from armlet.ledger.sealed import PreparationMade
from armlet.protocol.hidden import hidden_before_lock
from armlet.protocol.load import load_protocol, load_trial, read_protocol
from armlet.protocol.model import Protocol, Role
from armlet.report.content import BlindedContent
from armlet.report.views import View, find_views
from armlet.simulation import rehearse as rehearsal
from armlet.simulation.rehearse import Rehearsed, rehearse
from armlet.simulation.scenario import Guessing, Scenario, load_scenario
from armlet.studytime import PartialDate
from armlet.units import Quantity
from tests.rehearsed import Rehearsals

ROOT = Path(__file__).parents[2]
TRIAL = ROOT / "trials" / "nct02057211"
NEUTRAL = ROOT / "tests" / "spec" / "checks" / "base.yaml"


FACTORS = """\
  factors:
    - {id: sex, source: {assumed: {because: a test, confirm: nobody}}, label: sex, measure: sex}
    - {id: age_band, source: {assumed: {because: a test, confirm: nobody}}, label: age, measure: age, cuts: [40 a]}
"""


def _with_factors(method: str) -> Protocol:
    """The neutral trial, balanced over two factors."""
    text = NEUTRAL.read_text("utf-8").replace("method: permuted_blocks", f"method: {method}")
    return read_protocol(text.replace("  after: [brushing]\n", f"  after: [brushing]\n{FACTORS}"), NEUTRAL.name)[0]


@lru_cache(maxsize=4)
def _trial(name: str) -> tuple[Protocol, Scenario]:
    if name == "neutral":
        return read_protocol(NEUTRAL.read_text("utf-8"), NEUTRAL.name)[0], Scenario()
    if name in {"permuted_blocks", "minimisation"}:
        return _with_factors(name), Scenario()
    trial = load_trial(TRIAL)
    return trial.protocol, load_scenario(TRIAL).model_copy(update={"effects": {}})


def _live(name: str, seed: str, *, swapped: bool) -> Rehearsed:
    protocol, scenario = _trial(name)
    arms = tuple(arm.id for arm in protocol.arms)
    return rehearse(protocol, scenario, seed, arms=arms[::-1] if swapped else arms)


def views_of(_lived: Rehearsed) -> Iterable[View]:
    """Every view there is; a planted leak adds one."""
    return find_views().values()


def ask(_lived: Rehearsed, state: TrialState, command: Command, by: By) -> Decision:
    """What the trial answers to somebody; a planted leak answers otherwise."""
    return decide(_lived.protocol, state, command, by)


def blinded_roles(protocol: Protocol) -> list[Role]:
    return [role for role in Role if role not in protocol.blinding.unblinded]


def blinded_outputs(lived: Rehearsed, roles: Sequence[Role]) -> Mapping[str, bytes]:
    """Whatever these blinded roles could get of a trial: every view that is registered, and every answer to every command.

    The views are made for each role, served or not, so that no table of roles can hide a leak.
    """
    data = compute(lived.protocol, tuple(lived.store.read()))
    locked, today = content_of(until(data, lived.before_lock)), content_of(data)
    outputs: dict[str, bytes] = {}
    for view in views_of(lived):
        for role in roles:
            outputs[f"{view.id} for {role} before the lock"] = view.render(locked, role)
            if view.is_of_today:
                outputs[f"{view.id} for {role} after the lock"] = view.render(today, role)
    for when, state in (("before", locked.state), ("after", today.state)):
        outputs[f"answers {when} the lock"] = repr(list(_answers(lived, state, roles))).encode()
    outputs["printed vault"] = repr(lived.vault).encode()
    outputs["refusals of the rehearsal"] = repr(sorted(lived.refusals.items())).encode()
    outputs["shape"] = repr([len(line) for line in lived.vault.as_bytes().split(b"\n")]).encode()
    return outputs


def _answers(lived: Rehearsed, state: TrialState, roles: Sequence[Role]) -> Iterator[tuple[str, str, str]]:
    """What each blinded role is answered to each command, about some people, asked rightly or wrongly."""
    for who in sorted(_arms_given(lived.vault))[:4]:  # the same people in both worlds, whatever they were given
        for kind in MAY:
            for role in roles:
                by = By("Somebody", role, datetime(2030, 1, 1, 9, tzinfo=UTC))
                yield kind.__name__, role, repr(ask(lived, state, make_command(kind, who), by))


def make_command(kind: type[Command], who: str) -> Command:
    """A command of a kind about somebody; whatever else it says is invented, so that it is refused or accepted."""
    hints = get_type_hints(kind)
    return kind(**{field.name: _invent(field.name, hints[field.name], who) for field in fields(kind)})


@cache
def _next_version() -> Protocol:
    """A version of the neutral protocol, for an amendment."""
    return load_protocol(NEUTRAL).model_copy(update={"version": "2.0"})


def _invent(name: str, hint: Any, who: str) -> Any:
    options = get_args(hint)
    if name in {"participant", "preparation"}:
        return who if name == "participant" else "PREP-001"
    if type(None) in options:
        return None
    if get_origin(hint) is tuple:
        return () if options[-1] is ... else ("Somebody", "Somebody else")
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return next(iter(hint))
    invented = {str: "1", int: 1, bool: False, date: date(2030, 1, 1), datetime: datetime(2030, 1, 1, 9, tzinfo=UTC)}
    invented |= {PartialDate: PartialDate(2030, 1), Protocol: _next_version()}
    return invented.get(hint, {})


def _arms_given(vault: Vault) -> dict[str, str]:
    return {assigned.participant: assigned.arm for assigned in vault.assignments()}


def _assert_nothing_blinded_differs(name: str, seed: str, roles: Sequence[Role] = (Role.INVESTIGATOR,)) -> None:
    lived, swapped = _live(name, seed, swapped=False), _live(name, seed, swapped=True)
    given_before, given_after = _arms_given(lived.vault), _arms_given(swapped.vault)

    assert given_before.keys() == given_after.keys()
    assert all(given_before[who] != given_after[who] for who in given_before)

    asked = [role for role in roles if role in blinded_roles(lived.protocol)]
    outputs, outputs_swapped = blinded_outputs(lived, asked), blinded_outputs(swapped, asked)
    differing = [key for key in outputs if outputs[key] != outputs_swapped[key]]
    assert not differing, f"what tells the arm: {'; '.join(differing)}"


SOMEBODY = st.sampled_from(list(Role)).map(lambda role: (Role.INVESTIGATOR, role))


def test_no_blinded_role_gets_anything_that_tells_the_arm() -> None:
    _assert_nothing_blinded_differs("neutral", "1", list(Role))


def _without_boxes(lived: Rehearsed) -> list[object]:
    """The open strand with the length of each box in its place; digests follow from the boxes and are left out."""
    lines = []
    for one in lived.store.read():
        plain = one.entry.model_dump(mode="json", exclude={"previous"})
        if one.event.kind == "database locked":
            del plain["event"]["head"]
        if "box" in plain["event"]:
            plain["event"]["box"] = len(plain["event"]["box"])
        lines.append(plain)
    return lines


def test_of_an_effect_on_what_could_tell_the_arm_the_open_strand_shows_nothing() -> None:
    """The effect is large, and touches only what the protocol marks; people even guess right."""
    protocol, scenario = _trial("masked")
    arm = protocol.arms[0].id
    models = tuple(one for one in scenario.models if _is_marked(protocol, one.measure))
    strong = scenario.model_copy(
        update={"effects": {arm: 0.9}, "models": models, "guessing": Guessing(does_not_know=0.2, knows=1.0)}
    )
    arms = tuple(one.id for one in protocol.arms)
    lived, swapped = (rehearse(protocol, strong, "1", arms=order) for order in (arms, arms[::-1]))

    boxes, swapped_boxes = (
        [one.event.box for one in trial.store.read() if hasattr(one.event, "box")] for trial in (lived, swapped)
    )
    assert len(boxes) == len(swapped_boxes) > 100
    assert boxes != swapped_boxes
    assert _without_boxes(lived) == _without_boxes(swapped)


def test_the_rehearsal_with_the_effect_that_its_scenario_assumes_differs_in_boxes_alone() -> None:
    """A reviewer once guessed 59 of 72 arms from the insulin, HbA1c and weight of such rehearsals: no more."""
    trial = load_trial(TRIAL)
    scenario, arms = load_scenario(TRIAL), tuple(one.id for one in trial.protocol.arms)
    assert any(kept > 0 for kept in scenario.effects.values())
    for seed in ("1", "2"):
        lived, swapped = (rehearse(trial.protocol, scenario, seed, arms=order) for order in (arms, arms[::-1]))
        assert _arms_given(lived.vault) != _arms_given(swapped.vault)
        assert _without_boxes(lived) == _without_boxes(swapped)


def _is_marked(protocol: Protocol, measure: str) -> bool:
    return bool(hidden_before_lock(protocol).measures.get(measure))


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10**9).map(str), roles=SOMEBODY)
def test_a_masked_trial_shows_nobody_blinded_which_arm_anybody_is_in(seed: str, roles: Sequence[Role]) -> None:
    _assert_nothing_blinded_differs("masked", seed, roles)


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10**9).map(str), roles=SOMEBODY)
def test_nor_does_a_trial_that_nobody_tuned_the_program_for(seed: str, roles: Sequence[Role]) -> None:
    _assert_nothing_blinded_differs("neutral", seed, roles)


@pytest.mark.parametrize("method", ["permuted_blocks", "minimisation"])
@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 10**9).map(str), roles=SOMEBODY)
def test_nor_does_a_trial_whose_arms_are_balanced_over_factors(method: str, seed: str, roles: Sequence[Role]) -> None:
    _assert_nothing_blinded_differs(method, seed, roles)


@pytest.mark.parametrize("method", ["permuted_blocks", "minimisation"])
def test_the_levels_are_in_the_open_strand_and_the_draws_replay_from_the_vault(method: str) -> None:
    lived = _live(method, "1", swapped=False)
    asked = [one.event for one in lived.store.read() if isinstance(one.event, RandomisationRequested)]

    assert len(asked) == len(lived.vault.assignments()) > 8
    assert {frozenset(event.levels or {}) for event in asked} == {frozenset({"sex", "age_band"})}
    assert {level for event in asked for level in (event.levels or {}).values()} <= {
        "female", "male", "below 40 a", "40 a or more",
    }  # fmt: skip
    assert [one.levels for one in lived.vault.assignments()] == [event.levels for event in asked]
    assert replay_draws(lived.vault) == []


def test_a_planted_leak_a_sham_of_constant_volume_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = rehearsal.prepare

    def prepare_sham_in_round_volumes(
        vault: Vault, writer: Writer, protocol: Protocol, preparation: str, weight: Quantity, batch: Batch
    ) -> Prepared:
        made = honest(vault, writer, protocol, preparation, weight, batch)
        contents = [one.content for one in vault.events(PreparationMade) if one.preparation == preparation]
        return made if contents[-1] == "product" else replace(made, volume=Quantity.parse("35 mL"))

    monkeypatch.setattr(rehearsal, "prepare", prepare_sham_in_round_volumes)

    with pytest.raises(AssertionError, match="strand for"):
        _assert_nothing_blinded_differs("masked", "1")


def test_a_planted_leak_an_allocator_that_takes_longer_for_one_arm_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = rehearsal._Rehearsal._ask

    def ask(self: rehearsal._Rehearsal, command: Command, role: Role, **more: str) -> bool:
        if isinstance(command, ConfirmRandomisation):
            arm = _arms_given(self._vault)[command.participant]
            self._clock.moment += timedelta(minutes=len(arm))
        return honest(self, command, role, **more)

    monkeypatch.setattr(rehearsal._Rehearsal, "_ask", ask)

    with pytest.raises(AssertionError, match="strand for"):
        _assert_nothing_blinded_differs("masked", "1")


# --- Leaks that somebody might plant in a view or an answer ---------------------------------------------------------


def _sorted_by_arm(arms: Mapping[str, str]) -> bytes:
    return "\n".join(sorted(arms, key=lambda who: (arms[who], who))).encode()


def _as_long_as_the_arm(arms: Mapping[str, str]) -> bytes:
    return b" " * sum(number * len(arm) for number, arm in enumerate(arms.values()))


def _notice_to_one_arm(arms: Mapping[str, str]) -> bytes:
    first = min(arms.values())
    return b"".join(b"a message was sent\n" if arm == first else b"\n" for arm in arms.values())


@pytest.mark.parametrize("leak", [_sorted_by_arm, _as_long_as_the_arm, _notice_to_one_arm])
def test_a_planted_leak_in_a_view_is_caught(
    leak: Callable[[Mapping[str, str]], bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    def with_leak(lived: Rehearsed) -> Iterable[View]:
        def render(_content: BlindedContent, _role: Role) -> bytes:
            return leak(_arms_given(lived.vault))

        return [*find_views().values(), View("planted", "exports", "a leak", "planted.csv", render)]

    monkeypatch.setitem(globals(), "views_of", with_leak)

    with pytest.raises(AssertionError, match="planted for investigator before the lock"):
        _assert_nothing_blinded_differs("neutral", "1")


def test_a_planted_leak_a_refusal_that_differs_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    def ask_and_tell(lived: Rehearsed, state: TrialState, command: Command, by: By) -> Decision:
        answer = decide(lived.protocol, state, command, by)
        arms = _arms_given(lived.vault)
        if isinstance(answer, Refused) and getattr(command, "participant", "") in arms:
            is_first = arms[command.participant] == min(arms.values())
            return Refused(answer.issues[:1] if is_first else answer.issues * 2)
        return answer

    monkeypatch.setitem(globals(), "ask", ask_and_tell)

    with pytest.raises(AssertionError, match="answers before the lock"):
        _assert_nothing_blinded_differs("neutral", "1")


def test_who_may_not_ask_learns_not_even_whether_there_is_such_a_participant() -> None:
    lived = _live("masked", "1", swapped=False)
    state = until(compute(lived.protocol, tuple(lived.store.read())), lived.before_lock).state
    by = By("Somebody", Role.MONITOR, datetime(2030, 1, 1, 9, tzinfo=UTC))
    known, unknown = (decide(lived.protocol, state, Enrol(who), by) for who in ("P01", "P99"))

    assert isinstance(known, Refused)
    assert isinstance(unknown, Refused)
    assert "P01" in state.participants
    assert "P99" not in state.participants
    assert [str(one).replace("P01", "P99") for one in known.issues] == [str(one) for one in unknown.issues]


# --- The command line -----------------------------------------------------------------------------------------------

PERSON: Final = '{"reference_date": "2014-05-12", "age": "24 a"}'
RUN: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "check": (("trial",),),
    "show": (("trial",), ("trial", "--json")),
    "amend": (("trial", "trial", "--life", "trial"),),
    "screen": (("trial", "--person", "person.json"),),
    "predictability": (("trial",),),
    "view": (
        *(("trial", "--as", role) for role in Role),
        *(("trial", "--as", role, "--out", f"seen-{role}") for role in (Role.INVESTIGATOR, Role.INSPECTOR)),
        *(("trial", "--as", role, "--view", "who_looked") for role in (Role.SPONSOR, Role.INSPECTOR)),
        ("trial", "--as", Role.INVESTIGATOR, "--view", "strand"),
        ("trial", "--as", Role.INVESTIGATOR, "--json"),
    ),
    "calendar": (("trial",), ("trial", "--site", "harbour", "--out", "visits.ics")),
    "vault": (("status", "--strand", "trial/vault/sealed.jsonl", "--key", "trial/vault/key.hex"),),
    "product": (("trial", "verify"), ("trial", "status", "--key", "trial/product/key.hex")),
    "verify": (("trial",), ("trial", "--json"), ("trial", "--key", "trial/vault/key.hex")),
    "reconcile": (("trial",), ("trial", "--json"), ("trial", "--key", "trial/vault/key.hex")),
    "deadlines": (("trial", "--today", "2030-01-01"),),
    "anchor": (("--new-key", "keys"), ("trial", "--key", "keys/none.pem", "--out", "anchor.json")),
    "analyse": (
        ("trial",),
        ("trial", "--dry-run", "--json"),
        ("trial", "--dry-run", "--seed", "7", "--out", "dry-run"),
        ("trial", "--dry-run", "--as", Role.CELL_LABORATORY),
    ),
    "unblind": (("attempts", "trial"), ("who-knows", "trial"), ("impact", "trial", "--by", "Ada Example")),
    "redact": (("trial", "--ledger", "trial/ledger/open.jsonl", "--find", "window"),),
    "inspect": (
        ("trial", "--slot", "1"),
        ("trial", "--who-looked", "--json"),
        ("trial", "--who-could-see", "results"),
        ("trial", "--pack", "pack"),
    ),
    "archive": (
        ("trial", "--out", "archive"),
        ("trial", "--out", "archive.zip"),
        ("trial", "--participant", "P01", "--out", "copy"),
    ),
    "export": tuple(("trial", "--format", name, "--out", f"out-{name}") for name in export_formats()),
}
"""How each verb is run on a trial folder as a blinded person may have it: without vault/, exports/ and report.html."""

NOT_RUN: Final = {
    "import": "writes what a file holds, by a clock of its own; its events are those that typed results make",
    "read": "reads a registry record and no trial folder",
    "history": "reads versions of a registry record and no trial folder",
    "new": "reads a registry record and no trial folder",
    "backup": "encrypts, with chance of its own, files that are compared here as they are",
    "restore": "puts back what `backup` took: files that are compared here as they are",
    "scenario": "lives a life of its own, which tests/laws/test_lives.py lives in both worlds",
    "probe": "reads the protocol and the scenario alone, which have nothing from the life of a trial",
    "simulate": "reads the protocol and the scenario alone, which have nothing from the life of a trial",
    "stopping": "reads the protocol alone, which has nothing from the life of a trial",
    "power": "reads what is typed and no trial at all",
    "rehearse": "reads the protocol and the scenario alone, which have nothing from the life of a trial",
}


def test_every_verb_is_run_on_two_worlds_or_says_why_not() -> None:
    assert RUN.keys() | NOT_RUN.keys() == {name for name, _ in main.VERBS}
    assert RUN.keys() & NOT_RUN.keys() == set()


def _said(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    monkeypatch.chdir(folder)
    said: dict[str, object] = {}
    for verb, calls in RUN.items():
        for words in calls:
            code = main.run([verb, *words])
            caught = capsys.readouterr()
            said[" ".join((verb, *words))] = (code, caught.out, caught.err)
    written = (path for path in folder.rglob("*") if path.is_file() and "keys" not in path.parts)
    said |= {path.relative_to(folder).as_posix(): path.read_bytes() for path in written}
    return said


def test_no_verb_says_anything_else_where_everybody_has_the_other_arm(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    said = []
    for world in ("one", "other"):
        lived = _live("neutral", "1", swapped=world == "other")
        folder = tmp_path / world / "trial"
        text = NEUTRAL.read_text("utf-8")
        write_ledger(folder, text, tuple(lived.store.read()))
        write_blinded(folder, until(compute(lived.protocol, tuple(lived.store.read())), lived.before_lock))
        (tmp_path / world / "person.json").write_text(PERSON)
        said.append(_said(folder.parent, capsys, monkeypatch))

    one, other = said
    assert [call for call in one if one[call] != other[call]] == []
    assert "seen-investigator/data/preparations.csv" in one
    assert "dry-run/dry-run.html" in one
    assert "dry-run/exports/figures/forest.csv" in one
    calls = {call: answer for call, answer in one.items() if isinstance(answer, tuple)}
    done = {call.split()[0] for call, answer in calls.items() if answer[0] == ExitCode.DONE}
    assert done >= {"analyse", "check", "show", "screen", "predictability", "view", "anchor"}
    refused = {call for call, answer in calls.items() if answer[0] == ExitCode.REFUSED}
    assert "view trial --as investigator --view strand" in refused
    assert {answer[0] for call, answer in calls.items() if call.startswith("view")} == {ExitCode.DONE, ExitCode.REFUSED}


def test_every_blinded_file_of_a_rehearsal_is_a_view_and_byte_for_byte_what_view_writes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], rehearsals: Rehearsals
) -> None:
    rehearsals.copy(TRIAL.name, (), tmp_path / "lived")
    assert main.run(["view", str(tmp_path / "lived"), "--as", "investigator", "--out", str(tmp_path / "seen")]) == 0
    capsys.readouterr()
    lived, seen = (
        {path.relative_to(tmp_path / name).as_posix(): path.read_bytes() for path in (tmp_path / name).rglob("*.*")}
        for name in ("lived", "seen")
    )
    blinded = {name for name in lived if name.startswith("data/") or name == "report-blinded.html"}

    assert blinded == {
        "report-blinded.html", "data/participants.csv", "data/visits.csv", "data/results.csv", "data/endpoints.csv",
        "data/adverse_events.csv",
    }  # fmt: skip
    assert blinded <= {view.file for view in find_views().values()}
    assert {name: lived[name] for name in blinded} == {name: seen[name] for name in blinded}


def test_the_blinded_roles_of_the_masked_trial_are_those_the_protocol_does_not_unblind() -> None:
    protocol, _ = _trial("masked")

    blinded = set(blinded_roles(protocol))

    assert {Role.PARTICIPANT, Role.CARE_PROVIDER, Role.INVESTIGATOR, Role.OUTCOME_ASSESSOR} <= blinded
