-- name: organization_roles.create
-- A new role; another of its name is refused.
INSERT INTO organization_roles (tenant_id, id, name, description, type)
VALUES (:tenant_id, :id, :name, :description, :type)

-- name: organization_roles.get
-- One role.
SELECT * FROM organization_roles WHERE tenant_id = :tenant_id AND id = :id

-- name: organization_roles.by_name
-- The role of exactly this name.
SELECT id FROM organization_roles WHERE tenant_id = :tenant_id AND name = :name

-- name: organization_roles.lock
-- One role as of now; nobody else changes it until this unit ends.
UPDATE organization_roles SET id = id WHERE tenant_id = :tenant_id AND id = :id RETURNING *

-- name: organization_roles.find
-- A part of the roles whose id, name or description holds a text, by name.
SELECT * FROM organization_roles
WHERE tenant_id = :tenant_id
    AND (CAST(:q AS VARCHAR) IS NULL OR lower(id) LIKE :q ESCAPE '!' OR lower(name) LIKE :q ESCAPE '!'
        OR lower(description) LIKE :q ESCAPE '!')
ORDER BY name LIMIT :page_size OFFSET :page_offset

-- name: organization_roles.count_found
-- How many there are.
SELECT COUNT(*) AS total FROM organization_roles
WHERE tenant_id = :tenant_id
    AND (CAST(:q AS VARCHAR) IS NULL OR lower(id) LIKE :q ESCAPE '!' OR lower(name) LIKE :q ESCAPE '!'
        OR lower(description) LIKE :q ESCAPE '!')

-- name: organization_roles.update
-- The row as it is to be.
UPDATE organization_roles SET name = :name, description = :description, type = :type
WHERE tenant_id = :tenant_id AND id = :id

-- name: organization_roles.delete
-- A role, and with it whoever has it.
DELETE FROM organization_roles WHERE tenant_id = :tenant_id AND id = :id

-- name: organization_roles.resource_scopes
-- What a role may do with resources, by id.
SELECT scopes.id, scopes.name, resources.id AS resource_id, resources.name AS resource_name
FROM organization_role_resource_scopes AS held JOIN scopes
    ON scopes.tenant_id = held.tenant_id AND scopes.id = held.scope_id
JOIN resources ON resources.tenant_id = scopes.tenant_id AND resources.id = scopes.resource_id
WHERE held.tenant_id = :tenant_id AND held.organization_role_id = :organization_role_id
ORDER BY scopes.id

-- name: organization_roles.of_domains
-- The roles of those who join an organization by the domain of their address, by name.
SELECT organization_roles.* FROM organization_jit_roles AS held JOIN organization_roles
    ON organization_roles.tenant_id = held.tenant_id
    AND organization_roles.id = held.organization_role_id
WHERE held.tenant_id = :tenant_id AND held.organization_id = :organization_id
ORDER BY organization_roles.name
