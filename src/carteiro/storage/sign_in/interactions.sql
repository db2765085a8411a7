-- A row that is found by its key is not looked for by its end: hence the `+ 0`.

-- name: interactions.create
-- An interaction that nobody has touched yet.
INSERT INTO interactions (tenant_id, uid, resume_hash, client_id, prompt, params, record, language,
                          account_id, submitted_at, session_uid, grant_id, version, created_at,
                          expires_at)
VALUES (:tenant_id, :uid, :resume_hash, :client_id, :prompt, :params, :record, :language,
        :account_id, NULL, :session_uid, :grant_id, 0, :created_at, :expires_at)

-- name: interactions.get
-- An interaction that is not over.
SELECT * FROM interactions WHERE tenant_id = :tenant_id AND uid = :uid AND expires_at + 0 > :now

-- name: interactions.save_record
-- What the person has done so far, as it is to be.
UPDATE interactions SET record = :record, language = COALESCE(:language, language),
    version = version + 1
WHERE tenant_id = :tenant_id AND uid = :uid

-- name: interactions.begin
-- The person begins, whatever was before: nobody has signed in here any more. Whom a consent is asked
-- of, and what they answered, stays.
UPDATE interactions SET record = :record, language = COALESCE(:language, language),
    account_id = CASE WHEN prompt = 'login' THEN NULL ELSE account_id END,
    submitted_at = CASE WHEN prompt = 'login' THEN NULL ELSE submitted_at END,
    version = version + 1
WHERE tenant_id = :tenant_id AND uid = :uid

-- name: interactions.clear
-- What the person has done is over, and the session in which they began may be.
UPDATE interactions SET record = NULL, session_uid = NULL,
    language = COALESCE(:language, language), version = version + 1
WHERE tenant_id = :tenant_id AND uid = :uid

-- name: interactions.submit_login
-- The person has proved who they are; the browser may go on. Who was asked for a consent and came by
-- a magic link has answered something else: what follows is what follows a login.
UPDATE interactions SET account_id = :account_id, record = :record, submitted_at = :now,
    prompt = 'login',
    version = version + 1
WHERE tenant_id = :tenant_id AND uid = :uid

-- name: interactions.submit_consent
-- The application gets what this grant says; the browser may go on.
UPDATE interactions SET grant_id = :grant_id, submitted_at = :now, version = version + 1
WHERE tenant_id = :tenant_id AND uid = :uid

-- name: interactions.adopt_session
-- The browser's session is another one from now on.
UPDATE interactions SET session_uid = :session_uid, version = version + 1
WHERE tenant_id = :tenant_id AND uid = :uid

-- name: interactions.restate
-- The application's request without what the person has turned down of it.
UPDATE interactions SET params = :params, version = version + 1
WHERE tenant_id = :tenant_id AND uid = :uid

-- name: interactions.end
-- An interaction is over: there is nothing to resume any more.
DELETE FROM interactions WHERE tenant_id = :tenant_id AND uid = :uid

-- name: interactions.discard
-- A batch of interactions that are over.
DELETE FROM interactions WHERE (tenant_id, uid) IN (
    SELECT tenant_id, uid FROM interactions WHERE expires_at <= :now LIMIT :batch)

-- name: interactions.end_of_account
-- Nobody goes on to an application any more who had signed in as this person, but for one.
DELETE FROM interactions
WHERE tenant_id = :tenant_id AND account_id = :account_id AND uid <> :beside
