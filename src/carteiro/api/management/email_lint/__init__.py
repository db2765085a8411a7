"""`/api/email-templates/lint`."""
