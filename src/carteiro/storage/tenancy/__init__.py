"""Tenants at rest, and what each has set up."""
