"""`/api/messages`."""
