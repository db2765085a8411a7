-- name: lockouts.fail
-- One more failure. The one that makes the number full locks instead of being counted; while it is
-- locked nothing is counted and nothing prolongs it. Says until when it is locked.
INSERT INTO lockouts (tenant_id, target_hash, stamps, blocked_until, last_at)
VALUES (:tenant_id, :target_hash, CAST(:stamp AS VARCHAR), :at_once, :now)
ON CONFLICT (tenant_id, target_hash) DO UPDATE SET
    stamps = CASE
        WHEN lockouts.blocked_until > excluded.last_at
            OR substr('9' || lockouts.stamps, :place, 13) > CAST(:since AS VARCHAR)
        THEN lockouts.stamps
        ELSE substr(excluded.stamps || lockouts.stamps, 1, :width) END,
    blocked_until = CASE
        WHEN lockouts.blocked_until > excluded.last_at THEN lockouts.blocked_until
        WHEN substr('9' || lockouts.stamps, :place, 13) > CAST(:since AS VARCHAR)
        THEN CAST(:blocked_until AS BIGINT)
        ELSE 0 END,
    last_at = excluded.last_at
RETURNING blocked_until

-- name: lockouts.read
-- Until when it is locked, and what counts.
SELECT blocked_until, stamps FROM lockouts WHERE tenant_id = :tenant_id AND target_hash = :target_hash

-- name: lockouts.unlocked
-- A row as long as it is not locked.
SELECT 1 AS unlocked WHERE NOT EXISTS (
    SELECT 1 FROM lockouts WHERE tenant_id = :tenant_id AND target_hash = :target_hash
        AND blocked_until > :now)

-- name: lockouts.clear
-- It is not locked, and has never failed.
DELETE FROM lockouts WHERE tenant_id = :tenant_id AND target_hash = :target_hash

-- name: lockouts.discard
-- A batch of those in which nothing counts any more.
DELETE FROM lockouts WHERE (tenant_id, target_hash) IN (
    SELECT tenant_id, target_hash FROM lockouts
    WHERE last_at < :before AND blocked_until < :now LIMIT :batch)
