"""The runner ticks what came as told and nothing else: each expectation, made wrong in one place, costs the tick."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from armlet.cli import main
from armlet.cli.scenario import CommandLine
from armlet.conduct.commands import By, Command, RequestRandomisation
from armlet.conduct.decide import Accepted, Decision, Refused
from armlet.conduct.roles import MAY
from armlet.document import read_yaml
from armlet.errors import InputError
from armlet.life.at_once import ask_at_once
from armlet.life.commands import command_kinds, read_command
from armlet.life.live import Told, live, prepare_world
from armlet.life.load import load_life
from armlet.life.model import Life
from armlet.life.world import World
from armlet.protocol.model import Role
from armlet.report import views as views_package
from armlet.report.content import BlindedContent

NEUTRAL: Final = Path(__file__).parents[2] / "spec" / "checks" / "base.yaml"
TOLD: Final = Path(__file__).parent / "life.yaml"
AGAIN: Final = ("3.2 (do)", "4.2 (do)")
Plain = Any  # what YAML spells; the tests change it in place


def plain_life() -> Plain:
    return copy.deepcopy(read_yaml(TOLD.read_text("utf-8"), TOLD.name)[0])


def make_trial(folder: Path, plain: Plain) -> Path:
    folder.mkdir()
    shutil.copy(NEUTRAL, folder / "protocol.yaml")
    (folder / "life.yaml").write_text(json.dumps(plain), "utf-8")
    return folder


def world_of(tmp_path: Path, plain: Plain, *, is_swapped: bool = False) -> World:
    trial = make_trial(tmp_path / "trial", plain)
    return prepare_world(trial, tmp_path / "life", load_life(trial), CommandLine(), is_swapped=is_swapped)


def lived(tmp_path: Path, plain: Plain) -> dict[int, Told]:
    return {told.step.step: told for told in live(world_of(tmp_path, plain))}


def act(plain: Plain, step: int, number: int) -> Plain:
    """The act of a step, counted from 1 as it is written."""
    return next(one for part in plain["parts"] for one in part["steps"] if one["step"] == step)["acts"][number - 1]


def test_a_life_that_comes_as_told_is_ticked_and_every_entry_belongs_to_a_step(tmp_path: Path) -> None:
    world = world_of(tmp_path, plain_life())

    steps = list(live(world))

    assert [one.is_ticked for one in steps] == [True] * 5
    assert [one.amiss for one in steps] == [[]] * 5
    assert steps[0].refused == ["conduct/role"]
    assert steps[0].entries == [1, 2, 3]
    assert sorted(seq for one in steps for seq in one.entries) == list(range(1, world.head() + 1))


# --- A tick that is not deserved is the worst that this program could do ----------------------------------------------


def _other_rule(plain: Plain) -> Plain:
    act(plain, 1, 1)["refused"] = ["conduct/phase"]


def _one_rule_more(plain: Plain) -> Plain:
    act(plain, 3, 2)["refused"] = ["conduct/before-consent", "conduct/no-consent"]


def _accepted_where_it_is_refused(plain: Plain) -> Plain:
    act(plain, 1, 1)["refused"] = []
    act(plain, 1, 1)["adds"] = ["trial opened", "protocol adopted", "recruitment opened"]


def _refused_where_it_is_accepted(plain: Plain) -> Plain:
    act(plain, 1, 2)["adds"] = []
    act(plain, 1, 2)["refused"] = ["conduct/role"]


def _an_entry_too_few(plain: Plain) -> Plain:
    act(plain, 1, 2)["adds"] = ["trial opened", "protocol adopted"]


def _an_entry_too_many(plain: Plain) -> Plain:
    act(plain, 3, 3)["adds"] = ["visit held", "deviation recorded"]


def _entries_in_another_order(plain: Plain) -> Plain:
    act(plain, 1, 2)["adds"] = ["protocol adopted", "trial opened", "recruitment opened"]


def _another_exit_code(plain: Plain) -> Plain:
    act(plain, 2, 2)["exits"] = 3


def _words_that_are_not_said(plain: Plain) -> Plain:
    act(plain, 2, 2)["shows"] = ["1 slots used"]


def _words_that_must_not_be_said(plain: Plain) -> Plain:
    act(plain, 2, 2)["hides"] = ["SLOTS used"]


def _a_view_that_shows_too_much(plain: Plain) -> Plain:
    act(plain, 3, 6)["sees"][0]["hides"] = ["p01"]


def _a_view_that_shows_too_little(plain: Plain) -> Plain:
    act(plain, 3, 6)["sees"][0]["shows"] = ["2.8"]


def _a_view_that_is_served_after_all(plain: Plain) -> Plain:
    act(plain, 3, 6)["sees"] = [{"as": ["investigator"], "view": "results", "served": False}]


def _a_view_that_is_not_served(plain: Plain) -> Plain:
    act(plain, 3, 6)["sees"] = [{"as": ["participant"], "view": "strand", "hides": ["imitation"]}]


def _another_arm(plain: Plain) -> Plain:
    plain["arms"] = {"P01": "imitation", "P02": "cells"}


def _an_allocation_that_nobody_asked_for(plain: Plain) -> Plain:
    act(plain, 4, 3)["allocates"] = ["P01"]


def _the_second_client_is_refused(plain: Plain) -> Plain:
    act(plain, 4, 2)["at_once"][1] = {
        **act(plain, 4, 2)["at_once"][1], "adds": [], "refused": ["conduct/already-randomised"],
    }  # fmt: skip


def _another_file(plain: Plain) -> Plain:
    act(plain, 5, 5)["reads"]["shows"] = ["arm imitation"]


def _a_file_that_is_not_there(plain: Plain) -> Plain:
    act(plain, 5, 5)["reads"]["file"] = "nothing.txt"


def _a_file_that_is_written_over_another(plain: Plain) -> Plain:
    act(plain, 5, 3)["writes"]["file"] = "protocol.yaml"


def _a_wrong_code(plain: Plain) -> Plain:
    act(plain, 5, 2)["types"] = []


def _a_command_that_does_not_exist(plain: Plain) -> Plain:
    act(plain, 1, 2)["do"] = {"open the trial": {"simulated": True}}


def _a_field_that_does_not_exist(plain: Plain) -> Plain:
    act(plain, 1, 2)["do"] = {"open trial": {"simulated": True, "quietly": True}}


def _a_field_of_another_kind(plain: Plain) -> Plain:
    act(plain, 1, 2)["do"] = {"open trial": {"simulated": "yes"}}


def _a_view_that_does_not_exist(plain: Plain) -> Plain:
    act(plain, 3, 6)["sees"][0]["view"] = "tea leaves"


def _something_that_was_never_remembered(plain: Plain) -> Plain:
    act(plain, 3, 5)["do"]["correct result"]["of"] = "{entry another value}"


WRONG: Final[tuple[tuple[int, Callable[[Plain], Plain]], ...]] = (
    (1, _other_rule), (3, _one_rule_more), (1, _accepted_where_it_is_refused), (1, _refused_where_it_is_accepted),
    (1, _an_entry_too_few), (3, _an_entry_too_many), (1, _entries_in_another_order), (2, _another_exit_code),
    (2, _words_that_are_not_said), (2, _words_that_must_not_be_said), (3, _a_view_that_shows_too_much),
    (3, _a_view_that_shows_too_little), (3, _a_view_that_is_served_after_all), (3, _a_view_that_is_not_served),
    (4, _another_arm), (4, _an_allocation_that_nobody_asked_for), (4, _the_second_client_is_refused),
    (5, _another_file), (5, _a_file_that_is_not_there),
    (5, _a_file_that_is_written_over_another), (5, _a_wrong_code), (1, _a_command_that_does_not_exist),
    (1, _a_field_that_does_not_exist), (1, _a_field_of_another_kind), (3, _a_view_that_does_not_exist),
    (3, _something_that_was_never_remembered),
)  # fmt: skip


@pytest.mark.parametrize(("step", "make_wrong"), WRONG, ids=[one.__name__.strip("_") for _, one in WRONG])
def test_what_does_not_come_as_told_costs_the_tick(
    step: int, make_wrong: Callable[[Plain], Plain], tmp_path: Path
) -> None:
    plain = plain_life()
    make_wrong(plain)

    told = lived(tmp_path, plain)

    assert not told[step].is_ticked
    assert told[step].amiss


def test_a_refusal_that_leaves_an_entry_behind_costs_the_tick(tmp_path: Path) -> None:
    """A refused warrant is noted in the ledger; a life that does not say so is wrong, and one that does is right."""
    warrant = {
        "warrant": "W1",
        "participant": "P01",
        "category": "emergency care",
        "why": "Care.",
        "to": "Tore Example",
    }
    refused = {"as": "watch", "do": {"grant warrant": warrant}, "refused": ["conduct/second-factor"]}
    plain = plain_life()
    plain["parts"][1]["steps"][2]["acts"] += [{**refused, "at": "12:00"}]
    silent = lived(tmp_path, plain)[5]
    plain["parts"][1]["steps"][2]["acts"][-1]["adds"] = ["unblinding refused"]
    (tmp_path / "again").mkdir()
    said = lived(tmp_path / "again", plain)[5]

    assert silent.amiss == ["5.6 (do): entries: expected none; got unblinding refused"]
    assert said.is_ticked
    assert said.refused == ["conduct/second-factor"]


def test_an_answer_that_changes_when_asked_again_costs_the_tick(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, asked = world_of(tmp_path, plain_life()), set[str]()
    honest = world.door.ask

    def ask(command: Command, by: By) -> Decision:
        answer = honest(command, by)
        is_again, _ = by.key in asked, asked.add(by.key or "")
        return Accepted(()) if is_again else answer

    monkeypatch.setattr(world.door, "ask", ask)

    said = [words for one in live(world) for words in one.amiss]

    assert said == [f"{place}: asked again under the same key: the answer is another one" for place in AGAIN]


def test_a_step_that_waits_is_open_though_all_its_acts_came_as_told(tmp_path: Path) -> None:
    plain = plain_life()
    plain["parts"][0]["steps"][0]["waits_for"] = "a signature"

    told = lived(tmp_path, plain)[1]

    assert told.amiss == []
    assert not told.is_ticked


# --- A life that cannot be written --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"as": "sponsor", "do": {"open trial": {"simulated": True}}}, "neither which entries are added"),
        ({"do": {"open trial": {"simulated": True}}, "adds": []}, "nobody is named who asks"),
        ({"as": "nobody", "do": {"open trial": {"simulated": True}}, "adds": []}, "'nobody' is nobody of the cast"),
        ({"as": "sponsor", "adds": []}, "an act is one of"),
        ({"armlet": "check {here}", "seals": True}, "an act is one of"),
        ({"armlet": "check {here}", "refused": ["conduct/role"]}, "`refused` belongs to an act with do"),
        ({"sees": [{"as": ["investigator"], "view": "flow"}]}, "neither what is shown nor what is hidden"),
        ({"way": {"goes home": {}}}, "there is no way 'goes home'"),
        ({"armlet": "check {here}", "exit": 0}, "'exit' is not permitted"),
    ],
)
def test_an_act_that_expects_nothing_or_is_two_at_once_is_no_act(wrong: Plain, said: str, tmp_path: Path) -> None:
    plain = plain_life()
    plain["parts"][0]["steps"][0]["acts"] = [wrong]

    with pytest.raises(InputError, match=said):
        load_life(make_trial(tmp_path / "trial", plain))


def test_a_step_without_acts_says_what_it_waits_for(tmp_path: Path) -> None:
    plain = plain_life()
    plain["parts"][0]["steps"][0]["acts"] = []

    with pytest.raises(InputError, match="does not say what it waits for"):
        load_life(make_trial(tmp_path / "trial", plain))


def test_a_moment_that_cannot_be_read_is_told_with_its_step(tmp_path: Path) -> None:
    plain = plain_life()
    act(plain, 2, 1)["at"] = "in spring"

    with pytest.raises(InputError, match="'in spring' is no moment here"):
        lived(tmp_path, plain)


def test_ways_that_call_each_other_are_refused(tmp_path: Path) -> None:
    plain = plain_life()
    plain["ways"]["round"] = [{"way": {"round": {}}}]
    plain["parts"][0]["steps"][0]["acts"] = [{"at": "2021-03-01 09:00", "way": {"round": {}}}]

    with pytest.raises(InputError, match="without end"):
        lived(tmp_path, plain)


# --- The parts ------------------------------------------------------------------------------------------------------


def test_every_command_has_its_name_in_words() -> None:
    assert set(command_kinds()) >= {"open trial", "give consent", "request randomisation", "report adverse event"}
    assert len(command_kinds()) == len(MAY)


def test_an_unknown_command_is_answered_with_the_nearest() -> None:
    with pytest.raises(InputError, match="Did you mean 'give consent'"):
        read_command("gives consent", {}, "step 1")


def test_the_plan_of_a_dry_run_is_the_last_digest_that_was_kept(tmp_path: Path) -> None:
    world = world_of(tmp_path, plain_life())
    world.kept["a try"] = f"file sha256:{'1' * 64}\n2 rows\nplan sha256:{'2' * 64}\n"

    assert world.fill("--plan {plan a try}") == f"--plan sha256:{'2' * 64}"


def test_acts_are_lived_in_the_order_of_time_whichever_step_tells_them(tmp_path: Path) -> None:
    """Step 3 is told after step 2 but holds acts of later days than step 4 begins with; the entries are in time order."""
    world = world_of(tmp_path, plain_life())
    live(world)

    moments = [one.entry.recorded for one in world.door.entries()]

    assert moments == sorted(moments)


def test_at_once_is_a_real_race_in_which_the_second_decides_again(tmp_path: Path) -> None:
    world = world_of(tmp_path, plain_life())
    live(world, stop=lambda planned: planned.place == "4.7")

    def by(name: str) -> By:
        return By(name, Role.SITE_COORDINATOR, world.clock.moment, key=name)

    before = world.head()
    first, second = ask_at_once(
        world,
        [
            (RequestRandomisation("P01", "R-1"), by("Cora Example")),
            (RequestRandomisation("P01", "R-2"), by("Carl Example")),
        ],
    )

    assert isinstance(first, Accepted)
    assert isinstance(second, Refused)
    assert [issue.rule for issue in second.issues] == ["conduct/already-randomised"]
    assert len(world.entries_after(before)) == 1


def test_a_planted_leak_in_a_view_costs_the_tick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The life hides the arm from the investigator's results; a view that tells it is seen."""
    honest = views_package.find_views
    plain = plain_life()
    plain["parts"][1]["steps"][2]["acts"] += [
        {"at": "03:00", "sees": [{"as": ["investigator"], "view": "every", "hides": ["airway cells won"]}]}
    ]

    def with_leak() -> Any:
        found = dict(honest())

        def render(content: BlindedContent, role: Role) -> bytes:
            return found["results"].render(content, role) + b"Airway cells won."

        return {**found, "results": views_package.View("results", "other_results", "leak", "data/results.csv", render)}

    (tmp_path / "honest").mkdir()
    assert lived(tmp_path / "honest", plain)[5].is_ticked
    monkeypatch.setattr("armlet.life.acts.find_views", with_leak)

    assert lived(tmp_path, plain)[5].amiss == [
        "5.6 (sees): the view 'every' of the investigator shows 'airway cells won', which it must not"
    ]


