-- name: attempts.made
-- One attempt, as it ended, and what was decided then.
INSERT INTO attempts (tenant_id, message_id, number, connector_id, factory_id, started_at,
                      finished_at, outcome, disposition, provider_id, error, skipped, decision,
                      template, template_revision, connector_revision)
VALUES (:tenant_id, :message_id, :number, :connector_id, :factory_id, :started_at,
        :finished_at, :outcome, :disposition, :provider_id, :error, :skipped, :decision,
        :template, :template_revision, :connector_revision)
ON CONFLICT DO NOTHING

-- name: attempts.idle
-- A round in which no connector was tried. One row for all of a kind between two attempts: a message
-- that waits for its turn is looked at often.
INSERT INTO idle_rounds (tenant_id, message_id, after, waiting_for, skipped, first_at, last_at,
                         due_at, times)
VALUES (:tenant_id, :message_id, :after, :waiting_for, :skipped, :at, :at, :due_at, 1)
ON CONFLICT (tenant_id, message_id, after, waiting_for) DO UPDATE
SET skipped = excluded.skipped, last_at = excluded.last_at, due_at = excluded.due_at,
    times = idle_rounds.times + 1

-- name: attempts.of_message
-- A message's attempts in order.
SELECT * FROM attempts WHERE tenant_id = :tenant_id AND message_id = :message_id ORDER BY number

-- name: attempts.idle_of_message
-- Such rounds of a message, in order.
SELECT * FROM idle_rounds WHERE tenant_id = :tenant_id AND message_id = :message_id
ORDER BY first_at, waiting_for
