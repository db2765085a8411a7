-- name: rates.take
-- One more message of a bucket: what it had ahead of now, and a step more, all in microseconds. The
-- check "send_rates_limit" refuses the row that is ahead by more than its window; nothing is locked.
INSERT INTO send_rates (tenant_id, bucket, owner_hash, busy_until, last_at, window_ms)
VALUES (:tenant_id, :bucket, :owner_hash,
        1000 * CAST(:now AS BIGINT) + CAST(:step AS BIGINT), :now, :window_ms)
ON CONFLICT (tenant_id, bucket, owner_hash) DO UPDATE SET
    busy_until = excluded.busy_until
        + CASE WHEN send_rates.busy_until > 1000 * excluded.last_at
          THEN send_rates.busy_until - 1000 * excluded.last_at ELSE 0 END,
    last_at = excluded.last_at, window_ms = excluded.window_ms

-- name: rates.fill
-- One more of what has happened already. Nothing is refused: a bucket that is full stays full, and
-- each call gives its row back.
INSERT INTO send_rates (tenant_id, bucket, owner_hash, busy_until, last_at, window_ms)
VALUES (:tenant_id, :bucket, :owner_hash,
        1000 * CAST(:now AS BIGINT) + CAST(:step AS BIGINT), :now, :window_ms)
ON CONFLICT (tenant_id, bucket, owner_hash) DO UPDATE SET
    busy_until = CASE
        WHEN send_rates.busy_until <= 1000 * excluded.last_at THEN excluded.busy_until
        WHEN excluded.busy_until + send_rates.busy_until - 1000 * excluded.last_at
            > 1000 * (excluded.last_at + excluded.window_ms)
        THEN 1000 * (excluded.last_at + excluded.window_ms)
        ELSE excluded.busy_until + send_rates.busy_until - 1000 * excluded.last_at END,
    last_at = excluded.last_at, window_ms = excluded.window_ms
RETURNING busy_until

-- name: rates.read
-- How far a bucket is ahead.
SELECT busy_until FROM send_rates
WHERE tenant_id = :tenant_id AND bucket = :bucket AND owner_hash = :owner_hash

-- name: rates.discard
-- A batch of buckets that have filled up again.
DELETE FROM send_rates WHERE (tenant_id, bucket, owner_hash) IN (
    SELECT tenant_id, bucket, owner_hash FROM send_rates WHERE last_at < :before LIMIT :batch)
