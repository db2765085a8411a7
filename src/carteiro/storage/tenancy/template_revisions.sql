-- name: template_revisions.create
-- A revision, which nothing changes from now on; without details it says that nothing is live.
INSERT INTO template_revisions (tenant_id, template_id, number, details, application_id, user_id,
                                note, restores, created_at)
VALUES (:tenant_id, :template_id, :number, :details, :application_id, :user_id, :note, :restores,
        :created_at)

-- name: template_revisions.prune
-- All but so many of the newest revisions go; the draft, number 0, stays.
DELETE FROM template_revisions
WHERE tenant_id = :tenant_id AND template_id = :template_id
  AND number BETWEEN 1 AND CAST(:number AS INTEGER) - CAST(:keep AS INTEGER)

-- name: template_revisions.save_draft
-- The template's one draft, and which revision was the newest when it was saved.
INSERT INTO template_revisions (tenant_id, template_id, number, details, application_id, user_id,
                                note, based_on, created_at)
VALUES (:tenant_id, :template_id, 0, :details, :application_id, :user_id, :note, :based_on,
        :created_at)
ON CONFLICT (tenant_id, template_id, number) DO UPDATE SET
    details = excluded.details, application_id = excluded.application_id,
    user_id = excluded.user_id, note = excluded.note, based_on = excluded.based_on,
    created_at = excluded.created_at

-- name: template_revisions.drop_draft
-- The template has no draft any more.
DELETE FROM template_revisions
WHERE tenant_id = :tenant_id AND template_id = :template_id AND number = 0

-- name: template_revisions.get
-- One revision, or the draft, with its content.
SELECT template_revisions.*, details IS NULL AS deleted FROM template_revisions
WHERE tenant_id = :tenant_id AND template_id = :template_id AND number = :number

-- name: template_revisions.list
-- The revisions of a template, newest first, without their contents.
SELECT number, application_id, user_id, note, restores, based_on, created_at,
       details IS NULL AS deleted
FROM template_revisions
WHERE tenant_id = :tenant_id AND template_id = :template_id AND number > 0
ORDER BY number DESC
LIMIT CAST(:page_size AS BIGINT) OFFSET CAST(:page_offset AS BIGINT)

-- name: template_revisions.count
-- How many revisions of a template are kept.
SELECT COUNT(*) AS total FROM template_revisions
WHERE tenant_id = :tenant_id AND template_id = :template_id AND number > 0
