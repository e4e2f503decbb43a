"""Every cell of the role matrix against its source, which is written out here; what is asked of it; and the door."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, get_args

import pytest
import yaml

from armlet.conduct import commands as c
from armlet.conduct.decide import Refused, decide
from armlet.conduct.role_matrix import Act, Cell, Condition, load_matrix
from armlet.conduct.roles import COMMANDS, Permission, may
from armlet.protocol.model import Blinding, Protocol, Role
from tests.unit.conduct.test_conduct_roles import COMMANDS as EXAMPLES_IN_ORDER

EXAMPLES: Final = {type(command): command for command in EXAMPLES_IN_ORDER}

COLUMNS: Final = (
    Role.PARTICIPANT, Role.CARE_PROVIDER, Role.SITE_COORDINATOR, Role.INVESTIGATOR, Role.OUTCOME_ASSESSOR,
    Role.CELL_LABORATORY, Role.UNBLINDED_PHARMACIST, Role.RANDOMISATION_STATISTICIAN, Role.TRIAL_STATISTICIAN,
    Role.SAFETY_BOARD, Role.MONITOR, Role.UNBLINDED_MONITOR, Role.CODE_BREAK_HOLDER, Role.DATA_MANAGER, Role.SPONSOR,
    Role.SYSTEM_ADMINISTRATOR, Role.INSPECTOR,
)  # fmt: skip

SOURCE: Final = """
allocation_list|.|.|.|.|.|.|.|w*|.|.|.|.|.|.|.|.|r* after unmask
randomise|.|.|x|x|.|.|.|.|.|.|.|.|.|.|.|.|.
randomisation_status|r own|r|r|r|.|r|r|r|r|r|r|r|r|r|r|m|r
arm_of_one|.|.|.|.|.|r* own lots|r* day of dose|r*|.|c*|.|r*|x*|.|.|.|r*
arm_labels_in_aggregate|.|.|.|.|.|.|.|r|m (X/Y)|c|.|.|.|.|.|.|r
harvest|r own|w|w|r|.|r|r|.|m|c|r|r|.|r|m|.|r
culture|.|.|.|.|.|w|r|.|after lock r|c|.|r*|.|.|.|.|r
lot_release|.|.|.|.|.|2x|r|.|.|c|.|r|.|.|.|.|r
ready_for_infusion|r own|r|r|r|.|w|w|.|r|r|r|r|r|r|r|.|r
preparation|.|.|.|.|.|w|2w|.|.|c|.|r|.|.|.|.|r
bedside_check|r own|2w|r|r|.|.|2w|.|m|c|r|r|.|r|.|.|r
infusion|.|w|w|r|.|.|r|.|r|c|r|r|.|r|r|.|r
dose_per_weight|.|.|.|.|.|w|r|.|after lock r|c|.|r|x*|.|.|.|r
telling_results|.|.|m status|m status|w|.|.|.|m pooled|c|m|.|.|m range flags|.|.|r
other_results|r own|w|w|w|r|.|.|.|r pooled|c|r|.|r|r|r|.|r
adverse_events|tells|w|w|w|.|.|.|.|r|c|r|.|r|r|w|.|r
expedited_report_unblinded|.|.|.|.|.|.|.|.|.|c|.|.|.|.|.|.|r*
code_break|asks|asks|asks|asks|.|.|.|.|m|r|m|m|x*|m|m|.|r
form_entry|ePRO w|w|w|w|w|.|.|.|.|.|.|.|.|.|.|.|.
queries|.|answer|answer|answer|answer|answer (product)|answer (product)|.|open|.|open/close|product|.|open/close|.|.|r
signatures|consent|.|.|x|x|x (product)|x (product)|.|.|.|.|.|.|.|.|.|.
lock|.|.|.|agree|.|.|.|agree|agree|.|.|.|.|2x|2x|.|.
audit_trail|.|m own|m|m|m|r product|r product|r rando|m|.|m|r product|r breaks|m|m|m (system)|r
exports|own data|.|m|m|.|product|.|rando|m|c|m|product|.|m|m|.|r
protocol|.|.|.|approve|.|.|.|.|approve|.|.|.|.|w|2x approve|.|r
accounts|.|.|.|delegate|.|.|.|.|.|.|.|.|.|.|approve|x (no key to vault)|r
who_looked|.|.|.|.|.|.|.|r|.|r|.|.|r|.|m counts|.|r
"""
"""The matrix that ours follows: r read, w write, x act, m blinded form only, c closed session only, . none, * logged,
2 two people."""

OUTSIDE_THE_COLUMNS: Final = """
treating_physician: randomisation_status r, ready_for_infusion r, infusion r, other_results r, adverse_events r,
  code_break asks
