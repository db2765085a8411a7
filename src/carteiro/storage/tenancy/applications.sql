-- name: applications.create
-- A new application.
INSERT INTO applications (tenant_id, id, name, description, type, oidc_client_metadata,
                          custom_client_metadata, protected_app_metadata, custom_data,
                          is_third_party, app_level_access_control_enabled, created_at)
VALUES (:tenant_id, :id, :name, :description, :type, :oidc_client_metadata,
        :custom_client_metadata, :protected_app_metadata, :custom_data, :is_third_party,
        :app_level_access_control_enabled, :created_at)

-- name: applications.get
-- One application.
SELECT * FROM applications WHERE tenant_id = :tenant_id AND id = :id

-- name: applications.of_bearer
-- The application that an access token is for.
SELECT applications.* FROM oidc_tokens AS token
JOIN applications ON applications.tenant_id = token.tenant_id AND applications.id = token.client_id
WHERE token.tenant_id = :tenant_id AND token.value_hash = :value_hash AND token.kind = 'access'

-- name: applications.granted_by_bearer
-- The applications that the person let in whose access token somebody shows.
SELECT applications.* FROM applications WHERE (tenant_id, id) IN (
    SELECT grants.tenant_id, grants.client_id FROM oidc_tokens AS token
    JOIN grants ON grants.tenant_id = token.tenant_id AND grants.account_id = token.account_id
    WHERE token.tenant_id = :tenant_id AND token.value_hash = :value_hash
        AND token.kind = 'access')
LIMIT :most

-- name: applications.granted_by_person
-- The applications that a person let in.
SELECT applications.* FROM applications WHERE (tenant_id, id) IN (
    SELECT tenant_id, client_id FROM grants
    WHERE tenant_id = :tenant_id AND account_id = :account_id)
LIMIT :most

-- name: applications.look_of_bearer
-- How the pages of the application look that an access token is for, if it says so.
SELECT look.* FROM oidc_tokens AS token
JOIN application_sign_in_experiences AS look
    ON look.tenant_id = token.tenant_id AND look.application_id = token.client_id
WHERE token.tenant_id = :tenant_id AND token.value_hash = :value_hash AND token.kind = 'access'

-- name: applications.lock
-- One application as of now; nobody else changes it until this unit ends.
UPDATE applications SET id = id WHERE tenant_id = :tenant_id AND id = :id RETURNING *

-- name: applications.list
-- The tenant's applications, newest first.
SELECT * FROM applications WHERE tenant_id = :tenant_id ORDER BY created_at DESC, id

-- name: applications.update
-- The row as it is to be.
UPDATE applications SET name = :name, description = :description,
    oidc_client_metadata = :oidc_client_metadata, custom_client_metadata = :custom_client_metadata,
    protected_app_metadata = :protected_app_metadata, custom_data = :custom_data,
    app_level_access_control_enabled = :app_level_access_control_enabled
WHERE tenant_id = :tenant_id AND id = :id

-- name: applications.delete
-- An application with its secrets, its roles and its pages' settings.
DELETE FROM applications WHERE tenant_id = :tenant_id AND id = :id

-- name: applications.add_secret
-- A secret of an application; another of its name is refused.
INSERT INTO application_secrets (tenant_id, application_id, name, value_sealed, created_at,
                                 expires_at)
VALUES (:tenant_id, :application_id, :name, :value_sealed, :created_at, :expires_at)

-- name: applications.secrets
-- An application's secrets, also those that have expired.
SELECT * FROM application_secrets
WHERE tenant_id = :tenant_id AND application_id = :application_id ORDER BY created_at, name

-- name: applications.rename_secret
-- Another name for a secret; one that is taken is refused.
UPDATE application_secrets SET name = :new_name
WHERE tenant_id = :tenant_id AND application_id = :application_id AND name = :name
RETURNING *

-- name: applications.delete_secret
-- The secret opens nothing any more.
DELETE FROM application_secrets
WHERE tenant_id = :tenant_id AND application_id = :application_id AND name = :name

-- name: applications.sign_in_experience
-- How an application's pages look, if it says so.
SELECT * FROM application_sign_in_experiences
WHERE tenant_id = :tenant_id AND application_id = :application_id

-- name: applications.put_sign_in_experience
-- How an application's pages look from now on.
INSERT INTO application_sign_in_experiences (tenant_id, application_id, color, branding, custom_css,
                                             terms_of_use_url, privacy_policy_url, display_name)
VALUES (:tenant_id, :application_id, :color, :branding, :custom_css, :terms_of_use_url,
        :privacy_policy_url, :display_name)
ON CONFLICT (tenant_id, application_id) DO UPDATE SET
    color = excluded.color, branding = excluded.branding, custom_css = excluded.custom_css,
    terms_of_use_url = excluded.terms_of_use_url,
    privacy_policy_url = excluded.privacy_policy_url, display_name = excluded.display_name

-- name: applications.in_organization
-- A part of the applications of an organization that match, those that came last first.
SELECT applications.* FROM organization_applications JOIN applications
    ON applications.tenant_id = organization_applications.tenant_id
    AND applications.id = organization_applications.application_id
WHERE organization_applications.tenant_id = :tenant_id
    AND organization_applications.organization_id = :organization_id
    AND (CAST(:q AS VARCHAR) IS NULL OR lower(applications.id) LIKE :q ESCAPE '!'
        OR lower(applications.name) LIKE :q ESCAPE '!'
        OR lower(applications.description) LIKE :q ESCAPE '!')
ORDER BY organization_applications.created_at DESC, applications.id
LIMIT :page_size OFFSET :page_offset

-- name: applications.count_in_organization
-- How many applications match.
SELECT COUNT(*) AS total FROM organization_applications JOIN applications
    ON applications.tenant_id = organization_applications.tenant_id
    AND applications.id = organization_applications.application_id
WHERE organization_applications.tenant_id = :tenant_id
    AND organization_applications.organization_id = :organization_id
    AND (CAST(:q AS VARCHAR) IS NULL OR lower(applications.id) LIKE :q ESCAPE '!'
        OR lower(applications.name) LIKE :q ESCAPE '!'
        OR lower(applications.description) LIKE :q ESCAPE '!')
