-- Their contents stand in "template_revisions": a template is live as long as it points to one.
-- "owner" is empty for the tenant's own, else it follows from whose they are.

-- name: templates.publish
-- A set's template for a language and a type points to a new revision; its id stays, and so does
-- its creation time unless it was not live.
INSERT INTO email_templates (tenant_id, id, organization_id, application_id, language_tag,
                             template_type, created_at, revision, latest)
VALUES (:tenant_id, :id, :organization_id, :application_id, :language_tag, :template_type,
        :created_at, 1, 1)
ON CONFLICT (tenant_id, owner, language_tag, template_type) DO UPDATE SET
    revision = email_templates.latest + 1, latest = email_templates.latest + 1,
    created_at = CASE WHEN email_templates.revision IS NULL THEN excluded.created_at
                      ELSE email_templates.created_at END
RETURNING *

-- name: templates.publish_new
-- The same unless one is live.
INSERT INTO email_templates (tenant_id, id, organization_id, application_id, language_tag,
                             template_type, created_at, revision, latest)
VALUES (:tenant_id, :id, :organization_id, :application_id, :language_tag, :template_type,
        :created_at, 1, 1)
ON CONFLICT (tenant_id, owner, language_tag, template_type) DO UPDATE SET
    revision = email_templates.latest + 1, latest = email_templates.latest + 1,
    created_at = excluded.created_at
WHERE email_templates.revision IS NULL
RETURNING *

-- name: templates.publish_again
-- A known template points to a new revision.
UPDATE email_templates SET revision = latest + 1, latest = latest + 1,
    created_at = CASE WHEN revision IS NULL THEN CAST(:created_at AS BIGINT) ELSE created_at END
WHERE tenant_id = :tenant_id AND owner = :owner AND id = :id
RETURNING *

-- name: templates.reserve
-- A place for a language and a type that is not live yet, or the one that is there.
INSERT INTO email_templates (tenant_id, id, organization_id, application_id, language_tag,
                             template_type, created_at, revision, latest)
VALUES (:tenant_id, :id, :organization_id, :application_id, :language_tag, :template_type,
        :created_at, NULL, 0)
ON CONFLICT (tenant_id, owner, language_tag, template_type) DO UPDATE SET latest = email_templates.latest
RETURNING *

-- name: templates.lock
-- A template, live or not; whoever changes it next waits.
UPDATE email_templates SET latest = latest
WHERE tenant_id = :tenant_id AND owner = :owner AND id = :id
RETURNING *

-- name: templates.place
-- A template, live or not, without its content.
SELECT * FROM email_templates
WHERE tenant_id = :tenant_id AND owner = :owner AND id = :id

-- name: templates.retract
-- A template is not live any more: it points nowhere, and its next revision says so.
UPDATE email_templates SET revision = NULL, latest = latest + 1
WHERE tenant_id = :tenant_id AND owner = :owner AND id = :id AND revision IS NOT NULL
RETURNING *

-- name: templates.list
-- A set's live templates by language and type; an argument that is null does not filter.
SELECT email_templates.*, template_revisions.details
FROM email_templates JOIN template_revisions
  ON template_revisions.tenant_id = email_templates.tenant_id
 AND template_revisions.template_id = email_templates.id
 AND template_revisions.number = email_templates.revision
WHERE email_templates.tenant_id = :tenant_id AND owner = :owner
    AND (CAST(:language_tag AS VARCHAR) IS NULL OR language_tag = :language_tag)
    AND (CAST(:template_type AS VARCHAR) IS NULL OR template_type = :template_type)
ORDER BY language_tag, template_type

-- name: templates.keys
-- What of a set is live, without its content.
SELECT id, language_tag, template_type, revision FROM email_templates
WHERE tenant_id = :tenant_id AND owner = :owner AND revision IS NOT NULL

