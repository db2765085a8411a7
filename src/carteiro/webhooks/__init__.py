"""What webhooks are told, in the reference's words."""
