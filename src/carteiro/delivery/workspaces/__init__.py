"""What a tenant needs to send, kept ready."""
