-- name: bearers.find
-- Whose an access token is, over or not, with the application that it is for. It ends at the latest
-- with the session that it hangs on, and is nobody's where that is swept away already.
SELECT users.*, token.client_id AS token_client_id, token.grant_id AS token_grant_id,
    token.session_uid AS token_session_uid, token.content AS token_content,
    CASE WHEN session.expires_at < token.expires_at THEN session.expires_at
        ELSE token.expires_at END AS token_expires_at,
    applications.id AS client_found,
    applications.is_third_party AS client_is_third_party
FROM oidc_tokens AS token
JOIN users ON users.tenant_id = token.tenant_id AND users.id = token.account_id
LEFT JOIN applications ON applications.tenant_id = token.tenant_id
    AND applications.id = token.client_id
LEFT JOIN browser_sessions AS session ON session.tenant_id = token.tenant_id
    AND session.uid = token.session_uid
WHERE token.tenant_id = :tenant_id AND token.value_hash = :value_hash AND token.kind = 'access'
    AND (token.session_uid IS NULL OR session.uid IS NOT NULL)

-- name: bearers.still
-- A token that is still there, and so is the proof that was shown with it, if any was.
SELECT token.client_id FROM oidc_tokens AS token
WHERE token.tenant_id = :tenant_id AND token.value_hash = :value_hash AND token.kind = 'access'
    AND (:proof_id = '' OR EXISTS (
        SELECT 1 FROM verification_records AS record
        WHERE record.tenant_id = token.tenant_id AND record.id = :proof_id
            AND record.user_id = token.account_id))
