-- name: hooks.enabled
-- What is told of events.
SELECT id, event, events FROM hooks WHERE tenant_id = :tenant_id AND enabled ORDER BY id

-- name: hooks.enqueue
-- A webhook that is to be delivered; it commits with what it tells of.
INSERT INTO hook_deliveries (tenant_id, id, hook_id, event, body, attempts, created_at, due_at,
                             leased_until)
VALUES (:tenant_id, :id, :hook_id, :event, :body, 0, :created_at, :created_at, NULL)

-- name: hooks.create
-- A new hook.
INSERT INTO hooks (tenant_id, id, name, event, events, config_sealed, signing_key_sealed, enabled,
                   created_at)
VALUES (:tenant_id, :id, :name, :event, :events, :config_sealed, :signing_key_sealed, :enabled,
        :created_at)

-- name: hooks.get
-- One hook.
SELECT * FROM hooks WHERE tenant_id = :tenant_id AND id = :id

-- name: hooks.list
-- A part of the hooks, newest first.
SELECT * FROM hooks WHERE tenant_id = :tenant_id
ORDER BY created_at DESC, id LIMIT :page_size OFFSET :page_offset

-- name: hooks.count
-- How many there are.
SELECT COUNT(*) AS total FROM hooks WHERE tenant_id = :tenant_id

-- name: hooks.lock
-- One hook as of now; nobody else changes the row until this unit ends.
UPDATE hooks SET id = id WHERE tenant_id = :tenant_id AND id = :id RETURNING *

-- name: hooks.update
-- The row as it is to be.
UPDATE hooks SET name = :name, event = :event, events = :events, config_sealed = :config_sealed,
    signing_key_sealed = :signing_key_sealed, enabled = :enabled
WHERE tenant_id = :tenant_id AND id = :id

-- name: hooks.disable
-- The hook is told of nothing more, unless its config has changed since it was read.
UPDATE hooks SET enabled = :enabled
WHERE tenant_id = :tenant_id AND id = :id AND config_sealed = :config_sealed AND enabled <> :enabled

-- name: hooks.delete
-- A hook, and with it what was still to be delivered to it.
DELETE FROM hooks WHERE tenant_id = :tenant_id AND id = :id

-- name: hooks.due
-- What may be delivered now and is in nobody's hands.
SELECT tenant_id, id FROM hook_deliveries
WHERE due_at <= :now AND (leased_until IS NULL OR leased_until <= :now)
ORDER BY due_at LIMIT :most

-- name: hooks.lease
-- Whoever gets the row delivers it, until the lease runs out.
UPDATE hook_deliveries SET leased_until = :until
WHERE tenant_id = :tenant_id AND id = :id AND due_at <= :now
  AND (leased_until IS NULL OR leased_until <= :now)
RETURNING *

-- name: hooks.delivered
-- Nothing is left to do for it.
DELETE FROM hook_deliveries WHERE tenant_id = :tenant_id AND id = :id

-- name: hooks.later
-- Another attempt at a later time.
UPDATE hook_deliveries SET attempts = :attempts, due_at = :due_at, leased_until = NULL
WHERE tenant_id = :tenant_id AND id = :id

-- name: hooks.free_at
-- When a webhook may be taken: when it is due, or when the lease on it has run out.
SELECT COALESCE(leased_until, due_at) AS free_at FROM hook_deliveries
WHERE tenant_id = :tenant_id AND id = :id

-- name: hooks.next_due
-- The same of the next one.
SELECT MIN(COALESCE(leased_until, due_at)) AS due_at FROM hook_deliveries
