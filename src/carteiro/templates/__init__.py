"""Turning a template and a context into the words of a mail."""
