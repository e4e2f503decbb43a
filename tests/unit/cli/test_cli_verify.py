"""`armlet verify`: whole, broken and where, cut by a crash, or nothing there."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Call = Callable[..., Any]
OPEN, SEALED = "ledger/open.jsonl", "vault/sealed.jsonl"


def lines_of(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines(keepends=True)


def breaks(called: Any) -> list[tuple[str, int, str]]:
    return [(item["strand"], item["line"], item["what"]) for item in called.document()["breaks"]]


def test_a_folder_that_was_left_alone_is_whole(armlet: Call, life: Path) -> None:
    called = armlet("verify", life, "--json")
    assert (called.code, called.err) == (0, "")
    document = called.document()
    head = json.loads((life / "ledger/head.json").read_text())
    assert (document["whole"], document["entries"], document["head"], document["breaks"]) == (True, 3, head, [])
    assert [(item["strand"], item["entries"]) for item in document["strands"]] == [(OPEN, 3), (SEALED, 2)]


def test_people_read_the_head_of_each_strand(armlet: Call, life: Path) -> None:
    digest = json.loads((life / "ledger/head.json").read_text())["digest"]
    lines = armlet("verify", life).out.splitlines()
    assert lines[0].startswith(f"{OPEN}: whole, 3 entries, head 3 {digest} (")
    assert lines[1].startswith(f"{SEALED}: whole, 2 entries, head 2 sha256:")


def test_an_altered_entry_is_named(armlet: Call, life: Path) -> None:
    path = life / OPEN
    path.write_bytes(path.read_bytes().replace(b"Ada Example", b"Eve Example", 1))
    called = armlet("verify", life, "--json")
    assert (called.code, called.document()["whole"]) == (4, False)
    assert breaks(called) == [(OPEN, 1, "entry 1 was altered: its content does not give its digest")]


@pytest.mark.parametrize("where", [OPEN, SEALED])
@pytest.mark.parametrize("line", [0, 1])
def test_any_flipped_byte_of_a_line_is_found(armlet: Call, life: Path, where: str, line: int) -> None:
    path = life / where
    lines = lines_of(path)
    for place in range(0, len(lines[line]) - 1, 97):
        flipped = bytearray(lines[line])
        flipped[place] ^= 1
        path.write_bytes(b"".join([*lines[:line], bytes(flipped), *lines[line + 1 :]]))
        called = armlet("verify", path, "--json")
        assert called.code == 4, place
        assert line + 1 in {item["line"] for item in called.document()["breaks"]}


def test_a_removed_entry_is_named(armlet: Call, life: Path) -> None:
    lines = lines_of(life / OPEN)
    (life / OPEN).write_bytes(lines[0] + lines[2])
    called = armlet("verify", life / OPEN, "--json")
    assert called.code == 4
    assert breaks(called) == [("open.jsonl", 2, "entry 2 missing before entry 3 (removed or moved)")]


def test_moved_entries_are_found(armlet: Call, life: Path) -> None:
    lines = lines_of(life / OPEN)
    (life / OPEN).write_bytes(lines[0] + lines[2] + lines[1])
    assert armlet("verify", life / OPEN).code == 4


def test_a_cut_tail_is_seen_against_the_published_head_and_only_then(armlet: Call, life: Path) -> None:
    (life / OPEN).write_bytes(b"".join(lines_of(life / OPEN)[:2]))
    alone = armlet("verify", life / OPEN)
    assert alone.code == 0
    assert "No published head was given" in alone.err
    called = armlet("verify", life, "--json")
    assert called.code == 4
    assert breaks(called) == [
        (OPEN, 2, "the tail was cut: the published head is entry 3, the last one here is 2"),
    ]


@pytest.mark.parametrize("is_file", [True, False])
def test_a_head_may_be_typed_or_read_from_a_file(armlet: Call, life: Path, is_file: bool) -> None:
    plain = json.loads((life / "ledger/head.json").read_text())
    head = life / "ledger/head.json" if is_file else f"{plain['seq']} {plain['digest']}"
    assert armlet("verify", life / OPEN, "--head", head).code == 0
    (life / OPEN).write_bytes(b"".join(lines_of(life / OPEN)[:2]))
    assert armlet("verify", life / OPEN, "--head", head).code == 4


def test_an_emptied_strand_is_broken_where_a_head_says_that_entries_were_there(armlet: Call, life: Path) -> None:
    (life / OPEN).write_bytes(b"")
    assert armlet("verify", life).code == 4
    assert armlet("verify", life / OPEN, "--head", life / "ledger/head.json").code == 4
    assert armlet("verify", life / OPEN).code == 1


def test_a_line_cut_by_a_crash_is_recovered_and_said(armlet: Call, life: Path) -> None:
    lines = lines_of(life / OPEN)
    (life / OPEN).write_bytes(lines[0] + lines[1] + lines[2][:40])
    called = armlet("verify", life / OPEN, "--json")
    document = called.document()
    assert (called.code, document["whole"], document["entries"], document["breaks"]) == (1, False, 2, [])
    assert document["recovered"] == "the last line was cut off; recovered to entry 2"
    assert "recovered to entry 2" in armlet("verify", life / OPEN).out


def test_a_line_cut_by_a_crash_is_recovered_beyond_an_older_head(armlet: Call, life: Path) -> None:
    lines = lines_of(life / OPEN)
    older = json.loads(lines[1])["digest"]
    (life / "ledger/head.json").write_text(json.dumps({"seq": 2, "digest": older}))
    (life / OPEN).write_bytes(lines[0] + lines[1] + lines[2][:40])
    assert armlet("verify", life).code == 1


def test_a_line_cut_below_the_published_head_is_a_cut_tail(armlet: Call, life: Path) -> None:
    lines = lines_of(life / OPEN)
    (life / OPEN).write_bytes(lines[0] + lines[1] + lines[2][:40])
    called = armlet("verify", life, "--json")
    assert (called.code, "recovered" in called.document()) == (4, False)


def test_another_protocol_than_the_entries_name_is_found(armlet: Call, life: Path) -> None:
    path = life / "protocol.yaml"
    path.write_text(path.read_text("utf-8").replace("value: 1.2 L", "value: 1.3 L"), "utf-8")
    called = armlet("verify", life, "--json")
    assert called.code == 4
    ((strand, line, what),) = breaks(called)
    assert (strand, line) == (OPEN, 1)
    assert what.startswith("entries 1 to 3 name another protocol (sha256:")


def test_a_comment_in_the_protocol_changes_nothing(armlet: Call, life: Path) -> None:
    with (life / "protocol.yaml").open("a") as file:
        file.write("# a remark\n")
    assert armlet("verify", life).code == 0


@pytest.mark.parametrize("part", ["ledger/head.json", "vault/sealed.jsonl", "vault/head.json", "protocol.yaml"])
def test_a_missing_part_is_an_issue_and_the_rest_is_verified(armlet: Call, life: Path, part: str) -> None:
    (life / part).unlink()
    called = armlet("verify", life, "--json")
    assert (called.code, called.document()["whole"]) == (1, False)
    (issue,) = called.issues()
    assert issue["rule"] == "verify/missing"
    assert part in issue["message"]
    assert called.document()["strands"][0]["whole"] is True


def test_a_broken_strand_outweighs_a_missing_part(armlet: Call, life: Path) -> None:
    (life / "protocol.yaml").unlink()
    (life / OPEN).write_bytes(b"".join(lines_of(life / OPEN)[1:]))
    assert armlet("verify", life).code == 4


def test_a_sealed_strand_alone_is_recognised_and_needs_no_key(armlet: Call, life: Path) -> None:
    called = armlet("verify", life / SEALED, "--head", life / "vault/head.json", "--json")
    assert (called.code, called.document()["entries"]) == (0, 2)
    lines = lines_of(life / SEALED)
    (life / SEALED).write_bytes(lines[1] + lines[0])
    assert armlet("verify", life / SEALED).code == 4


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (b"\n\n", "the file is empty"),
        (b"\x89PNG\r\n\x1a\n\x00", "not a strand"),
        ("Grüße\n".encode("latin-1"), "not a strand"),
        (b'{"a": 1}\n', "not a strand"),
    ],
)
def test_a_file_that_never_was_a_strand_is_an_issue(armlet: Call, tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "file.jsonl"
    path.write_bytes(content)
    called = armlet("verify", path)
    assert (called.code, called.out) == (1, "")
    assert said in called.err


@pytest.mark.parametrize(
    ("name", "said"), [("nothing.jsonl", "no such file"), (".", "there is no ledger/open.jsonl here")]
)
def test_nothing_there_is_an_issue_in_its_own_process(shell: Call, tmp_path: Path, name: str, said: str) -> None:
    called = shell("verify", tmp_path / name)
    assert (called.code, called.out) == (1, "")
    assert said in called.err
    assert "Traceback" not in called.err


@pytest.mark.parametrize(
    ("head", "code", "said"),
    [
        ("3 abc", 2, "is no head"),
        ("nowhere.json", 1, "no such file"),
    ],
)
def test_a_head_that_is_none_is_said(armlet: Call, life: Path, head: str, code: int, said: str) -> None:
    called = armlet("verify", life / OPEN, "--head", head)
    assert (called.code, called.out) == (code, "")
    assert said in called.err


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b'{"seq": true, "digest": "x"}', b'{"seq": 3}', b"\xff\xfe"])
def test_a_head_file_that_is_none_is_said(armlet: Call, life: Path, content: bytes) -> None:
    (life / "ledger/head.json").write_bytes(content)
    called = armlet("verify", life)
    assert (called.code, called.out) == (1, "")
    assert "this is not a published head" in called.err


def test_a_folder_says_what_its_own_head_does_not_prove(armlet: Call, life: Path) -> None:
    said = armlet("verify", life).out
    assert "held against head.json beside it, which proves little by itself" in said
    assert "a head published elsewhere, as the report's last section prints it, is the stronger check" in said
    assert 'give it with --head "SEQ DIGEST"' in said
    assert "the reports, data/ and exports/ are not covered" in said


def test_a_folder_is_held_against_a_head_from_elsewhere(armlet: Call, life: Path) -> None:
    plain = json.loads((life / "ledger/head.json").read_text())
    called = armlet("verify", life, "--head", f"{plain['seq']} {plain['digest']}")
    assert (called.code, called.err) == (0, "")
    assert "held against the head that was given" in called.out
    assert "proves little" not in called.out


def test_a_head_from_elsewhere_shows_what_a_replaced_head_beside_the_strand_hides(armlet: Call, life: Path) -> None:
    lines = lines_of(life / OPEN)
    digests = [json.loads(line)["digest"] for line in lines]
    (life / OPEN).write_bytes(b"".join(lines[:2]))
    (life / "ledger/head.json").write_text(json.dumps({"seq": 2, "digest": digests[1]}))
    assert armlet("verify", life).code == 0
    called = armlet("verify", life, "--head", f"3 {digests[2]}", "--json")
    assert called.code == 4
    assert breaks(called) == [(OPEN, 2, "the tail was cut: the published head is entry 3, the last one here is 2")]


def test_the_head_in_the_folder_still_counts_beside_an_older_one_from_elsewhere(armlet: Call, life: Path) -> None:
    lines = lines_of(life / OPEN)
    (life / OPEN).write_bytes(b"".join(lines[:2]))
    called = armlet("verify", life, "--head", f"2 {json.loads(lines[1])['digest']}", "--json")
    assert called.code == 4
    assert breaks(called) == [(OPEN, 2, "the tail was cut: the published head is entry 3, the last one here is 2")]


def test_a_head_from_elsewhere_stands_in_for_one_that_is_missing(armlet: Call, life: Path) -> None:
    plain = json.loads((life / "ledger/head.json").read_text())
    (life / "ledger/head.json").unlink()
    assert armlet("verify", life, "--head", f"{plain['seq']} {plain['digest']}").code == 0


@pytest.mark.parametrize(("head", "code", "said"), [("3 abc", 2, "is no head"), ("nowhere.json", 1, "no such file")])
def test_a_head_for_a_folder_that_is_none_is_said(armlet: Call, life: Path, head: str, code: int, said: str) -> None:
    called = armlet("verify", life, "--head", head)
    assert (called.code, called.out) == (code, "")
    assert said in called.err


def test_a_fragment_below_the_published_head_is_said_with_the_entry_that_was_saved(armlet: Call, life: Path) -> None:
    lines = lines_of(life / OPEN)
    (life / OPEN).write_bytes(lines[0] + lines[1] + lines[2][:40])
    assert armlet("verify", life).out.splitlines()[:3] == [
        f"{OPEN}: broken, 2 entries can be read",
        "  line 2: the tail was cut: the published head is entry 3, the last one here is 2",
        "  the last line is a fragment, without its end; what is whole was recovered to entry 2.",
    ]


@pytest.mark.parametrize("count", [1, 3])
def test_a_last_line_with_another_end_is_no_fragment(armlet: Call, life: Path, count: int) -> None:
    (life / OPEN).write_bytes(b"".join(lines_of(life / OPEN)[:count])[:-1] + b"\x0b")
    called = armlet("verify", life / OPEN)
    assert called.code == 4
    assert f"entry {count} was altered: its line has another end" in called.out
    assert "fragment" not in called.out


def test_windows_line_ends_are_named_and_like_breaks_counted(armlet: Call, life: Path) -> None:
    many = (life / OPEN).read_bytes() * 3
    (life / OPEN).write_bytes(many.replace(b"\n", b"\r\n"))
    (life / "vault/sealed.jsonl").write_bytes((life / "vault/sealed.jsonl").read_bytes().replace(b"\n", b"\r\n"))
    called = armlet("verify", life)
    lines = called.out.splitlines()
    assert called.code == 4
    assert [line[:33] for line in lines[1:6]] == [f"  line {n}: entry {n} was altered: th" for n in range(1, 6)]
    assert lines[6:9] == [
        "  and 4 more like these (9 in all)",
        "  line 9: the tail was cut: the published head is entry 3, no entry here can be read",
        "  every line ends in CR LF: the file was copied with Windows line ends; copy it byte for byte.",
    ]
    assert called.out.count("Windows line ends") == 2
    assert "no entry." not in called.err
    assert len(breaks(armlet("verify", life / OPEN, "--json"))) == 9


def test_no_break_stands_in_a_line_zero(armlet: Call, life: Path) -> None:
    (life / OPEN).write_bytes(b"")
    (life / SEALED).write_bytes(b"")
    called = armlet("verify", life, "--json")
    assert called.code == 4
    assert breaks(called) == [
        (OPEN, 1, "the tail was cut: the published head is entry 3, no entry here can be read"),
        (SEALED, 1, "the sealed strand does not end at its published head, entry 2"),
    ]


@pytest.mark.parametrize("where", [OPEN, SEALED])
def test_an_append_that_was_interrupted_is_said(armlet: Call, life: Path, where: str) -> None:
    (life / f"{where}.pending").write_text("{}")
    called = armlet("verify", life / where)
    assert (called.code, "an append of several entries was interrupted" in called.err) == (1, True)
    assert armlet("verify", life).code == 1
