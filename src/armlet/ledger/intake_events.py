"""What the open strand tells of files that results came from: which mapping, how many rows, and the file's digest.

The name of the file is not kept: names of files have told arms. Where the trial has a sealing key, the digests of the
file and of the plan stand in a box, because a digest of a few values is opened by trying them.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from pydantic import Field

from armlet.ledger.event import Event, SealedBox
from armlet.protocol.criteria import Name


class ResultsImported(Event):
    """The entries before it, as many as `recorded` and `corrected` say, came from one file; `rows` is what was read.

    Every row is counted once: recorded, corrected, there already, in conflict, refused, or without a value.
    """

    kind: Literal["results imported"] = "results imported"
    mapping: Name
    mapping_version: str = Field(min_length=1, max_length=40)
    mapping_digest: str = Field(pattern=r"^sha256:[0-9a-f]{64}$")
    rows: int = Field(ge=0)
    recorded: int = Field(ge=0)
    corrected: int = Field(ge=0)
    already: int = Field(ge=0)
    conflicts: int = Field(ge=0)
    refused: int = Field(ge=0)
    empty: int = Field(ge=0)
    source: str | None = Field(default=None, pattern=r"^sha256:[0-9a-f]{64}$")
    plan: str | None = Field(default=None, pattern=r"^sha256:[0-9a-f]{64}$")
    box: SealedBox | None = None


IntakeEvent: TypeAlias = ResultsImported
