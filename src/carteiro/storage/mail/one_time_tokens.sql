-- name: one_time_tokens.expire
-- What its time has run out on, of one address, is marked so.
UPDATE one_time_tokens SET status = 'expired'
WHERE tenant_id = :tenant_id AND email_key = :email_key AND status = 'active'
    AND expires_at < :now

-- name: one_time_tokens.create
-- A new token, known by its hash.
INSERT INTO one_time_tokens (tenant_id, id, email, email_key, token_hash, context, status,
                             created_at, expires_at)
VALUES (:tenant_id, :id, :email, :email_key, :token_hash, :context, 'active', :created_at,
        :expires_at)

-- name: one_time_tokens.get
-- One token.
SELECT * FROM one_time_tokens WHERE tenant_id = :tenant_id AND id = :id

-- name: one_time_tokens.by_hash
-- The token of which somebody knows the value.
SELECT * FROM one_time_tokens WHERE tenant_id = :tenant_id AND token_hash = :token_hash

-- name: one_time_tokens.find
-- A part of the tokens, newest first; an argument that is null does not filter.
SELECT * FROM one_time_tokens
WHERE tenant_id = :tenant_id
    AND (CAST(:email_key AS VARCHAR) IS NULL OR email_key = :email_key)
    AND (CAST(:status AS VARCHAR) IS NULL OR status = :status)
ORDER BY created_at DESC, id LIMIT :page_size OFFSET :page_offset

-- name: one_time_tokens.count_found
-- How many there are.
SELECT COUNT(*) AS total FROM one_time_tokens
WHERE tenant_id = :tenant_id
    AND (CAST(:email_key AS VARCHAR) IS NULL OR email_key = :email_key)
    AND (CAST(:status AS VARCHAR) IS NULL OR status = :status)

-- name: one_time_tokens.consume
-- Whoever gets the row has used the token; nobody gets it twice, nor too late.
UPDATE one_time_tokens SET status = 'consumed'
WHERE tenant_id = :tenant_id AND id = :id AND status = 'active' AND expires_at >= :now
RETURNING *

-- name: one_time_tokens.set_status
-- Another status.
UPDATE one_time_tokens SET status = :status
WHERE tenant_id = :tenant_id AND id = :id
RETURNING *

-- name: one_time_tokens.delete
-- A token.
DELETE FROM one_time_tokens WHERE tenant_id = :tenant_id AND id = :id

-- name: one_time_tokens.discard
-- A batch of tokens that ended long ago.
DELETE FROM one_time_tokens WHERE (tenant_id, id) IN (
    SELECT tenant_id, id FROM one_time_tokens WHERE expires_at < :before LIMIT :batch)
