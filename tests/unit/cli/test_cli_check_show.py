"""`armlet check` and `armlet show`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Call = Callable[..., Any]
Edit = Callable[[str, str], int]


def test_a_sound_trial_has_no_issues(armlet: Call, trial: Path) -> None:
    called = armlet("check", trial)
    assert (called.code, called.out, called.err) == (0, "no issues\n", "")


def test_a_sound_trial_has_an_empty_list_of_issues(armlet: Call, trial: Path) -> None:
    called = armlet("check", trial, "--json")
    assert (called.code, called.document()) == (0, {"issues": []})


def test_protocol_yaml_itself_may_be_named(armlet: Call, trial: Path) -> None:
    assert armlet("check", trial / "protocol.yaml").code == 0


def test_a_misspelt_key_is_shown_with_its_line(armlet: Call, trial: Path, edit: Edit) -> None:
    line = edit("acronym: BREEZE", "acronim: BREEZE")
    called = armlet("check", trial)
    assert (called.code, called.out) == (1, "")
    assert f"{trial}/protocol.yaml:{line} protocol/unknown-key: 'acronim' is not permitted here" in called.err


def test_a_misspelt_key_with_json_is_an_issue_of_the_document(armlet: Call, trial: Path, edit: Edit) -> None:
    line = edit("acronym: BREEZE", "acronim: BREEZE")
    called = armlet("check", trial, "--json")
    assert (called.code, called.err) == (1, "")
    (issue,) = called.issues()
    assert list(issue) == ["rule", "severity", "where", "message", "fix"]
    assert issue["where"] == f"{trial}/protocol.yaml:{line}"


def test_a_mistake_of_design_is_shown_with_its_line_and_counted(armlet: Call, trial: Path, edit: Edit) -> None:
    line = edit("  activities: [brushing]", "    activities: [brushin]".removeprefix("  "))
    called = armlet("check", trial)
    assert called.code == 1
    assert f"{trial}/protocol.yaml:{line} protocol/unknown-reference: " in called.out
    assert 'Did you mean "brushing"?' in called.out
    assert called.out.splitlines()[-1].split(" ", 1)[1].startswith("error")


def test_a_warning_alone_ends_with_nought(armlet: Call, trial: Path, edit: Edit) -> None:
    edit("type: SHAM_COMPARATOR", "type: PLACEBO_COMPARATOR")
    called = armlet("check", trial, "--json")
    assert {issue["severity"] for issue in called.issues()} == {"warning"}
    assert called.code == 0


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("method: auc_mean", "method: auc_meen", "derivation/method"),
        ("from: 0 min", "from: 7 min", "derivation/setting-value"),
        ("method: permuted_blocks", "method: permutted_blocks", "allocation/method"),
        ("method: rerandomisation", "method: rerandomization", "analysis/method-unknown"),
    ],
)
def test_what_the_owners_of_a_method_refuse_stands_at_its_line(
    armlet: Call, trial: Path, edit: Edit, old: str, new: str, rule: str
) -> None:
    line = edit(old, new)
    called = armlet("check", trial, "--json")
    assert called.code == 1
    assert (rule, f"{trial}/protocol.yaml:{line}") in [(issue["rule"], issue["where"]) for issue in called.issues()]


def test_the_settings_of_an_analysis_are_read_as_well(armlet: Call, trial: Path, edit: Edit) -> None:
    line = edit("method: rerandomisation", "method: rerandomisation\n    settings: {levle: 1}") + 1
    called = armlet("check", trial, "--json")
    assert called.code == 1
    (issue,) = called.issues()
    assert (issue["rule"], issue["where"]) == ("analysis/setting-unknown", f"{trial}/protocol.yaml:{line}")


@pytest.mark.parametrize("verb", ["check", "show"])
@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "there is no protocol.yaml here"),
        (b"", "the file is empty"),
        (b"\x00\x01\xff\xfe\x80", "the file is not UTF-8 text"),
        ("title: Köln".encode("latin-1"), "the file is not UTF-8 text"),
        (b"title: [", "this is not YAML"),
        (b"just words", "protocol"),
    ],
)
def test_a_folder_without_a_usable_protocol_is_an_issue(
    armlet: Call, tmp_path: Path, verb: str, content: bytes | None, said: str
) -> None:
    if content is not None:
        (tmp_path / "protocol.yaml").write_bytes(content)
    called = armlet(verb, tmp_path)
    assert (called.code, called.out) == (1, "")
    assert said in called.err
    assert "Traceback" not in called.err


@pytest.mark.parametrize("verb", ["check", "show"])
def test_a_trial_that_does_not_exist_is_an_issue_in_its_own_process(shell: Call, tmp_path: Path, verb: str) -> None:
    called = shell(verb, tmp_path / "nowhere", "--json")
    assert (called.code, called.err) == (1, "")
    assert called.issues()[0]["rule"] == "trial/no-protocol"


def test_show_prints_the_protocol_in_words(armlet: Call, trial: Path) -> None:
    called = armlet("show", trial)
    assert (called.code, called.err) == (0, "")
    assert called.out.startswith("# Airway cells for people with asthma who still need their reliever\n")
    assert "body mass index above 35 kg/m2" in called.out


def test_show_as_json_has_the_protocol_in_its_own_spelling(armlet: Call, trial: Path) -> None:
    document = armlet("show", trial, "--json").document()
    assert document["id"] == "breeze"
    assert document["criteria"][2]["rule"] == {
        "compare": {"measure": "fev1", "is": ">", "value": "1.2 L", "code": None, "codes": []}
    }


def test_show_as_json_lists_measures_with_their_judgements(armlet: Call, trial: Path) -> None:
    measures = {item["id"]: item for item in armlet("show", trial, "--json").document()["measures"]}
    weight = measures["weight"]
    assert (weight["kind"], weight["unit"], weight["also_in"]) == ("quantity", "kg", ["[lb_av]"])
    assert weight["plausible"]["highest"] == "220 kg"
    assert measures["hiv"]["unclear"] == ["indeterminate"]
    assert measures["asthma_is_steady"] == {
        "id": "asthma_is_steady",
        "label": "Has the asthma been steady on its present treatment?",
        "kind": "judgement",
        "unit": None,
        "question": "Has the asthma been steady on its present treatment?",
        "by": "investigator",
    }


def test_show_as_json_gathers_the_assumptions(armlet: Call, trial: Path) -> None:
    found = {item["path"]: item for item in armlet("show", trial, "--json").document()["assumptions"]}
    assert found["allocation"]["because"] == "the record gives neither ratio nor method"
    assert found["allocation"]["confirm"] == "the trial statistician"
    assert found["questions.brushing_site"]["answer"] == "either"


FACTOR = "{id: sex, source: {assumed: {because: a test, confirm: nobody}}, label: sex, measure: sex}"


def test_a_primary_analysis_that_leaves_out_a_factor_is_warned_of(armlet: Call, trial: Path, edit: Edit) -> None:
    edit("method: permuted_blocks", "method: minimisation")
    edit("  after: [brushing]", f"  after: [brushing]\n  factors: [{FACTOR}]")
    replayed = armlet("check", trial)
    line = edit("method: rerandomisation", "method: difference")
    called = armlet("check", trial)

    assert (replayed.code, replayed.out) == (0, "no issues\n")
    assert called.code == 0
    assert f'protocol.yaml:{line} analysis/factor-left-out: the arms are balanced over sex, which "' in called.out


def test_the_protocol_in_words_says_what_the_arms_are_balanced_over(armlet: Call, trial: Path, edit: Edit) -> None:
    edit("  after: [brushing]", f"  after_release: true\n  factors: [{FACTOR}]")
    called = armlet("show", trial)

    assert "- Balanced over sex: female or male" in called.out
    assert "- Late: only when the participant's product is made and released" in called.out
