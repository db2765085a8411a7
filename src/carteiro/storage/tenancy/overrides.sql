-- name: overrides.digest
-- Every override of a tenant but for its templates: a small row for each owner.
SELECT * FROM mail_overrides WHERE tenant_id = :tenant_id

-- name: overrides.find
-- A page of them, in the order in which they were made.
SELECT * FROM mail_overrides WHERE tenant_id = :tenant_id
ORDER BY created_at, id LIMIT :page_size OFFSET :page_offset

-- name: overrides.count
-- How many there are.
SELECT COUNT(*) AS total FROM mail_overrides WHERE tenant_id = :tenant_id

-- name: overrides.of_organization
-- The one of an organization.
SELECT * FROM mail_overrides WHERE tenant_id = :tenant_id AND organization_id = :owner_id

-- name: overrides.of_application
-- The one of an application.
SELECT * FROM mail_overrides WHERE tenant_id = :tenant_id AND application_id = :owner_id

-- name: overrides.create
-- One more; the constraints refuse a second of an owner, and an owner that is not there.
INSERT INTO mail_overrides (tenant_id, id, organization_id, application_id, connector_id,
                            from_name, reply_to, created_at)
VALUES (:tenant_id, :id, :organization_id, :application_id, :connector_id, :from_name, :reply_to,
        :created_at)

-- name: overrides.update
-- Another sender.
UPDATE mail_overrides
SET connector_id = :connector_id, from_name = :from_name, reply_to = :reply_to
WHERE tenant_id = :tenant_id AND id = :id

-- name: overrides.delete
-- One with its templates.
DELETE FROM mail_overrides WHERE tenant_id = :tenant_id AND id = :id

-- name: overrides.users_of
-- How many send through a connector.
SELECT COUNT(*) AS total FROM mail_overrides
WHERE tenant_id = :tenant_id AND connector_id = :connector_id

-- name: overrides.repoint
-- Those that send through a connector send through another one; null is the next level's.
UPDATE mail_overrides SET connector_id = :by
WHERE tenant_id = :tenant_id AND connector_id = :connector_id

-- name: overrides.template_keys
-- Which templates an override has, without their content.
SELECT id, language_tag, template_type FROM mail_override_templates
WHERE tenant_id = :tenant_id AND override_id = :override_id

-- name: overrides.templates
-- An override's templates by language and type.
SELECT * FROM mail_override_templates
WHERE tenant_id = :tenant_id AND override_id = :override_id
ORDER BY language_tag, template_type

-- name: overrides.count_templates
-- How many templates an override has.
SELECT COUNT(*) AS total FROM mail_override_templates
WHERE tenant_id = :tenant_id AND override_id = :override_id

-- name: overrides.all_templates
-- The templates of all overrides of a tenant.
SELECT * FROM mail_override_templates WHERE tenant_id = :tenant_id
ORDER BY override_id, language_tag, template_type

-- name: overrides.template
-- One template.
SELECT * FROM mail_override_templates WHERE tenant_id = :tenant_id AND id = :id

-- name: overrides.put_template
-- An override's template for a language and a type; id and creation time of an older one stay.
INSERT INTO mail_override_templates (tenant_id, id, override_id, language_tag, template_type,
                                     details, created_at)
VALUES (:tenant_id, :id, :override_id, :language_tag, :template_type, :details, :created_at)
ON CONFLICT (tenant_id, override_id, language_tag, template_type)
DO UPDATE SET details = excluded.details
RETURNING *

-- name: overrides.delete_template
-- One template of an override.
DELETE FROM mail_override_templates
WHERE tenant_id = :tenant_id AND override_id = :override_id AND id = :id
