-- name: resources.create
-- A new resource; another with its indicator is refused.
INSERT INTO resources (tenant_id, id, name, indicator, is_default, access_token_ttl, created_at)
VALUES (:tenant_id, :id, :name, :indicator, FALSE, :access_token_ttl, :created_at)

-- name: resources.ensure
-- The resource exists afterwards, whoever made it.
INSERT INTO resources (tenant_id, id, name, indicator, is_default, access_token_ttl, created_at)
VALUES (:tenant_id, :id, :name, :indicator, FALSE, :access_token_ttl, :created_at)
ON CONFLICT (tenant_id, id) DO NOTHING

-- name: resources.get
-- One resource.
SELECT * FROM resources WHERE tenant_id = :tenant_id AND id = :id

-- name: resources.list
-- A part of the resources, by age.
SELECT * FROM resources WHERE tenant_id = :tenant_id
ORDER BY created_at, id LIMIT :page_size OFFSET :page_offset

-- name: resources.count
-- How many there are.
SELECT COUNT(*) AS total FROM resources WHERE tenant_id = :tenant_id

-- name: resources.update
-- A resource's name and how long its tokens live.
UPDATE resources SET name = :name, access_token_ttl = :access_token_ttl
WHERE tenant_id = :tenant_id AND id = :id

-- name: resources.lock
-- One resource as of now; nobody else changes it until this unit ends.
UPDATE resources SET id = id WHERE tenant_id = :tenant_id AND id = :id RETURNING *

-- name: resources.delete
-- A resource with its scopes.
DELETE FROM resources WHERE tenant_id = :tenant_id AND id = :id

-- name: resources.default
-- The resource that a token is for where none is named.
SELECT * FROM resources WHERE tenant_id = :tenant_id AND is_default

-- name: resources.clear_default
-- No resource is the default any more.
UPDATE resources SET is_default = FALSE WHERE tenant_id = :tenant_id AND is_default

-- name: resources.set_default
-- Whether a resource is the default; a second one is refused.
UPDATE resources SET is_default = :is_default WHERE tenant_id = :tenant_id AND id = :id

-- name: resources.granted
-- A resource by its indicator, with each scope that an application's roles give on it.
SELECT resources.access_token_ttl, scopes.name AS scope
FROM resources LEFT JOIN scopes
    ON scopes.tenant_id = resources.tenant_id AND scopes.resource_id = resources.id
    AND EXISTS (
        SELECT 1 FROM application_roles JOIN role_scopes
            ON role_scopes.tenant_id = application_roles.tenant_id
            AND role_scopes.role_id = application_roles.role_id
        WHERE application_roles.tenant_id = scopes.tenant_id
            AND application_roles.application_id = :application_id
            AND role_scopes.scope_id = scopes.id)
WHERE resources.tenant_id = :tenant_id AND resources.indicator = :indicator
