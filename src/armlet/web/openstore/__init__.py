"""The open strand in a database: one table, on SQLite or PostgreSQL, that several trials share.

Knows how entries are appended so that none is lost, doubled or overwritten, by whomever. Refuses to know what they mean,
and who got what: this database holds no arm, and no table but that of the open strand.
"""
