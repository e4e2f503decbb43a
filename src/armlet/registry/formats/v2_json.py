"""One study as the ClinicalTrials.gov v2 API gives it: JSON with a ``protocolSection``.

Every value of the file is a fact at its line; lines with nothing but brackets and names of structures count as
boilerplate. A key that the API does not have, or a value that does not fit its field, is listed as unrecognised with
its path and left out of the record; the rest of the record is read. In a file written on one line, that line can hold
facts and something unrecognised: it then counts as not accounted for. Contacts are passed over where they were not
asked for. `Reading.left_out` names every value that the record does not have: what is read is the file without these.

A file that went through R can have each single value in a list of one, or a list of one as a single value; which of
the two a field is, its model says, and the value is put right.
"""

from __future__ import annotations

import json
import re
from functools import cache, cached_property
from typing import Final, NamedTuple, TypeAlias, TypeGuard, get_args, get_origin

from pydantic import BaseModel, ValidationError

from armlet.errors import Fault, InputError
from armlet.issues import Severity, error
from armlet.registry.accounting import CONTACT_SHOWN, Account, Fact, LeftOut, Line, RegistryFormat, Source
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
from armlet.registry.record import JsonObject, Record
from armlet.registry.several import json_records

_CONTACT_DETAIL: Final = re.compile(
    r"(?:.*\.)?(?:pointOfContact\.(?!organization\b).*|"
    r"(?!contactsLocationsModule\b|pointOfContact\b)\w*[cC]ontact\w*(?:\[\d+\])*(?:\..*)?)"
)
"""Whom to write to, wherever it stands: all of it, but for the organisation that answers for results."""
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
        self.json = JsonText(account.source.text, account.source.name, account.source.first_line)
        self.dropped: list[_Stretch] = []
        self.contacts: list[JsonLeaf] = []
        self.made: list[JsonBranch] = []
        self.is_mended = False
        self._moved: dict[int, list[Step]] = {}
        for repeated in self.json.repeated:
            line = self.json.line_at(repeated.node.opened)
            message = f"{repeated.path} stands here a second time."
            account.warn("read/duplicate-key", line, message, "The first is kept; find out which is right.")
            self.dropped.append(_Stretch(repeated.node.opened, repeated.node.end, repeated.path))

    @cached_property
    def origins(self) -> dict[int, str]:
        """The path of each value in the file, which it loses when lists are put right; asked for before the first is."""
        found: dict[int, str] = {}
        _remember_origins(self.json.root, "", found)
        return found

    def leave_out(self, node: JsonNode, why: str, path: str) -> None:
        """Name a value that the record will not have; `path` is its path in the file, unless lists were put right."""
        origin = self.origins.get(id(node), "") if self.is_mended else path
        self.account.left_out.append(LeftOut(origin, self.json.line_at(node.opened), why))

    def close_up(self, branch: JsonBranch) -> None:
        """Close the gaps of a list in which items are left out, so that paths are those of the record."""
        self._moved[id(branch)] = [self.original(branch, step) for step in branch.members]
        branch.members = dict(enumerate(branch.members.values()))

    def original(self, branch: JsonBranch, step: Step) -> Step:
        """Where a member stood before gaps were closed."""
        moved = self._moved.get(id(branch))
        return step if moved is None or not isinstance(step, int) else moved[step]

    def excerpt(self, stretch: _Stretch) -> str:
        """The words of a stretch on one line, contacts struck out."""
        pieces, position = list[str](), stretch.start
        for leaf in self.contacts:
            if stretch.start <= leaf.start and leaf.end <= stretch.end and not self.account.keeps_contacts:
                pieces += [self.json.text[position : leaf.start], CONTACT_SHOWN]
                position = leaf.end
        pieces.append(self.json.text[position : stretch.end])
        return " ".join("".join(pieces).split())[:_EXCERPT]


def _remember_origins(node: JsonNode, path: str, found: dict[int, str]) -> None:
    found[id(node)] = path
    if isinstance(node, JsonBranch):
        for step, member in node.members.items():
            _remember_origins(member, join_step(path, step), found)