def test_in_the_swapped_world_everybody_has_the_other_arm_and_the_open_strand_is_of_the_same_shape(
    tmp_path: Path,
) -> None:
    kinds = []
    for is_swapped in (False, True):
        (tmp_path / str(is_swapped)).mkdir()
        world = world_of(tmp_path / str(is_swapped), plain_life(), is_swapped=is_swapped)
        steps = live(world)
        assert [one.amiss for one in steps] == [[]] * 5
        kinds.append([one.event.kind for one in world.door.entries()])
        given = {one.participant: one.arm for one in world.open_vault().assignments()}
        assert given == ({"P01": "imitation", "P02": "cells"} if is_swapped else {"P01": "cells", "P02": "imitation"})

    assert kinds[0] == kinds[1]


# --- The verb -------------------------------------------------------------------------------------------------------


def test_the_verb_ticks_and_says_where_it_did_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain = plain_life()
    good = make_trial(tmp_path / "good", plain)
    act(plain, 1, 1)["refused"] = ["conduct/phase"]
    plain["parts"][1]["steps"][0]["waits_for"] = "a ward"
    bad = make_trial(tmp_path / "bad", plain)

    assert main.run(["scenario", str(good), "--out", str(tmp_path / "kept")]) == 0
    printed = capsys.readouterr().out
    assert "  ✓   1  The trial is opened by whoever may." in printed
    assert printed.endswith("5 of 5 steps ticked.\n")
    assert main.run(["verify", str(tmp_path / "kept")]) == 0
    capsys.readouterr()

    assert main.run(["scenario", str(bad)]) == 1
    printed = capsys.readouterr().out
    assert "  ✗   1  The trial is opened by whoever may." in printed
    assert "         1.1 (do): refused by: expected conduct/phase; got conduct/role" in printed
    assert "         open: it waits for a ward" in printed
    assert printed.endswith("3 of 5 steps ticked.\n")


