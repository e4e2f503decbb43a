"""The commands of the door as a life tells them: by name in words, with their fields, read as strictly as any document."""

from __future__ import annotations

import difflib
import json
from dataclasses import fields
from functools import lru_cache
from typing import Final, get_args, get_type_hints

from pydantic import JsonValue, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from armlet.conduct.commands import Command
from armlet.errors import InputError
from armlet.issues import Issue, error
from armlet.ledger.product_events import AnyProductRecord, ProductRecord


@lru_cache
def command_kinds() -> dict[str, type[Command]]:
    """Every command by its name in words: ``give consent``."""
    return {in_words(kind.__name__): kind for kind in get_args(Command)}


def in_words(name: str) -> str:
    """``GiveConsent`` as ``give consent``."""
    return "".join(f" {sign.lower()}" if sign.isupper() else sign for sign in name).strip()


@lru_cache
def _spelling(name: str) -> TypeAdapter[Command]:
    return TypeAdapter(command_kinds()[name])


def read_command(name: str, given: dict[str, JsonValue], where: str) -> Command:
    """The command. Raises InputError where there is no such command, a field is unknown or missing, or does not fit."""
    kind = command_kinds().get(name)
    if kind is None:
        near = difflib.get_close_matches(name, command_kinds(), n=1)
        fix = f"Did you mean {near[0]!r}?" if near else f"There are {', '.join(command_kinds())}."
        raise InputError([error("life/unknown-command", where, f"there is no command {name!r}.", fix)])
    known = {one.name for one in fields(kind)}
    unknown = sorted(set(given) - known)
    if unknown:
        message = f"{name!r} has no {', '.join(unknown)}; it has {', '.join(sorted(known))}."
        raise InputError([error("life/unknown-field", where, message, "Check the spelling.")])
    hints = get_type_hints(kind)
    spelt = {one: str(value) if _is_number_as_text(hints[one], value) else value for one, value in given.items()}
    try:
        return _spelling(name).validate_json(json.dumps(spelt), strict=True)
    except ValidationError as problem:
        raise InputError([_as_issue(item, name, where) for item in problem.errors(include_url=False)]) from None


def _as_issue(item: ErrorDetails, name: str, where: str) -> Issue:
    message = f"{name}: {'.'.join(map(str, item['loc']))}: {item['msg']}."
    return error("life/field", where, message, "Check the value.")


_RECORD: Final[TypeAdapter[ProductRecord]] = TypeAdapter(AnyProductRecord)


def read_record(kind: str, given: dict[str, JsonValue], where: str) -> ProductRecord:
    """A record for the product strand. Raises InputError as `read_command` does."""
    try:
        return _RECORD.validate_json(json.dumps({"kind": kind, **given}), strict=True)
    except ValidationError as problem:
        raise InputError([_as_issue(item, kind, where) for item in problem.errors(include_url=False)]) from None


def _is_number_as_text(hint: object, value: JsonValue) -> bool:
    """YAML reads a whole number as one; a field that keeps numbers as they were typed takes its text."""
    return hint is str and isinstance(value, int) and not isinstance(value, bool)
