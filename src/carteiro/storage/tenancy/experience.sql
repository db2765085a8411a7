-- name: experience.get
-- What the tenant has set.
SELECT settings FROM sign_in_experiences WHERE tenant_id = :tenant_id

-- name: experience.put
-- Replaces what the tenant has set.
INSERT INTO sign_in_experiences (tenant_id, settings) VALUES (:tenant_id, :settings)
ON CONFLICT (tenant_id) DO UPDATE SET settings = excluded.settings
