-- Who may do what with the open strand in PostgreSQL. Run it as an administrator (a superuser), in the database of the
-- strand, after the tables were made by a login that is a member of armlet_owner, or by the administrator:
--
--     psql DATABASE -f roles.sql
--
-- It may be run again. Logins are the hospital's own affair; each is made a member of one role and of no more:
--
--     CREATE ROLE site_pages LOGIN IN ROLE armlet_writer;
--
--   armlet_owner   owns the table, and makes and changes its tables (migrate); nobody works as it from day to day
--   armlet_writer  reads, and adds entries at the end: the process that takes commands
--   armlet_reader  reads: exports, monitors, inspectors
--
-- Nobody is granted delete or truncate; the triggers refuse them even to the owner. The writer may update a line, and the
-- trigger lets it do so only to exactly what a redaction of that entry says was left (migration 0003). What the owner could still
-- do, taking the triggers or the table away, the event triggers at the end refuse. They belong to the administrator,
-- who alone can switch them off: ALTER EVENT TRIGGER armlet_no_drop DISABLE (before a migration that changes the table).

DO $$
DECLARE
    role_name text;
BEGIN
    FOREACH role_name IN ARRAY ARRAY['armlet_owner', 'armlet_writer', 'armlet_reader'] LOOP
        IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = role_name) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', role_name);
        END IF;
    END LOOP;
END $$;

DROP EVENT TRIGGER IF EXISTS armlet_no_drop;
DROP EVENT TRIGGER IF EXISTS armlet_no_alter;

ALTER TABLE open_entry OWNER TO armlet_owner;
ALTER FUNCTION open_entry_refuse() OWNER TO armlet_owner;
ALTER FUNCTION open_entry_follow() OWNER TO armlet_owner;
ALTER FUNCTION open_entry_redact() OWNER TO armlet_owner;
ALTER TABLE django_migrations OWNER TO armlet_owner;
GRANT CREATE, USAGE ON SCHEMA public TO armlet_owner;

REVOKE ALL ON open_entry FROM PUBLIC, armlet_writer, armlet_reader;
GRANT SELECT, INSERT, UPDATE (line) ON open_entry TO armlet_writer;
GRANT SELECT ON open_entry TO armlet_reader;

CREATE OR REPLACE FUNCTION armlet_refuse_drop() RETURNS event_trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_event_trigger_dropped_objects() WHERE object_identity LIKE '%open\_entry%') THEN
        RAISE EXCEPTION 'the open strand is append-only: its table and its guards are not dropped'
            USING ERRCODE = 'restrict_violation';
    END IF;
END $$;

-- Looks at what was named, and whether the guards are all in place afterwards: a renamed table has another name by then.
CREATE OR REPLACE FUNCTION armlet_refuse_alter() RETURNS event_trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
    guards integer;
BEGIN
    SELECT count(*) INTO guards FROM pg_trigger
    WHERE tgrelid = to_regclass('public.open_entry') AND tgenabled = 'A'
      AND tgname IN ('open_entry_no_update', 'open_entry_no_delete', 'open_entry_no_truncate', 'open_entry_follows');
    IF guards <> 4 OR EXISTS (SELECT 1 FROM pg_event_trigger_ddl_commands() WHERE object_identity LIKE '%open\_entry%'
                              AND command_tag NOT IN ('GRANT', 'REVOKE', 'COMMENT')) THEN
        RAISE EXCEPTION 'the open strand is append-only: its table and its guards are not altered'
            USING ERRCODE = 'restrict_violation';
    END IF;
END $$;

CREATE EVENT TRIGGER armlet_no_drop ON sql_drop EXECUTE FUNCTION armlet_refuse_drop();
CREATE EVENT TRIGGER armlet_no_alter ON ddl_command_end EXECUTE FUNCTION armlet_refuse_alter();
