-- name: rights.on_resource
-- A resource by its indicator, with each scope that a person's roles give on it: their own, and
-- those in one organization, or in every one where none is named.
SELECT resources.access_token_ttl, scopes.name AS scope
FROM resources LEFT JOIN scopes
    ON scopes.tenant_id = resources.tenant_id AND scopes.resource_id = resources.id
    AND scopes.id IN (
        SELECT given.scope_id FROM user_roles AS held JOIN role_scopes AS given
            ON given.tenant_id = held.tenant_id AND given.role_id = held.role_id
        WHERE held.tenant_id = :tenant_id AND held.user_id = :user_id
        UNION ALL
        SELECT given.scope_id FROM organization_user_roles AS held
        JOIN organization_role_resource_scopes AS given
            ON given.tenant_id = held.tenant_id
            AND given.organization_role_id = held.organization_role_id
        WHERE held.tenant_id = :tenant_id AND held.user_id = :user_id
            AND (CAST(:organization_id AS VARCHAR) IS NULL
                OR held.organization_id = :organization_id))
WHERE resources.tenant_id = :tenant_id AND resources.indicator = :indicator

-- name: rights.role_names
-- The names of a person's own roles.
SELECT roles.name FROM user_roles AS held JOIN roles
    ON roles.tenant_id = held.tenant_id AND roles.id = held.role_id
WHERE held.tenant_id = :tenant_id AND held.user_id = :user_id ORDER BY roles.name

-- name: rights.belongings
-- Where a person belongs, once for each role that they have there, or once without any.
SELECT organizations.id, organizations.name, organizations.description,
    organization_roles.name AS role
FROM organization_users AS member
JOIN organizations ON organizations.tenant_id = member.tenant_id
    AND organizations.id = member.organization_id
LEFT JOIN organization_user_roles AS held ON held.tenant_id = member.tenant_id
    AND held.organization_id = member.organization_id AND held.user_id = member.user_id
LEFT JOIN organization_roles ON organization_roles.tenant_id = held.tenant_id
    AND organization_roles.id = held.organization_role_id
WHERE member.tenant_id = :tenant_id AND member.user_id = :user_id
ORDER BY organizations.id, organization_roles.name LIMIT :most

-- name: rights.scopes_of_resource
-- A resource's scopes, by name.
SELECT scopes.id, scopes.name, scopes.description, resources.id AS resource_id,
    resources.name AS resource_name
FROM resources JOIN scopes
    ON scopes.tenant_id = resources.tenant_id AND scopes.resource_id = resources.id
WHERE resources.tenant_id = :tenant_id AND resources.indicator = :indicator
ORDER BY scopes.name
