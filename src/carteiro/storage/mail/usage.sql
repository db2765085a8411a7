-- name: usage.reserve
-- One more mail through a counted connector; the check "usage_counters_cap" refuses one too many.
INSERT INTO usage_counters (tenant_id, connector_id, used, cap)
VALUES (:tenant_id, :connector_id, 1, :cap)
ON CONFLICT (tenant_id, connector_id) DO UPDATE SET used = usage_counters.used + 1, cap = excluded.cap

-- name: usage.release
-- A failed send is not counted.
UPDATE usage_counters SET used = used - 1
WHERE tenant_id = :tenant_id AND connector_id = :connector_id AND used > 0

-- name: usage.read
-- How many mails the connector has sent.
SELECT used FROM usage_counters WHERE tenant_id = :tenant_id AND connector_id = :connector_id
