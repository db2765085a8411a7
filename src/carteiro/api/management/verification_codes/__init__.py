"""Codes on behalf of a backend."""
