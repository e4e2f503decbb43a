"""The one table of the open strand."""

from __future__ import annotations

from typing import Final

from django.db import models

TABLE: Final = "open_entry"


class StoredEntry(models.Model):
    """One entry: which trial's, its number, its digest, and the line that the file of the strand would have.

    `line` is the entry, canonical JSON without a line end; `seq` and `digest` repeat what it says, to be found by. There
    is no other number of a row: a common one would tell how the trials of a database interleave.
    """

    pk = models.CompositePrimaryKey("trial", "seq")
    trial: models.TextField[str, str] = models.TextField()
    seq: models.PositiveBigIntegerField[int, int] = models.PositiveBigIntegerField()
    digest: models.TextField[str, str] = models.TextField()
    line: models.TextField[str, str] = models.TextField()

    class Meta:
        db_table = TABLE
        constraints = (models.CheckConstraint(condition=models.Q(seq__gte=1), name="open_entry_counts_from_one"),)

    def __str__(self) -> str:
        return f"{self.trial} {self.seq}"
