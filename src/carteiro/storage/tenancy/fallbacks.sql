-- name: fallbacks.list
-- The tenant's further connectors in their order; those that wait for an override have none.
SELECT fallback_connectors.*, connector_revisions.config_sealed
FROM fallback_connectors JOIN connector_revisions
  ON connector_revisions.tenant_id = fallback_connectors.tenant_id
 AND connector_revisions.connector_id = fallback_connectors.id
 AND connector_revisions.number = fallback_connectors.revision
WHERE fallback_connectors.tenant_id = :tenant_id AND NOT reserved
ORDER BY position, id

-- name: fallbacks.list_reserved
-- A page of those that only overrides use.
SELECT fallback_connectors.*, connector_revisions.config_sealed
FROM fallback_connectors JOIN connector_revisions
  ON connector_revisions.tenant_id = fallback_connectors.tenant_id
 AND connector_revisions.connector_id = fallback_connectors.id
 AND connector_revisions.number = fallback_connectors.revision
WHERE fallback_connectors.tenant_id = :tenant_id AND reserved
ORDER BY fallback_connectors.created_at, fallback_connectors.id
LIMIT :page_size OFFSET :page_offset

-- name: fallbacks.count_reserved
-- How many only overrides use.
SELECT COUNT(*) AS total FROM fallback_connectors WHERE tenant_id = :tenant_id AND reserved

-- name: fallbacks.get
-- One of them.
SELECT fallback_connectors.*, connector_revisions.config_sealed
FROM fallback_connectors JOIN connector_revisions
  ON connector_revisions.tenant_id = fallback_connectors.tenant_id
 AND connector_revisions.connector_id = fallback_connectors.id
 AND connector_revisions.number = fallback_connectors.revision
WHERE fallback_connectors.tenant_id = :tenant_id AND fallback_connectors.id = :id

-- name: fallbacks.create
-- One more, at the end.
INSERT INTO fallback_connectors (tenant_id, id, position, connector_id, limits, created_at,
                                 revision, reserved)
VALUES (:tenant_id, :id,
        (SELECT COALESCE(MAX(position), 0) + 1 FROM fallback_connectors
         WHERE tenant_id = CAST(:tenant_id AS VARCHAR)),
        :connector_id, :limits, :created_at, 1, :reserved)

-- name: fallbacks.update
-- What an administrator may change beside the config.
UPDATE fallback_connectors SET limits = :limits WHERE tenant_id = :tenant_id AND id = :id

-- name: fallbacks.point
-- A further connector points to its next revision.
UPDATE fallback_connectors SET revision = revision + 1
WHERE tenant_id = :tenant_id AND id = :id
RETURNING revision

-- name: fallbacks.lock
-- A further connector as it is; whoever changes it next waits.
UPDATE fallback_connectors SET revision = revision
WHERE tenant_id = :tenant_id AND id = :id
RETURNING revision

-- name: fallbacks.move
-- Its place in the order.
UPDATE fallback_connectors SET position = :position WHERE tenant_id = :tenant_id AND id = :id

-- name: fallbacks.delete
-- One of them.
DELETE FROM fallback_connectors WHERE tenant_id = :tenant_id AND id = :id
