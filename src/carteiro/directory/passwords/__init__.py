"""Passwords: hashed, imported, judged."""
