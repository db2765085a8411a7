-- name: browsers.owned
-- The browser among these in which the person signed in last, if there is one.
SELECT known_browsers.browser_hash FROM known_browsers
JOIN users ON users.tenant_id = known_browsers.tenant_id AND users.id = known_browsers.user_id
WHERE known_browsers.tenant_id = :tenant_id
    AND known_browsers.browser_hash IN (:first, :second, :third, :fourth, :fifth)
    AND known_browsers.seen_at > :since
    AND (users.id = :user_id OR users.email_key = :email_key
         OR users.primary_phone IN (:phone, :other_phone)
         OR users.username = :username OR users.username_lower = :username_lower)
ORDER BY known_browsers.seen_at DESC, known_browsers.browser_hash LIMIT 1

-- name: browsers.held
-- Whose these browsers are, the last used first.
SELECT browser_hash, user_id FROM known_browsers
WHERE tenant_id = :tenant_id AND browser_hash IN (:first, :second, :third, :fourth, :fifth)
    AND seen_at > :since
ORDER BY seen_at DESC, browser_hash

-- name: browsers.of_person
-- The browsers of whoever is identified by any of these.
SELECT known_browsers.browser_hash FROM users
JOIN known_browsers ON known_browsers.tenant_id = users.tenant_id
    AND known_browsers.user_id = users.id
WHERE users.tenant_id = :tenant_id
    AND (users.id = :user_id OR users.email_key = :email_key
         OR users.primary_phone IN (:phone, :other_phone)
         OR users.username = :username OR users.username_lower = :username_lower)
ORDER BY known_browsers.browser_hash

-- name: browsers.remember
-- A person signed in here.
INSERT INTO known_browsers (tenant_id, browser_hash, user_id, seen_at)
VALUES (:tenant_id, :browser_hash, :user_id, :now)
ON CONFLICT (tenant_id, browser_hash) DO UPDATE SET seen_at = excluded.seen_at
WHERE known_browsers.user_id = excluded.user_id

-- name: browsers.trim
-- A person's browsers beyond the last so many are forgotten. The one that is being remembered in the
-- same moment is not among those that are counted.
DELETE FROM known_browsers WHERE tenant_id = :tenant_id AND browser_hash IN (
    SELECT browser_hash FROM known_browsers
    WHERE tenant_id = :tenant_id AND user_id = :user_id AND browser_hash <> :beside
    ORDER BY seen_at DESC, browser_hash LIMIT 1000 OFFSET :kept)

-- name: browsers.discard
-- A batch of browsers in which nobody signed in for long.
DELETE FROM known_browsers WHERE (tenant_id, browser_hash) IN (
    SELECT tenant_id, browser_hash FROM known_browsers WHERE seen_at < :before LIMIT :batch)
