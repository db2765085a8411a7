"""What an administrator changes."""
