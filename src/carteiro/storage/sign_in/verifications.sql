-- name: verifications.add
-- Something that a person tries to prove, or has proven.
INSERT INTO verification_records (tenant_id, id, user_id, client_id, type, template, address,
                                  verified, created_at, expires_at)
VALUES (:tenant_id, :id, :user_id, :client_id, :type, :template, :address, :verified, :created_at,
        :expires_at)

-- name: verifications.supersede
-- A newer code takes the place of those that went to one address for one purpose and were not typed.
DELETE FROM verification_records
WHERE tenant_id = :tenant_id AND user_id = :user_id AND client_id = :client_id
    AND template = :template AND address = :address AND id <> :id AND NOT verified

-- name: verifications.of_bearer
-- One that is not over, of whoever shows a token.
SELECT record.* FROM verification_records AS record
JOIN oidc_tokens AS token ON token.tenant_id = record.tenant_id
    AND token.account_id = record.user_id
WHERE record.tenant_id = :tenant_id AND record.id = :id AND record.expires_at > :now
    AND token.value_hash = :value_hash AND token.kind = 'access'

-- name: verifications.prove
-- It is proven.
UPDATE verification_records SET verified = :verified WHERE tenant_id = :tenant_id AND id = :id

-- name: verifications.forget_others
-- What a person had proven of themselves counts for nothing any more, but for one.
DELETE FROM verification_records
WHERE tenant_id = :tenant_id AND user_id = :user_id AND id <> :kept
    AND (template IS NULL OR template = :template)

-- name: verifications.discard
-- A batch of those that are over.
DELETE FROM verification_records WHERE (tenant_id, id) IN (
    SELECT tenant_id, id FROM verification_records WHERE expires_at <= :now LIMIT :batch)
