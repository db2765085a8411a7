-- name: codes.replace
-- The identity's one waiting code; an older one is gone from this moment.
INSERT INTO codes (tenant_id, identity_hash, id, type, key_id, salt, digest, recipient_hash, tries,
                   created_at, consumed_at, message_id)
VALUES (:tenant_id, :identity_hash, :id, :type, :key_id, :salt, :digest, :recipient_hash, 0,
        :created_at, NULL, :message_id)
ON CONFLICT (tenant_id, identity_hash) DO UPDATE SET
    id = excluded.id, type = excluded.type, key_id = excluded.key_id, salt = excluded.salt,
    digest = excluded.digest, recipient_hash = excluded.recipient_hash, tries = 0,
    created_at = excluded.created_at, consumed_at = NULL, message_id = excluded.message_id

-- name: codes.find
-- The identity's code with a budget of failures, if any are on record.
SELECT codes.id, codes.key_id, codes.salt, codes.digest, codes.recipient_hash, codes.tries,
       codes.created_at, codes.consumed_at,
       failure_budgets.failures, failure_budgets.since, failure_budgets.last_at
FROM codes LEFT JOIN failure_budgets
    ON failure_budgets.tenant_id = codes.tenant_id
    AND failure_budgets.recipient_hash = :budget_hash
WHERE codes.tenant_id = :tenant_id AND codes.identity_hash = :identity_hash

-- name: codes.consume
-- Whoever gets the row has redeemed the code; nobody gets it twice, nor past a limit.
UPDATE codes SET consumed_at = :now
WHERE tenant_id = :tenant_id AND identity_hash = :identity_hash AND id = :id
    AND consumed_at IS NULL AND tries < :max_tries
    AND NOT EXISTS (
        SELECT 1 FROM failure_budgets
        WHERE failure_budgets.tenant_id = codes.tenant_id
            AND failure_budgets.recipient_hash = :budget_hash
            AND failures >= :budget AND since > :budget_since)
RETURNING id

-- name: codes.count_failure
-- One more wrong try of a live code; no row when it had none left.
UPDATE codes SET tries = tries + 1
WHERE tenant_id = :tenant_id AND identity_hash = :identity_hash AND id = :id
    AND consumed_at IS NULL AND tries < :max_tries
RETURNING tries

-- name: codes.discard
-- A batch of codes that no policy lets live any more.
DELETE FROM codes WHERE (tenant_id, identity_hash) IN (
    SELECT tenant_id, identity_hash FROM codes WHERE created_at < :before LIMIT :batch)

-- name: codes.withdraw
-- An identity's code is good for nothing any more, and its mail is not worth sending.
DELETE FROM codes WHERE tenant_id = :tenant_id AND identity_hash = :identity_hash
