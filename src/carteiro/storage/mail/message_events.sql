-- name: message_events.add
-- What a provider says of a message, once.
INSERT INTO message_events (tenant_id, connector_id, id, message_id, provider_id, type, reason,
                            recipient_hash, recipient_masked, detail, occurred_at, received_at)
VALUES (:tenant_id, :connector_id, :id, :message_id, :provider_id, :type, :reason, :recipient_hash,
        :recipient_masked, :detail, :occurred_at, :received_at)
ON CONFLICT (tenant_id, connector_id, id) DO NOTHING
RETURNING id

-- name: message_events.list
-- What is known of a message, in the order in which it happened.
SELECT * FROM message_events WHERE tenant_id = :tenant_id AND message_id = :message_id
ORDER BY occurred_at, id

-- name: message_events.discard
-- A batch of events that are older than anybody keeps them.
DELETE FROM message_events WHERE (tenant_id, connector_id, id) IN (
    SELECT tenant_id, connector_id, id FROM message_events WHERE received_at < :before LIMIT :batch)

-- name: message_events.unmatched
-- Events that came before the message they are about was on record as sent.
SELECT message_events.*, attempts.message_id AS found_id
FROM message_events JOIN attempts
  ON attempts.tenant_id = message_events.tenant_id
 AND attempts.provider_id = message_events.provider_id
 AND attempts.connector_id = message_events.connector_id
WHERE message_events.message_id IS NULL AND message_events.received_at > :since
ORDER BY message_events.occurred_at LIMIT :batch

-- name: message_events.match
-- Which message an event is about.
UPDATE message_events SET message_id = :message_id
WHERE tenant_id = :tenant_id AND connector_id = :connector_id AND id = :id AND message_id IS NULL

-- name: message_events.erase
-- Everything that providers told of a recipient.
DELETE FROM message_events WHERE tenant_id = :tenant_id AND recipient_hash = :recipient_hash
