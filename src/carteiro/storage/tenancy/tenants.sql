-- name: tenants.ensure
-- The tenant exists afterwards, whoever made it.
INSERT INTO tenants (id, name, tag, created_at, is_suspended)
VALUES (:id, :name, :tag, :created_at, FALSE)
ON CONFLICT (id) DO NOTHING

-- name: tenants.create
-- A new tenant.
INSERT INTO tenants (id, name, tag, created_at, is_suspended)
VALUES (:id, :name, :tag, :created_at, FALSE)

-- name: tenants.get
-- One tenant.
SELECT * FROM tenants WHERE id = :id

-- name: tenants.list
-- Every tenant.
SELECT * FROM tenants ORDER BY id

-- name: tenants.lock
-- Whoever changes what a tenant has one of waits for the one before.
UPDATE tenants SET id = id WHERE id = :id
