"""What `armlet view` shows a role of a folder, and what it refuses to."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from armlet.conduct.role_matrix import Act
from armlet.conduct.roles import may
from armlet.protocol.load import load_protocol
from armlet.protocol.model import Protocol, Role
from armlet.report.views import find_views, is_served


@pytest.fixture
def breeze() -> Protocol:
    return load_protocol(Path(__file__).parents[2] / "spec" / "checks" / "base.yaml")


def test_a_role_is_shown_what_it_may_see_without_vault_or_key(armlet: Any, life: Path, tmp_path: Path) -> None:
    shutil.rmtree(life / "vault", ignore_errors=True)
    called = armlet("view", life, "--as", "investigator", "--out", tmp_path / "seen", "--json")
    assert called.code == 0, called.err
    views = {view["id"]: view["file"] for view in called.document()["views"]}
    assert {"participants", "audit_trail", "report_blinded"} <= views.keys()
    assert "strand" not in views
    assert sorted(
        path.relative_to(tmp_path / "seen").as_posix() for path in (tmp_path / "seen").rglob("*.*")
    ) == sorted(views.values())


def test_what_a_role_may_not_see_is_refused_and_named(armlet: Any, life: Path) -> None:
    called = armlet("view", life, "--as", "investigator", "--view", "strand")
    assert called.code == 3
    assert "view/not-served" in called.err
    assert called.out == ""


@pytest.mark.parametrize(("role", "view"), [("nobody", "participants"), ("investigator", "everything")])
def test_an_unknown_role_or_view_is_a_wrong_usage_that_lists_the_known_ones(
    armlet: Any, life: Path, role: str, view: str
) -> None:
    called = armlet("view", life, "--as", role, "--view", view)
    assert called.code == 2
    assert ("site_coordinator" if role == "nobody" else "participants") in called.err


def test_a_folder_that_holds_something_is_not_written_into(armlet: Any, life: Path, tmp_path: Path) -> None:
    (tmp_path / "seen").mkdir()
    (tmp_path / "seen" / "mine.txt").write_text("mine")
    called = armlet("view", life, "--as", "investigator", "--out", tmp_path / "seen")
    assert called.code == 1
    assert [path.name for path in (tmp_path / "seen").iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("role", Role)
def test_a_view_is_served_only_by_the_cell_of_its_object(breeze: Protocol, role: Role) -> None:
    for view in find_views().values():
        permission = may(breeze, role, view.object, Act.READ)
        assert permission.granted or not is_served(breeze, role, view), view.id


def test_who_is_served_what_is_written_out_for_the_roles_that_matter_most(breeze: Protocol) -> None:
    served: Callable[[Role], set[str]] = lambda role: {  # noqa: E731
        name for name, view in find_views().items() if is_served(breeze, role, view)
    }
    assert served(Role.PARTICIPANT) == set()
    assert "strand" in served(Role.INSPECTOR)
    assert [role.value for role in Role if "strand" in served(role)] == ["inspector"]
    assert {"who_looked"} <= served(Role.SPONSOR) - served(Role.INVESTIGATOR)
