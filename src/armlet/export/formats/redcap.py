"""The collected data for REDCap: a data dictionary, the list of repeating instruments, and the data, each as CSV.

For a classic project (not longitudinal) with repeating instruments: upload the dictionary, switch the listed instruments
to repeating, import the data. Times of the day keep their zone and so are text, for REDCap's own kind has none.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from armlet.errors import InputError
from armlet.export.casebook import YES, Casebook, Form, Item, Kind, Page, compile_casebook
from armlet.export.format import Exported, ExportFormat
from armlet.export.results_form.locked import LockedTrial
from armlet.issues import error
from armlet.projections.tables import guard

SIMULATED_MARK: Final = "SIMULATED-"
RECORD: Final = "record_id"
DICTIONARY: Final = (
    "Variable / Field Name", "Form Name", "Section Header", "Field Type", "Field Label",
    "Choices, Calculations, OR Slider Labels", "Field Note", "Text Validation Type OR Show Slider Number",
    "Text Validation Min", "Text Validation Max", "Identifier?", "Branching Logic (Show field only if...)",
    "Required Field?", "Custom Alignment", "Question Number (surveys only)", "Matrix Group Name", "Matrix Ranking?",
    "Field Annotation",
)  # fmt: skip
"""The columns of REDCap's data dictionary, as its own exports head them (from memory of such files; to be tried)."""
LONGEST: Final = 100
"""Characters of a REDCap variable's name (from memory; to be tried)."""
_CODE: Final = re.compile(r"\w+", re.ASCII)
_VALIDATION: Final = {Kind.NUMBER: "number", Kind.DATE: "date_ymd"}


def export(trial: LockedTrial) -> Exported:
    """Three files. Raises InputError where a name is longer than REDCap takes."""
    book = compile_casebook(trial)
    mark = SIMULATED_MARK if trial.data.state.simulated else ""
    name = f"{mark}{trial.protocol.id}-redcap"
    fields = [item.id for form in book.forms for item in form.items]
    _refuse_long(fields)
    files = {
        f"{name}-dictionary.csv": _csv(DICTIONARY, _dictionary(trial, book)),
        f"{name}-repeating.csv": _csv(
            ("form_name", "custom_form_label"), ((form.id, "") for form in book.forms if form.repeats)
        ),
        f"{name}-data.csv": _csv(
            (RECORD, "redcap_repeat_instrument", "redcap_repeat_instance", *fields), _rows(book, fields, mark)
        ),
    }
    return Exported(files, ())


def _refuse_long(fields: Iterable[str]) -> None:
    too_long = [one for one in fields if len(one) > LONGEST]
    if too_long:
        message = f"REDCap takes names of {LONGEST} characters; {too_long[0]} has {len(too_long[0])}."
        raise InputError(
            [error("export/name-too-long", "protocol.yaml: activities", message, "Shorten the ids of both.")]
        )


def _csv(header: Iterable[str], rows: Iterable[Iterable[str]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([guard(cell) for cell in row] for row in rows)
    return out.getvalue().encode()


def _dictionary(trial: LockedTrial, book: Casebook) -> Iterator[tuple[str, ...]]:
    first = book.forms[0]
    yield _line(RECORD, first, "text", trial.marked("Participant"), "", "", "")
    for form in book.forms:
        for item in form.items:
            yield _item(form, item)


def _line(name: str, form: Form, kind: str, label: str, choices: str, note: str, validation: str) -> tuple[str, ...]:
    told = (name, form.id, "", kind, label, choices, note, validation)
    return (*told, *("" for _ in DICTIONARY[len(told) :]))


def _item(form: Form, item: Item) -> tuple[str, ...]:
    note = f"in {item.unit}, or in the unit beside it" if item.unit else ""
    if item.kind is Kind.YES_NO:
        return _line(item.id, form, "yesno", item.label, "", note, "")
    if _is_list(item):
        choices = " | ".join(f"{code}, {words.replace('|', '/')}" for code, words in item.codes.items())
        return _line(item.id, form, "dropdown", item.label, choices, note, "")
    return _line(item.id, form, "text", item.label, "", note, _VALIDATION.get(item.kind, ""))


def _is_list(item: Item) -> bool:
    """Whether REDCap can have the codes as choices; others are kept as text."""
    return bool(item.codes) and all(_CODE.fullmatch(code) for code in item.codes)


def _rows(book: Casebook, fields: list[str], mark: str) -> Iterator[list[str]]:
    """One row for what a participant has once, then one for each page of a repeating form."""
    kinds = {item.id: item.kind for form in book.forms for item in form.items}
    repeating = {form.id for form in book.forms if form.repeats}
    for who in dict.fromkeys(page.participant for page in book.pages):
        pages, seen = book.of(who), Counter[str]()
        once = [page for page in pages if page.form not in repeating]
        yield [f"{mark}{who}", "", "", *_cells(once, fields, kinds)]
        for page in (one for one in pages if one.form in repeating):
            seen[page.form] += 1
            yield [f"{mark}{who}", page.form, str(seen[page.form]), *_cells([page], fields, kinds)]


def _cells(pages: Iterable[Page], fields: list[str], kinds: dict[str, Kind]) -> list[str]:
    values = {cell.item: _spelt(cell.value, kinds[cell.item]) for page in pages for cell in page.cells}
    return [values.get(name, "") for name in fields]


def _spelt(value: str, kind: Kind) -> str:
    return ("1" if value == YES else "0") if kind is Kind.YES_NO else value


METHOD = ExportFormat(
    description="all collected data for REDCap: data dictionary, repeating instruments and data, three CSV files",
    export=export,
)
