"""Applications, their secrets and roles."""
