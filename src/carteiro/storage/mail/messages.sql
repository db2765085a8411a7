-- Statements that look a message up by its key write `state || ''` and `finished_at + 0`: else a
-- planner that has not counted the table yet takes an index of what is unfinished for cheaper than the
-- key, and reads all of it, for every message.

-- name: messages.create
-- A message on record, before anything is sent. The check "messages_suppressed" refuses one to an
-- address that bounced or complained.
INSERT INTO messages (tenant_id, id, type, mode, state, priority, owner, attempt_at, due_at,
                      recipient_hash, recipient_masked, language, language_reason, template,
                      template_revision, connector_id, payload_sealed, created_at, expires_at,
                      subject_kind, subject_id, suppressed_by)
VALUES (:tenant_id, :id, :type, :mode, :state, :priority, :owner, :attempt_at, :due_at,
        :recipient_hash, :recipient_masked, :language, :language_reason, :template,
        :template_revision, :connector_id, :payload_sealed, :created_at, :expires_at,
        :subject_kind, :subject_id,
        (SELECT reason FROM suppressions
         WHERE tenant_id = CAST(:tenant_id AS VARCHAR)
           AND recipient_hash = CAST(:recipient_hash AS VARCHAR)
           AND (expires_at IS NULL OR expires_at > CAST(:created_at AS BIGINT))))

-- name: messages.refused
-- A message that was never to be sent, on record as it ended.
INSERT INTO messages (tenant_id, id, type, mode, state, recipient_hash, recipient_masked, language,
                      language_reason, template, template_revision, connector_id, created_at,
                      expires_at, finished_at, failure)
VALUES (:tenant_id, :id, :type, :mode, 'cancelled', :recipient_hash, :recipient_masked, :language,
        :language_reason, :template, :template_revision, :connector_id, :created_at, :expires_at,
        :finished_at, :failure)

-- name: messages.sent
-- A provider has it; whoever had it in hand, a sent message is not sent again.
UPDATE messages
SET state = 'sent', finished_at = :finished_at, attempts = :attempts, connector_id = :connector_id,
    payload_sealed = NULL, owner = NULL, due_at = NULL, waiting_for = NULL
WHERE tenant_id = :tenant_id AND id = :id AND finished_at + 0 IS NULL

-- name: messages.finish
-- Another final state, by whoever has it in hand; what was sealed for another attempt is erased.
-- What it last waited for stays: it says why there was no attempt.
UPDATE messages
SET state = :state, finished_at = :finished_at, failure = :failure, attempts = :attempts,
    payload_sealed = NULL, owner = NULL, due_at = NULL
WHERE tenant_id = :tenant_id AND id = :id AND finished_at + 0 IS NULL AND owner = :owner

-- name: messages.later
-- Out of hand again, until a time.
UPDATE messages
SET state = 'queued', owner = NULL, due_at = :due_at, waiting_for = :waiting_for,
    attempts = :attempts
WHERE tenant_id = :tenant_id AND id = :id AND state || '' = 'sending' AND owner = :owner

-- name: messages.get
-- One message.
SELECT * FROM messages WHERE tenant_id = :tenant_id AND id = :id

-- name: messages.due
-- What may be sent now, in its order.
SELECT tenant_id, id FROM messages WHERE state = 'queued' AND due_at <= :now
ORDER BY priority DESC, created_at LIMIT :most

-- name: messages.next_due
-- When the next one that waits is due.
SELECT MIN(due_at) AS due_at FROM messages WHERE state = 'queued'

-- name: messages.orphans
-- What is in the hands of a process that is gone.
SELECT messages.* FROM messages LEFT JOIN processes ON processes.id = messages.owner
WHERE messages.state = 'sending' AND messages.attempt_at < :before
  AND (processes.id IS NULL OR processes.seen_at < :before OR messages.owner = :me)
LIMIT :batch

-- name: messages.adopt
-- Takes a message out of the hands of a process that is gone, once.
UPDATE messages SET owner = :owner, attempt_at = :now
WHERE tenant_id = :tenant_id AND id = :id AND state || '' = 'sending'
  AND (owner = :gone OR (owner IS NULL AND CAST(:gone AS VARCHAR) IS NULL))

-- name: messages.take
-- A waiting message, in hand before its time.
UPDATE messages SET state = 'sending', owner = :owner, attempt_at = :now
WHERE tenant_id = :tenant_id AND id = :id AND state || '' = 'queued'
RETURNING *

-- name: messages.void
-- What waits for a recipient is about nothing any more; whoever takes it in hand next ends it.
UPDATE messages SET subject_kind = 'void', subject_id = :reason
WHERE tenant_id = :tenant_id AND recipient_hash = :recipient_hash AND finished_at IS NULL

-- name: messages.expired
-- A batch of messages whose code died before they were handed over, and which nobody has in hand.
SELECT tenant_id, id FROM messages
WHERE state = 'queued' AND expires_at < :now LIMIT :batch

-- name: messages.hasten
-- A waiting message is due at once.
UPDATE messages SET due_at = :now, waiting_for = NULL
WHERE tenant_id = :tenant_id AND id = :id AND state || '' = 'queued'
RETURNING priority

-- name: messages.depth
-- What waits or is in hand, by tenant and state, with the oldest of each.
SELECT tenant_id, state, COUNT(*) AS total, MIN(created_at) AS oldest
FROM messages WHERE state IN ('queued', 'sending') GROUP BY tenant_id, state
ORDER BY tenant_id, state

-- name: messages.backlog
-- How many wait, how many are in hand, and since when the oldest that is due waits.
SELECT (SELECT COUNT(*) FROM messages WHERE state = 'queued') AS queued,
       (SELECT COUNT(*) FROM messages WHERE state = 'sending') AS sending,
       (SELECT MIN(due_at) FROM messages WHERE state = 'queued') AS oldest_due

-- name: messages.observed
-- What the provider says of a sent message; a later event never takes an earlier state back.
UPDATE messages SET state = :state
WHERE tenant_id = :tenant_id AND id = :id
  AND (state = 'sent' OR (state = 'delivered' AND CAST(:state AS VARCHAR) = 'bounced'))

-- name: messages.by_provider_id
-- Which message a provider's id is about; the connector tells two providers' ids apart.
SELECT messages.id, messages.type, messages.state, messages.recipient_hash,
       messages.recipient_masked
FROM attempts JOIN messages
  ON messages.tenant_id = attempts.tenant_id AND messages.id = attempts.message_id
WHERE attempts.tenant_id = :tenant_id AND attempts.provider_id = :provider_id
  AND attempts.connector_id = :connector_id
ORDER BY attempts.started_at DESC LIMIT 1

-- name: messages.discard
-- A batch of messages that ended before a time, with their attempts.
DELETE FROM messages WHERE (tenant_id, id) IN (
    SELECT tenant_id, id FROM messages
    WHERE finished_at IS NOT NULL AND id < :before AND created_at < :made_before LIMIT :batch)

-- name: messages.erase
-- Everything on record of a recipient's messages that have ended.
DELETE FROM messages
WHERE tenant_id = :tenant_id AND recipient_hash = :recipient_hash AND finished_at IS NOT NULL

-- name: messages.waiting_for
-- A recipient's messages that have not ended.
SELECT id FROM messages
WHERE tenant_id = :tenant_id AND recipient_hash = :recipient_hash AND finished_at IS NULL