def _prune(document: _Document, root: JsonBranch, steps: tuple[Step, ...], why: str | None) -> JsonBranch | None:
    """Take the value at the path out of the tree; what it was is listed, with `why` it does not fit as an issue.

    What it was taken out of is given back; None where it has gone already.
    """
    branch, path, origin = root, "", ""
    for depth, step in enumerate(steps):
        path, origin = join_step(path, step), join_step(origin, document.original(branch, step))
        member = branch.members.get(step)
        if member is None:
            return None
        if depth == len(steps) - 1 or isinstance(member, JsonLeaf):
            start = member.opened
            document.dropped.append(_Stretch(start, member.end, path))
            document.leave_out(member, why or "the API has no such field", origin)
            if why is not None:
                line = document.json.line_at(start)
                message = f"{path} cannot be kept: {why}."
                document.account.warn("read/value", line, message, "It is left out; correct it.", Severity.ERROR)
            del branch.members[step]
            return branch
        branch = member
    return None


def _drop_unkept(document: _Document, branch: JsonBranch, path: str = "", *, is_contact: bool = False) -> None:
    """Contacts that were not asked for, nulls, which say nothing, and what is empty without or because of them."""
    is_asked, gone = path.endswith("pointOfContact"), list[Step]()
    for step, member in branch.members.items():
        may_be = is_asked or (isinstance(step, str) and "ontact" in step)
        inside = is_contact or (may_be and _is_contact(document, join_step(path, step)))
        if isinstance(member, JsonBranch):
            below = join_step(path, step)
            _drop_unkept(document, member, below, is_contact=inside)
            if not member.members:
                document.leave_out(member, "contact" if inside else "empty", below)
                gone.append(step)
        elif inside or member.value is None:
            _drop_leaf(document, member, join_step(path, step), inside and member.value is not None)
            gone.append(step)
    for step in gone:
        del branch.members[step]
    if gone and branch.is_list:
        document.close_up(branch)


def _is_contact(document: _Document, path: str) -> bool:
    """Asked of what stands in no contact: only the last step, or the one before it, can make it one."""
    return not document.account.keeps_contacts and _CONTACT_DETAIL.fullmatch(path) is not None


def _drop_leaf(document: _Document, leaf: JsonLeaf, path: str, is_contact: bool) -> None:
    document.leave_out(leaf, "contact" if is_contact else "null", path)
    line = document.json.line_at(leaf.start)
    document.account.known(Line(line, CONTACT_SHOWN if is_contact else _NULL_SHOWN))
    if is_contact:
        document.contacts.append(leaf)
        document.account.hidden.add(str(leaf.value))


# --- Lists of one -----------------------------------------------------------------------------------------------------

_LISTS_OF_RESULTS: Final = frozenset({"groupIds"})
"""The members of the results that are lists of single values; all other lists there hold structures."""


def _mend_lists(document: _Document, branch: JsonBranch, model: type[BaseModel]) -> int:
    """Put right, field by field, what a field's model says should or should not be a list; how many were."""
    fields, count = _fields_of(model), 0
    for step, member in list(branch.members.items()):
        kind, is_list = fields.get(step, _OF_ANY_SHAPE)
        if is_list is None:
            continue
        mended = _as_list(document, member, is_list)
        if mended is not member:
            branch.members[step] = mended
            count += 1
        items = list(mended.members.values()) if isinstance(mended, JsonBranch) and is_list else [mended]
        if kind is not None:
            count += sum(_mend_lists(document, item, kind) for item in items if _is_object(item))
    return count


def _as_list(document: _Document, member: JsonNode, is_list: bool) -> JsonNode:
    """The member as a list, or out of its list of one; anything else stays what it is, for the model to refuse."""
    has_list = isinstance(member, JsonBranch) and member.is_list
    if is_list and not has_list and isinstance(member, JsonLeaf) and member.value is not None:
        wrapped = JsonBranch(member.opened, is_list=True)
        wrapped.members[0], wrapped.end = member, member.end
        document.origins[id(wrapped)] = document.origins[id(member)]
        document.made.append(wrapped)
        return wrapped
    if not is_list and isinstance(member, JsonBranch) and member.is_list and len(member.members) == 1:
        assert document.origins  # remembered before the tree changes
        return member.members[0]
    return member


def _is_object(node: JsonNode) -> TypeGuard[JsonBranch]:
    return isinstance(node, JsonBranch) and not node.is_list


_Kind: TypeAlias = tuple[type[BaseModel] | None, bool | None]
"""The model of a field's structures, if it has any, and whether it is a list; None for JSON of any shape."""
_OF_ANY_SHAPE: Final[_Kind] = (None, None)


@cache
def _fields_of(model: type[BaseModel]) -> dict[Step, _Kind]:
    return {field.alias or name: _kind_of(field.annotation) for name, field in model.model_fields.items()}


