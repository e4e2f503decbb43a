from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path

import pytest

from armlet.archive.zipped import is_safe_name, pack, read_folder, unpack
from armlet.errors import InputError


def rule(problem: pytest.ExceptionInfo[InputError]) -> str:
    return problem.value.issues[0].rule


def zip_of(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def test_the_same_files_give_the_same_bytes_in_whatever_order_they_come() -> None:
    assert pack({"a": b"1", "b/c": b"2"}) == pack({"b/c": b"2", "a": b"1"})


def test_what_was_packed_is_unpacked() -> None:
    assert unpack(pack({"a": b"1", "b/c": b""}), "x.zip") == {"a": b"1", "b/c": b""}


@pytest.mark.parametrize(
    "name", ["../up", "/root", "a/../../b", "C:\\x", "a\\b", "a\nb", "", "./a", "a//b", "c:stream", "a/.."]
)
def test_a_name_that_leads_elsewhere_is_not_safe(name: str) -> None:
    assert not is_safe_name(name)


def test_a_file_that_would_be_written_elsewhere_is_refused() -> None:
    with pytest.raises(InputError) as problem:
        unpack(zip_of(**{"../up": b"x"}), "x.zip")
    assert rule(problem) == "archive/name"


def test_a_link_in_an_archive_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        info = zipfile.ZipInfo("link")
        info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")

    with pytest.raises(InputError) as problem:
        unpack(out.getvalue(), "x.zip")
    assert rule(problem) == "archive/no-file"


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    bomb = pack({"bomb": b"\0" * 50_000_000})

    with pytest.raises(InputError) as problem:
        unpack(bomb, "x.zip")
    assert rule(problem) == "archive/bomb"


def test_two_files_whose_names_differ_in_case_alone_are_refused() -> None:
    with pytest.raises(InputError) as problem:
        unpack(zip_of(a=b"1", A=b"2"), "x.zip")
    assert rule(problem) == "archive/name-twice"


@pytest.mark.parametrize("cut", [10, 60, 90])
def test_a_damaged_archive_is_an_issue_and_no_fault(cut: int) -> None:
    with pytest.raises(InputError) as problem:
        unpack(pack({"a": b"1" * 40, "b": b"2"})[:cut], "x.zip")
    assert rule(problem) == "archive/damaged"


def test_a_link_in_an_unpacked_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("/etc/passwd")

    with pytest.raises(InputError) as problem:
        read_folder(tmp_path)
    assert rule(problem) == "archive/no-file"
