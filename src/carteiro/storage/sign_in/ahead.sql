-- A row that is found by its key is not looked for by its end: hence the `+ 0`.

-- name: ahead.person_of_session
-- Whose session it is.
SELECT * FROM users WHERE tenant_id = :tenant_id AND id = (
    SELECT account_id FROM browser_sessions
    WHERE tenant_id = :tenant_id AND secret_hash = :secret_hash)

-- name: ahead.person_of_interaction
-- Who has signed in in an interaction that asked for that.
SELECT * FROM users WHERE tenant_id = :tenant_id AND id = (
    SELECT account_id FROM interactions
    WHERE tenant_id = :tenant_id AND uid = :uid AND prompt = 'login')

-- name: ahead.grant_of_interaction
-- What an application was granted in an interaction.
SELECT * FROM grants WHERE tenant_id = :tenant_id AND expires_at + 0 > :now AND id = (
    SELECT grant_id FROM interactions WHERE tenant_id = :tenant_id AND uid = :uid)

-- name: ahead.person_of_token
-- Whose token it is.
SELECT * FROM users WHERE tenant_id = :tenant_id AND id = (
    SELECT account_id FROM oidc_tokens
    WHERE tenant_id = :tenant_id AND value_hash = :value_hash AND kind = :kind)

-- name: ahead.grant_of_token
-- The grant that a token comes from.
SELECT * FROM grants WHERE tenant_id = :tenant_id AND expires_at + 0 > :now AND id = (
    SELECT grant_id FROM oidc_tokens
    WHERE tenant_id = :tenant_id AND value_hash = :value_hash AND kind = :kind)
