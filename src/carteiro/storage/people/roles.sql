-- name: roles.create
-- A new role; another of its name is refused.
INSERT INTO roles (tenant_id, id, name, description, type, is_default, created_at)
VALUES (:tenant_id, :id, :name, :description, :type, :is_default, :created_at)

-- name: roles.ensure
-- The role exists afterwards, whoever made it.
INSERT INTO roles (tenant_id, id, name, description, type, is_default, created_at)
VALUES (:tenant_id, :id, :name, :description, :type, :is_default, :created_at)
ON CONFLICT (tenant_id, id) DO NOTHING

-- name: roles.get
-- One role.
SELECT * FROM roles WHERE tenant_id = :tenant_id AND id = :id

-- name: roles.lock
-- One role as of now; nobody else changes it until this unit ends.
UPDATE roles SET id = id WHERE tenant_id = :tenant_id AND id = :id RETURNING *

-- name: roles.update
-- The row as it is to be.
UPDATE roles SET name = :name, description = :description, is_default = :is_default
WHERE tenant_id = :tenant_id AND id = :id

-- name: roles.delete
-- A role; nobody has it any more.
DELETE FROM roles WHERE tenant_id = :tenant_id AND id = :id

-- name: roles.add_scope
-- A role gives one scope more; twice is refused.
INSERT INTO role_scopes (tenant_id, role_id, scope_id) VALUES (:tenant_id, :role_id, :scope_id)

-- name: roles.ensure_scope
-- The role gives the scope afterwards.
INSERT INTO role_scopes (tenant_id, role_id, scope_id) VALUES (:tenant_id, :role_id, :scope_id)
ON CONFLICT (tenant_id, role_id, scope_id) DO NOTHING

-- name: roles.remove_scope
-- A role gives a scope no more.
DELETE FROM role_scopes WHERE tenant_id = :tenant_id AND role_id = :role_id AND scope_id = :scope_id

-- name: roles.of_application
-- The roles that an application has and that match, newest first.
SELECT roles.* FROM application_roles JOIN roles
    ON roles.tenant_id = application_roles.tenant_id AND roles.id = application_roles.role_id
WHERE application_roles.tenant_id = :tenant_id AND application_roles.application_id = :owner_id
    AND (CAST(:q AS VARCHAR) IS NULL OR lower(roles.id) LIKE :q ESCAPE '\'
        OR lower(roles.name) LIKE :q ESCAPE '\' OR lower(roles.description) LIKE :q ESCAPE '\')
ORDER BY roles.created_at DESC, roles.id

-- name: roles.give_application
-- An application has a role from now on; the row comes back where it had not.
INSERT INTO application_roles (tenant_id, application_id, role_id, role_type)
VALUES (:tenant_id, :owner_id, :role_id, 'MachineToMachine')
ON CONFLICT (tenant_id, application_id, role_id) DO NOTHING
RETURNING role_id

-- name: roles.take_application
-- An application has a role no more.
DELETE FROM application_roles
WHERE tenant_id = :tenant_id AND application_id = :owner_id AND role_id = :role_id

-- name: roles.of_user
-- The roles that somebody has and that match, newest first.
SELECT roles.* FROM user_roles JOIN roles
    ON roles.tenant_id = user_roles.tenant_id AND roles.id = user_roles.role_id
WHERE user_roles.tenant_id = :tenant_id AND user_roles.user_id = :owner_id
    AND (CAST(:q AS VARCHAR) IS NULL OR lower(roles.id) LIKE :q ESCAPE '\'
        OR lower(roles.name) LIKE :q ESCAPE '\' OR lower(roles.description) LIKE :q ESCAPE '\')
ORDER BY roles.created_at DESC, roles.id

-- name: roles.give_user
-- Somebody has a role from now on; the row comes back where they had not.
INSERT INTO user_roles (tenant_id, user_id, role_id, role_type)
VALUES (:tenant_id, :owner_id, :role_id, 'User')
ON CONFLICT (tenant_id, user_id, role_id) DO NOTHING
RETURNING role_id

-- name: roles.take_user
-- Somebody has a role no more.
DELETE FROM user_roles
WHERE tenant_id = :tenant_id AND user_id = :owner_id AND role_id = :role_id

-- name: roles.give_defaults
-- Somebody new has every role that is everybody's.
INSERT INTO user_roles (tenant_id, user_id, role_id, role_type)
SELECT tenant_id, CAST(:user_id AS VARCHAR), id, type FROM roles
WHERE tenant_id = :tenant_id AND is_default AND type = 'User'

-- name: roles.featured_users
-- How many people have a role, and three of them; which ones is not worth sorting a million for.
SELECT users.id, users.avatar, users.name,
    (SELECT COUNT(*) FROM user_roles
     WHERE tenant_id = :tenant_id AND role_id = :role_id) AS total
FROM user_roles AS held JOIN users
    ON users.tenant_id = held.tenant_id AND users.id = held.user_id
WHERE held.tenant_id = :tenant_id AND held.role_id = :role_id
LIMIT 3

-- name: roles.featured_applications
-- How many machines have a role, and the three of them that came last.
SELECT applications.id, applications.name, applications.type,
    (SELECT COUNT(*) FROM application_roles JOIN applications AS machines
         ON machines.tenant_id = application_roles.tenant_id
         AND machines.id = application_roles.application_id
     WHERE application_roles.tenant_id = :tenant_id AND application_roles.role_id = :role_id
         AND machines.type = 'MachineToMachine') AS total
FROM application_roles AS held JOIN applications
    ON applications.tenant_id = held.tenant_id AND applications.id = held.application_id
WHERE held.tenant_id = :tenant_id AND held.role_id = :role_id
    AND applications.type = 'MachineToMachine'
ORDER BY applications.created_at DESC, applications.id LIMIT 3
