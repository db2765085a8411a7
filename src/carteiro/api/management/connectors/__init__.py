"""Connectors and connector factories."""
