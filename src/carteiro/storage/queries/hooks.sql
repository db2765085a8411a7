-- name: hooks.enabled
-- What is told of events.
SELECT id, event, events FROM hooks WHERE tenant_id = :tenant_id AND enabled ORDER BY id

-- name: hooks.enqueue
-- A webhook that is to be delivered; it commits with what it tells of.
INSERT INTO hook_deliveries (tenant_id, id, hook_id, event, body, attempts, created_at, due_at,
                             leased_until)
VALUES (:tenant_id, :id, :hook_id, :event, :body, 0, :created_at, :created_at, NULL)
