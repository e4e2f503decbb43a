"""The triggers that hold the table to what it is: entries are added at the end, and nothing else happens to them.

The statements stand here in full, since a migration that was released must for ever do what it did.
"""

from typing import ClassVar, Final

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation

_SQLITE: Final = (
    """
    CREATE TRIGGER open_entry_no_update BEFORE UPDATE ON open_entry
    BEGIN SELECT RAISE(ABORT, 'the open strand is append-only: no entry is changed'); END
    """,
    """
    CREATE TRIGGER open_entry_no_delete BEFORE DELETE ON open_entry
    BEGIN SELECT RAISE(ABORT, 'the open strand is append-only: no entry is removed'); END
    """,
    # REPLACE removes the row in its way without a word to the trigger above, found by its key or by its hidden number.
    """
    CREATE TRIGGER open_entry_no_replace BEFORE INSERT ON open_entry
    WHEN EXISTS (SELECT 1 FROM open_entry WHERE (trial = NEW.trial AND seq = NEW.seq) OR rowid = NEW.rowid)
    BEGIN SELECT RAISE(ABORT, 'the open strand is append-only: no entry is replaced'); END
    """,
    """
    CREATE TRIGGER open_entry_follows BEFORE INSERT ON open_entry
    WHEN instr(NEW.line, '"digest":"' || NEW.digest || '"') = 0
      OR NEW.seq <> 1 + COALESCE((SELECT MAX(seq) FROM open_entry WHERE trial = NEW.trial), 0)
      OR instr(NEW.line, '"previous":"' || COALESCE(
           (SELECT digest FROM open_entry WHERE trial = NEW.trial ORDER BY seq DESC LIMIT 1),
           'sha256:0000000000000000000000000000000000000000000000000000000000000000'
         ) || '"') = 0
    BEGIN SELECT RAISE(ABORT, 'the entry does not follow from the last one of its trial'); END
    """,
)

_POSTGRESQL: Final = (
    """
    CREATE FUNCTION open_entry_refuse() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
    BEGIN
        RAISE EXCEPTION 'the open strand is append-only: % is refused', lower(TG_OP) USING ERRCODE = 'restrict_violation';
    END $$
    """,
    """
    CREATE FUNCTION open_entry_follow() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        last_seq bigint := 0;
        last_digest text := 'sha256:0000000000000000000000000000000000000000000000000000000000000000';
        found_seq bigint;
        found_digest text;
    BEGIN
        EXECUTE format('SELECT seq, digest FROM %I.%I WHERE trial = $1 ORDER BY seq DESC LIMIT 1',
                       TG_TABLE_SCHEMA, TG_TABLE_NAME) INTO found_seq, found_digest USING NEW.trial;
        IF found_seq IS NOT NULL THEN
            last_seq := found_seq;
            last_digest := found_digest;
        END IF;
        IF NEW.seq <> last_seq + 1
           OR position('"digest":"' || NEW.digest || '"' IN NEW.line) = 0
           OR position('"previous":"' || last_digest || '"' IN NEW.line) = 0 THEN
            RAISE EXCEPTION 'the entry does not follow from the last one of its trial'
                USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    # Once a statement, not once a row: also ON CONFLICT and MERGE are refused, and a statement that would touch no row.
    "CREATE TRIGGER open_entry_no_update BEFORE UPDATE ON open_entry EXECUTE FUNCTION open_entry_refuse()",
    "CREATE TRIGGER open_entry_no_delete BEFORE DELETE ON open_entry EXECUTE FUNCTION open_entry_refuse()",
    "CREATE TRIGGER open_entry_no_truncate BEFORE TRUNCATE ON open_entry EXECUTE FUNCTION open_entry_refuse()",
    "CREATE TRIGGER open_entry_follows BEFORE INSERT ON open_entry FOR EACH ROW EXECUTE FUNCTION open_entry_follow()",
    # ALWAYS: also in a session that plays the replica.
    "ALTER TABLE open_entry ENABLE ALWAYS TRIGGER open_entry_no_update",
    "ALTER TABLE open_entry ENABLE ALWAYS TRIGGER open_entry_no_delete",
    "ALTER TABLE open_entry ENABLE ALWAYS TRIGGER open_entry_no_truncate",
    "ALTER TABLE open_entry ENABLE ALWAYS TRIGGER open_entry_follows",
    "REVOKE ALL ON open_entry FROM PUBLIC",
)


def make_guards(_apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Makes the triggers of the database at hand. Raises NotImplementedError for one whose triggers nobody wrote."""
    statements = {"sqlite": _SQLITE, "postgresql": _POSTGRESQL}.get(schema_editor.connection.vendor)
    if statements is None:
        raise NotImplementedError(f"the open strand has no guards for {schema_editor.connection.display_name}")
    with schema_editor.connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


class Migration(migrations.Migration):
    """Makes the guards; there is no way back."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("openstore", "0001_the_table")]
    operations: ClassVar[list[Operation]] = [migrations.RunPython(make_guards)]
