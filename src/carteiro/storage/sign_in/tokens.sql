-- name: oidc_tokens.create
-- A token that somebody has from now on; a value that stands here already is refused.
INSERT INTO oidc_tokens (tenant_id, value_hash, kind, client_id, grant_id, account_id, session_uid,
                         content, created_at, expires_at, consumed_at)
VALUES (:tenant_id, :value_hash, :kind, :client_id, :grant_id, :account_id, :session_uid,
        :content, :created_at, :expires_at, NULL)

-- name: oidc_tokens.get
-- A token by its value, over or not.
SELECT * FROM oidc_tokens
WHERE tenant_id = :tenant_id AND value_hash = :value_hash AND kind = :kind

-- name: oidc_tokens.consume
-- A token is used up, from the first time on.
UPDATE oidc_tokens SET consumed_at = :now
WHERE tenant_id = :tenant_id AND value_hash = :value_hash AND consumed_at IS NULL

-- name: oidc_tokens.end
-- A token is over.
DELETE FROM oidc_tokens WHERE tenant_id = :tenant_id AND value_hash = :value_hash

-- name: oidc_tokens.end_with_session
-- What lives only as long as a session is over with it.
DELETE FROM oidc_tokens WHERE tenant_id = :tenant_id AND session_uid = :session_uid

-- name: oidc_tokens.discard
-- A batch of tokens that are over.
DELETE FROM oidc_tokens WHERE (tenant_id, value_hash) IN (
    SELECT tenant_id, value_hash FROM oidc_tokens WHERE expires_at <= :now LIMIT :batch)
