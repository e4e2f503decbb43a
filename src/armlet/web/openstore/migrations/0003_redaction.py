"""One narrow exception to "no entry is changed": the words that a later entry of the trial says were taken out.

Only the line may change, of an entry that a redaction names, and its digest and its place in the chain stay. PostgreSQL
also holds the new line to the digest that the redaction states; SQLite has no SHA-256, there the program does.
The statements stand here in full, since a migration that was released must for ever do what it did.
"""

from typing import ClassVar, Final

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation

_SQLITE: Final = (
    "DROP TRIGGER open_entry_no_update",
    """
    CREATE TRIGGER open_entry_no_update BEFORE UPDATE ON open_entry
    WHEN NEW.rowid IS NOT OLD.rowid OR NEW.trial IS NOT OLD.trial OR NEW.seq IS NOT OLD.seq
      OR NEW.digest IS NOT OLD.digest
      OR instr(NEW.line, ',"digest":"' || OLD.digest || '","event":') = 0
      OR json_extract(NEW.line, '$.previous') IS NOT json_extract(OLD.line, '$.previous')
      OR json_extract(NEW.line, '$.seq') IS NOT OLD.seq
      OR json_extract(NEW.line, '$.event.kind') IS NOT json_extract(OLD.line, '$.event.kind')
      OR json_extract(NEW.line, '$.event.kind') = 'entry redacted'
      OR json_type(NEW.line, '$.redacted') IS NOT 'array'
      OR NOT EXISTS (
           SELECT 1 FROM open_entry AS told WHERE told.trial = OLD.trial AND told.seq > OLD.seq
           AND instr(told.line, '"kind":"entry redacted","of":' || OLD.seq || ',') > 0)
    BEGIN SELECT RAISE(ABORT, 'the open strand is append-only: no entry is changed'); END
    """,
)

_POSTGRESQL: Final = (
    """
    CREATE FUNCTION open_entry_redact() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
    DECLARE
        kept text := 'sha256:' || encode(sha256(convert_to(
            replace(NEW.line, ',"digest":"' || OLD.digest || '","event":', ',"event":'), 'UTF8')), 'hex');
        is_told boolean;
    BEGIN
        EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I.%I WHERE trial = $1 AND seq > $2 AND position($3 IN line) > 0 '
                       'AND position($4 IN line) > 0)', TG_TABLE_SCHEMA, TG_TABLE_NAME)
        INTO is_told
        USING OLD.trial, OLD.seq, '"kind":"entry redacted","of":' || OLD.seq || ',', '"kept":"' || kept || '"';
        IF NEW.trial <> OLD.trial OR NEW.seq <> OLD.seq OR NEW.digest <> OLD.digest OR NOT is_told
           OR position(',"digest":"' || OLD.digest || '","event":' IN NEW.line) = 0 THEN
            RAISE EXCEPTION 'the open strand is append-only: update is refused' USING ERRCODE = 'restrict_violation';
        END IF;
        RETURN NEW;
    END $$
    """,
    "DROP TRIGGER open_entry_no_update ON open_entry",
    # Once a row, since what is refused depends on it.
    """
    CREATE TRIGGER open_entry_no_update BEFORE UPDATE ON open_entry
    FOR EACH ROW EXECUTE FUNCTION open_entry_redact()
    """,
    "ALTER TABLE open_entry ENABLE ALWAYS TRIGGER open_entry_no_update",
)


def allow_redaction(_apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Replaces the trigger against updates by one with the exception."""
    statements = {"sqlite": _SQLITE, "postgresql": _POSTGRESQL}[schema_editor.connection.vendor]
    with schema_editor.connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


class Migration(migrations.Migration):
    """Makes the exception; there is no way back."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("openstore", "0002_the_guards")]
    operations: ClassVar[list[Operation]] = [migrations.RunPython(allow_redaction)]
