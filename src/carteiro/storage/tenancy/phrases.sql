-- name: phrases.list
-- The tenant's own languages by tag.
SELECT * FROM custom_phrases WHERE tenant_id = :tenant_id ORDER BY language_tag

-- name: phrases.get
-- One of them.
SELECT * FROM custom_phrases WHERE tenant_id = :tenant_id AND language_tag = :language_tag

-- name: phrases.upsert
-- Adds a language or replaces its texts.
INSERT INTO custom_phrases (tenant_id, id, language_tag, translation)
VALUES (:tenant_id, :id, :language_tag, :translation)
ON CONFLICT (tenant_id, language_tag) DO UPDATE SET translation = excluded.translation
RETURNING *

-- name: phrases.delete
-- Takes a language out.
DELETE FROM custom_phrases WHERE tenant_id = :tenant_id AND language_tag = :language_tag
