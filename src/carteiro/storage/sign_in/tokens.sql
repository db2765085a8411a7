-- name: oidc_tokens.create
-- A token that somebody has from now on; a value that stands here already is refused.
INSERT INTO oidc_tokens (tenant_id, value_hash, kind, client_id, grant_id, account_id, session_uid,
                         content, created_at, expires_at, consumed_at)
VALUES (:tenant_id, :value_hash, :kind, :client_id, :grant_id, :account_id, :session_uid,
        :content, :created_at, :expires_at, NULL)

-- name: oidc_tokens.get
-- A token by its value, over or not, and until when the session lasts that it ends with.
SELECT oidc_tokens.*, (
    SELECT browser_sessions.expires_at FROM browser_sessions
    WHERE browser_sessions.tenant_id = oidc_tokens.tenant_id
        AND browser_sessions.uid = oidc_tokens.session_uid) AS session_ends_at
FROM oidc_tokens
WHERE tenant_id = :tenant_id AND value_hash = :value_hash AND kind = :kind

-- name: oidc_tokens.consume
-- A token is used up, from the first time on; whoever gets the row was the first.
UPDATE oidc_tokens SET consumed_at = :now
WHERE tenant_id = :tenant_id AND value_hash = :value_hash AND consumed_at IS NULL
RETURNING kind

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

-- name: oidc_tokens.end_of_session_but
-- What lives only as long as a session is over with it, but for one token.
DELETE FROM oidc_tokens
WHERE tenant_id = :tenant_id AND session_uid = :session_uid AND value_hash <> :kept

-- name: oidc_tokens.end_of_grant_but
-- Every token of a grant is over, but for one.
DELETE FROM oidc_tokens
WHERE tenant_id = :tenant_id AND grant_id = :grant_id AND value_hash <> :kept

-- name: oidc_tokens.outlive_session
-- A token goes on to its own end, whatever becomes of the session that it hung on. It is found by its
-- key and not by that session: hence the `COALESCE`.
UPDATE oidc_tokens SET session_uid = NULL
WHERE tenant_id = :tenant_id AND value_hash = :value_hash
    AND COALESCE(session_uid, '') = :session_uid
