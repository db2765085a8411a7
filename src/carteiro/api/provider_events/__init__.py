"""`/api/provider-events`."""
