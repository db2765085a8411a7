-- A row that is found by its key is not looked for by its end: hence the `+ 0`.

-- name: screens.save
-- What the pages say and remember, as it is to be. The record and its version stay.
UPDATE interactions SET screen = :screen WHERE tenant_id = :tenant_id AND uid = :uid

-- name: screens.choose_language
-- The person has chosen a language: pages, mails and webhooks use it from now on.
UPDATE interactions SET language = :language
WHERE tenant_id = :tenant_id AND uid = :uid AND expires_at + 0 > :now
