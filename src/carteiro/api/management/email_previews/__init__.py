"""What would be sent, and is not."""
