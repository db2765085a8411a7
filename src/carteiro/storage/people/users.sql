-- name: users.create
-- A new person. Another with the same user name, address or phone is refused by the constraints.
INSERT INTO users (tenant_id, id, username, username_lower, primary_email, email_key, primary_phone,
                   password_encrypted, password_encryption_method, name, avatar, profile,
                   application_id, cimd_client_id, identities, custom_data, logto_config,
                   mfa_verifications, is_suspended, is_password_expired, last_sign_in_at,
                   password_updated_at, created_at, updated_at)
VALUES (:tenant_id, :id, :username, :username_lower, :primary_email, :email_key, :primary_phone,
        :password_encrypted, :password_encryption_method, :name, :avatar, :profile,
        :application_id, :cimd_client_id, :identities, :custom_data, :logto_config,
        :mfa_verifications, :is_suspended, :is_password_expired, :last_sign_in_at,
        :password_updated_at, :created_at, :updated_at)

-- name: users.get
-- One person.
SELECT * FROM users WHERE tenant_id = :tenant_id AND id = :id

-- name: users.lock
-- One person as of now; nobody else changes the row until this unit ends.
UPDATE users SET id = id WHERE tenant_id = :tenant_id AND id = :id RETURNING *

-- name: users.by_username
-- The person with exactly this user name.
SELECT * FROM users WHERE tenant_id = :tenant_id AND username = :username

-- name: users.by_username_lower
-- Whoever has this user name in whatever case.
SELECT * FROM users WHERE tenant_id = :tenant_id AND username_lower = :username_lower ORDER BY id

-- name: users.by_email
-- The person with this address, in whatever spelling.
SELECT * FROM users WHERE tenant_id = :tenant_id AND email_key = :email_key

-- name: users.by_phone
-- Whoever has this phone number in either spelling: who has it so spelled, then the newest.
SELECT * FROM users
WHERE tenant_id = :tenant_id AND primary_phone IN (:primary_phone, :other_spelling)
ORDER BY CASE WHEN primary_phone = :primary_phone THEN 0 ELSE 1 END, created_at DESC, id

-- name: users.count_by_email
-- How many people have this address, in whatever spelling.
SELECT COUNT(*) AS people FROM users WHERE tenant_id = :tenant_id AND email_key = :email_key

-- name: users.count_by_phone
-- How many people have this phone number, in either spelling.
SELECT COUNT(*) AS people FROM users
WHERE tenant_id = :tenant_id AND primary_phone IN (:primary_phone, :other_spelling)

-- name: users.update
-- The row as it is to be. The constraints refuse what another person has; the key of an address
-- that stays is left alone.
UPDATE users SET username = :username, username_lower = :username_lower,
    primary_email = CAST(:primary_email AS VARCHAR),
    email_key = CASE WHEN primary_email = CAST(:primary_email AS VARCHAR) THEN email_key ELSE :email_key END,
    primary_phone = :primary_phone,
    password_encrypted = :password_encrypted,
    password_encryption_method = :password_encryption_method, name = :name, avatar = :avatar,
    profile = :profile, application_id = :application_id, cimd_client_id = :cimd_client_id,
    identities = :identities, custom_data = :custom_data, logto_config = :logto_config,
    mfa_verifications = :mfa_verifications, is_suspended = :is_suspended,
    is_password_expired = :is_password_expired, last_sign_in_at = :last_sign_in_at,
    password_updated_at = :password_updated_at, created_at = :created_at, updated_at = :updated_at
WHERE tenant_id = :tenant_id AND id = :id

-- name: users.note_application
-- The first application that somebody signed in to stays the one that they came through.
UPDATE users SET application_id = :application_id
WHERE tenant_id = :tenant_id AND id = :id AND application_id IS NULL

-- name: users.delete
-- A person, and with them their memberships, roles and invitations.
DELETE FROM users WHERE tenant_id = :tenant_id AND id = :id

-- name: users.username_conflicts
-- User names that would be the same if case did not count, and how many people share each.
SELECT username_lower, COUNT(*) AS people FROM users
WHERE tenant_id = :tenant_id AND username_lower IS NOT NULL
GROUP BY username_lower HAVING COUNT(*) > 1 ORDER BY username_lower

-- name: users.reached
-- Who is reached by a channel, and what else they have to sign in with; counted as far as is asked.
SELECT COUNT(*) AS people,
    COALESCE(SUM(CASE WHEN password_encrypted IS NULL THEN 1 ELSE 0 END), 0) AS without_password,
    COALESCE(SUM(CASE WHEN other IS NULL THEN 1 ELSE 0 END), 0) AS without_other,
    COALESCE(SUM(CASE WHEN password_encrypted IS NULL AND other IS NULL THEN 1 ELSE 0 END), 0)
        AS with_neither
FROM (SELECT password_encrypted,
             CASE WHEN CAST(:channel AS VARCHAR) = 'email' THEN primary_phone ELSE primary_email END
                 AS other
      FROM users
      WHERE tenant_id = :tenant_id
          AND CASE WHEN CAST(:channel AS VARCHAR) = 'email' THEN primary_email ELSE primary_phone
              END IS NOT NULL
      LIMIT :most) AS reached

-- name: users.created_by_day
-- How many people came on each day since a moment, counted in whole days from it.
SELECT (created_at - :since) / 86400000 AS day, COUNT(*) AS people FROM users
WHERE tenant_id = :tenant_id AND created_at >= :since AND created_at < :until
GROUP BY 1
