-- name: notices.take
-- The recipient's turn for a kind of notice, taken by this message unless another has had it lately.
-- Two at once wait for each other at the row, so one of them finds it taken.
INSERT INTO notices (tenant_id, recipient_hash, type, message_id, last_at)
VALUES (:tenant_id, :recipient_hash, :type, :message_id, :now)
ON CONFLICT (tenant_id, recipient_hash, type) DO UPDATE SET
    message_id = excluded.message_id, last_at = excluded.last_at
WHERE notices.last_at <= CAST(:since AS BIGINT)

-- name: notices.create
-- A notice waits to be sent. It never refuses what it commits with: whether its address gets mail,
-- and whether it has its turn, is looked at when it is taken in hand.
INSERT INTO messages (tenant_id, id, type, mode, state, priority, due_at, recipient_hash,
                      recipient_masked, language, language_reason, template, template_revision,
                      connector_id, payload_sealed, created_at, subject_kind, subject_id)
VALUES (:tenant_id, :id, :type, 'queued', 'queued', :priority, :created_at, :recipient_hash,
        :recipient_masked, :language, :language_reason, :template, :template_revision,
        :connector_id, :payload_sealed, :created_at, 'notice', :type)

-- name: notices.clear
-- The recipient has been told nothing.
DELETE FROM notices WHERE tenant_id = :tenant_id AND recipient_hash = :recipient_hash

-- name: notices.discard
-- A batch of turns that nobody waits for any more.
DELETE FROM notices WHERE (tenant_id, recipient_hash, type) IN (
    SELECT tenant_id, recipient_hash, type FROM notices WHERE last_at < :before LIMIT :batch)
