-- name: connectors.list
-- The tenant's connectors by id.
SELECT * FROM connectors WHERE tenant_id = :tenant_id ORDER BY id

-- name: connectors.get
-- One connector.
SELECT * FROM connectors WHERE tenant_id = :tenant_id AND id = :id

-- name: connectors.delete_type
-- Makes room for the tenant's one connector of a type.
DELETE FROM connectors WHERE tenant_id = :tenant_id AND type = :type

-- name: connectors.create
-- The tenant's connector; "connectors_one_per_type" refuses a second of its type.
INSERT INTO connectors (tenant_id, id, type, connector_id, config_sealed, metadata, sync_profile,
                        enable_token_storage, created_at)
VALUES (:tenant_id, :id, :type, :connector_id, :config_sealed, :metadata, :sync_profile,
        :enable_token_storage, :created_at)

-- name: connectors.update
-- What an administrator may change.
UPDATE connectors SET config_sealed = :config_sealed, sync_profile = :sync_profile
WHERE tenant_id = :tenant_id AND id = :id

-- name: connectors.delete
-- One connector.
DELETE FROM connectors WHERE tenant_id = :tenant_id AND id = :id
