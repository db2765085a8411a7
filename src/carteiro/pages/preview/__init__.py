"""Seeing the pages as people will: the settings that are being edited, and the real thing."""
