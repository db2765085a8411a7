-- name: applications.create
-- A new application.
INSERT INTO applications (tenant_id, id, name, description, type, is_admin, custom_data, created_at)
VALUES (:tenant_id, :id, :name, NULL, :type, :is_admin, '{}', :created_at)

-- name: applications.get
-- One application.
SELECT * FROM applications WHERE tenant_id = :tenant_id AND id = :id

-- name: applications.list
-- The tenant's applications, newest first.
SELECT * FROM applications WHERE tenant_id = :tenant_id ORDER BY created_at DESC, id

-- name: applications.add_secret
-- A secret of an application.
INSERT INTO application_secrets (tenant_id, application_id, name, value_sealed, created_at,
                                 expires_at)
VALUES (:tenant_id, :application_id, :name, :value_sealed, :created_at, :expires_at)

-- name: applications.secrets
-- An application's secrets, also those that have expired.
SELECT * FROM application_secrets
WHERE tenant_id = :tenant_id AND application_id = :application_id ORDER BY created_at, name
