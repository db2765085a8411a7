-- name: keys.list
-- The keys that this database knows, in the order in which it met them.
SELECT id, fingerprint, state, since FROM secret_keys ORDER BY since, id

-- name: keys.know
-- A key is known from now on; one that is known already stays as it is.
INSERT INTO secret_keys (id, fingerprint, state, since) VALUES (:id, :fingerprint, :state, :now)
ON CONFLICT DO NOTHING

-- name: keys.take_turn
-- Whoever changes which key seals and whoever begins to hold keys go one after the other.
UPDATE secret_keys SET since = since WHERE state = 'seals'

-- name: keys.step_back
-- The key that seals only opens from now on.
UPDATE secret_keys SET state = 'sealed', since = :now WHERE state = 'seals' AND id <> :id

-- name: keys.step_forward
-- A key that opens seals from now on.
UPDATE secret_keys SET state = 'seals', since = :now WHERE id = :id AND state IN ('opens', 'sealed')

-- name: keys.retire
-- Nothing is sealed with a key any more, and nothing will be.
UPDATE secret_keys SET state = 'retired', since = :now
WHERE id = :id AND state IN ('opens', 'sealed')

-- name: keys.secret
-- A secret of the deployment itself.
SELECT value_sealed FROM deployment_secrets WHERE name = :name

-- name: keys.keep_secret
-- The first one that is stored stays.
INSERT INTO deployment_secrets (name, value_sealed) VALUES (:name, :value_sealed)
ON CONFLICT DO NOTHING

-- name: keys.is_begun
-- Whether the database has served before.
SELECT 1 AS there FROM tenants LIMIT 1

-- name: keys.held
-- A process lives, has these keys and seals with one of them.
INSERT INTO key_holders (id, kind, host, pid, key_ids, sealing, seen_at)
VALUES (:id, :kind, :host, :pid, :key_ids, :sealing, :now)
ON CONFLICT (id) DO UPDATE SET sealing = excluded.sealing, seen_at = excluded.seen_at

-- name: keys.let_go
-- A process ends in good order.
DELETE FROM key_holders WHERE id = :id

-- name: keys.holders
-- The processes that were seen since a time.
SELECT * FROM key_holders WHERE seen_at >= :since ORDER BY host, pid

-- name: keys.forget_holders
-- Processes that ended long ago, without a word.
DELETE FROM key_holders WHERE seen_at < :before

-- name: keys.codes
-- How many codes were hashed with each key since a time, and when the last one was.
SELECT key_id, COUNT(*) AS total, MAX(created_at) AS last_at FROM codes
WHERE created_at >= :since GROUP BY key_id
