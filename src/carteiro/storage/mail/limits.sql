-- name: limits.reserve
-- A place in the recipient's rolling window, newest first. The check "send_windows_limit" refuses
-- the row when one more than the limit would lie inside the window; nothing needs to be locked.
INSERT INTO send_windows (tenant_id, action, recipient_hash, stamps, last_at, window_ms, max_sends)
VALUES (:tenant_id, :action, :recipient_hash, CAST(:stamp AS VARCHAR), :now, :window_ms, :max_sends)
ON CONFLICT (tenant_id, action, recipient_hash) DO UPDATE SET
    stamps = substr(excluded.stamps || send_windows.stamps, 1, 16 * (excluded.max_sends + 1)),
    last_at = excluded.last_at, window_ms = excluded.window_ms, max_sends = excluded.max_sends

-- name: limits.release
-- A failed send gives its place back.
UPDATE send_windows SET stamps = replace(stamps, CAST(:stamp AS VARCHAR), '')
WHERE tenant_id = :tenant_id AND action = :action AND recipient_hash = :recipient_hash

-- name: limits.read
-- The places that are taken.
SELECT stamps FROM send_windows
WHERE tenant_id = :tenant_id AND action = :action AND recipient_hash = :recipient_hash

-- name: limits.discard
-- A batch of windows without a place that still counts.
DELETE FROM send_windows WHERE (tenant_id, action, recipient_hash) IN (
    SELECT tenant_id, action, recipient_hash FROM send_windows
    WHERE last_at < :before LIMIT :batch)

-- name: limits.clear
-- The recipient has been sent nothing that counts.
DELETE FROM send_windows WHERE tenant_id = :tenant_id AND recipient_hash = :recipient_hash
