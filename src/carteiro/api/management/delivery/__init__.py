"""`/api/delivery`."""
