"""What may be asked of results that come in a file."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ImportedRow:
    """One value of a file. `of` is the entry that it corrects, with `why`; 0 where it is new.

    `confirmed`: it lies outside the plausible range and was checked against its source.
    """

    participant: str
    visit: str
    activity: str
    measure: str
    sample: str = ""
    value: str = field(default="", repr=False)
    unit: str = ""
    below: bool = False
    of: int = 0
    why: str = ""
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class ImportResults:
    """Record what a dry run has planned: `rows` of `read` rows; `source` and `plan` are digests of file and plan."""

    mapping: str
    mapping_version: str
    mapping_digest: str
    source: str
    plan: str
    read: int
    already: int = 0
    conflicts: int = 0
    refused: int = 0
    empty: int = 0
    rows: tuple[ImportedRow, ...] = ()


IntakeCommand = ImportResults
