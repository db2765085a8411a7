"""Invitations into organizations."""
