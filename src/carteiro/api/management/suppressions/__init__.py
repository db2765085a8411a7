"""`/api/suppressions`."""
