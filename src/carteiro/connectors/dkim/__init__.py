"""Signing mails for their domain (RFC 6376)."""
