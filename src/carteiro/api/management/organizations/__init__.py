"""Organizations, their members and their roles."""
