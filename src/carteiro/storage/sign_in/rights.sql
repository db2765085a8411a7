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
