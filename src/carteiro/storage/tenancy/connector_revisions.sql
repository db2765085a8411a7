-- The configs of connectors and of further connectors: their ids are of one kind.

-- name: connector_revisions.create
-- A revision, which nothing changes from now on but the key that it is sealed with.
INSERT INTO connector_revisions (tenant_id, connector_id, number, config_sealed, application_id,
                                 user_id, note, restores, created_at)
VALUES (:tenant_id, :connector_id, :number, :config_sealed, :application_id, :user_id, :note,
        :restores, :created_at)

-- name: connector_revisions.prune
-- All but so many of the newest revisions go; the draft, number 0, stays.
DELETE FROM connector_revisions
WHERE tenant_id = :tenant_id AND connector_id = :connector_id
  AND number BETWEEN 1 AND CAST(:number AS INTEGER) - CAST(:keep AS INTEGER)

-- name: connector_revisions.save_draft
-- The connector's one draft, and which revision was live when it was saved.
INSERT INTO connector_revisions (tenant_id, connector_id, number, config_sealed, application_id,
                                 user_id, note, based_on, created_at)
VALUES (:tenant_id, :connector_id, 0, :config_sealed, :application_id, :user_id, :note, :based_on,
        :created_at)
ON CONFLICT (tenant_id, connector_id, number) DO UPDATE SET
    config_sealed = excluded.config_sealed, application_id = excluded.application_id,
    user_id = excluded.user_id, note = excluded.note, based_on = excluded.based_on,
    created_at = excluded.created_at

-- name: connector_revisions.drop_draft
-- The connector has no draft any more.
DELETE FROM connector_revisions
WHERE tenant_id = :tenant_id AND connector_id = :connector_id AND number = 0

-- name: connector_revisions.forget
-- Nothing is known of a connector's configs any more, nor of the secrets in them.
DELETE FROM connector_revisions WHERE tenant_id = :tenant_id AND connector_id = :connector_id

-- name: connector_revisions.get
-- One revision, or the draft, with its config.
SELECT connector_revisions.*, FALSE AS deleted FROM connector_revisions
WHERE tenant_id = :tenant_id AND connector_id = :connector_id AND number = :number

-- name: connector_revisions.list
-- The revisions of a connector, newest first, without their configs.
SELECT number, application_id, user_id, note, restores, based_on, created_at, FALSE AS deleted
FROM connector_revisions
WHERE tenant_id = :tenant_id AND connector_id = :connector_id AND number > 0
ORDER BY number DESC
LIMIT CAST(:page_size AS BIGINT) OFFSET CAST(:page_offset AS BIGINT)

-- name: connector_revisions.count
-- How many revisions of a connector are kept.
SELECT COUNT(*) AS total FROM connector_revisions
WHERE tenant_id = :tenant_id AND connector_id = :connector_id AND number > 0
