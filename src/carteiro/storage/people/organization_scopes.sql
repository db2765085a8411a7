-- name: organization_scopes.create
-- A new scope; another of its name is refused.
INSERT INTO organization_scopes (tenant_id, id, name, description)
VALUES (:tenant_id, :id, :name, :description)

-- name: organization_scopes.get
-- One scope.
SELECT * FROM organization_scopes WHERE tenant_id = :tenant_id AND id = :id

-- name: organization_scopes.lock
-- One scope as of now; nobody else changes it until this unit ends.
UPDATE organization_scopes SET id = id WHERE tenant_id = :tenant_id AND id = :id RETURNING *

-- name: organization_scopes.find
-- A part of the scopes whose name holds a text, by name.
SELECT * FROM organization_scopes
WHERE tenant_id = :tenant_id AND (CAST(:q AS VARCHAR) IS NULL OR lower(name) LIKE :q ESCAPE '!')
ORDER BY name LIMIT :page_size OFFSET :page_offset

-- name: organization_scopes.count_found
-- How many there are.
SELECT COUNT(*) AS total FROM organization_scopes
WHERE tenant_id = :tenant_id AND (CAST(:q AS VARCHAR) IS NULL OR lower(name) LIKE :q ESCAPE '!')

-- name: organization_scopes.update
-- The row as it is to be; a name that is taken is refused.
UPDATE organization_scopes SET name = :name, description = :description
WHERE tenant_id = :tenant_id AND id = :id

-- name: organization_scopes.delete
-- A scope; no role gives it and no application asks for it any more.
DELETE FROM organization_scopes WHERE tenant_id = :tenant_id AND id = :id

-- name: organization_scopes.of_role
-- What a role gives in an organization, by id.
SELECT organization_scopes.* FROM organization_role_scopes AS held JOIN organization_scopes
    ON organization_scopes.tenant_id = held.tenant_id
    AND organization_scopes.id = held.organization_scope_id
WHERE held.tenant_id = :tenant_id AND held.organization_role_id = :organization_role_id
ORDER BY organization_scopes.id

-- name: organization_scopes.of_member
-- What all the roles that a member has in an organization give there, each once, by name.
SELECT * FROM organization_scopes WHERE tenant_id = :tenant_id AND id IN (
    SELECT given.organization_scope_id
    FROM organization_user_roles AS held JOIN organization_role_scopes AS given
        ON given.tenant_id = held.tenant_id
        AND given.organization_role_id = held.organization_role_id
    WHERE held.tenant_id = :tenant_id AND held.organization_id = :organization_id
        AND held.user_id = :user_id)
ORDER BY name

-- name: organization_scopes.asked_by
-- Those that a third party's application may ask people for, by name.
SELECT organization_scopes.* FROM consent_organization_scopes AS asked
JOIN organization_scopes ON organization_scopes.tenant_id = asked.tenant_id
    AND organization_scopes.id = asked.organization_scope_id
WHERE asked.tenant_id = :tenant_id AND asked.application_id = :application_id
ORDER BY organization_scopes.name
