-- name: messages.create
-- A message on record, before anything is sent.
INSERT INTO messages (tenant_id, id, type, state, recipient_hash, recipient_masked, language,
                      language_reason, template, connector_id, payload_sealed, created_at,
                      expires_at)
VALUES (:tenant_id, :id, :type, :state, :recipient_hash, :recipient_masked, :language,
        :language_reason, :template, :connector_id, :payload_sealed, :created_at, :expires_at)

-- name: messages.finish
-- The final state; what was sealed for another attempt is erased. A final state stays.
UPDATE messages
SET state = :state, finished_at = :finished_at, failure = :failure, payload_sealed = NULL
WHERE tenant_id = :tenant_id AND id = :id AND finished_at IS NULL

-- name: messages.attempt
-- One attempt, as it ended.
INSERT INTO attempts (tenant_id, message_id, number, connector_id, factory_id, started_at,
                      finished_at, outcome, disposition, provider_id, error)
VALUES (:tenant_id, :message_id, :number, :connector_id, :factory_id, :started_at,
        :finished_at, :outcome, :disposition, :provider_id, :error)

-- name: messages.get
-- One message.
SELECT * FROM messages WHERE tenant_id = :tenant_id AND id = :id

-- name: messages.attempts
-- A message's attempts in order.
SELECT * FROM attempts WHERE tenant_id = :tenant_id AND message_id = :message_id ORDER BY number

-- name: messages.cancel_expired
-- A batch of messages whose code died before they were handed over.
UPDATE messages
SET state = 'cancelled', finished_at = :now, failure = 'expired', payload_sealed = NULL
WHERE (tenant_id, id) IN (
    SELECT tenant_id, id FROM messages
    WHERE finished_at IS NULL AND expires_at < :now LIMIT :batch)
