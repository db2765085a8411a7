-- name: budgets.charge
-- One more failure of an identifier, whatever code it was for; a window that is over starts again.
-- No row when the budget is spent or the next try has to wait, also for tries that come at once.
INSERT INTO failure_budgets (tenant_id, recipient_hash, failures, since, last_at)
VALUES (:tenant_id, :recipient_hash, 1, :now, :now)
ON CONFLICT (tenant_id, recipient_hash) DO UPDATE SET
    failures = CASE WHEN failure_budgets.since > :over THEN failure_budgets.failures + 1 ELSE 1 END,
    since = CASE WHEN failure_budgets.since > :over THEN failure_budgets.since ELSE excluded.since END,
    last_at = excluded.last_at
WHERE failure_budgets.since <= :over
    OR (failure_budgets.failures < :budget
        AND (failure_budgets.failures < CAST(:delays_from AS INTEGER)
             OR failure_budgets.last_at <= excluded.last_at - CASE
                 WHEN failure_budgets.failures - CAST(:delays_from AS INTEGER) > 16
                 THEN CAST(:longest AS BIGINT)
                 WHEN (CAST(:first AS BIGINT)
                       << (failure_budgets.failures - CAST(:delays_from AS INTEGER)))
                      > CAST(:longest AS BIGINT)
                 THEN CAST(:longest AS BIGINT)
                 ELSE CAST(:first AS BIGINT)
                      << (failure_budgets.failures - CAST(:delays_from AS INTEGER)) END))
RETURNING failures

-- name: budgets.settle
-- A success: the failures are forgotten, unless others have spent the budget in the meantime.
DELETE FROM failure_budgets
WHERE tenant_id = :tenant_id AND recipient_hash = :recipient_hash AND failures <= :seen

-- name: budgets.read
-- The identifier's failures.
SELECT failures FROM failure_budgets
WHERE tenant_id = :tenant_id AND recipient_hash = :recipient_hash

-- name: budgets.clear
-- The identifier's failures are forgotten, how many there may be.
DELETE FROM failure_budgets WHERE tenant_id = :tenant_id AND recipient_hash = :recipient_hash

-- name: budgets.discard
-- A batch of windows that are over.
DELETE FROM failure_budgets WHERE (tenant_id, recipient_hash) IN (
    SELECT tenant_id, recipient_hash FROM failure_budgets WHERE since < :before LIMIT :batch)
