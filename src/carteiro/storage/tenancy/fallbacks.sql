-- name: fallbacks.list
-- The tenant's further connectors in their order; those that wait for an override have none.
SELECT * FROM fallback_connectors WHERE tenant_id = :tenant_id AND NOT reserved
ORDER BY position, id

-- name: fallbacks.list_reserved
-- A page of those that only overrides use.
SELECT * FROM fallback_connectors WHERE tenant_id = :tenant_id AND reserved
ORDER BY created_at, id LIMIT :page_size OFFSET :page_offset

-- name: fallbacks.count_reserved
-- How many only overrides use.
SELECT COUNT(*) AS total FROM fallback_connectors WHERE tenant_id = :tenant_id AND reserved

-- name: fallbacks.get
-- One of them.
SELECT * FROM fallback_connectors WHERE tenant_id = :tenant_id AND id = :id

-- name: fallbacks.create
-- One more, at the end.
INSERT INTO fallback_connectors (tenant_id, id, position, connector_id, config_sealed, limits,
                                 created_at, reserved)
VALUES (:tenant_id, :id,
        (SELECT COALESCE(MAX(position), 0) + 1 FROM fallback_connectors
         WHERE tenant_id = CAST(:tenant_id AS VARCHAR)),
        :connector_id, :config_sealed, :limits, :created_at, :reserved)

-- name: fallbacks.update
-- What an administrator may change.
UPDATE fallback_connectors SET config_sealed = :config_sealed, limits = :limits
WHERE tenant_id = :tenant_id AND id = :id

-- name: fallbacks.move
-- Its place in the order.
UPDATE fallback_connectors SET position = :position WHERE tenant_id = :tenant_id AND id = :id

-- name: fallbacks.delete
-- One of them.
DELETE FROM fallback_connectors WHERE tenant_id = :tenant_id AND id = :id
