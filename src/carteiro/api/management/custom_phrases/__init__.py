"""The tenant's own languages."""
