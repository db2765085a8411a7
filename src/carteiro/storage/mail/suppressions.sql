-- name: suppressions.put
-- An address that gets no more mail; the newest reason stays.
INSERT INTO suppressions (tenant_id, recipient_hash, recipient_sealed, reason, connector_id, note,
                          created_at, expires_at)
VALUES (:tenant_id, :recipient_hash, :recipient_sealed, :reason, :connector_id, :note, :created_at,
        :expires_at)
ON CONFLICT (tenant_id, recipient_hash) DO UPDATE SET
    recipient_sealed = excluded.recipient_sealed, reason = excluded.reason,
    connector_id = excluded.connector_id, note = excluded.note,
    created_at = excluded.created_at, expires_at = excluded.expires_at

-- name: suppressions.get
-- One of them.
SELECT * FROM suppressions WHERE tenant_id = :tenant_id AND recipient_hash = :recipient_hash

-- name: suppressions.list
-- A part of them, newest first.
SELECT * FROM suppressions WHERE tenant_id = :tenant_id
ORDER BY created_at DESC, recipient_hash LIMIT :page_size OFFSET :page_offset

-- name: suppressions.count
-- How many there are.
SELECT COUNT(*) AS total FROM suppressions WHERE tenant_id = :tenant_id

-- name: suppressions.total
-- How many there are of all tenants.
SELECT COUNT(*) AS total FROM suppressions

-- name: suppressions.delete
-- The address gets mail again.
DELETE FROM suppressions WHERE tenant_id = :tenant_id AND recipient_hash = :recipient_hash

-- name: suppressions.discard
-- A batch of those that are over.
DELETE FROM suppressions WHERE (tenant_id, recipient_hash) IN (
    SELECT tenant_id, recipient_hash FROM suppressions WHERE expires_at < :now LIMIT :batch)
