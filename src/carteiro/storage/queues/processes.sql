-- name: processes.seen
-- A process lives, and took a message of the queue in hand, if ever, at this time.
INSERT INTO processes (id, kind, host, pid, started_at, seen_at, drove_at)
VALUES (:id, :kind, :host, :pid, :started_at, :now, :drove_at)
ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at, drove_at = excluded.drove_at

-- name: processes.gone
-- A process ends in good order.
DELETE FROM processes WHERE id = :id

-- name: processes.list
-- Who lives.
SELECT * FROM processes WHERE seen_at >= :since ORDER BY started_at, id

-- name: processes.discard
-- A batch of those that have been gone for long.
DELETE FROM processes WHERE id IN (SELECT id FROM processes WHERE seen_at < :before LIMIT :batch)
