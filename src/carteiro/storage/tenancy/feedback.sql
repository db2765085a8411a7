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

-- name: feedback.claim_proof
-- A proof belongs to the content that it first came with: no row where this is another one.
INSERT INTO feedback_proofs (tenant_id, connector_id, proof_hash, content_hash, seen_at)
VALUES (:tenant_id, :connector_id, :proof_hash, :content_hash, :now)
ON CONFLICT (tenant_id, connector_id, proof_hash) DO UPDATE SET seen_at = excluded.seen_at
WHERE feedback_proofs.content_hash = excluded.content_hash
RETURNING connector_id

-- name: feedback.discard_proofs
-- A batch of those that are too old to be taken again.
DELETE FROM feedback_proofs WHERE (tenant_id, connector_id, proof_hash) IN (
    SELECT tenant_id, connector_id, proof_hash FROM feedback_proofs
    WHERE seen_at < :before LIMIT :batch)
