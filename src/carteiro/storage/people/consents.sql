-- name: consents.organization_scopes
-- The scopes inside organizations that an application may ask for, by id.
SELECT organization_scopes.* FROM consent_organization_scopes AS asked JOIN organization_scopes
    ON organization_scopes.tenant_id = asked.tenant_id
    AND organization_scopes.id = asked.organization_scope_id
WHERE asked.tenant_id = :tenant_id AND asked.application_id = :application_id
ORDER BY organization_scopes.id

-- name: consents.resource_scopes
-- The scopes of resources that an application may ask for, in its own name and inside
-- organizations; each with its resource, both by id.
SELECT asked.inside, scopes.id, scopes.name, scopes.description, scopes.resource_id,
    resources.name AS resource_name, resources.indicator
FROM (SELECT 0 AS inside, tenant_id, scope_id FROM consent_resource_scopes
      WHERE tenant_id = :tenant_id AND application_id = :application_id
      UNION ALL
      SELECT 1 AS inside, tenant_id, scope_id FROM consent_organization_resource_scopes
      WHERE tenant_id = :tenant_id AND application_id = :application_id) AS asked
JOIN scopes ON scopes.tenant_id = asked.tenant_id AND scopes.id = asked.scope_id
JOIN resources ON resources.tenant_id = scopes.tenant_id AND resources.id = scopes.resource_id
ORDER BY asked.inside, resources.id, scopes.id

-- name: consents.find_organizations
-- A part of the organizations whose member let an application in, newest first.
SELECT organizations.* FROM consent_organizations AS given JOIN organizations
    ON organizations.tenant_id = given.tenant_id AND organizations.id = given.organization_id
WHERE given.tenant_id = :tenant_id AND given.application_id = :application_id
    AND given.user_id = :user_id
ORDER BY organizations.created_at DESC, organizations.id LIMIT :page_size OFFSET :page_offset

-- name: consents.count_organizations
-- How many there are.
SELECT COUNT(*) AS total FROM consent_organizations
WHERE tenant_id = :tenant_id AND application_id = :application_id AND user_id = :user_id
