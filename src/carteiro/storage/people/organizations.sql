-- name: organizations.create
-- A new organization.
INSERT INTO organizations (tenant_id, id, name, description, custom_data, is_mfa_required, color,
                           branding, custom_css, created_at)
VALUES (:tenant_id, :id, :name, :description, :custom_data, :is_mfa_required, :color, :branding,
        :custom_css, :created_at)

-- name: organizations.get
-- One organization.
SELECT * FROM organizations WHERE tenant_id = :tenant_id AND id = :id

-- name: organizations.lock
-- One organization as of now; nobody else changes it or its members until this unit ends.
UPDATE organizations SET id = id WHERE tenant_id = :tenant_id AND id = :id RETURNING *

-- name: organizations.find
-- A part of the organizations whose id or name holds a text, newest first.
SELECT * FROM organizations
WHERE tenant_id = :tenant_id
    AND (CAST(:q AS VARCHAR) IS NULL OR lower(id) LIKE :q ESCAPE '!' OR lower(name) LIKE :q ESCAPE '!')
ORDER BY created_at DESC, id LIMIT :page_size OFFSET :page_offset

-- name: organizations.count_found
-- How many there are.
SELECT COUNT(*) AS total FROM organizations
WHERE tenant_id = :tenant_id
    AND (CAST(:q AS VARCHAR) IS NULL OR lower(id) LIKE :q ESCAPE '!' OR lower(name) LIKE :q ESCAPE '!')

-- name: organizations.update
-- The row as it is to be.
UPDATE organizations SET name = :name, description = :description, custom_data = :custom_data,
    is_mfa_required = :is_mfa_required, color = :color, branding = :branding,
    custom_css = :custom_css
WHERE tenant_id = :tenant_id AND id = :id

-- name: organizations.delete
-- An organization, and with it its members' places, its invitations and domains.
DELETE FROM organizations WHERE tenant_id = :tenant_id AND id = :id

-- name: organizations.of_user
-- The organizations that somebody belongs to.
SELECT organizations.* FROM organizations JOIN organization_users
    ON organization_users.tenant_id = organizations.tenant_id
    AND organization_users.organization_id = organizations.id
WHERE organization_users.tenant_id = :tenant_id AND organization_users.user_id = :user_id
ORDER BY organizations.created_at DESC, organizations.id

-- name: organizations.domains
-- The domains whose people join by themselves.
SELECT email_domain FROM organization_jit_email_domains
WHERE tenant_id = :tenant_id AND organization_id = :organization_id ORDER BY email_domain

-- name: organizations.add_domain
-- One more domain.
INSERT INTO organization_jit_email_domains (tenant_id, organization_id, email_domain, domain_key)
VALUES (:tenant_id, :organization_id, :email_domain, :domain_key)

-- name: organizations.remove_domain
-- One domain less.
DELETE FROM organization_jit_email_domains
WHERE tenant_id = :tenant_id AND organization_id = :organization_id
    AND (domain_key = :domain_key OR email_domain = :email_domain)

-- name: organizations.by_domain
-- The organizations that people with an address of this domain join by themselves.
SELECT DISTINCT organization_id FROM organization_jit_email_domains
WHERE tenant_id = :tenant_id AND domain_key = :domain_key ORDER BY organization_id
