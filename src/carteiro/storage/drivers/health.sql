-- name: health.revision
-- The schema's revision.
SELECT version_num FROM alembic_version

-- name: health.now
-- The database's own clock, in seconds: text on SQLite, a timestamp on PostgreSQL.
SELECT CURRENT_TIMESTAMP AS now
