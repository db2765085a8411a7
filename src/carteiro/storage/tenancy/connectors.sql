-- Their configs stand in "connector_revisions": a connector points to the one that is live.

-- name: connectors.list
-- The tenant's connectors by id.
SELECT connectors.*, connector_revisions.config_sealed
FROM connectors JOIN connector_revisions
  ON connector_revisions.tenant_id = connectors.tenant_id
 AND connector_revisions.connector_id = connectors.id
 AND connector_revisions.number = connectors.revision
WHERE connectors.tenant_id = :tenant_id ORDER BY connectors.id

-- name: connectors.get
-- One connector.
SELECT connectors.*, connector_revisions.config_sealed
FROM connectors JOIN connector_revisions
  ON connector_revisions.tenant_id = connectors.tenant_id
 AND connector_revisions.connector_id = connectors.id
 AND connector_revisions.number = connectors.revision
WHERE connectors.tenant_id = :tenant_id AND connectors.id = :id

-- name: connectors.forget_type
-- What is known of the configs of the tenant's connector of a type.
DELETE FROM connector_revisions
WHERE tenant_id = :tenant_id AND connector_id IN (
    SELECT id FROM connectors WHERE tenant_id = :tenant_id AND type = :type)

-- name: connectors.delete_type
-- Makes room for the tenant's one connector of a type.
DELETE FROM connectors WHERE tenant_id = :tenant_id AND type = :type

-- name: connectors.create
-- The tenant's connector; "connectors_one_per_type" refuses a second of its type.
INSERT INTO connectors (tenant_id, id, type, connector_id, metadata, sync_profile,
                        enable_token_storage, created_at, revision)
VALUES (:tenant_id, :id, :type, :connector_id, :metadata, :sync_profile, :enable_token_storage,
        :created_at, 1)

-- name: connectors.update
-- What an administrator may change beside the config.
UPDATE connectors SET sync_profile = :sync_profile
WHERE tenant_id = :tenant_id AND id = :id

-- name: connectors.point
-- A connector points to its next revision.
UPDATE connectors SET revision = revision + 1
WHERE tenant_id = :tenant_id AND id = :id
RETURNING revision

-- name: connectors.lock
-- A connector as it is; whoever changes it next waits.
UPDATE connectors SET revision = revision
WHERE tenant_id = :tenant_id AND id = :id
RETURNING revision

-- name: connectors.delete
-- One connector.
DELETE FROM connectors WHERE tenant_id = :tenant_id AND id = :id
