-- name: logs.add
-- An entry of the audit log. It is never changed.
INSERT INTO logs (tenant_id, id, key, payload, user_id, application_id, hook_id, created_at)
VALUES (:tenant_id, :id, :key, :payload, :user_id, :application_id, :hook_id, :created_at)

-- name: logs.discard
-- A batch of entries that are older than anybody keeps them.
DELETE FROM logs WHERE (tenant_id, id) IN (
    SELECT tenant_id, id FROM logs WHERE created_at < :before LIMIT :batch)
