-- name: templates.upsert
-- The tenant's template for a language and a type; id and creation time of an older one stay.
INSERT INTO email_templates (tenant_id, id, language_tag, template_type, details, created_at)
VALUES (:tenant_id, :id, :language_tag, :template_type, :details, :created_at)
ON CONFLICT (tenant_id, language_tag, template_type) DO UPDATE SET details = excluded.details
RETURNING *

-- name: templates.create
-- A template for a language and a type that have none.
INSERT INTO email_templates (tenant_id, id, language_tag, template_type, details, created_at)
VALUES (:tenant_id, :id, :language_tag, :template_type, :details, :created_at)
ON CONFLICT (tenant_id, language_tag, template_type) DO NOTHING
RETURNING *

-- name: templates.list
-- Templates by language and type; an argument that is null does not filter.
SELECT * FROM email_templates
WHERE tenant_id = :tenant_id
    AND (CAST(:language_tag AS VARCHAR) IS NULL OR language_tag = :language_tag)
    AND (CAST(:template_type AS VARCHAR) IS NULL OR template_type = :template_type)
ORDER BY language_tag, template_type

-- name: templates.keys
-- What there is, without its content.
SELECT id, language_tag, template_type FROM email_templates WHERE tenant_id = :tenant_id

-- name: templates.get
-- One template.
SELECT * FROM email_templates WHERE tenant_id = :tenant_id AND id = :id

-- name: templates.update_details
-- New words for a template.
UPDATE email_templates SET details = :details
WHERE tenant_id = :tenant_id AND id = :id
RETURNING *

-- name: templates.delete
-- One template.
DELETE FROM email_templates WHERE tenant_id = :tenant_id AND id = :id

-- name: templates.delete_many
-- All templates that match; an argument that is null does not filter.
DELETE FROM email_templates
WHERE tenant_id = :tenant_id
    AND (CAST(:language_tag AS VARCHAR) IS NULL OR language_tag = :language_tag)
    AND (CAST(:template_type AS VARCHAR) IS NULL OR template_type = :template_type)
