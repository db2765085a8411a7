"""Interactions, browser sessions, grants and tokens: what signing in leaves behind."""
