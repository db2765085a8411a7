-- name: feedback.put
-- How a connector's events are checked.
INSERT INTO connector_feedback (tenant_id, connector_id, factory_id, settings_sealed, created_at)
VALUES (:tenant_id, :connector_id, :factory_id, :settings_sealed, :created_at)
ON CONFLICT (tenant_id, connector_id) DO UPDATE SET
    factory_id = excluded.factory_id, settings_sealed = excluded.settings_sealed

-- name: feedback.get
-- The same for one connector.
SELECT * FROM connector_feedback WHERE tenant_id = :tenant_id AND connector_id = :connector_id

-- name: feedback.delete
-- Its events are not taken any more.
DELETE FROM connector_feedback WHERE tenant_id = :tenant_id AND connector_id = :connector_id
