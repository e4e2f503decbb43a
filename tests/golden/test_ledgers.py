"""The ledgers of every version of the format are still whole, are read, and say what they said."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import get_args

import pytest

from armlet.conduct.state import fold
from armlet.document import Document
from armlet.ledger.chain import verify
from armlet.ledger.entry import Head, decode, encode
from armlet.ledger.events import OpenEvent
from armlet.ledger.upcasting import STEPS

FOLDERS = sorted((Path(__file__).parent / "ledgers").glob("v*"))
APPROVES = os.environ.get("ARMLET_APPROVE") == "1"


def tell(name: object, value: object, depth: int = 0) -> Iterator[str]:
    """A state as indented text: a line for each plain value."""
    pad = "  " * depth
    match value:
        case Document():
            value = {key: getattr(value, key) for key in type(value).model_fields}
        case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
            value = {one.name: getattr(value, one.name) for one in dataclasses.fields(value)}
        case set():
            value = sorted(map(str, value))
        case _:
            pass
    if isinstance(value, Mapping) and value:
        yield f"{pad}{name}:"
        for key, item in value.items():
            yield from tell(key, item, depth + 1)
    elif isinstance(value, list | tuple) and value:
        yield f"{pad}{name}:"
        for item in value:
            yield from tell("-", item, depth + 1)
    else:
        yield f"{pad}{name}: {value}".rstrip()


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_ledger_of_that_version_is_whole_and_says_what_it_said(folder: Path) -> None:
    data, head = (folder / "open.jsonl").read_bytes(), json.loads((folder / "head.json").read_text())
    found = verify(data, Head(head["seq"], head["digest"]))
    assert (found.breaks, found.cut) == ((), b"")
    assert b"".join(encode(entry) + b"\n" for entry in found.entries) == data
    text = "\n".join(tell("state", fold(found.entries))) + "\n"
    if APPROVES:
        (folder / "state.txt").write_text(text, "utf-8")
    assert (folder / "state.txt").read_text("utf-8") == text


def test_every_version_of_every_kind_is_in_some_ledger() -> None:
    kinds = {kind: version for one in get_args(OpenEvent) for kind, version in [_kind_and_version(one)]}
    written = {
        (event["kind"], event["version"])
        for folder in FOLDERS
        for line in (folder / "open.jsonl").read_bytes().splitlines()
        for event in [json.loads(line)["event"]]
    }
    assert written == {(kind, old) for kind, version in kinds.items() for old in range(1, version + 1)}
    assert len(kinds) == 112
    assert set(STEPS) == {(kind, old) for kind, version in kinds.items() for old in range(1, version)}


def _kind_and_version(event: type[Document]) -> tuple[str, int]:
    fields = event.model_fields
    return str(fields["kind"].default), int(fields["version"].default)


def test_the_first_ledger_is_the_one_that_was_kept() -> None:
    """By digest, so that nobody mends the ledger where the program should be mended."""
    last = (FOLDERS[0] / "open.jsonl").read_bytes().splitlines()[-1]
    assert decode(last).head == Head(42, "sha256:fa2751e7320c5ceb2183bd95d4211ed6a9733f43e2906cf23f41a2d6a9f478bc")