def test_the_document_says_of_each_step_what_it_left_behind(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["scenario", str(make_trial(tmp_path / "trial", plain_life())), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)

    assert (document["ticked"], document["of"], document["data"]) == (5, 5, "SIMULATED")
    assert document["steps"][0] == {
        "step": 1,
        "part": "Beginning",
        "says": "The trial is opened by whoever may.",
        "ticked": True,
        "waits_for": None,
        "entries": [1, 2, 3],
        "refused": ["conduct/role"],
        "amiss": [],
    }


def test_a_trial_without_a_life_and_a_folder_in_use_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    trial = make_trial(tmp_path / "trial", plain_life())
    assert main.run(["scenario", str(trial), "--out", str(tmp_path / "kept")]) == 0
    assert main.run(["scenario", str(trial), "--out", str(tmp_path / "kept")]) == 1
    assert "there is a ledger here already" in capsys.readouterr().err
    (trial / "life.yaml").unlink()
    assert main.run(["scenario", str(trial)]) == 1
    assert "the trial has no life to live" in capsys.readouterr().err


def test_a_life_is_a_document(tmp_path: Path) -> None:
    life = load_life(make_trial(tmp_path / "trial", plain_life()))

    assert [step.step for step in life.steps()] == [1, 2, 3, 4, 5]
    assert Life.model_validate_json(life.canonical()) == life
