"""The table of the open strand."""

from typing import ClassVar

from django.db import migrations, models
from django.db.migrations.operations.base import Operation


class Migration(migrations.Migration):
    """Makes the table."""

    initial = True
    operations: ClassVar[list[Operation]] = [
        migrations.CreateModel(
            name="StoredEntry",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "trial", "seq", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("trial", models.TextField()),
                ("seq", models.PositiveBigIntegerField()),
                ("digest", models.TextField()),
                ("line", models.TextField()),
            ],
            options={
                "db_table": "open_entry",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(seq__gte=1), name="open_entry_counts_from_one")
                ],
            },
        ),
    ]
