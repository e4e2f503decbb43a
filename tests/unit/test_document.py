"""Documents are strict: every value remembers its line, and a typing error names it."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import Field, ValidationError

from armlet.document import Document, Lines, load_document, read_text, read_yaml
from armlet.errors import InputError
from armlet.units import Quantity


class Leaf(Document):
    weight: Quantity
    count: int = 0


class Tree(Document):
    name: str
    from_: str = Field(default="", alias="from")
    leaves: tuple[Leaf, ...] = ()
    note: str | None = None


def said(text: str, name: str = "x.yaml") -> list[str]:
    with pytest.raises(InputError) as caught:
        load_document(Tree, *read_yaml(text, name), "tree")
    return [str(issue) for issue in caught.value.issues]


def test_an_unknown_key_is_reported_with_its_line() -> None:
    text = "# a\n# b\nname: oak\nleaves:\n  - weight: 1 g\n  - weight: 2 g\n    count: 2\n\n    colour: green\n"
    where, what = "protocol.yaml:9 tree/unknown-key", "'colour' is not permitted here (leaves.1.colour)"
    assert said(text, "protocol.yaml") == [f"{where}: {what}. Check the spelling, or take it out."]


def test_every_thing_amiss_is_reported_at_once() -> None:
    found = said("from: seed\nleaves:\n  - weight: 1\n  - weight: 62,3 g\n    count: many\n")
    assert [text.partition(":")[2].partition(" ")[0] for text in found] == ["1", "3", "4", "5"]
    assert "'name' is missing (name)" in found[0]
    assert "decimal comma" in found[2]
    assert "Got 'many'" in found[3]


def test_a_duplicate_key_is_refused_with_both_lines() -> None:
    assert said("name: oak\nnote: a\nname: elm\n") == [
        "x.yaml:3 yaml/duplicate-key: the key 'name' stands here a second time (first on line 1). Keep one of the two."
    ]


@pytest.mark.parametrize(
    ("text", "line"), [("name: &a oak\n", 1), ("name: oak\nnote: *a\n", 2), ("name: oak\nleaves:\n  - &l {}\n", 3)]
)
def test_anchors_and_aliases_are_refused(text: str, line: int) -> None:
    assert said(text)[0].startswith(f"x.yaml:{line} yaml/alias")


def test_a_star_inside_quotes_is_no_alias() -> None:
    plain, _ = read_yaml('name: "*a & b"\nfrom: 10*6/kg\n', "x.yaml")
    assert plain == {"name": "*a & b", "from": "10*6/kg"}


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "yaml/empty"),
        ("# only a comment\n", "yaml/empty"),
        ("name: [oak\n", "yaml/syntax"),
        ("name: oak: elm\n", "yaml/syntax"),
        ("name: \x00\n", "yaml/syntax"),
        ("[" * 70 + "]" * 70, "yaml/too-deep"),
        ("a" * 5_000_001, "yaml/too-large"),
    ],
)
def test_a_text_that_is_no_document_is_refused(text: str, rule: str) -> None:
    with pytest.raises(InputError, match=rule):
        read_yaml(text, "x.yaml")


def test_numbers_stay_as_typed_and_words_stay_words() -> None:
    text = 'a: 1.10\nb: 12\nc: yes\nd: true\ne: null\nf: "12"\ng: 012\nh: 1e3\ni: 2021-05-01\nj: ~\nk: -3\n'
    plain, _ = read_yaml(text, "x.yaml")
    assert plain == {
        "a": "1.10",
        "b": 12,
        "c": "yes",
        "d": True,
        "e": None,
        "f": "12",
        "g": "012",
        "h": "1e3",
        "i": "2021-05-01",
        "j": None,
        "k": -3,
    }


def test_a_place_is_the_deepest_known_part_of_its_path() -> None:
    _, lines = read_yaml("name: oak\nleaves:\n  - weight: 1 g\n", "x.yaml")
    assert lines.where(("leaves", 0, "weight")) == "x.yaml:3"
    assert lines.where(("leaves", "function-wrap", 0, "colour")) == "x.yaml:3"
    assert lines.where(("roots",)) == "x.yaml:1"
    assert Lines("y", {}).where(("a",)) == "y:1"


def test_equal_documents_have_equal_digests_whatever_their_spelling() -> None:
    one = Tree.from_plain({"name": "oak", "from": "seed", "leaves": [{"weight": "1 g"}]})
    other = Tree.from_plain({"leaves": [{"weight": "1 g", "count": 0}], "from": "seed", "name": "oak", "note": None})
    assert one.digest() == other.digest()
    assert one.canonical() == b'{"from":"seed","leaves":[{"count":0,"weight":"1 g"}],"name":"oak"}'
    assert Tree.from_plain({"name": "elm", "from": "seed"}).digest() != one.digest()


def test_a_document_cannot_be_changed() -> None:
    tree, attribute = Tree(name="oak"), "name"
    with pytest.raises(ValidationError, match="frozen"):
        setattr(tree, attribute, "elm")


def test_a_file_is_read_as_utf8_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes("\ufeffname: Ångström\n".encode())
    assert read_text(path) == "name: Ångström\n"
    path.write_bytes("name: Ångström\n".encode("latin-1"))
    with pytest.raises(InputError, match="byte 6"):
        read_text(path)
    with pytest.raises(InputError, match="file/unreadable"):
        read_text(tmp_path)
    with pytest.raises(InputError, match="file/unreadable"):
        read_text(tmp_path / "none.yaml")
