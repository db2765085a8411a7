-- name: dkim_keys.create
-- A key that does not sign yet; one of its name in this domain is a conflict.
INSERT INTO dkim_keys (
    tenant_id, domain, selector, algorithm, state, private_sealed, record, created_at, changed_at)
VALUES (
    :tenant_id, :domain, :selector, :algorithm, :state, :private_sealed, :record, :created_at,
    :changed_at)

-- name: dkim_keys.list
-- The tenant's keys by domain, the newest first.
SELECT * FROM dkim_keys WHERE tenant_id = :tenant_id ORDER BY domain, created_at DESC, selector

-- name: dkim_keys.signing
-- The tenant's keys that sign, and those of one domain that sign for the whole deployment.
SELECT * FROM dkim_keys
WHERE state = 'signing'
    AND tenant_id IN (:tenant_id, :deployment)
    AND (tenant_id = :tenant_id OR domain = :domain)
ORDER BY domain, algorithm DESC

-- name: dkim_keys.get
-- One key.
SELECT * FROM dkim_keys
WHERE tenant_id = :tenant_id AND domain = :domain AND selector = :selector

-- name: dkim_keys.count
-- How many keys a tenant has.
SELECT COUNT(*) AS keys FROM dkim_keys WHERE tenant_id = :tenant_id

-- name: dkim_keys.rest
-- The key of this kind that signs for the domain signs no more.
UPDATE dkim_keys SET state = 'resting', changed_at = :now
WHERE tenant_id = :tenant_id AND domain = :domain AND algorithm = :algorithm AND state = 'signing'

-- name: dkim_keys.sign
-- A key signs from now on; it is the only one of its kind, by an index.
UPDATE dkim_keys SET state = 'signing', changed_at = :now
WHERE tenant_id = :tenant_id AND domain = :domain AND selector = :selector

-- name: dkim_keys.delete
-- The key is gone for good.
DELETE FROM dkim_keys
WHERE tenant_id = :tenant_id AND domain = :domain AND selector = :selector
