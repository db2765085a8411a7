"""An administrator keeps organizations, their members and roles."""
