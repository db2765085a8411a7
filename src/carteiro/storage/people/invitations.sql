-- name: invitations.expire
-- What waits longer than it may, of one person for one organization, is over.
UPDATE organization_invitations SET status = 'Expired', updated_at = :now
WHERE tenant_id = :tenant_id AND organization_id = :organization_id
    AND invitee_key = :invitee_key AND status = 'Pending' AND expires_at < :now

-- name: invitations.create
-- A new invitation; another one that waits for the same person is refused.
INSERT INTO organization_invitations (tenant_id, id, inviter_id, invitee, invitee_key,
                                      accepted_user_id, organization_id, status, created_at,
                                      updated_at, expires_at)
VALUES (:tenant_id, :id, :inviter_id, :invitee, :invitee_key, NULL, :organization_id, 'Pending',
        :now, :now, :expires_at)

-- name: invitations.add_role
-- A role that whoever accepts will have.
INSERT INTO organization_invitation_roles (tenant_id, invitation_id, organization_role_id)
VALUES (:tenant_id, :invitation_id, :organization_role_id)
ON CONFLICT (tenant_id, invitation_id, organization_role_id) DO NOTHING

-- name: invitations.get
-- One invitation.
SELECT * FROM organization_invitations WHERE tenant_id = :tenant_id AND id = :id

-- name: invitations.lock
-- One invitation as of now; nobody else changes it until this unit ends.
UPDATE organization_invitations SET id = id WHERE tenant_id = :tenant_id AND id = :id RETURNING *

-- name: invitations.find
-- Invitations, newest first; an argument that is null does not filter.
SELECT * FROM organization_invitations
WHERE tenant_id = :tenant_id
    AND (CAST(:organization_id AS VARCHAR) IS NULL OR organization_id = :organization_id)
    AND (CAST(:inviter_id AS VARCHAR) IS NULL OR inviter_id = :inviter_id)
    AND (CAST(:invitee_key AS VARCHAR) IS NULL OR invitee_key = :invitee_key)
ORDER BY created_at DESC, id

-- name: invitations.roles
-- The roles of an invitation.
SELECT organization_roles.id, organization_roles.name
FROM organization_invitation_roles JOIN organization_roles
    ON organization_roles.tenant_id = organization_invitation_roles.tenant_id
    AND organization_roles.id = organization_invitation_roles.organization_role_id
WHERE organization_invitation_roles.tenant_id = :tenant_id
    AND organization_invitation_roles.invitation_id = :invitation_id
ORDER BY organization_roles.name

-- name: invitations.all_roles
-- The roles of every invitation that a filter finds.
SELECT held.invitation_id, organization_roles.id, organization_roles.name
FROM organization_invitation_roles AS held
JOIN organization_roles ON organization_roles.tenant_id = held.tenant_id
    AND organization_roles.id = held.organization_role_id
JOIN organization_invitations AS found ON found.tenant_id = held.tenant_id
    AND found.id = held.invitation_id
WHERE held.tenant_id = :tenant_id
    AND (CAST(:organization_id AS VARCHAR) IS NULL OR found.organization_id = :organization_id)
    AND (CAST(:inviter_id AS VARCHAR) IS NULL OR found.inviter_id = :inviter_id)
    AND (CAST(:invitee_key AS VARCHAR) IS NULL OR found.invitee_key = :invitee_key)
ORDER BY organization_roles.name

-- name: invitations.settle
-- Whoever gets the row has decided; only one that waits, and not too long, can be decided.
UPDATE organization_invitations
SET status = :status, accepted_user_id = :accepted_user_id, updated_at = :now
WHERE tenant_id = :tenant_id AND id = :id AND status = 'Pending' AND expires_at >= :now
RETURNING *

-- name: invitations.delete
-- An invitation.
DELETE FROM organization_invitations WHERE tenant_id = :tenant_id AND id = :id
