-- name: tenant_settings.list
-- Everything that the tenant has set, without what is sealed.
SELECT name, value FROM tenant_settings WHERE tenant_id = :tenant_id ORDER BY name

-- name: tenant_settings.get
-- One of them.
SELECT name, value, value_sealed FROM tenant_settings
WHERE tenant_id = :tenant_id AND name = :name

-- name: tenant_settings.put
-- Set or replaced.
INSERT INTO tenant_settings (tenant_id, name, value, value_sealed)
VALUES (:tenant_id, :name, :value, :value_sealed)
ON CONFLICT (tenant_id, name) DO UPDATE SET
    value = excluded.value, value_sealed = excluded.value_sealed

-- name: tenant_settings.delete
-- Set no more.
DELETE FROM tenant_settings WHERE tenant_id = :tenant_id AND name = :name