def _kind_of(annotation: object) -> _Kind:
    options = get_args(annotation)
    if annotation is None or any(option == JsonObject for option in (annotation, *options)):
        return _OF_ANY_SHAPE
    if get_origin(annotation) is tuple:
        return _model_in(options[0]), True
    return next((model for option in (annotation, *options) if (model := _model_in(option))), None), False


def _model_in(annotation: object) -> type[BaseModel] | None:
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


def _mend_carried(document: _Document, branch: JsonBranch) -> None:
    """The same where no model is kept: a list of one single value is the value."""
    for step, member in list(branch.members.items()):
        if not isinstance(member, JsonBranch):
            if step in _LISTS_OF_RESULTS:
                branch.members[step] = _as_list(document, member, True)
            continue
        only = member.members.get(0) if member.is_list and len(member.members) == 1 else None
        if isinstance(only, JsonLeaf) and not branch.is_list and step not in _LISTS_OF_RESULTS:
            branch.members[step] = only
        else:
            _mend_carried(document, member)


def _put_lists_right(document: _Document, root: JsonBranch) -> bool:
    """Whether any list, or what should be one, had to be put right."""
    count = _mend_lists(document, root, Record)
    if not count:
        return False
    for name in ("resultsSection", "annotationSection", "documentSection"):
        section = root.members.get(name)
        if isinstance(section, JsonBranch):
            _mend_carried(document, section)
    message = f"{count} fields have a list of one for a single value, or the other way round, as R writes them."
    document.account.warn(
        "read/lists-of-one", None, message, "They are put right; nothing is to be done.", Severity.NOTE
    )
    return True


def _validated(document: _Document, root: JsonBranch, text: str | None) -> Record:
    """The record, without what does not fit; each round takes out all that the last one found.

    `text` is the tree as text, where that is at hand: the file itself, if nothing of it was dropped or changed.
    """
    while True:
        before, pruned = len(document.dropped), list[JsonBranch | None]()
        try:
            return Record.model_validate_json(text or json.dumps(plain_json(root)))
        except ValidationError as problem:
            if problem.error_count() > MOST_MISFITS:
                message = f"{problem.error_count()} values do not fit the fields of the ClinicalTrials.gov v2 API."
                refuse("read/not-a-record", document.account.source.name, message, "Is it the right file?")
            found = problem.errors(include_url=False)
        for item in sorted(found, key=lambda item: [str(step).zfill(9) for step in item["loc"]], reverse=True):
            why = None if item["type"] == _UNKNOWN_KEY else str(item["msg"]).removeprefix("Value error, ")
            pruned.append(_prune(document, root, tuple(item["loc"]), why))
        for branch in {id(branch): branch for branch in pruned if branch is not None and branch.is_list}.values():
            document.close_up(branch)
        text = None
        if len(document.dropped) == before:
            raise Fault(f"the record does not fit its own model: {found[0]['msg']}")


def _account_for_lines(document: _Document) -> None:
    account = document.account
    dropped_lines: set[int] = set()
    for stretch in document.dropped:
        first, last = document.json.line_at(stretch.start), document.json.line_at(stretch.end)
        account.unread(first, f"{stretch.path} ({document.excerpt(stretch)})")
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
    document.is_mended = _put_lists_right(document, root)
    _drop_unkept(document, root)
    is_changed = document.is_mended or bool(account.left_out or document.dropped)
    record = _validated(document, root, None if is_changed else document.json.text)
    line_at, raw = document.json.line_at, document.json.raw
    account.quote_parts(
        Fact(path, leaf.value, line_at(leaf.start), raw(leaf))
        for path, leaf in json_leaves(root)
        if leaf.value is not None  # nulls are dropped above
    )
    _account_for_lines(document)
    check_polarity(account, record.protocol_section.eligibility_module.eligibility_criteria or "")
    return record


def _signs(source: Source) -> int:
    """JSON is known by how it begins; nothing else begins so."""
    return 1000 if re.match(r'\s*(?:\{\s*["}]|\[\s*[\[{])', source.text) else 0


def _split(source: Source) -> tuple[Source, ...]:
    """The studies of an answer of the API, of a list, or of a file with one study a line."""
    return json_records(source, "studies", "protocolSection")


METHOD = RegistryFormat(
    description="one study as the ClinicalTrials.gov v2 API gives it, in JSON",
    enough=1,
    signs=_signs,
    read=_read,
    split=_split,
    reads_json=True,
)
