-- name: signing_keys.create
-- A new signing key, made when it begins to sign.
INSERT INTO signing_keys (tenant_id, id, algorithm, private_sealed, created_at)
VALUES (:tenant_id, :id, :algorithm, :private_sealed, :signs_from)

-- name: signing_keys.list
-- The tenant's keys, the one that signs last first.
SELECT * FROM signing_keys WHERE tenant_id = :tenant_id ORDER BY created_at DESC, id

-- name: signing_keys.end_others
-- One key is the only one, and what others have signed is good no more.
DELETE FROM signing_keys WHERE tenant_id = :tenant_id AND id <> :id

-- name: signing_keys.discard
-- A batch of keys whose successors have signed for as long as any token lives.
DELETE FROM signing_keys WHERE (tenant_id, id) IN (
    SELECT older.tenant_id, older.id FROM signing_keys AS older
    JOIN signing_keys AS newer ON newer.tenant_id = older.tenant_id
        AND newer.created_at > older.created_at
    WHERE newer.created_at < CAST(:now AS BIGINT) - CAST(:least AS BIGINT)
        AND newer.created_at < CAST(:now AS BIGINT) - 1000 * COALESCE((
            SELECT MAX(resources.access_token_ttl) FROM resources
            WHERE resources.tenant_id = older.tenant_id), 0)
    LIMIT :batch)
