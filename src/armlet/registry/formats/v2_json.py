"""One study as the ClinicalTrials.gov v2 API gives it: JSON with a ``protocolSection``.

Every value of the file is a fact at its line; lines with nothing but brackets and names of structures count as
boilerplate. A key that the API does not have, or a value that does not fit its field, is listed as unrecognised with
its path and left out of the record; the rest of the record is read. In a file written on one line, that line can hold
facts and something unrecognised: it then counts as not accounted for. Telephone numbers and mail addresses of contacts
are passed over.
"""

from __future__ import annotations

import json
import re
from typing import Final, NamedTuple

from pydantic import ValidationError

from armlet.errors import Fault, InputError
from armlet.issues import Severity, error
from armlet.registry.accounting import Account, Line, RegistryFormat, Source
from armlet.registry.decode import refuse
from armlet.registry.inference import check_polarity
from armlet.registry.json_text import (
    JsonBranch,
    JsonLeaf,
    JsonNode,
    JsonText,
    Step,
    join_step,
    json_leaves,
    plain_json,
)
from armlet.registry.record import Record

_CONTACT: Final = re.compile(r"(?:[cC]ontacts\[\d+\]|pointOfContact)\Z")
_CONTACT_DETAILS: Final = frozenset({"phone", "phoneExt", "email"})
_CONTACT_SHOWN: Final = "(contact details, not kept)"
_NULL_SHOWN: Final = "(null)"
_EXCERPT: Final = 200
MOST_MISFITS: Final = 20_000
"""A record with more values that fit no field is none; the list of them would take gigabytes."""
_UNKNOWN_KEY: Final = "extra_forbidden"


class _Stretch(NamedTuple):
    """A part of the text, and the path of what stands there."""

    start: int
    end: int
    path: str


class _Document:
    """The file being read, and the stretches of it that are left out of the record."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.json = JsonText(account.source.text, account.source.name)
        self.dropped: list[_Stretch] = []
        for repeated in self.json.repeated:
            line = self.json.line_at(repeated.node.opened)
            message = f"{repeated.path} stands here a second time."
            account.warn("read/duplicate-key", line, message, "The first is kept; find out which is right.")
            self.dropped.append(_Stretch(repeated.node.opened, repeated.node.end, repeated.path))


def _prune(document: _Document, root: JsonBranch, steps: tuple[Step, ...], why: str | None) -> None:
    """Take the value at the path out of the tree; what it was is listed, with `why` it does not fit as an issue."""
    branch, path = root, ""
    for depth, step in enumerate(steps):
        path = join_step(path, step)
        member = branch.members.get(step)
        if member is None:
            return
        if depth == len(steps) - 1 or isinstance(member, JsonLeaf):
            start = member.opened
            document.dropped.append(_Stretch(start, member.end, path))
            if why is not None:
                line = document.json.line_at(start)
                message = f"{path} cannot be kept: {why}."
                document.account.warn("read/value", line, message, "It is left out; correct it.", Severity.ERROR)
            del branch.members[step]
            return
        branch = member


def _renumber(node: JsonNode) -> None:
    """Close the gaps that pruning left in lists, so that paths are those of the record."""
    if isinstance(node, JsonBranch):
        _close_up(node)
        for member in node.members.values():
            _renumber(member)


def _close_up(branch: JsonBranch) -> None:
    if branch.is_list:
        branch.members = dict(enumerate(branch.members.values()))


def _drop_unkept(document: _Document, branch: JsonBranch, path: str = "") -> bool:
    """Contact details, which are not kept, and nulls, which say nothing; answers whether there were any."""
    before = len(branch.members)
    dropped = False
    for step, member in list(branch.members.items()):
        if isinstance(member, JsonBranch):
            dropped |= _drop_unkept(document, member, join_step(path, step))
            continue
        is_contact = step in _CONTACT_DETAILS and _CONTACT.search(path) is not None
        if is_contact or member.value is None:
            shown = _CONTACT_SHOWN if is_contact else _NULL_SHOWN
            document.account.known(Line(document.json.line_at(member.start), shown))
            del branch.members[step]
    if len(branch.members) == before:
        return dropped
    _close_up(branch)
    return True


def _validated(document: _Document, root: JsonBranch, text: str | None) -> Record:
    """The record, without what does not fit; each round takes out all that the last one found.

    `text` is the tree as text, where that is at hand: the file itself, if nothing of it was dropped.
    """
    while True:
        before = len(document.dropped)
        try:
            return Record.model_validate_json(text or json.dumps(plain_json(root)))
        except ValidationError as problem:
            if problem.error_count() > MOST_MISFITS:
                message = f"{problem.error_count()} values do not fit the fields of the ClinicalTrials.gov v2 API."
                refuse("read/not-a-record", document.account.source.name, message, "Is it the right file?")
            found = problem.errors(include_url=False)
        for item in sorted(found, key=lambda item: [str(step).zfill(9) for step in item["loc"]], reverse=True):
            why = None if item["type"] == _UNKNOWN_KEY else str(item["msg"]).removeprefix("Value error, ")
            _prune(document, root, tuple(item["loc"]), why)
        _renumber(root)
        text = None
        if len(document.dropped) == before:
            raise Fault(f"the record does not fit its own model: {found[0]['msg']}")


def _account_for_lines(document: _Document) -> None:
    account, text = document.account, document.json.text
    dropped_lines: set[int] = set()
    for stretch in document.dropped:
        raw = " ".join(text[stretch.start : stretch.end].split())
        first, last = document.json.line_at(stretch.start), document.json.line_at(stretch.end)
        account.unread(first, f"{stretch.path} ({raw[:_EXCERPT]})")
        dropped_lines.update(range(first, last + 1))
    account.know_the_rest(dropped_lines)


def _read(account: Account) -> Record:
    document = _Document(account)
    root = document.json.root
    protocol = root.members.get("protocolSection") if isinstance(root, JsonBranch) and not root.is_list else None
    if not isinstance(root, JsonBranch) or not isinstance(protocol, JsonBranch) or protocol.is_list:
        message = (
            "the file is JSON, but not a study of the ClinicalTrials.gov v2 API: it has no object protocolSection."
        )
        fix = "Fetch one study, not a list, in the JSON format of the v2 API."
        raise InputError([error("read/not-a-record", account.source.name, message, fix)])
    is_changed = _drop_unkept(document, root) or bool(document.dropped)
    record = _validated(document, root, None if is_changed else document.json.text)
    line_at, raw = document.json.line_at, document.json.raw
    for path, leaf in json_leaves(root):
        assert leaf.value is not None  # nulls are dropped above
        account.quote_part(path, leaf.value, line_at(leaf.start), raw(leaf))
    _account_for_lines(document)
    check_polarity(account, record.protocol_section.eligibility_module.eligibility_criteria or "")
    return record


def _signs(source: Source) -> int:
    """JSON is known by how it begins; nothing else begins so."""
    return 1000 if re.match(r'\s*(?:\{\s*["}]|\[\s*[\[{])', source.text) else 0


METHOD = RegistryFormat(
    description="one study as the ClinicalTrials.gov v2 API gives it, in JSON",
    enough=1,
    signs=_signs,
    read=_read,
    reads_json=True,
)
