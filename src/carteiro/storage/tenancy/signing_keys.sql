-- name: signing_keys.create
-- A new signing key; it signs from now on.
INSERT INTO signing_keys (tenant_id, id, algorithm, private_sealed, created_at)
VALUES (:tenant_id, :id, :algorithm, :private_sealed, :created_at)

-- name: signing_keys.list
-- The tenant's keys, the signing one first.
SELECT * FROM signing_keys WHERE tenant_id = :tenant_id ORDER BY created_at DESC, id
