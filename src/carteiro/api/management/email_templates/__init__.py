"""The tenant's own templates."""
