"""`armlet vault held` and `armlet vault release`: words of unblinded roles, read under the key and released when checked."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from armlet.cli.output import Output, render_table
from armlet.errors import ExitCode, InputError, RefusedError, UsageError
from armlet.issues import error

if TYPE_CHECKING:
    from armlet.conduct.door import Door
    from armlet.ledger.box import OpeningKey

CUT = "[...]"
"""What stands in a released text where words were taken out."""


def add_deeds(held: argparse.ArgumentParser, release: argparse.ArgumentParser) -> None:
    """The arguments of both deeds."""
    for deed in (held, release):
        deed.add_argument("trial", metavar="TRIAL", type=Path, help="a trial folder")
        deed.add_argument("--ledger", metavar="FILE", type=Path, required=True, help="the open strand of the trial")
    release.add_argument("--entry", metavar="N", type=int, required=True, help="the entry whose words are released")
    release.add_argument("--by", metavar="NAME", required=True, help="who has checked them: not who wrote them")
    release.add_argument(
        "--role", choices=("unblinded_monitor", "randomisation_statistician"), required=True, help="in which role"
    )
    release.add_argument(
        "--text", metavar="FIELD=TEXT", action="append", default=[], help=f"a text with {CUT} for words taken out"
    )


def list_held(arguments: argparse.Namespace, out: Output) -> ExitCode:
    """Every entry whose words wait, with what in them could tell an arm."""
    from armlet.protocol.telling_words import find_telling_words

    door, key = _open(arguments)
    rows = [
        {"entry": seq, "by": door.state.held_words[seq].actor, "field": name, "text": text,
         "telling": list(find_telling_words(door.protocol, text))}
        for seq, texts in _waiting(arguments, door, key) for name, text in texts.items()
    ]  # fmt: skip
    cells = [tuple(str(row[name]) for name in ("entry", "by", "field", "text")) for row in rows]
    shown = [(*line, ", ".join(map(str, _listed(row["telling"])))) for line, row in zip(cells, rows, strict=True)]
    head = ("entry", "by", "field", "words", "could tell an arm")
    out.answer({"held": rows}, lambda: render_table(head, shown, out.width) if shown else "No words are held.")
    return ExitCode.DONE


def release_words(arguments: argparse.Namespace, out: Output) -> ExitCode:
    """Releases the words of one entry, whole or with words taken out. Raises UsageError, InputError, RefusedError."""
    from armlet.conduct.commands import By, ReleaseWords
    from armlet.conduct.decide import Refused
    from armlet.protocol.model import Role
    from armlet.studytime import SystemClock

    door, key = _open(arguments)
    written = dict(_waiting(arguments, door, key)).get(arguments.entry, {})
    texts = {**written, **_given(arguments.text)} if written else _given(arguments.text)
    _refuse_other_words(written, texts)
    who = By(arguments.by, Role(arguments.role), SystemClock().now())
    decision = door.ask(ReleaseWords(arguments.entry, texts), who)
    if isinstance(decision, Refused):
        raise RefusedError(decision.issues)
    out.answer(
        {"entry": arguments.entry, "fields": sorted(texts)}, f"The words of entry {arguments.entry} are released."
    )
    return ExitCode.DONE


def _listed(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else []


def _open(arguments: argparse.Namespace) -> tuple[Door, OpeningKey | None]:
    from armlet.allocation.boxes import opening_key
    from armlet.cli.vault_key import open_vault
    from armlet.conduct.door import Door
    from armlet.ledger.stores.file import FileStore
    from armlet.protocol.load import load_trial, load_versions
    from armlet.studytime import SystemClock

    for path, what in ((arguments.ledger, "ledger"), (arguments.strand, "sealed strand")):
        if not path.is_file():
            raise InputError([error("vault/no-file", str(path), f"there is no {what} here.", "Check the path.")])
    trial = load_trial(arguments.trial)
    versions = load_versions(trial.folder)
    door = Door(trial.protocol, FileStore(arguments.ledger), SystemClock(), versions=versions)
    return door, opening_key(open_vault(arguments).detached())


def _waiting(
    arguments: argparse.Namespace, door: Door, key: OpeningKey | None
) -> Iterator[tuple[int, Mapping[str, str]]]:
    from armlet.allocation.boxes import open_held
    from armlet.ledger.stores.file import FileStore

    for chained in FileStore(arguments.ledger).read():
        if chained.seq in door.state.held_words and chained.seq not in door.state.released_words:
            yield chained.seq, open_held(chained, door.state.trial, key)


def _given(texts: list[str]) -> dict[str, str]:
    for text in texts:
        if "=" not in text:
            message = f"{text!r} is no text of a field."
            raise UsageError([error("usage", "--text", message, 'Write --text "FIELD=TEXT".')])
    return {name: text for name, _, text in (given.partition("=") for given in texts)}


def _refuse_other_words(written: Mapping[str, str], texts: Mapping[str, str]) -> None:
    """A checker takes words out and puts none in. Raises RefusedError."""
    for name, text in texts.items():
        kept = [re.escape(part.strip()) for part in text.split(CUT)]
        if name in written and not re.fullmatch(r"\s*", written[name]) and not _is_cut(kept, text, written[name]):
            message = f"the text of {name!r} has words that were not written."
            fix = f"Only take words out, and write {CUT} where they stood."
            raise RefusedError([error("vault/other-words", name, message, fix)])


def _is_cut(kept: list[str], text: str, written: str) -> bool:
    return text == written or (CUT in text and re.fullmatch(".*".join(kept), written.strip(), re.DOTALL) is not None)
