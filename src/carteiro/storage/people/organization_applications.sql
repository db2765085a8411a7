-- name: organization_applications.has
-- Whether an application belongs to an organization.
SELECT 1 AS there FROM organization_applications
WHERE tenant_id = :tenant_id AND organization_id = :organization_id
    AND application_id = :application_id

-- name: organization_applications.roles
-- The roles that an application has in an organization, by name.
SELECT organization_roles.*
FROM organization_application_roles AS held JOIN organization_roles
    ON organization_roles.tenant_id = held.tenant_id
    AND organization_roles.id = held.organization_role_id
WHERE held.tenant_id = :tenant_id AND held.organization_id = :organization_id
    AND held.application_id = :application_id
ORDER BY organization_roles.name

-- name: organization_applications.organizations
-- The organizations that an application belongs to.
SELECT organizations.* FROM organizations JOIN organization_applications
    ON organization_applications.tenant_id = organizations.tenant_id
    AND organization_applications.organization_id = organizations.id
WHERE organization_applications.tenant_id = :tenant_id
    AND organization_applications.application_id = :application_id
ORDER BY organizations.created_at DESC, organizations.id
