-- A row that is found by its key is not looked for by its end: hence the `+ 0`.

-- name: grants.create
-- What somebody lets an application have.
INSERT INTO grants (tenant_id, id, account_id, client_id, scopes, created_at, expires_at)
VALUES (:tenant_id, :id, :account_id, :client_id, :scopes, :created_at, :expires_at)

-- name: grants.get
-- A grant that is not over.
SELECT * FROM grants WHERE tenant_id = :tenant_id AND id = :id AND expires_at + 0 > :now

-- name: grants.save
-- What it lets the application have, as it is to be.
UPDATE grants SET scopes = :scopes WHERE tenant_id = :tenant_id AND id = :id

-- name: grants.of_pair
-- The ids of what somebody granted one application and is not over, newest first.
SELECT id FROM grants
WHERE tenant_id = :tenant_id AND account_id = :account_id AND client_id = :client_id
    AND expires_at + 0 > :now
ORDER BY created_at DESC, id DESC LIMIT :most

-- name: grants.of_account
-- What somebody granted and is not over, oldest first.
SELECT * FROM grants
WHERE tenant_id = :tenant_id AND account_id = :account_id AND expires_at + 0 > :now
ORDER BY created_at, id LIMIT :most

-- name: grants.end
-- A grant is over, and with it every token that it gave.
DELETE FROM grants WHERE tenant_id = :tenant_id AND id = :id

-- name: grants.end_of_account
-- No application acts for somebody any more, with whatever token.
DELETE FROM grants WHERE tenant_id = :tenant_id AND account_id = :account_id

-- name: grants.discard
-- A batch of grants that are over, with the tokens of each.
DELETE FROM grants WHERE (tenant_id, id) IN (
    SELECT tenant_id, id FROM grants WHERE expires_at <= :now LIMIT :batch)