-- name: templates.owned
-- The live templates of all organizations and applications.
SELECT email_templates.*, template_revisions.details
FROM email_templates JOIN template_revisions
  ON template_revisions.tenant_id = email_templates.tenant_id
 AND template_revisions.template_id = email_templates.id
 AND template_revisions.number = email_templates.revision
WHERE email_templates.tenant_id = :tenant_id AND owner > ''
ORDER BY owner, language_tag, template_type

-- name: templates.count
-- How many of a set are live or have a draft.
SELECT COUNT(*) AS total FROM email_templates
WHERE tenant_id = :tenant_id AND owner = :owner
  AND (revision IS NOT NULL
       OR EXISTS (SELECT 1 FROM template_revisions
                  WHERE template_revisions.tenant_id = email_templates.tenant_id
                    AND template_revisions.template_id = email_templates.id
                    AND template_revisions.number = 0))

-- name: templates.serving
-- One live template, whoever's it is.
SELECT email_templates.*, template_revisions.details
FROM email_templates JOIN template_revisions
  ON template_revisions.tenant_id = email_templates.tenant_id
 AND template_revisions.template_id = email_templates.id
 AND template_revisions.number = email_templates.revision
WHERE email_templates.tenant_id = :tenant_id AND email_templates.id = :id

-- name: templates.anybodys
-- A template, live or not, whoever's it is, without its content.
SELECT * FROM email_templates WHERE tenant_id = :tenant_id AND id = :id

-- name: templates.get
-- One live template of a set.
SELECT email_templates.*, template_revisions.details
FROM email_templates JOIN template_revisions
  ON template_revisions.tenant_id = email_templates.tenant_id
 AND template_revisions.template_id = email_templates.id
 AND template_revisions.number = email_templates.revision
WHERE email_templates.tenant_id = :tenant_id AND owner = :owner AND email_templates.id = :id

-- name: templates.histories
-- Every template of a set, live or not, by language and type, and whether it has a draft.
SELECT email_templates.*,
       EXISTS (SELECT 1 FROM template_revisions
               WHERE template_revisions.tenant_id = email_templates.tenant_id
                 AND template_revisions.template_id = email_templates.id
                 AND template_revisions.number = 0) AS has_draft
FROM email_templates
WHERE tenant_id = :tenant_id AND owner = :owner
    AND (CAST(:language_tag AS VARCHAR) IS NULL OR language_tag = :language_tag)
    AND (CAST(:template_type AS VARCHAR) IS NULL OR template_type = :template_type)
ORDER BY language_tag, template_type
LIMIT CAST(:page_size AS BIGINT) OFFSET CAST(:page_offset AS BIGINT)

-- name: templates.count_histories
-- How many templates of a set there are, live or not.
SELECT COUNT(*) AS total FROM email_templates
WHERE tenant_id = :tenant_id AND owner = :owner
    AND (CAST(:language_tag AS VARCHAR) IS NULL OR language_tag = :language_tag)
    AND (CAST(:template_type AS VARCHAR) IS NULL OR template_type = :template_type)

-- name: templates.drop_unpublished
-- A template that was never live goes with its draft.
DELETE FROM email_templates WHERE tenant_id = :tenant_id AND id = :id AND latest = 0

-- name: templates.discard
-- A batch of templates that were deleted before a time, with their history.
DELETE FROM email_templates WHERE (tenant_id, id) IN (
    SELECT gone.tenant_id, gone.id
    FROM email_templates AS gone JOIN template_revisions
      ON template_revisions.tenant_id = gone.tenant_id
     AND template_revisions.template_id = gone.id
     AND template_revisions.number = gone.latest
    WHERE gone.revision IS NULL AND gone.latest > 0 AND template_revisions.created_at < :before
      AND NOT EXISTS (SELECT 1 FROM template_revisions AS draft
                      WHERE draft.tenant_id = gone.tenant_id AND draft.template_id = gone.id
                        AND draft.number = 0)
    LIMIT :batch)