safety_unit: randomisation_status r, arm_of_one x*, harvest m, ready_for_infusion r, infusion r, other_results r,
  adverse_events w, expedited_report_unblinded x*, code_break x*, audit_trail m, exports m
"""
"""A physician outside the trial reads where safety is the reason; the source has sponsor and safety unit in one column."""

ADDED: Final = (
    "course_of_trial", "enrolment", "deviations", "source_verification", "data_review", "data_status", "analysis_sets",
    "unlock", "accidental_unblinding", "guesses", "consent_documents", "trial_documents", "file_imports",
)  # fmt: skip
C = Condition
WORDS: Final[dict[str, Cell]] = {
    "r": Cell(read=()), "w": Cell(write=()), "x": Cell(act=()), "c": Cell(read=(C.CLOSED_SESSION,)),
    "m": Cell(read=(C.BLINDED_FORM,)), "r own": Cell(read=(C.OWN,)), "m own": Cell(read=(C.OWN, C.BLINDED_FORM)),
    "r*": Cell(read=(C.LOGGED,)), "w*": Cell(write=(C.LOGGED,)), "x*": Cell(act=(C.LOGGED,)),
    "c*": Cell(read=(C.CLOSED_SESSION, C.LOGGED)), "2w": Cell(write=(C.TWO_PERSONS,)), "2x": Cell(act=(C.TWO_PERSONS,)),
    "r* after unmask": Cell(read=(C.AFTER_LOCK, C.LOGGED)), "r* own lots": Cell(read=(C.OWN_LOTS, C.LOGGED)),
    "r* day of dose": Cell(read=(C.LOGGED,), only="the day of the dose"), "after lock r": Cell(read=(C.AFTER_LOCK,)),
    "m (X/Y)": Cell(read=(C.BLINDED_FORM,), only="labels X and Y"), "m status": Cell(read=(C.BLINDED_FORM,), only="status"),
    "m pooled": Cell(read=(C.BLINDED_FORM,), only="pooled"), "m counts": Cell(read=(C.BLINDED_FORM,), only="counts"),
    "m range flags": Cell(read=(C.BLINDED_FORM,), only="range flags"), "r pooled": Cell(read=(), only="pooled"),
    "m (system)": Cell(read=(C.BLINDED_FORM,), only="system"), "tells": Cell(write=(C.OWN,), only="tells"),
    "asks": Cell(write=(), only="asks"), "ePRO w": Cell(write=(C.OWN,), only="ePRO"), "answer": Cell(write=(), only="answer"),
    "answer (product)": Cell(write=(), only="answer (product)"), "open": Cell(act=(), only="open"),
    "open/close": Cell(act=(), only="open and close"), "consent": Cell(act=(C.OWN,), only="consent"),
    "x (product)": Cell(act=(), only="product"), "agree": Cell(write=(), only="agree"),
    "r product": Cell(read=(), only="product"), "r rando": Cell(read=(), only="randomisation"),
    "r breaks": Cell(read=(), only="breaks"), "approve": Cell(act=(), only="approve"),
    "2x approve": Cell(act=(C.TWO_PERSONS,), only="approve"), "delegate": Cell(write=(), only="delegate"),
    "x (no key to vault)": Cell(act=(), only="no key to the vault"), "own data": Cell(read=(C.OWN,)),
    "product": Cell(read=(), only="product"), "rando": Cell(read=(), only="randomisation"),
}  # fmt: skip
"""What a word of the source is in ours."""


def meant(thing: str, role: Role, word: str) -> Cell | None:
    if word == ".":
        return None
    if (thing, word) == ("queries", "product"):
        return Cell(act=(), only="product")
    if role is Role.SAFETY_UNIT and word == "x*" and thing != "code_break":
        return Cell(read=(C.LOGGED, C.UNDER_WARRANT), act=(C.LOGGED, C.UNDER_WARRANT))
    if role is Role.SAFETY_UNIT and word == "x*":
        return Cell(act=(C.LOGGED,), only="an expedited report")
    return WORDS[word]


def cells_of_the_source() -> dict[tuple[str, Role], Cell | None]:
    cells: dict[tuple[str, Role], Cell | None] = {}
    for line in SOURCE.strip().splitlines():
        thing, *words = (part.strip() for part in line.split("|"))
        assert len(words) == len(COLUMNS), thing
        cells |= {(thing, role): meant(thing, role, word) for role, word in zip(COLUMNS, words, strict=True)}
        cells |= {(thing, role): None for role in Role if role not in COLUMNS}
    for line in OUTSIDE_THE_COLUMNS.strip().replace("\n  ", " ").splitlines():
        name, _, rest = line.partition(": ")
        for one in rest.split(", "):
            thing, word = one.split(" ")
            cells[thing, Role(name)] = meant(thing, Role(name), word)
    return cells


CELLS: Final = cells_of_the_source()
DIFFERS: Final = {
    ("protocol", Role.SPONSOR), ("accounts", Role.SPONSOR), ("code_break", Role.RANDOMISATION_STATISTICIAN),
    ("arm_of_one", Role.CODE_BREAK_HOLDER), ("dose_per_weight", Role.CODE_BREAK_HOLDER),
    ("ready_for_infusion", Role.INVESTIGATOR), ("ready_for_infusion", Role.CELL_LABORATORY),
    ("ready_for_infusion", Role.UNBLINDED_PHARMACIST), ("audit_trail", Role.DATA_MANAGER),
    ("audit_trail", Role.UNBLINDED_MONITOR), ("audit_trail", Role.RANDOMISATION_STATISTICIAN),
}  # fmt: skip


def test_the_source_has_27_objects_and_the_matrix_has_them_and_what_it_says_that_it_added() -> None:
    things = [line.split("|")[0].strip() for line in SOURCE.strip().splitlines()]
    assert len(things) == 27
    assert list(load_matrix()) == [*things, *ADDED]
    assert [thing for thing, row in load_matrix().items() if row.added] == list(ADDED)


@pytest.mark.parametrize(("thing", "role"), CELLS, ids=str)
def test_a_cell_is_that_of_the_source_or_says_why_not(thing: str, role: Role) -> None:
    cell = load_matrix()[thing].cells.get(role)
    if (thing, role) in DIFFERS:
        assert cell is not None
        assert cell.differs
        assert cell.model_copy(update={"differs": ""}) != CELLS[thing, role]
    else:
        assert cell == CELLS[thing, role]


def test_these_objects_tell_the_arm() -> None:
    assert {thing for thing, row in load_matrix().items() if row.tells_arm} == {
        "allocation_list", "arm_of_one", "arm_labels_in_aggregate", "culture", "lot_release", "preparation",
        "dose_per_weight", "expedited_report_unblinded",
    }  # fmt: skip


def test_nobody_who_runs_the_system_reaches_the_list_or_an_arm() -> None:
    runs_it = {role for role, cell in load_matrix()["accounts"].cells.items() if cell.act is not None}
    assert runs_it == {Role.SYSTEM_ADMINISTRATOR}
    for thing, row in load_matrix().items():
        if row.tells_arm or thing in ("who_looked", "telling_results", "code_break"):
            assert not runs_it & set(row.cells), thing


# --- The door -----------------------------------------------------------------------------------------------------


def test_every_command_has_its_cell_in_the_order_of_the_commands() -> None:
    assert list(COMMANDS) == list(get_args(c.Command))
    assert {thing for thing, _ in COMMANDS.values()} <= set(load_matrix())


@pytest.mark.parametrize("kind", COMMANDS, ids=lambda kind: kind.__name__)
def test_the_door_lets_a_role_in_exactly_when_its_cell_says_so(life: Any, kind: type[c.Command]) -> None:
    thing, act = COMMANDS[kind]
    plain = yaml.safe_load((Path(__file__).parents[3] / "src/armlet/conduct/role_matrix.yaml").read_text("utf-8"))
    cells = next(row["cells"] for row in plain["objects"] if row["id"] == thing)
    for role in Role:
        conditions = cells.get(role.value, {}).get(act.value)
        decision = decide(life.protocol, life.state, EXAMPLES[kind], life.by(EXAMPLES[kind], role))
        turned_away = isinstance(decision, Refused) and "conduct/role" in [issue.rule for issue in decision.issues]
        assert turned_away is (conditions is None or "own" in conditions), role


# --- What may be shown --------------------------------------------------------------------------------------------


def test_a_right_to_what_tells_the_arm_also_needs_the_unblinded_viewpoint(breeze: Protocol) -> None:
    assert may(breeze, Role.UNBLINDED_PHARMACIST, "culture", Act.READ) == Permission(True)
    assert may(breeze, Role.INSPECTOR, "culture", Act.READ) == Permission(False)
    assert may(open_label(breeze), Role.INSPECTOR, "culture", Act.READ) == Permission(True)
    assert may(breeze, Role.INVESTIGATOR, "other_results", Act.READ) == Permission(True)


@pytest.mark.parametrize("role", Role)
def test_an_open_label_trial_gives_what_the_matrix_gives(breeze: Protocol, role: Role) -> None:
    for thing, row in load_matrix().items():
        for act in Act:
            cell = row.cells.get(role)
            conditions = cell.conditions(act) if cell is not None else None
            granted = may(open_label(breeze), role, thing, act, locked=True)
            assert granted.granted is (conditions is not None)
            assert granted.conditions == (conditions or ())


def test_a_blinded_form_is_shown_to_the_blinded_and_is_said_to_be_one(breeze: Protocol) -> None:
    assert may(breeze, Role.TRIAL_STATISTICIAN, "arm_labels_in_aggregate", Act.READ) == Permission(
        True, (Condition.BLINDED_FORM,), "labels X and Y"
    )


def test_some_rights_begin_with_the_lock(breeze: Protocol) -> None:
    assert may(breeze, Role.TRIAL_STATISTICIAN, "culture", Act.READ) == Permission(False)
    assert may(breeze, Role.TRIAL_STATISTICIAN, "culture", Act.READ, locked=True) == Permission(
        True, (Condition.AFTER_LOCK,)
    )


def test_whoever_may_write_may_read_and_reading_needs_no_second_person(breeze: Protocol) -> None:
    assert may(breeze, Role.CARE_PROVIDER, "bedside_check", Act.WRITE) == Permission(True, (Condition.TWO_PERSONS,))
    assert may(breeze, Role.CARE_PROVIDER, "bedside_check", Act.READ) == Permission(True)


def test_what_the_matrix_does_not_know_is_refused_and_raises_nothing(breeze: Protocol) -> None:
    king: Any = "king"
    eat: Any = "eat"
    assert may(breeze, Role.SPONSOR, "the moon", Act.READ) == Permission(False)
    assert may(breeze, king, "culture", Act.READ) == Permission(False)
    assert may(breeze, Role.CELL_LABORATORY, "culture", eat) == Permission(False)


def open_label(protocol: Protocol) -> Protocol:
    everybody = Blinding(source=protocol.blinding.source, unblinded=tuple(Role))
    return protocol.model_copy(update={"blinding": everybody})
