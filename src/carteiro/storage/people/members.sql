-- name: members.add
-- Somebody belongs to an organization from now on; who does already stays.
INSERT INTO organization_users (tenant_id, organization_id, user_id, created_at)
VALUES (:tenant_id, :organization_id, :user_id, :created_at)
ON CONFLICT (tenant_id, organization_id, user_id) DO NOTHING
RETURNING user_id

-- name: members.remove
-- Somebody belongs to it no more, nor has roles in it.
DELETE FROM organization_users
WHERE tenant_id = :tenant_id AND organization_id = :organization_id AND user_id = :user_id

-- name: members.ids
-- Who belongs to it.
SELECT user_id FROM organization_users
WHERE tenant_id = :tenant_id AND organization_id = :organization_id ORDER BY user_id

-- name: members.has
-- Whether somebody belongs to it.
SELECT 1 AS there FROM organization_users
WHERE tenant_id = :tenant_id AND organization_id = :organization_id AND user_id = :user_id

-- name: members.with_email
-- Whether somebody with this address belongs to it.
SELECT users.id FROM organization_users JOIN users
    ON users.tenant_id = organization_users.tenant_id AND users.id = organization_users.user_id
WHERE organization_users.tenant_id = :tenant_id
    AND organization_users.organization_id = :organization_id AND users.email_key = :email_key

-- name: members.find
-- A part of the members who match, those who came last first.
SELECT users.* FROM organization_users JOIN users
    ON users.tenant_id = organization_users.tenant_id AND users.id = organization_users.user_id
WHERE organization_users.tenant_id = :tenant_id
    AND organization_users.organization_id = :organization_id
    AND (CAST(:q AS VARCHAR) IS NULL OR lower(users.id) LIKE :q ESCAPE '!'
        OR users.email_key LIKE :q ESCAPE '!' OR users.primary_phone LIKE :q ESCAPE '!'
        OR users.username_lower LIKE :q ESCAPE '!' OR lower(users.name) LIKE :q ESCAPE '!')
    AND (CAST(:role_id AS VARCHAR) IS NULL OR EXISTS (
        SELECT 1 FROM organization_user_roles AS held
        WHERE held.tenant_id = users.tenant_id AND held.user_id = users.id
            AND held.organization_id = :organization_id AND held.organization_role_id = :role_id))
ORDER BY organization_users.created_at DESC, users.id LIMIT :page_size OFFSET :page_offset

-- name: members.count_found
-- How many members match.
SELECT COUNT(*) AS total FROM organization_users JOIN users
    ON users.tenant_id = organization_users.tenant_id AND users.id = organization_users.user_id
WHERE organization_users.tenant_id = :tenant_id
    AND organization_users.organization_id = :organization_id
    AND (CAST(:q AS VARCHAR) IS NULL OR lower(users.id) LIKE :q ESCAPE '!'
        OR users.email_key LIKE :q ESCAPE '!' OR users.primary_phone LIKE :q ESCAPE '!'
        OR users.username_lower LIKE :q ESCAPE '!' OR lower(users.name) LIKE :q ESCAPE '!')
    AND (CAST(:role_id AS VARCHAR) IS NULL OR EXISTS (
        SELECT 1 FROM organization_user_roles AS held
        WHERE held.tenant_id = users.tenant_id AND held.user_id = users.id
            AND held.organization_id = :organization_id AND held.organization_role_id = :role_id))

-- name: members.roles
-- The roles that a member has in an organization.
SELECT organization_roles.*
FROM organization_user_roles JOIN organization_roles
    ON organization_roles.tenant_id = organization_user_roles.tenant_id
    AND organization_roles.id = organization_user_roles.organization_role_id
WHERE organization_user_roles.tenant_id = :tenant_id
    AND organization_user_roles.organization_id = :organization_id
    AND organization_user_roles.user_id = :user_id
ORDER BY organization_roles.name

-- name: members.give_role
-- A member has a role from now on. Not a member or no such role: refused by the constraints.
INSERT INTO organization_user_roles (tenant_id, organization_id, user_id, organization_role_id,
                                     role_type)
VALUES (:tenant_id, :organization_id, :user_id, :organization_role_id,
        COALESCE((SELECT type FROM organization_roles
                  WHERE tenant_id = CAST(:tenant_id AS VARCHAR)
                      AND id = CAST(:organization_role_id AS VARCHAR)), 'User'))
ON CONFLICT (tenant_id, organization_id, user_id, organization_role_id) DO NOTHING

-- name: members.take_role
-- A member has a role no more.
DELETE FROM organization_user_roles
WHERE tenant_id = :tenant_id AND organization_id = :organization_id AND user_id = :user_id
    AND organization_role_id = :organization_role_id

-- name: members.take_roles
-- A member has no roles any more.
DELETE FROM organization_user_roles
WHERE tenant_id = :tenant_id AND organization_id = :organization_id AND user_id = :user_id

-- name: members.join
-- Somebody joins an organization, if there is one; who belongs to it stays.
INSERT INTO organization_users (tenant_id, organization_id, user_id, created_at)
SELECT tenant_id, id, CAST(:user_id AS VARCHAR), CAST(:created_at AS BIGINT) FROM organizations
WHERE tenant_id = :tenant_id AND id = :organization_id
ON CONFLICT (tenant_id, organization_id, user_id) DO NOTHING
RETURNING organization_id
