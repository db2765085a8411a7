-- name: overrides.digest
-- Every override of a tenant: a small row for each owner.
SELECT * FROM mail_overrides WHERE tenant_id = :tenant_id

-- name: overrides.find
-- A page of them, in the order in which they were made.
SELECT * FROM mail_overrides WHERE tenant_id = :tenant_id
ORDER BY created_at, id LIMIT :page_size OFFSET :page_offset

-- name: overrides.count
-- How many there are.
SELECT COUNT(*) AS total FROM mail_overrides WHERE tenant_id = :tenant_id

-- name: overrides.of_organization
-- The one of an organization.
SELECT * FROM mail_overrides WHERE tenant_id = :tenant_id AND organization_id = :owner_id

-- name: overrides.of_application
-- The one of an application.
SELECT * FROM mail_overrides WHERE tenant_id = :tenant_id AND application_id = :owner_id

-- name: overrides.create
-- One more; the constraints refuse a second of an owner, and an owner that is not there.
INSERT INTO mail_overrides (tenant_id, id, organization_id, application_id, connector_id,
                            from_name, reply_to, created_at)
VALUES (:tenant_id, :id, :organization_id, :application_id, :connector_id, :from_name, :reply_to,
        :created_at)

-- name: overrides.update
-- Another sender.
UPDATE mail_overrides
SET connector_id = :connector_id, from_name = :from_name, reply_to = :reply_to
WHERE tenant_id = :tenant_id AND id = :id

-- name: overrides.delete
-- One; its templates are its owner's.
DELETE FROM mail_overrides WHERE tenant_id = :tenant_id AND id = :id

-- name: overrides.users_of
-- How many send through a connector.
SELECT COUNT(*) AS total FROM mail_overrides
WHERE tenant_id = :tenant_id AND connector_id = :connector_id

-- name: overrides.repoint
-- Those that send through a connector send through another one; null is the next level's.
UPDATE mail_overrides SET connector_id = :by
WHERE tenant_id = :tenant_id AND connector_id = :connector_id
