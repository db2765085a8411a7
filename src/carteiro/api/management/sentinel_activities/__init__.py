"""Failures and sends that count against an identifier."""
