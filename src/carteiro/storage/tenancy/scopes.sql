-- name: scopes.create
-- A new scope; another of its name on the resource is refused.
INSERT INTO scopes (tenant_id, id, resource_id, name, description, created_at)
VALUES (:tenant_id, :id, :resource_id, :name, :description, :created_at)

-- name: scopes.ensure
-- The scope exists afterwards, whoever made it.
INSERT INTO scopes (tenant_id, id, resource_id, name, description, created_at)
VALUES (:tenant_id, :id, :resource_id, :name, :description, :created_at)
ON CONFLICT (tenant_id, id) DO NOTHING

-- name: scopes.get
-- One scope of a resource.
SELECT * FROM scopes
WHERE tenant_id = :tenant_id AND resource_id = :resource_id AND id = :id

-- name: scopes.find
-- One scope, whichever resource has it.
SELECT * FROM scopes WHERE tenant_id = :tenant_id AND id = :id

-- name: scopes.lock
-- One scope as of now; nobody else changes it until this unit ends.
UPDATE scopes SET id = id
WHERE tenant_id = :tenant_id AND resource_id = :resource_id AND id = :id RETURNING *

-- name: scopes.list
-- A part of a resource's scopes that match, by name.
SELECT * FROM scopes WHERE tenant_id = :tenant_id AND resource_id = :resource_id
    AND (CAST(:q AS VARCHAR) IS NULL OR lower(id) LIKE :q ESCAPE '\'
        OR lower(name) LIKE :q ESCAPE '\' OR lower(description) LIKE :q ESCAPE '\')
ORDER BY name LIMIT :page_size OFFSET :page_offset

-- name: scopes.count
-- How many of a resource's scopes match.
SELECT COUNT(*) AS total FROM scopes
WHERE tenant_id = :tenant_id AND resource_id = :resource_id
    AND (CAST(:q AS VARCHAR) IS NULL OR lower(id) LIKE :q ESCAPE '\'
        OR lower(name) LIKE :q ESCAPE '\' OR lower(description) LIKE :q ESCAPE '\')

-- name: scopes.update
-- A scope's name and description.
UPDATE scopes SET name = :name, description = :description
WHERE tenant_id = :tenant_id AND id = :id

-- name: scopes.delete
-- A scope; no role gives it any more.
DELETE FROM scopes WHERE tenant_id = :tenant_id AND resource_id = :resource_id AND id = :id

-- name: scopes.of_role
-- What a role gives and what of it matches.
SELECT scopes.* FROM role_scopes JOIN scopes
    ON scopes.tenant_id = role_scopes.tenant_id AND scopes.id = role_scopes.scope_id
WHERE role_scopes.tenant_id = :tenant_id AND role_scopes.role_id = :role_id
    AND (CAST(:q AS VARCHAR) IS NULL OR lower(scopes.id) LIKE :q ESCAPE '\'
        OR lower(scopes.name) LIKE :q ESCAPE '\' OR lower(scopes.description) LIKE :q ESCAPE '\')
ORDER BY scopes.name, scopes.id

-- name: scopes.of_organization_role
-- What a role of organizations gives, by id.
SELECT scopes.* FROM organization_role_resource_scopes AS held JOIN scopes
    ON scopes.tenant_id = held.tenant_id AND scopes.id = held.scope_id
WHERE held.tenant_id = :tenant_id AND held.organization_role_id = :organization_role_id
ORDER BY scopes.id
