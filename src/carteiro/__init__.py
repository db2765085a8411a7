"""Carteiro: the email side of sign-in."""
