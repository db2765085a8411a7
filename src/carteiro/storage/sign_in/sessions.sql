-- A row that is found by its key is not looked for by its end: hence the `+ 0`.

-- name: browser_sessions.create
-- A browser in which somebody has just signed in.
INSERT INTO browser_sessions (tenant_id, uid, secret_hash, account_id, login_at, authorizations,
                              last_submission, created_at, expires_at)
VALUES (:tenant_id, :uid, :secret_hash, :account_id, :login_at, :authorizations, :last_submission,
        :created_at, :expires_at)

-- name: browser_sessions.by_secret
-- The session of whoever shows its secret, while it lasts.
SELECT * FROM browser_sessions
WHERE tenant_id = :tenant_id AND secret_hash = :secret_hash AND expires_at + 0 > :now

-- name: browser_sessions.save
-- The session as it is to be: a secret that has been replaced opens nothing any more.
UPDATE browser_sessions SET secret_hash = :secret_hash, login_at = :login_at,
    expires_at = :expires_at, authorizations = :authorizations,
    last_submission = COALESCE(:last_submission, last_submission)
WHERE tenant_id = :tenant_id AND uid = :uid

-- name: browser_sessions.of_account
-- Somebody's sessions that are not over, oldest first.
SELECT * FROM browser_sessions
WHERE tenant_id = :tenant_id AND account_id = :account_id AND expires_at + 0 > :now
ORDER BY created_at, uid LIMIT :most

-- name: browser_sessions.end
-- A session is over.
DELETE FROM browser_sessions WHERE tenant_id = :tenant_id AND uid = :uid

-- name: browser_sessions.end_of_account
-- Somebody is signed in nowhere any more.
DELETE FROM browser_sessions WHERE tenant_id = :tenant_id AND account_id = :account_id

-- name: browser_sessions.discard
-- A batch of sessions that are over.
DELETE FROM browser_sessions WHERE (tenant_id, uid) IN (
    SELECT tenant_id, uid FROM browser_sessions WHERE expires_at <= :now LIMIT :batch)
