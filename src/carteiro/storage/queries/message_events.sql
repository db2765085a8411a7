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
