"""People, organizations, roles and invitations at rest."""
