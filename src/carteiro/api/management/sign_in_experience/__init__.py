"""The tenant's sign-in experience."""
