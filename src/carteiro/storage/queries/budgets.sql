-- name: budgets.charge
-- One more failure of an identifier, whatever code it was for; a window that is over starts again.
INSERT INTO failure_budgets (tenant_id, recipient_hash, failures, since)
VALUES (:tenant_id, :recipient_hash, 1, :now)
ON CONFLICT (tenant_id, recipient_hash) DO UPDATE SET
    failures = CASE WHEN failure_budgets.since > :over THEN failure_budgets.failures + 1 ELSE 1 END,
    since = CASE WHEN failure_budgets.since > :over THEN failure_budgets.since ELSE excluded.since END
RETURNING failures

-- name: budgets.clear
-- A success: the identifier's failures are forgotten.
DELETE FROM failure_budgets WHERE tenant_id = :tenant_id AND recipient_hash = :recipient_hash

-- name: budgets.discard
-- A batch of windows that are over.
DELETE FROM failure_budgets WHERE (tenant_id, recipient_hash) IN (
    SELECT tenant_id, recipient_hash FROM failure_budgets WHERE since < :before LIMIT :batch)
