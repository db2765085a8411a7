-- name: logs.add
-- An entry of the audit log. It is never changed, but for the name of somebody who was erased.
INSERT INTO logs (tenant_id, id, key, result, payload, user_id, application_id, hook_id, created_at)
VALUES (:tenant_id, :id, :key, :result, :payload, :user_id, :application_id, :hook_id, :created_at)

-- name: logs.discard
-- A batch of entries that are older than anybody keeps them; ids begin with the time.
DELETE FROM logs WHERE (tenant_id, id) IN (
    SELECT logs.tenant_id, logs.id FROM tenants JOIN logs
        ON logs.tenant_id = tenants.id AND logs.id < :before
    LIMIT :batch)

-- name: logs.get
-- One entry.
SELECT * FROM logs WHERE tenant_id = :tenant_id AND id = :id

-- name: logs.executions
-- What became of the calls of each hook.
SELECT hook_id, COUNT(*) AS requests,
       SUM(CASE WHEN result = 'Success' THEN 1 ELSE 0 END) AS successes
FROM logs WHERE tenant_id = :tenant_id AND hook_id IS NOT NULL AND id >= :since
GROUP BY hook_id

-- name: logs.rewrite
-- An entry that named somebody who was erased; what happened, and when, stays.
UPDATE logs SET user_id = :user_id, payload = :payload WHERE tenant_id = :tenant_id AND id = :id
