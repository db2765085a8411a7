-- name: confirmations.find
-- What somebody is asked to confirm, spent or over or not, with whoever it is as they are now.
SELECT oidc_tokens.client_id, oidc_tokens.account_id, oidc_tokens.content, oidc_tokens.created_at,
       oidc_tokens.expires_at, oidc_tokens.consumed_at, users.primary_email, users.is_suspended
FROM oidc_tokens LEFT JOIN users
    ON users.tenant_id = oidc_tokens.tenant_id AND users.id = oidc_tokens.account_id
WHERE oidc_tokens.tenant_id = :tenant_id AND oidc_tokens.value_hash = :value_hash
    AND oidc_tokens.kind = :kind
